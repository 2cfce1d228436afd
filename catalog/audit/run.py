"""The audit: reads a source, looks at what is outside its records, derives facts, and scores them by the packs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from catalog.audit import defects, freshness, sources
from catalog.audit.entry import Entry
from catalog.audit.facts import Ground, facts
from catalog.audit.score import score
from catalog.audit.sources import Source
from metadata import clock
from metadata.event import Event, Story
from metadata.finding import Finding
from metadata.pack import Pack
from metadata.standard import Standard

Look = Callable[[Sequence[Entry]], Story[Mapping[str, Mapping[str, Any]]]]
"""What looks at something outside the records: Entries → dataset name → what to add to its `seen`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One dataset: what was read, the facts of it, what is wrong, and its scores by the packs' keys."""

    entry: Entry
    facts: Mapping[str, Any] = field(hash=False)
    findings: tuple[Finding, ...] = ()
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.entry.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit found. `scores`: pack key → what `score.score` gives, without its `datasets`."""

    catalog: str
    kind: str
    """The source's: `local`, `desk`, `ckan`, `dump`."""
    at: str
    """When it was made, UTC."""
    day: date
    """The day it judges by, in Thailand."""
    year: int
    """Fiscal year, B.E."""
    standard: str
    packs: tuple[Pack, ...] = field(hash=False)
    datasets: tuple[Audited, ...] = ()
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    declared: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    failed: Mapping[str, Finding] = field(default_factory=dict, hash=False)
    """Datasets that could not be read, and why."""

    def dataset(self, name: str) -> Audited:
        """One dataset by name. Raises KeyError."""
        return next(one for one in self.datasets if one.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what an audit judges. `declared`: answers of people (see `catalog/audit/declared.py`)."""

    standard: Standard
    packs: tuple[Pack, ...] = field(hash=False)
    day: date
    declared: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)

    @property
    def year(self) -> int:
        """The fiscal year of the day."""
        return clock.fiscal_year(self.day)


def audit(source: Source, terms: Terms, *, names: Sequence[str] = (), looks: Sequence[Look] = ()) -> Story[Audit]:
    """Audits a source: all datasets that can be seen, or those named.

    Raises what the source's `entries` raises. Events: `started`, `read` (as datasets come in), `finished`.
    """
    yield Event(kind="started", target=source.title, body={"audit": source.kind, "day": terms.day.isoformat()})
    entries: list[Entry] = []
    for entry in source.entries(names):
        entries.append(entry)
        if len(entries) % sources.ROWS == 0:
            yield Event(kind="read", target=source.title, body={"datasets": len(entries)})
    for look in looks:
        found = yield from look(entries)
        entries = [replace(one, seen={**one.seen, **found.get(one.name, {})}) for one in entries]
    made = judged(source, terms, entries)
    counts = {"datasets": len(made.datasets), "scores": {key: one["value"] for key, one in made.scores.items()}}
    yield Event(kind="finished", target=source.title, body=counts)
    return made


def judged(source: Source, terms: Terms, entries: Sequence[Entry]) -> Audit:
    """The audit of what was read: pure, so that a proof's numbers can be derived again from its entries."""
    ground = Ground(standard=terms.standard, site=source.site, desk=frozenset(source.desk))
    datasets = [one_of(entry, ground, terms) for entry in entries]
    datasets = twins(datasets)
    scores = [score(pack, [one.facts for one in datasets], terms.declared) for pack in terms.packs]
    alone: dict[str, dict[str, Any]] = {one.name: {} for one in datasets}
    for made in scores:
        for name, own in made.pop("datasets").items():
            alone[name][made["key"]] = own
    return Audit(
        catalog=source.title,
        kind=source.kind,
        at=clock.stamp(),
        day=terms.day,
        year=terms.year,
        standard=terms.standard.name,
        packs=terms.packs,
        datasets=tuple(replace(one, scores=alone[one.name]) for one in datasets),
        scores={one["key"]: one for one in scores},
        declared=terms.declared,
        failed={name: error.as_finding() for name, error in getattr(source, "failed", {}).items()},
    )


def one_of(entry: Entry, ground: Ground, terms: Terms) -> Audited:
    """One dataset's facts and findings, those of the day with them."""
    timeless, found = facts(entry, ground)
    made = {**timeless, **freshness.timed(timeless, terms.day)}
    for answer in terms.declared:
        # a person's answer stands in for a fact that nobody could derive
        asked = answer.get("fact") if answer.get("dataset") == entry.name else None
        if asked and made.get(asked) is None and answer.get("holds") is not False:
            made[asked] = answer["value"]
    return Audited(entry=entry, facts=made, findings=(*found, *defects.found(made)))


def twins(datasets: Sequence[Audited]) -> list[Audited]:
    """The same, each knowing whether another has its title: the one fact that no dataset has alone."""
    titles = Counter(" ".join(one.facts["title"].split()).casefold() for one in datasets)
    made = []
    for one in datasets:
        unique = titles[" ".join(one.facts["title"].split()).casefold()] == 1
        known = replace(one, facts={**one.facts, "title_unique": unique})
        made.append(known if unique else replace(known, findings=(*known.findings, *defects.twin(known.facts))))
    return made
