"""Our own catalog as a whole: served, filled from elsewhere, read by programs, kept safe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.console import Desk, asked_for, common
from commands.opened import local_portal, opened_journal, own_standard, public_portal
from commands.options import YES
from commands.sharing import ended

if TYPE_CHECKING:
    from catalog.harvest.client import Client
    from catalog.harvest.run import Wish
    from catalog.journal import Journal
    from catalog.portal.local import LocalPortal
    from catalog.store.backup import Summary


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to serve at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free port.")
@common
def serve(desk: Desk, host: str, port: int) -> int:
    """Serve the catalog: its pages, downloads and the CKAN Action API."""
    from catalog.login.gate import gate
    from catalog.web import app, serve
    from commands.auditing import derived, terms_of
    from commands.looking import Scanning, remembering, served

    workspace = desk.workspace
    with local_portal(workspace, scanner=Scanning()) as portal:
        standard = own_standard(workspace)
        made = app(
            portal,
            gate=gate(workspace.accounts, workspace.state),
            terms=lambda: remembering(terms_of(workspace, standard, None), portal),
            looks=lambda: served(workspace, portal),
            derived=lambda: derived(workspace, "served"),
            house=workspace.portal,
            overview=workspace.overview,
        )
        desk.say(desk.phrase("serving", url=f"http://{host}:{port}"))
        serve(made, host, port)
    return 0


@click.command()
@click.argument("url")
@click.option("--type", "kind", type=click.Choice(["ckan", "dcat", "datapackage"]), help="What it is.")
@click.option("--organization", metavar="NAME", help="Whose the datasets are here; else one named after the host.")
@click.option("--full", is_flag=True, help="Read everything, not only what changed since the last time.")
@click.option("--remove-many", is_flag=True, help="Remove also when more than a fifth is gone at the source.")
@click.option("--delay", default=1.0, show_default=True, type=click.FloatRange(0, 60), help="Seconds to pause.")
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    envvar="SAPHAN_ALLOW_HOSTS",
    metavar="HOST",
    help="A host that may be read though it is in a private network.",
)
@common
def harvest(desk: Desk, url: str, delay: float, allowed: tuple[str, ...], **asked: Any) -> int:
    """Read another catalogue's public datasets into ours: a CKAN, DCAT, or Data Packages."""
    from catalog.harvest.client import Client
    from catalog.harvest.run import Wish, relaxed

    workspace = desk.workspace
    with (
        workspace.lock(),
        opened_journal(workspace) as journal,
        local_portal(workspace, relaxed) as portal,
        Client(delay=delay, allowed=allowed) as client,
    ):
        return harvested(desk, portal, journal, client, Wish(url=url, **asked))


def harvested(desk: Desk, portal: LocalPortal, journal: Journal, client: Client, wish: Wish) -> int:
    """Harvests, tells what was done, and gives the exit code."""
    from catalog.harvest import run as harvesting
    from catalog.journal import new_run

    run = new_run()
    done = desk.watch(journal.record(harvesting.harvest(portal, client, wish), run=run))
    for name, found in done.refused.items():
        if name:
            desk.say(desk.phrase("stopped", name=name), fg="red")
        if not desk.quiet:
            desk.findings(found)
    desk.result(harvesting.document(done, run, desk.lang))
    counts = {name: len(getattr(done, name)) for name in ("created", "updated", "removed")}
    refused = sum(bool(name) for name in done.refused)
    desk.say(desk.phrase("summary-harvest", **counts, unchanged=done.unchanged, refused=refused))
    return int(refused > 0)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@common
def backup(desk: Desk, file: Path) -> int:
    """Write the catalog, its files and its journal into one file, while others go on writing."""
    from catalog.store import backup as backups

    with local_portal(desk.workspace) as portal:
        return summarised(desk, backups.backup(portal, file), "summary-backup")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@YES
@common
def restore(desk: Desk, file: Path, yes: bool) -> int:
    """Put the catalog, its files and its journal back as a backup holds them."""
    from catalog.sharing import make
    from catalog.store import backup as backups

    asked_for(yes)
    if not desk.agree(desk.phrase("ask-restore", file=file), yes):
        desk.say(desk.phrase("not-restored"))
        return 1
    with desk.workspace.lock(), local_portal(desk.workspace) as portal:
        over = ended(desk.workspace, portal)
        made = backups.restore(portal, file)
        make.ended(portal, *over)  # what was ended since does not run again
        return summarised(desk, made, "summary-restore")


def summarised(desk: Desk, made: Summary, phrase: str) -> int:
    """Tells what a backup holds."""
    desk.result(made.as_json())
    desk.say(desk.phrase(phrase, **made.as_json()))
    return 0


@click.command()
@click.option("--target", default="local", show_default=True, help="A target of workspace.yaml, or a CKAN's URL.")
@common
def mcp(desk: Desk, target: str) -> int:
    """Let programs that read on their own search, describe, query and cite (MCP on standard input and output)."""
    from catalog.mcp.tools import server

    with public_portal(desk.workspace, target) as (portal, address):
        server(portal, address).serve(sys.stdin.buffer, sys.stdout.buffer)
    return 0


COMMANDS = (serve, harvest, backup, restore, mcp)
