"""What the gate looks at, gathered from the desk, the release's files and the journal."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from catalog.decisions import scope
from catalog.decisions.cover import Case, Cells, place
from catalog.decisions.gate import written
from catalog.decisions.kinds import family, signatures
from metadata import clock, keyed, stored
from metadata.dataset import Dataset
from metadata.finding import Finding
from metadata.release import Decision, Report, canonical
from metadata.standard import Standard

if TYPE_CHECKING:
    from catalog.journal import Entry, Journal

FIELD = 1 << 27
"""Bytes of a cell at most, as the csv module counts; it is the reader of our own files here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a workspace asks: whether approvals are required, and of whom beside those whom a class asks for."""

    approvals: Literal["required", "none"] = "required"
    signatures: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Level → roles."""
    log_in: bool = False
    """Whether signers log in: then a line that the journal does not know lets nothing out."""


class Past:
    """What a journal has of a dataset's builds and decisions, each read once."""

    def __init__(self, journal: Journal, dataset: str) -> None:
        self.journal = journal
        self.dataset = dataset

    @cached_property
    def decisions(self) -> tuple[Entry, ...]:
        """The rows of its decisions, oldest first."""
        return tuple(self.journal.entries(dataset=self.dataset, kind="decision"))

    @cached_property
    def builds(self) -> tuple[Entry, ...]:
        """What was checked here as it was built, oldest first."""
        rows = self.journal.entries(dataset=self.dataset, kind="checked")
        return tuple(row for row in rows if row.target is None)


def gathered(
    dataset: Dataset,
    report: Report,
    rules: Rules,
    standard: Standard,
    target: str,
    past: Past | None,
    *,
    shaped: bool = False,
) -> Case:
    """The case of a release, for a target. `past`: what the journal has of the dataset, where there is one.
    `shaped`: its whole shape is wanted, for a decision that binds to it.

    Raises SetupError `secret-key-missing`, `secret-key-short` where cells were decided on and the key is not here.
    """
    if rules.log_in and past:
        dataset = replace(dataset, decisions=_signed(dataset, past))
    decisions = dataset.decisions
    scopes = [one.rest["scope"] for one in decisions if isinstance(one.rest.get("scope"), Mapping)]
    return Case(
        dataset=dataset,
        report=report,
        today=clock.today(),
        approvals=rules.approvals,
        signatures=signatures(dataset, standard, rules.signatures),
        shape=scope.shape(dataset, report, standard, target, scope.looked(scopes), shaped)
        if scopes or shaped
        else {},
        cells=_cells(dataset, report, decisions),
        refusals=_forgotten(dataset, past) if past else (),
        builders=_builders(report, past) if past else frozenset(),
    )


def recorded(decisions: Iterable[Decision], rows: Iterable[Entry]) -> tuple[Decision, ...]:
    """Those decisions that the journal has to the letter: one added or edited by hand is none of them."""
    known = {canonical(row.body) for row in rows if row.kind == "decision"}
    return tuple(one for one in decisions if canonical(written(one)) in known)


def _signed(dataset: Dataset, past: Past) -> tuple[Decision, ...]:
    """The decisions that the journal has; refusals all: who adds one by hand opens nothing."""
    known = recorded(dataset.decisions, past.decisions)
    return tuple(one for one in dataset.decisions if one.kind == "refusal" or one in known)


def _builders(report: Report, past: Past) -> frozenset[str]:
    """Who built a release, by the journal of this catalog."""
    return frozenset(row.actor for row in past.builds if row.body.get("release") == report.release)


def built_here(dataset: Dataset, report: Report, past: Past) -> bool:
    """Whether what stands under `release/` is what the last build of this release said there, by the journal."""
    seals = [row.body.get("seal") for row in past.builds if row.body.get("release") == report.release]
    try:
        return bool(seals) and seals[-1] == stored.seal(dataset.folder / "release")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _forgotten(dataset: Dataset, past: Past) -> tuple[Decision, ...]:
    """The refusals that the journal knows and the desk does not."""
    known = {(one.kind, one.by, one.at) for one in dataset.decisions}
    told = (Decision.of(row.body) for row in past.decisions if row.body.get("kind") == "refusal")
    return tuple(one for one in told if (one.kind, one.by, one.at) not in known)


def _cells(dataset: Dataset, report: Report, decisions: tuple[Decision, ...]) -> dict[tuple[str, str], Cells]:
    """The columns that decisions on cells are about."""
    found = {}
    for one in decisions:
        for where in one.rest.get("places") or () if one.kind == "not-personal" else ():
            key = (str(where.get("resource")), str(where.get("column")))
            resource = dataset.resource(key[0])
            if resource is not None and key not in found:
                rule = str(one.rest.get("rule"))
                rows = {each.at.row for each in told(report, rule) if place(each) == where and each.at.row}
                found[key] = column(dataset, resource.name, key[1], rows)
    return found


def told(report: Report, rule: str) -> tuple[Finding, ...]:
    """The Findings of a rule, and those that count them."""
    return tuple(found for found in report.findings if family(found.rule) == rule)


def column(dataset: Dataset, name: str, label: str, rows: set[int] | set[Any]) -> Cells:
    """A column of the release under our key; nothing where it is no column of a CSV file.

    The same text has the same digest in each row of a column (a row may move), and another in another column.
    """
    path = dataset.folder / "release" / f"{name}.csv"
    if not path.is_file():
        return Cells()
    digests: dict[str, str] = {}
    counts: Counter[str] = Counter()
    shown: dict[int, str] = {}
    before = csv.field_size_limit(FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            records = csv.reader(lines)
            labels = next(records, [])
            at = labels.index(label) if label in labels else None
            for row, record in enumerate(records if at is not None else (), 2):
                text = record[at] if at is not None and at < len(record) else ""
                if text not in digests:
                    digests[text] = keyed.digest(text, f"cell {dataset.name}/{name}/{label}")
                counts[digests[text]] += 1
                if row in rows:
                    shown[row] = digests[text]
    finally:
        csv.field_size_limit(before)
    return Cells(rows=shown, counts=counts)
