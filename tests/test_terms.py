"""The official words are used, and the transliterations of them nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from metadata import wording
from metadata.document import packaged

ROOT = Path(__file__).parents[1]
TERMS = packaged("standards/terms.yaml")
PAGES = {".html", ".xml", ".txt", ".po"}
WHERE = [
    *sorted((ROOT / "metadata" / "standards").glob("*.yaml")),
    *sorted(path for path in (ROOT / "catalog" / "web").rglob("*") if path.suffix in PAGES),
]


def _refused(text: str) -> list[str]:
    return [word for word in TERMS["refused"] if word in text]


@pytest.mark.parametrize("path", WHERE, ids=[path.relative_to(ROOT).as_posix() for path in WHERE])
def test_no_transliteration_stands_where_an_official_word_is(path: Path) -> None:
    text = re.sub(r"(?m)^refused: .*$", "", path.read_text(encoding="utf-8"))
    assert _refused(text) == []


def test_a_transliteration_would_be_seen() -> None:
    assert _refused("ดาวน์โหลดดาต้าเซตจากแคตตาล็อก") == ["ดาต้าเซต", "แคตตาล็อก", "ดาต้า"]


def test_the_words_of_the_contract_stand_in_thai_and_english() -> None:
    words = {term["th"] for term in TERMS["terms"].values()}
    assert {
        "บัญชีข้อมูล",
        "ชุดข้อมูล",
        "คำอธิบายชุดข้อมูล",
        "ไฟล์ข้อมูล",
        "พจนานุกรมข้อมูล",
        "บริกรข้อมูล",
        "เจ้าของข้อมูล",
        "เจ้าหน้าที่คุ้มครองข้อมูลส่วนบุคคล",
        "คณะกรรมการธรรมาภิบาลข้อมูลภาครัฐ",
        "ระดับชั้นข้อมูล",
        "สัญญาอนุญาตให้ใช้ข้อมูล",
        "รับรอง",
        "อนุมัติให้เผยแพร่",
        "ตัวชี้วัด",
    } <= words
    assert all(term["en"].strip() for term in TERMS["terms"].values())


def test_one_word_stands_for_one_thing() -> None:
    for language in ("th", "en"):
        words = [term[language] for term in TERMS["terms"].values()]
        assert sorted(set(words)) == sorted(words)


def test_sentences_use_the_official_word_for_the_data_dictionary() -> None:
    assert "พจนานุกรมข้อมูล" in wording.say("dictionary-missing", {"resource": "funds"}, "th")[0]


LOOSE = {
    "พอร์ทัล": "ปลายทาง",
    "โทเคน": "กุญแจ API",
    "โทเค็น": "กุญแจ API",
    "แท็ก": "คำสำคัญ",
    "โปรเซส": "กระบวนการ",
    "ออบเจกต์": "วัตถุ JSON",
    "ฟิลด์": "ช่อง",
    "organisation": "organization",
    "keepers": "administrator",
}
"""What a sentence could say, and the word that all sentences use."""


@pytest.mark.parametrize("name", ["wording", "phrases", "terms", "mistakes"])
def test_a_sentence_uses_the_one_word_for_its_thing(name: str) -> None:
    text = (ROOT / "metadata" / "standards" / f"{name}.yaml").read_text(encoding="utf-8")
    assert [loose for loose in LOOSE if loose in text] == []


def test_a_decision_is_told_in_the_readers_words() -> None:
    assert wording.word("owner", "th") == TERMS["terms"]["data-owner"]["th"]
    assert wording.word("dpo", "th") == TERMS["terms"]["data-protection-officer"]["th"]
    assert wording.word("steward", "en") == TERMS["terms"]["data-steward"]["en"]
    assert wording.word("committee", "th") == TERMS["terms"]["committee"]["th"]


def test_a_role_that_nobody_named_stands_for_itself() -> None:
    assert wording.word("auditor", "th") == "auditor"
