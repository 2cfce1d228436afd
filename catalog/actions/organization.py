"""Actions on organisations and groups: two kinds of one thing, as on CKAN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from catalog.actions import accounts, activities, grouped, member, pictures
from catalog.actions.context import Context
from catalog.actions.documents import Document, group_row, touch
from catalog.actions.drafts import group_summary, named, owner_summary
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.register import action
from catalog.actions.values import folded, natural, now, true, wanted
from catalog.store.tables import groups, members, package_groups, packages

Data = dict[str, Any]
STORED = ("description", "title", "image_url")


def _create(ctx: Context, data: Data, kind: str) -> Document:
    if not ctx.actor.name:
        raise forbidden(f"User None not authorized to create {kind}s")
    if kind == "organization" and not (ctx.actor.sysadmin or ctx.switches.users_create_organizations):
        raise forbidden(f"User {ctx.actor.id} not authorized to create {kind}s")
    errors: Data = {}
    data = pictures.asked(ctx, data)
    wrong = named(str(data.get("name") or ""), 100)
    if wrong:
        errors["name"] = wrong
    elif ctx.connection.execute(select(groups.c.id).where(groups.c.name == str(data["name"]))).first():
        errors["name"] = ["Group name already exists in database"]
    fields = _fields(data, {"name": "", "description": "", "title": "", "image_url": "", "extras": []}, errors)
    users = _users(ctx, data, errors)
    if errors:
        raise invalid(errors)
    made: Document = {
        "approval_status": "approved",
        "created": now(),
        "id": str(data.get("id") or uuid4()),
        "is_organization": kind == "organization",
        "state": "active",
        "type": kind,
        **fields,
    }
    try:
        ctx.connection.execute(insert(groups).values(_row(made)))
    except IntegrityError:
        raise invalid({"id": ["Group id already exists"]}) from None
    pictures.keep(ctx, made["id"], made["image_url"])
    for user, capacity in users.items():
        member.join(ctx, made["id"], user, capacity)
    member.join(ctx, made["id"], accounts.ensure(ctx), "admin")
    _put_under(ctx, made["id"], data)
    activities.record_group(ctx, "new", made)
    return grouped.whole(_inside(ctx, made["id"]), made, {"include_users": ctx.stock})


def _inside(ctx: Context, key: str) -> Context:
    """The caller as who they are now: an admin of what they just made."""
    from dataclasses import replace

    return replace(ctx, actor=replace(ctx.actor, roles={**ctx.actor.roles, key: "admin"}))


def _fields(data: Data, old: Document, errors: Data) -> Document:
    fields: Document = {"name": str(data.get("name") or old["name"])}
    for field in STORED:
        fields[field] = str(data[field] or "") if field in data else old[field]
    fields["display_name"] = fields["title"] or fields["name"]
    extras = data.get("extras", old["extras"]) or []
    if not isinstance(extras, list) or not all(isinstance(one, dict) for one in extras):
        errors["extras"] = ["Only lists of dicts can be placed here"]
        return {**fields, "extras": []}
    kept: dict[str, str] = {}
    for one in extras:
        key = str(one.get("key") or "")
        if not key:
            errors["extras"] = [*errors.get("extras", ()), {"key": ["Missing value"]}]
        elif not true(one.get("deleted", False)):
            kept[key] = str(one.get("value") or "")
    return {**fields, "extras": [{"key": key, "value": value} for key, value in sorted(kept.items())]}


def _users(ctx: Context, data: Data, errors: Data) -> dict[str, str]:
    """The `users` of a request: id → role."""
    found: dict[str, str] = {}
    given = data.get("users") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        errors["users"] = ["Only lists of dicts can be placed here"]
        return found
    for one in given:
        row = accounts.find(ctx, str(one.get("name") or one.get("id") or ""))
        role = str(one.get("capacity") or "member")
        if row is None:
            errors["users"] = [*errors.get("users", ()), {"name": ["User not found"]}]
        elif role not in member.ROLES:
            errors["users"] = [*errors.get("users", ()), {"capacity": ["role does not exist."]}]
        else:
            found[row.id] = role
    return found


def _put_under(ctx: Context, key: str, data: Data) -> None:
    """Writes its parents, `groups` of a request."""
    given = data.get("groups")
    if not isinstance(given, list):
        return
    mine = (members.c.group_id == key, members.c.table_name == "group")
    ctx.connection.execute(delete(members).where(*mine))
    for one in given:
        found = (
            member.any_group(ctx, str(one.get("name") or one.get("id") or "")) if isinstance(one, dict) else None
        )
        if found is not None and found["id"] != key:
            member.join(ctx, key, found["id"], str(one.get("capacity") or "public"), kind="group")


def _row(document: Document) -> dict[str, Any]:
    columns = {key: document[key] for key in ("id", "name", "title", "type", "state")}
    return {**columns, "document": orjson.dumps(document).decode()}


def _update(ctx: Context, data: Data, kind: str) -> Document:
    old = _owned(ctx, data, kind, "edit")
    return _save(ctx, {"extras": [], **data}, old, kind)  # extras that are not given are removed, as on CKAN


def _patch(ctx: Context, data: Data, kind: str) -> Document:
    if group_row(ctx, wanted(data, "id"), kind) is None:
        raise not_found()
    return _save(ctx, data, _owned(ctx, data, kind, "edit"), kind)


def _save(ctx: Context, data: Data, old: Document, kind: str) -> Document:
    errors: Data = {}
    if data.get("type") not in (None, "", kind):
        raise invalid({"type": ["Type cannot be updated"]})
    data = pictures.asked(ctx, data)
    new = {**old, **_fields(data, old, errors), "state": str(data.get("state") or old["state"])}
    wrong = named(new["name"], 100)
    same = select(groups.c.id).where(groups.c.name == new["name"], groups.c.id != old["id"])
    if wrong or ctx.connection.execute(same).first():
        errors["name"] = wrong or ["Group name already exists in database"]
    if new["state"] not in ("active", "deleted", "draft", "pending"):
        errors["state"] = ["Value must be one of ['active', 'deleted']"]
    users = _users(ctx, data, errors) if "users" in data else None
    if errors:
        raise invalid(errors)
    pictures.keep(ctx, old["id"], new["image_url"])
    changed = _replace_users(ctx, old["id"], users)
    _put_under(ctx, old["id"], data)
    if new != old:
        ctx.connection.execute(update(groups).where(groups.c.id == old["id"]).values(_row(new)))
        _refresh(ctx, new)
    if new != old or changed:
        verb = "deleted" if new["state"] == "deleted" and old["state"] != "deleted" else "changed"
        activities.record_group(ctx, verb, new)
    asked = {"include_datasets": True, "include_users": True, "include_followers": False}
    answer = grouped.whole(_inside(ctx, old["id"]), new, asked)
    del answer["num_followers"]
    return answer


def _replace_users(ctx: Context, key: str, users: dict[str, str] | None) -> bool:
    """Makes these the members and nobody else; says whether that changed anything."""
    if users is None:
        return False
    query = select(members.c.table_id, members.c.capacity).where(
        members.c.group_id == key, members.c.table_name == "user", members.c.state == "active"
    )
    before = {row[0]: row[1] for row in ctx.connection.execute(query)}
    for gone in set(before) - set(users):
        member.give(ctx.connection, key, gone, None)
    for user, capacity in users.items():
        member.give(ctx.connection, key, user, capacity)
    return before != users


def _refresh(ctx: Context, new: Document, *, gone: bool = False) -> None:
    """Packages show their organisation and groups: they follow it, without being modified themselves."""
    query = select(packages.c.document)
    if new["is_organization"]:
        query = query.where(packages.c.owner_org == new["id"])
    else:
        query = query.join(package_groups).where(package_groups.c.group_id == new["id"])
    for (text,) in ctx.connection.execute(query).all():
        document = orjson.loads(text)
        if new["is_organization"]:
            document["organization"] = owner_summary(new)
        else:
            others = [group for group in document["groups"] if group["id"] != new["id"]]
            mine = [] if gone or new["state"] != "active" else [group_summary(new)]
            document["groups"] = sorted([*others, *mine], key=lambda group: str(group["name"]))
        touch(ctx, document)


def _owned(ctx: Context, data: Data, kind: str, verb: str) -> Document:
    found = group_row(ctx, wanted(data, "id"), kind)
    if found is None:
        raise not_found("Group was not found." if verb != "purge" else f"{kind.title()} was not found")
    if verb == "purge" and not ctx.actor.sysadmin:
        raise forbidden()
    if verb == "delete" and not ctx.stock and not ctx.actor.sysadmin:
        raise forbidden(f"User {ctx.actor.name} not authorized to delete {kind}s")  # as the Thai portals are set
    if not ctx.actor.may("delete" if verb == "delete" else "update", found["id"]):
        raise forbidden(f"User {ctx.actor.name} not authorized to {verb} {kind} {found['id']}")
    return found


def _delete(ctx: Context, data: Data, kind: str) -> None:
    found = _owned(ctx, data, kind, "delete")
    if kind == "organization" and _owns(ctx, found):
        raise invalid({"message": "Organization cannot be deleted while it still has datasets"})
    if found["state"] == "deleted":
        return
    if kind == "group":
        _refresh(ctx, found, gone=True)
    new = {**found, "state": "deleted"}
    ctx.connection.execute(update(groups).where(groups.c.id == found["id"]).values(_row(new)))
    held = or_(members.c.group_id == found["id"], members.c.table_id == found["id"])
    ctx.connection.execute(update(members).where(held).values(state="deleted"))
    activities.record_group(ctx, "deleted", new)


def _purge(ctx: Context, data: Data, kind: str) -> None:
    found = _owned(ctx, data, kind, "purge")
    if kind == "organization" and _owns(ctx, found, deleted_too=True):
        raise invalid({"message": "Organization cannot be purged while it still has datasets"})
    if kind == "group":
        _refresh(ctx, found, gone=True)
    pictures.keep(ctx, found["id"], "")
    ctx.connection.execute(delete(members).where(members.c.table_id == found["id"]))
    ctx.connection.execute(delete(groups).where(groups.c.id == found["id"]))
    activities.forget(ctx, found["id"])


def _owns(ctx: Context, found: Document, *, deleted_too: bool = False) -> bool:
    query = select(func.count()).select_from(packages).where(packages.c.owner_org == found["id"])
    if not deleted_too:
        query = query.where(packages.c.state != "deleted")
    return bool(ctx.connection.execute(query).scalar())


def _autocomplete(ctx: Context, data: Data, kind: str) -> list[Document]:
    q = folded(str(data.get("q") or ""))
    if not q:
        raise invalid({"q": ["Missing value"]})
    query = select(groups).where(groups.c.type == kind, groups.c.state == "active").order_by(groups.c.title)
    found = [row for row in ctx.connection.execute(query) if q in folded(row.name) or q in folded(row.title)]
    return [{"id": row.id, "name": row.name, "title": row.title} for row in found[: natural(data, "limit", 20)]]


SHOWN = """:param id: its id or name
:param include_datasets: its datasets (optional, default: false)
:param include_dataset_count: their number (optional, default: true)
:param include_extras: optional, default: true
:param include_users: its members (optional)
:param include_groups: what it stands under (optional, default: true)
:param include_followers: their number (optional, default: true)"""
LISTED = """:param q: part of a name, title or description (optional)
:param sort: `name`, `title` or `package_count`, with `asc` or `desc` (optional, default: title asc)
:param limit: at most so many (optional)
:param offset: the offset to start from (optional)
:param all_fields: whole objects (optional)
:param include_extras: with all_fields (optional)
:param include_users: with all_fields (optional)"""
FIELDS = """:param title: its title (optional)
:param description: what it is (optional)
:param image_url: a picture's address (optional)
:param image_upload: a picture, as multipart form data (optional)
:param extras: a list of {key, value} (optional)
:param users: a list of {name, capacity} (optional)"""
VERBS: dict[str, tuple[Callable[[Context, Data, str], Any], bool, str]] = {
    "show": (grouped.show, True, "Return one {kind}.\n\n" + SHOWN),
    "list": (grouped.all_of, True, "Return the names of every {kind}.\n\n" + LISTED),
    "autocomplete": (
        _autocomplete,
        True,
        "Return the {kind}s whose name or title holds a string.\n\n:param q: the string\n"
        ":param limit: at most so many (optional, default: 20)",
    ),
    "create": (
        _create,
        False,
        "Create one {kind} and return it; you become its admin.\n\n:param name: its name\n" + FIELDS,
    ),
    "patch": (
        _patch,
        False,
        "Change the given fields of one {kind} and return it.\n\n:param id: its id or name\n" + FIELDS,
    ),
    "update": (
        _update,
        False,
        f"Change one {{kind}} and return it. Extras not given are removed.\n\n:param id: its id or name\n{FIELDS}",
    ),
    "delete": (
        _delete,
        False,
        "Delete one {kind}; an organization must have no datasets.\n\n:param id: its id or name",
    ),
    "purge": (_purge, False, "Remove one {kind} for good. For sysadmins.\n\n:param id: its id or name"),
}


def _register(kind: str, verb: str) -> None:
    work, read, help_text = VERBS[verb]

    def run(ctx: Context, data: Data) -> Any:
        return work(ctx, data, kind)

    run.__doc__ = help_text.replace("{kind}", kind)
    action(f"{kind}_{verb}", read=read)(run)


for _kind in ("organization", "group"):
    for _verb in VERBS:
        _register(_kind, _verb)


@action("organization_list_for_user", read=True)
def organization_list_for_user(ctx: Context, data: Data) -> list[Document]:
    """Return the organisations a user may work in.

    :param id: the id or name of the user (optional, default: the caller)
    :param permission: what the user's role must allow (optional, default: manage_group)
    :param include_dataset_count: the number of datasets of each (optional)
    :param include_member_count: the number of members of each (optional)
    """
    permission = str(data.get("permission") or "manage_group")
    if not data.get("id"):
        return grouped.worked_in(ctx, data, "organization", ctx.actor.id, ctx.actor.sysadmin, permission)
    user = accounts.find(ctx, str(data["id"]))
    if user is None:
        raise not_found()
    return grouped.worked_in(ctx, data, "organization", user.id, bool(user.sysadmin), permission)


@action("group_list_authz", read=True)
def group_list_authz(ctx: Context, data: Data) -> list[Document]:
    """Return the groups whose datasets the caller may choose.

    :param am_member: only groups the caller is a member of, for sysadmins too (optional)
    :param include_dataset_count: the number of datasets of each (optional)
    """
    everything = ctx.actor.sysadmin and not true(data.get("am_member", False))
    return grouped.worked_in(ctx, data, "group", ctx.actor.id, everything, "manage_group")


@action("group_package_show", read=True)
def group_package_show(ctx: Context, data: Data) -> list[Document]:
    """Return the datasets of a group.

    :param id: the id or name of the group
    :param limit: at most so many (optional)
    """
    try:
        limit = {"limit": int(data["limit"])} if data.get("limit") not in (None, "") else {}
    except (TypeError, ValueError):
        raise invalid({"message": "Limit must be a positive integer"}) from None
    if any(number < 0 for number in limit.values()):
        raise invalid({"message": "Limit must be a positive integer"})
    found = member.any_group(ctx, wanted(data, "id"))
    if found is None:
        raise not_found()
    return grouped.datasets(ctx, found, limit) if found["type"] == "group" else []
