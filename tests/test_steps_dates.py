"""Steps for dates and years: Thai forms, eras, and what only the column or the steward can decide."""

from __future__ import annotations

import pytest
from cleaning import does, doubts, leaves, run, table


@pytest.mark.parametrize(
    "written",
    [
        "5 มกราคม 2567",
        "๕ มกราคม ๒๕๖๗",
        "วันที่ 5 เดือน มกราคม พ.ศ. 2567",
        "วันศุกร์ที่ 5 มกราคม พ.ศ.2567",
        "5 ม.ค. 2567",
        "5 มค 2567",
        "5 ม. ค. 2567",
        "5ม.ค.2567",
        "5-ม.ค.-2567",
        "05/01/2567",
        "5.1.2567",
        "05-01-2024",
        "2567-01-05",
        "2567/1/5",
        "25670105",
        "5 January 2024",
        "5-Jan-2024",
        "January 5, 2024",
        "5 ม.ค. พ.ศ. 67",
        "5 ม.ค. ค.ศ. 2024",
        "2024-01-05 00:00:00",
        "2024-01-05T00:00:00",
    ],
)
def test_a_date_becomes_iso_however_it_is_written(written: str) -> None:
    does("thai-date", written, "2024-01-05")


def test_an_iso_date_is_left_alone() -> None:
    leaves("thai-date", "2024-01-05")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("31/02/2567", "date-impossible"),
        ("13/25/2567", "date-impossible"),
        ("29 ก.พ. 2566", "date-impossible"),
        ("5 ม.ค. 67", "date-era"),
        ("5 ม.ค. 2750", "date-era"),
        ("5 ม.ค. พ.ศ. 2024", "date-era"),
        ("ม.ค. 2567", "date-partial"),
        ("2567", "date-partial"),
        ("5 ม.ค. 2567 เวลา 13.30 น.", "date-time"),
        ("2024-01-05 08:30", "date-time"),
        ("45296", "date"),
        ("ไตรมาส 1", "date"),
        ("5 มกรา 2567 ถึง 6 มกรา 2567", "date"),
    ],
)
def test_a_date_is_not_guessed(written: str, reason: str) -> None:
    doubts("thai-date", written, reason)


def test_a_leap_day_is_checked_in_the_right_era() -> None:
    does("thai-date", "29/02/2567", "2024-02-29")


def test_a_declared_era_decides_short_years() -> None:
    does("thai-date", "5 ม.ค. 67", "2024-01-05", era="buddhist")
    does("thai-date", "5-Jan-24", "2024-01-05", era="gregorian")
    does("thai-date", "5-Jan-99", "1999-01-05", era="gregorian")


def test_a_declared_era_does_not_bend_what_contradicts_it() -> None:
    doubts("thai-date", "05/01/2024", "date-era", era="buddhist")
    doubts("thai-date", "05/01/2567", "date-era", era="gregorian")
    doubts("thai-date", "5 ม.ค. 98", "date-era", era="buddhist")
    doubts("thai-date", "5-Jan-45", "date-era", era="gregorian")


def test_a_workbooks_own_date_is_read_in_its_own_era_whatever_is_declared() -> None:
    leaves("thai-date", "2024-01-05", era="buddhist")
    does("thai-date", "2567-01-05", "2024-01-05", era="gregorian")


def test_the_column_decides_short_years_when_it_has_one_era() -> None:
    made = run(table({"วันที่": ["5 ม.ค. 67", "6 ม.ค. 2567", "๗/๑/๖๗"]}), ("thai-date", {"columns": ["วันที่"]}))
    assert made.table["วันที่"].tolist() == ["2024-01-05", "2024-01-06", "2024-01-07"]


def test_a_workbooks_own_dates_say_nothing_of_what_people_typed_beside_them() -> None:
    made = run(table({"วันที่": ["2024-01-05", "5 ม.ค. 67"]}), ("thai-date", {"columns": ["วันที่"]}))
    assert made.table["วันที่"].tolist() == ["2024-01-05", "5 ม.ค. 67"]
    assert [finding.rule for finding in made.findings] == ["undecided-date-era"]


def test_a_short_year_after_a_thai_month_is_never_taken_for_gregorian_by_its_column() -> None:
    made = run(table({"วันที่": ["05/01/2024", "5 ม.ค. 67", "5/1/24"]}), ("thai-date", {"columns": ["วันที่"]}))
    assert made.table["วันที่"].tolist() == ["2024-01-05", "5 ม.ค. 67", "2024-01-05"]


def test_a_column_of_both_eras_decides_nothing_for_short_years() -> None:
    made = run(table({"วันที่": ["5 ม.ค. 67", "6 ม.ค. 2567", "7 Jan 2024"]}), ("thai-date", {"columns": ["วันที่"]}))
    assert made.table["วันที่"].tolist() == ["5 ม.ค. 67", "2024-01-06", "2024-01-07"]
    assert [finding.rule for finding in made.findings] == ["undecided-date-era"]


def test_months_written_first_make_the_unclear_dates_undecided() -> None:
    frame = table({"วันที่": ["05/13/2567", "05/06/2567", "07/07/2567", "25/06/2567"]})
    made = run(frame, ("thai-date", {"columns": ["วันที่"]}))
    assert made.table["วันที่"].tolist() == ["05/13/2567", "05/06/2567", "2024-07-07", "2024-06-25"]
    assert {finding.rule for finding in made.findings} == {"undecided-date-impossible", "undecided-date-order"}
    first = run(frame, ("thai-date", {"columns": ["วันที่"], "order": "month-first"}))
    assert first.table["วันที่"].tolist() == ["2024-05-13", "2024-05-06", "2024-07-07", "25/06/2567"]


def test_month_first_does_not_turn_an_iso_date_round() -> None:
    does("thai-date", "2567-05-06", "2024-05-06", order="month-first")


def test_precision_month_takes_months_and_nothing_finer_or_coarser() -> None:
    does("thai-date", "ม.ค. 2567", "2024-01", precision="month")
    does("thai-date", "01/2567", "2024-01", precision="month")
    doubts("thai-date", "5 ม.ค. 2567", "date-partial", precision="month")
    doubts("thai-date", "2567", "date-partial", precision="month")


def test_precision_as_written_keeps_what_is_known() -> None:
    does("thai-date", "5 ม.ค. 2567", "2024-01-05", precision="as-written")
    does("thai-date", "พ.ศ. 2567", "2024", precision="as-written")


def test_a_time_is_kept_or_dropped_as_declared() -> None:
    does("thai-date", "5 ม.ค. 2567 เวลา 13.30 น.", "2024-01-05T13:30:00", time="keep")
    does("thai-date", "2024-01-05 08:30:15", "2024-01-05", time="drop")


@pytest.mark.parametrize(
    "written", ["พ.ศ. 2567", "ปี 2567", "ปีงบประมาณ พ.ศ. ๒๕๖๗", "ปีการศึกษา 2567", "2024", "ค.ศ. 2024"]
)
def test_a_year_is_written_in_the_era_asked_for(written: str) -> None:
    does("year", written, "2567", to="buddhist")


def test_a_year_in_its_era_is_left_alone() -> None:
    leaves("year", "2567", to="buddhist")
    leaves("year", "2024", to="gregorian")


@pytest.mark.parametrize(
    ("written", "reason"), [("67", "date-era"), ("2567/2568", "year"), ("รวม", "year"), ("3567", "date-era")]
)
def test_a_year_is_not_guessed(written: str, reason: str) -> None:
    doubts("year", written, reason, to="gregorian")


def test_short_years_are_decided_by_the_column_or_the_steward() -> None:
    made = run(table({"ปี": ["66", "2567"]}), ("year", {"columns": ["ปี"], "to": "gregorian"}))
    assert made.table["ปี"].tolist() == ["2023", "2024"]
    does("year", "66", "2566", to="buddhist", era="buddhist")
