"""XLSX: sheets, cell texts, headers, merges, error cells, formulas, broken and locked files."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import msoffcrypto.format.ooxml
import openpyxl
import pytest
import xlsxwriter

from metadata import wording
from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.read import Reading, read

AT = Place(dataset="housing", resource="projects")
PLAIN = [["จังหวัด", "งบ"], ["น่าน", 1], ["ตาก", 2]]


def workbook(
    sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = (), merges: tuple[str, ...] = ()
) -> bytes:
    """An XLSX; None is no cell; a merge is `A1:B2` on the first sheet, around the text of its first cell."""
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    for merge in merges:
        book.worksheets[0].merge_cells(merge)
    book.save(buffer)
    return buffer.getvalue()


def from_path(folder: Path, data: bytes, name: str = "โครงการ.xlsx", **options: Any) -> Reading:
    (folder / name).write_bytes(data)
    reading = read(Source(path=name, **options), folder, AT)
    for finding in reading.findings:
        said = wording.finding(finding, "th")
        assert "…" not in said["message"] + said["remedy"]
    return reading


def refusal(folder: Path, data: bytes, name: str = "โครงการ.xlsx", **options: Any) -> SourceError:
    with pytest.raises(SourceError) as refused:
        from_path(folder, data, name, **options)
    for language in ("th", "en"):
        said = wording.error(refused.value, language)  # type: ignore[arg-type]
        assert "…" not in said["message"] + said["remedy"]
    return refused.value


def rules(reading: Reading) -> list[str]:
    return [finding.rule for finding in reading.findings]


def test_a_sheet_is_a_table_of_text_with_the_sheets_row_numbers(tmp_path: Path) -> None:
    reading = from_path(tmp_path, workbook({"สรุป": PLAIN}))
    assert reading.table.to_numpy().tolist() == [["น่าน", "1"], ["ตาก", "2"]]
    assert list(reading.table.index) == [2, 3]
    assert (reading.sheet, reading.encoding, reading.findings) == ("สรุป", None, ())


def test_a_table_that_starts_far_down_keeps_the_sheets_row_numbers(tmp_path: Path) -> None:
    rows = [[], [], [], [None, None, "จังหวัด", "งบ"], [None, None, "น่าน", 1], [], [None, None, "ตาก", 2]]
    table = from_path(tmp_path, workbook({"สรุป": rows})).table
    assert list(table.columns) == ["จังหวัด", "งบ"]
    assert list(table.index) == [5, 6, 7]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (7, None, "7"),
        (1101700203451, None, "1101700203451"),
        (0.1, None, "0.1"),
        (56392231.00000001, None, "56392231.00000001"),
        (0.0000001, None, "0.0000001"),
        (1e20, None, "100000000000000000000"),
        (-2.5, None, "-2.5"),
        (0.25, "0%", "0.25"),
        (True, None, "TRUE"),
        (False, None, "FALSE"),
        (dt.datetime.fromisoformat("2024-02-29"), "yyyy-mm-dd", "2024-02-29"),
        (dt.datetime.fromisoformat("2024-02-29T08:05:09"), "yyyy-mm-dd hh:mm", "2024-02-29T08:05:09"),
        (dt.time(8, 5, 9), "hh:mm:ss", "08:05:09"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        ("007", None, "007"),
        (" ก\nข ", None, " ก\nข "),
    ],
)
def test_cells_are_written_as_a_person_would(tmp_path: Path, value: Any, form: str | None, text: str) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("ข้อมูล")
        sheet.write_row(0, 0, ["ค่า", "อื่น"])
        cell_format = book.add_format({"num_format": form}) if form else None
        if isinstance(value, dt.datetime | dt.time):
            sheet.write_datetime(1, 0, value, cell_format)
        else:
            sheet.write(1, 0, value, cell_format)
        sheet.write(1, 1, "x")
    assert from_path(tmp_path, buffer.getvalue()).table.loc[2, "ค่า"] == text


def test_error_cells_keep_their_text_with_a_warning(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("ข้อมูล")
        sheet.write_row(1, 1, ["จังหวัด", "ร้อยละ"])
        sheet.write_row(2, 1, ["น่าน"])
        sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    reading = from_path(tmp_path, buffer.getvalue())
    assert reading.table.loc[3, "ร้อยละ"] == "#DIV/0!"
    (warning,) = reading.findings
    assert (warning.rule, warning.at.source_row) == ("read-cell-errors", 3)
    assert warning.values == {"count": 1, "cells": ["C3"]}


def test_a_formula_gives_its_saved_result(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("ข้อมูล")
        sheet.write_row(0, 0, ["จังหวัด", "รวม", "ข้อความ"])
        sheet.write(1, 0, "น่าน")
        sheet.write_formula(1, 1, "=1+2", None, 3)
        sheet.write_formula(1, 2, '=""', None, "")
    reading = from_path(tmp_path, buffer.getvalue())
    assert list(reading.table.loc[2]) == ["น่าน", "3", ""]


def test_a_formula_without_a_saved_result_is_warned_about(tmp_path: Path) -> None:
    reading = from_path(tmp_path, workbook({"ข้อมูล": [["ก", "ข"], ["น่าน", "=1+2"]]}))
    assert reading.table.loc[2, "ข"] == ""
    assert rules(reading) == ["read-formula-uncached"]


def test_titles_above_and_notes_beside_are_passed_over(tmp_path: Path) -> None:
    rows = [
        ["สถิติโครงการบ้านมั่นคง", None, None],
        [None, None, "หน่วย : หลัง"],
        ["จังหวัด", "เมือง", "จำนวน"],
        ["น่าน", "เวียงสา", 3],
        ["ตาก", "แม่สอด", 4],
    ]
    reading = from_path(tmp_path, workbook({"สรุป": rows}, merges=("A1:C1",)))
    assert list(reading.table.columns) == ["จังหวัด", "เมือง", "จำนวน"]
    assert list(reading.table.index) == [4, 5]
    assert [(finding.rule, finding.severity) for finding in reading.findings] == [("read-header-found", "note")]


def test_merged_stacked_headers_become_joined_labels(tmp_path: Path) -> None:
    rows = [
        ["จังหวัด", "ระดับปริญญาตรี", None, None, None, "รวม"],
        [None, "ภาคปกติ", None, "ภาคพิเศษ", None, None],
        [None, "ชาย", "หญิง", "ชาย", "หญิง", None],
        ["น่าน", 1, 2, 3, 4, 10],
    ]
    merges = ("A1:A3", "B1:E1", "B2:C2", "D2:E2", "F1:F3")
    reading = from_path(tmp_path, workbook({"สรุป": rows}, merges=merges))
    assert list(reading.table.columns) == [
        "จังหวัด",
        "ระดับปริญญาตรี_ภาคปกติ_ชาย",
        "ระดับปริญญาตรี_ภาคปกติ_หญิง",
        "ระดับปริญญาตรี_ภาคพิเศษ_ชาย",
        "ระดับปริญญาตรี_ภาคพิเศษ_หญิง",
        "รวม",
    ]
    assert list(reading.table.index) == [4]


def test_a_merge_over_the_last_header_row_does_not_eat_a_row_of_data(tmp_path: Path) -> None:
    rows = [["จังหวัด", "จำนวน", "หมายเหตุ", None], ["น่าน", 1, "ก", "ข"], ["ตาก", 2, "ค", "ง"]]
    table = from_path(tmp_path, workbook({"สรุป": rows}, merges=("C1:D1",))).table
    assert list(table.columns) == ["จังหวัด", "จำนวน", "หมายเหตุ", "หมายเหตุ_2"]
    assert list(table.index) == [2, 3]


def test_years_under_a_merged_group_are_labels(tmp_path: Path) -> None:
    rows = [["พืช", "ผลผลิต", None], [None, 2566, 2567], ["ข้าว", 432, 419]]
    table = from_path(tmp_path, workbook({"สรุป": rows}, merges=("A1:A2", "B1:C1"))).table
    assert list(table.columns) == ["พืช", "ผลผลิต_2566", "ผลผลิต_2567"]


def test_a_table_number_beside_a_merged_title_is_no_header(tmp_path: Path) -> None:
    rows = [["ตาราง 1", "จำนวนประชากร", None, None], ["จังหวัด", "ชาย", "หญิง", "รวม"], ["น่าน", 1, 2, 3]]
    table = from_path(tmp_path, workbook({"สรุป": rows}, merges=("B1:D1",))).table
    assert list(table.columns) == ["จังหวัด", "ชาย", "หญิง", "รวม"]


def test_a_label_beside_a_merged_group_is_a_header(tmp_path: Path) -> None:
    rows = [["จังหวัด", "จำนวนประชากร", None, None], [None, "ชาย", "หญิง", "รวม"], ["น่าน", 1, 2, 3]]
    table = from_path(tmp_path, workbook({"สรุป": rows}, merges=("B1:D1",))).table
    assert list(table.columns) == ["จังหวัด", "จำนวนประชากร_ชาย", "จำนวนประชากร_หญิง", "จำนวนประชากร_รวม"]


def test_a_row_of_units_belongs_to_the_header(tmp_path: Path) -> None:
    rows = [["จังหวัด", "เนื้อที่", "ผลผลิต"], [None, "(ไร่)", "(ตัน)"], ["น่าน", 1, 2]]
    assert list(from_path(tmp_path, workbook({"สรุป": rows})).table.columns) == ["จังหวัด", "เนื้อที่_(ไร่)", "ผลผลิต_(ตัน)"]


def test_header_rows_given_fill_merges_too(tmp_path: Path) -> None:
    rows = [["ตาราง 1", None, None], ["จังหวัด", "คน", None], [None, "ชาย", "หญิง"], ["น่าน", 1, 2]]
    data = workbook({"สรุป": rows}, merges=("A2:A3", "B2:C2"))
    table = from_path(tmp_path, data, header=(2, 3)).table
    assert list(table.columns) == ["จังหวัด", "คน_ชาย", "คน_หญิง"]
    assert list(table.index) == [4]


def test_merged_data_cells_are_left_to_fill_down(tmp_path: Path) -> None:
    rows = [["ภาค", "จังหวัด"], ["เหนือ", "น่าน"], [None, "แพร่"]]
    table = from_path(tmp_path, workbook({"สรุป": rows}, merges=("A2:A3",))).table
    assert list(table["ภาค"]) == ["เหนือ", ""]


def test_the_only_visible_sheet_needs_no_name(tmp_path: Path) -> None:
    data = workbook({"ร่าง": [["x", "y"], [1, 2]], "สรุป": PLAIN}, hidden=("ร่าง",))
    assert from_path(tmp_path, data).sheet == "สรุป"


def test_empty_sheets_beside_it_do_not_make_a_choice(tmp_path: Path) -> None:
    assert from_path(tmp_path, workbook({"ข้อมูล": PLAIN, "Sheet2": [], "Sheet3": []})).sheet == "ข้อมูล"


def test_several_visible_sheets_ask_for_a_choice_and_name_no_hidden_one(tmp_path: Path) -> None:
    data = workbook({"ก": PLAIN, "ข": PLAIN, "ลับ": PLAIN}, hidden=("ลับ",))
    refused = refusal(tmp_path, data)
    assert (refused.kind, refused.values["known"]) == ("read-sheet-choose", ["ก", "ข"])


@pytest.mark.parametrize(("sheet", "found"), [("ข", "ข"), (2, "ข"), (" ข  ๒ ", "ข ๒ "), ("ลับ", "ลับ")])
def test_a_sheet_is_found_by_name_or_number(tmp_path: Path, sheet: str | int, found: str) -> None:
    data = workbook({"ก": PLAIN, "ข": PLAIN, "ข ๒ ": PLAIN, "ลับ": PLAIN}, hidden=("ลับ",))
    assert from_path(tmp_path, data, sheet=sheet).sheet == found


@pytest.mark.parametrize("sheet", ["สรุปผล", 0, 9])
def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, sheet: str | int) -> None:
    refused = refusal(tmp_path, workbook({"ก": PLAIN, "ข": PLAIN}), sheet=sheet)
    assert (refused.kind, refused.values["known"]) == ("read-sheet-missing", ["ก", "ข"])


def test_a_number_that_is_also_another_sheets_name_is_refused(tmp_path: Path) -> None:
    refused = refusal(tmp_path, workbook({"2566": PLAIN, "3": PLAIN, "รวม": PLAIN}), sheet=3)
    assert (refused.kind, refused.values["counted"]) == ("read-sheet-ambiguous", "รวม")


@pytest.mark.parametrize(("sheet", "found"), [(1, "1"), (2566, "2566"), ("3", "3")])
def test_a_number_that_can_only_mean_one_sheet_finds_it(tmp_path: Path, sheet: str | int, found: str) -> None:
    assert from_path(tmp_path, workbook({"1": PLAIN, "2566": PLAIN, "3": PLAIN}), sheet=sheet).sheet == found


def test_a_hidden_sheet_is_refused_by_number(tmp_path: Path) -> None:
    data = workbook({"ลับ": PLAIN, "ข": PLAIN}, hidden=("ลับ",))
    assert refusal(tmp_path, data, sheet=1).kind == "read-sheet-hidden"


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, workbook({"ว่าง": []})).kind == "read-empty"


def test_a_header_without_rows_stops_the_release(tmp_path: Path) -> None:
    reading = from_path(tmp_path, workbook({"สรุป": [["จังหวัด", "งบ"]]}))
    assert reading.table.shape == (0, 2)
    assert [(finding.rule, finding.severity) for finding in reading.findings] == [("read-no-rows", "error")]


def test_a_workbook_with_a_password_is_refused(tmp_path: Path) -> None:
    locked = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(workbook({"ก": PLAIN}))).encrypt("รหัสลับ", locked)
    assert refusal(tmp_path, locked.getvalue()).kind == "read-password"


@pytest.mark.parametrize("cut", [100, 2000, -30])
def test_a_workbook_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    assert refusal(tmp_path, workbook({"ก": PLAIN})[:cut]).kind == "read-broken"


def test_a_workbook_with_a_broken_sheet_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook({"ก": PLAIN}))) as good, zipfile.ZipFile(buffer, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, b"<worksheet><sheetData><row" if "sheet1" in name else good.read(name))
    assert refusal(tmp_path, buffer.getvalue()).kind == "read-broken"


@pytest.mark.parametrize("lock", ["~$โครงการ.xlsx", ".~lock.โครงการ.xlsx#"])
def test_a_file_open_in_another_program_is_read_and_said_to_be_open(tmp_path: Path, lock: str) -> None:
    (tmp_path / lock).write_bytes(b"somchai")
    reading = from_path(tmp_path, workbook({"ก": PLAIN}))
    assert (len(reading.table), rules(reading)) == (2, ["read-open-elsewhere"])


def test_two_cells_in_far_corners_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("กว้าง")
        sheet.write(0, 0, "ก")
        sheet.write(1_048_575, 16_383, "ข")
    assert refusal(tmp_path, buffer.getvalue()).kind == "read-sheet-too-big"


def test_a_csv_with_a_workbooks_extension_is_read_as_what_it_is(tmp_path: Path) -> None:
    reading = from_path(tmp_path, "จังหวัด\tงบ\nน่าน\t1\n".encode("utf-16"), "รายงาน.xls")
    assert (list(reading.table.columns), reading.encoding) == (["จังหวัด", "งบ"], "utf-16")


def test_a_web_page_with_a_workbooks_extension_is_refused(tmp_path: Path) -> None:
    page = b"\xef\xbb\xbf\r\n<html><table><tr><td>1</td></tr></table></html>"
    assert refusal(tmp_path, page, "รายงาน.xls").kind == "read-html"
