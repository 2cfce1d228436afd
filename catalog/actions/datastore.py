"""Writing the DataStore: CKAN's datastore_create, _upsert, _delete and _records_delete."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any, cast

from catalog.actions import cleared
from catalog.actions import datastore_alias as aliases
from catalog.actions import datastore_ask as ask
from catalog.actions.activities import record_package
from catalog.actions.context import Context
from catalog.actions.datastore_function import refused_triggers
from catalog.actions.documents import Document, copied, may_write, package_of, touch
from catalog.actions.refusals import ActionRefused, forbidden, invalid, missing, not_found, wrong_container
from catalog.actions.register import action
from catalog.actions.values import now, true
from catalog.store.shape import (
    Column,
    FilterError,
    KeyAbsentError,
    Method,
    NotUniqueError,
    Question,
    RecordError,
    Shape,
)
from catalog.store.types import canonical, guessed

Data = dict[str, Any]
Record = dict[str, Any]
LONGEST = 63
"""Characters of a column's name."""
FLAGS = ("force", "include_records", "include_deleted_records", "records")
"""What an answer does not repeat."""
MOST = 32_000
READ_ONLY = (
    "Cannot edit read-only resource because changes made may be lost. Use a resource created for editing "
    'e.g. with datastore_create or use "force=True" to ignore this warning.'
)


@action("datastore_create")
def datastore_create(ctx: Context, data: Data) -> Document:
    """Make a table for a resource, or add columns and records to the one it has.

    :param resource_id: the resource; or `resource`: a new one's metadata, with `package_id`
    :param force: needed where the resource is not a table of its own
    :param fields: a list of {"id", "type", "info": {"label", "notes"}}
    :param delete_fields: remove the columns that `fields` does not name (default: false)
    :param records: a list of objects
    :param include_records: answer the records as they are kept (default: false)
    :param primary_key: fields that together are unique
    :param indexes: fields to index, or lists of fields
    :param aliases: more names to read the table by, a list or with commas; they replace those it has
    :param triggers: not here: they name functions that run inside the database
    """
    answer = _answer(data) | {"delete_fields": true(data.get("delete_fields", False)), "method": "insert"}
    if data.get("id") and not data.get("resource_id"):
        data = {**data, "resource_id": data["id"]}
    if data.get("resource") and data.get("resource_id"):
        raise invalid({"resource": ["resource cannot be used with resource_id"]})
    fields = _fields(data)
    if data.get("resource"):
        asked = _object(data, "resource")
        answer["resource_id"] = _datastore_resource(ctx, {"url": "", **asked, "url_type": "datastore"})
        answer["resource"] = {**asked, "url": "_datastore_only_resource"}
    elif not data.get("resource_id"):
        raise invalid({"resource_id": ["resource_id or resource required"]})
    else:
        answer["resource_id"] = _changeable(
            ctx, data, invalid({"resource_id": [f"Resource not found: {data['resource_id']}"]})
        )
    names = _aliases(data)
    refused_triggers(data)
    key, records = str(answer["resource_id"]), _records(data, first="The first row")
    package = _package(ctx, key)
    old = ctx.datastore.shape(key) if ask.has_table(ctx, package, key) else None
    shape = _shape(data, fields, records, old)
    cleared.records(ctx, package, key, shape, records, before=old)
    if names is not None:
        aliases.replace(ctx, key, names)  # first: what is written to a file is not undone with the transaction
    last = 0
    try:
        if old:
            last = ctx.datastore.alter(key, shape, records)
        else:
            ctx.datastore.create(key, shape, records)
    except RecordError as error:
        raise invalid({"records": [str(error)], "records_row": error.row}) from None
    except NotUniqueError as error:
        # CKAN's sentence lacks a space, too
        said = "Cannot insert records or create indexbecause of uniqueness constraint"
        raise invalid({"constraints": [said], "info": {"orig": str(error), "pgcode": "23505"}}) from None
    _mark(ctx, key, active=True)
    if true(data.get("include_records", False)):
        answer["records"] = _rows(ctx, key, Question(filter=ask.filters({"_id": {"gt": last}}, shape)))
    return answer


def _package(ctx: Context, key: str) -> Document:
    """The package of a resource that the caller was let to."""
    found = package_of(ctx, key)
    if found is None:
        raise not_found()
    return found[0]


def _answer(data: Data) -> Document:
    """What was sent, but for the records and CKAN's flags."""
    said = {name: value for name, value in data.items() if name not in FLAGS}
    absent = [name for name in ("aliases", "primary_key", "indexes") if name in said and said[name] is None]
    return {"calculate_record_count": "background", **{name: said[name] for name in said if name not in absent}}


def _rows(ctx: Context, key: str, question: Question) -> list[Record]:
    shape = ctx.datastore.shape(key)
    names = ["_id", *(column.name for column in shape.columns)]
    found = ctx.datastore.search(key, question, fields=names, limit=MOST)
    rows = [dict(zip(names, row, strict=True)) for row in found]
    for column in shape.columns:
        if column.kind == "timestamp":  # said to the second here, in a search to the millisecond
            for row in rows:
                row[column.name] = row[column.name] and str(row[column.name]).removesuffix(".000")
    return rows


def _datastore_resource(ctx: Context, asked: Data) -> str:
    """A resource that is nothing but its table: its address is the table's dump."""
    made = replace(ctx, tables=True).call("resource_create", asked)
    return str(made["id"])


@action("datastore_upsert")
def datastore_upsert(ctx: Context, data: Data) -> Document:
    """Insert, update or upsert a table's records, all or nothing.

    :param resource_id: the resource
    :param force: needed where the resource is not a table of its own
    :param records: a list of objects
    :param include_records: answer the records as they are kept (default: false)
    :param method: upsert, insert or update (default: upsert); but for insert by primary key or `_id`
    :param dry_run: check only
    """
    method = str(data.get("method") or "upsert")
    if method not in ("upsert", "insert", "update"):
        raise invalid({"method": ["Value must be one of ['upsert', 'insert', 'update']"]})
    key = _table(ctx, data)
    records = _records(data)
    shape = ctx.datastore.shape(key)
    _known(shape, method, records)
    dry = true(data.get("dry_run", False))
    if not dry:
        cleared.records(ctx, _package(ctx, key), key, shape, records, before=shape)
    try:
        last = ctx.datastore.write(key, cast(Method, method), records, dry=dry)
    except RecordError as error:
        raise invalid({"records": [str(error)], "records_row": error.row}) from None
    except KeyAbsentError as error:
        record = records[error.row]
        named = ["_id"] if "_id" in record else list(shape.key)
        used = sum(1 for name in record if name != "_id")
        given = {f"val_{used + number}": record[name] for number, name in enumerate(named)}  # CKAN's own names
        raise invalid({"key": [f'key "{given}" not found']}) from None
    answer = _answer(data) | ({"dry_run": dry} if "dry_run" in data else {})
    if true(data.get("include_records", False)) and not dry:
        answer["records"] = _rows(ctx, key, _written(shape, records, last, method))
    return answer


def _known(shape: Shape, method: str, records: list[Record]) -> None:
    """Refuses records that name unknown fields, or nothing to find them by."""
    for number, record in enumerate(records):
        unknown = [name for name in record if not shape.has(name)]
        if method == "insert":
            unknown += ["_id"] if "_id" in record else []
            if unknown:
                raise invalid({"records": [f'row "{number + 1}" has extra keys "{", ".join(unknown)}"']})
            continue
        if not shape.key and "_id" not in record:
            raise invalid({"table": ["unique key must be passed for update/upsert"]})
        lacking = [name for name in shape.key if name not in record]
        if lacking and "_id" not in record:
            # CKAN's sentence is broken over two lines
            said = f'fields "{", ".join(lacking)}" are missing\n                            but needed as key'
            raise invalid({"key": [said]})
        if unknown:
            raise invalid({"fields": [f'fields "{", ".join(unknown)}" do not exist']})


def _written(shape: Shape, records: list[Record], last: int, method: str) -> Question:
    """The records just written: those behind the last there was, and those that were found by their key."""
    added: Data = {"_id": {"gt": last}}
    if method == "insert":
        return Question(filter=ask.filters(added, shape))
    keys = [
        {"_id": one["_id"]} if "_id" in one else {name: one[name] for name in shape.key} for one in records[:98]
    ]
    return Question(filter=ask.filters([added, *keys], shape))


@action("datastore_delete")
def datastore_delete(ctx: Context, data: Data) -> Document:
    """Remove the records a filter names, or without a filter the whole table.

    :param resource_id: the resource
    :param force: needed where the resource is not a table of its own
    :param filters: field → value, list of values or {"gt": value} (optional)
    :param include_deleted_records: answer the records that go (default: false)
    """
    given = data.get("filters")
    if given is not None and not isinstance(given, dict):
        raise invalid({"filters": ["filters must be either a dict or null."]})
    key = _table(ctx, data)
    answer = {name: value for name, value in _answer(data).items() if name != "calculate_record_count"}
    if given is None:
        _mark(ctx, key, active=False)
        aliases.drop(ctx, key)
        ctx.afterwards.append(ctx.datastore.dropping(key))
        return answer
    question, said = ask.question({"filters": given}, ctx.datastore.shape(key))
    try:
        if true(data.get("include_deleted_records", False)):
            answer["deleted_records"] = _rows(ctx, key, question)
        ctx.datastore.delete(key, question)
    except FilterError as error:
        raise invalid({"filters": [str(error)]}) from None
    return answer | said


@action("datastore_records_delete")
def datastore_records_delete(ctx: Context, data: Data) -> Document:
    """Remove the records a filter names, never the table.

    :param resource_id: the resource
    :param force: needed where the resource is not a table of its own
    :param filters: field → value, list of values or {"gt": value}; {} for all
    :param include_deleted_records: answer the records that go (default: false)
    """
    if data.get("filters") is None:
        raise missing("filters")
    if not isinstance(data["filters"], dict):
        raise invalid({"filters": ["Must be a dict"]})
    return cast(Document, datastore_delete(ctx, data))


def _changeable(ctx: Context, data: Data, absent: ActionRefused) -> str:
    """The resource a write names, which need not have a table. Raises 409, 404, 403 as CKAN does."""
    key = str(data.get("resource_id") or "")
    found = package_of(ctx, key)
    if found is None or found[1] != "active":
        raise absent
    if not may_write(ctx, found[0]):
        raise forbidden(f"User {ctx.actor.name} not authorized to perform resource_update on resource {key}")
    resource = next(one for one in found[0]["resources"] if one["id"] == key)
    if resource["url_type"] != "datastore" and not true(data.get("force", False)):
        raise invalid({"read-only": [READ_ONLY]})
    return key


def _table(ctx: Context, data: Data) -> str:
    key = _changeable(ctx, {**data, "resource_id": ask.resource_id(data)}, not_found())
    found = package_of(ctx, key)
    if found is None or not ask.has_table(ctx, found[0], key):
        raise not_found(f'Resource "{key}" was not found.')
    return key


def _mark(ctx: Context, key: str, *, active: bool) -> None:
    """Says of a resource whether it has a table. That is no change of the dataset itself."""
    found = package_of(ctx, key)
    if found is None:
        return
    package = copied(found[0])
    for one in package["resources"]:
        if one["id"] == key and one["datastore_active"] != active:
            one["datastore_active"] = active
            one["last_modified"] = one["last_modified"] or now()
            touch(ctx, package)
            record_package(ctx, package, package)


def _object(data: Data, field: str) -> Data:
    value = ask.parsed(data, field)
    if not isinstance(value, dict):
        raise invalid({field: ["Must be an object"]})
    return value


def _aliases(data: Data) -> list[str] | None:
    """The aliases a request gives; None where it gives none."""
    given = ask.parsed(data, "aliases")
    for one in given if isinstance(given, list) else ():
        if not isinstance(one, str):
            raise invalid({"aliases": [f"Neither a string nor a list: {one}"]})
    names = ask.names(data, "aliases")
    for name in names or ():
        if not _is_name(name) or "%" in name:
            raise invalid({"alias": [f'"{name}" is not a valid alias name']})
    return names


def _records(data: Data, first: str = 'row "0"') -> list[Record]:
    records = ask.parsed(data, "records") or []
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records[:1]):
        raise invalid({"records": [f"{first} is not a json object"]})
    for number, one in enumerate(records):
        if not isinstance(one, dict):
            raise invalid({"records": [f'row "{number}" is not a json object']})
    return records


def _fields(data: Data) -> list[Data]:
    fields = ask.parsed(data, "fields") or []
    if not isinstance(fields, list) or not all(isinstance(one, dict) for one in fields):
        raise wrong_container(
            "fields", fields, {key: data[key] for key in data if key not in ("records", "resource")}
        )
    wrong: list[Data] = []
    for one in fields:
        name = str(one.get("id") or "")
        said = "Missing value" if not name else f'"{name}" is not a valid field name'
        wrong.append({} if _is_name(name) else {"id": [said]})
    if any(wrong):
        raise invalid({"fields": wrong})
    long = [str(one["id"]) for one in fields if len(str(one["id"])) > LONGEST]
    if long:
        headings = [f'Column heading "{name}" exceeds limit of {LONGEST} characters.' for name in long]
        raise invalid({"fields": headings})
    for one in fields:
        if one.get("type") and canonical(str(one["type"])) is None:
            raise invalid({"fields": [f'"{one["type"]}" is not a valid field type']})
    return fields


def _is_name(name: str) -> bool:
    letters = all(not unicodedata.category(letter).startswith("C") for letter in name)
    return bool(name) and name == name.strip() and name[0] != "_" and '"' not in name and letters


def _shape(data: Data, fields: list[Data], records: list[Record], old: Shape | None) -> Shape:
    """The table as it will be: the old columns with what is newly said of them, then the new ones."""
    columns = {column.name: column for column in old.columns} if old else {}
    first = records[0] if records else {}
    if true(data.get("delete_fields", False)) and fields:
        named = {str(one["id"]) for one in fields} | set(first)
        columns = {name: column for name, column in columns.items() if name in named}
    old_names = set(columns)
    slots = iter(range(1 + max((column.slot for column in old.columns), default=-1) if old else 0, 1 << 20))
    for one in fields:
        name, known = str(one["id"]), columns.get(str(one["id"]))
        info = one["info"] if isinstance(one.get("info"), dict) else dict(known.info) if known else {}
        if name not in old_names and not one.get("type") and name not in first:
            raise invalid({"fields": [f'"{name}" type not guessable']})
        kind = known.kind if known else canonical(str(one.get("type") or "")) or guessed(first.get(name))
        columns[name] = Column(name=name, kind=kind, info=info, slot=known.slot if known else next(slots))
    if len({str(one["id"]) for one in fields}) < len(fields):
        raise invalid({"field": ["Duplicate column names are not supported"]})
    for name in first:
        if name not in columns:
            if not _is_name(name) or len(name) > LONGEST:
                raise invalid({"fields": [f'"{name}" is not a valid field name']})
            columns[name] = Column(name=name, kind=guessed(first[name]), slot=next(slots))
    for number, record in enumerate(records):
        extra = [name for name in record if name not in columns]
        if extra:
            raise invalid({"records": [f'row "{number + 1}" has extra keys "{", ".join(extra)}"']})
    key = ask.names(data, "primary_key")
    indexes = _indexes(data)
    made = Shape(
        columns=tuple(columns.values()),
        key=tuple(key) if key is not None else old.key if old else (),
        indexes=indexes if indexes is not None else old.indexes if old else (),
    )
    for names in (made.key, *made.indexes):
        for name in names:
            if made.column(name) is None:
                raise invalid({"index": [f'The field "{name}" is not a valid column name.']})
    return made


def _indexes(data: Data) -> tuple[tuple[str, ...], ...] | None:
    value = ask.parsed(data, "indexes")
    if isinstance(value, list) and any(isinstance(one, list) for one in value):
        several = [one if isinstance(one, list) else [one] for one in value]
        return tuple(tuple(str(name) for name in one) for one in several)
    given = ask.names(data, "indexes")
    return None if given is None else tuple((name,) for name in given)
