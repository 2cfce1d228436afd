"""The table, or a slice of it, while it is being cleaned: its cells, and where each came from."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy
import pandas

from pipelines.ledger import Kind, Ledger, Slot, Uneven

Texts = numpy.ndarray[Any, numpy.dtype[numpy.object_]]
Places = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
SLICE = 1 << 40
"""Lasting ids begin at a multiple of it in each slice, so that they stay apart when slices are joined."""


@dataclass(slots=True, eq=False, repr=False)
class Trace:
    """Where a column's cells came from: one label as read, none, or a label for each row. `key` outlives names."""

    key: int
    source: str | None = None
    by_row: Texts | None = None

    def at(self, places: Places) -> str | Sequence[str | None] | None:
        """The source labels of some rows of this column."""
        return self.source if self.by_row is None else list(self.by_row[places])


@dataclass(slots=True, eq=False, repr=False)
class Work:
    """A slice of a table between two steps. `origins`: source rows, or tuples of them; `ids` outlive steps."""

    origins: list[Hashable]
    ids: Places
    cells: dict[str, Texts]
    traces: dict[str, Trace]
    next_key: int
    next_id: int
    single: Places | None = field(init=False)

    def __post_init__(self) -> None:
        """Most tables have one source row a row: known once, so that lines are written by column."""
        simple = not any(isinstance(origin, tuple) for origin in self.origins)
        self.single = numpy.array(self.origins, dtype="int64") if simple else None

    @classmethod
    def of(cls, table: pandas.DataFrame, number: int = 0) -> Work:
        """The work on a table as the readers give it, or on its slice of that number."""
        labels = [str(label) for label in table.columns]
        if len(set(labels)) != len(labels) or not table.index.is_unique:
            raise ValueError("the table that was read needs unique labels and unique source rows")
        cells = {label: table[label].to_numpy(dtype=object) for label in labels}
        if any(set(map(type, texts.tolist())) - {str} for texts in cells.values()):
            raise ValueError("the table that was read holds something that is not text")
        return cls.read(cells, [int(origin) for origin in table.index], number)

    @classmethod
    def read(cls, cells: dict[str, Texts], origins: Sequence[int], number: int) -> Work:
        """The work on the slice of that number, known to be text under unique labels."""
        first = number * SLICE
        return cls(
            origins=list(origins),
            ids=numpy.arange(first, first + len(origins), dtype="int64"),
            cells=cells,
            traces={label: Trace(key, label) for key, label in enumerate(cells)},
            next_key=len(cells),
            next_id=first + len(origins),
        )

    def copy(self) -> Work:
        """The same, to work on: arrays are never written to, mappings are."""
        return replace(self, cells=dict(self.cells), traces=dict(self.traces))

    def key(self) -> int:
        """A new column's lasting key."""
        self.next_key += 1
        return self.next_key - 1

    @property
    def columns(self) -> tuple[tuple[str, str | None], ...]:
        """The columns: label, and the label it was read under."""
        return tuple((label, self.traces[label].source) for label in self.cells)

    @property
    def labels(self) -> list[str]:
        """The columns as they are called now."""
        return list(self.cells)

    def frame(self) -> pandas.DataFrame:
        """The table as steps and stewards see it: text cells, the index is the origin."""
        return pandas.DataFrame(dict(self.cells), index=self.index(), columns=self.labels, dtype="str")

    def index(self) -> pandas.Index[Any]:
        """The origins as an index."""
        if self.single is not None:
            return pandas.Index(self.single, dtype="int64", name="source_row")
        return pandas.Index(self.origins, tupleize_cols=False, dtype=object, name="source_row")

    def rows(self, places: Places) -> tuple[Places, Places]:
        """Some rows' source rows: (which of the places, source row); several for a row of several origins."""
        if self.single is not None:
            return numpy.arange(len(places)), self.single[places]
        pairs = [(which, row) for which, place in enumerate(places.tolist()) for row in flat(self.origins[place])]
        both = numpy.array(pairs, dtype="int64").reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def write(
        self,
        ledger: Ledger,
        slot: Slot,
        kind: Kind,
        label: str,
        column: str | None,
        places: Places,
        after: Texts | None,
    ) -> None:
        """Ledger lines about cells of this table, before it changes. `after` stands beside `places`."""
        which, rows = self.rows(places)
        at = places[which]
        ledger.cells(
            slot,
            kind,
            rows,
            self.traces[label].at(at),
            column,
            self.cells[label][at].tolist(),
            None if after is None else after[which].tolist(),
        )

    def add_after(self, label: str, new: str, texts: Texts) -> None:
        """A new column to the right of another."""
        order = self.labels
        order.insert(order.index(label) + 1, new)
        self.cells[new] = texts
        self.cells = {name: self.cells[name] for name in order}
        self.traces[new] = Trace(self.key())


def join(works: Sequence[Work]) -> Work:
    """The slices of a table as one. Raises Uneven where they have not the same columns."""
    first = works[0]
    if len(works) == 1:
        return first
    if any(one.columns != first.columns for one in works):
        raise Uneven
    traces = {}
    for label, trace in first.traces.items():
        by_row = [one.traces[label].by_row for one in works]
        parts = [part for part in by_row if part is not None]
        if len(parts) not in (0, len(works)):
            raise Uneven
        traces[label] = replace(trace, by_row=numpy.concatenate(parts) if parts else None)
    return Work(
        origins=[origin for one in works for origin in one.origins],
        ids=numpy.concatenate([one.ids for one in works]),
        cells={label: numpy.concatenate([one.cells[label] for one in works]) for label in first.cells},
        traces=traces,
        next_key=first.next_key,
        next_id=max(one.next_id for one in works),
    )


def cut(work: Work, number: int, of: int) -> Work:
    """One of so many slices of a table whose rows have an origin of their own."""
    start, stop = (len(work.origins) * place // of for place in (number, number + 1))
    traces = {
        label: trace if trace.by_row is None else replace(trace, by_row=trace.by_row[start:stop])
        for label, trace in work.traces.items()
    }
    return Work(
        origins=work.origins[start:stop],
        ids=work.ids[start:stop],
        cells={label: texts[start:stop] for label, texts in work.cells.items()},
        traces=traces,
        next_key=work.next_key,
        next_id=work.next_id + number * SLICE,
    )


def separable(work: Work) -> bool:
    """Whether a table may be cut again: rows of one origin are told apart only beside each other."""
    return work.single is not None and len(numpy.unique(work.single)) == len(work.single)


def flat(origin: Hashable) -> tuple[int, ...]:
    """An origin's source rows."""
    if isinstance(origin, tuple):
        return tuple(row for part in origin for row in flat(part))
    return (int(origin),)  # type: ignore[call-overload]
