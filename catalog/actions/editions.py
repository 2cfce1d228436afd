"""A dataset's editions: its versions as people tell them apart, with what changed from one to the next.

One publication writes several versions (the metadata, then each file, then each table): versions that follow one
another within minutes are one edition, and stand in it as the last of them left the dataset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select

from catalog.actions import history
from catalog.actions.context import Context
from catalog.actions.documents import Document
from catalog.actions.history import Version
from catalog.store.tables import versions
from catalog.wire import NOTES

PAUSE = timedelta(minutes=10)
"""Versions with less between them are one publication."""
READ = 200
"""Versions looked through for editions, at most."""
FLEETING = {
    "metadata_modified",
    "num_resources",
    "num_tags",
    "resources",
    "revision_id",
    "tracking_summary",
    NOTES,
}
"""Fields of a package whose change is no change of its metadata, or is told by itself."""
OF_FILES = {
    "cache_last_updated", "created", "datastore_active", "datastore_contains_all_records_of_source_file", "hash",
    "last_modified", "metadata_modified", "mimetype", "position", "revision_id", "size", "url", "url_type",
}  # fmt: skip
"""The same of a resource: they tell of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where an edition stands: its last version; `first`: there was none before it."""

    package: str
    number: int
    first: bool


Name = tuple[str, str]
"""What a resource is called, and in English where that is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A file that is another than in the edition before. `before`, `after`: SHA-256; `since`: that edition."""

    resource: str
    name: Name
    format: str
    before: str
    after: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition. `at` in UTC; names of files are those that people read; `reason`: why its figures changed.

    `described`: its metadata are others. `first`: nothing came before it.
    """

    number: int
    at: str
    first: bool
    added: tuple[Name, ...] = ()
    removed: tuple[Name, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    described: bool = False
    reason: str = ""


def heads(ctx: Context, key: str, most: int) -> list[Head]:
    """The newest editions of a package that the actor may see, the newest first. Raises 404, 403."""
    package, _document = history.of(ctx, key)
    columns = (
        versions.c.number,
        versions.c.at,
        versions.c.public,
        versions.c.document.is_not(None).label("whole"),
    )
    query = select(*columns).where(versions.c.package_id == package).order_by(versions.c.number.desc())
    together: list[list[Any]] = []
    newer: datetime | None = None
    for row in ctx.connection.execute(query.limit(READ)):
        at = datetime.fromisoformat(row.at)
        if newer is None or newer - at >= PAUSE:
            together.append([])
        together[-1].append(row)
        newer = at
    found = (
        Head(package=package, number=row.number, first=rows[-1].number == 1)
        for rows in together
        for row in islice(filter(lambda row: _seen(ctx, package, row), rows), 1)
    )
    return list(islice(found, most))


def _seen(ctx: Context, package: str, row: Any) -> bool:
    """Whether the actor may read a version: everybody may read a public one that was not recalled."""
    if not row.whole or row.public:
        return bool(row.whole)
    return bool(ctx.actor.name) and history.numbered(ctx, package, row.number) is not None


def listed(ctx: Context, chosen: Sequence[Head], most: int) -> list[Edition]:
    """The first `most` of some editions, each with what changed since the one after it."""
    past = [history.numbered(ctx, one.package, one.number) for one in chosen]
    found: list[Edition] = []
    reason = ""
    for place, (head, version) in enumerate(zip(chosen[:most], past, strict=False)):
        if version is None:  # recalled this moment
            continue
        older = past[place + 1] if place + 1 < len(past) else None
        made = _edition(ctx, version, older, first=head.first)
        # an explanation that came later, by itself, is that of the figures before it
        reason = made.reason or reason
        found.append(replace(made, reason=reason) if made.replaced else made)
        if made.replaced or made.added or made.removed:
            reason = ""
    return found


def _edition(ctx: Context, version: Version, older: Version | None, *, first: bool) -> Edition:
    if older is None:
        return Edition(number=version.number, at=version.at, first=first)
    now, then = history.shown(ctx, version), history.shown(ctx, older)
    files, old_files = history.contents(ctx, version), history.contents(ctx, older)
    here, there = ({one["id"]: one for one in document["resources"]} for document in (now, then))
    replaced = [
        Replaced(
            resource=key,
            name=called(one),
            format=str(one.get("format") or "").strip().upper(),
            before=old_files[key].sha256,
            after=files[key].sha256,
            since=older.number,
        )
        for key, one in here.items()
        if key in files and key in old_files and files[key].sha256 != old_files[key].sha256
    ]
    note = _note(now)
    return Edition(
        number=version.number,
        at=version.at,
        first=False,
        added=tuple(called(one) for key, one in here.items() if key not in there),
        removed=tuple(called(one) for key, one in there.items() if key not in here),
        replaced=tuple(replaced),
        described=_described(now, here) != _described(then, {key: there[key] for key in here if key in there}),
        reason=note if note != _note(then) else "",
    )


def called(resource: Mapping[str, Any]) -> Name:
    """What people call a resource."""
    name = str(resource.get("name") or resource.get("format") or resource["id"])
    return name, str(resource.get("title_en") or "")


def _note(document: Document) -> str:
    extras = (one.get("value") for one in document.get("extras") or () if one.get("key") == NOTES)
    return str(document.get(NOTES) or next(extras, "") or "").strip()


def _described(document: Document, resources: Mapping[str, Document]) -> Sequence[Any]:
    """What is said of a dataset and of its resources."""
    facts = {key: value for key, value in document.items() if key not in FLEETING and key != "extras"}
    extras = [one for one in document.get("extras") or () if one.get("key") != NOTES]
    return [facts, extras, {key: _words(one) for key, one in resources.items()}]


def _words(resource: Document) -> Document:
    return {key: value for key, value in resource.items() if key not in OF_FILES}
