"""Thai writing: repairs come to rest, and names are compared as a reader would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import thai

LETTERS = "กขนรเแาำิีุู่้๊็ัํ์ๆฯ ๑1a\u00a0\u200b\u00ad"


@given(st.text(LETTERS, max_size=12))
def test_what_is_repaired_needs_no_second_repair(text: str) -> None:
    once = thai.repair(text)
    assert thai.repair(once) == once
    assert not set(once) & set("\u00a0\u200b\u00ad")


@given(st.text(st.characters(codec="ascii"), max_size=20))
def test_ascii_is_never_repaired(text: str) -> None:
    assert thai.repair(text) == text


@pytest.mark.parametrize("same", ["ม.ค.", "มค", "ม. ค.", "มกราคม", "Jan", "JANUARY"])
def test_a_month_is_known_by_any_of_its_names(same: str) -> None:
    assert thai.month(same) == 1


def test_a_word_that_is_no_month_is_none() -> None:
    assert thai.month("มก") is None
    assert thai.month("พ.ศ.") is None


def test_words_are_compared_without_spaces_digits_and_case() -> None:
    assert thai.bare(" รวม ทั้งสิ้น ๒ A") == "รวมทั้งสิ้น2a"
