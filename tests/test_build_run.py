"""The build as a whole: what stands in release/, what it says, and what it never says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from publishing import FUNDS, small_desk

from metadata import stored
from metadata.errors import SetupError
from metadata.event import Event, result_of
from metadata.release import canonical, sha256
from metadata.workspace import Workspace
from pipelines import ledger, run

NAME = "funds-desk"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path, NAME)


def build(desk: Path) -> run.Report:
    (outcome,) = result_of(run.build(Workspace.open(desk), ()))
    assert isinstance(outcome, run.Report)
    return outcome


def report(desk: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((desk / NAME / "release/report.json").read_text("utf-8"))
    return document


def test_a_release_is_what_the_contract_draws(desk: Path) -> None:
    build(desk)
    release = desk / NAME / "release"
    assert sorted(path.name for path in release.iterdir()) == [
        "datapackage.json",
        "funds.csv",
        "ledger.parquet",
        "profile.json",
        "provinces.csv",
        "report.json",
        "rows.parquet",
    ]
    assert dict(pl.read_parquet(release / "ledger.parquet").schema) == ledger.SCHEMA
    assert dict(pl.read_parquet(release / "rows.parquet").schema) == ledger.ROWS


def test_the_release_hash_is_of_the_package_and_its_files(desk: Path) -> None:
    made = build(desk)
    package = json.loads((desk / NAME / "release/datapackage.json").read_text("utf-8"))
    files = sorted([file.path, stored.file_hash(desk / NAME / "release" / file.path)] for file in made.files)
    assert made.release == report(desk)["release"] == sha256(canonical({"datapackage": package, "files": files}))


def test_the_report_holds_the_hashes_of_everything_it_was_made_from(desk: Path) -> None:
    build(desk)
    assert set(report(desk)["inputs"]) == {
        "datapackage.yaml",
        "recipe.yaml",
        "source/funds.csv",
        "source/provinces.csv",
    }


def test_the_ledger_applied_backwards_gives_what_was_read(desk: Path) -> None:
    build(desk)
    release = desk / NAME / "release"
    lines = pl.read_parquet(release / "ledger.parquet").filter(pl.col("resource") == "funds")
    rows = pl.read_parquet(release / "rows.parquet").filter(pl.col("resource") == "funds")
    table = pd.read_csv(release / "funds.csv", dtype="str", keep_default_na=False)
    before = ledger.undo(table, lines, rows)
    assert [list(before.columns), *before.to_numpy().tolist()] == [
        ["กองทุน", "สมาชิก", "เงิน", "ตั้ง"],
        ["บ้านเหนือ", "1,200", "10.50", "๑๕ ม.ค. ๒๕๖๗"],
        ["บ้านใต้", "20", "", "5/1/2567"],
    ]


def test_a_wrong_cell_is_found_in_the_file_and_in_the_source(desk: Path) -> None:
    source = desk / NAME / "source/funds.csv"
    source.write_text(FUNDS.replace(",20,", ",ยี่สิบ,"), "utf-8")
    made = build(desk)
    (finding,) = [finding for finding in made.findings if finding.rule == "type-error"]
    assert finding.at.to_dict() == {
        "dataset": NAME,
        "resource": "funds",
        "row": 3,
        "source_row": 3,
        "column": "members",
    }
    assert finding.values == {"type": {"th": "จำนวนเต็ม", "en": "whole number"}}
    assert not made.passed


def test_a_broken_constraint_is_named_with_its_limit_and_not_with_the_cell(desk: Path) -> None:
    path = desk / NAME / "datapackage.yaml"
    text = path.read_text("utf-8")
    described = "description: จำนวนคน"
    path.write_text(text.replace(described, f"{described}, constraints: {{minimum: 100}}"), "utf-8")
    (finding,) = [finding for finding in build(desk).findings if finding.rule == "constraint-error"]
    assert finding.values == {"constraint": "minimum", "limit": "100"}
    assert finding.at.row == 3


def test_no_cell_stands_in_the_report(desk: Path) -> None:
    source = desk / NAME / "source/funds.csv"
    source.write_text(FUNDS.replace(",20,", ",ความลับ9,").replace("5/1/2567", "31/2/2567"), "utf-8")
    build(desk)
    for name in ("report.json", "profile.json", "datapackage.json"):
        text = (desk / NAME / "release" / name).read_text("utf-8")
        assert "ความลับ" not in text
        assert "31/2/2567" not in text


def test_events_tell_the_story_and_end_once(desk: Path) -> None:
    events = list(run.build(Workspace.open(desk), ()))
    assert [event.kind for event in events] == [
        "started",
        *["read", "cleaned"] * 2,
        "checked",
        "finished",
    ]
    assert all(isinstance(event, Event) and "บ้านเหนือ" not in str(event.body) for event in events)


def test_a_build_that_fails_leaves_the_release_as_it_was(desk: Path) -> None:
    build(desk)
    before = {path.name: path.read_bytes() for path in (desk / NAME / "release").iterdir()}
    (desk / NAME / "source/provinces.csv").write_bytes(b"")
    (outcome,) = result_of(run.build(Workspace.open(desk), ()))
    assert isinstance(outcome, run.Failure)
    assert {path.name: path.read_bytes() for path in (desk / NAME / "release").iterdir()} == before
    assert not list((desk / NAME).glob(".release-*"))


def test_a_release_is_stale_when_anything_it_was_made_from_changes(desk: Path) -> None:
    build(desk)
    workspace = Workspace.open(desk)
    stored.load(workspace.dataset(NAME), workspace.folder)
    (desk / NAME / "release/funds.csv").write_text("fund,members,money,founded\n", "utf-8")
    with pytest.raises(SetupError, match="release-stale") as raised:
        stored.load(workspace.dataset(NAME), workspace.folder)
    assert raised.value.values["inputs"] == ["funds.csv"]
    build(desk)
    with (desk / "workspace.yaml").open("a", encoding="utf-8") as settings:
        settings.write("defaults: {about: {accessible_condition: ไม่มีการจำกัดการเข้าถึงข้อมูล}}\n")
    workspace = Workspace.open(desk)
    with pytest.raises(SetupError) as raised:
        stored.load(workspace.dataset(NAME), workspace.folder)
    assert raised.value.values["inputs"] == ["datapackage.yaml"]


BLOCK = "resources:\n  # ไฟล์\n  - title: ก\n    name: funds # ชื่อ\n    path: release/funds.csv\n"
FLOW = "resources:\n  - {name: funds, path: release/funds.csv}\n"
OLD = "resources:\n  - name: funds\n    ckan_id: old-id\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BLOCK, BLOCK.replace("name: funds # ชื่อ\n", "name: funds # ชื่อ\n    ckan_id: new-id\n")),
        (FLOW, FLOW.replace("{name", "{ckan_id: new-id, name")),
        (OLD, OLD.replace("old-id", "new-id")),
        (OLD.replace("old-id", "new-id"), OLD.replace("old-id", "new-id")),
        (OLD.replace("old-id", '""'), OLD.replace("old-id", "new-id")),
        (OLD.replace(" old-id", ""), OLD.replace("old-id", "new-id")),
        (OLD.replace("old-id", "'old-id'"), OLD.replace("old-id", "new-id")),
    ],
    ids=["block", "flow", "replaced", "kept", "empty", "nothing", "quoted"],
)
def test_an_adopted_id_is_one_more_line_and_nothing_else(desk: Path, before: str, after: str) -> None:
    path = desk / NAME / "datapackage.yaml"
    dataset = Workspace.open(desk).dataset(NAME)
    path.write_text(f"# หมายเหตุ\n{before}", "utf-8")
    stored.keep_ids(dataset, {"funds": "new-id"})
    assert path.read_text("utf-8") == f"# หมายเหตุ\n{after}"


def test_an_adopted_id_leaves_the_lines_of_a_windows_editor_as_they_end(desk: Path) -> None:
    path = desk / NAME / "datapackage.yaml"
    dataset = Workspace.open(desk).dataset(NAME)
    path.write_bytes(f"# หมายเหตุ\n{BLOCK}".replace("\n", "\r\n").encode())
    stored.keep_ids(dataset, {"funds": "new-id"})
    after = BLOCK.replace("name: funds # ชื่อ\n", "name: funds # ชื่อ\n    ckan_id: new-id\n")
    assert path.read_bytes().decode() == f"# หมายเหตุ\n{after}".replace("\n", "\r\n")


def test_an_adopted_id_does_not_make_the_release_stale(desk: Path) -> None:
    made = build(desk)
    workspace = Workspace.open(desk)
    stored.keep_ids(workspace.dataset(NAME), {"funds": "0b6f"})
    dataset = workspace.dataset(NAME)
    assert dataset.resources[0].descriptor["ckan_id"] == "0b6f"
    release, _ = stored.load(dataset, workspace.folder)
    assert release.hash == made.release
