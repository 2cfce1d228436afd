"""A recalled dataset over HTTP: 410 with the reason and the hash where it was, and in no list or feed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_ground import opened, package
from recall_ground import LATIN, MARKER, NAME, RELEASE, fill, recalled
from web_ground import Web, served

REASON = "พบข้อมูลส่วนบุคคล"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as made:
        yield made


def test_every_address_of_it_answers_410(web: Web, tmp_path: Path) -> None:
    made = fill(web.portal)
    resource, key = made["resource"], made["id"]
    pages = [f"/dataset/{NAME}", f"/dataset/{key}", f"/dataset/{NAME}.ttl", f"/dataset/{NAME}/cite"]
    pages += [
        f"/dataset/{NAME}/resource/{resource}",
        f"/dataset/{key}/version/2",
        f"/dataset/{key}/version/2/cite",
    ]
    pages += [f"/dataset/{NAME}/resource/{resource}/download/{LATIN}.csv", f"/dataset/{key}/version/2/certificate"]
    for path in pages[2:]:
        assert web.ask(path, "HEAD").status_code in (200, 302), path
    recalled(web.portal, tmp_path)
    for path in pages:
        answer = web.ask(path)
        assert answer.status_code == 410, path
        assert "ชุดข้อมูลนี้ถูกถอนแล้ว" in answer.text and REASON in answer.text and RELEASE in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    assert "This dataset was recalled" in web.ask(f"{pages[0]}?lang=en").text
    told = web.ask(f"/dataset/{NAME}.json")
    assert told.status_code == 410
    assert told.json()["error"]["recalled"]["release"] == RELEASE
    assert told.json()["error"]["recalled"]["reason"] == REASON
    assert web.ask("/dataset/never-there").status_code == 404


def test_no_list_feed_export_or_answer_of_a_running_server_holds_it(web: Web, tmp_path: Path) -> None:
    made = fill(web.portal)
    web.portal.call_action("package_create", package("another"))
    lists = [
        "/",
        "/dataset",
        "/feeds/dataset.atom",
        "/sitemap.xml",
        "/catalog.ttl",
        "/catalog.csv",
        "/catalog.jsonl",
    ]
    lists += ["/api/3/action/package_search", "/api/3/action/recently_changed_packages_activity_list", "/area"]
    lists += ["/api/3/action/current_package_list_with_resources", f"/dataset?q={LATIN}", "/organization/dept-a"]
    asked = [f"/api/3/action/package_show?id={NAME}", f"/datastore/dump/{made['resource']}"]
    asked += [f"/api/3/action/datastore_search?resource_id={made['resource']}", f"/odata/{made['resource']}/rows"]
    asked += [f"/embed/{made['resource']}", f"/dataset/{NAME}/resource/{made['resource']}/explore"]
    before = {path: web.ask(path) for path in (*lists, *asked)}
    assert sum(MARKER in answer.text for answer in before.values()) > 5
    recalled(web.portal, tmp_path)
    for path in (*lists, *asked):
        answer = web.ask(path)
        assert MARKER not in answer.text and (LATIN not in answer.text or LATIN in path), path
        assert answer.status_code in ((404, 410) if path in asked else (200,)), path
    shown = web.ask(asked[0]).json()
    assert shown["error"]["__type"] == "Not Found Error" and shown["error"]["recalled"]["release"] == RELEASE


def test_what_was_never_public_is_not_told_of(web: Web, tmp_path: Path) -> None:
    web.portal.call_action("package_create", package(NAME, private=True))
    recalled(web.portal, tmp_path)
    assert web.ask(f"/dataset/{NAME}").status_code == 404
    assert "recalled" not in web.ask(f"/api/3/action/package_show?id={NAME}").text
