"""Actions on memberships: who works in an organisation or group, in which role, and what a group holds."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import Connection, func, insert, or_, select, update

from catalog.actions import accounts
from catalog.actions.context import Context
from catalog.actions.documents import Document, copied, load, save
from catalog.actions.drafts import group_summary
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.register import action
from catalog.actions.values import wanted, wanted_all
from catalog.actions.words import said
from catalog.store.tables import groups, members, package_groups, packages

Data = dict[str, Any]
ROLES = {"admin": "Admin", "editor": "Editor", "member": "Member"}


def any_group(ctx: Context, key: str) -> Document | None:
    """An organisation or a group, by id or name."""
    import orjson

    query = select(groups.c.document).where(or_(groups.c.id == key, groups.c.name == key))
    found = ctx.connection.execute(query.order_by(groups.c.id != key)).first()
    return orjson.loads(found[0]) if found else None


def give(connection: Connection, group: str, held: str, capacity: str | None, *, kind: str = "user") -> None:
    """Gives a user (or a parent, as `group`) a role, whoever asks; None takes it."""
    mine = (members.c.group_id == group, members.c.table_name == kind, members.c.table_id == held)
    old = connection.execute(select(members).where(*mine)).first()
    if capacity is None:
        connection.execute(update(members).where(*mine).values(state="deleted"))
    elif old is None:
        row = {"id": str(uuid4()), "group_id": group, "table_name": kind, "table_id": held}
        connection.execute(insert(members).values({**row, "capacity": capacity, "state": "active"}))
    elif (old.capacity, old.state) != (capacity, "active"):
        connection.execute(update(members).where(*mine).values(capacity=capacity, state="active"))


def join(ctx: Context, group: str, user: str, capacity: str, *, kind: str = "user") -> Document:
    """Gives a role, as `give`. Returns the membership as CKAN shows it."""
    give(ctx.connection, group, user, capacity, kind=kind)
    mine = (members.c.group_id == group, members.c.table_name == kind, members.c.table_id == user)
    return _shown(ctx.connection.execute(select(members).where(*mine)).one())


def _shown(row: Any) -> Document:
    fields = ("id", "table_name", "table_id", "capacity", "group_id", "state")
    return {field: row._mapping[field] for field in fields}


def users_of(ctx: Context, group: str) -> list[Document]:
    """The users of an organisation or group, as `organization_show` lists them."""
    query = select(members.c.table_id, members.c.capacity)
    query = query.where(members.c.group_id == group, members.c.table_name == "user", members.c.state == "active")
    found = []
    for key, capacity in ctx.connection.execute(query):
        row = accounts.find(ctx, key)
        if row is not None and row.state == "active":
            shown = accounts.shown(ctx, row)
            for secret in ("apikey", "email"):
                shown.pop(secret, None)
            found.append({**shown, "capacity": capacity})
    return sorted(found, key=lambda one: str(one["name"]))


@action("member_list", read=True)
def member_list(ctx: Context, data: Data) -> list[tuple[str, str, str]]:
    """Return the members of an organisation or group: id, type, role.

    :param id: the id or name of the organisation or group
    :param object_type: `user`, `package` or `group` (optional)
    :param capacity: only those of a role (optional)
    """
    group = any_group(ctx, wanted(data, "id"))
    if group is None:
        raise not_found()
    kind, capacity = data.get("object_type"), data.get("capacity")
    shown = group["state"] == "active" and (ctx.stock or kind == "package")
    if not shown and not ctx.actor.may("read", group["id"]):
        raise forbidden(f"User {ctx.actor.name} not authorized to read group {group['id']}")
    query = select(members.c.table_id, members.c.table_name, members.c.capacity)
    query = query.where(members.c.group_id == group["id"], members.c.state == "active")
    rows = [tuple(row) for row in ctx.connection.execute(query)] + _packages(ctx, group)
    chosen = (row for row in rows if kind in (None, "", row[1]) and capacity in (None, "", row[2]))
    return [(key, name, said(ROLES.get(role, role), ctx.site.language)) for key, name, role in chosen]


def _packages(ctx: Context, group: Document) -> list[tuple[str, str, str]]:
    """What an organisation owns or a group holds, as members of it."""
    query = select(packages.c.id).where(packages.c.state == "active")
    if group["is_organization"]:
        query, role = query.where(packages.c.owner_org == group["id"]), "organization"
    else:
        query = query.join(package_groups, package_groups.c.package_id == packages.c.id)
        query, role = query.where(package_groups.c.group_id == group["id"]), "public"
    if not ctx.actor.sysadmin:
        own = [key for key in ctx.actor.roles if ctx.actor.may("read", key)]
        query = query.where(or_(packages.c.private.is_(False), packages.c.owner_org.in_(own)))
    return [(key, "package", role) for (key,) in ctx.connection.execute(query.order_by(packages.c.name))]


@action("member_create")
def member_create(ctx: Context, data: Data) -> Document:
    """Make a user, a dataset or a group a member of an organisation or group.

    :param id: the id or name of the organisation or group
    :param object: the id or name of what becomes a member
    :param object_type: `user`, `package` or `group`
    :param capacity: the role
    """
    key, thing, kind, capacity = map(str, wanted_all(data, "id", "object", "object_type", "capacity"))
    group, held = _both(ctx, key, thing, kind, "edit")
    if kind == "package":
        document = load(ctx, held)
        if document is None or group["is_organization"]:
            raise invalid({"object_type": ["A dataset becomes an organization's by its owner_org"]})
        if all(one["id"] != group["id"] for one in document["groups"]):
            new = copied(document)
            new["groups"] = sorted([*new["groups"], group_summary(group)], key=lambda one: str(one["name"]))
            save(ctx, new, document)
        shown = {"id": str(uuid5(NAMESPACE_URL, f"{group['id']}:{held}")), "table_name": kind, "table_id": held}
        return {**shown, "capacity": capacity, "group_id": group["id"], "state": "active"}
    if kind == "user":
        _keep_admin(ctx, group, held, capacity)
    return join(ctx, group["id"], held, capacity, kind=kind)


def _keep_admin(ctx: Context, group: Document, user: str, capacity: str) -> None:
    """An admin does not take the role from themselves."""
    own = user == ctx.actor.id and ctx.actor.roles.get(group["id"]) == "admin"
    if own and capacity != "admin":
        raise forbidden("Administrators cannot revoke their own admin status")


@action("member_delete")
def member_delete(ctx: Context, data: Data) -> None:
    """End a membership. Repeating is no error.

    :param id: the id or name of the organisation or group
    :param object: the id or name of the member
    :param object_type: `user`, `package` or `group`
    """
    key, thing, kind = map(str, wanted_all(data, "id", "object", "object_type"))
    group, held = _both(ctx, key, thing, kind, "edit")
    if kind == "package":
        document = load(ctx, held)
        if document is not None and any(one["id"] == group["id"] for one in document["groups"]):
            new = copied(document)
            new["groups"] = [one for one in new["groups"] if one["id"] != group["id"]]
            save(ctx, new, document)
        return
    give(ctx.connection, group["id"], held, None, kind=kind)


def _both(ctx: Context, key: str, thing: str, kind: str, verb: str) -> tuple[Document, str]:
    """The group, and the id of its member. Raises 404, and 403 for who may not change the group."""
    group = any_group(ctx, key)
    if group is None:
        raise not_found("Group was not found.")
    held = _held(ctx, thing, kind)
    if held is None:
        raise not_found(f"{kind.title()} was not found.")
    needed = "manage_group" if kind == "package" and not group["is_organization"] else "update"
    if not ctx.actor.may(needed, group["id"]):
        raise forbidden(f"User {ctx.actor.name} not authorized to {verb} group {group['id']}")
    return group, held


def _held(ctx: Context, thing: str, kind: str) -> str | None:
    if kind == "user":
        row = accounts.find(ctx, thing)
        return row.id if row is not None else None
    if kind == "package":
        return (load(ctx, thing) or {}).get("id")
    if kind == "group":
        return (any_group(ctx, thing) or {}).get("id")
    raise invalid({"object_type": [f"Value must be one of {['user', 'package', 'group']}"]})


@action("member_roles_list", read=True)
def member_roles_list(ctx: Context, data: Data) -> list[Document]:
    """Return the roles of an organisation's or group's members.

    :param group_type: `organization` or `group` (optional, default: organization)
    """
    kinds = [role for role in ROLES if role != "editor" or data.get("group_type") != "group"]
    return [{"text": said(ROLES[role], ctx.site.language), "value": role} for role in kinds]


def _create(ctx: Context, data: Data, kind: str) -> Document:
    username, role = wanted_all(data, "username", "role")
    if role not in ROLES:
        raise invalid({"role": ["role does not exist."]})
    group, user = any_group(ctx, wanted(data, "id")), accounts.find(ctx, str(username))
    errors = {"id": ["That group name or ID does not exist."]} if group is None or group["type"] != kind else {}
    errors |= {"username": ["User not found"]} if user is None else {}
    if group is None or user is None or errors:
        raise invalid(errors)
    if not ctx.actor.may("membership", group["id"]):
        raise forbidden(f"User {ctx.actor.name} not authorized to add members")
    _keep_admin(ctx, group, user.id, str(role))
    return join(ctx, group["id"], user.id, str(role))


def _delete(ctx: Context, data: Data) -> None:
    if not ctx.actor.name:
        raise forbidden("Action member_delete requires an authenticated user")
    user = data.get("username") or data.get("user_id")
    member_delete(ctx, {"id": data.get("id"), "object": user, "object_type": "user"})


@action("organization_member_create")
def organization_member_create(ctx: Context, data: Data) -> Document:
    """Give a user a role in an organisation, for its admins.

    :param id: the id or name of the organisation
    :param username: the id or name of the user
    :param role: `admin`, `editor` or `member`
    """
    return _create(ctx, data, "organization")


@action("group_member_create")
def group_member_create(ctx: Context, data: Data) -> Document:
    """Give a user a role in a group, for its admins.

    :param id: the id or name of the group
    :param username: the id or name of the user
    :param role: `admin`, `editor` or `member`
    """
    return _create(ctx, data, "group")


@action("organization_member_delete")
def organization_member_delete(ctx: Context, data: Data) -> None:
    """End a user's membership of an organisation.

    :param id: the id or name of the organisation
    :param username: the id or name of the user
    """
    _delete(ctx, data)


@action("group_member_delete")
def group_member_delete(ctx: Context, data: Data) -> None:
    """End a user's membership of a group.

    :param id: the id or name of the group
    :param username: the id or name of the user
    """
    _delete(ctx, data)


def count(ctx: Context, group: str) -> int:
    """How many users work in an organisation or group."""
    query = select(func.count()).select_from(members)
    query = query.where(members.c.group_id == group, members.c.table_name == "user", members.c.state == "active")
    return int(ctx.connection.execute(query).scalar() or 0)
