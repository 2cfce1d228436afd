"""Numbers that a word before them tells: `near`, `far` and `other` of `metadata/standards/personal.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pipelines.govern.personal.entity import Hit
from pipelines.govern.triggers import rough_words, words

REACH = 40
"""How many characters may stand between the word and the number at most, none of them a digit."""
BEHIND = 24
"""How far before a place a word still speaks of what stands there."""


def after(entity: str, form: str, text: str, reach: int = REACH) -> Iterator[Hit]:
    """The texts of a form that stand after a word of the entity, with no word of `far` between: sure Hits.

    `reach`: how many characters may stand between, at most `REACH`.
    """
    far = _pattern(words(entity, "far"))
    for match in _labelled(entity, form, reach).finditer(text):
        if far is None or not far.search(text, match.start("gap"), match.end("gap")):
            yield Hit(*match.span("it"), sure=True)


def before(entity: str, text: str, start: int, which: str = "far") -> bool:
    """Whether a word of `far`, or of `other`, stands shortly before a place."""
    pattern = _pattern(words(entity, which))
    return pattern is not None and pattern.search(text, max(0, start - BEHIND), start) is not None


def rough_after(entity: str) -> str:
    """What every text matches in which `after` finds something, as polars' regular expression."""
    return rf"{rough_words(entity)}[^\d\n]{{0,{REACH + 10}}}\d"


@cache
def _labelled(entity: str, form: str, reach: int) -> re.Pattern[str]:
    return re.compile(rf"{words(entity)}(?P<gap>[^\d\n]{{0,{reach}}}?)(?P<it>{form})")


@cache
def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text) if text else None
