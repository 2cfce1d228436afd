"""Whether a dataset's data are of a day that is still good: told with a build, and weighed again by each plan.

It depends on the day, so it stands in no report: a release says the same whenever it is read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metadata.dataset import Dataset
    from metadata.finding import Finding
    from metadata.release import Report
    from metadata.workspace import Workspace


def seen(workspace: Workspace, report: Report) -> Report:
    """A report, and how old the data are today."""
    return replace(report, findings=(*report.findings, *late(workspace, workspace.dataset(report.dataset))))


def errors(workspace: Workspace, dataset: Dataset) -> tuple[Finding, ...]:
    """What keeps a release back today: lateness, where the workspace calls it an error."""
    return tuple(found for found in late(workspace, dataset) if found.severity == "error")


def late(workspace: Workspace, dataset: Dataset) -> tuple[Finding, ...]:
    """`quality-timeliness` where the day that the description gives of its data is over by its own frequency."""
    from catalog.audit import freshness
    from metadata import clock
    from metadata.finding import Finding, Place
    from metadata.thresholds import thresholds

    limit = thresholds(workspace.thresholds)["timeliness"]
    described = {**dataset.about, "resources": [dict(one.about) for one in dataset.resources]}
    facts = freshness.dates(described)
    found = freshness.timed(facts, clock.today())
    days = found["late_days_data"]
    if days is None or limit.limit is None or days <= limit.limit:
        return ()
    values = {"days": days, "due": found["due"], "date": facts["data_date"], "limit": limit.limit}
    at = Place(dataset=dataset.name)
    return (Finding(rule="quality-timeliness", severity=limit.severity, at=at, values=values),)
