"""What a table's cells do to whoever opens them: formulas that a spreadsheet works out, secrets that open doors.

The cells are looked at slice by slice, as they are written or read; slices add up to what the whole table gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from metadata.finding import Finding, Place, Severity
from pipelines.govern.inside import formulas, secrets
from pipelines.govern.triggers import tells

if TYPE_CHECKING:
    import polars

FORMULA, COLUMN = "formula-cell", "secret-column"


@dataclass(slots=True)
class Count:
    """How many cells, and the first of them by its row from 0 in the slice or table that was looked at."""

    cells: int = 0
    first: int = 0

    def add(self, cells: int, first: int) -> None:
        """More cells, which come later."""
        if not self.cells:
            self.first = first
        self.cells += cells


@dataclass(slots=True)
class Filled:
    """A column whose name promises secrets: cells with something, those like secrets, how many of these differ."""

    cells: int = 0
    words: int = 0
    distinct: int = 0


@dataclass(slots=True, eq=False, repr=False)
class Tally:
    """What was found so far. `found`: (column from 0, `FORMULA` or a kind of secret) → count."""

    rows: int = 0
    found: dict[tuple[int, str], Count] = field(default_factory=dict)
    named: dict[int, Filled] = field(default_factory=dict)

    def see(self, part: polars.DataFrame) -> None:
        """Looks at every cell of some rows: columns of text, null where a cell is empty."""
        self.look(part.columns, part.get_columns())

    def look(self, labels: Sequence[str], columns: Iterable[polars.Series]) -> None:
        """The same for columns whose labels stand apart."""
        height = 0
        for number, (label, texts) in enumerate(zip(labels, columns, strict=True)):
            height = len(texts)
            self._formulas(number, texts)
            self._secrets(number, texts)
            if tells("secrets", label):
                filled, words, distinct = secrets.likeness(texts)
                one = self.named.setdefault(number, Filled())
                one.cells, one.words, one.distinct = one.cells + filled, one.words + words, one.distinct + distinct
        self.rows += height

    def _formulas(self, number: int, texts: polars.Series) -> None:
        begun = texts.str.contains(formulas.SIGN).arg_true()
        if len(begun):
            self._put(number, FORMULA, begun.filter(formulas.dangerous(texts.gather(begun))))

    def _secrets(self, number: int, texts: polars.Series) -> None:
        for place in secrets.rough(texts):
            for kind in secrets.found(texts[place]):
                self.found.setdefault((number, kind.name), Count()).add(1, self.rows + place)
                break

    def _put(self, number: int, kind: str, places: polars.Series) -> None:
        if len(places):
            self.found.setdefault((number, kind), Count()).add(len(places), self.rows + int(places[0]))

    def join(self, later: Tally) -> None:
        """Adds what was found in the rows that follow."""
        for key, one in later.found.items():
            self.found.setdefault(key, Count()).add(one.cells, self.rows + one.first)
        for number, more in later.named.items():
            filled = self.named.setdefault(number, Filled())
            filled.cells += more.cells
            filled.words += more.words
            filled.distinct += more.distinct
        self.rows += later.rows

    def findings(self, labels: Sequence[str], at: Place, origin: Any) -> Iterator[Finding]:
        """One Finding for each column and kind; `origin` gives the place of a row from 0 (`at` with its row)."""
        told = {number for number, kind in self.found if kind != FORMULA}
        for (number, kind), one in sorted(self.found.items()):
            place = replace(origin(one.first), column=labels[number])
            if kind == FORMULA:
                values: dict[str, Any] = {"count": one.cells}
                yield Finding(rule=FORMULA, severity="warning", at=place, values=values)
            else:
                severity: Severity = "error" if secrets.sure(kind) else "warning"
                values = {"secret": kind, "count": one.cells}
                yield Finding(rule="secret-cell", severity=severity, at=place, values=values)
        for number, filled in sorted(self.named.items()):
            if filled.cells and number not in told:
                likely = filled.words >= secrets.SECRETIVE * filled.cells and filled.distinct > filled.words // 2
                severity = "error" if likely else "warning"
                place = replace(at, column=labels[number])
                yield Finding(rule=COLUMN, severity=severity, at=place, values={"count": filled.cells})


def joined(tallies: Iterable[Tally]) -> Tally:
    """Those of the slices of a table, in their order, as one."""
    whole = Tally()
    for one in tallies:
        whole.join(one)
    return whole
