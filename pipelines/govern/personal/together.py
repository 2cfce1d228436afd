"""National IDs that stand in several columns: a digit or a group in each, or two halves.

Columns of short numbers, one after the other (others may stand between), whose widths make thirteen: where their
cells together pass the check digit in more rows than chance lets through, they hold national IDs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.govern.personal.chance import CHANCE, beyond
from pipelines.govern.personal.entity import plain

if TYPE_CHECKING:
    import polars

WIDTH = 13
LOOKED = 256
"""Rows that tell which columns may be parts, and whether it is worth while to look at all."""
FILLED = 0.9
"""A column is a part if so large a share of its filled cells are short numbers."""
_NUMBER = re.compile(r"\s*(\d{1,12})\s*$")
CARD = ((1, 4, 5, 2, 1), (1,) * WIDTH)
"""The widths of the groups on the card, and of the boxes of a form: fewer rows tell where columns have these."""
FEW = 3
"""So few."""
ODDS = 0.1


@dataclass(frozen=True, slots=True)
class Part:
    """A column that may be a part: its place in the table, and the digits of its longest cell."""

    place: int
    width: int


@dataclass(frozen=True, slots=True)
class Group:
    """Columns whose cells together may be numbers: how many distinct ones were `tried`, how many of them `passed`,
    and the `rows` (from 0) in which these stand."""

    parts: tuple[Part, ...]
    tried: int
    passed: int
    rows: tuple[int, ...]


def glimpse(cells: polars.Series) -> list[str]:
    """Some cells of a column, of each the same rows; "" where there is none."""
    return cells.gather_every(max(1, len(cells) // LOOKED)).fill_null("").to_list()


def groups(some: Sequence[Sequence[str]], whole: Callable[[int], polars.Series]) -> Iterator[Group]:
    """The columns that may hold parts of one number. `some`: of each column what `glimpse` gives; `whole`: the
    cells of a column by its place."""
    import polars

    parts = [part for place, cells in enumerate(some) if (part := _part(place, list(filter(str.strip, cells))))]
    for group in _runs(parts):
        first = _tried(group, [polars.Series(some[part.place], dtype=polars.String) for part in group])
        if first.passed and first.passed >= CHANCE * first.tried:
            yield _tried(group, [whole(part.place) for part in group])


def surely(parts: Sequence[Part], tried: int, passed: int, promised: bool) -> bool:
    """Whether what passed is no chance. `promised`: a header of one of the columns says that it is."""
    if passed < CHANCE * tried:
        return False
    if promised:
        return True
    if tuple(part.width for part in parts) in CARD and FEW <= tried == passed:
        return True
    return beyond(tried, passed, ODDS)


def _part(place: int, cells: Sequence[str]) -> Part | None:
    short = [match[1] for cell in cells if (match := _NUMBER.match(cell))]
    if not short or len(short) < FILLED * len(cells):
        return None
    return Part(place, max(map(len, short)))


def _runs(parts: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    """Every run of parts whose widths make thirteen."""
    for start in range(len(parts)):
        width = 0
        for end in range(start, len(parts)):
            width += parts[end].width
            if width == WIDTH and end > start:
                yield tuple(parts[start : end + 1])
            if width >= WIDTH:
                break


def _tried(parts: tuple[Part, ...], columns: Sequence[polars.Series]) -> Group:
    """Leading zeros that a spreadsheet took away are put back."""
    import polars
    from stdnum.th import pin

    padded = [
        cells.str.extract(r"^\s*(\d{1,12})\s*$").str.pad_start(part.width, "0")
        for part, cells in zip(parts, columns, strict=True)
    ]
    frame = polars.DataFrame([cells.alias(str(number)) for number, cells in enumerate(padded)])
    numbers = frame.select(polars.concat_str(polars.all())).to_series()
    distinct = numbers.drop_nulls().unique()
    valid = [text for text in distinct.to_list() if _is_one(plain(text)[0], pin.is_valid)]
    return Group(parts, len(distinct), len(valid), tuple(numbers.is_in(valid).arg_true().to_list()))


def _is_one(number: str, valid: Callable[[str], bool]) -> bool:
    return len(number) == WIDTH and number[0] not in "09" and valid(number)
