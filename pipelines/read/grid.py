"""Grid: what a delimited file or a sheet is before anyone knows which row is the header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Merge(NamedTuple):
    """A merged range, as indexes into a Grid's rows and columns, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Rows of text. `numbers` are the rows as the steward sees them; `offset` is the columns left of the first."""

    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    offset: int = 0
    merges: tuple[Merge, ...] = ()


def blank(text: str) -> bool:
    """Whether a cell shows nothing (a byte order mark is nothing too)."""
    return not text or not text.strip("\ufeff \t\r\n\v\f\xa0\u200b")
