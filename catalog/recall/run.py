"""A recall from beginning to end: stop serving, then the bytes, then the other targets. A rerun goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.recall import elsewhere, here, known
from catalog.store import recalls
from catalog.store.database import reading, writing
from catalog.store.recalls import Aimed, Recall
from metadata import clock
from metadata.errors import PortalError, SaphanError
from metadata.event import Event, Story

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal
    from metadata.ports import Portal

Door = Callable[[str], AbstractContextManager["Portal"]]
"""A target's portal by the target's name. Raises SetupError: it is not known any more, or has no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where a recall takes place."""

    portal: LocalPortal
    folder: Path
    """The workspace's."""
    derived: Path
    """What is derived of records, and may be deleted."""
    door: Door


def recall(room: Room, wanted: Recall) -> Story[Recall]:
    """Carries out a recall, or what is left of it. Raises StoreError; a target that cannot be reached is noted.

    `wanted` is new (then nothing of it is in the list), or the list's own.
    """
    portal = room.portal
    yield Event(kind="started", dataset=wanted.dataset, body={"command": "recall", "recall": wanted.id})
    made = _listed(portal, wanted.id)
    if made is None:
        made = here.stop(portal, wanted)
    known.note(room.folder, made)
    if recalls.LOCAL in made.waiting:
        here.clean(portal, [made.id], room.derived)
    for aimed in made.targets:
        if aimed.target != recalls.LOCAL and aimed.done is None:
            yield from _aimed(room, made, aimed)
    made = _listed(portal, made.id) or made
    body = {"command": "recall", "recall": made.id, "waiting": list(made.waiting)}
    yield Event(kind="finished", dataset=made.dataset, body=body)
    return made


def _aimed(room: Room, made: Recall, aimed: Aimed) -> Story[None]:
    """One target; what it ends with is written at once."""
    try:
        with room.door(aimed.target) as portal:
            remains = yield from elsewhere.take(portal, aimed.target, made)
        now = replace(aimed, done=clock.stamp(), remains=remains, trouble=None)
    except PortalError as error:
        now = replace(aimed, trouble=error.kind)
    except SaphanError as error:
        if error.exit == 5:
            raise
        now = replace(aimed, trouble=error.kind)
    with writing(room.portal.engine) as connection:
        recalls.aim(connection, made.id, now)
    if now.trouble:
        body = {"error": now.trouble, "recall": made.id}
        yield Event(kind="failed", dataset=made.dataset, target=aimed.target, body=body)


def pending(portal: LocalPortal, dataset: str, release: str | None) -> Recall | None:
    """A recall of a dataset that is to be carried on: one that is unfinished, or the last one, while nothing has
    come back since."""
    with reading(portal.engine) as connection:
        found = [one for one in recalls.listed(connection, dataset) if release in (None, one.release)]
    open_ones = [one for one in found if one.waiting]
    if open_ones:
        return open_ones[0]
    return next((one for one in reversed(found) if one.reopened is None), None)


def _listed(portal: LocalPortal, key: str) -> Recall | None:
    with reading(portal.engine) as connection:
        return next((one for one in recalls.listed(connection) if one.id == key), None)
