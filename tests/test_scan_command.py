"""saphan scan on the command line: what it prints, and how it ends."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from docs_pages import ROOT
from scan_ground import HIDDEN, WORKBOOKS, book
from test_docs_json import documented, printed

import cli


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, ["scan", *words])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text("จังหวัด,จำนวน\nน่าน,12\n", "utf-8")
    (tmp_path / "bad.csv").write_text(f"จังหวัด,ที่\nน่าน,{HIDDEN}\n", "utf-8")
    (tmp_path / "odd.csv").write_text("จังหวัด,ที่\nน่าน,=cmd|x\n", "utf-8")
    (tmp_path / "empty.csv").write_text("", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["good.csv"], 0),
        (["odd.csv"], 0),
        (["bad.csv"], 1),
        (["empty.csv"], 3),
        (["nowhere.csv"], 3),
        (["."], 3),
        (["good.csv", "bad.csv"], 1),
        (["bad.csv", "empty.csv", "good.csv"], 3),
        ([], 2),
    ],
)
def test_the_exit_code_says_how_it_went(folder: Path, names: list[str], code: int) -> None:
    done = run(*names, "--lang", "th")
    assert done.exit_code == code, done.output
    assert HIDDEN not in done.output


def test_what_is_hidden_is_called_so_and_is_to_be_taken_out_of_the_file(folder: Path) -> None:
    (folder / "a.xlsx").write_bytes(book(WORKBOOKS["hidden-sheet"]))
    told = {language: run("a.xlsx", "--lang", language).output for language in ("th", "en")}
    assert "แผ่นงานที่ซ่อนไว้ คอลัมน์" in told["th"] and "ยกเลิกการซ่อน" in told["th"]
    assert "of the hidden sheet" in told["en"] and "Unhide" in told["en"]


def test_what_cannot_be_read_is_called_what_it_is(folder: Path) -> None:
    (folder / "broken.xlsx").write_bytes(bytes(range(128, 256)) * 9)
    broken = json.loads(run("broken.xlsx", "--json").stdout)["error"]
    assert (broken["kind"], broken["values"]) == ("read-broken", {"file": "broken.xlsx"})
    (folder / "inner").mkdir()
    assert "saphan scan ./*" in run(".", "--lang", "en").stderr
    assert "saphan scan inner/*" in run("inner/", "--lang", "en").stderr


def test_quiet_says_nothing_and_ends_alike(folder: Path) -> None:
    done = run("bad.csv", "--quiet")
    assert (done.exit_code, done.output) == (1, "")


def test_one_file_is_the_contract_s_document(folder: Path) -> None:
    document = json.loads(run("bad.csv", "--json", "--lang", "en").stdout)
    assert set(document) == {"file", "sha256", "findings"}
    assert document["file"] == "bad.csv"
    assert document["sha256"] == f"sha256:{hashlib.sha256((folder / 'bad.csv').read_bytes()).hexdigest()}"
    assert document["findings"][0]["rule"] == "personal-national-id"


def test_several_files_are_one_document_and_one_that_fails_does_not_stop_the_others(folder: Path) -> None:
    document = json.loads(run("empty.csv", "bad.csv", "good.csv", "--json").stdout)
    told = [(one["file"], one["sha256"] is None, len(one["findings"])) for one in document["files"]]
    assert [one[:2] for one in told] == [("empty.csv", True), ("bad.csv", False), ("good.csv", False)]
    assert document["files"][0]["findings"][0]["rule"] == "read-empty"
    assert told[1][2] and not told[2][2]


def test_the_keys_printed_are_the_keys_documented(folder: Path) -> None:
    page = documented("scan", "A finding")
    documents = [json.loads(run(*names, "--json").stdout) for names in (["bad.csv"], ["bad.csv", "good.csv"])]
    keys = documented("scan")
    told = {key.replace("files[].", "") for key in printed(documents, keys)}
    assert page and {"file", "sha256"} <= told
    assert printed(documents, keys) == keys


def test_a_name_that_tells_is_masked_in_what_is_printed(folder: Path) -> None:
    for name in (f"{HIDDEN}.csv", f"ของ {HIDDEN}.xlsx"):
        (folder / name).write_bytes(book())
        done = run(name, "--json")
        assert done.exit_code == 1 and HIDDEN not in done.output


def test_progress_goes_to_standard_error(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "scan", "good.csv", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["findings"] == []
    assert "good.csv" in done.stderr
