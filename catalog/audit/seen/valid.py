"""Whether files that are at hand fit their Table Schemas today, and how good their data are.

Both are kept by the file's hash: a file that has not changed is neither judged nor measured again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.audit.formats import is_dictionary, made_by_portal
from catalog.audit.seen.released import Hand, Releases
from catalog.store.evidence import Evidence
from metadata import clock
from metadata.errors import SaphanError
from metadata.event import Event, Story
from metadata.ports import Judge, Measurer
from metadata.release import canonical, sha256

VALID, QUALITY = "valid", "quality"
"""Under which kinds the cache keeps verdicts and measurements."""
DELIMITED = ("csv", "tsv")
Found = dict[str, Any]


def judged(hands: Iterable[Hand], judge: Judge, cache: Evidence) -> Story[dict[str, Found]]:
    """Resource id → {"valid", "checked_at", "errors"?, "reason"?}, for tables of delimited text with a schema.

    `valid` is None where the judge could not run. Of a resource that is not named nothing was looked at.
    """
    wanted = {
        hand.id: (f"{hand.hash} {sha256(canonical(hand.schema))}", hand) for hand in hands if _judgeable(hand)
    }
    known = cache.find(VALID, {key for key, _hand in wanted.values()})
    fresh: dict[str, Found] = {}
    try:
        for key, hand in wanted.values():
            if key in known:
                continue
            one = known[key] = _verdict(hand, judge)
            if one["valid"] is not None:
                fresh[key] = one
            yield Event(kind="checked", dataset=hand.dataset, body={"resource": hand.id, "valid": one["valid"]})
    finally:
        cache.note(VALID, fresh)
    return {name: known[key] for name, (key, _hand) in wanted.items()}


def measured(
    hands: Iterable[Hand], releases: Releases, measurer: Measurer | None, cache: Evidence, *, whole: bool = False
) -> Story[dict[str, Found]]:
    """Resource id → quality, as `profile.json` holds it; a data dictionary has none.

    What the desk built was measured then, by hash; other tables of delimited text are measured here: within
    NECTEC's limits, or `whole`.
    """
    found: dict[str, Found] = {}
    here: dict[str, Hand] = {}
    for hand in hands:
        built = releases.get(hand.hash)
        if is_dictionary(hand.name) or made_by_portal(hand.name):
            continue
        if built is not None and built.quality is not None:
            found[hand.id] = dict(built.quality)
        elif hand.format in DELIMITED:
            here[hand.id] = hand
    if measurer is None:
        return found
    kind = f"{QUALITY}{'-whole' if whole else ''}"
    known = cache.find(kind, {hand.hash for hand in here.values()})
    fresh: dict[str, Found] = {}
    try:
        for name, hand in here.items():
            if hand.hash in known:
                continue
            quality = _measured(hand, measurer, whole=whole)
            known[hand.hash] = fresh[hand.hash] = {"quality": quality, "checked_at": clock.stamp()}
            yield Event(kind="checked", dataset=hand.dataset, body={"resource": name, "measured": bool(quality)})
    finally:
        cache.note(kind, fresh)
    said = {name: known[hand.hash]["quality"] for name, hand in here.items()}
    return found | {name: dict(quality) for name, quality in said.items() if quality is not None}


def _judgeable(hand: Hand) -> bool:
    return hand.schema is not None and hand.format in DELIMITED


def _verdict(hand: Hand, judge: Judge) -> Found:
    """What the judge says. Never its words: they may quote a cell."""
    now = clock.stamp()
    try:
        report = judge.judge(hand.path, hand.schema or {}, format=hand.format)
    except (SaphanError, OSError) as error:
        reason = error.kind if isinstance(error, SaphanError) else "file-unreadable"
        return {"valid": None, "checked_at": now, "reason": reason}
    return {"valid": bool(report["valid"]), "checked_at": now, "errors": int(report["stats"]["errors"])}


def _measured(hand: Hand, measurer: Measurer, *, whole: bool) -> Mapping[str, Any] | None:
    try:
        return measurer.measure(hand.path, whole=whole)
    except OSError:
        return None
