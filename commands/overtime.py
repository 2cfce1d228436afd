"""An audit over time: it is kept and compared with the last, stands as of a day, and closes a fiscal year."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk
from commands.opened import is_url, local_portal, opened_journal, own_standard

if TYPE_CHECKING:
    from catalog.audit.overtime.promises import Standing
    from catalog.audit.overtime.trend import Changes
    from catalog.audit.overtime.years import Closed, Part
    from catalog.audit.run import Audit
    from catalog.store.audits import Audits
    from metadata.finding import Finding
    from metadata.standard import Standard
    from metadata.workspace import Workspace

SHOWN = 8
"""Datasets named on a terminal, at most."""
LATELY = 6
"""Audits of a trend shown on a terminal, the last ones; `--json` has all."""


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of an audit that are about time, handed on as `over` (see `instead` and `after`)."""

    @functools.wraps(function)
    def run(*args: Any, **given: Any) -> Any:
        names = ("as_of", "trend", "close", "early", "calendar")
        over = {name: given.pop(name) for name in names}
        return function(*args, over=over, **given)

    found: Callable[..., Any] = run
    file = click.Path(dir_okay=False, path_type=Path)
    for option in (
        click.option("--calendar", metavar="FILE", type=file, help="Write what is due into a calendar file."),
        click.option("--early", is_flag=True, help="With --close: although the year is not over."),
        click.option("--close", is_flag=True, help="Close the fiscal year of --year: one folder to hand in."),
        click.option("--trend", is_flag=True, help="Each score over time, of the audits that are kept."),
        click.option("--as-of", metavar="DATE", help="As it stood on a day (2569-09-30, or 2026-09-30)."),
    ):
        found = option(found)
    return found


def instead(
    desk: Desk, workspace: Workspace | None, target: str, year: int | None, over: Mapping[str, Any]
) -> int | Audit | None:
    """What is asked for instead of an audit of today: an exit code where it is done, an audit to show, or None.

    Raises SetupError `day-form`, `audit-as-of-…`, `year-…`, `workspace-missing`; StoreError `closed-broken`.
    """
    from metadata.clock import fiscal_year
    from metadata.fiscal import day_of

    if over["trend"]:
        workspace = workspace or desk.workspace
        return trend(desk, workspace, key_of(workspace, target))
    if over["close"]:
        return close(desk, workspace or desk.workspace, year or fiscal_year(), over["early"])
    if over["as_of"]:
        workspace = workspace or desk.workspace
        return as_of(desk, workspace, key_of(workspace, target), day_of(over["as_of"]))
    if year and workspace and target == "local" and (found := closed(workspace, year)):
        return shown(desk, found)
    return None


def after(
    desk: Desk,
    workspace: Workspace | None,
    made: Audit,
    names: tuple[str, ...],
    over: Mapping[str, Any],
    *,
    trial: bool = False,
) -> tuple[Changes | None, tuple[Standing, ...], tuple[Finding, ...]]:
    """Keeps an audit of today and writes its calendar: what changed since the last, how promises stand, what is
    wrong with them. Without a workspace, and of a `trial` (by another edition), nothing is kept.

    Raises StoreError `output-unwritable`, SetupError `file-invalid`.
    """
    from metadata.errors import StoreError

    if workspace is None:
        return None, (), ()
    changes = None if trial else keep(workspace, made, names)
    own = made.kind in ("local", "desk") and not names
    standings, found = promises(workspace, made.year, made.day, made.kind) if own else ((), ())
    if over["calendar"]:
        try:
            over["calendar"].write_bytes(calendar(desk, workspace, made, standings, made.year))
        except OSError as error:
            raise StoreError("output-unwritable", reason=error.strerror or "") from error
    return changes, standings, found


def key_of(workspace: Workspace, target: str) -> str:
    """Under what a target's audits are kept (`catalog.audit.overtime.kept.target_of`)."""
    from metadata.address import shown

    if target in ("local", "desk"):
        return target
    if is_url(target):
        return shown(target).rstrip("/")
    if Path(target).is_file():
        return Path(target).name
    url = workspace.target(target).url
    return shown(url).rstrip("/") if url else "local"


@contextmanager
def opened_audits(workspace: Workspace) -> Iterator[Audits]:
    """The audits that a workspace keeps."""
    from catalog.store.audits import Audits
    from catalog.store.database import open_database

    engine = open_database(workspace.database_url)
    try:
        yield Audits(engine)
    finally:
        engine.dispose()


def keep(workspace: Workspace, made: Audit, names: tuple[str, ...] = ()) -> Changes | None:
    """Keeps an audit, and says what changed since the last one of the whole target; None: it is the first."""
    from catalog.audit.overtime import kept, trend

    with opened_audits(workspace) as store:
        now = kept.keep(store, made, names)
        then = store.newest(now.target, until=now.day, before=now.id) if now.whole else None
        return trend.since(store, then, now, made) if then else None


def told_changes(desk: Desk, changes: Changes) -> None:
    """What changed since the last audit, for people."""
    from metadata.clock import day
    from metadata.wording import number

    desk.say(desk.phrase("since-title", day=day(str(changes.since["day"]), desk.lang)), bold=True)
    titles = {pack["key"]: pack["title"][desk.lang] for pack in changes.packs}
    for key, (was, now) in changes.scores.items():
        line = desk.phrase("since-score", score=titles[key], before=number(was), after=number(now))
        desk.say(f"  {line}{desk.phrase('since-rules') if key in changes.rules else ''}")
    said = changes.to_json()
    counts = {name: len(said[name]) for name in ("added", "removed", "better", "worse")}
    if any(counts.values()):
        desk.say("  " + desk.phrase("since-counts", **counts))
    elif not changes.scores:
        desk.say("  " + desk.phrase("since-none"))
    # the scores have just been told
    desk.findings(tuple(one for one in changes.findings() if one.rule != "audit-score-fell"))


def trend(desk: Desk, workspace: Workspace, target: str) -> int:
    """Each score of a target over time. `target`: `local`, `desk`, an address or a file's name."""
    from catalog.audit.overtime import trend
    from metadata.clock import day
    from metadata.wording import number

    with opened_audits(workspace) as store:
        found = store.whole(target)
        packs = store.shared(found[-1])["packs"] if found else []
    desk.result({"target": target, "audits": trend.trend(found)})
    last = found[-LATELY:]
    days = " → ".join(day(one.day.isoformat(), desk.lang) for one in last)
    facts = {"target": target, "count": len(found), "days": days}
    desk.say(desk.phrase("trend-title" if found else "trend-none", **facts), bold=bool(found))
    for pack in packs:
        values = [number(one.head["scores"].get(pack["key"], {}).get("value")) for one in last]
        desk.say("  " + desk.phrase("trend-line", score=pack["title"], values=" → ".join(values)))
    return 0


def history(workspace: Workspace | None, made: Audit) -> list[dict[str, Any]]:
    """The scores of the audits that are kept of what was audited."""
    from catalog.audit.overtime import kept, trend

    if workspace is None:
        return []
    with opened_audits(workspace) as store:
        return trend.trend(store.whole(kept.target_of(made)))


def told_losing(desk: Desk, changes: Changes, standard: str) -> None:
    """Which datasets would lose by another edition of the standard, for people."""
    from metadata.wording import number

    facts = {"before": changes.since["standard"], "after": standard}
    desk.say(desk.phrase("losing-title", **facts), bold=True)
    titles = {pack["key"]: pack["title"][desk.lang] for pack in changes.packs}
    worse = [one for one in changes.moved if one.worse]
    for one in worse[:SHOWN]:
        lost = [f"{titles[key]} {number(one.scores[key][0])} → {number(one.scores[key][1])}" for key in one.worse]
        desk.say("  " + desk.phrase("losing-line", name=one.name, scores=lost))
    if len(worse) > SHOWN:
        desk.say(desk.phrase("more", count=len(worse) - SHOWN))
    if not worse:
        desk.say("  " + desk.phrase("since-none"))


def as_of(desk: Desk, workspace: Workspace, target: str, day: date, standard: Standard | None = None) -> Audit:
    """The audit of a target as it stood at the end of a day: our own catalog from its versions, others from the
    audits that were kept. Nothing is looked at outside the records, and nothing is kept anew.

    `standard`: another edition, for our own catalog. Raises SetupError `audit-as-of-…`.
    """
    from catalog.audit import run
    from catalog.audit.overtime.as_of import OfPast
    from catalog.audit.overtime.as_of import as_of as kept_as_of
    from catalog.store.audits import Audits
    from commands.auditing import derived, terms_of

    if target != "local":
        with opened_audits(workspace) as store:
            return kept_as_of(store, target, day)
    edition = standard or own_standard(workspace)
    with local_portal(workspace) as portal:
        store, title = Audits(portal.engine), workspace.agency.title
        source = OfPast(portal=portal, day=day, title=title, store=store, desk=workspace.names())
        with derived(workspace, "past") as kept:
            return desk.watch(run.audit(source, terms_of(workspace, edition, None, day), kept=kept))


def promises(
    workspace: Workspace, year: int, day: date, target: str = "local"
) -> tuple[tuple[Standing, ...], tuple[Finding, ...]]:
    """How the workspace's promises for a year stand on a day. Raises SetupError `file-invalid`."""
    from catalog.audit.overtime.figures import Figures
    from catalog.audit.overtime.promises import standings
    from metadata.promise import promises

    made = promises(workspace.folder)
    if not made:
        return (), ()
    with opened_audits(workspace) as store:
        return standings(made, year, day, Figures(engine=store.engine, target=target), workspace.folder)


def told_promises(desk: Desk, standings: tuple[Standing, ...]) -> None:
    """The promises, for people: what is reached, and what is due next."""
    from metadata.clock import day
    from metadata.wording import number

    if standings:
        desk.say(desk.phrase("promise-title", year=standings[0].year), bold=True)
    colours = {"reached": "green", "behind": "yellow", "missed": "red"}
    for one in standings:
        facts: dict[str, Any] = {
            "title": one.promise.title,
            "unit": one.promise.unit,
            "target": number(one.target),
        }
        facts |= {"value": number(one.value), "state": desk.phrase(f"promise-{one.state}")}
        desk.say("  " + desk.phrase("promise-line", **facts), fg=colours.get(one.state))
        if one.next and one.state != "reached":
            ends = day(one.next.period.last.isoformat(), desk.lang)
            desk.say(desk.phrase("promise-next", **{**facts, "due": number(one.next.due), "day": ends}))


def calendar(desk: Desk, workspace: Workspace, made: Audit, standings: tuple[Standing, ...], year: int) -> bytes:
    """What is due, as a calendar file."""
    from catalog.audit.overtime.calendar import dues, ics
    from metadata.clock import now

    title = workspace.agency.title if desk.lang == "th" else workspace.agency.title_en or workspace.agency.title
    found = dues(year, made.datasets, standings, map(workspace.dataset, workspace.names()))
    name = desk.phrase("due-calendar", agency=title)
    return ics(found, agency=workspace.agency.name, title=name, at=now(), lang=desk.lang)


def closed(workspace: Workspace, year: int) -> Closed | None:
    """A year that was closed."""
    from catalog.audit.overtime import years

    return years.closed(workspace.folder, year)


def shown(desk: Desk, found: Closed) -> Audit:
    """The audit of a closed year, and a line that says so. Raises StoreError `closed-broken`."""
    from catalog.audit.overtime import years
    from metadata.clock import day

    made = years.shown(found)
    desk.say(desk.phrase("closed-shown", year=found.year, day=day(found.at, desk.lang)), bold=True)
    return made


def is_closed(folder: Path) -> bool:
    """Whether a folder is a closed year's."""
    from catalog.audit.overtime import years

    return years.is_closed(folder)


def verify(desk: Desk, folder: Path) -> int:
    """Whether the files of a closed year are what they were, and what the journal was told where it is ours."""
    from catalog.audit.overtime import years
    from metadata.errors import SetupError
    from metadata.wording import finding

    try:
        workspace = desk.workspace
    except SetupError:
        workspace = None
    if workspace and folder.resolve().parent == workspace.folder / years.FOLDER:
        with opened_journal(workspace) as journal:
            found = years.check(folder, journal)
    else:
        found = years.check(folder)
    told = [finding(one, desk.lang) for one in found]
    desk.result({"folder": str(folder), "holds": not found, "findings": told})
    desk.findings(found)
    if not found:
        desk.say(desk.phrase("closed-holds", folder=str(folder)), fg="green")
    return int(bool(found))


def close(desk: Desk, workspace: Workspace, year: int, early: bool) -> int:
    """Closes a fiscal year of our own catalog into one folder.

    Raises SetupError `year-closed`, `year-not-over`, `year-not-begun`.
    """
    from catalog.audit.overtime import years
    from catalog.journal import new_run

    with workspace.lock(), opened_journal(workspace) as journal:
        day = years.closing_day(workspace.folder, year, early=early)
        made = as_of(desk, workspace, "local", day)
        standings, found = promises(workspace, year, day)
        parts = _parts(desk, workspace, made, standings, year)
        story = years.close(
            workspace.folder, year, made, workspace.agency, parts=parts, standings=standings, early=early
        )
        done = desk.watch(journal.record(story, run=new_run()))
    desk.result({"closed": done.to_json()})
    desk.findings(found)
    facts: Mapping[str, Any] = {"year": year, "folder": str(done.folder), "sha256": done.sha256}
    desk.say(desk.phrase("closed-done", **facts), fg="green")
    return 0


def _parts(
    desk: Desk, workspace: Workspace, made: Audit, standings: tuple[Standing, ...], year: int
) -> tuple[Part, ...]:
    """The files of a closed year beside those that every one has; a PDF where its extra is installed."""
    from catalog.audit.overtime.as_of import OfPast
    from catalog.audit.overtime.years import Part
    from catalog.audit.proving.proof import make
    from catalog.audit.report import page, pdf, workbook
    from catalog.audit.report.view import report
    from catalog.store.audits import Audits
    from metadata.errors import SetupError

    def proof(path: Path) -> None:
        with local_portal(workspace) as portal, opened_journal(workspace) as journal:
            store, desk = Audits(portal.engine), made.ground.desk
            source = OfPast(portal=portal, day=made.day, title=made.catalog, store=store, desk=desk)
            make(made, path, source=source, standard=made.ground.standard, workspace=workspace, journal=journal)

    found = [
        Part(path="report.html", said="closed-report", write=lambda path: page.write(made, path, "th")),
        Part(path="report.xlsx", said="closed-workbook", write=lambda path: workbook.write(made, path, "th")),
        Part(path="proof.zip", said="closed-proof", write=proof),
    ]
    try:
        printed = pdf.content(report(made), "th")
        found.append(Part(path="report.pdf", said="closed-report", write=lambda path: path.write_bytes(printed)))
    except SetupError:
        pass
    due = calendar(desk, workspace, made, standings, year)
    found.append(Part(path="calendar.ics", said="closed-calendar", write=lambda path: path.write_bytes(due)))
    for file in _evidence(made, standings):
        copy = functools.partial(shutil.copyfile, workspace.folder / file)
        # in a folder, where it is found under the name that the promise or the answer gives
        found.append(Part(path=file if "/" in file else f"files/{file}", said="closed-evidence", write=copy))
    return tuple(found)


def _evidence(made: Audit, standings: tuple[Standing, ...]) -> list[str]:
    """The workspace's files that show what people declared, where it counts."""
    figures = [one.evidence.file for one in standings if one.evidence]
    answers = [one["file"] for one in made.declared if one.get("file") and one.get("holds") is not False]
    return sorted({Path(file).as_posix() for file in (*figures, *answers)})
