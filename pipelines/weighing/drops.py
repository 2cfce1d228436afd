"""Rules on what a release lost, or what changed in it, since the one that went out before: by their figures.

Names of categories are told only where the dictionary (`enum`) or the register of areas knows them, or where they
are new; never of a column that holds personal data, of which there are no figures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place
from metadata.rules import rule
from metadata.thresholds import Threshold
from pipelines.weighing.figures import Figures, digest

STEPS = (2, 3, 6)
"""Orders of magnitude by which numbers change when their unit does: percent, thousands, millions."""
NEAR = 0.12
"""How far the mean of the logarithms may be from such a step: the same numbers, a third more or less."""
NAMED = 5
"""Categories that a Finding names."""
LONGEST = 40
Limits = Mapping[str, Threshold]
Told = Mapping[str, Any]


@rule(
    "drop-rows", "drop-column", "drop-column-type", "drop-unit", "drop-magnitude", "drop-total", "drop-dates",
    "drop-category", "drop-category-new",
)  # fmt: skip
def drops(
    dataset: Dataset, resource: Resource, seen: Figures, now: Told, then: Told, limits: Limits
) -> Iterator[Finding]:
    """What `now` differs in from `then`: the figures of a resource's table and of the one that went out before."""
    place = Place(dataset=dataset.name, resource=resource.name)
    lost, limit = then["rows"] - now["rows"], limits["rows"]
    if limit.limit is not None and then["rows"] and lost * 100 >= limit.limit * then["rows"] and lost > 0:
        values = {"before": then["rows"], "after": now["rows"], "percent": round(lost * 100 / then["rows"], 1)}
        yield Finding(rule="drop-rows", severity=limit.severity, at=place, values=values)
    units = {key: value for key, value in (then.get("units") or {}).items() if value != now["units"].get(key)}
    if units:
        values = {"terms": sorted(units), "before": sorted(units.values())}
        yield Finding(rule="drop-unit", severity=limits["units"].severity, at=place, values=values)
    old = {column["name"]: column for column in then["columns"]}
    new = {column["name"]: column for column in now["columns"]}
    for name, before in old.items():
        at = Place(dataset=dataset.name, resource=resource.name, column=name)
        if name not in new:
            added = [label for label in new if label not in old]
            yield Finding(rule="drop-column", severity=limits["columns"].severity, at=at, values={"added": added})
        else:
            yield from _column(at, before, new[name], limits)
            yield from _categories(at, before, new[name], resource, seen, limits["categories"])


def _column(at: Place, before: Told, after: Told, limits: Limits) -> Iterator[Finding]:
    if before["type"] != after["type"]:
        values = {"before": before["type"], "after": after["type"]}
        yield Finding(rule="drop-column-type", severity=limits["columns"].severity, at=at, values=values)
        return
    if before.get("unit") != after.get("unit"):
        values = {"before": before.get("unit", ""), "after": after.get("unit", "")}
        yield Finding(rule="drop-unit", severity=limits["units"].severity, at=at, values=values)
    elif step := _step(before, after):
        values = {"times": 10 ** abs(step), "larger": step > 0}
        yield Finding(rule="drop-magnitude", severity=limits["units"].severity, at=at, values=values)
    elif "total" in before and "total" in after:
        times, limit = _times(before["total"], after["total"]), limits["totals"]
        if limit.limit is not None and times is not None and not 1 / limit.limit < times < limit.limit:
            values = {"before": before["total"], "after": after["total"], "limit": limit.limit}
            yield Finding(rule="drop-total", severity=limit.severity, at=at, values=values)
    if before.get("newest", "") > after.get("newest", "") != "":
        values = {"before": before["newest"], "after": after["newest"]}
        yield Finding(rule="drop-dates", severity=limits["dates"].severity, at=at, values=values)


def _step(before: Told, after: Told) -> int:
    """By how many orders of magnitude all numbers are larger, where that is a change of unit; else 0."""
    shift = after["log"] - before["log"] if "log" in before and "log" in after else 0.0
    return next((round(shift) for step in STEPS if abs(abs(shift) - step) <= NEAR), 0)


def _times(before: float, after: float) -> float | None:
    """How many times as large a total is; None where it was nothing; 0 where its sign changed."""
    return max(after / before, 0.0) if before else None


def _categories(
    at: Place, before: Told, after: Told, resource: Resource, seen: Figures, limit: Threshold
) -> Iterator[Finding]:
    """A column that had few values and still has few: those that are gone, those that are new."""
    if "values" not in before or "values" not in after:
        return
    gone, new = (
        set(one) - set(other)
        for one, other in ((before["values"], after["values"]), (after["values"], before["values"]))
    )
    if gone:
        names = _named(_known(resource, str(at.column)), gone, resource, str(at.column))
        values = {"count": len(gone), "of": len(before["values"]), "names": names}
        yield Finding(rule="drop-category", severity=limit.severity, at=at, values=values)
    if new:
        column = seen.columns.get(str(at.column))  # none of a name that is masked
        names = _named((column and column.texts) or (), new, resource, str(at.column))
        values = {"count": len(new), "of": len(after["values"]), "names": names}
        yield Finding(rule="drop-category-new", severity=limit.severity, at=at, values=values)


def _known(resource: Resource, column: str) -> Iterator[str]:
    """What the column may hold as far as it is written anywhere: the dictionary's own list, provinces."""
    from metadata.areas import provinces

    for field in (resource.schema or {}).get("fields", ()):
        if field.get("name") == column:
            yield from map(str, (field.get("constraints") or {}).get("enum", ()))
    for area in provinces():
        yield from (area.name, area.code, area.name_en)


def _named(
    texts: Collection[str] | Iterator[str], digests: set[str], resource: Resource, column: str
) -> list[str]:
    found = {text for text in texts if digest(resource.name, column, text) in digests}
    return [text[:LONGEST] for text in sorted(found)[:NAMED]]
