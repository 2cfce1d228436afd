"""Audited: one dataset of an audit, so small that ten thousand fit in memory; and how it is derived."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Protocol

import orjson

from catalog.audit import defects, freshness
from catalog.audit.entry import Entry
from catalog.audit.facts import Ground, facts
from metadata.finding import Finding
from metadata.release import canonical

Kind = tuple[str, str, str]
"""A kind of finding: its rule, the field it is about (or nothing), its severity."""
Recorded = tuple[Entry, bytes, str, bytes]
"""An entry, and its `record`, `digest` and `seen` (see Audited)."""


class Derived(Protocol):
    """What keeps the facts of records that have not changed since they were last derived."""

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """What is kept of some keys."""

    def put(self, made: Mapping[str, bytes]) -> None:
        """Keeps more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One dataset: what was read, the facts of it, what is wrong, and its scores by the packs' keys."""

    name: str
    facts: Mapping[str, Any] = field(hash=False)
    record: bytes
    """The entry's `package` and `tables`, JSON with sorted keys."""
    digest: str
    """sha256 of `record`."""
    seen: bytes
    """What was seen outside the record, JSON with sorted keys: it changes more often."""
    told: bytes
    """What the rules on descriptions find in it, packed."""
    told_kinds: tuple[Kind, ...]
    facts_kinds: tuple[Kind, ...] = ()
    """Of what the facts say is wrong, once they are scored."""
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)

    @property
    def entry(self) -> Entry:
        """What was read, made anew from its JSON."""
        return Entry.from_json({**orjson.loads(self.record), "seen": orjson.loads(self.seen)})

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong: what the rules on descriptions find, then what the facts say."""
        told = orjson.loads(zlib.decompress(self.told))
        return (*map(Finding.from_dict, told), *defects.found(self.facts))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of its findings, one for each finding."""
        return self.told_kinds + self.facts_kinds


def kind_of(found: Finding) -> Kind:
    """The kind of a finding."""
    return (found.rule, str(found.values.get("field") or ""), found.severity)


def kinds_kept(found: Iterable[Finding]) -> list[str]:
    """The kinds of findings, as they are kept."""
    return [f"{rule} {severity} {about}" for rule, about, severity in map(kind_of, found)]


def kinds_of(kept: Iterable[str]) -> tuple[Kind, ...]:
    """The same again; each kind is held once, whatever has it."""
    return tuple(map(_kind, kept))


@cache
def _kind(kept: str) -> Kind:
    rule, severity, about = kept.split(" ", 2)
    return (rule, about, severity)


def derive(
    entries: Iterable[Entry],
    ground: Ground,
    day: date,
    declared: Sequence[Mapping[str, Any]],
    kept: Derived | None,
) -> Iterator[Audited]:
    """Datasets audited, each alone. What is kept of a record that is as it was is not derived again."""
    records = [recorded(entry) for entry in entries]
    known = _known(kept, ground, records)
    fresh: dict[str, bytes] = {}
    for (key, packed), (entry, record, digest, seen) in zip(known, records, strict=True):
        if packed is None:
            packed = fresh[key] = _derived(entry, ground)
        found, packed_told = _unpacked(packed)
        made = found["facts"]
        made |= freshness.timed(made, day)
        made["title_unique"] = True
        answered(made, entry.name, declared)
        yield Audited(
            name=entry.name,
            facts=made,
            record=record,
            digest=digest,
            seen=seen,
            told=packed_told,
            told_kinds=kinds_of(found["kinds"]),
        )
    if kept and fresh:
        kept.put(fresh)


def _known(kept: Derived | None, ground: Ground, records: Sequence[Recorded]) -> list[tuple[str, bytes | None]]:
    """Of each record: under what it is kept, and what is; nothing where nothing is kept."""
    if kept is None:
        return [("", None)] * len(records)
    ours = fingerprint(ground)
    texts = (f"{ours} {entry.name in ground.desk} {digest} ".encode() + seen for entry, _, digest, seen in records)
    keys = [hashlib.sha256(text).hexdigest() for text in texts]
    found = kept.get(keys)
    return [(key, found.get(key)) for key in keys]


def recorded(entry: Entry) -> Recorded:
    """An entry and its JSON. What no UTF-8 can hold (half a surrogate) becomes `?` in both."""
    whole = entry.to_json()
    try:
        seen = orjson.dumps(whole.pop("seen"), option=orjson.OPT_SORT_KEYS)
        # a copy, since orjson's own bytes keep the room that they grew into: six times what they hold
        record = bytes(memoryview(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)))
        return entry, record, hashlib.sha256(record).hexdigest(), bytes(memoryview(seen))
    except TypeError:
        text = json.dumps(entry.to_json(), ensure_ascii=False).encode("utf-8", "replace")
        return recorded(Entry.from_json(json.loads(text, parse_int=_whole)))


def _whole(digits: str) -> int | float:
    """A whole number; one of more than 64 bits as a float."""
    return int(digits) if -(1 << 63) <= int(digits) < 1 << 63 else float(digits)


def _derived(entry: Entry, ground: Ground) -> bytes:
    """The facts of a record and what the rules find in it, as they are kept."""
    made, found = facts(entry, ground)
    told = zlib.compress(orjson.dumps([one.to_dict() for one in found]), 1)
    head = zlib.compress(orjson.dumps({"facts": made, "kinds": kinds_kept(found)}), 1)
    return len(head).to_bytes(4, "big") + head + told


def _unpacked(kept: bytes) -> tuple[Any, bytes]:
    """The facts and the kinds of findings, and the findings, still packed."""
    end = 4 + int.from_bytes(kept[:4], "big")
    return orjson.loads(zlib.decompress(kept[4:end])), kept[end:]


def answered(made: dict[str, Any], name: str, declared: Sequence[Mapping[str, Any]]) -> None:
    """The newest answer stands in for a fact that nobody could derive; `declared` names such facts."""
    for answer in reversed(declared):
        asked = answer.get("fact") if answer.get("dataset") == name else None
        if asked and made.get(asked) is None and answer.get("holds") is not False:
            made[asked] = answer["value"]
            made["declared"] = sorted([*made.get("declared", ()), asked])


def fingerprint(ground: Ground) -> str:
    """What facts depend on beside the record: the edition, the catalogue's address, and the program itself."""
    site = [ground.site.url, ground.site.title, ground.site.title_en]
    return hashlib.sha256(canonical([ground.standard.name, ground.standard.schema, site]) + program()).hexdigest()


@cache
def program() -> bytes:
    """A hash of the rules and of the code that applies them: what another version derived is derived again."""
    digest = hashlib.sha256()
    for folder in (files("metadata"), files("catalog").joinpath("audit")):
        for name, content in sorted(_texts(folder, "")):
            digest.update(name.encode() + content)
    return digest.digest()


def _texts(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _texts(one, f"{path}/{one.name}")
        elif one.name.endswith((".py", ".yaml")):
            yield f"{path}/{one.name}", one.read_bytes()
