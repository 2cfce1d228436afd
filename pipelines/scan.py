"""What a file holds that should not leave with it: the Scanner that `metadata.ports` describes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.govern.inside.judged import judged
from pipelines.govern.inside.walk import opened
from pipelines.govern.personal.masked import discreet, masked


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """One file: its `sha256:…`, and what was found in every part of it, the worst first."""

    digest: str
    findings: tuple[Finding, ...]


def scanned(path: Path) -> Scanned:
    """Looks into every part of a file: personal data, secrets, dangers, and what could not be looked into.

    Raises SourceError where it cannot be read at all: it is missing, a folder, empty, damaged, locked, no format
    that is known.
    """
    try:
        digest, parts = opened(path, Place())
        return Scanned(digest=digest, findings=judged(parts))
    except SourceError as refused:
        said = discreet(refused.as_finding())  # a file's name may tell as much as a cell
        refused.at, refused.values = said.at, dict(said.values)
        refused.values.setdefault("file", masked(path.name))
        raise


def scan(path: Path) -> tuple[Finding, ...]:
    """The Findings alone. Raises SourceError."""
    return scanned(path).findings
