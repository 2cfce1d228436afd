"""The list of what was recalled: hashes, names and the decision; of what was recalled itself not a byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, insert, select, update

from catalog.store.tables import packages, recall_targets, recalled, recalls, resources, version_files
from metadata import clock

KINDS = ("dataset", "resource", "file")
"""What a recall names: a dataset and its resources by ids and names, their files by SHA-256."""
LOCAL = "local"
"""Our own catalog, as a target."""
BLOCK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Aimed:
    """A target from which a release is taken. `done`: since when it is gone; None: it may still be there."""

    target: str
    since: str | None = None
    done: str | None = None
    remains: tuple[str, ...] = ()
    """What is left there that we cannot take away: phrases `recall-remains-…`."""
    trouble: str | None = None
    """What the last attempt ended with: the kind of an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """One recall, as it is kept."""

    id: str
    dataset: str
    package: str | None
    release: str | None
    kind: str
    request: str
    at: str
    by: str
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    reopened: str | None = None
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Kind (KINDS) → what is recalled under it."""
    targets: tuple[Aimed, ...] = ()

    @property
    def waiting(self) -> tuple[str, ...]:
        """The targets on which it may still stand, LOCAL among them while its bytes may be on our disk."""
        return tuple(one.target for one in self.targets if one.done is None)

    @property
    def told(self) -> bool:
        """Whether anyone may be told: what never was public stays unknown."""
        return self.facts.get("public", self.at) is not None

    @property
    def files(self) -> frozenset[str]:
        """The SHA-256 of its files."""
        return frozenset(self.keys.get("file", ()))


def listed(connection: Connection, dataset: str | None = None) -> list[Recall]:
    """Every recall, or those of one dataset, the oldest first."""
    asked = select(recalls).order_by(recalls.c.at, recalls.c.id)
    if dataset is not None:
        asked = asked.where(recalls.c.dataset == dataset)
    return list(_whole(connection, connection.execute(asked).all()))


def named(connection: Connection, kind: str, keys: Iterable[str], *, standing: bool = True) -> list[Recall]:
    """The recalls that name one of these; `standing`: none that was reopened since. The newest first."""
    wanted = select(recalled.c.recall).where(recalled.c.kind == kind, recalled.c.key.in_(list(keys)))
    asked = select(recalls).where(recalls.c.id.in_(wanted)).order_by(recalls.c.at.desc(), recalls.c.id.desc())
    if standing:
        asked = asked.where(recalls.c.reopened.is_(None))
    return list(_whole(connection, connection.execute(asked).all()))


def of_release(connection: Connection, release: str) -> Recall | None:
    """The recall of a release, whatever was reopened since."""
    found = connection.execute(select(recalls).where(recalls.c.release == release).limit(1)).all()
    return next(_whole(connection, found), None)


def blocked(connection: Connection, contents: Iterable[str]) -> set[str]:
    """Which of these contents (SHA-256, hexadecimal) were recalled, and are in no release that was reopened."""
    found: set[str] = set()
    wanted = sorted(set(contents))
    for start in range(0, len(wanted), BLOCK):
        query = select(recalled.c.key).where(
            recalled.c.kind == "file", recalled.c.key.in_(wanted[start : start + BLOCK])
        )
        found |= set(connection.execute(query).scalars())
    return found


def _whole(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Recall]:
    for row in rows:
        keys: dict[str, list[str]] = {}
        query = select(recalled.c.kind, recalled.c.key).where(recalled.c.recall == row.id).order_by(recalled.c.key)
        for kind, key in connection.execute(query):
            keys.setdefault(kind, []).append(key)
        query = select(recall_targets).where(recall_targets.c.recall == row.id).order_by(recall_targets.c.target)
        targets = tuple(
            Aimed(
                target=one.target,
                since=one.since,
                done=one.done,
                remains=tuple(orjson.loads(one.remains)),
                trouble=one.trouble,
            )
            for one in connection.execute(query)
        )
        names = ("id", "dataset", "release", "kind", "request", "at", "by", "reason", "reopened")
        yield Recall(
            **{name: getattr(row, name) for name in names},
            package=row.package_id,
            facts=orjson.loads(row.facts),
            keys={kind: tuple(found) for kind, found in keys.items()},
            targets=targets,
        )


def put(connection: Connection, recall: Recall) -> None:
    """Adds a recall to the list, or writes it anew."""
    connection.execute(delete(recall_targets).where(recall_targets.c.recall == recall.id))
    connection.execute(delete(recalled).where(recalled.c.recall == recall.id))
    connection.execute(delete(recalls).where(recalls.c.id == recall.id))
    names = ("id", "dataset", "release", "kind", "request", "at", "by", "reason", "reopened")
    row = {name: getattr(recall, name) for name in names}
    row |= {"package_id": recall.package, "facts": orjson.dumps(recall.facts).decode()}
    connection.execute(insert(recalls).values(row))
    pairs = ((kind, key) for kind, found in recall.keys.items() for key in sorted(set(found)))
    keys = [{"recall": recall.id, "kind": kind, "key": key} for kind, key in pairs]
    if keys:
        connection.execute(insert(recalled), keys)
    for one in recall.targets:
        aim(connection, recall.id, one)


def aim(connection: Connection, recall: str, one: Aimed) -> None:
    """Writes how it stands with a target."""
    where = (recall_targets.c.recall == recall, recall_targets.c.target == one.target)
    connection.execute(delete(recall_targets).where(*where))
    row = {"recall": recall, "target": one.target, "since": one.since, "done": one.done, "trouble": one.trouble}
    connection.execute(insert(recall_targets).values(**row, remains=orjson.dumps(one.remains).decode()))


def cleaned(connection: Connection, ids: Iterable[str], remains: Sequence[str] | None) -> None:
    """Notes that the last byte of some recalls was overwritten here, but for what remains; None: not yet."""
    wanted = set(ids)
    for one in listed(connection):
        if one.id in wanted:
            since = next((aimed.since for aimed in one.targets if aimed.target == LOCAL), None)
            done = None if remains is None else clock.stamp()
            aim(connection, one.id, Aimed(target=LOCAL, since=since, done=done, remains=tuple(remains or ())))


def reopen(connection: Connection, recall: str, files: Iterable[str]) -> None:
    """Lets a dataset in again, with the files of the release that was approved since."""
    connection.execute(update(recalls).where(recalls.c.id == recall).values(reopened=clock.stamp()))
    for content in files:
        connection.execute(delete(recalled).where(recalled.c.kind == "file", recalled.c.key == content))


def with_all(connection: Connection, known: Iterable[Recall]) -> list[Recall]:
    """Brings the list in step with recalls known from elsewhere; returns those that it did not have."""
    missing = []
    present = {one.id: one for one in listed(connection)}
    for one in known:
        if one.id not in present:
            put(connection, one)
            missing.append(one)
        elif one != present[one.id]:
            put(connection, merged(one, present[one.id]))
    return missing


def merged(one: Recall, other: Recall) -> Recall:
    """What two tellings of a recall know together. What was done once need not be done again."""
    targets = {aimed.target: aimed for aimed in other.targets}
    for aimed in one.targets:
        if aimed.target not in targets or targets[aimed.target].done is None:
            targets[aimed.target] = aimed
    return replace(
        one,
        package=one.package or other.package,
        facts={**other.facts, **one.facts},
        reopened=one.reopened or other.reopened,
        keys=other.keys if other.reopened and not one.reopened else one.keys,
        targets=tuple(targets[name] for name in sorted(targets)),
    )


def holders(connection: Connection, contents: Iterable[str]) -> dict[str, list[str]]:
    """Content → the names of the datasets that hold it, now or in an old version."""
    found: dict[str, set[str]] = {}
    wanted = sorted(set(contents))
    for start in range(0, len(wanted), BLOCK):
        some = wanted[start : start + BLOCK]
        for table in (resources, version_files):
            query = select(table.c.sha256, packages.c.name).join(packages, packages.c.id == table.c.package_id)
            for content, name in connection.execute(query.where(table.c.sha256.in_(some))):
                found.setdefault(content, set()).add(name)
    return {content: sorted(names) for content, names in sorted(found.items())}
