"""What the detectors find in a labelled corpus, cell by cell: hits, misses, false alarms, and their places."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from personal_corpus import ENTITIES, Column, Table, corpus

if TYPE_CHECKING:
    import polars


def frame(table: Table) -> polars.DataFrame:
    """The table as a reader gives it: all cells text."""
    import polars

    columns = {one.label: list(one.cells) for one in table.columns}
    return polars.DataFrame(columns, schema=dict.fromkeys(columns, polars.String))


def named(table: Table) -> dict[str, dict[str, set[int]]]:
    """Column → entity → the rows, from 0, in which an error is found."""
    from pipelines.govern.personal import column

    columns = column.found(frame(table))
    return {
        one.label: {entity: set(rows) for entity, rows in told.items()}
        for one, told in zip(table.columns, columns, strict=True)
    }


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
        found = named(table)
        for column in table.columns:
            if column.scored:
                _add(scores, column, found[column.label])
    return scores


def _add(scores: dict[str, Score], column: Column, found: dict[str, set[int]]) -> None:
    for row, held in enumerate(column.holds):
        here = {entity for entity, rows in found.items() if row in rows and entity in scores}
        for entity in held & here:
            scores[entity].hits += 1
        for entity in held - here:
            scores[entity].misses += 1
            scores[entity].where[f"- {column.kind}"] += 1
        for entity in here - held:
            scores[entity].alarms += 1
            scores[entity].where[f"+ {column.kind}"] += 1


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


def whole(cells: int, *seed: object) -> Iterable[Table]:
    """The corpus of every entity, one after the other."""
    for entity in ENTITIES:
        yield from corpus(entity, cells, *seed)


if __name__ == "__main__":
    print(report(scored(whole(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, *sys.argv[2:3]))), end="")
