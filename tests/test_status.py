"""How things stand, on one screen: what needs a person, what is used, what ran."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened
from click.testing import CliRunner

import cli
from catalog.journal import Journal, new_run
from commands.opened import local_portal
from metadata import clock, stored
from metadata.event import Event
from metadata.finding import Finding, Place
from metadata.release import Report
from metadata.standard import Standard
from metadata.workspace import Workspace

NOW = datetime.fromisoformat("2026-11-20T05:00:00+00:00")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A desk of three datasets: one public and overdue, one with errors, one that was never built."""
    (tmp_path / "workspace.yaml").write_text("agency: {name: dept-a, title: กรม ก}\napprovals: none\n", "utf-8")
    for name in ("late", "wrong", "waiting"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "datapackage.yaml").write_text(f"name: {name}\ntitle: {name}\n", "utf-8")
    for name, severities in (("late", ["warning"]), ("wrong", ["error", "error", "note"])):
        (tmp_path / name / "release").mkdir()
        found = tuple(Finding(rule="title-missing", severity=one, at=Place(dataset=name)) for one in severities)
        report = Report(dataset=name, release="sha256:" + "ab" * 32, findings=found)
        told = stored.document(report, Workspace.open(tmp_path).dataset(name))
        (tmp_path / name / "release/report.json").write_text(json.dumps(told), "utf-8")
    made = Workspace.open(tmp_path)
    with clock.frozen(NOW), local_portal(made) as portal:
        portal.call_action("organization_create", {"name": "dept-a", "title": "กรม ก"})
        for name in ("late", "wrong"):
            terms = {term.field_name: _value(term) for term in Standard.load(made.standard).terms if term.required}
            facts = {
                **terms,
                "name": name,
                "title": name,
                "notes": "-",
                "owner_org": "dept-a",
                "tag_string": "ก ข",
            }
            facts |= {
                "update_frequency_unit": "เดือน",
                "update_frequency_interval": "1",
                "private": name == "wrong",
            }
            facts |= {"maintainer_email": "a@b.example", "last_updated_date": "2026-09-01"}
            portal.call_action("package_create", facts)
        assert portal.usage
        portal.usage.count("page", "late")
        portal.usage.count("page", "late", robot=True)
        portal.usage.count("page", "wrong")
    return made


def _value(term: Any) -> Any:
    if term.choices:
        return [term.choices[0]] if term.multiple else term.choices[0]
    return {"date": "2026-09-01", "year": "2567", "interval": "1"}.get(term.kind, "กลุ่มงาน")


def status(workspace: Workspace, *words: str) -> Any:
    with clock.frozen(NOW):
        done = CliRunner().invoke(cli.cli, ["status", "--workspace", str(workspace.folder), *words])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout_bytes) if "--json" in words else done.output


def test_what_needs_a_person_and_what_is_used_is_told(workspace: Workspace) -> None:
    told = status(workspace, "--json")
    assert told["datasets"] == [
        {"name": "late", "state": "public", "due": "2026-10-01", "findings": 0, "approval": "unasked"},
        {"name": "waiting", "state": "absent", "due": None, "findings": None, "approval": None},
        {"name": "wrong", "state": "private", "due": "2026-10-01", "findings": 2, "approval": "draft"},
    ]
    nothing = {"view": 0, "download": 0, "api": 0}
    assert told["usage"] == {"people": {**nothing, "view": 1}, "before": None, "robots": {**nothing, "view": 1}}
    assert (told["agency"], told["waiting"], told["runs"]) == ("กรม ก", {}, [])
    lines = status(workspace, "--lang", "en").splitlines()
    assert lines[:4] == [
        "กรม ก: 3 datasets, 1 of them public",
        "  wrong: 2 errors to correct · its update was due 2026-10-01",
        "  late: its update was due 2026-10-01",
        "  waiting: not published yet",
    ]
    assert lines[4] == "this month: 1 views, 0 downloads, 0 API calls by people (by robots: 1)"


def test_a_dataset_that_cannot_be_read_needs_a_person(workspace: Workspace) -> None:
    (workspace.folder / "late" / "decisions.yaml").write_text("<<<<<<< HEAD\n", "utf-8")
    told = {one["name"]: one["approval"] for one in status(workspace, "--json")["datasets"]}
    assert told == {"late": "unknown", "waiting": None, "wrong": "draft"}
    assert "saphan build late" in status(workspace, "--lang", "th")


def test_the_newest_runs_are_told_the_last_first(tmp_path: Path, both: str) -> None:
    with opened(tmp_path) as portal:
        journal = Journal(portal.engine, actor="somchai")
        names = []
        ends = (Event(kind="finished"), Event(kind="failed"), Event(kind="cleaned"))
        for number, end in enumerate(ends):
            with clock.frozen(NOW + timedelta(hours=number)):
                names.append(new_run())
                for one in (Event(kind="started"), end):
                    journal.append(one, run=names[-1])
        found = journal.runs(2)
        assert [(one.run, one.actor, one.kind) for one in found] == [
            (names[2], "somchai", "cleaned"),
            (names[1], "somchai", "failed"),
        ]
        assert found[1].begun.startswith("2026-11-20T06:00:00")
        assert [one.run for one in journal.runs(10)] == names[::-1]
