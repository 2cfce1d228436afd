"""PostgreSQL's functions of many rows that SQLite has not."""

from __future__ import annotations

import math
from typing import Any

from catalog.store.sql_functions import LONGEST, SCALARS, said_by, text_of


def _spread(least: int, *, root: bool) -> type:
    """Variance of a column's numbers, or its root, in one pass (Welford); of a sample: `least` 2, of all: 1."""

    class Spread:
        def __init__(self) -> None:
            self.count, self.mean, self.squares = 0, 0.0, 0.0

        def step(self, value: Any) -> None:
            if value is not None:
                self.count += 1
                away = float(value) - self.mean
                self.mean += away / self.count
                self.squares += away * (float(value) - self.mean)

        def finalize(self) -> float | None:
            if self.count < least:
                return None
            found = self.squares / (self.count - least + 1)
            return math.sqrt(found) if root else found

    return Spread


class _Only:
    """The value of a query that may give no second row."""

    def __init__(self) -> None:
        self.found: list[Any] = []

    def step(self, value: Any) -> None:
        self.found.append(value)
        if len(self.found) > 1:
            said_by.set("more than one row returned by a subquery used as an expression")
            raise ValueError

    def finalize(self) -> Any:
        return self.found[0] if self.found else None


class _StringAgg:
    """PostgreSQL's string_agg: a text, what stands between, then pairs: what to order by, whether it goes down."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, tuple[Any, ...]]] = []
        self.size = 0

    def step(self, value: Any, between: Any, *order: Any) -> None:
        if value is not None:
            self.found.append((text_of(value), between or "", order))
            self.size += len(self.found[-1][0])
            if self.size > LONGEST:
                raise ValueError("too long")

    def finalize(self) -> str | None:
        if not self.found:
            return None
        ways = range(0, len(self.found[0][2]), 2)
        for place in reversed(ways):
            self.found.sort(
                key=lambda one: (one[2][place] is None, one[2][place] or 0),
                reverse=bool(self.found[0][2][place + 1]),
            )
        first, *rest = self.found
        return first[0] + "".join(between + text for text, between, _order in rest)


AGGREGATES: tuple[tuple[str, int, type], ...] = (
    *((f"pg_{name}", 1, _spread(2, root=True)) for name in ("stddev", "stddev_samp")),
    *((f"pg_{name}", 1, _spread(2, root=False)) for name in ("variance", "var_samp")),
    ("pg_stddev_pop", 1, _spread(1, root=True)),
    ("pg_var_pop", 1, _spread(1, root=False)),
    ("pg_string_agg", -1, _StringAgg),
    ("pg_only", 1, _Only),
)
MADE = frozenset(name for name, *_ in (*SCALARS, *AGGREGATES))
"""The functions that are made, under their names inside: `pg_` stands before PostgreSQL's."""
