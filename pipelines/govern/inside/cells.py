"""A table that is no release: every column's verdict, and the dangers in its cells, slice by slice."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from metadata.finding import Finding, Place
from pipelines.engine.spread import Threads
from pipelines.govern.inside.dangers import Tally, joined
from pipelines.govern.inside.part import Content, Slice
from pipelines.govern.personal import column


class Origins:
    """The source row of each row of a table, from its slices' own."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._rows: list[Sequence[int]] = []
        self.rows = 0

    def add(self, rows: Sequence[int]) -> None:
        """Those of the next slice."""
        self._starts.append(self.rows)
        self._rows.append(rows)
        self.rows += len(rows)

    def of(self, row: int) -> int:
        """The source row of a row from 0."""
        number = bisect_right(self._starts, row) - 1
        return int(self._rows[number][row - self._starts[number]])


def found(content: Content, at: Place) -> Iterator[Finding]:
    """What is amiss in a table's cells: its slices are looked at by all cores, and add up."""
    names = distinct(content.labels)
    found = list(Threads().map(partial(looked, names), content.slices))
    if found:
        yield from column.told(column.scanned([one.scan for one in found]), at)
        yield from dangers(names, found, at)


class Looked(NamedTuple):
    """A slice of a table that was looked at. `rows`: the source rows."""

    rows: Sequence[int]
    scan: column.Scan
    dangers: Tally


def looked(names: Sequence[str], one: Slice, titles: Sequence[Sequence[str]] = ()) -> Looked:
    """Looks at the cells of a slice."""
    import polars

    frame = polars.DataFrame([texts.alias(name) for name, texts in zip(names, one.columns, strict=True)])
    tally = Tally()
    tally.see(frame)
    return Looked(one.rows, column.scan(frame, titles, origins=one.rows), tally)


def dangers(names: Sequence[str], slices: Sequence[Looked], at: Place) -> Iterator[Finding]:
    """The dangers in the slices of a table."""
    origins = Origins()
    for one in slices:
        origins.add(one.rows)
    whole = joined(one.dangers for one in slices)
    yield from whole.findings(names, at, lambda row: replace(at, source_row=origins.of(row)))


def distinct(labels: Sequence[str]) -> list[str]:
    """The labels, those that come again numbered."""
    seen: dict[str, int] = {}
    names = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        names.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return names
