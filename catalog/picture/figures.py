"""The numbers of a picture: grouped in the database, put in order here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from catalog.picture import periods
from catalog.picture.choice import MOST_GROUPS, MOST_SERIES, Choice
from catalog.picture.columns import Column, province
from catalog.picture.periods import Period
from catalog.store import grouped
from catalog.store.grouped import Group

if TYPE_CHECKING:
    from catalog.store.datastore import Reading

MOST_PERIODS = 120
MOST_PLACES = 2000
MOST_ROWS = 1000
"""Groups read for bars, of which the first are shown."""
NETS = (20, 10, 5, 2)
"""Lines of a net to a degree: 5.5 km, and coarser where there are too many dots."""
MOST_DOTS = 1200
OTHERS = "\x00others"
"""The key of what was put together; no cell holds it."""
GREAT = 3
"""How many times the greatest that is shown all others together may be: beyond that they would hide it."""
LETTERS = {"day": 10, "month": 7, "year": 4}
WEST, SOUTH, EAST, NORTH = 97.3, 5.6, 105.7, 20.5
"""The country in degrees."""
Key = str | Period | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A series: the measure's column or None, the cell that makes it or None, its number for each key."""

    measure: Column | None
    cell: str | None = None
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a picture shows. `keys`: along the axis (periods, cells, provinces' codes); of dots none.

    `single`: each number is of one row, nothing was added up. `at`: the one time they are of. `empty`: rows whose
    measure says nothing; `groups`: how many bars or lines there were before they were cut; `rest`: what
    those left out come to; `elsewhere`: rows on no map.
    """

    choice: Choice
    keys: tuple[Key, ...] = ()
    lines: tuple[Line, ...] = ()
    dots: tuple[tuple[float, float, int], ...] = ()
    single: bool = False
    at: Period | None = None
    rows: int = 0
    empty: int = 0
    groups: int = 0
    rest: float | None = None
    elsewhere: int = 0
    grain: int = 0
    """Of dots: lines of the net to a degree."""

    def is_told(self) -> bool:
        """Whether there is anything to see."""
        if self.dots:
            return True
        values = [value for line in self.lines for value in line.values if value is not None]
        return len(values) > (1 if self.choice.kind != "map" else 2)


def figures(reading: Reading, choice: Choice) -> Figures | None:
    """What a table gives for a picture; None where it is nothing to see."""
    made = {"line": _line, "bar": _bar, "map": _map, "points": _points}[choice.kind](reading, choice)
    return made if made and made.is_told() else None


def _names(choice: Choice) -> tuple[str, ...]:
    return tuple(one.name for one in choice.measures)


def _line(reading: Reading, choice: Choice) -> Figures | None:
    time = choice.group
    only: dict[str, tuple[str, ...]] = {}
    cut = False
    if choice.split:
        split = grouped.grouped(
            reading, [(choice.split.name, grouped.LONGEST)], _names(choice)[:1], without=choice.without,
            order="mean" if not choice.adds else "sum", most=MOST_SERIES + 1,
        )  # fmt: skip
        cut = len(split) > MOST_SERIES
        kept = tuple(cell for one in split[: MOST_SERIES - cut] if (cell := one.keys[0]) is not None)
        only = {choice.split.name: kept} if cut else {}
    for letters in (grouped.LONGEST, *(LETTERS["month"], LETTERS["year"]) * (time.grain == "day")):
        found = _periods(reading, choice, letters, only)
        if found is not None:
            break
    else:
        return None
    keys = _whole(sorted({period for period, _cell in found}))
    cells = list(dict.fromkeys(cell for _period, cell in found)) if choice.split else [None]
    if choice.split and choice.split.ordered:
        cells.sort(key=_natural)
    else:
        size = {
            cell: sum(
                abs(v) for (_, c), g in found.items() if c == cell and (v := _value(g, choice, 0)) is not None
            )
            for cell in cells
        }
        cells.sort(key=lambda cell: -size[cell])
    empty = Group((), 0, (0.0,) * len(choice.measures), (0,) * len(choice.measures))
    made = [
        Line(
            measure=measure,
            cell=cell,
            values=tuple(_value(found.get((key, cell), empty), choice, n) for key in keys),
        )
        for n, measure in enumerate(choice.measures or (None,))
        for cell in cells
    ]
    if cut and choice.adds:
        whole = _periods(reading, replace(choice, split=None), letters, {})
        rest = [
            _rest(
                _value(whole.get((key, None), empty), choice, 0) if whole else None,
                [one.values[n] for one in made],
            )
            for n, key in enumerate(keys)
        ]
        shown = [abs(value) for line in made for value in line.values if value is not None]
        if max((abs(value) for value in rest if value is not None), default=0) <= GREAT * max(shown, default=0):
            made.append(Line(measure=made[0].measure, cell=OTHERS, values=tuple(rest)))
    told = _figures(choice, keys, made, list(found.values()))
    if cut and choice.split:
        return replace(told, groups=grouped.different(reading, choice.split.name, without=choice.without))
    return replace(told, groups=len(made))


def _periods(
    reading: Reading, choice: Choice, letters: int, only: Mapping[str, tuple[str, ...]]
) -> dict[tuple[Period, str | None], Group] | None:
    """Groups by time and by the cell that makes a line; None where there are too many times."""
    by = [(choice.group.name, letters)]
    if choice.split:
        by.append((choice.split.name, grouped.LONGEST))
    most = MOST_PERIODS * MOST_SERIES * 2
    rows = grouped.grouped(
        reading, by, _names(choice), only=tuple(only.items()), without=choice.without, most=most + 1
    )
    found: dict[tuple[Period, str | None], Group] = {}
    for one in rows:
        period = periods.read(one.keys[0] or "")
        if period:
            key = (period, one.keys[1] if choice.split else None)
            found[key] = _added(found[key], one) if key in found else one
    grains = {period.grain for period, _cell in found}
    if len(rows) > most or len(grains) != 1 or len({period for period, _cell in found}) > MOST_PERIODS:
        return None
    return found


def _whole(keys: Sequence[Period]) -> tuple[Period, ...]:
    """Times with those that are missing between them: what has no number is shown to have none."""
    if len(keys) < 3 or keys[0].grain == "day":
        return tuple(keys)
    step = reduce(math.gcd, (after.at - before.at for before, after in pairwise(keys)))
    whole = range(keys[0].at, keys[-1].at + 1, step)
    return tuple(Period(at, keys[0].grain) for at in whole) if len(whole) <= 2 * MOST_PERIODS else tuple(keys)


def _bar(reading: Reading, choice: Choice) -> Figures | None:
    at, only = _last(reading, choice)
    ordered = choice.group.ordered or choice.group.role == "time"
    by = [(choice.group.name, grouped.LONGEST)]
    order: Literal["key", "sum", "mean"] = "key" if ordered else "sum" if choice.adds else "mean"
    rows = grouped.grouped(
        reading,
        by,
        _names(choice)[:1],
        only=only,
        without=choice.without,
        order=order,
        most=MOST_ROWS,
    )
    groups = len(rows)
    if groups == MOST_ROWS:
        groups = grouped.different(reading, choice.group.name, only=only, without=choice.without)
    if ordered:
        rows.sort(key=lambda one: (one.keys[0] is None, _natural(one.keys[0])))
    rest: float | None = None
    shown = rows if groups <= MOST_GROUPS else rows[: MOST_GROUPS - choice.adds]
    keys: list[Key] = [one.keys[0] for one in shown]
    values = [_value(one, choice, 0) for one in shown]
    if groups > len(shown) and choice.adds:
        whole = grouped.grouped(reading, [], _names(choice)[:1], only=only, without=choice.without)
        rest = _rest(_value(whole[0], choice, 0) if whole else None, values)
        greatest = max((abs(value) for value in values if value is not None), default=0)
        if rest is not None and abs(rest) <= GREAT * greatest:
            keys.append(OTHERS)
            values.append(rest)
            rest = None
    line = Line(measure=choice.measures[0] if choice.measures else None, values=tuple(values))
    made = _figures(choice, tuple(keys), [line], rows)
    return replace(made, at=at, groups=groups, rest=rest)


def _map(reading: Reading, choice: Choice) -> Figures | None:
    at, only = _last(reading, choice)
    by = [(choice.group.name, grouped.LONGEST)]
    rows = grouped.grouped(reading, by, _names(choice)[:1], only=only, without=choice.without, most=MOST_PLACES)
    found: dict[str, Group] = {}
    elsewhere = 0
    for one in rows:
        code = province(one.keys[0] or "")
        if code is None:
            elsewhere += one.rows
        else:
            found[code] = _added(found[code], one) if code in found else one
    if not found:
        return None
    keys = tuple(sorted(found))
    values = tuple(_value(found[code], choice, 0) for code in keys)
    line = Line(measure=choice.measures[0] if choice.measures else None, values=values)
    made = _figures(choice, keys, [line], list(found.values()))
    return replace(made, at=at, elsewhere=elsewhere)


def _points(reading: Reading, choice: Choice) -> Figures | None:
    if choice.split is None:
        return None
    for net in NETS:
        dots = grouped.cells(reading, choice.group.name, choice.split.name, net, MOST_DOTS + 1)
        if len(dots) <= MOST_DOTS:
            break
    else:
        return None
    inside = tuple(dot for dot in dots if SOUTH <= dot[0] <= NORTH and WEST <= dot[1] <= EAST)
    rows = sum(dot[2] for dot in inside)
    whole = grouped.grouped(reading, [])
    return Figures(
        choice=choice, dots=inside, rows=rows, elsewhere=(whole[0].rows if whole else 0) - rows, grain=net
    )


def _last(reading: Reading, choice: Choice) -> tuple[Period | None, grouped.Pairs]:
    """The last of the times that a picture is of one of, and the cells that say it."""
    if choice.at is None:
        return None, ()
    rows = grouped.grouped(
        reading, [(choice.at.name, grouped.LONGEST)], _names(choice)[:1], without=choice.without
    )
    read = {
        cell: period
        for one in rows
        if (cell := one.keys[0]) and (period := periods.read(cell)) and (not one.counts or one.counts[0])
    }
    last = max(read.values(), default=None)
    return last, ((choice.at.name, tuple(cell for cell, period in read.items() if period == last)),)


def _figures(choice: Choice, keys: tuple[Key, ...], lines: Sequence[Line], rows: Sequence[Group]) -> Figures:
    empty = sum(one.rows - one.counts[0] for one in rows if one.counts)
    return Figures(
        choice=choice,
        keys=keys,
        lines=tuple(lines),
        single=bool(choice.measures) and all(one.rows == 1 for one in rows),
        rows=sum(one.rows for one in rows),
        empty=empty,
        groups=len(keys),
    )


def _value(one: Group, choice: Choice, n: int) -> float | None:
    """A group's number; none where no row of it says one."""
    if choice.how == "count" or not choice.measures:
        return float(one.rows) if one.rows else None
    if not one.counts[n]:
        return None
    value = one.sums[n] if choice.how == "sum" else one.sums[n] / one.counts[n]
    return value if math.isfinite(value) else None


def _added(one: Group, other: Group) -> Group:
    sums = tuple(a + b for a, b in zip(one.sums, other.sums, strict=True))
    counts = tuple(a + b for a, b in zip(one.counts, other.counts, strict=True))
    return Group(one.keys, one.rows + other.rows, sums, counts)


def _rest(whole: float | None, parts: Sequence[float | None]) -> float | None:
    """What is left of a sum."""
    if whole is None:
        return None
    rest = whole - math.fsum(part for part in parts if part is not None)
    return 0.0 if abs(rest) < 1e-9 * max(1.0, abs(whole)) else rest


def _natural(cell: str | None) -> tuple[float, str]:
    """Order of cells that begin with a number, or that are times: as numbers."""
    text = cell or ""
    if period := periods.read(text):
        return float(period.at), text
    head = ""
    for letter in text:
        if not (letter.isascii() and letter.isdigit()):
            break
        head += letter
    return (float(head[:15]) if head else math.inf), text
