"""Rows of a table, chosen and added up: by the portal where it can, else here, exactly or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from catalog.mcp.protocol import ToolFailed
from metadata.ports import Portal

PAGE = 5000
"""Rows asked for at a time."""
SCANNED = 200_000
"""Rows read for one answer; a total of fewer rows than there are would be wrong."""
GROUPS = 1000
NUMBERS = ("int", "float", "numeric", "double", "bigint", "serial", "decimal", "real")
TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda cell, value: cell == value,
    "ne": lambda cell, value: cell != value,
    "lt": lambda cell, value: cell < value,
    "le": lambda cell, value: cell <= value,
    "gt": lambda cell, value: cell > value,
    "ge": lambda cell, value: cell >= value,
    "contains": lambda cell, value: str(value).casefold() in str(cell).casefold(),
}
FUNCTIONS = ("count", "sum", "avg", "min", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of one table. `where` are conditions that must all hold: (column, test, value)."""

    resource: str
    where: tuple[tuple[str, str, str], ...] = ()
    columns: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    aggregates: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    limit: int = 50
    offset: int = 0


def answered(portal: Portal, query: Query) -> dict[str, Any]:
    """Columns, rows, and `total`: how many rows (or groups) there are in all. Raises ToolFailed, PortalError."""
    head = portal.call_action("datastore_search", {"resource_id": query.resource, "limit": 0})
    types = {field["id"]: str(field["type"]) for field in head["fields"]}
    _known(types, query)
    if query.aggregates or query.group_by:
        return _grouped(portal, query, types)
    columns = query.columns or tuple(name for name in types if name != "_id")
    # equality is the portal's to judge; anything else is judged here
    pushed = all(test == "eq" for _column, test, _value in query.where)
    if pushed:
        asked = {**_asked(query), "limit": query.limit, "offset": query.offset}
        found = portal.call_action("datastore_search", asked)
        rows, total = found["records"], found.get("total", len(found["records"]))
    else:
        chosen = list(_scanned(portal, query, types))
        rows, total = chosen[query.offset : query.offset + query.limit], len(chosen)
    return {
        "columns": list(columns),
        "rows": [[row.get(name) for name in columns] for row in rows],
        "total": total,
    }


def _known(types: Mapping[str, str], query: Query) -> None:
    """Raises ToolFailed for a column the table does not have, or one that cannot be added up."""
    sorted_by = [part.strip().split(" ")[0].strip('"') for part in query.sort.split(",") if part.strip()]
    if query.aggregates or query.group_by:
        sorted_by = []
    used = [*query.columns, *query.group_by, *(one[0] for one in query.where), *sorted_by]
    used += [column for _function, column in query.aggregates if column != "*"]
    for name in used:
        if name not in types:
            raise ToolFailed(f"No column {name!r}. Columns: {', '.join(one for one in types if one != '_id')}")
    for function, column in query.aggregates:
        if function in ("sum", "avg") and (column == "*" or not _numeric(types[column])):
            raise ToolFailed(
                f"{function} needs a column of numbers; {column} is {types.get(column, 'all columns')}"
            )


def _numeric(kind: str) -> bool:
    return kind.lower().startswith(NUMBERS)


def _asked(query: Query) -> dict[str, Any]:
    filters: dict[str, Any] = {}
    for column, test, value in query.where:
        if test == "eq":
            if column in filters and filters[column] != value:
                raise ToolFailed(f"{column} cannot equal two values at once")
            filters[column] = value
    asked: dict[str, Any] = {"resource_id": query.resource}
    if filters:
        asked["filters"] = filters
    if query.sort:
        asked["sort"] = query.sort
    return asked


def _scanned(portal: Portal, query: Query, types: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Every row that the conditions leave. Raises ToolFailed where there are too many to look at."""
    tests = [
        (column, TESTS[test], _value(types[column], value)) for column, test, value in query.where if test != "eq"
    ]
    asked = {**_asked(query), "sort": f"{query.sort}, _id" if query.sort else "_id"}
    offset = 0
    while True:
        found = portal.call_action("datastore_search", {**asked, "limit": PAGE, "offset": offset})
        rows = found["records"]
        if found.get("total", 0) > SCANNED:
            raise ToolFailed(
                f"{found['total']} rows are more than can be read at once ({SCANNED}): add an eq condition"
            )
        for row in rows:
            if all(_holds(row.get(column), test, value, types[column]) for column, test, value in tests):
                yield row
        offset += len(rows)
        if not rows or offset >= found.get("total", 0):
            return


def _value(kind: str, given: str) -> Any:
    """A condition's value in the column's type. Raises ToolFailed."""
    if not _numeric(kind):
        return given
    try:
        return Decimal(given)
    except InvalidOperation:
        raise ToolFailed(f"{given!r} is no number, and the column holds numbers") from None


def _holds(cell: Any, test: Callable[[Any, Any], bool], value: Any, kind: str) -> bool:
    """Whether a cell passes; an empty one passes nothing."""
    if cell is None:
        return False
    return test(Decimal(str(cell)) if _numeric(kind) and isinstance(value, Decimal) else str(cell), value)


def _grouped(portal: Portal, query: Query, types: Mapping[str, str]) -> dict[str, Any]:
    aggregates = query.aggregates or (("count", "*"),)
    groups: dict[tuple[Any, ...], list[_Sum]] = {} if query.group_by else {(): [_Sum() for _one in aggregates]}
    read = 0
    for row in _scanned(portal, Query(resource=query.resource, where=query.where), types):
        read += 1
        key = tuple(row.get(name) for name in query.group_by)
        if key not in groups:
            if len(groups) == SCANNED:
                raise ToolFailed("Too many groups: group by fewer columns")
            groups[key] = [_Sum() for _one in aggregates]
        for made, (_function, column) in zip(groups[key], aggregates, strict=True):
            made.add(1 if column == "*" else row.get(column), numeric=column == "*" or _numeric(types[column]))
    names = [f"{function}_{column}" if column != "*" else function for function, column in aggregates]
    columns = [*query.group_by, *names]
    rows = [[*key, *_results(made, aggregates)] for key, made in groups.items()]
    rows = _in_order(rows, columns, query.sort)
    shown = rows[query.offset : query.offset + min(query.limit, GROUPS)]
    return {"columns": columns, "rows": shown, "total": len(rows), "rows_read": read}


def _results(made: Sequence[_Sum], aggregates: Sequence[tuple[str, str]]) -> list[Any]:
    return [_cell(one.result(function)) for one, (function, _column) in zip(made, aggregates, strict=True)]


def _in_order(rows: list[list[Any]], columns: Sequence[str], sort: str) -> list[list[Any]]:
    """Groups by `sort` ("column desc, column"), else by their own values."""
    parts = [part.strip().rsplit(" ", 1) for part in sort.split(",") if part.strip()]
    rows = sorted(rows, key=lambda row: [_rank(cell) for cell in row])
    for part in reversed(parts):
        down = len(part) == 2 and part[1].lower() == "desc"
        name = part[0] if len(part) == 2 and part[1].lower() in ("asc", "desc") else " ".join(part)
        if name not in columns:
            raise ToolFailed(f"Groups cannot be sorted by {name!r}. Columns: {', '.join(columns)}")
        place = columns.index(name)
        rows = sorted(rows, key=lambda row: _rank(row[place]), reverse=down)
    return rows


def _rank(cell: Any) -> tuple[int, Any]:
    if cell is None:
        return (0, 0)
    return (1, cell) if isinstance(cell, int | float) else (2, str(cell))


class _Sum:
    """One aggregate on its way: exact, since sums of money are."""

    def __init__(self) -> None:
        self.count, self.total = 0, Decimal(0)
        self.least: Any = None
        self.most: Any = None

    def add(self, cell: Any, *, numeric: bool) -> None:
        if cell is None or cell == "":
            return
        value = Decimal(str(cell)) if numeric else str(cell)
        self.count += 1
        if isinstance(value, Decimal):
            self.total += value
        self.least = value if self.least is None else min(self.least, value)
        self.most = value if self.most is None else max(self.most, value)

    def result(self, function: str) -> Any:
        if function == "count":
            return self.count
        if function == "sum":
            return self.total
        if function == "avg":
            return self.total / self.count if self.count else None
        return self.least if function == "min" else self.most


def _cell(value: Any) -> Any:
    """A number as JSON has it: whole ones whole."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
