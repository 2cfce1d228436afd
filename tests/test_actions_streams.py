"""Activities, follows, views, vocabularies, groups: what a write leaves, and what strangers see of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from catalog_ground import ANYONE, address, opened, package, refusal
from sqlalchemy import select

from catalog.actions.refusals import ActionRefused
from catalog.portal.local import LocalPortal
from catalog.store.database import reading
from catalog.store.tables import activities


@pytest.fixture
def portal(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    with opened(tmp_path) as ours:
        yield ours


def stranger(portal: LocalPortal, action: str, data: dict[str, Any]) -> Any:
    return portal.answer(action, data, actor=ANYONE, site=portal.site)


def kinds(portal: LocalPortal) -> list[str]:
    """Every activity there is, the oldest first."""
    with reading(portal.engine) as connection:
        query = select(activities.c.activity_type).order_by(activities.c.timestamp)
        return [row[0] for row in connection.execute(query)]


def test_a_write_leaves_one_activity_and_an_idle_one_none(portal: LocalPortal) -> None:
    before = kinds(portal)
    portal.call_action("package_create", package())
    portal.call_action("package_patch", {"id": "population-2567", "notes": "ใหม่"})
    portal.call_action("package_patch", {"id": "population-2567", "notes": "ใหม่"})
    portal.call_action("package_delete", {"id": "population-2567"})
    portal.call_action("package_delete", {"id": "population-2567"})
    assert kinds(portal) == [*before, "new package", "changed package", "deleted package"]


def test_a_refused_write_leaves_none(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    before = kinds(portal)
    for action, data in (
        ("package_create", package()),
        ("package_patch", {"id": "population-2567", "maintainer_email": "none"}),
        ("organization_delete", {"id": "dept-a"}),
    ):
        with pytest.raises(ActionRefused):
            portal.answer(action, data, actor=portal.actor, site=portal.site)
    assert kinds(portal) == before


def test_an_activity_holds_the_dataset_as_it_was(portal: LocalPortal) -> None:
    made = portal.call_action("package_create", package())
    portal.call_action("package_patch", {"id": made["id"], "notes": "ใหม่"})
    newest, first = portal.call_action("package_activity_list", {"id": made["id"]})
    assert (newest["data"]["package"]["notes"], first["data"]["package"]["notes"]) == ("ใหม่", made["notes"])
    assert first["data"]["package"] == made
    diff = portal.call_action("activity_diff", {"id": newest["id"], "object_type": "package"})["diff"]
    assert '+  "notes": "\\u0e43' in diff
    assert refusal(portal, "activity_data_show", {"id": newest["id"]}, ANYONE)[0] == 403


LISTS: dict[str, dict[str, Any]] = {
    "recently_changed_packages_activity_list": {},
    "organization_activity_list": {"id": "dept-a"},
    "group_activity_list": {"id": "theme"},
    "current_package_list_with_resources": {},
    "resource_search": {"query": "name:secret"},
    "format_autocomplete": {"q": "kml"},
    "tag_list": {},
    "tag_search": {"query": "secret"},
    "group_package_show": {"id": "theme"},
    "group_show": {"id": "theme", "include_datasets": True},
    "organization_show": {"id": "dept-a", "include_datasets": True},
    "group_list": {"all_fields": True},
    "organization_list": {"all_fields": True},
    "package_autocomplete": {"q": "secret"},
    "member_list": {"id": "theme", "object_type": "package"},
    "dataset_follower_count": {"id": "secret"},
    "resource_view_list": {"id": "secret-resource"},
    "package_relationships_list": {"id": "secret"},
    "package_activity_list": {"id": "secret"},
}


@pytest.mark.parametrize("state", ["private", "made private", "deleted", "purged"])
def test_a_stranger_sees_nothing_of_a_hidden_dataset(portal: LocalPortal, state: str) -> None:
    portal.call_action("group_create", {"name": "theme"})
    resource = {"id": "secret-resource", "name": "secret", "format": "KML", "url": "https://example.go.th/secret"}
    sent = package("secret", title="secret", tags=[{"name": "secret"}], groups=[{"name": "theme"}])
    made = portal.call_action("package_create", {**sent, "private": state == "private", "resources": [resource]})
    view = {"resource_id": "secret-resource", "view_type": "text_view", "title": "secret"}
    portal.call_action("resource_view_create", view)
    if state == "made private":
        portal.call_action("package_patch", {"id": "secret", "private": True})
    elif state == "deleted":
        portal.call_action("package_delete", {"id": "secret"})
    elif state == "purged":
        portal.call_action("dataset_purge", {"id": "secret"})
    for action, asked in LISTS.items():
        told = _told(portal, action, asked)
        assert (action, "secret" in told) == (action, False)
        assert (action, made["id"] in told, '"package_count":1' in told) == (action, False, False)


def _told(portal: LocalPortal, action: str, asked: dict[str, Any]) -> str:
    """What a stranger is answered; nothing where that is a refusal."""
    try:
        return orjson.dumps(stranger(portal, action, asked)).decode()
    except ActionRefused as refused:
        assert refused.status in (403, 404)
        return ""


def test_a_dashboard_shows_what_one_follows_and_what_is_new(portal: LocalPortal) -> None:
    from test_actions_accounts import answer, person

    token = person(portal, "somchai")
    portal.call_action("package_create", package())
    answer(portal, token, "dashboard_mark_activities_old", {})
    answer(portal, token, "follow_dataset", {"id": "population-2567"})
    answer(portal, token, "follow_dataset", {"id": "population-2567"})
    assert answer(portal, token, "dashboard_new_activities_count", {}) == 0
    portal.call_action("package_patch", {"id": "population-2567", "notes": "ใหม่"})
    assert answer(portal, token, "dashboard_new_activities_count", {}) == 1
    assert portal.call_action("dataset_follower_count", {"id": "population-2567"}) == 1
    assert answer(portal, token, "am_following_dataset", {"id": "population-2567"}) is True
    [followed] = answer(portal, token, "followee_list", {"id": "somchai"})
    assert (followed["type"], followed["dict"]["name"]) == ("dataset", "population-2567")
    answer(portal, token, "unfollow_dataset", {"id": "population-2567"})
    assert portal.call_action("dataset_follower_count", {"id": "population-2567"}) == 0
    assert refusal(portal, "follow_user", {"id": "somchai"}, ANYONE)[0] == 403


def test_a_group_that_goes_leaves_its_datasets_untouched(portal: LocalPortal) -> None:
    portal.call_action("group_create", {"name": "theme", "title": "หัวข้อ"})
    made = portal.call_action("package_create", package(groups=[{"name": "theme"}]))
    portal.call_action("group_patch", {"id": "theme", "title": "หัวข้อใหม่"})
    shown = portal.call_action("package_show", {"id": made["id"]})
    assert shown["groups"][0]["title"] == "หัวข้อใหม่"
    assert portal.call_action("group_list", {"sort": "package_count"}) == ["theme"]
    portal.call_action("group_delete", {"id": "theme"})
    shown = portal.call_action("package_show", {"id": made["id"]})
    assert (shown["groups"], shown["metadata_modified"]) == ([], made["metadata_modified"])


def test_a_group_takes_and_gives_back_a_dataset(portal: LocalPortal) -> None:
    portal.call_action("group_create", {"name": "theme"})
    portal.call_action("package_create", package())
    sent = {"id": "theme", "object": "population-2567", "object_type": "package"}
    portal.call_action("member_create", {**sent, "capacity": "public"})
    assert [one["name"] for one in portal.call_action("group_package_show", {"id": "theme"})] == [
        "population-2567"
    ]
    assert portal.call_action("group_show", {"id": "theme"})["package_count"] == 1
    portal.call_action("member_delete", sent)
    assert portal.call_action("group_package_show", {"id": "theme"}) == []


def test_views_are_kept_in_order_and_go_with_their_resource(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    sent = {"package_id": "population-2567", "id": "resource-1", "name": "ตาราง", "url": "https://example.go.th"}
    portal.call_action("resource_create", sent)
    view = {"resource_id": "resource-1", "view_type": "text_view"}
    made = [
        portal.call_action("resource_view_create", {**view, "title": title})["id"] for title in ("ก", "ข", "ค")
    ]
    portal.call_action("resource_view_reorder", {"id": "resource-1", "order": made[1:]})
    listed = stranger(portal, "resource_view_list", {"id": "resource-1"})
    assert [one["title"] for one in listed] == ["ข", "ค", "ก"]
    assert refusal(portal, "resource_view_create", {**view, "view_type": "none", "title": "x"})[0] == 409
    portal.call_action("dataset_purge", {"id": "population-2567"})
    assert refusal(portal, "resource_view_show", {"id": made[0]})[0] == 404


def test_a_picture_and_an_uploaded_text_get_a_view_by_themselves_once(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    picture = {"package_id": "population-2567", "name": "แผนที่", "url": "https://example.go.th/m", "format": "PNG"}
    made = portal.call_action("resource_create", picture)
    text = {"package_id": "population-2567", "name": "อ่าน", "format": "TXT"}
    read = portal.call_action("resource_create", text, {"upload": io.BytesIO(b"text")})
    link = portal.call_action("resource_create", {**text, "name": "ลิงก์", "url": "https://example.go.th/t.txt"})

    def views(resource: dict[str, Any]) -> list[tuple[str, str]]:
        listed = portal.call_action("resource_view_list", {"id": resource["id"]})
        return [(one["view_type"], one["title"]) for one in listed]

    portal.call_action("resource_create_default_resource_views", {"resource": made})
    assert (views(made), views(read), views(link)) == ([("image_view", "รูปภาพ")], [("text_view", "ข้อความ")], [])
    portal.call_action("resource_patch", {"id": link["id"], "format": "SVG"})
    assert views(link) == [("image_view", "รูปภาพ")]


def test_a_vocabulary_keeps_its_tags_apart(portal: LocalPortal) -> None:
    sent = {"name": "ภาค", "tags": [{"name": "เหนือ"}, {"name": "ใต้"}]}
    made = portal.call_action("vocabulary_create", sent)
    portal.call_action("tag_create", {"name": "อีสาน", "vocabulary_id": made["id"]})
    assert stranger(portal, "tag_list", {"vocabulary_id": "ภาค"}) == sorted(["เหนือ", "ใต้", "อีสาน"])
    assert stranger(portal, "tag_list", {}) == []
    kept = portal.call_action("vocabulary_update", {"id": "ภาค", "tags": [{"name": "ใต้"}, {"name": "กลาง"}]})
    before = {tag["name"]: tag["id"] for tag in made["tags"]}
    assert {tag["name"] for tag in kept["tags"]} == {"ใต้", "กลาง"}
    assert {tag["name"]: tag["id"] for tag in kept["tags"]}["ใต้"] == before["ใต้"]
    portal.call_action("vocabulary_delete", {"id": made["id"]})
    assert stranger(portal, "vocabulary_list", {}) == []


def test_resources_are_found_by_their_fields(portal: LocalPortal) -> None:
    links = [{"name": name, "url": f"https://example.go.th/{name}", "format": "CSV"} for name in ("ก", "ข")]
    portal.call_action("package_create", package(resources=links))
    found = stranger(portal, "resource_search", {"query": ["format:csv", "name:ข"]})
    assert (found["count"], found["results"][0]["name"]) == (1, "ข")
    assert stranger(portal, "format_autocomplete", {"q": "cs"}) == ["csv"]
    assert refusal(portal, "resource_search", {"query": "nothing:x"})[0] == 409


def test_without_a_schema_a_deleted_datasets_name_is_free_again(tmp_path: Path) -> None:
    with opened(tmp_path, schema=None) as portal:
        sent = {"name": "population", "owner_org": "dept-a"}
        old = portal.call_action("package_create", sent)
        portal.call_action("package_delete", {"id": "population"})
        new = portal.call_action("package_create", sent)
        assert portal.call_action("package_show", {"id": "population"})["id"] == new["id"]
        back = portal.call_action("package_patch", {"id": old["id"], "state": "active"})
        assert (back["name"], back["state"]) == (old["id"], "active")
        assert portal.call_action("package_list") == sorted(["population", old["id"]])


def test_a_group_keeps_its_datasets_when_an_old_catalog_is_brought_up(tmp_path: Path, both: str) -> None:
    from test_store_migrations import _aged

    with opened(tmp_path) as portal:
        portal.call_action("group_create", {"name": "theme"})
        portal.call_action("package_create", package(groups=[{"name": "theme"}]))
    _aged(address(tmp_path)).dispose()
    with opened(tmp_path) as portal:
        assert portal.call_action("group_show", {"id": "theme"})["package_count"] == 1
