"""How many of the packages found have each value of a field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from catalog.store.conditions import NARROW, ROW, TEXT_FIELDS, among
from catalog.store.tables import package_values

Counts = dict[str, int]
Numbers = Select[Any] | list[int]
"""The packages found: a query for their numbers or, where they are few, the numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The fields to count the values of."""

    fields: tuple[str, ...] = ()
    most: int = 50
    """Values a field has at most; negative: all, in their own order."""
    least: int = 1
    """Packages that a value has at least."""


def counted(connection: Connection, asked: Facets, numbers: Numbers) -> dict[str, Counts]:
    """Field → value → how many have it, the most frequent first."""
    found: dict[str, Counts] = {field: {} for field in asked.fields}
    if asked.most == 0 or numbers == []:
        return found
    values = [field for field in found if field not in NARROW and field not in TEXT_FIELDS]
    if values:
        counts = _tallied if isinstance(numbers, list) else _grouped
        found |= counts(connection, asked, values, numbers)
    for field in found:
        if field in NARROW:
            value, held = NARROW[field], among(ROW.number, numbers, connection.dialect.name)
            counting = select(value, func.count()).where(held, value.is_not(None)).group_by(value)
            found[field] = _most(asked, {str(row[0]): int(row[1]) for row in connection.execute(counting)})
    return found


def _most(asked: Facets, counts: Mapping[str, int]) -> Counts:
    enough = [one for one in counts.items() if one[1] >= max(1, asked.least)]
    enough.sort(key=lambda one: (-one[1] if asked.most > 0 else 0, one[0]))
    return dict(enough if asked.most < 0 else enough[: asked.most])


def _tallied(connection: Connection, asked: Facets, fields: list[str], numbers: Numbers) -> dict[str, Counts]:
    """Values of a few packages, counted here: their own rows are read, not all rows of a field."""
    tally: dict[str, Counter[str]] = {field: Counter() for field in fields}
    rows, dialect = package_values.c, connection.dialect.name
    query = select(rows.field, rows.value)
    query = query.where(among(rows.number, numbers, dialect), among(rows.field, fields, dialect))
    for field, value in connection.execute(query):
        tally[field][value] += 1
    return {field: _most(asked, counts) for field, counts in tally.items()}


def _grouped(connection: Connection, asked: Facets, fields: list[str], numbers: Numbers) -> dict[str, Counts]:
    """Values of many packages, counted by the database: all fields in one pass, of each the most frequent."""
    found: dict[str, Counts] = {field: {} for field in fields}
    rows, dialect, count = package_values.c, connection.dialect.name, func.count().label("number")
    query = select(rows.field, rows.value, count)
    query = query.where(among(rows.field, fields, dialect), among(rows.number, numbers, dialect))
    query = query.group_by(rows.field, rows.value).having(func.count() >= max(1, asked.least))
    if asked.most < 0:
        query = query.order_by(rows.field, rows.value)
    else:
        each = query.subquery().c
        order = (each.number.desc(), each.value)
        place = func.row_number().over(partition_by=each.field, order_by=order).label("place")
        ranked = select(each.field, each.value, each.number, place).subquery().c
        query = select(ranked.field, ranked.value, ranked.number).where(ranked.place <= asked.most)
        query = query.order_by(ranked.field, ranked.place)
    for field, value, number in connection.execute(query):
        found[field][value] = int(number)
    return found
