"""Whether numbers that pass a check digit are what it says, or pass by chance, as one in ten of any kind does.

A column of 13 digits may hold national IDs, or goods, contracts and budget codes. A sample of the distinct numbers
of the form is kept (`Sample`); it speaks for chance where no more of them pass than chance lets through. A number
that stands apart from a column of one make (its first digits, a barcode's check digit) is weighed by itself
(`apart`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars

FORMED, CHANCE = 5, 0.5
"""So few numbers tell nothing of chance; where so large a share passes, it is none."""
ALPHA = 1e-5
"""How seldom chance alone may let so many pass (a binomial test, one-sided)."""
KEPT = 2048
"""Distinct numbers of a sample: those of the smallest hashes, so that slices add up to the sample of the whole."""
MAKE, HEADS, ALIKE, FEWEST = 2, 3, 0.95, 20
"""Numbers are of one make if of at least 20 that share begin with one of three pairs of digits."""
_OFFICES = 60
"""Registration offices of municipalities count down from 99; no province has so many districts."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A number of the sample, by its hash: whether it passed, the odds of that by chance, and whether what else it
    says is right, too (a registration office that exists)."""

    mark: int
    passed: bool
    odds: float
    placed: bool


Sample = tuple[Drawn, ...]


def sample(
    numbers: polars.Series, passed: set[str], odds: Callable[[str], float], placed: Callable[[str], bool]
) -> Sample:
    """The sample of distinct texts, each a number of the form; `passed`: those that pass its check digit."""
    marks = numbers.hash(1)
    drawn = []
    for place in marks.arg_sort().head(KEPT).to_list():
        text = str(numbers[place])
        drawn.append(Drawn(int(marks[place]), text in passed, odds(text), placed(text)))
    return tuple(drawn)


def joined(samples: Iterable[Sample]) -> Sample:
    """The sample of several slices together."""
    every = {one.mark: one for some in samples for one in some}
    return tuple(every[mark] for mark in sorted(every)[:KEPT])


def by_chance(drawn: Sequence[Drawn]) -> bool:
    """Whether those that passed are no more than chance lets through."""
    passed = sum(one.passed for one in drawn)
    if len(drawn) < FORMED or passed >= CHANCE * len(drawn):
        return False
    return not any(
        len(some) >= FORMED
        and beyond(len(some), sum(one.passed for one in some), sum(one.odds for one in some) / len(some))
        for some in (drawn, [one for one in drawn if one.placed])
    )


def beyond(count: int, passed: int, odds: float) -> bool:
    """Whether of so many numbers more passed than chance lets through: P(X >= passed) < ALPHA for X binomial."""
    if passed <= odds * count:
        return False
    ways = math.lgamma(count + 1)
    terms = (
        ways
        - math.lgamma(k + 1)
        - math.lgamma(count - k + 1)
        + k * math.log(odds)
        + (count - k) * math.log(1 - odds)
        for k in range(passed, count + 1)
    )
    return math.fsum(map(math.exp, terms)) < ALPHA


def apart(numbers: Mapping[str, str], passed: set[str]) -> set[str]:
    """Of distinct texts those that passed and are of another make than nearly all the others.

    `numbers`: text → its number in ASCII digits. Empty where they are of no make, or where those apart pass by
    chance, too.
    """
    if len(numbers) < FEWEST or not passed:
        return set()
    heads = Counter(number[:MAKE] for number in numbers.values()).most_common(HEADS)
    common = {head for head, count in heads if count > (1 - ALIKE) * len(numbers)}
    others = _rest(numbers, lambda number: number[:MAKE] in common) | _rest(numbers, _barcode)
    found = others & passed
    return found if len(others) < FORMED or len(found) >= CHANCE * len(others) else set()


def _rest(numbers: Mapping[str, str], alike: Callable[[str], bool]) -> set[str]:
    """Those that are not alike, where nearly all are."""
    rest: set[str] = set()
    for text, number in numbers.items():
        if not alike(number):
            rest.add(text)
            if len(rest) > (1 - ALIKE) * len(numbers):
                return set()
    return rest


def _barcode(number: str) -> bool:
    """Whether it passes the check digit of a GTIN-13."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(number))
    return len(number) == 13 and total % 10 == 0


def pin_odds(number: str) -> float:
    """How often chance gives a national ID's check digit: 11 less a remainder, of which two give 1."""
    return 2 / 11 if number.strip().endswith(("1", "\u0e51")) else 1 / 11


def registered(number: str) -> bool:
    """Whether digits 2 to 5 are a registration office: a district, or a municipality of a province that exists."""
    office = "".join(str(int(char)) for char in number if char.isdecimal())[1:5]
    return office in _offices()


@cache
def _offices() -> frozenset[str]:
    from metadata import areas

    codes: set[str] = set()
    for one in areas.provinces():
        codes |= {below.code for below in areas.children(one.code)}
        codes |= {f"{one.code}{number}" for number in range(_OFFICES, 100)}
    return frozenset(codes)
