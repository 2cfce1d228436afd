"""The ledger of changed cells: how its lines are written, and how they are applied backwards.

A line with a `source_row` is about a cell: `before` is its text when the step began, `after` its text when the
step ended (null where it is no more); `source_column` is the label it was read under (null for a cell that no
source holds), `column` the label it has after the step. A line without a `source_row` is about a column:

    renamed   `before` and `after` are labels
    added     `after` is the new label; its cells have no lines of their own until a later step changes them
    moved     the column was number `before` of the table as read and is number `after` now (null: it is gone);
              written only where the order could not be told otherwise

So the first line about a source cell holds the text that was read, and a source cell without a line stands
unchanged in the release. That is all `undo` needs, whatever the steps were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars

if TYPE_CHECKING:
    import numpy
    import pandas

Kind = Literal["changed", "undecided", "dropped-row", "dropped-column", "renamed", "moved", "added"]

SCHEMA = {
    "seq": polars.Int64,
    "resource": polars.String,
    "sheet": polars.String,
    "source_row": polars.Int64,
    "source_column": polars.String,
    "column": polars.String,
    "before": polars.String,
    "after": polars.String,
    "step": polars.String,
    "kind": polars.String,
}
"""The ledger's columns and types (the contract's)."""

ROWS = {"resource": polars.String, "row": polars.Int64, "source_row": polars.Int64}
"""The row map's columns and types: published row → origin, one line for each origin."""


Slot = tuple[int, ...]
"""Where lines stand in a ledger: the step's number, then the order within it. One for each group of lines."""
Columns = tuple[tuple[str, str | None], ...]
"""A table's columns after a step: label, and the label it was read under (None: it was not read)."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Lines of one slot that one slice of a table wrote. `mentions`: the source labels in them, in order."""

    slot: Slot
    kind: Kind
    mentions: tuple[str, ...]
    once: bool
    """Lines about a column: every slice writes them, and they stand in the ledger once."""
    lines: polars.DataFrame


class Ledger:
    """Collects the lines of one slice of a table."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.columns: dict[Slot, Columns] = {}

    def cells(
        self,
        slot: Slot,
        kind: Kind,
        source_rows: numpy.ndarray[Any, numpy.dtype[numpy.int64]],
        source_column: str | Sequence[str | None] | None,
        column: str | None,
        before: Sequence[str],
        after: Sequence[str | None] | None,
    ) -> None:
        """Lines about cells of one column. `after` None: the cells are no more."""
        if len(source_rows) == 0:
            return
        count = len(source_rows)
        if source_column is None or isinstance(source_column, str):
            sources: list[str | None] = [source_column] * count
        else:
            sources = list(source_column)
        mentions = tuple(label for label in dict.fromkeys(sources) if label is not None)
        texts = polars.Series([None] * count if after is None else list(after), dtype=polars.String)
        lines = polars.DataFrame(
            {
                "source_row": polars.Series(source_rows, dtype=polars.Int64),
                "source_column": polars.Series(sources, dtype=polars.String),
                "column": polars.Series([column] * count, dtype=polars.String),
                "before": polars.Series(list(before), dtype=polars.String),
                "after": texts,
            }
        )
        self.parts.append(Part(slot, kind, mentions, False, lines))

    def column(
        self,
        slot: Slot,
        kind: Kind,
        source_column: str | None,
        column: str | None,
        before: str | None,
        after: str | None,
    ) -> None:
        """A line about a whole column."""
        mentions = () if source_column is None else (source_column,)
        lines = _line(source_column, column, before, after)
        self.parts.append(Part(slot, kind, mentions, True, lines))

    def stand(self, slot: Slot, columns: Columns) -> None:
        """Notes which columns a table step left, so that `book` can tell what their order could not say."""
        self.columns[slot] = columns


class Uneven(Exception):  # noqa: N818 - whoever cleans by slices takes the table as one
    """A step gave other columns on one slice of a table than on another, so it cannot be run on slices."""


def book(
    ledgers: Sequence[Ledger],
    order: Sequence[str],
    steps: Mapping[int, str],
    resource: str | None,
    sheet: str | None,
) -> tuple[polars.DataFrame, dict[str, int]]:
    """One table of lines (`seq` from 1) of what the slices of a table wrote, and the number of lines a step.

    `ledgers` stand in the order of the slices, `order` are the labels as read, `steps` the labels of the steps.
    Raises Uneven.
    """
    by_slot: dict[Slot, list[Part]] = {}
    for part in (part for ledger in ledgers for part in ledger.parts):
        by_slot.setdefault(part.slot, []).append(part)
    stands: dict[Slot, Columns] = {}
    for ledger in ledgers:
        for slot, columns in ledger.columns.items():
            if stands.setdefault(slot, columns) != columns:
                raise Uneven
    bound = _Bound(order, resource, sheet)
    changes = dict.fromkeys(steps.values(), 0)
    for slot in sorted({*by_slot, *stands}):
        step, before = steps[slot[0]], bound.lines
        parts = by_slot.get(slot, [])
        for part in parts[:1] if parts and parts[0].once else parts:
            bound.add(part, step)
        if slot in stands:
            bound.keep_order(slot, stands[slot], step)
        changes[step] += bound.lines - before
    return bound.frame(), changes


class _Bound:
    """The lines in their order, and what of the columns' order they tell."""

    def __init__(self, order: Sequence[str], resource: str | None, sheet: str | None) -> None:
        self.lines = 0
        self._order = order
        self._constant = {"resource": resource, "sheet": sheet}
        self._parts: list[polars.DataFrame] = []
        self._seen: dict[str, None] = {}
        self._numbered: set[str] = set()

    def add(self, part: Part, step: str) -> None:
        self._seen.update(dict.fromkeys(part.mentions))
        self.lines += part.lines.height
        constant = {**self._constant, "step": step, "kind": part.kind}
        texts = (polars.lit(value, dtype=polars.String).alias(name) for name, value in constant.items())
        self._parts.append(part.lines.with_columns(*texts))

    def keep_order(self, slot: Slot, columns: Columns, step: str) -> None:
        """Writes the numbers of columns whose place as read could not be told from the release and the ledger."""
        now = [source for _, source in columns if source is not None]
        mentioned = [label for label in self._seen if label not in now]
        for source in self._order:
            if source not in now and source not in self._seen:
                self._number(slot, source, columns, step)
        loose = [label for label in dict.fromkeys([*now, *mentioned]) if label not in self._numbered]
        for source in out_of_order(loose, self._order):
            self._number(slot, source, columns, step)

    def _number(self, slot: Slot, source: str, columns: Columns, step: str) -> None:
        self._numbered.add(source)
        places = {known: (label, str(place)) for place, (label, known) in enumerate(columns, 1)}
        label, after = places.get(source, (None, None))
        line = _line(source, label, str(self._order.index(source) + 1), after)
        self.add(Part(slot, "moved", (source,), True, line), step)

    def frame(self) -> polars.DataFrame:
        if not self._parts:
            return polars.DataFrame(schema=SCHEMA)
        seq = polars.int_range(1, self.lines + 1, dtype=polars.Int64).alias("seq")
        return polars.concat(self._parts).with_columns(seq).select(*SCHEMA)


def _line(
    source_column: str | None, column: str | None, before: str | None, after: str | None
) -> polars.DataFrame:
    names = ("source_row", "source_column", "column", "before", "after")
    line: tuple[Any, ...] = (None, source_column, column, before, after)
    return polars.DataFrame([line], schema={name: SCHEMA[name] for name in names}, orient="row")


def undo(table: pandas.DataFrame, ledger: polars.DataFrame, rows: polars.DataFrame) -> pandas.DataFrame:
    """Applies the ledger backwards to a published table: the table of text that was read, cell for cell.

    `table` is the release read as text (row 2 of the file first; its index does not matter), `ledger` and
    `rows` are one resource's. The result has the source's columns in their order and is indexed by
    `source_row`, ascending.
    """
    import pandas

    published = _source_labels(list(table.columns), ledger)
    labels = _source_order(list(published.values()), ledger)
    about = ledger.filter(polars.col("source_row").is_not_null() & polars.col("source_column").is_not_null())
    first = about.unique(["source_row", "source_column"], keep="first", maintain_order=True)
    origins = sorted({*rows["source_row"].to_list(), *ledger["source_row"].drop_nulls().to_list()})
    place = {origin: number for number, origin in enumerate(origins)}
    cells: dict[str, list[str]] = {label: [""] * len(origins) for label in labels}
    pairs = [(place[origin], row - 2) for row, origin in rows.select("row", "source_row").iter_rows()]
    for label, source in published.items():
        texts, column = table[label].tolist(), cells[source]
        for to, number in pairs:
            column[to] = texts[number]
    for origin, label, before in first.select("source_row", "source_column", "before").iter_rows():
        cells[label][place[origin]] = before
    index = pandas.Index(origins, dtype="int64", name="source_row")
    return pandas.DataFrame({label: cells[label] for label in labels}, index=index, columns=labels, dtype="str")


def _source_labels(labels: Iterable[str], ledger: polars.DataFrame) -> dict[str, str]:
    """Published label → the label it was read under, for those columns that were read."""
    heads = ledger.filter(polars.col("source_row").is_null() & polars.col("kind").is_in(["renamed", "added"]))
    last = {row["column"]: row["source_column"] for row in heads.iter_rows(named=True)}
    found = {label: last.get(label, label) for label in labels}
    return {label: source for label, source in found.items() if source is not None}


def _source_order(published: list[str], ledger: polars.DataFrame) -> list[str]:
    """The labels that were read, in their order: those published, those only the ledger knows, and its numbers."""
    known = ledger.filter(polars.col("source_column").is_not_null())
    mentioned = known["source_column"].unique(maintain_order=True).to_list()
    numbered = known.filter(polars.col("source_row").is_null() & (polars.col("kind") == "moved"))
    numbers = {label: int(before) for label, before in numbered.select("source_column", "before").iter_rows()}
    order = [label for label in dict.fromkeys([*published, *mentioned]) if label not in numbers]
    for label, number in sorted(numbers.items(), key=lambda item: item[1]):
        order.insert(number - 1, label)
    return order


def out_of_order(labels: Sequence[str], order: Sequence[str]) -> list[str]:
    """The fewest labels that must be told their number so that the others stand in `order` by themselves."""
    number = {label: index for index, label in enumerate(order)}
    tails: list[int] = []
    ends: list[int] = []
    links: list[int] = []
    for index, label in enumerate(labels):
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            if tails[middle] < number[label]:
                low = middle + 1
            else:
                high = middle
        links.append(ends[low - 1] if low else -1)
        tails[low:] = [number[label]] if low == len(tails) else [number[label], *tails[low + 1 :]]
        ends[low:] = [index] if low == len(ends) else [index, *ends[low + 1 :]]
    stays: set[str] = set()
    index = ends[-1] if ends else -1
    while index >= 0:
        stays.add(labels[index])
        index = links[index]
    return [label for label in order if label in number and label not in stays and label in set(labels)]
