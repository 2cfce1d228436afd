"""The audit: what is missing, what it costs, and the proof."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, common
from commands.opened import local_portal
from commands.options import NAMES

if TYPE_CHECKING:
    from catalog.audit.audited import Derived
    from catalog.audit.run import Audit, Terms
    from catalog.audit.sources import Source
    from metadata.standard import Standard
    from metadata.workspace import Workspace

EDITION = "gdc-2.2.4"
"""The edition of the standard where neither a workspace nor the portal names one."""


@click.command()
@NAMES
@click.option(
    "--target",
    default="local",
    show_default=True,
    help="A target of workspace.yaml, `desk`, a CKAN's URL, or a file that ckanapi dumped.",
)
@click.option("--year", type=int, help="Fiscal year (B.E.), whose indicators hold.  [default: of the day]")
@click.option("--standard", metavar="EDITION", help="Audit by another edition of the metadata standard.")
@common
def audit(desk: Desk, names: tuple[str, ...], target: str, year: int | None, standard: str | None) -> int:
    """Audit a catalogue: what is missing, what it costs, and how to mend it. Changes nothing."""
    from catalog.audit import run
    from catalog.audit.document import written

    workspace = workspace_of(desk, target)
    with source_of(workspace, target, standard) as (source, edition):
        terms = terms_of(workspace, edition, year)
        with derived(None if names else workspace, target) as kept:
            made = desk.watch(run.audit(source, terms, names=names, kept=kept))
    desk.stream(written(made, desk.lang))
    told(desk, made)
    return int(any(severity == "error" for one in made.datasets for _, _, severity in one.kinds()))


def workspace_of(desk: Desk, target: str) -> Workspace | None:
    """The workspace, if there is one; whoever audits another's catalogue by URL or from a file needs none."""
    from metadata.errors import SetupError

    try:
        return desk.workspace
    except SetupError as error:
        if error.kind != "workspace-missing" or desk.folder or not (is_url(target) or Path(target).is_file()):
            raise
        return None


@contextmanager
def derived(workspace: Workspace | None, target: str) -> Iterator[Derived | None]:
    """What was derived the last time, where there is a workspace to keep it in."""
    from catalog.store.derived import Derived

    if workspace is None:
        yield None
        return
    with Derived(workspace.state / "derived.sqlite", target) as kept:
        yield kept


def is_url(target: str) -> bool:
    """Whether a target is a portal's address."""
    return target.startswith(("http://", "https://"))


@contextmanager
def source_of(workspace: Workspace | None, target: str, edition: str | None) -> Iterator[tuple[Source, Standard]]:
    """What is audited, and by which edition of the standard: the one asked for, else its own."""
    from catalog.audit import sources
    from metadata.standard import Standard

    folder = workspace.folder if workspace else None
    standard = Standard.load(edition or (workspace.standard if workspace else EDITION), folder)
    if not is_url(target) and Path(target).is_file():
        yield sources.OfDump(path=Path(target)), standard
    elif workspace and target == "desk":
        with local_portal(workspace) as portal:
            yield sources.OfDesk(workspace=workspace, standard=standard, site=portal.site), standard
    elif workspace and not is_url(target) and workspace.target(target).url is None:
        with local_portal(workspace) as portal:
            title = workspace.agency.title
            made = sources.OfPortal(portal=portal, title=title, site=portal.site, kind="local", private=True)
            made.desk = workspace.names()
            yield made, standard
    else:
        from catalog.portal.remote import RemotePortal
        from metadata.workspace import Target

        known = workspace.target(target) if workspace else Target(name=target, url=target.rstrip("/"))
        key = known.key()
        with RemotePortal(str(known.url), key=key, timeout=known.timeout) as remote:
            site = sources.site_of(remote.url, remote)
            own = standard if edition else sources.standard_of(remote, standard)
            yield sources.OfPortal(portal=remote, title=site.url, site=site, private=bool(key)), own


def terms_of(workspace: Workspace | None, standard: Standard, year: int | None, day: date | None = None) -> Terms:
    """By what is judged. Raises SetupError `audit-year` for a year that is not Buddhist."""
    from catalog.audit import declared, own_packs
    from catalog.audit.run import Terms
    from metadata import clock
    from metadata.errors import SetupError
    from metadata.pack import packs

    if year is not None and not 2500 <= year < 2700:
        raise SetupError("audit-year", year=year, right=year + clock.ERA)
    today = day or clock.today()
    kind = workspace.agency.kind if workspace else None
    chosen = packs(workspace.folder if workspace else None, year=year or clock.fiscal_year(today), agency=kind)
    if workspace:
        own_packs.check(workspace.folder, standard)
    answers = declared.load(workspace.folder, today) if workspace else ()
    return Terms(standard=standard, packs=chosen, day=today, declared=answers)


def told(desk: Desk, made: Audit) -> None:
    """The audit for people: the scores, then what is wrong most often, then what to do next."""
    from metadata.clock import day

    facts: dict[str, Any] = {"catalog": made.catalog, "day": day(made.day.isoformat(), desk.lang)}
    facts |= {"year": made.year, "standard": made.standard, "datasets": len(made.datasets)}
    desk.say(desk.phrase("audit-title", **facts), bold=True)
    for pack in made.packs:
        score_line(desk, made, pack)
    if not desk.quiet:
        often(desk, made)


def score_line(desk: Desk, made: Audit, pack: Any) -> None:
    """One score: value, highest value, how sure; and the range where something was not checked."""
    score = made.scores[pack["key"]]
    facts = {"title": pack["title"][desk.lang], "of": number(score["of"])}
    if score["value"] is None:
        desk.say("  " + desk.phrase("audit-score-none", **facts))
        return
    facts |= {"value": number(score["value"]), "upper": number(score["upper"])}
    line = desk.phrase("audit-score" if score["value"] == score["upper"] else "audit-score-range", **facts)
    if score["status"] != "confirmed":
        line += " " + desk.phrase("audit-unconfirmed")
    desk.say(f"  {line}")


MOST = 12
"""Kinds of findings shown on a terminal."""


def often(desk: Desk, made: Audit) -> None:
    """What is wrong, the most frequent first, with one place of each."""
    from collections import Counter

    from catalog.audit.audited import kind_of
    from metadata.wording import finding, place

    counts = Counter(kind for dataset in made.datasets for kind in dataset.kinds())
    first = {kind: dataset for dataset in reversed(made.datasets) for kind in dataset.kinds()}
    colours = {"error": "red", "warning": "yellow", "note": "blue"}
    if counts:
        desk.say(desk.phrase("audit-often"), bold=True)
    for kind, count in counts.most_common(MOST):
        one = next(found for found in first[kind].findings if kind_of(found) == kind)
        words = finding(one, desk.lang)
        facts = {"count": count, "message": words["message"], "place": place(one.at, desk.lang), "rule": one.rule}
        desk.say("  " + desk.phrase("audit-often-line", **facts), fg=colours[one.severity])
        desk.say(f"      {desk.phrase('todo')}: {words['remedy']}")
    if len(counts) > MOST:
        desk.say(desk.phrase("more", count=len(counts) - MOST))


def number(value: float) -> str:
    """A number with at most two decimals, and none where it is whole."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


COMMANDS = (audit,)
