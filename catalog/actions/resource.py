"""Actions on resources, uploads among them: the file is written aside first, and named by a row last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from catalog.actions import cleared, drafts, recalled, views
from catalog.actions.context import Context
from catalog.actions.documents import (
    Document,
    copied,
    is_hidden,
    load,
    may_read,
    may_write,
    package_of,
    save,
    shown_resource,
    tracked,
)
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.register import action
from catalog.actions.values import wanted
from catalog.store.tables import resources

Data = dict[str, Any]


@action("resource_show", read=True)
def resource_show(ctx: Context, data: Data) -> Document:
    """Return the metadata of a resource.

    :param id: the id of the resource
    :param include_tracking: how often its file was fetched (optional)
    """
    package, found = held(ctx, wanted(data, "id"))
    made = shown_resource(ctx, dict(found))
    tracked(ctx, data, package["id"], {}, [made])
    return made


def held(ctx: Context, key: str) -> tuple[Document, Document]:
    """The package and the resource of an id, for a reader. Raises 404, 403."""
    found = package_of(ctx, key)
    if found is None or found[1] != "active":
        raise not_found("" if found is None else "Resource was not found.")
    package, _state = found
    if not may_read(ctx, package):
        raise forbidden(f"User {ctx.actor.name} not authorized to read resource {key}")
    resource = next(one for one in package["resources"] if one["id"] == key)
    if is_hidden(ctx, package, resource):  # CKAN looks for it in what `package_show` answers
        raise not_found("Resource was not found.")
    return package, resource


@action("resource_create")
def resource_create(ctx: Context, data: Data) -> Document:
    """Append a resource to a dataset and return it. An `id` given is kept.

    Where the dataset already holds a resource of that id, it is the one that is written: repeating the call
    makes no second one. (CKAN 2.12 does so too, but the dataset then answers 500 to the next change.)

    :param package_id: the id or name of the dataset
    :param upload: a file, as multipart form data (optional)
    """
    key = wanted(data, "package_id")
    old = load(ctx, key)
    if old is None:
        raise not_found()
    if not may_write(ctx, old):
        raise forbidden(f"User {ctx.actor.name} not authorized to create resources on dataset {key}")
    before = next((one for one in old["resources"] if one["id"] == data.get("id")), None)
    made = _put(ctx, data, old, before)
    views.defaults(ctx, old, made)
    return made


@action("resource_update")
def resource_update(ctx: Context, data: Data) -> Document:
    """Replace a resource's metadata, and its file where one is sent. Fields not given are cleared, but for its
    name and format.

    :param id: the id of the resource
    """
    package, before = _writable(ctx, data)
    kept = ("format",) if ctx.schema and "name" in ctx.schema.resource else ("format", "name")
    return _changed(ctx, {**{field: before[field] for field in kept}, **data}, package, before)


@action("resource_patch")
def resource_patch(ctx: Context, data: Data) -> Document:
    """Change the given fields of a resource, and its file where one is sent; leave the others as they are.

    :param id: the id of the resource
    """
    package, before = _writable(ctx, data)
    return _changed(ctx, {**before, **data}, package, before)


def _changed(ctx: Context, data: Data, package: Document, before: Document) -> Document:
    made = _put(ctx, data, package, before)
    if made["format"] != before["format"]:
        views.defaults(ctx, package, made)
    return made


@action("resource_delete")
def resource_delete(ctx: Context, data: Data) -> None:
    """Delete a resource, its file and its table. Repeating is no error.

    :param id: the id of the resource
    """
    key = wanted(data, "id")
    found = package_of(ctx, key)
    if found is None:
        raise not_found()
    if not may_write(ctx, found[0]):
        raise forbidden(f"User {ctx.actor.name} not authorized to delete resource {key}")
    old = found[0]
    new = copied(old)
    new["resources"] = [one for one in new["resources"] if one["id"] != key]
    _number(new)
    save(ctx, new, old)


def _writable(ctx: Context, data: Data) -> tuple[Document, Document]:
    key = wanted(data, "id")
    found = package_of(ctx, key)
    if found is None or (found[1] != "active" and may_write(ctx, found[0])):
        raise not_found("Resource was not found.")
    if not may_write(ctx, found[0]):
        raise forbidden(f"User {ctx.actor.name} not authorized to edit resource {key}")
    return found[0], next(one for one in found[0]["resources"] if one["id"] == key)


def _put(ctx: Context, data: Data, old: Document, before: Document | None) -> Document:
    """Writes one resource into its package, and its file under the row."""
    errors: Data = {}
    position = before["position"] if before else len(old["resources"])
    made = drafts.resource(ctx.under(old["type"]), data, before, old["id"], position, errors)
    if errors:
        raise invalid(errors)
    new = copied(old)
    new["resources"] = [made if one["id"] == made["id"] else one for one in new["resources"]]
    if before is None:
        new["resources"].append(made)
    _number(new)
    cleared.upload(ctx, new, made)
    stored = save(ctx, new, old)
    cleared.settled(ctx)
    _file(ctx, made, stored)
    found = next(one for one in stored["resources"] if one["id"] == made["id"])
    return shown_resource(ctx, dict(found))


def _file(ctx: Context, made: Document, stored: Document) -> None:
    """Puts the sent file in place and names it; gives up the one it replaces, or the one a link replaces."""
    one = resources.c.id == made["id"]
    replaced = ctx.connection.execute(select(resources.c.sha256).where(one)).scalar()
    upload = ctx.uploads.get("upload")
    if upload:
        recalled.keep_file_out(ctx, upload.file.sha256)
        ctx.files.keep(upload.file)
        row = {"sha256": upload.file.sha256, "size": upload.file.size, "filename": upload.filename}
    elif made["url_type"] != "upload" and replaced:
        row = {"sha256": None, "size": None, "filename": None}
    else:
        return
    if replaced and replaced != row["sha256"]:
        ctx.unused.add(replaced)
        ctx.changed[stored["id"]] = stored  # also where the publisher's own hash says the same of another file
    ctx.connection.execute(update(resources).where(one).values(row))


def _number(package: Document) -> None:
    for position, one in enumerate(package["resources"]):
        one["position"] = position
    package["num_resources"] = len(package["resources"])
