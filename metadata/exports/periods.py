"""Years: which ones a publisher's words say the data are of, in either era, as ค.ศ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from metadata.clock import ERA
from metadata.exports.vocabulary import tables

BUDDHIST = 2400
"""A year of data after this one is written in the Buddhist era."""
SOUND = range(1850, 2101)
"""Years ค.ศ. that data are of; other numbers of four digits are no years."""
DIGITS = str.maketrans({0x0E50 + number: str(number) for number in range(10)})
"""Thai digits to ASCII."""
NEAR = 30
"""Letters before a year in which the name of a law makes it the law's."""

Years = tuple[int, int]
"""The first and the last year."""


def stated(names: Iterable[str], description: str) -> Years | None:
    """The years that a dataset's titles and its files' names tell of, else the span its description tells of.

    None where they tell of none. A year must be called one, or be an end of a span; a law's year is none.
    """
    found = [span for text in names for span in _spans(text, "any")] or list(_spans(description, "span"))
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def gregorian(year: int) -> int:
    """A year in either era, as ค.ศ."""
    return year - ERA if year > BUDDHIST else year


def _spans(text: str, kind: str) -> Iterator[Years]:
    text = text.translate(DIGITS)
    for found in _pattern(kind).finditer(text):
        first, last = gregorian(int(found["first"])), gregorian(int(found["last"] or found["first"]))
        near = text[max(0, found.start() - NEAR) : found.start()]
        if first in SOUND and last in SOUND and first <= last and not _laws().search(near):
            yield first, last


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    known = tables()["years"]
    era, to, since = (_any(known[name]) for name in ("era", "to", "from"))
    called = rf"(?:{era}\s*)+"
    # a year stands alone: no digit, comma or point of a longer number beside it
    first, last = r"(?P<first>\d{4})(?![\d,.]\d|\d)", r"(?P<last>\d{4})(?![\d,.]\d|\d)"
    until = rf"\s*{to}\s*(?:{called})?{last}"
    if kind == "any":
        return re.compile(rf"(?<![\d.,]){called}{first}(?:{until})?", re.IGNORECASE)
    return re.compile(rf"{since}\s*{called}{first}{until}", re.IGNORECASE)


@cache
def _laws() -> re.Pattern[str]:
    return re.compile(_any(tables()["years"]["not-after"]))


def _any(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"
