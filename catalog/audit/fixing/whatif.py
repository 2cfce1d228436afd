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
from catalog.audit.fixing.fixes import Fix
from catalog.audit.fixing.mend import mended
from catalog.audit.run import Audit, title_of
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
        return self.titled(made)

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
        return Counter(title_of(one.facts) for one in self.audit.datasets)

    @cached_property
    def _titled_by(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.audit.datasets:
            found[title_of(one.facts)].append(one.name)
        return found

    def titled(self, made: dict[str, dict[str, Any]]) -> dict[str, Facts]:
        """The same, with what it changes in datasets of a title that is now taken or free."""
        before = {title_of(self.datasets[name].facts) for name, now in made.items()}
        moved = [name for name, now in made.items() if title_of(now) != title_of(self.datasets[name].facts)]
        if not moved:
            return dict(made)
        titles = self._titles.copy()
        titles.subtract(title_of(self.datasets[name].facts) for name in moved)
        titles.update(title_of(made[name]) for name in moved)
        touched = {
            name for title in before | {title_of(made[name]) for name in moved} for name in self._titled_by[title]
        }
        for name in {*touched, *moved}:
            known = made.get(name, self.datasets[name].facts)
            made[name] = {**known, "title_unique": titles[title_of(known)] == 1}
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
        return self.totals(tallies)

    def totals(self, tallies: Mapping[At, Tally]) -> list[float | None]:
        touched = {of for of, _ in tallies}
        made: list[float | None] = []
        for of, pack in enumerate(self.packs):
            if of in touched:
                rows = [
                    self.tallied(of, at, tallies[of, at]) if (of, at) in tallies else known
                    for at, known in enumerate(self.measured[of])
                ]
                made.append(score.total(pack, rows)[0])
            else:
                made.append(self.before[of])
        return made

    @cached_property
    def before(self) -> list[float | None]:
        """Each pack's value as it is."""
        return [score.total(pack, rows)[0] for pack, rows in zip(self.packs, self.measured, strict=True)]

    @cached_property
    def measured(self) -> list[list[Mapping[str, Any]]]:
        return [
            [self.tallied(of, at, self.tallies[of, at]) for at in range(len(pack["measures"]))]
            for of, pack in enumerate(self.packs)
        ]

    def tallied(self, of: int, at: int, tally: Tally, given: score.Answers | None = None) -> Mapping[str, Any]:
        pack, sums = self.packs[of], (tally.value / SCALE, tally.upper / SCALE)
        counts = (tally.asked, tally.met, tally.unchecked)
        return score.tallied(pack, pack["measures"][at], *counts, sums, self.given[of] if given is None else given)

    def _moved(self, before: Facts, now: Facts) -> list[At]:
        """The measures that read a fact which is another now."""
        return self.reading(name for name in self.readers if before.get(name) != now.get(name))

    def reading(self, names: Iterable[str]) -> list[At]:
        return list(dict.fromkeys(at for name in names for at in self.readers.get(name, ())))

    def fixes(self) -> Iterator[Fix]:
        """The fixes, each with what it wins (`catalog.audit.fixing.gains`)."""
        from catalog.audit.fixing.gains import Gains

        yield from Gains(self).fixes()


def _by(rule: Any, standard: Standard, dataset: Dataset, _whole: Standard) -> Iterable[Finding]:
    found: Iterable[Finding] = rule(dataset, standard)
    return found


def predicted(audit: Audit, fixes: Iterable[Fix]) -> dict[str, float | None]:
    """Pack key → the value that the audit would find once all these fixes are done."""
    return Board(audit).predicted(fixes)
