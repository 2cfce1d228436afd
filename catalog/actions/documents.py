"""Documents in and out of the database: loading, showing, saving, and saving nothing when nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson
from sqlalchemy import BindParameter, String, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from catalog.actions import cleared, recalled
from catalog.actions.activities import record_package
from catalog.actions.context import Context
from catalog.actions.pictures import shown as picture_address
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.values import now, true
from catalog.search.fields import is_private
from catalog.store import search, usage
from catalog.store.tables import (
    datastore_aliases,
    groups,
    package_groups,
    package_tags,
    package_vocabulary_tags,
    packages,
    resources,
)

Document = dict[str, Any]


_KEY: BindParameter[str] = bindparam("key", type_=String)
_PACKAGE = (
    select(packages.c.document)
    .where(or_(packages.c.id == _KEY, packages.c.name == _KEY))
    .order_by(packages.c.id != _KEY)
)
_HOLDER = (
    select(
        packages.c.document,
        *(resources.c.state, resources.c.sha256, resources.c.size, resources.c.filename),
    )
    .join(packages, packages.c.id == resources.c.package_id)
    .where(resources.c.id == _KEY)
)
"""Statements of every request that reads are put together once."""


def load(ctx: Context, key: str) -> Document | None:
    """A package's stored document, by id or name."""
    found = ctx.connection.execute(_PACKAGE, {"key": key}).first()
    return orjson.loads(found[0]) if found else None


def readable(ctx: Context, key: str) -> Document:
    """A package the actor may read. Raises 404, or 403 for a private or deleted one."""
    found = load(ctx, key)
    if found is None:
        raise recalled.absent(ctx, key)
    if not may_read(ctx, found):
        raise forbidden(f"User {ctx.actor.name} not authorized to read package {found['id']}")
    return found


def copied(document: Document) -> Document:
    """A document that may be changed: a copy, down to the leaves."""
    return orjson.loads(orjson.dumps(document))  # type: ignore[no-any-return]


def writable(ctx: Context, key: str) -> Document:
    """A package the actor may change. Raises 404, 403."""
    found = load(ctx, key)
    if found is None:
        raise not_found()
    if not may_write(ctx, found):
        raise forbidden(f"User {ctx.actor.name} not authorized to edit package {found['id']}")
    return found


def may_write(ctx: Context, document: Document) -> bool:
    """Whether the actor is an editor or admin of the organisation that owns it."""
    return ctx.actor.may("update_dataset", document["owner_org"])


def may_read(ctx: Context, document: Document) -> bool:
    """Public and active; private or deleted, for its organisation; all, for a sysadmin."""
    public = document["state"] == "active" and not document["private"]
    return public or ctx.actor.may("read", document["owner_org"])


def is_hidden(ctx: Context, document: Document, resource: Document) -> bool:
    """Whether a resource of a package is private, and the actor none of those who may write it."""
    return is_private(resource) and not may_write(ctx, document)


def shown(ctx: Context, document: Document) -> Document:
    """A stored document as an action answers it: addresses begin with the site's."""
    return dressed(ctx, copied(document))


def dressed(ctx: Context, document: Document) -> Document:
    """The same with a document that nobody else holds, which is changed."""
    seen = [resource for resource in document["resources"] if not is_hidden(ctx, document, resource)]
    if len(seen) < len(document["resources"]):
        document["resources"], document["num_resources"] = seen, len(seen)
    for resource in document["resources"]:
        shown_resource(ctx, resource)
    for group in document["groups"]:
        group["image_display_url"] = picture_address(ctx, group["image_display_url"])
    return document


def shown_resource(ctx: Context, resource: Document) -> Document:
    """A stored resource as an action answers it (changed in place)."""
    if resource.get("url_type") in ("upload", "datastore"):
        resource["url"] = ctx.site.url + resource["url"]
    if not ctx.stock:
        resource["created_at"] = resource["created"]  # as the Thai portals say it, too
    return resource


def tracked(
    ctx: Context, data: Mapping[str, Any], package: str, shown: Document, files: list[Document]
) -> Document:
    """Adds CKAN's `tracking_summary` to what is shown of a package and its resources, where it is asked for."""
    if ctx.switches.tracking and true(data.get("include_tracking")):
        counted = usage.summary(ctx.connection, package)
        for key, one in (("", shown), *((one["id"], one) for one in files)):
            one["tracking_summary"] = counted.get(key, {"total": 0, "recent": 0})
    return shown


def upload_address(package: str, resource: str, filename: str) -> str:
    """Where an uploaded file is downloaded, without the site."""
    return f"/dataset/{package}/resource/{resource}/download/{quote(filename)}"


def save(ctx: Context, document: Document, old: Document | None) -> Document:
    """Writes a package and everything found beside it. Returns what is stored: `old` where nothing differs."""
    if old is not None:
        keep_times(document, old)
        if document == old:
            return old
    recalled.keep_out(ctx, document, old)
    cleared.described(ctx, document, old)
    document["metadata_modified"] = now() if old is not None else document["metadata_modified"]
    _write(ctx, document, created=old is None)
    ctx.changed[document["id"]] = document
    record_package(ctx, document, old)
    return document


def keep_times(document: Document, old: Document) -> None:
    """Takes over `metadata_modified` of the package, and of every resource that did not change."""
    document["metadata_modified"] = old["metadata_modified"]
    before = {resource["id"]: resource for resource in old["resources"]}
    for resource in document["resources"]:
        same = before.get(resource["id"])
        if same and {**resource, "metadata_modified": same["metadata_modified"]} == same:
            resource["metadata_modified"] = same["metadata_modified"]


def touch(ctx: Context, document: Document) -> None:
    """Writes a package as it is, `metadata_modified` included: for what is not the publisher's own change."""
    _write(ctx, document, created=False)


def _write(ctx: Context, document: Document, *, created: bool) -> None:
    row = {
        "id": document["id"],
        "name": document["name"],
        "title": document["title"],
        "owner_org": document["owner_org"],
        "state": document["state"],
        "private": document["private"],
        "metadata_created": document["metadata_created"],
        "metadata_modified": document["metadata_modified"],
        "creator": document["creator_user_id"],
        "document": orjson.dumps(document).decode(),
    }
    try:
        if created:
            ctx.connection.execute(insert(packages).values(row))
        else:
            ctx.connection.execute(update(packages).where(packages.c.id == document["id"]).values(row))
    except IntegrityError:
        raise invalid({"name": ["That URL is already in use."]}) from None
    search.index(ctx.connection, document)
    _write_tags(ctx, document)
    ctx.connection.execute(delete(package_groups).where(package_groups.c.package_id == document["id"]))
    rows = [{"package_id": document["id"], "group_id": group["id"]} for group in document["groups"]]
    if rows:
        ctx.connection.execute(insert(package_groups), rows)
    _write_resources(ctx, document)


def _write_tags(ctx: Context, document: Document) -> None:
    key = {"package_id": document["id"]}
    free = sorted({tag["name"] for tag in document["tags"] if not tag["vocabulary_id"]})
    held = sorted({tag["id"] for tag in document["tags"] if tag["vocabulary_id"]})
    for table, rows in (
        (package_tags, [{**key, "name": name} for name in free]),
        (package_vocabulary_tags, [{**key, "tag_id": tag} for tag in held]),
    ):
        ctx.connection.execute(delete(table).where(table.c.package_id == document["id"]))
        if rows:
            ctx.connection.execute(insert(table), rows)


def _write_resources(ctx: Context, document: Document) -> None:
    """Keeps the register of resources in step: who exists, who is gone."""
    query = select(resources.c.id, resources.c.state).where(resources.c.package_id == document["id"])
    known = {row[0]: row[1] for row in ctx.connection.execute(query)}
    present = [resource["id"] for resource in document["resources"]]
    for key in present:
        if key not in known:
            values = {"id": key, "package_id": document["id"], "state": "active"}
            ctx.connection.execute(insert(resources).values(values))
        elif known[key] != "active":
            ctx.connection.execute(update(resources).where(resources.c.id == key).values(state="active"))
    for key in set(known) - set(present):
        if known[key] == "active":
            drop_resource(ctx, key)


def drop_resource(ctx: Context, key: str) -> None:
    """Marks a resource deleted, gives up its file, and takes its table away after the commit."""
    one = resources.c.id == key
    content = ctx.connection.execute(select(resources.c.sha256).where(one)).scalar()
    if content:
        ctx.unused.add(content)
    ctx.connection.execute(
        update(resources).where(one).values(state="deleted", sha256=None, size=None, filename=None)
    )
    ctx.connection.execute(delete(datastore_aliases).where(datastore_aliases.c.resource_id == key))
    ctx.afterwards.append(ctx.datastore.dropping(key))


def package_of(ctx: Context, resource: str) -> tuple[Document, str] | None:
    """The package that holds, or held, a resource, and the resource's state."""
    found = holder(ctx, resource)
    return (orjson.loads(found.document), found.state) if found else None


def holder(ctx: Context, resource: str) -> Any:
    """A resource's row, with the document of the package that holds it; None where there is no such resource."""
    return ctx.connection.execute(_HOLDER, {"key": resource}).first()


def group_row(ctx: Context, key: str, kind: str) -> Document | None:
    """A stored organisation (`organization`) or group (`group`), by id or name."""
    query = select(groups.c.document).where(or_(groups.c.id == key, groups.c.name == key), groups.c.type == kind)
    found = ctx.connection.execute(query).first()
    return orjson.loads(found[0]) if found else None


def count_packages(ctx: Context, organization: str) -> int:
    """How many active packages an organisation owns; private ones count for who may see them."""
    query = select(func.count()).select_from(packages)
    query = query.where(packages.c.owner_org == organization, packages.c.state == "active")
    if not ctx.actor.may("read", organization):
        query = query.where(packages.c.private.is_(False))
    return int(ctx.connection.execute(query).scalar() or 0)
