"""Tricks on the gate: what somebody does who may write the desk's folder, by hand, in haste or on purpose."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import polars
import pytest
from click.testing import CliRunner, Result
from leaks_ground import Case, cases, clean, document, kept, leaked, put, spoil
from personal_values import bare_id, seeded

import cli
from catalog.decisions.person import letters, same
from catalog.journal import Journal
from catalog.store.database import open_database
from commands import publishing
from commands.console import Desk
from pipelines.govern.personal.prose import sure
from pipelines.govern.personal.scan import scan

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


@pytest.mark.parametrize(
    "other",
    [
        "สมชาย\u200b เก่งดี",
        "นายสมชาย  เก่งดี",
        "สมชาย เก่งดี.",
        "สมชายเก่งดี",
        "เก่งดี สมชาย",
        "สมชาย เก\u0e48\u200dงดี",
        "สมชาย เก่งดี\ufe0f",
        "ดร.สมชาย เก่งดี",
    ],
)
def test_one_person_under_two_spellings_is_one_person(other: str) -> None:
    assert same("สมชาย เก่งดี", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("แก้ว จำปา", "เเก้ว จ\u0e4d\u0e32ปา"),
        ("Somchai A", "S\u043emchai \u0410"),
        ("กุ้ง", "ก\u0e49\u0e38ง"),
        ("SOMCHAI", "somchai"),
    ],
)
def test_letters_that_look_alike_are_alike(one: str, other: str) -> None:
    assert same(one, other)


def test_two_people_are_two() -> None:
    assert not same("สมชาย ตัวอย่าง", "สมหญิง ตัวอย่าง")
    assert not same("ก", "ข")
    assert not same("มานะ ใจดี", "มานี ใจดี")
    assert letters("\u200b \u3164.") == ""


def test_a_standing_approval_copied_to_another_dataset_of_the_shape_does_not_hold_there(desk: Path) -> None:
    settings = (desk / "workspace.yaml").read_text("utf-8").replace("none", "required")
    (desk / "workspace.yaml").write_text(settings, encoding="utf-8")
    clean(desk, "funds-two")
    saphan(desk, "build")
    assert saphan(desk, "approve", NAME, "--standing", "--as", "สมหญิง ตัวอย่าง").exit_code == 0
    shutil.copy(desk / NAME / "decisions.yaml", desk / "funds-two")
    assert refused(desk, NAME) == []
    assert refused(desk, "funds-two") == ["approval-outgrown"]


def test_a_file_that_changes_while_push_waits_for_an_answer_is_not_sent(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saphan(desk, "build").exit_code == 0

    def agree(*_: object) -> bool:
        path = desk / NAME / "release/funds.csv"
        path.write_text(path.read_text("utf-8").replace("น่าน", "แพร่"), encoding="utf-8")
        return True

    monkeypatch.setattr(Desk, "agree", agree)
    monkeypatch.setattr(publishing, "asked_for", lambda yes: None)
    done = saphan(desk, "push", "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["kind"]) == (2, "release-stale")
    assert "แพร่" not in kept(desk)


@pytest.mark.parametrize(
    "written",
    [
        "เลข {0}|{1}|{2}|{3}|{4} ของผู้แจ้ง",
        "เลข {0}    {1}    {2}    {3}    {4} ของผู้แจ้ง",
        "เลข {0}:{1}:{2}:{3}:{4} ของผู้แจ้ง",
        "เลข {spaced} ของผู้แจ้ง",
        "เลขบัตรประชาชน {three} ของผู้แจ้ง",
        "เลขบัตรประชาชน {thousands} ของผู้แจ้ง",
        "{bare}@example.org",
        "{khmer}",
    ],
)
def test_a_national_id_is_found_in_other_disguises_too(written: str) -> None:
    number = bare_id(seeded("tricks", written))
    parts = (number[0], number[1:5], number[5:10], number[10:12], number[12])
    text = written.format(
        *parts,
        bare=number,
        spaced=" ".join(number),
        three=f"{number[:3]} {number[3:6]} {number[6:9]} {number[9:]}",
        thousands=f"{int(number):,}",
        khmer="".join(chr(0x17E0 + int(digit)) for digit in number),
    )
    assert list(sure(text)) == ["national-id"]
    cells = polars.DataFrame({"detail": ["กองทุน", text]})
    assert scan(cells).columns[0].tallies["national-id"].sure.count == 1


@pytest.mark.parametrize(
    "text",
    ["เวลา 12:34:56:78:90:12:3", "1,234,567,890,123 บาท", "งบ 3,752,700,000,000", "1 2 3 4 5 6 7 8 9 10 11 12"],
)
def test_times_amounts_and_counts_are_no_national_ids(text: str) -> None:
    assert "national-id" not in sure(text)


@pytest.mark.parametrize("place", ["title", "name", "organization", "promise"])
def test_no_text_of_the_workspace_brings_a_national_id_to_the_target(desk: Path, place: str) -> None:
    assert saphan(desk, "build").exit_code == 0
    number = bare_id(seeded("tricks", place))
    settings = document(desk / "workspace.yaml")
    if place == "promise":
        settings["portal"] = {"promise": {"th": f"ติดต่อ {number}"}}
    elif place == "organization":
        settings["targets"] = {"local": {"organization": f"o{number}"}}
    else:
        settings["agency"][place] = f"a{number}"
    put(desk / "workspace.yaml", settings)
    sent = saphan(desk, "push", "--yes")
    assert sent.exit_code == 2
    assert number not in sent.stdout + sent.stderr + kept(desk)


def test_approvals_switched_off_for_one_run_are_told_and_journalled(desk: Path) -> None:
    settings = (desk / "workspace.yaml").read_text("utf-8")
    (desk / "workspace.yaml").write_text(settings.replace("none", "required"), encoding="utf-8")
    saphan(desk, "build")
    assert refused(desk) == ["approval-missing"]
    (desk / "workspace.yaml").write_text(settings, encoding="utf-8")
    sent = saphan(desk, "push", "--yes")
    assert "approvals: none: funds-desk" in sent.stdout + sent.stderr
    journal = Journal(open_database(f"sqlite:///{desk / '.saphan/catalog.sqlite'}"), actor="x")
    bodies = [row.body for row in journal.entries(dataset=NAME, kind="checked") if row.target]
    journal.engine.dispose()
    assert [body.get("unsigned") for body in bodies] == [["owner"]]


@pytest.mark.parametrize("option", ["--reason", "--position", "--letter-no"])
def test_no_decision_keeps_a_national_id(desk: Path, option: str) -> None:
    assert saphan(desk, "build").exit_code == 0
    number = bare_id(seeded("tricks", option))
    told = saphan(desk, "approve", NAME, "--as", "สมหญิง ตัวอย่าง", option, f"ที่ {number}")
    assert told.exit_code == 2
    assert number not in told.stdout + told.stderr + kept(desk)
    assert not (desk / NAME / "decisions.yaml").exists()
