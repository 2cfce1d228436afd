"""Which decision lets a Finding pass: by its rule, its resource and column, and what the decision is bound to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from catalog.decisions import scope
from catalog.decisions.kinds import family, holds, known, never
from catalog.decisions.person import letters, same
from metadata.dataset import RESTRICTED, Dataset
from metadata.finding import Finding
from metadata.release import Decision, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A column's cells under our key: row → digest of those that Findings name, and digest → how many cells."""

    rows: Mapping[int, str] = field(default_factory=dict, hash=False)
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that the gate looks at: nothing else is asked of disk, clock or network."""

    dataset: Dataset
    report: Report
    today: date
    approvals: Literal["required", "none"] = "required"
    signatures: tuple[str, ...] = ("owner",)
    """The roles that must sign, in order."""
    shape: scope.Scope = field(default_factory=dict, hash=False)
    """The release as scopes see it; empty where no decision has one."""
    cells: Mapping[tuple[str, str], Cells] = field(default_factory=dict, hash=False)
    """(resource, column) → the cells that decisions may be about."""
    refusals: tuple[Decision, ...] = ()
    """Refusals that the journal knows and `decisions.yaml` no longer does: a line that is deleted still holds."""
    builders: frozenset[str] = frozenset()
    """Who built this release, by the journal."""

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Those that hold today."""
        return tuple(one for one in self.dataset.decisions if holds(one, self.today))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The errors of the report."""
        return tuple(found for found in self.report.findings if found.severity == "error")


def covering(found: Finding, case: Case) -> Decision | None:
    """The decision under which a Finding goes out; None where it does not."""
    if never(found.rule, found.values.get("entity")) and not case.dataset.restricted:
        return None
    about = [one for one in case.decisions if one.rest.get("rule") == family(found.rule)]
    judges = {"waiver": _waived, "not-personal": _nobody, "lawful": _lawful}
    return next((one for one in about if one.kind in judges and judges[one.kind](one, found, case)), None)


def place(found: Finding) -> dict[str, str]:
    """Where a Finding is, as a decision names it: resource and column, what of them is known."""
    told = {"resource": found.at.resource, "column": found.at.column}
    return {key: value for key, value in told.items() if value is not None}


def amount(findings: Iterable[Finding]) -> int:
    """How many cells Findings of one rule tell of, where one of them may count the others."""
    several = tuple(findings)
    counted = sum(int(one.values.get("count") or 0) for one in several if one.at.row is None)
    return max(counted, sum(one.at.row is not None for one in several), 1)


def _waived(one: Decision, found: Finding, case: Case) -> bool:
    places = one.rest.get("places") or ()
    if place(found) not in places or not two(one, case.builders):
        return False
    if one.release:
        return one.release == case.report.release
    bound = one.rest.get("scope")
    if not isinstance(bound, Mapping) or scope.outgrown(bound, case.shape):
        return False
    rule = family(found.rule)
    alike = (each for each in case.errors if family(each.rule) == rule and place(each) in places)
    return amount(alike) <= int(bound.get("most") or 0)


def two(one: Decision, builders: Iterable[str]) -> bool:
    """Whether a waiver is signed by two people of two roles, neither of whom built the release."""
    second = one.rest.get("second")
    if not isinstance(second, Mapping) or second.get("role") not in known()["kinds"]["waiver"]["roles"]:
        return False
    names = [one.by, str(second.get("by") or "")]
    if not all(map(letters, names)) or same(*names) or second["role"] == one.role:
        return False
    accounts = [account for told in (one.rest, second) if (account := str(told.get("account") or ""))]
    return not any(same(name, builder) for name in (*names, *accounts) for builder in builders)


def _nobody(one: Decision, found: Finding, case: Case) -> bool:
    """Whether the cell, or each of the cells that are counted, is one that was decided on."""
    if place(found) not in (one.rest.get("places") or ()):
        return False
    cells = case.cells.get((found.at.resource or "", found.at.column or ""), Cells())
    if found.at.row is not None:
        return cells.rows.get(found.at.row) in (one.rest.get("cells") or ())
    alike = [each for each in case.decisions if _about(each) == _about(one)]
    decided = {digest for each in alike for digest in each.rest.get("cells") or ()}
    count = int(found.values.get("count") or 0)
    return 0 < count <= sum(cells.counts.get(digest, 0) for digest in decided)


def _about(one: Decision) -> tuple[Any, ...]:
    """What a decision is about: its kind, its rule and its columns."""
    return one.kind, one.rest.get("rule"), one.rest.get("places")


def _lawful(one: Decision, found: Finding, case: Case) -> bool:
    """Whether the law itself opens this column, to all or to those it is shared with: basis and clause are named.

    What it allows towards named agencies it does not allow towards all.
    """
    named = bool(str(one.rest.get("clause") or "").strip() and str(one.rest.get("basis") or "").strip())
    shared = case.dataset.restricted
    rules = scope.PERSONS if shared else ("personal-",)
    alike = one.rest.get("access") == (RESTRICTED if shared else None)
    return named and alike and found.rule.startswith(rules) and place(found) in (one.rest.get("places") or ())
