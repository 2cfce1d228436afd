"""What one half of saphan is handed of the other: the Protocols that keep the floors apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Protocol

from metadata.event import Story
from metadata.finding import Finding
from metadata.release import Report


class Portal(Protocol):
    """Anything with ckanapi's `call_action`: our own catalog, or any CKAN."""

    def call_action(
        self, name: str, data: Mapping[str, Any] | None = None, files: Mapping[str, IO[bytes]] | None = None
    ) -> Any:
        """The `result` of one CKAN action. `files` is {"upload": an open binary file}, read as a stream.

        Raises PortalError (Unreachable, NotAllowed, Refused, NotCkan).
        """


class Builder(Protocol):
    """Makes releases of datasets."""

    def build(self, names: tuple[str, ...]) -> Story[tuple[Report, ...]]:
        """Builds datasets by name; one Report each."""


class Judge(Protocol):
    """Judges a file against a Table Schema."""

    def judge(self, path: Path, schema: Mapping[str, Any], *, format: str = "csv") -> Mapping[str, Any]:  # noqa: A002
        """frictionless' Report descriptor of a file of that format, whatever it is called. Raises SaphanError."""


class Scanner(Protocol):
    """Looks into a file for what should not leave with it."""

    def scan(self, path: Path) -> tuple[Finding, ...]:
        """Personal data, secrets and dangers in every part of a file, the worst first. Raises SourceError."""


class Measurer(Protocol):
    """Measures how good the data of a file of delimited text are."""

    def measure(self, path: Path, *, whole: bool = False) -> Mapping[str, float | None] | None:
        """What `profile.json` holds as `quality`: within NECTEC's limits, or of the `whole` file.

        None where there is nothing to measure. Raises OSError.
        """
