"""What a reader types to compare a column with: `1,200`, Thai digits, `21/11/2569`, `พ.ย. 2567`, a year, yes.

Years above 2400 are Buddhist. A year or a month alone means all of its days.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import cache
from typing import Any

from catalog.store.types import CellError, kept
from catalog.web.words import words
from metadata.clock import ERA
from metadata.exports.periods import BUDDHIST

NUMBERS = ("int2", "int4", "int8", "numeric", "float4", "float8")
MOMENTS = ("timestamp", "timestamptz")
DIGITS = {ord("\u0e50") + digit: str(digit) for digit in range(10)}
"""Thai digits, and their ASCII."""
MINUS = {0x2212: "-", 0x2013: "-"}
OFFSET = "+07:00"
"""A day is a day in Thailand (no summer time since 1920)."""
YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
DAY_FIRST = re.compile(r"(?:(\d{1,2})[-/.])?(\d{1,2})[-/.](\d{4})")
NAMED = re.compile(r"(?:(\d{1,2})\s+)?([^\W\d][^\d]*?)\s*(\d{4})")


class Mistyped(ValueError):  # noqa: N818 - what it says is a key of locale/table.yaml
    """A value that a column cannot be compared with."""


def is_text(kind: str) -> bool:
    """Whether a column's values are compared as they are written."""
    return kind not in NUMBERS and kind not in MOMENTS and kind not in ("date", "bool")


def bounds(kind: str, test: str, typed: str) -> Any:
    """What `datastore_search` filters by: a value for `is`, else `{"gte": …}`, `{"lte": …}` or both.

    Raises Mistyped.
    """
    if kind in ("date", *MOMENTS) and (found := _days(typed)):
        first, last = found
        if kind in MOMENTS:
            offset = OFFSET if kind == "timestamptz" else ""
            low, high = f"{first}T00:00:00{offset}", f"{last}T23:59:59.999{offset}"
        else:
            low, high = first.isoformat(), last.isoformat()
        if test == "is":
            return low if low == high else {"gte": low, "lte": high}
        return {"gte": low} if test == "from" else {"lte": high}
    value = _value(kind, typed)
    return value if test == "is" else {"gte" if test == "from" else "lte": value}


def _value(kind: str, typed: str) -> Any:
    text, why = typed, "table-not-text"
    if kind in NUMBERS:
        text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", typed.translate(DIGITS | MINUS)).replace(" ", "")
        why = "table-not-whole" if kind.startswith("int") else "table-not-number"
    elif kind == "bool":
        text, why = _yes().get(typed.casefold(), typed), "table-not-bool"
    elif kind in ("date", *MOMENTS):
        text, why = typed.translate(DIGITS), "table-not-date"
    try:
        kept(kind, text)
    except (CellError, ValueError, OverflowError):
        raise Mistyped(why) from None
    return text


@cache
def _yes() -> dict[str, str]:
    found = {}
    for key, means in (("table-yes", "true"), ("table-no", "false")):
        for said in words()[key].values():
            found[said.casefold()] = means
    return found


def _days(typed: str) -> tuple[date, date] | None:
    """The first and the last day that are meant; None where it is written in no way we know."""
    text = typed.translate(DIGITS).replace(words()["era"]["th"], " ").strip()
    year = month = day = None
    if match := YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
    elif match := DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    elif match := NAMED.fullmatch(text):
        number = _months().get(match[2].strip().rstrip(".").casefold())
        day, month, year = match[1], str(number) if number else None, match[3]
        if number is None:
            return None
    if year is None:
        return None
    gregorian = int(year) - (ERA if int(year) > BUDDHIST else 0)
    try:
        first = date(gregorian, int(month or 1), int(day or 1))
        if day:
            return first, first
        until = int(month or 12)
        return first, date(gregorian, until, calendar.monthrange(gregorian, until)[1])
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for key in ("months", "table-months"):
        for said in words()[key].values():
            found |= {name.rstrip(".").casefold(): number for number, name in enumerate(said, 1)}
    return found
