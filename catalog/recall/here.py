"""Our own catalog without what is recalled: first its rows, in one transaction; then its bytes on the disk."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, or_, select

from catalog import journal
from catalog.actions import history, package
from catalog.recall import begin, facts, known
from catalog.store import audits, recalls, shares
from catalog.store.database import reading, writing
from catalog.store.recalls import Aimed, Recall
from catalog.store.scrub import scrub
from catalog.store.tables import evidence, packages, resources, version_files, versions
from metadata import clock
from metadata.event import Event
from metadata.stored import file_hash
from metadata.workspace import user

if TYPE_CHECKING:
    from catalog.actions.context import Context
    from catalog.portal.local import LocalPortal

BLOCK = 1 << 20
Put = tuple[str, str, dict[str, Any]]
"""Of a write that the journal knows: target, when, and what stood there then."""


def stop(portal: LocalPortal, recall: Recall) -> Recall:
    """Takes a dataset out of our catalog: from the commit on, whoever asks for it is told that it was recalled.

    One transaction: the list of recalls has it; its rows are gone, with its versions, activities, views and usage,
    and from kept audits and the journal what it said; its shares have ended. Its bytes are still on the disk: see
    `clean`.
    """
    with portal.changing() as ctx:
        puts = list(begin.puts(ctx.connection, recall.dataset))
        found = replace(_found(ctx, recall, puts), at=clock.stamp())
        measured = facts.measured(ctx.connection, found)
        targets = (Aimed(target=recalls.LOCAL, since=measured.get("public")), *_aimed(found, puts))
        made = replace(found, facts={**found.facts, **measured}, targets=targets)
        recalls.put(ctx.connection, made)
        _take(ctx, made)
        shares.recalled(ctx.connection, made.package, made.at)
        _tell(ctx, made)
        # whoever still reads a table has it open: it is cut to nothing before it goes
        ctx.afterwards.insert(0, lambda: portal.datastore.wipe(made.keys["resource"]))
        ctx.unused.clear()  # `clean` does it
    return made


def again(ctx: Context, recall: Recall) -> bool:
    """Takes out what came back by an older state of the catalog; whether there was any.

    What was made after the recall is another matter: then somebody let it in again.
    """
    names = recall.keys.get("dataset", ())
    ours = packages.c.id.in_(names) | packages.c.name.in_(names)
    query = select(packages.c.id).where(ours, packages.c.metadata_created <= _moment(recall.at))
    there = list(ctx.connection.execute(query).scalars())
    mine = (versions.c.package_id == recall.package, versions.c.document.is_not(None))
    past = select(versions.c.number).where(*mine, versions.c.at <= _moment(recall.at))
    numbers = list(ctx.connection.execute(past).scalars())
    for key in there:
        package.dataset_purge(ctx, {"id": key})
    if numbers and recall.package:
        history.forget(ctx, recall.package, numbers)
    if there or numbers:
        shares.recalled(ctx.connection, recall.package, recall.at)
        _tell(ctx, recall)
        recalls.cleaned(ctx.connection, [recall.id], None)
    return bool(there or numbers)


def clean(portal: LocalPortal, ids: Iterable[str], derived: Path | None = None) -> tuple[str, ...]:
    """Overwrites what recalls left on our disk, and notes it; tells what remains and we cannot reach.

    Files and tables that no row names, copies that killed processes left, what was derived (`derived`, a file that
    may be deleted at any time), the database's own free pages. Raises StoreError; a rerun goes on.
    """
    wanted = set(ids)
    with reading(portal.engine) as connection:
        chosen = [one for one in recalls.listed(connection) if one.id in wanted]
    files = {content for one in chosen for content in one.files}
    _left(portal, files)
    _spare(files)
    portal.remove(files, wipe=True)
    for one in chosen:
        _tables(portal, one)
    if derived is not None:
        for name in (derived, *(derived.with_name(derived.name + end) for end in ("-wal", "-shm"))):
            name.unlink(missing_ok=True)
    remains = scrub(portal.engine)
    with writing(portal.engine) as connection:
        recalls.cleaned(connection, wanted, remains)
    return remains


def gone(connection: Connection) -> set[str]:
    """The recalled resources that are not there again."""
    keys = {key for one in recalls.listed(connection) for key in one.keys.get("resource", ())}
    there = select(resources.c.id).where(resources.c.state == "active")
    return keys - set(connection.execute(there).scalars()) if keys else keys


def _found(ctx: Context, recall: Recall, puts: list[Put]) -> Recall:
    """With everything by which it is known here: ids, former names, resources, contents."""
    key = or_(packages.c.id == recall.dataset, packages.c.name == recall.dataset)
    row = ctx.connection.execute(select(packages.c.id, packages.c.name).where(key)).first()
    former = or_(versions.c.package_id == recall.dataset, versions.c.name == recall.dataset)
    old = select(versions.c.package_id).where(former).order_by(versions.c.at.desc()).limit(1)
    here = row.id if row else ctx.connection.execute(old).scalar()
    keys: dict[str, set[str]] = {kind: set(recall.keys.get(kind, ())) for kind in recalls.KINDS}
    keys["dataset"] |= {recall.dataset, *((row.name,) if row else ()), *((here,) if here else ())}
    if here:
        names = select(versions.c.name).where(versions.c.package_id == here)
        keys["dataset"] |= set(ctx.connection.execute(names).scalars())
        for table, column in ((resources, resources.c.id), (version_files, version_files.c.resource_id)):
            query = select(column, table.c.sha256).where(table.c.package_id == here)
            for resource, content in ctx.connection.execute(query):
                keys["resource"].add(resource)
                keys["file"] |= {content} if content else set()
    for _target, _at, put in puts:
        for one in put.get("resources", ()):
            keys["resource"].add(str(one["id"]))
            keys["file"] |= {str(one["hash"]).removeprefix("sha256:")} if one.get("hash") else set()
    return replace(recall, package=here, keys={kind: tuple(sorted(found)) for kind, found in keys.items()})


def _take(ctx: Context, recall: Recall) -> None:
    if recall.package is None:
        return
    if ctx.connection.execute(select(packages.c.id).where(packages.c.id == recall.package)).first():
        package.dataset_purge(ctx, {"id": recall.package})
    else:
        history.forget(ctx, recall.package)


def _tell(ctx: Context, recall: Recall) -> None:
    """Audits and the journal forget what they said; the row that tells of it has hashes and the decision."""
    audits.forget(ctx.connection, recall.keys.get("dataset", ()))
    ctx.connection.execute(delete(evidence))  # may be asked for again, and tells of files by their columns
    body = {**known.line(recall), "emptied": journal.empty(ctx.connection, recall.dataset, recall.id)}
    event = Event(kind="decision", dataset=recall.dataset, body=body)
    journal.append(ctx.connection, event, actor=user(), run=recall.id)


def _aimed(known: Recall, puts: list[Put]) -> tuple[Aimed, ...]:
    """The targets that the journal knows it on; our own catalog is one for itself."""
    targets = {one.target: one for one in known.targets}
    for target, at, _put in puts:
        targets.setdefault(target, Aimed(target=target, since=at))
    return tuple(one for name, one in sorted(targets.items()) if name != recalls.LOCAL)


def _tables(portal: LocalPortal, recall: Recall) -> None:
    """The DataStore's tables of resources that are gone."""
    with reading(portal.engine) as connection:
        keys = gone(connection) & set(recall.keys.get("resource", ()))
    portal.datastore.wipe(keys)
    with writing(portal.engine) as connection:
        store = portal.datastore.bound(connection)
        work = [store.dropping(key) for key in sorted(keys) if store.exists(key)]
    for drop in work:
        drop()


def _left(portal: LocalPortal, contents: set[str]) -> None:
    """Removes what killed processes left of these files: what is as they begin."""
    if not portal.files.aside.is_dir():
        return
    known = [portal.files.path(content) for content in contents]
    present = [path for path in known if path.is_file()]
    for left in list(portal.files.aside.iterdir()):
        with suppress(OSError):  # its own process has taken it, or is gone with it
            if any(_begins(path, left) for path in present):
                left.unlink()


def _spare(contents: set[str]) -> None:
    """Removes what a killed push left of these files in the machine's folder for temporary ones."""
    for folder in list(Path(gettempdir()).glob("saphan-*")):
        with suppress(OSError):  # another process takes its own away, or it is not ours to look into
            for path in list(folder.iterdir()):
                if path.is_file() and file_hash(path).removeprefix("sha256:") in contents:
                    path.unlink()


def _begins(path: Path, left: Path) -> bool:
    size = left.stat().st_size
    if not 0 < size <= path.stat().st_size:
        return False
    with path.open("rb") as whole, left.open("rb") as part:
        while block := part.read(BLOCK):
            if whole.read(len(block)) != block:
                return False
    return True


def _moment(at: str) -> str:
    """A stamp as CKAN's dates are stored: UTC without its offset, to the microsecond."""
    from datetime import datetime

    from catalog.store.past import stored

    return stored(datetime.fromisoformat(at))
