"""What one table tells of one area: figures of the newest time, those of the times before, and of what kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from catalog.picture import periods
from catalog.picture.choice import how, left_out
from catalog.picture.columns import Column
from catalog.picture.periods import Period
from catalog.picture.words import says
from catalog.store.grouped import LONGEST, Group, grouped
from catalog.store.narrowed import narrowed

if TYPE_CHECKING:
    from catalog.places.located import Located
    from catalog.store.datastore import Reading

MOST_MEASURES = 12
MOST_TIMES = 24
"""Times told, from the newest."""
MOST_CELLS, MOST_TRIED = 12, 3
"""Cells of a category by which figures are divided, and categories that are tried."""
MOST_GROUPS = 4000
"""Groups of an area's rows by time and categories; of more, they are not divided."""
How = Literal["one", "sum", "mean", "count"]
Cells = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number. `measure` None: rows were counted. `rows`: how many it is of; one of one row is as published.

    `before`: the same at the time before.
    """

    measure: Column | None
    how: How
    value: float
    rows: int
    before: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A time of a table: the period, and its part where a column of its own says that (a quarter, a month)."""

    period: Period
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """The newest figures by the cells of a category: a cell (None: empty), its rows, a number for each measure."""

    by: Column
    rows: tuple[tuple[str | None, int, tuple[float | None, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a table tells of an area, at its newest time; `before` is the time before that."""

    figures: tuple[Figure, ...]
    rows: int
    at: Time | None = None
    before: Time | None = None
    measures: tuple[Column, ...] = ()
    history: tuple[tuple[Time, tuple[float | None, ...]], ...] = ()
    """What each measure said at each time, the newest first; nothing where there is only one."""
    divided: Divided | None = None
    """The newest figures where they are of several rows."""
    time: Column | None = None
    part: Column | None = None
    """The columns of the times and of their parts."""
    newest: Cells = ()
    """Columns, and the cells that say the newest time."""

    @property
    def counts(self) -> bool:
        """Whether counting rows says something."""
        return self.figures[0].measure is None


def told(reading: Reading, columns: Sequence[Column], located: Located, code: str) -> Told | None:
    """The figures of an area; None where no row is of it."""
    columns = [one for one in columns if one.name not in located.columns]
    period, part = _times(columns)
    measures = [one for one in columns if one.role == "measure"][:MOST_MEASURES]
    few = [one for one in columns if one.role == "category" and one is not part and 1 < one.distinct <= MOST_CELLS]
    times = [one for one in (period, part) if one]
    found = _groups(reading, [*times, *few[:MOST_TRIED]], measures, columns, located, code)
    if len(found) > MOST_GROUPS:
        few = []
        found = _groups(reading, times, measures, columns, located, code)
    by_time: dict[Time | None, list[Group]] = {}
    for one in found:
        time = _time(one, period, part)
        if one.rows and (time or not period):
            by_time.setdefault(time, []).append(one)
    if not by_time:
        return None
    order = sorted((one for one in by_time if one), key=_order)
    at, before = ([None, None, *order][-1], [None, None, *order][-2]) if order else (None, None)
    now, past = together(by_time[at]), {one: together(by_time[one]) for one in order}
    history = [(one, _values(past[one], measures)) for one in reversed(order[-MOST_TIMES:])]
    return Told(
        figures=tuple(_figures(now, past.get(before) if before else None, measures, counted=_is_list(columns))),
        rows=now.rows,
        at=at,
        before=before,
        measures=tuple(measures),
        history=tuple(history) if len(history) > 1 and measures else (),
        divided=_divided(by_time[at], few[:MOST_TRIED], len(times), measures) if now.rows > 1 else None,
        time=period,
        part=part,
        newest=tuple(
            (one.name, tuple(dict.fromkeys(cell for group in by_time[at] if (cell := group.keys[n]) is not None)))
            for n, one in enumerate(times)
        ),
    )


def _groups(
    reading: Reading,
    by: Sequence[Column],
    measures: Sequence[Column],
    columns: Sequence[Column],
    located: Located,
    code: str,
) -> list[Group]:
    """The area's rows by some columns, without those that are totals of others."""
    cells, first = located.cells[code], located.columns[0]
    alone = len(located.columns) == 1
    return grouped(
        reading if alone else narrowed(reading, located.columns, cells),
        [(one.name, LONGEST) for one in by],
        [one.name for one in measures],
        only=[(first, tuple(one[0] for one in cells))] if alone else [],
        without=left_out(columns),
        most=MOST_GROUPS + 1,
    )


def _is_list(columns: Sequence[Column]) -> bool:
    """Whether each row is a thing with a name or number of its own, so that counting rows says something."""
    return any(one.unique and one.role in ("key", "category", "text") for one in columns)


def _times(columns: Sequence[Column]) -> tuple[Column | None, Column | None]:
    """The column of times, and of their parts. Of a list of things, the days on which they came about are none."""
    times = [one for one in columns if one.role == "time"]
    period = next((one for one in times if one.grain != "day"), None)
    if period is None and not _is_list(columns):
        period = next(iter(times), None)
    if period is None or period.grain != "year":
        return period, None
    parts = [one for one in columns if one.role == "category" and one.ordered]
    return period, next((one for one in parts if says(_named(one), "part-of-year")), None)


def _named(column: Column) -> str:
    return " ".join((column.name.replace("_", " "), *column.field.labels.values()))


def _time(group: Group, period: Column | None, part: Column | None) -> Time | None:
    found = periods.read(group.keys[0] or "") if period else None
    return Time(period=found, part=(group.keys[1] or "") if part else "") if found else None


def _order(time: Time) -> tuple[int, int, str]:
    return time.period.at, int(time.part) if time.part.isascii() and time.part.isdigit() else 0, time.part


def together(groups: Sequence[Group]) -> Group:
    """Groups as one."""
    sums = tuple(map(sum, zip(*(one.sums for one in groups), strict=True)))
    counts = tuple(map(sum, zip(*(one.counts for one in groups), strict=True)))
    return Group(groups[0].keys, sum(one.rows for one in groups), sums, counts)


def _figures(now: Group, before: Group | None, measures: Sequence[Column], *, counted: bool) -> list[Figure]:
    found = [
        Figure(
            measure=one,
            how="one" if now.rows == 1 else how([one]),
            value=number,
            rows=now.counts[n],
            before=value(before, n, one) if before else None,
        )
        for n, one in enumerate(measures)
        if (number := value(now, n, one)) is not None
    ]
    if found and not counted:
        return found
    last = float(before.rows) if before else None
    return [Figure(measure=None, how="count", value=float(now.rows), rows=now.rows, before=last), *found]


def _values(group: Group, measures: Sequence[Column]) -> tuple[float | None, ...]:
    return tuple(value(group, n, one) for n, one in enumerate(measures))


def value(group: Group, n: int, measure: Column) -> float | None:
    """A measure's number in a group, without the crumbs that adding up fractions of two leaves."""
    if not group.counts[n]:
        return None
    number = group.sums[n] / group.counts[n] if how([measure]) == "mean" else group.sums[n]
    return float(f"{number:.14g}")


def _divided(
    groups: Sequence[Group], few: Sequence[Column], first: int, measures: Sequence[Column]
) -> Divided | None:
    """By the first category that has more than one cell here, and few. `first`: their first in the keys."""
    for n, by in enumerate(few, first):
        cells: dict[str | None, list[Group]] = {}
        for one in groups:
            cells.setdefault(one.keys[n], []).append(one)
        if 1 < len(cells) <= MOST_CELLS:
            whole = {cell: together(every) for cell, every in cells.items()}
            order = sorted(whole, key=lambda cell: (cell is None, cell or ""))
            rows = ((cell, whole[cell].rows, _values(whole[cell], measures)) for cell in order)
            return Divided(by=by, rows=tuple(rows))
    return None
