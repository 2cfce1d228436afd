"""The sheet of a recall on paper: what it says is true as things stand, and can be read in print."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.recall import sheet
from catalog.store.recalls import LOCAL, Aimed, Recall

HOUSE = sheet.House(agency="สำนักงานตัวอย่าง")
AT = "2026-11-22T20:00:00.000+00:00"
MADE = Recall(
    id="20261122T200000Z-0000",
    dataset="funds",
    package=None,
    release=None,
    kind="incident",
    request="",
    at=AT,
    by="tester",
    reason="พบข้อมูลส่วนบุคคล",
    facts={},
    keys={},
    targets=(Aimed(target=LOCAL, since=AT, done=AT),),
)


def test_a_letter_says_that_it_is_gone_everywhere_only_where_it_is() -> None:
    letters = {
        "done": sheet.sheet(MADE, HOUSE, "th").markdown(),
        "waiting": sheet.sheet(
            replace(MADE, targets=(*MADE.targets, Aimed(target="data-go-th", since=AT))), HOUSE, "th"
        ).markdown(),
    }
    assert letters["done"].count("ออกจากทุกที่ที่หน่วยงานเผยแพร่แล้ว") == 2  # to the office, to the people
    assert letters["waiting"].count("ยังต้องถอนออกจาก data-go-th") == 2
    assert "ออกจากทุกที่" not in letters["waiting"]


def test_what_is_not_on_record_is_left_to_be_filled_in() -> None:
    never = replace(MADE, targets=(Aimed(target=LOCAL, done=AT),))
    told = sheet.sheet(never, HOUSE, "th").markdown()
    assert "ต่อสาธารณะตั้งแต่ ……" in told and "ไม่มีบันทึกว่าเคยเปิดเผย" in told


@pytest.mark.workers  # it takes long
def test_a_sheet_is_printed_in_the_typeface_that_comes_along(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    path = tmp_path / "incident.pdf"
    sheet.sheet(MADE, HOUSE, "th").write(path)
    content = path.read_bytes()
    for packed in re.findall(rb"stream\n(.*?)\nendstream", content, re.DOTALL):
        try:
            content += zlib.decompress(packed)
        except zlib.error:
            continue
    fonts = set(re.findall(rb"/BaseFont /[A-Z]+\+([A-Za-z-]+)", content))
    assert {b"Sarabun-thai", b"Sarabun-latin"} <= fonts
