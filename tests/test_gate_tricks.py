"""Tricks on the gate: what somebody does who may write the desk's folder, by hand, in haste or on purpose."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from leaks_ground import Case, cases, clean, kept, leaked, put, spoil

import cli

NAME = "funds-desk"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk with a sound dataset, on which nobody need approve."""
    folder = tmp_path / "desk"
    folder.mkdir()
    settings = {"agency": {"name": "agency", "title": "หน่วยงานทดสอบ"}, "approvals": "none"}
    put(folder / "workspace.yaml", settings)
    clean(folder, NAME)
    return folder


def saphan(desk: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.cli, [*words, "--workspace", str(desk), "--lang", "th"], catch_exceptions=False)


def refused(desk: Path, *words: str) -> list[str]:
    """The rules by which a push is refused."""
    sent = json.loads(saphan(desk, "push", "--yes", "--json", *words).stdout)
    return [found["rule"] for one in sent["refused"] for found in one["findings"]]


def spoilt(desk: Path) -> Case:
    """A national ID in a cell of the source, built: the report says so."""
    hidden = (one for one in cases(200, "tricks") if (one.place, one.entity) == ("prose", "national-id"))
    case = replace(next(hidden), name=NAME)
    spoil(desk, case)
    assert saphan(desk, "build").exit_code == 1
    return case


def edit(desk: Path, file: str, **changed: object) -> None:
    path = desk / NAME / "release" / file
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changed}), encoding="utf-8")


def test_findings_deleted_from_the_report_do_not_let_a_release_out(desk: Path) -> None:
    case = spoilt(desk)
    edit(desk, "report.json", findings=[], passed=True)
    assert refused(desk) == ["release-unknown"]
    assert leaked([case], kept(desk)) == []


def test_a_report_that_is_only_laid_out_otherwise_is_the_same(desk: Path) -> None:
    assert saphan(desk, "build").exit_code == 0
    edit(desk, "report.json")
    assert refused(desk) == []


def test_a_profile_that_was_edited_is_told_before_standing_limits_are_read_from_it(desk: Path) -> None:
    assert saphan(desk, "build").exit_code == 0
    edit(desk, "profile.json", funds={"rows": 1, "columns": []})
    assert refused(desk) == ["release-unknown"]


def test_a_release_that_this_catalog_never_built_is_built_here_first(desk: Path, tmp_path: Path) -> None:
    assert saphan(desk, "build").exit_code == 0
    (desk / ".saphan").rename(tmp_path / "elsewhere")
    assert refused(desk) == ["release-unknown"]
    assert saphan(desk, "build").exit_code == 0
    assert refused(desk) == []
