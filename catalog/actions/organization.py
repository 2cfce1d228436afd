"""Actions on organisations and groups: two kinds of one thing, as on CKAN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from catalog.actions.context import Context
from catalog.actions.documents import Document, count_packages, group_row, may_read, shown, touch
from catalog.actions.drafts import group_summary, named, owner_summary
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.register import action
from catalog.actions.values import natural, now, true, wanted
from catalog.store.tables import groups, packages

Data = dict[str, Any]
STORED = ("description", "title", "image_url")


def _shown(ctx: Context, found: Document, *, extras: bool = True) -> Document:
    image = {"image_display_url": found["image_url"], "num_followers": 0}
    count = _count(ctx, found)
    answer = {**found, **image, "package_count": count}
    if not extras:
        del answer["extras"]
    return answer


def _count(ctx: Context, found: Document) -> int:
    return count_packages(ctx, found["id"]) if found["is_organization"] else len(_packages(ctx, found))


def _packages(ctx: Context, found: Document) -> list[Document]:
    query = select(packages.c.document).where(packages.c.state == "active").order_by(packages.c.title)
    if found["is_organization"]:
        query = query.where(packages.c.owner_org == found["id"])
    documents = (orjson.loads(row[0]) for row in ctx.connection.execute(query))
    mine = (
        one for one in documents if found["is_organization"] or found["id"] in [g["id"] for g in one["groups"]]
    )
    return [shown(ctx, one) for one in mine if may_read(ctx, one)]


def _show(ctx: Context, data: Data, kind: str) -> Document:
    found = group_row(ctx, wanted(data, "id"), kind)
    if found is None or (found["state"] != "active" and not ctx.actor.sysadmin):
        raise not_found()
    answer = {**_shown(ctx, found), "groups": []}
    if true(data.get("include_datasets", False)):
        answer["packages"] = _packages(ctx, found)
    return answer


def _list(ctx: Context, data: Data, kind: str) -> list[Any]:
    query = select(groups.c.document).where(groups.c.type == kind, groups.c.state == "active")
    found = [orjson.loads(row[0]) for row in ctx.connection.execute(query)]
    chosen = data.get(f"{kind}s") or []
    chosen = [one.strip() for one in chosen.split(",")] if isinstance(chosen, str) else list(chosen)
    if chosen:
        found = [one for one in found if one["name"] in chosen or one["id"] in chosen]
    field, _, direction = str(data.get("sort") or "title asc").partition(" ")
    if field == "package_count" or field == "packages":
        found.sort(key=lambda one: _count(ctx, one))
    elif field in ("name", "title"):
        found.sort(key=lambda one: (one[field], one["name"]))
    else:
        raise invalid({"sort": [f'Cannot sort by field "{field}"']})
    if direction.strip().lower() == "desc":
        found.reverse()
    start = natural(data, "offset", 0)
    found = found[start : start + natural(data, "limit", 1000, 1000)]
    if not true(data.get("all_fields", False)):
        return [one["name"] for one in found]
    return [_shown(ctx, one, extras=true(data.get("include_extras", False))) for one in found]


def _create(ctx: Context, data: Data, kind: str) -> Document:
    if not ctx.actor.sysadmin:
        raise forbidden(f"User {ctx.actor.name} not authorized to create {kind}s")
    wrong = named(str(data.get("name") or ""), 100)
    if wrong:
        raise invalid({"name": wrong})
    made: Document = {
        "approval_status": "approved",
        "created": now(),
        "id": str(data.get("id") or uuid4()),
        "is_organization": kind == "organization",
        "state": "active",
        "type": kind,
        **_fields(data, {"name": data["name"], "description": "", "title": "", "image_url": "", "extras": []}),
    }
    try:
        ctx.connection.execute(insert(groups).values(_row(made)))
    except IntegrityError:
        raise invalid({"name": ["Group name already exists in database"]}) from None
    return {**_shown(ctx, made), "groups": []}


def _fields(data: Data, old: Document) -> Document:
    fields: Document = {"name": str(data.get("name") or old["name"])}
    for field in STORED:
        fields[field] = str(data[field] or "") if field in data else old[field]
    fields["display_name"] = fields["title"] or fields["name"]
    extras = data.get("extras", old["extras"]) or []
    if not isinstance(extras, list) or not all(isinstance(one, dict) and one.get("key") for one in extras):
        raise invalid({"extras": ["Missing value"]})
    fields["extras"] = [{"key": str(one["key"]), "value": str(one.get("value") or "")} for one in extras]
    return fields


def _row(document: Document) -> dict[str, Any]:
    columns = {key: document[key] for key in ("id", "name", "title", "type", "state")}
    return {**columns, "document": orjson.dumps(document).decode()}


def _patch(ctx: Context, data: Data, kind: str) -> Document:
    old = _owned(ctx, data, kind, "edit")
    new = {**old, **_fields(data, old), "state": str(data.get("state") or old["state"])}
    wrong = named(new["name"], 100)
    if wrong:
        raise invalid({"name": wrong})
    if new != old:
        try:
            ctx.connection.execute(update(groups).where(groups.c.id == old["id"]).values(_row(new)))
        except IntegrityError:
            raise invalid({"name": ["Group name already exists in database"]}) from None
        _refresh(ctx, new)
    return {**_shown(ctx, new), "groups": []}


def _refresh(ctx: Context, new: Document) -> None:
    """Packages show their organisation and groups: they follow it, without being modified themselves."""
    query = select(packages.c.document)
    if new["is_organization"]:
        query = query.where(packages.c.owner_org == new["id"])
    for (text,) in ctx.connection.execute(query).all():
        document = orjson.loads(text)
        if new["is_organization"]:
            document["organization"] = owner_summary(new)
        elif any(group["id"] == new["id"] for group in document["groups"]):
            summary = group_summary(new)
            document["groups"] = [summary if group["id"] == new["id"] else group for group in document["groups"]]
        else:
            continue
        touch(ctx, document)


def _owned(ctx: Context, data: Data, kind: str, verb: str) -> Document:
    found = group_row(ctx, wanted(data, "id"), kind)
    if found is None:
        raise not_found()
    if not ctx.actor.sysadmin:
        raise forbidden(f"User {ctx.actor.name} not authorized to {verb} {kind} {found['id']}")
    return found


def _delete(ctx: Context, data: Data, kind: str) -> None:
    found = _owned(ctx, data, kind, "delete")
    if kind == "organization" and count_packages(ctx, found["id"]):
        raise invalid({"message": "Organization cannot be deleted while it still has datasets"})
    ctx.connection.execute(
        update(groups).where(groups.c.id == found["id"]).values(_row({**found, "state": "deleted"}))
    )


def _purge(ctx: Context, data: Data, kind: str) -> None:
    found = _owned(ctx, data, kind, "purge")
    query = select(func.count()).select_from(packages).where(packages.c.owner_org == found["id"])
    if ctx.connection.execute(query).scalar():
        raise invalid({"message": "Organization cannot be purged while it still has datasets"})
    ctx.connection.execute(delete(groups).where(groups.c.id == found["id"]))


def _member(ctx: Context, data: Data) -> list[Document]:
    """Organisations in which the caller may work: all of them for a sysadmin, none for anyone else yet."""
    if not ctx.actor.sysadmin:
        return []
    keys = ("approval_status", "created", "description", "display_name", "id", "image_display_url", "image_url")
    shown_keys = (*keys, "is_organization", "name", "state", "title", "type")
    rows = _list(ctx, {"all_fields": True}, "organization")
    return [{**{key: one[key] for key in shown_keys}, "capacity": "admin"} for one in rows]


VERBS: dict[str, tuple[Callable[[Context, Data, str], Any], bool, str]] = {
    "show": (_show, True, "Return one {kind}.\n\n:param id: its id or name\n:param include_datasets: optional"),
    "list": (_list, True, "Return the names of every {kind}.\n\n:param all_fields: whole objects (optional)"),
    "create": (_create, False, "Create one {kind} and return it.\n\n:param name: its name, for addresses"),
    "patch": (_patch, False, "Change the given fields of one {kind} and return it.\n\n:param id: its id or name"),
    "update": (_patch, False, "Change one {kind} and return it.\n\n:param id: its id or name"),
    "delete": (
        _delete,
        False,
        "Delete one {kind}; an organization must have no datasets.\n\n:param id: its id or name",
    ),
    "purge": (_purge, False, "Remove one {kind} for good.\n\n:param id: its id or name"),
}


def _register(kind: str, verb: str) -> None:
    work, read, help_text = VERBS[verb]

    def run(ctx: Context, data: Data) -> Any:
        return work(ctx, data, kind)

    run.__doc__ = help_text.format(kind=kind)
    action(f"{kind}_{verb}", read=read)(run)


for _kind in ("organization", "group"):
    for _verb in VERBS:
        _register(_kind, _verb)


@action("organization_list_for_user", read=True)
def organization_list_for_user(ctx: Context, data: Data) -> list[Document]:
    """Return the organisations the caller may work in.

    :param permission: accepted as on CKAN (optional)
    """
    return _member(ctx, data)
