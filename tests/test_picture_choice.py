"""Which picture a table gets, and the numbers in it: worked out by hand."""

from __future__ import annotations

import pytest
from picture_ground import first, kinds, pictures, values

from catalog.picture.figures import MOST_PERIODS, OTHERS
from catalog.picture.told import Told
from catalog.web.words import Speech

PANEL = {
    "year": ("int4", "ปี พ.ศ."),
    "province": ("text", "จังหวัด"),
    "sex": ("text", "เพศ"),
    "people": ("int4", "จำนวน (คน)"),
    "share": ("numeric", "ร้อยละ"),
}
ROWS = [
    [2565, "เชียงใหม่", "ชาย", 10, 20.0],
    [2565, "เชียงใหม่", "หญิง", 20, 40.0],
    [2565, "เชียงใหม่", "รวม", 30, 30.0],
    [2566, "เชียงใหม่", "ชาย", 1, 10.0],
    [2566, "ตาก", "หญิง", 2, None],
    [2568, "ตาก", "ชาย", 5, 50.0],
    [2568, "เชียงใหม่", "หญิง", None, 60.0],
]
"""Totals among the rows, a year that is missing, cells that are empty."""


def test_lines_for_time_add_up_counts_without_totals_and_show_what_is_missing() -> None:
    made = first(PANEL, ROWS)
    assert made.choice.kind == "line"
    assert made.choice.how == "sum"
    lines = {one.cell: one.values for one in made.lines}
    assert [key.at for key in made.keys] == [2022, 2023, 2024, 2025]  # type: ignore[union-attr]
    assert lines == {"หญิง": (20.0, 2.0, None, None), "ชาย": (10.0, 1.0, None, 5.0)}
    told = Told(made, Speech("th"))
    assert told.title == "จำนวน ตามปี แยกตามเพศ"
    assert Told(first(PANEL, ROWS * 2), Speech("th")).title == "ผลรวมของจำนวน ตามปี แยกตามเพศ"
    notes = " ".join(told.notes())
    assert "2567" in notes
    assert "ยอดรวม" in notes
    assert "1 แถว" in notes


def test_a_share_is_never_added_up() -> None:
    described = {name: PANEL[name] for name in ("year", "sex", "share")}
    made = first(described, [[row[0], row[2], row[4]] for row in ROWS * 2])
    assert made.choice.how == "mean"
    lines = {one.cell: one.values for one in made.lines}
    assert lines["ชาย"] == (20.0, 10.0, None, 50.0)
    assert Told(made, Speech("en")).title.startswith("ร้อยละ, average")
    told = Told(made, Speech("th"))
    assert told.title.startswith("ค่าเฉลี่ยของ")
    assert "%" in told.sentence


def test_a_map_shows_the_last_time_alone_and_says_so() -> None:
    wide = [[2568, name, "ชาย", n, 1.0] for n, name in enumerate(("ตาก", "เลย", "น่าน", "ตาก"), 1)]
    wide.append([2568, "เลย", "หญิง", 7, 1.0])
    found = {one.choice.kind: one for one in pictures(PANEL, [*ROWS, *wide])}
    maps, bars = found["map"], found["bar"]
    assert values(bars) == {"ชาย": 5.0 + 1 + 2 + 3 + 4, "หญิง": 7.0}
    assert values(maps) == {"42": 2.0 + 7.0, "50": None, "55": 3.0, "63": 1.0 + 4.0 + 5.0}
    assert "2568" in Told(maps, Speech("th")).title
    assert "2025" in Told(maps, Speech("en")).title


def test_one_row_for_each_group_is_no_sum() -> None:
    described = {"office": ("text", "สำนัก"), "money": ("numeric", "งบประมาณ (บาท)")}
    made = first(described, [["ก", 5.0], ["ข", 7.0], ["ค", 3.0]])
    assert (made.choice.kind, made.single) == ("bar", True)
    assert list(values(made)) == ["ข", "ก", "ค"]
    assert Told(made, Speech("th")).title == "งบประมาณ ตามสำนัก"


def test_many_categories_become_others_only_where_they_may_be_added_up() -> None:
    rows = [[f"หมวด {n % 40:02}", n % 40 + 1] for n in range(80)]
    counted = first({"a": ("text", "หมวด"), "n": ("int4", "จำนวน (คน)")}, rows)
    assert OTHERS not in counted.keys  # they would be longer than all that is shown
    assert (len(counted.keys), counted.groups) == (11, 40)
    assert sum(value or 0 for value in values(counted).values()) + (counted.rest or 0) == sum(
        row[1] for row in rows
    )
    assert "อื่น ๆ" in " ".join(Told(counted, Speech("th")).notes())
    few = first({"a": ("text", "หมวด"), "n": ("int4", "จำนวน (คน)")}, rows[:14])
    assert (few.keys[-1], few.lines[0].values[-1], few.rest) == (OTHERS, 1.0 + 2 + 3, None)
    shares = first({"a": ("text", "หมวด"), "n": ("int4", "ร้อยละ")}, rows)
    assert OTHERS not in shares.keys
    assert len(shares.keys) == 12
    assert shares.groups == 40


def test_things_that_happened_on_a_day_are_no_line() -> None:
    described = {"code": ("text", "รหัส"), "founded": ("date", "วันก่อตั้ง"), "kind": ("text", "ประเภท")}
    rows = [[f"F{n:03}", f"20{n % 20:02}-01-01", "ก" if n % 3 else "ข"] for n in range(60)]
    made = first(described, rows)
    assert (made.choice.kind, made.choice.how) == ("bar", "count")
    assert values(made) == {"ก": 40.0, "ข": 20.0}


def test_days_become_months_and_years_where_there_are_too_many() -> None:
    described = {"day": ("date", "วันที่"), "rain": ("numeric", "ปริมาณน้ำฝน (มม.)")}
    days = [[f"{2015 + n // 360}-{n // 30 % 12 + 1:02}-{n % 28 + 1:02}", 1.0] for n in range(3600)]
    made = first(described, days)
    assert made.keys[0].grain == "month"  # type: ignore[union-attr]
    assert len(made.keys) <= MOST_PERIODS
    assert sum(value or 0 for value in values(made).values()) == 3600


def test_measures_of_one_unit_are_lines_together() -> None:
    described = {
        "year": ("int4", "ปี"),
        "a": ("int4", "ชาย (คน)"),
        "b": ("int4", "หญิง (คน)"),
        "c": ("int4", "เงิน (บาท)"),
    }
    made = first(described, [[2560 + n, n, 2 * n, 3 * n] for n in range(4)])
    assert [one.measure.name for one in made.lines if one.measure] == ["a", "b"]
    assert Told(made, Speech("th")).title == "ชาย และหญิง ตามปี"


def test_coordinates_are_dots_and_those_elsewhere_are_counted() -> None:
    described = {"id": ("text", "รหัส"), "lat": ("numeric", "ละติจูด"), "lon": ("numeric", "ลองจิจูด")}
    rows = [["a", 13.75, 100.5], ["b", 13.76, 100.51], ["c", 18.8, 99.0], ["d", None, None], ["e", 51.5, 0.1]]
    made = first(described, rows)
    assert made.choice.kind == "points"
    assert (made.rows, made.elsewhere, sum(dot[2] for dot in made.dots)) == (3, 2, 3)


@pytest.mark.parametrize(
    "rows", [[], [[2567, "ตาก", "ชาย", 1, 1.0]], [[None] * 5] * 3, [[2567, "รวม", "รวม", 1, 1.0]] * 2]
)
def test_where_there_is_nothing_to_see_there_is_no_picture(rows: list[list[object]]) -> None:
    assert pictures(PANEL, rows) == []


def test_a_publisher_chooses_another_picture_or_none() -> None:
    view = {"title": "ตามเพศ", "title_en": "By sex", "spec": {"type": "bar", "group": "sex", "series": ["share"]}}
    made = first(PANEL, ROWS, [view])
    assert (made.choice.kind, made.choice.how, Told(made, Speech("th")).title) == ("bar", "mean", "ตามเพศ")
    assert Told(made, Speech("en")).title == "By sex"
    assert pictures(PANEL, ROWS, []) == []
    assert pictures(PANEL, ROWS, [{"spec": {"type": "none"}}]) == []
    unknown = [{"spec": {"type": "bar", "group": "gone", "series": ["share"]}}, {"spec": 3}, {}]
    assert kinds(pictures(PANEL, ROWS, unknown)) == kinds(pictures(PANEL, ROWS))
