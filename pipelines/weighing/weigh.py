"""How good a release is, and what changed since the one before: the figures that the next one is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding
from metadata.thresholds import thresholds
from pipelines.weighing import drops, good
from pipelines.weighing.figures import Figures

UNITS = ("unit_of_measure", "unit_of_multiplier")
"""Terms of a dataset that say what its numbers are in; a resource's own begin with `resource_`."""


class Weighed(NamedTuple):
    """The figures of a release, by resource, and what was found."""

    figures: dict[str, Any]
    findings: tuple[Finding, ...]


def weighed(
    dataset: Dataset,
    seen: Mapping[str, Figures],
    profiles: Mapping[str, Mapping[str, Any]],
    found: Iterable[Finding],
    given: Mapping[str, Any],
    then: Mapping[str, Any],
) -> Weighed:
    """Weighs a release that was made.

    `found` tells which columns hold personal data: nothing is kept of these. `given`: the workspace's
    `thresholds`; `then`: the figures of the release that went out last, by resource, or nothing.
    """
    limits, found = thresholds(given), tuple(found)
    secret = {(one.at.resource, one.at.column) for one in found if one.rule.startswith("personal-")}
    figures: dict[str, Any] = {}
    findings = list(good.across(dataset, seen, limits["files"]))
    for resource in dataset.resources:
        if resource.name not in seen:
            continue
        hidden = {str(column) for name, column in secret if name == resource.name}
        now = {**seen[resource.name].told(resource.name, hidden), "units": _units(dataset, resource)}
        figures[resource.name] = now
        findings += good.measures(dataset, resource, profiles[resource.name]["quality"], limits, found)
        if before := then.get(resource.name):
            findings += drops.drops(dataset, resource, seen[resource.name], now, before, limits)
    return Weighed(figures, tuple(findings))


def _units(dataset: Dataset, resource: Resource) -> dict[str, str]:
    known = {term: dataset.about.get(term) for term in UNITS}
    known |= {f"resource_{term}": resource.about.get(f"resource_{term}") for term in UNITS}
    return {term: str(value) for term, value in known.items() if value}
