"""What earlier audits found of tables and of other people's files, for a server, which neither judges nor asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.audit.seen import looks
from catalog.audit.seen.reach import LATER
from catalog.audit.seen.released import Releases
from catalog.store.evidence import Evidence
from metadata.errors import SourceError

if TYPE_CHECKING:
    from catalog.audit.run import Look
    from catalog.portal.local import LocalPortal


def tables(releases: Releases, cache: Evidence, portal: LocalPortal) -> Look:
    """Verdicts and measurements of files that have not changed since; of all others nothing is said."""
    later = Later()
    return looks.tables(releases, Known(cache), portal=portal, judge=later, measurer=later)


class Known:
    """What is kept, and stays as it is."""

    def __init__(self, cache: Evidence) -> None:
        self.cache = cache

    def find(self, kind: str, keys: Iterable[str], *, since: str = "") -> dict[str, dict[str, Any]]:
        """As `Evidence`."""
        return self.cache.find(kind, keys, since=since)

    def note(self, kind: str, found: Mapping[str, Mapping[str, Any]]) -> None:
        """Nothing."""


class Later:
    """Who judges and measures nothing now."""

    def judge(self, path: Path, schema: Mapping[str, Any], *, format: str = "csv") -> Any:  # noqa: A002
        """Raises SourceError: not checked."""
        raise SourceError(LATER)

    def measure(self, path: Path, *, whole: bool = False) -> Any:
        """Raises OSError: not measured."""
        raise OSError
