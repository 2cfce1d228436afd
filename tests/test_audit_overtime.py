"""The audit of a workspace over time, from the command's side: kept, compared, as of a day, closed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from test_docs_json import documented, printed

import cli
from catalog.audit import run
from catalog.audit.overtime import trend, years
from catalog.audit.proving.verified import verify
from catalog.audit.sources import OfPortal
from catalog.portal.local import LocalPortal
from commands import overtime
from commands.auditing import terms_of
from commands.console import Desk, common
from commands.opened import local_portal, opened_journal
from metadata import clock
from metadata.errors import SetupError
from metadata.event import result_of
from metadata.standard import Standard
from metadata.workspace import Workspace

END = date(2026, 9, 30)
PROMISES = """
- indicator: opened
  title: {th: ชุดข้อมูลที่เปิดใหม่, en: Datasets opened}
  unit: {th: ชุดข้อมูล, en: datasets}
  source: datasets-opened
  by: round
  targets: {2569: 3}
- indicator: satisfaction
  title: ความพึงพอใจ
  unit: คะแนน
  source: declared
  targets: {2568: 4}
  figures: [{day: 2568-08-01, value: 4.5, file: evidence/แบบสำรวจ.pdf}]
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "workspace.yaml").write_text(
        "agency: {name: dept-a, title: กรมตัวอย่าง, kind: department}\napprovals: none\n", encoding="utf-8"
    )
    (tmp_path / "promises.yaml").write_text(PROMISES, encoding="utf-8")
    return Workspace.open(tmp_path)


@pytest.fixture
def portal(workspace: Workspace) -> Iterator[LocalPortal]:
    with local_portal(workspace) as made:
        made.call_action("organization_create", {"name": "dept-a", "title": "กรมตัวอย่าง"})
        yield made


def desk(workspace: Workspace, *, as_json: bool = False) -> Desk:
    return Desk(folder=str(workspace.folder), lang="th", as_json=as_json, quiet=False)


def at(*when: int) -> Any:
    return clock.frozen(datetime(*when, tzinfo=UTC))  # type: ignore[arg-type, misc]


def put(portal: LocalPortal, name: str, **more: object) -> None:
    """A dataset as the Thai schema takes it."""
    portal.call_action(
        "package_create",
        {
            "name": name,
            "title": f"ชุดข้อมูล {name}",
            "notes": "จำนวนประชากรรายจังหวัดจากทะเบียนราษฎร",
            "owner_org": "dept-a",
            "maintainer": "กองข้อมูล",
            "maintainer_email": "data@example.go.th",
            "objective": ["พันธกิจหน่วยงาน"],
            "data_type": "ข้อมูลระเบียน",
            "data_category": "ข้อมูลสาธารณะ",
            "license_id": "Open Data Common",
            "update_frequency_unit": "ปี",
            "update_frequency_interval": "1",
            "geo_coverage": "จังหวัด",
            "data_source": "ทะเบียนราษฎร",
            "data_format": ["CSV"],
            "tag_string": "ประชากร",
            "resources": [{"name": "ประชากร", "format": "CSV", "url": "https://example.go.th/a.csv"}],
            **more,
        },
    )


def audited(workspace: Workspace, portal: LocalPortal) -> run.Audit:
    source = OfPortal(portal=portal, title="กรมตัวอย่าง", site=portal.site, kind="local", private=True)
    terms = terms_of(workspace, Standard.load(workspace.standard), None)
    return result_of(run.audit(source, terms))


def test_each_audit_is_kept_and_tells_what_changed(
    workspace: Workspace, portal: LocalPortal, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    with at(2026, 9, 1, 3):
        put(portal, "funds")
        put(portal, "others")
        assert overtime.keep(workspace, audited(workspace, portal)) is None
    with at(2026, 9, 2, 3):
        portal.call_action("package_patch", {"id": "funds", "resources": []})
        changes = overtime.keep(workspace, audited(workspace, portal))
    assert changes and [one.name for one in changes.moved] == ["funds"]
    overtime.told_changes(desk(workspace), changes)
    said = capsysbinary.readouterr().out.decode()
    assert "เทียบกับผลตรวจเมื่อ 1/9/2569" in said and "คะแนนลด 1" in said and "funds" in said and "…" not in said
    overtime.trend(desk(workspace, as_json=True), workspace, "local")
    told = json.loads(capsysbinary.readouterr().out)
    assert [one["day"] for one in told["audits"]] == ["2026-09-01", "2026-09-02"]
    overtime.trend(desk(workspace), workspace, "local")
    said = capsysbinary.readouterr().out.decode()
    assert "(2 ครั้ง ล่าสุด 1/9/2569 → 2/9/2569)" in said and "คำอธิบายชุดข้อมูลส่วนหลัก 14 รายการ: 14 → 14" in said
    overtime.trend(desk(workspace), workspace, "https://elsewhere.example.go.th")
    assert "ยังไม่มีผลตรวจ" in capsysbinary.readouterr().out.decode()


def test_another_edition_is_tried_before_it_is_adopted(
    workspace: Workspace, portal: LocalPortal, capsys: pytest.CaptureFixture[str]
) -> None:
    put(portal, "funds")
    source = OfPortal(portal=portal, title="กรมตัวอย่าง", site=portal.site, kind="local")
    both = [
        result_of(run.audit(source, terms_of(workspace, Standard.load(name), None)))
        for name in ("gdc-2.2.4", "gdc-governance")
    ]
    overtime.told_losing(desk(workspace), trend.losing(*both), both[1].standard)
    assert capsys.readouterr().out.startswith("ถ้าใช้ gdc-governance แทน gdc-2.2.4")


def test_promises_are_told_with_what_is_due_next(
    workspace: Workspace, portal: LocalPortal, capsys: pytest.CaptureFixture[str]
) -> None:
    with at(2026, 2, 1, 3):
        put(portal, "funds")
    with at(2026, 4, 1, 3):
        standings, findings = overtime.promises(workspace, 2569, clock.today())
    overtime.told_promises(desk(workspace), standings)
    said = capsys.readouterr().out
    assert "ชุดข้อมูลที่เปิดใหม่: 1 จาก 3 ชุดข้อมูล (ต่ำกว่าแผน)" in said
    assert "ครั้งถัดไป 3 ชุดข้อมูล ภายใน 30/6/2569" in said
    assert [one.rule for one in findings] == ["promise-behind"]


def no_pdf(*_shown: object) -> bytes:
    raise SetupError("pdf-missing")


def test_a_year_is_closed_with_all_that_is_handed_in(
    workspace: Workspace,
    portal: LocalPortal,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("catalog.audit.report.pdf.content", no_pdf)  # it has tests of its own, and takes seconds
    with at(2026, 9, 1, 3):
        put(portal, "funds")
        put(portal, "gone-later")
    with at(2026, 10, 5, 3):
        portal.call_action("package_delete", {"id": "gone-later"})
        put(portal, "next-year")
    evidence = workspace.folder / "evidence" / "แบบสำรวจ.pdf"
    evidence.parent.mkdir()
    evidence.write_bytes(b"4.5")
    more = PROMISES.replace("targets: {2568: 4}", "targets: {2569: 4}").replace("2568-08", "2569-08")
    digest = hashlib.sha256(b"4.5").hexdigest()
    (workspace.folder / "promises.yaml").write_text(more.replace(".pdf}", f".pdf, sha256: {digest}}}"), "utf-8")
    with at(2026, 11, 22, 3):
        assert overtime.close(desk(workspace, as_json=True), workspace, 2569, early=False) == 0
    done = json.loads(capsysbinary.readouterr().out)["closed"]
    folder = workspace.folder / "closed" / "2569"
    assert (done["year"], done["date"], done["folder"]) == (2569, "2026-09-30", str(folder))
    names = {path.name for path in folder.iterdir()}
    assert names >= {"report.html", "report.xlsx", "proof.zip", "calendar.ics", "index.html", "SHA256SUMS"}
    assert (folder / "evidence" / "แบบสำรวจ.pdf").read_bytes() == b"4.5"
    proof = verify(folder / "proof.zip")
    assert proof.holds
    found = overtime.closed(workspace, 2569)
    assert found
    made = overtime.shown(desk(workspace), found)
    assert [one.name for one in made.datasets] == ["funds", "gone-later"]
    assert "ปิดไว้เมื่อ 22/11/2569" in capsysbinary.readouterr().out.decode()
    with opened_journal(workspace) as journal:
        assert years.checked(workspace.folder, journal) == ()
    with at(2026, 11, 23, 3), pytest.raises(SetupError) as raised:
        overtime.close(desk(workspace), workspace, 2569, early=True)
    assert raised.value.kind == "year-closed"


@click.command()
@click.option("--year", type=int)
@click.option("--target", default="local")
@overtime.options
@common
def tried(desk: Desk, year: int | None, target: str, over: dict[str, Any]) -> int:
    """What `saphan audit` does about time."""
    workspace = desk.workspace
    found = overtime.instead(desk, workspace, target, year, over)
    if isinstance(found, int):
        return found
    if found is None:
        with local_portal(workspace) as portal:
            made = audited(workspace, portal)
        changes, standings, findings = overtime.after(desk, workspace, made, (), over)
        desk.say(f"{changes is not None} {len(standings)} {len(findings)}")
    else:
        desk.say(f"{found.day} {len(found.datasets)}")
    return 0


def test_the_options_lead_to_each_of_these(
    workspace: Workspace, portal: LocalPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.audit.report.pdf.content", no_pdf)

    def command(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(tried, ["--workspace", str(workspace.folder), "--lang", "en", *words])
        assert done.exit_code == code, done.output
        return done.output

    with at(2026, 9, 1, 3):
        put(portal, "funds")
    file = workspace.folder / "due.ics"
    with at(2026, 9, 15, 3):
        assert command("--calendar", str(file)) == "False 1 1\n"
        assert command() == "True 1 1\n"
        assert "no file" not in command("--calendar", str(workspace.folder / "none" / "due.ics"), code=5)
        assert "ends on 2026-09-30" in command("--close", code=2)
    assert file.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    with at(2026, 10, 2, 3):
        put(portal, "later")
        assert command("--as-of", "2569-09-30").endswith("2026-09-30 1\n")
        assert "is no day" in command("--as-of", "yesterday", code=2)
        assert "audits: 3; the last: 2026-09-15 → 2026-09-15 → 2026-09-15" in command("--trend")
        assert command("--trend", "--target", "desk") == "No audit of desk is kept yet.\n"
        assert command("--year", "2569") == "True 0 0\n"  # not closed yet: an audit of today, in 2570
        assert "is closed" in command("--close", "--year", "2569")
        assert command("--year", "2569").endswith("2026-09-30 1\n")
        assert "was closed on 2026-10-02" in command("--close", "--year", "2569", code=2)


def test_closed_years_are_verified_with_the_journal_and_by_themselves(
    workspace: Workspace, portal: LocalPortal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("catalog.audit.report.pdf.content", no_pdf)
    with at(2026, 9, 1, 3):
        put(portal, "funds")
    with at(2026, 10, 2, 3):
        overtime.close(desk(workspace), workspace, 2569, early=False)
    folder = workspace.folder / "closed" / "2569"
    away = shutil.copytree(folder, tmp_path / "elsewhere" / "handed-in")

    def verified(*words: str) -> tuple[int, list[str]]:
        done = CliRunner().invoke(cli.cli, ["verify", *words, "--workspace", str(workspace.folder), "--json"])
        told = json.loads(done.stdout)
        assert told["holds"] is (not told["findings"]) is (done.exit_code == 0)
        if words:
            page = documented("verify a closed year")
            assert page == printed([{**told, "findings": []}], page)
        return done.exit_code, [one["rule"] for one in told["findings"]]

    assert verified() == verified(str(folder)) == verified(str(away)) == (0, [])
    for where in (folder, away):
        (where / "promises.json").chmod(0o644)
        (where / "promises.json").write_text("[]")
    assert verified() == verified(str(folder)) == verified(str(away)) == (1, ["closed-changed"])


def test_our_catalog_stands_as_it_stood(workspace: Workspace, portal: LocalPortal) -> None:
    with at(2026, 9, 1, 3):
        put(portal, "funds")
    with at(2026, 10, 1, 3):
        put(portal, "later")
        made = overtime.as_of(desk(workspace), workspace, "local", END)
        assert ([one.name for one in made.datasets], made.day, made.year) == (["funds"], END, 2569)
        with pytest.raises(SetupError) as raised:
            overtime.as_of(desk(workspace), workspace, "desk", END)
    assert raised.value.kind == "audit-as-of-none"
