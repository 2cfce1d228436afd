"""The gate: what goes out under which decision, on every road; and what no decision lets out."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from publishing import FUNDS, small_desk

import cli
from catalog.decisions.cover import Case, Cells, covering
from catalog.decisions.gate import judge
from catalog.decisions.kinds import never
from catalog.decisions.state import state
from catalog.journal import Journal
from catalog.public.refusals import clause
from catalog.store.database import open_database
from catalog.store.filled import Filled
from catalog.web.pages.columns import described, known
from catalog.web.words import Speech
from catalog.wire import table
from metadata import clock
from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place
from metadata.release import Decision, File, Report
from metadata.workspace import Workspace
from pipelines.govern.personal.entity import ENTITIES

ROOT = Path(__file__).parents[1]
NAME = "funds-desk"
RELEASE = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32
AT = "2026-11-20T04:00:00.000+00:00"
TODAY = clock.today()
PHONE = Place(dataset=NAME, resource="funds", column="tel", row=2)


def saphan(desk: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.cli, [*words, "--workspace", str(desk), "--lang", "th"], catch_exceptions=False)


def approve(desk: Path, *more: str) -> Result:
    return saphan(desk, "approve", NAME, "--as", "สมหญิง ตัวอย่าง", *more)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path / "desk", NAME)


def refused(desk: Path, *words: str) -> list[str]:
    """The rules by which a road is closed; the catalog must hold nothing of it."""
    told = json.loads(saphan(desk, *words, "--json").stdout)
    assert told["changes"] == [] and told["writes"] == 0
    return [found["rule"] for one in told["refused"] for found in one["findings"]]


# ---------------------------------------------------------------- on the desk


def test_every_road_asks_for_an_approval_of_exactly_this_release(desk: Path) -> None:
    saphan(desk, "build")
    assert refused(desk, "plan") == ["approval-missing"]
    assert approve(desk).exit_code == 0
    assert saphan(desk, "plan", "--save", str(desk / "plan.json")).exit_code == 1  # there are changes
    (desk / NAME / "source/funds.csv").write_text(FUNDS.replace(",20,", ",21,"), "utf-8")
    saphan(desk, "build")
    for road in (("plan",), ("push", "--yes"), ("publish", "--yes"), ("push", "--yes", "--overwrite")):
        assert refused(desk, *road) == ["approval-missing"], road
    kept = json.loads(saphan(desk, "push", "--plan", str(desk / "plan.json"), "--yes", "--json").stdout)
    assert kept["error"]["kind"] == "plan-outdated"
    told = saphan(desk, "push", "--yes").stdout
    assert "saphan approve" in told and "--role owner" in told and "เจ้าของข้อมูล" in told
    assert approve(desk).exit_code == 0
    assert saphan(desk, "push", "--yes").exit_code == 0


def test_where_none_is_required_none_is_asked_for(tmp_path: Path) -> None:
    desk = small_desk(tmp_path, NAME, settings="approvals: none\n")
    assert saphan(desk, "publish", "--yes").exit_code == 0


def test_what_went_out_is_journalled_with_the_decision(desk: Path) -> None:
    saphan(desk, "build")
    approve(desk)
    saphan(desk, "push", "--yes")
    engine = open_database(Workspace.open(desk).database_url)
    rows = [
        row for row in Journal(engine, actor="t").entries(dataset=NAME, kind="checked") if row.target == "local"
    ]
    engine.dispose()
    assert [(one["kind"], one["by"]) for row in rows for one in row.body["under"]] == [
        ("approval", "สมหญิง ตัวอย่าง")
    ]


def test_a_dataset_of_personal_data_is_approved_by_its_owner_and_the_protection_officer(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "datasets/member-register", tmp_path / "member-register")
    (tmp_path / "member-register/decisions.yaml").unlink()
    shutil.copy(ROOT / "datasets/workspace.yaml", tmp_path)
    saphan(tmp_path, "build")
    who = ("approve", "member-register", "--as", "สมหญิง ตัวอย่าง")
    saphan(tmp_path, *who)
    (found,) = json.loads(saphan(tmp_path, "plan", "--json").stdout)["refused"][0]["findings"]
    assert (found["rule"], len(found["values"]["roles"])) == ("approval-missing", 1)
    assert "--role dpo" in found["remedy"]
    saphan(tmp_path, *who, "--role", "dpo")
    assert not json.loads(saphan(tmp_path, "plan", "--json").stdout)["refused"]


# ---------------------------------------------------------------- pure


def a_case(*decisions: dict[str, Any], findings: tuple[Finding, ...] = (), **more: Any) -> Case:
    lines = tuple(Decision.of({"by": "สมหญิง", "role": "owner", "at": AT, **one}) for one in decisions)
    schema = {"fields": [{"name": "tel", "type": "string"}]}
    resource = Resource(name="funds", descriptor={"path": "release/funds.csv", "schema": schema})
    dataset = Dataset(name=NAME, folder=Path(), descriptor={}, resources=(resource,), decisions=lines)
    report = Report(dataset=NAME, release=RELEASE, findings=findings)
    return Case(dataset=dataset, report=report, today=TODAY, **more)


def rules(case: Case) -> list[str]:
    return [found.rule for found in judge(case).refused]


APPROVAL = {"kind": "approval", "release": RELEASE}
SECOND = {"by": "สมชาย", "role": "dpo"}
WAIVER: dict[str, Any] = {
    "kind": "waiver",
    "rule": "personal-phone",
    "places": [{"resource": "funds", "column": "tel"}],
    "reason": "เบอร์กลาง",
    "second": SECOND,
    "release": RELEASE,
}
FOUND = (Finding(rule="personal-phone", at=PHONE),)
LAWFUL = {**WAIVER, "kind": "lawful", "basis": "ผู้ดำรงตำแหน่ง", "clause": "มาตรา 7"}
NOBODY = {**WAIVER, "kind": "not-personal", "cells": ["d1"]}
CELLS = {("funds", "tel"): Cells(rows={2: "d1", 3: "d2"}, counts={"d1": 2, "d2": 1})}


@pytest.mark.parametrize(
    "slip",
    [
        {"release": OTHER},
        {"role": "dpo"},
        {"by": "  "},
        {"expires": "2020-01-01"},
        {"expires": "วันไหนสักวัน"},
        {"kind": "standing"},
        {"kind": "blessing"},
    ],
)
def test_an_approval_holds_by_release_role_name_and_day(slip: dict[str, str]) -> None:
    assert rules(a_case(APPROVAL)) == []
    assert rules(a_case({**APPROVAL, **slip})) == ["approval-missing"]


def test_the_owner_approves_after_the_steward_has_certified() -> None:
    steward = {**APPROVAL, "role": "steward", "at": "2026-11-20T05:00:00.000+00:00"}
    late = {**APPROVAL, "at": "2026-11-20T06:00:00.000+00:00"}
    both = ("steward", "owner")
    assert judge(a_case(APPROVAL, signatures=both)).missing == both
    assert judge(a_case(APPROVAL, steward, signatures=both)).missing == ("owner",)
    assert judge(a_case(steward, late, signatures=both)).missing == ()


def test_the_states_the_portals_know() -> None:
    steward = {**APPROVAL, "role": "steward"}
    both = ("owner", "dpo")
    assert state(a_case(APPROVAL, findings=FOUND)) == "draft"
    assert state(a_case()) == "review"
    assert state(a_case(approvals="none")) == "unasked"
    assert state(a_case(steward)) == "certified"
    assert state(a_case(steward, APPROVAL, signatures=both)) == "awaiting"
    assert state(a_case(steward, APPROVAL)) == "approved"
    assert state(a_case({"kind": "refusal", "ground": "royal", "section": "14"}, APPROVAL)) == "draft"


@pytest.mark.parametrize(
    "decision",
    [WAIVER, LAWFUL, NOBODY],
    ids=["waiver", "lawful", "not-personal"],
)
def test_a_decision_covers_its_rule_in_its_column_and_nothing_else(decision: dict[str, Any]) -> None:
    case = a_case(APPROVAL, decision, findings=FOUND, cells=CELLS)
    assert rules(case) == [] and not case.report.passed
    assert [(found.rule, one.kind) for found, one in judge(case).covered] == [("personal-phone", decision["kind"])]
    others = (
        Finding(rule="personal-email", at=PHONE),
        Finding(rule="personal-phone", at=Place(dataset=NAME, resource="funds", column="fax", row=2)),
        Finding(rule="personal-phone", at=Place(dataset=NAME, resource="other", column="tel", row=2)),
    )
    for found in others:
        assert rules(a_case(APPROVAL, decision, findings=(found,), cells=CELLS)) == [found.rule]


@pytest.mark.parametrize(
    "slip",
    [
        {"second": None},
        {"second": {"by": "สมหญิง", "role": "dpo"}},
        {"second": {"by": " สมหญิง ", "role": "dpo"}},
        {"second": {"by": "สมชาย", "role": "owner"}},
        {"second": {"by": "สมชาย", "role": "cook"}},
        {"second": {"by": "", "role": "dpo"}},
        {"by": "builder"},
        {"second": {"by": "Builder", "role": "dpo"}},
        {"release": OTHER},
        {"release": None},
        {"expires": "2020-01-01"},
    ],
)
def test_a_waiver_needs_two_people_of_two_roles_who_did_not_build_it(slip: dict[str, Any]) -> None:
    case = a_case(APPROVAL, {**WAIVER, **slip}, findings=FOUND, builders=frozenset({"builder"}))
    assert rules(case) == ["personal-phone"]


def test_not_personal_lapses_when_the_cell_changes_and_counts_what_it_knows() -> None:
    changed = {("funds", "tel"): Cells(rows={2: "d9"}, counts={"d9": 1})}
    assert rules(a_case(APPROVAL, NOBODY, findings=FOUND, cells=changed)) == ["personal-phone"]
    count = Finding(
        rule="personal-phone-count", at=Place(dataset=NAME, resource="funds", column="tel"), values={"count": 2}
    )
    assert rules(a_case(APPROVAL, NOBODY, findings=(*FOUND, count), cells=CELLS)) == []
    more = Finding(rule=count.rule, at=count.at, values={"count": 3})
    assert rules(a_case(APPROVAL, NOBODY, findings=(*FOUND, more), cells=CELLS)) == ["personal-phone-count"]
    assert rules(a_case(APPROVAL, NOBODY, {**NOBODY, "cells": ["d2"]}, findings=(more,), cells=CELLS)) == []


@pytest.mark.parametrize("slip", [{"basis": ""}, {"clause": None}, {"role": "steward"}])
def test_a_lawful_disclosure_names_basis_and_clause_by_who_may(slip: dict[str, Any]) -> None:
    assert rules(a_case(APPROVAL, {**LAWFUL, **slip}, findings=FOUND)) == ["personal-phone"]


NEVER = [
    "personal-national-id",
    "personal-national-id-count",
    "personal-national-id-label",
    "personal-national-id-text",
]


@pytest.mark.parametrize("rule", NEVER)
def test_no_decision_lets_out_what_may_never_go_out(rule: str) -> None:
    assert never(rule)
    found = Finding(rule=rule, at=PHONE, values={"count": 1})
    every = [{**one, "rule": name} for one in (WAIVER, LAWFUL, NOBODY) for name in (rule, "personal-national-id")]
    for approvals in ("required", "none"):
        case = a_case(APPROVAL, *every, findings=(found,), cells=CELLS, approvals=approvals)
        assert rules(case) == [rule]
        assert covering(found, case) is None


def test_what_may_never_go_out_stays_in_under_a_rule_of_several_kinds() -> None:
    decision = {**WAIVER, "rule": "personal-inside"}
    phone = Finding(rule="personal-inside", at=PHONE, values={"entity": "phone"})
    number = Finding(rule="personal-inside", at=PHONE, values={"entity": "national-id"})
    assert rules(a_case(APPROVAL, decision, findings=(phone,))) == []
    assert rules(a_case(APPROVAL, decision, findings=(number,))) == ["personal-inside"]


@pytest.mark.parametrize("name", [one.name for one in ENTITIES.values() if one.kind == "sensitive"])
def test_section_26_is_among_it(name: str) -> None:
    assert never(f"personal-{name}") and never(f"personal-{name}-count")
    assert not never("personal-phone-count")


def test_a_refusal_of_section_14_is_lifted_by_nobody_and_one_of_section_15_by_the_owner() -> None:
    sealed = {"kind": "refusal", "ground": "royal", "section": "14", "expires": "2020-01-01"}
    held = {"kind": "refusal", "ground": "opinion", "section": "15 (3)", "at": "2026-11-21T04:00:00.000+00:00"}
    later = {**APPROVAL, "at": "2026-11-22T04:00:00.000+00:00"}
    assert rules(a_case(APPROVAL, held)) == ["refusal-stands"]
    assert rules(a_case(held, approvals="none")) == ["refusal-stands"]
    assert rules(a_case(APPROVAL, held, later)) == []
    assert rules(a_case(sealed, later)) == ["refusal-sealed"]
    assert rules(a_case(sealed, later, approvals="none")) == ["refusal-sealed"]
    assert rules(a_case({**sealed, "column": "gone"}, later)) == []
    assert rules(a_case({**sealed, "column": "tel"}, later)) == ["refusal-sealed"]


def test_what_the_description_puts_under_section_14_does_not_go_out_with_its_data() -> None:
    case = a_case(APPROVAL)
    under = replace(case.dataset, descriptor={"about": {"closed_clause": "royal"}})
    assert rules(replace(case, dataset=under)) == ["refusal-sealed"]
    assert rules(replace(case, dataset=replace(under, resources=()))) == []


def test_the_class_of_a_column_stands_in_the_dictionary_that_is_published() -> None:
    fields = [{"name": "tel", "type": "string", "class": "public"}, {"name": "fax", "type": "string"}]
    resource = Resource(name="funds", descriptor={"schema": {"fields": fields}})
    told = table(resource, File(path="funds.csv", sha256="sha256:0", bytes=1, rows=1))["fields"]
    assert [one["info"].get("class") for one in told] == ["public", None]
    counts = Filled(rows=1, looked=1, values=(1, 1), examples=("x", "y"))
    for language, word in (("th", "เปิดเผย"), ("en", "Open")):
        say = Speech(language)
        seen = described(told, known(told, [["x", "y"]]), counts, say)
        assert [one.level for one in seen] == [word, ""]


def test_a_kind_of_the_act_is_told_in_words_to_whoever_looks_for_the_data() -> None:
    assert "มาตรา 15 (5)" in clause("privacy") and "2540" in clause("privacy")
    assert clause("พ.ร.บ. อื่น มาตรา 1") == "พ.ร.บ. อื่น มาตรา 1"
