"""The 77 provinces in shades, or dots over their outline."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from catalog.picture.scale import breaks
from catalog.picture.svg import FIELD, PAPER, QUIET, SERIES, STEPS, Drawing, cut, el, fill, number, stroke, text
from catalog.picture.told import Told

TENTH = 4
"""Steps of a unit in which dots are placed."""
HIGH = 560.0
"""Units that the country is high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """The provinces as SVG paths by code, in a box of degrees (west, south, east, north) drawn so large."""

    paths: Mapping[str, str]
    box: tuple[float, float, float, float]
    width: float
    height: float

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a coordinate lies."""
        west, south, east, north = self.box
        x = (longitude - west) / (east - west) * self.width
        return x, (north - latitude) / (north - south) * self.height


@cache
def shapes() -> Shapes:
    """The file that `tests/province_shapes.py` makes of Natural Earth's."""
    read = json.loads(files("catalog").joinpath("picture/data/provinces.json").read_text(encoding="utf-8"))
    return Shapes(paths=read["shapes"], box=tuple(read["box"]), width=read["width"], height=read["height"])


def choropleth(told: Told, width: float, size: float = 14, height: float = HIGH) -> Drawing:
    """Provinces in shades of their number; those without one are hatched."""
    figures = told.figures
    values = {str(key): value for key, value in zip(figures.keys, figures.lines[0].values, strict=True)}
    there = [value for value in values.values() if value is not None]
    limits = breaks(there, len(STEPS))
    shade = _shades(len(limits) + 1)
    grouped: dict[int | None, list[str]] = {}
    for code in shapes().paths:
        value = values.get(code)
        step = None if value is None else sum(value >= limit for limit in limits)
        name = told.place(code)
        shown = told.none if value is None else told.amount(value)
        path = el("path", el("title", f"{_safe(name)}: {_safe(shown)}"), d=shapes().paths[code])
        grouped.setdefault(step, []).append(path)
    scale = height / shapes().height
    inside = []
    for step, paths in grouped.items():
        ink = {"fill": f"url(#{told.id}-land)", "class_": "hatched"} if step is None else fill(STEPS[shade[step]])
        inside.append(el("g", *paths, **ink))
    country = el(
        "g", *inside, transform=f"scale({scale:.4f})", stroke=PAPER.colour, stroke_width=1.6, class_="l-paper"
    )
    none = None in grouped
    return Drawing(
        _hatch(told.id, scale) + country + _legend(told, limits, shade, width, size, height, none=none),
        width,
        height,
    )


def dots(told: Told, width: float, size: float = 14, height: float = HIGH) -> Drawing:
    """Dots over the outline of the provinces; greater ones stand for more rows."""
    figures = told.figures
    scale = height / shapes().height
    ground = el("path", d="".join(shapes().paths.values()))
    country = el(
        "g",
        ground,
        transform=f"scale({scale:.4f})",
        stroke=QUIET.colour,
        stroke_width=0.9,
        fill=FIELD.colour,
        class_="land",
    )
    most = max(dot[2] for dot in figures.dots)
    steps = [1] if most == 1 else [1, max(2, math.ceil(most**0.5)), most + 1]
    by: dict[int, list[tuple[int, int]]] = {}
    for latitude, longitude, rows in figures.dots:
        x, y = shapes().at(latitude, longitude)
        place = (round(x * scale * TENTH), round(y * scale * TENTH))
        by.setdefault(sum(rows >= one for one in steps), []).append(place)
    drawn = [
        el(
            "path",
            d=_hops(places),
            transform=f"scale({1 / TENTH})",
            stroke_linecap="round",
            stroke_opacity=0.85,
            **stroke(SERIES[0], (2.4 + 2.4 * step) * TENTH),
        )
        for step, places in sorted(by.items())
    ]
    ranges = [(step, _range(steps, step, told)) for step in sorted(by)]
    x, y = width * 0.53, height - size * 1.9 * len(ranges) - size * 2
    key = [text(x, y, cut(told.axis, width - x, size), ink=QUIET)]
    for n, (step, said) in enumerate(ranges, 1):
        at = y + n * size * 1.9
        key.append(
            el(
                "path",
                d=f"M{number(x + 8)} {number(at - size * 0.35)}h0",
                stroke_linecap="round",
                **stroke(SERIES[0], 2.4 + 2.4 * step),
            )
        )
        key.append(text(x + 24, at, said))
    return Drawing(country + "".join(drawn) + "".join(key), width, height)


def _hops(places: list[tuple[int, int]]) -> str:
    """Dots as one path, each told from the one before: that is half as long."""
    said, before = [], (0, 0)
    for place in places:
        said.append(f"m{place[0] - before[0]} {place[1] - before[1]}h0")
        before = place
    return "".join(said)


def _range(steps: list[int], step: int, told: Told) -> str:
    low = steps[step - 1]
    high = steps[step] - 1 if step < len(steps) else low
    return told.count(low) if high <= low else f"{told.count(low)}–{told.count(high)}"


def _shades(classes: int) -> list[int]:
    """Which of the five shades so many classes take, as far apart as may be."""
    if classes == 1:
        return [3]
    return [round(n * (len(STEPS) - 1) / (classes - 1)) for n in range(classes)]


def _legend(
    told: Told, limits: list[float], shade: list[int], width: float, size: float, height: float, *, none: bool
) -> str:
    figures = [value for value in told.figures.lines[0].values if value is not None]
    edges = [min(figures), *limits, max(figures)]
    shown = told.measured.shown
    rows: list[tuple[dict[str, str], str]] = []
    whole = told.measured.by == 1 and all(value == int(value) for value in edges)
    for n, (low, high) in enumerate(pairwise(edges)):
        if n < len(limits):  # a class ends below where the next begins
            said = f"{shown(low)}–{shown(high - 1)}" if whole else f"{shown(low)}–<{shown(high)}"
            said = shown(low) if whole and low == high - 1 else said
        else:
            said = shown(low) if low == high else f"{shown(low)}–{shown(high)}"
        rows.append((fill(STEPS[shade[n]]), said))
    rows.reverse()
    if none:
        rows.append(({"fill": f"url(#{told.id}-none)", "class_": "hatched"}, told.none))
    x = width * 0.53
    y = height - len(rows) * size * 1.75 - size * 1.2
    drawn = [text(x, y, cut(told.axis, width - x, size), ink=QUIET)]
    for n, (ink, said) in enumerate(rows):
        at = y + size * 0.7 + n * size * 1.75
        drawn.append(
            el(
                "rect",
                x=x,
                y=at,
                width=size * 1.7,
                height=size * 1.3,
                stroke=QUIET.colour,
                stroke_width=0.6,
                **ink,
            )
        )
        drawn.append(text(x + size * 2.2, at + size, cut(said, width - x - size * 2.2, size)))
    return "".join(drawn)


def _hatch(key: str, scale: float) -> str:
    """Stripes where nothing is known, for the legend and for the country, which is drawn in that scale."""
    ground = el("path", d="M0 0h5v5h-5z", **fill(FIELD))
    stripes = ground + el("path", d="M-1 6L6-1M-1 1L1-1M4 6L6 4", **stroke(QUIET, 0.8))
    size = {"width": 5, "height": 5, "patternUnits": "userSpaceOnUse"}
    legend = el("pattern", stripes, id=f"{key}-none", **size)
    return el(
        "defs",
        legend + el("pattern", stripes, id=f"{key}-land", patternTransform=f"scale({1 / scale:.2f})", **size),
    )


def _safe(said: str) -> str:
    from markupsafe import escape

    from catalog.picture.svg import clean

    return str(escape(clean(said)))
