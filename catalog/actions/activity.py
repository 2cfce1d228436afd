"""Actions on the stream of activities, and on the dashboard, which is a user's own part of it."""

from __future__ import annotations

import difflib
import json
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from catalog.actions import accounts, activities, grouped
from catalog.actions.context import Context
from catalog.actions.documents import Document, may_write, readable
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.register import action
from catalog.actions.values import now, true, wanted, wanted_all
from catalog.store.tables import activities as table
from catalog.store.tables import follows, package_groups, packages, users

Data = dict[str, Any]


@action("package_activity_list", read=True)
def package_activity_list(ctx: Context, data: Data) -> list[Document]:
    """Return the activities of a dataset, the newest first.

    :param id: the id or name of the dataset
    :param limit: at most so many (optional, default: 31, at most 100)
    :param offset: the offset to start from (optional)
    :param before: only older than a time, in seconds since 1970 (optional)
    :param after: only newer than a time (optional)
    :param activity_types: only these (optional)
    :param exclude_activity_types: all but these (optional)
    """
    key = wanted(data, "id")
    if data.get("activity_types") is not None and data.get("exclude_activity_types") is not None:
        raise invalid({"activity_types": ["Cannot be used together with `exclude_activity_types"]})
    document = readable(ctx, key)
    return activities.listed(ctx, data, table.c.object_id == document["id"])


@action("user_activity_list", read=True)
def user_activity_list(ctx: Context, data: Data) -> list[Document]:
    """Return what a user did, the newest first.

    :param id: the id or name of the user
    :param limit: at most so many (optional, default: 31, at most 100)
    :param offset: the offset to start from (optional)
    """
    key = wanted(data, "id")
    if not ctx.stock and not ctx.actor.name:
        raise forbidden()
    row = accounts.find(ctx, key)
    if row is None:
        raise not_found()
    return activities.listed(ctx, data, _by(row.id))


def _by(user: str) -> ColumnElement[bool]:
    return or_(table.c.user_id == user, table.c.object_id == user)


def _of_group(ctx: Context, data: Data, kind: str) -> list[Document]:
    found = grouped.show(ctx, {"id": wanted(data, "id"), "include_users": False}, kind)
    held: Any = select(packages.c.id).where(packages.c.owner_org == found["id"])
    if kind == "group":
        held = select(package_groups.c.package_id).where(package_groups.c.group_id == found["id"])
    return activities.listed(ctx, data, or_(table.c.object_id == found["id"], table.c.object_id.in_(held)))


@action("organization_activity_list", read=True)
def organization_activity_list(ctx: Context, data: Data) -> list[Document]:
    """Return the activities of an organisation and its datasets, the newest first.

    :param id: the id or name of the organisation
    :param limit: at most so many (optional, default: 31, at most 100)
    :param offset: the offset to start from (optional)
    """
    return _of_group(ctx, data, "organization")


@action("group_activity_list", read=True)
def group_activity_list(ctx: Context, data: Data) -> list[Document]:
    """Return the activities of a group and its datasets, the newest first.

    :param id: the id or name of the group
    :param limit: at most so many (optional, default: 31, at most 100)
    :param offset: the offset to start from (optional)
    """
    return _of_group(ctx, data, "group")


@action("recently_changed_packages_activity_list", read=True)
def recently_changed_packages_activity_list(ctx: Context, data: Data) -> list[Document]:
    """Return what happened to datasets lately, the newest first.

    :param limit: at most so many (optional, default: 31, at most 100)
    :param offset: the offset to start from (optional)
    """
    return activities.listed(ctx, data, table.c.activity_type.endswith(" package"))


def _mine(ctx: Context) -> ColumnElement[bool]:
    """What I did, and what happened to what I follow."""
    followed = select(follows.c.object_id).where(follows.c.follower_id == ctx.actor.id)
    owned = select(packages.c.id).where(packages.c.owner_org.in_(followed))
    held = select(package_groups.c.package_id).where(package_groups.c.group_id.in_(followed))
    mine = _by(str(ctx.actor.id))
    return or_(
        mine,
        table.c.object_id.in_(followed),
        table.c.user_id.in_(followed),
        table.c.object_id.in_(owned),
        table.c.object_id.in_(held),
    )


@action("dashboard_activity_list", read=True)
def dashboard_activity_list(ctx: Context, data: Data) -> list[Document]:
    """Return what you did and what happened to what you follow, the newest first; `is_new` since your last look.

    :param limit: at most so many (optional, default: 31, at most 100)
    :param offset: the offset to start from (optional)
    """
    if not ctx.actor.name:
        raise forbidden("You must be logged in to access your dashboard.")
    found = activities.listed(ctx, data, _mine(ctx))
    row = accounts.find(ctx, str(ctx.actor.id))
    seen = (row.dashboard_seen or row.created) if row is not None else ""
    return [{**one, "is_new": one["user_id"] != ctx.actor.id and one["timestamp"] > seen} for one in found]


@action("dashboard_new_activities_count", read=True)
def dashboard_new_activities_count(ctx: Context, data: Data) -> int:
    """Return how many activities of your dashboard are new."""
    return sum(1 for one in dashboard_activity_list(ctx, data) if one["is_new"])


@action("dashboard_mark_activities_old")
def dashboard_mark_activities_old(ctx: Context, data: Data) -> None:
    """Say that you have seen the activities of your dashboard."""
    if not ctx.actor.name:
        raise forbidden("You must be logged in to access your dashboard.")
    me = accounts.ensure(ctx)
    ctx.connection.execute(update(users).where(users.c.id == me).values(dashboard_seen=now()))


def _one(ctx: Context, data: Data) -> Any:
    """A dataset's activity. Its data is for who may change the dataset, as on CKAN."""
    found = activities.one(ctx, wanted(data, "id"))
    if found is None:
        raise not_found()
    if not found.activity_type.endswith(" package"):
        if not ctx.actor.sysadmin:
            raise forbidden("object_type not recognized")
        return found
    if not activities.seen(ctx, found.id):
        raise forbidden("Unauthorized to view activity data")
    return found


@action("activity_show", read=True)
def activity_show(ctx: Context, data: Data) -> Document:
    """Return an activity.

    :param id: its id
    :param include_data: the object as it was then (optional; for who may change the dataset)
    """
    found = _one(ctx, data)
    if true(data.get("include_data", False)):
        _editor(ctx, found)
    return activities.shown(ctx, found)


def _editor(ctx: Context, found: Any) -> None:
    if ctx.actor.sysadmin:
        return
    document = readable(ctx, found.object_id)
    if not may_write(ctx, document):
        raise forbidden(f"User {ctx.actor.name} not authorized to edit package {document['id']}")


@action("activity_data_show", read=True)
def activity_data_show(ctx: Context, data: Data) -> Any:
    """Return the object as it was at an activity. For who may change the dataset.

    :param id: the activity's id
    :param object_type: only that part, such as `package` (optional)
    """
    found = _one(ctx, data)
    _editor(ctx, found)
    held = activities.shown(ctx, found)["data"]
    kind = data.get("object_type")
    if not kind:
        return held
    if kind not in (held or {}):
        raise not_found("Could not find that object_type in the activity")
    return held[kind]


@action("activity_diff", read=True)
def activity_diff(ctx: Context, data: Data) -> Document:
    """Return what an activity changed, as a unified or context diff of the JSON. For who may change the dataset.

    :param id: the activity's id
    :param object_type: such as `package`
    :param diff_type: `unified` or `context` (optional, default: unified)
    """
    _key, kind = wanted_all(data, "id", "object_type")
    found = _one(ctx, data)
    _editor(ctx, found)
    query = select(table).where(table.c.object_id == found.object_id, table.c.timestamp < found.timestamp)
    before = ctx.connection.execute(query.order_by(table.c.timestamp.desc())).first()
    if before is None:
        raise not_found("Previous activity for this object not found")
    pair = [activities.shown(ctx, before), activities.shown(ctx, found)]
    if any(kind not in (one["data"] or {}) for one in pair):
        raise not_found("Could not find object in the activity data")
    lines = [json.dumps(one["data"][kind], indent=2, sort_keys=True).split("\n") for one in pair]
    way = data.get("diff_type") or "unified"
    if way not in ("unified", "context"):
        raise invalid({"message": "diff_type not recognized"})
    differ = difflib.unified_diff if way == "unified" else difflib.context_diff
    return {"diff": "\n".join(differ(lines[0], lines[1])), "activities": pair}
