"""The attacks behind CKAN's advisories since 2023 (its CHANGELOG names them), each sent to our catalog."""

from __future__ import annotations

import ast
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, upload
from test_login import PASSWORD, SECRET, form_of, log_in
from web_ground import Web, served

from catalog.login.gate import Gate, gate
from catalog.web import login
from catalog.web.limits import GUESSES, Buckets

ROOT = Path(__file__).parent.parent
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    login.guesses = Buckets(GUESSES)
    with opened(tmp_path) as portal, served(portal, gate=Gate(secret=SECRET)) as ours:
        portal.call_action("package_create", package())
        person = {"name": "somchai", "email": "somchai@agency.example", "password": PASSWORD}
        portal.call_action("user_create", person)
        yield ours


@pytest.mark.parametrize(
    "key",
    ["../../../../tmp/owned", "..%2f..%2fowned", "/etc/passwd", "a/../../b", "..\\..\\owned", "x" * 5000, "a\0b"],
)
def test_cve_2023_32321_an_id_of_a_resource_is_no_path(web: Web, tmp_path: Path, key: str) -> None:
    made = web.call("resource_create", {"package_id": "population-2567", "id": key, "url": "https://a.example/x"})
    assert made.status_code == 409
    form = {"package_id": "population-2567", "id": key}
    sent = web.ask("/api/3/action/resource_create", "POST", key="test-key", data=form, files=upload())
    assert sent.status_code == 409
    aside = tmp_path / "files" / "uploads" / "aside"
    assert [path for path in tmp_path.rglob("*") if path.is_dir() and not aside.is_relative_to(path)] == []
    assert list(aside.rglob("*")) == []


def test_cve_2023_50248_a_crafted_field_makes_no_long_list(web: Web) -> None:
    began = time.monotonic()
    for field in ("extras__999999999__key", "resources__999999999__url", "tags__2147483647__name"):
        answer = web.call("package_patch", {"id": "population-2567", field: "x"})
        assert answer.status_code in (200, 409)
        revised = web.call("package_revise", {"match": {"id": "population-2567"}, "update": {field: "x"}})
        assert revised.status_code in (400, 409)
    shown = web.call("package_show", {"id": "population-2567"}).json()["result"]
    assert len(shown.get("extras", ())) + len(shown["resources"]) + len(shown["tags"]) < 50
    assert time.monotonic() - began < 60  # no list of a thousand million


def test_cve_2023_22746_no_secret_is_the_same_in_two_installations(tmp_path: Path) -> None:
    secrets = [gate({}, tmp_path / name).secret for name in ("a", "b", "a")]
    assert secrets[0] == secrets[2] != secrets[1]
    assert len(secrets[0]) == 64
    assert (tmp_path / "a" / "secret").stat().st_mode & 0o077 == 0


def test_cve_2024_27097_what_is_typed_makes_no_line_of_the_log(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    log_in(web, "nobody\nCRITICAL forged line", "x")
    web.call("user_show", {"id": "nobody\nCRITICAL forged line"})
    assert "forged" not in caplog.text


def test_cve_2024_43371_no_action_fetches_an_address(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the catalog asks of the network it asks in `catalog/harvest`, which has a guard of its own."""
    linked = {"package_id": "population-2567", "name": "x", "format": "CSV"}
    linked["url"] = "http://169.254.169.254/latest/meta-data/"
    made = web.call("resource_create", linked).json()["result"]
    for path in (f"/dataset/population-2567/resource/{made['id']}/download", f"/datastore/dump/{made['id']}"):
        assert web.ask(path).status_code == 404
    for file in [*(ROOT / "catalog/actions").rglob("*.py"), *(ROOT / "catalog/web").rglob("*.py")]:
        names = {alias.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) for alias in _imported(node)}
        assert (
            not names & {"requests", "urllib.request", "http.client", "socket", "httpx"}
            or file.name == "server.py"
        )


def _imported(node: ast.AST) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import) else []


@pytest.mark.parametrize("q", ['"', "a:b:c", "{!xmlparser}", "[* TO", "\\", "a AND", "*:* OR (", "%00", "'; --"])
def test_cve_2024_41674_an_error_of_the_search_tells_nothing_of_the_store(web: Web, q: str) -> None:
    for field in ("q", "fq", "sort"):
        answer = web.ask("/api/3/action/package_search", params={field: q})
        assert answer.status_code in (200, 400, 409)
        low = answer.text.lower()
        assert not [word for word in ("sqlite", "select ", "postgres", "traceback", ".py") if word in low]


def test_cve_2024_41675_a_cell_of_a_table_is_text_on_the_page(web: Web) -> None:
    made = web.portal.call_action("resource_create", {"package_id": "population-2567", "name": SCRIPT}, upload())
    fields = [{"id": SCRIPT, "type": "text", "info": {"label": SCRIPT, "notes": SCRIPT}}]
    table = {"resource_id": made["id"], "fields": fields, "records": [{SCRIPT: SCRIPT}], "force": True}
    web.call("datastore_create", table)
    page = web.ask("/dataset/population-2567").text
    assert SCRIPT not in page
    dumped = web.ask(f"/datastore/dump/{made['id']}")
    assert dumped.headers["X-Content-Type-Options"] == "nosniff"
    assert "html" not in dumped.headers["Content-Type"]


def test_cve_2025_24372_an_image_of_a_user_or_an_organization_runs_nothing(web: Web) -> None:
    hostile = ["javascript:alert(1)", 'x" onerror="alert(1)', "data:text/html," + SCRIPT]
    for number, image in enumerate(hostile):
        made = {"name": f"organ-{number}", "title": "x", "image_url": image}
        web.call("organization_create", made)
        web.call("user_patch", {"id": "somchai", "image_url": image})
        log_in(web)
        for page in ("/user", "/dataset", "/dataset/population-2567"):
            text = web.ask(page).text
            assert image not in text
            assert "onerror" not in text
        web.client.cookies.clear()


def test_cve_2025_54384_markdown_of_a_description_runs_nothing(web: Web) -> None:
    notes = f"{SCRIPT}\n[x](javascript:alert(1))\n![x](x){{onerror=alert(1)}}\n<img src=x onerror=alert(1)>"
    web.call("package_patch", {"id": "population-2567", "notes": notes})
    page = web.ask("/dataset/population-2567")
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert 'href="javascript:' not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]  # default-src 'none': no script at all


def test_cve_2025_64100_a_session_begun_before_the_log_in_is_not_the_one_after(web: Web) -> None:
    sent = form_of(web, name="somchai", password=PASSWORD)
    before = web.client.cookies["saphan_session"]
    web.ask("/user/login", "POST", data=sent)
    after = web.client.cookies["saphan_session"]
    assert before != after
    web.client.cookies.clear()
    fixed = web.ask("/user", headers={"Cookie": f"saphan_session={before}"})
    assert fixed.headers["Location"].startswith("/user/login")
    forged = after[:-4] + ("AAAA" if after[-4:] != "AAAA" else "BBBB")
    assert web.ask("/user", headers={"Cookie": f"saphan_session={forged}"}).status_code == 303


def test_cve_2026_41132_mail_goes_only_to_a_server_whose_certificate_is_checked() -> None:
    files = [*(ROOT / "catalog").rglob("*.py"), *(ROOT / "commands").glob("*.py"), ROOT / "cli.py"]
    (mail,) = [file for file in files if "smtplib" in file.read_text("utf-8")]
    text = mail.read_text("utf-8")
    assert text.count("ssl.create_default_context()") == 2  # of both ways to send; tests/test_public_mail.py sends
    assert not any(word in text for word in ("CERT_NONE", "check_hostname", "_create_unverified_context"))


def test_cve_2026_41255_an_anonymous_request_opens_no_way_for_a_forged_one(web: Web) -> None:
    log_in(web)
    cookies = "; ".join(f"{one.name}={one.value}" for one in web.client.cookies)
    web.client.cookies.clear()
    elsewhere = {"Origin": "https://a.example", "Referer": "https://a.example/"}
    for _ in range(2):  # the first without a session, the second with one
        for action, data in (
            ("package_create", {"name": "forged"}),
            ("api_token_create", {"user": "somchai", "name": "forged"}),
        ):
            answer = web.ask(f"/api/3/action/{action}", "POST", json=data, headers=elsewhere)
            assert answer.status_code == 403
        forged = web.ask("/user/tokens", "POST", data={"name": "forged"}, headers=elsewhere)
        assert forged.headers["Location"].startswith("/user/login")
        elsewhere["Cookie"] = cookies
    assert web.portal.call_action("api_token_list", {"user_id": "somchai"}) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM packages",
        "SELECT * FROM api_tokens",
        'SELECT 1; DROP TABLE "users"',
        'SELECT * FROM "a" UNION SELECT sha256 FROM api_tokens',
        "SELECT query_to_xml('SELECT * FROM users', true, true, '')",
    ],
)
def test_cve_2026_42031_and_42032_sql_is_not_taken_from_strangers(web: Web, sql: str) -> None:
    for ask in (
        lambda: web.ask("/api/3/action/datastore_search_sql", params={"sql": sql}),
        lambda: web.call("datastore_search_sql", {"sql": sql}, key=None),
    ):
        answer: Any = ask()
        assert answer.status_code in (400, 403, 409)
        assert "sha256" not in answer.text.lower().replace(sql.lower(), "")
    assert web.ask("/dataset").status_code == 200
