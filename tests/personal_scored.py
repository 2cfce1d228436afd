"""What the detectors find in a labelled corpus, cell by cell: hits, misses, false alarms, and their places."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from personal_corpus import ENTITIES, Table, corpus

if TYPE_CHECKING:
    import pandas

    from metadata.finding import Finding

Cell = tuple[str, int]
"""A column's label and a row, from 0."""


def frame(table: Table) -> pandas.DataFrame:
    """The table as `build` holds it: text, the index being the source's rows."""
    import pandas

    columns = {one.label: list(one.cells) for one in table.columns}
    return pandas.DataFrame(columns, dtype=str, index=range(2, 2 + len(table.columns[0].cells)))


def entity_of(rule: str) -> str | None:
    """The entity a rule tells of: `personal-phone`, `personal-phone-count` → `phone`."""
    from pipelines.govern.personal.entity import ENTITIES as KNOWN

    name = rule.removeprefix("personal-")
    some = [entity for entity in {*KNOWN, *ENTITIES} if name == entity or name.startswith(f"{entity}-")]
    return max(some, key=len, default=None)


def findings(table: Table) -> tuple[Finding, ...]:
    """What the detectors tell of a table."""
    from pipelines.govern.personal import column

    return tuple(column.found(frame(table), {}))


def told(table: Table, severities: frozenset[str] = frozenset({"error", "warning"})) -> dict[str, set[Cell]]:
    """Entity → the cells that the detectors name, or all of a column that they name as a whole."""
    cells: dict[str, set[Cell]] = {}
    whole: list[tuple[str, str]] = []
    for one in findings(table):
        entity = entity_of(one.rule)
        if entity is None or one.severity not in severities or one.at.column is None:
            continue
        if one.at.row is None:
            whole.append((entity, one.at.column))
        else:
            cells.setdefault(entity, set()).add((one.at.column, one.at.row - 2))
    texts = {one.label: one.cells for one in table.columns}
    for entity, label in whole:
        named = cells.setdefault(entity, set())
        if not any(cell[0] == label for cell in named):
            named |= {(label, row) for row, text in enumerate(texts[label]) if text.strip() not in {"", "-"}}
    return cells


@dataclass(slots=True)
class Score:
    """One entity's count of cells."""

    hits: int = 0
    alarms: int = 0
    misses: int = 0
    where: Counter[str] = field(default_factory=Counter)
    """What was missed (`- kind`) and what was named wrongly (`+ kind`)."""

    @property
    def f1(self) -> float:
        """Of precision and recall, the harmonic mean; 1 where there was nothing to find and nothing was named."""
        both = 2 * self.hits + self.alarms + self.misses
        return 2 * self.hits / both if both else 1.0

    @property
    def precision(self) -> float:
        """The share of what was named that was right."""
        named = self.hits + self.alarms
        return self.hits / named if named else 1.0

    @property
    def recall(self) -> float:
        """The share of what stood there that was named."""
        there = self.hits + self.misses
        return self.hits / there if there else 1.0


def scored(tables: Iterable[Table]) -> dict[str, Score]:
    """Entity → its score over all cells of some tables."""
    scores = {entity: Score() for entity in ENTITIES}
    for table in tables:
        named = told(table)
        for column in table.columns:
            if not column.scored:
                continue
            for row, held in enumerate(column.holds):
                here = {
                    entity for entity, cells in named.items() if (column.label, row) in cells and entity in scores
                }
                for entity in held & here:
                    scores[entity].hits += 1
                for entity in held - here:
                    scores[entity].misses += 1
                    scores[entity].where[f"- {column.kind}"] += 1
                for entity in here - held:
                    scores[entity].alarms += 1
                    scores[entity].where[f"+ {column.kind}"] += 1
    return scores


def report(scores: dict[str, Score], most: int = 12) -> str:
    """A table of the scores, and below it where they fall short. No cell is repeated."""
    head = f"{'entity':<18}{'TP':>8}{'FP':>8}{'FN':>8}{'precision':>11}{'recall':>9}{'F1':>9}"
    lines = [head]
    for entity, one in scores.items():
        figures = (
            f"{one.hits:>8}{one.alarms:>8}{one.misses:>8}{one.precision:>11.4f}{one.recall:>9.4f}{one.f1:>9.4f}"
        )
        lines.append(f"{entity:<18}{figures}{'' if one.f1 >= 0.95 else '   SHORT'}")
    for entity, one in scores.items():
        if one.where:
            lines.append(f"\n{entity}: + named wrongly, - missed; kind of table [header]")
            lines += [f"  {count:>7} {kind}" for kind, count in one.where.most_common(most)]
    return "\n".join(lines) + "\n"


def every(monkeypatch: object = None) -> None:
    """Has every place named instead of the first ten, so that cells can be counted."""
    from pipelines.govern.personal import column

    if monkeypatch is None:
        column.SHOWN = sys.maxsize
    else:
        monkeypatch.setattr(column, "SHOWN", sys.maxsize)  # type: ignore[attr-defined]


def whole(cells: int, *seed: object) -> Iterable[Table]:
    """The corpus of every entity, one after the other."""
    for entity in ENTITIES:
        yield from corpus(entity, cells, *seed)


if __name__ == "__main__":
    every()
    print(report(scored(whole(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, *sys.argv[2:3]))), end="")
