"""Dates and years as Thai offices write them: what is written, and which day that is.

Reading (`written`) and deciding (`gregorian`, `day`) are apart, because a two-digit year is only decided by
what else stands in its column. Sources: Buddhist year = Gregorian + 543; a four-digit year from 2400 to 2699 is
Buddhist, from 1900 to 2100 Gregorian; the year is converted before the day is checked (29 February).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from metadata.clock import ERA
from pipelines import thai

BUDDHIST = range(2400, 2700)
GREGORIAN = range(1900, 2101)
SHORT_BUDDHIST = range(80)
"""Two-digit Buddhist years taken for 25xx (1957 to 2036): 98 may be 2498 or 2598, so it is not guessed."""
SHORT_GREGORIAN = {**{year: 2000 + year for year in range(37)}, **{year: 1900 + year for year in range(57, 100)}}
"""Two-digit Gregorian years within the same window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A date as written: parts that are not there are None.

    `numeric`: day and month are numbers in an order that must be known. `iso`: the year stands first, as in what
    a workbook's own dates are read as. `thai`: the month has its Thai name.
    """

    year: int
    short: bool
    era: str | None = None
    month: int | None = None
    day: int | None = None
    time: str | None = None
    numeric: bool = False
    iso: bool = False
    thai: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column as a whole says: its one era, and whether some date can only be month first."""

    era: str | None = None
    month_first: bool = False


class Undecidable(Exception):  # noqa: N818 - turned into an Undecided
    """A date that is not guessed. `reason` is `date-…`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _loose(word: str) -> str:
    """A word's pattern: dots optional, spaces allowed around them."""
    return r"\s*".join(re.escape(letter) + r"\s*\.?" for letter in word.replace(".", "")) if "." in word else word


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    eras = "|".join(_loose(row["word"].casefold()) for row in thai.rows("eras.csv"))
    places: dict[str, str] = {}
    for row in thai.rows("date_words.csv"):
        places[row["place"]] = "|".join(filter(None, (places.get(row["place"]), _loose(row["word"]))))
    letters = "[\u0e01-\u0e4ea-z]"
    in_year = rf"(?:(?:{places['before-year']})\s*)?"
    year = rf"{in_year}(?P<era>{eras})?\s*(?P<year>\d{{4}}|\d{{2}})(?:\s*(?P<era_after>{eras}))?"
    named = rf"(?:{places['before-month']})?\s*(?P<name>{letters}[\u0e01-\u0e4ea-z. ]*?)"
    day = rf"(?:(?:{places['before-day']})\s*)?(?P<day>\d{{1,2}})"
    between = r"[\s\-/.,]*"
    number = r"(?P<month>\d{1,2})"
    mark = r"\s*[-/.]\s*"
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"{day}{between}{named}{between}{year}",
            rf"{named}{between}{year}",
            r"(?P<name>[a-z]+)\.?\s+(?P<day>\d{1,2})\s*,\s*(?P<year>\d{4})",
            rf"{day}{mark}{number}{mark}{year}",
            rf"(?P<year>\d{{4}}){mark}{number}{mark}(?P<day>\d{{1,2}})",
            r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
            rf"{number}{mark}(?P<year>\d{{4}})",
            rf"(?P<year>\d{{4}}){mark}{number}",
            year,
        )
    )


@cache
def _time() -> re.Pattern[str]:
    before, after = (
        "|".join(_loose(row["word"]) for row in thai.rows("date_words.csv") if row["place"] == place)
        for place in ("before-time", "after-time")
    )
    clock = r"(?P<hour>[01]?\d|2[0-3])(?:{})(?P<minute>[0-5]\d)(?:{}(?P<second>[0-5]\d)(?:\.\d+)?)?"
    colon, dot = clock.format(":", ":"), re.sub(r"<(\w+)>", r"<\1_>", clock.format(r"[.:]", r"[.:]"))
    return re.compile(rf"(?P<date>.*?\S)(?:t|\s+)(?:{before})?\s*(?:{dot}\s*(?:{after})|{colon}\s*(?:{after})?)")


@lru_cache(maxsize=200_000)
def written(text: str) -> Written | None:
    """What a text says of a date, a month or a year; None when it is none of them."""
    text = " ".join(thai.digits(thai.repair(text)).casefold().split())
    time = None
    if timed := _time().fullmatch(text):
        part = {name.rstrip("_"): found for name, found in timed.groupdict().items() if found is not None}
        time = f"{int(part['hour']):02}:{part['minute']}:{part.get('second', '00')}"
        text = part["date"].strip()
    for pattern in _patterns():
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            name, number = parts.get("name"), parts.get("month")
            month = thai.month(name) if name else int(number) if number else None
            if name and month is None:
                continue
            iso = name is None and month is not None and text.startswith(parts["year"])
            return Written(
                year=int(parts["year"]),
                short=len(parts["year"]) == 2,
                era=_era(parts.get("era") or parts.get("era_after")),
                month=month,
                day=int(parts["day"]) if parts.get("day") else None,
                time=time,
                numeric=name is None and month is not None and not iso,
                iso=iso,
                thai=name is not None and not name.isascii(),
            )
    return None


def _era(word: str | None) -> str | None:
    eras = {thai.fold(row["word"]): row["era"] for row in thai.rows("eras.csv")}
    return None if word is None else eras[thai.fold(word)]


def natural_era(year: int) -> str | None:
    """The era a four-digit year can only belong to."""
    return "buddhist" if year in BUDDHIST else "gregorian" if year in GREGORIAN else None


def gregorian(one: Written, era: str = "auto", column: Column | None = None) -> int:
    """The Gregorian year. `era` is declared by the steward, or `auto`: then the column decides short years.

    A declared era does not bind an ISO date: a workbook's own dates are Gregorian in any column.
    Raises Undecidable `date-era` where the year contradicts its era, or no era can be told.
    """
    told = one.era or (era if era != "auto" and not one.iso else None)
    if one.short:
        if told is None and column is not None and not (one.thai and column.era == "gregorian"):
            told = column.era
        if told == "buddhist" and one.year in SHORT_BUDDHIST:
            return 2500 + one.year - ERA
        if told == "gregorian" and one.year in SHORT_GREGORIAN:
            return SHORT_GREGORIAN[one.year]
        raise Undecidable("date-era")
    natural = natural_era(one.year)
    if natural is None or (told is not None and told != natural):
        raise Undecidable("date-era")
    return one.year - ERA if natural == "buddhist" else one.year


def day(one: Written, era: str, column: Column | None, month_first: bool) -> date:
    """The day of a full date. Raises Undecidable `date-partial`, `date-era`, `date-order`, `date-impossible`."""
    if one.month is None or one.day is None:
        raise Undecidable("date-partial")
    first, second = one.day, one.month
    if one.numeric:
        unclear = column is not None and column.month_first and not month_first
        if unclear and first <= 12 and second <= 12 and first != second:
            raise Undecidable("date-order")
        if month_first:
            first, second = second, first
    year = gregorian(one, era, column)
    try:
        return date(year, second, first)
    except ValueError:
        raise Undecidable("date-impossible") from None


def survey(texts: Iterable[str]) -> Column:
    """What a column as a whole says of the dates that people typed: ISO dates may be a workbook's own."""
    eras, month_first = set(), False
    for text in texts:
        one = written(text)
        if one is None:
            continue
        if not one.iso:
            eras.add(one.era or (None if one.short else natural_era(one.year)))
        if one.numeric and one.day and one.month and one.day <= 12 < one.month <= 31:
            month_first = True
    eras.discard(None)
    return Column(era=eras.pop() if len(eras) == 1 else None, month_first=month_first)
