"""Reports of an audit as files: the workbook, the page that stands alone, the PDF, and GD Catalog's template."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas
import pytest
from openpyxl import load_workbook

from catalog import paper
from catalog.actions.context import Site
from catalog.audit.entry import Entry
from catalog.audit.fixing.fixes import Fix, fixes, message
from catalog.audit.report import gdc_template, page, pdf, workbook
from catalog.audit.report.view import STATES, Report, report
from catalog.audit.run import Audit, Terms, audit, judged
from metadata.errors import SetupError
from metadata.event import result_of
from metadata.pack import packs
from metadata.standard import Standard

HOSTILE = '=HYPERLINK("http://x.example","<script>alert(1)</script>")'
FULL: dict[str, Any] = {
    "id": "stat", "name": "stat", "state": "active", "type": "dataset",
    "title": "จำนวนสภาองค์กรชุมชนตำบล รายจังหวัด", "organization": {"name": "codi", "title": "พอช."},
    "owner_org": "1234", "maintainer": "สำนักเทคโนโลยีสารสนเทศ", "maintainer_email": "data@example.or.th",
    "tags": [{"name": "ตำบล"}, {"name": "จังหวัด"}], "notes": "จำนวน\nรายจังหวัด", "data_type": "ข้อมูลสถิติ",
    "objective": ["พันธกิจหน่วยงาน"], "update_frequency_unit": "ปี", "update_frequency_interval": "1",
    "geo_coverage": "จังหวัด", "data_source": "ระบบฐานข้อมูล", "data_format": ["CSV"],
    "data_category": "ข้อมูลสาธารณะ", "license_id": "Open Data Common", "accessible_condition": "ไม่มี",
    "first_year_of_data": "2560", "last_year_of_data": "2567", "data_release_calendar": "2024-12-31",
    "last_updated_date": "2024-02-29", "disaggregate": ["เพศ", "ศาสนา"], "unit_of_measure": "แห่ง",
    "unit_of_multiplier": "หน่วย", "data_language": ["ไทย"], "official_statistics": "True",
    "resources": [
        {"id": "r1", "name": "ตาราง", "url": "https://x.example/a.csv", "format": "CSV", "description": "หนึ่งแถว",
         "resource_last_updated_date": "2024-02-29", "resource_first_year_of_data": "2560",
         "resource_unit_of_measure": "แห่ง", "resource_official_statistics": "False"},
    ],
}  # fmt: skip
RECORD: dict[str, Any] = {
    **{key: value for key, value in FULL.items() if key not in ("disaggregate", "official_statistics")},
    "id": "rec", "name": "rec", "title": HOSTILE, "data_type": "ข้อมูลระเบียน", "objective": ["อื่นๆ"],
    "objective_other": "ตามคำขอของจังหวัด", "created_date": "2023-03-01", "high_value_dataset": "False",
    "resources": [{"id": "r2", "name": "ไฟล์", "url": "https://x.example/b.xsl", "format": "XSL",
                   "resource_created_date": "2023-03-01"}],
}  # fmt: skip
BARE: dict[str, Any] = {"id": "bare", "name": "bare", "title": "bare", "state": "active", "resources": []}


class Given:
    """Records as a source."""

    kind, title, desk = "dump", "ทดสอบ & <b>หนา</b>", ()
    site = Site(url="http://catalogue.invalid")

    def entries(self, names: Any) -> Iterator[Entry]:
        """All of them."""
        yield from (Entry(package=one) for one in (FULL, RECORD, BARE))


@pytest.fixture(scope="module")
def made() -> Audit:
    terms = Terms(standard=Standard.load("gdc-2.2.4"), packs=packs(year=2569), day=date(2026, 9, 30))
    return result_of(audit(Given(), terms))


@pytest.fixture(scope="module")
def shown(made: Audit) -> Report:
    return report(made)


def test_each_dataset_stands_in_one_state_of_each_measure(made: Audit, shown: Report) -> None:
    for score in shown.scores:
        for line in score.lines:
            asked = [name for state in STATES for name in line.names[state]]
            assert len(asked) == len(set(asked)) == line.found["asked"], line.name
            assert len(line.names["met"]) == line.found["met"]


def test_the_workbook_has_every_measure_item_finding_and_fact(made: Audit, shown: Report, tmp_path: Path) -> None:
    workbook.write(made, tmp_path / "audit.xlsx", "th")
    book = load_workbook(tmp_path / "audit.xlsx")
    names = [
        "สรุป", "แบบกรอกหลักฐาน", "คำอธิบาย 14 รายการ", "คะแนนรายชุดข้อมูล", "สิ่งที่ต้องแก้", "รายการแก้ไข", "ข้อเท็จจริง",
    ]  # fmt: skip
    assert book.sheetnames == names
    for sheet in book:
        assert sheet.freeze_panes, sheet.title
        assert sheet["A1"].font.name == "TH Sarabun New"
        assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []
    evidence = list(book["แบบกรอกหลักฐาน"].iter_rows(min_row=2, values_only=True))
    lines = [(score, line) for score in (*shown.own, *shown.annex) for line in score.lines]
    assert [row[1] for row in evidence[: len(lines)]] == [line.measure["title"]["th"] for _, line in lines]
    for row, (score, line) in zip(evidence, lines, strict=False):
        official = line.found["status"] == score.found["status"] == "confirmed"
        assert ("ยังไม่ยืนยัน" in row[3]) != official
    items = {row[0]: row for row in book["คำอธิบาย 14 รายการ"].iter_rows(min_row=2, values_only=True)}
    for one in made.datasets:
        assert items[one.name][2] == one.facts["items"] == items[one.name].count("✓")
        assert items[one.name].count("ขาด") == len(one.facts["items_missing"])
    findings = list(book["สิ่งที่ต้องแก้"].iter_rows(min_row=2, values_only=True))
    assert len(findings) == sum(len(one.findings) for one in made.datasets)
    titles = {row[0]: row[1] for row in book["ข้อเท็จจริง"].iter_rows(min_row=2, values_only=True)}
    assert titles["rec"] == HOSTILE
    looked = fixes(made)
    rows = list(book["รายการแก้ไข"].iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows] == [
        message(one, "th") for names in _by_dataset(looked).values() for one in names
    ]
    assert all(row[2] for row, one in zip(rows, looked, strict=True) if one.gains and one.dataset)


def _by_dataset(looked: Sequence[Fix]) -> dict[str, list[Fix]]:
    by_name: dict[str, list[Fix]] = {}
    for one in looked:
        by_name.setdefault(one.dataset or "", []).append(one)
    return by_name


def test_what_wins_points_is_told_with_its_gain(made: Audit) -> None:
    looked = fixes(made)
    shown = report(made, looked)
    assert shown.remedies
    for key in made.scores:
        alone = sum(one.gains.get(key, {}).get("catalog", 0.0) for one in looked)
        assert sum(one.gains.get(key, 0.0) for one in shown.remedies) == pytest.approx(alone), key
    text = page.rendered(shown, "th")
    assert "ทำอะไรแล้วได้คะแนนเพิ่ม" in text
    assert "ทำอะไรแล้วได้คะแนนเพิ่ม" not in page.rendered(report(made), "th")


def test_earlier_audits_by_the_same_rule_stand_beside_the_score(made: Audit) -> None:
    def earlier(day: str, value: float, pack: str) -> dict[str, Any]:
        return {"day": day, "scores": {"metadata14": {"value": value, "of": 14, "pack": pack}}}

    history = [
        earlier("2025-10-01", 3.5, "metadata14"),
        earlier("2026-01-15", 5.25, "metadata14"),
        earlier("2026-02-01", 9.75, "another"),
    ]
    text = page.rendered(report(made, (), history), "th")
    (line,) = re.findall(r'<p class="past">(.*?)</p>', text)
    plain = " ".join(re.sub("<[^>]+>", "", line).split())
    assert plain == "การตรวจครั้งก่อน: 1 ตุลาคม พ.ศ. 2568 3.5 → 15 มกราคม พ.ศ. 2569 5.25"
    assert text.count('<svg class="spark"') == 1


def test_the_workbook_of_an_audit_is_the_same_each_time(shown: Report) -> None:
    assert workbook.content(shown, "en") == workbook.content(shown, "en")
    sheets = load_workbook(io.BytesIO(workbook.content(shown, "en"))).sheetnames
    assert sheets == ["Summary", "Evidence", "Mandatory items", "Scores by dataset", "Findings", "Facts"]


@pytest.mark.parametrize("lang", ["th", "en"])
def test_the_file_that_stands_alone_leads_each_number_to_its_evidence(
    made: Audit, tmp_path: Path, lang: Any
) -> None:
    page.write(made, tmp_path / "audit.html", lang)
    text = (tmp_path / "audit.html").read_text(encoding="utf-8")
    there = set(re.findall(r' id="([^"]+)"', text))
    led = set(re.findall(r'href="#([^"]+)"', text))
    assert len(led) > 50
    assert led <= there
    assert re.findall(r'(?:href|src)="(?!#)', text) == []
    assert "<script" not in text
    assert "<b>หนา" not in text
    assert not list(tmp_path.glob(".*"))


def test_only_those_that_need_most_are_shown_whole_of_very_many(
    shown: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST", 1)
    text = page.rendered(shown, "th")
    worst = max(shown.datasets(), key=lambda one: len(one.findings)).name
    assert text.count(f'id="{page.Anchors().page(worst)}"') == 1
    assert text.count('<section class="score" id="d-') == 1
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r' id="([^"]+)"', text))


def _html() -> Any:
    """WeasyPrint, where this machine has Pango."""
    try:
        from weasyprint import HTML
    except OSError as error:  # pragma: no cover - depends on the machine
        pytest.skip(f"no Pango here: {error}")
    return HTML


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_pdf_is_made_with_our_own_typeface(made: Audit, tmp_path: Path) -> None:
    _html()
    terms = Terms(standard=Standard.load("gdc-2.2.4"), packs=made.packs[:2], day=made.day)
    pdf.write(judged(Given(), terms, [Entry(package=FULL)]), tmp_path / "audit.pdf", "th")
    content = (tmp_path / "audit.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    fonts = set(re.findall(rb"/BaseFont /[A-Z]+\+([A-Za-z-]+)", _plain(content)))
    assert {b"Sarabun-thai", b"Sarabun-latin"} <= fonts


def _plain(content: bytes) -> bytes:
    """A PDF's objects, those in packed streams with them."""
    import zlib

    parts = [content]
    for packed in re.findall(rb"stream\n(.*?)\nendstream", content, re.DOTALL):
        try:
            parts.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return b"\n".join(parts)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_thai_line_ends_between_words() -> None:
    html = _html()
    text = f"<p lang=th style='width: 7cm'>{'ชุดข้อมูลองค์กรปกครองส่วนท้องถิ่น' * 20}</p>"
    document = html(string=f"<style>{paper.faces()}{pdf.STYLE}</style>{text}").render()
    lines = [
        "".join(child.text for child in box.descendants() if hasattr(child, "text"))
        for box in document.pages[0]._page_box.descendants()
        if type(box).__name__ == "LineBox"
    ]
    assert len(lines) > 5
    starts = ("ชุด", "ข้อมูล", "องค์กร", "ปกครอง", "ส่วน", "ท้อง", "ถิ่น")
    assert [line for line in lines if not line.startswith((*starts, "1 / 1"))] == []


def test_what_a_pdf_lacks_is_said(made: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(SetupError) as lacking:
        pdf.write(made, tmp_path / "audit.pdf", "th")
    assert lacking.value.kind == "pdf-missing"
    broken = ModuleType("weasyprint")

    def fail(name: str) -> Any:
        raise OSError("cannot load library 'libpango-1.0-0'\nmore")

    monkeypatch.setattr(broken, "__getattr__", fail, raising=False)
    monkeypatch.setitem(sys.modules, "weasyprint", broken)
    with pytest.raises(SetupError) as lacking:
        pdf.write(made, tmp_path / "audit.pdf", "th")
    assert (lacking.value.kind, lacking.value.values["reason"]) == (
        "pdf-library",
        "cannot load library 'libpango-1.0-0'",
    )
    assert not list(tmp_path.iterdir())


def _imported(path: Path, sheet: str, columns: list[str]) -> list[dict[str, str]]:
    """Rows as thai_gdc's importer reads them: headings in the fourth row, the row beneath dropped, by position."""
    frame = pandas.read_excel(
        path, sheet_name=sheet, header=[3], dtype=str, keep_default_na=False, engine="openpyxl"
    )
    frame = frame.drop(frame.index[0])
    assert len(frame.columns) == len(columns)
    frame.columns = pandas.Index(columns)
    return [
        {str(name): _read(str(name), value) for name, value in row.items()} for row in frame.to_dict("records")
    ]


def _read(name: str, value: str) -> str:
    """The importer's rules: B.E. dates to C.E., blank where they are none; what says no is no."""
    form = gdc_template.template()
    if name in form["dates"]:
        return f"{int(value[:4]) - 543}{value[4:]}" if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else ""
    if name in form["yes_no"]["fields"]:
        return "False" if "ไม่" in value else "True"
    return value


def test_the_template_is_read_back_as_it_was(made: Audit, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    gdc_template.write(made, path)
    form = gdc_template.template()
    sheets = load_workbook(path).sheetnames
    assert sheets == [f"{form[kind]}{name}" for kind in ("meta", "resource") for name in form["sheets"]]
    (stat,) = _imported(path, "Temp2_Meta_Stat", gdc_template.columns_of("Stat"))
    told = {"d_type": "data_type"}
    for column, value in stat.items():
        wanted = {
            "owner_org": "codi", "tag_string": "ตำบล,จังหวัด", "objective": "พันธกิจหน่วยงาน", "data_format": "CSV",
            "data_language": "ไทย", "disaggregate": "เพศ,ศาสนา",
        }.get(column, FULL.get(told.get(column, column), ""))  # fmt: skip
        assert value == wanted, column
    (record,) = _imported(path, "Temp2_Meta_Record", gdc_template.columns_of("Record"))
    assert (record["title"], record["objective"]) == (HOSTILE, "ตามคำขอของจังหวัด")
    assert (record["created_date"], record["high_value_dataset"], record["reference_data"]) == (
        "2023-03-01",
        "False",
        "False",
    )
    (other,) = _imported(path, "Temp2_Meta_Other", gdc_template.columns_of("Other"))
    assert (other["name"], other["data_type_other"]) == ("bare", "")
    (table,) = _imported(path, "Temp3_Resource_Stat", gdc_template.resource_columns_of("Stat"))
    assert table == {
        "dataset_name": "stat", "resource_name": "ตาราง", "resource_url": "https://x.example/a.csv",
        "description": "หนึ่งแถว", "resource_accessible_condition": "", "resource_last_updated_date": "2024-02-29",
        "format": "CSV", "resource_first_year_of_data": "2560", "resource_last_year_of_data": "",
        "resource_data_release_calendar": "", "resource_disaggregate": "", "resource_unit_of_measure": "แห่ง",
        "resource_unit_of_multiplier": "", "resource_official_statistics": "False",
    }  # fmt: skip
    assert [_imported(path, f"Temp2_Meta_{name}", gdc_template.columns_of(name)) for name in ("GIS", "Multi")] == [
        [],
        [],
    ]


def test_the_columns_of_the_template_are_terms_of_its_edition() -> None:
    form = gdc_template.template()
    standard = Standard.load(gdc_template.EDITION)
    known = {term.field_name for term in standard.terms} | {"data_type_other"}
    of_resources = {term.field_name for term in standard.resource_terms}
    for name in form["sheets"]:
        columns = {form["fields"].get(column, column) for column in gdc_template.columns_of(name)}
        assert columns - known <= {"data_type_other"}
        resources = gdc_template.resource_columns_of(name)
        named = {form["resource_fields"].get(column, column) for column in resources} - {"dataset_name"}
        assert named <= of_resources
    assert len(gdc_template.columns_of("Record")) == 25
    assert len(gdc_template.columns_of("GIS")) == 30
