"""Helpers of the cleaning tests: a table, a recipe, and the two twins every step is tested with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas

from metadata.finding import Place
from metadata.recipe import Course, Recipe, Source, Step
from pipelines.clean import Cleaned, bind, clean
from pipelines.ledger import undo

AT = Place(dataset="กองทุน", resource="funds")
Given = dict[str, Any]


def table(columns: dict[str, list[str]], first: int = 4) -> pandas.DataFrame:
    """A table as the readers give it; its first record stands in source row 4."""
    height = len(next(iter(columns.values())))
    return pandas.DataFrame(
        columns, index=pandas.RangeIndex(first, first + height, name="source_row"), dtype="str"
    )


def recipe(*steps: tuple[str, Given]) -> Recipe:
    """A recipe whose step n stands on line n + 4."""
    made = tuple(
        Step(name=name, parameters=given, number=number, line=number + 4)
        for number, (name, given) in enumerate(steps, 1)
    )
    course = Course(resource="funds", reads=Source(path="source/กองทุน.csv"), steps=made)
    return Recipe(file="recipe.yaml", courses=(course,))


def run(frame: pandas.DataFrame, *steps: tuple[str, Given], own: Path | None = None) -> Cleaned:
    """Cleans a table and, whatever the steps, proves that the ledger leads back to what was read."""
    course = bind(recipe(*steps), own).course("funds")
    assert course is not None
    made = clean(course, frame, sheet="สรุป", at=AT)
    release = made.table.reset_index(drop=True)
    pandas.testing.assert_frame_equal(
        undo(release, made.ledger, made.rows), frame.astype("str"), check_index_type=False
    )
    return made


def does(step: str, before: str, after: str, **given: Any) -> None:
    """A value step makes `after` of `before`, and doing it again changes nothing."""
    made = run(table({"ค่า": [before]}), (step, {"columns": ["ค่า"], **given}))
    assert made.table["ค่า"].tolist() == [after]
    assert made.ledger["kind"].to_list() == ["changed"]
    assert made.findings == ()
    again = run(made.table, (step, {"columns": ["ค่า"], **given}))
    assert again.ledger.filter(kind="changed").is_empty()


def leaves(step: str, text: str, **given: Any) -> None:
    """A value step leaves a text alone, without a word."""
    made = run(table({"ค่า": [text]}), (step, {"columns": ["ค่า"], **given}))
    assert made.table["ค่า"].tolist() == [text]
    assert made.ledger.is_empty()
    assert made.findings == ()


def doubts(step: str, text: str, reason: str, **given: Any) -> None:
    """A value step will not decide: the text stays, the ledger and a Finding say so, without the text."""
    made = run(table({"ค่า": [text]}), (step, {"columns": ["ค่า"], **given}))
    assert made.table["ค่า"].tolist() == [text]
    assert made.ledger["kind"].to_list() == ["undecided"]
    (finding,) = made.findings
    assert (finding.rule, finding.severity) == (f"undecided-{reason}", "warning")
    assert finding.at == Place(dataset="กองทุน", resource="funds", sheet="สรุป", row=2, source_row=4, column="ค่า")
    assert finding.values["count"] == 1
