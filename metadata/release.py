"""Release, Report and Decision: what a recipe made, what the checks said of it, and who said yes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metadata.finding import Finding, has_errors


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data: bytes) -> str:
    """`sha256:<hex>` of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a release: its path within `release/`, `sha256:<hex>`, size in bytes, records (None: no table)."""

    path: str
    sha256: str
    bytes: int
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a recipe makes of a dataset: the published `datapackage.json` and the files beside it."""

    dataset: str
    datapackage: Mapping[str, Any] = field(hash=False)
    files: tuple[File, ...]

    @property
    def hash(self) -> str:
        """sha256 of the canonical JSON of the data package and the files' hashes (design.md §5)."""
        files = sorted([file.path, file.sha256] for file in self.files)
        return sha256(canonical({"datapackage": self.datapackage, "files": files}))

    def media_type(self, path: str) -> str:
        """What a file of the release is, by its path there: `text/csv`."""
        return next(str(entry["mediatype"]) for entry in self.datapackage["resources"] if entry["path"] == path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Whether a release may go out, from which inputs it was made, and what was found (`report.json`)."""

    dataset: str
    release: str | None
    files: tuple[File, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Path within the dataset's folder (or `database:<label>`) → sha256 of what was read."""
    findings: tuple[Finding, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Step label (`welfare-funds 4 thai-date`) → ledger lines."""
    tables: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    seconds: float = 0.0
    built_at: str = ""

    @property
    def passed(self) -> bool:
        """No error was found and there is a release."""
        return self.release is not None and not has_errors(self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A line of `decisions.yaml`: an approval, a waiver, a refusal … of a release or within a scope."""

    kind: str
    by: str
    role: str
    at: str
    release: str | None = None
    reason: str | None = None
    rest: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Decision:
        """A line of the file; raises KeyError where it lacks what every decision has."""
        needed, known = ("kind", "by", "role", "at"), ("release", "reason")
        return cls(
            **{key: str(line[key]) for key in needed},
            **{key: str(line[key]) for key in known if line.get(key)},
            rest={key: value for key, value in line.items() if key not in (*needed, *known)},
        )
