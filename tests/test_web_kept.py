"""Kept answers: the same bytes as new ones, gone with the next write of anybody, and never somebody's own."""

from __future__ import annotations

import io
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import address, opened, package
from web_ground import KEY, Web, served

from catalog.portal.local import LocalPortal
from catalog.web import kept, limits
from catalog.web.limits import Buckets, Rate

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
    os.utime(web.portal.datastore.path(made["resource_id"]), (0, 0))  # type: ignore[attr-defined]  # not just now
    assert [len(web.ask(path).json()["result"]["records"]) for _again in range(2)] == [1, 1]
    assert asked.count("datastore_search") == 1
    more = {"resource_id": made["resource_id"], "method": "insert", "records": [{"a": 2}]}
    assert web.call("datastore_upsert", more).status_code == 200
    assert len(web.ask(path).json()["result"]["records"]) == 2
    assert web.call("datastore_delete", {"resource_id": made["resource_id"]}).status_code == 200
    assert web.ask(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "package_search?fq=metadata_modified:[N%4FW-1DAY+TO+NOW]",
        "package_search?q=metadata_modified:[now-1DAY+TO+*]",
        "package_search?sort=views%5Frecent+desc",
        "package_show?id=population-2567&include%5Ftracking=true",
    ],
)
def test_what_changes_with_the_clock_is_asked_anew(web: Web, asked: list[str], path: str) -> None:
    answers = [web.ask(f"/api/3/action/{path}").status_code for _again in range(2)]
    assert len(asked) == 2, answers


def test_no_more_is_kept_than_allowed(web: Web, monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    monkeypatch.setattr(kept, "MOST", 3 * (len(web.ask(SHOW).content) + kept.EACH))
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


CONTENT = b"a,b\n" + b"1,2\n" * 1000


@pytest.fixture
def file(web: Web) -> str:
    """The address of an uploaded file."""
    made = web.portal.call_action(
        "resource_create",
        {"package_id": "population-2567", "name": "rows"},
        files={"upload": _Named(CONTENT, "rows.csv")},
    )
    return str(made["url"][made["url"].index("/dataset/") :])


class _Named(io.BytesIO):
    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


@pytest.fixture
def looked_up(web: Web, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The resources whose files were really looked up over HTTP from now on."""
    names: list[str] = []
    uploaded = web.portal.uploaded

    def noted(resource: str, **more: Any) -> Any:
        names.append(resource)
        return uploaded(resource, **more)

    monkeypatch.setattr(web.portal, "uploaded", noted)
    return names


def _headers(answer: Any) -> dict[str, str]:
    return {k.lower(): v for k, v in answer.headers.items() if k.lower() != "date"}


def test_a_file_is_looked_up_once(web: Web, file: str, looked_up: list[str]) -> None:
    first, second = web.ask(file), web.ask(file)
    assert (first.content, second.content, len(looked_up)) == (CONTENT, CONTENT, 1)
    assert _headers(first) == _headers(second)
    tag = first.headers["etag"]
    for given in (tag, f'"x", W/{tag}', "*"):
        same = web.ask(file, headers={"If-None-Match": given})
        assert (same.status_code, same.content) == (304, b"")
    assert len(looked_up) == 1
    new = web.ask(file, headers={"If-None-Match": tag, "Cache-Control": "no-cache"})
    assert (new.status_code, _headers(new), len(looked_up)) == (304, _headers(same), 2)


def test_parts_of_a_file_and_its_headers_are_not_mistaken_for_it(web: Web, file: str) -> None:
    assert web.ask(file).content == CONTENT
    part = web.ask(file, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"1,2\n")
    assert web.ask(file, headers={"Range": "bytes=999999-"}).status_code == 416
    head = web.ask(file, "HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(CONTENT)))
    assert web.ask(file).content == CONTENT


def test_a_file_that_has_become_private_replaced_or_deleted_is_not_sent(web: Web, file: str) -> None:
    resource = file.split("/")[4]
    assert web.ask(file).content == CONTENT
    web.portal.call_action("package_patch", {"id": "population-2567", "private": True})
    assert web.ask(file).status_code == 404
    assert (web.ask(file, key=KEY).content, web.ask(file).status_code) == (CONTENT, 404)
    web.portal.call_action("package_patch", {"id": "population-2567", "private": False})
    web.portal.call_action("resource_patch", {"id": resource}, files={"upload": _Named(b"new\n", "rows.csv")})
    assert [web.ask(file).content for _again in range(2)] == [b"new\n", b"new\n"]
    web.portal.call_action("resource_delete", {"id": resource})
    assert web.ask(file).status_code == 404


def test_a_file_that_its_dataset_hides_is_for_its_publishers(web: Web, file: str) -> None:
    resource = file.split("/")[4]
    assert web.ask(file).content == CONTENT
    web.portal.call_action("resource_patch", {"id": resource, "resource_private": "True"})
    for _again in range(2):
        assert (web.ask(file).status_code, web.ask(file, headers={"Range": "bytes=0-3"}).status_code) == (404, 404)
        own = web.ask(file, key=KEY)
        assert (own.content, own.headers["cache-control"]) == (CONTENT, "private, no-cache")


def test_a_resource_that_its_dataset_hides_is_not_told_of(web: Web, file: str) -> None:
    resource = file.split("/")[4]
    told = [f"/api/3/action/{action}?id={resource}" for action in ("resource_show", "resource_view_list")]
    assert [web.ask(path).status_code for path in told * 2] == [200] * 4
    web.portal.call_action("resource_patch", {"id": resource, "resource_private": "True"})
    assert [web.ask(path).status_code for path in told * 2] == [404] * 4
    assert [web.ask(path, key=KEY).status_code for path in told] == [200] * 2


def test_a_file_that_its_dataset_hides_is_hidden_in_older_versions_too(web: Web, file: str) -> None:
    resource = file.split("/")[4]
    version = f"/dataset/population-2567/version/2/resource/{resource}/download/rows.csv"
    assert [web.ask(version).content for _again in range(2)] == [CONTENT, CONTENT]
    web.portal.call_action("resource_patch", {"id": resource, "resource_private": "True"})
    for number in (2, 3):
        path = version.replace("/2/", f"/{number}/")
        assert [web.ask(path).status_code for _again in range(2)] == [404, 404]
        assert web.ask(path, key=KEY).content == CONTENT


def test_a_file_that_is_gone_from_the_disk_is_not_found(web: Web, file: str) -> None:
    assert web.ask(file).content == CONTENT
    found = web.portal.uploaded(file.split("/")[4])
    assert found is not None
    found.path.unlink()
    assert web.ask(file).status_code == 404


@pytest.mark.parametrize("size", [0, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_file_of_any_length_comes_whole(web: Web, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    made = web.portal.call_action(
        "resource_create",
        {"package_id": "population-2567", "name": "long"},
        files={"upload": _Named(content, "long.bin")},
    )
    address = made["url"][made["url"].index("/dataset/") :]
    assert [web.ask(address).content == content for _again in range(2)] == [True, True]


def test_a_database_that_is_replaced_is_seen_at_once(web: Web, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    database = Path(str(web.portal.engine.url.database))
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as to:
        source.backup(to)
        to.execute("UPDATE packages SET document = replace(document, '\"private\":false', '\"private\":true')")
        to.commit()
    assert [web.ask(SHOW).status_code for _again in range(2)] == [200, 200]
    web.portal.engine.dispose()
    for beside in ("-wal", "-shm"):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    copy.replace(database)
    assert web.ask(SHOW).status_code == 403


def test_a_table_changed_without_the_catalog_knowing_is_read_anew(web: Web) -> None:
    """As after a power cut between a table's commit and the catalog's."""
    resource = {"package_id": "population-2567", "name": "table"}
    made = web.call("datastore_create", {"resource": resource, "records": [{"a": 1}]}).json()["result"]
    path = f"/api/3/action/datastore_search?resource_id={made['resource_id']}"
    assert [len(web.ask(path).json()["result"]["records"]) for _again in range(2)] == [1, 1]
    web.portal.datastore.write(made["resource_id"], "insert", [{"a": 2}])
    assert len(web.ask(path).json()["result"]["records"]) == 2


def _raw(web: Web, sent: bytes, count: int) -> list[bytes]:
    """What a connection answers to bytes: so many answers, each headers and body in one."""
    host, port = web.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as made:
        made.sendall(sent)
        got = b""
        while got.count(b"HTTP/1.1 ") < count or not got.rstrip().endswith((b"}", b"\r\n\r\n")):
            block = made.recv(1 << 16)
            if not block:
                break
            got += block
    return [b"HTTP/1.1 " + one for one in got.split(b"HTTP/1.1 ")[1:]]


def _request(path: str, *headers: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: a.example", *headers, "", "")).encode()


def test_requests_that_come_together_are_answered_in_their_order(web: Web) -> None:
    web.ask(SHOW, headers={"Host": "a.example"})
    nope = SHOW.replace("2567", "nope")
    got = _raw(web, _request(SHOW) + _request(nope) + _request(SHOW) + _request(nope), 4)
    assert [one[9:12] for one in got] == [b"200", b"404", b"200", b"404"]
    assert b"population-2567" in got[0] and b"population-2567" in got[2]


def test_who_wants_the_connection_closed_gets_the_answer_and_that(web: Web) -> None:
    web.ask(SHOW, headers={"Host": "a.example"})
    (got,) = _raw(web, _request(SHOW, "Connection: close"), 1)
    assert got.startswith(b"HTTP/1.1 200") and b"connection: close" in got


def test_two_hosts_are_neither_kept_nor_looked_for(web: Web, asked: list[str]) -> None:
    for _again in range(2):
        _raw(web, _request(SHOW, "Host: b.example"), 1)
    assert "a.example" in web.ask(SHOW, headers={"Host": "a.example"}).json()["help"]
    assert "b.example" in web.ask(SHOW, headers={"Host": "b.example"}).json()["help"]
    assert len(asked) == 4


def test_a_request_with_a_body_is_read_to_its_end(web: Web) -> None:
    web.ask(SHOW, headers={"Host": "a.example"})
    got = _raw(web, _request(SHOW, "Content-Length: 5") + b"GET /" + _request(SHOW), 2)
    assert [one[9:12] for one in got] == [b"200", b"200"]


def test_who_asks_through_a_proxy_is_answered_under_the_scheme_it_tells(web: Web, asked: list[str]) -> None:
    secure = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    for headers, scheme in ((secure, "https"), ({}, "http"), (secure, "https"), ({}, "http")):
        assert web.ask(SHOW, headers=headers).json()["help"].startswith(f"{scheme}://")
    assert len(asked) == 2


def test_kept_answers_are_counted_like_others(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    application = web.application
    monkeypatch.setattr(application.state.limits, "reads", Buckets(Rate(often=0.001, burst=3)))
    by_proxy = {"X-Forwarded-For": "192.0.2.1"}
    assert [web.ask(SHOW, headers=by_proxy).status_code for _again in range(4)] == [200, 200, 200, 429]
    monkeypatch.setattr(limits, "_near", lambda _address: False)
    assert [web.ask(SHOW).status_code for _again in range(4)] == [200, 200, 200, 429]


def test_an_answer_by_callback_is_its_own(web: Web) -> None:
    assert web.ask(f"{SHOW}&callback=call").text.startswith("call(")
    assert web.ask(SHOW).text.startswith("{")
    assert web.ask(f"{SHOW}&callback=other").text.startswith("other(")
    english = web.ask(f"/en{SHOW}").json()
    assert english["help"] != web.ask(SHOW).json()["help"]
    assert english["result"] == web.ask(SHOW).json()["result"]


def test_what_is_answered_as_it_is_read_is_what_the_application_answers(web: Web, asked: list[str]) -> None:
    """Headers, bytes and order; made anew, by the short way and by the long one."""
    resource = {"package_id": "population-2567", "name": "table"}
    rows = [{"a": number, "b": f"แถว {number}", "c": number / 8} for number in range(30)]
    table = web.call("datastore_create", {"resource": resource, "records": rows}).json()["result"]["resource_id"]
    found = [SHOW, f"/api/3/action/resource_show?id={table}"]
    found += [f"/api/3/action/datastore_search?resource_id={table}{page}" for page in ("", "&limit=7&offset=9")]
    for path in found:
        anew = {"Cache-Control": "no-cache", "Host": "a.example"}
        first = web.ask(path, headers=anew)  # the application's, whose headers the next takes
        short = web.ask(path, headers=anew)
        whole = web.ask(path, headers={**anew, "Cookie": "any=1"})
        assert short.status_code == first.status_code == whole.status_code == 200
        assert short.content == first.content == whole.content
        assert list(_headers(short).items()) == list(_headers(first).items()) == list(_headers(whole).items())
        same = web.ask(path, headers={**anew, "If-None-Match": whole.headers["etag"]})
        long = web.ask(path, headers={**anew, "If-None-Match": whole.headers["etag"], "Cookie": "any=1"})
        assert (same.status_code, same.content, _headers(same)) == (304, b"", _headers(long))
    assert asked.count("package_show") == 5  # none of them was a kept one


def test_a_file_is_answered_as_it_is_read_as_the_application_answers(web: Web, file: str) -> None:
    made = {
        name: web.portal.call_action(
            "resource_create",
            {"package_id": "population-2567", "name": name},
            files={"upload": _Named(name.encode() * 50, name)},
        )["url"]
        for name in ("other.csv", "paper.pdf", "more.pdf", "none")
    }
    anew = {"Cache-Control": "no-cache"}
    for path in [file, *(url[url.index("/dataset/") :] for url in made.values())]:
        whole = web.ask(path, headers={**anew, "Cookie": "any=1"})
        for _again in range(2):
            short = web.ask(path, headers=anew)
            assert (short.status_code, short.content) == (200, whole.content)
            assert list(_headers(short).items()) == list(_headers(whole).items())
        held = {**anew, "If-None-Match": whole.headers["etag"]}
        same, long = web.ask(path, headers=held), web.ask(path, headers={**held, "Cookie": "any=1"})
        assert (same.status_code, same.content, _headers(same)) == (304, b"", _headers(long))
        assert web.ask(path.replace("/download/", "/download/old-"), headers=anew).status_code == 302
        assert web.ask(path.replace("/resource/", "/resource/x"), headers=anew).status_code == 404
    web.portal.call_action("package_patch", {"id": "population-2567", "private": True})
    assert web.ask(file, headers=anew).status_code == 404


@pytest.mark.parametrize(
    "query", ["id=nope", "id=population-2567&x=1", "id=", "", "id=%70opulation-2567", "id=a&id=b"]
)
def test_what_is_not_plain_is_answered_as_before(web: Web, query: str) -> None:
    path = f"/api/3/action/package_show?{query}"
    before = web.ask(path, headers={"Cookie": "any=1"})
    assert web.ask(SHOW).status_code == 200
    after = web.ask(path)
    assert (after.status_code, after.content) == (before.status_code, before.content)


def test_a_private_dataset_and_its_table_stay_private_by_the_short_way(web: Web) -> None:
    resource = {"package_id": "population-2567", "name": "table"}
    table = web.call("datastore_create", {"resource": resource, "records": [{"a": 1}]}).json()["result"][
        "resource_id"
    ]
    paths = [SHOW, f"/api/3/action/datastore_search?resource_id={table}"]
    assert [web.ask(path).status_code for path in paths] == [200, 200]
    web.call("package_patch", {"id": "population-2567", "private": True})
    anew = {"Cache-Control": "no-cache"}
    assert [web.ask(path, headers=anew).status_code for path in paths for _again in range(2)] == [403] * 4


def test_while_somebody_writes_a_table_nobody_waits_for_it_where_all_wait(web: Web) -> None:
    resource = {"package_id": "population-2567", "name": "table"}
    table = web.call("datastore_create", {"resource": resource, "records": [{"a": 1}]}).json()["result"][
        "resource_id"
    ]
    store: Any = web.portal.datastore
    assert store.is_quick(table)
    with closing(sqlite3.connect(store.path(table), isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM records")
        assert not store.is_quick(table)
        writer.execute("ROLLBACK")
    assert store.is_quick(table)
    assert not store.is_quick("nope")


def test_what_breaks_is_said_by_the_application(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    assert web.ask(SHOW).status_code == 200

    def broken(*_arguments: Any, **_more: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(web.portal, "answer", broken)
    answer = web.ask(SHOW, headers={"Cache-Control": "no-cache"})
    assert (answer.status_code, answer.json()["success"]) == (500, False)
