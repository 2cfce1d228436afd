"""A table's rows grouped and added up inside the database, the same for SQLite and PostgreSQL: for pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import ARRAY

from catalog.store.datastore import Reading
from catalog.store.shape import EVERY

LONGEST = 200
"""Letters of a cell that a group is told apart by."""
Pairs = Sequence[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows with the same cells: how many, and of each measure the sum and how many cells it is of."""

    keys: tuple[str | None, ...]
    rows: int
    sums: tuple[float, ...]
    counts: tuple[int, ...]


def sample(reading: Reading, most: int) -> tuple[list[tuple[Any, ...]], int]:
    """At most so many rows, taken evenly from the whole table, and how many it has.

    Cells as text, cut where they are long. By `_id`: rows that were deleted are missing, no others are read.
    """
    table, connection = reading.table.clause, reading.connection
    cells = [_key(reading, one.name).label(f"f{n}") for n, one in enumerate(reading.shape.columns)]
    if not cells:
        return [], 0
    count = reading.count(EVERY)
    query = sa.select(*cells).order_by(table.c["_id"])
    if count > most:
        ids = sa.select(sa.func.min(table.c["_id"]), sa.func.max(table.c["_id"]))
        first, last = connection.execute(ids).one()
        step = (last - first) / (most - 1)
        chosen = sorted({first + round(n * step) for n in range(most)})
        query = query.where(table.c["_id"].in_(_listed(chosen, connection.dialect.name)))
    return [tuple(row) for row in connection.execute(query.limit(most))], count


def _listed(numbers: list[int], dialect: str) -> Any:
    """Numbers as one parameter: a statement of many takes longer to write than to answer."""
    if dialect == "sqlite":
        return sa.select(sa.column("value")).select_from(sa.func.json_each(json.dumps(numbers)))
    return sa.select(sa.func.unnest(sa.cast(numbers, ARRAY(sa.BigInteger))))


def grouped(
    reading: Reading,
    by: Sequence[tuple[str, int]],
    measures: Sequence[str] = (),
    *,
    only: Pairs = (),
    without: Pairs = (),
    order: Literal["key", "sum", "mean"] = "key",
    most: int = 5000,
) -> list[Group]:
    """Groups of rows with the same cells in the columns of `by`: (name, letters of the cell that count).

    `only`: columns and the cells one of which a row must have; `without`: those it must not. `order`: by the
    cells, or by the first measure (the rows where there is none), the greatest first. Names are the table's own
    columns; measures are its numbers.
    """
    # keys are named inside: PostgreSQL would not see that two expressions with parameters are the same
    parts = [_key(reading, name, letters).label(f"k{n}") for n, (name, letters) in enumerate(by)]
    numbers = [sa.cast(_cell(reading, name), sa.Float).label(f"n{n}") for n, name in enumerate(measures)]
    chosen = sa.select(*parts, *numbers, sa.literal(1).label("one")).select_from(reading.table.clause)
    for name, cells in only:
        chosen = chosen.where(_key(reading, name).in_(cells))
    for name, cells in without:
        key = _key(reading, name)
        chosen = chosen.where(sa.or_(key.is_(None), key.not_in(cells)))
    inner = chosen.subquery()
    keys, columns = [inner.c[one.name] for one in parts], [inner.c[one.name] for one in numbers]
    rows: ColumnElement[Any] = sa.func.count()
    sums = [sa.func.coalesce(sa.func.sum(one), 0.0) for one in columns]
    query = (
        sa.select(*keys, rows, *sums, *(sa.func.count(one) for one in columns)).select_from(inner).group_by(*keys)
    )
    if order != "key":
        first = (
            sums[0]
            if sums and order == "sum"
            else sa.func.coalesce(sa.func.avg(columns[0]), 0.0)
            if sums
            else rows
        )
        query = query.order_by(first.desc())
    query = query.order_by(*keys)
    found = reading.connection.execute(query.limit(most)).all()
    n, m = len(keys), len(measures)
    return [
        Group(
            tuple(row[:n]),
            int(row[n]),
            tuple(map(float, row[n + 1 : n + 1 + m])),
            tuple(map(int, row[n + 1 + m :])),
        )
        for row in found
    ]


def different(reading: Reading, name: str, *, only: Pairs = (), without: Pairs = ()) -> int:
    """How many groups a column makes of such rows; what is empty is one."""
    query = sa.select(_key(reading, name).label("k")).select_from(reading.table.clause).distinct()
    for one, cells in only:
        query = query.where(_key(reading, one).in_(cells))
    for one, cells in without:
        key = _key(reading, one)
        query = query.where(sa.or_(key.is_(None), key.not_in(cells)))
    return int(reading.connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar() or 0)


def cells(
    reading: Reading, latitude: str, longitude: str, per_degree: int, most: int
) -> list[tuple[float, float, int]]:
    """Rows near each other: the middle of those in each cell of a net (lines to a degree), and how many.

    What lies on a line of the net falls to the one side on SQLite, maybe to the other on PostgreSQL.
    """
    place = [
        sa.cast(_cell(reading, name), sa.Float).label(axis) for name, axis in ((latitude, "y"), (longitude, "x"))
    ]
    net = [sa.func.round(one * per_degree).label(f"{one.name}_net") for one in place]
    inner = sa.select(*place, *net).select_from(reading.table.clause).subquery()
    y, x = inner.c.y_net, inner.c.x_net
    query = sa.select(sa.func.avg(inner.c.y), sa.func.avg(inner.c.x), sa.func.count())
    query = query.where(y.is_not(None), x.is_not(None)).group_by(y, x).order_by(y, x).limit(most)
    return [(float(row[0]), float(row[1]), int(row[2])) for row in reading.connection.execute(query).all()]


def _cell(reading: Reading, name: str) -> ColumnElement[Any]:
    column = reading.shape.column(name)
    if column is None:
        raise KeyError(name)
    return reading.table.clause.c[column.at]


def _key(reading: Reading, name: str, letters: int = LONGEST) -> ColumnElement[Any]:
    """A cell as text, cut; an empty one is none."""
    text = sa.func.substr(sa.cast(_cell(reading, name), sa.Text), 1, letters)
    return sa.func.nullif(sa.func.trim(text), "")
