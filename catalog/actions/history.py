"""What a dataset and its files were: a version for every write that changed something, kept by content hash.

A version is named by its dataset's id and its number, for ever: the dataset may be renamed since, or gone. What
was recalled or purged is gone from the disk too; its number, date and hash stay, so that a citation is told so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from sqlalchemy import Row, delete, insert, or_, select, update

from catalog.actions.context import Context
from catalog.actions.documents import Document, copied, load, may_read, may_write, readable
from catalog.actions.refusals import ActionRefused, not_found
from catalog.search.fields import is_private
from catalog.store.tables import packages, pictures, resources, version_files, versions
from metadata.release import canonical, sha256

SHORTEST = 12
"""Digits of a hash that name a version, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version. `document` is None where it was recalled, or purged with its dataset."""

    package: str
    number: int
    name: str
    at: str
    hash: str
    public: bool
    document: Document | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFile:
    """The uploaded file of a resource in one version. `size` in bytes; `private`: not for shared caches."""

    sha256: str
    size: int
    filename: str
    mimetype: str
    private: bool


def gone() -> ActionRefused:
    """410: it was here, and was taken back."""
    return ActionRefused(410, {"__type": "Gone", "message": "This version was recalled"})


def keep(ctx: Context) -> None:
    """Writes a version of each package this call changed. Call it last in the call's own transaction."""
    for key, document in ctx.changed.items():
        if ctx.connection.execute(select(packages.c.id).where(packages.c.id == key)).first():
            _keep(ctx, document)


def _keep(ctx: Context, document: Document) -> None:
    key, files = document["id"], _files_now(ctx, document["id"])
    columns = (versions.c.number, versions.c.hash)
    query = select(*columns).where(versions.c.package_id == key).order_by(versions.c.number.desc())
    last = ctx.connection.execute(query.limit(1)).first()
    digest = sha256(canonical(document)).removeprefix("sha256:")
    if last and last.hash == digest and files == _files(ctx, key, last.number):
        return
    number = last.number + 1 if last else 1
    row = {"package_id": key, "number": number, "name": document["name"], "at": document["metadata_modified"]}
    row |= {"hash": digest, "public": document["state"] == "active" and not document["private"]}
    row["document"] = orjson.dumps(document).decode()
    ctx.connection.execute(insert(versions).values(row))
    if files:
        rows = [{"package_id": key, "number": number, **file._asdict()} for file in files]
        ctx.connection.execute(insert(version_files), rows)


def _files_now(ctx: Context, package: str) -> list[Row[Any]]:
    table = resources.c
    query = select(table.id.label("resource_id"), table.sha256, table.size, table.filename)
    query = query.where(table.package_id == package, table.state == "active", table.sha256.is_not(None))
    return list(ctx.connection.execute(query.order_by(table.id)))


def _files(ctx: Context, package: str, number: int) -> list[Row[Any]]:
    table = version_files.c
    query = select(table.resource_id, table.sha256, table.size, table.filename)
    query = query.where(table.package_id == package, table.number == number)
    return list(ctx.connection.execute(query.order_by(table.resource_id)))


def forget(ctx: Context, package: str, numbers: Iterable[int] | None = None) -> None:
    """Takes the contents of a package's versions away (None: of all); their numbers, dates and hashes stay."""
    chosen, files = versions.c.package_id == package, version_files.c.package_id == package
    if numbers is not None:
        wanted = list(numbers)
        chosen, files = chosen & versions.c.number.in_(wanted), files & version_files.c.number.in_(wanted)
    ctx.unused.update(ctx.connection.execute(select(version_files.c.sha256).where(files)).scalars())
    ctx.connection.execute(delete(version_files).where(files))
    ctx.connection.execute(update(versions).where(chosen).values(document=None))


def still_named(connection: Any, contents: Iterable[str]) -> set[str]:
    """Which of these contents a resource, a version or a picture names."""
    wanted, found = list(contents), set()
    for column in (resources.c.sha256, version_files.c.sha256, pictures.c.sha256):
        found |= set(connection.execute(select(column).where(column.in_(wanted))).scalars())
    return found


def of(ctx: Context, key: str) -> tuple[str, Document | None]:
    """The id and the present document of a package, by id, by name, or by a name it once had.

    A package that was purged has no document. Raises 404; 403 where the actor may not read the package.
    """
    if load(ctx, key) is not None:
        document = readable(ctx, key)
        return document["id"], document
    query = select(versions.c.package_id).where(or_(versions.c.package_id == key, versions.c.name == key))
    former = ctx.connection.execute(query.order_by(versions.c.at.desc()).limit(1)).scalar()
    if former is None:
        raise not_found()
    found = load(ctx, former)
    return former, readable(ctx, former) if found else None


def listed(ctx: Context, key: str) -> list[Version]:
    """A package's versions that the actor may know of, the newest first. Raises 404, 403."""
    package, _document = of(ctx, key)
    query = select(versions).where(versions.c.package_id == package).order_by(versions.c.number.desc())
    return [one for one in map(_version, ctx.connection.execute(query)) if _known(ctx, one)]


def found(ctx: Context, key: str, name: str) -> Version:
    """One version, by number, hash (`sha256:` may stand before it) or `latest`. Raises 404, 403, 410."""
    package, _document = of(ctx, key)
    query = select(versions).where(versions.c.package_id == package).order_by(versions.c.number.desc()).limit(1)
    digest = name.removeprefix("sha256:")
    if re.fullmatch(r"[1-9][0-9]{0,8}", name):
        query = query.where(versions.c.number == int(name))
    elif re.fullmatch(rf"[0-9a-f]{{{SHORTEST},64}}", digest):
        query = query.where(versions.c.hash.startswith(digest))
    elif name != "latest":
        raise not_found("Version was not found.")
    row = ctx.connection.execute(query).first()
    version = _version(row) if row else None
    if version is None or not _known(ctx, version):
        raise not_found("Version was not found.")
    if version.document is None:
        raise gone()
    return version


def numbered(ctx: Context, package: str, number: int) -> Version | None:
    """One version by its package's id, or None where the actor may not read it, or it is gone."""
    query = select(versions).where(versions.c.package_id == package, versions.c.number == number)
    row = ctx.connection.execute(query).first()
    version = _version(row) if row else None
    return version if version and version.document is not None and _known(ctx, version) else None


def contents(ctx: Context, version: Version) -> dict[str, VersionFile]:
    """The uploaded files of a version that the actor may have, by resource."""
    found = {}
    for row in _files(ctx, version.package, version.number):
        try:
            found[row.resource_id] = file(ctx, version, row.resource_id)
        except ActionRefused:
            continue
    return found


def file(ctx: Context, version: Version, resource: str) -> VersionFile:
    """The uploaded file of a resource in a version. Raises 404."""
    document = version.document or {}
    described = next((one for one in document.get("resources", ()) if one["id"] == resource), None)
    row = next((one for one in _files(ctx, version.package, version.number) if one.resource_id == resource), None)
    if row is None or described is None:
        raise not_found("Resource was not found.")
    present = _present(ctx, version)
    hidden = _is_hidden(described, present)
    if hidden and not may_write(ctx, document):
        raise not_found("Resource was not found.")
    return VersionFile(
        sha256=row.sha256,
        size=row.size,
        filename=row.filename,
        mimetype=described.get("mimetype") or "application/octet-stream",
        private=hidden or not version.public or present["state"] != "active" or bool(present["private"]),
    )


def _present(ctx: Context, version: Version) -> Document:
    """What a version's package is now; where it is gone, nothing that anyone may see."""
    return load(ctx, version.package) or {"state": "deleted", "private": True}


def _is_hidden(resource: Document, present: Document) -> bool:
    """Whether a resource of a version is private: it was then, or is now."""
    now = (one for one in present.get("resources", ()) if one["id"] == resource["id"])
    return any(map(is_private, (resource, *now)))


def earlier(ctx: Context, version: Version, resource: str) -> int:
    """The newest version before this one in which the resource had another file. Raises 404."""
    table, held = version_files.c, file(ctx, version, resource)
    query = select(table.number).where(table.package_id == version.package, table.resource_id == resource)
    query = query.where(table.number < version.number, table.sha256 != held.sha256)
    number = ctx.connection.execute(query.order_by(table.number.desc()).limit(1)).scalar()
    if number is None:
        raise not_found("The resource had no other file before.")
    return int(number)


def _version(row: Row[Any]) -> Version:
    document = orjson.loads(row.document) if row.document else None
    facts = {name: getattr(row, name) for name in ("number", "name", "at", "hash", "public")}
    return Version(package=row.package_id, document=document, **facts)


def _known(ctx: Context, version: Version) -> bool:
    """Whether the actor may read a version, or may know that it was."""
    if version.document is None:
        return version.public or ctx.actor.sysadmin
    return version.public or may_read(ctx, version.document)


def address(ctx: Context, version: Version) -> str:
    """Where a version is, for ever."""
    return f"{ctx.site.url}/dataset/{version.package}/version/{version.number}"


def shown(ctx: Context, version: Version) -> Document:
    """A version's document with addresses that begin with the site's; its files' lead to the version's own."""
    document = copied(version.document or {})
    if not may_write(ctx, document):
        present = _present(ctx, version)
        seen = [one for one in document["resources"] if not _is_hidden(one, present)]
        document["resources"], document["num_resources"] = seen, len(seen)
    held = {one.resource_id: one for one in _files(ctx, version.package, version.number)}
    for resource in document["resources"]:
        if resource["id"] in held:
            name = quote(held[resource["id"]].filename)
            resource["url"] = f"{address(ctx, version)}/resource/{resource['id']}/download/{name}"
        elif resource.get("url_type") in ("upload", "datastore"):
            resource["url"] = ctx.site.url + resource["url"]
    return document
