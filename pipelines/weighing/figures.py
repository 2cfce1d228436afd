"""What a release is known by when the next one is compared with it: a few figures a column, and no cell.

Counted while a table is written, slice by slice, as its quality is. A category is known by a digest under the
names of its table and column; of a column that holds personal data nothing is kept but its name and type.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pipelines.govern.personal.masked import masked

if TYPE_CHECKING:
    import polars

CATEGORIES = 100
"""A column with more distinct texts has no categories."""
SAMPLE = 2_000
"""Records at the head of a slice by which it is told that a column has too many."""
FEWEST = 5
"""Fewer numbers have no total: it would be nearly one of them."""
DATE = r"^\d{4}-\d\d(-\d\d)?"
YEAR = re.compile(r"(^|_)year($|_)", re.IGNORECASE)
Kind = Literal["number", "date", "year", "text", "key"]


@dataclass(slots=True, eq=False)
class Column:
    """What was seen of a column. `texts` are its distinct ones: None once there are too many."""

    kind: Kind
    numbers: int = 0
    total: float = 0.0
    nonzero: int = 0
    logs: float = 0.0
    newest: str = ""
    texts: set[str] | None = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Figures:
    """The figures of a table so far, or of a slice of it; `schema` says which column is what."""

    schema: Mapping[str, Any] | None = None
    rows: int = 0
    columns: dict[str, Column] = field(default_factory=dict)

    def see(self, part: polars.DataFrame) -> None:
        """Counts some records: columns of text, null where a cell is empty. A `pipelines.stream.Look`."""
        if not self.columns:
            kinds = _kinds(self.schema or {})
            self.columns = {name: Column(kind=kinds.get(name, "text")) for name in part.columns}
        self.rows += part.height
        seen = enumerate(self.columns.items())
        asked = [one for place, (name, column) in seen for one in _asked(place, name, column)]
        found = part.select(asked).row(0, named=True) if asked and part.height else {}
        for name, column in self.columns.items():
            _add(column, found, name)
            if column.kind == "text" and column.texts is not None:
                column.texts = _texts(part.get_column(name), column.texts)

    def told(self, resource: str, secret: Collection[str] = ()) -> dict[str, Any]:
        """{"rows", "columns": [{"name", "type", "unit"?, "total"?, "log"?, "newest"?, "values"?}]}.

        `total` has six digits; `log` is the mean of the numbers' decimal logarithms; `newest` a date or a year;
        `values` the categories' digests. `secret`: labels of columns that hold personal data.
        """
        fields = {one.get("name"): one for one in (self.schema or {}).get("fields", ())}
        columns = []
        for name, column in self.columns.items():
            field = fields.get(name, {})
            one: dict[str, Any] = {"name": masked(name), "type": field.get("type", "any")}
            if field.get("unit"):
                one["unit"] = str(field["unit"])
            if not {name, masked(name)} & set(secret):
                one |= _figures(column)
                if values := categories(column, self.rows):
                    one["values"] = sorted(digest(resource, name, text) for text in values)
            columns.append(one)
        return {"rows": self.rows, "columns": columns}


def joined(parts: Iterable[Figures]) -> Figures:
    """What slices of a table have together."""
    whole = Figures()
    for part in parts:
        whole.schema = part.schema
        whole.rows += part.rows
        for name, more in part.columns.items():
            column = whole.columns.setdefault(name, Column(kind=more.kind))
            column.numbers += more.numbers
            column.total += more.total
            column.nonzero += more.nonzero
            column.logs += more.logs
            column.newest = max(column.newest, more.newest)
            if column.texts is not None:
                both = None if more.texts is None else column.texts | more.texts
                column.texts = None if both is None or len(both) > CATEGORIES else both
    return whole


def categories(column: Column, rows: int) -> set[str]:
    """The texts of a column that has few, each for some rows; none of another."""
    texts = column.texts if column.kind == "text" else None
    return texts if texts and 2 * len(texts) <= rows else set()


def digest(resource: str, column: str, text: str) -> str:
    """What a category is known by: 48 bits of SHA-256 under where it stands."""
    return hashlib.sha256("\x1f".join((resource, column, text)).encode()).hexdigest()[:12]


def _kinds(schema: Mapping[str, Any]) -> dict[str, Kind]:
    key = schema.get("primaryKey") or ()
    keys = {key} if isinstance(key, str) else set(key)
    return {str(one["name"]): _kind(one, keys) for one in schema.get("fields", ()) if one.get("name")}


def _kind(field: Mapping[str, Any], keys: Collection[str]) -> Kind:
    kind, name = field.get("type", "any"), str(field["name"])
    if kind == "year" or (kind == "integer" and YEAR.search(name)):
        return "year"
    if kind in ("date", "datetime", "yearmonth"):
        return "date"
    if name in keys or (field.get("constraints") or {}).get("unique"):
        return "key"
    return "number" if kind in ("integer", "number") else "text" if kind in ("string", "any", "boolean") else "key"


def _asked(place: int, name: str, column: Column) -> list[polars.Expr]:
    import polars

    cell = polars.nth(place)  # by its place: a name may look like a pattern
    if column.kind == "date":
        return [cell.filter(cell.str.contains(DATE)).max().alias(f"{name} newest")]
    if column.kind == "year":
        year = cell.filter(cell.str.contains(r"^\d{4}$"))
        return [year.max().alias(f"{name} newest")]
    if column.kind != "number":
        return []
    number = cell.cast(polars.Float64, strict=False)
    number = number.filter(number.is_finite())
    logs = number.filter(number != 0).abs().log10()
    made = {"numbers": number.count(), "total": number.sum(), "nonzero": logs.count(), "logs": logs.sum()}
    return [expression.alias(f"{name} {key}") for key, expression in made.items()]


def _add(column: Column, found: Mapping[str, Any], name: str) -> None:
    for key in ("numbers", "total", "nonzero", "logs"):
        setattr(column, key, getattr(column, key) + (found.get(f"{name} {key}") or 0))
    column.newest = max(column.newest, found.get(f"{name} newest") or "")


def _texts(cells: polars.Series, known: set[str]) -> set[str] | None:
    for some in (cells.head(SAMPLE), cells):
        texts = known | set(some.unique().drop_nulls().to_list())
        if len(texts) > CATEGORIES:
            return None
    return texts


def _figures(column: Column) -> dict[str, Any]:
    if column.newest:
        return {"newest": column.newest}
    if column.kind != "number" or column.numbers < FEWEST:
        return {}
    told: dict[str, Any] = {"total": _short(column.total)}
    if column.nonzero >= FEWEST:
        told["log"] = round(column.logs / column.nonzero, 3)
    return told


def _short(number: float) -> float:
    """Six digits: more would depend on how a table was cut."""
    return float(f"{number:.6g}") if math.isfinite(number) else 0.0
