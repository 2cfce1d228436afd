"""The plan: a pure function of what is wanted, what a portal shows, and what we last put there."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.plan import KEEP, adopt, plan


def state(**package: Any) -> dict[str, Any]:
    return {
        "package": {"name": "funds", "title": "กองทุน", "tags": ["ก", "ข"], "private": False, **package},
        "resources": [{"id": "r1", "name": "รายชื่อ", "format": "CSV", "hash": "sha256:aa"}],
        "tables": {"r1": {"fields": [{"id": "a", "type": "text", "info": {}}], "rows": 2, "hash": "sha256:aa"}},
        "slugs": {"r1": "list"},
    }


def actions(wanted: Any, present: Any, remembered: Any = None, **options: Any) -> list[str]:
    return [change.action for change in plan(wanted, present, remembered or {}, **options)]


def test_a_dataset_that_is_not_there_is_created_with_everything() -> None:
    assert actions(state(), None) == ["package_create", "resource_create", "datastore_create"]


def test_a_portal_that_shows_the_release_needs_nothing() -> None:
    assert actions(state(), state()) == []


def test_one_changed_title_is_one_patch_of_one_field() -> None:
    changes = plan(state(title="ใหม่"), state(), state())
    assert [(c.action, [(f.field, f.before, f.after, f.drift) for f in c.fields]) for c in changes] == [
        ("package_patch", [("title", "กองทุน", "ใหม่", False)])
    ]


def test_the_order_of_tags_is_no_change() -> None:
    assert actions(state(tags=["ข", "ก"]), state()) == []


def test_a_field_changed_on_the_portal_is_drift_and_kept() -> None:
    changes = plan(state(), state(title="แก้ที่พอร์ทัล"), state())
    assert [change.action for change in changes] == [KEEP]
    assert changes[0].fields[0].drift


def test_drift_and_a_change_of_ours_are_kept_apart() -> None:
    changes = plan(state(notes="ใหม่"), state(title="แก้ที่พอร์ทัล"), state())
    assert [(c.action, [f.field for f in c.fields]) for c in changes] == [
        ("package_patch", ["notes"]),
        (KEEP, ["title"]),
    ]


def test_overwrite_sends_drift_and_still_shows_it() -> None:
    (change,) = plan(state(), state(title="แก้ที่พอร์ทัล"), state(), overwrite=True)
    assert (change.action, change.fields[0].after, change.fields[0].drift) == ("package_patch", "กองทุน", True)


def test_a_dataset_in_the_trash_stays_there_unless_overwritten_or_put_there_by_ourselves() -> None:
    deleted = state(state="deleted")
    assert actions(state(), deleted, state()) == [KEEP]
    assert actions(state(), deleted, state(), overwrite=True) == ["package_patch"]
    assert actions(state(), deleted, {**state(), "withdrawn": True}) == ["package_patch"]


def test_without_memory_nothing_counts_as_drift() -> None:
    (change,) = plan(state(), state(title="ของเดิม"), {})
    assert (change.action, change.fields[0].drift) == ("package_patch", False)


def test_fields_that_are_not_ours_stay() -> None:
    assert actions(state(), state(author="คนอื่น")) == []


def test_a_field_we_put_and_no_longer_want_is_cleared() -> None:
    (change,) = plan(state(), state(url="https://a.example"), state(url="https://a.example"))
    assert [(field.field, field.after) for field in change.fields] == [("url", None)]


def test_a_changed_file_is_sent_and_its_table_made_anew() -> None:
    wanted = state()
    wanted["resources"][0]["hash"] = wanted["tables"]["r1"]["hash"] = "sha256:bb"
    assert actions(wanted, state(), state()) == ["resource_patch", "datastore_create"]


def test_a_table_whose_loading_stopped_half_way_is_continued() -> None:
    present = state()
    present["tables"]["r1"]["rows"] = 1
    assert actions(state(), present) == ["datastore_upsert"]


def test_a_table_of_another_file_with_as_many_rows_is_not_taken_for_ours() -> None:
    present = state()
    present["tables"]["r1"]["hash"] = "sha256:old"
    assert actions(state(), present) == ["datastore_create"]


def test_a_portal_that_drops_our_mark_is_believed_where_it_shows_what_we_put() -> None:
    present = state()
    present["tables"]["r1"]["hash"] = None
    assert actions(state(), present, state()) == []
    assert actions(state(), present) == ["datastore_create"]


def test_a_resource_we_put_and_no_longer_have_is_deleted_and_others_stay() -> None:
    present = state()
    ours = {"id": "r2", "name": "เก่า"}
    theirs = {"id": "r3", "name": "ของคนอื่น"}
    present["resources"] += [ours, theirs]
    remembered = state()
    remembered["resources"].append(ours)
    changes = plan(state(), present, remembered)
    assert [(change.action, change.id) for change in changes] == [("resource_delete", "r2")]


def test_a_resource_the_portal_holds_already_is_adopted_by_its_hash_before_its_name() -> None:
    present = state()
    present["resources"] = [
        {"id": "x1", "name": "รายชื่อ", "hash": "md5"},
        {"id": "x2", "name": "อื่น", "hash": "sha256:aa"},
    ]
    present["tables"] = {}
    wanted, adopted = adopt(state(), present)
    assert adopted == {"list": "x2"}
    assert [resource["id"] for resource in wanted["resources"]] == ["x2"]
    assert set(wanted["tables"]) == {"x2"}


def test_a_resource_under_its_own_id_is_not_adopted_again() -> None:
    present = state()
    present["resources"].append({"id": "x1", "name": "รายชื่อ", "hash": "sha256:aa"})
    assert adopt(state(), present) == (state(), {})


WORDS = st.sampled_from(["", "ก", "ข", "a"])
VALUES = st.one_of(st.none(), WORDS, st.booleans(), st.lists(WORDS, max_size=3))
PACKAGES = st.dictionaries(st.sampled_from(["title", "notes", "url", "tags", "author"]), VALUES)


@given(PACKAGES, PACKAGES, PACKAGES)
def test_carrying_out_a_plan_leaves_nothing_but_drift(wanted: Any, present: Any, remembered: Any) -> None:
    def of(package: Any) -> dict[str, Any]:
        return {**state(), "package": {"name": "funds", **package}}

    after = copy.deepcopy(of(present))
    for change in plan(of(wanted), of(present), of(remembered)):
        if change.action == "package_patch":
            after["package"].update({field.field: field.after for field in change.fields})
    assert set(actions(of(wanted), after, of(remembered))) <= {KEEP}
