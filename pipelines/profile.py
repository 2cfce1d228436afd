"""What a released table holds, column by column, without repeating a cell of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.govern.personal.masked import masked

if TYPE_CHECKING:
    import pandas

ORDERED = ("date", "datetime", "integer", "number", "year", "yearmonth")
"""The types whose smallest and largest value say something and name nobody."""

ISO = r"\d{4}-\d{2}(-\d{2}(T[\d:.]+Z?)?)?"
"""A date as text that sorts as dates do; anything else in a date column is no date."""


Extreme = tuple[Any, str]
"""A smallest or largest value: what it is compared by, and as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A column of a table, or of a slice of it. `distinct` are the values themselves, and stay where they are."""

    name: str
    type: str
    blank: int
    longest: int
    least: Extreme | None
    most: Extreme | None


def profile(table: pandas.DataFrame, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Counts for a table of text: {"rows", "columns": [{name, type, blank, distinct, longest, min?, max?}]}.

    `blank` and `distinct` count cells and values; `longest` is in characters. `min` and `max` stand only for
    numbers and dates, and never where a value could be an identifier of a person (13 digits).
    """
    counts = [counted([distinct(table[name].to_numpy(dtype=object))]) for name in table.columns]
    return profiled([summaries(table, schema)], counts, len(table))


def summaries(table: pandas.DataFrame, schema: Mapping[str, Any] | None) -> tuple[Summary, ...]:
    """What there is to say of each column of a table or a slice, but for its distinct values."""
    types = {field["name"]: field.get("type", "any") for field in (schema or {}).get("fields", ())}
    return tuple(_summary(table[name], masked(str(name)), types.get(name, "any")) for name in table.columns)


def distinct(cells: Any) -> list[str]:
    """The distinct texts of a column of a table or a slice, the empty one left out."""
    import pandas

    return [text for text in pandas.unique(cells).tolist() if text]


def counted(slices: Sequence[Sequence[str]]) -> int:
    """How many distinct texts a column has, of those of its slices."""
    return len(slices[0]) if len(slices) == 1 else len(set().union(*slices))


def profiled(slices: Sequence[Sequence[Summary]], counts: Sequence[int], rows: int) -> dict[str, Any]:
    """The profile of a table whose slices were summed up, in their order."""
    columns = []
    for parts, count in zip(zip(*slices, strict=True), counts, strict=True):
        column: dict[str, Any] = {
            "name": parts[0].name,
            "type": parts[0].type,
            "blank": sum(part.blank for part in parts),
            "distinct": count,
            "longest": max(part.longest for part in parts),
        }
        lows = [part.least for part in parts if part.least is not None]
        highs = [part.most for part in parts if part.most is not None]
        if lows and highs:
            # of equal ones the first
            least, most = min(lows, key=_key)[1], max(highs, key=_key)[1]
            if not any(sum(letter.isdigit() for letter in value) >= 13 for value in (least, most)):
                column |= {"min": least, "max": most}
        columns.append(column)
    return {"rows": rows, "columns": columns}


def _key(extreme: Extreme) -> Any:
    return extreme[0]


def _summary(cells: pandas.Series, name: str, kind: str) -> Summary:
    # by position: rows of one origin (an unpivoted table) share their index
    filled = cells[cells != ""].reset_index(drop=True)
    longest = int(filled.str.len().max()) if len(filled) else 0
    least, most = _extremes(filled, kind)
    return Summary(name=name, type=kind, blank=len(cells) - len(filled), longest=longest, least=least, most=most)


def _extremes(filled: pandas.Series, kind: str) -> tuple[Extreme | None, Extreme | None]:
    """The smallest and largest value, where the type has an order."""
    import pandas

    if kind not in ORDERED or not len(filled):
        return None, None
    if kind.startswith(("date", "yearmonth")):
        keys = filled[filled.str.fullmatch(ISO)]
    else:
        # one by one the same numbers, whatever else the column holds
        keys = pandas.to_numeric(filled, errors="coerce").astype("float64")
    keys = keys.dropna()
    if not len(keys):
        return None, None
    texts = filled.loc[keys.index]
    least, most = ((keys.iloc[at], str(texts.iloc[at])) for at in (int(keys.argmin()), int(keys.argmax())))
    return least, most
