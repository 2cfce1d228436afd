"""Each kind of personal data is told from what only looks like it, by form, words near it, header and table."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import polars
import pytest
from governing import finds, judged, leaves_alone
from hypothesis import given, settings
from hypothesis import strategies as st
from personal_alikes import MAKERS
from personal_corpus import SAYING, sentence
from personal_values import DISGUISES, THAI, VALUES, WORDS, bare_id, card, digits, family, seeded
from personal_values import given as name

from metadata import areas
from metadata.finding import Finding, Place
from pipelines.govern.personal import column
from pipelines.govern.personal.entity import ENTITIES, plain
from pipelines.govern.personal.masked import discreet, masked
from pipelines.govern.personal.prose import finders, hits, sure

RANDOM = seeded("entities")
MOBILE, FIXED = f"08{digits(RANDOM, 8)}", f"02{digits(RANDOM, 7)}"
FOUND = [name for name, entity in ENTITIES.items() if entity.rough and SAYING.get(name)]


def apart(number: str, *places: int, mark: str = "-") -> str:
    """A number parted after so many digits."""
    ends = [0, *places, len(number)]
    return mark.join(number[a:b] for a, b in pairwise(ends))


def errors(columns: dict[str, list[str]]) -> dict[str, set[str]]:
    """Column → the entities found in it."""
    cells = polars.DataFrame(columns)
    return {name: set(one) for name, one in zip(cells.columns, column.found(cells), strict=True) if one}


def told_of(columns: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The Findings of a table: rule and severity."""
    return [(one.rule, one.severity) for one in column.findings(polars.DataFrame(columns), Place())]


@pytest.mark.parametrize("name", FOUND)
def test_a_sentence_holds_it_and_is_told_without_it(name: str) -> None:
    random = seeded("prose", name)
    said = [sentence(random, random.choice(SAYING[name]))[0] for _ in range(24)]
    found = [text for text in said if name in sure(text)]
    assert len(found) >= 0.7 * len(said), name  # the corpus measures how many; not every name is known
    for text in found:
        assert name not in sure(masked(text))
        at = Place(sheet=text, column=text)
        told = discreet(Finding(rule="personal-phone", at=at, values={"of": [text], text: {"in": text}}))
        assert text not in repr(told)


@pytest.mark.parametrize("text", WORDS["harmless"])
def test_a_harmless_sentence_holds_nobody(text: str) -> None:
    random = seeded("harmless", text)
    for _ in range(3):
        said, _ = sentence(random, text)
        assert not sure(said)
        assert masked(said) == said


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_whatever_is_found_has_passed_the_first_sieve(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not for keys
    name = random.choice(list(VALUES))
    values = [VALUES[name](random), random.choice(list(DISGUISES.values()))(bare_id(random), random)]
    values += [sentence(random, random.choice(SAYING[name]))[0]] if SAYING.get(name) else []
    for text in [*values, *(value.translate(THAI) for value in values)]:
        for entity in finders():
            if any(True for _ in entity.find(plain(text)[0])):
                assert entity.rough and polars.Series([text]).str.contains(entity.rough).item()


@pytest.mark.parametrize(
    "text",
    [
        apart(MOBILE, 3, 6),
        apart(MOBILE, 3),
        apart(MOBILE, 3, 6, mark=" "),
        apart(MOBILE, 2, 6),
        apart(MOBILE, 3, 6, mark="."),
        apart(MOBILE, 3, 6).translate(THAI),
        f"({MOBILE[:3]}) {MOBILE[3:6]}-{MOBILE[6:]}",
        f"+66{MOBILE[1:]}",
        f"+66 (0) {MOBILE[1:3]} {MOBILE[3:6]} {MOBILE[6:]}",
        f"แจ้งเหตุ {MOBILE} ด่วน",
        f"เบอร์บ้าน {apart(FIXED, 2, 5)}",
        f"tel_{MOBILE}.csv",
    ],
)
def test_a_person_s_telephone_is_found_in_any_text(text: str) -> None:
    assert "phone" in sure(text)


@pytest.mark.parametrize(
    "text",
    [
        MOBILE,
        FIXED,
        f"สำนักงาน โทร {apart(FIXED, 2, 5)}",
        "1111",
        "191",
        f"รหัสเอกสาร {MOBILE}",
        f"PO-{MOBILE}",
        f"{MOBILE}.50",
        f"1{MOBILE}",
        f"{MOBILE}1",
        "08-12-2567 10:30",
    ],
)
def test_other_numbers_are_no_sure_telephone(text: str) -> None:
    assert "phone" not in sure(text)


def test_a_column_of_bare_telephones_needs_no_header() -> None:
    random = seeded("bare")
    numbers = [f"09{digits(random, 8)}" for _ in range(20)]
    assert errors({"data": numbers}) == {"data": {"phone"}}
    assert errors({"data": [*numbers[:2], *(f"31{digits(random, 8)}" for _ in range(18))]}) == {}


def test_an_office_s_telephone_and_mailbox_are_public() -> None:
    random = seeded("office")
    fixed, own = [apart(f"02{digits(random, 7)}", 2, 5) for _ in range(8)], ["saraban@agency.go.th"] * 8
    assert errors({"โทรศัพท์หน่วยงาน": fixed, "อีเมลหน่วยงาน": own}) == {}
    assert errors({"ชื่อโรงเรียน": ["บ้านหนองบัว"] * 8, "โทรศัพท์": fixed, "อีเมล": own}) == {}
    assert errors({"อายุ": ["41"] * 8, "โทรศัพท์": fixed}) == {"โทรศัพท์": {"phone"}}


def test_a_mobile_number_among_an_office_s_is_to_be_looked_at() -> None:
    mobile = [apart(MOBILE, 3, 6)] * 6
    told = told_of({"ชื่อโรงเรียน": ["บ้านหนองบัว"] * 6, "โทรศัพท์": mobile})
    assert told == [("personal-phone-count", "warning")]
    told = told_of({"โทรศัพท์หน่วยงาน": mobile})
    assert told == [("personal-phone-count", "note")]


@pytest.mark.parametrize(
    "address", ["info@agency.go.th", "saraban_0601@agency.go.th", "no-reply@agency.go.th", "a@b"]
)
def test_a_mailbox_of_a_task_is_no_person_s(address: str) -> None:
    assert not sure(address)


def test_what_passes_a_check_digit_by_chance_is_a_warning() -> None:
    random = seeded("chance")
    cells = [MAKERS["wrong-id"](random) for _ in range(19)] + [bare_id(random)]
    told = told_of({"code": cells})
    assert told == [("personal-national-id-count", "warning")]
    assert errors({"เลขประจำตัวประชาชน": cells}) == {"เลขประจำตัวประชาชน": {"national-id"}}
    assert errors({"code": [*cells[:3], cells[-1]]}) == {"code": {"national-id"}}


def test_a_card_is_told_by_its_issuer_and_luhn() -> None:
    number = card(seeded("card")).replace(" ", "").replace("-", "")
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert "credit-card" in sure(number) and "credit-card" in sure(apart(number, 4, 8, 12))
    assert "credit-card" not in sure(wrong)
    assert "credit-card" not in sure(f"รหัสงบประมาณ {number}")


def test_a_book_s_number_is_no_account() -> None:
    assert "bank-account" not in sure("974-8-34567-" + isbn_digit("974834567"))
    assert "bank-account" in sure(apart("123" + digits(seeded("account"), 7), 3, 4, 9))


def isbn_digit(body: str) -> str:
    """The check digit of a book's number of ten digits (ISO 2108, before 2007)."""
    total = sum((10 - place) * int(digit) for place, digit in enumerate(body))
    return "0123456789X"[-total % 11]


@pytest.mark.parametrize("text", ["กข 43", "ที่ นร 0403/12", "มท 1234.5/ว 12", "พ.ศ. 2567", "ปี 2567"])
def test_a_letter_s_number_or_rice_is_no_plate(text: str) -> None:
    assert not hits(text)


def test_a_plate_with_its_province_is_one() -> None:
    assert "vehicle-plate" in sure("1กข 2345 เชียงใหม่") and "vehicle-plate" in sure("รถทะเบียน กข 15 จอดขวาง")


def test_a_point_is_a_home_s_among_persons_only() -> None:
    random = seeded("points")
    lat, lon = ([MAKERS[axis](random) for _ in range(6)] for axis in ("lat", "lon"))
    names = [VALUES["person-name"](random) for _ in range(6)]
    assert errors({"สถานี": ["ก"] * 6, "lat": lat, "lon": lon}) == {}
    found = errors({"ชื่อ-สกุล": names, "lat": lat, "lon": lon})
    assert found["lat"] == found["lon"] == {"home-coordinates"}
    assert errors({"พิกัดบ้าน": [f"{a}, {b}" for a, b in zip(lat, lon, strict=True)]}) == {
        "พิกัดบ้าน": {"home-coordinates"}
    }


@pytest.mark.parametrize(
    ("header", "year"), [("ปีเกิด", "2510"), ("พ.ศ. เกิด", "๒๕๑๐"), ("YOB", "1980"), ("birthyear", "1980")]
)
def test_the_year_of_a_birth_is_to_be_looked_at(header: str, year: str) -> None:
    place = {"อำเภอ": ["เมือง"] * 6}
    assert told_of({header: [year] * 6, **place}) == [("personal-birth-date-count", "warning")]
    assert told_of({header: [year] * 6, **place, "จำนวน (คน)": ["31"] * 6}) == []
    assert told_of({"ปีที่เกิดเหตุ": [year] * 6, **place}) == []


def test_slices_of_a_table_add_up_to_what_the_whole_tells() -> None:
    random = seeded("slices")
    whole = polars.DataFrame(
        {
            "เบอร์โทร": [VALUES["phone"](random) for _ in range(90)],
            "note": [sentence(random, random.choice(SAYING["email"]))[0] for _ in range(90)],
            "code": [MAKERS["wrong-id"](random) for _ in range(90)],
        }
    )
    parts = [column.scan(whole.slice(at, 30), origins=range(at + 2, at + 32)) for at in (0, 30, 60)]
    assert column.scanned(parts) == column.scan(whole, origins=range(2, 92))


@pytest.mark.parametrize(
    "heads", [("title", "first", "last"), ("c1", "c2", "c3"), ("คำนำหน้า", "ชื่อ (ไทย)", "สกุล (ไทย)")]
)
def test_names_in_parts_need_no_header(heads: tuple[str, str, str]) -> None:
    random = seeded("parted")
    parts = [["นาย", "นาง"] * 20, [name(random) for _ in range(40)], [family(random) for _ in range(40)]]
    found = errors(dict(zip(heads, parts, strict=True)))
    assert found == {heads[1]: {"person-name"}, heads[2]: {"person-name"}}
    provinces = [one.name for one in areas.provinces()]
    districts = [below.name for one in areas.provinces() for below in areas.children(one.code)][: len(provinces)]
    assert errors({"c1": districts, "c2": provinces}) == {}


@pytest.mark.parametrize("title", ["อ.", "ครู", "ลุง", "ผอ."])
def test_a_short_title_before_a_name_is_told_from_a_district(title: str) -> None:
    random = seeded("short title")
    names = [f"มอบหมาย {title}{name(random)} {family(random)} ดำเนินการ" for _ in range(60)]
    assert sum("person-name" in sure(text) for text in names) >= 0.6 * len(names)
    for one in areas.provinces():
        for below in areas.children(one.code):
            assert "person-name" not in sure(f"พื้นที่ อ.{below.name} จ.{one.name} โรงเรียนเสียหาย")


@pytest.mark.parametrize("header", ["หมายเลขโทรศัพท์", "เลขที่บัญชี", "passport_no", "ไลน์ไอดี", "HN"])
def test_a_header_over_what_cannot_be_it(header: str) -> None:
    found = finds("personal-header", columns={"fund_name": ["ก"] * 3, header: ["ปกปิดแล้ว"] * 3})
    assert found.severity == "warning" and found.at.column == header
    assert not [
        one for one in judged(columns={"fund_name": ["ก"], header: ["3"]}) if one.rule.startswith("personal")
    ]


def test_how_the_agency_is_reached_stands_where_it_belongs() -> None:
    own = {
        "about.maintainer_email": "somchai.j@agency.example",
        "contributors": [{"title": "ก", "email": "a.b@c.example"}],
    }
    leaves_alone("personal-email-text", own)
    assert (
        finds("personal-email-text", {"description": "ส่งมาที่ somchai.j@agency.example ทุกเดือน"}).severity == "error"
    )
