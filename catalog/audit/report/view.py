"""What every report of an audit shows: each score, its measures, and which datasets they speak of.

Free of language: the words are chosen where it is shown (`catalog/audit/report/speech.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from catalog.audit.audited import Audited, kind_of
from catalog.audit.declared import behind
from catalog.audit.fixing.fixes import Fix
from catalog.audit.run import Audit
from catalog.audit.score import answers, holds, reads, span
from metadata.errors import SetupError
from metadata.finding import Finding
from metadata.pack import Pack
from metadata.standard import Standard

State = Literal["met", "part", "missed", "unchecked"]
STATES: tuple[State, ...] = ("missed", "part", "unchecked", "met")
"""What a dataset can be to a measure that asks it, the most urgent first."""
KNOWN = "gdc-2.2.4"
OPEN = ("dataset", "resource", "field", "before", "value", "command")
"""What can differ between fixes of one kind."""
ELLIPSIS = "…"
SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A measure of a score. `names`: state → the datasets that are so; a fact that is None was not checked."""

    measure: Mapping[str, Any] = field(hash=False)
    found: Mapping[str, Any] = field(hash=False)
    names: Mapping[State, Sequence[str]] = field(hash=False)
    declared: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    """The answers of people that it rests on."""

    @property
    def name(self) -> str:
        """The measure's."""
        return str(self.measure["measure"])

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that decide."""
        return tuple(reads(self.measure))


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score: its pack, what `score.score` gave, and its measures."""

    pack: Pack = field(hash=False)
    found: Mapping[str, Any] = field(hash=False)
    lines: tuple[Line, ...]

    @property
    def key(self) -> str:
        """The pack's key."""
        return str(self.pack["key"])

    @property
    def unchecked(self) -> int:
        """How many datasets have something that was not checked."""
        return len({name for line in self.lines for name in line.names["unchecked"]})

    @property
    def unanswered(self) -> int:
        """How many questions to people have no answer."""
        return sum(one.found["evidence"] == "declared" and one.found["unchecked"] > 0 for one in self.lines)

    def line(self, name: str) -> Line:
        """A measure by name. Raises KeyError."""
        for one in self.lines:
            if one.name == name:
                return one
        raise KeyError(name)


Own = tuple[Score, Mapping[str, Any], list[tuple[State, Line]]]
"""What a dataset has of a score: its part, and state and measure, what it fails first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A kind of finding: how grave, where, and how often."""

    rule: str
    term: str
    """The field that it is about, where a rule is about several; else nothing."""
    severity: str
    names: tuple[str, ...]
    count: int
    values: Mapping[str, Any] = field(hash=False)
    """What all of them say."""

    @property
    def id(self) -> str:
        """What tells it from others."""
        return ".".join(filter(None, (self.rule, self.term)))

    def of(self, one: Shown) -> list[Finding]:
        """Its findings in a dataset."""
        return [found for found in one.findings if kind_of(found)[:2] == (self.rule, self.term)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A dataset as reports show it."""

    name: str
    facts: Mapping[str, Any] = field(hash=False)
    scores: Mapping[str, Mapping[str, Any]] = field(hash=False)
    findings: tuple[Finding, ...] = ()
    modified: str = ""
    """Its record's `metadata_modified`."""

    @property
    def title(self) -> str:
        """Its title, else its name."""
        return str(self.facts.get("title") or self.name)

    def to_json(self) -> dict[str, Any]:
        """As `from_json` takes it."""
        found = [one.to_dict() for one in self.findings]
        return {"name": self.name, "facts": self.facts, "scores": self.scores, "findings": found}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Shown:
        """The same again."""
        found = tuple(Finding.from_dict(one) for one in kept["findings"])
        return cls(name=kept["name"], facts=kept["facts"], scores=kept["scores"], findings=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One kind of fix over all datasets that need it; what is not the same for all of them is left open."""

    fix: Fix
    names: tuple[str, ...]
    gains: Mapping[str, float] = field(hash=False)
    """Pack key → the catalogue's points, added up over the fixes as if each were done alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a score was on a day."""

    day: str
    value: float
    of: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An audit as reports show it. `datasets` gives them in the audit's order, from memory or from a file."""

    catalog: str
    kind: str
    at: str
    day: str
    year: int
    standard: str
    count: int
    scores: tuple[Score, ...]
    faults: tuple[Fault, ...]
    items: tuple[tuple[str, Mapping[str, str]], ...] = field(hash=False)
    """The mandatory items: field name and label."""
    failed: tuple[Finding, ...] = ()
    remedies: tuple[Remedy, ...] | None = None
    """What wins most for what it costs first; None where nobody reckoned it."""
    fixes: Mapping[str, Sequence[Fix]] = field(default_factory=dict, hash=False)
    """Dataset → its fixes; under "" the agency's own."""
    history: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    """Earlier audits, the oldest first, as `trend.trend` tells them."""
    datasets: Callable[[], Iterator[Shown]] = field(hash=False, compare=False)

    @property
    def own(self) -> tuple[Score, ...]:
        """The Thai indicators, in their order."""
        return tuple(one for one in self.scores if not one.pack.get("annex"))

    @property
    def annex(self) -> tuple[Score, ...]:
        """International standards."""
        return tuple(one for one in self.scores if one.pack.get("annex"))

    def past(self, score: Score) -> list[Past]:
        """What a score was by the same rule, the oldest first."""
        found = ((one["day"], one["scores"].get(score.key) or {}) for one in self.history)
        rule = score.pack["pack"]
        return [
            Past(day=day, value=one["value"], of=one.get("of") or score.found["of"])
            for day, one in found
            if one.get("value") is not None and one.get("pack", rule) == rule
        ]

    def score(self, key: str) -> Score:
        """A score by its pack's key. Raises KeyError."""
        for one in self.scores:
            if one.key == key:
                return one
        raise KeyError(key)

    def fault(self, name: str) -> Fault:
        """A kind of finding by its id. Raises KeyError."""
        for one in self.faults:
            if one.id == name:
                return one
        raise KeyError(name)


def report(audit: Audit, fixes: Sequence[Fix] | None = None, history: Sequence[Mapping[str, Any]] = ()) -> Report:
    """The report of an audit, which it keeps hold of.

    `fixes`: as `fixes.fixes` found them, if it was asked. `history`: earlier audits, as `trend.trend` tells them.
    """
    by_name: dict[str, list[Fix]] = {}
    for one in fixes or ():
        by_name.setdefault(one.dataset or "", []).append(replace(one, effect={}))

    def datasets() -> Iterator[Shown]:
        return map(shown, audit.datasets)

    return Report(
        catalog=audit.catalog,
        kind=audit.kind,
        at=audit.at,
        day=audit.day.isoformat(),
        year=audit.year,
        standard=audit.standard,
        count=len(audit.datasets),
        scores=tuple(_score(pack, audit) for pack in audit.packs),
        faults=faults(datasets()),
        items=mandatory(audit.standard),
        failed=tuple(audit.failed.values()),
        remedies=None if fixes is None else remedies(fixes, audit),
        fixes=by_name,
        history=tuple(history),
        datasets=datasets,
    )


def remedies(fixes: Sequence[Fix], audit: Audit) -> tuple[Remedy, ...]:
    """The kinds of fixes: the greatest share of all scores for what it costs first."""
    of = {key: score["of"] or 1.0 for key, score in audit.scores.items()}
    kinds: dict[tuple[str, str], list[Fix]] = {}
    for one in fixes:
        if one.gains:
            kinds.setdefault((one.fix, one.label.get("en") or one.field or ""), []).append(one)
    made = []
    for alike in kinds.values():
        first = alike[0]
        same = {name: getattr(first, name) for name in OPEN if _same(alike, name)}
        open_ = replace(first, **{name: same.get(name, ELLIPSIS) for name in OPEN}, effect={})
        gains: dict[str, float] = {}
        for one in alike:
            for key, gain in one.gains.items():
                gains[key] = gains.get(key, 0.0) + gain["catalog"]
        names = tuple(dict.fromkeys(one.dataset for one in alike if one.dataset))
        made.append(Remedy(fix=open_, names=names, gains=gains))

    def worth(one: Remedy) -> tuple[float, str, str]:
        share = sum(gain / of[key] for key, gain in one.gains.items())
        return (-share / one.fix.cost, one.fix.fix, one.fix.field or "")

    return tuple(sorted(made, key=worth))


def _same(fixes: Sequence[Fix], name: str) -> bool:
    return all(getattr(one, name) == getattr(fixes[0], name) for one in fixes)


def shown(one: Audited) -> Shown:
    """A dataset of an audit."""
    modified = str(one.entry.package.get("metadata_modified") or "")
    return Shown(name=one.name, facts=one.facts, scores=one.scores, findings=one.findings, modified=modified)


def mandatory(standard: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Field name and label of an edition's mandatory items; of one we know where it is somebody's own file."""
    try:
        found = Standard.load(standard)
    except SetupError:
        found = Standard.load(KNOWN)
    return tuple((term.field_name, term.label) for term in found.mandatory)


def of_dataset(one: Shown, scores: Sequence[Score]) -> list[Own]:
    """What a dataset has of each score that asks it."""
    found: list[Own] = []
    for score in scores:
        lines = [(state, line) for state in STATES for line in score.lines if one.name in line.names[state]]
        if lines:
            found.append((score, one.scores.get(score.key) or {}, lines))
    return found


def _score(pack: Pack, audit: Audit) -> Score:
    found = audit.scores[pack["key"]]
    by_name = {one["measure"]: one for one in found["measures"]}
    lines = tuple(_line(pack, one, by_name[one["measure"]], audit) for one in pack["measures"])
    return Score(pack=pack, found=found, lines=lines)


def _line(pack: Pack, measure: Mapping[str, Any], found: Mapping[str, Any], audit: Audit) -> Line:
    declared = behind(audit, pack, measure)
    given = answers(pack, declared)
    names: dict[State, list[str]] = {state: [] for state in STATES}
    for one in audit.datasets:
        state = state_of(span(measure, one.facts, given))
        if state:
            names[state].append(one.name)
    return Line(measure=measure, found=found, names=names, declared=declared)


def state_of(part: Sequence[float] | None) -> State | None:
    """What a Span says of a dataset; None where it is not asked."""
    if part is None:
        return None
    if part[0] != part[1]:
        return "unchecked"
    return "met" if part[0] == 1.0 else "missed" if part[0] == 0.0 else "part"


def wanting(line: Line, facts: Mapping[str, Any]) -> list[str]:
    """Of the facts that a measure asks, those that a dataset fails or that were not checked."""
    steps = [line.measure, *(line.measure.get("levels") or ())]
    asked = [(name, wanted) for step in steps for name, wanted in (step.get("passes") or {}).items()]
    found = [name for name, wanted in asked if holds({name: wanted}, facts) is not True]
    return list(dict.fromkeys(found)) or [name for name in (line.measure.get("fact"),) if name]


def id_of(found: Finding) -> str:
    """The id of the kind of finding that one is of."""
    return ".".join(filter(None, kind_of(found)[:2]))


def faults(datasets: Iterator[Shown]) -> tuple[Fault, ...]:
    """The kinds of findings: errors first, then the most frequent."""
    names: dict[tuple[str, str], dict[str, None]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    gravest: dict[tuple[str, str], str] = {}
    same: dict[tuple[str, str], dict[str, Any]] = {}
    for one in datasets:
        for found in one.findings:
            kind = kind_of(found)[:2]
            names.setdefault(kind, {})[one.name] = None
            counts[kind] += 1
            gravest[kind] = min(gravest.get(kind, "note"), found.severity, key=SEVERITIES.index)
            known = same.setdefault(kind, dict(found.values))
            for name in [name for name, value in known.items() if found.values.get(name) != value]:
                del known[name]
    made = [
        Fault(
            rule=kind[0],
            term=kind[1],
            severity=gravest[kind],
            names=tuple(names[kind]),
            count=count,
            values=same[kind],
        )
        for kind, count in counts.items()
    ]
    return tuple(sorted(made, key=lambda one: (SEVERITIES.index(one.severity), -len(one.names), one.id)))
