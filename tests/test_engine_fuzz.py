"""The engine's verdict is frictionless' own: a short round of the fuzzer, which sees what is planted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from engine_case import Case, File
from engine_cases import case
from engine_compare import Verdict
from engine_fuzz import run
from engine_shrink import shrunk

from pipelines import engine

pytestmark = pytest.mark.usefixtures("files_left_open")
ROUNDS = 40
MOST = 100
"""Records of a file: what `python tests/engine_fuzz.py --rounds 10000` looks for in larger ones takes minutes."""


@cache
def verdict(number: int) -> Verdict:
    """The verdict on one of the round's cases."""
    return run(case(2026, number, most=MOST))


def given(*, rows: int = 60, limit: int = 1000) -> Case:
    """A file with two bad cells and a repeated key."""
    records = [["id", "จำนวน", "note", "\n"]]
    records += [[str(number), str(number * 3), f"ข้อความ {number}", "\n"] for number in range(1, rows + 1)]
    records[20][1] = "สาม"
    records[40][1] = "-1"
    records[50][0] = "7"
    fields = [
        {"name": "id", "type": "integer", "constraints": {"required": True}},
        {"name": "จำนวน", "type": "integer", "constraints": {"minimum": 0}},
        {"name": "note", "type": "string"},
    ]
    return Case(
        name="given",
        descriptor={
            "name": "given",
            "type": "table",
            "path": "given.csv",
            "encoding": "utf-8",
            "schema": {"fields": fields, "primaryKey": ["id"]},
        },
        files={"given.csv": File(records=records)},
        limit=limit,
        knobs={"HEAD": 5, "FIRST_BLOCK": 100, "LARGEST_BLOCK": 200, "SMALL": 0, "SOON": 0},
    )


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_random_case_is_judged_alike(number: int) -> None:
    assert verdict(number).kind != "different", verdict(number)


def test_a_case_is_the_same_each_time_and_survives_its_file() -> None:
    for number in range(8):
        made = case(7, number)
        assert made == case(7, number)
        assert Case.from_json(made.to_json()) == made


def test_the_hand_made_case_is_judged_alike_and_sifted() -> None:
    seen = run(given())
    assert seen.kind == "equal"
    assert [(way.sifted, way.rows, way.judged < 12) for way in seen.ways] == [(True, 60, True)]


def test_the_round_holds_what_it_is_for() -> None:
    """Rows cleared without frictionless, files that it reads itself, and cases in which it raises."""
    round_ = [verdict(number) for number in range(ROUNDS)]
    assert {"equal", "raises"} <= {one.kind for one in round_}
    ways = [way for one in round_ for way in one.ways]
    assert sum(way.sifted for way in ways) > ROUNDS / 4
    assert sum(way.rows - way.judged for way in ways if way.sifted) > 200
    assert len({way.because for way in ways}) > 3


def _last_error_gone(_subject: Any, task: Any) -> None:
    task.errors.pop()


def _two_errors_swapped(_subject: Any, task: Any) -> None:
    task.errors[0], task.errors[1] = task.errors[1], task.errors[0]


def _another_row(_subject: Any, task: Any) -> None:
    task.errors[0].row_number += 1


def _a_number_for_a_text(_subject: Any, task: Any) -> None:
    task.errors[0].cells = [*task.errors[0].cells[:-1], 1]


def _another_hash(_subject: Any, task: Any) -> None:
    task.stats["sha256"] = task.stats["sha256"][::-1]


def _one_byte_more(_subject: Any, task: Any) -> None:
    task.stats["bytes"] += 1


def _a_row_less(_subject: Any, task: Any) -> None:
    task.stats["rows"] -= 1


def _no_field_count(_subject: Any, task: Any) -> None:
    del task.stats["fields"]


def _another_label(_subject: Any, task: Any) -> None:
    task.labels[0] = "ID"


def _a_warning(_subject: Any, task: Any) -> None:
    task.warnings.append("reached error limit: 3")


def _an_encoding(subject: Any, _task: Any) -> None:
    subject.encoding = "utf-8-sig"


def _rows_of_the_resource(subject: Any, _task: Any) -> None:
    subject.stats.rows = None


PLANTED: dict[Callable[[Any, Any], None], str] = {
    _last_error_gone: "report.tasks.0.errors (length)",
    _two_errors_swapped: "report.tasks.0.errors.0.type",
    _another_row: "report.tasks.0.errors.0.rowNumber",
    _a_number_for_a_text: "report.tasks.0.errors.0.cells.2",
    _another_hash: "report.tasks.0.stats.sha256",
    _one_byte_more: "report.tasks.0.stats.bytes",
    _a_row_less: "report.tasks.0.stats.rows",
    _no_field_count: "report.tasks.0.stats.fields",
    _another_label: "report.tasks.0.labels.0",
    _a_warning: "report.tasks.0.warnings (length)",
    _an_encoding: "state.0.descriptor.encoding",
    _rows_of_the_resource: "state.0.stats.rows",
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__.strip("_"))
def test_a_planted_difference_is_seen(plant: Callable[[Any, Any], None]) -> None:
    def judge(subject: Any, **options: Any) -> engine.Judgement:
        made = engine.judge(subject, **options)
        plant(subject, made.report.tasks[0])
        return made

    seen = run(given(), judge=judge)
    assert (seen.kind, seen.where) == ("different", PLANTED[plant])


@pytest.mark.parametrize("words", ["another text", None])
def test_a_failure_with_other_words_or_none_is_seen(words: str | None) -> None:
    """A bound that cannot be read makes frictionless raise; the engine must say the same."""

    def judge(subject: Any, **options: Any) -> engine.Judgement:
        try:
            return engine.judge(subject, **options)
        except engine.JudgeFailed as error:
            if words:
                raise engine.JudgeFailed(error.error, words) from error
            import frictionless

            return engine.Judgement(report=frictionless.Report.from_validation(), ways=())

    raising = given()
    raising.descriptor["schema"]["fields"][1]["constraints"]["minimum"] = "x"
    assert run(raising).kind == "raises"
    assert run(raising, judge=judge).kind == "different"


def test_a_difference_is_shrunk_to_what_makes_it() -> None:
    """Here: an engine that does not see the cell that is no number."""

    def judge(subject: Any, **options: Any) -> engine.Judgement:
        made = engine.judge(subject, **options)
        for task in made.report.tasks:
            task.errors[:] = [error for error in task.errors if getattr(error, "cell", "") != "สาม"]
        return made

    def differs(candidate: Case) -> bool:
        return run(candidate, judge=judge).kind == "different"

    assert differs(given())
    small = shrunk(given(), differs, seconds=30)
    (file,) = small.files.values()
    assert len(small.descriptor["schema"]["fields"]) == 1
    assert [record[:-1] for record in file.records if "สาม" in record] == [["สาม"]]
    assert len(file.records) <= 2
