"""Finding and Place: the one shape of "something is wrong", from a cell to a portal's refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is.

    `row` is frictionless' `rowNumber` in the published file (header 1, first record 2; quoted newlines do
    not count). `source_row` is the row the steward sees in the source (workbook: the sheet's row; CSV:
    record number, header 1; query and JSON: record number from 1). `column` is the label in the published
    file, or the source's label when only `source_row` is given.
    """

    dataset: str | None = None
    resource: str | None = None
    sheet: str | None = None
    row: int | None = None
    source_row: int | None = None
    column: str | None = None

    def to_dict(self) -> dict[str, str | int]:
        """The parts that are known, as they stand in JSON."""
        return {name: value for name in PARTS if (value := getattr(self, name)) is not None}


PARTS = tuple(part.name for part in fields(Place))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong. Holds no prose (see `metadata.wording`) and never a cell's value.

    `values` are JSON values that the rule's sentences in `wording.yaml` name in braces.
    """

    rule: str
    severity: Severity = "error"
    at: Place = Place()
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def to_dict(self) -> dict[str, Any]:
        """The stored form: `message` and `remedy` are added when it is printed (`wording.finding`)."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "at": self.at.to_dict(),
            "values": dict(self.values),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Finding:
        """The Finding that `to_dict` stored."""
        return cls(
            rule=stored["rule"],
            severity=stored["severity"],
            at=Place(**stored["at"]),
            values=stored["values"],
        )


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of them stops a release."""
    return any(finding.severity == "error" for finding in findings)
