"""docs/json.md names every key that `--json` prints, and no other: held against what a tiny desk gives."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from docs_pages import ROOT
from docs_tour import README, Player, tour

import cli
from metadata.finding import Place

PAGE = (ROOT / "docs/json.md").read_text(encoding="utf-8")
SOURCE = "welfare-funds/source/กองทุน.csv"
Told = dict[str, list[dict[str, Any]]]


def documented(*titles: str) -> set[str]:
    """The keys in the tables under some headings."""
    found: set[str] = set()
    for title in titles:
        part = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
        found |= set(re.findall(r"^\| `([^`]+)` \|", part, flags=re.MULTILINE))
    return settled(found)


def settled(keys: set[str]) -> set[str]:
    """Without the keys whose own keys are told."""
    return {key for key in keys if not any(other.startswith(f"{key}.") for other in keys)}


def paths(value: Any, told: set[str], prefix: str = "") -> Iterator[str]:
    """The keys of a document, as the page writes them; what the page leaves closed is not looked into."""
    if prefix in told or f"{prefix}{{}}" in told:
        yield prefix if prefix in told else f"{prefix}{{}}"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, told, f"{prefix}.{key}".lstrip("."))
    elif isinstance(value, list):
        yield f"{prefix}[]"
        for item in value:
            if f"{prefix}[]" not in told:
                yield from paths(item, told, f"{prefix}[]")
    else:
        yield prefix


def printed(documents: list[dict[str, Any]], told: set[str]) -> set[str]:
    """The keys of several documents together."""
    assert documents
    return settled({path for document in documents for path in paths(document, told)})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What each command printed: on a desk that is good, then broken, then corrected."""
    folder = tmp_path_factory.mktemp("desk")
    player = Player(folder=folder)
    (folder / "welfare-funds/source").mkdir(parents=True)
    for block in tour(README.read_text(encoding="utf-8"), "en"):
        if block.path and block.kind != "diff":
            player.play(block)
    found: Told = {}

    def run(*words: str, code: int, kind: str | None = None) -> None:
        done = CliRunner().invoke(cli.cli, [*words, "--json", "--workspace", str(folder), "--lang", "th"])
        assert done.exit_code == code, done.output
        found.setdefault(kind or words[0], []).append(json.loads(done.stdout_bytes))

    def edit(old: str, new: str) -> None:
        content = (folder / SOURCE).read_text(encoding="utf-8")
        assert old in content
        (folder / SOURCE).write_text(content.replace(old, new), encoding="utf-8")

    run("build", code=0)
    run("status", code=0)
    run("publish", "--yes", code=1)
    run("approve", "welfare-funds", "--as", "เจ้าของข้อมูล", code=0)
    run("plan", "--save", str(folder / "plan.json"), code=1)
    run("push", "--plan", str(folder / "plan.json"), "--yes", code=0)
    run("push", "--yes", code=0)
    edit(",980,", ",98O,")
    run("publish", "--yes", code=1)
    run("build", code=1)
    run("plan", code=1)
    run("push", "--yes", code=1)
    waiver = ("--as", "กรรมการ", "--rule", "type-error", "--reason", "ทดสอบ", "--second", "อีกคน")
    run("waive", "welfare-funds", *waiver, code=0)
    reason = ("--as", "เจ้าของข้อมูล", "--reason", "ทดสอบ")
    run("refuse", "welfare-funds", "--ground", "opinion", *reason, "--resource", "none-such", code=0)
    edit(",98O,", ",985,")
    run("build", code=0)
    run("approve", "welfare-funds", "--standing", "--as", "เจ้าของข้อมูล", code=0)
    run("publish", "--yes", code=0)
    run("status", code=0)
    run("backup", str(folder / "all.zip"), code=0)
    run("restore", str(folder / "all.zip"), "--yes", code=0)
    run("recall", "welfare-funds", "--reason", "ทดสอบ", "--yes", code=0)
    run("status", code=0)
    (folder / SOURCE).unlink()
    run("build", code=3, kind="error")
    for name in ("steps", "rules", "standards"):
        run(name, code=0)
    both = ("gdc-governance", "gdc-2.2.4")  # each has terms that the other lacks
    run("standards", "--diff", *both, code=0, kind="editions")
    found["plan file"] = [json.loads((folder / "plan.json").read_text(encoding="utf-8"))]
    return found


@pytest.mark.parametrize(
    ("command", "titles"),
    [
        ("build", ("build",)),
        ("plan", ("plan",)),
        ("push", ("plan", "push")),
        ("status", ("status",)),
        ("publish", ("plan", "push", "build")),
        ("approve", ("approve, waive, refuse",)),
        ("waive", ("approve, waive, refuse",)),
        ("refuse", ("approve, waive, refuse",)),
        ("error", ("An error",)),
        ("backup", ("backup, restore",)),
        ("restore", ("backup, restore",)),
        ("recall", ("recall",)),
        ("steps", ("steps",)),
        ("rules", ("rules",)),
        ("standards", ("standards",)),
        ("editions", ("standards --diff",)),
    ],
)
def test_the_keys_printed_are_the_keys_documented(told: Told, command: str, titles: tuple[str, ...]) -> None:
    page = documented(*titles)
    assert printed(told[command], page) == page


def test_a_saved_plan_has_the_keys_documented(told: Told) -> None:
    page = documented("A saved plan")
    assert printed(told["plan file"], page) == page


def test_a_finding_has_the_keys_documented(told: Told) -> None:
    page = documented("A finding")
    findings = [
        finding for document in told["build"] for one in document["datasets"] for finding in one["findings"]
    ]
    findings += [
        finding for document in told["plan"] for one in document["refused"] for finding in one["findings"]
    ]
    places = {f"at.{part.name}" for part in fields(Place)}
    assert {key for key in page if key.startswith("at.")} == places
    # no source of this desk has sheets
    assert printed(findings, page) | places == page


def test_a_wrong_command_line_gives_the_same_error_document() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "plan", "--bogus", "--json"], capture_output=True, text=True
    )
    page = documented("An error")
    assert done.returncode == 2
    assert printed([json.loads(done.stdout)], page) == page


def test_a_verdict_has_the_keys_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    key = {"fields": ["b"], "reference": {"resource": "", "fields": ["a"]}}
    fields = [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}]
    Path("schema.json").write_text(json.dumps({"fields": fields, "foreignKeys": [key]}), "utf-8")
    Path("t.csv").write_text("a,x\n1,1\nx,2,3\n", "utf-8")
    Path("datapackage.json").write_text('{"name": "p"}', "utf-8")
    documents = []
    for words in (
        ["t.csv", "--schema", "schema.json"],
        ["t.csv", "--schema", "schema.json", "--limit-errors", "1"],
        ["datapackage.json"],
    ):
        done = CliRunner().invoke(cli.cli, ["validate", *words, "--json"])
        assert done.exit_code == 1, done.output
        documents.append(json.loads(done.stdout_bytes))
    page = documented("validate")
    assert printed(documents, page) == page


def test_every_action_is_documented() -> None:
    code = "".join((ROOT / "catalog" / name).read_text("utf-8") for name in ("plan.py", "survey.py"))
    actions = set(
        re.findall(r'"((?:organization|package|resource|datastore)_(?:create|patch|upsert|delete))"', code)
    )
    sentence = PAGE.split("`action` is one of ")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", sentence)) == actions | {"keep"}
