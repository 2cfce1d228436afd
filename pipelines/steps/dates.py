"""Steps for dates and years: Thai and English months, Buddhist and Gregorian eras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from metadata.clock import ERA
from pipelines import thai_dates
from pipelines.steps.declare import Undecided, value_step

Era = Literal["auto", "buddhist", "gregorian"]


def _column(counts: Mapping[str, int], **_parameters: Any) -> thai_dates.Column:
    return thai_dates.survey(counts)


@value_step(survey=_column, named=True)
def thai_date(
    text: str,
    *,
    era: Era = "auto",
    order: Literal["day-first", "month-first"] = "day-first",
    precision: Literal["day", "month", "as-written"] = "day",
    time: Literal["undecided", "keep", "drop"] = "undecided",
    survey: thai_dates.Column | None = None,
) -> str | Undecided:
    """Writes dates as ISO 8601 in the Gregorian calendar: `๕ ม.ค. ๒๕๖๗` becomes `2024-01-05`.

    A four-digit year tells its own era (2400–2699 Buddhist, 1900–2100 Gregorian) and may not contradict `era`,
    except in an ISO date, as a workbook's own dates are read. A two-digit year is decided by `era`, by พ.ศ. or
    ค.ศ. in the cell, or by the column when all its four-digit years are of one era. `precision`: `month` for a
    column of months (`2024-01`), `as-written` for a mixed one. A midnight is no time; another time is
    `undecided`, kept (`2024-01-05T13:30:00`) or dropped. 31/02, 13/25 and 05/06 beside 05/13 are undecided.

    Example: - thai-date: {columns: [founded], era: buddhist}
    """
    one = thai_dates.written(text)
    if one is None:
        return Undecided("date")
    clock = "" if one.time in (None, "00:00:00") or time == "drop" else f"T{one.time}"
    if clock and time == "undecided":
        return Undecided("date-time")
    try:
        if one.day is not None:
            if precision == "month":
                return Undecided("date-partial")
            return thai_dates.day(one, era, survey, order == "month-first").isoformat() + clock
        if precision == "day" or (precision == "month" and one.month is None):
            return Undecided("date-partial")
        year = thai_dates.gregorian(one, era, survey)
    except thai_dates.Undecidable as undecidable:
        return Undecided(undecidable.reason)
    if one.month is None:
        return f"{year:04}"
    return f"{year:04}-{one.month:02}" if 1 <= one.month <= 12 else Undecided("date-impossible")


@value_step(survey=_column, named=True)
def year(
    text: str,
    *,
    to: Literal["buddhist", "gregorian"],
    era: Era = "auto",
    survey: thai_dates.Column | None = None,
) -> str | Undecided:
    """Writes years as four digits of one era: `ปี พ.ศ. ๒๕๖๗` becomes `2567` or `2024`.

    Words such as ปี, ปีงบประมาณ and พ.ศ. are dropped. Two-digit years are decided as `thai-date` does.

    Example: - year: {columns: [fiscal_year], to: buddhist}
    """
    one = thai_dates.written(text)
    if one is None or one.month is not None or one.time is not None:
        return Undecided("year")
    try:
        found = thai_dates.gregorian(one, era, survey)
    except thai_dates.Undecidable as undecidable:
        return Undecided(undecidable.reason)
    return str(found + ERA if to == "buddhist" else found)
