"""The cleaning engine: binding before a row is read, value and table steps, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest
from cleaning import Given, recipe, run, table

from metadata import wording
from metadata.errors import SetupError
from metadata.finding import Place
from metadata.recipe import Recipe
from pipelines.clean import bind
from pipelines.doubts import shape
from pipelines.ledger import SCHEMA


def test_a_value_step_changes_only_what_it_must_and_the_ledger_says_so() -> None:
    made = run(table({"a": ["๑๒", "12", "๑๒"], "b": ["x", "๓", ""]}), ("thai-digits", {}))
    assert made.table["a"].tolist() == ["12", "12", "12"]
    assert dict(made.ledger.schema) == SCHEMA
    assert made.ledger.rows() == [
        (1, "funds", "สรุป", 4, "a", "a", "๑๒", "12", "1 thai-digits", "changed"),
        (2, "funds", "สรุป", 6, "a", "a", "๑๒", "12", "1 thai-digits", "changed"),
        (3, "funds", "สรุป", 5, "b", "b", "๓", "3", "1 thai-digits", "changed"),
    ]
    assert made.changes == {"1 thai-digits": 3}


def test_a_step_without_work_is_counted_with_nothing() -> None:
    made = run(table({"ก": ["1"]}), ("trim", {}), ("drop-totals", {}))
    assert made.changes == {"1 trim": 0, "2 drop-totals": 0}


def test_a_renamed_column_is_one_line_and_later_lines_know_both_names() -> None:
    made = run(table({"ชื่อ": ["ก ", "ข"]}), ("rename", {"columns": {"ชื่อ": "name"}}), ("trim", {}))
    assert made.ledger.select("source_row", "source_column", "column", "before", "after", "kind").rows() == [
        (None, "ชื่อ", "name", "ชื่อ", "name", "renamed"),
        (4, "ชื่อ", "name", "ก ", "ก", "changed"),
    ]


def test_a_table_without_rows_keeps_its_columns() -> None:
    made = run(table({"ก": [], "ข": [], "ค": []}), ("trim", {}), ("drop-columns", {"columns": ["ข"]}))
    assert list(made.table.columns) == ["ก", "ค"]
    assert made.rows.is_empty()


def test_a_table_of_text_under_another_dtype_is_the_same_table() -> None:
    frame = table({"ก": ["๑", ""]}).astype(object)
    assert run(frame, ("thai-digits", {})).table["ก"].tolist() == ["1", ""]


def test_a_doubt_stands_at_the_published_row_and_column() -> None:
    made = run(
        table({"วันที่": ["รวม", "5 ม.ค. 2567", "31/02/2567"]}),
        ("thai-date", {"columns": ["วันที่"]}),
        ("drop-totals", {}),
        ("rename", {"columns": {"วันที่": "founded"}}),
    )
    (finding,) = made.findings
    assert finding.rule == "undecided-date-impossible"
    assert finding.at == Place(
        dataset="กองทุน", resource="funds", sheet="สรุป", row=3, source_row=6, column="founded"
    )
    said = wording.finding(finding, "th")
    assert "99/99/9999" in said["message"]
    assert "31/02" not in str(said)


def test_a_doubt_that_a_later_step_settles_is_no_finding_but_stays_in_the_ledger() -> None:
    made = run(
        table({"จังหวัด": ["ปากน้ำ"]}),
        ("province", {"columns": ["จังหวัด"]}),
        ("replace", {"values": {"ปากน้ำ": "สมุทรปราการ"}}),
    )
    assert made.findings == ()
    assert made.ledger["kind"].to_list() == ["undecided", "changed"]


def test_a_shape_shows_how_a_text_is_written_and_not_what_it_says() -> None:
    assert shape("31/02/2567") == "99/99/9999"
    assert shape("นายสมชาย ใจดี 08-1234") == "ก ก 99-9999"
    assert shape("John Smith") == "a a"
    assert shape("๕ ม.ค.") == "9 ก.ก."


def test_an_unknown_step_names_file_line_and_a_suggestion() -> None:
    with pytest.raises(SetupError) as caught:
        bind(recipe(("trim", {}), ("thai-digit", {})))
    assert caught.value.kind == "step-unknown"
    assert caught.value.values["file"] == "recipe.yaml"
    assert (caught.value.values["line"], caught.value.values["number"]) == (6, 2)
    assert caught.value.values["suggestion"][0] == "thai-digits"


def test_a_misspelt_parameter_names_file_and_line_as_the_steward_sees_them(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "resources:\n  funds:\n    reads: {path: source/กองทุน.csv}\n    steps:\n      - trim: {}\n"
        "      - thai-date: {columns: [founded], eras: buddhist}\n",
        encoding="utf-8",
    )
    with pytest.raises(SetupError) as caught:
        bind(Recipe.open(path, "กองทุน"), dataset="กองทุน")
    assert caught.value.kind == "step-parameter"
    assert (caught.value.values["file"], caught.value.values["line"]) == (str(path), 6)
    assert caught.value.values["known"] == ["columns", "era", "order", "precision", "time"]
    assert caught.value.values["suggestion"] == ["era"]
    assert caught.value.at == Place(dataset="กองทุน", resource="funds")


@pytest.mark.parametrize(
    ("step", "given", "expected"),
    [
        ("trim", {"inner": "perhaps"}, "true | false"),
        ("thai-date", {"columns": ["a"], "era": "thai"}, "auto | buddhist | gregorian"),
        ("rename", {"columns": ["a", "b"]}, "mapping of column to text"),
        ("select", {"columns": {"a": "b"}}, "list of column"),
        ("constant", {"column": "a", "value": 1.10}, "text"),
        ("province", {"columns": ["a", "b"], "code": "c"}, "one column (for code)"),
    ],
)
def test_a_parameter_that_does_not_fit_says_what_is_expected(
    step: str, given: dict[str, object], expected: str
) -> None:
    with pytest.raises(SetupError) as caught:
        bind(recipe((step, given)))
    assert caught.value.kind == "step-parameter-value"
    assert caught.value.values["expected"] == expected


def test_one_column_may_stand_without_brackets() -> None:
    assert run(table({"ก": ["๑"], "ข": ["๑"]}), ("thai-digits", {"columns": "ก"})).table.iloc[0].tolist() == [
        "1",
        "๑",
    ]


@pytest.mark.parametrize(
    ("step", "missing"), [("rename", "columns"), ("number", "columns"), ("constant", "column")]
)
def test_a_missing_parameter_is_named(step: str, missing: str) -> None:
    with pytest.raises(SetupError) as caught:
        bind(recipe((step, {})))
    assert (caught.value.kind, caught.value.values["parameter"]) == ("step-parameter-missing", missing)


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ("trim", {"columns": ["จังหวด"]}),
        ("rename", {"columns": {"จังหวด": "province"}}),
        ("select", {"columns": ["จังหวด"]}),
        ("drop-rows", {"where": {"จังหวด": ["x"]}}),
        ("drop-rows", {"matching": {"จังหวด": "x"}}),
        ("split", {"column": "จังหวด", "pattern": "(x)", "into": ["a"]}),
    ],
)
def test_a_column_that_is_not_there_names_those_that_are(step: str, given: dict[str, object]) -> None:
    with pytest.raises(SetupError) as caught:
        run(table({"จังหวัด": ["ก"]}), (step, given))
    assert caught.value.kind == "step-column"
    assert (caught.value.values["line"], caught.value.values["column"]) == (5, "จังหวด")
    assert caught.value.values["known"] == ["จังหวัด"]
    assert caught.value.values["suggestion"] == ["จังหวัด"]


OWN = """
import pandas
from pipelines.steps import table_step, value_step, Undecided

def _counts(counts, *, least=2):
    return {text for text, count in counts.items() if count >= least}

@value_step(survey=_counts)
def keep_common(text: str, *, least: int = 2, survey: set = frozenset()) -> str | Undecided:
    \"\"\"Keeps texts that occur often.\"\"\"
    return text if text in survey else Undecided("rare")

@value_step(adds=("first", "rest"))
def part(text: str) -> tuple[str, str, str]:
    \"\"\"Takes a text apart.\"\"\"
    return text, text[:1], text[1:]

@value_step
def boom(text: str) -> str:
    \"\"\"Fails.\"\"\"
    raise ValueError(f"cannot read {text}")

@value_step
def numeric(text: str) -> float:
    \"\"\"Gives a number.\"\"\"
    return float(text)

@table_step
def nothing(table):
    \"\"\"Forgets its result.\"\"\"

@table_step
def numbers(table: pandas.DataFrame) -> pandas.DataFrame:
    \"\"\"Makes numbers of text.\"\"\"
    return table.assign(n=1)

@table_step
def fresh_index(table: pandas.DataFrame) -> pandas.DataFrame:
    \"\"\"Loses the origins.\"\"\"
    return table.reset_index(drop=True)

@table_step
def double(table: pandas.DataFrame) -> pandas.DataFrame:
    \"\"\"Repeats every row.\"\"\"
    return pandas.concat([table, table])

@table_step
def no_columns(table: pandas.DataFrame) -> pandas.DataFrame:
    \"\"\"Drops everything.\"\"\"
    return table[[]]

@table_step(whole=True)
def whole_sum(table: pandas.DataFrame) -> pandas.DataFrame:
    \"\"\"One row of all.\"\"\"
    total = str(sum(map(int, table["n"])))
    index = pandas.Index([tuple(table.index)], tupleize_cols=False)
    return pandas.DataFrame({"n": [total]}, index=index, dtype="str")
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "steps.py"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_a_stewards_own_step_runs_and_leaves_no_bytecode(own: Path) -> None:
    made = run(table({"ก": ["ข", "ข", "ค"]}), ("keep-common", {}), own=own)
    (finding,) = made.findings
    assert (finding.rule, finding.values["reason"], finding.at.source_row) == ("undecided-own", "rare", 6)
    assert [path.name for path in own.parent.iterdir()] == ["steps.py"]


def test_a_doubt_that_repeats_the_cell_is_not_repeated(tmp_path: Path) -> None:
    own = tmp_path / "steps.py"
    lines = "from pipelines.steps import *\n@value_step\ndef odd(text):\n    return Undecided(f'not {text}')\n"
    own.write_text(lines, encoding="utf-8")
    (finding,) = run(table({"ก": ["สมชาย"]}), ("odd", {}), own=own).findings
    assert "สมชาย" not in str(finding.to_dict())


def test_a_survey_gets_the_steps_own_parameters(own: Path) -> None:
    assert run(table({"ก": ["ข", "ค"]}), ("keep-common", {"least": 1}), own=own).findings == ()


def test_a_changed_step_file_is_read_anew(own: Path) -> None:
    own.write_text(OWN.replace("text[:1], text[1:]", "text[1:], text[:1]"), encoding="utf-8")
    made = run(table({"ก": ["นคร"]}), ("part", {"columns": ["ก"], "first": "a"}), own=own)
    assert made.table.iloc[0].tolist() == ["นคร", "คร"]


def test_added_columns_stand_beside_their_cell_and_only_where_named(own: Path) -> None:
    made = run(table({"ก": ["นคร"], "ข": [""]}), ("part", {"columns": ["ก"], "first": "a", "rest": "b"}), own=own)
    assert made.table.columns.tolist() == ["ก", "a", "b", "ข"]
    assert run(table({"ก": ["นคร"]}), ("part", {"columns": ["ก"]}), own=own).ledger.is_empty()


def test_an_added_column_never_writes_over_another(own: Path) -> None:
    for given in ({"first": "ข"}, {"first": "a", "rest": "a"}):
        with pytest.raises(SetupError) as caught:
            run(table({"ก": ["นคร"], "ข": [""]}), ("part", {"columns": ["ก"], **given}), own=own)
        assert caught.value.kind == "step-column-taken"


def test_rows_made_of_several_know_all_their_origins(own: Path) -> None:
    made = run(table({"n": ["1", "2", "3"], "ก": ["x", "y", "z"]}), ("whole-sum", {}), own=own)
    assert made.table["n"].tolist() == ["6"]
    assert made.rows.rows() == [("funds", 2, 4), ("funds", 2, 5), ("funds", 2, 6)]
    assert made.ledger.filter(kind="moved", source_column="n")["before"].to_list() == ["1", "2", "3"]


def test_what_a_step_raises_is_told_by_type_and_line_and_never_by_its_text(own: Path) -> None:
    with pytest.raises(SetupError) as caught:
        run(table({"ก": ["สมชาย"]}), ("boom", {}), own=own)
    line = OWN.splitlines().index('    raise ValueError(f"cannot read {text}")') + 1
    values = caught.value.values
    assert (caught.value.kind, values["error"], values["steps_line"]) == ("step-failed", "ValueError", line)
    assert "สมชาย" not in str(values)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("numeric", "step-result-text"),
        ("numbers", "step-result-text"),
        ("nothing", "step-result-table"),
        ("fresh-index", "step-result-origin"),
        ("double", "step-result-growth"),
        ("no-columns", "step-result-labels"),
    ],
)
def test_a_result_that_breaks_the_contract_is_refused(step: str, kind: str, own: Path) -> None:
    with pytest.raises(SetupError) as caught:
        run(table({"ก": ["1", "2"]}), (step, {}), own=own)
    assert caught.value.kind == kind
    for language in ("th", "en"):
        assert "…" not in wording.error(caught.value, language)["message"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def (", 1),
        ("import nothing_of_that_name", 1),
        ("from pipelines.steps import value_step\n\n@value_step\ndef a(text, loose): ...\n", 3),
    ],
)
def test_a_file_of_steps_that_cannot_be_used_is_named(text: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / "steps.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        bind(recipe(), path)
    assert (caught.value.kind, caught.value.values["line"]) == ("steps-file", line)


def test_an_own_step_does_not_hide_one_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "steps.py"
    path.write_text(
        "from pipelines.steps import value_step\n\n@value_step\ndef trim(text): ...\n", encoding="utf-8"
    )
    with pytest.raises(SetupError) as caught:
        bind(recipe(), path)
    assert (caught.value.kind, caught.value.values["step"]) == ("step-taken", "trim")


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ("trims", {}),
        ("trim", {"iner": True}),
        ("rename", {}),
        ("trim", {"inner": 1}),
        ("trim", {"columns": "ค"}),
        ("constant", {"column": "ก", "value": "1"}),
        ("boom", {}),
    ],
)
def test_every_refusal_says_everything_it_knows_in_both_languages(step: str, given: Given, own: Path) -> None:
    with pytest.raises(SetupError) as caught:
        run(table({"ก": ["1"]}), (step, given), own=own)
    for language in ("th", "en"):
        said = wording.error(caught.value, language)
        assert "recipe.yaml" in said["message"]
        assert "5" in said["message"]
        assert "…" not in said["message"] + said["remedy"]


def test_a_desk_without_own_steps_has_ours(tmp_path: Path) -> None:
    bind(recipe(("trim", {})), tmp_path / "steps.py")


def test_a_table_step_gets_text_and_origins_and_may_not_change_what_it_was_given(own: Path) -> None:
    frame = table({"ก": ["๑"]})
    before = frame.copy()
    run(frame, ("thai-digits", {}), ("fill-down", {"columns": ["ก"]}))
    pandas.testing.assert_frame_equal(frame, before)
