"""The step that leaves small counts out of a table, and with them what would give them away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import Annotated, Literal

import pandas

from pipelines import thai
from pipelines.steps.declare import Column, Columns, Least, Outcome, Undecided, table_step
from pipelines.steps.numbers import number

Cell = tuple[int, str]
"""A count: the row's number in the table, and the column's label."""
TOTAL = None
"""What stands for every word that means a total."""


@table_step(whole=True)
def suppress_small(
    table: pandas.DataFrame,
    *,
    counts: Columns,
    by: Columns,
    below: Annotated[int, Least(2)] = 5,
    sums: Mapping[Column, Columns] | None = None,
    totals: Sequence[str] = (),
    known: Literal["table", "everywhere"] = "table",
    mark: str = "*",
) -> Outcome:
    """Leaves out counts of persons from 1 to `below` - 1, and as many others as keep them from being worked out.

    `by` are the columns that say whom a row counts (province, sex, age); in them the words of `drop-totals`, or
    those of `totals`, tell a row of totals. `sums` names columns that are sums of others: `{all: [men, women]}`.
    Whoever knows the table and its sums finds at least `below` + 1 values possible for a small count; with
    `known: everywhere` also where the totals are told elsewhere. Where that cannot be had, a finding says so.
    Noughts stay. All that is left out bears the same `mark`: say in the description what it means, and name it
    in the schema's `missingValues`. What is no count is emptied. Shares and means of the same persons tell counts,
    too: leave such columns out.

    Example: - suppress-small: {counts: [patients], by: [province, sex], below: 5}
    """
    from pipelines.suppression import suppress

    added = sums or {}
    labels = list(dict.fromkeys(chain(counts, added, *added.values())))
    cells, unread = _read(table, labels, mark)
    number_of = {cell: place for place, cell in enumerate(cells)}
    values = list(cells.values())
    words = {thai.bare(word) for word in totals} or thai.words("totals.csv")
    rows = [tuple(TOTAL if thai.bare(text) in words else text for text in row) for row in _texts(table, by)]
    groups = chain(_down(rows, labels, everywhere=known == "everywhere"), _across(len(rows), added))
    relations = [{number_of[cell]: sign for cell, sign in group.items() if cell in number_of} for group in groups]
    small = [place for place, value in enumerate(values) if 0 < value < below]
    found = suppress(values, [one for one in relations if one], small, below)
    made = table.copy()
    names = list(cells)
    after = {label: table[label].tolist() for label in labels}
    for place in found.cells:
        row, label = names[place]
        after[label][row] = mark
    for row, label in unread:
        after[label][row] = ""
    for label, texts in after.items():
        made[label] = pandas.Series(texts, index=table.index, dtype="str")
    doubts = [(row, label, Undecided("emptied")) for row, label in unread]
    doubts += [(*names[place], Undecided("unprotected")) for place in found.open]
    return Outcome(table=made, undecided=doubts)


def _texts(table: pandas.DataFrame, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(table[label].tolist() for label in columns), strict=True)


def _read(table: pandas.DataFrame, labels: Sequence[str], mark: str) -> tuple[dict[Cell, int], list[Cell]]:
    """The counts, and the cells that hold something else. Empty cells, and those already left out, are neither."""
    counts: dict[Cell, int] = {}
    unread = []
    for label in labels:
        for row, text in enumerate(table[label].tolist()):
            if text in ("", mark):
                continue
            plain = number(text, whole=True)
            if isinstance(plain, Undecided) or plain.startswith("-"):
                unread.append((row, label))
            else:
                counts[row, label] = int(plain)
    return counts, unread


def _down(
    rows: Sequence[tuple[str | None, ...]], labels: Sequence[str], *, everywhere: bool
) -> Iterator[dict[Cell, int]]:
    """Rows that add up to a row of totals, over one column or several; or to a total that is told elsewhere."""
    width = len(rows[0]) if rows else 0
    for over in chain.from_iterable(combinations(range(width), size) for size in range(1, width + 1)):
        parts: dict[tuple[str | None, ...], list[int]] = {}
        totals: dict[tuple[str | None, ...], list[int]] = {}
        for place, row in enumerate(rows):
            rest = tuple(text for number, text in enumerate(row) if number not in over)
            kinds = {row[number] is TOTAL for number in over}
            if kinds == {False}:
                parts.setdefault(rest, []).append(place)
            elif kinds == {True}:
                totals.setdefault(rest, []).append(place)
        for rest, of in parts.items():
            # a total of one part is that part: told elsewhere, there is nothing left to hide
            sums = totals.get(rest, [])
            for label in labels:
                for total in sums:
                    yield {**{(place, label): 1 for place in of}, (total, label): -1}
                if not sums and everywhere and len(of) > 1:
                    yield {(place, label): 1 for place in of}


def _across(height: int, sums: Mapping[str, Sequence[str]]) -> Iterator[dict[Cell, int]]:
    """Columns that add up to another."""
    for row in range(height):
        for total, parts in sums.items():
            yield {**{(row, part): 1 for part in parts}, (row, total): -1}
