"""Foreign keys: the values that a referenced table holds, without taking each of its rows through frictionless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from frictionless.resources import TableResource

from pipelines.engine.blocks import Unproven, blocks
from pipelines.engine.plan import file_of, plan_of
from pipelines.engine.sift import Records, Sieve

Values = set[tuple[Any, ...]]


def values(source: TableResource, names: Sequence[str]) -> Values:
    """The values of some fields of an opened resource, as frictionless' own lookup holds them.

    Rows without any of them are left out; what is no valid cell counts as None.
    """
    try:
        return _by_columns(source, names)
    except Unproven:
        rows = (tuple(row.get(name) for name in names) for row in source.row_stream)
        return {cells for cells in rows if set(cells) != {None}}


def _by_columns(source: TableResource, names: Sequence[str]) -> Values:
    places = [field.name for field in source.header.get_expected_fields()]
    columns = [places.index(name) if name in places else None for name in names]
    there = [number for number in columns if number is not None]
    if not there:
        raise Unproven("fields")
    plan = plan_of(source)
    sieve = Sieve(replace(plan, references=()))
    keys = {number for key in plan.keys for number in key}
    tame = all(column.tame for column in sieve.columns)
    if keys and not (tame and all(sieve.columns[number].harmless for number in keys)):
        raise Unproven("keys")  # frictionless compares them as it reads, and reads whole rows: it may raise
    dialect: Any = source.dialect
    first = dialect.create_first_content_row() - 1
    found: Values = set()
    with file_of(source).open("rb") as file:
        base = 0
        for block in blocks(file, plan.form):
            records = sieve.records(block)
            for texts in _distinct(records, there, first - base):
                read = dict(zip(there, sieve.values(there, texts), strict=True))
                try:
                    found.add(tuple(None if number is None else read[number] for number in columns))
                except TypeError as error:  # a value that cannot be compared; frictionless may stop before
                    raise Unproven("keys") from error
            base += records.count
    found.discard((None,) * len(columns))
    return found


def _distinct(records: Records, columns: Sequence[int], first: int) -> set[tuple[str | None, ...]]:
    """The distinct texts of some columns, in the records from `first` on; None for a cell that is not there."""
    frame = records.frame
    if first > 0:
        frame = frame.slice(first) if records.places is None else frame.filter(pl.Series(records.places >= first))
    cells = frame.select(pl.col(str(number)) for number in columns)
    if frame.width > 1:
        cells = cells.with_columns(pl.all().fill_null(""))
    texts: set[tuple[str | None, ...]] = set(cells.unique().iter_rows())
    for number, row in records.others.items():
        if number >= first:
            texts.add(tuple(row[column] if column < len(row) else None for column in columns))
    return texts
