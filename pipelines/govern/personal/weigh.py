"""What the cells of a column mean: the rules by which a Scan is judged, column by column and entity by entity.

- A cell that is **sure** (a check digit, an unmistakable form, a word before the number) is an error.
- A cell that is **likely** (it has the form) is an error where the header promises the entity; without a header
  only where so many of the filled cells are likely that nothing else can be meant (`Entity.alone`).
- A header that promises it over text that cannot be it is a warning, over numbers nothing.
- Numbers that pass a check digit among many of the same form that do not are chance (`chance`): a warning; not in
  a register that names persons.
- Columns of short numbers that make national IDs together, in more rows than chance lets through, hold them.
- A part of one, the year of a birth, is a warning where the header says so and the table counts nobody.
- Telephone numbers, e-mail addresses and LINE accounts may be an office's, which is public. Where the header says
  so, fixed lines and mailboxes of a task are nothing and the others a note; in a table whose rows are offices,
  shops or places and not persons, under a header that names no one, fixed lines are nothing and the others a
  warning. In free text they are what the text says they are.
- Section 26 under a header that tells is an error where a row is a person: a column holds what identifies one, or
  age and sex stand there and no count. In every other table (statistics, a list of diseases) it is a note.
- Coordinates are a home's where a header says so, or in a register of persons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metadata.finding import Severity
from pipelines.govern.personal.chance import by_chance
from pipelines.govern.personal.entity import ENTITIES, Entity
from pipelines.govern.personal.prose import FIRST, PERSONS
from pipelines.govern.personal.scan import HOME, Cells, Scan, Seen, Tally, Together
from pipelines.govern.personal.together import surely
from pipelines.govern.triggers import alike, kinds, promises, tells

MEANT = 0.5
"""A header is right about a column where so large a share of its filled cells may be what it promises."""
FEW = 5
"""A column of fewer filled cells tells nothing by their share."""
_NOBODY = ("subjects", "coordinates")
"""What a table tells whose rows are offices, shops or places, if it names no persons."""
DENSE = 0.3
"""A register of persons names one in at least this share of its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an entity in a column means. `cells`: sure ones first; none where only the header tells (`word`)."""

    entity: Entity
    severity: Severity
    cells: tuple[Cells, ...] = ()
    word: str | None = None

    @property
    def count(self) -> int:
        """How many cells."""
        return sum(one.count for one in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What the columns together tell of the rows. `named`: a register of persons that has their names."""

    offices: bool
    register: bool
    named: bool
    counts: bool
    rows_are_persons: bool
    contexts: frozenset[str]
    """In which something of section 26 is public: an election."""


@dataclass(slots=True)
class _Weighing:
    """One column under its header, in its table."""

    label: str
    titles: tuple[str, ...]
    seen: Seen
    around: _Around
    told: Mapping[str, str]
    office: bool = field(init=False)

    def __post_init__(self) -> None:
        self.office = tells("offices", self.label, self.titles)

    def verdicts(self) -> Iterator[Verdict]:
        """What each entity in it means."""
        meant = any(self._share(name) >= MEANT for name in self.told)
        for entity in ENTITIES.values():
            tally = self.seen.tallies.get(entity.name, Tally())
            if entity.kind == "sensitive":
                yield from self._sensitive(entity, tally)
            elif entity.name in self.told or tally.sure.count or (tally.likely.count and not meant):
                yield from self._identifier(entity, tally)

    def _share(self, name: str) -> float:
        tally = self.seen.tallies.get(name, Tally())
        return (tally.sure.count + tally.likely.count) / max(1, self.seen.filled)

    def _identifier(self, entity: Entity, tally: Tally) -> Iterator[Verdict]:
        told = entity.name in self.told
        home = entity.name == HOME and self._home()
        listed = told or tally.whole >= MEANT * self.seen.filled
        office = entity.office and (self.office or (listed and self.around.offices))
        if tally.sure.count:
            severity = self._sure(entity, tally, told, office)
            yield Verdict(entity=entity, severity=severity, cells=(tally.sure,))
            if severity != "error" and tally.apart.count:
                yield Verdict(entity=entity, severity="error", cells=(tally.apart,))
        if office:
            return
        if tally.likely.count and (told or home or self._alone(entity, tally)):
            yield Verdict(entity=entity, severity="error", cells=(tally.likely,), word=self.told.get(entity.name))
        elif told and tally.partly.count and not self.around.counts:
            yield Verdict(entity=entity, severity="warning", cells=(tally.partly,), word=self.told[entity.name])
        elif told and not tally.sure.count and self.seen.worded * 2 > self.seen.filled:
            yield Verdict(entity=entity, severity="warning", word=self.told[entity.name])

    def _sure(self, entity: Entity, tally: Tally, told: bool, office: bool) -> Severity:
        if office:
            return "note" if self.office else "warning"
        # what stands in longer texts is no chance, nor what stands beside a name: only whole cells are counted
        free = told or self.around.named or tally.sure.count > tally.passed
        return "warning" if not free and by_chance(tally.drawn) else "error"

    def _alone(self, entity: Entity, tally: Tally) -> bool:
        if entity.alone is None or self.seen.filled < FEW or alike(entity.name, self.label, self.titles):
            return False
        if entity.office and self.around.offices:
            return False
        return (tally.sure.count + tally.likely.count) / self.seen.filled >= entity.alone

    def _home(self) -> bool:
        if self.office or not tells("coordinates", self.label, self.titles):
            return False
        return self.around.register or tells("homes", self.label, self.titles)

    def _sensitive(self, entity: Entity, tally: Tally) -> Iterator[Verdict]:
        public = kinds()[entity.name].get("public") in self.around.contexts
        told = entity.name in self.told and self.around.rows_are_persons and not public
        if tally.sure.count or (told and tally.likely.count):
            cells = (tally.sure, tally.likely) if told else (tally.sure,)
            yield Verdict(entity=entity, severity="error", cells=cells, word=self.told.get(entity.name))
        elif entity.name in self.told:
            yield Verdict(entity=entity, severity="note", word=self.told[entity.name])


def weigh(scan: Scan) -> tuple[tuple[Verdict, ...], ...]:
    """For each column what was found in it."""
    heads = list(zip(scan.labels, scan.titles, strict=True))
    told = promises(scan.labels, scan.titles)
    persons = any(tells("persons", *head) for head in heads) or any(
        not one.keys().isdisjoint(PERSONS) for one in told
    )
    dense = {
        name
        for words, seen in zip(told, scan.columns, strict=True)
        for name in PERSONS
        if name in seen.tallies and (name in words or seen.tallies[name].sure.count)
        if seen.tallies[name].sure.count + seen.tallies[name].likely.count >= DENSE * scan.rows
    }
    counts, age, sex = (any(tells(what, *head) for head in heads) for what in ("counts", "ages", "sexes"))
    around = _Around(
        offices=not persons
        and not dense
        and any(
            any(tells(what, *head) for what in _NOBODY) and not words
            for head, words in zip(heads, told, strict=True)
        ),
        register=bool(dense),
        named="person-name" in dense,
        counts=counts,
        rows_are_persons=persons or bool(dense) or _identified(scan, told) or (age and sex and not counts),
        contexts=frozenset(what for what in ("elections",) if any(tells(what, *head) for head in heads)),
    )
    weighings = (
        _Weighing(label, titles, seen, around, words)
        for (label, titles), seen, words in zip(heads, scan.columns, told, strict=True)
    )
    verdicts = [[*one.verdicts()] for one in weighings]
    for one in parted(scan, told):
        for number, part in enumerate(one.parts):
            cells = one.cells if not number else Cells(one.cells.count)
            verdicts[part.place].append(Verdict(entity=ENTITIES[FIRST], severity="error", cells=(cells,)))
    return tuple(map(tuple, verdicts))


def parted(scan: Scan, told: Sequence[Mapping[str, str]]) -> tuple[Together, ...]:
    """The columns that hold national IDs together. `told`: what the header of each column promises."""
    return tuple(
        one
        for one in scan.together
        if surely(one.parts, one.tried, one.passed, any(FIRST in told[part.place] for part in one.parts))
    )


def _identified(scan: Scan, told: Sequence[Mapping[str, str]]) -> bool:
    """Whether a column's header and cells hold what identifies a person and never an office."""
    return any(
        ENTITIES[name].kind == "identifier" and not ENTITIES[name].office and name in seen.tallies
        for words, seen in zip(told, scan.columns, strict=True)
        for name in words
    )
