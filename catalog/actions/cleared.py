"""What is about to be public is looked into first: files, rows, descriptions, whoever sends them by what door.

An action says what it would make public. What nobody has looked into yet stops it: nothing is written, the portal
looks at it outside of the transaction (`looked`), and the action is run again. What the desk puts there in process
has passed its gate, decisions included; it is remembered as let out.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from catalog.actions.context import Context, Site
from catalog.actions.refusals import ActionRefused, invalid
from catalog.search.fields import is_private
from catalog.store import cleared
from catalog.store.cleared import DESK, GATE, SCAN
from catalog.store.database import writing
from catalog.store.shape import Shape
from catalog.store.tables import resources, versions
from metadata import wording
from metadata.errors import SourceError
from metadata.finding import Finding, Place

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from catalog.store.datastore import Datastore
    from metadata.ports import Rows, Scanner

Document = Mapping[str, Any]
SHOWN = 10
"""Findings that a refusal tells."""
AROUND = 1000
"""Rows of a table by which it is judged whether what new ones hold may be chance."""
UNKNOWN = ("read-format", "read-empty")
"""Files that hold no text or table that anyone here could read: pictures, films, programs, nothing."""
NO_TEXT = frozenset(
    (
        "cache_last_updated", "created", "creator_user_id", "datastore_active", "groups", "hash", "id", "isopen",
        "last_modified", "license_id", "license_title", "license_url", "metadata_created", "metadata_modified",
        "mimetype", "mimetype_inner", "num_resources", "num_tags", "organization", "owner_org", "package_id",
        "position", "private", "relationships_as_object", "relationships_as_subject", "resources", "size", "state",
        "type", "url_type",
    )
)  # fmt: skip
"""Fields that the catalog makes, or that name something of its own."""
OWN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An id that was drawn or derived; another is a text of its sender's."""
_turn = threading.Lock()
"""One file or table at a time: a workbook is held in memory while it is looked into."""
_queue = threading.BoundedSemaphore(8)
"""How many may wait for that: each keeps a thread, of which readers need some, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One thing to look into. `under`: the field that is refused (None: under the key that a Finding names);
    `at`: whose it is, by ids: a name may be what must not be told."""

    key: Hashable
    under: str | None
    run: Callable[[Scanner, Datastore], Iterable[Finding]] = field(compare=False)
    at: Place = field(default_factory=Place)
    remember: Callable[[Any], None] | None = field(default=None, compare=False)
    """Notes in an open transaction that nothing was found."""


class Unseen(Exception):  # noqa: N818 - no fault: a question
    """Something that is about to be public was not looked into yet."""

    def __init__(self, looks: Sequence[Look]) -> None:
        super().__init__(len(looks))
        self.looks = looks


def looked(
    unseen: Unseen, scanner: Scanner, datastore: Datastore, engine: Engine, site: Site
) -> Iterable[Hashable]:
    """Looks, outside of any transaction; gives the keys of what may be public. Raises ActionRefused 409.

    What was found clean is remembered whatever becomes of the others.
    """
    found = {look.key: (look, _errors(look, scanner, datastore)) for look in unseen.looks}
    clean = [look for look, errors in found.values() if not errors]
    if any(look.remember for look in clean):
        with writing(engine) as connection:
            for look in clean:
                if look.remember:
                    look.remember(connection)
    wrong = [(look, errors) for look, errors in found.values() if errors]
    if wrong:
        raise _refusal(wrong, site)
    return found


def _errors(look: Look, scanner: Scanner, datastore: Datastore) -> list[Finding]:
    try:
        if look.remember is None:
            return [one for one in look.run(scanner, datastore) if one.severity == "error"]
        if not _queue.acquire(blocking=False):
            raise ActionRefused(503, {"__type": "Busy", "message": "Other files are being looked into: ask again"})
        try:
            with _turn:
                return [one for one in look.run(scanner, datastore) if one.severity == "error"]
        finally:
            _queue.release()
    except SourceError as error:
        return [] if error.kind in UNKNOWN else [error.as_finding()]


def _refusal(wrong: Sequence[tuple[Look, list[Finding]]], site: Site) -> ActionRefused:
    """CKAN's answer to invalid data: place and masked form, never the value, and the way out."""
    errors: dict[str, list[str]] = {}
    languages: tuple[wording.Language, ...] = ("th", "en") if not site.prefix else (site.prefix,)  # type: ignore[assignment]
    for look, found in wrong:
        for one in found[:SHOWN]:
            said = errors.setdefault(look.under or str(one.values.get("key", "")).partition(".")[0], [])
            said += [text for language in languages if (text := _sentence(look, one, language)) not in said]
    for said in errors.values():
        said += [" ".join(wording.say("write-held", {}, language)) for language in languages]
    return invalid(errors)


def _sentence(look: Look, found: Finding, language: wording.Language) -> str:
    at = {**look.at.to_dict(), **found.at.to_dict()}
    message, _ = wording.say(found.rule, {**at, **found.values}, language)  # the way out is told once, for all
    if found.at.column is not None and found.at.column in message:  # it tells the row, too
        at = {part: at[part] for part in ("dataset", "resource", "sheet") if part in at}
    where = wording.place(Place(**at), language)  # type: ignore[arg-type]  # parts of a Place
    return f"{where}: {message}" if where else message


def is_public(document: Document, resource: Document | None = None) -> bool:
    """Whether anyone may read a dataset, or a resource of it."""
    return bool(
        document["state"] == "active"
        and not document["private"]
        and not (resource is not None and is_private(resource))
    )


def _asks(ctx: Context) -> bool:
    return ctx.scanner is not None and not ctx.own


def upload(ctx: Context, document: Document, resource: Document) -> None:
    """Before a sent file is kept for a resource of a dataset as it will be. Raises Unseen."""
    sent = ctx.uploads.get("upload")
    if sent is None:
        return
    ctx.seen.add(("replaced", resource["id"]))
    content, path, name = sent.file.sha256, sent.file.path, sent.filename
    public = is_public(document, resource)
    if ctx.own:
        cleared.clear_file(ctx.connection, content, GATE if public else DESK)
    elif public and ctx.scanner is not None:
        looks = [_description({"file_name": name}, "upload")]
        if not cleared.clear(ctx.connection, [content]):
            looks.append(
                Look(
                    key=("file", content),
                    under="upload",
                    run=lambda scanner, _: scanner.scan(path, name=name),
                    remember=partial(cleared.clear_file, content=content, by=SCAN),
                )
            )
        _ask(ctx, looks, at_once=True)


def records(
    ctx: Context,
    document: Document,
    resource: str,
    shape: Shape,
    rows: Sequence[Mapping[str, Any]],
    *,
    before: Shape | None,
) -> None:
    """Before rows are written to a table, and what its columns say of themselves. Raises Unseen.

    `before`: the table as it is, where there is one.
    """
    one = next((one for one in document["resources"] if one["id"] == resource), None)
    public = is_public(document, one)
    by = (GATE if public else DESK) if ctx.own else None
    if public and _asks(ctx):
        known = {column.name: column.info for column in before.columns} if before else {}
        told = [_told(column) for column in shape.columns if known.get(column.name) != column.info]
        looks = [_description({"fields": told}, "fields")] if told else []
        if rows:
            run = partial(_look_at_records, resource, shape, rows, before is not None)
            looks.append(Look(key="records", under="records", run=run))
        _ask(ctx, looks, at_once=True)
        by = SCAN
    cleared.written(ctx.connection, resource, by, new=before is None)


def _told(column: Any) -> Mapping[str, Any]:
    return {"name": column.name, **column.info}


def _titles(shape: Shape) -> list[list[str]]:
    return [[str(one.info.get(key) or "") for key in ("label", "label_en")] for one in shape.columns]


def _look_at_records(
    resource: str,
    shape: Shape,
    rows: Sequence[Mapping[str, Any]],
    joins: bool,
    scanner: Scanner,
    datastore: Datastore,
) -> Iterable[Finding]:
    names = [column.name for column in shape.columns]
    sent = [[one.get(name) for name in names] for one in rows]

    def around() -> Rows:
        there = {column.name for column in datastore.shape(resource).columns}
        known = [name for name in names if name in there]
        found = datastore.search(resource, fields=known, limit=AROUND)
        return [
            [cells.get(name) for name in names] for cells in (dict(zip(known, row, strict=True)) for row in found)
        ]

    return scanner.rows(names, _titles(shape), sent, around=around if joins else None)


def described(ctx: Context, document: Document, old: Document | None) -> None:
    """Before a dataset is written: what of it is public for the first time is asked for. Raises Unseen."""
    if not is_public(document) or (ctx.scanner is None and not ctx.own):
        return
    if _asks(ctx):
        new = _texts(document) - _known_texts(ctx, document, old)
        if new:
            said: dict[str, Any] = {}
            for key, text in sorted(new):
                said.setdefault(key, []).append(text)
            # what would be written for the first time is not even written to be rolled back
            fresh = old is None or not new <= _texts(old)
            _ask(ctx, [_description(said, None, at=Place(dataset=document["id"]))], at_once=fresh)
    if old is not None:
        before = {one["id"]: is_public(old, one) for one in old["resources"]}
        _opened(ctx, document, [one for one in document["resources"] if before.get(one["id"]) is False
                                and is_public(document, one)])  # fmt: skip


def _known_texts(ctx: Context, document: Document, old: Document | None) -> set[tuple[str, str]]:
    """The texts that stand in public already, or did when the dataset last was."""
    if old is None:
        return set()
    if is_public(old):
        return _texts(old)
    query = select(versions.c.document).where(
        versions.c.package_id == document["id"], versions.c.public.is_(True), versions.c.document.is_not(None)
    )
    last = ctx.connection.execute(query.order_by(versions.c.number.desc()).limit(1)).scalar()
    return _texts(orjson.loads(last)) if last else set()


def _texts(document: Document) -> set[tuple[str, str]]:
    """What is said of a dataset and of its resources: (key, text)."""
    found: set[tuple[str, str]] = set()
    for name, value in document.items():
        if name == "extras":
            found |= {(f"extras.{one['key']}", str(one["value"])) for one in value}
        elif name == "tags":
            found |= {("tags", str(one["name"])) for one in value}
        elif name not in NO_TEXT:
            _gather(name, value, found)
    for resource in document["resources"]:
        if not is_private(resource):
            if not OWN_ID.fullmatch(resource["id"]):
                found.add(("resources.id", resource["id"]))
            for name, value in resource.items():
                own = name == "url" and resource["url_type"] in ("upload", "datastore")
                if name not in NO_TEXT and not own:
                    _gather(f"resources.{name}", value, found)
    return found


def _gather(key: str, value: Any, found: set[tuple[str, str]]) -> None:
    if isinstance(value, str) and value:
        found.add((key, value))
    elif isinstance(value, list):
        for one in value:
            _gather(key, one, found)
    elif isinstance(value, dict):
        for name, one in value.items():
            found.add((key, str(name)))
            _gather(f"{key}.{name}", one, found)


def _opened(ctx: Context, document: Document, opened: Sequence[Document]) -> None:
    """Files and tables of resources that nobody could see until now."""
    if not opened:
        return
    ids = [one["id"] for one in opened]
    places = {
        one["id"]: Place(
            dataset=document["id"],
            resource=one["id"] if OWN_ID.fullmatch(one["id"]) else f"#{one['position'] + 1}",
        )
        for one in opened
    }
    query = select(resources.c.id, resources.c.sha256, resources.c.filename).where(resources.c.id.in_(ids))
    found = ctx.connection.execute(query).all()
    files = [row for row in found if row.sha256 and ("replaced", row.id) not in ctx.seen]
    tables = [key for key in ids if ctx.datastore.exists(key)]
    known = cleared.clear(ctx.connection, [row.sha256 for row in files], own=ctx.own)
    states = {key: cleared.table(ctx.connection, key, own=ctx.own) for key in tables}
    if ctx.own:  # what others put beside its own is looked into all the same
        for content in known:
            cleared.clear_file(ctx.connection, content, GATE)
        for key, (writes, clear) in states.items():
            if clear:
                cleared.clear_table(ctx.connection, key, writes, GATE)
    if ctx.scanner is None:
        return
    looks = []
    for row in files:
        if ctx.own and row.sha256 in known:
            continue
        at = places[row.id]
        looks.append(_description({"file_name": row.filename}, "private", at=at))
        if row.sha256 not in known:
            run = partial(_look_at_file, ctx.files.path, row.sha256, row.filename)
            remember = partial(cleared.clear_file, content=row.sha256, by=SCAN)
            looks.append(Look(key=("file", row.sha256), under="private", run=run, at=at, remember=remember))
    for key, (writes, clear) in states.items():
        if not clear:
            remember = partial(cleared.clear_table, resource=key, writes=writes, by=SCAN)
            run = partial(_look_at_table, key)
            looks.append(
                Look(key=("table", key, writes), under="private", run=run, at=places[key], remember=remember)
            )
    _ask(ctx, looks)


def _look_at_file(
    path: Callable[[str], Any], content: str, name: str, scanner: Scanner, _: Datastore
) -> Iterable[Finding]:
    return scanner.scan(path(content), name=name)


def _look_at_table(resource: str, scanner: Scanner, datastore: Datastore) -> Iterable[Finding]:
    with datastore.opened(resource) as reading:
        shape = reading.shape
    names = [column.name for column in shape.columns]
    yield from scanner.texts({"fields": [_told(column) for column in shape.columns]})
    yield from scanner.rows(names, _titles(shape), datastore.search(resource, fields=names))


def _description(said: Mapping[str, Any], under: str | None, at: Place = Place()) -> Look:  # noqa: B008
    """Texts by their keys."""
    key = ("texts", under, orjson.dumps(said))
    return Look(key=key, under=under, run=lambda scanner, _: scanner.texts(said), at=at)


def _ask(ctx: Context, looks: Sequence[Look], *, at_once: bool = False) -> None:
    """What was not looked into in this call yet. Raises Unseen where something would be written before the end."""
    ctx.unseen.extend(look for look in looks if look.key not in ctx.seen)
    if at_once:
        settled(ctx)


def settled(ctx: Context) -> None:
    """Before what cannot be taken back with the transaction, and at its end. Raises Unseen."""
    if ctx.unseen:
        raise Unseen(ctx.unseen)
