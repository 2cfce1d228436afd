"""saphan scan: everything that a workbook holds beside the cells one sees."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import xlsxwriter
from openpyxl.comments import Comment
from scan_ground import HIDDEN, MEMBERS, WORKBOOKS, book, found, national_id, parts, rules, with_parts
from test_read_workbook_old import Cells, biff_text, cell, ods, record, xls


def test_a_number_is_found_wherever_it_stands_in_a_workbook(tmp_path: Path) -> None:
    def everywhere(workbook: object, sheet: object) -> None:
        for part, spoil in WORKBOOKS.items():
            if part != "above-table":  # it moves the rows
                spoil(workbook, sheet)

    (tmp_path / "a.xlsx").write_bytes(book(everywhere))
    (tmp_path / "b.xlsx").write_bytes(book(WORKBOOKS["above-table"]))
    assert parts(found(tmp_path / "a.xlsx")) | parts(found(tmp_path / "b.xlsx")) == set(WORKBOOKS)


def test_a_number_is_found_in_parts_that_no_screen_shows(tmp_path: Path) -> None:
    (tmp_path / "สรุป.xlsx").write_bytes(with_parts(book(), dict(MEMBERS.values())))
    assert parts(found(tmp_path / "สรุป.xlsx")) == set(MEMBERS)


def test_a_plain_workbook_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "สรุป.xlsx").write_bytes(book())
    assert found(tmp_path / "สรุป.xlsx") == ()


def test_a_comment_is_told_by_its_cell(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(book(WORKBOOKS["comment"]))
    (one,) = [one for one in found(tmp_path / "a.xlsx") if one.rule == "personal-inside"]
    assert (one.at.sheet, one.at.source_row, one.at.column) == ("สรุป", 2, "A")
    assert one.values["cells"] == ["A2"]


def test_a_threaded_comment_is_told_by_its_cell(tmp_path: Path) -> None:
    name, content = MEMBERS["comment"]
    (tmp_path / "a.xlsx").write_bytes(with_parts(book(), {name: content}))
    (one,) = [one for one in found(tmp_path / "a.xlsx") if one.rule == "personal-inside"]
    assert (one.at.source_row, one.at.column) == (7, "B")


def test_a_cell_of_a_hidden_sheet_is_told_by_sheet_row_and_column(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(book(WORKBOOKS["very-hidden-sheet"]))
    one = next(one for one in found(tmp_path / "a.xlsx") if one.rule == "personal-national-id")
    assert (one.at.sheet, one.at.source_row, one.at.column) == ("รายชื่อ", 2, "เลขประจำตัวประชาชน")


def test_hidden_rows_and_columns_are_named(tmp_path: Path) -> None:
    def hide(_: object, sheet: object) -> None:
        sheet.row_dimensions[2].hidden = sheet.row_dimensions[3].hidden = True  # type: ignore[attr-defined]
        sheet.column_dimensions["B"].hidden = True  # type: ignore[attr-defined]

    (tmp_path / "a.xlsx").write_bytes(book(hide))
    (one,) = found(tmp_path / "a.xlsx")
    assert (one.rule, one.at.sheet, one.severity) == ("hidden-in-sheet", "สรุป", "warning")
    assert (one.values["rows"], one.values["columns"]) == (["2-3"], ["B"])


def test_who_made_the_file_is_told_but_no_program(tmp_path: Path) -> None:
    def made(name: str) -> bytes:
        def by(workbook: object, sheet: object) -> None:
            workbook.properties.creator = name  # type: ignore[attr-defined]
            sheet["A2"].comment = Comment("ตรวจแล้ว", name)  # type: ignore[index]

        return book(by)

    (tmp_path / "a.xlsx").write_bytes(made("สมหญิง"))
    (tmp_path / "b.xlsx").write_bytes(made("openpyxl"))
    assert rules(found(tmp_path / "a.xlsx", "สมหญิง")) == {"personal-author"}
    assert found(tmp_path / "b.xlsx") == ()


def test_what_runs_when_a_workbook_is_opened_is_named(tmp_path: Path) -> None:
    members = ("xl/vbaProject.bin", "xl/macrosheets/s.xml", "xl/embeddings/o.bin", "xl/activeX/a.bin")
    (tmp_path / "a.xlsx").write_bytes(with_parts(book(), dict.fromkeys(members, "<x/>")))
    findings = [one for one in found(tmp_path / "a.xlsx") if one.rule == "active-content"]
    assert {one.values["active"] for one in findings} == {"vba", "xlm", "embedded", "activex"}


def test_links_to_other_files_and_programs_are_told_apart(tmp_path: Path) -> None:
    link = (
        "<externalLink><externalBook/></externalLink>",
        "<externalLink><ddeLink ddeService='cmd'/></externalLink>",
    )
    for name, content in zip(("a", "b"), link, strict=True):
        data = with_parts(book(), {"xl/externalLinks/externalLink1.xml": content})
        (tmp_path / f"{name}.xlsx").write_bytes(data)
    told = [[one.values["active"] for one in found(tmp_path / f"{name}.xlsx")] for name in "ab"]
    assert told == [["external-link"], ["dde"]]


def test_pictures_in_a_workbook_are_said_not_to_have_been_looked_into(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(
        with_parts(book(), {"xl/media/image1.png": b"\x89PNG", "xl/media/2.jpg": b"x"})
    )
    (one,) = found(tmp_path / "a.xlsx")
    assert (one.rule, one.values["part"], one.values["count"]) == ("scan-not-looked-into", "picture", 2)


def test_text_boxes_are_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as workbook:
        sheet = workbook.add_worksheet("สรุป")
        sheet.write_row(0, 0, ["จังหวัด", "งบ"])
        sheet.write_row(1, 0, ["น่าน", 1])
        sheet.insert_textbox(3, 3, f"ผู้ติดต่อ {HIDDEN}")
    (tmp_path / "a.xlsx").write_bytes(buffer.getvalue())
    assert parts(found(tmp_path / "a.xlsx")) == {"drawing"}


def test_a_text_that_was_deleted_but_is_still_in_the_file_is_found(tmp_path: Path) -> None:
    plain, buffer = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(plain) as workbook:
        sheet = workbook.add_worksheet("สรุป")
        for number, row in enumerate([["จังหวัด", "งบ"], ["น่าน", "ก"]]):
            sheet.write_row(number, 0, row)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/sharedStrings.xml":
                content = content.replace(b"</sst>", f"<si><t>{HIDDEN}</t></si></sst>".encode())
            new.writestr(name, content)
    (tmp_path / "a.xlsx").write_bytes(plain.getvalue())
    (tmp_path / "b.xlsx").write_bytes(buffer.getvalue())
    assert found(tmp_path / "a.xlsx") == ()
    assert parts(found(tmp_path / "b.xlsx")) == {"left-over"}


def test_a_document_type_in_a_part_is_not_followed(tmp_path: Path) -> None:
    evil = '<!DOCTYPE x [<!ENTITY a "b">]><form>&a;</form>'
    (tmp_path / "a.xlsx").write_bytes(with_parts(book(), {"customXml/item1.xml": evil}))
    (one,) = found(tmp_path / "a.xlsx")
    assert (one.rule, one.values["why"]) == ("scan-not-looked-into", "broken")


def test_an_ods_is_looked_into_as_a_workbook(tmp_path: Path) -> None:
    creator = '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">สมหญิง</dc:creator>'
    note = f"<office:annotation>{creator}<text:p>เลข {HIDDEN}</text:p></office:annotation>"
    other = national_id("ods")
    rows = (
        f"<table:table-row>{cell('จังหวัด')}{cell('งบ')}</table:table-row>"
        f'<table:table-row table:visibility="collapse">{cell("น่าน").replace("<text:p>", note + "<text:p>")}'
        f"{cell(1)}</table:table-row>"
    )
    hidden = f"<table:table-row>{cell('เลขบัตรประชาชน')}{cell('ที่')}</table:table-row>" + (
        f"<table:table-row>{cell(other)}{cell('ก')}</table:table-row>"
    )
    column = '<table:table-column table:visibility="collapse"/>'
    data = ods(
        f'<table:table table:name="สรุป">{column}{rows}</table:table>'
        f'<table:table table:name="ลับ" table:style-name="off">{hidden}</table:table>'
    )
    meta = f'<m xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject>{HIDDEN}</dc:subject></m>'
    (tmp_path / "a.ods").write_bytes(with_parts(data, {"meta.xml": meta}))
    findings = found(tmp_path / "a.ods", other, "สมหญิง")
    assert parts(findings) == {"comment", "hidden-sheet", "property"}
    assert {"hidden-in-sheet", "personal-author"} <= rules(findings)
    (comment,) = [one for one in findings if one.values.get("part") == "comment"]
    assert (comment.at.sheet, comment.at.source_row, comment.at.column) == ("สรุป", 2, "A")
    (sheet,) = [one for one in findings if one.rule == "hidden-in-sheet"]
    assert (sheet.values["rows"], sheet.values["columns"]) == (["2"], ["A"])


def test_an_old_workbook_is_looked_into(tmp_path: Path) -> None:
    other = national_id("xls")
    hidden_row = record(0x0208, struct.pack("<HHHHHHHH", 1, 0, 2, 255, 0, 0, 0x20, 0))
    hidden_column = record(0x007D, struct.pack("<HHHHHH", 1, 1, 2048, 0, 1, 0))
    heading = record(0x0014, biff_text(f"&Cของ {HIDDEN}"))
    sheets: dict[str, Cells] = {
        "สรุป": {(0, 0): "จังหวัด", (0, 1): "งบ", (1, 0): "น่าน", (1, 1): 1.0},
        "ลับ": {(0, 0): "เลขบัตรประชาชน", (0, 1): "ที่", (1, 0): other, (1, 1): "ก"},
    }
    data = xls(sheets, hidden=("ลับ",), more=heading + hidden_row + hidden_column)
    (tmp_path / "a.xls").write_bytes(data)
    findings = found(tmp_path / "a.xls", other)
    assert parts(findings) == {"header-footer", "hidden-sheet"}
    sheet = next(one for one in findings if one.rule == "hidden-in-sheet")
    assert (sheet.at.sheet, sheet.values["rows"], sheet.values["columns"]) == ("สรุป", ["2"], ["B"])
