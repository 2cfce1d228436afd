"""What the columns of a table tell: cells that hold a national ID number, and names that promise personal data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place
from metadata.rules import rule
from pipelines.govern.personal.entity import ENTITIES
from pipelines.govern.personal.masked import MASK
from pipelines.govern.personal.numbers import national_ids
from pipelines.govern.personal.prose import texts as _texts
from pipelines.govern.triggers import telling

if TYPE_CHECKING:
    import pandas

SHOWN = 10
"""How many places a column's Findings name; one more Finding counts them all."""
_ROUGH = ENTITIES["national-id"].rough or ""
_DECIMAL = r"^\s*[-+]?\d{0,12}\.\d+\s*$"
"""A whole cell that is a decimal fraction, which never is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The cells of a table, or of a slice of it, that hold a national ID number.

    `columns`: for each column how many there are, and (row from 0, source row) of the first of them.
    """

    rows: int
    columns: tuple[tuple[int, tuple[tuple[int, int | None], ...]], ...]


def scan(table: pandas.DataFrame) -> Scan:
    """Looks for national ID numbers in every cell."""
    columns = []
    for position in range(len(table.columns)):
        column = table.iloc[:, position]
        found = _values_with_ids(column)
        hits = column.isin(found).to_numpy().nonzero()[0] if found else ()
        shown = tuple((int(row), _source_row(column.index[row])) for row in hits[:SHOWN])
        columns.append((len(hits), shown))
    return Scan(rows=len(table), columns=tuple(columns))


def scanned(slices: Sequence[Scan]) -> Scan:
    """What the slices of a table, at least one, hold together."""
    columns = []
    for position in range(len(slices[0].columns)):
        count, start = 0, 0
        shown: list[tuple[int, int | None]] = []
        for one in slices:
            here, first = one.columns[position]
            shown += [(start + row, source_row) for row, source_row in first]
            count, start = count + here, start + one.rows
        columns.append((count, tuple(shown[:SHOWN])))
    return Scan(rows=sum(one.rows for one in slices), columns=tuple(columns))


@rule("personal-national-id", "personal-national-id-count")
def cells(
    dataset: Dataset, resource: Resource, table: pandas.DataFrame, found: Scan | None = None
) -> Iterator[Finding]:
    """No cell of the published table holds a person's national ID number."""
    found = found or scan(table)
    for label, (count, shown) in zip(table.columns, found.columns, strict=True):
        for row, source_row in shown:
            at = Place(
                dataset=dataset.name,
                resource=resource.name,
                column=str(label),
                row=row + 2,
                source_row=source_row,
            )
            yield Finding(rule="personal-national-id", at=at, values={"masked": MASK})
        if count:
            at = Place(dataset=dataset.name, resource=resource.name, column=str(label))
            values = {"count": count, "rows": found.rows, "masked": MASK}
            yield Finding(rule="personal-national-id-count", at=at, values=values)


def _values_with_ids(column: pandas.Series[Any]) -> list[str]:
    """The distinct values of a column that hold a national ID number."""
    import polars

    distinct = polars.Series(column.dropna().unique().tolist(), dtype=polars.String)
    rough = distinct.filter(distinct.str.contains(_ROUGH) & ~distinct.str.contains(_DECIMAL))
    return [value for value in rough if national_ids(value)]


def _source_row(origin: Any) -> int | None:
    first = origin[0] if isinstance(origin, tuple) else origin
    try:
        return int(first)
    except (TypeError, ValueError):
        return None


@rule("personal-national-id-label")
def labels(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """No column name, title or description holds a national ID number (a table read without its header)."""
    fields = (resource.schema or {}).get("fields") or ()
    texts = [(number, str(label)) for number, label in enumerate(table.columns, 1)]
    for number, field in enumerate(fields, 1):
        texts += [(number, text) for _, text in _texts({k: v for k, v in field.items() if k != "name"}, "")]
    for number in dict.fromkeys(number for number, text in texts if national_ids(text)):
        at = Place(dataset=dataset.name, resource=resource.name)
        yield Finding(rule="personal-national-id-label", at=at, values={"position": number, "masked": MASK})


@rule("personal-header", "personal-header-sensitive")
def headers(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """A column whose name promises personal data is looked at by a person before it goes out."""
    fields = {field.get("name"): field for field in (resource.schema or {}).get("fields") or ()}
    for label in map(str, table.columns):
        titles = [str(fields.get(label, {}).get(key) or "") for key in ("title", "title_en")]
        for kind, word in telling(label, *titles):
            at = Place(dataset=dataset.name, resource=resource.name, column=label)
            if kind == "identifier":
                yield Finding(rule="personal-header", severity="warning", at=at, values={"word": word})
            else:
                yield Finding(rule="personal-header-sensitive", severity="note", at=at, values={"word": word})
