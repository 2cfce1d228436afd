"""A DataStore table as its publisher knows it, and what may be asked of it. No SQL here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Method = Literal["insert", "upsert", "update"]
Order = tuple[str, bool, bool]
"""A field, whether it goes down, whether what is empty comes first."""


class RecordError(ValueError):
    """A record the table does not take: what is wrong, and the record's index."""

    def __init__(self, message: str, row: int) -> None:
        super().__init__(message)
        self.row = row


class FilterError(ValueError):
    """A value that cannot be compared with its column. The text is PostgreSQL's."""


class KeyAbsentError(ValueError):
    """An update's key that no row has: the record's index."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


class NotUniqueError(ValueError):
    """Rows that a new unique key would have to refuse. The text is PostgreSQL's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. `kind` is CKAN's type; `info` holds label, notes and the like; `slot` never changes."""

    name: str
    kind: str
    info: Mapping[str, Any] = field(default_factory=dict, hash=False)
    slot: int

    @property
    def at(self) -> str:
        """The column's name inside: no name a publisher chose is part of a statement."""
        return f"c{self.slot}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a table consists of: its columns in order, the unique key, the indexes (each of several fields)."""

    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    def column(self, name: str) -> Column | None:
        """A column by its name."""
        return next((column for column in self.columns if column.name == name), None)

    def has(self, name: str) -> bool:
        """Whether a row has such a field, `_id` included."""
        return name == "_id" or self.column(name) is not None

    def kind(self, name: str) -> str:
        """A field's type."""
        found = self.column(name)
        return found.kind if found else "int8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """CKAN's filter operation: `$and`, `$or` of filters; `eq in gt gte lt lte` of a field and a value.

    More than CKAN's filters say (OData does): `$not` of one filter, where what is neither true nor false counts as
    false; `null`; `ne`, which what is empty passes; `contains startswith endswith` of a text, letter by letter.
    """

    op: str
    field: str | None = None
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words to look for in one field, or in any (None): the words of one of the `ways` must (not) occur."""

    field: str | None = None
    ways: tuple[tuple[tuple[str, bool], ...], ...] = ()

    @property
    def rank(self) -> str:
        """What CKAN calls the column that says how well a row fits."""
        return f"rank {self.field}" if self.field else "rank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which rows are meant: those that pass the filter and hold the words."""

    filter: Filter | None = None
    words: tuple[Words, ...] = ()

    def within(self, rows: Filter | None) -> Question:
        """The same, asked of some rows only."""
        if rows is None:
            return self
        asked = Filter(op="$and", value=[rows, self.filter]) if self.filter else rows
        return Question(filter=asked, words=self.words)


EVERY = Question()
