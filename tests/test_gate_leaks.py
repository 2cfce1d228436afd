"""Releases that each hide one personal value somewhere: no command and no option brings it to the target.

Nor does anything that is told, logged or kept on the way repeat it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from leaks_ground import NAMES, Case, cases, clean, form_of, kept, leaked, put, spoil
from personal_corpus import SENSITIVE

import cli
from metadata import clock

COMMANDS = (
    ("push", "--yes", "--plan", "plan.json"),
    ("push", "--yes", "--overwrite"),
    ("push", "--yes"),
    ("publish", "--yes", "--overwrite"),
)
"""Whatever sends something, besides `publish`."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Path:
    """An empty folder in which we stand; all that is logged is kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAPHAN_KEY", "of the tests, and of nobody else")
    caplog.set_level(0)
    return tmp_path


def saphan(desk: Path, *words: str) -> Result:
    """A command on the desk."""
    return CliRunner().invoke(cli.cli, [*words, "--workspace", str(desk), "--lang", "th"], catch_exceptions=False)


def stand(folder: Path, some: Sequence[Case], settings: str = "approvals: none\n") -> Path:
    """A desk with a sound dataset for each case."""
    desk = folder / "desk"
    desk.mkdir()
    publisher = "agency: {name: agency, title: หน่วยงานทดสอบ}\n"
    (desk / "workspace.yaml").write_text(publisher + settings, encoding="utf-8")
    for case in some:
        clean(desk, case.name, form_of(case.place))
    return desk


def findings(result: Result) -> dict[str, list[dict[str, Any]]]:
    """What a build found, by dataset."""
    return {one["name"]: one["findings"] for one in json.loads(result.stdout)["datasets"]}


def personal(found: list[dict[str, Any]], *severities: str) -> list[str]:
    """The rules about persons among some findings."""
    return [one["rule"] for one in found if one["rule"].startswith("personal-") and one["severity"] in severities]


def tried(desk: Path, ways: Sequence[Sequence[str]]) -> list[Result]:
    """Ways to send, one after the other."""
    return [saphan(desk, *words) for words in (("plan", "--save", "plan.json"), *ways)]


def out(results: Sequence[Result]) -> str:
    """All that was said on both streams."""
    return "\n".join(result.stdout + result.stderr for result in results)


def no_leak(
    desk: Path, some: Sequence[Case], log: pytest.LogCaptureFixture, ways: Sequence[Sequence[str]] = COMMANDS
) -> None:
    """Builds, sends in every way, and looks everywhere."""
    built = saphan(desk, "publish", "--yes", "--json")
    found = findings(built)
    unseen = [
        f"{case.place} · {case.entity}" for case in some if not personal(found[case.name], "error", "warning")
    ]
    open_ = [
        f"{case.place} · {case.entity}"
        for case in some
        if case.published and not personal(found[case.name], "error")
    ]
    results = [built, *tried(desk, ways)]
    assert leaked(some, kept(desk)) == []
    assert leaked(some, out(results)) == []
    assert leaked(some, log.text) == []
    assert (unseen, open_) == ([], [])


def test_a_dozen_hidden_values_do_not_get_out(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    some = cases(23)[::2]
    desk = stand(here, some)
    for case in some:
        spoil(desk, case)
    no_leak(desk, some, caplog, COMMANDS[:1])


def never(rule: str) -> bool:
    """Whether no decision lifts it: a national ID, section 26."""
    return any(rule.removesuffix("-count") == f"personal-{entity}" for entity in ("national-id", *SENSITIVE))


def decide_all(desk: Path, name: str) -> None:
    """Writes by hand every decision there is, on everything that was found, by people of every role."""
    report = json.loads((desk / name / "release/report.json").read_text("utf-8"))
    errors = [one for one in report["findings"] if one["severity"] == "error"]
    at = clock.stamp()
    roles = ("steward", "owner", "dpo", "committee")
    lines: list[dict[str, Any]] = []
    for rule in {one["rule"].removesuffix("-count") for one in errors}:
        found = [one["at"] for one in errors if one["rule"].removesuffix("-count") == rule]
        places = [{key: one[key] for key in ("resource", "column") if key in one} for one in found]
        said = {"rule": rule, "places": places, "reason": "ทดสอบ", "role": "owner", "by": "ก", "at": at}
        lines += [
            {"kind": "waiver", **said, "release": report["release"], "second": {"by": "ข", "role": "dpo"}},
            {"kind": "lawful", **said, "basis": "ผู้ดำรงตำแหน่ง", "clause": "มาตรา 24"},
            {"kind": "not-personal", **said, "cells": []},
        ]
    for role in roles:
        lines.append({"kind": "approval", "by": role, "role": role, "release": report["release"], "at": at})
    put(desk / name / "decisions.yaml", lines)


@pytest.mark.workers
def test_a_value_in_a_files_name_is_told_nowhere(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    some = cases(4, "names", places=NAMES)
    desk = stand(here, some)
    for case in some:
        spoil(desk, case)
    no_leak(desk, some, caplog, COMMANDS[:1])


@pytest.mark.workers
def test_two_hundred_hidden_values_do_not_get_out(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    some = cases(200)
    desk = stand(here, some)
    for case in some:
        spoil(desk, case)
    no_leak(desk, some, caplog)


@pytest.mark.workers
def test_a_refresh_of_what_was_approved_does_not_bring_it(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    some = cases(24, "refresh")
    desk = stand(here, some, "approvals: required\n")
    names = [case.name for case in some]
    saphan(desk, "build")
    for role, more in (("steward", ()), ("owner", ()), ("owner", ("--standing",))):
        assert saphan(desk, "approve", *names, "--as", f"ผู้{role}", "--role", role, *more).exit_code == 0
    sent = json.loads(saphan(desk, "push", "--yes", "--json").stdout)
    assert sent["refused"] == []
    for case in some:
        spoil(desk, case)
    no_leak(desk, some, caplog)


@pytest.mark.parametrize("count", [3, pytest.param(60, marks=pytest.mark.workers)])
def test_no_decision_opens_what_is_never_to_be_waived(here: Path, count: int) -> None:
    order = ("national-id", "religion", "phone")
    several = [one for one in cases(460, "never") if one.published]
    firsts = [next(one for one in several if one.entity == entity) for entity in order]
    some = list(dict.fromkeys([*firsts, *several]))[:count]
    desk = stand(here, some, "approvals: required\n")
    for case in some:
        spoil(desk, case)
    found = findings(saphan(desk, "build", "--json"))
    for case in some:
        decide_all(desk, case.name)
    sent = json.loads(saphan(desk, "push", "--yes", "--json").stdout)
    refused = {one["dataset"] for one in sent["refused"]}
    closed = {case.name for case in some if any(never(rule) for rule in personal(found[case.name], "error"))}
    assert closed
    assert closed - refused == set()
    assert leaked([case for case in some if case.name in closed], kept(desk)) == []
    waivable = {case.name for case in some if personal(found[case.name], "error")} - closed
    assert waivable - refused, "decisions that count open something, or this test proves nothing"
