"""Whether two names are one person's, however they were typed: a waiver needs two people."""

from __future__ import annotations

import unicodedata
from itertools import groupby

LONG = 5
"""From so many letters on, a name at the end or beginning of another is the same one under a title."""
_CYRILLIC = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u04bb\u043a\u043c\u0442\u043d\u0432"
_GREEK = "\u03bf\u03b1\u03bd\u03c1\u03b9\u03ba\u03c4\u03c5"
_ALIKE = str.maketrans(_CYRILLIC + _GREEK, "aeopcyxisjhkmthb" + "oavpiktu")
_UNSEEN = {"\u034f", "\u115f", "\u1160", "\u3164", *map(chr, range(0xFE00, 0xFE10))}


def letters(name: str) -> str:
    """What the eye reads of a name: its letters, marks and digits. Empty where there is nothing to read."""
    text = unicodedata.normalize("NFKC", name).casefold().translate(_ALIKE)
    text = text.replace("\u0e40\u0e40", "\u0e41")  # SARA E twice looks like SARA AE
    kept = (char for char in text if char not in _UNSEEN and unicodedata.category(char)[0] in "LMN")
    runs = groupby(kept, key=lambda char: unicodedata.category(char)[0] == "M")
    # marks upon one letter look the same in any order
    return "".join("".join(sorted(run) if marks else run) for marks, run in runs)


def same(one: str, other: str) -> bool:
    """Whether two names are one person's: with or without a title, words in whatever order."""
    short, long = sorted((letters(one), letters(other)), key=len)
    titled = len(short) >= LONG and (long.endswith(short) or long.startswith(short))
    return titled or sorted(short) == sorted(long)
