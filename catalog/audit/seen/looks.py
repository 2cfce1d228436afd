"""What an audit may look at outside the records, each as `run.audit` takes it.

A look gives for each dataset what is to stand in its Entry's `seen`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from catalog.audit.entry import Entry
from catalog.audit.run import Look
from catalog.audit.seen import reach, registered, released, valid
from catalog.harvest.client import Client
from catalog.store.evidence import Evidence
from metadata.event import Story
from metadata.ports import Judge, Measurer

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal

MOST_AGE = timedelta(days=7)
"""How old what was found on other servers may be."""
Seen = Mapping[str, Mapping[str, Any]]


def addresses(
    client: Client, cache: Evidence, *, most_age: timedelta = MOST_AGE, seconds: float | None = None
) -> Look:
    """Whether other people's files answer, as far as can be asked in so many seconds."""
    asking = reach.Asking(client, cache, seconds=seconds)

    def look(entries: Sequence[Entry]) -> Story[Seen]:
        found = yield from reach.look(entries, client, cache, most_age=most_age, asking=asking)
        return by_dataset("reach", entries, found)

    return look


def store(portal: LocalPortal, cache: Evidence, *, most_age: timedelta = MOST_AGE) -> Look:
    """Whether our own catalog's files are there and whole, without the network."""

    def look(entries: Sequence[Entry]) -> Story[Seen]:
        yield from ()
        return by_dataset("reach", entries, reach.held(entries, portal, cache, most_age=most_age))

    return look


def desk(releases: released.Releases) -> Look:
    """Whether the files of releases are there: the desk's source has read them by their hashes."""

    def look(entries: Sequence[Entry]) -> Story[Seen]:
        yield from ()
        hands = released.at_hand(entries, releases)
        return by_dataset("reach", entries, {hand.id: reach.lying(hand) for hand in hands})

    return look


def gd_catalog(client: Client, cache: Evidence, *, site_url: str, most_age: timedelta = MOST_AGE) -> Look:
    """Whether GD Catalog has the datasets of the portal that is harvested under `site_url`."""

    refusals = registered.Refusals()

    def look(entries: Sequence[Entry]) -> Story[Seen]:
        more: Any = {"site_url": site_url, "most_age": most_age, "refusals": refusals}
        found = yield from registered.ask(entries, client, cache, **more)
        return {name: {"registered": one} for name, one in found.items()}

    return look


def tables(
    releases: released.Releases,
    cache: Evidence,
    *,
    portal: LocalPortal | None = None,
    judge: Judge | None = None,
    measurer: Measurer | None = None,
    whole: bool = False,
) -> Look:
    """Whether tables that are at hand fit their schemas, and how good their data are."""

    def look(entries: Sequence[Entry]) -> Story[Seen]:
        hands = released.at_hand(entries, releases, portal)
        fits = (yield from valid.judged(hands, judge, cache)) if judge else {}
        good = yield from valid.measured(hands, releases, measurer, cache, whole=whole)
        one, other = by_dataset("valid", entries, fits), by_dataset("quality", entries, good)
        return {name: {**one.get(name, {}), **other.get(name, {})} for name in {**one, **other}}

    return look


def by_dataset(kind: str, entries: Sequence[Entry], found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What was found by resource, as the `seen` of each dataset of which something was."""
    made: dict[str, dict[str, Any]] = {}
    for entry in entries if found else ():
        ids = [str(one.get("id")) for one in entry.package.get("resources") or ()]
        if own := {key: found[key] for key in ids if key in found}:
            made[entry.name] = {kind: own}
    return made
