"""The served catalog against who means it harm: nothing runs, nothing leaks, nothing takes for ever."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from catalog_ground import CSV, SCHEMA, opened, package, upload
from web_ground import Web, served

from catalog.store.database import open_database, writing
from catalog.store.tables import packages
from catalog.switches import Switches
from catalog.web import api
from catalog.web.server import discreet
from metadata.errors import SetupError, StoreError

LINKED = '<script type="application/ld+json">'
"""The dataset for search engines: data, which no browser runs."""
SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as ours:
        portal.call_action("package_create", package())
        yield ours


def table(web: Web, name: str = "population-2567", **more: Any) -> str:
    """A file with a table, and its id."""
    sent = {"package_id": name, "id": f"resource-{name}", "name": "ตาราง", **more}
    made = web.portal.call_action("resource_create", sent, upload())
    fields = [{"id": "จังหวัด", "type": "text"}, {"id": "จำนวน", "type": "int4"}]
    records = [{"จังหวัด": "ระนอง", "จำนวน": 1}]
    table = {"resource_id": made["id"], "fields": fields, "records": records, "force": True}
    web.portal.call_action("datastore_create", table)
    return str(made["id"])


def ways(key: str) -> dict[str, str]:
    """Every way in to a resource's content."""
    return {
        "file": f"/dataset/population-2567/resource/{key}/download/ประชากร-2567.csv",
        "old name": f"/dataset/x/resource/{key}/download/anything.csv",
        "no name": f"/dataset/population-2567/resource/{key}/download",
        "dump": f"/datastore/dump/{key}",
        "rows": f"/api/3/action/datastore_search?resource_id={key}",
        "fields": f"/api/3/action/datastore_info?id={key}",
        "resource": f"/api/3/action/resource_show?id={key}",
        "views": f"/api/3/action/resource_view_list?id={key}",
        "package": "/api/3/action/package_show?id=population-2567",
        "page": "/dataset/population-2567",
    }


@pytest.mark.parametrize("change", [{"private": True}, {"state": "deleted"}], ids=["private", "deleted"])
def test_no_way_leads_a_stranger_to_what_was_taken_back(web: Web, change: dict[str, Any]) -> None:
    key = table(web)
    tag = web.ask(ways(key)["file"]).headers["ETag"]
    web.portal.call_action("package_patch", {"id": "population-2567", **change})
    answers = {name: web.ask(way) for name, way in ways(key).items()}
    assert {
        name: answer.status_code for name, answer in answers.items() if answer.status_code not in (403, 404)
    } == {}
    assert all("ระนอง" not in answer.text for answer in answers.values())
    assert web.ask(ways(key)["file"], headers={"If-None-Match": tag}).status_code == 404
    listed = web.ask("/api/3/action/package_search?include_private=true&include_deleted=true&fq=capacity:private")
    assert listed.json()["result"]["count"] == 0


def test_every_way_leads_a_stranger_to_what_is_public(web: Web) -> None:
    key = table(web)
    assert {web.ask(way).status_code for way in ways(key).values()} <= {200, 302}


def test_what_publishers_write_is_text_on_every_page(tmp_path: Path) -> None:
    fields = [*SCHEMA["dataset_fields"], {"field_name": "data_source", "label": "ที่มา"}]
    with opened(tmp_path, schema={**SCHEMA, "dataset_fields": fields}, site_title=SCRIPT) as portal:
        portal.call_action("organization_patch", {"id": "dept-a", "title": SCRIPT})
        texts = {"title": SCRIPT, "notes": f"{SCRIPT}\n\n[x](javascript:alert(1))", "data_source": SCRIPT}
        tags = [{"name": SCRIPT}]
        portal.call_action(
            "package_create", package(**texts, tags=tags, url="javascript:alert(1)", maintainer=SCRIPT)
        )
        for number, url in enumerate(
            ("javascript:alert(1)", "data:text/html,<script>", "//evil.example/", SCRIPT)
        ):
            sent = {"package_id": "population-2567", "id": f"resource-{number}", "name": SCRIPT, "url": url}
            portal.call_action("resource_create", {**sent, "format": SCRIPT, "description": SCRIPT})
        sent = {
            "resource_id": "resource-0",
            "fields": [{"id": "<b>x", "type": "text", "info": {"label": SCRIPT, "notes": SCRIPT}}],
        }
        portal.call_action("datastore_create", {**sent, "force": True})
        with served(portal) as web:
            for path in (
                "/",
                f"/dataset?q={SCRIPT}",
                "/dataset/population-2567",
                "/dataset/population-2567?lang=en",
            ):
                answer = web.ask(path)
                assert (
                    "<script" not in answer.text.replace(LINKED, "")
                    and "<img src=x" not in answer.text
                    and "<b>" not in answer.text
                )
                assert 'href="javascript:' not in answer.text and 'href="data:' not in answer.text
                assert 'href="//' not in answer.text
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["หน้า.html", "รูป.svg", "a.xhtml", "a.js", "a.xml"])
def test_an_uploaded_page_does_not_run(web: Web, name: str) -> None:
    sent = {"package_id": "population-2567", "id": "resource-1", "name": "ก", "mimetype": "text/html"}
    url = web.portal.call_action("resource_create", sent, upload(b"<script>alert(1)</script>", name))["url"]
    answer = web.ask(urlsplit(url).path)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("text/csv", "text/csv"),
        ("text/csv\r\nSet-Cookie: a=b", "application/octet-stream"),
        ("ข้อความ", "application/octet-stream"),
    ],
)
def test_a_media_type_is_a_media_type(web: Web, given: str, shown: str) -> None:
    url = web.portal.call_action(
        "resource_create",
        {"package_id": "population-2567", "id": "resource-1", "name": "ก", "mimetype": given},
        upload(),
    )["url"]
    answer = web.ask(urlsplit(url).path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, shown)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\..\\a.csv", "/etc/passwd", 'a"\r\nSet-Cookie: x=y.csv', ".."]
)
def test_an_uploads_name_is_only_a_name(web: Web, tmp_path: Path, name: str) -> None:
    sent = {"package_id": "population-2567", "id": "resource-1", "name": "ก", "format": "CSV"}
    url = web.portal.call_action("resource_create", sent, upload(CSV, name))["url"]
    answer = web.ask(urlsplit(url).path)
    assert answer.content == CSV
    assert "Set-Cookie" not in answer.headers
    assert ".." not in urlsplit(url).path and not (tmp_path / "etc").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/static/../application.py",
        "/static/%2e%2e/application.py",
        "/static/..%2fapplication.py",
        "/datastore/dump/..%2f..%2fcatalog",
        "/dataset/x/resource/..%2f..%2fcatalog.sqlite/download/a",
    ],
)
def test_no_path_leads_out_of_its_folder(web: Web, path: str) -> None:
    host, port = urlsplit(web.url).hostname, urlsplit(web.url).port
    with socket.create_connection((str(host), port or 0)) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert line.recv(1 << 16).split(b" ")[1] == b"404"


def test_a_redirect_does_not_repeat_a_host_somebody_claims(web: Web) -> None:
    answer = web.ask("/dataset/?q=a", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Location"]) == (301, "/dataset?q=a")


@pytest.mark.parametrize("host", ['evil.example"><script>', "a b", "evil.example/x", "a@b"])
def test_a_host_that_is_none_stands_in_no_address(web: Web, host: str) -> None:
    answer = web.ask("/api/3/action/status_show", headers={"Host": host})
    assert answer.status_code == 400 or answer.json()["result"]["site_url"] == "http://127.0.0.1:8000"


def test_another_site_reads_what_anyone_reads_and_never_in_its_readers_name(web: Web) -> None:
    origin = {"Origin": "https://evil.example"}
    answer = web.ask("/api/3/action/package_list", headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = web.ask("/api/3/action/package_create", "OPTIONS", headers=asked)
    assert "POST" not in preflight.headers["Access-Control-Allow-Methods"]
    assert "authorization" not in preflight.headers["Access-Control-Allow-Headers"].lower()
    for path in ("/dataset", "/healthz"):
        answer = web.ask(path, headers=origin)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    written = web.ask("/api/3/action/package_list", "POST", headers=origin, json={})
    assert not [name for name in written.headers if name.lower().startswith("access-control")]


def test_where_an_agency_lists_them_only_its_pages_read(tmp_path: Path) -> None:
    ours, path = "https://www.agency.example", "/api/3/action/package_list"
    with opened(tmp_path, switches=Switches.of({"SAPHAN_CORS_ORIGINS": ours})) as portal, served(portal) as web:
        for _again in range(2):
            for origin, allowed in ((ours, ours), ("https://evil.example", None), (ours + ".evil.example", None)):
                answer = web.ask(path, headers={"Origin": origin})
                assert answer.status_code == 200
                assert answer.headers.get("Access-Control-Allow-Origin") == allowed
                assert "Origin" in answer.headers["Vary"]
                asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
                preflight = web.ask(path, "OPTIONS", headers=asked)
                assert preflight.headers.get("Access-Control-Allow-Origin") == allowed
            assert "Access-Control-Allow-Origin" not in web.ask(path).headers


@pytest.mark.parametrize("told", ["*", "none", "https://a.example http://b.example:8080"])
def test_origins_are_listed_as_browsers_send_them(told: str) -> None:
    found = Switches.of({"SAPHAN_CORS_ORIGINS": told}).origins
    assert found == {"*": None, "none": frozenset()}.get(told, frozenset(told.split()))


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("SAPHAN_CORS_ORIGINS", "a.example"),
        ("SAPHAN_CORS_ORIGINS", "https://a.example/"),
        ("SAPHAN_CORS_ORIGINS", "* https://a.example"),
        ("SAPHAN_USERS_CREATE_ORGANIZATIONS", "perhaps"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(variable: str, told: str) -> None:
    with pytest.raises(SetupError, match="setting-value"):
        Switches.of({variable: told})


HOSTILE = ["'", '"', "x' OR '1'='1", "c0; DROP TABLE records", "_id) --", 'จังหวัด" DESC; --', "'; --"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_sql(web: Web, text: str) -> None:
    key = table(web)
    asked: list[dict[str, Any]] = [
        {"filters": {text: 1}},
        {"filters": {"จังหวัด": text}},
        {"q": text},
        {"q": {text: "a"}},
        {"q": {"จังหวัด": text}},
        {"fields": [text]},
        {"sort": text},
        {"sort": f"{text} desc"},
        {"distinct": text},
    ]
    for more in asked:
        answer = web.call("datastore_search", {"resource_id": key, **more}, key=None)
        assert answer.status_code in (200, 409), more
        if answer.status_code == 200 and more.keys() & {"filters", "q"}:
            assert answer.json()["result"]["total"] == 0
    for field in ("q", "fq", "sort", "facet.field"):
        assert web.call("package_search", {field: text}, key=None).status_code in (200, 400, 409), field
    assert web.call("datastore_search", {"resource_id": key}, key=None).json()["result"]["total"] == 1


def test_hostile_column_names_are_only_names(web: Web) -> None:
    web.portal.call_action("resource_create", {"package_id": "population-2567", "id": "resource-9", "name": "ก"})
    names = ["a'b", "c0", "a); DROP TABLE records; --", "rowid", "x`y", "[z]"]
    sent: dict[str, Any] = {"resource_id": "resource-9", "fields": [{"id": name} for name in names], "force": True}
    sent |= {"records": [dict.fromkeys(names, "x")], "primary_key": [names[2]], "indexes": [names[0]]}
    web.portal.call_action("datastore_create", sent)
    sort = {"resource_id": "resource-9", "sort": f"{names[2]} desc", "filters": {names[2]: "x"}}
    found = web.call("datastore_search", sort, key=None).json()["result"]
    assert found["records"] == [{"_id": 1, **dict.fromkeys(names, "x")}]


LONG = "9" * 5000
HEAVY: list[tuple[str, dict[str, Any]]] = [
    ("package_search", {"fq": "notes:" + "a*" * 3000}),
    ("package_search", {"fq": "name:" + "p*" * 1500 + "!"}),
    ("package_search", {"fq": "[ " * 400_000}),
    ("package_search", {"fq": "a " * 400_000}),
    ("package_search", {"q": "a b c " * 100_000}),
    ("package_search", {"q": " ".join(map(str, range(1500)))}),
    ("package_search", {"fq_list": ["name:a"] * 90_000}),
    ("package_search", {"fq": "metadata_modified:[NOW-99999999999DAYS TO *]"}),
    ("package_search", {"fq": f"metadata_modified:[NOW-{LONG}DAYS TO *]"}),
    ("package_search", {"facet.field": json.dumps(["tags"] * 90_000)}),
    ("package_search", {"facet.limit": "many", "facet.field": '["tags"]'}),
    ("package_search", {"rows": LONG}),
    ("package_search", {"start": 10**18}),
    ("package_search", {"fl": [["a"]]}),
    ("package_list", {"limit": 10**18, "offset": 10**18}),
    ("package_list", {"limit": 1, "offset": "9" * 100}),
    ("datastore_search", {"sort": "a" + " " * 500_000 + "x"}),
    ("datastore_search", {"sort": 5}),
    ("datastore_search", {"q": "\x00"}),
    ("datastore_search", {"q": "a " * 100_000}),
    ("datastore_search", {"q": "a" * 100_000}),
    ("datastore_search", {"filters": {"จำนวน": list(range(100_000))}}),
    ("datastore_search", {"filters": {"จังหวัด": "[" * 5}}),
    ("datastore_search", {"offset": "9" * 100}),
]


@pytest.mark.parametrize(("action", "data"), HEAVY, ids=[f"{a}-{n}" for n, (a, _) in enumerate(HEAVY)])
def test_no_question_of_anyone_is_our_failure(web: Web, action: str, data: dict[str, Any]) -> None:
    key = {"resource_id": table(web)} if action.startswith("datastore") else {}
    assert web.call(action, {**key, **data}, key=None).status_code in (200, 400, 409)


@pytest.mark.parametrize("depth", [300, 900, 5000])
def test_json_nested_deeply_is_refused(web: Web, depth: int) -> None:
    key = table(web)
    deep = "[" * depth + "]" * depth
    body = f'{{"resource_id": "{key}", "filters": {{"จังหวัด": {deep}}}}}'
    headers = {"Content-Type": "application/json"}
    answer = web.ask("/api/3/action/datastore_search", "POST", data=body.encode(), headers=headers)
    assert answer.status_code == 400
    answer = web.ask(
        "/api/3/action/datastore_search", params={"resource_id": key, "filters": f'{{"จังหวัด": {deep}}}'}
    )
    assert answer.status_code == 409


def test_a_page_number_of_any_length_is_answered(web: Web) -> None:
    assert web.ask(f"/dataset?page={LONG}").status_code == 200
    assert web.ask("/dataset?page=1").status_code == 200


def test_a_body_that_never_comes_is_not_waited_for(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PATIENCE", 0.2)
    with socket.create_connection((urlsplit(web.url).hostname or "", urlsplit(web.url).port or 0)) as line:
        head = "POST /api/3/action/package_search HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"
        line.sendall(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
        line.settimeout(20)
        assert line.recv(1 << 16).split(b" ")[1] == b"408"


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a*c", "abc", True),
        ("a*c", "ab", False),
        ("*ab*ab", "ab", False),
        ("ab*ba", "aba", False),
        ("*b*", "abc", True),
    ],
)
def test_a_star_stands_for_anything(web: Web, pattern: str, text: str, fits: bool) -> None:
    web.portal.call_action("package_create", package(text))
    for filters, expected in ((f"name:{pattern}", fits), (f"-name:{pattern}", not fits)):
        found = web.portal.call_action("package_search", {"fq": filters})["results"]
        assert (text in [one["name"] for one in found]) is expected


def test_an_error_of_the_database_does_not_hold_what_was_to_be_stored(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    with pytest.raises(StoreError) as refused, writing(engine) as connection:
        connection.execute(packages.insert().values(id="ความลับของหน่วยงาน"))
    engine.dispose()
    assert "ความลับของหน่วยงาน" not in f"{refused.value}{refused.value.__cause__}"


def test_the_servers_log_tells_where_it_broke_and_not_what_was_sent() -> None:
    try:
        raise ValueError("เลขของนางสาวลับ")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 1, "Exception in ASGI application\n", (), info)
    assert discreet(record)
    said = logging.Formatter().format(record)
    assert "นางสาวลับ" not in said
    assert "ValueError" in said and "test_safe_web.py" in said


def test_other_lines_of_the_log_are_left_alone() -> None:
    record = logging.LogRecord("uvicorn.error", logging.WARNING, "", 1, "waiting for %s", ("ก",), None)
    assert discreet(record) and record.getMessage() == "waiting for ก"
