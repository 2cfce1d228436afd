"""The tables of datasets, opened for who asks, and what their columns are there for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from catalog.actions import datastore_ask, documents
from catalog.actions.refusals import ActionRefused
from catalog.store.datastore import state_of
from catalog.store.grouped import sample
from catalog.web.pages.columns import known
from catalog.web.remembered import Remembered

if TYPE_CHECKING:
    from catalog.actions.context import Context
    from catalog.picture.columns import Column
    from catalog.store.datastore import Reading

SAMPLE = 200
"""Rows by which columns are known."""
MOST = 4000
LASTS = 60.0
"""Answers kept by a process, and how many seconds where a store cannot say whether a table has changed."""
Made = TypeVar("Made")


class Answers:
    """What was asked of tables, kept until they change."""

    def __init__(self) -> None:
        self._kept: Remembered[tuple[str, Any], tuple[object, float, Any]] = Remembered(MOST)

    def of(self, ctx: Context, resource: str, key: Any, make: Callable[[Reading], Made]) -> Made:
        """What `make` gives of a table; `key` says which question it is. Who asks must be one who may read it."""
        state, now = state_of(ctx.datastore, resource), time.monotonic()
        found = self._kept.get((resource, key))
        if found and found[0] == state and (state is not None or found[1] > now):
            return found[2]  # type: ignore[no-any-return]
        with ctx.datastore.opened(resource) as reading:
            made = make(reading)
        self._kept.put((resource, key), (state, now + LASTS, made))
        return made

    def columns(self, ctx: Context, resource: str) -> tuple[Column, ...]:
        """What a table's columns are there for, told by some of its rows."""
        return self.of(ctx, resource, "columns", columns)


def columns(reading: Reading) -> tuple[Column, ...]:
    """What a table's columns are there for, told by some of its rows."""
    rows, _count = sample(reading, SAMPLE)
    return known([datastore_ask.field(one) for one in reading.shape.columns], rows)


def package(ctx: Context, key: str) -> dict[str, Any] | None:
    """A dataset by id or name as the one who asks may see it, or None."""
    try:
        return documents.shown(ctx, documents.readable(ctx, key))
    except ActionRefused:
        return None


def has_table(ctx: Context, resource: Mapping[str, Any]) -> bool:
    """Whether a resource has a table that the one who asks may read."""
    try:
        return bool(datastore_ask.readable_table(ctx, resource["id"], ""))
    except ActionRefused:
        return False
