"""A vehicle's registration.

Two or three consonants, since 2012 a digit before them, and one to four digits that do not begin with 0 (the
numbers of official letters do), often with the province. Without the province, a word before it or a header it may
be a letter's number, or, with one or two digits, a kind of rice: these are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from metadata import areas
from pipelines.govern.personal.entity import Entity, Hit, register
from pipelines.govern.personal.labelled import after, before, rough_after

_THAI, _CONSONANT = "\u0e01-\u0e4e", "\u0e01-\u0e2e"
PLATE = rf"(?<![{_THAI}\d])(?<![\d/.]\s)\d?\s?[{_CONSONANT}]{{2,3}}[\s-]{{0,2}}[1-9]\d{{0,3}}(?![\d/]|\.\d)"
LORRY = r"(?<![\d-])\d{2,3}-\d{4}(?![\d-])"
"""A lorry's or a coach's: digits alone, so that a word for a vehicle has to stand there, too."""
_VEHICLE = re.compile("\u0e23\u0e16")
_REACH = 40
"""How far before a number of digits alone that word may stand."""
_DASH = r"\-\x{2010}-\x{2015}"


@cache
def _placed() -> re.Pattern[str]:
    """A plate and the province it is of."""
    names = "|".join(sorted((re.escape(one.name) for one in areas.provinces()), key=len, reverse=True))
    return re.compile(
        rf"({PLATE})[\s,]{{0,3}}(?:(?:\u0e08\.|\u0e08\u0e31\u0e07\u0e2b\u0e27\u0e31\u0e14)\s?)?(?:{names})"
    )


def _plates(text: str) -> Iterator[Hit]:
    told = [*after("vehicle-plate", PLATE, text)]
    lorries = after("vehicle-plate", LORRY, text, 16)
    told += [hit for hit in lorries if _VEHICLE.search(text, max(0, hit.start - _REACH), hit.start)]
    told += [Hit(*match.span(1), sure=True) for match in _placed().finditer(text)]
    found = {hit.start: hit for hit in told}
    for match in re.finditer(PLATE, text):
        apart = all(match.end() <= hit.start or hit.end <= match.start() for hit in told)
        long = match[0][0].isdigit() or match[0][-3:].isdigit()
        if apart and long and not before("vehicle-plate", text, match.start(), "other"):
            found[match.start()] = Hit(*match.span(), sure=False)
    yield from (found[start] for start in sorted(found))


register(
    Entity(
        name="vehicle-plate",
        kind="identifier",
        rough=rf"(?:^|[^{_THAI}])[{_CONSONANT}]{{2,3}}[\s{_DASH}\p{{Cf}}]{{0,4}}[1-9\x{{e51}}-\x{{e59}}\x{{ff11}}-\x{{ff19}}]"
        r"(?:\p{Cf}?\d){0,3}\p{Cf}*(?:[^\d/.]|\.\D|\.?$)|" + rough_after("vehicle-plate"),
        find=_plates,
        fits=rf"^(?:\d?\s?[{_CONSONANT}]{{1,3}}[\s{_DASH}]{{0,3}}\d{{1,4}}|\d{{2,3}}[{_DASH}]\d{{4}})(?:[\s,]+\D{{0,40}})?$",
        mask="xx xxxx",
        alone=0.6,
    ),
)
