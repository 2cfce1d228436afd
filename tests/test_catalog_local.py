"""Our own catalog in process: the contract every portal keeps, and what is its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import ANYONE, CSV, opened, package, refusal, stored_files, upload
from portal_contract import CONTRACT, Make

from catalog.portal.local import LocalPortal
from metadata.ports import Portal


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[LocalPortal]:
    with opened(tmp_path) as ours:
        yield ours


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[LocalPortal]:
    """A catalog without a schema."""
    with opened(tmp_path / "plain", schema=None) as ours:
        yield ours


def _make(suffix: str) -> dict[str, Any]:
    return package(f"contract-{suffix}", private=False)


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: str(clause.__name__))
def test_our_catalog_keeps_the_contract(portal: LocalPortal, clause: Callable[[Portal, Make], None]) -> None:
    clause(portal, _make)


def test_terms_of_the_schema_are_top_level_and_lists_follow_its_order(portal: LocalPortal) -> None:
    sent = package(objective=["พันธกิจหน่วยงาน", "ยุทธศาสตร์ชาติ"], created_date="2024-01-31")
    shown = portal.call_action("package_create", sent)
    assert shown["objective"] == ["ยุทธศาสตร์ชาติ", "พันธกิจหน่วยงาน"]
    assert shown["created_date"] == "2024-01-31"
    assert "extras" not in shown


def test_a_field_the_schema_does_not_know_is_dropped(portal: LocalPortal) -> None:
    assert "no_such_field" not in portal.call_action("package_create", package(no_such_field="1"))


def test_without_a_schema_terms_are_free_pairs(plain: LocalPortal) -> None:
    sent = {"name": "free", "title": "ก", "owner_org": "dept-a", "geo_coverage": "จังหวัด"}
    shown = plain.call_action("package_create", {**sent, "extras": [{"key": "geo_coverage", "value": "จังหวัด"}]})
    assert shown["extras"] == [{"key": "geo_coverage", "value": "จังหวัด"}]
    assert "geo_coverage" not in shown


def test_tags_take_any_thai_word_and_a_tag_string_becomes_tags(portal: LocalPortal) -> None:
    shown = portal.call_action("package_create", package(tag_string="ที่อยู่อาศัย, กองทุน"))
    assert [tag["name"] for tag in shown["tags"]] == ["กองทุน", "ที่อยู่อาศัย"]
    assert portal.call_action("tag_list") == ["กองทุน", "ที่อยู่อาศัย"]


def test_every_mistake_is_named_at_once(portal: LocalPortal) -> None:
    sent = package("Bad Name", owner_org="nope", objective=["xx"], maintainer_email="bad", created_date="31/1/67")
    status, error = refusal(
        portal, "package_create", {**sent, "resources": [{"url": ""}], "tags": [{"name": "x"}]}
    )
    assert status == 409
    assert isinstance(error, dict)
    wrong = {"name", "owner_org", "objective", "maintainer_email", "created_date", "resources", "tags", "__type"}
    assert set(error) == wrong
    assert error["resources"] == [{"name": ["Missing value"]}]


def test_a_title_that_is_taken_is_refused(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    status, error = refusal(portal, "package_create", package("other", title=package()["title"]))
    assert (status, error) == (409, {"title": ["That title is already in use."], "__type": "Validation Error"})


def test_a_name_in_the_trash_is_refused(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    portal.call_action("package_delete", {"id": "population-2567"})
    _status, error = refusal(portal, "package_create", package(title="อื่น"))
    assert error == {"name": ["That URL is already in trash."], "__type": "Validation Error"}


def test_sending_the_shown_dataset_back_changes_nothing(portal: LocalPortal) -> None:
    portal.call_action("package_create", package(tag_string="กองทุน"))
    portal.call_action("resource_create", {"package_id": "population-2567", "name": "ตาราง"}, upload())
    before = portal.call_action("package_show", {"id": "population-2567"})
    assert portal.call_action("package_update", before) == before


def test_sending_the_same_file_again_changes_nothing(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    made = portal.call_action("resource_create", {"package_id": "population-2567", "name": "ตาราง"}, upload())
    assert portal.call_action("resource_patch", {"id": made["id"]}, upload()) == made


def test_an_uploaded_file_without_a_hash_gets_one(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    made = portal.call_action("resource_create", {"package_id": "population-2567", "name": "ตาราง"}, upload(b"1"))
    assert made["hash"] == "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    after = portal.call_action("resource_patch", {"id": made["id"]}, upload(b"2"))
    assert after["hash"] == "sha256:d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"


def test_a_file_name_keeps_its_thai_letters_and_loses_its_path(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    sent = upload(name="../../etc/ประชากร\t ปี 2567.csv")
    made = portal.call_action("resource_create", {"package_id": "population-2567", "name": "ตาราง"}, sent)
    found = portal.uploaded(made["id"])
    assert found is not None
    assert found.filename == "ประชากร-ปี-2567.csv"
    assert found.path.read_bytes() == CSV


def test_the_same_file_is_kept_once_and_until_nobody_uses_it(portal: LocalPortal, tmp_path: Path) -> None:
    portal.call_action("package_create", package())
    sent = {"package_id": "population-2567", "name": "ตาราง"}
    one = portal.call_action("resource_create", sent, upload())
    two = portal.call_action("resource_create", sent, upload())
    assert len(stored_files(tmp_path)) == 1
    portal.call_action("resource_delete", {"id": one["id"]})
    assert len(stored_files(tmp_path)) == 1
    portal.call_action("resource_patch", {"id": two["id"]}, upload(b"other"))
    assert {path.read_bytes() for path in stored_files(tmp_path)} == {CSV, b"other"}  # earlier versions have it
    portal.call_action("dataset_version_recall", {"id": "population-2567", "versions": [2, 3, 4]})
    assert [path.read_bytes() for path in stored_files(tmp_path)] == [b"other"]
    portal.call_action("dataset_purge", {"id": "population-2567"})
    assert stored_files(tmp_path) == []


def test_a_refused_upload_leaves_no_file(portal: LocalPortal, tmp_path: Path) -> None:
    portal.call_action("package_create", package())
    with pytest.raises(Exception, match="refused"):
        portal.call_action("resource_create", {"package_id": "population-2567"}, upload())
    assert stored_files(tmp_path) == []


def test_a_link_in_place_of_a_file_gives_the_file_up(portal: LocalPortal, tmp_path: Path) -> None:
    portal.call_action("package_create", package())
    made = portal.call_action("resource_create", {"package_id": "population-2567", "name": "ตาราง"}, upload())
    link = {"id": made["id"], "name": "ตาราง", "url": "https://example.org/a.csv", "clear_upload": "true"}
    after = portal.call_action("resource_update", link)
    assert (after["url"], after["url_type"]) == ("https://example.org/a.csv", None)
    portal.call_action("dataset_version_recall", {"id": "population-2567", "versions": 2})
    assert stored_files(tmp_path) == []


def test_a_resource_of_another_dataset_is_not_taken_over(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    portal.call_action("package_create", package("second"))
    made = portal.call_action("resource_create", {"package_id": "population-2567", "name": "ตาราง"}, upload())
    sent = {"package_id": "second", "id": made["id"], "name": "ตาราง", "url": "https://example.org/"}
    assert refusal(portal, "resource_create", sent)[0] == 409
    assert portal.call_action("resource_show", {"id": made["id"]}) == made


def test_what_else_a_resource_is_given_is_kept(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    sent = {
        "package_id": "population-2567",
        "name": "ตาราง",
        "url": "https://example.org/a.csv",
        "encoding": "utf-8",
    }
    assert portal.call_action("resource_create", sent)["encoding"] == "utf-8"


def test_a_new_title_of_the_organisation_shows_on_its_datasets_without_changing_them(portal: LocalPortal) -> None:
    before = portal.call_action("package_create", package())
    portal.call_action("organization_patch", {"id": "dept-a", "title": "กรมใหม่"})
    after = portal.call_action("package_show", {"id": "population-2567"})
    assert after["organization"]["title"] == "กรมใหม่"
    assert after["metadata_modified"] == before["metadata_modified"]


def test_an_organisation_with_datasets_is_not_deleted(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    assert refusal(portal, "organization_delete", {"id": "dept-a"})[0] == 409
    portal.call_action("dataset_purge", {"id": "population-2567"})
    portal.call_action("organization_delete", {"id": "dept-a"})
    assert portal.call_action("organization_list") == []


def test_a_private_dataset_is_hidden_from_everyone_else(portal: LocalPortal) -> None:
    made = portal.call_action("package_create", package(private=True))
    sent = {"package_id": "population-2567", "name": "ตาราง"}
    resource = portal.call_action("resource_create", sent, upload())
    portal.call_action("datastore_create", {"resource_id": resource["id"], "force": True, "records": [{"a": 1}]})
    assert refusal(portal, "package_show", {"id": made["id"]}, ANYONE)[0] == 403
    assert refusal(portal, "resource_show", {"id": resource["id"]}, ANYONE)[0] == 403
    assert refusal(portal, "datastore_search", {"resource_id": resource["id"]}, ANYONE)[0] == 403
    assert refusal(portal, "datastore_info", {"id": resource["id"]}, ANYONE)[0] == 403
    assert portal.uploaded(resource["id"], actor=ANYONE) is None
    for action, data in (("package_list", {}), ("tag_list", {}), ("current_package_list_with_resources", {})):
        assert portal.answer(action, data, actor=ANYONE, site=portal.site) == []
    asked = {"include_private": True, "q": "ประชากร"}
    assert portal.answer("package_search", asked, actor=ANYONE, site=portal.site)["count"] == 0
    assert portal.call_action("package_search", asked)["count"] == 1


WRITES = {
    "package_create": package("by-anyone"),
    "package_update": package(),
    "package_patch": {"id": "population-2567", "notes": "x"},
    "package_delete": {"id": "population-2567"},
    "dataset_purge": {"id": "population-2567"},
    "dataset_version_recall": {"id": "population-2567", "versions": "all"},
    "package_revise": {"match": {"name": "population-2567"}, "update": {"notes": "x"}},
    "package_resource_reorder": {"id": "population-2567", "order": ["resource-1"]},
    "resource_create": {"package_id": "population-2567", "name": "x"},
    "resource_update": {"id": "resource-1", "name": "x"},
    "resource_patch": {"id": "resource-1", "name": "x"},
    "resource_delete": {"id": "resource-1"},
    "organization_create": {"name": "by-anyone"},
    "organization_patch": {"id": "dept-a", "title": "x"},
    "organization_update": {"id": "dept-a", "title": "x"},
    "organization_delete": {"id": "dept-a"},
    "organization_purge": {"id": "dept-a"},
    "group_create": {"name": "by-anyone"},
    "group_patch": {"id": "theme", "title": "x"},
    "group_update": {"id": "theme", "title": "x"},
    "group_delete": {"id": "theme"},
    "group_purge": {"id": "theme"},
    "organization_member_create": {"id": "dept-a", "username": "saphan", "role": "member"},
    "organization_member_delete": {"id": "dept-a", "username": "saphan"},
    "group_member_create": {"id": "theme", "username": "saphan", "role": "member"},
    "group_member_delete": {"id": "theme", "username": "saphan"},
    "member_create": {"id": "theme", "object": "population-2567", "object_type": "package", "capacity": "public"},
    "member_delete": {"id": "theme", "object": "saphan", "object_type": "user"},
    "bulk_update_private": {"datasets": ["population-2567"], "org_id": "dept-a"},
    "bulk_update_public": {"datasets": ["population-2567"], "org_id": "dept-a"},
    "bulk_update_delete": {"datasets": ["population-2567"], "org_id": "dept-a"},
    "package_owner_org_update": {"id": "population-2567", "organization_id": "dept-a"},
    "user_create": {"name": "by-anyone", "email": "a@example.go.th", "password": "long enough"},
    "user_update": {"id": "saphan", "email": "a@example.go.th"},
    "user_patch": {"id": "saphan", "about": "x"},
    "user_delete": {"id": "saphan"},
    "api_token_create": {"user": "saphan", "name": "x"},
    "api_token_revoke": {"jti": "x"},
    "vocabulary_create": {"name": "by-anyone", "tags": []},
    "vocabulary_update": {"id": "colours", "name": "x"},
    "vocabulary_delete": {"id": "colours"},
    "tag_create": {"name": "red", "vocabulary_id": "colours"},
    "tag_delete": {"id": "blue", "vocabulary_id": "colours"},
    "follow_dataset": {"id": "population-2567"},
    "follow_group": {"id": "theme"},
    "follow_user": {"id": "saphan"},
    "unfollow_dataset": {"id": "population-2567"},
    "unfollow_group": {"id": "theme"},
    "unfollow_user": {"id": "saphan"},
    "dashboard_mark_activities_old": {},
    "resource_view_create": {"resource_id": "resource-1", "view_type": "text_view", "title": "x"},
    "resource_view_update": {"id": "<view>", "title": "x"},
    "resource_view_reorder": {"id": "resource-1", "order": ["<view>"]},
    "resource_view_delete": {"id": "<view>"},
    "resource_view_clear": {},
    "resource_create_default_resource_views": {"resource": {"id": "resource-1"}},
    "package_create_default_resource_views": {"package": {"id": "population-2567"}},
    "datastore_create": {"resource_id": "resource-1", "force": True, "records": [{"a": 2}]},
    "datastore_upsert": {"resource_id": "resource-1", "force": True, "method": "insert", "records": [{"a": 2}]},
    "datastore_function_create": {"name": "f", "rettype": "trigger", "definition": "BEGIN RETURN NEW; END"},
    "datastore_function_delete": {"name": "f"},
    "datastore_run_triggers": {"resource_id": "resource-1"},
    "datastore_delete": {"resource_id": "resource-1", "force": True},
    "datastore_records_delete": {"resource_id": "resource-1", "force": True, "filters": {}},
}


def test_no_action_lets_anyone_write(portal: LocalPortal) -> None:
    from catalog.actions.register import actions

    assert {name for name, action in actions().items() if not action.read} == set(WRITES)
    portal.call_action("group_create", {"name": "theme"})
    portal.call_action("package_create", package())
    sent = {"package_id": "population-2567", "id": "resource-1", "name": "ตาราง"}
    portal.call_action("resource_create", sent, upload())
    portal.call_action("datastore_create", {"resource_id": "resource-1", "force": True, "records": [{"a": 1}]})
    portal.call_action("vocabulary_create", {"name": "colours", "tags": [{"name": "blue"}]})
    view = portal.call_action(
        "resource_view_create", {"resource_id": "resource-1", "view_type": "text_view", "title": "ตาราง"}
    )
    before = portal.call_action("package_show", {"id": "population-2567"})
    for name, data in WRITES.items():
        data = json.loads(json.dumps(data).replace("<view>", view["id"]))
        status, error = refusal(portal, name, data, ANYONE)
        assert (name, status) == (name, 403)
        assert isinstance(error, dict)
        assert error["__type"] == "Authorization Error"
    assert portal.call_action("package_show", {"id": "population-2567"}) == before
    assert portal.call_action("datastore_search", {"resource_id": "resource-1"})["total"] == 1


def test_revising_needs_the_dataset_to_be_as_it_was_seen(portal: LocalPortal) -> None:
    made = portal.call_action("package_create", package())
    match = {"id": made["id"], "metadata_modified": made["metadata_modified"]}
    revised = portal.call_action("package_revise", {"match": match, "update": {"notes": "ใหม่"}})
    assert revised["package"]["notes"] == "ใหม่"
    status, error = refusal(portal, "package_revise", {"match": match, "update": {"notes": "อีก"}})
    assert (status, error) == (409, {"match": ["metadata_modified"], "__type": "Validation Error"})


def test_addresses_of_files_begin_with_the_site(tmp_path: Path) -> None:
    with opened(tmp_path, site_url="https://data.example.go.th/") as portal:
        portal.call_action("package_create", package())
        sent = {"package_id": "population-2567", "name": "ตาราง"}
        url = portal.call_action("resource_create", sent, upload(name="a.csv"))["url"]
    assert url.startswith("https://data.example.go.th/dataset/")
    assert url.endswith("/download/a.csv")
