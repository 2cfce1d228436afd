"""`saphan audit` as an auditor gives it: by URL and by dump, what it writes, what it says of bad input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import address
from click.testing import CliRunner, Result
from exports_ground import publish, schema
from web_ground import Web, served

import cli
from catalog.portal import remote
from catalog.portal.local import LocalPortal
from commands import auditing

DOCS = (Path(__file__).parents[1] / "docs/json.md").read_text(encoding="utf-8")
WORKSPACE = "agency: {name: dept-a, title: กรมตัวอย่าง, kind: department}\nstandard: gdc-2.1.0\napprovals: none\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the commands are given."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("SAPHAN_WORKSPACE", raising=False)
    return folder


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """A catalogue of the Thai schema, served."""
    with (
        LocalPortal(database_url=address(tmp_path), files=tmp_path / "files", schema=schema()) as portal,
        served(portal) as ours,
    ):
        portal.call_action("organization_create", {"name": "dept-a", "title": "กรมตัวอย่าง"})
        publish(portal)
        yield ours


def saphan(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, [*words, "--lang", "en"])


def told(*words: str) -> dict[str, Any]:
    return json.loads(saphan(*words, "--json", "--quiet").stdout_bytes)  # type: ignore[no-any-return]


def test_a_portal_is_audited_by_its_address_with_no_workspace(web: Web, here: Path) -> None:
    done = saphan("audit", "--target", web.url, "--offline")
    assert done.exit_code == 1
    assert "datasets: 2" in done.stdout and "not an official score" in done.stdout
    assert not list(here.iterdir()), "nothing is left behind"


@pytest.mark.parametrize("many", [0, 2000])
def test_the_scores_are_told_once_however_large_the_catalogue(
    web: Web, here: Path, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "MANY", many)
    done = saphan("audit", "--target", web.url, "--offline")
    assert done.stdout.count("The 14 mandatory items of metadata") == 1
    assert ("What wins most" in done.stdout) is (many > 0)


def test_the_document_is_the_one_that_is_documented(web: Web, here: Path) -> None:
    made = told("audit", "--target", web.url, "--offline")
    for title, documents in (("audit", [made]), ("A score", list(made["scores"].values()))):
        part = DOCS.split(f"\n## {title}\n")[1].split("\n## ")[0]
        named = set(
            re.findall(r"`([a-z]+)(?:\[\]|\{\})?`", "".join(re.findall(r"^\| (.*?) \|", part, re.MULTILINE)))
        )
        named |= set(
            re.findall(r"\.([a-z]+)(?:\[\]|\{\})?`", "".join(re.findall(r"^\| (.*?) \|", part, re.MULTILINE)))
        )
        for document in documents:
            assert set(document) <= named, set(document) - named
    fact = made["datasets"][0]["facts"]
    assert fact["reachable_ok"] is None, "what was not asked is not checked"
    assert made["scores"]["mqa"]["of"] == 405 and set(made["scores"]["mqa"]["dimensions"]) >= {"findability"}


def test_every_figure_leads_to_the_datasets_behind_it(web: Web, here: Path) -> None:
    made = told("audit", "--target", web.url, "--offline")
    for key, score in made["scores"].items():
        for one in score["evidence"]:
            assert one["facts"] or one["evidence"] == "declared"
            losing = [
                dataset["name"]
                for dataset in made["datasets"]
                if one["measure"] in dataset["scores"][key]["lost"] and one["weight"]
            ]
            if one["asked"] and one["weight"] and one["evidence"] == "derived":
                assert one["asked"] - one["met"] == len(losing), (key, one["measure"])


def test_a_dump_says_what_its_portal_says(web: Web, here: Path) -> None:
    found = [web.portal.call_action("package_show", {"id": name}) for name in ("population-2567", "bare")]
    Path("dump.jsonl").write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
    by_url = told("audit", "--target", web.url, "--offline", "--standard", "gdc-2.1.0")
    by_dump = told("audit", "--target", "dump.jsonl", "--offline", "--standard", "gdc-2.1.0")
    # a plain dump holds no data dictionary, which is not the same as there being none
    assert by_dump["scores"]["metadata14"] == by_url["scores"]["metadata14"]
    names = {one["name"]: one["facts"] for one in by_url["datasets"]}
    for one in by_dump["datasets"]:
        differ = {key for key in one["facts"] if one["facts"][key] != names[one["name"]][key]}
        assert differ <= {"dictionary", "dictionary_ok"}


ODD = (
    '{"name": "a", "title": "\\ud83d", "resources": [{"size": 1e400}], "n": 1000000000000000000000000}',
    '{"name": "a", "title": 5, "resources": [5, {"id": 7, "url": 7, "format": ["x"]}], "tags": {"a": 1}}',
    '{"name": "a", "title": null, "resources": 1, "tags": "t", "extras": "x", "organization": "o", "groups": 3}',
    '{"name": "a", "title": "x", "extras": [{"key": 1, "value": [1]}, {"value": 2}], "last_updated_date": [1]}',
    '{"name": 5, "title": ["x"], "license_id": {"a": 1}, "notes": 9, "update_frequency_interval": {"b": 2}}',
    '{"name": "a", "data_category": ["x", 1], "objective": "[a", "maintainer_email": 3, "private": 9}',
)
"""Datasets as no CKAN gives them."""


@pytest.mark.parametrize("line", ODD)
def test_whatever_a_dump_holds_it_is_audited(here: Path, line: str) -> None:
    Path("odd.jsonl").write_text(f"{line}\n", encoding="utf-8")
    made = told("audit", "--target", "odd.jsonl", "--offline", "--harvesters")
    assert "error" not in made, made["error"]
    assert [one["name"] for one in made["datasets"]] in (["a"], ["5"])


@pytest.mark.parametrize("name", ["report.html", "report.xlsx", "report.json", "report-gdc.xlsx"])
def test_reports_are_written_where_they_are_asked_for(web: Web, here: Path, name: str) -> None:
    done = saphan("audit", "--target", web.url, "--offline", "--report", name)
    assert done.exit_code == 1 and name in done.stdout
    assert Path(name).stat().st_size > 2000


def test_a_proof_of_another_catalogue_verifies(web: Web, here: Path) -> None:
    assert saphan("audit", "--target", web.url, "--offline", "--proof", "proof.zip").exit_code == 1
    done = saphan("verify", "proof.zip")
    assert done.exit_code == 0, done.output
    assert "The pack holds" in done.stdout


def test_a_workspace_remembers_its_audits(web: Web, here: Path) -> None:
    (here / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
    assert "changes" not in told("audit", "--target", web.url, "--offline")
    web.portal.call_action("package_patch", {"id": "bare", "notes": "คำอธิบายที่ยาวขึ้นกว่าเดิมมากพอสมควร"})
    assert told("audit", "--target", web.url, "--offline")["changes"]["changed"] == ["bare"]


def test_the_way_to_a_goal_is_told(web: Web, here: Path) -> None:
    now = told("audit", "--target", web.url, "--offline")["scores"]["mqa"]["value"]
    made = told("audit", "--target", web.url, "--offline", "--goal", f"mqa={now + 5}")["goal"]
    assert made["reached"] and made["value"] >= now + 5
    assert made["fixes"] and made["cost"] == sum(one["cost"] for one in made["fixes"])
    far = told("audit", "--target", web.url, "--offline", "--goal", "mqa=405.5")["goal"]
    assert not far["reached"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--target", "missing.jsonl"), 2, "missing.jsonl"),
        (("--target", "local"), 2, "workspace.yaml"),
        (("--target", "http://127.0.0.1:1"), 4, "cannot be reached"),
        (("--target", "broken.jsonl"), 3, "Line 2 of broken.jsonl"),
        (("--target", "bytes.jsonl"), 3, "bytes.jsonl"),
        (("--target", "cut.jsonl.gz"), 3, "cut.jsonl.gz"),
        (("--target", "empty.jsonl", "--year", "2026"), 2, "2569"),
        (("--target", "empty.jsonl", "--report", "report.doc"), 2, "report.doc"),
        (("--target", "empty.jsonl", "--goal", "mqa"), 2, "mqa=380"),
        (("--target", "empty.jsonl", "--goal", "nothing=1"), 2, "nothing"),
        (("--target", "empty.jsonl", "--standard", "gdc-9"), 2, "gdc-9"),
        (("--target", "empty.jsonl", "--report", "no/such/folder.json"), 5, "output"),
        (("--target", "empty.jsonl", "--trend"), 2, "workspace.yaml"),
        (("none-such", "--target", "empty.jsonl"), 2, "none-such"),
        (("--target", "empty.jsonl"), 0, "No dataset"),
    ],
)
def test_bad_input_is_one_clear_error(
    here: Path, words: tuple[str, ...], code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "ATTEMPTS", 1)  # how a portal is tried again has tests of its own
    Path("empty.jsonl").write_bytes(b"")
    Path("broken.jsonl").write_text('{"name": "a"}\n<html>\n', encoding="utf-8")
    Path("bytes.jsonl").write_bytes(b'{"name": "\xa1\xd2"}\n')
    Path("cut.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00")
    done = saphan("audit", *words, "--offline")
    assert done.exit_code == code, done.output
    assert said in done.output and "Traceback" not in done.output
