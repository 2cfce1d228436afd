"""Where a person lives, down to the house: number, village or street, sub-district, district, province.

A house's address may be an office's or a shop's, which is public: the header, the other columns and the words of
a text tell whose it is. A sub-district, a district or a province alone names nobody. The words of an address stand
in `metadata/standards/personal.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pipelines.govern.personal.entity import Entity, Hit, register
from pipelines.govern.triggers import kinds

NUMBER = r"\d{1,5}(?:[/\-]\d{1,5}){0,3}"
_ENGLISH = (
    r"\d{1,5}(?:/\d{1,5}){0,3},?\s+(?:(?:moo|mu|village no\.)\s*\d{1,2}|soi\s[^,\d]{2,30}|[a-z][^,\d]{1,30}\s"
    r"(?:road|rd|street|st|alley|lane))\b.{0,80}?\b(?:tambon|amphoe|khwaeng|khet|district|province|bangkok|\d{5})\b"
    r"(?:[ ,]+[a-z]+){0,4}(?:[ ,]+\d{5})?"
)
_REACH = 60
"""How far before an address a word still tells whose it is."""


def _any(key: str) -> str:
    return "|".join(re.escape(word) for word in sorted(kinds()["address"][key], key=len, reverse=True))


@cache
def _pattern() -> re.Pattern[str]:
    """A number, a way to the house, areas; or a number called a house's and a way or areas; or in English."""
    name = r"[^\d\s,;:()][^\s,;:()]*"
    way = rf"[\s,]*(?:{_any('ways')})\s*(?:{name}(?:\s\d{{1,3}}(?:/\d{{1,3}})?(?!\d))?|\d{{1,3}}(?:/\d{{1,3}})?)"
    area = rf"[\s,]*(?:{_any('areas')})\s*{name}"
    capital = rf"[\s,]*(?:{_any('capital')})(?:[\s,]*\d{{5}}(?!\d))?"
    end = rf"(?:{area})+(?:{capital}|[\s,]*\d{{5}}(?!\d))?"
    house, start = rf"(?:(?:{_any('house')})[\s:]*)", r"(?<![\w./\-])"
    return re.compile(
        rf"(?i)(?:{house}|{start}){NUMBER}(?![\d.:])(?:{way}){{1,5}}(?:{end}|{capital})"
        rf"|{house}{NUMBER}(?![\d.:])(?:(?:{way})+|{end})"
        rf"|{start}\d{{1,4}}/(?!2[05]\d\d)\d{{1,4}}(?![\d./:]){end}"
        rf"|{start}{_ENGLISH}"
    )


@cache
def _before() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Words that say: a person lives there; an office is there; the number counts something else."""
    return (
        re.compile(rf"(?i)(?:{_any('near')})"),
        re.compile(rf"(?i)(?:{_any('far')})"),
        re.compile(rf"(?i)(?:{_any('counted')})[\s.]*$"),
    )


def _find(text: str) -> Iterator[Hit]:
    person, office, counted = _before()
    for match in _pattern().finditer(text):
        before = text[max(0, match.start() - _REACH) : match.start()]
        if counted.search(before):
            continue
        place = max((one.end() for one in office.finditer(before)), default=-1)
        lives = max((one.end() for one in person.finditer(before)), default=-1)
        if place < lives or place < 0:
            told = lives >= 0 or (before.strip() and person.match(text, match.start()))
            yield Hit(*match.span(), sure=bool(told))


register(
    Entity(
        name="address",
        kind="identifier",
        rough=rf"\d[\s,]*(?:{_any('ways')}|{_any('areas')})"
        r"|(?i-u:[0-9],?[ \t]+(?:moo|mu|village|soi|[a-z][a-z0-9'. ]*(?:road|rd|street|st|alley|lane)))",
        find=_find,
        fits=rf"(?i)^(?:\D{{0,24}}(?:{_any('house')}|{_any('ways')})[\s:]*)?{NUMBER}(?:[^\d.].*)?$",
        mask="xx/x xxxxx",
        alone=0.5,
        beside=True,
        office=True,
    )
)
