"""Steps that name, keep, add and take apart columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas

from pipelines.steps.declare import Column, Columns, NewColumn, Outcome, Pattern, Undecided, table_step


@table_step
def rename(table: pandas.DataFrame, *, columns: Mapping[Column, str]) -> Outcome:
    """Gives columns their published names.

    Example: - rename: {columns: {ชื่อกองทุน: fund_name, จังหวัด: province}}
    """
    return Outcome(table=table.rename(columns=dict(columns)), renamed=columns)


@table_step
def select(table: pandas.DataFrame, *, columns: Columns) -> pandas.DataFrame:
    """Keeps the columns it lists, in that order; the others are dropped.

    Example: - select: {columns: [province, year, households]}
    """
    return table[list(dict.fromkeys(columns))]


@table_step
def drop_columns(table: pandas.DataFrame, *, columns: Columns) -> pandas.DataFrame:
    """Drops the columns it lists.

    Example: - drop-columns: {columns: [หมายเหตุ]}
    """
    return table.drop(columns=list(columns))


@table_step
def constant(table: pandas.DataFrame, *, column: NewColumn, value: str) -> pandas.DataFrame:
    """Adds a column that says the same on every row, such as the year that only the file's title tells.

    Example: - constant: {column: year, value: "2567"}
    """
    return table.assign(**{column: value}).astype({column: "str"})


@table_step
def split(table: pandas.DataFrame, *, column: Column, pattern: Pattern, into: Sequence[NewColumn]) -> Outcome:
    r"""Takes a text apart into new columns by the groups of a regular expression; the text itself stays.

    The expression must match the whole cell. A cell it does not match is undecided, its new cells empty.

    Example: - split: {column: location, pattern: 'ต\.(.*) อ\.(.*) จ\.(.*)', into: [tambon, amphoe, province]}
    """
    found = [re.fullmatch(pattern, text) for text in table[column]]
    parts = {
        name: [(match[number] or "").strip() if match else "" for match in found]
        for number, name in enumerate(into, 1)
    }
    doubts = [
        (place, column, Undecided("split"))
        for place, (match, text) in enumerate(zip(found, table[column], strict=True))
        if match is None and text
    ]
    made = table.assign(
        **{name: pandas.Series(texts, index=table.index, dtype="str") for name, texts in parts.items()}
    )
    return Outcome(table=made, undecided=doubts)
