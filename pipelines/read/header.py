"""Which rows are the header, and what the columns are called: titles above, merged and stacked labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipelines.read.grid import Grid, Merge, blank

SEARCHED = 60
"""Rows looked at for a header; no publication seen has more titles above its table."""
SAMPLED = 1000
DEEPEST = 5
"""Levels of a stacked header."""

_NUMBER = re.compile(r"[-+(]?[\d๐-๙][\d๐-๙,.]*\)?%?|-+|–")
_YEAR = re.compile(r"(19|20|24|25|26)\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,2}/\d{1,2}/\d{2,4}")
_UNIT = re.compile(r"\([^()\d๐-๙]+\)")


class Header(NamedTuple):
    """Indexes of the header's first and last row in the grid."""

    first: int
    last: int


def find(grid: Grid) -> Header | None:
    """The first row that covers the table's usual width with at least two labels, with the rows stacked on it.

    None where no row has anything. Rows of one label (titles, units, notes) are passed over; a row of merged
    group labels is a header's first level; vertical merges and labels under a merged group are its others.
    """
    shown = [sum(not blank(cell) for cell in row) for row in grid.rows[:SAMPLED]]
    counts = sorted(count for count in shown if count)
    if not counts:
        return None
    usual = counts[len(counts) * 3 // 4]
    wide = [merge for merge in grid.merges if merge.right > merge.left and _anchored(grid, merge)]
    need = 1 if usual == 1 else max(2, -(-usual * 6 // 10))
    for index in range(min(SEARCHED, len(grid.rows))):
        labels, covered = _coverage(grid, wide, index)
        if covered >= need and labels >= min(2, need) and not _titled(grid, wide, index):
            first = _stacked_above(grid, wide, index)
            return Header(first, _stacked_below(grid, wide, first, index))
    first = next(index for index, count in enumerate(shown) if count == max(shown))
    return Header(first, first)


def _anchored(grid: Grid, merge: Merge) -> bool:
    return merge.top < len(grid.rows) and not blank(_cell(grid, merge.top, merge.left))


def _cell(grid: Grid, row: int, column: int) -> str:
    cells = grid.rows[row]
    return cells[column] if 0 <= column < len(cells) else ""


def _coverage(grid: Grid, wide: list[Merge], index: int) -> tuple[int, int]:
    """How many labels a row has, and how many columns they cover."""
    filled = {column for column, cell in enumerate(grid.rows[index]) if not blank(cell)}
    labels = len(filled)
    for merge in wide:
        if merge.top <= index <= merge.bottom:
            labels += merge.top < index
            filled.update(range(merge.left, merge.right + 1))
    return labels, len(filled)


def _titled(grid: Grid, wide: list[Merge], index: int) -> bool:
    """Whether a row is a number and a title ("Table 1" beside one merged text), not a label and a group.

    Over a group's own columns stands one label; a title's row is labelled again in every column.
    """
    groups = [merge for merge in wide if merge.top == index]
    if len(groups) != 1 or groups[0].bottom > index or index + 1 >= len(grid.rows):
        return False
    beside = [
        column
        for column, cell in enumerate(grid.rows[index])
        if not blank(cell) and not groups[0].left <= column <= groups[0].right
    ]
    below = [
        column
        for column in range(groups[0].left, groups[0].right + 1)
        if not blank(_cell(grid, index + 1, column))
    ]
    return (
        len(beside) == 1
        and not blank(_cell(grid, index + 1, beside[0]))
        and len(below) == groups[0].right - groups[0].left + 1
    )


def _stacked_above(grid: Grid, wide: list[Merge], index: int) -> int:
    while index > 0:
        groups = [merge for merge in wide if merge.top == index - 1]
        labels, _ = _coverage(grid, wide, index - 1)
        if not groups or labels < 2 or _titled(grid, wide, index - 1):
            break
        index -= 1
    return index


def _stacked_below(grid: Grid, wide: list[Merge], first: int, last: int) -> int:
    deepest = min(first + DEEPEST, len(grid.rows)) - 1
    while last < deepest:
        tall = [
            merge.bottom
            for merge in grid.merges
            if first <= merge.top <= last < merge.bottom and _anchored(grid, merge)
        ]
        if tall:
            last = min(max(tall), deepest)
        elif _names_groups(grid, wide, last) or _units(grid, last + 1):
            last += 1
        else:
            break
    return last


def _names_groups(grid: Grid, wide: list[Merge], last: int) -> bool:
    """Whether the next row holds the labels under this row's merged groups, and no data."""
    groups = [merge for merge in wide if merge.top <= last <= merge.bottom]
    below = grid.rows[last + 1]
    named = any(
        not blank(_cell(grid, last + 1, column))
        for merge in groups
        for column in range(merge.left, merge.right + 1)
    )
    return named and not any(
        _NUMBER.fullmatch(cell.strip()) and not _YEAR.fullmatch(cell.strip()) for cell in below
    )


def _units(grid: Grid, index: int) -> bool:
    shown = [cell.strip() for cell in grid.rows[index] if not blank(cell)]
    return len(shown) > 1 and all(_UNIT.fullmatch(cell) for cell in shown)


def labels(grid: Grid, header: Header, width: int) -> list[str]:
    """One label a column, as written: levels joined with `_`, merged and blank-to-the-right labels repeated."""
    levels = [
        [_cell(grid, row, column) for column in range(width)] for row in range(header.first, header.last + 1)
    ]
    spanned: set[tuple[int, int]] = set()
    for merge in grid.merges:
        if merge.bottom < header.first or merge.top > header.last or not _anchored(grid, merge):
            continue
        text = _cell(grid, merge.top, merge.left)
        for row in range(max(merge.top, header.first), min(merge.bottom, header.last) + 1):
            for column in range(merge.left, min(merge.right, width - 1) + 1):
                levels[row - header.first][column] = text
                spanned.add((row - header.first, column))
    for depth, level in enumerate(levels[:-1]):
        for column in range(1, width):
            below = any(not blank(lower[column]) for lower in levels[depth + 1 :])
            if blank(level[column]) and below and (depth, column - 1) not in spanned:
                # a group label that was typed above its columns, not merged over them
                level[column] = level[column - 1]
    return ["_".join(_distinct(level[column] for level in levels)) for column in range(width)]


def _distinct(parts: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for part in parts:
        if not blank(part) and (not kept or kept[-1].strip() != part.strip()):
            kept.append(part)
    return kept if len(kept) < 2 else [part.strip() for part in kept]


def looks_like_data(labels: Sequence[str]) -> bool:
    """Whether most labels are numbers or dates (a year may be a label)."""
    shown = [label.strip() for label in labels if not blank(label)]
    data = [
        label
        for label in shown
        if (_NUMBER.fullmatch(label) and not _YEAR.fullmatch(label)) or _DATE.fullmatch(label)
    ]
    return len(data) * 2 > len(shown)
