"""NECTEC's quality of a dataset, from what was measured of its files.

Formulas: ckanext-dquality `quality.py` (3bd7e5f), `calculate_cumulative_metric` of each dimension; what "good" is:
`utils.py`, `get_quality_counts`. What was not looked at is null here, and no zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from catalog.audit.entry import Entry
from catalog.audit.formats import format_of, is_dictionary, made_by_portal, table

TABLES = ("csv", "tsv", "xls", "xlsx", "ods", "json", "jsonl", "parquet")
"""Formats whose files are tables to be measured."""
MEASURED = ("completeness", "uniqueness", "consistency", "consistency_by_first")
UNDEFINED = -1
"""Level and freshness where the unit of the update frequency is no number of days."""


def measured(entry: Entry, package: Mapping[str, Any]) -> dict[str, Any]:
    """Facts `quality.*` in percent, each null where something of it was not looked at; `quality.tables` counts."""
    seen, reach = entry.seen.get("quality") or {}, entry.seen.get("reach") or {}
    data = [one for one in package.get("resources") or () if _is_data(str(one.get("name") or ""))]
    found: list[Mapping[str, Any] | None] = [
        seen.get(str(one.get("id"))) if _is_table(one, seen) else {} for one in data
    ]
    tables = [one for one in found if one != {}]
    there = [_available(one, reach) for one in data]
    preview = [bool(one.get("datastore_active")) for one in data]
    made = {
        "tables": len(tables),
        # what is no table, or an empty one, has no validity and is counted
        "validity": None
        if None in found
        else _share([one.get("validity") or 0.0 for one in found if one is not None]),
        **{name: _mean(tables, name) for name in MEASURED},
        "availability": None if None in there else _percent(sum(map(bool, there)), len(there)),
        # as the extension counts: of those that have one, all have one
        "preview": 100.0 if any(preview) else 0.0,
        "relevance": _relevance(package),
    }
    return {f"quality.{name}": value for name, value in made.items()}


def timed(facts: Mapping[str, Any], today: date) -> dict[str, Any]:
    """What depends on the day: `quality.freshness` in percent of the cycle, and `quality.timeliness`, 0 to 4.

    By the newest file, so that one hides the others; -1 where the cycle is not known.
    """
    put, cycle = facts["checked_date"], facts["cycle_days"]
    freshness: float | None = None
    level: int | None = None
    if not cycle:
        freshness = level = UNDEFINED
    elif put:
        elapsed = (today - date.fromisoformat(put)).days
        freshness = (cycle - elapsed) / cycle * 100
        over = max(0, elapsed - cycle) / cycle
        level = 0 if not over else next((one for one, part in table()["lateness"].items() if over <= part), 4)
    return {"quality.freshness": freshness, "quality.timeliness": level}


def _is_data(name: str) -> bool:
    return not is_dictionary(name) and not made_by_portal(name)


def _is_table(resource: Mapping[str, Any], seen: Mapping[str, Any]) -> bool:
    form = format_of(str(resource.get("format") or ""), str(resource.get("url") or ""))
    return form.name in TABLES or str(resource.get("id")) in seen


def _available(resource: Mapping[str, Any], reach: Mapping[str, Any]) -> bool | None:
    """Whether the file can be had, or its table by the API."""
    answers = (reach.get(str(resource.get("id"))) or {}).get("ok")
    return True if resource.get("datastore_active") else answers


def _mean(found: Sequence[Mapping[str, Any] | None], name: str) -> float | None:
    """The mean of a measure; 0 where nothing has one, null where something that has one was not measured."""
    if any(one is None for one in found):
        return None
    return _share([one[name] for one in found if one is not None and one.get(name) is not None])


def _share(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _percent(part: int, whole: int) -> float:
    return part / whole * 100 if whole else 0.0


def _relevance(package: Mapping[str, Any]) -> float | None:
    """Downloads of its files for each view of its page, at most one; null where nobody counts them."""
    views = _total(package)
    downloads = [_total(one) for one in package.get("resources") or ()]
    if views is None or None in downloads:
        return None
    return min(100.0, sum(filter(None, downloads)) / views * 100) if views else 0.0


def _total(one: Mapping[str, Any]) -> int | None:
    counted = one.get("tracking_summary")
    total = counted.get("total") if isinstance(counted, Mapping) else None
    return total if isinstance(total, int) else None
