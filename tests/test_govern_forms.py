"""Contacts, dates, years, keywords and columns: what passes and what does not."""

from __future__ import annotations

import pytest
from governing import STATISTICS, dataset, finds, judged, leaves_alone, table

from metadata.description.forms import looks_like_a_person
from metadata.standard import Standard
from pipelines.govern import govern

DATE = "about.last_updated_date"


@pytest.mark.parametrize(
    "contact",
    [
        "นายสมชาย ใจดี",
        "นาง สมศรี มีสุข",
        "นางสาวสมหญิง",
        "น.ส.สมหญิง ใจดี",
        "ดร.สมชาย",
        "คุณสมชาย ใจดี",
        "Mr. Somchai",
        "ผศ. สมชาย ใจดี",
    ],
)
def test_a_person_is_no_contact(contact: str) -> None:
    assert looks_like_a_person(contact)


@pytest.mark.parametrize(
    "contact",
    [
        "กองยุทธศาสตร์และแผนงาน",
        "นายกองค์การบริหารส่วนตำบล สำนักปลัด",
        "คุณภาพชีวิต กลุ่มงาน",
        "นายทะเบียน สำนักงานเขต",
        "ศูนย์คุณธรรม (องค์การมหาชน)",
        "คุณธรรม สำนักส่งเสริม",
        "Data Office",
    ],
)
def test_a_unit_is_a_contact(contact: str) -> None:
    assert not looks_like_a_person(contact)


@pytest.mark.parametrize(
    "text", ["31/01/2567", "2024-13-01", "2023-02-29", "๒๐๒๔-๐๑-๓๑", "2024-1-31", "31 ม.ค. 2567"]
)
def test_a_date_of_another_form_is_refused(text: str) -> None:
    assert finds("date-form", {DATE: text}).severity == "error"


@pytest.mark.parametrize("text", ["2024-01-31", "2024-01-31T10:30:00", "1957-05-13"])
def test_an_iso_date_passes(text: str) -> None:
    leaves_alone("date-form", {DATE: text})
    leaves_alone("date-buddhist", {DATE: text})


def test_a_buddhist_date_is_answered_with_the_gregorian_one() -> None:
    assert finds("date-buddhist", {DATE: "2567-02-29"}).values["right"] == "2024-02-29"
    leaves_alone("date-form", {DATE: "2567-02-29"})


def test_a_year_of_data_is_answered_with_the_buddhist_one() -> None:
    assert finds("year-gregorian", {**STATISTICS, "about.last_year_of_data": "2024"}).values["right"] == 2567


@pytest.mark.parametrize("year", ["67", "พ.ศ. 2567", "25670", "2567-2568"])
def test_a_year_of_another_form_is_refused(year: str) -> None:
    finds("year-form", {**STATISTICS, "about.last_year_of_data": year})


@pytest.mark.parametrize("tag", ["ก", "a" * 101, "กองทุน/ชุมชน", "กองทุน\nชุมชน", "“กองทุน”"])
def test_a_keyword_the_portals_refuse_is_named(tag: str) -> None:
    assert finds("tag-form", {"keywords": ["สวัสดิการ", tag]}).values["value"] == tag.strip()


@pytest.mark.parametrize("tag", ["ที่อยู่อาศัย", "สถิติ", "a-b_c.d", "ทุน 2567", "๒๕๖๗"])
def test_a_thai_keyword_passes(tag: str) -> None:
    leaves_alone("tag-form", {"keywords": [tag]})


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "ทุกปี", "๑"])
def test_an_interval_is_a_whole_number_from_one(number: str) -> None:
    assert finds("frequency-interval-form", {"about.update_frequency_interval": number}).severity == "warning"


@pytest.mark.parametrize("label", ["1st", "fund name", "fund-name", "ชื่อกองทุน", "name!"])
def test_a_column_name_that_is_no_slug_is_refused(label: str) -> None:
    assert finds("column-name", columns={"fund_name": ["ก"], label: ["1"]}).at.column == label


def test_a_column_without_a_name_is_told_by_its_number() -> None:
    assert finds("column-name-empty", columns={"fund_name": ["ก"], "": ["1"]}).values["position"] == 2


def test_a_table_that_was_not_made_is_not_judged() -> None:
    standard = Standard.load("gdc-2.2.4")
    assert govern(dataset({"resources.0.schema": None}), standard, {}) == ()
    assert govern(dataset({"resources.0.schema": None}), standard, {"funds": table()}) != ()


def test_a_renamed_column_names_the_one_without_a_description() -> None:
    found = judged(columns={"fund_name": ["ก"], "member_count": ["1"]})
    assert [finding.rule for finding in found] == ["column-undescribed", "column-absent"]
    assert found[1].at.column == "members" and found[1].values["columns"] == ["member_count"]
