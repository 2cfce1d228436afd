"""What a search makes of texts and queries: folded letters, parts, words, synonyms, years, Solr's language."""

from __future__ import annotations

import pytest

from catalog.search.language import Between, Clauses, Everything, Term, Unreadable, enough, parsed, words
from catalog.search.units import wanted
from catalog.search.words import folded, grams, joined, parts, synonyms, years
from metadata.areas import provinces


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("น้ําท่วม", "น้ำท่วม"),
        ("เเม่ฮ่องสอน", "แม่ฮ่องสอน"),
        ("ปี ๒๕๖๗", "ปี 2567"),
        ("POPULATION", "population"),
        ("พ.ศ. 2567", "พศ 2567"),
        ("รพ.สต.", "รพสต"),
        ("datasets", "dataset"),
        ("จังหวัด\u200bระนอง", "จังหวัดระนอง"),
    ],
)
def test_what_looks_the_same_is_the_same(typed: str, same: str) -> None:
    assert parts(folded(typed)) == parts(folded(same))


def test_a_text_is_cut_into_parts_and_a_query_joined_into_words() -> None:
    pieces = parts("จำนวนประชากรรายจังหวัด")
    assert "".join(pieces) == "จำนวนประชากรรายจังหวัด"
    assert ["".join(word) for word in joined(pieces)] == ["จำนวน", "ประชากร", "ราย", "จังหวัด"]


def test_no_text_takes_for_ever_to_cut() -> None:
    assert len(parts("ตากลม" * 20_000)) >= 20_000


def test_a_year_is_found_by_its_name_in_the_other_era() -> None:
    assert years(["2567", "2024", "10400", "12"]) == ["2024", "2567"]


def test_grams_leave_out_what_misspellings_differ_in() -> None:
    assert grams(folded("บ้าน")) == grams(folded("บาน")) == ["บาน"]
    assert grams("ai") == ["ai"]


def _meanings(text: str) -> list[set[str]]:
    return [{"".join(form) for form in unit} for unit in wanted(words(text)).words]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("กทม.", ["bangkok"]),
        ("พอช.", ["สถาบันพัฒนาองค์กรชุมชน"]),
        ("Chiang Mai", ["เชียงใหม่"]),
        ("ปี 67", ["2567"]),
        ("ระนอง", ["ranong"]),
    ],
)
def test_one_word_stands_for_another(text: str, meant: list[str]) -> None:
    found = _meanings(text)
    assert len(found) == 1
    assert set(meant) <= found[0]


def test_fillers_are_not_asked_for_unless_there_is_nothing_else() -> None:
    assert _meanings("ข้อมูลในจังหวัดระนอง") == _meanings("ระนอง")
    assert _meanings("ข้อมูล") != []


def test_quotes_keep_words_together_and_a_minus_keeps_them_out() -> None:
    asked = wanted(words('"กองทุน สวัสดิการ" -บ้าน'))
    assert ["".join(unit[0]) for unit in asked.words] == ["กองทุนสวัสดิการ"]
    assert ["".join(unit[0]) for unit in asked.unwanted] == ["บ้าน"]


def test_the_provinces_have_the_names_that_the_steps_know() -> None:
    known = {form for row in synonyms() for form in row}
    for one in provinces():
        assert {folded(one.name), folded(one.name_en)} <= known


def test_lucenes_rule_of_and_and_or() -> None:
    one, two, three = Term(None, "a"), Term(None, "b"), Term("f", "c")
    assert parsed("a b OR f:c") == Clauses((one,), (two, three), ())
    assert parsed("a AND b -f:c") == Clauses((one, two), (), (three,))
    assert parsed("NOT (a || b)") == Clauses((), (), (Clauses((), (one, two), ()),))
    assert parsed("f:(c)^2") == three
    assert parsed("*:*") == Everything()
    assert parsed("d:[1 TO *}") == Between("d", "1", "*", with_low=True, with_high=False)
    assert parsed(r"f:a\:b") == Term("f", r"a\:b")


@pytest.mark.parametrize("text", ["", "(", "a)", "f:", "[a TO b]", 'f:"a', "a AND", "(" * 60 + "a" + ")" * 60])
def test_what_cannot_be_read_says_where(text: str) -> None:
    with pytest.raises(Unreadable):
        parsed(text)


@pytest.mark.parametrize(
    ("mm", "words", "least"),
    [
        ("1", 3, 1),
        ("9", 3, 3),
        ("-1", 3, 2),
        ("-9", 3, 1),
        ("75%", 4, 3),
        ("-25%", 4, 3),
        ("100%", 2, 2),
        ("2<-1 5<80%", 2, 2),
        ("2<-1 5<80%", 4, 3),
        ("2<-1 5<80%", 10, 8),
    ],
)
def test_so_many_words_are_enough(mm: str, words: int, least: int) -> None:
    assert enough(mm, words) == least


@pytest.mark.parametrize("mm", ["", "x", "1%%", "2<", "<1", "9" * 9999])
def test_what_says_no_number_of_words_is_refused(mm: str) -> None:
    with pytest.raises(Unreadable):
        enough(mm, 3)


def test_a_boost_and_looseness_are_no_words() -> None:
    assert [text for _sign, _quoted, text in words("water^2 quality~ ^3")] == ["water", "quality"]
