"""Which picture tells a table: lines for time, a map for provinces, dots for coordinates, else bars (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.picture.columns import Column
from catalog.picture.words import says
from metadata.views import Kind

How = Literal["sum", "mean", "count"]
MOST_SERIES = 7
"""Lines that an eye tells apart."""
FEWEST_PERIODS = 3
MOST_GROUPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A picture of a table. `group`: what stands along the axis (of points: the latitude, `split` the longitude).

    `split`: what makes the lines. `measures`: none means that rows are counted; several make a line each. `at`: of
    this time only the last is shown, since what is there at one time is not added to what was there before.
    `title`: what a publisher calls it, `title_en` in English.
    """

    kind: Kind
    group: Column
    split: Column | None = None
    measures: tuple[Column, ...] = ()
    how: How = "count"
    at: Column | None = None
    without: tuple[tuple[str, tuple[str, ...]], ...] = ()
    title: str = ""
    title_en: str = ""

    @property
    def adds(self) -> bool:
        """Whether groups may be added to "others"."""
        return self.how != "mean"


def choices(columns: Sequence[Column]) -> tuple[Choice, ...]:
    """The pictures of a table, the one that tells most first; none where no column says what rows are about."""
    return tuple(_choices(columns))


def _choices(columns: Sequence[Column]) -> Iterator[Choice]:
    by = {role: [one for one in columns if one.role == role] for role in ("time", "place", "category", "measure")}
    measures, categories = by["measure"], by["category"]
    rows_are_things = any(one.unique and one.role in ("key", "category", "text") for one in columns)
    period = next((one for one in by["time"] if one.grain != "day"), None)
    if period is None and not rows_are_things:
        period = next(iter(by["time"]), None)
    latitude, longitude = (_first(columns, role) for role in ("latitude", "longitude"))
    if latitude and longitude and not period:
        yield Choice(kind="points", group=latitude, split=longitude, without=left_out(columns))
    if period and period.distinct >= FEWEST_PERIODS and (measures or rows_are_things):
        yield lines(columns, period, measures)
    at = period if period and period.distinct > 1 and measures else None
    first = measures[:1]
    if by["place"]:
        place = max(by["place"], key=lambda one: (min(one.distinct, 77), not says(one.name, "code")))
        yield Choice(
            kind="map", group=place, measures=tuple(first), how=how(first), at=at, without=left_out(columns)
        )
    bars = [one for one in categories if 1 < one.distinct <= MOST_GROUPS] or [
        one for one in categories if one.distinct > 1 and measures
    ]
    if bars:
        yield Choice(
            kind="bar", group=bars[0], measures=tuple(first), how=how(first), at=at, without=left_out(columns)
        )
    elif period and period.distinct == FEWEST_PERIODS - 1 and measures:
        yield Choice(kind="bar", group=period, measures=tuple(first), how=how(first), without=left_out(columns))
    elif by["place"] and measures:
        place = by["place"][0]
        yield Choice(
            kind="bar", group=place, measures=tuple(first), how=how(first), at=at, without=left_out(columns)
        )


def lines(columns: Sequence[Column], period: Column, measures: Sequence[Column]) -> Choice:
    """Lines over time: one for each measure of the first one's unit, else for each value of a small category."""
    same: list[Column] = []
    if measures:
        unit = measures[0].unit("th")
        alike = [one for one in measures if unit and one.unit("th") == unit and one.adds == measures[0].adds]
        same = alike[:MOST_SERIES] if len(alike) > 1 else list(measures[:1])
    split = None
    if len(same) < 2:
        split = next((one for one in columns if one.role == "category" and 1 < one.distinct <= MOST_SERIES), None)
    return Choice(
        kind="line",
        group=period,
        split=split,
        measures=tuple(same),
        how=how(same),
        without=left_out(columns),
    )


def how(measures: Sequence[Column]) -> How:
    """How rows of a group become one number: where nothing says, whole numbers are added up, others are not."""
    if not measures:
        return "count"
    first = measures[0]
    if first.adds is None:
        return "sum" if first.field.kind in ("int2", "int4", "int8") else "mean"
    return "sum" if first.adds else "mean"


def left_out(columns: Sequence[Column]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Cells whose rows are the sum of others. Columns that consist of nothing else keep theirs."""
    return tuple((one.name, one.totals) for one in columns if one.totals and one.distinct > len(one.totals))


def _first(columns: Sequence[Column], role: str) -> Column | None:
    return next((one for one in columns if one.role == role), None)
