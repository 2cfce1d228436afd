"""Standing approvals: one signature for a year of refreshes; what is new is asked for once, and named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from publishing import RECIPE, small_desk

import cli
from catalog.decisions import record, scope
from catalog.decisions.case import Rules, gathered
from catalog.decisions.gate import Verdict, judge
from catalog.journal import Journal
from catalog.store.database import open_database
from metadata import clock, stored
from metadata.event import result_of
from metadata.finding import Finding, Place
from metadata.release import Decision, Report
from metadata.standard import Standard
from metadata.workspace import Workspace
from pipelines import run

pytestmark = pytest.mark.workers

NAME = "funds-desk"
WHO = {"by": "สมหญิง ตัวอย่าง", "role": "owner"}
FIRST = datetime.fromisoformat("2026-10-05T04:00:00+00:00")
HEAD = "กองทุน,สมาชิก,เงิน,ตั้ง\n"
PLACES = ("น่าน", "แพร่", "ลำปาง")


def week(number: int, extra: str = "") -> tuple[str, str]:
    """The sources of a week: other figures, rows that come and go, the same words."""
    rows = [f'บ้านที่ {row},"{row + number}",{row}.5,๑๕ ม.ค. ๒๕๖๗\n' for row in range(40 + number % 7)]
    places = [PLACES[row % 3] + "\n" for row in range(30 + number % 5)]
    return HEAD + "".join(rows), "จังหวัด\n" + "".join(places) + extra


def written(desk: Path, sources: tuple[str, str]) -> None:
    for name, text in zip(("funds", "provinces"), sources, strict=True):
        (desk / NAME / f"source/{name}.csv").write_text(text, "utf-8")


def edit(desk: Path, path: str, old: str, new: str) -> None:
    file = desk / NAME / path
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def built(desk: Path) -> Report:
    (report,) = result_of(run.build(Workspace.open(desk), (NAME,)))
    assert isinstance(report, Report) and report.passed
    return report


def verdict(desk: Path, report: Report, target: str = "local") -> Verdict:
    workspace = Workspace.open(desk)
    standard = Standard.load(workspace.standard)
    return judge(gathered(workspace.dataset(NAME), report, Rules(), standard, target, None))


def stand(desk: Path, report: Report, **limits: Any) -> Decision:
    workspace = Workspace.open(desk)
    dataset, standard = workspace.dataset(NAME), Standard.load(workspace.standard)
    shape = gathered(dataset, report, Rules(), standard, "local", None, shaped=True).shape
    return result_of(record.stand(dataset, report, WHO, shape, limits))


def asked(desk: Path, report: Report, target: str = "local") -> list[str]:
    """The one Finding that asks, by what it names."""
    (found,) = verdict(desk, report, target).refused
    assert found.rule == "approval-outgrown"
    return [one["mistake"] for one in found.values["new"]]


def saphan(desk: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.cli, [*words, "--workspace", str(desk), "--lang", "th"], catch_exceptions=False)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = small_desk(tmp_path, NAME)
    written(folder, week(0))
    return folder


def test_fifty_two_refreshes_of_an_unchanged_shape_need_one_signature(desk: Path) -> None:
    """Three weeks are built; those between are the same release with the rows and sources of the week."""
    with clock.frozen(FIRST):
        report = built(desk)
        stand(desk, report)
    folder, workspace = desk / NAME, Workspace.open(desk)
    dataset, standard = workspace.dataset(NAME), Standard.load(workspace.standard)
    profile = json.loads((folder / "release/profile.json").read_text("utf-8"))
    signed = (folder / "decisions.yaml").read_bytes()
    for number in range(52):
        with clock.frozen(
            min(FIRST + timedelta(weeks=number), datetime.fromisoformat("2027-09-29T00:00:00+00:00"))
        ):
            if number in (1, 26, 51):
                written(desk, week(number))
                report = built(desk)
            else:
                profile["funds"]["rows"] = 40 + number % 7
                (folder / "release/profile.json").write_text(json.dumps(profile), "utf-8")
                report = Report(
                    dataset=NAME,
                    release=f"sha256:{number:064}",
                    inputs={**report.inputs, "source/funds.csv": f"sha256:{number:064}"},
                    findings=report.findings,
                )
            now = judge(gathered(dataset, report, Rules(), standard, "local", None))
            assert now.refused == () and [one.kind for one in now.under] == ["standing"], number
    assert (folder / "decisions.yaml").read_bytes() == signed


def test_it_is_over_with_the_fiscal_year_whatever_it_says(desk: Path) -> None:
    with clock.frozen(FIRST):
        report = built(desk)
        assert stand(desk, report).rest["expires"] == "2027-09-30"
    edit(desk, "decisions.yaml", "'2027-09-30'", "'2099-09-30'")  # by hand, beyond what may be signed
    with clock.frozen(datetime.fromisoformat("2027-09-30T12:00:00+00:00")):
        assert verdict(desk, report).refused == ()
    with clock.frozen(datetime.fromisoformat("2027-09-30T18:00:00+00:00")):  # 1 October in Thailand
        assert asked(desk, report) == ["grown-expired"]


def test_a_longer_one_cannot_be_signed(desk: Path) -> None:
    saphan(desk, "build")
    done = saphan(desk, "approve", NAME, "--standing", "--as", "สมหญิง", "--expires", "2398-09-30", "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["kind"]) == (2, "standing-year")


def test_a_refresh_goes_out_under_it_and_is_journalled_so(desk: Path) -> None:
    saphan(desk, "build")
    assert saphan(desk, "approve", NAME, "--standing", "--as", "สมหญิง").exit_code == 0
    assert saphan(desk, "push", "--yes").exit_code == 0
    written(desk, week(3))
    done = saphan(desk, "publish", "--yes")
    assert done.exit_code == 0
    assert "อนุมัติต่อเนื่อง" in done.stdout
    engine = open_database(Workspace.open(desk).database_url)
    rows = [
        row for row in Journal(engine, actor="t").entries(dataset=NAME, kind="checked") if row.target == "local"
    ]
    engine.dispose()
    assert [[one["kind"] for one in row.body["under"]] for row in rows] == [["standing"], ["standing"]]
    assert len({row.body["release"] for row in rows}) == 2


NEW: dict[str, tuple[str, str, str, list[str]]] = {
    "a column": (
        "datapackage.yaml",
        "description: วันที่ตั้งกองทุน}\n",
        "description: วันที่ตั้งกองทุน}\n        - {name: extra, type: string, title: ก, description: ก}\n",
        ["grown-bound", "grown-column"],
    ),
    "a recipe": ("recipe.yaml", "resources:", "# ใหม่\nresources:", ["grown-bound"]),
    "a word": ("source/provinces.csv", "น่าน\n", "น่าน\nพะเยา\n", ["grown-vocabulary"]),
}


@pytest.mark.parametrize("new", NEW)
def test_what_is_new_is_asked_for_once_and_named(desk: Path, new: str) -> None:
    stand(desk, built(desk))
    path, old, text, expected = NEW[new]
    edit(desk, path, old, text)
    if new == "a column":
        edit(desk, "recipe.yaml", "founded}}", "founded, เพิ่ม: extra}}")
        written(desk, (week(0)[0].replace("ตั้ง\n", "ตั้ง,เพิ่ม\n").replace("๒๕๖๗\n", "๒๕๖๗,ก\n"), week(0)[1]))
    report = built(desk)
    assert asked(desk, report) == expected
    stand(desk, report)  # once
    assert verdict(desk, report).refused == ()


def test_one_approval_lets_one_outgrown_release_out(desk: Path) -> None:
    stand(desk, built(desk))
    edit(desk, "source/provinces.csv", "น่าน\n", "น่าน\nพะเยา\n")
    report = built(desk)
    dataset = Workspace.open(desk).dataset(NAME)
    result_of(record.approve(dataset, report, WHO))
    assert [one.kind for one in verdict(desk, report).under] == ["approval"]
    written(desk, week(2, extra="พะเยา\n"))
    assert asked(desk, built(desk)) == ["grown-vocabulary"]


def test_another_target_has_no_part_in_it(desk: Path) -> None:
    report = built(desk)
    stand(desk, report)
    assert [found.rule for found in verdict(desk, report, "elsewhere").refused] == ["approval-missing"]


def test_titles_may_be_put_right(desk: Path) -> None:
    stand(desk, built(desk))
    edit(desk, "datapackage.yaml", "title: สมาชิก, description: จำนวนคน", "title: จำนวนสมาชิก, description: คน")
    assert verdict(desk, built(desk)).refused == ()


def shape(**more: Any) -> dict[str, Any]:
    told = {"format": "csv", "key": None, "columns": {"a": "1"}, "vocabulary": {"a": "x y"}, "rows": 100}
    told |= {"latest": "2026-10-01", "quality": 99.0, **more}
    return {**dict.fromkeys(scope.BOUND, "same"), "resources": {"r": told}, "personal": []}


LIMITS = {"rows": 10, "until": "2026-12-31", "quality": 5, "k": 3}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"rows": 110}, []),
        ({"rows": 111}, ["grown-rows"]),
        ({"rows": 89}, ["grown-rows"]),
        ({"latest": "2026-12-31T23:00:00"}, []),
        ({"latest": "2027-01-01"}, ["grown-until"]),
        ({"k": 3}, []),
        ({"k": 2}, ["grown-k"]),
        ({"quality": 94.0}, []),
        ({"quality": 93.9}, ["grown-quality"]),
        ({"vocabulary": {"a": "y"}}, []),
        ({"vocabulary": {"a": "y z"}}, ["grown-vocabulary"]),
        ({"columns": {}}, ["grown-column-gone"]),
        ({"format": "xlsx"}, ["grown-form"]),
        ({"key": ["a"]}, ["grown-form"]),
    ],
)
def test_a_limit_holds_up_to_its_edge(more: Mapping[str, Any], expected: list[str]) -> None:
    assert [one["mistake"] for one in scope.outgrown({**shape(), "limits": LIMITS}, shape(**more))] == expected


@pytest.mark.parametrize("name", scope.BOUND)
def test_each_thing_it_binds_to_is_asked_about(name: str) -> None:
    (found,) = scope.outgrown({**shape(), "limits": LIMITS}, {**shape(), name: "other"})
    assert found["mistake"] == "grown-bound" and found["what"]["th"] and found["what"]["en"] != f"bound-{name}"


def test_personal_data_never_found_before_are_asked_about(desk: Path) -> None:
    report = built(desk)
    stand(desk, report)
    at = Place(dataset=NAME, resource="funds", column="fund")
    warned = Finding(rule="personal-phone", severity="warning", at=at)
    more = Report(
        dataset=NAME, release="sha256:" + "0" * 64, inputs=report.inputs, findings=(*report.findings, warned)
    )
    assert asked(desk, more) == ["grown-personal"]


def test_the_record_holds_no_cell(desk: Path) -> None:
    stand(desk, built(desk))
    text = (desk / NAME / "decisions.yaml").read_text("utf-8")
    assert not any(place in text for place in PLACES)
    assert stored.file_hash(desk / NAME / "recipe.yaml") in text and RECIPE
