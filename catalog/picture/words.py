"""The words by which columns are known (`data/words.yaml`), and looking for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from metadata.document import shipped


@cache
def words() -> Mapping[str, Any]:
    """The file."""
    text = files("catalog").joinpath("picture/data/words.yaml").read_text(encoding="utf-8")
    return shipped(text)  # type: ignore[no-any-return]


def says(text: str, kind: str) -> bool:
    """Whether a text holds one of a kind's words."""
    return bool(_pattern(kind).search(text))


def without(text: str, kind: str) -> str:
    """A text without a kind's words, as written, and without what they leave behind."""
    for word in words()[kind]:
        text = text.replace(word, "")
    return " ".join(text.split())


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Thai is written without spaces: its words are found anywhere; Latin ones stand alone."""
    found = []
    for word in map(str, words()[kind]):
        letters = word[0].isascii() and word[0].isalpha()
        found.append(rf"(?<![a-z]){re.escape(word)}(?![a-z])" if letters else re.escape(word))
    return re.compile("|".join(found), re.IGNORECASE)


@cache
def totals() -> frozenset[str]:
    """What a cell says that is the sum of others, folded."""
    return frozenset(map(folded, words()["totals"]))


def folded(text: str) -> str:
    """A cell for comparing: lower case, without spaces at its ends."""
    return text.strip().casefold()


@cache
def units() -> Mapping[str, Mapping[str, str]]:
    """A unit's name in either language, folded → its names in both."""
    return {folded(one[language]): one for one in (*words()["units"], words()["percent"]) for language in one}
