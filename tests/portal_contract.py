"""What the publisher relies on of any portal: plain functions over a portal and an organisation of ours on it.

Run on our own catalog by test_catalog_local.py; the same functions may run on a real CKAN. `make(suffix)` gives
what `package_create` needs on that portal, under a name nobody else uses.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from metadata.errors import Refused
from metadata.ports import Portal

Make = Callable[[str], dict[str, Any]]
CSV = "province,people\nระนอง,1\nพังงา,2\n".encode()


def _file(content: bytes = CSV, name: str = "data.csv") -> dict[str, Any]:
    stream = io.BytesIO(content)
    stream.name = name  # type: ignore[attr-defined]
    return {"upload": stream}


def _uploaded(portal: Portal, make: Make) -> tuple[dict[str, Any], dict[str, Any]]:
    dataset = portal.call_action("package_create", make("a"))
    wanted = {
        "package_id": dataset["id"],
        "id": str(uuid4()),
        "name": "ตาราง",
        "format": "CSV",
        "hash": "sha256:abc",
    }
    return dataset, portal.call_action("resource_create", wanted, _file())


def a_dataset_is_shown_as_it_was_sent(portal: Portal, make: Make) -> None:
    sent = {**make("a"), "tags": [{"name": "open-data"}], "extras": [{"key": "saphan-note", "value": "ก"}]}
    made = portal.call_action("package_create", sent)
    shown = portal.call_action("package_show", {"id": sent["name"]})
    assert shown["id"] == made["id"]
    assert (shown["title"], shown["notes"], shown["private"]) == (sent["title"], sent["notes"], False)
    assert [tag["name"] for tag in shown["tags"]] == ["open-data"]
    assert shown["extras"] == [{"key": "saphan-note", "value": "ก"}]


def a_given_dataset_id_is_kept(portal: Portal, make: Make) -> None:
    key = str(uuid4())
    assert portal.call_action("package_create", {**make("a"), "id": key})["id"] == key


def a_resource_keeps_the_id_hash_and_size_it_was_given(portal: Portal, make: Make) -> None:
    dataset, made = _uploaded(portal, make)
    shown = portal.call_action("package_show", {"id": dataset["id"]})["resources"]
    assert [(one["id"], one["hash"], int(one["size"])) for one in shown] == [(made["id"], "sha256:abc", len(CSV))]
    assert shown[0]["url_type"] == "upload"
    assert "/download/" in shown[0]["url"]


def creating_a_resource_again_makes_no_second_one(portal: Portal, make: Make) -> None:
    dataset, made = _uploaded(portal, make)
    sent = {"package_id": dataset["id"], "id": made["id"], "name": "ตาราง", "format": "CSV"}
    portal.call_action("resource_create", sent, _file())
    shown = portal.call_action("package_show", {"id": dataset["id"]})["resources"]
    assert [one["id"] for one in shown] == [made["id"]]


def a_patch_that_changes_nothing_leaves_the_date_of_change(portal: Portal, make: Make) -> None:
    dataset, made = _uploaded(portal, make)
    portal.call_action(
        "resource_patch", {"id": made["id"], "name": "ตาราง"}
    )  # CKAN counts the first after an upload
    before = portal.call_action("package_show", {"id": dataset["id"]})
    portal.call_action("package_patch", {"id": dataset["id"], "notes": before["notes"]})
    portal.call_action("resource_patch", {"id": made["id"], "name": "ตาราง"})
    assert portal.call_action("package_show", {"id": dataset["id"]}) == before


def a_patch_changes_the_given_fields_and_no_others(portal: Portal, make: Make) -> None:
    dataset, _made = _uploaded(portal, make)
    before = portal.call_action("package_show", {"id": dataset["id"]})
    after = portal.call_action("package_patch", {"id": dataset["id"], "notes": "คำอธิบายใหม่"})
    assert after["notes"] == "คำอธิบายใหม่"
    assert after["metadata_modified"] > before["metadata_modified"]
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"notes", "metadata_modified"}


def an_update_without_resources_keeps_them(portal: Portal, make: Make) -> None:
    dataset, made = _uploaded(portal, make)
    sent = {**make("a"), "name": dataset["name"], "title": dataset["title"], "id": dataset["id"]}
    after = portal.call_action("package_update", sent)
    assert [one["id"] for one in after["resources"]] == [made["id"]]


def a_new_file_changes_size_and_hash_and_keeps_the_rest(portal: Portal, make: Make) -> None:
    _dataset, made = _uploaded(portal, make)
    data = {"id": made["id"], "hash": "sha256:def"}
    after = portal.call_action("resource_patch", data, _file(CSV * 2))
    assert (after["hash"], int(after["size"]), after["name"]) == ("sha256:def", 2 * len(CSV), "ตาราง")


def a_deleted_resource_is_gone_and_deleting_it_again_is_no_error(portal: Portal, make: Make) -> None:
    dataset, made = _uploaded(portal, make)
    portal.call_action("resource_delete", {"id": made["id"]})
    portal.call_action("resource_delete", {"id": made["id"]})
    assert portal.call_action("package_show", {"id": dataset["id"]})["resources"] == []


def a_deleted_dataset_keeps_its_state_until_it_comes_back(portal: Portal, make: Make) -> None:
    dataset = portal.call_action("package_create", make("a"))
    portal.call_action("package_delete", {"id": dataset["id"]})
    portal.call_action("package_delete", {"id": dataset["id"]})
    assert portal.call_action("package_show", {"id": dataset["id"]})["state"] == "deleted"
    back = portal.call_action("package_patch", {"id": dataset["id"], "state": "active"})
    assert (back["state"], back["name"]) == ("active", dataset["name"])


def a_purged_dataset_is_not_there(portal: Portal, make: Make) -> None:
    dataset = portal.call_action("package_create", make("a"))
    portal.call_action("dataset_purge", {"id": dataset["id"]})
    assert _status(portal, "package_show", {"id": dataset["id"]}) == 404


def what_is_not_there_is_refused_with_404(portal: Portal, make: Make) -> None:
    for action in ("package_show", "resource_show", "organization_show", "resource_delete", "package_patch"):
        assert _status(portal, action, {"id": "no-such-thing-here"}) == 404


def a_name_that_is_taken_is_refused_and_changes_nothing(portal: Portal, make: Make) -> None:
    sent = make("a")
    made = portal.call_action("package_create", sent)
    assert _status(portal, "package_create", {**sent, "title": "อีกชื่อหนึ่ง"}) == 409
    assert portal.call_action("package_show", {"id": sent["name"]}) == made


def rows_come_back_with_their_types(portal: Portal, make: Make) -> None:
    _dataset, made = _uploaded(portal, make)
    fields = [
        {"id": "province", "type": "text", "info": {"label": "จังหวัด", "notes": "ชื่อจังหวัด"}},
        {"id": "people", "type": "int"},
        {"id": "share", "type": "numeric"},
        {"id": "day", "type": "timestamp"},
    ]
    rows = [
        {"province": "ระนอง", "people": "1", "share": "0.25", "day": "2567-01-31"},
        {"province": None, "people": None, "share": 2, "day": None},
    ]
    key = made["id"]
    portal.call_action(
        "datastore_create", {"resource_id": key, "force": True, "fields": fields, "records": rows[:1]}
    )
    portal.call_action(
        "datastore_upsert", {"resource_id": key, "force": True, "method": "insert", "records": rows[1:]}
    )
    found = portal.call_action("datastore_search", {"resource_id": key, "sort": "_id"})
    assert found["total"] == 2
    assert found["records"] == [
        {"_id": 1, "province": "ระนอง", "people": 1, "share": 0.25, "day": "2567-01-31T00:00:00.000"},
        {"_id": 2, "province": None, "people": None, "share": 2, "day": None},
    ]
    kinds = [(field["id"], field["type"]) for field in found["fields"]]
    assert kinds == [
        ("_id", "int"),
        ("province", "text"),
        ("people", "int4"),
        ("share", "numeric"),
        ("day", "timestamp"),
    ]
    assert found["fields"][1]["info"] == {"label": "จังหวัด", "notes": "ชื่อจังหวัด"}


def a_bad_value_refuses_the_whole_batch(portal: Portal, make: Make) -> None:
    _dataset, made = _uploaded(portal, make)
    key = made["id"]
    sent = {
        "resource_id": key,
        "force": True,
        "fields": [{"id": "people", "type": "int"}],
        "records": [{"people": 1}],
    }
    portal.call_action("datastore_create", sent)
    batch = {"resource_id": key, "force": True, "method": "insert", "records": [{"people": 2}, {"people": "มาก"}]}
    assert _status(portal, "datastore_upsert", batch) == 409
    assert portal.call_action("datastore_search", {"resource_id": key})["total"] == 1


def deleting_the_table_leaves_the_resource(portal: Portal, make: Make) -> None:
    _dataset, made = _uploaded(portal, make)
    key = made["id"]
    portal.call_action("datastore_create", {"resource_id": key, "force": True, "records": [{"a": 1}]})
    assert portal.call_action("resource_show", {"id": key})["datastore_active"] is True
    portal.call_action("datastore_delete", {"resource_id": key, "force": True})
    assert portal.call_action("resource_show", {"id": key})["datastore_active"] is False
    assert _status(portal, "datastore_search", {"resource_id": key}) == 404


def an_uploaded_resources_table_needs_force(portal: Portal, make: Make) -> None:
    _dataset, made = _uploaded(portal, make)
    assert _status(portal, "datastore_create", {"resource_id": made["id"], "records": [{"a": 1}]}) == 409


def _status(portal: Portal, action: str, data: dict[str, Any]) -> int:
    try:
        portal.call_action(action, data)
    except Refused as refused:
        return int(refused.values["status"])
    raise AssertionError(f"{action} was not refused")


CONTRACT: tuple[Callable[[Portal, Make], None], ...] = (
    a_dataset_is_shown_as_it_was_sent,
    a_given_dataset_id_is_kept,
    a_resource_keeps_the_id_hash_and_size_it_was_given,
    creating_a_resource_again_makes_no_second_one,
    a_patch_that_changes_nothing_leaves_the_date_of_change,
    a_patch_changes_the_given_fields_and_no_others,
    an_update_without_resources_keeps_them,
    a_new_file_changes_size_and_hash_and_keeps_the_rest,
    a_deleted_resource_is_gone_and_deleting_it_again_is_no_error,
    a_deleted_dataset_keeps_its_state_until_it_comes_back,
    a_purged_dataset_is_not_there,
    what_is_not_there_is_refused_with_404,
    a_name_that_is_taken_is_refused_and_changes_nothing,
    rows_come_back_with_their_types,
    a_bad_value_refuses_the_whole_batch,
    deleting_the_table_leaves_the_resource,
    an_uploaded_resources_table_needs_force,
)
