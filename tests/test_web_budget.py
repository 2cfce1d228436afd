"""What a page costs whoever opens it: bytes over the air, and questions to the database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[1] / "catalog/web/static"
FACE = re.compile(r'@font-face \{.*?font-weight: (\d+);.*?url\("([\w-]+)\.woff2"\).*?unicode-range: ([^;]+);')
FONTS = 32_000
"""Bytes of the four fonts that a page in Thai needs."""


def faces() -> dict[str, set[int]]:
    """The fonts of the style, and the letters that it takes from each."""
    style = (STATIC / "portal.css").read_text(encoding="utf-8")
    return {name: _letters(ranges) for _weight, name, ranges in FACE.findall(style)}


def _letters(ranges: str) -> set[int]:
    ends = [part.strip().removeprefix("U+").split("-") for part in ranges.split(",")]
    return {code for end in ends for code in range(int(end[0], 16), int(end[-1], 16) + 1)}


def test_the_fonts_of_a_page_are_small() -> None:
    assert set(faces()) == {
        f"sarabun-{part}-{weight}" for part in ("thai", "latin", "more") for weight in (400, 700)
    }
    assert {path.stem for path in STATIC.glob("*.woff2")} == set(faces())
    needed = [name for name in faces() if "more" not in name]
    assert sum((STATIC / f"{name}.woff2").stat().st_size for name in needed) <= FONTS


@pytest.mark.parametrize("name", list(faces()))
def test_a_font_holds_the_letters_it_is_asked_for_and_places_marks(name: str) -> None:
    from fontTools.ttLib import TTFont

    font = TTFont(STATIC / f"{name}.woff2")
    assert set(font.getBestCmap()) == faces()[name]
    if "thai" in name:
        assert {*range(0x0E01, 0x0E3B), *range(0x0E3F, 0x0E5C)} <= set(font.getBestCmap())
        for table, features in (("GPOS", {"mark", "mkmk"}), ("GSUB", {"ccmp", "liga"})):
            assert features <= {one.FeatureTag for one in font[table].table.FeatureList.FeatureRecord}
