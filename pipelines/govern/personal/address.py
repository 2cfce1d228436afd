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
_REACH = 60
"""How far before an address a word still tells whose it is."""


def _any(key: str) -> str:
    return "|".join(re.escape(word) for word in sorted(kinds()["address"][key], key=len, reverse=True))


@cache
def _pattern() -> re.Pattern[str]:
    """A number, then at least one way to the house, then areas; or a house's number by its name, and a way."""
    name = r"[^\d\s,;:()][^\s,;:()]*"
    way = rf"(?:{_any('ways')})\s*(?:{name}(?:\s\d{{1,3}}(?:/\d{{1,3}})?(?!\d))?|\d{{1,3}}(?:/\d{{1,3}})?)"
    area = rf"(?:{_any('areas')})\s*{name}"
    end = rf"(?:[\s,]*{area})+(?:[\s,]*(?:{_any('capital')}|\d{{5}}(?!\d)))*"
    capital = rf"[\s,]*(?:{_any('capital')})(?:[\s,]*\d{{5}}(?!\d))?"
    house = rf"(?:(?:{_any('house')})[\s:]*)"
    return re.compile(
        rf"(?i)(?:{house}|(?<![\w./\-]))(?P<number>{NUMBER})(?![\d.:])"
        rf"(?:(?:[\s,]*{way}){{1,5}}(?:{end}|{capital})|(?<=\d)(?:[\s,]*{end}))"
        rf"|{house}{NUMBER}(?:[\s,]*{way})+"
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
        named = text[match.start() : match.start("number")] if match["number"] else text[match.start() :]
        if place <= lives:
            yield Hit(*match.span(), sure=lives >= 0 or bool(before.strip() and person.match(named)))


register(
    Entity(
        name="address",
        kind="identifier",
        rough=rf"(?i)\d\s*,?\s*(?:{_any('ways')}|{_any('areas')})",
        find=_find,
        fits=rf"(?i)^(?:(?:{_any('house')})[\s:]*)?{NUMBER}(?:[^\d.].*)?$",
        mask="xx/x xxxxx",
        alone=0.5,
        beside=True,
        office=True,
    )
)
