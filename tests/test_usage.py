"""How often datasets are seen and files fetched is counted by day, whoever answers, and nobody is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from catalog_ground import ANYONE, CSV, opened, package, texts, upload
from sqlalchemy import select
from web_ground import Web, served

from catalog.portal.local import LocalPortal
from catalog.store.database import writing
from catalog.store.tables import usage
from catalog.store.usage import between
from catalog.switches import Switches
from catalog.web import counted
from metadata import clock

NAME = "population-2567"
BROWSER = {"Accept": "text/html,*/*;q=0.8", "User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}


@pytest.fixture
def web(tmp_path: Path, both: str) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as made:
        yield made


def filled(portal: LocalPortal) -> tuple[str, str]:
    """A dataset with a file: its id, and the file's path."""
    portal.call_action("package_create", package())
    made = portal.call_action("resource_create", {"package_id": NAME, "name": "ตาราง"}, upload())
    return made["id"], made["url"].removeprefix(portal.site.url)


def told(portal: LocalPortal) -> tuple[dict[str, int], dict[str, int]]:
    """What a reader is told of the page and of the file."""
    assert portal.usage
    portal.usage.write()
    found = portal.call_action("package_show", {"id": NAME, "include_tracking": True})
    (file,) = found["resources"]
    alone = portal.call_action("resource_show", {"id": file["id"], "include_tracking": True})
    assert alone["tracking_summary"] == file["tracking_summary"]
    return found["tracking_summary"], file["tracking_summary"]


def times(number: int) -> dict[str, int]:
    return {"total": number, "recent": number}


def test_pages_and_files_are_counted_and_nothing_else(web: Web) -> None:
    resource, path = filled(web.portal)
    assert told(web.portal) == (times(0), times(0))
    page = web.ask(f"/dataset/{NAME}", headers=BROWSER)
    assert page.status_code == 200
    assert web.ask(f"/dataset/{web.portal.call_action('package_show', {'id': NAME})['id']}", headers=BROWSER).ok
    for _again in range(3):  # the first is made, the others are kept
        assert web.ask(path).content == CSV
    assert web.ask(path, headers={"Range": "bytes=0-9"}).status_code == 206
    assert told(web.portal) == (times(2), times(4))
    for asked, headers in (
        (f"/dataset/{NAME}", {**BROWSER, "User-Agent": "Examplebot/2.1 (+https://a.example/bot)"}),
        (f"/dataset/{NAME}", {**BROWSER, "Sec-Purpose": "prefetch;prerender"}),
        (f"/dataset/{NAME}", {"Accept": "text/turtle"}),
        (f"/dataset/{NAME}.json", BROWSER),
        (f"/api/3/action/package_show?id={NAME}", BROWSER),
        ("/dataset/never-was", BROWSER),
        (path, {"Range": "bytes=5-9"}),
        (path, {"If-None-Match": "*"}),
        (path, {"User-Agent": "a crawler"}),
        (f"{path}-metadata.json", {}),
        (f"/dataset/{NAME}/resource/{resource}/download/old-name.csv", {}),
    ):
        web.ask(asked, headers=headers)
    assert web.ask(path, "HEAD").status_code == 200
    assert told(web.portal) == (times(2), times(4))


def test_programs_calls_are_counted_however_they_are_sent(web: Web) -> None:
    filled(web.portal)
    made = web.portal.call_action(
        "datastore_create",
        {
            "resource": {"package_id": NAME, "name": "n"},
            "fields": [{"id": "n", "type": "int"}],
            "records": [{"n": 1}],
        },
    )
    rows, package_id = made["resource_id"], web.portal.call_action("package_show", {"id": NAME})["id"]
    for asked, headers in (
        (f"/api/3/action/package_show?id={NAME}", {}),
        (f"/api/3/action/package_show?id={package_id}", BROWSER),
        (f"/en/api/3/action/package_show?id={NAME}", {}),
        (f"/api/3/action/datastore_search?resource_id={rows}&limit=1", {}),
        (f"/odata/{rows}/rows", {}),
        (f"/dataset/{NAME}.json", {}),
        (f"/dataset/{NAME}.ttl", {}),
    ):
        for _again in range(2):  # the first is made, the other may be kept
            assert web.ask(asked, headers=headers).status_code == 200, asked
    assert web.call("package_show", {"id": NAME}, key=None).status_code == 200
    assert web.call("datastore_search", {"resource_id": rows}, key=None).status_code == 200
    for asked in (
        f"/api/3/action/package_show?id={NAME}-no",
        "/api/3/action/package_search?q=a",
        "/api/3/action/package_show",
        f"/odata/{rows}/",
        f"/api/3/action/package_show?id={'x' * 200}",
    ):
        web.ask(asked)
    tag = web.ask(f"/api/3/action/package_show?id={NAME}").headers["ETag"]
    again = web.ask(f"/api/3/action/package_show?id={NAME}", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert web.ask(f"/datastore/dump/{rows}").status_code == 200
    assert counts(web.portal) == {("api", False, ""): 13, ("api", False, rows): 5, ("file", False, rows): 1}
    found = web.portal.call_action("package_show", {"id": NAME, "include_tracking": True})
    assert found["tracking_summary"] == times(0)
    assert [one["tracking_summary"] for one in found["resources"]] == [times(0), times(1)]


def test_what_an_sql_query_reads_is_counted_of_each_table() -> None:
    one, other = "0b2ff2ee-6a11-4a44-9d24-9a5d8d3e0001", "0b2ff2ee-6a11-4a44-9d24-9a5d8d3e0002"
    sql = f'SELECT * FROM "{one}" a JOIN "{other}" b ON a.n = b.n WHERE "{one}".n > 1'
    assert counted.keys_of("datastore_search_sql", {"sql": sql}) == (one, other)
    target = f"/api/3/action/datastore_search_sql?{urlencode({'sql': sql})}"
    path, _, query = target.partition("?")
    assert counted.of(path, query, ()) == ("api", (one, other), False)


def test_rows_fetched_as_a_file_are_a_file() -> None:
    path = f"/dataset/{NAME}/resource/0b2ff2ee-6a11-4a44-9d24-9a5d8d3e0001"
    key = ("0b2ff2ee-6a11-4a44-9d24-9a5d8d3e0001",)
    assert counted.of(path, "format=xlsx&year=2567", ()) == ("file", key, False)
    assert counted.of(path, "year=2567", ()) is None
    assert counted.of(path + "/download/a.csv", "", ()) == ("file", key, False)


def test_robots_are_counted_apart_and_telephones_are_people(web: Web) -> None:
    _resource, path = filled(web.portal)
    (file,) = web.portal.call_action("package_show", {"id": NAME})["resources"]
    robots = (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)",
        "facebookexternalhit/1.1;line-poker/1.0",
        "Baiduspider",
        "saphan/1.0 (reads this catalogue)",
    )
    people = (
        BROWSER["User-Agent"],
        "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 50) Chrome/120.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari Line/13.20.0",
        "python-requests/2.32",
    )
    for agent in (*robots, *people):
        assert web.ask(f"/dataset/{NAME}", headers={**BROWSER, "User-Agent": agent}).status_code == 200
        assert web.ask(path, headers={"User-Agent": agent}).status_code == 200
        assert web.ask(f"/api/3/action/package_show?id={NAME}", headers={"User-Agent": agent}).status_code == 200
        asked = {"Sec-Purpose": "prefetch", "User-Agent": agent}
        assert web.ask(path, headers=asked).status_code == 200
    assert counts(web.portal) == {
        (kind, robot, file["id"] if kind == "file" else ""): len(robots if robot else people)
        for kind in ("page", "file", "api")
        for robot in (False, True)
    }
    assert told(web.portal) == (times(len(people)), times(len(people)))
    with web.portal.engine.connect() as connection:
        assert between(connection, "file", clock.today(), clock.today()) == len(people)


def counts(portal: LocalPortal) -> dict[tuple[str, bool, str], int]:
    """Kind, whether robots, resource → how often."""
    assert portal.usage
    portal.usage.write()
    with portal.engine.connect() as connection:
        return {(row.kind, row.robot, row.resource_id): row[5] for row in connection.execute(select(usage))}


def test_only_numbers_by_day_are_kept(web: Web) -> None:
    _resource, path = filled(web.portal)
    headers = {**BROWSER, "User-Agent": "Mozilla/5.0 Netscape-of-somebody", "X-Forwarded-For": "203.0.113.77"}
    assert "Set-Cookie" not in web.ask(f"/dataset/{NAME}", headers=headers).headers
    assert web.ask(path, headers=headers).status_code == 200
    told(web.portal)
    with web.portal.engine.connect() as connection:
        rows = connection.execute(select(usage)).all()
    assert [(row.day, row[5]) for row in rows] == [(clock.today().isoformat(), 1)] * 2
    assert not [text for text in texts(web.portal) if "Netscape-of-somebody" in text or "203.0.113.77" in text]


def test_lately_is_fourteen_days_of_thai_dates(tmp_path: Path, both: str) -> None:
    with opened(tmp_path) as portal:
        filled(portal)
        assert portal.usage
        start = datetime.fromisoformat("2026-03-01T18:30:00+00:00")  # the 2nd of March in Thailand
        for days in (0, 1, 14):
            with clock.frozen(start + timedelta(days=days)):
                portal.usage.count("page", NAME)
                portal.usage.write()
        with clock.frozen(start + timedelta(days=15)):
            assert told(portal)[0] == {"total": 3, "recent": 2}
        with portal.engine.connect() as connection:
            days_kept = connection.execute(select(usage.c.day).order_by(usage.c.day)).scalars().all()
        assert days_kept == ["2026-03-02", "2026-03-03", "2026-03-16"]


def test_two_processes_add_up_and_what_is_not_there_is_not_counted(tmp_path: Path, both: str) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        resource, _path = filled(one)
        for portal in (one, other):
            assert portal.usage
            portal.usage.count("page", NAME)
            portal.usage.count("file", resource)
            portal.usage.count("file", "made-up")
            portal.usage.count("page", "'; DROP TABLE usage; --")
            portal.usage.write()
        assert told(one) == (times(2), times(2))
        one.call_action("dataset_purge", {"id": NAME})
        with one.engine.connect() as connection:
            assert connection.execute(select(usage)).all() == []


def test_what_is_read_most_is_found_first_where_that_is_asked_for(tmp_path: Path, both: str) -> None:
    with opened(tmp_path) as portal:
        for name in ("seldom", "often", "once-often"):
            portal.call_action("package_create", package(name))
        assert portal.usage
        with clock.frozen(clock.now() - timedelta(days=100)):
            for _time in range(9):
                portal.usage.count("page", "once-often")
        for name in ("seldom", "often", "often"):
            portal.usage.count("page", name)
        for sort, names in (
            ("views_recent desc", ["often", "seldom", "once-often"]),
            ("views_total desc", ["once-often", "often", "seldom"]),
            ("views_total asc", ["seldom", "often", "once-often"]),
        ):
            for _again in range(2):
                portal.usage.write()
                found = portal.call_action("package_search", {"sort": sort})
                assert [one["name"] for one in found["results"]] == names
                found = portal.call_action("package_search", {"sort": sort, "q": "ประชากร"})
                assert [one["name"] for one in found["results"]] == names
        for _time in range(9):
            portal.usage.count("page", "seldom")
        portal.usage.write()
        assert (
            portal.call_action("package_search", {"sort": "views_recent desc"})["results"][0]["name"] == "seldom"
        )


def test_what_a_busy_database_does_not_take_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as portal:
        filled(portal)
        assert portal.usage
        portal.usage.count("page", NAME)
        with monkeypatch.context() as patch:
            patch.setattr("catalog.store.usage.writing", _busy)
            portal.usage.write()
        portal.usage.count("page", NAME)
        assert told(portal)[0] == times(2)


def _busy(_engine: Any) -> Any:
    from metadata.errors import StoreError

    raise StoreError("store-locked", path="x")


def test_the_end_of_a_catalog_writes_the_rest(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        filled(portal)
        assert portal.usage
        portal.usage.count("page", NAME)
    with opened(tmp_path) as portal:
        assert told(portal)[0] == times(1)


def test_where_it_is_switched_off_nothing_is_counted_or_told(tmp_path: Path) -> None:
    with opened(tmp_path, switches=Switches.of({"SAPHAN_TRACKING": "no"})) as portal, served(portal) as web:
        _resource, path = filled(portal)
        assert web.ask(f"/dataset/{NAME}", headers=BROWSER).status_code == 200
        assert web.ask(path).status_code == 200
        assert portal.usage is None
        with writing(portal.engine) as connection:
            assert connection.execute(select(usage)).all() == []
        assert "tracking_summary" not in portal.call_action("package_show", {"id": NAME, "include_tracking": True})


def test_numbers_are_told_to_who_asks_for_them_and_may_read_the_dataset(web: Web) -> None:
    filled(web.portal)
    asked = {"id": NAME, "include_tracking": True}
    plain = web.ask(f"/api/3/action/package_show?id={NAME}").json()["result"]
    assert "tracking_summary" not in plain
    assert "tracking_summary" not in plain["resources"][0]
    shown = web.portal.answer("package_show", asked, actor=ANYONE, site=web.portal.site)
    assert shown["tracking_summary"] == times(0)
    changed = web.call("package_update", shown).json()["result"]
    assert "tracking_summary" not in changed
    assert changed["metadata_modified"] == shown["metadata_modified"]
