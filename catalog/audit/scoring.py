"""Scoring a catalogue's datasets by all packs: what one dataset has of them is kept as long as its facts stay."""

from __future__ import annotations

import hashlib
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from catalog.audit import defects, score
from catalog.audit.audited import Audited, Derived, kinds_kept, kinds_of, program
from metadata.pack import Pack

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

BLOCK = 500
"""Datasets scored at a time."""
UNASKED = (-1.0, -1.0)
"""In the place of a Span of a measure that does not ask a dataset."""


def scored(
    datasets: Sequence[Audited],
    packs: Sequence[Pack],
    declared: Sequence[Mapping[str, Any]],
    kept: Derived | None,
    mark: str,
) -> tuple[tuple[Audited, ...], dict[str, Mapping[str, Any]]]:
    """The datasets with what comes of their facts, and pack key → the catalogue's score (without `datasets`).

    `mark`: what the facts depend on beside the records, and the titles of the others.
    """
    given = {pack["key"]: score.answers(pack, declared) for pack in packs}
    rules = orjson.dumps([mark, list(packs), list(declared)], option=orjson.OPT_SORT_KEYS)
    base = hashlib.sha256(program() + rules)
    spans = array("d")
    read = cache(orjson.loads)  # most datasets have a score of a pack that others have, too
    made: list[Audited] = []
    width = 16 * sum(len(pack["measures"]) for pack in packs)
    for start in range(0, len(datasets), BLOCK):
        block = [(_key(base, one), one) for one in datasets[start : start + BLOCK]]
        known = kept.get([key for key, _ in block]) if kept else {}
        fresh: dict[str, bytes] = {}
        for key, one in block:
            packed = known.get(key)
            if packed is None:
                packed = fresh[key] = _scored(one, packs, given)
            whole = zlib.decompress(packed)
            spans.frombytes(whole[:width])
            kinds, *scores = map(read, whole[width:].splitlines())
            own = {pack["key"]: found for pack, found in zip(packs, scores, strict=True)}
            made.append(replace(one, scores=own, facts_kinds=kinds_of(kinds)))
        if kept and fresh:
            kept.put(fresh)
    columns = _columns(spans, packs)
    return tuple(made), {
        pack["key"]: score.added(pack, columns[pack["key"]], given[pack["key"]]) for pack in packs
    }


def _key(base: Hash, one: Audited) -> str:
    """What a dataset's scores depend on."""
    own = base.copy()
    own.update(f"{one.digest} {one.facts['title_unique']} ".encode() + one.seen)
    return own.hexdigest()


def _scored(one: Audited, packs: Sequence[Pack], given: Mapping[str, score.Answers]) -> bytes:
    """What a dataset has of the packs, as it is kept: its Spans (-1: not asked), then lines of JSON, the kinds of
    what its facts say is wrong and its score of each pack."""
    parts = [score.parts(pack, one.facts, given[pack["key"]]) for pack in packs]
    spans = (
        found[measure["measure"]] for pack, found in zip(packs, parts, strict=True) for measure in pack["measures"]
    )
    numbers = array("d", (side for span in spans for side in (span or UNASKED)))
    scores = (score.alone(pack, found) for pack, found in zip(packs, parts, strict=True))
    lines = (kinds_kept(defects.found(one.facts)), *scores)
    return zlib.compress(numbers.tobytes() + b"\n".join(map(orjson.dumps, lines)), 1)


def _columns(spans: array[float], packs: Sequence[Pack]) -> dict[str, dict[str, score.Column]]:
    """Pack key → measure → what the datasets that it asks have of it (see `score.columns`)."""
    names = [(pack["key"], measure["measure"]) for pack in packs for measure in pack["measures"]]
    made: dict[str, dict[str, score.Column]] = {pack["key"]: {} for pack in packs}
    for at, (key, measure) in enumerate(names):
        least, most = (spans[2 * at + side :: 2 * len(names)] for side in (0, 1))
        if least.count(UNASKED[0]):
            least, most = (array("d", (one for one in side if one != UNASKED[0])) for side in (least, most))
        made[key][measure] = (least, most)
    return made
