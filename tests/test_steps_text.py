"""Steps for any text: what each does, and what it leaves alone."""

from __future__ import annotations

import pytest
from cleaning import does, doubts, leaves, run, table


@pytest.mark.parametrize(
    "before", [" กรุงเทพ ", "\u00a0กรุงเทพ\t", "\u200bกรุงเทพ\ufeff", "กรุง\u200bเทพ", "กรุงเทพ\n"]
)
def test_trim_removes_white_space_at_the_ends_and_what_cannot_be_seen(before: str) -> None:
    does("trim", before, "กรุงเทพ")


def test_trim_leaves_inner_runs_unless_told() -> None:
    leaves("trim", "กรุงเทพ  มหานคร")
    does("trim", "กรุงเทพ \u00a0 มหานคร", "กรุงเทพ มหานคร", inner=True)


@pytest.mark.parametrize(
    "word", ["-", " - ", "–", "n/a", "N/A", "#N/A", "null", "NaN", "ไม่มีข้อมูล", "ไม่มี ข้อมูล", "(blank)"]
)
def test_blanks_empties_words_that_mean_nothing(word: str) -> None:
    does("blanks", word, "")


@pytest.mark.parametrize("word", ["0", "-1", "ไม่มี", "ว่าง", "ไม่ระบุ", "- บ้านมั่นคง", "นาน"])
def test_blanks_leaves_words_that_may_mean_something(word: str) -> None:
    leaves("blanks", word)


def test_blanks_takes_more_words_or_others() -> None:
    does("blanks", "หยุดรับซื้อ", "", also=["หยุดรับซื้อ"])
    does("blanks", "-", "", also=["หยุดรับซื้อ"])
    leaves("blanks", "-", words=["หยุดรับซื้อ"])


def test_thai_digits_become_arabic_and_letters_stay() -> None:
    does("thai-digits", "บ้านเลขที่ ๑๒/๓๔", "บ้านเลขที่ 12/34")
    leaves("thai-digits", "หมู่ 5 ๆ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("สํานักงาน", "สำนักงาน"),
        ("น\u0e4d\u0e49\u0e32", "น้ำ"),
        ("น\u0e49\u0e4d\u0e32", "น้ำ"),
        ("น\u0e33\u0e49", "น้ำ"),
        ("ก\u0e49\u0e34", "กิ้"),
        ("ท\u0e48\u0e31", "ทั่"),
        ("เเพร่", "แพร่"),
        ("ชลบุ\u0e38รี", "ชลบุรี"),
        ("ที่\u00a0อยู่", "ที่ อยู่"),
    ],
)
def test_text_repairs_thai_typing(before: str, after: str) -> None:
    does("text", before, after)


@pytest.mark.parametrize(
    "good", ["น้ำ", "กรุงเทพฯ", "อื่น ๆ", "ทั่วไป", "เก่ง", "résumé", "พระปรมาภิไธย ", "ก็", "ฤๅษี", "&#34;"]
)
def test_text_leaves_good_thai_and_other_writing(good: str) -> None:
    leaves("text", good)


def test_text_turns_entities_into_signs_only_when_told() -> None:
    does("text", "ร่วม &#34;PEA&#34;", 'ร่วม "PEA"', entities=True)


def test_replace_maps_whole_cells_empty_ones_too() -> None:
    made = run(
        table({"เพศ": ["1", "2", "", "12"]}),
        ("replace", {"columns": ["เพศ"], "values": {1: "ชาย", "2": "หญิง", "": "ไม่ระบุ"}}),
    )
    assert made.table["เพศ"].tolist() == ["ชาย", "หญิง", "ไม่ระบุ", "12"]
    assert made.changes == {"1 replace": 3}


def test_replace_by_pattern_changes_only_what_matches() -> None:
    does("replace", "ต. บ้านนา", "บ้านนา", pattern=r"^ต\.\s*")
    does("replace", "ปี 2567/2568", "2568", pattern=r".*/(\d+)", by=r"\1")
    leaves("replace", "บ้านนา ต.", pattern=r"^ต\.\s*")


@pytest.mark.parametrize("right", ["กรุงเทพมหานคร", "กาญจนบุรี", "ตาก"])
def test_mojibake_is_restored_whatever_way_it_came_about(right: str) -> None:
    does("mojibake", right.encode("cp874").decode("latin-1"), right)
    does("mojibake", right.encode().decode("latin-1"), right)


def test_mojibake_of_utf8_read_as_thai_is_restored() -> None:
    undefined = {byte: chr(byte) for byte in (0x81, 0x82, 0x88, 0x99, 0x9A)}
    wrong = "".join(undefined.get(byte) or bytes([byte]).decode("cp874") for byte in "ขอนแก่น".encode())
    assert wrong.startswith("เธ\u0082เธ")
    does("mojibake", wrong, "ขอนแก่น")


@pytest.mark.parametrize("good", ["กรุงเทพ", "Bangkok", "เธอ", "ปี 2567 เธคอน"])
def test_mojibake_leaves_what_is_readable(good: str) -> None:
    leaves("mojibake", good)


@pytest.mark.parametrize("unclear", ["café", "µg/m³", "25 °C"])
def test_mojibake_does_not_guess_at_other_languages(unclear: str) -> None:
    doubts("mojibake", unclear, "mojibake")
