"""Reading the DataStore: CKAN's datastore_search and datastore_info."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from catalog.actions import datastore_alias as aliases
from catalog.actions import datastore_ask as ask
from catalog.actions.context import Context
from catalog.actions.documents import Document
from catalog.actions.refusals import ActionRefused, invalid
from catalog.actions.register import action
from catalog.actions.values import natural, true
from catalog.store.shape import Filter, FilterError, Shape
from catalog.store.types import NATIVE

Data = dict[str, Any]
MOST, MOST_THAI = 32_000, 10_000
"""Records of one answer: CKAN's limit, and that of the Thai portals."""
FORMATS = ("objects", "lists", "csv", "tsv")
KNOWN = {
    "resource_id", "id", "q", "plain", "filters", "language", "limit", "offset", "fields", "sort", "distinct",
    "include_total", "total_estimation_threshold", "records_format", "include_next_page", "full_text",
}  # fmt: skip


@action("datastore_search", read=True)
def datastore_search(ctx: Context, data: Data) -> Document:
    """Search a table.

    :param resource_id: the resource
    :param filters: field → value, list of values, or {"gt" | "gte" | "lt" | "lte": value}; `$or`, `$and`
    :param q: words to look for in any column, or an object field → words
    :param full_text: words to look for in any column, beside an object `q`
    :param plain: whether `& | ! :*` in words are plain letters (default: true)
    :param language: taken and repeated; words are looked for as they are
    :param fields: the columns wanted, a list or with commas (default: all)
    :param distinct: each combination once
    :param sort: for example `people desc nulls last, code`
    :param limit: at most so many (default: 100, at most 32000)
    :param offset: the offset to start from
    :param include_total: count the records found (default: true)
    :param include_next_page: tell the filter that finds the next page, where sorted by `_id`
    :param records_format: objects, lists, csv or tsv (default: objects)
    """
    key = ask.resource_id(data)
    _page(data, MOST if ctx.stock else MOST_THAI)
    _style(data)
    if key != aliases.LISTING:
        key = ask.readable_table(ctx, key, f'Resource "{key}" was not found.')
    with aliases.listing(ctx) if key == aliases.LISTING else ctx.datastore.opened(key) as table:
        return searched(ctx, data, key, table, table.shape)


def searched(
    ctx: Context, data: Data, key: str, table: Any, shape: Shape, within: Filter | None = None
) -> Document:
    """The answer of an opened table. `shape`: what the caller may know of it; `within`: the rows they may see."""
    limit, offset = _page(data, MOST if ctx.stock else MOST_THAI)
    style = _style(data)
    question, said = ask.question(data, shape)
    ranks = [words.rank for words in question.words]
    distinct = true(data.get("distinct", False))
    fields = _asked(data, shape, ranks)
    sort = ask.sort(data, shape, question)
    unknown = sorted(name for name in data.keys() - KNOWN)
    if unknown:
        raise invalid({"__extras": [f'invalid value "{unknown[0]}"']})
    paged = true(data.get("include_next_page", False)) and [name for name, *_ in sort] in ([], ["_id"])
    paged = paged and shape.has("_id")
    fetched = [*fields, "_id"] if paged and "_id" not in fields and not distinct else fields
    page: Data = {"sort": sort, "limit": limit, "offset": offset, "distinct": distinct}
    total = true(data.get("include_total", True))
    question = question.within(within)
    try:
        rows = table.search(question, fetched, **page)
        count = table.count(question, fields if distinct else ()) if total else None
    except FilterError as error:
        raise _invalid_query(str(error)) from None
    answer: Document = {
        "include_next_page": true(data.get("include_next_page", False)),
        "include_total": total,
        "limit": limit,
        "records_format": style,
        "resource_id": key,
        **said,
        **_repeated(data, offset),
        "records": _formatted([row[: len(fields)] for row in rows], fields, shape, style),
        # CKAN says nothing of the fields where an empty list asks for all of them
        "fields": [_field(name, shape) for name in fields] if data.get("fields") not in ([], "") else [],
    }
    if total:
        answer["total"] = count
    if paged and rows and "_id" in fetched:
        last = rows[-1][fetched.index("_id")]
        answer["next_page"] = {"_id": {"lt" if sort and sort[0][1] else "gt": last}}
    return answer


def _style(data: Data) -> str:
    style = str(data.get("records_format") or "objects")
    if style not in FORMATS:
        raise invalid({"records_format": [f"Value must be one of {list(FORMATS)}"]})
    return style


def _page(data: Data, most: int) -> tuple[int, int]:
    """Limit and offset, refused in CKAN's words."""
    try:
        limit = natural(data, "limit", 100, most)
    except ActionRefused as refused:
        said = refused.error["limit"] if isinstance(refused.error, dict) else []
        fraction = isinstance(data["limit"], float)
        more = ["Please enter an integer value"] if said == ["Invalid integer"] and not fraction else []
        raise invalid({"limit": [*said, *more]}) from None
    if data.get("offset") == "":  # it reaches CKAN's database as it is
        raise _invalid_query('column "none" does not exist')
    try:
        return limit, natural(data, "offset", 0)
    except ActionRefused as refused:
        if isinstance(refused.error, dict) and refused.error["offset"] == ["Must be a natural number"]:
            raise invalid({"offset": [f'invalid value "{data["offset"]}"']}) from None
        raise


def _invalid_query(why: str) -> ActionRefused:
    return invalid({"query": ["Invalid query"], "info": {"orig": [why]}})


def _repeated(data: Data, offset: int) -> Data:
    """What an answer says of the question as it was put."""
    given = {name: data[name] for name in ("sort", "language") if data.get(name) is not None}
    given |= {"offset": offset} if data.get("offset") not in (None, "") else {}
    flags = {name: true(data[name]) for name in ("distinct", "plain") if data.get(name) not in (None, "")}
    return {**given, **flags}


def _asked(data: Data, shape: Shape, ranks: list[str]) -> list[str]:
    given = ask.names(data, "fields")
    if not given:
        every = [column.name for column in shape.columns]
        return [*(["_id"] if shape.has("_id") else ()), *every, *ranks]
    for name in given:
        if not shape.has(name) and name not in ranks:
            raise invalid({"fields": [f'invalid value "{name}"']})
    return given


def _field(name: str, shape: Shape) -> Document:
    column = shape.column(name)
    return ask.field(column) if column else {"id": name, "type": "int" if name == "_id" else "float"}


def _formatted(rows: list[tuple[Any, ...]], names: list[str], shape: Shape, style: str) -> Any:
    if style == "objects":
        return [dict(zip(names, row, strict=True)) for row in rows]
    if style == "lists":
        return [list(row) for row in rows]
    out = io.StringIO()
    writer = csv.writer(out, delimiter="," if style == "csv" else "\t", lineterminator="\n")
    kinds = [shape.kind(name) for name in names]
    writer.writerows(cells(row, kinds) for row in rows)
    return out.getvalue()


def cells(row: Sequence[Any], kinds: Sequence[str]) -> list[Any]:
    """A record as cells of CSV, as PostgreSQL copies it out: JSON stays JSON, `null` included; true is `t`."""
    return [_cell(value, kind) for value, kind in zip(row, kinds, strict=True)]


def _cell(value: Any, kind: str) -> Any:
    if kind == "json":
        return json.dumps(value, ensure_ascii=False)
    if kind.startswith("_"):  # an array
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "ft"[value] if isinstance(value, bool) else value


@action("datastore_info", read=True)
def datastore_info(ctx: Context, data: Data) -> Document:
    """Return a table's fields and size.

    :param id: the resource
    :param include_meta: tell the sizes and the number of records (default: true)
    :param include_fields_schema: tell each field's type and index (default: true)
    """
    key = ask.resource_id(data)
    key = ask.readable_table(ctx, key, f'Resource/Alias "{key}" was not found.')
    shape = ctx.datastore.shape(key)
    answer: Document = {"fields": [ask.field(column) for column in shape.columns]}
    for one in answer["fields"]:
        # CKAN keeps JSON in a type of its own, and says so here only
        one["type"] = "nested" if one["type"] == "json" else one["type"]
    if true(data.get("include_fields_schema", True)):
        for one in answer["fields"]:
            one["schema"] = _schema(ctx, key, shape, one["id"])
    if true(data.get("include_meta", True)):
        size, indexes, whole = ctx.datastore.sizes(key)
        answer["meta"] = {"id": key, "count": ctx.datastore.count(key), "table_type": "BASE TABLE", "size": size}
        answer["meta"] |= {"db_size": whole, "idx_size": indexes, "aliases": aliases.of(ctx, key)}
    return answer


def _schema(ctx: Context, key: str, shape: Shape, name: str) -> Document:
    index = next((one for one in (*shape.indexes, shape.key) if name in one), None)
    kind = shape.kind(name)
    return {
        "native_type": "nested" if kind == "json" else NATIVE[kind],
        "notnull": False,
        "is_index": index is not None,
        "index_name": ctx.datastore.index_name(key, index) if index else None,
        "uniquekey": False,
    }
