"""What a query on either database may cost, and its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from catalog.store.datastore import Found
from catalog.store.sql_query import SqlQueryError

PATIENCE = 10
"""Seconds that a query may take. (CKAN: 60; there a query has a server to itself.)"""
TOO_LONG = "Query took too long"
AT_ONCE = 4
"""Queries that a process answers at a time: others get their turn within a second, or are refused."""
LARGEST = 64 << 20
"""Letters of all texts in an answer."""


_turns = BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """One of the few queries of a moment. Raises SqlQueryError where there are too many."""
    if not _turns.acquire(timeout=1):
        raise SqlQueryError("too many queries are being answered: ask again in a moment")
    try:
        yield
    finally:
        _turns.release()


def collected(fields: Sequence[tuple[str, str]], rows: Iterable[tuple[Any, ...]], most: int) -> Found:
    """At most so many rows, and whether there were more. Raises SqlQueryError where they are too large."""
    kept: list[tuple[Any, ...]] = []
    size = 0
    for row in rows:
        if len(kept) == most:
            return Found(fields=tuple(fields), rows=kept, truncated=True)
        size += sum(len(value) if isinstance(value, str) else 64 for value in row)
        if size > LARGEST:
            raise SqlQueryError("the answer is too large: ask for fewer rows or columns")
        kept.append(row)
    return Found(fields=tuple(fields), rows=kept, truncated=False)
