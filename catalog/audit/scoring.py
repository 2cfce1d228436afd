"""Scoring a catalogue's datasets by all packs: what one dataset has of them is kept as long as its facts stay."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from catalog.audit import score
from catalog.audit.audited import Audited, Derived, program
from metadata.pack import Pack

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

BLOCK = 500
"""Datasets scored at a time."""


def scored(
    datasets: Sequence[Audited], packs: Sequence[Pack], declared: Sequence[Mapping[str, Any]], kept: Derived | None
) -> tuple[tuple[Audited, ...], dict[str, Mapping[str, Any]]]:
    """The datasets with their scores, and pack key → the catalogue's (see `score.score`, without `datasets`)."""
    given = {pack["key"]: score.answers(pack, declared) for pack in packs}
    base = hashlib.sha256(program() + orjson.dumps([list(packs), list(declared)], option=orjson.OPT_SORT_KEYS))
    columns = {pack["key"]: score.columns(pack, ()) for pack in packs}
    alike: dict[bytes, Any] = {}
    made: list[Audited] = []
    for start in range(0, len(datasets), BLOCK):
        block = [(_key(base, one), one) for one in datasets[start : start + BLOCK]]
        known = kept.get([key for key, _ in block]) if kept else {}
        fresh: dict[str, bytes] = {}
        for key, one in block:
            packed = known.get(key)
            if packed is None:
                packed = fresh[key] = _scored(one, packs, given)
            found = orjson.loads(zlib.decompress(packed))
            for name, spans in found["parts"].items():
                score.append(columns[name], spans)
            own = {name: alike.setdefault(orjson.dumps(value), value) for name, value in found["scores"].items()}
            made.append(replace(one, scores=own))
        if kept and fresh:
            kept.put(fresh)
    return tuple(made), {
        pack["key"]: score.added(pack, columns[pack["key"]], given[pack["key"]]) for pack in packs
    }


def _key(base: Hash, one: Audited) -> str:
    """What a dataset's scores depend on."""
    own = base.copy()
    own.update(orjson.dumps(one.facts, option=orjson.OPT_SORT_KEYS))
    return own.hexdigest()


def _scored(one: Audited, packs: Sequence[Pack], given: Mapping[str, score.Answers]) -> bytes:
    """What a dataset has of each pack, as it is kept."""
    parts = {pack["key"]: score.parts(pack, one.facts, given[pack["key"]]) for pack in packs}
    scores = {pack["key"]: score.alone(pack, parts[pack["key"]]) for pack in packs}
    return zlib.compress(orjson.dumps({"parts": parts, "scores": scores}), 1)
