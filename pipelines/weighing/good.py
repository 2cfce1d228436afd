"""Rules on how good a release's data are, against the workspace's thresholds: `docs/quality.md`.

Of the dimensions of the Digital Government Board's standard 5 : 2565: completeness, validity, uniqueness and
consistency of each table (`pipelines.quality`), and whether the dataset's files hold a column they share in one
way. Timeliness depends on the day: `saphan audit` tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place
from metadata.rules import rule
from metadata.thresholds import Threshold
from pipelines.validate import TYPES
from pipelines.weighing.figures import Figures, categories

MEASURES = {
    "completeness": "quality-completeness",
    "validity": "quality-validity",
    "uniqueness": "quality-uniqueness",
    "consistency": "quality-consistency",
}
TOLD = ("type", "format", "unit")
"""What two files must say alike of a column that they share."""


@rule(*MEASURES.values())
def measures(
    dataset: Dataset,
    resource: Resource,
    quality: Mapping[str, Any],
    limits: Mapping[str, Threshold],
    found: Iterable[Finding] = (),
) -> Iterator[Finding]:
    """A table's measures reach their thresholds. A table without records has none.

    What NECTEC calls validity holds of every release: here it is the share of records in which the judge, whose
    verdict is in `found`, saw nothing wrong.
    """
    if records := quality.get("records"):
        wrong = {one.at.row for one in found if one.at.resource == resource.name and one.rule in TYPES} - {None, 1}
        quality = {**quality, "validity": (records - min(len(wrong), records)) / records * 100}
    for name, told in MEASURES.items():
        value, limit = quality.get(name), limits[name]
        if value is not None and limit.limit is not None and value < limit.limit:
            # down, so that 89.96 is not told as 90
            values = {"percent": int(value * 10) / 10, "limit": limit.limit}
            at = Place(dataset=dataset.name, resource=resource.name)
            yield Finding(rule=told, severity=limit.severity, at=at, values=values)


@rule("quality-files-column", "quality-files-values")
def across(dataset: Dataset, seen: Mapping[str, Figures], limit: Threshold) -> Iterator[Finding]:
    """Files of one dataset hold a column of one name in one way: the same type and unit, values that meet."""
    for one, other in combinations([each for each in dataset.resources if each.name in seen], 2):
        here, there = _fields(one), _fields(other)
        for name in [name for name in there if name in here]:
            at = Place(dataset=dataset.name, resource=other.name, column=name)
            differing = [key for key in TOLD if _said(here[name], key) != _said(there[name], key)]
            if differing:
                values = {"other": one.name, "properties": differing}
                yield Finding(rule="quality-files-column", severity=limit.severity, at=at, values=values)
            elif _apart(seen[one.name], seen[other.name], name):
                values = {"other": one.name}
                yield Finding(rule="quality-files-values", severity=limit.severity, at=at, values=values)


def _fields(resource: Resource) -> dict[str, Mapping[str, Any]]:
    return {str(field.get("name")): field for field in (resource.schema or {}).get("fields", ())}


def _said(field: Mapping[str, Any], key: str) -> Any:
    return field.get(key) or {"type": "any", "format": "default"}.get(key)


def _apart(one: Figures, other: Figures, name: str) -> bool:
    """Whether both have categories in that column, and none in common: codes here, names there."""
    if name not in one.columns or name not in other.columns:
        return False
    here, there = categories(one.columns[name], one.rows), categories(other.columns[name], other.rows)
    return bool(here and there) and not here & there
