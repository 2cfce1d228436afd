"""Portals, journals and what looks at them, opened for a workspace."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catalog.decisions.case import Rules
    from catalog.journal import Journal
    from catalog.portal.local import LocalPortal
    from catalog.survey import Surveyor
    from metadata.ports import Portal, Scanner
    from metadata.standard import Standard
    from metadata.workspace import Target, Workspace


@contextmanager
def opened_journal(workspace: Workspace) -> Iterator[Journal]:
    """The journal beside the workspace's catalog."""
    from catalog.journal import Journal
    from catalog.recall import known
    from catalog.store.database import open_database
    from metadata.workspace import user

    engine = open_database(workspace.database_url)
    try:
        known.learn(engine, workspace.folder)
        yield Journal(engine, actor=user())
    finally:
        engine.dispose()


def is_url(target: str) -> bool:
    """Whether a target is a portal's address."""
    return target.startswith(("http://", "https://"))


def own_standard(workspace: Workspace) -> Standard:
    """The edition of the metadata standard that a workspace follows."""
    from metadata.standard import Standard

    return Standard.load(workspace.standard, workspace.folder)


@contextmanager
def local_portal(
    workspace: Workspace,
    reshape: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    scanner: Scanner | None = None,
) -> Iterator[LocalPortal]:
    """Our own catalog, in process, under the workspace's standard or what `reshape` makes of its schema.

    `scanner`: looks into what others wrote there before it is public.
    """
    from catalog.portal.local import LocalPortal
    from catalog.recall import known

    standard = own_standard(workspace)
    with LocalPortal(
        database_url=workspace.database_url,
        files=workspace.state / "files",
        schema=reshape(standard.schema),
        site_url=os.environ.get("SAPHAN_SITE_URL") or os.environ.get("CKAN_SITE_URL"),
        site_title=workspace.agency.title,
        site_title_en=workspace.agency.title_en,
        scanner=scanner,
    ) as portal:
        known.keep(portal, workspace.folder)
        yield portal


def rules_of(workspace: Workspace, journal: Journal) -> Rules:
    """What a workspace asks of a release before it goes out."""
    from catalog.decisions.case import Rules
    from catalog.decisions.signing import asked_for

    log_in = asked_for(journal.engine, workspace.accounts)
    return Rules(approvals=workspace.approvals, signatures=workspace.signatures, log_in=log_in)


@contextmanager
def surveyor(workspace: Workspace, name: str, journal: Journal, overwrite: bool) -> Iterator[Surveyor]:
    """What looks at a target for this workspace."""
    from catalog.survey import Surveyor

    target = workspace.target(name)
    with portal_of(workspace, target) as portal:
        yield Surveyor(
            portal=portal,
            target=target,
            agency=workspace.agency,
            standard=own_standard(workspace),
            journal=journal,
            rules=rules_of(workspace, journal),
            overwrite=overwrite,
        )


@contextmanager
def portal_of(workspace: Workspace, target: Target) -> Iterator[Portal]:
    """A target's portal: our own catalog, or a CKAN by URL. Raises SetupError `key-missing`."""
    from metadata.errors import SetupError
    from metadata.workspace import KEY_VARIABLES

    if target.url is None:
        from commands.looking import Scanning

        with local_portal(workspace, scanner=Scanning()) as portal:
            yield portal
        return
    from catalog.portal.remote import RemotePortal

    key = target.key()
    if not key:
        raise SetupError("key-missing", target=target.name, variable=target.key_variable or KEY_VARIABLES[0])
    with RemotePortal(target.url, key=key, timeout=target.timeout) as portal:
        yield portal


@contextmanager
def public_portal(workspace: Workspace, name: str) -> Iterator[tuple[Portal, str]]:
    """A target's portal as everybody sees it, and the address of its home page."""
    target = workspace.target(name)
    if target.url is not None:
        from catalog.portal.remote import RemotePortal

        with RemotePortal(target.url, timeout=target.timeout) as remote:
            yield remote, remote.url
        return
    from catalog.actions.context import ANYONE

    with local_portal(workspace) as portal:
        portal.actor = ANYONE
        yield portal, portal.site.url
