"""Proof: packs made of an audit and verified offline, the journal's chain, and a sample's sheets to sign."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import overtime
from commands.console import Desk, common
from commands.opened import local_portal, opened_journal

if TYPE_CHECKING:
    from catalog.audit.proving.sample import Sample
    from catalog.audit.proving.trail import Walker
    from catalog.audit.proving.verified import Verified
    from catalog.audit.run import Audit
    from catalog.audit.sources import Source
    from metadata.standard import Standard
    from metadata.workspace import Workspace

COLOURS = {"holds": "green", "unchecked": "yellow", "changed": "red", "missing": "red"}


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@common
def verify(desk: Desk, file: Path | None) -> int:
    """Verify a proof pack, offline and number by number; without FILE the journal's chain and the closed years.

    FILE is a pack that `saphan audit --proof` wrote, or the folder that it was unpacked to; or the folder of a
    fiscal year that was closed.
    """
    if file is None:
        return chain(desk)
    if overtime.is_closed(file):
        return overtime.verify(desk, file)
    from catalog.audit.proving.verified import as_json, verify

    made = verify(file)
    desk.result(as_json(made, desk.lang))
    verified(desk, made)
    return int(not made.holds)


def verified(desk: Desk, made: Verified) -> None:
    """What holds of a pack, then what does not."""
    from metadata.clock import day

    facts = {"told": 0, "hashed": 0, "decisions": 0, **made.tally, "seal": made.seal, "program": made.program}
    if made.settings:
        about = {**made.settings, "day": day(str(made.settings.get("day")), desk.lang)}
        desk.say(desk.phrase("verify-about", **about), bold=True)
        names = ["bytes" if made.seal else "files", "program" if made.known else "program-other"]
        for name in (*names, *(("chain", "facts", "scores") if made.holds else ())):
            desk.say("  " + desk.phrase(f"verify-{name}", **facts))
    for score in made.scores if made.holds else ():
        exact = score["value"] == score["upper"]
        desk.say("  " + desk.phrase("verify-score" if exact else "verify-score-range", **_shown(score)))
    remembered(desk, made)
    desk.findings(made.findings)
    count = sum(found.severity == "error" for found in made.findings)
    ending = "verify-holds" if made.holds else "verify-broken"
    desk.say(desk.phrase(ending, faults=count), fg="green" if made.holds else "red")


def _shown(score: Mapping[str, Any]) -> dict[str, Any]:
    return {key: f"{value:.2f}" if isinstance(value, float) else value for key, value in score.items()}


def remembered(desk: Desk, made: Verified) -> None:
    """Tells where the journal of this workspace, if there is one, has the seal."""
    from metadata.errors import SaphanError
    from metadata.wording import moment

    with suppress(SaphanError):  # there need be none
        workspace = desk.workspace
        file = workspace.database_url.removeprefix("sqlite:///")
        if made.seal and (file == workspace.database_url or Path(file).exists()):
            with opened_journal(workspace) as journal:
                rows = (one for one in journal.entries(kind="finished") if one.body.get("proof") == made.seal)
                for row in islice(rows, 1):
                    desk.say("  " + desk.phrase("verify-recorded", seq=row.seq, at=moment(row.at, desk.lang)))


def chain(desk: Desk) -> int:
    """Whether the workspace's journal is as it was written, row by row, and each year as it was closed."""
    from catalog.audit.overtime import years
    from metadata.finding import Finding
    from metadata.wording import finding

    workspace = desk.workspace
    with opened_journal(workspace) as journal:
        if (broken := journal.broken()) is None:
            last, found = journal.last(), years.checked(workspace.folder, journal)
        else:  # what rests on it says nothing any more
            last, found = None, (Finding(rule="journal-broken", values={"seq": broken}),)
    facts = {"rows": last.seq if last else 0, "hash": last.hash if last else None}
    desk.result({"holds": not found, **facts, "findings": [finding(one, desk.lang) for one in found]})
    if found:
        desk.findings(found)
    else:
        desk.say(desk.phrase("verify-journal", **{**facts, "hash": facts["hash"] or "–"}), fg="green")
    return int(bool(found))


def proved(
    desk: Desk,
    made: Audit,
    path: Path,
    *,
    source: Source,
    standard: Standard,
    workspace: Workspace | None,
    fixes: Sequence[dict[str, Any]] = (),
) -> None:
    """Writes an audit's proof pack, has the workspace's journal remember its seal, and tells it."""
    from catalog.audit.proving import proof
    from catalog.journal import new_run
    from metadata.event import Event

    with opened_journal(workspace) if workspace else nullcontext() as journal:
        about: dict[str, Any] = {"source": source, "standard": standard, "workspace": workspace, "fixes": fixes}
        done = proof.make(made, path, journal=journal, **about)
        if journal:
            body = {"audit": made.kind, "day": made.day.isoformat(), "proof": done.seal, "datasets": done.datasets}
            journal.append(Event(kind="finished", target=made.catalog, body=body), run=new_run())
    facts = done.as_json()
    desk.say(desk.phrase("proof-made", **facts))
    for name in ("seal-told", "program-told", *(["private"] if done.private else [])):
        desk.say("  " + desk.phrase(f"proof-{name}", **facts))


def sampled(
    desk: Desk,
    made: Audit,
    count: int,
    seed: str | None,
    *,
    workspace: Workspace | None,
    target: str,
    source: Source,
) -> Sample:
    """Draws a sample of an audit's datasets, tells their trails, and writes the sheets to sign.

    The sheets stand in the folder the command was given in: `saphan-sample-<seed>.html`. Raises StoreError.
    """
    from catalog.audit.proving import sample
    from metadata.errors import StoreError

    seed = seed or made.day.isoformat()
    with walker(workspace, target, source) as walking:
        drawn = sample.sample(walking, [one.name for one in made.datasets], count, seed)
    trails(desk, drawn)
    file = Path(f"saphan-sample-{re.sub(r'[^0-9A-Za-z-]+', '-', seed)}.html")
    try:
        file.write_text(sample.page(drawn, desk.lang, agency=made.catalog), encoding="utf-8")
    except OSError as error:
        raise StoreError("store-unwritable", path=str(file), reason=error.strerror or str(error)) from error
    desk.say(desk.phrase("sample-page", file=file))
    return drawn


@contextmanager
def walker(workspace: Workspace | None, target: str, source: Source) -> Iterator[Walker]:
    """What walks trails: with the workspace's desk and journal, where there is one; the desk's go to `local`."""
    from catalog.audit.proving.trail import Walker
    from metadata.workspace import Target

    portal = getattr(source, "portal", None)
    if workspace is None:
        yield Walker(workspace=None, journal=None, portal=portal, target=Target(name=source.title))
        return
    ours = source.kind in ("local", "desk")
    known = Target(name=target) if source.kind == "dump" else workspace.target("local" if ours else target)
    own = local_portal(workspace) if source.kind == "desk" else nullcontext(portal)
    with opened_journal(workspace) as journal, own as there:
        yield Walker(workspace=workspace, journal=journal, portal=there, target=known)


def trails(desk: Desk, drawn: Sample) -> None:
    """The trails of a sample on a terminal."""
    from catalog.audit.proving.sample import told
    from metadata.wording import moment

    facts = {"count": len(drawn.trails), "of": drawn.of, "seed": drawn.seed, "at": moment(drawn.at, desk.lang)}
    desk.say(desk.phrase("trail-drawn", **facts, target=drawn.target), bold=True)
    for trail in drawn.trails:
        desk.say(f"{trail.title} ({trail.dataset})", bold=True)
        for stage in trail.stages:
            when = f" · {moment(stage.at, desk.lang)}" if stage.at else ""
            name = desk.phrase(f"trail-stage-{stage.name}")
            desk.say(f"  {name}: {desk.phrase(f'trail-{stage.state}')}{when}", fg=COLOURS[stage.state])
            for line in stage.lines:
                desk.say(f"    {told(line, desk.lang)}", fg=None if line.state == "holds" else COLOURS[line.state])
    desk.say(desk.phrase("trail-again", **facts))


COMMANDS = (verify,)
