"""National ID numbers are found however they are written, look-alikes are not, and no number is ever repeated."""

from __future__ import annotations

import json
from typing import Any

import pandas
import pytest
from governing import CLOSED, MASK, NATIONAL_ID, dataset, finds, judged, leaves_alone, national_ids, table
from hypothesis import given
from hypothesis import strategies as st
from stdnum.th import pin

from metadata.finding import Finding
from metadata.standard import Standard
from pipelines.govern import govern
from pipelines.govern.personal.masked import masked

THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
GROUPED = "1-0000-00000-01-7"
OTHER = "3000000000021"


@st.composite
def people_s_numbers(draw: st.DrawFn) -> str:
    """Any number that could be a person's."""
    twelve = str(draw(st.integers(10**11, 9 * 10**11 - 1)))
    return twelve + pin.calc_check_digit(twelve)


def _govern(columns: dict[str, list[Any]], origin: list[Any] | None = None) -> tuple[Finding, ...]:
    return govern(dataset(), Standard.load("gdc-2.2.4"), {"funds": table(columns, origin)})


@pytest.mark.parametrize(
    "cell",
    [
        NATIONAL_ID,
        GROUPED,
        GROUPED.replace("-", " "),
        GROUPED.replace("-", "."),
        GROUPED.replace("-", " - "),
        GROUPED.replace("-", "–"),
        GROUPED.replace("-", "\u00a0"),
        f"1\u200b{NATIONAL_ID[1:]}",
        f"1-{NATIONAL_ID[1:]}",
        "1101 2002 2333 8",
        NATIONAL_ID.translate(THAI_DIGITS),
        GROUPED.translate(THAI_DIGITS),
        "１１０１２００２２３３３８",
        f"  {NATIONAL_ID}\n",
        f"'{NATIONAL_ID}",
        f"{NATIONAL_ID}.0",
        f"ผู้แจ้งชื่อสมชาย เลข {NATIONAL_ID} โทร 02-123-4567",
        f"เลขบัตร{GROUPED}ออกที่ลำปาง",
        f"น.ส.{NATIONAL_ID}",
        f"ID:{NATIONAL_ID}.",
        f"0105536112014,{NATIONAL_ID}",
        f"{NATIONAL_ID};{OTHER}",
        f"https://example.org/p?id={NATIONAL_ID}&x=1",
    ],
)
def test_a_number_is_found_however_it_is_written(cell: str) -> None:
    assert national_ids(cell) >= 1
    assert (
        finds("personal-national-id", columns={"fund_name": ["กองทุน ก", cell], "members": ["1", "2"]}).at.row == 3
    )


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "1101200223330",
        "0105536112014",
        "0994000617721",
        "9101200223336",
        f"0.{NATIONAL_ID}",
        f".{NATIONAL_ID}",
        f"100.{NATIONAL_ID}45",
        "1.101200223338",
        "110.1200223338",
        f"{NATIONAL_ID}.25",
        f"{NATIONAL_ID}1",
        f"5{NATIONAL_ID}",
        NATIONAL_ID[:-1],
        "1,101,200,223,338",
        "110120-0223338",
        "13.75633 100.50182",
        f"{'a' * 20}{NATIONAL_ID}",
        "กองทุนสวัสดิการตำบล 13 แห่ง",
    ],
)
def test_a_look_alike_is_left_alone(cell: str) -> None:
    assert national_ids(cell) == 0
    leaves_alone("personal-national-id", columns={"fund_name": ["กองทุน ก", cell], "members": ["1", "2"]})


@given(people_s_numbers())
def test_any_person_s_number_is_found_and_masked(number: str) -> None:
    grouped = f"{number[0]}-{number[1:5]}-{number[5:10]}-{number[10:12]}-{number[12]}"
    for text in (number, grouped, number.translate(THAI_DIGITS), f"เลข {grouped} ครับ"):
        assert national_ids(text) == 1
        assert masked(text).count(MASK) == 1
        assert number not in masked(text) and grouped not in masked(text)


@given(people_s_numbers(), st.integers(0, 12))
def test_a_number_with_a_wrong_digit_is_nobody_s(number: str, position: int) -> None:
    wrong = f"{number[:position]}{(int(number[position]) + 1) % 10}{number[position + 1 :]}"
    assert national_ids(wrong) == int(pin.is_valid(wrong))


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e11, max_value=1e11))
def test_no_decimal_is_a_number(value: float) -> None:
    assert national_ids(f"{value:.13f}") == national_ids(f"{value:.4f}") == 0


def test_two_numbers_in_one_text_are_two() -> None:
    assert national_ids(f"{NATIONAL_ID} และ {OTHER}") == 2
    assert masked(f"{NATIONAL_ID} และ {OTHER}") == f"{MASK} และ {MASK}"


def test_what_holds_no_number_is_not_masked() -> None:
    assert masked("กองทุน ๒๕๖๗ เลข 1101200223330") == "กองทุน ๒๕๖๗ เลข 1101200223330"


def test_ten_places_are_named_and_all_are_counted() -> None:
    found = [
        finding
        for finding in _govern({"fund_name": [NATIONAL_ID, "ก"] * 15, "members": ["1"] * 30})
        if finding.rule.startswith("personal-national-id")
    ]
    assert [finding.at.row for finding in found[:-1]] == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
    assert [finding.at.source_row for finding in found[:2]] == [5, 7]
    assert found[-1].values["count"] == 15 and found[-1].values["rows"] == 30
    assert {finding.severity for finding in found} == {"error"}


def test_each_column_is_counted_by_itself() -> None:
    found = _govern({"fund_name": [NATIONAL_ID, ""], "members": [OTHER, NATIONAL_ID]})
    counts = {f.at.column: f.values["count"] for f in found if f.rule == "personal-national-id-count"}
    assert counts == {"fund_name": 1, "members": 2}


def test_a_row_of_several_origins_names_the_first() -> None:
    index = pandas.Index([(7, 8), (9, 10)], tupleize_cols=False)
    columns = pandas.DataFrame({"fund_name": ["", NATIONAL_ID], "members": ["", ""]}, dtype=str)
    columns.index = index
    found = govern(dataset(), Standard.load("gdc-2.2.4"), {"funds": columns})
    assert next(f for f in found if f.rule == "personal-national-id").at.source_row == 9


def test_columns_of_the_same_name_are_both_looked_at() -> None:
    columns = pandas.DataFrame([["ก", NATIONAL_ID]], columns=["fund_name", "fund_name"], index=[2], dtype=str)
    found = govern(dataset(), Standard.load("gdc-2.2.4"), {"funds": columns})
    assert [f.values["count"] for f in found if f.rule == "personal-national-id-count"] == [1]


def test_a_table_without_rows_holds_nobody() -> None:
    leaves_alone("personal-national-id", columns={"fund_name": [], "members": []})


@pytest.mark.parametrize("number", [NATIONAL_ID, GROUPED, GROUPED.translate(THAI_DIGITS)])
def test_no_finding_repeats_a_number(number: str) -> None:
    changes = {
        "title": f"ทะเบียน {number}",
        "about.geo_coverage": number,
        "about.data_source": number,
        "keywords": [number, number],
        "about.maintainer_email": number,
        "about.last_updated_date": number,
        "about.geo_coverage_other": number,
        "resources.0.schema.fields.0.title": number,
    }
    found = judged(changes, {"fund_name": [f"เลข {number}"], f"x {number}": [number], f"{number}": ["1"]})
    told = json.dumps([finding.to_dict() for finding in found], ensure_ascii=False)
    assert number not in told and NATIONAL_ID not in told
    assert {"personal-national-id", "personal-national-id-label", "personal-national-id-text"} <= {
        f.rule for f in found
    }


@pytest.mark.parametrize(
    "label",
    [
        "citizen_id",
        "CitizenID",
        "thai_national_id",
        "pid",
        "member_phone",
        "dateOfBirth",
        "e_mail",
        "Email",
    ],
)
def test_a_telling_column_name_is_a_warning(label: str) -> None:
    found = finds("personal-header", columns={"fund_name": ["ก"], label: ["ปกปิด"]})
    assert found.severity == "warning" and found.at.column == label


@pytest.mark.parametrize(
    "label", ["fund_name", "rapid", "province_id", "telecom", "mobility_index", "hotel", "members", "stupid_name"]
)
def test_an_ordinary_column_name_tells_nothing(label: str) -> None:
    leaves_alone("personal-header", columns={"fund_name": ["ก"], label: ["ปกปิด"]})


def test_an_entry_without_data_publishes_no_table() -> None:
    tables = {"funds": table({"fund_name": [NATIONAL_ID]})}
    found = govern(dataset(CLOSED), Standard.load("gdc-2.2.4"), tables)
    assert not [finding for finding in found if finding.rule.startswith("personal-")]


@pytest.mark.parametrize(
    ("title", "severity"),
    [
        ("ข้อมูลการตรวจสอบประวัติอาชญากรรมของผู้สมัครงาน", "warning"),
        ("ข้อมูลการตรวจสอบประวัติอาชญากรรมของผู้สมัครงาน นางสาวมาลี ศรีสุข", "error"),
    ],
)
def test_what_data_are_about_is_no_persons_until_the_text_says_whose(title: str, severity: str) -> None:
    (found,) = (f for f in judged({"title": title}) if f.rule == "personal-criminal-record-text")
    assert found.severity == severity
    (label,) = (
        f
        for f in judged({"resources.0.schema.fields.0.title": title})
        if f.rule == "personal-criminal-record-label"
    )
    assert label.severity == severity
