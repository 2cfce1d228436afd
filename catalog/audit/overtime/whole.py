"""A whole audit as one file: what is read of it is what was written, and nothing is derived anew."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson

from catalog.actions.context import Site
from catalog.audit import defects
from catalog.audit.audited import Audited, kind_of, recorded
from catalog.audit.entry import Entry
from catalog.audit.facts import Ground
from catalog.audit.run import Audit
from metadata.finding import Finding
from metadata.standard import Standard


def packed(audit: Audit) -> bytes:
    """An audit as lines of JSON, the head and then its datasets; the same audit gives the same bytes."""
    head = {
        "catalog": audit.catalog,
        "kind": audit.kind,
        "at": audit.at,
        "day": audit.day.isoformat(),
        "year": audit.year,
        "standard": audit.standard,
        "packs": list(audit.packs),
        "scores": dict(audit.scores),
        "declared": list(audit.declared),
        "failed": {name: found.to_dict() for name, found in audit.failed.items()},
        "ground": {
            "standard": dict(audit.ground.standard.source),
            "site": asdict(audit.ground.site),
            "desk": sorted(audit.ground.desk),
        },
    }
    lines = (
        {
            "name": one.name,
            "facts": dict(one.facts),
            "scores": dict(one.scores),
            "record": one.entry.to_json(),
            "told": orjson.Fragment(zlib.decompress(one.told)),
            "kinds": list(one.told_kinds),
        }
        for one in audit.datasets
    )
    made = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in (head, *lines))
    return gzip.compress(made, mtime=0)


def read(content: bytes) -> Audit:
    """The audit that `packed` wrote. Raises ValueError where it is none."""
    try:
        head, *lines = map(orjson.loads, gzip.decompress(content).splitlines())
        return _audit(head, lines)
    except (OSError, KeyError, TypeError, EOFError, zlib.error) as error:
        raise ValueError(type(error).__name__) from error


def _audit(head: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Audit:
    records = [recorded(Entry.from_json(line["record"])) for line in lines]
    datasets = tuple(
        Audited(
            name=line["name"],
            facts=line["facts"],
            record=record,
            digest=digest,
            seen=seen,
            told=zlib.compress(orjson.dumps(line["told"]), 1),
            told_kinds=tuple((rule, about, severity) for rule, about, severity in line["kinds"]),
            facts_kinds=tuple(map(kind_of, defects.found(line["facts"]))),
            scores=line["scores"],
        )
        for line, (_entry, record, digest, seen) in zip(lines, records, strict=True)
    )
    return Audit(
        **{name: head[name] for name in ("catalog", "kind", "at", "year", "standard", "scores")},
        day=date.fromisoformat(head["day"]),
        packs=tuple(head["packs"]),
        declared=tuple(head["declared"]),
        failed={name: Finding.from_dict(found) for name, found in head["failed"].items()},
        datasets=datasets,
        ground=Ground(
            standard=Standard.from_scheming(head["ground"]["standard"], head["standard"]),
            site=Site(**head["ground"]["site"]),
            desk=frozenset(head["ground"]["desk"]),
        ),
    )
