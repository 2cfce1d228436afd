"""Which rows of a CSV file are new, gone or changed in another: two passes, of each row a number in memory."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice, pairwise
from operator import itemgetter
from typing import IO, Literal

Opener = Callable[[], AbstractContextManager[IO[bytes]]]
Row = tuple[str, ...]
Kind = Literal["added", "removed", "before", "after"]
"""`before` and `after`: the two faces of a row that changed."""
WIDEST = 1 << 20
"""Characters of one cell, at most."""
SAMPLE = 2000
"""Rows by which columns are judged that may name a row."""
MOST_NAMING = 6
"""Columns that together name a row, at most."""
NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?", re.ASCII)


class NotComparable(Exception):  # noqa: N818 - an answer
    """Why two files cannot be compared: `encoding`, `columns`, `csv`, `key` (no such column), `key-repeated`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs, in the columns both files have. Without `key` a changed row counts as removed and added."""

    columns: Row
    key: Row
    columns_added: Row
    columns_removed: Row
    rows: tuple[int, int]
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Values that are others in rows of the same key: column → how many, the most first; in how many rows.

    `whole`: all changed rows were looked at.
    """

    columns: Mapping[str, int] = field(hash=False)
    rows: int
    whole: bool


@dataclass(slots=True)
class _Table:
    """A file as often as it is wanted, in the columns that both have."""

    opener: Opener
    header: Row
    take: tuple[int, ...] = ()
    keys: tuple[int, ...] = ()
    seen: dict[int, int] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        wide = len(self.header)
        chosen = tuple if self.take == tuple(range(wide)) else _taker(self.take)
        with _reading(self.opener) as lines:
            next(lines, None)
            for row in lines:
                if len(row) == wide:
                    yield chosen(row)
                elif row:
                    yield chosen([*row, *[""] * wide][:wide])

    def key(self, row: Row) -> int:
        return hash(row[self.keys[0]] if len(self.keys) == 1 else _taker(self.keys)(row) if self.keys else row)


def _taker(places: tuple[int, ...]) -> Callable[[Sequence[str]], Row]:
    """What picks some cells of a row."""
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    return itemgetter(*places)


class _reading:  # noqa: N801 - used as a function
    """A file's records. Raises NotComparable `encoding`, `csv`."""

    def __init__(self, opener: Opener) -> None:
        self.opened = opener()

    def __enter__(self) -> Iterator[list[str]]:
        csv.field_size_limit(WIDEST)
        stream = self.opened.__enter__()
        return csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""))

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.opened.__exit__(None, None, None)
        if kind is not None and issubclass(kind, UnicodeDecodeError):
            raise NotComparable("encoding") from None
        if kind is not None and issubclass(kind, csv.Error):
            raise NotComparable("csv") from None


def _table(opener: Opener) -> _Table:
    with _reading(opener) as lines:
        header = tuple(next(lines, []))
    if not header or len(set(header)) < len(header):
        raise NotComparable("columns")
    return _Table(opener, header)


class Comparing:
    """Two files, compared: `summary` once, `differing` as often as it is asked for. Raises NotComparable."""

    def __init__(self, before: Opener, after: Opener, key: Sequence[str] = ()) -> None:
        self.before, self.after = _table(before), _table(after)
        common = tuple(name for name in self.after.header if name in self.before.header)
        if not common:
            raise NotComparable("columns")
        if not set(key) <= set(common):
            raise NotComparable("key")
        self.keyed = bool(key)
        for table in (self.before, self.after):
            table.take = tuple(table.header.index(name) for name in common)
            table.keys = tuple(common.index(name) for name in key)
        self.common, self.named = common, tuple(key)
        self.gone: Counter[int] = Counter()
        self.new: Counter[int] = Counter()
        self.altered: set[int] = set()
        self.summary = self._compare()

    def _compare(self) -> Comparison:
        counts = self._by_key() if self.keyed else self._by_row()
        return Comparison(
            columns=self.common,
            key=self.named,
            columns_added=tuple(name for name in self.after.header if name not in self.common),
            columns_removed=tuple(name for name in self.before.header if name not in self.common),
            rows=counts,
            added=self.new.total(),
            removed=self.gone.total(),
            changed=len(self.altered),
        )

    def _by_row(self) -> tuple[int, int]:
        before = Counter(map(hash, self.before.rows()))
        after = Counter(map(hash, self.after.rows()))
        self.gone, self.new = before - after, after - before
        return before.total(), after.total()

    def _by_key(self) -> tuple[int, int]:
        before, after = _hashes(self.before), _hashes(self.after)
        self.gone = Counter(before.keys() - after.keys())
        self.new = Counter(after.keys() - before.keys())
        self.altered = {key for key, row in after.items() if before.get(key, row) != row}
        return len(before), len(after)

    def differing(self) -> Iterator[tuple[Kind, Row]]:
        """Every row that differs: those gone and the old faces of the changed, then the new."""
        for table, left, single, face in (
            (self.before, Counter(self.gone), "removed", "before"),
            (self.after, Counter(self.new), "added", "after"),
        ):
            with closing(table.rows()) as rows:  # type: ignore[type-var]
                for row in rows:
                    key = table.key(row)
                    if left[key] > 0:
                        left[key] -= 1
                        yield single, row  # type: ignore[misc]
                    elif key in self.altered:
                        yield face, row  # type: ignore[misc]

    def cells(self, most: int) -> Cells:
        """What changed in the first `most` changed rows: how many values, by column.

        A number that is only written otherwise (1,000 for 1000.0) is no other value.
        """
        columns: Counter[str] = Counter()
        pairs = self.changed(most)
        rows = 0
        for before, after in pairs:
            differing = [
                name for name, old, new in zip(self.common, before, after, strict=True) if not _same(old, new)
            ]
            columns.update(differing)
            rows += bool(differing)
        return Cells(columns=dict(columns.most_common()), rows=rows, whole=len(pairs) == len(self.altered))

    def changed(self, most: int) -> list[tuple[Row, Row]]:
        """The first changed rows, before and after, in the order of the newer file."""
        chosen: dict[int, Row] = {}
        pairs: list[tuple[Row, Row]] = []
        if not self.altered:
            return pairs
        for row in self.after.rows():
            if len(chosen) < most and self.after.key(row) in self.altered:
                chosen[self.after.key(row)] = row
        old = {self.before.key(row): row for row in self.before.rows() if self.before.key(row) in chosen}
        return [(old[key], row) for key, row in chosen.items()]


def _hashes(table: _Table) -> dict[int, int]:
    found: dict[int, int] = {}
    for row in table.rows():
        key = table.key(row)
        if key in found:
            raise NotComparable("key-repeated")
        found[key] = hash(row)
    return found


def _same(one: str, other: str) -> bool:
    if one == other or one.strip() == other.strip():
        return True
    numbers = [_number(one), _number(other)]
    return None not in numbers and numbers[0] == numbers[1]


def _number(text: str) -> Decimal | None:
    written = text.strip().replace(",", "")
    return Decimal(written) if NUMBER.fullmatch(written) else None


def keys(before: Opener, after: Opener, declared: Sequence[str] = ()) -> list[Row]:
    """Columns that may name a row in both files, the likeliest first; none where only whole rows can be compared.

    The declared key, then the shortest run of leading columns that no two of the first rows share. Columns of
    measures do not name a row, nor does a running number: it is another row's as soon as one is put in between.
    Raises NotComparable.
    """
    tables = (_table(before), _table(after))
    common = [name for name in tables[1].header if name in tables[0].header]
    found = [tuple(declared)] if declared and set(declared) <= set(common) else []
    samples = [_sample(table, common) for table in tables]
    naming = [
        name
        for place, name in enumerate(common)
        if all(_names([row[place] for row in sample]) for sample in samples)
    ]
    for length in range(1, min(len(naming), MOST_NAMING) + 1):
        places = [common.index(name) for name in naming[:length]]
        if all(_unique(sample, places) for sample in samples):
            found.append(tuple(naming[:length]))
    return list(dict.fromkeys(found))


def _sample(table: _Table, columns: Sequence[str]) -> list[Row]:
    table.take = tuple(table.header.index(name) for name in columns)
    with closing(table.rows()) as rows:  # type: ignore[type-var]
        return list(islice(rows, SAMPLE))


def _unique(rows: Sequence[Row], places: Sequence[int]) -> bool:
    seen = {tuple(row[place] for place in places) for row in rows}
    return len(seen) == len(rows)


def _names(values: Sequence[str]) -> bool:
    """Whether a column's values may name rows: words, days, years and codes of one length; no measures."""
    given = [value.strip() for value in values if value.strip()]
    numbers = [value for value in given if NUMBER.fullmatch(value.replace(",", ""))]
    if len(numbers) < len(given) or not given:
        return bool(given)
    codes = all(value.isdecimal() for value in given) and len(set(map(len, given))) == 1
    running = codes and int(given[0]) < 2 and all(int(new) == int(old) + 1 for old, new in pairwise(given))
    return codes and not running
