"""What one half of saphan is handed of the other: the Protocols that keep the floors apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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


Rows = Iterable[Sequence[Any]]
"""Records of a table, each a sequence of cells; None is an empty one."""


class Scanner(Protocol):
    """Looks for what should not leave: personal data, secrets and dangers. The worst is told first."""

    def scan(self, path: Path, *, name: str | None = None) -> tuple[Finding, ...]:
        """In every part of a file, which others call by that `name` (default: its own). Raises SourceError."""

    def rows(
        self,
        labels: Sequence[str],
        titles: Sequence[Sequence[str]],
        rows: Rows,
        *,
        around: Callable[[], Rows] | None = None,
    ) -> tuple[Finding, ...]:
        """In rows of a table: `source_row` is their number from 1. `around`: others of that table, by which is
        judged what alone may be chance; they are asked for where something was found."""

    def texts(self, described: Mapping[str, Any]) -> tuple[Finding, ...]:
        """In the texts of a description, but for how its agency is reached. `values["key"]`: where."""


class Measurer(Protocol):
    """Measures how good the data of a file of delimited text are."""

    def measure(self, path: Path, *, whole: bool = False) -> Mapping[str, float | None] | None:
        """What `profile.json` holds as `quality`: within NECTEC's limits, or of the `whole` file.

        None where there is nothing to measure. Raises OSError.
        """
