"""The audit: reads a source, looks at what is outside its records, derives facts, and scores them by the packs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from catalog.audit import sources
from catalog.audit.audited import Audited, Derived, derive, fingerprint
from catalog.audit.entry import Entry
from catalog.audit.facts import Ground
from catalog.audit.scoring import scored
from catalog.audit.sources import Source
from metadata import clock
from metadata.event import Event, Story
from metadata.finding import Finding
from metadata.pack import Pack
from metadata.standard import Standard

Item = TypeVar("Item")
Look = Callable[[Sequence[Entry]], Story[Mapping[str, Mapping[str, Any]]]]
"""What looks at something outside the records: Entries → dataset name → what to add to its `seen`."""


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
    ground: Ground = field(hash=False, compare=False, repr=False)
    """What its facts were judged by: what-if derives them again."""
    datasets: tuple[Audited, ...] = ()
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    declared: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    failed: Mapping[str, Finding] = field(default_factory=dict, hash=False)
    """Datasets that could not be read, and why."""

    def dataset(self, name: str) -> Audited:
        """One dataset by name. Raises KeyError."""
        for one in self.datasets:
            if one.name == name:
                return one
        raise KeyError(name)


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


def audit(
    source: Source,
    terms: Terms,
    *,
    names: Sequence[str] = (),
    looks: Sequence[Look] = (),
    kept: Derived | None = None,
) -> Story[Audit]:
    """Audits a source: all datasets that can be seen, or those named.

    `kept` remembers the facts of records, so that only what changed is derived again.
    Raises what the source's `entries` raises. Events: `started`, `read` (as datasets come in), `finished`.
    """
    yield Event(kind="started", target=source.title, body={"audit": source.kind, "day": terms.day.isoformat()})
    ground = ground_of(source, terms)
    datasets: list[Audited] = []
    for block in _blocks(source.entries(names), sources.ROWS):
        for look in looks:
            found = yield from look(block)
            block = [
                replace(one, seen={**one.seen, **found[one.name]}) if one.name in found else one for one in block
            ]
        datasets += derive(block, ground, terms.day, terms.declared, kept)
        yield Event(kind="read", target=source.title, body={"datasets": len(datasets)})
    made = added_up(source, terms, ground, datasets, kept)
    counts = {"datasets": len(made.datasets), "scores": {key: one["value"] for key, one in made.scores.items()}}
    yield Event(kind="finished", target=source.title, body=counts)
    return made


def _blocks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while block := list(islice(rest, size)):
        yield block


def ground_of(source: Source, terms: Terms) -> Ground:
    """What the facts of a source are judged by."""
    return Ground(standard=terms.standard, site=source.site, desk=frozenset(source.desk))


def judged(source: Source, terms: Terms, entries: Sequence[Entry]) -> Audit:
    """The audit of what was read: pure, so that a proof's numbers can be derived again from its entries."""
    ground = ground_of(source, terms)
    return added_up(source, terms, ground, list(derive(entries, ground, terms.day, terms.declared, None)))


def added_up(
    source: Source, terms: Terms, ground: Ground, datasets: Sequence[Audited], kept: Derived | None = None
) -> Audit:
    """The audit of datasets that were judged each alone."""
    mark = f"{fingerprint(ground)} {terms.day}" if kept else ""
    known, scores = scored(twins(datasets), terms.packs, terms.declared, kept, mark)
    return Audit(
        catalog=source.title,
        kind=source.kind,
        at=clock.stamp(),
        day=terms.day,
        year=terms.year,
        standard=terms.standard.name,
        packs=terms.packs,
        ground=ground,
        datasets=known,
        scores=scores,
        declared=terms.declared,
        failed={name: error.as_finding() for name, error in getattr(source, "failed", {}).items()},
    )


def twins(datasets: Sequence[Audited]) -> list[Audited]:
    """The same, each knowing whether another has its title: the one fact that no dataset has alone."""
    titles = [title_of(one.facts) for one in datasets]
    counts = Counter(titles)
    return [
        one
        if one.facts["title_unique"] is (counts[title] == 1)
        else replace(one, facts={**one.facts, "title_unique": counts[title] == 1})
        for one, title in zip(datasets, titles, strict=True)
    ]


def title_of(facts: Mapping[str, Any]) -> str:
    """A dataset's title as another's may not be: case and spaces do not count."""
    return " ".join(str(facts["title"]).split()).casefold()
