"""What is written into a file: columns, rows read as they are asked for, and where it all comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Event
from typing import Any

BLOCK = 2000
"""Rows written at a time. After each, whoever hung up is noticed."""
Row = tuple[Any, ...]


class HungUp(Exception):  # noqa: N818 - not an error of ours
    """Nobody waits for the file any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the file: the name its publisher gave it, the DataStore's type, and what it means."""

    name: str
    kind: str
    type: str = ""
    """The kind in words."""
    label: str = ""
    notes: str = ""
    unit: str = ""
    missing: str = ""
    """The share of the table's rows without a value, in percent, as it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A table or a part of it.

    Cells come as `catalog.store.types.copied_out` gives them, so that no digit is lost: a `numeric` and dates as
    text, JSON as its text, an array as PostgreSQL writes one.
    """

    columns: tuple[Column, ...]
    count: int
    """Rows; there may be fewer or more by the time they are read."""
    read: Callable[[Sequence[str]], Iterator[Row]]
    """The rows with the named columns."""
    about: tuple[tuple[str, str], ...] = ()
    """Where it comes from, to be read: name and value."""
    gone: Event

    def blocks(self, names: Sequence[str] | None = None, size: int = BLOCK) -> Iterator[list[Row]]:
        """The rows, some at a time. Raises HungUp, StoreError."""
        rows = self.read([one.name for one in self.columns] if names is None else names)
        while block := list(islice(rows, size)):
            if self.gone.is_set():
                raise HungUp
            yield block
