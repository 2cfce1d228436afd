"""Organisations and groups as CKAN shows them: whole, in lists, and for who may work in them."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import func, select

from catalog.actions import member, pictures
from catalog.actions.context import PERMISSIONS, Context
from catalog.actions.documents import Document, count_packages, group_row, may_read, shown
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.values import natural, true, wanted
from catalog.store.tables import follows, groups, package_groups, packages

Data = dict[str, Any]
MOST_NAMES = 1000
MOST_STOCK, MOST_THAI = 25, 300
"""Whole organisations in one list: CKAN's default, and the Thai portals'."""
SUMMARY = (
    "id", "name", "title", "type", "description", "image_url", "created", "is_organization", "approval_status",
    "state",
)  # fmt: skip


def show(ctx: Context, data: Data, kind: str) -> Document:
    """One organisation or group. Raises 404, and 403 for a deleted one."""
    found = group_row(ctx, wanted(data, "id"), kind)
    if found is None:
        raise not_found()
    if found["state"] != "active" and not ctx.actor.may("read", found["id"]):
        raise forbidden(f"User {ctx.actor.name} not authorized to read group {found['id']}")
    return whole(ctx, found, data)


def whole(ctx: Context, found: Document, data: Data) -> Document:
    """The same of a stored one, with the parts a request asks for."""

    def asked(part: str, default: bool) -> bool:
        return true(data.get(f"include_{part}", default))

    with_users = asked("users", ctx.stock)
    if with_users and not ctx.stock and not ctx.actor.may("read", found["id"]):
        raise forbidden(f"User {ctx.actor.name} not authorized to read group {found['id']}")
    answer = {**found, "image_display_url": pictures.shown(ctx, found["image_url"]), "num_followers": 0}
    if asked("followers", True):
        answer["num_followers"] = followers(ctx, found["id"])
    if asked("datasets", False):
        answer["packages"] = datasets(ctx, found, data)
        answer["package_count"] = count(ctx, found)
    elif asked("dataset_count", True):
        answer["package_count"] = count(ctx, found)
    if not asked("extras", True):
        del answer["extras"]
    if with_users:
        answer["users"] = member.users_of(ctx, found["id"])
    if asked("groups", True):
        answer["groups"] = parents(ctx, found["id"])
    if asked("member_count", False):
        answer["member_count"] = member.count(ctx, found["id"])
    return answer


def followers(ctx: Context, key: str) -> int:
    """How many users follow it."""
    query = select(func.count()).select_from(follows).where(follows.c.object_id == key)
    return int(ctx.connection.execute(query).scalar() or 0)


def count(ctx: Context, found: Document) -> int:
    """How many active datasets it has that the caller may see."""
    if found["is_organization"]:
        return count_packages(ctx, found["id"])
    query = select(func.count()).select_from(packages).join(package_groups)
    query = query.where(package_groups.c.group_id == found["id"], packages.c.state == "active")
    if not ctx.actor.sysadmin:
        own = [key for key in ctx.actor.roles if ctx.actor.may("read", key)]
        query = query.where(packages.c.private.is_(False) | packages.c.owner_org.in_(own))
    return int(ctx.connection.execute(query).scalar() or 0)


def datasets(ctx: Context, found: Document, data: Data) -> list[Document]:
    """The datasets it has that the caller may see, the newest first; `limit` of them."""
    query = select(packages.c.document).where(packages.c.state == "active")
    if found["is_organization"]:
        query = query.where(packages.c.owner_org == found["id"])
    else:
        query = query.join(package_groups).where(package_groups.c.group_id == found["id"])
    query = query.order_by(packages.c.metadata_modified.desc())
    documents = (orjson.loads(row[0]) for row in ctx.connection.execute(query))
    mine = [one for one in documents if may_read(ctx, one)]
    return [shown(ctx, one) for one in mine[: natural(data, "limit", MOST_NAMES, MOST_NAMES)]]


def parents(ctx: Context, key: str) -> list[Document]:
    """The organisations or groups it stands under."""
    from catalog.store.tables import members

    query = select(groups.c.document, members.c.capacity).join(members, members.c.table_id == groups.c.id)
    query = query.where(members.c.group_id == key, members.c.table_name == "group", members.c.state == "active")
    rows = [(orjson.loads(text), role) for text, role in ctx.connection.execute(query.order_by(groups.c.name))]
    return [{**listed(ctx, found), "capacity": role} for found, role in rows]


def listed(ctx: Context, found: Document) -> Document:
    """One of a short list."""
    display = {"display_name": found["display_name"], "image_display_url": pictures.shown(ctx, found["image_url"])}
    return {**{key: found[key] for key in SUMMARY}, **display}


def _texts(value: Any) -> list[str]:
    return list(map(str, value)) if isinstance(value, list) else [str(value)]


def all_of(ctx: Context, data: Data, kind: str) -> list[Any]:
    """The names of organisations or groups, or with `all_fields` the whole of them."""
    if data.get("type") not in (None, "", kind):
        return []
    query = select(groups.c.document).where(groups.c.type == kind, groups.c.state == "active")
    found = [orjson.loads(row[0]) for row in ctx.connection.execute(query)]
    chosen = data.get(f"{kind}s") or []
    chosen = [one.strip() for one in chosen.split(",")] if isinstance(chosen, str) else _texts(chosen)
    if chosen:
        found = [one for one in found if one["name"] in chosen]
    q = str(data.get("q") or "").strip().lower()
    if q:
        found = [one for one in found if any(q in one[part].lower() for part in ("name", "title", "description"))]
    found = _sorted(ctx, found, str(data.get("sort") or data.get("order_by") or "title asc"))
    complete = true(data.get("all_fields", False))
    most = (MOST_STOCK if ctx.stock else MOST_THAI) if complete else MOST_NAMES
    limit, start = natural(data, "limit", most, most) or most, natural(data, "offset", 0)
    found = found[start : start + limit]
    if not complete:
        return [one["name"] for one in found]
    parts = ("extras", "users", "groups", "followers")
    wanted_parts = {**data, **{f"include_{part}": data.get(f"include_{part}", False) for part in parts}}
    return [whole(ctx, one, wanted_parts) for one in found]


def _sorted(ctx: Context, found: list[Document], sort: str) -> list[Document]:
    parts = [part.split() for part in sort.split(",") if part.strip()]
    if len(parts) > 1:
        raise invalid({"message": "Too many sort criteria provided only 1 allowed"})
    field, order = (parts or [["title"]])[0][0], (parts or [["title"]])[0][1:2]
    if field not in ("name", "title", "packages", "package_count"):
        raise invalid({"message": f"Cannot sort by field `{field}`"})
    if order and order[0].lower() not in ("asc", "desc"):
        raise invalid({"message": f"Invalid sort direction `{order[0].lower()}`"})
    if field in ("packages", "package_count"):
        counts = {one["id"]: count(ctx, one) for one in found}
        found = [one for one in found if counts[one["id"]]]  # CKAN lists those with datasets only
        found.sort(key=lambda one: (counts[one["id"]], one["name"]))
    else:
        found.sort(key=lambda one: (one[field], one["name"]))
    backwards = order[0].lower() == "desc" if order else field in ("packages", "package_count")
    return found[::-1] if backwards else found


def worked_in(
    ctx: Context, data: Data, kind: str, user: str | None, sysadmin: bool, permission: str
) -> list[Document]:
    """The organisations or groups in which a user's role allows something; all of them for a sysadmin."""
    from catalog.actions.accounts import roles_of

    roles = roles_of(ctx.connection, user) if user else {}
    query = select(groups.c.document).where(groups.c.type == kind, groups.c.state == "active")
    rows = [orjson.loads(row[0]) for row in ctx.connection.execute(query.order_by(groups.c.name))]
    answer = []
    for found in rows:
        capacity = "admin" if sysadmin else roles.get(found["id"], "")
        if sysadmin or permission in PERMISSIONS.get(capacity, ()) or capacity == "admin":
            shown_one = listed(ctx, found) if kind == "group" else {**listed(ctx, found), "capacity": capacity}
            if true(data.get("include_dataset_count", False)):
                shown_one["package_count"] = count(ctx, found)
            if true(data.get("include_member_count", False)):
                shown_one["member_count"] = member.count(ctx, found["id"])
            answer.append(shown_one)
    return answer
