"""A table as if it had only some of its rows."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from catalog.store.datastore import Reading
from catalog.store.rows import Table


def narrowed(reading: Reading, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Reading:
    """The rows whose cells in the columns read like one of the given combinations. Raises KeyError."""
    table = reading.table
    texts = [sa.func.trim(sa.cast(table.clause.c[_inside(table, name)], sa.Text)) for name in columns]
    if len(texts) == 1:
        passes: sa.ColumnElement[bool] = texts[0].in_([one[0] for one in cells])
    else:
        each = (sa.and_(*(text == cell for text, cell in zip(texts, one, strict=True))) for one in cells)
        passes = sa.or_(sa.false(), *each)
    rows = sa.select(table.clause).where(passes).subquery("records")
    return Reading(reading.connection, Table(table.resource, table.shape, rows))  # type: ignore[arg-type]


def _inside(table: Table, name: str) -> str:
    column = table.shape.column(name)
    if column is None:
        raise KeyError(name)
    return column.at
