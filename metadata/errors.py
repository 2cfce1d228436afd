"""What is raised when a check could not run at all. What ran and found something is a Finding instead.

    SaphanError
    ├── SetupError (2)      the command, the workspace, a descriptor or a recipe cannot be used as it stands
    ├── SourceError (3)     a source cannot be read
    ├── PortalError (4)     a portal did not do what it was asked
    │   ├── Unreachable     no answer, or not in time
    │   ├── NotAllowed      401, 403: the key is missing, wrong, expired, or not enough
    │   ├── Refused         the portal read the request and refused it (409, 413, 500 …)
    │   └── NotCkan         what answered is not a CKAN (HTML, a redirect, another service)
    ├── StoreError (5)      our own database, disk or lock
    └── Interrupted (130)   somebody stopped the work half-way

The number is the exit code. `kind` names the sentences in `metadata/standards/wording.yaml`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from metadata.finding import Finding, Place


class SaphanError(Exception):
    """A check or a command that could not run. `kind` has its wording, `at` its place, `values` its facts."""

    exit: ClassVar[int] = 2

    def __init__(self, kind: str, at: Place | None = None, **values: Any) -> None:
        super().__init__(kind, values)
        self.kind = kind
        self.at = at or Place()
        self.values = values

    def as_finding(self) -> Finding:
        """The same, where the work goes on with the other datasets."""
        return Finding(rule=self.kind, severity="error", at=self.at, values=self.values)

    def __str__(self) -> str:
        return f"{self.kind} at {self.at.to_dict()}: {self.values}"


class SetupError(SaphanError):
    """The command, the workspace, a descriptor or a recipe cannot be used as it stands."""

    exit = 2


class SourceError(SaphanError):
    """A source cannot be read. Its kinds begin with `read-`."""

    exit = 3


class PortalError(SaphanError):
    """A portal did not do what it was asked."""

    exit = 4


class Unreachable(PortalError):  # noqa: N818 - the contract's names
    """No answer, or not in time. Worth trying again."""


class NotAllowed(PortalError):  # noqa: N818
    """The key is missing, wrong, expired, or not enough (401, 403)."""


class Refused(PortalError):  # noqa: N818
    """The portal read the request and refused it."""


class NotCkan(PortalError):  # noqa: N818
    """What answered is not a CKAN: HTML, a redirect, another service."""


class StoreError(SaphanError):
    """Our own database, disk or lock."""

    exit = 5


class Interrupted(SaphanError):  # noqa: N818
    """Somebody stopped the work half-way (Ctrl-C). A rerun goes on."""

    exit = 130
