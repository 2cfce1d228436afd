"""Actions on datasets: show, list, create, update, patch, revise, delete, purge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import delete, select

from catalog.actions import activities, drafts, history, views
from catalog.actions.context import Context
from catalog.actions.documents import (
    Document,
    copied,
    drop_resource,
    group_row,
    load,
    readable,
    save,
    shown,
    tracked,
    writable,
)
from catalog.actions.refusals import forbidden, invalid, missing, not_found
from catalog.actions.register import action
from catalog.actions.values import LARGEST, folded, natural, wanted
from catalog.store import search
from catalog.store.tables import packages, resources

Data = dict[str, Any]
DERIVED = (
    "creator_user_id", "isopen", "license_title", "license_url", "metadata_created", "metadata_modified",
    "num_resources", "num_tags", "organization", "relationships_as_object", "relationships_as_subject", "type",
)  # fmt: skip
"""What `package_show` adds to what was sent."""


@action("package_show", read=True)
def package_show(ctx: Context, data: Data) -> Document:
    """Return the metadata of a dataset (package) and its resources.

    :param id: the id or name of the dataset
    :param include_tracking: how often its page was seen and its files were fetched (optional)
    """
    found = shown(ctx, readable(ctx, _key(data)))
    return tracked(ctx, data, found["id"], found, found["resources"])


def _key(data: Data) -> str:
    if not data.get("id") and not data.get("name_or_id"):
        raise missing("name_or_id")
    return str(data.get("id") or data["name_or_id"])


@action("package_list", read=True)
def package_list(ctx: Context, data: Data) -> list[str]:
    """Return a list of the names of the site's datasets (packages).

    :param limit: at most so many names (optional)
    :param offset: when limit is given, the offset to start from (optional)
    """
    return [row[0] for row in _listed(ctx, data, packages.c.name, packages.c.name)]


@action("current_package_list_with_resources", read=True)
def current_package_list_with_resources(ctx: Context, data: Data) -> list[Document]:
    """Return a list of the site's datasets (packages) and their resources, the newest first.

    :param limit: at most so many datasets (optional)
    :param offset: when limit is given, the offset to start from (optional)
    """
    newest, everything = packages.c.metadata_modified.desc(), ctx.actor.sysadmin
    rows = _listed(ctx, data, packages.c.document, newest, private=everything, nothing=True)
    return [shown(ctx, orjson.loads(row[0])) for row in rows]


def _listed(
    ctx: Context, data: Data, column: Any, order: Any, *, private: bool = False, nothing: bool = False
) -> Any:
    query = select(column).where(packages.c.state == "active").order_by(order)
    if not private:
        query = query.where(packages.c.private.is_(False))
    limit = natural(data, "limit", LARGEST)
    query = query.limit(limit if limit or nothing else LARGEST).offset(natural(data, "offset", 0))
    return ctx.connection.execute(query)


@action("package_autocomplete", read=True)
def package_autocomplete(ctx: Context, data: Data) -> list[Document]:
    """Return a list of datasets (packages) whose name or title holds a string.

    :param q: the string to search for
    :param limit: at most so many (optional, default: 10)
    """
    q = folded(wanted(data, "q"))
    query = select(packages.c.name, packages.c.title).order_by(packages.c.name)
    query = query.where(packages.c.state == "active")
    if not ctx.actor.sysadmin:
        own = [key for key in ctx.actor.roles if ctx.actor.may("read", key)]
        query = query.where(packages.c.private.is_(False) | packages.c.owner_org.in_(own))
    if len(q) == 1:
        return []  # CKAN looks for parts of two letters at least
    found = []
    for name, title in ctx.connection.execute(query):
        if q in folded(name) or q in folded(title):
            field = "name" if q in folded(name) else "title"
            match = {"match_field": field, "match_displayed": name if field == "name" else f"{title} ({name})"}
            found.append({"name": name, "title": title, **match})
    return found[: natural(data, "limit", 10)]


@action("package_create")
def package_create(ctx: Context, data: Data) -> Document:
    """Create a new dataset (package) and return it. An `id` given is kept.

    Extra values are free pairs in `extras`; terms of the catalog's schema are top-level fields.
    """
    _may_create(ctx, data)
    made = save(ctx, drafts.package(ctx, data, None), None)
    for resource in made["resources"]:
        views.defaults(ctx, made, resource)
    return shown(ctx, made)


def _may_create(ctx: Context, data: Data) -> None:
    """An editor of some organisation may, in it (a dataset without one, and anyone's, are switched off)."""
    if ctx.actor.sysadmin:
        return
    if not any(ctx.actor.may("create_dataset", key) for key in ctx.actor.roles):
        raise forbidden(f"User {ctx.actor.name} not authorized to create packages")
    _may_group(ctx, data, ())
    owner = group_row(ctx, str(data.get("owner_org") or ""), "organization")
    if data.get("owner_org") and (owner is None or not ctx.actor.may("create_dataset", owner["id"])):
        raise forbidden(f"User {ctx.actor.name} not authorized to add dataset to this organization")


def _may_group(ctx: Context, data: Data, before: Iterable[Document]) -> None:
    """Putting a dataset into a group is for the group's members."""
    given = data.get("groups")
    if ctx.actor.sysadmin or not isinstance(given, list):
        return
    known = {one["id"] for one in before}
    for one in given:
        key = str(one.get("id") or one.get("name") or "") if isinstance(one, dict) else str(one)
        found = group_row(ctx, key, "group")
        if key and found is None:
            raise not_found("Group was not found.")
        if found is not None and found["id"] not in known and not ctx.actor.may("manage_group", found["id"]):
            raise forbidden(f"User {ctx.actor.name} not authorized to edit these groups")


@action("package_update")
def package_update(ctx: Context, data: Data) -> Document:
    """Replace a dataset's metadata and return it. Resources and groups not given are kept; tags are dropped.

    :param id: the id or name of the dataset (`name` serves where it is missing)
    """
    old = _named(ctx, data)
    _may_group(ctx, data, old["groups"])
    # a schema's own name and organisation must be said each time, as on CKAN
    kept = {"name": data.get("name") or old["name"]} if ctx.stock else {"owner_org": data.get("owner_org")}
    whole = {**data, **kept}
    return shown(ctx, save(ctx, drafts.package(ctx, whole, old), old))


@action("package_patch")
def package_patch(ctx: Context, data: Data) -> Document:
    """Change the given fields of a dataset, leave the others as they are, and return it.

    :param id: the id or name of the dataset
    """
    wanted(data, "id")
    old = writable(ctx, _key(data))
    _may_group(ctx, data, old["groups"])
    patched = {**sendable(old), **data, "id": old["id"]}
    return shown(ctx, save(ctx, drafts.package(ctx, patched, old), old))


def _named(ctx: Context, data: Data) -> Document:
    key = str(data.get("id") or data.get("name") or "")
    if not key:
        raise missing("id")
    if load(ctx, key) is None:
        raise not_found("Package was not found.")
    return writable(ctx, key)


def sendable(old: Document) -> Data:
    """A stored document as a request would send it."""
    sent = {field: value for field, value in old.items() if field not in DERIVED}
    return copied(sent)


@action("package_delete")
def package_delete(ctx: Context, data: Data) -> None:
    """Delete a dataset: it stays for sysadmins until it is purged. Repeating is no error.

    :param id: the id or name of the dataset
    """
    old = writable(ctx, wanted(data, "id"))
    save(ctx, {**copied(old), "state": "deleted"}, old)


@action("dataset_purge")
def dataset_purge(ctx: Context, data: Data) -> None:
    """Remove a dataset, its files and its tables for good.

    :param id: the id or name of the dataset
    """
    key = wanted(data, "id")
    if not ctx.actor.sysadmin:
        raise forbidden()
    old = load(ctx, key)
    if old is None:
        raise not_found("Dataset was not found")
    held = ctx.connection.execute(select(resources.c.id).where(resources.c.package_id == old["id"]))
    for (resource,) in held.all():
        drop_resource(ctx, resource)
    search.forget(ctx.connection, old["id"])
    ctx.connection.execute(delete(packages).where(packages.c.id == old["id"]))
    history.forget(ctx, old["id"])
    activities.forget(ctx, old["id"])


@action("package_resource_reorder")
def package_resource_reorder(ctx: Context, data: Data) -> Document:
    """Put a dataset's resources in another order; those not named follow as they were.

    :param id: the id or name of the dataset
    :param order: a list of resource ids
    """
    old = writable(ctx, wanted(data, "id"))
    order = data.get("order")
    if "order" not in data:
        raise missing("order")
    if not isinstance(order, list):
        raise invalid({"order": "Must be a list of resource"})
    if len(set(map(str, order))) != len(order):
        raise invalid({"order": "Must supply unique resource_ids"})
    known = [one["id"] for one in old["resources"]]
    for key in order:
        if key not in known:
            raise invalid({"order": f"resource_id {key} can not be found"})
    order += [key for key in known if key not in order]
    new = copied(old)
    new["resources"].sort(key=lambda one: order.index(one["id"]))
    for position, one in enumerate(new["resources"]):
        one["position"] = position
    save(ctx, new, old)
    return {"id": data["id"], "order": order}
