"""How good data must be, and what must not happen from one release to the next: what holds where nothing is said.

`thresholds:` of `workspace.yaml` sets each limit, or how grave it is when it is passed, or both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metadata.finding import Severity


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit (none where there is nothing to measure, but something is or is not), and its Finding's severity."""

    limit: float | None
    severity: Severity = "warning"


DEFAULTS: Mapping[str, Threshold] = {
    "completeness": Threshold(80.0),  # percent of the cells that hold something, at least
    "validity": Threshold(0.0),  # percent of the records that are as the schema says; each other one is an error
    "uniqueness": Threshold(90.0),  # percent of the records that are there once, at least
    "consistency": Threshold(90.0),  # percent of the cells that are of their column's type, at least
    "timeliness": Threshold(0.0),  # days late, at most
    "files": Threshold(None),  # a column that two files of a dataset hold in two ways
    "rows": Threshold(50.0),  # percent of the rows that may be gone since the last release, less than
    "totals": Threshold(3.0),  # times a column's total of the last release, less than
    "units": Threshold(None),  # a column's unit is another, or its numbers are 100 or 1,000 times as large
    "columns": Threshold(None),  # a column is gone or of another type
    "categories": Threshold(None),  # a category is gone or new
    "dates": Threshold(None),  # the newest date is older than the last release's
}
"""Measures by the Digital Government Board's standard 5 : 2565 (the first five and `files`); then differences."""
LEAST: Mapping[str, int] = {"k": 5, "small_cell": 5}
"""Rows of a group of persons, and persons of a count, at least. No law has a number."""


def thresholds(given: Mapping[str, Any]) -> dict[str, Threshold]:
    """Every threshold, those of a workspace first."""
    made = {}
    for name, default in DEFAULTS.items():
        own = {key: value for key, value in (given.get(name) or {}).items() if value is not None}
        limit = own.get("limit", default.limit)
        made[name] = Threshold(None if limit is None else float(limit), own.get("severity", default.severity))
    return made
