"""What the journal must know after a killed run, a lost journal and other people's edits; whose id is whose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from publishing import DESCRIPTOR, RECIPE, Bench, Failing, Killed, actions

from catalog import push
from catalog.journal import Journal
from catalog.plan import KEEP, adopt, plan
from catalog.portal.local import LocalPortal
from catalog.store.database import open_database
from catalog.wire import package_data
from metadata.errors import Refused
from metadata.standard import Standard

NAME = "test-funds"
PROVINCES = DESCRIPTOR.replace("{{", "{").replace("}}", "}")
PROVINCES = PROVINCES[PROVINCES.index("  - name: provinces") :]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    engine = open_database(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    schema = Standard.load("gdc-2.2.4").schema
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    with LocalPortal(database_url=url, files=tmp_path / "files", schema=schema) as portal:
        yield Bench(tmp_path, portal, Journal(engine, actor="test"), agency="test-agency", name=NAME)
    engine.dispose()


def killed(bench: Bench, at: int, *, done: bool) -> None:
    real = bench.portal
    bench.portal = Failing(real, at=at, done=done, error=Killed())
    with pytest.raises(Killed):
        bench.push()
    bench.portal = real


def lose_journal(bench: Bench, folder: Path) -> None:
    bench.journal = Journal(open_database(f"sqlite:///{folder / 'new.sqlite'}"), actor="test")


def retitle(bench: Bench, old: str, new: str) -> None:
    bench.edit("datapackage.yaml", f"title: {old}", f"title: {new}")


def test_our_own_write_whose_receipt_was_lost_is_no_drift(bench: Bench) -> None:
    bench.push()
    retitle(bench, "กองทุนสวัสดิการชุมชน", "ชื่อที่สอง")
    killed(bench, 1, done=True)
    retitle(bench, "ชื่อที่สอง", "ชื่อที่สาม")
    made, _ = bench.push()
    assert [(one[0], one[2]) for one in actions(made)] == [("package_patch", ("title",))]
    assert bench.show()["title"].startswith("ชื่อที่สาม")


def test_the_same_title_written_by_somebody_else_after_a_killed_run_is_drift(bench: Bench) -> None:
    bench.push()
    retitle(bench, "กองทุนสวัสดิการชุมชน", "ชื่อที่สอง")
    killed(bench, 1, done=False)
    bench.portal.call_action("package_patch", {"id": NAME, "title": "ของคนอื่น"})
    made, _ = bench.push()
    assert [(one[0], one[2]) for one in actions(made)] == [(KEEP, ("title",))]


def test_a_resource_whose_receipt_was_lost_goes_when_it_leaves_the_desk(bench: Bench) -> None:
    killed(bench, 5, done=True)
    assert len(bench.show()["resources"]) == 1
    killed(bench, 3, done=True)
    assert len(bench.show()["resources"]) == 2
    bench.edit("datapackage.yaml", PROVINCES, "")
    bench.edit("recipe.yaml", RECIPE[RECIPE.index("  provinces:") :], "")
    bench.push()
    assert [one["name"] for one in bench.show()["resources"]] == ["รายชื่อกองทุน"]


def test_a_quiet_push_after_the_journal_was_lost_learns_what_stands_there(bench: Bench, tmp_path: Path) -> None:
    bench.push()
    lose_journal(bench, tmp_path)
    made = bench.plan()
    assert push.learns(made)
    assert bench.push()[1].receipts == ()
    assert not push.learns(bench.plan())
    bench.edit("datapackage.yaml", PROVINCES, "")
    bench.edit("recipe.yaml", RECIPE[RECIPE.index("  provinces:") :], "")
    made, _ = bench.push()
    assert [change.action for change in made.changes] == ["resource_delete"]


def test_what_the_portal_and_the_desk_agree_on_is_drift_no_more(bench: Bench) -> None:
    bench.push()
    bench.portal.call_action("package_patch", {"id": NAME, "title": f"ชื่อที่สอง {NAME}"})
    retitle(bench, "กองทุนสวัสดิการชุมชน", "ชื่อที่สอง")
    bench.push()
    retitle(bench, "ชื่อที่สอง", "ชื่อที่สาม")
    made, _ = bench.push()
    assert [change.action for change in made.changes] == ["package_patch"]


def test_a_push_that_knows_everything_learns_nothing(bench: Bench) -> None:
    bench.push()
    bench.portal.call_action("package_patch", {"id": NAME, "notes": "ของคนอื่น"})
    bench.push()
    before = len(list(bench.journal.entries(kind="receipt")))
    assert not push.learns(bench.plan())
    assert len(list(bench.journal.entries(kind="receipt"))) == before


def test_rows_taken_out_by_somebody_else_are_no_interrupted_loading(bench: Bench) -> None:
    bench.push()
    key = bench.show()["resources"][0]["id"]
    gone = {"resource_id": key, "force": True, "filters": {"fund": "บ้านเหนือ"}}
    bench.portal.call_action("datastore_delete", gone)
    made, _ = bench.push()
    assert [change.action for change in made.changes] == ["datastore_create"]
    assert [row["fund"] for row in bench.rows("รายชื่อกองทุน")] == ["บ้านเหนือ", "บ้านใต้"]


def test_a_loading_that_stopped_is_continued(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.push.BATCH_ROWS", 1)
    killed(bench, 6, done=False)
    made, _ = bench.push()
    assert made.changes[0].action == "datastore_upsert"
    assert [row["fund"] for row in bench.rows("รายชื่อกองทุน")] == ["บ้านเหนือ", "บ้านใต้"]


def test_the_order_of_the_desk_is_the_order_there_and_others_stay_in_place(bench: Bench) -> None:
    bench.push()
    theirs = {"package_id": NAME, "name": "ของคนอื่น", "url": "https://other.example/a", "format": "PDF"}
    other = bench.portal.call_action("resource_create", theirs)["id"]
    ours = [one["id"] for one in bench.show()["resources"] if one["id"] != other]
    order = {"id": NAME, "order": [ours[0], other, ours[1]]}
    bench.portal.call_action("package_resource_reorder", order)
    assert bench.push()[1].receipts == ()
    head, tail = bench.workspace().dataset(NAME).folder / "datapackage.yaml", PROVINCES
    text = head.read_text(encoding="utf-8").replace(tail, "")
    head.write_text(text.replace("resources:\n", f"resources:\n{tail}"), encoding="utf-8")
    made, _ = bench.push()
    assert [change.action for change in made.changes] == ["package_resource_reorder"]
    assert [one["id"] for one in bench.show()["resources"]] == [ours[1], other, ours[0]]
    assert bench.push()[1].receipts == ()


def test_another_order_made_on_the_portal_is_drift(bench: Bench) -> None:
    bench.push()
    ids = [one["id"] for one in bench.show()["resources"]]
    bench.portal.call_action("package_resource_reorder", {"id": NAME, "order": ids[::-1]})
    made, _ = bench.push()
    assert actions(made) == [(KEEP, None, ("order",))]
    bench.push()
    assert [one["id"] for one in bench.show()["resources"]] == ids[::-1]
    bench.push(overwrite=True)
    assert [one["id"] for one in bench.show()["resources"]] == ids


def test_an_adopted_id_is_kept_even_when_the_run_is_killed_at_its_last_write(bench: Bench) -> None:
    bench.push()
    old = bench.show()["resources"][1]["id"]
    bench.edit("datapackage.yaml", "name: provinces", "name: places")
    bench.edit("datapackage.yaml", "release/provinces.csv", "release/places.csv")
    bench.edit("recipe.yaml", "  provinces:", "  places:")
    retitle(bench, "จังหวัด\n", "ชื่อจังหวัด\n")
    killed(bench, 1, done=True)
    assert f"ckan_id: {old}" in (bench.folder / NAME / "datapackage.yaml").read_text(encoding="utf-8")
    bench.edit("source/provinces.csv", "น่าน", "แพร่")
    retitle(bench, "ชื่อจังหวัด\n", "ที่ตั้ง\n")
    bench.push()
    assert [one["id"] for one in bench.show()["resources"]][1:] == [old]


def test_a_copied_folder_does_not_take_the_resources_of_the_first(bench: Bench) -> None:
    bench.push()
    first = bench.show()["resources"]
    text = (bench.folder / NAME / "datapackage.yaml").read_text(encoding="utf-8")
    text = text.replace(NAME, "copied")
    text = text.replace("- name: funds\n", f"- name: funds\n    ckan_id: {first[0]['id']}\n")
    bench.write("copied/datapackage.yaml", text)
    bench.write("copied/recipe.yaml", RECIPE)
    for name in ("funds", "provinces"):
        file = bench.folder / NAME / f"source/{name}.csv"
        bench.write(f"copied/source/{name}.csv", file.read_text(encoding="utf-8"))
    _, done = bench.push()
    assert not done.refused
    second = bench.portal.call_action("package_show", {"id": "copied"})["resources"]
    assert len({one["id"] for one in (*first, *second)}) == 4
    assert [one["id"] for one in bench.show()["resources"]] == [one["id"] for one in first]


def test_an_id_on_two_lines_is_one_resource_only(bench: Bench) -> None:
    bench.push()
    ids = [one["id"] for one in bench.show()["resources"]]
    bench.edit("datapackage.yaml", "- name: provinces\n", f"- name: provinces\n    ckan_id: {ids[0]}\n")
    bench.edit("datapackage.yaml", "- name: funds\n", f"- name: funds\n    ckan_id: {ids[0]}\n")
    made, _ = bench.push()
    assert actions(made) == []


def test_two_targets_keep_each_their_own_ids() -> None:
    wanted = wanted_resource("elsewhere", derived="ours")
    here = {"package": {}, "tables": {}, "resources": [{"id": "ours", "name": "เก่า"}]}
    moved, adopted = adopt(wanted, here)
    assert ([one["id"] for one in moved["resources"]], adopted) == (["ours"], {})
    before = {"resources": [{"id": "here"}], "slugs": {"here": "list"}}
    moved, adopted = adopt(wanted, {**here, "resources": [{"id": "here", "name": "เก่า"}]}, before)
    assert ([one["id"] for one in moved["resources"]], adopted) == (["here"], {})


def test_an_id_of_another_dataset_there_is_not_asked_for() -> None:
    wanted = wanted_resource("theirs", derived="ours")
    assert adopt(wanted, None, {}, {"theirs"})[0]["resources"][0]["id"] == "ours"
    assert adopt(wanted, None, {}, ())[0]["resources"][0]["id"] == "theirs"


def wanted_resource(key: str, *, derived: str) -> dict[str, Any]:
    return {
        "package": {"name": "funds"},
        "resources": [{"id": key, "name": "รายชื่อ"}],
        "tables": {},
        "slugs": {key: "list"},
        "derived": {key: derived},
    }


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [("1", 1), ("False", False), ("True", True), (["ก", "ก"], ["ก"]), (["ก"], "ก"), (None, []), (False, None)],
)
def test_one_value_in_two_spellings_is_no_difference(wanted: Any, shown: Any) -> None:
    changes = plan(state(wanted), state(shown), {})
    assert changes == ()


@pytest.mark.parametrize(("wanted", "shown"), [("1", 2), ("False", True), (["ก", "ข"], ["ก"]), ("ก", "ข")])
def test_two_values_are_a_difference(wanted: Any, shown: Any) -> None:
    assert [change.action for change in plan(state(wanted), state(shown), {})] == ["package_patch"]


def state(value: Any) -> dict[str, Any]:
    return {"package": {"name": "funds", "x": value}, "resources": [], "tables": {}, "slugs": {}}


@pytest.mark.parametrize(
    ("keywords", "sent"),
    [
        ("[กองทุน, กองทุน, welfare]", ["welfare", "กองทุน"]),
        ('[" กองทุน ", null, ""]', ["กองทุน"]),
        ("กองทุน, จังหวัด", ["กองทุน", "จังหวัด"]),
    ],
)
def test_keywords_go_out_clean_and_publishing_twice_changes_nothing(
    bench: Bench, keywords: str, sent: list[str]
) -> None:
    bench.edit("datapackage.yaml", "[กองทุน, จังหวัด, welfare]", keywords)
    _, done = bench.push()
    assert not done.refused
    assert sorted(tag["name"] for tag in bench.show()["tags"]) == sorted(sent)
    assert bench.push()[0].changes == ()


def test_a_table_of_ours_goes_with_the_file_even_when_the_journal_is_lost() -> None:
    table = {"fields": [], "rows": 1, "hash": "sha256:aa"}
    wanted = wanted_resource("r", derived="r")
    present = {**wanted, "tables": {"r": table}}
    assert [change.action for change in plan(wanted, present, {})] == ["datastore_delete"]
    present = {**wanted, "tables": {"r": {**table, "hash": None}}}
    assert plan(wanted, present, {}) == ()


def test_an_extra_whose_name_became_a_field_moves_there_and_is_not_sent_back() -> None:
    from catalog.portal.manners import Manners

    before = {"extras": [{"key": "objective", "value": '["ก"]'}, {"key": "other", "value": "ค"}]}
    manners = Manners(scheming={"dataset_fields": [{"field_name": "objective"}]})
    assert package_data({"title": "ใหม่"}, before, manners) == {
        "title": "ใหม่",
        "objective": ["ก"],
        "extras": [{"key": "other", "value": "ค"}],
    }
    assert package_data({"title": "ใหม่"}, {"extras": before["extras"][1:]}, manners) == {"title": "ใหม่"}


@pytest.mark.parametrize(("status", "again"), [(504, 0), (500, 1)])
def test_after_a_proxy_gave_up_a_resource_is_not_created_a_second_time_in_the_same_run(
    bench: Bench, status: int, again: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.push.PAUSE", 0)
    real = bench.portal
    error = Refused("portal-failed", action="resource_create", portal="test", status=status, ambiguous=True)
    bench.portal = Failing(real, at=3, done=False, error=error)
    if again:
        bench.push()
    else:
        with pytest.raises(Refused):
            bench.push()
    bench.portal = real
    assert len(bench.show()["resources"]) == 2 * again
    bench.push()
    assert len(bench.show()["resources"]) == 2


def test_a_table_that_the_portal_only_believes_to_have_is_made_anew(bench: Bench) -> None:
    bench.push()

    class Forgetful(Failing):
        def call_action(self, name: str, data: Any = None, files: Any = None) -> Any:
            if name == "datastore_search" and not self.writes:
                raise Refused("portal-not-found", action=name, portal="test", status=404)
            return super().call_action(name, data, files)

    real = bench.portal
    bench.portal = Forgetful(real, at=0, done=False)
    made = bench.plan()
    bench.portal = real
    assert [change.action for change in made.changes] == ["datastore_create", "datastore_create"]
