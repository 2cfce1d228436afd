"""Thai writing as it is found in data: digits, marks in the wrong order, months, eras, dates, provinces.

What is a fact of the language or the country stands in `data/*.csv`; this file knows how to look it up.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""Spaces that are not the keyboard's, as the inside of a character class."""
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
"""Zero-width characters, direction marks and the soft hyphen: they only keep equal words apart."""
_OTHER_SPACE = re.compile(f"[{SPACES}]")
_TONE_BEFORE_VOWEL = re.compile("([\u0e48-\u0e4b])([\u0e31\u0e34-\u0e39])")
_SPLIT_SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_TONE_IN_SARA_AM = re.compile("([\u0e48-\u0e4b])\u0e4d\u0e32")
_SARA_AM_TONE = re.compile("\u0e33([\u0e48-\u0e4b])")
_SUSPECT = re.compile(
    f"[{SPACES}\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u0e4d]"
    "|[\u0e48-\u0e4b][\u0e31\u0e34-\u0e39]|\u0e33[\u0e48-\u0e4b]|\u0e40\u0e40|([\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])\\1"
)
"""What any repair begins with: most texts have none of it, and one look is cheaper than six."""
_TWICE = re.compile("([\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])\\1+")


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """A data file of this package as records."""
    text = files("pipelines").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def words(name: str) -> frozenset[str]:
    """The words of a one-column data file, as `bare` makes them."""
    return frozenset(bare(row["word"]) for row in rows(name))


def digits(text: str) -> str:
    """Thai digits as Arabic ones."""
    return text if text.isascii() else text.translate(DIGITS)


def spaces(text: str) -> str:
    """Every kind of space as the keyboard's, invisible characters removed."""
    return text if text.isascii() else INVISIBLE.sub("", _OTHER_SPACE.sub(" ", text))


def repair(text: str) -> str:
    """Thai marks as a keyboard should have sent them: sara am whole, vowel before tone, no mark twice, no เเ.

    Not NFC or NFKC: the one leaves a tone before an upper vowel, the other takes sara am apart.
    """
    while not text.isascii() and _SUSPECT.search(text):
        before = text
        text = _TWICE.sub(r"\1", spaces(text))
        text = _TONE_BEFORE_VOWEL.sub(r"\2\1", text)
        text = _SPLIT_SARA_AM.sub("\\1\u0e33", text)
        text = _TONE_IN_SARA_AM.sub("\\1\u0e33", text)
        text = _SARA_AM_TONE.sub("\\1\u0e33", text)
        text = text.replace("\u0e40\u0e40", "\u0e41")
        if text == before:
            break
    return text


def bare(text: str) -> str:
    """A word for comparing: repaired, Arabic digits, no white space, lower case."""
    return "".join(digits(repair(text)).split()).casefold()


def fold(text: str) -> str:
    """A name for comparing: as `bare`, without dots, hyphens, quotes and the sign of an abbreviated name."""
    return re.sub(r"[.\-'’\"_\u0e2f]+", "", bare(text))


@cache
def months() -> dict[str, int]:
    """Month names and abbreviations, folded → number."""
    return {fold(row["name"]): int(row["month"]) for row in rows("months.csv")}


def month(name: str) -> int | None:
    """The number of a month by its Thai or English name, full or abbreviated, with or without dots and spaces."""
    return months().get(fold(name))
