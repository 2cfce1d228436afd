"""How things stand, on one screen: the datasets, what the public says, this month's use, and the latest runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, common
from commands.opened import local_portal, opened_journal
from commands.voices import told_waiting, waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.journal import Journal
    from catalog.portal.local import LocalPortal
    from catalog.store.used import Used
    from metadata.workspace import Workspace

WAITING = ("review", "certified", "awaiting", "unknown")
"""States of a release that somebody must sign, or look at."""
RUNS, SHOWN = 5, 8
"""Runs told; datasets named on a terminal, those that need a person. `--json` has all."""


@click.command()
@common
def status(desk: Desk) -> int:
    """How things stand: datasets, what the public says, this month's use, the latest runs."""
    workspace = desk.workspace
    with local_portal(workspace) as portal, opened_journal(workspace) as journal:
        document = {
            "agency": workspace.agency.title,
            "target": "local",
            "datasets": [
                {**dataset(workspace, portal, name), **release(workspace, journal, name)}
                for name in workspace.names()
            ],
            "waiting": waiting(portal),
            "usage": usage(portal),
            "recalls": recalled(portal),
            "runs": [one._asdict() for one in journal.runs(RUNS)],
        }
    desk.result(document)
    told(desk, document)
    return 0


def dataset(workspace: Workspace, portal: LocalPortal, name: str) -> dict[str, Any]:
    """A dataset of the desk: where it stands in our catalog, and when it is due."""
    from catalog.audit import freshness
    from catalog.audit.described import flat
    from metadata import clock
    from metadata.errors import Refused

    found: Mapping[str, Any] | None
    try:
        found = portal.call_action("package_show", {"id": name})
    except Refused:
        found = None
    if found is not None and found["state"] != "active":
        found = None
    state = "absent" if found is None else "private" if found["private"] else "public"
    due = freshness.timed(freshness.dates(flat(found)), clock.today())["due"] if found else None
    return {"name": name, "state": state, "due": due}


def release(workspace: Workspace, journal: Journal, name: str) -> dict[str, Any]:
    """Where the release that was built last stands on its way out (`catalog.decisions.state`), and how many of its
    errors no decision covers; both None where there is no release. `unknown`: the desk's files cannot be read.
    """
    from catalog.decisions.gate import uncovered
    from catalog.decisions.state import state
    from commands.deciding import case_of
    from metadata import stored
    from metadata.errors import SetupError

    told: dict[str, Any] = {"findings": None, "approval": None}
    try:
        report = stored.reported(workspace.dataset(name))
        if report:
            told["findings"] = sum(one.severity == "error" for one in report.findings)
            case = case_of(workspace, report, journal, "local")
            told |= {"findings": len(uncovered(case)), "approval": state(case)}
    except (SetupError, OSError, ValueError):
        told["approval"] = "unknown"  # what is wrong with it is told where it is built
    return told


def usage(portal: LocalPortal) -> dict[str, Any] | None:
    """This month's use of the public datasets; None where it is not counted."""
    from catalog.store import used
    from catalog.store.database import reading
    from metadata import clock

    if portal.usage is None:
        return None
    today = clock.today()
    with reading(portal.engine) as connection:
        trend = used.trend(connection, today)
        robots = used.totals(connection, today.replace(day=1), today, robots=True)
    before = named(trend.before) if trend.before else None
    return {"people": named(trend.now), "before": before, "robots": named(robots)}


def recalled(portal: LocalPortal) -> list[dict[str, Any]]:
    """What was recalled, and where it may still stand."""
    from catalog.store import recalls
    from catalog.store.database import reading

    with reading(portal.engine) as connection:
        found = recalls.listed(connection)
    names = ("dataset", "release", "at", "reopened")
    return [
        {"recall": one.id, **{name: getattr(one, name) for name in names}, "waiting": list(one.waiting)}
        for one in found
    ]


def named(times: Used) -> dict[str, int]:
    """As the numbers are called in the open data (`/usage.csv`)."""
    return {"view": times.page, "download": times.file, "api": times.api}


def told(desk: Desk, document: Mapping[str, Any]) -> None:
    """The same for people: what needs one of them first."""
    from metadata import clock

    today = clock.today().isoformat()
    datasets = document["datasets"]
    shown = sum(one["state"] == "public" for one in datasets)
    desk.say(desk.phrase("status-head", agency=document["agency"], count=len(datasets), public=shown), bold=True)
    recalls = {one["dataset"]: one["recall"] for one in document["recalls"] if not one["reopened"]}
    late = {one["name"] for one in datasets if (one["due"] or today) < today}
    needy = [
        one
        for one in datasets
        if one["findings"] or one["state"] == "absent" or one["name"] in late or one["approval"] in WAITING
    ]
    for one in sorted(needy, key=lambda one: (not one["findings"], one["due"] or today))[:SHOWN]:
        parts = [desk.phrase("status-absent")] if one["state"] == "absent" else []
        if recall := recalls.get(one["name"]):
            parts = [desk.phrase("status-recalled", recall=recall)]
        if one["findings"]:
            parts.append(desk.phrase("status-errors", count=one["findings"]))
        if one["approval"] in WAITING:
            parts.append(desk.phrase(f"state-{one['approval']}", name=one["name"]))
        if one["name"] in late:
            parts.append(desk.phrase("status-overdue", day=clock.day(one["due"], desk.lang)))
        desk.say(f"  {one['name']}: {' · '.join(parts)}", fg="red" if one["findings"] else "yellow")
    if len(needy) > SHOWN:
        desk.say("  " + desk.phrase("status-more", count=len(needy) - SHOWN))
    for one in document["recalls"]:
        if one["waiting"]:
            facts = {"dataset": one["dataset"], "targets": ", ".join(one["waiting"])}
            desk.say(desk.phrase("status-recall", **facts), fg="red")
    told_waiting(desk, document["waiting"])
    if use := document["usage"]:
        desk.say(desk.phrase("status-usage", **use["people"], robots=sum(use["robots"].values())))
        if use["before"]:
            desk.say("  " + desk.phrase("status-usage-before", **use["before"]))
    for run in document["runs"]:
        facts = {**run, "day": clock.day(run["ended"], desk.lang)}
        desk.say(desk.phrase("status-run", **facts), fg="red" if run["kind"] == "failed" else None)


COMMANDS = (status,)
