"""Quality against the workspace's thresholds: what lies beneath one is told, what reaches it is left alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from publishing import FUNDS, small_desk

import cli
from commands import timely
from metadata import clock
from metadata.errors import SetupError
from metadata.event import result_of
from metadata.finding import Finding
from metadata.thresholds import DEFAULTS, LEAST, thresholds
from metadata.workspace import Workspace
from pipelines import run

NAME = "funds-desk"
SPARSE = "กองทุน,สมาชิก,เงิน,ตั้ง\n" + "บ้านเหนือ,,,\nบ้านใต้,20,,\n"
REPEATED = FUNDS + FUNDS.split("\n")[2] + "\n" + FUNDS.split("\n")[2] + "\n"
MIXED = "จังหวัด\nเชียงใหม่\n12\n๑๕\n1/1/2567\n"


def found(desk: Path, rules: str = "quality-") -> list[Finding]:
    (outcome,) = result_of(run.build(Workspace.open(desk), ()))
    assert isinstance(outcome, run.Report), outcome
    return [finding for finding in outcome.findings if finding.rule.startswith(rules)]


def desk_of(folder: Path, limits: str, sources: Mapping[str, str] | None = None) -> Path:
    desk = small_desk(folder, NAME, settings=f"thresholds: {limits}\n")
    for name, text in (sources or {}).items():
        (desk / NAME / "source" / name).write_text(text, encoding="utf-8")
    return desk


@pytest.mark.parametrize(
    ("measure", "sources"),
    [
        ("completeness", {"funds.csv": SPARSE}),
        ("uniqueness", {"funds.csv": REPEATED}),
        ("consistency", {"provinces.csv": MIXED}),
        ("validity", {"funds.csv": FUNDS.replace(",20,", ",ยี่สิบ,")}),
    ],
)
def test_a_measure_under_its_threshold_is_a_finding(tmp_path: Path, measure: str, sources: dict[str, str]) -> None:
    desk = desk_of(tmp_path, f"{{{measure}: {{limit: 90, severity: error}}}}", sources)
    (finding,) = found(desk, f"quality-{measure}")
    assert (finding.severity, finding.values["limit"]) == ("error", 90)
    assert finding.values["percent"] < 90
    (tmp_path / "workspace.yaml").write_text(
        (tmp_path / "workspace.yaml").read_text("utf-8").replace("limit: 90", "limit: 10"), encoding="utf-8"
    )
    assert found(desk, f"quality-{measure}") == []


def test_a_sound_desk_reaches_the_thresholds_that_hold_where_nothing_is_said(tmp_path: Path) -> None:
    assert found(desk_of(tmp_path, "{}")) == []


def test_a_warning_is_the_default_and_stops_nothing(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "{completeness: 95}", {"funds.csv": SPARSE})
    (outcome,) = result_of(run.build(Workspace.open(desk), ()))
    assert isinstance(outcome, run.Report)
    told = [finding for finding in outcome.findings if finding.rule == "quality-completeness"]
    assert ([finding.severity for finding in told], outcome.passed) == (["warning"], True)


@pytest.mark.parametrize(
    "limits", ["{completeness: 101}", "{completness: 90}", "{totals: 1}", "{rows: {severity: fatal}}", "90"]
)
def test_a_threshold_that_cannot_be_meant_is_refused(tmp_path: Path, limits: str) -> None:
    with pytest.raises(SetupError) as refused:
        Workspace.open(desk_of(tmp_path, limits))
    assert refused.value.kind == "file-invalid"


def test_every_threshold_of_the_workspace_has_its_default() -> None:
    from metadata.settings import ThresholdSettings

    assert set(ThresholdSettings.model_fields) == {*DEFAULTS, *LEAST}
    assert thresholds({"rows": {"severity": "error"}})["rows"].limit == DEFAULTS["rows"].limit
    assert thresholds({"rows": {"limit": 20}})["rows"].severity == "warning"


def test_files_that_hold_one_column_in_two_ways_are_told(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "{}", {"provinces.csv": "จังหวัด\n1\n2\n"})
    path = desk / NAME / "datapackage.yaml"
    recipe = desk / NAME / "recipe.yaml"
    same = "{name: members, type: integer, title: สมาชิก, description: จำนวนคน}"
    whole = path.read_text("utf-8")
    field = "{name: province, type: string, title: จังหวัด, description: ชื่อจังหวัด}"
    recipe.write_text(recipe.read_text("utf-8").replace("จังหวัด: province", "จังหวัด: members"), encoding="utf-8")
    path.write_text(whole.replace(field, same), encoding="utf-8")
    assert found(desk) == []
    path.write_text(whole.replace(field, same.replace("integer", "string")), encoding="utf-8")
    (finding,) = found(desk)
    assert (finding.rule, finding.values["properties"]) == ("quality-files-column", ["type"])
    assert (finding.at.resource, finding.at.column) == ("provinces", "members")


def test_files_whose_values_never_meet_are_told(tmp_path: Path) -> None:
    codes, names = "จังหวัด\n" + "50\n55\n" * 2, "กองทุน,สมาชิก,เงิน,ตั้ง\n" + "เชียงใหม่,1,2,\nน่าน,3,4,\n" * 2
    desk = desk_of(tmp_path, "{uniqueness: 10, completeness: 10}", {"provinces.csv": codes, "funds.csv": names})
    for name in ("datapackage.yaml", "recipe.yaml"):
        path = desk / NAME / name
        text = (
            path.read_text("utf-8")
            .replace("กองทุน: fund", "กองทุน: province")
            .replace("name: fund,", "name: province,")
        )
        path.write_text(text, encoding="utf-8")
    (finding,) = found(desk)
    assert (finding.rule, dict(finding.values)) == ("quality-files-values", {"other": "funds"})
    (desk / NAME / "source/provinces.csv").write_text("จังหวัด\n" + "น่าน\nแพร่\n" * 2, encoding="utf-8")
    assert found(desk) == []


def test_old_data_are_told_by_the_day_and_stand_in_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of(tmp_path, "{timeliness: {limit: 10, severity: error}}")
    path = desk / NAME / "datapackage.yaml"
    path.write_text(
        path.read_text("utf-8").replace("'data_source'", "'last_updated_date': '2026-01-01', 'data_source'"),
        "utf-8",
    )
    assert found(desk) == []
    workspace = Workspace.open(desk)

    def on(day: str) -> Any:
        monkeypatch.setattr(clock, "today", lambda: date.fromisoformat(day))
        return [finding.values["days"] for finding in timely.errors(workspace, workspace.dataset(NAME))]

    assert (on("2027-01-01"), on("2027-01-11"), on("2027-01-12")) == ([], [], [11])


def test_where_old_data_are_an_error_no_plan_takes_them(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "{timeliness: {severity: error}}\napprovals: none")
    path = desk / NAME / "datapackage.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("'data_source'", "'last_updated_date': '2019-01-01', 'data_source'"), "utf-8")

    def plan(code: int) -> dict[str, list[str]]:
        done = CliRunner().invoke(cli.cli, ["plan", "--json", "--workspace", str(desk)])
        assert done.exit_code == code, done.output
        refused = json.loads(done.stdout_bytes)["refused"]
        return {one["dataset"]: [finding["rule"] for finding in one["findings"]] for one in refused}

    CliRunner().invoke(cli.cli, ["build", "--workspace", str(desk)])
    assert plan(1) == {NAME: ["quality-timeliness"]}
    settings = (desk / "workspace.yaml").read_text("utf-8")
    (desk / "workspace.yaml").write_text(settings.replace("error", "warning"), "utf-8")
    assert plan(1) == {}
