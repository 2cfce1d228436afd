"""How much the catalog is used stands on its pages and is open data: public datasets only, robots apart."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, upload
from web_ground import Web, served

from catalog.portal.local import LocalPortal
from catalog.store import used
from catalog.store.used import Recently, Trend, Used
from catalog.switches import Switches
from catalog.web.pages.usage import line
from metadata import clock

NAME, OTHER, SECRET = "population-2567", "houses", "not-for-you"
NOW = datetime.fromisoformat("2026-11-20T05:00:00+00:00")


@pytest.fixture
def portal(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    with opened(tmp_path) as made, clock.frozen(NOW):
        filled(made)
        yield made


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, clock.frozen(NOW), served(portal) as made:
        filled(portal)
        yield made


def filled(portal: LocalPortal) -> None:
    """Three datasets, one of them private, used in October and November 2026, and one day in June."""
    for name in (NAME, OTHER, SECRET):
        portal.call_action("package_create", package(name, private=name == SECRET))
    file = portal.call_action("resource_create", {"package_id": NAME, "name": "ตาราง"}, upload())["id"]
    for day, times in (
        ("2026-06-30", 1),
        ("2026-10-05", 4),
        ("2026-10-31", 9),
        ("2026-11-02", 2),
        ("2026-11-20", 3),
    ):
        with clock.frozen(datetime.fromisoformat(f"{day}T05:00:00+00:00")):
            count(portal, times, "page", NAME)
            count(portal, times + 1, "file", file)
            count(portal, 2 * times, "page", OTHER)
            count(portal, 7, "page", SECRET)
            count(portal, 5, "api", NAME)
            count(portal, 6, "page", NAME, robot=True)


def count(portal: LocalPortal, times: int, *what: Any, **more: Any) -> None:
    assert portal.usage
    for _time in range(times):
        portal.usage.count(*what, **more)
    portal.usage.write()


def test_totals_and_the_trend_are_of_public_datasets_and_people(portal: LocalPortal) -> None:
    november = Used(page=15, file=7, api=10)
    with portal.engine.connect() as connection:
        today = clock.today()
        assert used.totals(connection, today.replace(day=1), today) == november
        assert used.totals(connection, today, today, robots=True) == Used(page=6)
        # the month before up to the same day: not the 31st
        assert used.trend(connection, today) == Trend(now=november, before=Used(page=12, file=5, api=5))
        assert used.trend(connection, today - timedelta(days=150)).before is None
        assert [(one.name, one.used) for one in used.most_used(connection, 30, 5)] == [
            (NAME, Used(page=14, file=17)),
            (OTHER, Used(page=28)),
        ]
        months = used.by_month(connection, today.replace(month=10, day=1))
        assert list(months) == ["2026-11", "2026-10"]
        assert months["2026-11"] == {False: november, True: Used(page=12)}
        key = portal.call_action("package_show", {"id": NAME})["id"]
        assert used.of_dataset(connection, key) == Used(page=19, file=24, api=25)
        assert used.of_dataset(connection, key, today) == Used(page=3, file=4, api=5)
        assert used.by_day(connection, key, today - timedelta(days=2), today) == [0, 0, 7]


def test_what_pages_remember_is_a_minute_old_at_most_and_never_private(portal: LocalPortal) -> None:
    recently = Recently(portal.usage)
    with portal.engine.connect() as connection:
        first = recently.trend(connection)
        assert [one.name for one in recently.most_used(connection, 30, 5)] == [NAME, OTHER]
    portal.call_action("package_patch", {"id": OTHER, "private": True})
    with portal.engine.connect() as connection:
        assert [one.name for one in recently.most_used(connection, 30, 5)] == [NAME]
        assert recently.trend(connection) is first
    with clock.frozen(NOW + timedelta(seconds=60)), portal.engine.connect() as connection:
        assert recently.trend(connection).now == Used(page=5, file=7, api=10)
    count(portal, 1, "page", NAME)
    with portal.engine.connect() as connection:
        assert recently.trend(connection).now == Used(page=6, file=7, api=10)


def test_the_numbers_are_open_data(web: Web) -> None:
    answer = web.ask("/usage.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["date", "dataset", "kind", "by", "count"]
    assert rows[1:5] == [
        ["2026-06-30", OTHER, "view", "people", "2"],
        ["2026-06-30", NAME, "api", "people", "5"],
        ["2026-06-30", NAME, "download", "people", "2"],
        ["2026-06-30", NAME, "view", "people", "1"],
    ]
    assert rows[5] == ["2026-06-30", NAME, "view", "robots", "6"]
    assert len(rows) == 1 + 5 * 5
    assert SECRET not in answer.text
    told = web.ask("/usage.json").json()
    assert [[*map(str, row.values())] for row in told["data"]] == rows[1:]
    assert told["licenses"][0]["name"] == "CC0-1.0"
    assert [one["name"] for one in told["schema"]["fields"]] == rows[0]
    assert all(one["description"] and one["description_en"] for one in told["schema"]["fields"])
    part = web.ask("/usage.csv?since=2026-10-31&until=2026-11-02&bom=true")
    assert part.content.startswith(b"\xef\xbb\xbfdate,")
    assert {row[0] for row in csv.reader(io.StringIO(part.text.strip()))} - {"\ufeffdate"} == {
        "2026-10-31",
        "2026-11-02",
    }
    assert web.ask("/usage.csv?since=2030-01-01").text.split() == ["date,dataset,kind,by,count"]
    assert web.ask("/usage.csv?until=2001-01-01").text.split() == ["date,dataset,kind,by,count"]
    assert web.ask("/usage.csv?since=yesterday").status_code == 400


def test_the_numbers_are_sent_again_only_when_they_have_changed(web: Web) -> None:
    tag = web.ask("/usage.csv").headers["ETag"]
    assert web.ask("/usage.csv", headers={"If-None-Match": tag}).status_code == 304
    assert web.ask("/usage.json", headers={"If-None-Match": tag}).status_code == 200
    count(web.portal, 1, "page", OTHER)
    assert web.ask("/usage.csv", headers={"If-None-Match": tag}).status_code == 200
    tag = web.ask("/usage.csv").headers["ETag"]
    web.portal.call_action("package_patch", {"id": OTHER, "private": True})
    assert OTHER not in web.ask("/usage.csv", headers={"If-None-Match": tag}).text


def test_the_page_says_how_much_and_how_it_is_counted(web: Web) -> None:
    page = web.ask("/usage?lang=th").text
    for said in ("<strong>15</strong>", "<strong>7</strong>", "<strong>10</strong>", "เดือนก่อนถึงวันเดียวกัน 12 ครั้ง",
                 "พฤศจิกายน 2569", f'href="/dataset/{NAME}"', "ไม่มีคุกกี้", "/usage.csv?since=2026-11-01"):  # fmt: skip
        assert said in page
    assert SECRET not in page
    english = web.ask("/usage?lang=en").text
    assert "12 last month by this day" in english
    assert "November 2026" in english
    assert "No cookie" in english


def test_a_datasets_page_says_how_much_it_is_used(web: Web) -> None:
    page = web.ask(f"/dataset/{NAME}?lang=en").text
    assert "This month: 5 views, 7 downloads, 10 API calls" in page
    assert "In all: 19 views, 24 downloads, 25 API calls" in page
    assert 'aria-label="Last 30 days: at most 19 a day"' in page
    web.portal.call_action("package_create", package("brand-new"))
    assert "Nothing has been used yet." in web.ask("/dataset/brand-new?lang=en").text


def test_where_nothing_is_counted_the_pages_say_so_and_stay(tmp_path: Path) -> None:
    with opened(tmp_path, switches=Switches.of({"SAPHAN_TRACKING": "no"})) as portal, served(portal) as web:
        portal.call_action("package_create", package())
        assert "This site does not count its use." in web.ask("/usage?lang=en").text
        assert "/usage#how" not in web.ask(f"/dataset/{NAME}").text
        assert web.ask("/usage.csv").text.split() == ["date,dataset,kind,by,count"]
        assert json.loads(web.ask("/usage.json").content)["data"] == []


def test_a_line_stays_within_its_picture() -> None:
    assert line([0, 5, 10]) == "0.0,23.0 60.0,12.0 120.0,1.0"
    assert line([0, 0]) == "0.0,23.0 120.0,23.0"
    assert line([4]) == "0.0,1.0"
