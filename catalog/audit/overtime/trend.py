"""What became of the scores: over time, since the last audit, and by another edition of the standard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import orjson

from catalog.audit.audited import Audited, derive
from catalog.audit.freshness import timed
from catalog.audit.overtime.kept import entry_of
from catalog.audit.run import Audit, twins
from catalog.audit.score import alone, answers, reads, span
from catalog.store.audits import Audits, Kept
from metadata import fiscal
from metadata.finding import Finding, Place
from metadata.pack import Pack
from metadata.wording import number

NOTHING = 1e-9
"""Scores that differ by less are equal."""
Pair = tuple[Any, Any]
"""What was, and what is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A dataset that is not as it was.

    `scores`: pack key → Pair of values; `facts`: those that made the difference.
    """

    name: str
    record: bool
    """Whether its record changed; else it was time, or what was seen of its files."""
    scores: Mapping[str, Pair] = field(hash=False)
    measures: Mapping[str, Pair] = field(hash=False)
    """`pack/measure` → Pair of the points lost by it."""
    facts: Mapping[str, Pair] = field(hash=False)

    @property
    def worse(self) -> tuple[str, ...]:
        """The packs' keys by which it has less than before."""
        return tuple(key for key, (was, now) in self.scores.items() if (now or 0) < (was or 0) - NOTHING)

    @property
    def better(self) -> tuple[str, ...]:
        """The packs' keys by which it has more."""
        return tuple(key for key, (was, now) in self.scores.items() if (now or 0) > (was or 0) + NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is not as it was. `since`: what is known of the earlier audit: `id`, `at`, `day`, `standard`."""

    since: Mapping[str, Any] = field(hash=False)
    scores: Mapping[str, Pair] = field(hash=False)
    """Pack key → Pair of values, where they differ."""
    rules: tuple[str, ...] = ()
    """Of them, those whose pack is not the same: nobody's data need have changed."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    packs: tuple[Pack, ...] = field(default=(), hash=False)

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "since": dict(self.since),
            "scores": {key: {"from": was, "to": now} for key, (was, now) in self.scores.items()},
            "rules": list(self.rules),
            "added": list(self.added),
            "removed": list(self.removed),
            "worse": [_moved(one) for one in self.moved if one.worse],
            "better": [_moved(one) for one in self.moved if one.better and not one.worse],
            "changed": [one.name for one in self.moved if not one.scores],
        }

    def findings(self) -> tuple[Finding, ...]:
        """What got worse: of the whole, then of each dataset, and what is gone."""
        return (*self._fell(), *self._worse(), *self._gone())

    def _fell(self) -> Iterator[Finding]:
        for key, (was, now) in self.scores.items():
            if (now or 0) < (was or 0) - NOTHING and key not in self.rules:
                values = {"score": self._title(key), "before": number(was), "after": number(now), **self._when}
                yield Finding(rule="audit-score-fell", severity="warning", values=values)

    def _worse(self) -> Iterator[Finding]:
        for one in self.moved:
            if one.worse:
                lost = [self._line(key, one.scores[key]) for key in one.worse]
                why = [self._measure(name) for name, (was, now) in one.measures.items() if now > was + NOTHING]
                values = {"name": one.name, "scores": lost, "measures": why, **self._when}
                rule = "audit-dataset-worse" if one.record else "audit-dataset-older"
                yield Finding(rule=rule, severity="warning", at=Place(dataset=one.name), values=values)

    def _gone(self) -> Iterator[Finding]:
        for name in self.removed:
            values = {"name": name, **self._when}
            yield Finding(rule="audit-dataset-gone", severity="note", at=Place(dataset=name), values=values)

    @property
    def _when(self) -> dict[str, Any]:
        return {"since": fiscal.told(date.fromisoformat(self.since["day"]))}

    def _title(self, key: str) -> Mapping[str, str]:
        return next((pack["title"] for pack in self.packs if pack["key"] == key), {"th": key, "en": key})

    def _line(self, key: str, pair: Pair) -> dict[str, str]:
        return {lang: f"{title} {number(pair[0])} → {number(pair[1])}" for lang, title in self._title(key).items()}

    def _measure(self, name: str) -> Mapping[str, str]:
        key, _, wanted = name.partition("/")
        pack = next(pack for pack in self.packs if pack["key"] == key)
        return next(one["title"] for one in pack["measures"] if one["measure"] == wanted)


def trend(kept: Sequence[Kept]) -> list[dict[str, Any]]:
    """Each score over time, the oldest audit first. `pack` names the rules."""
    return [
        {
            "id": one.id,
            "at": one.head["at"],
            "day": one.day.isoformat(),
            "year": one.head["year"],
            "standard": one.head["standard"],
            "datasets": one.head["datasets"],
            "scores": one.head["scores"],
        }
        for one in kept
    ]


def since(store: Audits, then: Kept, now: Kept, audit: Audit) -> Changes:
    """What changed from one kept audit to another, which is `audit`.

    The datasets of then are judged as those of now are, on the day of then. So a new version of this program, of a
    pack or of the standard makes no dataset worse: only the totals are the ones that were told then.
    """
    packs = {pack["key"]: pack for pack in store.shared(then)["packs"]}
    same = then.head["shared"]["standard"] == now.head["shared"]["standard"]
    before, changed = _before(store, then, now, audit)
    told = {key: one["value"] for key, one in then.head["scores"].items()}
    other = [pack["key"] for pack in audit.packs if not same or packs.get(pack["key"]) != _json(pack)]
    made = compared(before, audit, told, changed)
    known = {"id": then.id, "at": then.head["at"], "day": then.day.isoformat(), "standard": then.head["standard"]}
    return replace(made, since=known, rules=tuple(key for key in other if key in told))


def losing(before: Audit, after: Audit) -> Changes:
    """What differs between two audits of the same entries: by two editions of the standard, say."""
    told = {key: one["value"] for key, one in before.scores.items()}
    made = compared(before.datasets, after, told, {one.name for one in after.datasets})
    day, standard = before.day.isoformat(), before.standard
    return replace(made, since={"id": None, "at": before.at, "day": day, "standard": standard})


def compared(
    before: Iterable[Audited], after: Audit, told: Mapping[str, float | None], changed: Iterable[str]
) -> Changes:
    """The datasets before and after, and the totals as they were told before."""
    was, now = {one.name: one for one in before}, {one.name: one for one in after.datasets}
    both = [name for name in now if name in was]
    asked = [Asked.of(pack, after) for pack in after.packs]
    records = set(changed)
    moved = (_compared(was[name], now[name], name in records, asked) for name in both)
    pairs = {key: (told.get(key), one["value"]) for key, one in after.scores.items() if key in told}
    return Changes(
        since={},
        scores={key: pair for key, pair in pairs.items() if _differ(pair)},
        added=tuple(name for name in now if name not in was),
        removed=tuple(name for name in was if name not in now),
        moved=tuple(one for one in moved if one),
        packs=after.packs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A pack, the facts that each of its measures looks at, and the answers of people to it."""

    pack: Pack
    reads: Mapping[str, frozenset[str]]
    facts: frozenset[str]
    given: Mapping[Any, Any]

    @classmethod
    def of(cls, pack: Pack, audit: Audit) -> Asked:
        """Of an audit's pack."""
        looked = {one["measure"]: frozenset(reads(one)) for one in pack["measures"]}
        facts = frozenset[str]().union(*looked.values())
        return cls(pack=pack, reads=looked, facts=facts, given=answers(pack, audit.declared))

    def alone(self, one: Audited) -> Mapping[str, Any]:
        """What a dataset has of the pack."""
        spans = {measure["measure"]: span(measure, one.facts, self.given) for measure in self.pack["measures"]}
        return alone(self.pack, spans)


def _compared(was: Audited, now: Audited, record: bool, asked: Sequence[Asked]) -> Moved | None:
    if was.facts == now.facts:
        return None
    facts = {key for key in {*was.facts, *now.facts} if was.facts.get(key) != now.facts.get(key)}
    scores: dict[str, Pair] = {}
    lost: dict[str, Pair] = {}
    why: set[str] = set()
    for one in asked:
        if not facts & one.facts:
            continue
        old, new = one.alone(was), one.alone(now)
        if not _differ((old["value"], new["value"])):
            continue
        key = one.pack["key"]
        scores[key] = (old["value"], new["value"])
        for measure, looked in one.reads.items():
            pair = (old["lost"].get(measure, 0.0), new["lost"].get(measure, 0.0))
            if _differ(pair):
                lost[f"{key}/{measure}"] = pair
                why |= facts & looked
    if not scores and not record:
        return None
    shown = why if scores else facts
    pairs = {name: (was.facts.get(name), now.facts.get(name)) for name in sorted(shown)}
    return Moved(name=now.name, record=record, scores=scores, measures=lost, facts=pairs)


def _before(store: Audits, then: Kept, now: Kept, audit: Audit) -> tuple[list[Audited], set[str]]:
    """The datasets of a kept audit, judged by today's terms on its day; and the names of those changed since.

    Of one whose record is as it was, the facts are those of now but for what depends on the day.
    """
    was, present = store.index(then), store.index(now)
    declared = store.shared(then)["declared"]
    answered = {one.get("dataset") for one in (*declared, *audit.declared)}
    others = [name for name in was if was[name] != present.get(name) or name in answered]
    records = store.records([was[name][0] for name in others])
    pairs = {name: found for name, found in zip(others, records, strict=True) if found is not None}
    entries = [entry_of(found, was[name][1]) for name, found in pairs.items()]
    recalled = {name for name in others if name not in pairs}
    again = {one.name: one for one in derive(entries, audit.ground, then.day, declared, None)}
    known = {one.name: one for one in audit.datasets}
    same = then.day == audit.day
    there = [name for name in was if name not in recalled]
    found = [again.get(name) or (known[name] if same else _then(known[name], then.day)) for name in there]
    return twins(found), {name for name in pairs if name not in present or was[name][0] != present[name][0]}


def _then(one: Audited, day: date) -> Audited:
    """A dataset on another day."""
    return replace(one, facts={**one.facts, **timed(one.facts, day)}, scores={})


def _json(pack: Pack) -> Any:
    """A pack as it comes out of where it was kept."""
    return orjson.loads(orjson.dumps(pack))


def _differ(pair: Sequence[Any]) -> bool:
    was, now = pair
    return was is not now and (was is None or now is None or abs(was - now) > NOTHING)


def _moved(one: Moved) -> dict[str, Any]:
    return {
        "name": one.name,
        "record": one.record,
        "scores": {key: {"from": was, "to": now} for key, (was, now) in one.scores.items()},
        "lost": {key: {"from": was, "to": now} for key, (was, now) in one.measures.items()},
        "facts": {key: {"from": was, "to": now} for key, (was, now) in one.facts.items()},
    }
