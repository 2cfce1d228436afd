"""Entry: one dataset as the audit reads it, from whatever source, and what was seen of it outside its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A dataset. `package` is as `package_show` gives it; the desk's is made in that shape.

    `tables`: resource id → the DataStore's fields ({"id", "type", "info"}); what is absent is not known.
    `seen`: what was found outside the record, JSON: {"reach": {resource id: …}, "valid": {resource id: …},
    "quality": {resource id: …}, "registered": …}; what was not looked at is absent.
    """

    package: Mapping[str, Any] = field(hash=False)
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict, hash=False)
    seen: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """The dataset's name."""
        return str(self.package["name"])

    def to_json(self) -> dict[str, Any]:
        """The three of them, as a proof keeps them."""
        return {"package": dict(self.package), "tables": dict(self.tables), "seen": dict(self.seen)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Entry:
        """The Entry that `to_json` gave."""
        return cls(package=kept["package"], tables=kept["tables"], seen=kept["seen"])
