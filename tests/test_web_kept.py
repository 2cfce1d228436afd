"""Kept answers: the same bytes as new ones, gone with the next write of anybody, and never somebody's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import address, opened, package
from web_ground import KEY, Web, served

from catalog.portal.local import LocalPortal
from catalog.web import kept

SHOW = "/api/3/action/package_show?id=population-2567"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as ours:
        portal.call_action("package_create", package())
        yield ours


@pytest.fixture
def asked(web: Web, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the actions that were really run over HTTP from now on."""
    names: list[str] = []
    answer = web.portal.answer

    def noted(name: str, *arguments: Any, **more: Any) -> Any:
        names.append(name)
        return answer(name, *arguments, **more)

    monkeypatch.setattr(web.portal, "answer", noted)
    return names


def test_a_repeated_request_gets_the_same_answer_without_work(web: Web, asked: list[str]) -> None:
    first, second = web.ask(SHOW), web.ask(SHOW)
    assert asked == ["package_show"]
    assert (first.status_code, first.content) == (second.status_code, second.content)
    own = {"date"}
    assert {k: v for k, v in first.headers.items() if k.lower() not in own} == {
        k: v for k, v in second.headers.items() if k.lower() not in own
    }


def test_what_has_not_changed_is_not_sent_again(web: Web, asked: list[str]) -> None:
    tag = web.ask(SHOW).headers["etag"]
    again = web.ask(SHOW, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert web.ask(SHOW, headers={"If-None-Match": '"other"'}).status_code == 200
    assert asked == ["package_show"]


def test_a_write_of_another_process_is_seen_at_once(web: Web, tmp_path: Path) -> None:
    assert web.ask(SHOW).json()["result"]["notes"] != "ใหม่"
    with LocalPortal(database_url=address(tmp_path), files=tmp_path / "files", schema=None) as other:
        other.call_action("organization_patch", {"id": "dept-a", "title": "กรมใหม่"})
    assert web.ask(SHOW).json()["result"]["organization"]["title"] == "กรมใหม่"


def test_what_has_become_private_is_refused_at_once(web: Web) -> None:
    assert web.ask(SHOW).status_code == 200
    assert web.call("package_patch", {"id": "population-2567", "private": True}).status_code == 200
    assert web.ask(SHOW).status_code == 403


def test_an_answer_to_a_key_is_neither_kept_nor_given_to_a_stranger(web: Web, asked: list[str]) -> None:
    web.call("package_patch", {"id": "population-2567", "private": True})
    assert web.ask(SHOW, key=KEY).status_code == 200
    assert web.ask(SHOW).status_code == 403
    assert web.ask(SHOW, key=KEY).status_code == 200
    assert asked.count("package_show") == 3


def test_the_host_that_was_asked_stands_in_the_answer(web: Web) -> None:
    assert "one.example" in web.ask(SHOW, headers={"Host": "one.example"}).json()["help"]
    assert "two.example" in web.ask(SHOW, headers={"Host": "two.example"}).json()["help"]


def test_a_table_that_changed_is_read_anew(web: Web, asked: list[str]) -> None:
    resource = {"package_id": "population-2567", "name": "table"}
    made = web.call("datastore_create", {"resource": resource, "records": [{"a": 1}]}).json()["result"]
    path = f"/api/3/action/datastore_search?resource_id={made['resource_id']}"
    assert [len(web.ask(path).json()["result"]["records"]) for _again in range(2)] == [1, 1]
    assert asked.count("datastore_search") == 1
    more = {"resource_id": made["resource_id"], "method": "insert", "records": [{"a": 2}]}
    assert web.call("datastore_upsert", more).status_code == 200
    assert len(web.ask(path).json()["result"]["records"]) == 2
    assert web.call("datastore_delete", {"resource_id": made["resource_id"]}).status_code == 200
    assert web.ask(path).status_code == 404


def test_a_search_by_the_clock_is_asked_anew(web: Web, asked: list[str]) -> None:
    path = "/api/3/action/package_search?fq=metadata_modified:[N%4FW-1DAY+TO+NOW]"
    assert [web.ask(path).status_code for _again in range(2)] == [200, 200]
    assert asked == ["package_search", "package_search"]


def test_no_more_is_kept_than_allowed(web: Web, monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    monkeypatch.setattr(kept, "MOST", 3 * len(web.ask(SHOW).content))
    for number in range(9):
        web.ask(f"{SHOW}&x={number}")
    before = len(asked)
    web.ask(f"{SHOW}&x=8")
    assert len(asked) == before
    web.ask(f"{SHOW}&x=0")
    assert len(asked) == before + 1


def test_what_goes_wrong_is_not_kept(web: Web, asked: list[str]) -> None:
    path = "/api/3/action/package_show?id=nope"
    assert [web.ask(path).status_code for _again in range(2)] == [404, 404]
    assert asked == ["package_show", "package_show"]
