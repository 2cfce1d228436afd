"""How the public is heard: by whom, and within how many days (`portal` of `workspace.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

DAYS = 15
"""What the cabinet asked of agencies in 2547 for requests under the Official Information Act: to answer within 15
days, or to say within them when (recalled, not read in the project's sources)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who hears. `email`: where mail goes, if anywhere."""

    name: str = ""
    email: str | None = None
    telephone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Of one portal. The data protection officer is named to the public, the steward is not."""

    dpo: Person = Person()
    steward: Person = Person()
    request_days: int = DAYS

    @classmethod
    def of(cls, portal: Mapping[str, Any]) -> Terms:
        """From the section `portal` of a workspace."""
        people = {name: Person(**portal.get(name, {})) for name in ("dpo", "steward")}
        return cls(**people, request_days=portal.get("request_days", DAYS))

    def hears(self, kind: str) -> Person:
        """Whom a kind of voice is for."""
        return self.dpo if kind == "personal" else self.steward

    def due(self, kind: str, day: date) -> date | None:
        """By when what came in on a day is to be answered: of requests only; reports are answered as they come."""
        return day + timedelta(days=self.request_days) if kind == "request" else None
