"""How promises stand: what is reached, what is due next, and whether the agency is on track."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path
from typing import Any, Literal, Protocol

from metadata.finding import Finding
from metadata.fiscal import Period, first_day, last_day, periods, told
from metadata.promise import DECLARED, GROWING, STANDING, Figure, Promise
from metadata.wording import Language, number

NOTHING = 1e-9
"""Less than this is a computer's rounding."""
State = Literal["reached", "on-track", "behind", "missed", "unknown"]


class Known(Protocol):
    """Where derived figures come from (`catalog/audit/overtime/figures.py`)."""

    def at(self, source: str, first: date, day: date) -> float | None:
        """The figure of a source of a year that began with `first`, as of a day; None: not known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A quarter or a round. `due`: what must be reached by its end, None where nothing is; `value`: what was."""

    period: Period
    due: float | None
    value: float | None
    over: bool

    @property
    def met(self) -> bool | None:
        """Whether it was reached; None while it is not over, or not known, or nothing was due."""
        if not self.over or self.due is None or self.value is None:
            return None
        return self.value >= self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A promise in a fiscal year, as of a day."""

    promise: Promise
    year: int
    day: date
    target: float
    value: float | None
    told: tuple[Told, ...]
    evidence: Figure | None = None
    """The declared figure that counts, where it is one."""

    @property
    def state(self) -> State:
        """How it stands: against the year's target, else against what was due last."""
        if self.value is not None and self.value >= self.target:
            return "reached"
        if self.day >= last_day(self.year):
            return "unknown" if self.value is None else "missed"
        last = next((one for one in reversed(self.told) if one.over and one.due is not None), None)
        if last is None:
            return "on-track"
        if self.value is None:
            return "unknown"
        return "on-track" if self.value >= (last.due or 0) else "behind"

    @property
    def next(self) -> Told | None:
        """What is due next."""
        return next((one for one in self.told if not one.over and one.due is not None), None)

    def to_json(self, lang: Language) -> dict[str, Any]:
        """As `--json` prints it."""
        made: dict[str, Any] = {
            "indicator": self.promise.indicator,
            "title": self.promise.title[lang],
            "unit": self.promise.unit[lang],
            "year": self.year,
            "date": self.day.isoformat(),
            "source": self.promise.source,
            "evidence": "declared" if self.promise.source == DECLARED else "derived",
            "target": self.target,
            "value": self.value,
            "state": self.state,
            "periods": [
                {
                    "months": one.period.months,
                    "ends": one.period.last.isoformat(),
                    "due": one.due,
                    "value": one.value,
                    "met": one.met,
                }
                for one in self.told
            ],
        }
        if self.evidence:
            made["file"], made["sha256"] = self.evidence.file, self.evidence.sha256
        return made


def standings(
    promises: Sequence[Promise], year: int, day: date, known: Known, folder: Path
) -> tuple[tuple[Standing, ...], tuple[Finding, ...]]:
    """The promises for a year as they stand on a day of it (at most its last one), and what is wrong.

    `folder`: the workspace's, whose files show the declared figures.
    """
    day = min(day, last_day(year))
    findings: list[Finding] = []
    made = []
    for promise in promises:
        if year in promise.targets:
            holding, found = _holding(promise, folder)
            made.append(_standing(promise, year, day, known, holding))
            findings += [*found, *_late(made[-1])]
    return tuple(made), tuple(findings)


def _standing(promise: Promise, year: int, day: date, known: Known, holding: Sequence[Figure]) -> Standing:
    given = promise.targets[year]
    first = first_day(year)
    declared = promise.source == DECLARED

    def figure(until: date) -> Figure | None:
        return max((one for one in holding if first <= one.day <= until), key=lambda one: one.day, default=None)

    def value(until: date) -> float | None:
        if declared:
            found = figure(until)
            return found.value if found else None
        return known.at(promise.source, first, until)

    parts = []
    due = _dues(promise, year, known)
    for period in periods(year, promise.by):
        over = period.last <= day
        reached = value(period.last) if over else None
        parts.append(Told(period=period, due=due.get(period.months), value=reached, over=over))
    return Standing(
        promise=promise,
        year=year,
        day=day,
        target=given.get(12, max(given.values(), default=0.0)),
        value=value(day),
        told=tuple(parts),
        evidence=figure(day) if declared else None,
    )


def _dues(promise: Promise, year: int, known: Known) -> Mapping[int, float]:
    """Months → what is due. Between what was promised, counts are expected to grow evenly; a score is not."""
    given = dict(promise.targets[year])
    if promise.source not in (*GROWING, *STANDING):
        return given
    points = {0: _start(promise, year, known), **given}
    due = {}
    for period in periods(year, promise.by):
        before = max(month for month in points if month <= period.months)
        after = min((month for month in points if month >= period.months), default=before)
        way = (period.months - before) / (after - before) if after > before else 0.0
        even = points[before] + (points[after] - points[before]) * way
        due[period.months] = (
            even if period.months in given else ceil(even - NOTHING)
        )  # nobody opens half a dataset
    return due


def _start(promise: Promise, year: int, known: Known) -> float:
    """What the year began with."""
    if promise.source in GROWING:
        return 0.0
    first = first_day(year)
    found = known.at(promise.source, first, first - timedelta(days=1))
    return found if found is not None else promise.targets.get(year - 1, {}).get(12, 0.0)


def _holding(promise: Promise, folder: Path) -> tuple[list[Figure], list[Finding]]:
    """The declared figures whose file is what it was when it was given, and what is wrong with the others."""
    holding, findings = [], []
    for figure in promise.figures:
        values = {"indicator": promise.indicator, "day": told(figure.day), "file": figure.file}
        try:
            now = hashlib.sha256((folder / figure.file).read_bytes()).hexdigest()
        except OSError:
            findings.append(Finding(rule="promise-file-missing", values=values))
            continue
        if figure.sha256 is None:
            findings.append(Finding(rule="promise-file-hash", values={**values, "now": now}))
        elif now != figure.sha256:
            findings.append(Finding(rule="promise-file-changed", values={**values, "now": now}))
        else:
            holding.append(figure)
    return holding, findings


def _late(standing: Standing) -> Iterator[Finding]:
    if standing.state in ("behind", "missed"):
        due = [one for one in standing.told if one.over and one.due is not None][-1:]
        wanted = due[0].due if standing.state == "behind" and due else standing.target
        values = {
            "indicator": standing.promise.indicator,
            "title": dict(standing.promise.title),
            "unit": dict(standing.promise.unit),
            "value": number(standing.value),
            "due": number(wanted),
            "target": number(standing.target),
            "year": standing.year,
            "ends": told(last_day(standing.year)),
        }
        rule = "promise-behind" if standing.state == "behind" else "promise-missed"
        yield Finding(rule=rule, severity="warning", values=values)
