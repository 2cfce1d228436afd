"""What columns are there for, how their rows are added up, and times as tables write them."""

from __future__ import annotations

from typing import Any

import pytest
from picture_ground import table

from catalog.picture import periods
from catalog.picture.periods import Period


def role(kind: str, label: str, cells: list[Any], name: str = "a") -> Any:
    with table({name: (kind, label)}, [[cell] for cell in cells]) as (_reading, (column,)):
        return column


@pytest.mark.parametrize(
    ("kind", "label", "cells", "expected"),
    [
        ("int4", "ปีงบประมาณ พ.ศ.", [2565, 2566, 2567], "time"),
        ("int4", "จำนวนผู้ป่วย", [2565, 2566, 2567], "measure"),
        ("text", "เดือน", ["2567-01", "2567-02"], "time"),
        ("text", "เดือน", ["มกราคม 2567", "ก.พ. 2567"], "time"),
        ("text", "Quarter", ["2567-Q1", "2567-Q2"], "time"),
        ("date", "วันที่", ["2024-01-01", "2024-02-01"], "time"),
        ("text", "จังหวัด", ["เชียงใหม่", "กทม.", "Phuket", "จ.ตาก"], "place"),
        ("text", "รหัสจังหวัด", ["10", "50", "83"], "place"),
        ("int4", "province code", [10, 50, 83], "place"),
        ("text", "รหัส", ["10", "50", "83"], "key"),
        ("int4", "รหัสไปรษณีย์", [10110, 50000], "key"),
        ("int4", "ไตรมาส", [1, 2, 3, 4, 1], "category"),
        ("text", "สถานะ", ["เสร็จ", "ยกเลิก", "เสร็จ"], "category"),
        ("text", "หมายเหตุ", ["ก" * 80, "ข" * 90], "text"),
        ("text", "ว่าง", [None, "", "  "], "text"),
        ("json", "json", ["{}"], "text"),
    ],
)
def test_a_column_is_known_by_type_label_and_cells(kind: str, label: str, cells: list[Any], expected: str) -> None:
    assert role(kind, label, cells).role == expected


@pytest.mark.parametrize(
    ("label", "adds"),
    [
        ("จำนวนผู้สูงอายุ (คน)", True),
        ("งบประมาณ (บาท)", True),
        ("Number of households", True),
        ("ร้อยละของครัวเรือน", False),
        ("รายได้เฉลี่ยต่อครัวเรือน (บาท)", False),
        ("อัตราการว่างงาน", False),
        ("จำนวนผู้ป่วยต่อประชากรแสนคน", False),
        ("GDP per capita", False),
        ("ราคายาง (บาท/กก.)", False),
        ("ดัชนีราคาผู้บริโภค", False),
        ("อายุ (ปี)", False),
        ("x", None),
    ],
)
def test_what_may_be_added_up_is_told_by_the_label(label: str, adds: bool | None) -> None:
    assert role("numeric", label, [1.5, 2.5]).adds is adds


def test_coordinates_come_in_pairs_of_degrees() -> None:
    both = {"lat": ("numeric", "ละติจูด"), "lon": ("numeric", "ลองจิจูด")}
    with table(both, [[13.7, 100.5], [18.8, 99.0]]) as (_reading, columns):
        assert [one.role for one in columns] == ["latitude", "longitude"]
    with table({"lat": ("numeric", "ละติจูด")}, [[13.7], [18.8]]) as (_reading, columns):
        assert [one.role for one in columns] == ["text"]
    with table(both, [[1500000.0, 600000.0], [1500001.0, 600001.0]]) as (_reading, columns):
        assert "latitude" not in [one.role for one in columns]


@pytest.mark.parametrize(
    ("label", "th", "en"),
    [
        ("เงินอุดหนุน (ล้านบาท)", "ล้านบาท", "million baht"),
        ("จำนวนครัวเรือน", "ครัวเรือน", "households"),
        ("ร้อยละของสมาชิก", "ร้อยละ", "percent"),
        ("กำลังการผลิต (kWh)", "kWh", "kWh"),
        ("มูลค่า", "", ""),
    ],
)
def test_a_unit_is_what_a_label_says_it_counts(label: str, th: str, en: str) -> None:
    column = role("numeric", label, [1, 2])
    assert (column.unit("th"), column.unit("en")) == (th, en)


@pytest.mark.parametrize(
    ("text", "th", "en"),
    [
        ("2567", "2567", "2024"),
        ("2024.0", "2567", "2024"),
        ("๒๕๖๗", "2567", "2024"),
        ("ปีงบประมาณ 2567", "2567", "2024"),
        ("2567-02", "ก.พ. 2567", "Feb 2024"),
        ("02/2567", "ก.พ. 2567", "Feb 2024"),
        ("กุมภาพันธ์ 2567", "ก.พ. 2567", "Feb 2024"),
        ("ไตรมาสที่ 2/2567", "Q2 2567", "Q2 2024"),
        ("2567-02-29", "29 ก.พ. 2567", "29 Feb 2024"),
        ("2024-02-29T10:00:00", "29 ก.พ. 2567", "29 Feb 2024"),
    ],
)
def test_a_time_is_read_in_either_era_and_shown_in_the_readers(text: str, th: str, en: str) -> None:
    found = periods.read(text)
    assert found is not None
    assert (found.shown("th"), found.shown("en")) == (th, en)


@pytest.mark.parametrize("text", ["", "12", "1234567", "2567-13", "2567-02-30", "abc 2567", "2567-Q5", "-2567"])
def test_what_is_no_time_is_not_read_as_one(text: str) -> None:
    assert periods.read(text) is None


def test_times_of_a_grain_are_in_order() -> None:
    assert Period(2024, "year") < Period(2025, "year")
    assert periods.read("2567-12") == periods.read("12/2567")
