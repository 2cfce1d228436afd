"""Axes: round numbers to stand on them, and numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.picture.words import words

MILLION = 1e6
LARGE, SMALL = 1e15, 1e-9
LEAST = 1e-300
"""What is less apart has no steps between."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high` in so many steps that are round. `cropped`: it does not begin at zero."""

    low: float
    high: float
    ticks: tuple[float, ...]
    cropped: bool

    def at(self, value: float, start: float, end: float) -> float:
        """Where a value stands between two coordinates."""
        return start + (value - self.low) / (self.high - self.low) * (end - start)


def axis(values: Iterable[float], *, zero: bool, steps: int = 4) -> Axis:
    """The axis of some numbers. `zero`: it begins there; else only where they lie near it."""
    found = list(values) or [0.0]
    low, high = min(found), max(found)
    if zero or (low >= 0 and high - low > 0.3 * high):
        low = min(0.0, low)
    if zero or (high <= 0 and high - low > 0.3 * -low):
        high = max(0.0, high)
    if high - low <= max(abs(low), abs(high)) * SMALL:
        low, high = min(0.0, low), max(0.0, high)
    if high - low < LEAST:
        low, high = 0.0, 1.0
    step = _round((high - low) / steps)
    first, last = math.floor(low / step + SMALL), math.ceil(high / step - SMALL)
    ticks = tuple(n * step for n in range(first, last + 1))[:50]
    return Axis(ticks[0], ticks[-1], ticks, cropped=ticks[0] > 0 or ticks[-1] < 0)


def _round(step: float) -> float:
    """The next of 1, 2, 2.5, 5 and their tens."""
    ten = 10.0 ** math.floor(math.log10(step))
    return next((size * ten for size in (1, 2, 2.5, 5) if step <= size * ten * (1 + SMALL)), 10 * ten)


@dataclass(frozen=True, slots=True)
class Measured:
    """How numbers of one unit are written: divided by `by`, with so many `digits` after the point."""

    unit: str
    by: float
    digits: int

    def shown(self, value: float) -> str:
        """A number in groups of three."""
        return grouped(value / self.by, self.digits)


def measured(values: Sequence[float], unit: str, language: str) -> Measured:
    """How the numbers of an axis are written: great ones in millions, which the unit then says."""
    most = max(map(abs, values), default=0.0)
    by = 1.0
    scaled = str(words()["millions"][language])
    if MILLION <= most < LARGE and (language == "th" or scaled.strip() not in unit):
        by, unit = MILLION, f"{scaled}{unit}".strip()
    return Measured(unit, by, digits([value / by for value in values]))


def digits(values: Iterable[float]) -> int:
    """Digits after the point that tell numbers apart and are not too many."""
    found = [abs(value) for value in values if value]
    if not found or all(value == int(value) for value in found if value < LARGE):
        return 0
    most = max(found)
    if most >= 1000:
        return 0
    return 1 if most >= 10 else 2 if most >= 1 else min(9, 2 - math.floor(math.log10(max(most, SMALL))))


def grouped(value: float, places: int) -> str:
    """A number in groups of three; where it is too long for that, its power of ten."""
    if abs(value) >= LARGE or 0 < abs(value) < SMALL:
        return f"{value:.3g}".replace("-", "\u2212")
    said = f"{value:,.{places}f}"
    said = said.rstrip("0").rstrip(".") if "." in said else said
    return "0" if said in ("-0", "") else said.replace("-", "\u2212")


def exact(value: float) -> str:
    """A number for a table, as exactly as it is known."""
    return grouped(value, 0 if value == int(value) and abs(value) < LARGE else min(6, 3 + digits([value])))


def breaks(values: Sequence[float], most: int) -> list[float]:
    """Round limits between classes of about equal number: the first class ends below the first limit."""
    found = sorted(set(values))
    if len(found) <= 1:
        return []
    classes = min(most, len(found))
    ordered = sorted(values)
    raw = [ordered[len(ordered) * n // classes] for n in range(1, classes)]
    span = found[-1] - found[0]
    for places in (1, 2, 3, 6):
        limits = sorted({_significant(value, places, span) for value in raw})
        limits = [one for one in limits if found[0] < one <= found[-1]]
        if len(limits) >= min(classes - 1, len(set(raw))):
            break
    return limits or [found[-1]]


def _significant(value: float, places: int, span: float) -> float:
    """A number rounded to so many places of the span's size."""
    unit = 10.0 ** (math.floor(math.log10(span)) + 1 - places)
    return round(round(value / unit) * unit, 12) if unit > 0 else value
