"""Figures of our own catalog on a day: what promises are held against, derived and never typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine

from catalog.audit.described import flat, texts
from catalog.store import past, usage, voices
from catalog.store.audits import Audits
from catalog.store.database import reading
from metadata import clock
from metadata.fiscal import end_of
from metadata.vocabulary import classes


@dataclass(kw_only=True)
class Figures:
    """What the catalog's own tables say. `target`: whose kept audits give the scores."""

    engine: Engine
    target: str = "local"
    _open: dict[date, frozenset[str]] = field(default_factory=dict)

    def at(self, source: str, first: date, day: date) -> float | None:
        """The figure of a source (`metadata/promise.py`) of a year that began with `first`, as of a day.

        None where it is not known: the day has not come, or no audit was kept by then.
        """
        if day > clock.today():
            return None
        if source.startswith("score:"):
            return self._score(source.removeprefix("score:"), first, day)
        if source == "datasets-open":
            return len(self.opened(day))
        if source == "datasets-opened":
            return len(self.opened(day) - self.opened(first - timedelta(days=1)))
        with reading(self.engine) as connection:
            if source == "agencies-linked":
                return past.sources(connection, end_of(day))
            if source == "satisfaction":
                return voices.rated(connection, first, day).percent
            if source == "requests-answered":
                return voices.answered_between(connection, first, day)
            if source == "requests-in-time":
                return voices.handled(connection, first, day, day).share
            kind: usage.Kind = "page" if source == "page-views" else "file"
            return usage.between(connection, kind, first, day)

    def opened(self, day: date) -> frozenset[str]:
        """The ids of the datasets that anyone could have then: public by category and in deed, with a file."""
        if day not in self._open:
            with reading(self.engine) as connection:
                held = past.at(connection, end_of(day))
                self._open[day] = frozenset(one.id for one in held if one.document and _open(one.document))
        return self._open[day]

    def _score(self, key: str, first: date, day: date) -> float | None:
        kept = Audits(self.engine).newest(self.target, until=day)
        if kept is None or kept.day < first:
            return None
        return (kept.head["scores"].get(key) or {}).get("value")


def _open(document: Mapping[str, Any]) -> bool:
    package = flat(document)
    public = document["state"] == "active" and document["type"] == "dataset" and not document["private"]
    said = next(iter(texts(package.get("data_category"))), None) == classes()["open"]["category"]
    return public and said and any(one.get("url") for one in document["resources"])
