"""Actions on resource views. They are kept as data for clients that read them; our own pages show resources
by themselves."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import delete, select, update

from catalog.actions import views
from catalog.actions.context import Context
from catalog.actions.documents import Document, may_write, package_of
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.register import action
from catalog.actions.resource import held
from catalog.actions.values import true, wanted, wanted_all
from catalog.store.tables import resource_views

Data = dict[str, Any]
TYPES = (
    *("image_view", "text_view", "recline_view", "datatables_view", "webpage_view", "video_view", "audio_view"),
    *("recline_grid_view", "recline_graph_view", "recline_map_view"),
)
"""The view types of CKAN's own extensions."""


@action("resource_view_list", read=True)
def resource_view_list(ctx: Context, data: Data) -> list[Document]:
    """Return the views of a resource, in order.

    :param id: the id of the resource
    """
    key = wanted(data, "id")
    held(ctx, key)
    return [views.shown(row) for row in views.all_of(ctx, key)]


@action("resource_view_show", read=True)
def resource_view_show(ctx: Context, data: Data) -> Document:
    """Return a view.

    :param id: its id
    """
    row = _one(ctx, wanted(data, "id"), "")
    held(ctx, row.resource_id)
    return views.shown(row)


def _one(ctx: Context, key: str, message: str) -> Any:
    row = ctx.connection.execute(select(resource_views).where(resource_views.c.id == key)).first()
    if row is None:
        raise not_found(message)
    return row


def _editable(ctx: Context, resource: str, verb: str = "edit resource") -> Document:
    """The package of a resource that the caller may change."""
    found = package_of(ctx, resource)
    if found is None or found[1] != "active":
        raise not_found("Resource was not found.")
    package = found[0]
    if not may_write(ctx, package):
        where = package["id"] if verb.startswith("create") else resource
        raise forbidden(f"User {ctx.actor.name} not authorized to {verb} {where}")
    return package


@action("resource_view_create")
def resource_view_create(ctx: Context, data: Data) -> Document:
    """Create a view of a resource and return it.

    :param resource_id: the id of the resource
    :param view_type: such as `image_view`
    :param title: its title
    :param description: what it shows (optional)
    """
    resource, kind = map(str, (wanted(data, "resource_id"), wanted(data, "view_type")))
    if kind not in TYPES:
        raise invalid({"view_type": f"No plugin found for view_type {kind}"})
    errors: Data = {}
    found = package_of(ctx, resource)
    if found is None or found[1] != "active":
        errors["resource_id"] = [f"Resource not found: {resource}"]
    if not data.get("title"):
        errors["title"] = ["Missing value"]
    if errors:
        raise invalid(errors)
    package = _editable(ctx, resource, "create resources on dataset")
    return views.add(ctx, data, package["id"], resource, kind)


@action("resource_view_update")
def resource_view_update(ctx: Context, data: Data) -> Document:
    """Replace a view's fields and return it.

    :param id: its id
    :param title: its title
    :param description: what it shows (optional)
    """
    row = _one(ctx, wanted(data, "id"), "Resource view was not found.")
    if not data.get("title"):
        raise invalid({"title": ["Missing value"]})
    _editable(ctx, row.resource_id)
    old = orjson.loads(row.document)
    made = views.document(data, {key: old[key] for key in ("id", "package_id", "resource_id", "view_type")})
    text = orjson.dumps(made).decode()
    ctx.connection.execute(update(resource_views).where(resource_views.c.id == row.id).values(document=text))
    return made


@action("resource_view_reorder")
def resource_view_reorder(ctx: Context, data: Data) -> Document:
    """Put a resource's views in another order; those not named follow as they were.

    :param id: the id of the resource
    :param order: a list of view ids
    """
    key, order = wanted_all(data, "id", "order")
    if not isinstance(order, list):
        raise invalid({"order": "Must supply order as a list"})
    if len(order) != len(set(map(str, order))):
        raise invalid({"order": "No duplicates allowed in order"})
    _editable(ctx, str(key))
    known = [row.id for row in views.all_of(ctx, str(key))]
    for view in order:
        if view not in known:
            raise invalid({"order": f"View {view} does not exist"})
    whole = [*order, *(view for view in known if view not in order)]
    for position, view in enumerate(whole):
        one = resource_views.c.id == view
        ctx.connection.execute(update(resource_views).where(one).values(position=position + 1))
    return {"id": key, "order": whole}


@action("resource_view_delete")
def resource_view_delete(ctx: Context, data: Data) -> Document:
    """Delete a view.

    :param id: its id
    """
    row = _one(ctx, wanted(data, "id"), "")
    _editable(ctx, row.resource_id, "delete resource")
    ctx.connection.execute(delete(resource_views).where(resource_views.c.id == row.id))
    return {"resource_id": row.resource_id}


@action("resource_view_clear")
def resource_view_clear(ctx: Context, data: Data) -> None:
    """Delete all views, or all of some types. For sysadmins.

    :param view_types: a list of types (optional)
    """
    if not ctx.actor.sysadmin:
        raise forbidden()
    kinds = data.get("view_types") or []
    kinds = [kinds] if isinstance(kinds, str) else list(map(str, kinds))
    for row in ctx.connection.execute(select(resource_views)).all():
        if not kinds or orjson.loads(row.document)["view_type"] in kinds:
            ctx.connection.execute(delete(resource_views).where(resource_views.c.id == row.id))


@action("resource_create_default_resource_views")
def resource_create_default_resource_views(ctx: Context, data: Data) -> list[Document]:
    """Create the views a resource has by default, where it has none, and return those created.

    :param resource: the resource, as `resource_show` gives it
    """
    given = data.get("resource")
    if not isinstance(given, dict):
        raise invalid({"resource": ["Missing value"]})
    package = _editable(ctx, str(given.get("id") or ""), "create resources on dataset")
    return _made(ctx, data, package, [one for one in package["resources"] if one["id"] == given["id"]])


@action("package_create_default_resource_views")
def package_create_default_resource_views(ctx: Context, data: Data) -> list[Document]:
    """Create the views the resources of a dataset have by default, and return those created.

    :param package: the dataset, as `package_show` gives it
    """
    from catalog.actions.documents import writable

    given = data.get("package")
    if not isinstance(given, dict):
        raise invalid({"package": ["Missing value"]})
    package = writable(ctx, str(given.get("id") or ""))
    return _made(ctx, data, package, package["resources"])


def _made(ctx: Context, data: Data, package: Document, resources: list[Document]) -> list[Document]:
    if true(data.get("create_datastore_views", False)):
        return []
    return [view for resource in resources for view in views.defaults(ctx, package, resource)]
