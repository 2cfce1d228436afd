"""Thailand's areas: every code with its parent and names, found by any of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadata import areas
from metadata.areas import LEVELS, Area, Level, area, children, find, fold, provinces, region, search, spellings

DISTRICTS = tuple(one for province in provinces() for one in children(province.code))
SUBDISTRICTS = tuple(one for district in DISTRICTS for one in children(district.code))
EVERY = (*provinces(), *DISTRICTS, *SUBDISTRICTS)


def test_there_are_as_many_as_in_the_source() -> None:
    assert [len(level) for level in (provinces(), DISTRICTS, SUBDISTRICTS)] == [77, 928, 7436]
    assert len({one.code for one in EVERY}) == len(EVERY)


def test_each_is_found_by_its_code_and_lies_in_its_parent() -> None:
    for one in EVERY[::7]:  # each takes a look through all lines
        assert area(one.code) == one
        assert len(one.code) == LEVELS[one.level]
        assert one.parent is None or one in children(one.parent)
    assert all(one.parent == (one.code[:-2] or None) for one in EVERY)
    assert all(children(one.code) == () for one in SUBDISTRICTS[::500])


def test_names_are_whole_in_both_languages_and_without_the_word_for_the_level() -> None:
    for one in EVERY:
        assert one.name.strip() == one.name and one.name_en.strip() == one.name_en and one.name and one.name_en
        assert not any("ก" <= letter <= "๛" for letter in one.name_en)
        assert not one.name.startswith(("อำเภอ", "ตำบล", "แขวง", "จังหวัด"))
    assert not any(one.name.startswith("เขต") for one in DISTRICTS)


@given(st.sampled_from(EVERY), st.booleans())
def test_each_is_found_by_its_name_within_its_parent(one: Area, english: bool) -> None:
    name = one.name_en if english else one.name
    assert one in find(name, one.level, one.parent or "")
    assert one in find(f" {name.upper()} ".replace("-", " "))


@given(st.text(max_size=12), st.sampled_from([None, *LEVELS]), st.sampled_from(["", "10", "5001", "x"]))
def test_any_text_may_be_asked_for(text: str, level: Level | None, within: str) -> None:
    for one in find(text, level, within):
        assert one.code.startswith(within) and level in (None, one.level)
    assert area(text) is None or text.isdigit()
    assert isinstance(children(text), tuple)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("จังหวัดเชียงใหม่", "50"), ("โคราช", "30"), ("กทม.", "10"), ("Chiangmai Province", "50"), ("50", "50"),
        ("อ.แม่ริม", "5007"), ("อำเภอแม่ริม", "5007"), ("เขตพระนคร", "1001"), ("Mae Rim district", "5007"),
        ("แขวงวังบูรพาภิรมย์", "100102"), ("ต.หาดเสี้ยว", "640501"), ("100102", "100102"),
        ("หนองบัวลําภู", "39"),
    ],
)  # fmt: skip
def test_people_find_it_as_they_call_it(typed: str, code: str) -> None:
    assert code in [one.code for one in find(typed)]


def test_the_capital_district_goes_by_that_word_alone() -> None:
    assert [one.code for one in find("อ.เมือง", "district", "50")] == ["5001"]
    assert [one.code for one in find("เมือง", "district", "10")] == []


def test_who_types_part_of_a_name_is_shown_what_it_may_be() -> None:
    assert [one.code for one in search("เชียงใหม่")][:2] == ["50", "450802"]
    assert "5001" in [one.code for one in search("เชียงใหม่")]
    assert {one.code for one in search("chiang")} >= {"50", "57"}
    assert [one.code for one in search("50")] == ["50"]
    assert search("ก") == find("ก")
    assert search("", 5) == search(" . ") == ()
    assert len(search("บาง", 7)) == 7


@pytest.mark.parametrize("no_code", ["", "5", "99", "9999", "๕๐", "50\n", "50\t", "\n50", "500101 ", "50x", "-50"])
def test_what_is_no_code_is_no_area(no_code: str) -> None:
    assert area(no_code) is None
    assert children(no_code) == ()


def test_every_region_is_named() -> None:
    named = [region(one.code) for one in provinces()]
    counted = {one: named.count(one) for one in named}
    assert counted == {"bangkok": 1, "central": 25, "north": 17, "northeast": 20, "south": 14}
    assert region("5001") == "north"


def test_other_names_belong_to_provinces() -> None:
    codes = {one.code for one in provinces()}
    assert {one.code for one in spellings()} == codes
    assert {one.kind for one in spellings()} == {"abbreviation", "spelling"}
    assert all(fold(one.name) for one in spellings())


def test_the_areas_are_kept_as_text() -> None:
    assert sum(len(areas._lines(level)) for level in LEVELS) < 400_000
