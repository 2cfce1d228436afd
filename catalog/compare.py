"""Which rows of a CSV file are new, gone or changed in another: two passes, of each row a number in memory."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from operator import itemgetter
from typing import IO, Literal

Opener = Callable[[], AbstractContextManager[IO[bytes]]]
Row = tuple[str, ...]
Kind = Literal["added", "removed", "before", "after"]
"""`before` and `after`: the two faces of a row that changed."""
WIDEST = 1 << 20
"""Characters of one cell, at most."""


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
