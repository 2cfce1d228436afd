"""Numbers that the state, a bank, a school or a hospital gave one person.

A person's national ID number has 13 digits, the first 1 to 8, the last a check digit (a company's begins with 0:
public). It is found in Thai or ASCII digits, bare or parted (1-2345-67890-12-3), alone in a cell or inside longer
text. What only looks like one is left alone: decimals, runs of 14 digits and more, digests, ranges of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.govern.personal.entity import Entity, Hit, plain, register

_DASHES = r"\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_PART = rf"[\s.{_DASHES}\u00b7_/]{{0,3}}"
_PLAIN_PART = rf"[\s{_DASHES}]{{0,3}}"
OFFICIAL = re.compile(rf"(?<!\d)([1-8])({_PART})(\d{{4}})({_PART})(\d{{5}})({_PART})(\d{{2}})({_PART})(\d)(?!\d)")
"""Thirteen digits, parted nowhere but where the card parts them."""
ANYWHERE = re.compile(rf"\s*([1-8](?:{_PLAIN_PART}\d){{12}})\s*")
"""A whole cell of thirteen digits parted by spaces and dashes anywhere."""
POWER = re.compile(r"(?<![\d.,])([1-8])[.,](\d{9,12})[eE]\+?0*12(?![\d.])")
"""Thirteen digits as a spreadsheet saves a wide number; with fewer digits it was rounded, and names nobody."""


def national_ids(text: str) -> int:
    """How many national ID numbers a text holds."""
    return sum(1 for _ in _national_ids(plain(text)[0]))


def _national_ids(text: str) -> Iterator[Hit]:
    alone = ANYWHERE.fullmatch(text)
    found = [match.span() for match in OFFICIAL.finditer(text) if _official(text, match)]
    found += [m.span() for m in POWER.finditer(text) if _valid((m[1] + m[2]).ljust(13, "0"))]
    if not found and alone and _alone(alone[1]):
        found = [alone.span(1)]
    for start, end in sorted(found):
        yield Hit(start, end, sure=True)


def _official(text: str, match: re.Match[str]) -> bool:
    separators = [match[group] for group in (2, 4, 6, 8)]
    before, after = text[max(0, match.start() - 64) : match.start()], text[match.end() : match.end() + 64]
    if separators.count("") == 3 and "." in separators:
        return False  # 1.234567890123: one point parts a decimal
    if re.search(r"(?:\d|^|\s)\.$", before) or re.match(r"\.(?!0+(?!\d))\d", after):
        return False  # a decimal's fraction, or its whole part (12 digits and .0 is a number read as a float)
    token = re.search(r"[0-9A-Za-z]*$", before)[0] + match[0] + re.match(r"[0-9A-Za-z]*", after)[0]  # type: ignore[index]
    if len(token) >= 32 and re.fullmatch(r"[0-9A-Fa-f]+", token):
        return False  # a digest
    return _valid("".join(match.group(1, 3, 5, 7, 9)))


def _alone(text: str) -> bool:
    if len(re.findall(r"\D+", text)) < 2:
        return False  # with one separator it may be a range: 500000-1000000
    return _valid(re.sub(r"\D", "", text))


def _valid(digits: str) -> bool:
    from stdnum.th import pin

    return bool(pin.is_valid(digits))


register(
    Entity(
        name="national-id",
        kind="identifier",
        rough=r"\d(?:[\s.\-\x{2010}-\x{2015}\x{2212}\x{fe58}\x{fe63}\x{ff0d}\x{b7}_/\p{Cf}]{0,12}\d){12}"
        r"|\d[.,]\d{9,12}[eE]\+?0*12",
        find=_national_ids,
        mask="x-xxxx-xxxxx-xx-x",
    ),
)
