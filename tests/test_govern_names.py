"""Persons' names are found with and without a title; offices, places, virtues and things are left alone."""

from __future__ import annotations

import polars
import pytest
from personal_alikes import MAKERS
from personal_values import WORDS, family, given, seeded, titled_name

import pipelines.govern  # noqa: F401 (fills the register)
from metadata.finding import Place
from pipelines.govern.personal import column
from pipelines.govern.personal.entity import ENTITIES, plain

NAMES = ENTITIES["person-name"]


def _found(text: str) -> list[tuple[str, bool]]:
    shown = plain(text)[0]
    hits = [(shown[hit.start : hit.end], hit.sure) for hit in NAMES.find(shown)]
    assert not hits or polars.Series([text]).str.contains(NAMES.rough or "")[0], "the rough form misses it"
    return hits


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("นายสมชาย ใจดี", "นายสมชาย ใจดี"),
        ("นาย สมชาย  ใจดี", "นาย สมชาย  ใจดี"),
        ("น.ส.มาลี ณ นคร", "น.ส.มาลี ณ นคร"),
        ("ด.ญ.ชญานิศ แซ่ตั้ง", "ด.ญ.ชญานิศ แซ่ตั้ง"),
        ("ว่าที่ ร.ต.ประยูร มีสุข", "ว่าที่ ร.ต.ประยูร มีสุข"),
        ("พล.ต.ต. มานะ มีสุข", "พล.ต.ต. มานะ มีสุข"),
        ("พันตำรวจโทหญิงวิไล มีสุข", "พันตำรวจโทหญิงวิไล มีสุข"),
        ("ผศ.ดร.ธนกฤต สุวรรณวงศ์", "ผศ.ดร.ธนกฤต สุวรรณวงศ์"),
        ("1.นายสมชาย ใจดี", "นายสมชาย ใจดี"),
        ("พระครูสุนทร ใจดี", "พระครูสุนทร ใจดี"),
        ("ได้รับเรื่องจากนางสาวมาลี ศรีสุข เมื่อวานนี้", "นางสาวมาลี ศรีสุข"),
        ("ผู้ร้อง มานะ มีสุข ขอให้ซ่อมถนน", "มานะ มีสุข"),
        ("นายกขคง ฎฏฐทน", "นายกขคง ฎฏฐทน"),
        ("นางรำไพ สํารวย", "นางรำไพ สํารวย"),
        ("กิโลกรัมต่อไร่\nนาง มาลี ศรีสุข แจ้งว่า", "นาง มาลี ศรีสุข"),
        ("รายชื่อกองทุน ส.อ.สมชาย ใจดี", "ส.อ.สมชาย ใจดี"),
        ("สมชาย ใจดี โทร. 02 000 0000", "สมชาย ใจดี"),
        ("Mr. Somchai Jaidee", "Mr. Somchai Jaidee"),
        ("DR SOMCHAI JAIDEE", "DR SOMCHAI JAIDEE"),
    ],
)
def test_a_name_after_a_title_is_sure(text: str, name: str) -> None:
    assert _found(text) == [(name, True)]


@pytest.mark.parametrize("text", ["สมชาย ใจดี", "ณัฐธิดา แซ่ลิ้ม", "2) มานะ รักไทย", "พรวิภา ณ อยุธยา"])
def test_a_given_name_and_a_surname_alone_are_likely_one(text: str) -> None:
    assert [sure for _, sure in _found(text)] == [False]


def test_each_name_of_a_list_in_one_cell_is_found() -> None:
    assert [name for name, _ in _found("สมชาย ใจดี, มานะ รักไทย")] == ["สมชาย ใจดี", "มานะ รักไทย"]


@pytest.mark.parametrize(
    "text",
    [
        *WORDS["persons_like"],
        *WORDS["shops"],
        *WORDS["things"],
        "นายกรัฐมนตรี แถลงข่าว",
        "นายอำเภอเมือง เป็นประธาน",
        "นายแพทย์สาธารณสุข จังหวัด",
        "นายช่าง โยธา",
        "นางเลิ้งเป็นประธาน ณ ตลาด",
        "คุณสมบัติ ผู้สมัคร",
        "คุณธรรม จริยธรรม",
        "พระราชทาน เพลิงศพ",
        "พระนคร สมุทรสงคราม",
        "สมเด็จพระเทพรัตน ราชสุดา",
        "โรงพยาบาลสมเด็จพระยุพราช สว่างแดนดิน",
        "โครงการเฉลิมพระเกียรติ 80 พรรษา",
        "มูลนิธินายแพทย์สมชาย ใจดี",
        "บริษัท นายเลิศ จำกัด",
        "ถนนนายสมชาย ใจดี",
        "ตำบลเกาะนางคำ อำเภอปากพะยูน",
        "พ.ศ. ศรี สุข",
        "น.ส. 3 ก.",
        "ด.ช. และ ด.ญ. อายุ 5 ปี",
        "อ.เวียงชัย เชียงราย",
        "ภาคเหนือ ตอนบน",
        "บางจาก แม่ลาว",
        "บ้านฝาง วรนคร",
        "ข้าวหอมมะลิ อินทรีย์",
        "Miss you",
    ],
)
def test_what_begins_or_looks_like_a_name_is_left_alone(text: str) -> None:
    assert _found(text) == []


def _errors(columns: dict[str, list[str]]) -> dict[str, list[str]]:
    rows = column.found(polars.DataFrame(columns, schema=dict.fromkeys(columns, polars.String)))
    return {label: sorted(told) for label, told in zip(columns, rows, strict=True) if told}


def test_a_column_of_names_tells_without_a_header_and_one_of_places_does_not() -> None:
    random = seeded("names")
    names = [f"{given(random)} {family(random)}" for _ in range(20)]
    places = [f"{MAKERS['village'](random)} {MAKERS['province'](random)}" for _ in range(20)]
    assert _errors({"ข้อมูล": names, "จุดเริ่มต้น": places}) == {"ข้อมูล": ["person-name"]}


def test_a_given_name_alone_is_one_beside_a_surname_only() -> None:
    random = seeded("pairs")
    first, last = [given(random) for _ in range(8)], [family(random) for _ in range(8)]
    assert _errors({"ชื่อ": first, "นามสกุล": last}) == {"ชื่อ": ["person-name"], "นามสกุล": ["person-name"]}
    assert _errors({"ชื่อ": first, "สกุลเงิน": ["บาท"] * 8}) == {}


def test_no_finding_repeats_a_name() -> None:
    random = seeded("discreet")
    names = [titled_name(random) for _ in range(5)]
    told = column.findings(polars.DataFrame({"ข้อมูล": names}), Place(dataset="register"))
    assert told and not any(part in str(told) for name in names for part in name.split() if len(part) > 3)
