"""Actions on the DataStore: a resource's rows, typed and searchable."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any, cast

import orjson

from catalog.actions.context import Context
from catalog.actions.documents import Document, package_of, touch
from catalog.actions.refusals import forbidden, invalid, missing, not_found, wrong_container
from catalog.actions.register import action
from catalog.actions.resource import held
from catalog.actions.values import natural, now, true, wanted
from catalog.store.datastore import Column, Method, RecordError, Shape
from catalog.store.types import NATIVE, canonical, guessed

Data = dict[str, Any]
FIELD = re.compile(r'^(?!_)(?!\s)[^"]*(?<!\s)\Z')
MOST = 32_000
LONGEST, MOST_WORDS = 8_000, 250
"""Characters and words of a search: SQLite takes no more in one statement."""
MOST_VALUES = 10_000


@action("datastore_create")
def datastore_create(ctx: Context, data: Data) -> Document:
    """Make a table for a resource, or add columns and records to the one it has.

    :param resource_id: the resource; or `resource`: a new one's metadata, with `package_id`
    :param force: needed where the resource is an uploaded file
    :param fields: a list of {"id", "type", "info": {"label", "notes"}}
    :param records: a list of objects
    :param primary_key: fields that together are unique
    :param indexes: fields to index
    """
    answer = {key: value for key, value in data.items() if key not in ("records", "force")}
    if data.get("resource") and not data.get("resource_id"):
        asked = {"url": "", **_object(data, "resource"), "url_type": "datastore"}
        answer["resource_id"] = _datastore_resource(ctx, asked)
        answer["resource"] = {**_object(data, "resource"), "url": "_datastore_only_resource"}
    elif not data.get("resource_id"):
        raise invalid({"resource_id": ["resource_id or resource required"]})
    else:
        _changeable(ctx, data)
    key = str(answer["resource_id"])
    fields, records = _fields(data), _records(data)
    old = ctx.datastore.shape(key) if _has_table(ctx, key) else None
    shape = _shape(data, fields, records, old)
    try:
        (ctx.datastore.alter if old else ctx.datastore.create)(key, shape, records)
    except RecordError as error:
        raise invalid({"records": [str(error)], "records_row": error.row}) from None
    _mark(ctx, key, active=True)
    return {"calculate_record_count": "background", "delete_fields": False, **answer, "method": "insert"}


def _datastore_resource(ctx: Context, asked: Data) -> str:
    """A resource that is nothing but its table: its address is the table's dump."""
    made = ctx.call("resource_create", {**asked, "url_type": ""})
    found = package_of(ctx, made["id"])
    if found:
        package = orjson.loads(orjson.dumps(found[0]))
        for one in package["resources"]:
            if one["id"] == made["id"]:
                one["url"], one["url_type"] = f"/datastore/dump/{one['id']}", "datastore"
        touch(ctx, package)
    return str(made["id"])


@action("datastore_upsert")
def datastore_upsert(ctx: Context, data: Data) -> Document:
    """Insert, update or upsert a table's records, all or nothing.

    :param resource_id: the resource
    :param force: needed where the resource is an uploaded file
    :param records: a list of objects
    :param method: upsert, insert or update (default: upsert); all but insert need the table's primary key
    :param dry_run: check only
    """
    method = str(data.get("method") or "upsert")
    if method not in ("upsert", "insert", "update"):
        raise invalid({"method": ["Value must be one of ['upsert', 'insert', 'update']"]})
    key = _table(ctx, data)
    records = _records(data)
    shape = ctx.datastore.shape(key)
    if method != "insert" and not shape.key:
        raise invalid({"table": ["unique key must be passed for update/upsert"]})
    unknown = [name for record in records for name in record if shape.at(name) is None]
    if unknown:
        raise invalid({"fields": [f'fields "{unknown[0]}" do not exist']})
    try:
        ctx.datastore.write(key, cast(Method, method), records, dry=true(data.get("dry_run", False)))
    except RecordError as error:
        raise invalid({"records": [str(error)], "records_row": error.row}) from None
    except KeyError as error:
        raise invalid({"key": [f'key "{error.args[0]}" not found']}) from None
    answer = {field: value for field, value in data.items() if field not in ("records", "force")}
    return {"calculate_record_count": "background", "method": method, **answer}


@action("datastore_delete")
@action("datastore_records_delete")
def datastore_delete(ctx: Context, data: Data) -> Document:
    """Remove the records a filter names, or without a filter the whole table.

    :param resource_id: the resource
    :param force: needed where the resource is an uploaded file
    :param filters: field → value or list of values (optional)
    """
    key = _table(ctx, data)
    if data.get("filters") is None:
        _mark(ctx, key, active=False)
        ctx.afterwards.append(lambda: ctx.datastore.drop(key))
    else:
        filters = _filters(data, ctx.datastore.shape(key))
        try:
            ctx.datastore.delete(key, filters)
        except RecordError as error:
            raise invalid({"filters": [str(error)]}) from None
    return {field: value for field, value in data.items() if field != "force"}


@action("datastore_search", read=True)
def datastore_search(ctx: Context, data: Data) -> Document:
    """Search a table.

    :param resource_id: the resource
    :param filters: field → value or list of values
    :param q: words to look for in any column, or an object field → words
    :param fields: the columns wanted, a list or with commas (default: all)
    :param distinct: each combination once
    :param sort: for example `people desc, code`
    :param limit: at most so many (default: 100, at most 32000)
    :param offset: the offset to start from
    :param include_total: count the records found (default: true)
    :param records_format: objects, lists, csv or tsv (default: objects)
    """
    key = str(data.get("resource_id") or "")
    if not key:
        raise missing("resource_id")
    limit, offset = natural(data, "limit", 100, MOST), natural(data, "offset", 0)
    held(ctx, key) if package_of(ctx, key) else None
    if not _has_table(ctx, key):
        raise not_found(f'Resource "{key}" was not found.')
    shape = ctx.datastore.shape(key)
    filters, q = _filters(data, shape), _q(data, shape)
    names = _asked(data, shape)
    sort = _sort(data, shape)
    style = str(data.get("records_format") or "objects")
    if style not in ("objects", "lists", "csv", "tsv"):
        raise invalid({"records_format": ["Value must be one of ['objects', 'lists', 'csv', 'tsv']"]})
    total, distinct = true(data.get("include_total", True)), true(data.get("distinct", False))
    try:
        search = {"fields": names, "filters": filters, "q": q, "sort": sort, "limit": limit, "offset": offset}
        rows = list(ctx.datastore.search(key, distinct=distinct, **search))
        count = ctx.datastore.count(key, filters, q, names if distinct else ()) if total else None
    except RecordError as error:
        raise invalid({"filters": [str(error)]}) from None
    columns = {column.name: column for column in shape.columns}
    answer: Document = {
        "include_next_page": False,
        "include_total": total,
        "limit": limit,
        "records_format": style,
        "resource_id": key,
    }
    given = {"offset": offset, "filters": filters, "q": q, "sort": data.get("sort"), "distinct": distinct}
    answer |= {name: value for name, value in given.items() if value}
    answer |= {"plain": true(data["plain"])} if "plain" in data else {}
    answer["records"] = _formatted(rows, names, style)
    answer["fields"] = [
        _described(columns[name]) if name != "_id" else {"id": "_id", "type": "int"} for name in names
    ]
    if total:
        answer["total"] = count
    return answer


@action("datastore_info", read=True)
def datastore_info(ctx: Context, data: Data) -> Document:
    """Return a table's fields and size.

    :param id: the resource
    """
    key = wanted(data, "id", "resource_id")
    held(ctx, key) if package_of(ctx, key) else None
    if not _has_table(ctx, key):
        raise not_found(f'Resource/Alias "{key}" was not found.')
    shape = ctx.datastore.shape(key)
    fields = []
    for column in shape.columns:
        indexed = column.name in shape.key or column.name in shape.indexes
        schema = {"native_type": NATIVE[column.kind], "notnull": False, "is_index": indexed}
        schema |= {"index_name": f"by_{shape.at(column.name)}" if indexed else None, "uniquekey": False}
        fields.append({**_described(column), "schema": schema})
    size = ctx.datastore.path(key).stat().st_size
    meta = {"id": key, "count": ctx.datastore.count(key), "table_type": "BASE TABLE", "size": size}
    return {"fields": fields, "meta": {**meta, "db_size": size, "idx_size": 0, "aliases": []}}


def _changeable(ctx: Context, data: Data) -> str:
    """The resource a write names. Raises 409, 404, 403 as CKAN does."""
    key = str(data.get("resource_id") or "")
    if not key:
        raise missing("resource_id")
    found = package_of(ctx, key)
    if found is None or found[1] != "active":
        if not ctx.actor.sysadmin:
            raise forbidden(f"User {ctx.actor.name} not authorized to perform resource_update on resource {key}")
        raise invalid({"resource_id": [f"Resource not found: {key}"]})
    if not ctx.actor.sysadmin:
        raise forbidden(f"User {ctx.actor.name} not authorized to perform resource_update on resource {key}")
    resource = next(one for one in found[0]["resources"] if one["id"] == key)
    if resource["url_type"] == "upload" and not true(data.get("force", False)):
        raise invalid({"read-only": ["Cannot edit read-only resource because changes made may be lost."
                                     ' Use "force=True" to ignore this warning.']})  # fmt: skip
    return key


def _table(ctx: Context, data: Data) -> str:
    key = str(data.get("resource_id") or "")
    if key and ctx.actor.sysadmin and package_of(ctx, key) is None:
        raise not_found()
    key = _changeable(ctx, data)
    if not _has_table(ctx, key):
        raise not_found(f'Resource "{key}" was not found.')
    return key


def _has_table(ctx: Context, key: str) -> bool:
    """Whether a resource says that it has a table: what a killed process left behind does not count."""
    found = package_of(ctx, key)
    if found is None:
        return False
    active = any(one["id"] == key and one["datastore_active"] for one in found[0]["resources"])
    return active and ctx.datastore.exists(key)


def _mark(ctx: Context, key: str, *, active: bool) -> None:
    """Says of a resource whether it has a table. That is no change of the dataset itself."""
    found = package_of(ctx, key)
    if found is None:
        return
    package = orjson.loads(orjson.dumps(found[0]))
    for one in package["resources"]:
        if one["id"] == key and one["datastore_active"] != active:
            one["datastore_active"] = active
            one["last_modified"] = one["last_modified"] or now()
            touch(ctx, package)


def _parsed(data: Data, field: str) -> Any:
    """A parameter that a form or an address sends as JSON text."""
    value = data.get(field)
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            parsed = orjson.loads(value)
            orjson.dumps(parsed)  # what is nested too deeply can be read but not answered
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            raise invalid({field: ["Cannot parse JSON"]}) from None
        return parsed
    return value


def _object(data: Data, field: str) -> Data:
    value = _parsed(data, field)
    if not isinstance(value, dict):
        raise invalid({field: ["Must be an object"]})
    return value


def _records(data: Data) -> list[dict[str, Any]]:
    records = _parsed(data, "records") or []
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise invalid({"records": ["Records has to be a list of dicts"]})
    return records


def _fields(data: Data) -> list[Data]:
    fields = _parsed(data, "fields") or []
    if not isinstance(fields, list) or not all(isinstance(one, dict) for one in fields):
        raise wrong_container("fields", fields, {key: data[key] for key in data if key != "records"})
    wrong: list[Data] = []
    for one in fields:
        name = str(one.get("id") or "")
        bad = not FIELD.match(name) or len(name.encode()) > 63
        wrong.append(
            {"id": ["Missing value" if not name else f'"{name}" is not a valid field name']} if bad else {}
        )
    if any(wrong):
        raise invalid({"fields": [one for one in wrong if one]})
    for one in fields:
        if one.get("type") and canonical(str(one["type"])) is None:
            raise invalid({"fields": [f'"{one["type"]}" is not a valid field type']})
    return fields


def _shape(data: Data, fields: list[Data], records: list[dict[str, Any]], old: Shape | None) -> Shape:
    """The table as it will be: the old columns with what is newly said of them, then the new ones."""
    columns = {column.name: column for column in old.columns} if old else {}
    for one in fields:
        name, known = str(one["id"]), columns.get(str(one["id"]))
        info = one["info"] if isinstance(one.get("info"), dict) else dict(known.info) if known else {}
        kind = known.kind if known else canonical(str(one.get("type") or "")) or _guess(name, records)
        columns[name] = Column(name=name, kind=kind, info=info)
    for name in dict.fromkeys(name for record in records for name in record if name != "_id"):
        if name in columns:
            continue
        if fields and not old:
            raise invalid({"records": [f'row has extra keys "{name}"']})
        if not FIELD.match(name):
            raise invalid({"fields": [f'"{name}" is not a valid field name']})
        columns[name] = Column(name=name, kind=_guess(name, records))
    key, indexes = (
        _names(data, "primary_key", old.key if old else ()),
        _names(data, "indexes", old.indexes if old else ()),
    )
    for name in (*key, *indexes):
        if name not in columns:
            raise invalid({"index": [f'The field "{name}" is not a valid column name.']})
    return Shape(columns=tuple(columns.values()), key=key, indexes=indexes)


def _guess(name: str, records: list[dict[str, Any]]) -> str:
    return guessed([record.get(name) for record in records])


def _names(data: Data, field: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = _parsed(data, field)
    if value is None:
        return default
    return (
        tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else tuple(value)
    )


def _filters(data: Data, shape: Shape) -> Data:
    filters = _parsed(data, "filters") or {}
    if not isinstance(filters, dict):
        raise invalid({"filters": ["Cannot parse JSON"]})
    for name in filters:
        if shape.at(name) is None:
            raise invalid({"filters": [f"Unknown field: {name}"]})
    if sum(len(one) if isinstance(one, list) else 1 for one in filters.values()) > MOST_VALUES:
        raise invalid({"filters": [f"At most {MOST_VALUES} values"]})
    return filters


def _q(data: Data, shape: Shape) -> Any:
    q = _parsed(data, "q")
    for name in q if isinstance(q, Mapping) else ():
        if shape.at(name) is None:
            raise invalid({"q": [f'Unknown field: "{name}"']})
    texts = q.values() if isinstance(q, Mapping) else [q or ""]
    if (
        sum(len(str(text)) for text in texts) > LONGEST
        or sum(len(str(text).split()) for text in texts) > MOST_WORDS
    ):
        raise invalid({"q": ["Too long"]})
    return q


def _asked(data: Data, shape: Shape) -> list[str]:
    fields = _parsed(data, "fields")
    if not fields:
        every = [column.name for column in shape.columns]
        return every if true(data.get("distinct", False)) else ["_id", *every]
    names = [one.strip() for one in fields.split(",")] if isinstance(fields, str) else [str(one) for one in fields]
    for name in names:
        if shape.at(name) is None:
            raise invalid({"fields": [f'invalid value "{name}"']})
    return names


def _sort(data: Data, shape: Shape) -> list[tuple[str, bool]]:
    text = data.get("sort") or ""
    if not isinstance(text, str | list):
        raise invalid({"sort": ["Must be text or a list"]})
    order = []
    for part in text.split(",") if isinstance(text, str) else map(str, text):
        name, direction = _ordered(part)
        if not name:
            continue
        if shape.at(name) is None:
            raise invalid({"sort": [f'invalid value "{part.strip()}"']})
        order.append((name, direction == "desc"))
    return order


def _ordered(part: str) -> tuple[str, str]:
    """`"people" desc nulls last` as a field and `desc`. No pattern: it would look back over every space."""
    name = part.strip()
    head, *tail = name.rsplit(None, 2) or [""]
    if len(tail) == 2 and tail[0].lower() == "nulls" and tail[1].lower() in ("first", "last"):
        name = head
    head, *tail = name.rsplit(None, 1) or [""]
    if tail and tail[0].lower() in ("asc", "desc"):
        return head.removeprefix('"').removesuffix('"'), tail[0].lower()
    return name.removeprefix('"').removesuffix('"'), ""


def _described(column: Column) -> Document:
    return {"id": column.name, "type": column.kind, **({"info": dict(column.info)} if column.info else {})}


def _formatted(rows: list[tuple[Any, ...]], names: list[str], style: str) -> Any:
    if style == "objects":
        return [dict(zip(names, row, strict=True)) for row in rows]
    if style == "lists":
        return [list(row) for row in rows]
    out = io.StringIO()
    writer = csv.writer(out, delimiter="," if style == "csv" else "\t", lineterminator="\n")
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: Any) -> Any:
    """A value as a cell of CSV."""
    return orjson.dumps(value).decode() if isinstance(value, dict | list | bool) else value
