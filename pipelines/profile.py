"""What a released table holds, column by column, without repeating a cell of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipelines.govern.personal import masked

if TYPE_CHECKING:
    import pandas

ORDERED = ("date", "datetime", "integer", "number", "year", "yearmonth")
"""The types whose smallest and largest value say something and name nobody."""

ISO = r"\d{4}-\d{2}(-\d{2}(T[\d:.]+Z?)?)?"
"""A date as text that sorts as dates do; anything else in a date column is no date."""


def profile(table: pandas.DataFrame, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Counts for a table of text: {"rows", "columns": [{name, type, blank, distinct, longest, min?, max?}]}.

    `blank` and `distinct` count cells and values; `longest` is in characters. `min` and `max` stand only for
    numbers and dates, and never where a value could be an identifier of a person (13 digits).
    """
    types = {field["name"]: field.get("type", "any") for field in (schema or {}).get("fields", ())}
    columns = [_column(table[name], masked(str(name)), types.get(name, "any")) for name in table.columns]
    return {"rows": len(table), "columns": columns}


def _column(cells: pandas.Series, name: str, kind: str) -> dict[str, Any]:
    import pandas

    # by position: rows of one origin (an unpivoted table) share their index
    filled = cells[cells != ""].reset_index(drop=True)
    column: dict[str, Any] = {
        "name": name,
        "type": kind,
        "blank": len(cells) - len(filled),
        "distinct": int(filled.nunique()),
        "longest": int(filled.str.len().max()) if len(filled) else 0,
    }
    if kind not in ORDERED or not len(filled):
        return column
    if kind.startswith(("date", "yearmonth")):
        keys = filled[filled.str.fullmatch(ISO)]
    else:
        keys = pandas.to_numeric(filled, errors="coerce")
    keys = keys.dropna()
    if len(keys):
        least, most = (str(filled.loc[keys.index].iloc[int(at)]) for at in (keys.argmin(), keys.argmax()))
        if not any(sum(letter.isdigit() for letter in value) >= 13 for value in (least, most)):
            column |= {"min": least, "max": most}
    return column
