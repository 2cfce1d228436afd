"""An audit as JSON (design.md §7): every score with what it is made of, every dataset with what it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from catalog.audit.audited import Audited
from catalog.audit.declared import behind
from catalog.audit.run import Audit
from catalog.audit.score import reads
from metadata.pack import Pack
from metadata.wording import Language, finding

Fixes = Sequence[dict[str, Any]]


def document(audit: Audit, lang: Language, fixes: Fixes = ()) -> dict[str, Any]:
    """The audit's one JSON document. `fixes` are told as `catalog/audit/fixing/fixes.py` tells them."""
    return {**head(audit, lang, fixes), "datasets": [dataset(one, lang) for one in audit.datasets]}


def written(
    audit: Audit, lang: Language, fixes: Fixes = (), more: Mapping[str, Any] | None = None
) -> Iterator[bytes]:
    """The same as JSON, a dataset a line, made as it is written: never in memory as a whole.

    `more`: what else the command has to tell (changes, promises, a sample …).
    """
    top = orjson.dumps({**head(audit, lang, fixes), **(more or {})}, option=orjson.OPT_INDENT_2)
    yield top[: -len(b"\n}")] + b',\n  "datasets": ['
    for at, one in enumerate(audit.datasets):
        yield (b",\n" if at else b"\n") + orjson.dumps(dataset(one, lang))
    yield b"\n]}\n"


def head(audit: Audit, lang: Language, fixes: Fixes = ()) -> dict[str, Any]:
    """The document without its datasets."""
    return {
        "catalog": audit.catalog,
        "kind": audit.kind,
        "date": audit.day.isoformat(),
        "year": audit.year,
        "standard": audit.standard,
        "scores": {pack["key"]: scored(pack, audit, lang) for pack in audit.packs},
        "failed": [finding(one, lang) for one in audit.failed.values()],
        "fixes": list(fixes),
    }


def scored(pack: Pack, audit: Audit, lang: Language) -> dict[str, Any]:
    """A score with its rule, its dimensions and the evidence of each measure."""
    score = audit.scores[pack["key"]]
    dimensions = {
        name: {**score["groups"][name], "title": group["title"][lang]}
        for name, group in (pack.get("groups") or {}).items()
    }
    made = {
        "value": score["value"],
        "upper": score["upper"],
        "of": score["of"],
        "unit": pack["unit"],
        "status": score["status"],
        "rule": pack["pack"],
        "title": pack["title"][lang],
        "source": pack["source"],
        "dimensions": dimensions,
        "evidence": [evidence(pack, at, audit, lang) for at in range(len(pack["measures"]))],
    }
    if pack.get("method"):
        made["method"] = pack["method"][lang]
    if score.get("band"):
        made["band"] = next(band["title"][lang] for band in pack["bands"] if band["band"] == score["band"])
    return made


def evidence(pack: Pack, at: int, audit: Audit, lang: Language) -> dict[str, Any]:
    """One measure of a score: its worth, of how many datasets it was asked, and whence the answer."""
    measure, found = pack["measures"][at], audit.scores[pack["key"]]["measures"][at]
    made = {**found, "title": measure["title"][lang], "facts": reads(measure)}
    if measure.get("source"):
        made["source"] = measure["source"]
    answers = behind(audit, pack, measure)
    if measure.get("declared") or answers:
        made["declared"] = list(answers)
    return made


def dataset(one: Audited, lang: Language) -> dict[str, Any]:
    """One dataset: facts, scores and findings."""
    return {
        "name": one.name,
        "facts": dict(one.facts),
        "scores": {key: dict(score) for key, score in one.scores.items()},
        "findings": [finding(found, lang) for found in one.findings],
    }
