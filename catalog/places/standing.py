"""Where an area stands among all others of its level in one table at one time."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.picture.choice import left_out
from catalog.places.told import together, value
from catalog.store.grouped import LONGEST, Group, grouped

if TYPE_CHECKING:
    from catalog.picture.columns import Column
    from catalog.places.located import Located
    from catalog.places.told import Figure, Told
    from catalog.store.datastore import Reading

MOST = 20_000
"""Names of areas in a table; of more, no rank is told."""
FEWEST = 5
"""Areas with a number, below which no rank is told."""
SAME = 4
"""No rank is told where more than one in so many areas share it; nor where there is nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All areas' numbers, from the least: of rows, and of each measure."""

    rows: array[float]
    measures: tuple[array[float], ...]

    def rank(self, figure: Figure, measures: Sequence[Column]) -> tuple[int, int] | None:
        """A figure's place from the greatest, and among how many; None where that would say nothing."""
        every = self.rows if figure.measure is None else self.measures[measures.index(figure.measure)]
        first, after = bisect_left(every, figure.value), bisect_right(every, figure.value)
        if not figure.value or first == after or len(every) < FEWEST or after - first > len(every) // SAME:
            return None
        return 1 + len(every) - after, len(every)


def standing(reading: Reading, columns: Sequence[Column], located: Located, found: Told) -> Standing:
    """The numbers of all areas at the time that a table told of one."""
    names = [one.name for one in found.measures]
    without = left_out([one for one in columns if one.name not in located.columns])
    by = [(name, LONGEST) for name in located.columns]
    groups = grouped(reading, by, names, only=found.newest, without=without, most=MOST + 1)
    if len(groups) > MOST:
        groups = []
    codes = {cells: one for one, several in located.cells.items() for cells in several}
    areas: dict[str, list[Group]] = {}
    for group in groups:
        code = codes.get(tuple(key or "" for key in group.keys))
        if code:
            areas.setdefault(code, []).append(group)
    whole = [together(every) for every in areas.values()]
    numbers = (
        sorted(number for one in whole if (number := value(one, n, measure)) is not None)
        for n, measure in enumerate(found.measures)
    )
    rows = array("d", sorted(float(one.rows) for one in whole))
    return Standing(rows, tuple(array("d", every) for every in numbers))
