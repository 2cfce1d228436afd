"""Addresses, births, pictures, section 26: what is a person's is found; an office's or an event's is not."""

from __future__ import annotations

import polars
import pytest

import pipelines.govern  # noqa: F401 (fills the register)
from metadata.finding import Place, Severity
from pipelines.govern.personal import column, prose
from pipelines.govern.personal.entity import ENTITIES


def _sure(text: str) -> list[str]:
    for name, entity in ENTITIES.items():
        if entity.rough and any(one.name == name for one, _ in prose.hits(text)):
            assert polars.Series([text]).str.contains(entity.rough)[0], f"the rough form of {name} misses it"
    return sorted({entity.name for entity, hit in prose.hits(text) if hit.sure})


def _told(columns: dict[str, list[str]]) -> dict[str, dict[str, Severity]]:
    table = polars.DataFrame(columns, schema=dict.fromkeys(columns, polars.String))
    told: dict[str, dict[str, Severity]] = {}
    for finding in column.findings(table, Place(dataset="register")):
        told.setdefault(finding.at.column or "", {})[finding.values["entity"]] = finding.severity
    return told


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("ผู้ร้องอาศัยอยู่ 12/3 หมู่ 4 ต.ในเมือง อ.เมือง จ.ขอนแก่น 40000", ["address"]),
        ("นายสมชาย ใจดี อยู่บ้านเลขที่ ๕ หมู่ ๒ ต.นาดี", ["address", "person-name"]),
        ("นายสมชาย ใจดี 123/45 ต.นาดี อ.เมือง จ.เลย", ["address", "person-name"]),
        ("lives at 99/1 Soi Sukhumvit 21, Sukhumvit Road, Khlong Toei, Bangkok 10110", ["address"]),
        ("ผู้ร้องเกิดวันที่ 5 มกราคม 2540", ["birth-date"]),
        ("วันเกิด: ๑๒ ธ.ค. ๒๔๙๙", ["birth-date"]),
        ("born on 5 January 1990", ["birth-date"]),
        ("ผู้ต้องขังนับถือศาสนาอิสลาม", ["religion"]),
        ("นายสมชาย ใจดี ป่วยเป็นโรคหัวใจ", ["health", "person-name"]),
        ("ผู้ร้องเป็นคนพิการทางการเห็น", ["disability"]),
        ("ผู้สมัครเคยต้องโทษจำคุก", ["criminal-record"]),
    ],
)
def test_a_text_that_tells_of_a_person_is_sure(text: str, entities: list[str]) -> None:
    assert _sure(text) == entities


@pytest.mark.parametrize(
    "text",
    [
        "สำนักงานตั้งอยู่เลขที่ 12/3 หมู่ 4 ต.ในเมือง อ.เมือง จ.ขอนแก่น",
        "บริษัท ทดสอบ จำกัด 99 ถ.มิตรภาพ ต.นาดี อ.เมือง จ.เลย",
        "โครงการก่อสร้างถนนลาดยาง หมู่ที่ 5 ต.นาดี อ.เมือง จ.อุดรธานี",
        "ที่ดินแปลงเลขที่ 12 หมู่ 4 ต.นาดี อ.เมือง จ.เลย",
        "คำสั่งที่ 12/2567 อำเภอเมือง",
        "ต.นาดี อ.เมือง จ.อุดรธานี",
        "วันเกิดเหตุ 5 ม.ค. 2560",
        "แผ่นดินไหวเกิดเมื่อวันที่ 5 มกราคม 2540",
        "ประกาศ ณ วันที่ 5 มกราคม 2540",
        "อบรมให้ความรู้เรื่องโรคเบาหวานแก่ประชาชน 20 คน",
        "ประชาชนป่วยเป็นไข้เลือดออก 20 ราย",
        "ร้อยละ 90 นับถือศาสนาพุทธ",
        "สนับสนุนกายอุปกรณ์แก่คนพิการ 3 ราย",
    ],
)
def test_a_text_about_offices_events_and_counts_is_left_alone(text: str) -> None:
    assert _sure(text) == []


PERSONS = {"ชื่อ-สกุล": ["สมชาย ใจดี", "มาลี ศรีสุข", "มานะ รักไทย", "วิไล มีสุข", "ปิติ บัวแก้ว"]}
FAITHS = {"ศาสนา": ["พุทธ", "อิสลาม", "คริสต์", "พุทธ", "พุทธ"]}


def test_section_26_is_an_error_where_a_row_is_a_person() -> None:
    assert _told(PERSONS | FAITHS)["ศาสนา"] == {"religion": "error"}
    aged = {"อายุ": ["20", "31", "42", "53", "64"], "เพศ": ["ชาย", "หญิง", "ชาย", "หญิง", "ชาย"]}
    assert _told(aged | FAITHS)["ศาสนา"] == {"religion": "error"}


@pytest.mark.parametrize(
    "around",
    [
        {"จำนวน": ["10", "20", "30", "40", "50"]},
        {"ชื่อวัด": ["วัดเหนือ", "วัดใต้", "วัดกลาง", "วัดบน", "วัดล่าง"]},
        {"กลุ่มอายุ": ["0-4", "5-9", "10-14", "15-19", "20-24"], "เพศ": ["ชาย", "หญิง", "ชาย", "หญิง", "รวม"]},
    ],
)
def test_section_26_is_a_note_in_statistics_and_lists(around: dict[str, list[str]]) -> None:
    assert _told(around | FAITHS) == {"ศาสนา": {"religion": "note"}}


def test_a_candidate_s_party_is_public_and_a_voter_s_is_not() -> None:
    parties = {"พรรคที่สังกัด": ["พรรคหนึ่ง", "พรรคสอง", "พรรคสาม", "พรรคสี่", "พรรคห้า"]}
    assert _told(PERSONS | parties)["พรรคที่สังกัด"] == {"politics": "error"}
    votes = {"คะแนน": ["10", "20", "30", "40", "50"]}
    assert _told(PERSONS | parties | votes)["พรรคที่สังกัด"] == {"politics": "note"}


def test_a_picture_of_a_face_is_told_by_its_header_and_a_place_s_is_not() -> None:
    files = [f"IMG_{number}.jpg" for number in range(5)]
    assert _told({"รูปถ่าย": files, "ภาพสถานที่": files}) == {"รูปถ่าย": {"image": "error"}}


def test_a_date_is_one_of_birth_by_its_header() -> None:
    days = ["5 มกราคม 2540", "2533-01-09", "1990-12-31", "๑/๒/๒๕๔๕", "31 ธ.ค. 42"]
    assert _told({"วันเกิด": days, "วันที่เกิดเหตุ": days, "วันที่ประกาศ": days}) == {"วันเกิด": {"birth-date": "error"}}


def test_an_office_s_address_is_public_and_a_person_s_is_not() -> None:
    houses = [f"{number}/3 หมู่ 4 ต.นาดี อ.เมือง จ.เลย" for number in range(1, 7)]
    assert _told({"ที่อยู่": houses}) == {"ที่อยู่": {"address": "error"}}
    assert _told({"ชื่อโรงเรียน": [f"โรงเรียนที่ {n}" for n in range(6)], "ที่ตั้ง": houses}) == {}
