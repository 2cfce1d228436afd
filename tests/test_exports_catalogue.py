"""The whole catalogue for programs: feeds, maps, CSV, JSON lines; nothing that is not public."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from catalog_ground import opened
from exports_ground import BARE, FULL, publish, schema, worst
from web_ground import KEY, Web, served

from catalog.actions.documents import load, touch
from catalog.store.database import writing
from catalog.web import catalogue, feeds, fresh

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PUBLIC = {FULL, BARE, "worst"}
WHOLE = [
    "/catalog.csv", "/catalog.jsonl", "/catalog.ttl", "/catalog.jsonld", "/catalog.rdf", "/sitemap.xml",
    "/feeds/dataset.atom", "/feeds/organization/dept-a.atom", "/feeds/tag/ประชากร.atom", "/feeds/custom.atom?q=",
]  # fmt: skip


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with opened(tmp_path_factory.mktemp("catalogue"), schema=schema()) as portal, served(portal) as ours:
        publish(portal)
        worst(portal)
        portal.call_action("group_create", {"name": "people", "title": "ประชากรและสังคม"})
        yield ours


def _xml(web: Web, path: str) -> ElementTree.Element:
    answer = web.ask(path)
    assert answer.status_code == 200, answer.text
    return ElementTree.fromstring(answer.content)  # noqa: S314 - our own answer


@pytest.mark.parametrize("key", [None, KEY], ids=["anyone", "sysadmin"])
@pytest.mark.parametrize("path", WHOLE)
def test_nobody_is_told_of_what_is_not_public(web: Web, path: str, key: str | None) -> None:
    answer = web.ask(path, key=key)
    assert answer.status_code == 200
    assert FULL in answer.text
    for word in ("ลับมากที่สุด", "ลบไปแล้ว", "/hidden", "/gone", '"hidden"', '"gone"'):
        assert word not in answer.text


@pytest.mark.parametrize("path", [*WHOLE, "/robots.txt"])
def test_who_holds_it_is_not_sent_it_again_until_something_changes(web: Web, path: str) -> None:
    etag = web.ask(path).headers["ETag"]
    again = web.ask(path, headers={"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert web.ask(path, "HEAD").headers["ETag"] == etag
    if path == "/robots.txt":
        return
    web.portal.call_action("package_patch", {"id": FULL, "version": path})
    assert web.ask(path, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["/catalog.csv", "/catalog.jsonl", "/sitemap.xml"])
def test_a_change_that_leaves_the_time_of_the_dataset_alone_is_sent(web: Web, path: str) -> None:
    """As when a table is made for a resource: `metadata_modified` is the publisher's."""
    etag = web.ask(path).headers["ETag"]
    with writing(web.portal.engine) as connection:
        context = web.portal._context(connection, web.portal.actor, web.portal.site, {})
        document = load(context, BARE)
        assert document is not None
        touch(context, {**document, "version": path})
    assert web.ask(path, headers={"If-None-Match": etag}).status_code == 200


def test_json_lines_hold_each_dataset_as_package_show_gives_it(web: Web) -> None:
    answer = web.ask("/catalog.jsonl")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    shown = [web.ask(f"/api/3/action/package_show?id={name}").json()["result"] for name in sorted(PUBLIC)]
    assert lines == shown


def test_the_csv_has_a_row_for_each_dataset_and_a_column_for_each_term(web: Web) -> None:
    answer = web.ask("/catalog.csv?bom=true")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["name"] for row in rows} == PUBLIC
    full = next(row for row in rows if row["name"] == FULL)
    expected = {
        "organization": "dept-a", "organization_title": "กรมตัวอย่าง", "objective": "ยุทธศาสตร์ชาติ;พันธกิจหน่วยงาน",
        "title_en": "Population 2024", "num_resources": "2", "page": f"{web.url}/dataset/{FULL}",
        "first_year_of_data": "2560",
    }  # fmt: skip
    assert {key: full[key] for key in expected} == expected
    assert not web.ask("/catalog.csv").content.startswith(b"\xef\xbb\xbf")


def test_a_long_catalogue_is_sent_in_blocks(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = web.ask("/catalog.csv").text
    monkeypatch.setattr(fresh, "BLOCK", 10)
    assert web.ask("/catalog.csv").text == whole


def test_a_feed_tells_what_changed_last_first(web: Web) -> None:
    web.portal.call_action("package_patch", {"id": BARE, "version": "later"})
    feed = _xml(web, "/feeds/dataset.atom")
    entries = feed.findall(f"{ATOM}entry")
    newest = entries[0].find(f"{ATOM}link[@rel='alternate']")
    assert newest is not None
    assert newest.get("href") == f"{web.url}/dataset/{BARE}"
    assert len(entries) == len(PUBLIC)
    for one in (feed, *entries):
        for name in ("id", "title", "updated"):
            found = one.findtext(f"{ATOM}{name}")
            assert found and found.strip()
        assert one.find(f"{ATOM}author/{ATOM}name") is not None
    assert len({one.findtext(f"{ATOM}id") for one in entries}) == len(entries)


def test_a_feed_is_turned_page_by_page(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "ROWS", 2)
    first = _xml(web, "/feeds/dataset.atom")
    following = first.find(f"{ATOM}link[@rel='next']")
    assert following is not None
    second = _xml(web, str(following.get("href")).removeprefix(web.url))
    assert len(first.findall(f"{ATOM}entry")) + len(second.findall(f"{ATOM}entry")) == len(PUBLIC)
    assert second.find(f"{ATOM}link[@rel='next']") is None
    assert second.find(f"{ATOM}link[@rel='previous']") is not None


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/feeds/organization/dept-a.atom", 3), ("/feeds/group/people.atom", 0), ("/feeds/tag/population.atom", 3),
        ("/feeds/tag/ไม่มี.atom", 0), (f"/feeds/custom.atom?q=name:{FULL}", 1),
        ("/feeds/custom.atom?tags=population", 3),
        ('/feeds/tag/a" OR name:*.atom', 0),
    ],
)  # fmt: skip
def test_feeds_are_narrowed_as_ckans_are(web: Web, path: str, count: int) -> None:
    assert len(_xml(web, path).findall(f"{ATOM}entry")) == count


def test_a_feed_of_nobody_is_not_there(web: Web) -> None:
    assert web.ask("/feeds/organization/nobody.atom").status_code == 404
    assert web.ask("/feeds/group/dept-a.atom").status_code == 404


def test_the_map_names_every_page(web: Web) -> None:
    found = [one.text for one in _xml(web, "/sitemap.xml").iter(f"{MAP}loc")]
    assert found == [f"{web.url}/", *(f"{web.url}/dataset/{name}" for name in sorted(PUBLIC))]
    for address in found:
        assert web.ask(str(address).removeprefix(web.url)).status_code == 200


def test_a_large_catalogue_has_an_index_of_maps(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MAP", 3)
    parts = [str(one.text) for one in _xml(web, "/sitemap.xml").iter(f"{MAP}loc")]
    assert parts == [f"{web.url}/sitemap-1.xml", f"{web.url}/sitemap-2.xml"]
    found: list[Any] = []
    for part in parts:
        inside = [one.text for one in _xml(web, part.removeprefix(web.url)).iter(f"{MAP}loc")]
        assert len(inside) <= 3
        found += inside
    assert found == [f"{web.url}/", *(f"{web.url}/dataset/{name}" for name in sorted(PUBLIC))]
    assert web.ask("/sitemap-3.xml").status_code == 404
    assert web.ask("/sitemap-0.xml").status_code == 404


def test_robots_are_shown_the_map(web: Web) -> None:
    text = web.ask("/robots.txt").text
    assert f"Sitemap: {web.url}/sitemap.xml" in text
    assert "Disallow: /api/" in text


@pytest.mark.parametrize(
    "path",
    [*WHOLE, f"/dataset/{FULL}.ttl", f"/dataset/{FULL}/cite", "/api/3/action/package_list", "/api/3/openapi.json"],
)
def test_a_page_of_another_site_may_read_what_anyone_may(web: Web, path: str) -> None:
    origin = {"Origin": "https://example.org"}
    assert web.ask(path, headers=origin).headers["Access-Control-Allow-Origin"] == "*"
    asked = {**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    preflight = web.ask(path, "OPTIONS", headers=asked)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
