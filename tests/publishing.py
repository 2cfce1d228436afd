"""A small desk, and what must hold when it is published: run on our own catalog and on real CKANs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest

from catalog import push
from catalog.decisions.case import Rules
from catalog.journal import Journal, new_run
from catalog.portal.local import LocalPortal
from catalog.push import Pushed
from catalog.store.database import open_database
from catalog.survey import Plan, Surveyor, offered
from metadata.errors import PortalError, Refused, Unreachable
from metadata.event import result_of
from metadata.ports import Portal
from metadata.standard import Standard
from metadata.workspace import Workspace
from pipelines import run

DESCRIPTOR = """\
# คำอธิบายชุดข้อมูล (บรรทัดนี้ต้องอยู่ต่อไป)
name: {name}
title: กองทุนสวัสดิการชุมชน {name}
title_en: Welfare funds
description: ข้อมูลที่สร้างขึ้นเพื่อทดสอบ ไม่ใช่ข้อมูลจริง
keywords: [กองทุน, จังหวัด, welfare]
licenses: [{{name: Open Data Common}}]
about: {about}
resources:
  - name: funds
    title: รายชื่อกองทุน
    description: กองทุนละหนึ่งแถว
    path: release/funds.csv
    schema:
      fields:
        - {{name: fund, type: string, title: กองทุน, description: ชื่อกองทุน, title_en: Fund}}
        - {{name: members, type: integer, title: สมาชิก, description: จำนวนคน}}
        - {{name: money, type: number, title: เงินกองทุน, description: บาท}}
        - {{name: founded, type: date, title: วันที่ตั้ง, description: วันที่ตั้งกองทุน}}
  - name: provinces
    title: จังหวัด
    path: release/provinces.csv
    schema: {{fields: [{{name: province, type: string, title: จังหวัด, description: ชื่อจังหวัด}}]}}
"""
ABOUT = {
    "data_type": "ข้อมูลระเบียน",
    "maintainer": "กลุ่มงานข้อมูล",
    "maintainer_email": "data@agency.example",
    "objective": ["พันธกิจหน่วยงาน", "เพื่อการให้บริการประชาชน"],
    "update_frequency_unit": "ปี",
    "update_frequency_interval": "1",
    "geo_coverage": "จังหวัด",
    "data_source": "ระบบกองทุน",
    "data_format": ["CSV"],
    "data_category": "ข้อมูลสาธารณะ",
    "data_classification": "เปิดเผย",
    "allow_harvest": "True",
}
FUNDS = 'กองทุน,สมาชิก,เงิน,ตั้ง\nบ้านเหนือ,"1,200",10.50,๑๕ ม.ค. ๒๕๖๗\nบ้านใต้,20,,5/1/2567\n'
PROVINCES = "จังหวัด\nเชียงใหม่\nน่าน\n"
RECIPE = """\
resources:
  funds:
    reads: {path: source/funds.csv}
    steps:
      - number: {columns: [สมาชิก, เงิน]}
      - thai-date: {columns: [ตั้ง], era: buddhist}
      - rename: {columns: {กองทุน: fund, สมาชิก: members, เงิน: money, ตั้ง: founded}}
  provinces:
    reads: {path: source/provinces.csv}
    steps:
      - rename: {columns: {จังหวัด: province}}
"""
CLOSED = """\
name: {name}
title: ทะเบียนสมาชิก {name}
description: ทะเบียนสมาชิกกองทุน มีข้อมูลส่วนบุคคล จึงไม่เปิดเผย ข้อมูลนี้สร้างขึ้นเพื่อทดสอบ
keywords: [ทะเบียน, members]
licenses: [{{name: License not specified}}]
about: {about}
"""
CLOSED_ABOUT = {
    **ABOUT,
    "data_category": "ข้อมูลส่วนบุคคล",
    "data_classification": "ลับ",
    "allow_harvest": "True",
    "data_format": ["Database"],
    "closed_clause": "พ.ร.บ. คุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562",
    "accessible_condition": "ยื่นคำขอที่ data@agency.example",
}


def small_desk(folder: Path, name: str, *, agency: str = "agency", settings: str = "") -> Path:
    """Puts a workspace with one sound dataset of two resources into a folder."""
    source = folder / name / "source"
    source.mkdir(parents=True)
    if not (folder / "workspace.yaml").exists():
        publisher = f"agency: {{name: {agency}, title: หน่วยงานทดสอบ}}\n"
        (folder / "workspace.yaml").write_text(publisher + settings, encoding="utf-8")
    (folder / name / "datapackage.yaml").write_text(DESCRIPTOR.format(name=name, about=ABOUT), encoding="utf-8")
    (folder / name / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    (source / "funds.csv").write_text(FUNDS, encoding="utf-8")
    (source / "provinces.csv").write_text(PROVINCES, encoding="utf-8")
    return folder


class Bench:
    """A workspace in a folder, a portal, and the three moves: build, plan, push."""

    def __init__(self, folder: Path, portal: Portal, journal: Journal, *, agency: str, name: str) -> None:
        self.folder = folder / "desk"
        self.portal = portal
        self.journal = journal
        self.name = name
        self.agency = agency
        small_desk(self.folder, name, agency=agency, settings="approvals: none\n")

    def write(self, path: str, text: str) -> None:
        """Puts a file on the desk."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Changes a file of the dataset, in one place that must be there."""
        file = self.folder / self.name / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def workspace(self) -> Workspace:
        """The workspace as it stands."""
        return Workspace.open(self.folder)

    def surveyor(self, **options: Any) -> Surveyor:
        """What looks at the portal."""
        workspace = self.workspace()
        target = replace(workspace.target("local"), **options.pop("target", {}))
        return Surveyor(
            portal=self.portal,
            target=target,
            agency=workspace.agency,
            standard=Standard.load(workspace.standard),
            journal=self.journal,
            rules=Rules(approvals=workspace.approvals, signatures=workspace.signatures),
            **options,
        )

    def build(self) -> tuple[run.Outcome, ...]:
        """Builds every dataset."""
        return result_of(self.journal.record(run.build(self.workspace(), ()), run=new_run()))

    def plan(self, *, build: bool = True, **options: Any) -> Plan:
        """Builds, and plans what may go out."""
        if build:
            self.build()
        workspace = self.workspace()
        offers, failed = offered(workspace, workspace.names())
        assert not failed
        return self.surveyor(**options).plan(offers, {})

    def push(self, *, build: bool = True, **options: Any) -> tuple[Plan, Pushed]:
        """Builds, plans and pushes."""
        made = self.plan(build=build, **options)
        return made, result_of(self.journal.record(push.push(self.surveyor(**options), made), run=new_run()))

    def show(self) -> dict[str, Any]:
        """The dataset as the portal shows it."""
        return dict(self.portal.call_action("package_show", {"id": self.name}))

    def rows(self, resource: str) -> list[dict[str, Any]]:
        """The DataStore rows of one resource, by its title."""
        found = next(r for r in self.show()["resources"] if r["name"] == resource)
        answer = self.portal.call_action("datastore_search", {"resource_id": found["id"]})
        return [{key: value for key, value in row.items() if key != "_id"} for row in answer["records"]]


@contextmanager
def opened_bench(folder: Path, *, agency: str = "test-agency", name: str = "test-funds") -> Iterator[Bench]:
    """A bench whose portal is a catalog of the Thai schema in the same folder."""
    url = f"sqlite:///{folder / 'catalog.sqlite'}"
    engine = open_database(url)
    schema = Standard.load("gdc-2.2.4").schema
    with LocalPortal(database_url=url, files=folder / "files", schema=schema) as portal:
        yield Bench(folder, portal, Journal(engine, actor="test"), agency=agency, name=name)
    engine.dispose()


def actions(made: Plan) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """A plan in short: action, resource, fields."""
    return [
        (change.action, change.resource, tuple(field.field for field in change.fields)) for change in made.changes
    ]


LOST = Unreachable("portal-cut-off", action="?", portal="test", ambiguous=True)


class Failing:
    """A portal whose n-th writing request fails: before it is done, or after, when only the answer is lost."""

    def __init__(self, portal: Portal, *, at: int, done: bool, error: BaseException = LOST) -> None:
        self.portal = portal
        self.at = at
        self.done = done
        self.error = error
        self.writes = 0

    def call_action(
        self, name: str, data: Mapping[str, Any] | None = None, files: Mapping[str, IO[bytes]] | None = None
    ) -> Any:
        """As the portal, but for one write."""
        if name.endswith(("_show", "_list", "_search", "_info", "_for_user")):
            return self.portal.call_action(name, data, files)
        self.writes += 1
        if self.writes != self.at:
            return self.portal.call_action(name, data, files)
        if self.done:
            self.portal.call_action(name, data, files)
        raise self.error


class Killed(BaseException):
    """The machine is switched off."""


# ---------------------------------------------------------------- what must hold on every portal


def publishing_shows_the_release(bench: Bench) -> None:
    _, done = bench.push()
    assert not done.refused
    shown = bench.show()
    assert shown["title"] == f"กองทุนสวัสดิการชุมชน {bench.name}"
    assert shown["organization"]["name"] == bench.agency
    assert shown["private"] is False
    assert [resource["name"] for resource in shown["resources"]] == ["รายชื่อกองทุน", "จังหวัด"]
    assert [resource["format"] for resource in shown["resources"]] == ["CSV", "CSV"]
    assert all(resource["datastore_active"] for resource in shown["resources"])
    assert bench.rows("รายชื่อกองทุน") == [
        {"fund": "บ้านเหนือ", "members": 1200, "money": 10.5, "founded": "2024-01-15"},
        {"fund": "บ้านใต้", "members": 20, "money": None, "founded": "2024-01-05"},
    ]


def publishing_twice_sends_no_write(bench: Bench) -> None:
    bench.push()
    before = bench.show()
    made, done = bench.push()
    assert actions(made) == []
    assert done.receipts == ()
    assert bench.show()["metadata_modified"] == before["metadata_modified"]


def a_file_in_another_format_is_served_as_what_it_is(bench: Bench) -> None:
    bench.push()
    bench.edit("source/provinces.csv", "จังหวัด\nเชียงใหม่\nน่าน\n", "จังหวัด,x,y\nเชียงใหม่,99,18.8\nน่าน,100.8,18.8\n")
    bench.edit("recipe.yaml", "{จังหวัด: province}", "{จังหวัด: province, x: longitude, y: latitude}")
    bench.edit("datapackage.yaml", "release/provinces.csv", "release/provinces.geojson")
    described = "{name: province, type: string, title: จังหวัด, description: ชื่อจังหวัด}"
    places = (
        f"{{name: {name}, type: number, title: พิกัด, description: องศา}}" for name in ("longitude", "latitude")
    )
    bench.edit("datapackage.yaml", described, ", ".join((described, *places)))
    key = bench.show()["resources"][1]["id"]
    _, done = bench.push()
    assert not done.refused
    shown = bench.show()["resources"][1]
    assert (shown["id"], shown["format"], shown["datastore_active"]) == (key, "GeoJSON", False)
    assert shown["mimetype"] == "application/geo+json"
    made, _ = bench.push()
    assert actions(made) == []
    bench.edit("datapackage.yaml", "release/provinces.geojson", "release/provinces.csv")
    bench.push()
    shown = bench.show()["resources"][1]
    assert (shown["format"], shown["mimetype"], shown["datastore_active"]) == ("CSV", "text/csv", True)


def a_dataset_that_is_closed_leaves_no_file_there_and_can_be_opened_again(bench: Bench) -> None:
    bench.push()
    ids = [resource["id"] for resource in bench.show()["resources"]]
    folder = bench.folder / bench.name
    kept = {name: (folder / name).read_text("utf-8") for name in ("datapackage.yaml", "recipe.yaml")}
    closed = CLOSED.format(name=bench.name, about=CLOSED_ABOUT)
    bench.write(f"{bench.name}/datapackage.yaml", closed)
    (folder / "recipe.yaml").unlink()
    made, done = bench.push()
    assert not done.refused
    assert actions(made)[0][0] == "package_patch"  # private before anything else
    assert (bench.show()["private"], bench.show()["resources"]) == (True, [])
    for key in ids:
        for action, data in (("resource_show", {"id": key}), ("datastore_search", {"resource_id": key})):
            with pytest.raises(PortalError):
                bench.portal.call_action(action, data)
    for name, text in kept.items():
        bench.write(f"{bench.name}/{name}", text)
    bench.push()
    assert bench.show()["private"] is False
    assert [resource["id"] for resource in bench.show()["resources"]] == ids
    made, _ = bench.push()
    assert actions(made) == []


def restricted_files_are_private_and_none_is_shown_when_the_dataset_opens(bench: Bench) -> None:
    """Published restricted, then open with other files: cut off after any write, what is public is new."""
    opened = (bench.folder / bench.name / "datapackage.yaml").read_text("utf-8")
    closed = DESCRIPTOR.format(name=bench.name, about=CLOSED_ABOUT) + "access: restricted\n"
    bench.write(f"{bench.name}/datapackage.yaml", closed)
    made, done = bench.push()
    assert not done.refused
    before = {one["id"]: one["hash"] for one in bench.show()["resources"]}
    assert (bench.show()["private"], len(before)) == (True, 2)
    assert [row["fund"] for row in bench.rows("รายชื่อกองทุน")] == ["บ้านเหนือ", "บ้านใต้"]
    (elsewhere,) = bench.plan(target={"name": "elsewhere", "url": "https://data.example"}).courses
    assert (elsewhere.wanted["package"]["private"], elsewhere.wanted["resources"]) == (True, [])
    bench.write(f"{bench.name}/datapackage.yaml", opened)
    for file, old in (("funds.csv", "บ้านเหนือ"), ("provinces.csv", "เชียงใหม่")):
        bench.edit(f"source/{file}", old, "แพร่")
    bench.build()
    real, kills = bench.portal, 0
    while True:
        bench.portal = Failing(real, at=1, done=True, error=Killed())
        try:
            bench.push(build=False)
            break
        except Killed:
            kills += 1
            shown = bench.show()
            left = [one["id"] for one in shown["resources"] if before.get(one["id"]) == one["hash"]]
            assert shown["private"] or not left
        finally:
            bench.portal = real
    assert kills > 3
    assert bench.show()["private"] is False
    assert [row["fund"] for row in bench.rows("รายชื่อกองทุน")] == ["แพร่", "บ้านใต้"]
    made, done = bench.push()
    assert (actions(made), done.receipts) == ([], ())


def one_cell_one_title_and_one_file_are_exactly_those_changes(bench: Bench) -> None:
    bench.push()
    bench.edit("source/funds.csv", ",20,", ",21,")
    bench.edit("datapackage.yaml", "title: จังหวัด\n", "title: รายชื่อจังหวัด\n")
    bench.edit("source/provinces.csv", "น่าน\n", "น่าน\nแพร่\n")
    made, done = bench.push()
    assert not done.refused
    assert actions(made) == [
        ("resource_patch", "funds", ("hash",)),
        ("datastore_create", "funds", ("hash",)),
        ("resource_patch", "provinces", ("name", "hash")),
        ("datastore_create", "provinces", ("hash", "rows")),
    ]
    assert [row["members"] for row in bench.rows("รายชื่อกองทุน")] == [1200, 21]
    assert [row["province"] for row in bench.rows("รายชื่อจังหวัด")] == ["เชียงใหม่", "น่าน", "แพร่"]
    made, done = bench.push()
    assert (actions(made), done.receipts) == ([], ())


def drift_is_shown_and_kept_unless_overwritten(bench: Bench) -> None:
    bench.push()
    bench.portal.call_action("package_patch", {"id": bench.name, "notes": "แก้ไขที่พอร์ทัล"})
    made, done = bench.push()
    assert actions(made) == [("keep", None, ("notes",))]
    assert done.receipts == ()
    assert bench.show()["notes"] == "แก้ไขที่พอร์ทัล"
    made, done = bench.push(overwrite=True)
    assert actions(made) == [("package_patch", None, ("notes",))]
    assert bench.show()["notes"].startswith("ข้อมูลที่สร้างขึ้น")


def a_metadata_only_dataset_is_private_and_has_no_files(bench: Bench, name: str) -> None:
    bench.write(f"{name}/datapackage.yaml", CLOSED.format(name=name, about=CLOSED_ABOUT))
    _, done = bench.push()
    assert not done.refused
    shown = bench.portal.call_action("package_show", {"id": name})
    assert (shown["private"], shown["resources"]) == (True, [])


def what_the_portal_holds_already_is_adopted(bench: Bench) -> None:
    made = bench.plan()
    assert made.organization is not None
    bench.portal.call_action("organization_create", {"name": bench.agency, "title": "หน่วยงานทดสอบ"})
    about = {key: value for key, value in ABOUT.items() if key != "data_classification"}
    given = {"name": bench.name, "title": "ของเดิม", "owner_org": bench.agency, "notes": "เดิม", "private": False}
    terms = about if made.manners.scheming else {}
    bench.portal.call_action(
        "package_create", {**given, **terms, "license_id": "Open Data Common", "tags": [{"name": "welfare"}]}
    )
    old = bench.portal.call_action(
        "resource_create",
        {"package_id": bench.name, "name": "จังหวัด", "url": "https://agency.example/p.csv", "format": "CSV"},
    )
    _, done = bench.push()
    assert not done.refused
    kept = next(resource for resource in bench.show()["resources"] if resource["name"] == "จังหวัด")
    assert kept["id"] == old["id"]
    text = (bench.folder / bench.name / "datapackage.yaml").read_text(encoding="utf-8")
    assert f"    ckan_id: {old['id']}\n" in text
    assert text.startswith("# คำอธิบายชุดข้อมูล (บรรทัดนี้ต้องอยู่ต่อไป)")
    made, done = bench.push()
    assert (actions(made), done.receipts) == ([], ())


def a_resource_taken_off_the_desk_is_taken_off_the_portal(bench: Bench) -> None:
    bench.push()
    described = DESCRIPTOR.replace("{{", "{").replace("}}", "}")
    bench.edit("datapackage.yaml", described[described.index("  - name: provinces") :], "")
    bench.edit("recipe.yaml", RECIPE[RECIPE.index("  provinces:") :], "")
    made, _ = bench.push()
    assert [change.action for change in made.changes] == ["resource_delete"]
    assert [resource["name"] for resource in bench.show()["resources"]] == ["รายชื่อกองทุน"]
    made, _ = bench.push()
    assert actions(made) == []


def a_dataset_of_another_organisation_is_not_touched(bench: Bench, other: str) -> None:
    bench.push()
    made = bench.plan(target={"organization": other})
    assert [finding.rule for finding in made.refused[bench.name]] == ["owned-by-other"]
    assert not made.sends


def killed_anywhere_a_rerun_ends_in_the_same_state(bench: Bench, *, at: int, done: bool) -> bool:
    """Kills a publish at its n-th write (False: it has fewer); a rerun leaves no duplicate and no loss."""
    real = bench.portal
    bench.portal = Failing(real, at=at, done=done, error=Killed())
    try:
        bench.push()
        return False
    except Killed:
        pass
    finally:
        bench.portal = real
    bench.push()
    publishing_shows_the_release_again(bench)
    return True


def publishing_shows_the_release_again(bench: Bench) -> None:
    made, pushed = bench.push()
    assert (actions(made), pushed.receipts) == ([], ())
    assert [resource["name"] for resource in bench.show()["resources"]] == ["รายชื่อกองทุน", "จังหวัด"]
    assert [row["fund"] for row in bench.rows("รายชื่อกองทุน")] == ["บ้านเหนือ", "บ้านใต้"]
    assert [row["province"] for row in bench.rows("จังหวัด")] == ["เชียงใหม่", "น่าน"]


def a_new_dataset_the_portal_refuses_a_part_of_is_taken_back(bench: Bench, at: int = 3) -> None:
    real = bench.portal
    refusal = Refused("portal-too-large", action="resource_create", portal="test", status=413)
    bench.portal = Failing(real, at=at, done=False, error=refusal)
    _, done = bench.push()
    assert [finding.rule for finding in done.refused[bench.name]] == ["portal-too-large"]
    bench.portal = real
    assert real.call_action("package_search", {"q": f"name:{bench.name}"})["count"] == 0
    assert bench.name not in real.call_action("package_list")
    _, done = bench.push()
    assert not done.refused
    publishing_shows_the_release_again(bench)


def a_new_dataset_refused_at_its_second_table_is_taken_back_tables_and_all(bench: Bench) -> None:
    a_new_dataset_the_portal_refuses_a_part_of_is_taken_back(bench, at=7)


SCENARIOS: tuple[Callable[[Bench], None], ...] = (
    publishing_shows_the_release,
    publishing_twice_sends_no_write,
    a_file_in_another_format_is_served_as_what_it_is,
    a_dataset_that_is_closed_leaves_no_file_there_and_can_be_opened_again,
    restricted_files_are_private_and_none_is_shown_when_the_dataset_opens,
    one_cell_one_title_and_one_file_are_exactly_those_changes,
    drift_is_shown_and_kept_unless_overwritten,
    what_the_portal_holds_already_is_adopted,
    a_resource_taken_off_the_desk_is_taken_off_the_portal,
    a_new_dataset_the_portal_refuses_a_part_of_is_taken_back,
    a_new_dataset_refused_at_its_second_table_is_taken_back_tables_and_all,
)
