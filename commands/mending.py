"""Mending what needs no judgement in the descriptions on the desk."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, asked_for, common, unchanged
from commands.opened import opened_journal, own_standard
from commands.options import NAMES, YES

if TYPE_CHECKING:
    from catalog.audit.fixing.mend_desk import Change, Mended
    from metadata.errors import SaphanError
    from metadata.workspace import Workspace


def pairs(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, list[str]]:
    """FIELD=VALUE, each field with its values."""
    found: dict[str, list[str]] = {}
    for one in given:
        field, sign, value = one.partition("=")
        if not sign or not field.strip() or not value.strip():
            raise click.BadParameter(f"{one!r} is not FIELD=VALUE")
        found.setdefault(field.strip(), []).append(value)
    return found


@click.command()
@NAMES
@click.option("--dry-run", is_flag=True, help="Show what would be changed, and change nothing.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="FIELD=VALUE",
    callback=pairs,
    help="Also write what only a person can say, in one dataset; again for a list.",
)
@YES
@common
def fix(desk: Desk, names: tuple[str, ...], dry_run: bool, given: dict[str, list[str]], yes: bool) -> int:
    """Mend what needs no judgement in datapackage.yaml: spellings, dates, what the files tell."""
    if given and len(names) != 1:
        raise click.UsageError("--set needs the NAME of one dataset")
    workspace = desk.workspace
    if not dry_run:
        asked_for(yes)
    with nullcontext() if dry_run else workspace.lock() as lock:
        found, failed = looked(workspace, names, given)
        show(desk, found, failed)
        changes = sum(len(one.changes) for one in found)
        run, written = None, 0
        if changes and not dry_run:
            if desk.agree(desk.phrase("fix-ask"), yes, lock):
                now, _ = looked(workspace, names, given)
                unchanged(one.name for one in (*found, *now) if one not in found or one not in now)
                run, written = mend(desk, workspace, found)
            else:
                desk.say(desk.phrase("not-fixed"))
    desk.result(document(desk, found, failed, run, written))
    return int(bool(failed) or bool(changes and not written))


def looked(
    workspace: Workspace, names: tuple[str, ...], given: dict[str, list[str]]
) -> tuple[list[Mended], dict[str, SaphanError]]:
    """What would be changed in each dataset; one whose file is invalid stands aside, unless it alone is asked."""
    from catalog.audit.fixing.mend_desk import mended
    from metadata.errors import SetupError

    standard = own_standard(workspace)
    found: list[Mended] = []
    failed: dict[str, SaphanError] = {}
    for name in names or workspace.names():
        try:
            found.append(mended(workspace, name, standard, given))
        except SetupError as error:
            if len(names) == 1:
                raise
            failed[name] = error
    return found, failed


def show(desk: Desk, found: list[Mended], failed: dict[str, SaphanError]) -> None:
    """Each change, field by field: what stands there, and what is to."""
    from catalog.audit.fixing.fixes import shown
    from commands.plans import brief

    if not any(one.changes for one in found):
        desk.say(desk.phrase("fix-none"))
    for one in found:
        if one.changes:
            desk.say(desk.phrase("fix-title", name=one.name, count=len(one.changes)), bold=True)
        for change in one.changes:
            facts = {"before": brief(shown(change.before)), "after": brief(shown(change.after))}
            desk.say("  " + desk.phrase("fix-line", key=change.key, before=facts["before"], value=facts["after"]))
        for change in one.left:
            desk.say("  " + desk.phrase("fix-left", name=one.name, key=change.key), fg="yellow")
    if not desk.quiet:
        desk.findings(tuple(error.as_finding() for error in failed.values()))


def mend(desk: Desk, workspace: Workspace, found: list[Mended]) -> tuple[str, int]:
    """Writes the files and journals it; the run, and how many were written."""
    from catalog.audit.fixing.mend_desk import write
    from catalog.journal import new_run

    run = new_run()
    with opened_journal(workspace) as journal:
        written = desk.watch(journal.record(write(found), run=run))
    changed = [one for one in found if one.changes]
    count = sum(len(one.changes) for one in changed)
    desk.say(desk.phrase("fix-done", count=count, datasets=written))
    desk.say(desk.phrase("fix-next", names=" ".join(one.name for one in changed)))
    return run, written


def document(
    desk: Desk, found: list[Mended], failed: dict[str, SaphanError], run: str | None, written: int
) -> dict[str, Any]:
    """What `--json` prints."""
    from metadata.wording import finding

    datasets = [
        {
            "name": one.name,
            "changes": [told(desk, one.name, change) for change in one.changes],
            "left": [told(desk, one.name, change) for change in one.left],
        }
        for one in found
    ]
    refused = [
        {"dataset": name, "findings": [finding(error.as_finding(), desk.lang)]} for name, error in failed.items()
    ]
    return {"run": run, "datasets": datasets, "refused": refused, "written": written}


def told(desk: Desk, name: str, change: Change) -> dict[str, Any]:
    """A change with its sentence."""
    from catalog.audit.fixing.fixes import shown

    facts = {"label": dict(change.label), "field": change.field, "name": name, "resource": change.resource or ""}
    facts |= {"before": shown(change.before), "value": shown(change.after)}
    return {**change.to_json(), "message": desk.phrase(f"fix-{change.fix}", **facts)}


COMMANDS = (fix,)
