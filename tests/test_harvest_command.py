"""`saphan harvest` as people run it: what it prints, its exit codes, and a run that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import address
from click.testing import CliRunner
from harvest_ground import Elsewhere, Reply, SmallCkan
from test_docs_json import documented, printed

import cli

ROOT = Path(__file__).parents[1]


@pytest.fixture
def desk(tmp_path: Path, both: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SAPHAN_DATABASE_URL", address(tmp_path))
    (tmp_path / "workspace.yaml").write_text("agency: {name: dept-a, title: กรมตัวอย่าง}\n", encoding="utf-8")
    return tmp_path


def words(desk: Path, url: str, *more: str) -> list[str]:
    return ["harvest", url, "--delay", "0", "--json", "--lang", "th", "--workspace", str(desk), *more]


def run(desk: Path, url: str, *more: str) -> tuple[int, Any]:
    done = CliRunner().invoke(cli.cli, words(desk, url, *more))
    return done.exit_code, json.loads(done.stdout_bytes)


def test_the_command_harvests_prints_what_it_says_and_journals(desk: Path, far: Elsewhere) -> None:
    ckan = SmallCkan(far)
    for number in range(6):
        ckan.put(f"set-{number}", "2026-01-01T00:00:00", maintainer_email="no address" if number == 5 else "")
    ckan.put("x", "2026-01-02T00:00:00", id="")
    documents = []
    code, told = run(desk, far.url, "--allow-host", "127.0.0.1")
    documents.append(told)
    assert (code, len(told["created"]) + len(told["refused"])) == (0, 7), told
    ckan.put("set-1", "2026-02-01T00:00:00", title="อื่น")
    del ckan.datasets["set-2"]
    code, told = run(desk, far.url, "--allow-host", "127.0.0.1")
    documents.append(told)
    assert (told["updated"], told["removed"]) == (["set-1"], ["set-2"])
    page = documented("harvest")
    assert printed(documents, page) == page
    from catalog.journal import Journal
    from catalog.store.database import open_database
    from metadata.workspace import Workspace

    engine = open_database(Workspace.open(desk).database_url)
    try:
        journal = Journal(engine, actor="test")
        rows = [entry for entry in journal.entries() if entry.run == told["run"]]
        assert journal.broken() is None
    finally:
        engine.dispose()
    assert [row.kind for row in rows] == ["started", "intent", "receipt", "intent", "receipt", "finished"]
    assert {row.target for row in rows} == {far.url}


def test_an_address_inside_is_refused_until_allowed(
    desk: Path, far: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    SmallCkan(far)
    code, told = run(desk, far.url)
    assert (code, told["error"]["kind"]) == (2, "harvest-address")
    assert "--allow-host 127.0.0.1" in told["error"]["remedy"]
    assert far.asked == []
    monkeypatch.setenv("SAPHAN_ALLOW_HOSTS", "example.org 127.0.0.1")
    assert run(desk, far.url)[0] == 0


def test_what_cannot_be_read_ends_with_the_portals_code(desk: Path, far: Elsewhere) -> None:
    far.file("/", "<!doctype html>", "text/html")
    code, told = run(desk, far.url + "/", "--allow-host", "127.0.0.1")
    assert (code, told["error"]["kind"]) == (4, "harvest-not-a-catalogue")
    far.replies["/c.ttl"] = (403, {}, b"")
    code, told = run(desk, far.url + "/c.ttl", "--allow-host", "127.0.0.1")
    assert (code, told["error"]["kind"]) == (4, "portal-key-missing")


@pytest.mark.workers
def test_a_run_killed_in_the_middle_is_run_again(desk: Path, far: Elsewhere) -> None:
    ckan = SmallCkan(far)
    for number in range(7):
        ckan.put(f"set-{number}", f"2026-01-0{number + 1}T00:00:00")
    third, asked = threading.Event(), ckan.package_search

    def slow(query: dict[str, str]) -> Reply:
        if "2026-01-06" in query.get("fq", ""):
            third.set()
            threading.Event().wait(1)
        return asked(query)

    far.replies["/api/3/action/package_search"] = slow
    command = [sys.executable, str(ROOT / "cli.py"), *words(desk, far.url, "--allow-host", "127.0.0.1")]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:  # fmt: skip
        assert third.wait(30)
        process.send_signal(signal.SIGKILL)
    far.replies["/api/3/action/package_search"] = asked
    code, told = run(desk, far.url, "--allow-host", "127.0.0.1")
    assert code == 0
    assert 0 < len(told["created"]) < 7
    code, told = run(desk, far.url, "--allow-host", "127.0.0.1", "--full")
    assert (told["created"], told["updated"], told["unchanged"]) == ([], [], 7)
