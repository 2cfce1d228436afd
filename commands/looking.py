"""What an audit looks at outside the records: catalog's looks, joined with pipelines' judge and measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.audit.declared import Answer
    from catalog.audit.run import Look, Terms
    from catalog.audit.sources import Source
    from catalog.portal.local import LocalPortal
    from catalog.store.evidence import Evidence
    from metadata.event import Story
    from metadata.finding import Finding
    from metadata.ports import Rows
    from metadata.workspace import Workspace


class Scanning:
    """`pipelines`' scanner, loaded when it is first asked: most who hold it never ask."""

    def scan(self, path: Path, *, name: str | None = None) -> tuple[Finding, ...]:
        """In a file."""
        from pipelines import scan

        return scan.scan(path, name=name)

    def rows(
        self,
        labels: Sequence[str],
        titles: Sequence[Sequence[str]],
        rows: Rows,
        *,
        around: Callable[[], Rows] | None = None,
    ) -> tuple[Finding, ...]:
        """In rows of a table."""
        from pipelines import scan

        return scan.rows(labels, titles, rows, around=around)

    def texts(self, described: Mapping[str, Any]) -> tuple[Finding, ...]:
        """In the texts of a description."""
        from pipelines import scan

        return scan.texts(described)


SECONDS = 60.0
"""For which other people's files are asked for; the next audit goes on from there."""


@contextmanager
def looks_at(
    workspace: Workspace | None,
    source: Source,
    *,
    files: bool = True,
    gd_catalog: str | None = None,
    seconds: float | None = SECONDS,
    allowed: tuple[str, ...] = (),
) -> Iterator[list[Look]]:
    """The looks that suit a source.

    Our own files are asked of the store and the desk, whatever is said; `files` says whether others' addresses are
    asked, for so many `seconds` (None: until all are); `gd_catalog` is the address under which the agency's portal
    is harvested, where GD Catalog is to be asked. `allowed` hosts may be reached though they are not public.
    """
    from catalog.audit.seen import looks, released
    from catalog.harvest.client import Client
    from catalog.portal.local import LocalPortal
    from pipelines import judging, quality

    portal = getattr(source, "portal", None)
    own = portal if isinstance(portal, LocalPortal) else None
    releases = released.releases(workspace.folder) if workspace else {}
    with ExitStack() as opened:
        cache = opened.enter_context(_cache(workspace, own))
        client = opened.enter_context(Client(allowed=allowed, purpose="auditor"))
        chosen: list[Look] = []
        if own is not None:
            chosen.append(looks.store(own, cache))
        elif source.kind == "desk":
            chosen.append(looks.desk(releases))
        elif files:
            chosen.append(looks.addresses(client, cache, seconds=seconds))
        chosen.append(looks.tables(releases, cache, portal=own, judge=judging, measurer=quality))
        if gd_catalog:
            chosen.append(looks.gd_catalog(client, cache, site_url=gd_catalog))
        yield chosen


def declared_looked_at(
    workspace: Workspace | None, answers: tuple[Answer, ...], *, allowed: tuple[str, ...] = ()
) -> Story[tuple[Answer, ...]]:
    """People's answers, once it is known what stands at the addresses that they name."""
    from catalog.audit import declared
    from catalog.audit.seen import looks
    from catalog.harvest.client import Client

    if declared.addresses(answers) is None:
        return answers
    with _cache(workspace, None) as cache, Client(allowed=allowed, purpose="auditor") as client:
        return (yield from declared.looked(answers, client, cache, most_age=looks.MOST_AGE))


def served(workspace: Workspace, portal: LocalPortal) -> list[Look]:
    """What a server looks at: whether our own files are there, and what earlier audits found of their tables."""
    from catalog.audit.seen import earlier, looks, released
    from catalog.store.evidence import Stored

    cache = Stored(portal.engine)
    return [looks.store(portal, cache), earlier.tables(released.releases(workspace.folder), cache, portal)]


def remembering(terms: Terms, portal: LocalPortal) -> Terms:
    """The terms, with what earlier audits found at the addresses that people declared."""
    from catalog.audit import declared
    from catalog.store.evidence import Stored

    return replace(terms, declared=declared.remembered(terms.declared, Stored(portal.engine)))


@contextmanager
def _cache(workspace: Workspace | None, own: object) -> Iterator[Evidence]:
    """What was found before: in the catalog's database, or in memory where there is no workspace."""
    from catalog.portal.local import LocalPortal
    from catalog.store.database import open_database
    from catalog.store.evidence import Remembered, Stored

    if isinstance(own, LocalPortal):
        yield Stored(own.engine)
    elif workspace is None:
        yield Remembered()
    else:
        engine = open_database(workspace.database_url)
        try:
            yield Stored(engine)
        finally:
            engine.dispose()
