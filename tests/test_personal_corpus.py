"""Personal data is told from what looks like it: measured cell by cell on a corpus that is generated and labelled.

A short round runs by default, a longer one with `make test-workers`. The whole of it, 20,000 cells and more for
each kind, takes some minutes: `python tests/personal_scored.py 20000 whole` prints its figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from personal_clean import KINDS, clean
from personal_corpus import ENTITIES, Column, Table, corpus
from personal_scored import named, report, scored, whole
from personal_values import DISGUISES, bare_id, seeded

WANTED = 0.95
CELLS = 20_000
"""At least so many for each kind."""
LONGER = 2_000
"""So many of each kind in the round that `make test-workers` runs."""
BLOCKED = 0.005
"""Of clean tables, the share that may be refused wrongly."""


def refused(tables: Iterable[Table]) -> list[str]:
    """The kinds of those in which an error is found, and of what."""
    return [
        f"{table.kind}: {label}, {sorted(found)}"
        for table in tables
        for label, found in named(table).items()
        if found
    ]


@pytest.mark.parametrize("name", DISGUISES)
def test_no_disguise_hides_a_national_id(name: str) -> None:
    random = seeded("disguise", name)
    cells = tuple(DISGUISES[name](bare_id(random), random) for _ in range(30))
    held = (frozenset({"national-id"}),) * len(cells)
    columns = (
        Column(label="ข้อมูล", kind=name, cells=cells, holds=held),
        Column(label="จังหวัด", kind=name, cells=("น่าน",) * len(cells), holds=(frozenset(),) * len(cells)),
    )
    found = named(Table(kind=name, columns=columns))
    assert found["ข้อมูล"].get("national-id") == set(range(len(cells)))


def test_a_short_round_of_the_corpus() -> None:
    scores = scored(whole(60))
    assert {name for name, one in scores.items() if one.f1 < WANTED} == set(), report(scores)
    assert scores["national-id"].recall == 1.0


def test_some_clean_tables_are_not_refused() -> None:
    assert refused(clean(len(KINDS))) == []


def test_the_corpus_is_the_same_each_time_and_holds_what_it_says() -> None:
    first, again = (list(corpus("phone", 500)) for _ in range(2))
    assert first == again
    held = Counter(
        entity for table in first for column in table.columns for here in column.holds for entity in here
    )
    assert held["phone"] > 100


@pytest.mark.workers
@pytest.mark.parametrize("seed", ["whole"])
def test_a_longer_round_of_the_corpus(seed: str) -> None:
    scores = scored(whole(LONGER, seed))
    assert {name for name, one in scores.items() if one.f1 < WANTED} == set(), report(scores)
    assert scores["national-id"].recall == 1.0, report(scores)


@pytest.mark.workers
@pytest.mark.parametrize("entity", ENTITIES)
def test_every_kind_has_enough_cells(entity: str) -> None:
    assert sum(len(table.columns[0].cells) for table in corpus(entity, CELLS, "whole")) >= CELLS


@pytest.mark.workers
def test_of_a_thousand_clean_tables_hardly_one_is_refused() -> None:
    tables = list(clean(1000))
    assert len(tables) == 1000
    found = [table.kind for table in tables if refused([table])]
    assert len(found) <= BLOCKED * len(tables), "\n".join(refused(tables))
