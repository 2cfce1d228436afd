"""Small counts are left out, and nobody can work them out: proved by an attacker, table after table."""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path

import pandas
import pytest
from cleaning import run, table
from disclosure_attack import FAR, Place, interval, searched
from slicing import build as built

from metadata.workspace import Workspace
from pipelines.steps.protect_cells import suppress_small
from pipelines.suppression import suppress

pytestmark = pytest.mark.workers

BY, COUNT = ["row", "column"], "people"
STEP = {"counts": [COUNT], "by": BY}


KINDS = (0, 1, 2, 3, 4, 6, 9, 15, 40)


def drawn_table(drawn: random.Random, rows: int, columns: int, kinds: tuple[int, ...] = KINDS) -> dict[Place, int]:
    """Counts with their totals, many of them small."""
    counts = {place: drawn.choice(kinds) for place in product(range(rows), range(columns))}
    totalled: dict[Place, int] = {}
    for row, column in product(range(rows + 1), range(columns + 1)):
        over = product(*([at] if at < all_ else range(all_) for at, all_ in ((row, rows), (column, columns))))
        totalled[row, column] = sum(counts[place] for place in over)
    return totalled


def long(counts: dict[Place, int], first: int = 4) -> pandas.DataFrame:
    last = max(counts)
    texts = {
        place: ["รวม" if at == end else f"{at}" for at, end in zip(place, last, strict=True)] for place in counts
    }
    columns = {
        "row": [text[0] for text in texts.values()],
        "column": [text[1] for text in texts.values()],
        COUNT: [f"{count}" for count in counts.values()],
    }
    return table(columns, first)


def hidden_in(counts: dict[Place, int], made: pandas.DataFrame, mark: str = "*") -> set[Place]:
    return {place for place, text in zip(counts, made[COUNT], strict=True) if text == mark}


@pytest.mark.parametrize("part", range(5))
def test_no_small_count_of_500_tables_can_be_worked_out(part: int) -> None:
    drawn = random.Random(part)  # noqa: S311
    for _ in range(100):
        counts = drawn_table(drawn, drawn.randint(1, 4), drawn.randint(1, 4))
        below = drawn.choice([3, 5, 10])
        outcome = suppress_small(long(counts), **STEP, below=below)
        hidden = hidden_in(counts, outcome.table)
        small = {place for place, count in counts.items() if 0 < count < below}
        assert small <= hidden
        assert not outcome.undecided
        for place in hidden:
            least, most = interval(counts, hidden, place)
            assert most - least >= (below if place in small else 1)
        if not small:
            assert not hidden
        untouched = {place for place in counts if place not in hidden}
        texts = dict(zip(counts, outcome.table[COUNT], strict=True))
        assert all(texts[place] == f"{counts[place]}" for place in untouched)


def test_the_attacker_finds_what_trying_every_table_finds() -> None:
    drawn = random.Random(3)  # noqa: S311
    bounded = 0
    for _ in range(30):
        counts = drawn_table(drawn, 2, drawn.randint(1, 2), kinds=(0, 1, 2, 5))
        hidden = {place for place in counts if drawn.random() < 0.6}
        for place in hidden:
            low, high = interval(counts, hidden, place)
            if high - counts[place] < FAR:  # else nothing bounds it: there is no end to trying
                assert (low, high) == searched(counts, hidden, place, far=max(counts.values()) + 1)
                bounded += 1
    assert bounded > 30


def test_without_the_second_suppression_the_attacker_has_the_small_counts() -> None:
    drawn = random.Random(5)  # noqa: S311
    found = 0
    for _ in range(50):
        counts = drawn_table(drawn, 4, 4)
        hidden = {place for place, count in counts.items() if 0 < count < 3}
        found += any(low == high for low, high in (interval(counts, hidden, place) for place in hidden))
    assert found > 10


def test_one_small_cell_takes_three_others_with_it_and_the_ledger_has_them_all() -> None:
    counts = {(0, 0): 2, (0, 1): 20, (1, 0): 30, (1, 1): 40, (2, 0): 50, (2, 1): 60}
    counts |= {(row, 2): counts[row, 0] + counts[row, 1] for row in range(3)}
    counts |= {(3, column): sum(counts[row, column] for row in range(3)) for column in range(3)}
    made = run(long(counts), ("suppress-small", STEP))
    hidden = hidden_in(counts, made.table)
    assert len(hidden) == 4
    assert (0, 0) in hidden and not {(row, 2) for row in range(4)} & hidden
    lines = made.ledger.filter(kind="changed")
    assert sorted(lines["before"].to_list()) == sorted(f"{counts[place]}" for place in hidden)
    assert set(lines["after"].to_list()) == {"*"}
    again = run(made.table, ("suppress-small", STEP))
    assert again.ledger.is_empty()


def test_hardly_a_count_is_left_out_that_need_not_be() -> None:
    """Of those that are not small: how many could be told after all, one after the other, the greatest first."""
    drawn = random.Random(8)  # noqa: S311
    others = spare = 0
    for _ in range(12):
        counts = drawn_table(drawn, drawn.randint(3, 5), drawn.randint(3, 5))
        hidden = hidden_in(counts, suppress_small(long(counts), counts=[COUNT], by=BY).table)
        small = {place for place, count in counts.items() if 0 < count < 5}
        others += len(hidden - small)
        for place in sorted(hidden - small, key=lambda place: -counts[place]):
            fewer = hidden - {place}
            ranges = {one: interval(counts, fewer, one) for one in fewer}
            if all(most - least >= (5 if one in small else 1) for one, (least, most) in ranges.items()):
                hidden, spare = fewer, spare + 1
    assert others > 20 and spare <= others / 10


def test_a_table_without_small_counts_is_left_alone() -> None:
    counts = {(0, 0): 5, (0, 1): 0, (1, 0): 7, (1, 1): 1000}
    made = run(long(counts), ("suppress-small", STEP))
    assert made.ledger.is_empty() and made.findings == ()


def test_counts_whose_totals_nobody_knows_take_no_others_with_them() -> None:
    frame = table({"row": ["0", "0", "1", "1"], "column": ["0", "1"] * 2, COUNT: ["2", "20", "30", "40"]})
    assert run(frame, ("suppress-small", STEP)).table[COUNT].tolist() == ["*", "20", "30", "40"]
    everywhere = run(frame, ("suppress-small", {**STEP, "known": "everywhere", "mark": "น้อย"}))
    assert everywhere.table[COUNT].tolist() == ["น้อย"] * 4


def test_what_cannot_be_hidden_from_who_knows_the_totals_is_told() -> None:
    frame = table({"row": ["0", "0"], "column": ["0", "1"], COUNT: ["1", "2"]})
    made = run(frame, ("suppress-small", {**STEP, "by": ["column"], "known": "everywhere"}))
    assert made.table[COUNT].tolist() == ["*", "*"]
    (finding,) = made.findings
    assert (finding.rule, finding.values["count"], finding.at.row) == ("undecided-unprotected", 2, 2)
    assert finding.severity == "error"


def test_columns_that_add_up_are_a_way_of_the_table() -> None:
    frame = table(
        {
            "area": ["a", "b", "รวม"],
            "men": ["2", "30", "32"],
            "women": ["20", "40", "60"],
            "all": ["22", "70", "92"],
        }
    )
    given = {"counts": ["men", "women", "all"], "by": ["area"], "sums": {"all": ["men", "women"]}}
    made = run(frame, ("suppress-small", given)).table
    assert made[["men", "women"]].to_numpy().tolist() == [["*", "*"], ["*", "*"], ["32", "60"]]
    assert made["all"].tolist() == ["22", "70", "92"]
    alone = run(frame, ("suppress-small", {**given, "sums": {}})).table
    assert alone["women"].tolist() == ["20", "40", "60"]


def test_totals_of_totals_are_sums_too() -> None:
    """Districts within provinces, with a total for each province and one for all."""
    rows = [
        ("x", "1", "2"),
        ("x", "2", "30"),
        ("x", "รวม", "32"),
        ("y", "3", "50"),
        ("y", "4", "60"),
        ("y", "รวม", "110"),
    ]
    rows.append(("รวม", "", "142"))
    frame = table(dict(zip(("province", "district", COUNT), map(list, zip(*rows, strict=True)), strict=True)))
    given = {"counts": [COUNT], "by": ["province", "district"], "totals": ["รวม", ""]}
    made = run(frame, ("suppress-small", given)).table[COUNT].tolist()
    assert made == ["*", "*", "32", "50", "60", "110", "142"]


def test_what_is_no_count_does_not_go_out_and_is_told() -> None:
    frame = table({"row": ["0", "1", "2", "3"], "column": ["0"] * 4, COUNT: ["3 คน", "-1", "", "12"]})
    made = run(frame, ("suppress-small", STEP))
    assert made.table[COUNT].tolist() == ["", "", "", "12"]
    (finding,) = made.findings
    assert (finding.rule, finding.values["count"]) == ("undecided-emptied", 2)


def test_in_three_ways_the_witnesses_are_whole_tables() -> None:
    """Sums over three ways are no network: what a solver finds between whole numbers does not count."""
    drawn = random.Random(11)  # noqa: S311
    for _ in range(5):
        ways = (2, 3, 2)
        counts = {place: drawn.choice([0, 1, 2, 4, 6, 9]) for place in product(*map(range, ways))}
        values, relations, at = [], [], {}
        for place in product(*(range(way + 1) for way in ways)):
            over = product(*([one] if one < way else range(way) for one, way in zip(place, ways, strict=True)))
            at[place] = len(values)
            values.append(sum(counts[one] for one in over))
        for place in at:
            for number, way in enumerate(ways):
                if place[number] == way:
                    parts = [at[*place[:number], one, *place[number + 1 :]] for one in range(way)]
                    relations.append({**dict.fromkeys(parts, 1), at[place]: -1})
        small = [place for place, value in enumerate(values) if 0 < value < 3]
        found = suppress(values, relations, small, 3)
        assert not found.open and set(small) <= found.cells
        for cell in small:
            assert len(possible(values, relations, found.cells, cell)) == 4


def possible(values: list[int], relations: list[dict[int, int]], hidden: frozenset[int], cell: int) -> set[int]:
    """Four numbers next to each other that a hidden count can be, if a search for whole tables finds them."""
    import highspy

    found: set[int] = set()
    for wanted in range(values[cell] + 4):
        model = highspy.Highs()
        model.setOptionValue("output_flag", False)
        unknown = {one: model.addIntegral(lb=0, ub=200) for one in hidden}
        for relation in relations:
            terms = [sign * unknown[one] for one, sign in relation.items() if one in hidden]
            rest = sum(sign * values[one] for one, sign in relation.items() if one not in hidden)
            if terms:
                model.addConstr(sum(terms) == -rest)
        model.addConstr(unknown[cell] == wanted)
        model.run()
        if model.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            found.add(wanted)
    ordered = sorted(found)
    runs = [ordered[at : at + 4] for at in range(len(ordered) - 3) if ordered[at + 3] - ordered[at] == 3]
    return set(runs[0]) if runs else set()


def test_a_suppressed_table_is_valid_and_no_longer_found(tmp_path: Path) -> None:
    (tmp_path / "ill/source").mkdir(parents=True)
    (tmp_path / "workspace.yaml").write_text("agency: {name: agency, title: หน่วยงาน}\n", encoding="utf-8")
    counts = {(0, 0): 2, (0, 1): 20, (1, 0): 30, (1, 1): 40, (0, 2): 22, (1, 2): 70, (2, 0): 32, (2, 1): 60}
    long(counts | {(2, 2): 92}).to_csv(tmp_path / "ill/source/ill.csv", index=False)
    fields = "[{name: row, role: quasi-identifier}, {name: column}, {name: people, type: integer, role: count}]"
    schema = f'{{missingValues: ["", "*"], fields: {fields}}}'
    described = f"name: ill\nresources:\n  - name: ill\n    schema: {schema}\n"
    (tmp_path / "ill/datapackage.yaml").write_text(described, encoding="utf-8")
    step = "suppress-small: {counts: [people], by: [row, column]}"
    told = []
    for steps in ("[]", f"[{step}]"):
        recipe = f"resources:\n  ill:\n    reads: {{path: source/ill.csv}}\n    steps: {steps}\n"
        (tmp_path / "ill/recipe.yaml").write_text(recipe, encoding="utf-8")
        report, _ = built(Workspace.open(tmp_path))
        told.append({one["rule"] for one in json.loads(report["ill/report.json"])["findings"]})
    assert "small-cell" in told[0] and "small-cell" not in told[1]
    assert not {"type-error", "constraint-error", "undecided-unprotected"} & (told[0] | told[1])
