"""The table while it is being cleaned: its cells, where each came from, and how a step's result is accounted for.

Whatever a table step does, what it gives back is compared with what it got, by origin. What cannot be
accounted for is refused; so the ledger never depends on a step's good will.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy
import pandas

from pipelines.ledger import Kind, Ledger, out_of_order
from pipelines.steps.declare import Outcome

Texts = numpy.ndarray[Any, numpy.dtype[numpy.object_]]
Places = numpy.ndarray[Any, numpy.dtype[numpy.int64]]


class Unaccountable(Exception):  # noqa: N818 - the engine turns it into a SetupError
    """A step's result that the engine cannot account for. `kind` is the error kind, `values` its facts."""

    def __init__(self, kind: str, **values: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.values = values


@dataclass(slots=True, eq=False)
class Trace:
    """Where a column's cells came from: one label as read, none, or a label for each row. `key` outlives names."""

    key: int
    source: str | None = None
    by_row: Texts | None = None

    def at(self, places: Places) -> str | Sequence[str | None] | None:
        """The source labels of some rows of this column."""
        return self.source if self.by_row is None else list(self.by_row[places])


@dataclass(slots=True, eq=False)
class Work:
    """The table between two steps. `origins` are source rows, or tuples of them; `ids` outlive every step."""

    origins: list[Hashable]
    ids: Places
    cells: dict[str, Texts]
    traces: dict[str, Trace]
    order: tuple[str, ...]
    numbered: set[str] = field(default_factory=set)
    keys: Any = field(default_factory=count)
    new_ids: Any = field(default_factory=count)
    single: Places | None = field(init=False)

    def __post_init__(self) -> None:
        """Most tables have one source row a row: known once, so that lines are written by column."""
        simple = not any(isinstance(origin, tuple) for origin in self.origins)
        self.single = numpy.array(self.origins, dtype="int64") if simple else None

    @classmethod
    def of(cls, table: pandas.DataFrame) -> Work:
        """The work on a table as the readers give it."""
        labels = [str(label) for label in table.columns]
        height = len(table)
        if len(set(labels)) != len(labels) or not table.index.is_unique:
            raise ValueError("the table that was read needs unique labels and unique source rows")
        cells = {label: table[label].to_numpy(dtype=object) for label in labels}
        if any(set(map(type, texts.tolist())) - {str} for texts in cells.values()):
            raise ValueError("the table that was read holds something that is not text")
        keys = count()
        return cls(
            origins=[int(origin) for origin in table.index],
            ids=numpy.arange(height, dtype="int64"),
            cells=cells,
            traces={label: Trace(next(keys), label) for label in labels},
            order=tuple(labels),
            keys=keys,
            new_ids=count(height),
        )

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
        self, ledger: Ledger, kind: Kind, label: str, column: str | None, places: Places, after: Texts | None
    ) -> None:
        """Ledger lines about cells of this table, before it changes. `after` stands beside `places`."""
        which, rows = self.rows(places)
        at = places[which]
        ledger.cells(
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
        self.traces[new] = Trace(next(self.keys))

    def keep_order(self, ledger: Ledger) -> None:
        """Writes the numbers of columns whose place as read could not be told from the release and the ledger."""
        now = [trace.source for label in self.cells if (trace := self.traces[label]).source is not None]
        here = {source: number for number, source in enumerate(now, 1)}
        mentioned = [label for label in ledger.seen if label not in here]
        for source in self.order:
            if source not in here and source not in ledger.seen:
                self._number(ledger, source, None)
        loose = [label for label in dict.fromkeys([*now, *mentioned]) if label not in self.numbered]
        labels = {self.traces[label].source: label for label in self.cells}
        for source in out_of_order(loose, self.order):
            self._number(ledger, source, labels.get(source))

    def _number(self, ledger: Ledger, source: str, label: str | None) -> None:
        self.numbered.add(source)
        after = None if label is None else str(self.labels.index(label) + 1)
        ledger.column("moved", source, label, str(self.order.index(source) + 1), after)


def flat(origin: Hashable) -> tuple[int, ...]:
    """An origin's source rows."""
    if isinstance(origin, tuple):
        return tuple(row for part in origin for row in flat(part))
    return (int(origin),)  # type: ignore[call-overload]


def account(work: Work, result: Any, ledger: Ledger) -> Work:
    """The table after a table step, its differences written into the ledger.

    Raises Unaccountable `step-result-table`, `-labels`, `-text`, `-origin`, `-growth`, `-moved`.
    """
    outcome = result if isinstance(result, Outcome) else Outcome(table=result)
    after = _texts(outcome)
    renamed = _renamed(work, outcome, after)
    before_of = {new: old for old, new in renamed.items()}
    stays = {before_of.get(new, new): new for new in after if new in before_of or new not in renamed}
    stays = {old: new for old, new in stays.items() if old in work.cells}
    index = outcome.table.index
    origins = index.tolist() if index.dtype == "int64" else [_origin(origin) for origin in index]
    take, merged = _match(work, origins, after, stays)
    gone = [label for label in work.cells if label not in stays]
    came = {label: list(sources) for label, sources in outcome.came_from.items()}
    _check_growth(work, take, came, gone)

    for old, new in stays.items():
        if old != new:
            ledger.column("renamed", work.traces[old].source, new, old, new)
    made = numpy.flatnonzero(take >= 0)
    source = take[made]
    for old, new in stays.items():
        differs = work.cells[old][source] != after[new][made]
        changed = numpy.asarray(differs, dtype=bool)
        work.write(ledger, "changed", old, new, source[changed], after[new][made][changed])
    _write_merged(work, merged, origins, after, stays, ledger)
    kept = numpy.zeros(len(work.origins), dtype=bool)
    kept[source] = True
    in_merged = numpy.zeros(len(work.origins), dtype=bool)
    in_merged[[place for places in merged.values() for place in places]] = True
    dropped = numpy.flatnonzero(~kept & ~in_merged)
    for label in work.cells:
        work.write(ledger, "dropped-row", label, stays.get(label, label), dropped, None)
    _write_gone(work, gone, take, kept, came, after, ledger)
    for new in after:
        if new not in stays.values():
            ledger.column("added", None, new, None, new)

    now = Work(
        origins=origins,
        ids=_ids(work, take),
        cells=after,
        traces=_traces(work, after, stays, take, merged, came),
        order=work.order,
        numbered=work.numbered,
        keys=work.keys,
        new_ids=work.new_ids,
    )
    now.keep_order(ledger)
    return now


def _texts(outcome: Outcome) -> dict[str, Texts]:
    table: Any = outcome.table
    if not isinstance(table, pandas.DataFrame):
        raise Unaccountable("step-result-table", got=type(table).__name__)
    labels = list(table.columns)
    wrong = [label for label in labels if not isinstance(label, str) or not label or labels.count(label) > 1]
    if wrong or not labels:
        raise Unaccountable("step-result-labels", labels=list(dict.fromkeys(map(str, wrong))))
    texts = {}
    for label in labels:
        column = table[label].to_numpy(dtype=object)
        kinds = set(map(type, column.tolist())) - {str}
        if kinds:
            raise Unaccountable(
                "step-result-text", column=label, got=", ".join(sorted(kind.__name__ for kind in kinds))
            )
        texts[label] = column
    return texts


def _renamed(work: Work, outcome: Outcome, after: dict[str, Texts]) -> dict[str, str]:
    renamed = {old: new for old, new in outcome.renamed.items() if old != new}
    missing = [old for old in renamed if old not in work.cells] + [
        new for new in renamed.values() if new not in after
    ]
    if missing or len(set(renamed.values())) != len(renamed):
        raise Unaccountable("step-result-labels", labels=missing or sorted(renamed.values()))
    return renamed


def _origin(origin: Any) -> Hashable:
    if isinstance(origin, tuple):
        return tuple(_origin(part) for part in origin)
    if isinstance(origin, int | numpy.integer) and not isinstance(origin, bool):
        return int(origin)
    raise Unaccountable("step-result-origin", origins=[type(origin).__name__])


def _match(
    work: Work, origins: list[Hashable], after: dict[str, Texts], stays: dict[str, str]
) -> tuple[Places, dict[int, list[int]]]:
    """For each row of the result: the row it was (-1: a merged one); and for merged ones the rows they were."""
    if origins == work.origins:
        return numpy.arange(len(origins), dtype="int64"), {}
    before: dict[Hashable, list[int]] = {}
    for place, origin in enumerate(work.origins):
        before.setdefault(origin, []).append(place)
    take = numpy.full(len(origins), -1, dtype="int64")
    merged: dict[int, list[int]] = {}
    several: dict[Hashable, list[int]] = {}
    by_row: dict[int, list[int]] = {}
    for place, origin in enumerate(origins):
        candidates = before.get(origin)
        if candidates is None:
            if not by_row:
                for where, known in enumerate(work.origins):
                    for row in flat(known):
                        by_row.setdefault(row, []).append(where)
            rows = flat(origin)
            if not isinstance(origin, tuple) or not rows or any(row not in by_row for row in rows):
                raise Unaccountable("step-result-origin", origins=[str(origin)])
            merged[place] = sorted({where for row in rows for where in by_row[row]})
        elif len(candidates) == 1:
            take[place] = candidates[0]
        else:
            several.setdefault(origin, []).append(place)
    for origin, places in several.items():
        _match_alike(work, before[origin], places, after, stays, take)
    return take, merged


def _match_alike(
    work: Work,
    candidates: list[int],
    places: list[int],
    after: dict[str, Texts],
    stays: dict[str, str],
    take: Places,
) -> None:
    """Rows of one origin: by their cells where some are missing or changed places, else in their order."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for one in reversed(candidates):
        alike.setdefault(tuple(work.cells[old][one] for old in stays), []).append(one)
    rest = []
    for place in places:
        same = alike.get(tuple(after[new][place] for new in stays.values()))
        if same:
            take[place] = same.pop()
        else:
            rest.append(place)
    free = sorted((one for left in alike.values() for one in left), reverse=True)
    for place in rest:
        take[place] = free.pop() if free else candidates[-1]


def _check_growth(work: Work, take: Places, came: dict[str, list[str]], gone: list[str]) -> None:
    known = take[take >= 0]
    if len(numpy.unique(known)) != len(known) and not came:
        raise Unaccountable("step-result-growth", rows=len(take), had=len(work.origins))
    for label, sources in came.items():
        if len(sources) != len(take) or not set(sources) <= set(gone):
            raise Unaccountable("step-result-moved", column=label)


def _write_merged(
    work: Work,
    merged: dict[int, list[int]],
    origins: list[Hashable],
    after: dict[str, Texts],
    stays: dict[str, str],
    ledger: Ledger,
) -> None:
    for place, places in merged.items():
        at = numpy.array(places, dtype="int64")
        for label in work.cells:
            new = stays.get(label)
            texts = None if new is None else numpy.full(len(places), after[new][place], dtype=object)
            work.write(ledger, "moved", label, new or label, at, texts)


def _write_gone(
    work: Work,
    gone: list[str],
    take: Places,
    kept: numpy.ndarray[Any, Any],
    came: dict[str, list[str]],
    after: dict[str, Texts],
    ledger: Ledger,
) -> None:
    moved: dict[str, list[tuple[int, str, str]]] = {}
    for label, sources in came.items():
        for place, source in enumerate(sources):
            if take[place] >= 0:
                moved.setdefault(source, []).append((int(take[place]), label, after[label][place]))
    for label in gone:
        left = kept.copy()
        lines = moved.get(label, [])
        for new in dict.fromkeys(line[1] for line in lines):
            at = numpy.array([line[0] for line in lines if line[1] == new], dtype="int64")
            texts = numpy.array([line[2] for line in lines if line[1] == new], dtype=object)
            work.write(ledger, "moved", label, new, at, texts)
            left[at] = False
        work.write(ledger, "dropped-column", label, label, numpy.flatnonzero(left), None)


def _ids(work: Work, take: Places) -> Places:
    ids = work.ids[take] if len(work.ids) else numpy.zeros(len(take), dtype="int64")
    _, first = numpy.unique(take, return_index=True)
    fresh = numpy.ones(len(take), dtype=bool)
    fresh[first] = False
    fresh[take < 0] = True
    ids[fresh] = [next(work.new_ids) for _ in range(int(fresh.sum()))]
    return ids


def _traces(
    work: Work,
    after: dict[str, Texts],
    stays: dict[str, str],
    take: Places,
    merged: dict[int, list[int]],
    came: dict[str, list[str]],
) -> dict[str, Trace]:
    first = take.copy()
    for place, places in merged.items():
        first[place] = places[0]
    old_of = {new: old for old, new in stays.items()}
    traces = {}
    for label in after:
        if label in old_of:
            old = work.traces[old_of[label]]
            by_row = None if old.by_row is None else old.by_row[first]
            traces[label] = Trace(old.key, old.source, by_row)
        elif label in came:
            sources = [
                _source_at(work.traces[source], place) for source, place in zip(came[label], first, strict=True)
            ]
            traces[label] = Trace(next(work.keys), None, numpy.array([*sources, None], dtype=object)[:-1])
        else:
            traces[label] = Trace(next(work.keys))
    return traces


def _source_at(trace: Trace, place: int) -> str | None:
    source: str | None = trace.source if trace.by_row is None else trace.by_row[place]
    return source
