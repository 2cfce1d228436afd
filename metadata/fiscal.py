"""The Thai fiscal year: October to September, named by the Buddhist year it ends in; its quarters and rounds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from metadata import clock
from metadata.errors import SetupError

By = Literal["quarter", "round"]
MONTHS: dict[By, tuple[int, ...]] = {"quarter": (3, 6, 9, 12), "round": (6, 9, 12)}
"""After how many months a figure is told: each quarter, or in the rounds of 6, 9 and 12 months."""
FORMS = (
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
    r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})",
)
BUDDHIST = range(2400, 2800)
"""Years that can only be Buddhist ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From the year's first day to the end of one of its quarters or rounds."""

    year: int
    months: int

    @property
    def first(self) -> date:
        """The first of October before."""
        return first_day(self.year)

    @property
    def last(self) -> date:
        """Its last day."""
        month = 9 + self.months
        year = self.first.year + (month > 12)
        return _end_of_month(year, month - 12 if month > 12 else month)

    @property
    def part(self) -> float:
        """How much of the year it is."""
        return self.months / 12


def _end_of_month(year: int, month: int) -> date:
    return (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def periods(year: int, by: By) -> tuple[Period, ...]:
    """The quarters or the rounds of a year."""
    return tuple(Period(year=year, months=months) for months in MONTHS[by])


def first_day(year: int) -> date:
    """The first of October with which a fiscal year (B.E.) begins."""
    return date(year - clock.ERA - 1, 10, 1)


def last_day(year: int) -> date:
    """The thirtieth of September with which a fiscal year (B.E.) ends."""
    return date(year - clock.ERA, 9, 30)


def end_of(day: date) -> datetime:
    """The moment at which a day is over in Thailand, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), clock.BANGKOK).astimezone(UTC)


def told(day: date) -> dict[str, str]:
    """A day as a sentence says it, in both languages."""
    return {language: clock.day(day.isoformat(), language) for language in ("th", "en")}


def day_of(text: str) -> date:
    """A day that a person typed, and that has come. Raises SetupError `day-form`, `day-future`."""
    asked = typed(text)
    if asked > clock.today():
        raise SetupError("day-future", given=text, today=told(clock.today()))
    return asked


def typed(text: str) -> date:
    """A day that a person typed: `2569-09-30`, as it is shown (`30/9/2569`), or with the year C.E.

    Raises SetupError `day-form`.
    """
    found = next(filter(None, (re.fullmatch(form, text.strip(), re.ASCII) for form in FORMS)), None)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = (int(found[name]) for name in ("year", "month", "day"))
        return date(year - clock.ERA if year in BUDDHIST else year, month, day)
    except ValueError:
        example = clock.today()
        given = f"{example.year + clock.ERA}-{example:%m-%d}"
        raise SetupError("day-form", given=text, example=given, same=example.isoformat()) from None
