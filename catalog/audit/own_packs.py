"""The workspace's own rule packs: whether the facts that they ask are facts.

A fact that there is not is never known, so that a misspelt one would leave a score open for ever, and say nothing.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from catalog.actions.context import Site
from catalog.audit import freshness
from catalog.audit.entry import Entry
from catalog.audit.facts import Ground, facts
from catalog.audit.score import reads
from metadata import document, pack
from metadata.errors import SetupError
from metadata.mistakes import Mistakes
from metadata.standard import Standard

MEASURED = "quality."
"""Before the names of facts that are there as far as they were measured."""


def check(folder: Path, standard: Standard) -> None:
    """Raises SetupError `file-invalid`, `yaml-broken` for the first pack of the workspace that cannot be used."""
    paths = sorted((folder / pack.FOLDER).glob("*.yaml"))
    known = names(standard) if paths else frozenset()
    for path in paths:
        mistakes = Mistakes(document.read(path))
        for at, measure in enumerate(pack.checked(path)["measures"]):
            strange = [name for name in reads(measure) if name not in known and not name.startswith(MEASURED)]
            if strange:
                mistakes.add("pack-facts", "measures", at, known=strange)
        if mistakes.found:
            raise SetupError("file-invalid", file=str(path), mistakes=mistakes.found)


def names(standard: Standard) -> frozenset[str]:
    """The names of all facts, but of those that are measured of data."""
    ground = Ground(standard=standard, site=Site(url="http://catalogue.invalid"))
    found, _ = facts(Entry(package={"name": "blank"}), ground)
    return frozenset({*found, *freshness.timed(found, date(2000, 1, 1)), "title_unique"})
