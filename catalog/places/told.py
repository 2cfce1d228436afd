"""What one table tells of one area: its figures at the newest time, and how they stand to those before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from catalog.picture import periods
from catalog.picture.choice import how, left_out
from catalog.picture.columns import Column
from catalog.picture.periods import Period
from catalog.picture.words import says
from catalog.store.grouped import LONGEST, Group, Pairs, grouped
from catalog.store.narrowed import narrowed

if TYPE_CHECKING:
    from catalog.places.located import Located
    from catalog.store.datastore import Reading

MOST_MEASURES = 12
MOST_TIMES = 24
"""Times told, from the newest."""
MOST_CELLS = 12
MOST_TRIED = 3
"""Cells of a category by which figures are divided, and categories that are tried."""
FEWEST_RANKED = 5
"""Areas with a number, below which no rank is told."""
SAME = 4
"""No rank is told where more than one in so many areas share it; nor where there is nothing."""
How = Literal["one", "sum", "mean", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number. `measure` None: rows were counted. `rows`: how many it is of; one of one row is as published.

    `before`: the same at the time before. `rank`: its place, from the greatest, among `of` areas of its level.
    """

    measure: Column | None
    how: How
    value: float
    rows: int
    before: float | None = None
    rank: int | None = None
    of: int = 0


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

    @property
    def counts(self) -> bool:
        """Whether counting rows says something."""
        return self.figures[:1] != () and self.figures[0].measure is None


Rows = Mapping[Time | None, Group]


def told(reading: Reading, columns: Sequence[Column], located: Located, code: str) -> Told | None:
    """The figures of an area; None where no row is of it."""
    columns = [one for one in columns if one.name not in located.columns]
    period, part = _times(columns)
    measures = [one for one in columns if one.role == "measure"][:MOST_MEASURES]
    cells = located.cells[code]
    only = [(located.columns[0], tuple(one[0] for one in cells))] if len(located.columns) == 1 else []
    own = reading if only else narrowed(reading, located.columns, cells)
    without = left_out(columns)
    by = [(one.name, LONGEST) for one in (period, part) if one]
    names = [one.name for one in measures]
    rows = _by_time(grouped(own, by, names, only=only, without=without), period is not None)
    if not rows:
        return None
    times = sorted((one for one in rows if one), key=_order)
    at, before = ([None, None, *times][-1], [None, None, *times][-2]) if times else (None, None)
    found = _figures(rows[at], rows.get(before) if before else None, measures, counted=is_list(columns))
    newest = _cells(at, rows, period, part)
    if len(located.cells) >= FEWEST_RANKED:
        places = [(name, LONGEST) for name in located.columns]
        every = grouped(reading, places, names, only=newest, without=without)
        found = _ranked(found, every, located, code, measures)
    past = [(one, tuple(_value(rows[one], n, measure) for n, measure in enumerate(measures))) for one in times]
    return Told(
        figures=tuple(found),
        rows=rows[at].rows,
        at=at,
        before=before,
        measures=tuple(measures),
        history=tuple(past[: -MOST_TIMES - 1 : -1]) if len(past) > 1 and measures else (),
        divided=_divided(own, columns, measures, [*only, *newest], without) if rows[at].rows > 1 else None,
        time=period,
        part=part,
    )


def _divided(
    own: Reading, columns: Sequence[Column], measures: Sequence[Column], only: Pairs, without: Pairs
) -> Divided | None:
    """By the first category that has few cells, but more than one here."""
    names = [one.name for one in measures]
    few = [one for one in columns if one.role == "category" and 1 < one.distinct <= MOST_CELLS]
    for by in few[:MOST_TRIED]:
        found = grouped(own, [(by.name, LONGEST)], names, only=only, without=without, most=MOST_CELLS + 1)
        if 1 < len(found) <= MOST_CELLS:
            numbers = [tuple(_value(one, n, measure) for n, measure in enumerate(measures)) for one in found]
            rows = [(one.keys[0], one.rows, every) for one, every in zip(found, numbers, strict=True)]
            return Divided(by=by, rows=tuple(rows))
    return None


def is_list(columns: Sequence[Column]) -> bool:
    """Whether each row is a thing with a name or number of its own, so that counting rows says something."""
    return any(one.unique and one.role in ("key", "category", "text") for one in columns)


def _times(columns: Sequence[Column]) -> tuple[Column | None, Column | None]:
    """The column of times, and of their parts. Of a list of things, the days on which they came about are none."""
    times = [one for one in columns if one.role == "time"]
    things = any(one.unique and one.role in ("key", "category", "text") for one in columns)
    period = next((one for one in times if one.grain != "day"), None) or (
        None if things else next(iter(times), None)
    )
    if period is None or period.grain != "year":
        return period, None
    parts = [one for one in columns if one.role == "category" and one.ordered]
    return period, next((one for one in parts if says(_named(one), "part-of-year")), None)


def _named(column: Column) -> str:
    return " ".join((column.name.replace("_", " "), *column.field.labels.values()))


def _by_time(found: Sequence[Group], timed: bool) -> dict[Time | None, Group]:
    rows: dict[Time | None, Group] = {}
    for one in found:
        period = periods.read(one.keys[0] or "") if timed else None
        if not one.rows or (timed and period is None):
            continue
        time = Time(period=period, part=(one.keys[1] or "") if len(one.keys) > 1 else "") if period else None
        rows[time] = added(rows[time], one) if time in rows else one
    return rows


def added(one: Group, other: Group) -> Group:
    """Two groups as one."""
    sums = tuple(a + b for a, b in zip(one.sums, other.sums, strict=True))
    counts = tuple(a + b for a, b in zip(one.counts, other.counts, strict=True))
    return Group(one.keys, one.rows + other.rows, sums, counts)


def _order(time: Time) -> tuple[int, int, str]:
    return time.period.at, int(time.part) if time.part.isascii() and time.part.isdigit() else 0, time.part


def _figures(now: Group, before: Group | None, measures: Sequence[Column], *, counted: bool) -> list[Figure]:
    found = [
        Figure(
            measure=one,
            how="one" if now.rows == 1 else how([one]),
            value=value,
            rows=now.counts[n],
            before=_value(before, n, one) if before else None,
        )
        for n, one in enumerate(measures)
        if (value := _value(now, n, one)) is not None
    ]
    if found and not counted:
        return found
    count = Figure(
        measure=None,
        how="count",
        value=float(now.rows),
        rows=now.rows,
        before=float(before.rows) if before else None,
    )
    return [count, *found]


def _value(group: Group, n: int, measure: Column) -> float | None:
    """A measure's number in a group, without the crumbs that adding up fractions of two leaves."""
    if not group.counts[n]:
        return None
    value = group.sums[n] / group.counts[n] if how([measure]) == "mean" else group.sums[n]
    return float(f"{value:.14g}")


def _cells(
    at: Time | None, rows: Rows, period: Column | None, part: Column | None
) -> list[tuple[str, tuple[str, ...]]]:
    """The cells that say a time."""
    if at is None or period is None:
        return []
    said = {key for time, group in rows.items() if time and time.period == at.period and (key := group.keys[0])}
    return [(period.name, tuple(said)), *([(part.name, (at.part,))] if part and at.part else [])]


def _ranked(
    found: Sequence[Figure], every: Sequence[Group], located: Located, code: str, measures: Sequence[Column]
) -> list[Figure]:
    """The same figures with their places among all areas of the level."""
    codes = {cells: one for one, several in located.cells.items() for cells in several}
    groups: dict[str, Group] = {}
    for group in every:
        one = codes.get(tuple(key or "" for key in group.keys))
        if one:
            groups[one] = added(groups[one], group) if one in groups else group
    return [_placed(figure, groups, code, measures) for figure in found]


def _placed(figure: Figure, groups: Mapping[str, Group], code: str, measures: Sequence[Column]) -> Figure:
    """A figure with its place among those of all areas, where enough of them have one."""
    values: dict[str, float] = {}
    for one, group in groups.items():
        value = (
            group.rows if figure.measure is None else _value(group, measures.index(figure.measure), figure.measure)
        )
        if value is not None:
            values[one] = value
    alike = sum(value == values.get(code) for value in values.values())
    if not values.get(code) or len(values) < FEWEST_RANKED or alike > len(values) // SAME:
        return figure
    return replace(figure, rank=1 + sum(value > values[code] for value in values.values()), of=len(values))
