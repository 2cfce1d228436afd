"""The cleaning engine: binding before a row is read, value and table steps, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas
import pytest

from metadata.errors import SetupError
from metadata.finding import Place
from metadata.recipe import Course, Recipe, Source, Step
from pipelines.clean import Cleaned, bind, clean
from pipelines.ledger import SCHEMA, undo

AT = Place(dataset="กองทุน", resource="funds")


def table(**columns: list[str]) -> pandas.DataFrame:
    height = len(next(iter(columns.values())))
    return pandas.DataFrame(columns, index=pandas.RangeIndex(4, 4 + height, name="source_row"), dtype="str")


def recipe(*steps: tuple[str, dict[str, Any]]) -> Recipe:
    made = tuple(
        Step(name=name, parameters=given, number=number, line=number + 4)
        for number, (name, given) in enumerate(steps, 1)
    )
    course = Course(resource="funds", reads=Source(path="source/x.csv"), steps=made)
    return Recipe(file="recipe.yaml", courses=(course,))


def run(frame: pandas.DataFrame, *steps: tuple[str, dict[str, Any]], own: Path | None = None) -> Cleaned:
    course = bind(recipe(*steps), own).course("funds")
    assert course is not None
    return clean(course, frame, sheet="สรุป", at=AT)


def test_a_value_step_changes_only_what_it_must_and_the_ledger_says_so() -> None:
    made = run(table(a=["๑๒", "12", "๑๒"], b=["x", "๓", ""]), ("thai-digits", {}))
    assert made.table["a"].tolist() == ["12", "12", "12"]
    assert dict(made.ledger.schema) == SCHEMA
    assert made.ledger.rows() == [
        (1, "funds", "สรุป", 4, "a", "a", "๑๒", "12", "1 thai-digits", "changed"),
        (2, "funds", "สรุป", 6, "a", "a", "๑๒", "12", "1 thai-digits", "changed"),
        (3, "funds", "สรุป", 5, "b", "b", "๓", "3", "1 thai-digits", "changed"),
    ]
    assert made.changes == {"1 thai-digits": 3}


def test_a_renamed_column_is_one_line_and_later_lines_know_both_names() -> None:
    made = run(table(ชื่อ=["ก ", "ข"]), ("rename", {"columns": {"ชื่อ": "name"}}), ("trim", {}))
    assert made.ledger.select("source_row", "source_column", "column", "before", "after", "kind").rows() == [
        (None, "ชื่อ", "name", "ชื่อ", "name", "renamed"),
        (4, "ชื่อ", "name", "ก ", "ก", "changed"),
    ]
    assert undo(made.table, made.ledger, made.rows).to_dict("split") == table(ชื่อ=["ก ", "ข"]).to_dict("split")


def test_an_unknown_step_names_file_line_and_a_suggestion() -> None:
    with pytest.raises(SetupError) as caught:
        bind(recipe(("trim", {}), ("thai-digit", {})))
    assert caught.value.kind == "step-unknown"
    assert caught.value.values["file"] == "recipe.yaml"
    assert (caught.value.values["line"], caught.value.values["number"]) == (6, 2)
    assert caught.value.values["suggestion"][0] == "thai-digits"


def test_a_misspelt_parameter_names_those_that_exist() -> None:
    with pytest.raises(SetupError) as caught:
        bind(recipe(("trim", {"iner": True})))
    assert caught.value.kind == "step-parameter"
    assert caught.value.values["known"] == ["columns", "inner"]
    assert caught.value.values["suggestion"] == ["inner"]


def test_a_parameter_of_the_wrong_type_says_what_is_expected() -> None:
    with pytest.raises(SetupError) as caught:
        bind(recipe(("trim", {"inner": "perhaps"})))
    assert caught.value.kind == "step-parameter-value"
    assert caught.value.values["expected"] == "true | false"


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(SetupError) as caught:
        bind(recipe(("rename", {})))
    assert (caught.value.kind, caught.value.values["parameter"]) == ("step-parameter-missing", "columns")


def test_a_column_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(SetupError) as caught:
        run(table(จังหวัด=["ก"]), ("trim", {"columns": ["จังหวด"]}))
    assert caught.value.kind == "step-column"
    assert caught.value.values["known"] == ["จังหวัด"]
    assert caught.value.values["suggestion"] == ["จังหวัด"]
