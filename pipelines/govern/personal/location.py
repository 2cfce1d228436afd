"""Where a person lives, as a point.

A pair of coordinates in Thailand is a home's where the words before it, its header or a register of persons around
it say so; every other point (a station, a school, an accident) is public.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.govern.personal.entity import Entity, Hit, register
from pipelines.govern.personal.labelled import after

PAIR = r"(?<![\d.])(?:[5-9]|1\d|20)\.\d{3,}\s*[, ;/]\s*(?:9[7-9]|10[0-5])\.\d{3,}(?!\d)"
"""Latitude 5 to 20, longitude 97 to 105, to a hundred metres or closer."""


def _homes(text: str) -> Iterator[Hit]:
    told = {hit.start for hit in after("home-coordinates", PAIR, text)}
    for match in re.finditer(PAIR, text):
        yield Hit(*match.span(), sure=match.start() in told)


register(
    Entity(
        name="home-coordinates",
        kind="identifier",
        bare=True,
        rough=r"\d{1,2}\.\d{3,}\s*[, ;/]\s*\d{2,3}\.\d{3}",
        find=_homes,
        fits=r"^(?:[5-9]|1\d|20|9[7-9]|10[0-5])\.\d{3,}$"
        r"|(?i)^\(?N?\s*(?:[5-9]|1\d|20)\.\d{3,}\s*[,;/\sN°]+\s*E?\s*(?:9[7-9]|10[0-5])\.\d{3,}[\s°E)]*$",
        mask="xx.xxxx, xxx.xxxx",
        beside=True,
    ),
)
