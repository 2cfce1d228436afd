"""What an audit found outside the records, so that it need not be asked for again: a cache with dates.

Nothing in it is a decision or a figure of its own: what it holds can be asked for again. So a backup leaves it
out, and a restore empties it, since it tells of files that may not be the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Protocol

import orjson
from sqlalchemy import Engine, delete, insert, select

from catalog.store.database import reading, writing
from catalog.store.tables import evidence
from metadata import clock

KEPT = timedelta(days=400)
"""How long something is kept that nobody asked for anew: the audits of a fiscal year may go back to it."""
BLOCK = 500
"""Keys asked for at once."""


class Evidence(Protocol):
    """What was found, by kind and key: JSON objects that hold `checked_at`, as `clock.stamp()` gives it."""

    def find(self, kind: str, keys: Iterable[str], *, since: str = "") -> dict[str, dict[str, Any]]:
        """Of some keys what is known, and was found at that moment or later."""
        ...

    def note(self, kind: str, found: Mapping[str, Mapping[str, Any]]) -> None:
        """Keeps what was found, in the place of what was known."""
        ...


class Remembered:
    """In memory, for an audit without a workspace."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def find(self, kind: str, keys: Iterable[str], *, since: str = "") -> dict[str, dict[str, Any]]:
        known = ((key, self._known.get((kind, key))) for key in keys)
        return {key: dict(one) for key, one in known if one is not None and one["checked_at"] >= since}

    def note(self, kind: str, found: Mapping[str, Mapping[str, Any]]) -> None:
        self._known |= {(kind, key): dict(one) for key, one in found.items()}


class Stored:
    """In the catalog's database. Raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._swept = False

    def find(self, kind: str, keys: Iterable[str], *, since: str = "") -> dict[str, dict[str, Any]]:
        by_hash = {_hashed(key): key for key in keys}
        found: dict[str, dict[str, Any]] = {}
        with reading(self.engine) as connection:
            for some in _blocks(sorted(by_hash)):
                query = select(evidence.c.key, evidence.c.document).where(
                    evidence.c.kind == kind, evidence.c.key.in_(some), evidence.c.checked_at >= since
                )
                found |= {by_hash[key]: orjson.loads(text) for key, text in connection.execute(query)}
        return found

    def note(self, kind: str, found: Mapping[str, Mapping[str, Any]]) -> None:
        rows = [
            {
                "kind": kind,
                "key": _hashed(key),
                "checked_at": one["checked_at"],
                "document": orjson.dumps(one).decode(),
            }
            for key, one in found.items()
        ]
        if not rows:
            return
        with writing(self.engine) as connection:
            for some in _blocks([row["key"] for row in rows]):
                connection.execute(delete(evidence).where(evidence.c.kind == kind, evidence.c.key.in_(some)))
            connection.execute(insert(evidence), rows)
            if not self._swept:
                old = clock.stamp(clock.now() - KEPT)
                connection.execute(delete(evidence).where(evidence.c.checked_at < old))
                self._swept = True


def _hashed(key: str) -> str:
    """Keys are addresses of any length; an index takes no such."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _blocks(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), BLOCK):
        yield keys[start : start + BLOCK]
