"""Scoring a catalogue's datasets by all packs: what one dataset has of them is kept as long as its facts stay."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from catalog.audit import score
from catalog.audit.audited import Audited, Derived, program
from metadata.pack import Pack


def scored(
    datasets: Sequence[Audited], packs: Sequence[Pack], declared: Sequence[Mapping[str, Any]], kept: Derived | None
) -> tuple[tuple[Audited, ...], dict[str, Mapping[str, Any]]]:
    """The datasets with their scores, and pack key → the catalogue's (see `score.score`, without `datasets`)."""
    given = {pack["key"]: score.answers(pack, declared) for pack in packs}
    base = hashlib.sha256(program() + orjson.dumps([list(packs), list(declared)], option=orjson.OPT_SORT_KEYS))
    keys = []
    for one in datasets:
        own = base.copy()
        own.update(orjson.dumps(one.facts, option=orjson.OPT_SORT_KEYS))
        keys.append(own.hexdigest())
    known = kept.get(keys) if kept else {}
    fresh: dict[str, bytes] = {}
    columns = {pack["key"]: score.columns(pack, ()) for pack in packs}
    made = []
    alike: dict[bytes, Any] = {}
    for key, one in zip(keys, datasets, strict=True):
        packed = known.get(key)
        if packed is None:
            packed = fresh[key] = _scored(one, packs, given)
        found = orjson.loads(packed)
        for name, spans in found["parts"].items():
            score.append(columns[name], spans)
        own = {
            name: alike.setdefault(orjson.dumps(one_score), one_score)
            for name, one_score in found["scores"].items()
        }
        made.append(replace(one, scores=own))
    if kept and fresh:
        kept.put(fresh)
    return tuple(made), {
        pack["key"]: score.added(pack, columns[pack["key"]], given[pack["key"]]) for pack in packs
    }


def _scored(one: Audited, packs: Sequence[Pack], given: Mapping[str, score.Answers]) -> bytes:
    """What a dataset has of each pack, as it is kept."""
    parts = {pack["key"]: score.parts(pack, one.facts, given[pack["key"]]) for pack in packs}
    scores = {pack["key"]: score.alone(pack, parts[pack["key"]]) for pack in packs}
    return orjson.dumps({"parts": parts, "scores": scores})
