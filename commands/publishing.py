"""Building, planning and publishing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import timely
from commands.console import Desk, asked_for, common
from commands.deciding import stands
from commands.opened import opened_journal, surveyor
from commands.options import ENGINE, NAMES, OVERWRITE, TARGET, YES
from commands.plans import show

if TYPE_CHECKING:
    from catalog.journal import Journal
    from catalog.survey import Plan, Surveyor
    from metadata.finding import Finding
    from metadata.workspace import Workspace


@click.command()
@NAMES
@ENGINE
@common
def build(desk: Desk, names: tuple[str, ...], engine: str | None) -> int:
    """Make the releases: read, clean, package, validate, govern. Changes nothing but release/."""
    from pipelines import run

    workspace = desk.workspace
    with workspace.lock(), opened_journal(workspace) as journal:
        outcomes, code = built(desk, workspace, names, journal, engine)
    desk.result(run.document(outcomes, desk.lang))
    return code


@click.command()
@NAMES
@TARGET
@OVERWRITE
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for push --plan.")
@common
def plan(desk: Desk, names: tuple[str, ...], target: str, overwrite: bool, save: Path | None) -> int:
    """Show what publishing would change, field by field. Sends no writing request."""
    from catalog import survey

    workspace = desk.workspace
    with opened_journal(workspace) as journal, surveyor(workspace, target, journal, overwrite) as looking:
        made, code = planned(desk, workspace, names, looking, {})
    if save:
        survey.save(made, save)
        desk.say(desk.phrase("saved", file=save))
    desk.result(survey.document(made, desk.lang))
    return max(code, 1 if made.changes or made.refused else 0)


@click.command()
@NAMES
@TARGET
@OVERWRITE
@click.option("--plan", "saved", type=click.Path(dir_okay=False, path_type=Path), help="Apply a saved plan.")
@YES
@common
def push(desk: Desk, names: tuple[str, ...], target: str, overwrite: bool, saved: Path | None, yes: bool) -> int:
    """Apply the plan: send what differs, and nothing else."""
    from catalog.survey import Saved

    kept = Saved.open(saved) if saved else None
    if kept:
        target, names = kept.target, tuple(kept.basis)
    workspace = desk.workspace
    asked_for(yes)
    with (
        workspace.lock(),
        opened_journal(workspace) as journal,
        surveyor(workspace, target, journal, overwrite) as looking,
    ):
        made, code = planned(desk, workspace, names, looking, {})
        if kept:
            kept.check(made)
        return max(code, pushed(desk, looking, made, yes, {}))


@click.command()
@NAMES
@TARGET
@OVERWRITE
@ENGINE
@YES
@common
def publish(
    desk: Desk, names: tuple[str, ...], target: str, overwrite: bool, engine: str | None, yes: bool
) -> int:
    """Build and push: the main job."""
    from metadata.release import Report
    from pipelines import run

    workspace = desk.workspace
    asked_for(yes)
    with workspace.lock(), opened_journal(workspace) as journal:
        outcomes, code = built(desk, workspace, names, journal, engine)
        failed = {o.dataset: (o.error.as_finding(),) for o in outcomes if isinstance(o, run.Failure)}
        with surveyor(workspace, target, journal, overwrite) as looking:
            passed = {o.dataset: isinstance(o, Report) and o.passed for o in outcomes}
            going = tuple(name for name in passed if name not in failed)
            made, refused = planned(desk, workspace, going, looking, failed, passed)
            documents = run.document(outcomes, desk.lang)
            return max(code, refused, pushed(desk, looking, made, yes, documents))


def built(
    desk: Desk, workspace: Workspace, names: tuple[str, ...], journal: Journal, engine: str | None
) -> tuple[Any, int]:
    """Builds, tells what was found, and gives the outcomes and the exit code."""
    from catalog.journal import new_run
    from metadata.release import Report
    from pipelines import cluster, run

    with cluster.opened(engine or workspace.engine) as bench:
        outcomes = desk.watch(journal.record(run.build(workspace, names, bench, journal.figures), run=new_run()))
    outcomes = tuple(timely.seen(workspace, one) if isinstance(one, Report) else one for one in outcomes)
    failures = [outcome for outcome in outcomes if isinstance(outcome, run.Failure)]
    if len(outcomes) == 1 and failures:
        raise failures[0].error
    for outcome in outcomes:
        passed = isinstance(outcome, Report) and outcome.passed
        word = "built" if passed else "stopped"
        desk.say(desk.phrase(word, name=outcome.dataset), fg="green" if passed else "red")
        found = (outcome.error.as_finding(),) if isinstance(outcome, run.Failure) else outcome.findings
        if not desk.quiet:
            desk.findings(found)
            if isinstance(outcome, Report):
                stands(desk, workspace, outcome, journal)
    good = sum(isinstance(outcome, Report) and outcome.passed for outcome in outcomes)
    desk.say(desk.phrase("summary-build", passed=good, failed=len(outcomes) - good))
    return outcomes, max([failure.error.exit for failure in failures] + [int(good < len(outcomes))])


def planned(
    desk: Desk,
    workspace: Workspace,
    names: tuple[str, ...],
    looking: Surveyor,
    refused: Mapping[str, tuple[Finding, ...]],
    built: Mapping[str, bool] | None = None,
) -> tuple[Plan, int]:
    """The plan, shown; and the exit code of what could not be planned.

    `built`: after a build, which of the workspace's datasets passed; the others' findings have been told.
    """
    from catalog.survey import offered
    from pipelines.govern.names import desk_checked

    desk_checked(workspace)
    names = names if names or built is not None else workspace.names()
    offers, failed = offered(workspace, names)
    if failed and len(failed) == len(names):
        raise next(iter(failed.values()))
    stopped: dict[str, tuple[Finding, ...]] = {name: (error.as_finding(),) for name, error in failed.items()}
    old = {offer.dataset.name: timely.errors(workspace, offer.dataset) for offer in offers}
    stopped |= {name: late for name, late in old.items() if late}
    offers = [offer for offer in offers if not old[offer.dataset.name]]
    made = looking.plan(offers, {**refused, **stopped})
    show(desk, made, {name for name, passed in (built or {}).items() if not passed})
    return made, max((error.exit for error in failed.values()), default=0)


def pushed(desk: Desk, looking: Surveyor, made: Plan, yes: bool, more: Mapping[str, Any]) -> int:
    """Pushes a plan once somebody agrees; gives the exit code."""
    from catalog import push
    from catalog.journal import new_run

    run = None
    done = push.Pushed(refused=made.refused)
    unsigned = [one.name for one in made.courses if one.sends and one.verdict and one.verdict.missing]
    if unsigned:
        desk.say(desk.phrase("unsigned", names=", ".join(unsigned)))
    if made.sends and not desk.agree(desk.phrase("ask-push", target=made.target.name), yes):
        desk.say(desk.phrase("not-pushed"))
        desk.result({**push.document(made, done, None, desk.lang), **more})
        return 1
    if made.sends or push.learns(made):
        run = new_run()
        done = desk.watch(looking.journal.record(push.push(looking, made), run=run))
        late = {name: found for name, found in done.refused.items() if name not in made.refused}
        for name, findings in late.items():
            desk.say(desk.phrase("stopped", name=name), fg="red")
            desk.findings(findings)
    desk.result({**push.document(made, done, run, desk.lang), **more})
    counts = {"writes": len(done.receipts), "unchanged": made.unchanged, "refused": len(done.refused)}
    desk.say(desk.phrase("summary-push", **counts))
    return max(int(bool(done.refused)), done.exit)


COMMANDS = (build, plan, push, publish)
