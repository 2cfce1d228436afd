"""`saphan fix` on a desk: what it mends, what it leaves, and that nothing else in the file is touched."""

from __future__ import annotations

import io
import json
import os
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from audit_generated import SITE, catalogue
from click.testing import CliRunner, Result
from publishing import DESCRIPTOR
from ruamel.yaml import YAML

import cli
from catalog import wire
from catalog.audit import run
from catalog.audit.entry import Entry
from catalog.audit.fixing.fixes import Fix
from catalog.audit.fixing.mend_desk import Change, Mended, mended, write
from catalog.audit.fixing.whatif import Board
from catalog.audit.run import Audit
from catalog.audit.sources import OfDesk
from catalog.journal import Journal
from catalog.store.database import open_database
from metadata import clock
from metadata.event import result_of
from metadata.pack import packaged
from metadata.standard import Standard
from metadata.workspace import Workspace

STANDARD = Standard.load("gdc-2.2.4")
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


def test_a_file_that_is_edited_while_a_terminal_is_asked_is_left_alone(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk / "faulty/datapackage.yaml"

    def answer(*_: Any, **__: Any) -> bool:
        with Workspace.open(desk).lock():  # others work meanwhile
            path.write_text(FAULTY + "# more\n", encoding="utf-8")
        return True

    monkeypatch.setattr("commands.mending.asked_for", lambda yes: None)
    monkeypatch.setattr("click.confirm", answer)
    done = fix(desk, "--json")
    assert (done.exit_code, told(done)["error"]["kind"]) == (2, "changed-meanwhile")
    assert path.read_text(encoding="utf-8") == FAULTY + "# more\n"


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


def test_a_file_that_changed_meanwhile_is_left_alone(desk: Path) -> None:
    found = mended(Workspace.open(desk), "faulty", STANDARD)
    path = desk / "faulty/datapackage.yaml"
    path.write_text(FAULTY + "# more\n", encoding="utf-8")
    assert result_of(write([found])) == 0
    assert path.read_text(encoding="utf-8") == FAULTY + "# more\n"


def test_one_writer_at_a_time(desk: Path) -> None:
    with Workspace.open(desk).lock():
        done = fix(desk, "--yes", "--json")
    assert (done.exit_code, told(done)["error"]["kind"]) == (5, "locked")
    assert (desk / "faulty/datapackage.yaml").read_text(encoding="utf-8") == FAULTY


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


DESKS = int(os.environ.get("SAPHAN_WHATIF", "24")) // 4


def written(random: Random, entry: Entry, style: str) -> str:
    """A generated dataset as a `datapackage.yaml`, in the long or the short form, quoted now and then."""
    package = {one["key"]: one["value"] for one in entry.package["extras"]} | dict(entry.package)
    about = {
        term.field_name: package[term.field_name]
        for term in STANDARD.terms
        if term.property is None and package.get(term.field_name) not in (None, "", [], " ")
    }
    about.pop("owner_org", None)
    about = {key: spoilt(random, value) for key, value in about.items()}
    made: dict[str, Any] = {"name": entry.name, "title": package.get("title"), "about": about}
    made |= {"description": package.get("notes"), "keywords": [one["name"] for one in package["tags"]]}
    if package.get("license_id"):
        made["licenses"] = [{"name": package["license_id"]}]
    made = {key: value for key, value in made.items() if value}
    if random.random() < 0.7:
        made["resources"] = [
            {"name": f"r{at}", "title": one.get("name") or "ก", "about": {
                key: value for key, value in one.items() if key.startswith("resource_") and value}}
            for at, one in enumerate(package["resources"])
        ]  # fmt: skip
    yaml = YAML()
    yaml.default_flow_style = style == "short"
    yaml.allow_unicode = True
    yaml.width = 80
    if style == "quoted":
        yaml.default_style = '"'  # type: ignore[assignment]
    out = io.StringIO()
    yaml.dump(json.loads(json.dumps(made).replace("\\u000b", "").replace("\\u0000", "")), out)
    return out.getvalue()


def spoilt(random: Random, value: Any) -> Any:
    """A value as people also write it: with characters nobody sees, in Thai digits, apart, twice."""
    if isinstance(value, list):
        return [spoilt(random, one) for one in value] * random.choice([1, 1, 2])
    text = str(value)
    return random.choice(
        [
            value, value, value, text[:1] + "\u200b" + text[1:], text.replace("2", "๒").replace("0", "๐"),
            " ".join(text), f"{text}.", text.upper(),
        ]
    )  # fmt: skip


def audited(workspace: Workspace) -> Audit:
    """The audit of a desk."""
    source = OfDesk(workspace=workspace, standard=STANDARD, site=SITE)
    packs = tuple({pack["key"]: pack for pack in packaged().values()}.values())
    return result_of(run.audit(source, run.Terms(standard=STANDARD, packs=packs, day=clock.today())))


def as_fix(one: Mended, change: Change) -> Fix:
    """What `saphan fix` changes, as a fix that what-if can be asked about."""
    fields = {"license_id" if change.key == "licenses[0].name" else change.field: change.after}
    key = wire.resource_id("dept", one.name, change.resource) if change.resource else None
    effect = {"resources": {key: fields}} if key else {"fields": fields}
    return Fix(dataset=one.name, fix=change.fix, judgement=False, effect=effect)


@pytest.mark.workers
@pytest.mark.parametrize("seed", range(DESKS))
def test_the_score_is_as_predicted_once_the_desk_is_mended(tmp_path: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not for keys
    (tmp_path / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
    for entry in next(found for more in count() if (found := catalogue(seed + 10_000 * more, 4))):
        text = written(random, entry, random.choice(["long", "short", "quoted"]))
        resources = text.count("name: r") + text.count('"name": "r')
        made = ", ".join(f"r{at}: {{reads: {{path: source/funds.csv}}}}" for at in range(resources))
        dataset(tmp_path, entry.name, text, f"resources: {{{made}}}\n")
        if not resources:
            (tmp_path / entry.name / "recipe.yaml").unlink()
    workspace = Workspace.open(tmp_path)
    before = audited(workspace)
    assert not before.failed
    found = [mended(workspace, one.name, STANDARD) for one in before.datasets]
    predicted = Board(before).predicted([as_fix(one, change) for one in found for change in one.changes])
    result_of(write(found))
    after = audited(workspace)
    assert not after.failed
    assert predicted == {key: one["value"] for key, one in after.scores.items()}
    for one in after.datasets:
        assert mended(workspace, one.name, STANDARD).changes == (), "a second run finds nothing"
