"""`saphan fix` on a desk: what it mends, what it leaves, and that nothing else in the file is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from publishing import DESCRIPTOR

import cli
from catalog.journal import Journal
from catalog.store.database import open_database
from metadata.workspace import Workspace

WORKSPACE = """\
agency: {name: dept, title: กรมตัวอย่าง, title_en: Sample Department}
approvals: none
defaults: {about: {data_source: "ระบบ\u200bงาน"}}
"""
FAULTY = """\
# คำอธิบายชุดข้อมูล: บรรทัดนี้ต้องอยู่ต่อไป
name: faulty
title: "จำ\u200bนวนกองทุน ปี 2567"   # ชื่อ
description: >-
  ข้อมูลกองทุนที่สร้างขึ้นเพื่อทดสอบ
  มีอักขระ\u200bซ่อนอยู่ และสระอํา
  ในบรรทัดนี้ด้วย

  # ไม่ใช่หมายเหตุ

# ก่อนคำสำคัญ
keywords: [กองทุน, 'สวัสดิการ, ชุมชน', กองทุน]
licenses:
- name: 'open  data_common'   # สัญญาอนุญาต
about:
  data_type: ระเบียน
  maintainer: กลุ่มงานข้อมูล
  maintainer_email: mailto:data@agency.example
  objective:
    - พันธกิจหน่วยงาน  # แรก
    - Mission of the agency
    - เพื่อการให้บริการประชาชน
  update_frequency_unit: รายปี
  update_frequency_interval: "๑"
  geo_coverage: 'จังหวัด '
  data_category: ข้อมูล สาธารณะ
  data_classification: เปิดเผย
  created_date: 2567-01-31
  last_updated_date: "5 ต.ค. 2569"
  data_collect: อื่น ๆ
  data_collect_other: กองทุน
resources:
  - name: funds
    title: รายชื่อกองทุน
    path: release/funds.csv
    about: {resource_created_date: 31/01/2567}
    schema: {fields: [{name: fund, type: string}]}
"""
MENDED = """\
# คำอธิบายชุดข้อมูล: บรรทัดนี้ต้องอยู่ต่อไป
name: faulty
title: "จำนวนกองทุน ปี 2567"   # ชื่อ
description: >-
  ข้อมูลกองทุนที่สร้างขึ้นเพื่อทดสอบ
  มีอักขระซ่อนอยู่ และสระอำ
  ในบรรทัดนี้ด้วย

  # ไม่ใช่หมายเหตุ

# ก่อนคำสำคัญ
keywords: [กองทุน, สวัสดิการ, ชุมชน]
licenses:
- name: 'Open Data Common'   # สัญญาอนุญาต
about:
  data_type: ข้อมูลระเบียน
  maintainer: กลุ่มงานข้อมูล
  maintainer_email: data@agency.example
  objective:
    - พันธกิจหน่วยงาน  # แรก
    - เพื่อการให้บริการประชาชน
  update_frequency_unit: ปี
  update_frequency_interval: "1"
  geo_coverage: 'จังหวัด '
  data_category: ข้อมูลสาธารณะ
  data_classification: เปิดเผย
  created_date: 2024-01-31
  last_updated_date: "2026-10-05"
  data_collect: อื่นๆ
  data_collect_other: กองทุน
  data_format: [CSV]
  allow_harvest: "True"
resources:
  - name: funds
    title: รายชื่อกองทุน
    path: release/funds.csv
    about: {resource_created_date: 2024-01-31}
    schema: {fields: [{name: fund, type: string}]}
"""
RECIPE = "resources: {funds: {reads: {path: source/funds.csv}}}\n"
SOURCE = "fund\nก\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk with one faulty dataset."""
    (tmp_path / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
    dataset(tmp_path, "faulty", FAULTY)
    return tmp_path


def dataset(desk: Path, name: str, text: str, recipe: str = RECIPE) -> Path:
    """A dataset's folder; gives the path of its description."""
    folder = desk / name
    (folder / "source").mkdir(parents=True)
    (folder / "source/funds.csv").write_text(SOURCE, encoding="utf-8")
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    (folder / "datapackage.yaml").write_bytes(text.encode())
    return folder / "datapackage.yaml"


def fix(desk: Path, *words: str, said: str | None = None) -> Result:
    """`saphan fix` on that desk."""
    return CliRunner().invoke(cli.cli, ["fix", *words, "--workspace", str(desk), "--lang", "en"], input=said)


def told(done: Result) -> dict[str, Any]:
    """The JSON document of a command, whatever else was said."""
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_what_needs_no_judgement_is_mended_and_nothing_else_is_touched(desk: Path) -> None:
    done = fix(desk, "faulty", "--yes", "--json")
    assert done.exit_code == 0, done.output
    assert (desk / "faulty/datapackage.yaml").read_text(encoding="utf-8") == MENDED
    assert (desk / "faulty/source/funds.csv").read_text(encoding="utf-8") == SOURCE
    assert sorted(path.name for path in (desk / "faulty").iterdir()) == [
        "datapackage.yaml",
        "recipe.yaml",
        "source",
    ]
    (one,) = told(done)["datasets"]
    changes = {change["key"]: (change["fix"], change["to"]) for change in one["changes"]}
    assert changes["about.created_date"] == ("date", "2024-01-31")
    assert changes["about.allow_harvest"] == ("harvest", "True")
    assert changes["resources.funds.about.resource_created_date"] == ("date", "2024-01-31")
    assert [change["key"] for change in one["left"]] == ["about.data_source"], "it stands in workspace.yaml"


def test_a_second_run_finds_nothing(desk: Path) -> None:
    fix(desk, "--yes")
    before = (desk / "faulty/datapackage.yaml").stat().st_mtime_ns
    done = fix(desk, "--yes", "--json")
    assert done.exit_code == 0
    assert (told(done)["run"], told(done)["written"], told(done)["datasets"][0]["changes"]) == (None, 0, [])
    assert (desk / "faulty/datapackage.yaml").stat().st_mtime_ns == before


def test_a_dry_run_shows_old_and_new_and_writes_nothing(desk: Path) -> None:
    done = fix(desk, "--dry-run")
    assert done.exit_code == 1, "there is something to mend"
    assert "about.data_type: ระเบียน → ข้อมูลระเบียน" in done.output
    assert (desk / "faulty/datapackage.yaml").read_text(encoding="utf-8") == FAULTY
    assert not (desk / ".saphan").exists()


def test_nobody_to_ask_and_no_yes_changes_nothing(desk: Path) -> None:
    done = fix(desk, "--json")
    assert (done.exit_code, told(done)["error"]["kind"]) == (2, "confirm-needed")
    assert (desk / "faulty/datapackage.yaml").read_text(encoding="utf-8") == FAULTY


@pytest.mark.parametrize(("answer", "text"), [("y\n", MENDED), ("n\n", FAULTY)])
def test_a_terminal_is_asked(desk: Path, monkeypatch: pytest.MonkeyPatch, answer: str, text: str) -> None:
    monkeypatch.setattr("commands.mending.asked_for", lambda yes: None)
    done = fix(desk, said=answer)
    assert done.exit_code == (0 if text is MENDED else 1)
    assert (desk / "faulty/datapackage.yaml").read_text(encoding="utf-8") == text


def test_the_journal_has_what_was_mended_and_no_decision(desk: Path) -> None:
    run = told(fix(desk, "--yes", "--json"))["run"]
    engine = open_database(Workspace.open(desk).database_url)
    entries = [entry for entry in Journal(engine, actor="test").entries() if entry.run == run]
    engine.dispose()
    assert [(entry.kind, entry.dataset) for entry in entries] == [("started", "faulty"), ("finished", "faulty")]
    assert {"fix": "date", "key": "about.created_date"} in entries[0].body["fix"]
    assert entries[0].body["datapackage"]["to"] == entries[1].body["datapackage"]


def test_an_invalid_file_is_refused_and_the_others_go_on(desk: Path) -> None:
    broken = dataset(desk, "broken", "name: broken\nresources: 5\nabout: {data_type: ระเบียน}\n")
    done = fix(desk, "--yes", "--json")
    assert done.exit_code == 1
    assert [one["dataset"] for one in told(done)["refused"]] == ["broken"]
    assert (desk / "faulty/datapackage.yaml").read_text(encoding="utf-8") == MENDED
    alone = fix(desk, "broken", "--yes", "--json")
    assert (alone.exit_code, told(alone)["error"]["kind"]) == (2, "file-invalid")
    assert broken.read_text(encoding="utf-8").startswith("name: broken")


def test_line_ends_and_the_byte_order_mark_stay(desk: Path) -> None:
    path = dataset(
        desk, "windows", "\ufeff" + FAULTY.replace("name: faulty", "name: windows").replace("\n", "\r\n")
    )
    assert fix(desk, "windows", "--yes").exit_code == 0
    wanted = "\ufeff" + MENDED.replace("name: faulty", "name: windows").replace("\n", "\r\n")
    assert path.read_bytes() == wanted.encode()


def test_a_value_shared_by_an_alias_is_left_to_a_person(desk: Path) -> None:
    text = FAULTY.replace("name: faulty", "name: alias")
    text = text.replace("created_date: 2567-01-31", "created_date: &day 2567-01-31")
    path = dataset(desk, "alias", text.replace('last_updated_date: "5 ต.ค. 2569"', "last_updated_date: *day"))
    done = fix(desk, "alias", "--yes", "--json")
    left = [change["key"] for change in told(done)["datasets"][0]["left"]]
    assert {"about.created_date", "about.last_updated_date"} <= set(left)
    assert "&day 2567-01-31" in path.read_text(encoding="utf-8")


def test_a_person_gives_what_only_a_person_can_say(desk: Path) -> None:
    done = fix(desk, "faulty", "--set", "objective=กฎหมายที่เกี่ยวข้อง", "--set", "objective=มติ คณะรัฐมนตรี",
               "--set", "title_en=Funds", "--yes")  # fmt: skip
    assert done.exit_code == 2, "title_en is no term of the standard"
    done = fix(desk, "faulty", "--set", "objective=กฎหมายที่เกี่ยวข้อง", "--set", "objective=มติ คณะรัฐมนตรี", "--yes")
    assert done.exit_code == 0, done.output
    dataset = Workspace.open(desk).dataset("faulty")
    assert dataset.about["objective"] == ["กฎหมายที่เกี่ยวข้อง", "มติคณะรัฐมนตรี"]
    refused = fix(desk, "faulty", "--set", "geo_coverage=ดาวอังคาร", "--yes", "--json")
    assert (refused.exit_code, told(refused)["error"]["kind"]) == (2, "fix-value")


def test_the_description_of_a_sound_dataset_has_nothing_to_mend(desk: Path) -> None:
    about = (
        "{data_type: ข้อมูลระเบียน, maintainer: กลุ่ม, maintainer_email: a@b.example, objective: [พันธกิจหน่วยงาน],"
        " update_frequency_unit: ปี, geo_coverage: จังหวัด, data_source: ระบบ, data_format: [CSV],"
        " data_category: ข้อมูลสาธารณะ, data_classification: เปิดเผย, allow_harvest: 'True'}"
    )
    recipe = (
        "resources: {funds: {reads: {path: source/funds.csv}}, provinces: {reads: {path: source/funds.csv}}}\n"
    )
    dataset(desk, "sound", DESCRIPTOR.format(name="sound", about=about), recipe)
    assert told(fix(desk, "sound", "--dry-run", "--json"))["datasets"][0]["changes"] == []
