"""Taking a release back, off everything at once: a leak, or a person's request to erase."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, asked_for, common, unchanged
from commands.opened import local_portal, opened_journal, portal_of
from commands.options import YES

if TYPE_CHECKING:
    from catalog.journal import Journal
    from catalog.portal.local import LocalPortal
    from catalog.recall.sheet import House
    from catalog.store.recalls import Recall
    from metadata.finding import Finding
    from metadata.workspace import Workspace

FORMS = (".html", ".md", ".pdf")


def moment(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """A moment in Thailand, in either era, that is not to come; as it is stored."""
    from metadata import clock
    from metadata.errors import SetupError
    from metadata.fiscal import typed

    if text is None:
        return None
    day, _, hour = text.strip().replace("T", " ").partition(" ")
    hour = re.sub(r"^(\d{1,2})[.:](\d{2})[^\dZz+-]*$", r"\1:\2", hour.strip(), flags=re.ASCII) or "00:00"
    try:
        given = datetime.combine(typed(day), time.fromisoformat(hour.zfill(5)))
    except (ValueError, SetupError):
        raise click.BadParameter("a day and an hour are expected, such as 2569-11-22T14:30") from None
    given = given if given.tzinfo else given.replace(tzinfo=clock.BANGKOK)
    if given > clock.now():
        raise click.BadParameter("it is still to come")
    return clock.stamp(given)


def digest(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """The hash of a release."""
    if text is not None and not re.fullmatch(r"sha256:[0-9a-f]{64}", text):
        raise click.BadParameter("sha256: and 64 digits are expected, as report.json has it")
    return text


def form(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """A file that a sheet can be written to."""
    if path is not None and path.suffix.lower() not in FORMS:
        raise click.BadParameter(f"its name ends with one of {', '.join(FORMS)}")
    return path


@click.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why. Everybody who comes to the dataset's address reads it.")
@click.option(
    "--release",
    callback=digest,
    metavar="sha256:…",
    help="Which release.  [default: the one that was published last]",
)
@click.option("--erasure", default="", metavar="NUMBER", help="A person asked for it (PDPA s. 33): the request.")
@click.option("--aware", callback=moment, metavar="MOMENT", help="Since when it is known.  [default: now]")
@click.option(
    "--incident",
    callback=form,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the sheet to print: .html, .md or .pdf.",
)
@YES
@common
def recall(desk: Desk, name: str, incident: Path | None, yes: bool, **asked: Any) -> int:
    """Take a release off every target at once, for good: a leak, or a person's request.

    Files, tables, old versions and all that was made of them go; their addresses answer 410. Given again, it
    finishes what could not be reached.
    """
    from catalog import paper

    harmless(asked["reason"], asked["erasure"])
    if incident is not None:  # what cannot be printed or kept is said before anything is done
        writable(incident)
        if incident.suffix.lower() == ".pdf":
            paper.printer()
    asked_for(yes)
    with desk.workspace.lock(desk.waits) as lock:
        with opened(desk, name, asked) as found:
            if yes:
                return carried_out(desk, found, incident)
        if not desk.agree(desk.phrase("ask-recall", **found.facts), yes, lock):
            desk.say(desk.phrase("not-recalled"))
            return 1
        with opened(desk, name, asked) as now:
            unchanged([now.wanted.dataset] if now.facts != found.facts else [])
            return carried_out(desk, now, incident)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A recall that is to be carried out, and with what."""

    workspace: Workspace
    journal: Journal
    portal: LocalPortal
    wanted: Recall
    run: str
    """The journal's: a recall's own is the one that began it."""
    facts: Mapping[str, str]
    """What a person is asked about."""


@contextmanager
def opened(desk: Desk, name: str, asked: Mapping[str, Any]) -> Iterator[Found]:
    """What there is to recall, as things stand. Raises SetupError `recall-nothing`."""
    from catalog.journal import new_run
    from catalog.recall import run
    from catalog.recall.begin import called

    workspace = desk.workspace
    with opened_journal(workspace) as journal, local_portal(workspace) as portal:
        name = called(portal, name.rstrip("/\\"))
        pending = run.pending(portal, name, asked["release"])
        wanted = pending or begun(workspace, portal, journal, name, asked)
        targets = ["local", *(one for one in aimed(journal, wanted) if one != "local")]
        yield Found(
            workspace=workspace,
            journal=journal,
            portal=portal,
            wanted=wanted,
            run=new_run() if pending else wanted.id,
            facts={"name": name, "release": wanted.release or "–", "targets": ", ".join(targets)},
        )


def carried_out(desk: Desk, found: Found, incident: Path | None) -> int:
    """Carries a recall out, and tells of it; gives the exit code."""
    from catalog.recall import run
    from catalog.recall.run import Room

    workspace = found.workspace
    room = Room(
        portal=found.portal,
        folder=workspace.folder,
        derived=workspace.state / "derived.sqlite",
        door=lambda target: portal_of(workspace, workspace.target(target)),
    )
    story = found.journal.record(run.recall(room, found.wanted), run=found.run)
    return told(desk, workspace, desk.watch(story), incident)


def writable(path: Path) -> None:
    """Raises StoreError `store-unwritable` where no file can be put."""
    from metadata.errors import StoreError

    code = (
        0 if os.access(path.parent, os.W_OK | os.X_OK) else errno.EACCES if path.parent.is_dir() else errno.ENOENT
    )
    if code:
        raise StoreError("store-unwritable", path=str(path), reason=os.strerror(code))


def harmless(*texts: str) -> None:
    """Raises SetupError `recall-reason` where words that everybody reads name a person for sure."""
    from metadata.errors import SetupError
    from pipelines.govern.personal.prose import hits

    for entity, hit in (one for text in texts for one in hits(text)):
        if hit.sure:
            raise SetupError("recall-reason", entity=entity.name)


def begun(
    workspace: Workspace, portal: LocalPortal, journal: Journal, name: str, asked: Mapping[str, Any]
) -> Recall:
    """A recall that is to begin. Raises SetupError `recall-nothing`: nobody knows such a dataset."""
    from catalog.journal import new_run
    from catalog.recall.begin import known_release
    from catalog.store.recalls import Recall
    from metadata import clock
    from metadata.workspace import user

    release, contents = known_release(workspace, portal, journal, name, asked["release"])
    kind = "erasure" if asked["erasure"] else "incident"
    return Recall(
        id=new_run(),
        dataset=name,
        package=None,
        release=release,
        kind=kind,
        request=asked["erasure"],
        at=clock.stamp(),
        by=user(),
        reason=asked["reason"],
        facts={"aware": asked["aware"] or clock.stamp(), "contents": contents},
        keys={"file": tuple(contents)},
    )


def aimed(journal: Journal, wanted: Recall) -> list[str]:
    """The targets it is to be taken off."""
    from catalog.recall.begin import targets

    return list(dict.fromkeys((*wanted.waiting, *targets(journal.engine, wanted.dataset))))


def told(desk: Desk, workspace: Workspace, made: Recall, incident: Path | None) -> int:
    """Tells what was done, what is left and what comes next; writes the sheet. Gives the exit code."""
    from catalog.recall import sheet
    from metadata.errors import StoreError
    from metadata.wording import finding

    about = house(workspace, made, desk.lang)
    written = sheet.sheet(made, about, desk.lang)
    found = findings(made)
    if incident is not None:
        try:
            written.write(incident)
        except OSError as error:
            desk.say(desk.phrase("recalled", name=made.dataset, recall=made.id), fg="green")
            raise StoreError("output-unwritable", reason=error.strerror or "") from error
    document = {
        **{name: getattr(made, name) for name in ("dataset", "release", "kind", "request", "at", "reason")},
        "recall": made.id,
        "files": len(made.files),
        "targets": [
            {"target": one.target, "since": one.since, "done": one.done, "trouble": one.trouble}
            | {"remains": [sheet.remains(code, desk.lang) for code in one.remains]}
            for one in made.targets
        ],
        "desk": list(about.desk),
        "used": {**sheet.sums(made), "days": sheet.used(made)},
        "hours": sheet.hours(made) if made.kind == "incident" else None,
        "sheet": str(incident) if incident else None,
        "findings": [finding(one, desk.lang) for one in found],
    }
    desk.result(document)
    desk.say(desk.phrase("recalled", name=made.dataset, recall=made.id), fg="green")
    desk.findings(found)
    if incident is not None:
        desk.say(desk.phrase("saved-sheet", file=incident))
    else:
        desk.say(written.markdown())
    return 4 if made.waiting else int(any(one.severity == "error" for one in found))


def findings(made: Recall) -> tuple[Finding, ...]:
    """What still needs a person: targets that were not reached, and other datasets with the same bytes."""
    from metadata.finding import Finding, Place

    at = Place(dataset=made.dataset)
    found = []
    for target in made.waiting:
        values: dict[str, Any] = {"target": target, "name": made.dataset}
        found.append(Finding(rule="recall-unreached", severity="error", at=at, values=values))
    others = sorted({name for names in made.facts.get("shared", {}).values() for name in names})
    if others:
        values = {"datasets": others, "recall": made.id}
        found.append(Finding(rule="recall-shared", severity="error", at=at, values=values))
    return tuple(found)


def house(workspace: Workspace, made: Recall, lang: str) -> House:
    """Who writes the letters, and what is left on the desk."""
    from catalog.recall.sheet import House
    from metadata.errors import SaphanError

    person = workspace.portal.get("dpo") or workspace.portal.get("contact") or {}
    contact = " ".join(str(person[key]) for key in ("name", "email", "telephone") if person.get(key))
    folder = workspace.folder / made.dataset
    left = [f"{made.dataset}/{name}/" for name in ("source", "release") if (folder / name).is_dir()]
    try:
        harvested = str(workspace.dataset(made.dataset).about.get("allow_harvest", "True")) != "False"
    except SaphanError:
        harvested = True
    agency = (workspace.agency.title_en if lang == "en" else "") or workspace.agency.title
    return House(agency=agency, contact=contact, desk=left, harvested=harvested)


COMMANDS = (recall,)
