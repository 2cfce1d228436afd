"""What a file is made of, for whoever looks into it: texts, tables, and what is wrong with it as it stands."""

from __future__ import annotations

import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from metadata.errors import SourceError
from metadata.finding import Finding, Place

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A free text. `part` is what kind of part of the file it is: a key of `parts` in `standards/inside.yaml`."""

    part: str
    text: str
    at: Place = field(default_factory=Place)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slice:
    """Some rows of a table: a column of texts for each label (null is an empty cell), and their source rows."""

    columns: Sequence[polars.Series]
    rows: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """A table that was read: its labels, its slices, and the texts that stand around it.

    `positions`: where each column stands in its sheet, from 0; empty where nobody asks.
    """

    labels: Sequence[str]
    slices: Iterator[Slice]
    texts: Sequence[Text] = ()
    positions: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A table that is read when somebody asks for it. `read` raises SourceError.

    `hidden`: the source rows, and the columns from 0, that a person who opens the file does not see.
    """

    part: str
    at: Place
    read: Callable[[], Content]
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


Part = Text | Table | Finding
Parts = Iterator[Part]


DAMAGE = (
    ValueError,
    LookupError,
    OSError,
    EOFError,
    RecursionError,
    NotImplementedError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    sqlite3.Error,
    ElementTree.ParseError,
)
"""What libraries raise where bytes are not what they should be."""


def sound(parts: Parts, at: Place) -> Parts:
    """The parts of a file as far as it is sound. Raises SourceError `read-broken` where it is not."""
    try:
        yield from parts
    except DAMAGE as broken:
        raise SourceError("read-broken", at) from broken


def within(at: Place, name: str) -> Place:
    """The place of a sheet, a table or a member inside a place, which may be a member itself."""
    return replace(at, sheet="/".join(filter(None, (at.sheet, name))))


def unseen(part: str, at: Place, why: str, count: int = 1) -> Finding:
    """What could not be looked into; `why` is a key of `reasons` in `standards/inside.yaml`."""
    values = {"part": part, "why": why, "count": count}
    return Finding(rule="scan-not-looked-into", severity="warning", at=at, values=values)
