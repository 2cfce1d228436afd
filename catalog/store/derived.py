"""What was derived of records that have not changed: a file of its own, which may be deleted at any time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

BLOCK = 500
"""Keys asked for at a time."""


class Derived:
    """Kept values by key, for one kind of target. A context manager: what was not asked for goes at the end.

    A file that cannot be read or written is worth nothing and stops nobody: then nothing is kept.
    """

    def __init__(self, path: Path, target: str) -> None:
        self.path = path
        self.target = target
        self._asked: set[str] = set()
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        with self._quietly():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, timeout=1.0, isolation_level=None)
            self._connection.execute("pragma journal_mode=wal")
            self._connection.execute("pragma synchronous=off")
            self._connection.execute(
                "create table if not exists derived (target text, key text, value blob, primary key (target, key))"
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        with self._quietly():
            if self._connection is not None and kind is None:
                self._forget(self._connection)
        if self._connection is not None:
            self._connection.close()

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """What is kept of some keys."""
        found: dict[str, bytes] = {}
        self._asked.update(keys)
        with self._quietly():
            for start in range(0, len(keys), BLOCK) if self._connection else ():
                part = keys[start : start + BLOCK]
                marks = ",".join("?" * len(part))
                query = f"select key, value from derived where target = ? and key in ({marks})"  # noqa: S608 - marks
                found.update(self._connection.execute(query, (self.target, *part)))  # type: ignore[union-attr]
        return found

    def put(self, made: Mapping[str, bytes]) -> None:
        """Keeps more."""
        with self._quietly():
            if self._connection is not None:
                self._connection.execute("begin")
                rows = ((self.target, key, value) for key, value in made.items())
                self._connection.executemany("insert or replace into derived values (?, ?, ?)", rows)
                self._connection.execute("commit")

    def _forget(self, connection: sqlite3.Connection) -> None:
        """Deletes what this run did not ask for."""
        query = "select key from derived where target = ?"
        gone = [key for (key,) in connection.execute(query, (self.target,)) if key not in self._asked]
        connection.execute("begin")
        connection.executemany(
            "delete from derived where target = ? and key = ?", ((self.target, key) for key in gone)
        )
        connection.execute("commit")

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        with suppress(sqlite3.Error, OSError):
            yield
