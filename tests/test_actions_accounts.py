"""Accounts of our own catalog: users, tokens, and who may do what in whose organisation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import ANYONE, opened, package, refusal, upload
from sqlalchemy import select, update
from web_ground import Web, served

from catalog.actions import accounts
from catalog.actions.context import Actor
from catalog.portal.local import LocalPortal
from catalog.store.database import reading, writing
from catalog.store.tables import api_tokens, users
from catalog.switches import Switches

PASSWORD = "correct horse battery"


@pytest.fixture
def portal(tmp_path: Path, both: str, quick: None) -> Iterator[LocalPortal]:
    with opened(tmp_path) as ours:
        yield ours


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords hashed at a cost that tests can pay by the dozen."""
    from argon2 import PasswordHasher

    monkeypatch.setattr(accounts, "hashed", PasswordHasher(time_cost=1, memory_cost=64).hash)


def person(portal: LocalPortal, name: str, role: str = "", organization: str = "dept-a") -> str:
    """A new user with a role; the user's token."""
    sent = {"name": name, "email": f"{name}@example.go.th", "password": PASSWORD}
    portal.call_action("user_create", sent)
    if role:
        asked = {"id": organization, "username": name, "role": role}
        portal.call_action("organization_member_create", asked)
    return str(portal.call_action("api_token_create", {"user": name, "name": "test"})["token"])


def actor(portal: LocalPortal, token: str) -> Actor:
    """Whose token it is, now."""
    with reading(portal.engine) as connection:
        found = accounts.actor_of(connection, token)
    return found[0] if found else ANYONE


def answer(portal: LocalPortal, token: str, action: str, data: dict[str, Any]) -> Any:
    return portal.answer(action, data, actor=actor(portal, token), site=portal.site)


def denied(portal: LocalPortal, token: str, action: str, data: dict[str, Any]) -> str:
    """The message with which an action refuses with 403."""
    status, error = refusal(portal, action, data, actor(portal, token))
    assert isinstance(error, dict)
    assert (status, error["__type"]) == (403, "Authorization Error")
    return str(error["message"])


def test_a_token_and_a_password_are_stored_as_hashes(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        token = person(portal, "somchai")
        with reading(portal.engine) as connection:
            stored = connection.execute(select(users.c.password).where(users.c.name == "somchai")).scalar()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("catalog.sqlite*"))
    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept
    assert kept
    assert stored is not None
    assert stored.startswith("$argon2id$")
    assert accounts.same_password(stored, PASSWORD)
    assert not accounts.same_password(stored, PASSWORD + "x")
    assert not accounts.same_password(None, PASSWORD)


def test_a_token_ends_when_it_said(portal: LocalPortal) -> None:
    person(portal, "somchai")
    made = portal.call_action("api_token_create", {"user": "somchai", "name": "day", "expires_in": 1})
    assert actor(portal, made["token"]).name == "somchai"
    past = (datetime.fromisoformat("2026-01-01T00:00:00.000000") - timedelta(days=1)).isoformat()
    with writing(portal.engine) as connection:
        connection.execute(update(api_tokens).where(api_tokens.c.id == made["id"]).values(expires=past))
    assert actor(portal, made["token"]) == ANYONE
    listed = portal.call_action("api_token_list", {"user_id": "somchai"})
    assert {one["name"]: "expires_at" in one for one in listed} == {"test": False, "day": True}
    assert all("token" not in one and "sha256" not in one for one in listed)


def test_a_revoked_token_and_a_deleted_users_token_are_nobodys(portal: LocalPortal) -> None:
    first, second = person(portal, "somchai"), person(portal, "somsri")
    assert denied(portal, first, "api_token_revoke", {"token": second}) == "Access denied"
    answer(portal, first, "api_token_revoke", {"token": first})
    portal.call_action("user_delete", {"id": "somsri"})
    assert (actor(portal, first), actor(portal, second)) == (ANYONE, ANYONE)
    assert portal.call_action("api_token_list", {"user_id": "somchai"}) == []


def test_a_token_that_only_reads_does_not_write(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, served(portal) as web:
        person(portal, "somchai", "editor")
        sent = {"user": "somchai", "name": "r", "scope": "read"}
        reader = portal.call_action("api_token_create", sent)["token"]
        portal.call_action("package_create", package(private=True))
        assert web.call("package_show", {"id": "population-2567"}, key=reader).status_code == 200
        assert web.call("package_patch", {"id": "population-2567", "notes": "x"}, key=reader).status_code == 403


def test_a_tokens_last_use_is_noted_once_a_minute(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, served(portal) as web:
        token = person(portal, "somchai")
        uses = [_used(web, token) for _time in range(2)]
        assert uses[0] is not None
        assert uses[0] == uses[1]


def _used(web: Web, token: str) -> str | None:
    assert web.call("user_show", {}, key=token).json()["result"]["name"] == "somchai"
    listed = web.portal.call_action("api_token_list", {"user_id": "somchai"})
    return listed[0]["last_access"]  # type: ignore[no-any-return]


def test_an_address_is_told_to_its_user_and_to_sysadmins_only(portal: LocalPortal) -> None:
    first, second = person(portal, "somchai"), person(portal, "somsri")
    own = answer(portal, first, "user_show", {"id": "somchai"})
    other = answer(portal, second, "user_show", {"id": "somchai"})
    assert (own["email"], "email" in other) == ("somchai@example.go.th", False)
    assert not {"password", "sha256"} & set(own)
    assert (
        "email" not in portal.call_action("organization_show", {"id": "dept-a", "include_users": True})["users"][0]
    )
    assert refusal(portal, "user_show", {"id": "somchai"}, ANYONE)[0] == 403  # a portal of the Thai standard
    assert refusal(portal, "user_list", {}, ANYONE)[0] == 403
    assert denied(portal, second, "user_list", {"email": "somchai@example.go.th"}) == "Access denied"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "Som Chai"}, "name"),
        ({"name": "s"}, "name"),
        ({"name": "saphan"}, "name"),
        ({"name": "taken"}, "name"),
        ({"email": "no address"}, "email"),
        ({"email": "TAKEN@example.go.th"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": 12345678}, "password"),
        ({"password": None}, "password"),
    ],
)
def test_a_user_that_cannot_be_is_refused(portal: LocalPortal, sent: dict[str, Any], field: str) -> None:
    person(portal, "taken")
    whole = {"name": "somchai", "email": "s@example.go.th", "password": PASSWORD, **sent}
    status, error = refusal(portal, "user_create", whole)
    assert (status, set(error)) == (409, {field, "__type"})


def test_nobody_makes_themselves_a_sysadmin(portal: LocalPortal) -> None:
    token = person(portal, "somchai")
    sent = {"id": "somchai", "sysadmin": True, "state": "active"}
    assert answer(portal, token, "user_patch", sent)["sysadmin"] is False
    assert denied(portal, token, "user_patch", {"id": "saphan", "about": "x"}).startswith(
        "Access denied: User somchai"
    )
    assert denied(portal, token, "user_create", {"name": "x", "email": "x@example.go.th", "password": PASSWORD})


RIGHTS = {  # action → what each role may: admin, editor, member, nobody of the organisation
    "package_show": "aem.",
    "package_patch": "ae..",
    "package_delete": "ae..",
    "resource_create": "ae..",
    "resource_patch": "ae..",
    "resource_view_create": "ae..",
    "datastore_create": "ae..",
    "organization_patch": "a...",
    "organization_member_create": "a...",
    "bulk_update_public": "a...",
    "dataset_purge": "....",
    "package_owner_org_update": "....",
    "organization_purge": "....",
}


@pytest.mark.parametrize("letter", "aem.")
def test_a_role_may_what_ckan_says(portal: LocalPortal, letter: str) -> None:
    role = {"a": "admin", "e": "editor", "m": "member", ".": ""}[letter]
    token = person(portal, "somchai", role)
    made = portal.call_action("package_create", package(private=True))
    sent = {"package_id": made["id"], "name": "ตาราง", "url": "https://example.go.th/a.csv"}
    resource = portal.call_action("resource_create", sent)["id"]
    organization = made["owner_org"]
    asked: dict[str, dict[str, Any]] = {
        "package_show": {"id": made["id"]},
        "package_patch": {"id": made["id"], "notes": "ใหม่"},
        "resource_create": sent,
        "resource_patch": {"id": resource, "description": "x"},
        "resource_view_create": {"resource_id": resource, "view_type": "text_view", "title": "x"},
        "datastore_create": {"resource_id": resource, "force": True, "records": [{"a": 1}]},
        "organization_patch": {"id": organization, "description": "x"},
        "organization_member_create": {"id": organization, "username": "saphan", "role": "admin"},
        "bulk_update_public": {"datasets": [], "org_id": organization},
        "package_owner_org_update": {"id": made["id"], "organization_id": organization},
        "package_delete": {"id": made["id"]},
        "dataset_purge": {"id": made["id"]},
        "organization_purge": {"id": organization},
    }
    got = {}
    for action, data in asked.items():
        if letter in RIGHTS[action] and letter != ".":
            answer(portal, token, action, data)
            got[action] = True
        else:
            denied(portal, token, action, data)
    assert set(got) == {action for action, letters in RIGHTS.items() if letter in letters and letter != "."}


def test_an_editor_publishes_in_their_own_organisation_only(portal: LocalPortal) -> None:
    token = person(portal, "somchai", "editor")
    portal.call_action("organization_create", {"name": "dept-b", "title": "กรมอื่น"})
    made = answer(portal, token, "package_create", package())
    user = portal.call_action("user_show", {"id": "somchai"})
    assert (made["creator_user_id"], user["number_created_packages"]) == (user["id"], 1)
    message = denied(portal, token, "package_create", package("other", owner_org="dept-b"))
    assert message == "Access denied: User somchai not authorized to add dataset to this organization"
    status, error = refusal(
        portal, "package_patch", {"id": made["id"], "owner_org": "dept-b"}, actor(portal, token)
    )
    assert (status, error["owner_org"]) == (409, ["You cannot add a dataset to this organization"])  # type: ignore[index]
    outsider = person(portal, "somsri")
    message = denied(portal, outsider, "package_create", package("third"))
    assert message == "Access denied: User somsri not authorized to create packages"


def test_an_editor_uploads_a_file(portal: LocalPortal) -> None:
    token = person(portal, "somchai", "editor")
    answer(portal, token, "package_create", package())
    sent = {"package_id": "population-2567", "name": "ตาราง"}
    made = portal.answer("resource_create", sent, upload(), actor=actor(portal, token), site=portal.site)
    assert made["url_type"] == "upload"


def test_a_group_is_for_its_members_to_fill(portal: LocalPortal) -> None:
    token = person(portal, "somchai", "editor")
    portal.call_action("group_create", {"name": "theme", "title": "หัวข้อ"})
    message = denied(portal, token, "package_create", package(groups=[{"name": "theme"}]))
    assert message == "Access denied: User somchai not authorized to edit these groups"
    portal.call_action("group_member_create", {"id": "theme", "username": "somchai", "role": "member"})
    made = answer(portal, token, "package_create", package(groups=[{"name": "theme"}]))
    assert [group["name"] for group in made["groups"]] == ["theme"]


def test_who_makes_a_group_is_its_admin(portal: LocalPortal) -> None:
    token = person(portal, "somchai")
    made = answer(portal, token, "group_create", {"name": "theme"})
    assert actor(portal, token).roles == {made["id"]: "admin"}
    sent = {"id": "theme", "username": "somchai", "role": "member"}
    message = denied(portal, token, "group_member_create", sent)
    assert message == "Access denied: Administrators cannot revoke their own admin status"


def test_a_member_who_left_is_a_stranger(portal: LocalPortal) -> None:
    token = person(portal, "somchai", "editor")
    portal.call_action("package_create", package(private=True))
    assert answer(portal, token, "package_show", {"id": "population-2567"})["private"] is True
    portal.call_action("organization_member_delete", {"id": "dept-a", "username": "somchai"})
    denied(portal, token, "package_show", {"id": "population-2567"})
    assert answer(portal, token, "organization_list_for_user", {}) == []


def test_who_may_create_an_organization_is_the_agencys_to_say(tmp_path: Path, both: str) -> None:
    for told, status in ((None, 200), ("yes", 200), ("no", 403)):
        switches = Switches.of({"SAPHAN_USERS_CREATE_ORGANIZATIONS": told} if told else {})
        with opened(tmp_path, switches=switches) as portal:
            somebody, name = Actor(name="somebody"), f"org-{told}".lower()
            if status == 200:
                made = portal.answer("organization_create", {"name": name}, actor=somebody, site=portal.site)
                assert made["name"] == name
            else:
                found = refusal(portal, "organization_create", {"name": name}, somebody)
                assert found[0] == 403
                assert f"User {somebody.id} not authorized to create organizations" in str(found[1])
            portal.call_action("organization_create", {"name": f"{name}-by-sysadmin"})
            portal.answer("group_create", {"name": f"{name}-group"}, actor=somebody, site=portal.site)
