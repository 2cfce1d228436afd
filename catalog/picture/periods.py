"""Years, quarters, months and days as tables write them, in either era: read, put in order, and shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from catalog.picture.words import folded, words
from metadata.clock import ERA

Grain = Literal["year", "quarter", "month", "day"]
GRAINS: dict[Grain, int] = {"year": 1, "quarter": 4, "month": 12}
"""Grain → how many of it a year has; days are counted by the calendar."""
BUDDHIST = range(2400, 2700)
COMMON = range(1800, 2200)
_DIGITS = {ord("\u0e50") + n: str(n) for n in range(10)}
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ][\d:.+Z-]*)?")
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_MONTH_FIRST = re.compile(r"(\d{1,2})[-/](\d{4})")
_YEAR = re.compile(r"(\d{4})(?:\.0+)?")
_NAMED = re.compile(r"(\D+?)\s*(\d{4})")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A time. `at` counts its grain from year 0 of the Common Era; of a day it is the day's ordinal."""

    at: int
    grain: Grain

    def shown(self, language: str) -> str:
        """In the reader's era: 2567 or 2024, ม.ค. 2567, Q1 2024."""
        era = ERA if language == "th" else 0
        if self.grain == "day":
            day = date.fromordinal(self.at)
            return f"{day.day} {words()['months'][language][day.month - 1]} {day.year + era}"
        many = GRAINS[self.grain]
        year, part = divmod(self.at, many)
        if self.grain == "year":
            return str(year + era)
        if self.grain == "month":
            return f"{words()['months'][language][part]} {year + era}"
        return f"Q{part + 1} {year + era}"


def year_of(number: int) -> int | None:
    """A year of the Common Era from one of either era, or None."""
    if number in BUDDHIST:
        return number - ERA
    return number if number in COMMON else None


def read(text: str) -> Period | None:
    """A cell as a time: `2567`, `2567-01`, `01/2567`, a month's name and a year, `2567-Q1`, `2024-05-17`."""
    text = text.strip().translate(_DIGITS)
    if len(text) > 40:
        return None
    if match := _YEAR.fullmatch(text):
        return _period("year", match[1])
    if match := _DAY.fullmatch(text):
        return _day(*match.groups())
    if match := _MONTH.fullmatch(text):
        return _period("month", match[1], int(match[2]))
    if match := _MONTH_FIRST.fullmatch(text):
        return _period("month", match[2], int(match[1]))
    if match := _quarter().fullmatch(text):
        part, year = (match[1], match[2]) if match[1] else (match[4], match[3])
        return _period("quarter", year, int(part))
    if match := _NAMED.fullmatch(text):
        name = folded(match[1]).rstrip(" -/")
        if name in _before_year():
            return _period("year", match[2])
        return _period("month", match[2], _months().get(name, 0))
    return None


def _period(grain: Literal["year", "quarter", "month"], year: str, part: int = 1) -> Period | None:
    found = year_of(int(year))
    many = GRAINS[grain]
    return Period(found * many + part - 1, grain) if found and 1 <= part <= many else None


def _day(year: str, month: str, day: str) -> Period | None:
    try:
        return Period(date(year_of(int(year)) or 0, int(month), int(day)).toordinal(), "day")
    except ValueError:
        return None


@cache
def _quarter() -> re.Pattern[str]:
    said = "|".join(re.escape(word) for word in words()["quarter"])
    return re.compile(rf"(?:{said})\s*([1-4])\s*[-/ ]\s*(\d{{4}})|(\d{{4}})\s*[-/ ]\s*(?:{said})\s*([1-4])", re.I)


@cache
def _months() -> dict[str, int]:
    return {name: n for n, names in enumerate(words()["month-names"], 1) for name in names}


@cache
def _before_year() -> frozenset[str]:
    return frozenset(folded(one) for one in words()["before-year"])
