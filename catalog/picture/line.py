"""Lines over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from catalog.picture.scale import Axis, axis
from catalog.picture.svg import (
    DASHES,
    INK,
    LINE,
    PAPER,
    QUIET,
    SERIES,
    Drawing,
    Ink,
    cut,
    el,
    fill,
    number,
    stroke,
    text,
    wide,
)
from catalog.picture.told import Told

MARKS = 40
"""Points that each get a mark; where there are more, only the last of a line has one."""


def line(told: Told, width: float, size: float = 14, height: float | None = None) -> Drawing:
    """The drawing of lines, so many units wide, with letters of `size`."""
    return _Lines(told, width, size, height).drawn()


class _Lines:
    def __init__(self, told: Told, width: float, size: float, height: float | None) -> None:
        self.told, self.width, self.size = told, width, size
        figures = told.figures
        self.lines, self.keys = figures.lines, figures.keys
        values = [value for one in self.lines for value in one.values if value is not None]
        self.axis: Axis = axis(values, zero=figures.choice.adds)
        self.names = [told.series(one) for one in self.lines]
        several = len(self.lines) > 1
        longest = max((wide(name, size, bold=True) for name in self.names), default=0)
        self.left = max(wide(told.measured.shown(one), size) for one in self.axis.ticks) + 8
        self.top = size * 2
        self.height = height or round(width * (0.62 if width < 500 else 0.46) + self.top)
        self.bottom = self.height - size * 2
        self.direct = several and longest <= width * 0.28 and self._apart()
        alone = max(wide(told.measured.shown(value), size, bold=True) for value in values) + size
        self.right = longest + 14 if self.direct else size if several else alone
        self.legend = self._legend() if several and not self.direct else []
        self.top += len(self.legend) * size * 1.7
        self.height += 0 if height else round(self.top - size * 2)
        self.bottom = self.height - size * 2

    def drawn(self) -> Drawing:
        body = [self._axes(), *self._legend_drawn()]
        for n in reversed(range(len(self.lines))):
            body.append(self._one(n))
        body += self._labels()
        return Drawing("".join(body), self.width, self.height)

    def _x(self, n: int) -> float:
        ats = [getattr(key, "at", 0) for key in self.keys]
        room = (self.left + self.size / 2, self.width - self.right)
        return room[0] + (ats[n] - ats[0]) / max(1, ats[-1] - ats[0]) * (room[1] - room[0])

    def _y(self, value: float) -> float:
        return self.axis.at(value, self.bottom, self.top)

    def _ends(self) -> list[tuple[float, int]]:
        """How high each line ends, where it has an end."""
        last = [next((value for value in reversed(one.values) if value is not None), None) for one in self.lines]
        return [(self._y(value), n) for n, value in enumerate(last) if value is not None]

    def _places(self) -> list[float]:
        return spread([y for y, _n in self._ends()], self.size * 1.25, self.top, self.bottom)

    def _apart(self) -> bool:
        """Whether names at the ends of the lines stand near their own."""
        return all(
            abs(y - end) <= self.size * 1.5 for y, (end, _n) in zip(self._places(), self._ends(), strict=True)
        )

    def _axes(self) -> str:
        said = []
        for tick in self.axis.ticks:
            y = self._y(tick)
            ink = QUIET if tick == 0 else LINE
            said.append(el("path", d=f"M{number(self.left)} {number(y)}H{number(self.width)}", **stroke(ink)))
            label = self.told.measured.shown(tick)
            said.append(text(self.left - 6, y + self.size * 0.35, label, ink=QUIET, anchor="end"))
        said.append(text(0, self.size, cut(self.told.axis, self.width, self.size), ink=QUIET))
        for n in self._ticks():
            x = self._x(n)
            label = self.told.key(self.keys[n])
            half = wide(label, self.size) / 2
            x = min(max(x, half), self.width - half)
            said.append(text(x, self.bottom + self.size * 1.6, label, ink=QUIET, anchor="middle"))
        return "".join(said)

    def _ticks(self) -> list[int]:
        """Which times are named: as many as fit, the last one always."""
        count = len(self.keys)
        longest = max(wide(self.told.key(key), self.size) for key in self.keys) + self.size * 0.8
        room = max(1.0, self._x(count - 1) - self._x(0))
        most = max(1, int(room / longest))
        step = next(
            (one for one in (1, 2, 3, 4, 5, 6, 10, 12, 20, 24, 50, 60, 120, 240) if (count - 1) / one <= most),
            count,
        )
        kept: list[int] = []
        for n in range(count - 1, -1, -step):
            if not kept or self._x(kept[-1]) - self._x(n) >= longest:
                kept.append(n)
        return kept

    def _ink(self, n: int) -> Ink:
        return SERIES[-1] if self.told.is_rest(self.lines[n]) else SERIES[n % len(SERIES)]

    def _one(self, n: int) -> str:
        values = self.lines[n].values
        points = [(self._x(i), self._y(value)) if value is not None else None for i, value in enumerate(values)]
        runs = [[p for p in run if p] for there, run in groupby(points, key=lambda p: p is not None) if there]
        d = "".join("M" + "L".join(f"{number(x)} {number(y)}" for x, y in run) for run in runs if len(run) > 1)
        ink = self._ink(n)
        said = (
            el(
                "path",
                d=d,
                stroke_dasharray=DASHES[n % 7],
                stroke_linejoin="round",
                **stroke(ink, self.size / 5.5),
            )
            if d
            else ""
        )
        there = [point for run in runs for point in run]
        alone = [run[0] for run in runs if len(run) == 1]
        marks = (
            there if len(there) <= MARKS and len(self.keys) <= 26 else list(dict.fromkeys([*alone, *there[-1:]]))
        )
        if marks:
            said += el("path", d=marked(n, marks, self.size / 3.6), stroke=PAPER.colour, **fill(ink))
        return said

    def _labels(self) -> list[str]:
        if not self.direct:
            last = [(i, v) for i, v in enumerate(self.lines[0].values) if v is not None]
            if len(self.lines) > 1 or not last:
                return []
            (i, end), first = last[-1], last[:-1] if len(last) <= 6 and self.width / len(last) > 60 else []
            said = self.told.measured.shown
            above = [text(self._x(n), self._y(v) - self.size * 0.7, said(v), anchor="middle") for n, v in first]
            return [
                *above,
                text(self._x(i) + self.size * 0.6, self._y(end) + self.size * 0.35, said(end), bold=True),
            ]
        x = self.width - self.right + self.size * 0.7
        return [
            text(x, y + self.size * 0.35, self.names[n], ink=self._ink(n), bold=True)
            for y, (_end, n) in zip(self._places(), self._ends(), strict=True)
        ]

    def _legend(self) -> list[list[tuple[int, float]]]:
        """Rows of the legend: each entry with where it begins."""
        rows: list[list[tuple[int, float]]] = [[]]
        x = 0.0
        for n, name in enumerate(self.names):
            room = min(wide(name, self.size), self.width - 34) + 50
            if rows[-1] and x + room - 16 > self.width:
                rows.append([])
                x = 0.0
            rows[-1].append((n, x))
            x += room
        return rows

    def _legend_drawn(self) -> list[str]:
        said = []
        for row, entries in enumerate(self.legend):
            y = self.size * (2.4 + row * 1.7)
            for n, x in entries:
                ink = self._ink(n)
                d = f"M{number(x)} {number(y)}h26"
                said.append(el("path", d=d, stroke_dasharray=DASHES[n % 7], **stroke(ink, self.size / 5.5)))
                said.append(
                    el("path", d=marked(n, [(x + 13, y)], self.size / 3.6), stroke=PAPER.colour, **fill(ink))
                )
                name = cut(self.names[n], self.width - x - 34, self.size)
                said.append(text(x + 32, y + self.size * 0.35, name, ink=INK))
        return said


def marked(n: int, points: Sequence[tuple[float, float]], r: float) -> str:
    """A series' marks as one path: circle, square, triangle, diamond, bar, triangle down, cross."""
    a, b, c, d = (number(r * size) for size in (1, 2, 1.4, 2.8))
    e, f, g, h, i = (number(r * size) for size in (1.2, 2.1, 2.4, 0.6, 1.3))
    shape = (
        f"m-{a} 0a{a} {a} 0 1 0 {b} 0a{a} {a} 0 1 0-{b} 0z",
        f"m-{a}-{a}h{b}v{b}h-{b}z",
        f"m0-{i}l{e} {f}h-{g}z",
        f"m0-{c}l{c} {c}l-{c} {c}l-{c}-{c}z",
        f"m-{c}-{h}h{d}v{e}h-{d}z",
        f"m0 {i}l{e}-{f}h-{g}z",
        f"m-{h}-{c}h{e}v{d}h-{e}z",
    )[n % 7]
    return "".join(f"M{number(x)} {number(y)}{shape}" for x, y in points)


def spread(wanted: Sequence[float], apart: float, top: float, bottom: float) -> list[float]:
    """Heights for labels: as near to those wanted as may be, none over another."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    placed = [wanted[n] for n in order]
    for n in range(1, len(placed)):
        placed[n] = max(placed[n], placed[n - 1] + apart)
    if placed and placed[-1] > bottom:
        placed[-1] = bottom
        for n in range(len(placed) - 2, -1, -1):
            placed[n] = min(placed[n], placed[n + 1] - apart)
    found = [0.0] * len(wanted)
    for n, y in zip(order, placed, strict=True):
        found[n] = max(y, top - apart)
    return found
