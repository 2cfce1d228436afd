"""The step for provinces: every name they go by, and no guessing."""

from __future__ import annotations

import pytest
from cleaning import does, doubts, leaves, run, table

from pipelines.places import province, provinces


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("กทม.", "กรุงเทพมหานคร"),
        ("กรุงเทพฯ", "กรุงเทพมหานคร"),
        ("Bangkok", "กรุงเทพมหานคร"),
        ("จ.โคราช", "นครราชสีมา"),
        ("จังหวัดอยุธยา", "พระนครศรีอยุธยา"),
        ("จ. สตูล", "สตูล"),
        ("Chon Buri Province", "ชลบุรี"),
        ("CHONBURI", "ชลบุรี"),
        ("สุราษฏร์ธานี", "สุราษฎร์ธานี"),
        ("หนองบัวลําภู", "หนองบัวลำภู"),
        ("อ านาจเจริญ", "อำนาจเจริญ"),
        ("อานาจเจรญ", "อำนาจเจริญ"),
        ("นครรำชสมีำ", "นครราชสีมา"),
        ("กรุงเทพหมานคร", "กรุงเทพมหานคร"),
        ("นครศรีธรรมราข", "นครศรีธรรมราช"),
        ("ชม.", "เชียงใหม่"),
    ],
)
def test_a_province_gets_its_official_name(written: str, name: str) -> None:
    does("province", written, name)


def test_an_official_name_is_left_alone() -> None:
    leaves("province", "น่าน")


@pytest.mark.parametrize(
    "unclear",
    [
        "ภาคเหนือ",
        "รวม",
        "ทั่วราชอาณาจักร",
        "นครปนม",
        "nan",
        "-",
        "เขตคลองเตย",
        "40",
        "TH40",
        "Lam Phu",
        "ไทย",
        "Phetchabur",
    ],
)
def test_what_is_no_province_or_could_be_two_is_undecided(unclear: str) -> None:
    doubts("province", unclear, "province")


def test_misspellings_are_undecided_when_told_not_to_come_close() -> None:
    doubts("province", "กรุงเทพหมานคร", "province", close=False)
    does("province", "กทม.", "กรุงเทพมหานคร", close=False)


def test_a_code_column_stands_beside_the_province() -> None:
    frame = table({"จังหวัด": ["น่าน", "ภาคใต้", ""], "ปี": ["1", "2", "3"]})
    made = run(frame, ("province", {"columns": ["จังหวัด"], "code": "province_code"}))
    assert list(made.table.columns) == ["จังหวัด", "province_code", "ปี"]
    assert made.table["province_code"].tolist() == ["55", "", ""]
    added = made.ledger.filter(kind="added").row(0, named=True)
    assert (added["column"], added["after"], added["source_row"]) == ("province_code", "province_code", None)


def test_english_names_when_asked_for() -> None:
    does("province", "จ.ชลบุรี", "Chon Buri", to="en")


def test_there_are_77_provinces() -> None:
    assert len(provinces()) == 77


def test_a_name_that_lost_a_letter_and_has_anothers_bare_letters_is_neither() -> None:
    assert province("เพชรบูร์") is None
    found = province("เพชรบรี")
    assert found is not None
    assert found.code == "76"


@pytest.mark.parametrize("one", sorted(provinces()))
def test_one_lost_letter_never_makes_another_province(one: str) -> None:
    for name in (provinces()[one].name, provinces()[one].name_en):
        for gap in range(len(name)):
            found = province(name[:gap] + name[gap + 1 :])
            assert found is None or found.code == one
