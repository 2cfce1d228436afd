"""Which further cells of a table of counts must be left out, so that no small one can be worked out from sums.

A cell that is left out of a table can be had back by subtraction where it is the only one in a row whose total is
told. So others are left out with it (complementary suppression: Willenborg and de Waal, Elements of Statistical
Disclosure Control, 2001, ch. 4; Fischetti and Salazar-González, JASA 95, 2000, with sliding protection). Somebody
who knows every published cell, every sum and that counts are whole and not negative then finds no interval for a
small cell that is narrower than was asked.

Each choice is a linear program: the cheapest way in which the table might have been another one that looks the
same. What it finds is a witness, a whole table that agrees with everything that is published; the promise rests on
the witnesses, which are kept in whole numbers, and not on the solver's arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log2
from typing import Any

NEARLY = 1e-6
SPARED = 2_000
"""Cells of the largest table that is gone through a second time for what need not be left out."""
Relation = Mapping[int, int]
"""Cell → its sign in a sum that is known: parts 1, the total, where it is a cell of the table, -1."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Cells to leave out, the small ones among them; and the small ones that even so remain too well known."""

    cells: frozenset[int]
    open: tuple[int, ...]


def suppress(values: Sequence[int], relations: Sequence[Relation], small: Sequence[int], width: int) -> Suppressed:
    """The cells to leave out of a table of counts.

    `values` are all its counts, `small` the cells that must not be known; of each the interval that others can
    work out shall be at least `width` wide. Noughts stay: often everybody knows that there is nobody. Sums may
    contradict the counts: who reads the table takes them as told.
    """
    relations = [{cell: sign for cell, sign in one.items() if values[cell]} for one in relations]
    relations = [one for one in relations if one]
    cells: set[int] = set(small)
    still: list[int] = []
    for part in _parts(relations, small):
        found = _Part(values, part, small, width)
        found.protect()
        cells |= found.left_out
        still += found.open
    return Suppressed(frozenset(cells), tuple(sorted(still)))


def _parts(relations: Sequence[Relation], small: Sequence[int]) -> list[list[Relation]]:
    """Relations by tables that have no cell in common, of which some cell is small."""
    root: dict[int, int] = {}

    def find(cell: int) -> int:
        while root.setdefault(cell, cell) != cell:
            root[cell] = root[root[cell]]
            cell = root[cell]
        return cell

    for relation in relations:
        first, *rest = relation
        for cell in rest:
            root[find(cell)] = find(first)
    parts: dict[int, list[Relation]] = {find(cell): [] for cell in small if cell in root}
    for relation in relations:
        part = parts.get(find(next(iter(relation))))
        if part is not None:
            part.append(relation)
    return list(parts.values())


@dataclass(slots=True)
class _Part:
    """One table: its cells in order, what is left out, how far each small cell moves, and the witnesses of it."""

    values: Sequence[int]
    relations: Sequence[Relation]
    small: Sequence[int]
    width: int
    cells: list[int] = field(init=False)
    places: dict[int, int] = field(init=False)
    left_out: set[int] = field(init=False)
    reached: dict[int, int] = field(default_factory=dict)
    witnesses: list[dict[int, int]] = field(default_factory=list)
    _solver: Any = None

    def __post_init__(self) -> None:
        self.cells = sorted({cell for relation in self.relations for cell in relation})
        self.places = {cell: place for place, cell in enumerate(self.cells)}
        self.left_out = {cell for cell in self.small if cell in self.places}

    def protect(self) -> None:
        """Leaves out cells until each small one may be anything in an interval of the width."""
        order = sorted(self.left_out, key=lambda cell: (self.values[cell], cell))
        for cell in order:
            for wanted in range(self.width, 0, -1):
                if self._reach(cell, wanted, self.witnesses):
                    break
            else:
                wanted = 0
            self.reached[cell] = wanted
        if len(self.cells) <= SPARED:
            self._spare()

    @property
    def open(self) -> list[int]:
        """The small cells that remain too well known."""
        return [cell for cell, width in self.reached.items() if width < self.width]

    def _reach(self, cell: int, wanted: int, witnesses: list[dict[int, int]]) -> bool:
        """Whether a small cell moves so far in all, by the witnesses or by one more, which is put among them."""
        down = max((-one.get(cell, 0) for one in witnesses), default=0)
        up = max((one.get(cell, 0) for one in witnesses), default=0)
        down, up = max(down, 0), max(up, 0)
        if down + up >= wanted:
            return True
        for by in (wanted - down, up - wanted):
            moved = self._cheapest(cell, by) if by >= -self.values[cell] else None
            if moved is not None:
                witnesses.append(moved)
                self.left_out |= moved.keys()
                return True
        return False

    def _spare(self) -> None:
        """Gives back what no small cell needs: what was left out early is often not needed beside the rest."""
        self._bar(set(self.cells) - self.left_out)
        others = self.left_out - self.reached.keys()
        for cell in sorted(others, key=lambda cell: (-self.values[cell], cell)):
            self._bar({cell})
            left = [one for one in self.witnesses if cell not in one]
            lost = {small for one in self.witnesses if cell in one for small in one if small in self.reached}
            if all(self._reach(small, self.reached[small], left) for small in sorted(lost)):
                self.witnesses = left
            else:
                self._bar({cell}, lift=True)
        self.left_out = set(self.reached).union(*self.witnesses)

    def _cheapest(self, cell: int, by: int) -> dict[int, int] | None:
        """Cell → by how much it changes, in whole numbers; None where nothing can change so."""
        import highspy

        solver = self._model()
        size = len(self.cells)
        place = self.places[cell]
        costs = [1e-3 if one in self.left_out else log2(2 + self.values[one]) for one in self.cells]
        # of two equal ways the first, whatever the machine
        costs = [cost * (1 + 1e-5 * number / size) for number, cost in enumerate(costs)]
        solver.changeColsCost(2 * size, list(range(2 * size)), costs * 2)
        bounds = ((place, max(by, 0), max(by, 0)), (size + place, max(-by, 0), max(-by, 0)))
        for column, low, high in bounds:
            solver.changeColBounds(column, low, high)
        try:
            moved = self._solved(solver)
            if moved is None and solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
                kinds = [highspy.HighsVarType.kInteger] * (2 * size)
                solver.changeColsIntegrality(2 * size, list(range(2 * size)), kinds)
                moved = self._solved(solver)
                kinds = [highspy.HighsVarType.kContinuous] * (2 * size)
                solver.changeColsIntegrality(2 * size, list(range(2 * size)), kinds)
            return moved
        finally:
            self._bar({cell}, lift=True)

    def _bar(self, cells: Iterable[int], *, lift: bool = False) -> None:
        """Keeps cells from changing, or lets them change again."""
        import highspy

        solver, size = self._model(), len(self.cells)
        for cell in cells:
            place = self.places[cell]
            solver.changeColBounds(place, 0, highspy.kHighsInf if lift else 0)
            solver.changeColBounds(size + place, 0, self.values[cell] if lift else 0)

    def _solved(self, solver: Any) -> dict[int, int] | None:
        """The solution, if there is one in whole numbers that keeps every sum and leaves no count below nought."""
        import highspy

        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        size = len(self.cells)
        amounts = list(solver.getSolution().col_value)
        moves = {cell: amounts[at] - amounts[size + at] for at, cell in enumerate(self.cells)}
        whole = {cell: round(move) for cell, move in moves.items()}
        if any(abs(whole[cell] - move) > NEARLY for cell, move in moves.items()):
            return None
        kept = all(sum(sign * whole[cell] for cell, sign in one.items()) == 0 for one in self.relations)
        if not kept or any(self.values[cell] + move < 0 for cell, move in whole.items()):
            return None
        return {cell: move for cell, move in whole.items() if move}

    def _model(self) -> Any:
        """More and less of each cell, so that every sum stays: built once, asked for each small cell."""
        if self._solver is None:
            import highspy

            at, size = self.places, len(self.cells)
            solver = highspy.Highs()  # type: ignore[no-untyped-call]
            solver.setOptionValue("output_flag", False)
            solver.setOptionValue("threads", 1)
            less = [float(self.values[cell]) for cell in self.cells]
            solver.addVars(2 * size, [0.0] * (2 * size), [highspy.kHighsInf] * size + less)
            for relation in self.relations:
                places = [at[cell] for cell in relation]
                signs = [float(sign) for sign in relation.values()]
                both = [*signs, *(-sign for sign in signs)]
                solver.addRow(0.0, 0.0, 2 * len(places), [*places, *(size + one for one in places)], both)
            self._solver = solver
        return self._solver
