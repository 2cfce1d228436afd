"""The record of processing activities: asked for where there are personal data, printable, never published."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from docs_pages import ROOT
from publishing import Bench, opened_bench
from test_docs_json import documented, printed

import cli
from metadata import clock, processing
from metadata.errors import SetupError
from metadata.finding import Finding, Place
from metadata.processing_shape import register
from metadata.release import Report
from metadata.wording import finding as said
from metadata.workspace import Workspace

NEEDED = {"purpose", "basis", "people", "data", "retention", "recipients", "rights", "refusals", "security"}
WHOLE = """\
processing:
  purpose: "=ติดต่อสมาชิก"
  basis: [contract, law]
  sensitive-basis: explicit-consent
  people: [สมาชิก, ผู้ค้ำประกัน]
  data: ชื่อ | โทรศัพท์
  retention: 10 ปี
  recipients: ไม่มี
  rights: ติดต่อ DPO
  refusals: ไม่มี
  security: จำกัดสิทธิ
  controller: {name: หน่วยงานทดสอบ, telephone: 0 2000 0000}
  dpo: dpo@agency.example
"""
NAME = "test-funds"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened_bench(tmp_path, name=NAME) as made:
        yield made


def declare(bench: Bench, block: str = WHOLE) -> None:
    bench.edit("datapackage.yaml", "resources:", f"{block}resources:")


def found(bench: Bench, *more: Finding) -> list[Finding]:
    return list(processing.declared(bench.workspace().dataset(NAME), more))


def built(bench: Bench) -> Report:
    (outcome,) = bench.build()
    assert isinstance(outcome, Report)
    return outcome


def personal(severity: Any = "error") -> Finding:
    return Finding(rule="personal-national-id", severity=severity, at=Place(dataset=NAME))


def test_who_holds_personal_data_and_records_no_activity_is_warned(bench: Bench) -> None:
    assert found(bench) == []
    assert found(bench, personal("note")) == []
    (warned,) = found(bench, personal())
    assert (warned.rule, warned.severity, set(warned.values["items"])) == ("processing-missing", "warning", NEEDED)
    declare(bench)
    assert found(bench, personal()) == []
    bench.edit("datapackage.yaml", "  retention: 10 ปี\n", "")
    (warned,) = found(bench, personal())
    assert (warned.rule, warned.values["items"]) == ("processing-incomplete", ["retention"])
    assert register()["columns"]["retention"]["th"] in said(warned, "th")["message"]


def test_the_category_alone_asks_for_it(bench: Bench) -> None:
    bench.edit("datapackage.yaml", "ข้อมูลสาธารณะ", "ข้อมูลส่วนบุคคล")
    assert [one.rule for one in found(bench)] == ["processing-missing"]
    outcome = built(bench)
    assert "processing-missing" in {one.rule for one in outcome.findings}


@pytest.mark.parametrize(
    ("block", "mistake"),
    [
        (WHOLE.replace("law", "lawful"), "choice"),
        (WHOLE.replace("retention", "retenton"), "near"),
        ("processing: ตามกฎหมาย\n", "mapping"),
    ],
)
def test_a_block_that_cannot_be_meant_is_refused_with_its_line(bench: Bench, block: str, mistake: str) -> None:
    declare(bench, block)
    with pytest.raises(SetupError) as refused:
        bench.workspace().dataset(NAME)
    (told,) = refused.value.values["mistakes"]
    assert told["mistake"] == mistake
    assert told["line"] > 1


def test_the_block_leaves_with_no_release_and_changes_no_hash(bench: Bench) -> None:
    (before,) = bench.build()
    declare(bench)
    (after,) = bench.build()
    assert before.release == after.release
    bench.push()
    sent = json.dumps([bench.show(), [entry.body for entry in bench.journal.entries()]], ensure_ascii=False)
    release = "".join(path.read_text("utf-8") for path in (bench.folder / NAME / "release").glob("*.json"))
    assert "ติดต่อสมาชิก" not in sent + release
    assert "processing" not in json.loads((bench.folder / NAME / "release/datapackage.json").read_text("utf-8"))


def ask(folder: Path, *words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(cli.cli, ["register", "ropa", *words, "--json", "--workspace", str(folder)])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout_bytes)


def test_the_register_is_written_as_it_is_asked_for(bench: Bench, tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    declare(bench)
    told = ask(bench.folder, "--out", str(tmp_path / "r.csv"))
    page = documented("register ropa")
    assert printed([told, {"activities": [{"lacking": ["x"]}]}], page) == page
    (row,) = told["activities"]
    assert row["basis"].count("มาตรา") == 2
    assert row["lacking"] == []
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        head, line = csv.reader(file)
    columns = list(register()["columns"])
    assert len(head) == len(line) == len(columns)
    assert line[columns.index("purpose")] == "'=ติดต่อสมาชิก"
    assert line[columns.index("controller")] == "หน่วยงานทดสอบ, 0 2000 0000"
    ask(bench.folder, "--out", str(tmp_path / "r.md"))
    assert "ชื่อ \\| โทรศัพท์" in (tmp_path / "r.md").read_text("utf-8")
    ask(bench.folder, "--out", str(tmp_path / "r.xlsx"))
    sheet = CalamineWorkbook.from_path(tmp_path / "r.xlsx").get_sheet_by_index(0).to_python()
    assert sheet[0][0].startswith(register()["title"]["th"])
    with clock.frozen(datetime(2026, 11, 22, 20, tzinfo=UTC)):
        ask(bench.folder, "--out", str(tmp_path / "r.xlsx"))
    sheet = CalamineWorkbook.from_path(tmp_path / "r.xlsx").get_sheet_by_index(0).to_python()
    assert "23/11/2569 (2026-11-23)" in sheet[1][0]
    for item in range(1, 9):  # all that section 39 asks for, by its number
        assert [head for head in sheet[3] if f"มาตรา 39 ({item})" in head], item
    assert sheet[4][columns.index("purpose")] == "=ติดต่อสมาชิก"
    refused = ask(bench.folder, "--out", str(tmp_path / "r.pdf"), code=2)
    assert refused["error"]["kind"] == "register-format"


def test_a_dataset_that_records_nothing_is_in_the_register_with_what_is_missing(bench: Bench) -> None:
    bench.edit("datapackage.yaml", "ข้อมูลสาธารณะ", "ข้อมูลส่วนบุคคล")
    (row,) = ask(bench.folder)["activities"]
    # the DPO, too, is nobody's where neither the dataset nor workspace.yaml names one
    assert (row["dataset"], set(row["lacking"]), row["purpose"]) == (NAME, NEEDED | {"dpo"}, "")


def test_the_sample_desk_records_what_it_processes() -> None:
    workspace = Workspace.open(ROOT / "datasets")
    assert list(processing.declared(workspace.dataset("member-register"))) == []
