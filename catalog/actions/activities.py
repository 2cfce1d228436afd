"""The stream of activities: what is written beside each write, in its transaction, and who may read it.

An activity keeps the object as it was then. A stranger sees it only while the dataset is public, and only if it
was public then (CKAN asks for the second alone; after a leak the first matters).
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, insert, or_, select, true

from catalog.actions.accounts import ensure
from catalog.actions.context import Context
from catalog.actions.refusals import invalid
from catalog.actions.values import natural, now
from catalog.store.tables import activities, groups, packages, users

Data = dict[str, Any]
USUAL, MOST = 31, 100
"""Activities in one answer: where no limit is given, and at most (CKAN's defaults)."""


def record(
    ctx: Context, kind: str, key: str, data: Data | None, *, hidden: bool = False, by: str | None = None
) -> None:
    """Notes what the caller just did, such as `new package`. As on CKAN, a user's own news is `by` that user."""
    row = {
        "id": str(uuid4()),
        "timestamp": now(),
        "user_id": by or ensure(ctx),
        "object_id": key,
        "activity_type": kind,
        "hidden": hidden,
        "data": orjson.dumps(data or {}).decode(),
    }
    ctx.connection.execute(insert(activities).values(row))


def record_package(ctx: Context, document: Data, old: Data | None) -> None:
    """Notes that a dataset was made, changed or deleted. Deleting it once more is no news."""
    gone = document["state"] == "deleted"
    if gone and old is not None and old["state"] == "deleted":
        return
    kind = "new" if old is None else "deleted" if gone else "changed"
    hidden = document["private"] or document["state"] != "active"
    data: Data = {"package": document, "actor": ctx.actor.name}
    record(ctx, f"{kind} package", document["id"], data, hidden=hidden)


def record_group(ctx: Context, verb: str, document: Data) -> None:
    """Notes that an organisation or group was made, changed or deleted."""
    shown_group = {key: value for key, value in document.items() if key != "display_name"}
    shown_group["extras"] = {one["key"]: one["value"] for one in document["extras"]}
    record(ctx, f"{verb} {document['type']}", document["id"], {"group": shown_group})


def forget(ctx: Context, key: str) -> None:
    """Removes the activities of an object that is purged."""
    ctx.connection.execute(delete(activities).where(activities.c.object_id == key))


def readable(ctx: Context) -> ColumnElement[bool]:
    """The condition on `activities` (joined by `listed`) that the caller may see one."""
    if ctx.actor.sysadmin:
        return true()
    own = [group for group, role in ctx.actor.roles.items() if role]
    public = and_(activities.c.hidden.is_(False), packages.c.state == "active", packages.c.private.is_(False))
    elsewhere = and_(packages.c.id.is_(None), or_(groups.c.state == "active", users.c.state == "active"))
    seen = or_(public, elsewhere, packages.c.owner_org.in_(own))
    # on the Thai portals strangers are not shown users, nor what happened to them
    return seen if ctx.actor.name or ctx.stock else and_(seen, users.c.id.is_(None))


def listed(ctx: Context, data: Data, *conditions: ColumnElement[bool]) -> list[Data]:
    """A page of activities, the newest first. Knows CKAN's limit, offset, before, after and activity types."""
    query = _joined().where(readable(ctx), *conditions)
    for field, column in (("before", activities.c.timestamp), ("after", activities.c.timestamp)):
        if data.get(field) not in (None, ""):
            moment = _moment(data, field)
            query = query.where(column < moment if field == "before" else column > moment)
    for field in ("activity_types", "exclude_activity_types"):
        kinds = data.get(field)
        if kinds is not None:
            kinds = [kinds] if isinstance(kinds, str) else [str(kind) for kind in kinds]
            chosen = activities.c.activity_type.in_(kinds)
            query = query.where(chosen if field == "activity_types" else ~chosen)
    forwards = data.get("after") not in (None, "") and data.get("before") in (None, "")
    order = activities.c.timestamp if forwards else activities.c.timestamp.desc()
    query = query.order_by(order).limit(natural(data, "limit", USUAL, MOST)).offset(natural(data, "offset", 0))
    rows = [shown(ctx, row) for row in ctx.connection.execute(query)]
    return rows[::-1] if forwards else rows


def _joined() -> Select[Any]:
    query = select(activities).outerjoin(packages, packages.c.id == activities.c.object_id)
    query = query.outerjoin(groups, groups.c.id == activities.c.object_id)
    return query.outerjoin(users, users.c.id == activities.c.object_id)


def one(ctx: Context, key: str) -> Row[Any] | None:
    """An activity's row, whoever asks."""
    return ctx.connection.execute(select(activities).where(activities.c.id == key)).first()


def seen(ctx: Context, key: str) -> bool:
    """Whether the caller may see it."""
    query = _joined().where(readable(ctx), activities.c.id == key)
    return ctx.connection.execute(query).first() is not None


def shown(ctx: Context, row: Row[Any]) -> Data:
    """An activity as CKAN answers it."""
    from catalog.actions.documents import shown_resource

    data = orjson.loads(row.data)
    held = data or {}
    for resource in held.get("package", {}).get("resources", ()):
        shown_resource(ctx, resource)
    fields = ("id", "timestamp", "user_id", "object_id", "activity_type")
    answer = {**{field: row._mapping[field] for field in fields}, "data": data}
    return {**answer, "permission_labels": _labels(held["package"]) if "package" in held else None}


def _labels(package: Data) -> list[str]:
    """Who may see a dataset as it was then, in CKAN's words."""
    hidden = package["private"] or package["state"] != "active"
    return [f"member-{package['owner_org']}"] if hidden else ["public"]


def _moment(data: Data, field: str) -> str:
    """A time as a request gives it: seconds since 1970, or ISO 8601."""
    from datetime import UTC, datetime

    text = str(data[field])
    try:
        number = float(text)
        return datetime.fromtimestamp(number, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    except (ValueError, OverflowError, OSError):
        pass
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None).isoformat(timespec="microseconds")
    except ValueError:
        raise invalid({field: ["Invalid timestamp"]}) from None


def count(ctx: Context, *conditions: ColumnElement[bool]) -> int:
    """How many activities the caller may see."""
    inner = _joined().where(readable(ctx), *conditions).subquery()
    return int(ctx.connection.execute(select(func.count()).select_from(inner)).scalar() or 0)
