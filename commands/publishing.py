"""Building, planning and publishing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import timely
from commands.console import Desk, asked_for, common, unchanged
from commands.deciding import stands
from commands.opened import opened_journal, surveyor
from commands.options import ENGINE, NAMES, OVERWRITE, TARGET, YES
from commands.plans import show

if TYPE_CHECKING:
    from catalog.journal import Journal
    from catalog.survey import Plan, Saved, Surveyor
    from metadata.finding import Finding
    from metadata.state import Lock
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

    with planned(desk, Aim(names=names, target=target, overwrite=overwrite)) as (_, made, code):
        show(desk, made, ())
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
    asked_for(yes)
    with desk.workspace.lock() as lock:
        return pushed(desk, Aim(names=names, target=target, overwrite=overwrite), lock, yes, {}, kept)


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
    with workspace.lock() as lock:
        with opened_journal(workspace) as journal:
            outcomes, code = built(desk, workspace, names, journal, engine)
        failed = {o.dataset: (o.error.as_finding(),) for o in outcomes if isinstance(o, run.Failure)}
        passed = {o.dataset: isinstance(o, Report) and o.passed for o in outcomes}
        aim = Aim(names=names, target=target, overwrite=overwrite, failed=failed, passed=passed)
        return max(code, pushed(desk, aim, lock, yes, run.document(outcomes, desk.lang)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is to go out, and where to."""

    names: tuple[str, ...]
    """All of the workspace's where none is named."""
    target: str
    overwrite: bool
    failed: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict, hash=False)
    """After a build: what could not be built."""
    passed: Mapping[str, bool] | None = field(default=None, hash=False)
    """After a build: which of the datasets passed. All that was found in them has been told."""


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


@contextmanager
def planned(desk: Desk, aim: Aim) -> Iterator[tuple[Surveyor, Plan, int]]:
    """The plan as things stand, what carries it out, and the exit code of what could not be planned."""
    from catalog.survey import offered
    from pipelines.govern.names import desk_checked

    workspace = desk.workspace
    with (
        opened_journal(workspace) as journal,
        surveyor(workspace, aim.target, journal, aim.overwrite) as looking,
    ):
        desk_checked(workspace)
        built = [name for name in aim.passed or () if name not in aim.failed]
        names = built if aim.passed is not None else aim.names or workspace.names()
        offers, failed = offered(workspace, names)
        if failed and len(failed) == len(names):
            raise next(iter(failed.values()))
        stopped: dict[str, tuple[Finding, ...]] = {name: (error.as_finding(),) for name, error in failed.items()}
        old = {offer.dataset.name: timely.errors(workspace, offer.dataset) for offer in offers}
        stopped |= {name: late for name, late in old.items() if late}
        offers = [offer for offer in offers if not old[offer.dataset.name]]
        made = looking.plan(offers, {**aim.failed, **stopped})
        yield looking, made, max((error.exit for error in failed.values()), default=0)


def pushed(desk: Desk, aim: Aim, lock: Lock, yes: bool, more: Mapping[str, Any], kept: Saved | None = None) -> int:
    """Shows the plan, and pushes it once somebody agrees; gives the exit code. `kept`: what it must be."""
    from catalog import push
    from catalog.survey import moved

    with planned(desk, aim) as (looking, made, code):
        show(desk, made, {name for name, passed in (aim.passed or {}).items() if not passed})
        if kept:
            kept.check(made)
        if made.unsigned:
            desk.say(desk.phrase("unsigned", names=", ".join(made.unsigned)))
        if yes or not made.sends:
            return max(code, carried_out(desk, looking, made, more))
    if not desk.agree(desk.phrase("ask-push", target=made.target.name), yes, lock):
        desk.say(desk.phrase("not-pushed"))
        desk.result({**push.document(made, push.Pushed(refused=made.refused), None, desk.lang), **more})
        return max(code, 1)
    with planned(desk, aim) as (looking, now, code):
        unchanged(moved(made, now))
        return max(code, carried_out(desk, looking, now, more))


def carried_out(desk: Desk, looking: Surveyor, made: Plan, more: Mapping[str, Any]) -> int:
    """Carries a plan out, and tells what was done; gives the exit code."""
    from catalog import push
    from catalog.journal import new_run

    run = None
    done = push.Pushed(refused=made.refused)
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
