"""What-if: what the scores would be once some fixes are done, and the cheapest way to a score.

Only the datasets that a fix touches are derived again. Of every measure the sum over all datasets is kept as an
exact whole number, so that one dataset's part can be taken out and another put in: what comes of it is to the last
bit what `score.score` gives of all of them, whose `math.fsum` rounds the exact sum once, too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

import orjson

from catalog.audit import freshness, score
from catalog.audit.audited import Audited, answered
from catalog.audit.entry import Entry
from catalog.audit.facts import ASKED, SCORED, facts
from catalog.audit.fixes import Case, Fix
from catalog.audit.mend import mended
from catalog.audit.remedies import remedies
from catalog.audit.run import Audit
from metadata.dataset import Dataset
from metadata.finding import Finding
from metadata.standard import Standard

Facts = Mapping[str, Any]
At = tuple[int, int]
"""A measure: which pack, and which of its measures."""
SCALE = 1 << 1074
"""Every float is a whole number of the smallest one there is."""


@cache
def _whole(part: float) -> int:
    above, below = part.as_integer_ratio()
    return above * (SCALE // below)


@dataclass(slots=True)
class Tally:
    """What is known of a measure over all datasets; the sums exact, in the smallest float's units."""

    asked: int = 0
    met: int = 0
    unchecked: int = 0
    value: int = 0
    upper: int = 0

    def put(self, span: score.Span | None, sign: int = 1) -> None:
        """Takes a dataset's part in, or (-1) out again."""
        if span is not None:
            self.asked += sign
            self.met += sign * (span[0] == 1.0)
            self.unchecked += sign * (span[0] != span[1])
            self.value += sign * _whole(float(span[0]))
            self.upper += sign * _whole(float(span[1]))


class Board:
    """An audit's scores, ready to be asked what they would be."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.packs = audit.packs
        self.given = [score.answers(pack, audit.declared) for pack in self.packs]
        self.measures: dict[At, Mapping[str, Any]] = {
            (of, at): measure for of, pack in enumerate(self.packs) for at, measure in enumerate(pack["measures"])
        }
        self.readers: dict[str, list[At]] = defaultdict(list)
        for at, measure in self.measures.items():
            for name in score.reads(measure):
                self.readers[name].append(at)
        self.datasets = {one.name: one for one in audit.datasets}
        self.tallies = {at: Tally() for at in self.measures}
        for one in audit.datasets:
            for at in self.measures:
                self.tallies[at].put(self.span(at, one.facts))
        self.learned: dict[bytes, Facts] = {}

    def span(self, at: At, known: Facts) -> score.Span | None:
        """What a dataset has of a measure."""
        return score.span(self.measures[at], known, self.given[at[0]])

    def predicted(self, fixes: Iterable[Fix]) -> dict[str, float | None]:
        """Pack key → its value once all these fixes are done, in this order."""
        wanted = list(fixes)
        said = [answer for one in wanted for answer in one.effect.get("declared", ())]
        board = Board(replace(self.audit, declared=(*self.audit.declared, *said))) if said else self
        values = board.values(board.after(wanted))
        return {pack["key"]: value for pack, value in zip(self.packs, values, strict=True)}

    def after(self, fixes: Iterable[Fix]) -> dict[str, Facts]:
        """Dataset → its facts once the fixes are done, for each that they change."""
        by_name: dict[str, list[Fix]] = defaultdict(list)
        for one in fixes:
            if one.dataset is not None:
                by_name[one.dataset].append(one)
        made = {name: self.derived(self.datasets[name], found) for name, found in by_name.items()}
        return self._titled(made)

    def derived(self, audited: Audited, fixes: Sequence[Fix], entry: Entry | None = None) -> dict[str, Any]:
        """A dataset's facts once some fixes of it are done; its title is as free as it was."""
        at = None if self.audit.kind == "desk" else self.audit.at
        done = mended(entry or audited.entry, [one.effect for one in fixes], at)
        timeless, _ = facts(done, self.audit.ground, self._asked)
        # as an audit keeps them
        made: dict[str, Any] = orjson.loads(orjson.dumps(timeless))
        made |= freshness.timed(made, self.audit.day)
        answered(made, audited.name, self.audit.declared)
        made["title_unique"] = audited.facts.get("title_unique")
        for one in fixes:
            made |= one.effect.get("facts") or {}
        return made

    @cached_property
    def _asked(self) -> tuple[Any, ...]:
        """The rules that facts depend on which are scored; of an edition's terms they need but a few."""
        if "rules" in self.readers:
            return ASKED
        whole = self.audit.ground.standard
        terms, resource_terms = (
            tuple(term for term in known if term.choices or term.kind in ("unit", "email"))
            for known in (whole.terms, whole.resource_terms)
        )
        few = replace(whole, terms=terms, resource_terms=resource_terms)
        return tuple(partial(_by, rule, few) for rule in SCORED)

    @cached_property
    def _titles(self) -> Counter[str]:
        return Counter(_title(one.facts) for one in self.audit.datasets)

    @cached_property
    def _titled_by(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.audit.datasets:
            found[_title(one.facts)].append(one.name)
        return found

    def _titled(self, made: dict[str, dict[str, Any]]) -> dict[str, Facts]:
        """The same, with what it changes in datasets of a title that is now taken or free."""
        before = {_title(self.datasets[name].facts) for name, now in made.items()}
        moved = [name for name, now in made.items() if _title(now) != _title(self.datasets[name].facts)]
        if not moved:
            return dict(made)
        titles = self._titles.copy()
        titles.subtract(_title(self.datasets[name].facts) for name in moved)
        titles.update(_title(made[name]) for name in moved)
        touched = {
            name for title in before | {_title(made[name]) for name in moved} for name in self._titled_by[title]
        }
        for name in {*touched, *moved}:
            known = made.get(name, self.datasets[name].facts)
            made[name] = {**known, "title_unique": titles[_title(known)] == 1}
        return dict(made)

    def values(self, changed: Mapping[str, Facts]) -> list[float | None]:
        """Each pack's value with the facts of some datasets in place of what they were."""
        tallies: dict[At, Tally] = {}
        for name, now in changed.items():
            before = self.datasets[name].facts
            for at in self._moved(before, now):
                tally = tallies.setdefault(at, replace(self.tallies[at]))
                tally.put(self.span(at, before), -1)
                tally.put(self.span(at, now))
        return self._totals(tallies)

    def _totals(self, tallies: Mapping[At, Tally]) -> list[float | None]:
        touched = {of for of, _ in tallies}
        made: list[float | None] = []
        for of, pack in enumerate(self.packs):
            if of in touched:
                rows = [
                    self._tallied(of, at, tallies[of, at]) if (of, at) in tallies else known
                    for at, known in enumerate(self._measured[of])
                ]
                made.append(score.total(pack, rows)[0])
            else:
                made.append(self._before[of])
        return made

    @cached_property
    def _before(self) -> list[float | None]:
        """Each pack's value as it is."""
        return [score.total(pack, rows)[0] for pack, rows in zip(self.packs, self._measured, strict=True)]

    @cached_property
    def _measured(self) -> list[list[Mapping[str, Any]]]:
        return [
            [self._tallied(of, at, self.tallies[of, at]) for at in range(len(pack["measures"]))]
            for of, pack in enumerate(self.packs)
        ]

    def _tallied(self, of: int, at: int, tally: Tally, given: score.Answers | None = None) -> Mapping[str, Any]:
        pack, sums = self.packs[of], (tally.value / SCALE, tally.upper / SCALE)
        counts = (tally.asked, tally.met, tally.unchecked)
        return score.tallied(pack, pack["measures"][at], *counts, sums, self.given[of] if given is None else given)

    def _moved(self, before: Facts, now: Facts) -> list[At]:
        """The measures that read a fact which is another now."""
        return self._reading(name for name in self.readers if before.get(name) != now.get(name))

    def _reading(self, names: Iterable[str]) -> list[At]:
        return list(dict.fromkeys(at for name in names for at in self.readers.get(name, ())))

    def fixes(self) -> Iterator[Fix]:
        """Every fix that wins something, with what it wins by itself; those that need no judgement in any case.

        A point that no fix alone wins, but several together, has all of these; one that none wins has the fact
        that would, for a person to look after.
        """
        yield from self._answers()
        for one in self.audit.datasets:
            lost = {at for at in self.measures if self._lost(one, at)}
            if lost:
                yield from self._of(one, lost)
            else:
                case = Case(audited=one, ground=self.audit.ground, day=self.audit.day)
                yield from (fix for fix in remedies(case) if not fix.judgement)

    def _answers(self) -> Iterator[Fix]:
        """What people are asked of the whole agency, and what a full answer with evidence would win."""
        for at, measure in self.measures.items():
            pack, row = self.packs[at[0]], self._measured[at[0]][at[1]]
            if not measure.get("declared") or measure.get("each") or row["value"] in (None, 1.0):
                continue
            said = {"pack": pack["key"], "measure": measure["measure"], "value": score.top(measure)}
            given = score.answers(pack, (*self.audit.declared, said))
            tally = Tally()
            for one in self.audit.datasets:
                tally.put(score.span(measure, one.facts, given))
            rows = list(self._measured[at[0]])
            rows[at[1]] = self._tallied(*at, tally, given)
            gain = (score.total(pack, rows)[0] or 0.0) - (self._before[at[0]] or 0.0)
            if gain > 0:
                yield Fix(
                    dataset=None,
                    fix="declare",
                    field=f"{pack['key']}/{measure['measure']}",
                    label=measure["title"],
                    judgement=True,
                    effect={"declared": [said]},
                    gains={pack["key"]: {"catalog": gain}},
                )

    def _lost(self, one: Audited, at: At) -> bool:
        own = one.scores.get(self.packs[at[0]]["key"]) or {}
        return self.measures[at]["measure"] in (own.get("lost") or {})

    def _of(self, one: Audited, lost: set[At]) -> Iterator[Fix]:
        case = Case(audited=one, ground=self.audit.ground, day=self.audit.day)
        candidates, before = list(remedies(case)), {at: self.span(at, one.facts) for at in self.measures}
        open_, useful, moves = set(lost), set[int](), []
        for number, fix in enumerate(candidates):
            now = self._learn(case, fix)
            names = {name for name in self.readers if one.facts.get(name) != now.get(name)}
            after = {at: self.span(at, now) for at in self._reading(names)}
            open_ -= {at for at, span in after.items() if _least(span) > _least(before[at])}
            gains = self._gains(one, before, after, now)
            moves.append(names)
            if gains or not fix.judgement:
                useful.add(number)
                candidates[number] = replace(fix, gains=gains)
        if candidates and any(self._described(at) for at in open_):
            now = self.derived(one, candidates, case.entry)
            for at in [at for at in open_ if _least(self.span(at, now)) > _least(before[at])]:
                open_.discard(at)
                asked = set(score.reads(self.measures[at]))
                useful |= {number for number, names in enumerate(moves) if names & asked}
        yield from (fix for number, fix in enumerate(candidates) if number in useful)
        yield from self._others(case, before, open_)

    def _described(self, at: At) -> bool:
        """Whether a measure reads what a record says, and not only what was measured of the data."""
        return not all(name.startswith("quality.") for name in score.reads(self.measures[at]))

    def _others(self, case: Case, before: Mapping[At, Any], open_: Iterable[At]) -> Iterator[Fix]:
        """For points that nothing known to us wins: the facts that would. What was not looked at is one fix."""
        unknown: dict[str, Any] = {}
        for at in sorted(open_):
            measure, span = self.measures[at], before[at]
            wanted = _content(measure, case.facts)
            if span and span[1] == 1.0:
                unknown |= wanted
            elif wanted:
                more = {"label": measure["title"], "field": ", ".join(wanted)}
                yield from self._assumed(case, before, case.fix("other", {"facts": wanted}, **more))
        if unknown:
            fix = case.fix("check", {"facts": unknown}, field=", ".join(unknown))
            yield from self._assumed(case, before, fix)

    def _assumed(self, case: Case, before: Mapping[At, Any], fix: Fix) -> Iterator[Fix]:
        now = {**case.facts, **fix.effect["facts"]}
        after = {at: self.span(at, now) for at in self._reading(fix.effect["facts"])}
        if gains := self._gains(case.audited, before, after, now):
            yield replace(fix, gains=gains)

    def _gains(
        self, one: Audited, before: Mapping[At, Any], after: Mapping[At, Any], now: Facts
    ) -> dict[str, dict[str, float]]:
        """Pack key → what the catalogue and the dataset alone win, where one of them wins something."""
        if _title(now) != _title(one.facts):
            totals = self.values(self._titled({one.name: dict(now)}))
        else:
            tallies = {}
            for at, span in after.items():
                if span != before[at]:
                    tallies[at] = tally = replace(self.tallies[at])
                    tally.put(before[at], -1)
                    tally.put(span)
            totals = self._totals(tallies)
        made: dict[str, dict[str, float]] = {}
        for of in sorted({of for of, _ in after}):
            pack, spans = self.packs[of], {**before, **after}
            named = {measure["measure"]: spans[of, at] for at, measure in enumerate(pack["measures"])}
            own, had = score.alone(pack, named)["value"], one.scores[pack["key"]]["value"]
            gain = {
                "catalog": (totals[of] or 0.0) - (self._before[of] or 0.0),
                "dataset": (own or 0.0) - (had or 0.0),
            }
            if gain["catalog"] > 0 or gain["dataset"] > 0:
                made[pack["key"]] = gain
        return made

    def _learn(self, case: Case, fix: Fix) -> Facts:
        """A dataset's facts after one fix. What it did to a dataset of the same facts, it does to this one.

        The key holds every fact that a score reads and those that these depend on; what is not told by these is
        derived anew each time. Lists go by files: a field of the dataset that moves none of them is learned once
        for whatever files there are.
        """
        effect, fields = fix.effect, fix.effect.get("fields") or {}
        if fix.fix not in LEARNED or {"title", "notes"} & set(fields) or "facts" in effect:
            return self.derived(case.audited, [fix], case.entry)
        if case.dated and fix.fix in KEYS:
            return self._learned_by(case, fix, KEYS[fix.fix])
        narrow = None
        if set(effect) == {"fields"}:
            narrow = self._key(case, fix, [name for name in self._relevant(case, fix) if name not in self._listed])
            if narrow in self.learned:
                return {**case.facts, **self.learned[narrow]}
        wide = self._key(case, fix, self._relevant(case, fix))
        if wide not in self.learned:
            now = self.derived(case.audited, [fix], case.entry)
            day = () if case.dated else DATED
            names = (name for name in self._kept if name in day or now.get(name) != case.facts.get(name))
            moved = {name: now.get(name) for name in names}
            self.learned[wide] = moved
            if narrow and not self._listed & set(moved):
                self.learned[narrow] = moved
        return {**case.facts, **self.learned[wide]}

    def _learned_by(self, case: Case, fix: Fix, names: Iterable[str]) -> Facts:
        """The same for kinds of which it is known which facts they move and by which."""
        key = self._key(case, fix, names)
        if key not in self.learned:
            now = self.derived(case.audited, [fix], case.entry)
            self.learned[key] = {
                name: now.get(name) for name in self._kept if now.get(name) != case.facts.get(name)
            }
        return {**case.facts, **self.learned[key]}

    def _key(self, case: Case, fix: Fix, names: Iterable[str]) -> bytes:
        effect, known = fix.effect, case.facts
        places = {key: number for number, key in enumerate(known["resources"])}
        moved = [[places.get(key, -1), one] for key, one in (effect.get("resources") or {}).items()]
        seen = [[kind, [places.get(key, -1) for key in one]] for kind, one in (effect.get("seen") or {}).items()]
        asked = [[name, known.get(name)] for name in names]
        return orjson.dumps([fix.fix, fix.field, fix.before, effect.get("fields"), moved, seen, asked])

    def _relevant(self, case: Case, fix: Fix) -> tuple[str, ...]:
        """Of a record whose files have no dates the day of its last change counts, and that is any fix's day."""
        if FREQUENCY & set(fix.effect.get("fields") or {}) or "resources" in fix.effect:
            return self._kept
        return self._undated if case.dated else (*self._undated, *DAYS)

    @cached_property
    def _kept(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.readers, *CONTEXT)))

    @cached_property
    def _undated(self) -> tuple[str, ...]:
        return tuple(name for name in self._kept if name not in DATED)

    @cached_property
    def _listed(self) -> frozenset[str]:
        """Facts that are lists, by files."""
        facts_ = [one.facts for one in self.audit.datasets]
        found = {name for name in self._kept if any(isinstance(one.get(name), list) for one in facts_)}
        return frozenset(found - {"items_missing"})


LEARNED = (
    "fill", "derive", "spelling", "harvest", "format", "weigh", "size", "licence", "choose", "check", "reach",
    "valid", "true-format", "register", "contact", "refresh", "period",
)  # fmt: skip
"""Kinds of fix whose effect depends on nothing but what `_key` holds."""
SEEN = (
    "reachable", "reachable_ok", "format_true", "format_true_ok", "valid", "valid_ok", "registered",
    "mqa.access_url_reachable", "mqa.download_url", "mqa.download_url_reachable",
)  # fmt: skip
KEYS: Mapping[str, tuple[str, ...]] = {
    "weigh": ("mqa.size", "mqa.modified", "mqa.dcat_ap", "private"),
    "size": ("mqa.size", "mqa.modified", "mqa.dcat_ap", "private"),
    "register": ("registered",),
    "check": SEEN,
    "reach": SEEN,
    "valid": SEEN,
}
"""Kinds of fix that move few facts, where the files have dates, and those that these depend on."""
CONTEXT = (
    "items", "items_missing", "category", "class", "licence", "frequency", "cycle_days", "never_late", "private",
    "harvest", "copy", "has_file", "formats", "format_faults", "without_url", "data_date", "checked_date",
    "calendar",
)  # fmt: skip
"""Facts that those which are scored depend on."""
DATED = (
    "data_date", "checked_date", "calendar", "calendar_kept", "last_year", "up_to_date", "up_to_date_data",
    "up_to_date_checked", "latency", "latency_level", "late_days_data", "late_days_checked", "due", "age_years",
    "behind_calendar_days", "publishing_days", "quality.freshness", "quality.timeliness",
)  # fmt: skip
"""Those that only dates and the frequency move."""
DAYS = ("data_date", "calendar", "calendar_kept", "last_year", "publishing_days")
"""Those among them that a record says itself."""
FREQUENCY = frozenset(
    {
        "update_frequency_unit", "update_frequency_interval", "data_release_calendar", "last_year_of_data",
        "last_updated_date",
    }
)  # fmt: skip


def _by(rule: Any, standard: Standard, dataset: Dataset, _whole: Standard) -> Iterable[Finding]:
    found: Iterable[Finding] = rule(dataset, standard)
    return found


def _title(known: Facts) -> str:
    return " ".join(str(known["title"]).split()).casefold()


def _least(span: score.Span | None) -> float:
    return span[0] if span else 0.0


def _content(measure: Mapping[str, Any], known: Facts) -> dict[str, Any]:
    """Facts with which a measure is content; nothing where only people answer it."""
    if "fact" in measure:
        name, most = measure["fact"], measure.get("per", 1)
        best = True if most == 1 else most
        fact = known.get(name)
        return {name: [best] * max(1, len(fact)) if isinstance(fact, list) else best}
    steps = measure.get("levels") or [measure]
    asked: Mapping[str, Any] = max(steps, key=lambda step: step.get("level", 0)).get("passes") or {}
    return {name: _wanted(wanted) for name, wanted in asked.items() if not score.holds({name: wanted}, known)}


def _wanted(wanted: Any) -> Any:
    if isinstance(wanted, dict):
        if "missing" in wanted:
            return None if wanted["missing"] else "…"
        return wanted.get("min", wanted.get("max"))
    return wanted[0] if isinstance(wanted, list) else wanted


def predicted(audit: Audit, fixes: Iterable[Fix]) -> dict[str, float | None]:
    """Pack key → the value that the audit would find once all these fixes are done."""
    return Board(audit).predicted(fixes)
