"""What each fix wins by itself: of the catalogue's score, and of its dataset's own.

What a kind of fix does to a dataset's facts is derived once and known of datasets that are alike in the facts it
depends on: ten thousand datasets have the same few things wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from functools import cached_property
from typing import Any

import orjson

from catalog.audit import score
from catalog.audit.audited import Audited
from catalog.audit.fixing.fixes import Case, Fix
from catalog.audit.fixing.remedies import remedies
from catalog.audit.fixing.whatif import At, Board, Facts, Tally
from catalog.audit.run import title_of

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


class Gains:
    """The fixes of an audit, and what each wins."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.learned: dict[bytes, Facts] = {}

    def fixes(self) -> Iterator[Fix]:
        """Every fix that wins something, with what it wins by itself; those that need no judgement in any case.

        A point that no fix alone wins, but several together, has all of these; one that none wins has the fact
        that would, for a person to look after.
        """
        yield from self._answers()
        for one in self.board.audit.datasets:
            lost = {at for at in self.board.measures if self._lost(one, at)}
            if lost:
                yield from self._of(one, lost)
            else:
                case = Case(audited=one, ground=self.board.audit.ground, day=self.board.audit.day)
                yield from (fix for fix in remedies(case) if not fix.judgement)

    def _answers(self) -> Iterator[Fix]:
        """What people are asked of the whole agency, and what a full answer with evidence would win."""
        for at, measure in self.board.measures.items():
            pack, row = self.board.packs[at[0]], self.board.measured[at[0]][at[1]]
            if not measure.get("declared") or measure.get("each") or row["value"] in (None, 1.0):
                continue
            said = {"pack": pack["key"], "measure": measure["measure"], "value": score.top(measure)}
            given = score.answers(pack, (*self.board.audit.declared, said))
            tally = Tally()
            for one in self.board.audit.datasets:
                tally.put(score.span(measure, one.facts, given))
            rows = list(self.board.measured[at[0]])
            rows[at[1]] = self.board.tallied(*at, tally, given)
            gain = (score.total(pack, rows)[0] or 0.0) - (self.board.before[at[0]] or 0.0)
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
        own = one.scores.get(self.board.packs[at[0]]["key"]) or {}
        return self.board.measures[at]["measure"] in (own.get("lost") or {})

    def _of(self, one: Audited, lost: set[At]) -> Iterator[Fix]:
        case = Case(audited=one, ground=self.board.audit.ground, day=self.board.audit.day)
        candidates, before = (
            list(remedies(case)),
            {at: self.board.span(at, one.facts) for at in self.board.measures},
        )
        open_, useful, moves = set(lost), set[int](), []
        for number, fix in enumerate(candidates):
            now = self._learn(case, fix)
            names = {name for name in self.board.readers if one.facts.get(name) != now.get(name)}
            after = {at: self.board.span(at, now) for at in self.board.reading(names)}
            open_ -= {at for at, span in after.items() if _least(span) > _least(before[at])}
            gains = self._gains(one, before, after, now)
            moves.append(names)
            if gains or not fix.judgement:
                useful.add(number)
                candidates[number] = replace(fix, gains=gains)
        alone = set().union(*moves)
        if candidates and any(self._together(at, alone) for at in open_):
            now = self.board.derived(one, candidates, case.entry)
            for at in [at for at in open_ if _least(self.board.span(at, now)) > _least(before[at])]:
                open_.discard(at)
                asked = set(score.reads(self.board.measures[at]))
                useful |= {number for number, names in enumerate(moves) if names & asked}
        yield from (fix for number, fix in enumerate(candidates) if number in useful)
        yield from self._others(case, before, open_)

    def _together(self, at: At, moved: Set[str]) -> bool:
        """Whether fixes could win a measure together that none wins alone: it reads what several make up."""
        asked = set(score.reads(self.board.measures[at]))
        return bool(asked & moved) or any(name == "accepted" or name.endswith("_ok") for name in asked)

    def _others(self, case: Case, before: Mapping[At, Any], open_: Iterable[At]) -> Iterator[Fix]:
        """For points that nothing known to us wins: the facts that would. What was not looked at is one fix."""
        unknown: dict[str, Any] = {}
        for at in sorted(open_):
            measure, span = self.board.measures[at], before[at]
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
        after = {at: self.board.span(at, now) for at in self.board.reading(fix.effect["facts"])}
        if gains := self._gains(case.audited, before, after, now):
            yield replace(fix, gains=gains)

    def _gains(
        self, one: Audited, before: Mapping[At, Any], after: Mapping[At, Any], now: Facts
    ) -> dict[str, dict[str, float]]:
        """Pack key → what the catalogue and the dataset alone win, where one of them wins something."""
        if title_of(now) != title_of(one.facts):
            totals = self.board.values(self.board.titled({one.name: dict(now)}))
        else:
            tallies = {}
            for at, span in after.items():
                if span != before[at]:
                    tallies[at] = tally = replace(self.board.tallies[at])
                    tally.put(before[at], -1)
                    tally.put(span)
            totals = self.board.totals(tallies)
        made: dict[str, dict[str, float]] = {}
        for of in sorted({of for of, _ in after}):
            pack, spans = self.board.packs[of], {**before, **after}
            named = {measure["measure"]: spans[of, at] for at, measure in enumerate(pack["measures"])}
            own, had = score.alone(pack, named)["value"], one.scores[pack["key"]]["value"]
            gain = {
                "catalog": (totals[of] or 0.0) - (self.board.before[of] or 0.0),
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
            return self.board.derived(case.audited, [fix], case.entry)
        if case.dated and fix.fix in KEYS:
            return self._learned_by(case, fix, KEYS[fix.fix])
        narrow = None
        if set(effect) == {"fields"}:
            narrow = self._key(case, fix, [name for name in self._relevant(case, fix) if name not in self._listed])
            if narrow in self.learned:
                return {**case.facts, **self.learned[narrow]}
        wide = self._key(case, fix, self._relevant(case, fix))
        if wide not in self.learned:
            now = self.board.derived(case.audited, [fix], case.entry)
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
            now = self.board.derived(case.audited, [fix], case.entry)
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
        return tuple(dict.fromkeys((*self.board.readers, *CONTEXT)))

    @cached_property
    def _undated(self) -> tuple[str, ...]:
        return tuple(name for name in self._kept if name not in DATED)

    @cached_property
    def _listed(self) -> frozenset[str]:
        """Facts that are lists, by files."""
        facts_ = [one.facts for one in self.board.audit.datasets]
        found = {name for name in self._kept if any(isinstance(one.get(name), list) for one in facts_)}
        return frozenset(found - {"items_missing"})


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
