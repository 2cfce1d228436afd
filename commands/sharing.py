"""Sharing a dataset that is not open with a named agency, and the register of what is shared."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, common
from commands.opened import local_portal, opened_journal
from commands.options import BY, DAY, day
from commands.signing import signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.journal import Journal
    from catalog.portal.local import LocalPortal
    from catalog.store.shares import Share
    from metadata.dataset import Dataset
    from metadata.wording import Language
    from metadata.workspace import Workspace

FILE = click.Path(dir_okay=False, path_type=Path)
OUT = click.option("--out", type=FILE, help="Write it: a name that ends in .xlsx, .csv or .md.")


@click.command()
@click.argument("name")
@click.option("--with", "agency", default="", metavar="AGENCY", help="The agency that gets the data.")
@click.option("--mou", default="", help="The agreement: its number and date.")
@click.option("--from", "begins", default="", callback=day, help=f"The first day: {DAY}.  [default: today]")
@click.option("--column", "columns", multiple=True, help="COLUMN or RESOURCE.COLUMN that is shared; * for all.")
@click.option("--where", "rows", multiple=True, metavar="COLUMN=VALUE", help="Only the rows that have this value.")
@click.option("--end", "ending", metavar="ID", help="End this share.")
@BY
@common
def share(desk: Desk, name: str, ending: str | None, **given: Any) -> int:
    """Share a dataset that is not open with an agency: --reason is the purpose, --expires the last day."""
    from catalog.decisions import record
    from catalog.journal import new_run
    from catalog.sharing import make
    from metadata import clock

    terms = {key: given.pop(key) for key in ("agency", "mou", "begins", "columns", "rows")}
    workspace = desk.workspace
    dataset = workspace.dataset(name.rstrip("/\\"))
    who = signed(desk, workspace, given)  # a password may be asked for: nobody waits for that
    with workspace.lock(), local_portal(workspace) as portal, opened_journal(workspace) as journal:
        if ending:
            return stopped(desk, portal, journal, dataset, who, ending)
        days = {"begins": terms["begins"] or clock.today().isoformat(), "ends": given["expires"]}
        agreed = make.Terms(**{**terms, **days}, purpose=given["reason"])
        drafted = make.drafted(portal, dataset.name, agreed)
        decision = desk.watch(journal.record(record.share(dataset, who, make.told(drafted)), run=new_run()))
        approved = {"by": decision.by, "role": decision.role, "at": decision.at}
        token = make.kept(portal, make.approved(drafted, approved))
    desk.result({"share": {**told(drafted), "approved_by": decision.by, "token": token}})
    days = {"begins": clock.day(drafted.begins, desk.lang), "ends": clock.day(drafted.ends, desk.lang)}
    facts = {"name": dataset.name, "agency": drafted.agency, **days}
    desk.say(desk.phrase("share-made", **facts, id=drafted.id))
    desk.say(desk.phrase("share-token", token=token))
    return 0


def stopped(
    desk: Desk, portal: LocalPortal, journal: Journal, dataset: Dataset, who: Mapping[str, Any], key: str
) -> int:
    """Ends a share, and tells it; gives the exit code."""
    from catalog.decisions import record
    from catalog.journal import new_run
    from catalog.sharing import make

    one = running(portal, dataset.name, key)
    story = record.share(dataset, who, {"share": one.id, "agency": one.agency, "ended": True})
    desk.watch(journal.record(story, run=new_run()))
    make.ended(portal, one.id)
    desk.result({"share": {**told(one), "state": "ended", "token": None}})
    desk.say(desk.phrase("share-ended", name=dataset.name, agency=one.agency))
    return 0


def running(portal: LocalPortal, dataset: str, key: str) -> Share:
    """The share that is to be ended. Raises SetupError `share-unknown`."""
    from catalog.store import shares
    from catalog.store.database import reading
    from metadata.errors import SetupError
    from metadata.finding import Place

    with reading(portal.engine) as connection:
        known = [one for one in shares.listed(connection, dataset) if not one.ended]
    found = next((one for one in known if one.id == key), None)
    if found is None:
        raise SetupError("share-unknown", Place(dataset=dataset), id=key, known=[one.id for one in known])
    return found


def ended(workspace: Workspace, portal: LocalPortal) -> set[str]:
    """The shares that were ended, by the catalog and the desk's decisions: a backup may know them as running."""
    from catalog.store import shares
    from catalog.store.database import reading
    from metadata.errors import SaphanError

    with reading(portal.engine) as connection:
        over = {one.id for one in shares.listed(connection) if one.ended}
    for name in workspace.names():
        with suppress(SaphanError):  # a description that is broken now has no part in this
            lines = workspace.dataset(name).decisions
            over |= {str(one.rest["share"]) for one in lines if one.kind == "sharing" and one.rest.get("ended")}
    return over


def told(one: Share) -> dict[str, Any]:
    """A share as JSON: its token is known to who was given it only."""
    names = ("id", "dataset", "agency", "mou", "purpose", "begins", "ends", "ended", "uses", "last_used")
    tables = [
        {
            "resource": key,
            "columns": list(shown.columns),
            "rows": {name: list(values) for name, values in shown.rows.items()},
        }
        for key, shown in one.tables.items()
    ]
    plain = {name: getattr(one, name) for name in names}
    return {**plain, "state": one.state(), "tables": tables, "approved_by": one.approved.get("by")}


@click.command()
@OUT
@common
def sharing(desk: Desk, out: Path | None) -> int:
    """What is shared with whom, under which agreement, until when, and how often it was used."""
    from sqlalchemy import select

    from catalog.store import shares
    from catalog.store.database import reading
    from catalog.store.tables import resources
    from commands import sheet
    from metadata.document import packaged

    workspace, known = desk.workspace, packaged("standards/sharing.yaml")
    with local_portal(workspace) as portal, reading(portal.engine) as connection:
        found = shares.listed(connection)
        stored = connection.execute(select(resources.c.id, resources.c.filename))
        files = {str(one.id): one.filename for one in stored}
    rows = [row(one, files, desk.lang) for one in found]
    if out:
        sheet.write(out, known["title"], known["columns"], rows, sheet.heading(workspace.agency))
    desk.result({"agency": workspace.agency.name, "shares": [told(one) for one in found]})
    for one in rows:
        desk.say(desk.phrase("share-line", **one))
    desk.say(desk.phrase("share-summary", count=len(found)))
    if out:
        desk.say(desk.phrase("register-written", file=out))
    return 0


def row(one: Share, files: Mapping[str, str | None], lang: Language) -> dict[str, str]:
    """A share as a line of the register. `files`: resource's id → its file's name."""
    from metadata import clock
    from metadata.wording import word

    called = {key: f"{files.get(key) or key}: " if len(one.tables) > 1 else "" for key in one.tables}
    columns = [called[key] + ", ".join(table.columns) for key, table in one.tables.items()]
    pairs = [pair for table in one.tables.values() for pair in table.rows.items()]
    chosen = [f"{name} = {', '.join(values)}" for name, values in pairs]
    days = {key: clock.day(text, lang) for key in ("begins", "ends", "last_used") if (text := getattr(one, key))}
    return {
        **{name: getattr(one, name) for name in ("id", "dataset", "agency", "mou", "purpose")},
        "last_used": "",
        **days,
        "columns": "\n".join(columns),
        "rows": "\n".join(chosen),
        "approved": f"{one.approved.get('by', '')} ({clock.day(str(one.approved.get('at', '')), lang)})",
        "state": word(f"share-is-{one.state()}", lang),
        "uses": str(one.uses),
    }


COMMANDS = (share,)
