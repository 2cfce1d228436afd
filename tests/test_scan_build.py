"""A build looks into its sources for what does not go out, and at what goes out for formulas and secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars
import pytest
from openpyxl.comments import Comment
from publishing import small_desk
from scan_ground import HIDDEN, book, national_id, zipped

from metadata import wording
from metadata.event import result_of
from metadata.finding import Finding
from metadata.workspace import Workspace
from pipelines import run
from pipelines.bench import Here

NAME = "funds-desk"
ROWS = [["จังหวัด", "ผู้ขอ"], ["เชียงใหม่", "ก"], ["น่าน", "ข"], ["ตาก", "ค"]]
RECIPE = """\
resources:
  provinces:
    reads: {{path: source/{file}{more}}}
    steps:
      - {keep}
      - rename: {{columns: {{จังหวัด: province}}}}
"""
ONLY = "select: {columns: [จังหวัด]}"


def built(desk: Path, file: str, more: str = "", keep: str = ONLY) -> tuple[Finding, ...]:
    """What a build of a recipe that reads a file finds; nothing of it says what is hidden."""
    (desk / NAME / "recipe.yaml").write_text(RECIPE.format(file=file, more=more, keep=keep), "utf-8")
    (outcome,) = result_of(run.build(Workspace.open(desk), ()))
    assert isinstance(outcome, run.Report), outcome
    for one in outcome.findings:
        for language in ("th", "en"):
            said = json.dumps(wording.finding(one, language), ensure_ascii=False)  # type: ignore[arg-type]
            assert HIDDEN not in said
            assert "…" not in said or not one.rule.endswith(("source", "published"))
    released = b"".join(path.read_bytes() for path in (desk / NAME / "release").glob("*.csv"))
    assert HIDDEN.encode() not in released
    return outcome.findings


def told(findings: tuple[Finding, ...], rule: str = "personal-in-source") -> list[Finding]:
    """The Findings of one rule."""
    return [one for one in findings if one.rule == rule]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    small_desk(tmp_path, NAME)
    path = tmp_path / NAME / "datapackage.yaml"
    text = path.read_text("utf-8")
    start, end = text.index("  - name: funds"), text.index("  - name: provinces")
    path.write_text(text[:start] + text[end:], "utf-8")
    return tmp_path


def workbook(desk: Path, spoil: Callable[[Any, Any], None]) -> str:
    """Puts a workbook on the desk; its sheet ข้อมูล is the table."""
    (desk / NAME / "source/a.xlsx").write_bytes(book(spoil, title="ข้อมูล", rows=ROWS))
    return "a.xlsx"


def test_a_comment_another_sheet_and_a_property_of_the_source_are_warnings(desk: Path) -> None:
    def spoil(book: Any, sheet: Any) -> None:
        sheet["A2"].comment = Comment(f"ของ {HIDDEN}", "สมหญิง")
        book.properties.keywords = HIDDEN
        other = book.create_sheet("ผู้ร้อง")
        for row in (["เลขประจำตัวประชาชน", "ที่"], [HIDDEN, "1"], [national_id(2), "2"]):
            other.append(row)

    findings = built(desk, workbook(desk, spoil), ", sheet: ข้อมูล")
    found = {one.values["part"]: one for one in told(findings)}
    assert set(found) == {"comment", "property", "sheet"}
    assert {one.severity for one in found.values()} == {"warning"}
    assert found["sheet"].at.sheet == "ผู้ร้อง" and found["sheet"].values["count"] == 2
    assert [one.severity for one in told(findings, "author-in-source")] == ["note"]


def test_hidden_columns_that_the_recipe_drops_are_warnings_and_others_are_named(desk: Path) -> None:
    def spoil(_: Any, sheet: Any) -> None:
        sheet["B3"] = HIDDEN
        sheet.column_dimensions["B"].hidden = True
        sheet.column_dimensions["A"].hidden = True

    findings = built(desk, workbook(desk, spoil))
    (dropped,), (out,) = told(findings), told(findings, "hidden-published")
    assert (dropped.values["part"], dropped.values["entity"]) == ("hidden-column", "national-id")
    assert (out.at.sheet, out.severity) == ("ข้อมูล", "warning")
    assert (out.values["columns"], out.values["rows"]) == (["A"], [])


def test_hidden_rows_that_go_out_are_named_and_those_that_stay_are_looked_at(desk: Path) -> None:
    def spoil(_: Any, sheet: Any) -> None:
        sheet["A4"] = HIDDEN
        sheet.row_dimensions[3].hidden = sheet.row_dimensions[4].hidden = True

    keep = f'drop-rows: {{matching: {{จังหวัด: "^[0-9]+$"}}}}\n      - {ONLY}'
    findings = built(desk, workbook(desk, spoil), keep=keep)
    assert [one.values["rows"] for one in told(findings, "hidden-published")] == [["3"]]
    assert [one.values["part"] for one in told(findings)] == ["hidden-row"]


def test_a_plain_workbook_and_a_csv_are_left_alone(desk: Path) -> None:
    findings = built(desk, workbook(desk, lambda *_: None))
    (desk / NAME / "source/a.csv").write_text("จังหวัด,ผู้ขอ\nน่าน,ก\n", "utf-8")
    for some in (findings, built(desk, "a.csv")):
        assert not [one for one in some if one.rule.endswith(("-source", "-published"))]


def test_other_members_of_an_archive_and_the_metadata_of_parquet_are_looked_at(desk: Path) -> None:
    table = "จังหวัด,ผู้ขอ\nน่าน,ก\n"
    data = zipped({"a.csv": table, "b.csv": f"เลข,ที่\n{HIDDEN},1\n"})
    (desk / NAME / "source/a.zip").write_bytes(data)
    assert [one.at.sheet for one in told(built(desk, "a.zip", ", member: a.csv"))] == ["b.csv"]
    frame = polars.DataFrame({"จังหวัด": ["น่าน"], "ผู้ขอ": ["ก"]})
    frame.write_parquet(desk / NAME / "source/a.parquet", metadata={"by": HIDDEN})
    assert [one.values["part"] for one in told(built(desk, "a.parquet"))] == ["metadata"]


def test_formulas_and_secrets_in_a_release_are_told_by_their_row_however_it_is_cut(desk: Path) -> None:
    rows = [f"ที่ {number}" for number in range(40)]
    rows[7], rows[31], rows[33] = "=HYPERLINK(A1)", "@SUM(A1)", "postgres://reader:Hunter22@db.agency.example/x"
    (desk / NAME / "source/a.csv").write_text("\n".join(["จังหวัด", *rows, ""]), "utf-8")
    (desk / NAME / "recipe.yaml").write_text(RECIPE.format(file="a.csv", more="", keep=ONLY), "utf-8")

    for bench in (Here(), Here(alone=False, block=200, rows=10)):
        (outcome,) = result_of(run.build(Workspace.open(desk), (), bench))
        assert isinstance(outcome, run.Report)
        found = {one.rule: one for one in outcome.findings}
        formula, secret = found["formula-cell"], found["secret-cell"]
        assert (formula.at.row, formula.at.column, formula.values["count"]) == (9, "province", 2)
        assert (secret.at.row, secret.at.column, secret.values["count"]) == (35, "province", 1)
        assert (formula.severity, secret.severity) == ("warning", "error")
        released = (desk / NAME / "release/provinces.csv").read_text("utf-8")
        assert "=HYPERLINK(A1)\n" in released  # no cell is changed unasked


RECORD = {"จังหวัด": "น่าน", "รหัส": "55"}
FEATURES: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "geometry": None, "properties": RECORD}],
}


@pytest.mark.parametrize(
    ("file", "document", "rows"),
    [
        ("a.geojson", {**FEATURES, "metadata": {"contact": HIDDEN}}, 1),
        ("a.geojson", {**FEATURES, HIDDEN: 1}, 1),
        ("a.geojson", {**FEATURES, "features": [{**FEATURES["features"][0], "by": HIDDEN}]}, 1),
        ("a.json", {"data": [RECORD], "by": {"id": HIDDEN}}, 1),
        ("a.json", {"data": [RECORD], "by": {"name": "สำนักงาน"}}, 0),
        ("a.geojson", {**FEATURES, "name": "จังหวัด"}, 0),
        ("a.json", [RECORD], 0),
    ],
)
def test_what_stands_in_a_document_beside_its_records_is_a_warning(
    desk: Path, file: str, document: Any, rows: int
) -> None:
    (desk / NAME / "source" / file).write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    assert len(told(built(desk, file))) == rows
