"""How fresh a dataset is, as its page says it: a word, and a sentence that says when and when again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.audit.formats import table
from catalog.web.pages.freshness import fresh
from catalog.web.words import Speech, words

TODAY = date(2026, 11, 22)


def _package(unit: str = "", updated: str = "", put: str = "", interval: str = "1") -> dict[str, Any]:
    package: dict[str, Any] = {"name": "x", "update_frequency_unit": unit, "update_frequency_interval": interval}
    package |= {"last_updated_date": updated, "metadata_modified": "2026-11-20T03:00:00"}
    package["resources"] = [{"id": "r", "last_modified": put}] if put else []
    return package


@pytest.mark.parametrize(
    ("unit", "interval", "updated", "state", "th", "en"),
    [
        (
            "เดือน",
            "1",
            "2026-11-19",
            "current",
            "ปรับปรุงเมื่อ 3 วันก่อน กำหนดปรับปรุงทุกเดือน",
            "Updated 3 days ago, due every month",
        ),
        (
            "เดือน",
            "3",
            "2026-11-22",
            "current",
            "ปรับปรุงวันนี้ กำหนดปรับปรุงทุก 3 เดือน",
            "Updated today, due every 3 months",
        ),
        (
            "ปี",
            "1",
            "2025-11-30",
            "soon",
            "ปรับปรุงเมื่อ 12 เดือนก่อน กำหนดปรับปรุงทุกปี รอบถัดไปภายใน 8 วัน",
            "Updated 12 months ago, due every year, next within 8 days",
        ),
        (
            "วัน",
            "1",
            "2026-11-21",
            "soon",
            "ปรับปรุงเมื่อวานนี้ กำหนดปรับปรุงทุกวัน ครบกำหนดวันนี้",
            "Updated yesterday, due every day, next today",
        ),
        (
            "เดือน",
            "1",
            "2026-10-22",
            "overdue",
            "ปรับปรุงเมื่อ 31 วันก่อน กำหนดปรับปรุงทุกเดือน เลยกำหนดมาแล้ว 1 วัน",
            "Updated 31 days ago, due every month: 1 day overdue",
        ),
        (
            "ปี",
            "1",
            "2566-11-22",
            "overdue",
            "ปรับปรุงเมื่อ 3 ปีก่อน กำหนดปรับปรุงทุกปี เลยกำหนดมาแล้ว 2 ปี",
            "Updated 3 years ago, due every year: 2 years overdue",
        ),
        (
            "",
            "",
            "2026-11-19",
            "unpromised",
            "ปรับปรุงเมื่อ 3 วันก่อน หน่วยงานไม่ได้กำหนดรอบปรับปรุง",
            "Updated 3 days ago, the agency names no due date",
        ),
        (
            "อื่นๆ",
            "1",
            "2026-11-19",
            "unpromised",
            "ปรับปรุงเมื่อ 3 วันก่อน หน่วยงานไม่ได้กำหนดรอบปรับปรุง",
            "Updated 3 days ago, the agency names no due date",
        ),
        (
            "ตามเวลาจริง",
            "1",
            "2015-01-01",
            "settled",
            "ปรับปรุงเมื่อ 11 ปีก่อน ปรับปรุงตามเวลาจริง",
            "Updated 11 years ago, updated in real time",
        ),
        (
            "เดือน",
            "1",
            "2027-01-31",
            "current",
            "ปรับปรุงเมื่อ 31 มกราคม พ.ศ. 2570 กำหนดปรับปรุงทุกเดือน",
            "Updated on 31 January 2027, due every month",
        ),
    ],
)
def test_freshness_is_said_in_both_languages(
    unit: str, interval: str, updated: str, state: str, th: str, en: str
) -> None:
    thai = fresh(_package(unit, updated, interval=interval), Speech("th"), TODAY)
    english = fresh(_package(unit, updated, interval=interval), Speech("en"), TODAY)
    assert (thai.state, thai.sentence) == (english.state, th) == (state, th)
    assert english.sentence == en
    assert thai.word != english.word


def test_the_publishers_day_of_the_data_goes_before_the_day_of_the_file() -> None:
    both = fresh(_package("เดือน", "2026-01-01", put="2026-11-21T20:00:00"), Speech("en"), TODAY)
    assert (both.updated, both.checked_date, both.state) == ("2026-01-01", "2026-11-22", "overdue")
    assert both.due == "2026-01-31"
    only = fresh(_package("เดือน", put="2026-11-21T20:00:00"), Speech("en"), TODAY)
    assert (only.updated, only.data_date, only.state, only.late_days) == ("2026-11-22", None, "current", 0)


def test_a_stock_ckan_s_extras_count_and_no_date_at_all_is_said() -> None:
    package = _package(updated="2026-11-19")
    del package["update_frequency_unit"]
    extras = [{"key": "update_frequency_unit", "value": "เดือน"}]
    assert fresh({**package, "extras": extras}, Speech("en"), TODAY).state == "current"
    nothing = fresh({"name": "x"}, Speech("en"), TODAY)
    assert (nothing.state, nothing.updated) == ("unpromised", None)
    assert nothing.sentence == "Date of update not known, the agency names no due date"


def test_every_unit_that_the_audit_knows_has_its_words() -> None:
    cycle = table()["cycle"]
    for language in ("th", "en"):
        known = words()["fresh-units"][language]
        assert set(known) == {*cycle["days"], *cycle["never_late"]}
