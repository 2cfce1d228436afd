"""The ledger's promise: applied backwards to a release it gives the table of text that was read, cell for cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metadata.errors import SetupError
from metadata.finding import Place
from metadata.recipe import Course, Recipe, Source, Step
from pipelines.clean import Cleaned, bind, clean
from pipelines.ledger import ROWS, SCHEMA, out_of_order, undo

OWN = '''
"""Steps that a steward might write: each keeps origins, none tells the ledger anything."""
import pandas
from pipelines.steps import table_step, value_step, Undecided

@table_step(whole=True)
def turn_over(table: pandas.DataFrame) -> pandas.DataFrame:
    """Reverses the rows."""
    return table.iloc[::-1]

@table_step(whole=True)
def turn_columns(table: pandas.DataFrame) -> pandas.DataFrame:
    """Reverses the columns."""
    return table[list(reversed(table.columns))]

@table_step(whole=True)
def merge_pairs(table: pandas.DataFrame) -> pandas.DataFrame:
    """Joins every two rows into one."""
    rows, origins = [], []
    for start in range(0, len(table), 2):
        pair = table.iloc[start:start + 2]
        rows.append([" ".join(pair[label]) for label in table.columns])
        origins.append(tuple(pair.index) if len(pair) > 1 else pair.index[0])
    index = pandas.Index(origins, tupleize_cols=False, dtype=object)
    return pandas.DataFrame(rows, index=index, columns=table.columns, dtype="str")

@table_step(whole=True)
def every_other(table: pandas.DataFrame) -> pandas.DataFrame:
    """Drops every second row and marks the first column of the others."""
    kept = table.iloc[::2].copy()
    kept[kept.columns[0]] = [text + "!" for text in kept[kept.columns[0]]]
    return kept

@table_step
def new_names(table: pandas.DataFrame) -> pandas.DataFrame:
    """Renames without saying so."""
    return table.set_axis([label + "~" for label in table.columns], axis="columns")

@table_step
def drop_first(table: pandas.DataFrame) -> pandas.DataFrame:
    """Drops the first column, unless it is the last."""
    return table.iloc[:, 1:] if len(table.columns) > 1 else table

@value_step
def doubt(text: str) -> str | Undecided:
    """Decides nothing about what has a one in it."""
    return Undecided("doubt") if "1" in text else text + "."
'''

LABELS = ["จังหวัด", "ปี", "2566", "2567", "งบประมาณ"]
TEXTS = st.sampled_from(["", "๑", "1", " กรุงเทพ ", "โคราช", "รวม", "-", "ก", "1,000", "5 ม.ค. 67", "2567", "เเพร่"])


@st.composite
def tables(draw: st.DrawFn) -> pandas.DataFrame:
    labels = draw(st.lists(st.sampled_from(LABELS), min_size=1, max_size=5, unique=True))
    rows = draw(st.lists(st.lists(TEXTS, min_size=len(labels), max_size=len(labels)), max_size=6))
    gaps = draw(st.lists(st.integers(1, 3), min_size=len(rows), max_size=len(rows)))
    origins = [1 + sum(gaps[: number + 1]) for number in range(len(rows))]
    index = pandas.Index(origins, dtype="int64", name="source_row")
    return pandas.DataFrame(rows, index=index, columns=labels, dtype="str")


@st.composite
def step(draw: st.DrawFn, labels: list[str], number: int) -> tuple[str, dict[str, Any]]:
    some = st.lists(st.sampled_from(labels), min_size=1, max_size=3, unique=True)
    one = draw(st.sampled_from(labels))
    few = draw(some)
    plain = ["trim", "blanks", "thai-digits", "text", "doubt", "drop-totals", "drop-blank-rows", "dedupe"]
    plain += ["turn-over", "turn-columns", "merge-pairs", "every-other", "new-names", "drop-first"]
    swapped = {label: few[(place + 1) % len(few)] for place, label in enumerate(few)}
    choices: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in plain]
    choices += [
        ("rename", {"columns": {one: f"new{number}"}}),
        ("rename", {"columns": swapped}),
        ("select", {"columns": few}),
        ("drop-columns", {"columns": few[:-1]}),
        ("fill-down", {"columns": few}),
        ("sort", {"columns": few, "descending": draw(st.booleans())}),
        ("number", {"columns": few}),
        ("thai-date", {"columns": few, "precision": "as-written"}),
        ("province", {"columns": [one], "code": f"code{number}"}),
        ("replace", {"columns": few, "values": {"": "ว่าง", "ก": ""}}),
        ("constant", {"column": f"always{number}", "value": "x"}),
        ("constant", {"column": draw(st.sampled_from(LABELS)), "value": "y"}),
        ("dedupe", {"columns": few}),
        ("drop-rows", {"where": {one: ["", "1"]}}),
        ("split", {"column": one, "pattern": "(.)(.*)", "into": [f"p{number}", f"q{number}"]}),
        ("unpivot", {"columns": few, "names_to": f"n{number}", "values_to": f"v{number}"}),
    ]
    return draw(st.sampled_from(choices))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datasets") / "steps.py"
    path.write_text(OWN, encoding="utf-8")
    return path


def run(table: pandas.DataFrame, steps: list[tuple[str, dict[str, Any]]], own: Path) -> Cleaned:
    made = tuple(Step(name=name, parameters=given, number=n) for n, (name, given) in enumerate(steps, 1))
    course = Course(resource="r", reads=Source(path="x.csv"), steps=made)
    bound = bind(Recipe(file="recipe.yaml", courses=(course,)), own).course("r")
    assert bound is not None
    return clean(bound, table, sheet=None, at=Place(dataset="d", resource="r"))


@pytest.mark.workers
@settings(max_examples=250, deadline=None)
@given(data=st.data(), table=tables())
def test_undoing_any_recipe_gives_the_text_that_was_read(
    data: st.DataObject, table: pandas.DataFrame, own: Path
) -> None:
    steps: list[tuple[str, dict[str, Any]]] = []
    made = run(table, steps, own)
    for number in range(1, data.draw(st.integers(0, 6)) + 1):
        tried = [*steps, data.draw(step(list(made.table.columns), number))]
        try:
            made, steps = run(table, tried, own), tried
        except SetupError as refused:
            assert refused.kind in ("step-column-taken", "step-result-labels")
    release = made.table.reset_index(drop=True)
    pandas.testing.assert_frame_equal(undo(release, made.ledger, made.rows), table, obj=str(steps))
    assert dict(made.ledger.schema) == SCHEMA
    assert dict(made.rows.schema) == ROWS
    assert made.ledger["seq"].to_list() == list(range(1, made.ledger.height + 1))
    assert made.rows["row"].unique().to_list() == list(range(2, len(release) + 2))
    assert sum(made.changes.values()) == made.ledger.height


@given(order=st.permutations(range(7)), shown=st.integers(0, 7))
def test_only_the_columns_out_of_place_are_given_a_number(order: list[int], shown: int) -> None:
    right = [str(number) for number in range(7)]
    labels = [str(number) for number in order[:shown]]
    loose = set(out_of_order(labels, right))
    kept = [label for label in labels if label not in loose]
    assert kept == sorted(kept)
    assert (not loose) == (labels == sorted(labels))


def test_a_table_that_no_step_touched_has_no_ledger_and_is_its_own_undoing(own: Path) -> None:
    table = pandas.DataFrame({"ก": ["1", ""]}, index=pandas.Index([2, 5], name="source_row"), dtype="str")
    made = run(table, [("trim", {})], own)
    assert made.ledger.equals(polars.DataFrame(schema=SCHEMA))
    pandas.testing.assert_frame_equal(undo(made.table, made.ledger, made.rows), table)
