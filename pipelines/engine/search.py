"""One pass over a file: which of its records frictionless must see."""

from __future__ import annotations

import bisect
import codecs
import csv
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy

from pipelines.engine.blocks import blocks, ends_of, rows_of, some_of, text_of
from pipelines.engine.checksums import Checksums
from pipelines.engine.keys import Keys
from pipelines.engine.plan import file_of
from pipelines.engine.sift import Plan, Sieve, Sifted, sift
from pipelines.engine.spread import Spread, Threads

if TYPE_CHECKING:
    from frictionless.resources import TableResource


@dataclass(slots=True, kw_only=True)
class Span:
    """Where a block stands: its records, by the number of the first (the file's first is 1), and its bytes."""

    first: int
    records: int
    offset: int
    length: int
    clean: bool


@dataclass(slots=True, kw_only=True)
class Found:
    """What the pass found. Records are numbered from 1; `head` is the last one that frictionless had got before.

    `cut_short`: the pass ended where the limit of errors is certain to be reached.
    """

    path: Path
    plan: Plan
    size: int
    head: int
    count: int
    cut_short: bool = False
    records: int = 0
    spans: list[Span] = field(default_factory=list)
    wrong: dict[int, list[str]] = field(default_factory=dict)
    skipped: list[int] = field(default_factory=list)
    shared: list[int] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many content rows the file has."""
        return self.before(max(self.records, self.head) + 1)

    def before(self, number: int) -> int:
        """How many content rows stand before a record that comes after the head."""
        return self.count + number - self.head - 1 - bisect.bisect_left(self.skipped, number)

    def suspects(self) -> Iterator[tuple[int, list[str], int]]:
        """The records that may have an error: number, cells, and the content rows before it; in order."""
        numbers = sorted(self.wrong.keys() | set(self.shared))
        groups = [(span, list(group)) for span, group in groupby(numbers, key=self._span)]
        missing = [(span, [one for one in group if one not in self.wrong]) for span, group in groups]
        loaded = Threads().map(lambda some: dict(zip(some[1], self._cells(*some), strict=True)), missing)
        for (_, group), cells in zip(groups, loaded, strict=True):
            for number in group:
                yield number, self.wrong[number] if number in self.wrong else cells[number], self.before(number)

    def _cells(self, span: Span, numbers: list[int]) -> list[list[str]]:
        if not numbers:
            return []
        form = self.plan.form
        text = text_of(self._bytes(span.offset, span.length), form)
        places = [number - span.first for number in numbers]
        if span.clean:
            return some_of(text, form, span.records, numpy.array(places))
        rows = rows_of(text, form)
        return [rows[place] for place in places]

    def _span(self, number: int) -> Span:
        return self.spans[bisect.bisect_right(self.spans, number, key=lambda span: span.first) - 1]

    def _bytes(self, offset: int, length: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def end_of(self, number: int) -> int:
        """The offset in the file after a record."""
        span = self._span(number)
        data, index = self._bytes(span.offset, span.length), number - span.first
        if not span.clean:
            return span.offset + self._end_by_csv(data, index)
        return span.offset + int(ends_of(data, self.plan.form, span.records)[index])

    def _end_by_csv(self, data: bytes, index: int) -> int:
        form = self.plan.form
        read = 0

        def lines() -> Iterator[str]:
            nonlocal read
            for line in io.StringIO(data.decode(form.codec), newline=""):
                read += len(line.encode(form.codec))
                yield line

        reader = csv.reader(lines(), dialect=form.dialect)
        for _ in range(index + 1):
            next(reader)
        return read

    def decodes(self, start: int, end: int) -> bool:
        """Whether the bytes between two offsets, of which the first ends a record, are text."""
        data = self._bytes(start, max(end - start, 0))
        try:
            codecs.getincrementaldecoder(self.plan.form.encoding)().decode(data, final=end >= self.size)
        except UnicodeError:
            return False
        return True

    def byte(self, offset: int) -> bytes:
        """The byte before an offset."""
        return self._bytes(offset - 1, 1)


def find(
    resource: TableResource,
    plan: Plan,
    *,
    head: int,
    count: int,
    limit: int | None,
    spread: Spread | None,
    progress: Callable[[int, int], None] | None,
    checksums: Checksums | None = None,
) -> Found:
    """Sifts a file. `head`: the last record that frictionless has got; `count`: the content rows up to it.

    `checksums` are paused where the limit of errors is near.

    Ends where `limit` errors after the head are certain. Raises Unproven where the sift cannot prove enough.
    """
    path = file_of(resource)
    found = Found(path=path, plan=plan, size=path.stat().st_size, head=head, count=count)
    work = Sieve(plan).sift if spread is None else partial(sift, plan)
    with path.open("rb") as file, Keys(len(plan.keys)) as keys:
        first = 1
        results = (spread or Threads()).map(work, blocks(file, plan.form))
        with ExitStack() as ending:
            ending.callback(getattr(results, "close", lambda: None))  # the work ends with the search
            for sifted in results:
                _take(found, keys, first, sifted)
                first += sifted.records
                if progress is not None:
                    progress(sifted.offset + sifted.bytes, found.size)
                if limit is None or not found.wrong:
                    continue
                if len(found.wrong) >= limit:
                    found.cut_short = True
                    break
                if checksums is not None and len(found.wrong) * found.size > 1.2 * limit * sifted.offset:
                    checksums.pause()  # at this rate the limit comes well before the end
        found.records = first - 1
        found.shared = [number for number in keys.shared().tolist() if head < number < first]
    return found


def _take(found: Found, keys: Keys, first: int, sifted: Sifted) -> None:
    found.spans.append(
        Span(first=first, records=sifted.records, offset=sifted.offset, length=sifted.bytes, clean=sifted.clean)
    )
    found.skipped += [first + index for index in sifted.skipped.tolist() if first + index > found.head]
    for index, cells in zip(sifted.suspects.tolist(), sifted.cells, strict=True):
        if first + index > found.head:
            found.wrong[first + index] = cells
    for key, (hashes, records) in enumerate(sifted.keys):
        keys.add(key, hashes, range(first, first + len(hashes)) if records is None else first + records)
