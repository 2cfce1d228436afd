"""Fixes: for every point an audit found lost what would win it, what that costs, and by which command or field.

A fix that needs no judgement has its value: a spelling, a date in another era, what the files themselves tell. Of
others only a person knows the value; what-if reckons them as filled with one that the rule takes, and says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from catalog.audit.described import described, flat
from catalog.audit.fixing import repairs
from metadata.dataset import Dataset
from metadata.standard import Standard
from metadata.wording import Language, phrase

if TYPE_CHECKING:
    from catalog.audit.audited import Audited
    from catalog.audit.entry import Entry
    from catalog.audit.facts import Ground
    from catalog.audit.run import Audit

Effect = Mapping[str, Any]
"""What is different once a fix is done: {"fields": {field: value}, "resources": {id: {field: value}},
"add": [resource], "tables": {id: fields}, "seen": {kind: {id: …}}, "facts": {fact: …}, "declared": [answer]}, each
only where there is any. An empty value clears a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One thing that can be done about one dataset; `dataset` is None where the whole agency answers."""

    dataset: str | None
    resource: str | None = None
    fix: str
    """Its kind: what it costs stands in `standards/fixes.yaml`, what it says in `phrases.yaml` (`fix-<kind>`)."""
    field: str | None = None
    """CKAN's field."""
    key: str | None = None
    """Where it is written in `datapackage.yaml`."""
    label: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    before: Any = dataclasses.field(default=None, hash=False)
    value: Any = dataclasses.field(default=None, hash=False)
    """What is to be written; None where a person must say."""
    judgement: bool
    effect: Effect = dataclasses.field(default_factory=dict, hash=False, repr=False)
    command: str | None = None
    gains: Mapping[str, Mapping[str, float]] = dataclasses.field(default_factory=dict, hash=False)
    """Pack key → {"catalog": points, "dataset": points}, where it wins any by itself."""

    @property
    def cost(self) -> int:
        """From a command (1) to getting data anew (5)."""
        return int(repairs.table()["costs"][self.fix])


@dataclass(frozen=True, kw_only=True)
class Case:
    """A dataset whose fixes are looked for: what was read, and the facts."""

    audited: Audited
    ground: Ground
    day: date

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.audited.name

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its facts."""
        return self.audited.facts

    @property
    def standard(self) -> Standard:
        """What it is judged by."""
        return self.ground.standard

    @property
    def on_desk(self) -> bool:
        """Whether its folder is at hand."""
        return self.name in self.ground.desk

    @cached_property
    def entry(self) -> Entry:
        """What was read of it."""
        return self.audited.entry

    @cached_property
    def package(self) -> dict[str, Any]:
        """Its record, the extras among its fields."""
        return flat(self.entry.package)

    @cached_property
    def dataset(self) -> Dataset:
        """The same as the rules on descriptions read it."""
        return described(self.package, self.entry.tables, self.standard)

    @cached_property
    def dated(self) -> bool:
        """Whether its files say when they were put there; else the day of the record's last change counts."""
        return any(one.get("last_modified") or one.get("created") for one in self.resources.values())

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Its files' records by id."""
        return {str(one.get("id")): one for one in self.package.get("resources") or ()}

    def at(self, field_name: str) -> dict[str, Any]:
        """Where a term of the dataset is written, and what it is called; of one the edition lacks, its name."""
        term = self.standard.term(field_name)
        if term is None and field_name == self.standard.classification.field_name:
            term = self.standard.classification
        return {"field": field_name, **({"key": term.key, "label": term.label} if term else {})}

    def fix(self, kind: str, effect: Effect, *, judgement: bool = True, **more: Any) -> Fix:
        """A fix of this dataset; with the command that does it where the dataset's folder is at hand."""
        command = self._command(kind, judgement, more) if self.on_desk else None
        return Fix(dataset=self.name, fix=kind, effect=effect, judgement=judgement, command=command, **more)

    def _command(self, kind: str, judgement: bool, more: Mapping[str, Any]) -> str | None:
        field = more.get("field")
        if kind in PUBLISHED:
            return f"saphan publish {self.name}"
        if judgement or field == "last_updated_date":
            written = more.get("resource") is None and self.standard.term(field or "")
            return f"saphan fix {self.name} --set {field}={more.get('value') or '…'}" if written else None
        return f"saphan fix {self.name}"


PUBLISHED = (
    "publish", "format", "size", "weigh", "reach", "valid", "true-format", "refresh", "file", "open-format",
)  # fmt: skip
"""Fixes that come with the next release: what is to be done is done at the source, then by `saphan publish`."""


def fixes(audit: Audit) -> tuple[Fix, ...]:
    """What would win a point, each with what it wins by itself; and what needs no judgement, whatever it wins."""
    from catalog.audit.fixing.whatif import Board

    return tuple(Board(audit).fixes())


def fixes_json(audit: Audit, lang: Language, found: Sequence[Fix] | None = None) -> list[dict[str, Any]]:
    """The fixes as they stand in the audit's document (design.md §7)."""
    return [told(one, lang) for one in (fixes(audit) if found is None else found)]


def told(one: Fix, lang: Language) -> dict[str, Any]:
    """A fix as JSON, with its sentence. `assumed`: what the gains were reckoned with where a person must say."""
    made: dict[str, Any] = {
        "dataset": one.dataset,
        "resource": one.resource,
        "fix": one.fix,
        "field": one.field,
        "key": one.key,
        "from": one.before,
        "to": one.value,
        "judgement": one.judgement,
        "cost": one.cost,
        "gains": {key: dict(gain) for key, gain in one.gains.items()},
        "command": one.command,
        "message": message(one, lang),
    }
    return {key: value for key, value in made.items() if value is not None or key in ("dataset", "command")}


def message(one: Fix, lang: Language) -> str:
    """What is to be done, in a sentence."""
    facts = {"label": one.label or one.field or "", "field": one.field or "", "name": one.dataset or ""}
    facts |= {"resource": one.resource or "", "before": shown(one.before), "value": shown(one.value)}
    return phrase(f"fix-{one.fix}", lang, facts).strip()


def shown(value: Any) -> str:
    """A value in a sentence."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "–"
    return "–" if value in (None, "") else str(value)


def commanded(found: Sequence[Fix]) -> Iterator[Fix]:
    """Those that a command does by itself."""
    return (one for one in found if one.command and not one.judgement)
