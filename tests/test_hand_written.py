"""Files that people type: each slip is told with its line, in the language asked for."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from publishing import small_desk

import cli
from metadata import wording
from metadata.document import packaged

NAME = "funds-desk"
LATIN_SENTENCE = re.compile(r"[A-Za-z]+(?: [a-z]+){3,}")
"""Four English words in a row: no term, no file name, no key."""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path / "desk", NAME, settings="approvals: none\n")


def build(desk: Path, lang: str, *names: str) -> tuple[int, dict[str, Any], str]:
    words = ["build", *names, "--json", "--workspace", str(desk), "--lang", lang]
    done = CliRunner().invoke(cli.cli, words, catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout), done.stderr


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


Slip = Callable[[Path], None]


def replaced(file: str, old: str, new: str) -> Slip:
    return lambda desk: edit(desk / file, old, new)


def written(file: str, content: str) -> Slip:
    def spoil(desk: Path) -> None:
        (desk / file).write_text(content, "utf-8")

    return spoil


DESCRIBED, RECIPE = f"{NAME}/datapackage.yaml", f"{NAME}/recipe.yaml"
SMALL = "name: funds-desk\ntitle: กองทุน\nresources:\n  - name: funds\n"
STEPS = "resources:\n  funds:\n    reads: {path: source/funds.csv}\n    steps:\n"
AGENCY = "agency: {name: moral-office, title: สำนักงาน}\n"

MERGED = """\
- {kind: approval, by: ก, role: owner, at: "2026-01-01T00:00:00Z"}
<<<<<<< HEAD
- {kind: approval, by: ข, role: owner, at: "2026-01-02T00:00:00Z"}
=======
- {kind: approval, by: ค, role: owner, at: "2026-01-03T00:00:00Z"}
>>>>>>> theirs
"""
YAML_SLIPS = {
    "a tab": (written(DESCRIBED, "title: ก\nabout:\n\tdata_type: ข\n"), "yaml-tab", 3),
    "a key twice": (written(DESCRIBED, SMALL + "title: ลับสุดยอด\n"), "yaml-twice", 5),
    "a full-width colon": (written(DESCRIBED, "name: funds-desk\ntitle：กองทุน\nkeywords: [ก]\n"), "yaml-key", 2),
    "a colon in a value": (written(DESCRIBED, "title: กองทุน: ปี 2567\n"), "yaml-colon", 1),
    "an open quotation mark": (written(DESCRIBED, 'name: a\ntitle: "กองทุน\nkeywords: [ก]\n'), "yaml-quote", 2),
    "a quotation mark inside": (written(DESCRIBED, "title: 'Steward's own'\n"), "yaml-block", 1),
    "an open brace": (written(DESCRIBED, "a:\n  - {name: ก\n  - {name: ข}\n"), "yaml-flow", 2),
    "a backslash in quotes": (
        written(RECIPE, 'resources: {a: {reads: {path: "source\\กองทุน"}}}\n'),
        "yaml-escape",
        1,
    ),
    "an at sign": (written(DESCRIBED, "title: ก\nname: @ข\n"), "yaml-character", 2),
    "a star": (written(DESCRIBED, "title: *กองทุน\n"), "yaml-alias", 1),
    "two documents": (written(DESCRIBED, "title: ก\n---\ntitle: ข\n"), "yaml-documents", 2),
    "marks of git": (written("decisions.yaml", MERGED), "yaml-conflict", 2),
    "a NUL byte": (written(DESCRIBED, "title: ก\nname: a\x00\n"), "yaml-unseen", 2),
    "no end of brackets": (written(DESCRIBED, "a: " + "[" * 3000), "yaml-deep", None),
}


@pytest.mark.parametrize("slip", YAML_SLIPS)
def test_what_is_no_yaml_is_told_by_its_slip_and_line(desk: Path, slip: str) -> None:
    spoil, mistake, line = YAML_SLIPS[slip]
    spoil(desk)
    code, document, said = build(desk, "th")
    error = document["error"]

    assert (code, error["kind"]) == (2, "yaml-broken")
    (found,) = error["values"]["mistakes"]
    assert (found["mistake"], found.get("line")) == (mistake, line)
    assert not LATIN_SENTENCE.search(said)
    assert "ลับสุดยอด" not in said


SHAPE_SLIPS = {
    "an empty workspace": (written("workspace.yaml", ""), "mapping", None),
    "no agency": (written("workspace.yaml", "approvals: none\n"), "missing", None),
    "an agency's number": (written("workspace.yaml", "agency: {name: 112, title: ก}\n"), "text", 1),
    "a misspelt setting": (written("workspace.yaml", AGENCY + "aprovals: none\n"), "near", 2),
    "an unknown setting": (written("workspace.yaml", AGENCY + "colour: blue\n"), "unknown", 2),
    "another choice": (written("workspace.yaml", AGENCY + "approvals: maybe\n"), "choice", 2),
    "a target without http": (
        written("workspace.yaml", AGENCY + "targets:\n  a: {url: data.go.th}\n"),
        "form-url",
        3,
    ),
    "a target's misspelt key": (
        written("workspace.yaml", AGENCY + "targets:\n  a: {urll: 'https://data.go.th'}\n"),
        "near",
        3,
    ),
    "a key for its variable": (
        written("workspace.yaml", AGENCY + "targets:\n  a: {key_variable: eyJhbGciOi}\n"),
        "form-variable",
        3,
    ),
    "terms that are text": (written("workspace.yaml", AGENCY + "defaults: {about: ก}\n"), "mapping", 2),
    "an empty description": (written(DESCRIBED, ""), "mapping", None),
    "resource for resources": (written(DESCRIBED, "title: ก\nresource: []\n"), "near", 2),
    "a list for a title": (written(DESCRIBED, SMALL + "title_en: [a]\n"), "text", 5),
    "a licence that is text": (written(DESCRIBED, SMALL + "licenses: Open Data Common\n"), "licences", 5),
    "a number for a name": (written(DESCRIBED, "resources:\n  - name: 2567\n"), "resource-name", 2),
    "fields without a list": (written(DESCRIBED, SMALL + "    schema:\n      fields:\n"), "fields", 6),
    "fields of names alone": (written(DESCRIBED, SMALL + "    schema: {fields: [a, b]}\n"), "fields", 5),
    "a field without a name": (
        written(DESCRIBED, SMALL + "    schema: {fields: [{type: string}]}\n"),
        "field-name",
        5,
    ),
    "a type of no standard": (
        written(DESCRIBED, SMALL + "    schema: {fields: [{name: a, type: int}]}\n"),
        "choice",
        5,
    ),
    "a field twice": (written(DESCRIBED, SMALL + "    schema: {fields: [{name: a}, {name: a}]}\n"), "twice", 5),
    "a misspelt constraint": (
        written(DESCRIBED, SMALL + "    schema: {fields: [{name: a, constraints: {requird: true}}]}\n"),
        "near",
        5,
    ),
    "a pattern that is none": (
        written(
            DESCRIBED, SMALL + "    schema: {fields: [{name: a, type: string, constraints: {pattern: '['}}]}\n"
        ),
        "pattern",
        5,
    ),
    "a pattern of a number": (
        written(
            DESCRIBED, SMALL + "    schema: {fields: [{name: a, type: integer, constraints: {pattern: a}}]}\n"
        ),
        "constraint",
        5,
    ),
    "a least that is no number": (
        written(
            DESCRIBED, SMALL + "    schema: {fields: [{name: a, type: integer, constraints: {minimum: b}}]}\n"
        ),
        "number",
        5,
    ),
    "a key of no column": (written(DESCRIBED, SMALL + "    schema: {fields: [], primaryKey: a}\n"), "column", 5),
    "terms of a file that are text": (written(DESCRIBED, SMALL + "    about: ก\n"), "mapping", 5),
    "an empty recipe": (written(RECIPE, ""), "mapping", None),
    "resource in a recipe": (written(RECIPE, "resource:\n  funds: {}\n"), "near", 1),
    "reads that is text": (written(RECIPE, "resources:\n  funds:\n    reads: source/funds.csv\n"), "mapping", 3),
    "no reads": (written(RECIPE, "resources:\n  funds:\n    steps: []\n"), "reads", 2),
    "a number for a path": (written(RECIPE, "resources: {funds: {reads: {path: 2567}}}\n"), "text", 1),
    "a number for an encoding": (
        written(RECIPE, "resources: {funds: {reads: {path: a.csv, encoding: 874}}}\n"),
        "text",
        1,
    ),
    "a header row of none": (written(RECIPE, "resources: {funds: {reads: {path: a, header: 0}}}\n"), "header", 1),
    "a header backwards": (
        written(RECIPE, "resources: {funds: {reads: {path: a, header: [2, 1]}}}\n"),
        "header",
        1,
    ),
    "a list for a sheet": (written(RECIPE, "resources: {funds: {reads: {path: a, sheet: [1]}}}\n"), "sheet", 1),
    "steps without dashes": (written(RECIPE, STEPS + "      trim: {}\n"), "steps", 4),
    "a dash alone": (written(RECIPE, STEPS + "      -\n      - trim: {}\n"), "step", 5),
    "a list for parameters": (written(RECIPE, STEPS + "      - trim: [a]\n"), "parameters", 5),
    "decisions that are no list": (written(f"{NAME}/decisions.yaml", "kind: approval\n"), "decisions", None),
}


@pytest.mark.parametrize("slip", SHAPE_SLIPS)
def test_what_has_another_shape_is_told_by_its_key_and_line(desk: Path, slip: str) -> None:
    spoil, mistake, line = SHAPE_SLIPS[slip]
    spoil(desk)
    code, document, said = build(desk, "th")
    error = document["error"]

    assert (code, error["kind"]) == (2, "file-invalid")
    found = error["values"]["mistakes"]
    assert [(one["mistake"], one.get("line")) for one in found] == [(mistake, line)]
    assert not LATIN_SENTENCE.search(said.replace("Open Data Common", ""))
    assert "eyJ" not in said


def test_a_slip_is_told_in_english_too(desk: Path) -> None:
    edit(desk / RECIPE, "resources:", "resource:")
    assert "line 1, resource: no such key; did you mean resources?" in build(desk, "en")[2]


def test_every_mistake_has_words_in_both_languages() -> None:
    for name, words in packaged("standards/mistakes.yaml").items():
        assert set(words) == {"th", "en"}, name
        for lang in ("th", "en"):
            facts = {"mistake": name, "name": "ก", "known": ["ข"], "suggestion": "ค", "char": "@", "type": "date"}
            facts |= {"right": 2569, "source": "x", "most": 4, "measure": "m", "sha256": "0"}
            facts |= {"show": "line", "figure": "sum"}
            facts |= dict.fromkeys(("what", "resource", "column", "latest", "until", "expires"), "x")
            facts |= dict.fromkeys(("count", "rows", "before", "percent", "quality", "least", "k"), 1)
            assert "…" not in wording.mistake({**facts, "line": 1, "key": "k", "words": "ง"}, lang)


def test_a_date_that_does_not_exist_is_told_as_the_term_it_is(desk: Path) -> None:
    edit(desk / DESCRIBED, "'data_type':", "'last_updated_date': 2567-13-45, 'data_type':")
    code, document, _ = build(desk, "th")
    (entry,) = document["datasets"]
    assert code == 1
    assert "date-form" in [finding["rule"] for finding in entry["findings"]]


def test_a_key_with_nothing_after_it_is_not_given(desk: Path) -> None:
    edit(desk / "workspace.yaml", "approvals: none", "approvals: none\ntargets:\nthresholds:")
    assert build(desk, "th")[0] == 0


def test_an_empty_schema_is_a_missing_dictionary(desk: Path) -> None:
    text = (desk / DESCRIBED).read_text("utf-8")
    (desk / DESCRIBED).write_text(text[: text.rindex("schema:")] + "schema:\n", "utf-8")
    code, document, _ = build(desk, "th")
    (entry,) = document["datasets"]
    assert code == 1
    assert "dictionary-missing" in [finding["rule"] for finding in entry["findings"]]


def test_properties_of_the_data_package_that_we_do_not_read_are_left_alone(desk: Path) -> None:
    edit(desk / DESCRIBED, "title:", "version: '1'\nhomepage: https://agency.example\nimage: a.png\ntitle:")
    assert build(desk, "th")[0] == 0


def test_a_byte_order_mark_and_windows_line_ends_are_read(desk: Path) -> None:
    for file in ("workspace.yaml", DESCRIBED, RECIPE):
        text = (desk / file).read_text("utf-8")
        (desk / file).write_bytes(("\ufeff" + text.replace("\n", "\r\n")).encode())
    assert build(desk, "th")[0] == 0


def test_a_folder_with_a_recipe_and_no_description_is_not_passed_over(desk: Path) -> None:
    (desk / DESCRIBED).rename(desk / NAME / "datapackage.yml")
    code, document, _ = build(desk, "th")
    assert (code, document["error"]["kind"]) == (2, "file-missing")


def test_a_folder_of_other_things_is_no_dataset(desk: Path) -> None:
    (desk / "notes").mkdir()
    (desk / "notes/read.yaml").write_text("a: 1\n")
    code, document, _ = build(desk, "th")
    assert (code, len(document["datasets"])) == (0, 1)


def test_a_thai_folder_name_is_told_what_a_name_is(desk: Path) -> None:
    (desk / NAME).rename(desk / "กองทุน")
    code, document, _ = build(desk, "th")
    assert (code, document["error"]["kind"]) == (2, "dataset-name")


def test_a_name_completed_by_the_shell_is_the_dataset(desk: Path) -> None:
    assert build(desk, "th", f"{NAME}/")[0] == 0


@pytest.mark.parametrize("name", ["../desk", ".", "", "/etc"])
def test_a_name_that_leads_elsewhere_is_no_dataset(desk: Path, name: str) -> None:
    code, document, _ = build(desk, "th", name)
    assert (code, document["error"]["kind"]) == (2, "dataset-missing")


@pytest.mark.parametrize(
    ("there", "named"),
    [
        ("funds.csv", "source\\funds.csv"),
        ("funds.csv", "./source/funds.csv"),
        (unicodedata.normalize("NFD", "café.csv"), "source/café.csv"),
        ("กํา.csv", "source/กำ.csv"),
    ],
    ids=["backslash", "dot", "composed", "sara am"],
)
def test_a_release_is_up_to_date_however_its_source_is_spelt(desk: Path, there: str, named: str) -> None:
    (desk / NAME / "source/funds.csv").rename(desk / NAME / "source" / there)
    edit(desk / RECIPE, "source/funds.csv", named)
    words = ["publish", "--yes", "--json", "--workspace", str(desk), "--lang", "th"]
    assert CliRunner().invoke(cli.cli, words, catch_exceptions=False).exit_code == 0
    again = CliRunner().invoke(cli.cli, words, catch_exceptions=False)
    assert (again.exit_code, json.loads(again.stdout)["unchanged"]) == (0, 1)
    (desk / NAME / "source" / there).write_text("กองทุน\nก\n", "utf-8")
    planned = CliRunner().invoke(cli.cli, ["plan", "--json", "--workspace", str(desk)], catch_exceptions=False)
    assert json.loads(planned.stdout)["error"]["kind"] == "release-stale"


@pytest.mark.parametrize("content", ["[]", "{}", "null", '{"inputs": [], "files": 5}'])
def test_a_report_of_another_shape_is_no_release(desk: Path, content: str) -> None:
    build(desk, "th")
    (desk / NAME / "release/report.json").write_text(content, "utf-8")
    done = CliRunner().invoke(cli.cli, ["plan", "--json", "--workspace", str(desk)], catch_exceptions=False)
    assert (done.exit_code, json.loads(done.stdout)["error"]["kind"]) == (2, "release-missing")


def test_the_workspace_may_be_given_by_its_file(desk: Path) -> None:
    words = ["build", "--workspace", str(desk / "workspace.yaml")]
    assert CliRunner().invoke(cli.cli, words, catch_exceptions=False).exit_code == 0


def test_a_query_in_thai_is_no_file_name(desk: Path) -> None:
    with sqlite3.connect(desk / NAME / "source/ทะเบียน.sqlite") as database:
        database.execute("CREATE TABLE t (fund, members, money, founded)")
        database.execute("INSERT INTO t VALUES ('บ้านเหนือ', '1', '2', '2024-01-15')")
    database.close()
    query = "SELECT fund, members, money, founded FROM t WHERE fund <> '" + "ก" * 100 + "'"
    text = (desk / RECIPE).read_text("utf-8")
    reads = f"resources:\n  funds:\n    reads: {{database: source/ทะเบียน.sqlite, query: {json.dumps(query)}}}\n"
    (desk / RECIPE).write_text(reads + text[text.index("  provinces:") :], "utf-8")
    code, document, _ = build(desk, "th")
    assert (code, document["datasets"][0]["passed"]) == (0, True)


def test_what_the_machine_says_is_told_in_thai(desk: Path) -> None:
    (desk / NAME / "decisions.yaml").mkdir()
    assert "เป็นโฟลเดอร์ ไม่ใช่ไฟล์" in build(desk, "th")[2]
    assert "Is a directory" in build(desk, "en")[2]


def test_a_code_that_begins_with_a_zero_keeps_it(desk: Path) -> None:
    step = "      - replace: {columns: [กองทุน], values: {บ้านเหนือ: 010, บ้านใต้: 0xff}}\n"
    edit(desk / RECIPE, "      - number:", step + "      - number:")
    assert build(desk, "th")[0] == 0
    published = (desk / NAME / "release/funds.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[0] for line in published[1:]] == ["010", "255"]


def test_a_code_to_be_replaced_is_found_with_its_zero(desk: Path) -> None:
    edit(desk / NAME / "source/funds.csv", "บ้านเหนือ", "010")
    edit(desk / NAME / "source/funds.csv", "บ้านใต้", "10")
    step = "      - replace: {columns: [กองทุน], values: {010: บ้านเหนือ}}\n"
    edit(desk / RECIPE, "      - number:", step + "      - number:")
    assert build(desk, "th")[0] == 0
    published = (desk / NAME / "release/funds.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[0] for line in published[1:]] == ["บ้านเหนือ", "10"]
