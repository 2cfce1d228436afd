"""What one pastes into a program runs as it stands, reads every row; nothing a stranger wrote breaks out of it."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from catalog_ground import CSV, opened, package, upload
from web_ground import Web, served

from catalog.web.pages import programs

NAME = "population-2567"
ROWS = [{"code": f"0{number}", "จังหวัด": "ระนอง", "n": number} for number in range(5)]
HOSTILE = '"}}), Evil = File.Contents("c:\\x"), #(lf)\'`$(reboot)`</code><script>alert(1)</script>\u202e'
M_TOKEN = re.compile(r'(?P<text>"(?:[^"]|"")*")|(?P<name>#?[A-Za-z_][\w.]*)|(?P<rest>[0-9]+|=>?|[^\s\w"])|\s+')


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as made:
        yield made


def _filled(web: Web, columns: dict[str, str] | None = None, **more: Any) -> str:
    """A dataset with a file and its table. The file's id."""
    web.portal.call_action("package_create", package())
    sent = {"package_id": NAME, "name": "ตาราง", "format": "CSV", **more}
    made = web.portal.call_action("resource_create", sent, upload())
    fields = [{"id": name, "type": kind} for name, kind in (columns or {}).items()]
    fields = fields or [
        {"id": "code", "type": "text"},
        {"id": "จังหวัด", "type": "text"},
        {"id": "n", "type": "int4"},
    ]
    rows = ROWS if columns is None else []
    sent = {"resource_id": made["id"], "force": True, "fields": fields, "records": rows}
    web.portal.call_action("datastore_create", sent)
    return str(made["id"])


def _texts(web: Web, key: str) -> dict[str, str]:
    """Tool → the text that the page shows of it, as it is copied."""
    page = web.ask(f"/dataset/{NAME}/resource/{key}/programs").text
    found = re.findall(r'<p id="steps-([\w-]+)">.*?<code>(.*?)</code></pre>', page, re.DOTALL)
    return {tool: html.unescape(text) for tool, text in found}


def _run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_saves_the_very_bytes(web: Web, tmp_path: Path) -> None:
    text = _texts(web, _filled(web))["curl"]
    _run("sh", "-c", text, cwd=tmp_path)
    assert (tmp_path / f"{NAME}.csv").read_bytes() == CSV


def test_python_reads_every_row_page_by_page(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PAGE", 2)
    texts = _texts(web, _filled(web))
    plain = f"{texts['python-plain']}\nimport sys\nsys.stdout.buffer.write(json.dumps(rows).encode())"
    told, _, rows = _run(sys.executable, "-c", plain, cwd=tmp_path).partition("\n")
    assert told.startswith("5 [")
    assert json.loads(rows) == [{"_id": number + 1, **row} for number, row in enumerate(ROWS)]


@pytest.mark.workers
def test_pandas_reads_every_row_page_by_page(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PAGE", 2)
    pandas = f"{_texts(web, _filled(web))['python']}\nprint(table.to_json(orient='records'))"
    last = _run(sys.executable, "-c", pandas, cwd=tmp_path).strip().splitlines()[-1]
    assert json.loads(last) == ROWS


@pytest.mark.workers
@pytest.mark.skipif(not which("Rscript"), reason="R is not installed")
def test_r_reads_every_row_page_by_page(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PAGE", 2)
    text = f"{_texts(web, _filled(web))['r']}\ncat(toJSON(table))"
    last = _run("Rscript", "-e", text, cwd=tmp_path).strip().splitlines()[-1]
    assert json.loads(last) == [{"_id": number + 1, **row} for number, row in enumerate(ROWS)]


@pytest.mark.workers
def test_a_csv_without_a_table_is_read_as_text(web: Web, tmp_path: Path) -> None:
    web.portal.call_action("package_create", package())
    sent = {"package_id": NAME, "name": "ตาราง", "format": "CSV"}
    key = web.portal.call_action("resource_create", sent, upload("\ufeffรหัส,n\n007,1\n".encode()))["id"]
    texts = _texts(web, key)
    assert list(texts) == ["curl", "python", "r", "excel", "power-bi", "sheets"]
    python = f"{texts['python']}\nprint(table.to_json(orient='records'))"
    last = _run(sys.executable, "-c", python, cwd=tmp_path).strip().splitlines()[-1]
    assert json.loads(last) == [{"รหัส": "007", "n": "1"}]


@pytest.mark.workers
@pytest.mark.skipif(not which("Rscript"), reason="R is not installed")
def test_r_reads_a_csv_as_text(web: Web, tmp_path: Path) -> None:
    web.portal.call_action("package_create", package())
    sent = {"package_id": NAME, "name": "ตาราง", "format": "CSV"}
    key = web.portal.call_action("resource_create", sent, upload("\ufeffรหัส,n\n007,1\n".encode()))["id"]
    text = f"{_texts(web, key)['r']}\ncat(jsonlite::toJSON(table))"
    last = _run("Rscript", "-e", text, cwd=tmp_path).strip().splitlines()[-1]
    assert json.loads(last) == [{"รหัส": "007", "n": "1"}]


def _tokens(text: str) -> list[tuple[str, str]]:
    """A text in M as its tokens. Raises where something is none."""
    found, at = [], 0
    while at < len(text):
        token = M_TOKEN.match(text, at)
        assert token, text[at:]
        at = token.end()
        if token.lastgroup:
            found.append((token.lastgroup, token[0]))
    return found


def _said(text: str) -> str:
    """What a text literal of M says."""
    return re.sub(r"#\(([0-9A-F]{8})\)", lambda one: chr(int(one[1], 16)), text[1:-1].replace('""', '"'))


def test_excel_and_power_bi_ask_the_right_addresses_and_keep_codes_as_text(web: Web) -> None:
    key = _filled(web)
    texts = _texts(web, key)
    file = web.call("resource_show", {"id": key}).json()["result"]["url"]
    csv, feed = _tokens(texts["excel"]), _tokens(texts["power-bi"])
    assert [_said(text) for kind, text in csv if kind == "text"] == [file, ",", "n", "en-US"]
    assert ("name", "Int64.Type") in csv
    assert web.client.get(file).content == CSV
    asked = [_said(text) for kind, text in feed if kind == "text"]
    assert asked == [f"{web.url}/odata/{key}/", "2.0", "rows", "table"]
    assert web.client.get(asked[0]).json()["value"][0]["name"] == asked[2]
    formula = re.fullmatch(r'=IMPORTDATA\("([^"]+)"\)', texts["sheets"])
    assert formula is not None
    assert formula[1] == file


def test_a_hostile_column_stays_a_name(web: Web) -> None:
    hostile = ["a”}}), Evil = File.Contents(#(lf)", "b'`$(x)</code><script>alert(1)</script>", "ค่า c"]
    key = _filled(web, dict.fromkeys(hostile, "int4"))
    harmless = _tokens(_texts(web, _filled_again(web))["excel"])
    assert "<script>alert" not in web.ask(f"/dataset/{NAME}/resource/{key}/programs").text
    found = _tokens(_texts(web, key)["excel"])
    assert [_said(text) for kind, text in found if kind == "text"][2:5] == hostile
    names = [{text for kind, text in tokens if kind == "name"} for tokens in (found, harmless)]
    assert names[0] == names[1]


def _filled_again(web: Web) -> str:
    sent = {"package_id": NAME, "name": "อีก", "format": "CSV"}
    made = web.portal.call_action("resource_create", sent, upload())
    sent = {"resource_id": made["id"], "force": True, "fields": [{"id": "n", "type": "int4"}]}
    web.portal.call_action("datastore_create", sent)
    return str(made["id"])


def test_a_text_literal_of_m_says_what_it_was_made_of() -> None:
    for text in ("n", 'a"b', "#(lf)", "a\nb\tc", HOSTILE, "ปี พ.ศ."):
        made = programs.literal(text)
        assert _tokens(made) == [("text", made)]
        assert _said(made) == text


@pytest.mark.parametrize(
    "url",
    [
        'https://x.example/"; rm -rf ~; "',
        "https://x.example/$(reboot)`id`!!'",
        "https://x.example/a{b}[1-9]*?q=%22\n",
        'https://x.example/"), Evil("#(lf)',
    ],
)
def test_a_hostile_address_stays_an_address(web: Web, url: str) -> None:
    web.portal.call_action("package_create", package())
    sent = {"package_id": NAME, "name": HOSTILE, "format": "CSV", "url": url}
    key = web.portal.call_action("resource_create", sent)["id"]
    page = web.ask(f"/dataset/{NAME}/resource/{key}/programs")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    for text in _texts(web, key).values():
        assert "Evil(" not in text
        assert re.findall(r'"(https://x\.example[^"]*)"', text) == [programs.address(url.strip())]
        assert re.fullmatch(r"[\w.~:/?#@&+,;=%-]+", programs.address(url))


def test_what_is_not_there_has_none(web: Web) -> None:
    key = _filled(web)
    web.portal.call_action("package_patch", {"id": NAME, "private": True})
    assert web.ask(f"/dataset/{NAME}/resource/{key}/programs").status_code == 404
    assert web.ask(f"/dataset/{NAME}/resource/none/programs").status_code == 404


def test_the_datasets_page_has_them_for_its_first_table(web: Web) -> None:
    key = _filled(web)
    other = _filled_again(web)
    page = web.ask(f"/dataset/{NAME}").text
    assert html.escape(_texts(web, key)["curl"], quote=False).replace('"', "&#34;") in page
    assert f'href="/dataset/{NAME}/resource/{other}/programs"' in page
