"""Decisions: appended to the desk, told to the journal, shown by the build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from publishing import FUNDS, small_desk

import cli
from catalog.decisions import record
from catalog.journal import Journal
from catalog.store.database import open_database
from metadata import stored
from metadata.workspace import Workspace, user

NAME = "funds-desk"
WHO = ("--as", "นางสาวตัวอย่าง ใจดี", "--position", "ผู้อำนวยการ", "--letter-no", "พม 0001/2569")
SECOND = ("--second", "นายที่สอง ตัวอย่าง", "--second-role", "dpo")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path, NAME)


def saphan(desk: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.cli, [*words, "--workspace", str(desk), "--lang", "th"], catch_exceptions=False)


def test_an_approval_is_of_one_release(desk: Path) -> None:
    assert "saphan approve" in saphan(desk, "build").stdout
    steward = saphan(desk, "approve", NAME, "--as", "บริกร ตัวอย่าง", "--role", "steward").stdout
    assert "สถานะ: รับรอง" in steward and f"saphan approve {NAME} --role owner" in steward
    (desk / NAME / "decisions.yaml").unlink()
    done = saphan(desk, "approve", NAME, *WHO, "--expires", "30/9/2799")
    assert (done.exit_code, done.stdout.count("\n")) == (0, 3)
    assert "ใช้ได้ถึงวันที่ 30/9/2799" in done.stdout and "สถานะ: อนุมัติให้เผยแพร่" in done.stdout
    (line,) = Workspace.open(desk).dataset(NAME).decisions
    report = json.loads((desk / NAME / "release/report.json").read_text("utf-8"))
    assert (line.kind, line.by, line.role, line.release) == ("approval", WHO[1], "owner", report["release"])
    assert line.rest["position"] == "ผู้อำนวยการ" and line.rest["letter_no"] == "พม 0001/2569"
    assert line.rest["declared_by"] == user()
    assert line.rest["scan"] == record.scan(stored.load(Workspace.open(desk).dataset(NAME), desk)[1])
    assert WHO[1] in saphan(desk, "build").stdout
    (desk / NAME / "source/funds.csv").write_text(FUNDS.replace(",20,", ",21,"), "utf-8")
    told = saphan(desk, "build").stdout
    assert WHO[1] not in told
    assert "saphan approve" in told


def test_lines_are_appended_and_earlier_ones_stay_as_they_are(desk: Path) -> None:
    saphan(desk, "build")
    path = desk / NAME / "decisions.yaml"
    first = "# บันทึกของเรา\n- {kind: approval, by: ก, role: owner, at: '2026-01-01T00:00:00.000+00:00'}"
    path.write_text(first, "utf-8")
    saphan(desk, "approve", NAME, *WHO)
    assert path.read_text("utf-8").startswith(first + "\n- kind: approval\n")
    assert len(Workspace.open(desk).dataset(NAME).decisions) == 2


def test_a_decision_stands_in_the_journal(desk: Path) -> None:
    saphan(desk, "build")
    saphan(desk, "approve", NAME, *WHO)
    engine = open_database(Workspace.open(desk).database_url)
    (entry,) = [entry for entry in Journal(engine, actor="test").entries() if entry.kind == "decision"]
    engine.dispose()
    assert (entry.dataset, entry.body["by"]) == (NAME, WHO[1])


def test_a_waiver_needs_a_rule_that_found_something_and_a_reason(desk: Path) -> None:
    saphan(desk, "build")
    rule = next(iter(json.loads((desk / NAME / "release/report.json").read_text("utf-8"))["findings"]))["rule"]
    assert saphan(desk, "waive", NAME, "--rule", rule, *SECOND, *WHO).exit_code == 2
    assert saphan(desk, "waive", NAME, "--rule", "no-such-rule", "--reason", "ลอง", *SECOND, *WHO).exit_code == 2
    assert not (desk / NAME / "decisions.yaml").exists()
    assert saphan(desk, "waive", NAME, "--rule", rule, "--reason", "แปลภายหลัง", *SECOND, *WHO).exit_code == 0
    (line,) = Workspace.open(desk).dataset(NAME).decisions
    assert (line.kind, line.reason, line.rest["rule"]) == ("waiver", "แปลภายหลัง", rule)


def test_a_release_with_errors_cannot_be_approved(desk: Path) -> None:
    (desk / NAME / "source/funds.csv").write_text(FUNDS.replace(",20,", ",2O,"), "utf-8")
    saphan(desk, "build")
    done = saphan(desk, "approve", NAME, *WHO)
    assert done.exit_code == 2
    assert not (desk / NAME / "decisions.yaml").exists()


def test_a_broken_decisions_file_is_told(desk: Path) -> None:
    (desk / NAME / "decisions.yaml").write_text("- {kind: approval}\n", "utf-8")
    done = saphan(desk, "build")
    assert done.exit_code == 2
    assert "decisions.yaml" in done.stderr


@pytest.mark.parametrize(
    "slip",
    [("--as", " "), ("--as", "ก", "--expires", "30/2/2600"), ("--as", "ก", "--expires", "2560-12-31")],
    ids=["nobody", "no day", "a day that is past"],
)
def test_a_decision_that_says_nothing_is_not_written(desk: Path, slip: tuple[str, ...]) -> None:
    saphan(desk, "build")
    done = saphan(desk, "approve", NAME, *slip)
    assert done.exit_code == 2
    assert not (desk / NAME / "decisions.yaml").exists()
    assert saphan(desk, "build").exit_code == 0


def test_a_day_until_which_it_holds_is_kept(desk: Path) -> None:
    saphan(desk, "build")
    for typed in ("2256-09-30", "2799-09-30", "30/9/2799"):  # either era, as a person types it
        assert saphan(desk, "approve", NAME, *WHO, "--expires", typed).exit_code == 0
    lines = Workspace.open(desk).dataset(NAME).decisions
    assert {line.rest["expires"] for line in lines} == {"2256-09-30"}


def test_a_file_that_cannot_be_appended_to_stays_as_it_is(desk: Path) -> None:
    saphan(desk, "build")
    path = desk / NAME / "decisions.yaml"
    path.write_text("[]\n", "utf-8")
    assert saphan(desk, "approve", NAME, *WHO).exit_code == 2
    assert path.read_text("utf-8") == "[]\n"
    workspace = Workspace.open(desk)
    engine = open_database(workspace.database_url)
    assert "decision" not in {entry.kind for entry in Journal(engine, actor="test").entries()}
    engine.dispose()


def test_what_a_windows_editor_wrote_stays_byte_for_byte(desk: Path) -> None:
    saphan(desk, "build")
    path = desk / NAME / "decisions.yaml"
    before = "# ลงนามแล้ว\n- {kind: approval, by: ก, role: owner, at: 2026-01-01}\n".replace("\n", "\r\n").encode()
    path.write_bytes(before)
    assert saphan(desk, "approve", NAME, *WHO).exit_code == 0
    assert path.read_bytes().startswith(before)
    assert len(Workspace.open(desk).dataset(NAME).decisions) == 2


@pytest.mark.parametrize("at", ["'เมื่อวาน'", "2026-11-20"])
def test_an_approval_dated_by_hand_is_shown(desk: Path, at: str) -> None:
    saphan(desk, "build")
    release = json.loads((desk / NAME / "release/report.json").read_text("utf-8"))["release"]
    line = f"- {{kind: approval, by: สมหญิง, role: owner, at: {at}, release: '{release}'}}\n"
    (desk / NAME / "decisions.yaml").write_text(line, "utf-8")
    done = saphan(desk, "build")
    assert done.exit_code == 0
    assert "สมหญิง" in done.stdout


def test_a_plan_that_cannot_be_kept_is_one_document(desk: Path) -> None:
    saphan(desk, "build")
    done = saphan(desk, "plan", "--json", "--save", str(desk / "nowhere/plan.json"))
    assert (done.exit_code, json.loads(done.stdout)["error"]["kind"]) == (5, "store-unwritable")


@pytest.mark.parametrize(
    "content", ['{"target": 5', '{"basis": [], "target": "local"', '{"basis": {}, "target": 5']
)
def test_a_plan_changed_by_hand_is_refused(desk: Path, content: str) -> None:
    saphan(desk, "build")
    (desk / "plan.json").write_text(content + ', "saphan": "plan", "changes": ["x"]}', "utf-8")
    done = saphan(desk, "push", "--yes", "--json", "--plan", str(desk / "plan.json"))
    assert (done.exit_code, json.loads(done.stdout)["error"]["kind"]) == (2, "plan-broken")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("approve", NAME), "option-missing"),
        (("approve", NAME, "--as", "ก", "--limit", "rows=30"), "option-together"),
        (("waive", NAME, "--rule", "x", "--as", "ก"), "option-missing"),
        (("waive", NAME, "--rule", "x", "--as", "ก", "--reason", "x"), "option-together"),
        (("waive", NAME, "--rule", "x", "--as", "ก", "--reason", "x", "--lawful", "ม. 7"), "option-together"),
        (
            ("waive", NAME, "--rule", "x", "--as", "ก", "--reason", "x", "--not-personal", "--standing"),
            "waive-one",
        ),
        (("refuse", NAME, "--ground", "security", "--as", "ก"), "option-missing"),
    ],
)
def test_what_a_decision_lacks_is_said_in_the_language_asked_for(
    desk: Path, words: tuple[str, ...], kind: str
) -> None:
    done = saphan(desk, *words, "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["kind"]) == (2, kind)
    assert "สิ่งที่ต้องทำ" in done.stderr
