"""What the parts of a file hold, as Findings: what is personal, secret or dangerous in its texts and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.govern.inside import cells, secrets
from pipelines.govern.inside.part import DAMAGE, Part, Table, Text, unseen
from pipelines.govern.personal import masked, prose
from pipelines.govern.personal.entity import ENTITIES

SHOWN = 10
"""Places that one Finding names."""
NOBODY = frozenset(
    (
        "openpyxl", "xlsxwriter", "microsoft office user", "microsoft", "user", "admin", "administrator", "author",
        "dell", "lenovo", "hp", "acer", "asus", "owner", "pc", "windows user", "apache poi", "unknown",
    )
)  # fmt: skip
"""Authors that programs and machines put down: they name no person."""


@dataclass(slots=True)
class _Tally:
    """How often one kind of thing stands in one kind of part of one sheet, and where first."""

    at: Place
    count: int = 0
    sure: bool = False
    cells: list[str] = field(default_factory=list)

    def add(self, at: Place, sure: bool, times: int = 1) -> None:
        """One more text in which it stands."""
        if sure and not self.sure:
            self.at = at
        self.count += times
        self.sure |= sure
        if at.source_row is not None and at.column is not None and len(self.cells) < SHOWN:
            self.cells.append(f"{at.column}{at.source_row}")


class Judgement:
    """Findings of the parts of one file, as they come; those of its texts are counted, and told in the end."""

    def __init__(self) -> None:
        self._people: dict[tuple[str, str | None, str], _Tally] = {}
        self._secrets: dict[tuple[str, str | None, str], _Tally] = {}
        self._authors: dict[str | None, dict[str, Place]] = {}
        self._known: dict[str, tuple[tuple[str, bool], ...]] = {}

    def of(self, parts: Iterable[Part]) -> Iterator[Finding]:
        """Everything that is amiss. Raises SourceError."""
        for part in parts:
            if isinstance(part, Finding):
                yield part
            elif isinstance(part, Text):
                self.text(part)
            else:
                yield from self.table(part)
        yield from self.told()

    def text(self, given: Text) -> None:
        """Looks at one text."""
        if given.part == "author":
            name = given.text.strip().casefold()
            if name and name not in NOBODY and not name.startswith("tc={"):
                self._authors.setdefault(given.at.sheet, {}).setdefault(name, given.at)
        for name, sure in self._hits(given.text):
            key = given.part, given.at.sheet, name
            self._people.setdefault(key, _Tally(given.at)).add(given.at, sure)
        for kind in secrets.found(given.text):
            key = given.part, given.at.sheet, kind.name
            self._secrets.setdefault(key, _Tally(given.at)).add(given.at, kind.sure)
            break  # a password within a connection is told once

    def _hits(self, text: str) -> tuple[tuple[str, bool], ...]:
        known = self._known.get(text)
        if known is None:
            known = tuple(dict.fromkeys((entity.name, hit.sure) for entity, hit in prose.hits(text)))
            if len(self._known) < 100_000:
                self._known[text] = known
        return known

    def table(self, given: Table) -> Iterator[Finding]:
        """Looks at every cell of a table, and at what stands around it."""
        try:
            content = given.read()
            for text in content.texts:
                self.text(text)
            found = list(cells.found(content, given.at))
        except (SourceError, *DAMAGE) as broken:
            refused = broken if isinstance(broken, SourceError) else SourceError("read-broken", given.at)
            if given.at.sheet is None:
                raise refused from broken
            yield unseen(given.part, given.at, "too-big" if refused.kind.endswith("too-big") else "broken")
            return
        for one in found:
            yield replace(one, values={**one.values, "part": given.part})

    def told(self) -> Iterator[Finding]:
        """What was counted."""
        for (part, _, name), one in self._people.items():
            values = {"part": part, "count": one.count, **prose.about(ENTITIES[name])}
            yield _finding("personal-inside", one, values)
        for (part, _, name), one in self._secrets.items():
            yield _finding("secret-inside", one, {"part": part, "secret": name, "count": one.count})
        for names in self._authors.values():
            at = next(iter(names.values()))
            yield Finding(rule="personal-author", severity="warning", at=at, values={"count": len(names)})


def _finding(rule: str, one: _Tally, values: dict[str, object]) -> Finding:
    cells_named = {"cells": one.cells} if one.cells else {}
    return Finding(
        rule=rule, severity="error" if one.sure else "warning", at=one.at, values={**values, **cells_named}
    )


def judged(parts: Iterable[Part]) -> tuple[Finding, ...]:
    """The Findings of a file's parts, the worst first, with nothing that is surely personal in them."""
    return worst_first(Judgement().of(parts))


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as they may be told: the worst first, with nothing that is surely personal in them."""
    order = ("error", "warning", "note")
    return tuple(map(masked.discreet, sorted(findings, key=lambda one: order.index(one.severity))))
