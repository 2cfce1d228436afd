"""How a table step's result is accounted for.

Whatever a table step does, what it gives back is compared with what it got, by origin. What cannot be
accounted for is refused; so the ledger never depends on a step's good will.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy
import pandas

from pipelines.ledger import Ledger
from pipelines.lineage import Places, Texts, Trace, Work, flat
from pipelines.steps.declare import Outcome

RENAMED, CHANGED, MERGED, DROPPED, GONE, ADDED, STANDS, DOUBTED = range(8)
"""The order of a table step's lines in the ledger."""
REST = 1 << 30
"""The last of an order: what is left of a column after its cells that moved."""


class Unaccountable(Exception):  # noqa: N818 - the engine turns it into a SetupError
    """A step's result that the engine cannot account for. `kind` is the error kind, `values` its facts."""

    def __init__(self, kind: str, **values: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.values = values


def account(work: Work, result: Any, ledger: Ledger, step: int) -> Work:
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
            slot = (step, RENAMED, list(stays).index(old))
            ledger.column(slot, "renamed", work.traces[old].source, new, old, new)
    made = numpy.flatnonzero(take >= 0)
    source = take[made]
    for place, (old, new) in enumerate(stays.items()):
        differs = work.cells[old][source] != after[new][made]
        changed = numpy.asarray(differs, dtype=bool)
        slot = (step, CHANGED, place)
        work.write(ledger, slot, "changed", old, new, source[changed], after[new][made][changed])
    _write_merged(work, merged, after, stays, ledger, step)
    kept = numpy.zeros(len(work.origins), dtype=bool)
    kept[source] = True
    in_merged = numpy.zeros(len(work.origins), dtype=bool)
    in_merged[[place for places in merged.values() for place in places]] = True
    dropped = numpy.flatnonzero(~kept & ~in_merged)
    for place, label in enumerate(work.cells):
        work.write(ledger, (step, DROPPED, place), "dropped-row", label, stays.get(label, label), dropped, None)
    _write_gone(work, gone, take, kept, came, after, ledger, step)
    for place, new in enumerate(after):
        if new not in stays.values():
            ledger.column((step, ADDED, place), "added", None, new, None, new)

    ids = _ids(work, take)
    traces = _traces(work, after, stays, take, merged, came)
    now = Work(
        origins=origins,
        ids=ids,
        cells=after,
        traces=traces,
        next_key=work.next_key,
        next_id=work.next_id + len(origins),
    )
    ledger.stand((step, STANDS), now.columns)
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
    after: dict[str, Texts],
    stays: dict[str, str],
    ledger: Ledger,
    step: int,
) -> None:
    for place, places in merged.items():
        at = numpy.array(places, dtype="int64")
        for label in work.cells:
            new = stays.get(label)
            texts = None if new is None else numpy.full(len(places), after[new][place], dtype=object)
            work.write(ledger, (step, MERGED), "moved", label, new or label, at, texts)


def _write_gone(
    work: Work,
    gone: list[str],
    take: Places,
    kept: numpy.ndarray[Any, Any],
    came: dict[str, list[str]],
    after: dict[str, Texts],
    ledger: Ledger,
    step: int,
) -> None:
    moved: dict[str, list[tuple[int, str, str]]] = {}
    for label, sources in came.items():
        for place, source in enumerate(sources):
            if take[place] >= 0:
                moved.setdefault(source, []).append((int(take[place]), label, after[label][place]))
    for number, label in enumerate(gone):
        left = kept.copy()
        lines = moved.get(label, [])
        for which, new in enumerate(came):
            at = numpy.array([line[0] for line in lines if line[1] == new], dtype="int64")
            texts = numpy.array([line[2] for line in lines if line[1] == new], dtype=object)
            work.write(ledger, (step, GONE, number, which), "moved", label, new, at, texts)
            left[at] = False
        rest = (step, GONE, number, REST)
        work.write(ledger, rest, "dropped-column", label, label, numpy.flatnonzero(left), None)


def _ids(work: Work, take: Places) -> Places:
    ids = work.ids[take] if len(work.ids) else numpy.zeros(len(take), dtype="int64")
    _, first = numpy.unique(take, return_index=True)
    fresh = numpy.ones(len(take), dtype=bool)
    fresh[first] = False
    fresh[take < 0] = True
    ids[fresh] = numpy.arange(work.next_id, work.next_id + int(fresh.sum()))
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
            traces[label] = Trace(work.key(), None, numpy.array([*sources, None], dtype=object)[:-1])
        else:
            traces[label] = Trace(work.key())
    return traces


def _source_at(trace: Trace, place: int) -> str | None:
    source: str | None = trace.source if trace.by_row is None else trace.by_row[place]
    return source
