"""A dataset's page tells what changed, and where a figure was published otherwise before: when, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, upload
from web_ground import KEY, Web, served

from catalog import wire
from catalog.web import compared
from metadata import clock

NAME = "population-2567"
DAY = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
REST = "2566,น่าน,5\n2566,แพร่,6\n".encode()
FIRST = "ปี,จังหวัด,จำนวน\n2566,ระนอง,1\n2566,พังงา,2\n2566,ตรัง,3\n".encode() + REST
CORRECTED = "ปี,จังหวัด,จำนวน\n2566,ระนอง,1\n2566,พังงา,7\n2566,ตรัง,8\n2567,ระนอง,4\n".encode() + REST
LONGER = CORRECTED + "2567,พังงา,9\n".encode()
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def web(tmp_path: Path, both: str) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as made:
        yield made
        made.application.state.compared.settle()


def _on(days: int) -> Any:
    return clock.frozen(DAY + timedelta(days=days))


def _first(web: Web, **more: Any) -> str:
    """A dataset with one CSV file, on the first day. The file's id."""
    with _on(0):
        web.portal.call_action("package_create", package(**more))
        sent = {"package_id": NAME, "name": "ตาราง", "title_en": "Table", "format": "CSV"}
        return str(web.portal.call_action("resource_create", sent, upload(FIRST))["id"])


def _note(web: Web, text: str) -> None:
    sent = {"id": NAME, "extras": [{"key": "version_notes", "value": text}]}
    web.portal.call_action("package_patch", sent)


def _put(web: Web, day: int, key: str, content: bytes, note: str = "") -> None:
    with _on(day):
        if note:
            _note(web, note)
        web.portal.call_action("resource_patch", {"id": key, "format": "CSV"}, upload(content))


def _page(web: Web, path: str = f"/dataset/{NAME}/version", language: str = "th", key: str | None = None) -> str:
    """A page, once all that it asks to compare is compared."""
    web.ask(path, key=key, headers={"Accept": "text/html"})
    web.application.state.compared.settle()
    return web.ask(f"{path}?lang={language}", key=key, headers={"Accept": "text/html"}).text


def test_a_corrected_figure_is_told_with_its_day_and_its_reason(web: Web) -> None:
    key = _first(web)
    _put(web, 9, key, CORRECTED, "แก้ยอดของพังงาและตรังที่รวมผิด")
    page = _page(web, f"/dataset/{NAME}")
    for said in (
        "<strong>แก้ไขเมื่อ 10 มีนาคม พ.ศ. 2569</strong> 2 ค่าใน 2 แถว ของ “ตาราง” (คอลัมน์ จำนวน)",
        "เพราะ: แก้ยอดของพังงาและตรังที่รวมผิด",
        "ไฟล์ “ตาราง” เพิ่ม 1 แถว แก้ไข 2 แถว",
        "เผยแพร่ครั้งแรก",
    ):
        assert said in page, said
    english = _page(web, language="en")
    assert "Corrected on 10 March 2026:</strong> 2 values in 2 rows of Table (จำนวน)" in english
    assert "Table: 1 row added, 2 rows changed." in english
    link = next(part.split('"')[0] for part in page.split('href="') if "/changes?" in part).replace("&amp;", "&")
    assert "2 changed" in web.ask(link + "&lang=en").text


def test_without_a_reason_it_says_so(web: Web) -> None:
    key = _first(web)
    _put(web, 9, key, CORRECTED)
    page = _page(web)
    assert "หน่วยงานไม่ได้บอกเหตุผล" in page
    assert "เพราะ:" not in page


def test_a_reason_that_stands_there_from_before_is_no_reason(web: Web) -> None:
    key = _first(web)
    _put(web, 9, key, CORRECTED, "แก้ยอด")
    _put(web, 30, key, FIRST)
    page = _page(web)
    assert page.count("เพราะ: แก้ยอด") == 1
    assert page.count("หน่วยงานไม่ได้บอกเหตุผล") == 1


def test_a_reason_given_later_is_that_of_the_figures_before_it(web: Web) -> None:
    key = _first(web)
    _put(web, 9, key, CORRECTED)
    with _on(12):
        _note(web, "อธิบายภายหลัง")
    page = _page(web)
    assert "เพราะ: อธิบายภายหลัง" in page
    assert "หน่วยงานไม่ได้บอกเหตุผล" not in page


def test_rows_that_only_came_are_no_correction(web: Web) -> None:
    key = _first(web)
    _put(web, 9, key, FIRST + "2567,ตรัง,9\n".encode())
    page = _page(web)
    assert "เพิ่ม 1 แถว" in page
    assert "แก้ไขเมื่อ" not in page
    _put(web, 20, key, b"\xef\xbb\xbf" + FIRST + "2567,ตรัง,9\n".encode())
    assert "ไม่มีแถวหรือค่าที่เปลี่ยน" in _page(web)


def test_files_that_come_and_go_and_metadata_are_told(web: Web) -> None:
    _first(web)
    with _on(5):
        sent = {"package_id": NAME, "name": SCRIPT, "format": "PDF"}
        other = web.portal.call_action("resource_create", sent, upload(b"%PDF", "a.pdf"))
    with _on(6):
        web.portal.call_action("resource_patch", {"id": other["id"]}, upload(b"%PDF 2", "a.pdf"))
    with _on(7):
        web.portal.call_action("resource_delete", {"id": other["id"]})
    with _on(8):
        web.portal.call_action("package_patch", {"id": NAME, "notes": "อื่น"})
    page = _page(web)
    shown = SCRIPT.replace("<", "&lt;").replace(">", "&gt;")
    for said in (
        f"เพิ่มไฟล์ “{shown}”", f"ไฟล์ “{shown}” เปลี่ยนเป็นไฟล์ใหม่", f"นำไฟล์ “{shown}” ออก", "แก้ไขคำอธิบายชุดข้อมูล",
    ):  # fmt: skip
        assert said in page, said
    assert SCRIPT not in page


def test_writes_within_minutes_are_one_edition(web: Web) -> None:
    key = _first(web)
    _put(web, 9, key, CORRECTED)
    with clock.frozen(DAY + timedelta(days=9, minutes=3)):
        web.portal.call_action("resource_patch", {"id": key}, upload(LONGER))
    page = _page(web)
    assert page.count('<ol class="editions"') == 1
    assert page.count("เพิ่ม 2 แถว แก้ไข 2 แถว") == 1


def test_until_it_is_compared_the_page_says_so(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    key = _first(web)
    _put(web, 9, key, CORRECTED)
    monkeypatch.setattr(compared, "WAITING", 0)
    assert "กำลังเปรียบเทียบกับรุ่นก่อน" in _page(web)
    monkeypatch.undo()
    assert "แก้ไขเมื่อ 10 มีนาคม" in _page(web)


def test_what_was_compared_once_is_not_compared_again(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    key = _first(web)
    _put(web, 9, key, CORRECTED)
    assert "แก้ไขเมื่อ" in _page(web)
    fresh = compared.Compared(web.portal)
    monkeypatch.setattr(compared, "Comparing", None)
    web.application.state.compared = fresh
    assert "แก้ไขเมื่อ" in web.ask(f"/dataset/{NAME}/version?lang=th", headers={"Accept": "text/html"}).text


def test_a_large_file_is_not_compared_unasked(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared, "LARGEST", 10)
    key = _first(web)
    _put(web, 9, key, CORRECTED)
    page = _page(web)
    assert "ไฟล์ใหญ่จึงไม่ได้เปรียบเทียบไว้ล่วงหน้า" in page
    assert "/changes?since=" in page


def test_what_was_recalled_is_compared_with_nothing(web: Web) -> None:
    key = _first(web)
    _put(web, 9, key, CORRECTED)
    _put(web, 20, key, LONGER)
    web.portal.call_action("dataset_version_recall", {"id": NAME, "versions": [3]})
    page = _page(web)
    assert "แก้ไขเมื่อ 10 มีนาคม" not in page
    assert "แก้ไขเมื่อ 21 มีนาคม" in page


def test_a_private_time_and_a_private_file_are_for_who_may_read_them(web: Web) -> None:
    key = _first(web, private=True)
    _put(web, 9, key, CORRECTED, "ลับ")
    with _on(10):
        web.portal.call_action("package_patch", {"id": NAME, "private": False})
    stranger, owner = _page(web), _page(web, key=KEY)
    assert "แก้ไขเมื่อ" not in stranger
    assert "ลับ" not in stranger
    assert "แก้ไขเมื่อ 10 มีนาคม" in owner
    _put(web, 20, key, LONGER)
    _put(web, 21, key, FIRST)
    assert "แก้ไขเมื่อ 22 มีนาคม" in _page(web)
    web.portal.call_action("resource_patch", {"id": key, "resource_private": "True"})
    hidden = _page(web)
    assert "แก้ไขเมื่อ" not in hidden
    assert "ตาราง" not in hidden


def test_the_values_that_changed_are_shown_side_by_side(web: Web) -> None:
    key = _first(web)
    _put(web, 9, key, CORRECTED.replace(b",7\n", f",{SCRIPT}\n".encode()))
    page = web.ask(f"/dataset/{NAME}/version/3/resource/{key}/changes?since=2&key=ปี,จังหวัด&lang=th").text
    cells = '<td>2566</td><td>ตรัง</td><th scope="row">จำนวน</th><td><del>3</del></td><td><ins>8</ins></td>'
    assert cells in page
    assert "<ins>&lt;script&gt;" in page
    assert page.count("<del>") == 2
    assert "<td>2567</td><td>ระนอง</td><td>4</td>" in page


def test_figures_of_a_new_period_are_no_correction_unless_the_agency_says_so(web: Web) -> None:
    key = _first(web)
    lines = [
        "ปี,จังหวัด,จำนวน",
        *(f"2566,{name},{number}" for number, name in enumerate(("ระนอง", "พังงา", "ตรัง", "น่าน", "แพร่"), 11)),
    ]
    _put(web, 9, key, "\n".join(lines).encode())
    page = _page(web)
    assert "อาจเป็นข้อมูลงวดใหม่" in page
    assert "แก้ไขเมื่อ" not in page
    with _on(12):
        _note(web, "นับใหม่ทั้งหมด")
    page = _page(web)
    assert "แก้ไขเมื่อ 10 มีนาคม" in page
    assert "เพราะ: นับใหม่ทั้งหมด" in page
    assert "อาจเป็นข้อมูลงวดใหม่" not in page


@pytest.mark.parametrize("how", ["unique", "told"])
def test_rows_are_named_by_the_tables_key_where_it_has_one(web: Web, how: str) -> None:
    before = "จำนวน,รหัส\n1,ก01\n2,ก02\n3,ก03\n4,ก04\n".encode()
    with _on(0):
        web.portal.call_action("package_create", package())
        sent = {"package_id": NAME, "name": "ตาราง", "format": "CSV"}
        key = web.portal.call_action("resource_create", sent, upload(before))["id"]
        info = {"info": {wire.KEY: "รหัส"}} if how == "told" else {}
        fields = [{"id": "จำนวน", "type": "int4", **info}, {"id": "รหัส", "type": "text"}]
        more = {"primary_key": ["รหัส"]} if how == "unique" else {}
        sent = {"resource_id": key, "force": True, "fields": fields, "records": [], **more}
        web.portal.call_action("datastore_create", sent)
    _put(web, 9, key, before.replace(b"2,", b"9,"))
    page = _page(web)
    assert "1 ค่าใน 1 แถว" in page
    assert "key=%E0%B8%A3%E0%B8%AB%E0%B8%B1%E0%B8%AA" in page
