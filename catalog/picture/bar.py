"""Bars of categories, from zero, each with its number."""

from __future__ import annotations

from catalog.picture.scale import axis
from catalog.picture.svg import LINE, QUIET, SERIES, Drawing, cut, el, fill, number, stroke, text, wide
from catalog.picture.told import Told

WIDE = 500
"""From here on the names stand beside the bars, else above them."""


def bar(told: Told, width: float, size: float = 14, height: float | None = None) -> Drawing:
    """The drawing of bars, so many units wide, with letters of `size`; a given height is filled."""
    figures = told.figures
    values = figures.lines[0].values
    there = [value for value in values if value is not None]
    reach = axis([*there, 0.0], zero=True)
    names = [told.key(key) for key in figures.keys]
    beside = width >= WIDE * size / 14
    longest = max(wide(name, size) for name in names)
    left = min(longest, width * 0.4) + 10 if beside else 0.0
    room = max(wide(told.measured.shown(value), size) for value in there) + 8
    start, end = left + (room if min(there) < 0 else 0), width - (room if max(there) > 0 else 4)
    top = size * 1.9
    row = (height - top) / len(names) if height else size * (2.3 if beside else 3.2)
    thick = min(row * 0.62, size * 1.9) if beside else size * 0.95
    # bars end where the greatest number does: there is no axis that would have to be round
    low, high = min(0.0, *there), max(0.0, *there)
    zero = start + (0 - low) / (high - low or 1) * (end - start)
    said = [text(0, size, cut(told.axis, width, size), ink=QUIET)]
    for n, (name, value) in enumerate(zip(names, values, strict=True)):
        y = top + n * row
        middle = y + row / 2 if beside else y + size * 1.9
        if beside:
            said.append(text(left - 10, middle + size * 0.35, cut(name, left - 10, size), anchor="end"))
        else:
            said.append(text(0, y + size * 0.95, cut(name, width, size)))
        if value is None:
            said.append(text(zero + 6, middle + size * 0.35, told.none, ink=QUIET))
            continue
        x = start + (value - low) / (high - low or 1) * (end - start)
        ink = SERIES[-1] if told.is_put_together(figures.keys[n]) else SERIES[0]
        said.append(
            el("rect", x=min(x, zero), y=middle - thick / 2, width=abs(x - zero), height=thick, **fill(ink))
        )
        away = {"x": x + 6} if value >= 0 else {"x": x - 6, "anchor": "end"}
        said.append(text(y=middle + size * 0.35, said=told.measured.shown(value), **away))
    bottom = top + len(names) * row
    ink = QUIET if reach.low < 0 else LINE
    said.append(el("path", d=f"M{number(zero)} {number(top - 2)}V{number(bottom)}", **stroke(ink, 1.2)))
    return Drawing("".join(said), width, bottom + 4)
