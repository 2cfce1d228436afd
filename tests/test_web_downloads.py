"""Downloads: whole, in part, revalidated, under their Thai names, and never run by a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from catalog_ground import CSV, opened, package, stored_files, upload
from web_ground import KEY, Web, served


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as ours:
        portal.call_action("package_create", package())
        yield ours


def _uploaded(web: Web, name: str = "ประชากร 2567.csv", content: bytes = CSV) -> str:
    sent = {"package_id": "population-2567", "id": "resource-1", "name": "ตาราง"}
    return urlsplit(web.portal.call_action("resource_create", sent, upload(content, name))["url"]).path


def test_a_file_comes_whole_under_its_thai_name(web: Web) -> None:
    answer = web.ask(_uploaded(web))
    assert answer.content == CSV
    assert answer.headers["Content-Length"] == str(len(CSV))
    assert answer.headers["Content-Type"] == "text/csv"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="2567.csv"; filename*=UTF-8')
    assert unquote(disposition.split("''")[1]) == "ประชากร-2567.csv"


def test_a_part_of_a_file_can_be_asked_for(web: Web) -> None:
    path = _uploaded(web)
    part = web.ask(path, headers={"Range": "bytes=3-9"})
    assert (part.status_code, part.content) == (206, CSV[3:10])
    assert part.headers["Content-Range"] == f"bytes 3-9/{len(CSV)}"
    assert web.ask(path, headers={"Range": "bytes=99999-"}).status_code == 416


def test_a_changed_file_is_not_continued_with_the_old_part(web: Web) -> None:
    path = _uploaded(web)
    tag = web.ask(path).headers["ETag"]
    same = web.ask(path, headers={"Range": "bytes=3-9", "If-Range": tag})
    other = web.ask(path, headers={"Range": "bytes=3-9", "If-Range": '"another"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_a_file_one_has_is_not_sent_again(web: Web) -> None:
    path = _uploaded(web)
    tag = web.ask(path).headers["ETag"]
    assert web.ask(path, headers={"If-None-Match": tag}).status_code == 304
    web.portal.call_action("resource_patch", {"id": "resource-1"}, upload(CSV * 2))
    assert web.ask(path, headers={"If-None-Match": tag}).status_code == 200


def test_head_gives_the_headers_alone(web: Web) -> None:
    answer = web.ask(_uploaded(web), "HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(CSV))
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_a_page_somebody_uploaded_is_saved_not_run(web: Web) -> None:
    answer = web.ask(_uploaded(web, "page.html", b"<script>alert(1)</script>"))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_old_file_name_leads_to_the_present_one(web: Web) -> None:
    old = _uploaded(web, "old.csv")
    web.portal.call_action("resource_patch", {"id": "resource-1"}, upload(CSV, "new.csv"))
    answer = web.ask(old)
    assert (answer.status_code, answer.headers["Location"]) == (302, old.replace("old.csv", "new.csv"))


def test_a_private_file_is_not_there_for_anyone_else(web: Web) -> None:
    path = _uploaded(web)
    web.portal.call_action("package_patch", {"id": "population-2567", "private": True})
    assert web.ask(path).status_code == 404
    answer = web.ask(path, key=KEY)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")


def test_a_file_that_is_gone_from_the_disk_is_not_found(web: Web, tmp_path: Path) -> None:
    path = _uploaded(web)
    for file in stored_files(tmp_path):
        file.unlink()
    assert web.ask(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/x/resource/nope/download/a.csv",
        "/dataset/x/resource/..%2f..%2fetc/download/passwd",
        "/static/../web",
    ],
)
def test_what_is_not_there_is_not_found(web: Web, path: str) -> None:
    assert web.ask(path).status_code == 404


def test_a_table_comes_as_csv_with_a_mark_for_spreadsheets_when_asked(web: Web) -> None:
    _uploaded(web)
    rows = [{"province": "ระนอง", "ok": True}, {"province": 'a,"b"', "ok": None}]
    web.portal.call_action("datastore_create", {"resource_id": "resource-1", "force": True, "records": rows})
    answer = web.ask("/datastore/dump/resource-1")
    assert answer.content.decode() == '_id,province,ok\r\n1,ระนอง,t\n2,"a,""b""",\n'
    assert web.ask("/datastore/dump/resource-1?bom=true").content.startswith(b"\xef\xbb\xbf_id")
    web.portal.call_action("package_patch", {"id": "population-2567", "private": True})
    assert web.ask("/datastore/dump/resource-1").status_code == 404
