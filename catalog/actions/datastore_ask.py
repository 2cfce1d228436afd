"""What a request asks of a DataStore table: CKAN's filters, words, sort and field names, made into a Question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from catalog.actions import datastore_alias as aliases
from catalog.actions.context import Context
from catalog.actions.documents import Document, is_hidden, may_read, package_of
from catalog.actions.refusals import forbidden, invalid, missing, not_found
from catalog.store.shape import Column, Filter, Order, Question, Shape, Words

Data = dict[str, Any]
DEEPEST, MOST_OPERATIONS = 10, 100
"""CKAN's own limits of filters."""
MOST_VALUES = 10_000
LONGEST, MOST_TESTS = 8_000, 900
"""Characters of a search, and words times columns: SQLite takes no more in one statement."""
COMPARES = ("eq", "gt", "gte", "lt", "lte")


def resource_id(data: Data) -> str:
    """The resource a request names, as CKAN reads it: what is no text, as JSON. Raises 409."""
    value = data.get("id") or data.get("resource_id")
    if value in (None, "", [], {}):
        raise missing("resource_id")
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def readable_table(ctx: Context, name: str, message: str) -> str:
    """The resource whose table a reader asks for, by id or alias. Raises 404 with the message, 403."""
    key = name
    found = package_of(ctx, key)
    if found is None and (real := aliases.target(ctx, name)):
        key, found = real, package_of(ctx, real)
    if found is None or found[1] != "active":
        raise not_found(message)
    if not may_read(ctx, found[0]):
        raise forbidden(f"User {ctx.actor.name} not authorized to perform resource_show on resource {key}")
    hidden = any(one["id"] == key and is_hidden(ctx, found[0], one) for one in found[0]["resources"])
    if hidden or not has_table(ctx, found[0], key):
        raise not_found(message)
    return key


def has_table(ctx: Context, package: Document, key: str) -> bool:
    """Whether a resource says that it has a table: what a killed process left behind does not count."""
    active = any(one["id"] == key and one["datastore_active"] for one in package["resources"])
    return active and ctx.datastore.exists(key)


def parsed(data: Data, field: str) -> Any:
    """A parameter that a form or an address sends as JSON text."""
    value = data.get(field)
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            found = orjson.loads(value)
            orjson.dumps(found)  # what is nested too deeply can be read but not answered
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            raise invalid({field: ["Cannot parse JSON"]}) from None
        return found
    return value


def names(data: Data, field: str) -> list[str] | None:
    """A list of names, or text with commas. None: not given."""
    value = parsed(data, field)
    if value is None:
        return None
    if isinstance(value, str):
        value = [one for one in value.split(",") if one.strip()]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise invalid({field: ["Not a list"]})
    return [_unquoted(one) for one in value]


def _unquoted(name: str) -> str:
    return name.strip().removeprefix('"').removesuffix('"')


def question(data: Data, shape: Shape) -> tuple[Question, Data]:
    """Which records are meant, and what the answer repeats of it."""
    given = parsed(data, "filters")
    asked = filters(given, shape)
    q = parsed(data, "q")
    words = _words(q, shape, plain=_plain(data))
    whole = data.get("full_text")
    if whole:
        words = _words(str(whole), shape, plain=_plain(data)) + (words if isinstance(q, dict) else ())
    tests = sum(len(way) * (1 if one.field else max(1, len(shape.columns))) for one in words for way in one.ways)
    if sum(len(str(text)) for text in (q, whole) if text) > LONGEST or tests > MOST_TESTS:
        raise invalid({"q": ["Too long"]})
    said: Data = {"filters": given} if given not in (None, "") else {}
    said |= {"filterops": described(asked)} if asked else {}
    said |= {"q": q} if q is not None else {}
    said |= {"full_text": whole} if whole else {}
    return Question(filter=asked, words=words), said


def _plain(data: Data) -> bool:
    from catalog.actions.values import true

    return true(data.get("plain", True))


def described(asked: Filter) -> Data:
    """A filter as CKAN 2.12 repeats it."""
    value = [described(one) for one in asked.value] if asked.op.startswith("$") else asked.value
    return {"op": asked.op, "field": asked.field, "value": value}


def filters(given: Any, shape: Shape) -> Filter | None:
    """CKAN's filters: {field: value, list or {operator: value}}, `$and`, `$or`, a list of such."""
    if given and not isinstance(given, dict | list):
        raise invalid({"filters": ["Cannot parse JSON"]})
    if not given:
        return None
    if isinstance(given, list) and not _dicts(given):
        raise invalid({"filters": ["Filters must be defined as a dict or a list of dicts"]})
    reader = _Filters(shape)
    found = reader.either(given) if isinstance(given, list) else reader.every(given)
    if reader.errors:
        raise invalid({"filters": reader.errors})
    return found


def _dicts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


class _Filters:
    """One reading of filters. Collects what is wrong."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.errors: list[str] = []
        self.operations = self.values = 0

    def either(self, given: list[Data]) -> Filter | None:
        members = self._flat(self._members(given, 1), "$or")
        return self._new("$or", None, members) if members else None

    def every(self, given: Data) -> Filter | None:
        members: list[Filter] = []
        for key, value in self._items(given):
            found = self._one(key, value, 0)
            if found:
                members += found.value if found.op == "$and" and key == "$and" else [found]
        return self._new("$and", None, members) if len(members) > 1 else members[0] if members else None

    def _items(self, given: Data) -> list[tuple[str, Any]]:
        if len(given) >= MOST_OPERATIONS:
            raise _too_many()
        return list(given.items())

    def _one(self, key: str, value: Any, level: int) -> Filter | None:
        if not key.startswith("$") or key.startswith("$$"):
            return self._field(key.removeprefix("$") if key.startswith("$$") else key, value)
        if key not in ("$or", "$and"):
            self.errors.append(f"Unknown operators (must be one of $or, $and): {key}")
        elif not _dicts(value):
            self.errors.append(f"Filter operations must be defined as a list of dicts: {value}")
        else:
            members = self._flat(self._members(value, level + 1), key)
            return self._new(key, None, members) if members else None
        return None

    def _members(self, given: list[Data], level: int) -> list[Filter]:
        if level >= DEEPEST:
            raise invalid({"filters": ["Maximum nesting depth for filter operations reached"]})
        if len(given) >= MOST_OPERATIONS:
            raise _too_many()
        found = []
        for item in given:
            children = [one for key, value in self._items(item) if (one := self._one(key, value, level))]
            if len(children) > 1:
                found.append(self._new("$and", None, self._flat(children, "$and")))
            else:
                found += children
        return found

    @staticmethod
    def _flat(members: list[Filter], parent: str) -> list[Filter]:
        return [one for member in members for one in (member.value if member.op == parent else [member])]

    def _field(self, name: str, value: Any) -> Filter | None:
        if isinstance(value, dict):
            found = [one for op, operand in value.items() if (one := self._compare(name, op, operand))]
            return self._new("$and", None, found) if len(value) > 1 and found else found[0] if found else None
        if not isinstance(value, list):
            return self._compare(name, "eq", value)
        single = [one for one in value if not isinstance(one, dict)]
        if len(single) == len(value):
            return self._in(name, value)
        members = [one for operand in value if isinstance(operand, dict) and (one := self._field(name, operand))]
        members += [self._in(name, single)] if single else []
        return self._new("$or", None, members) if members else None

    def _in(self, name: str, values: list[Any]) -> Filter:
        if not self.shape.has(name):
            raise invalid({"filters": [f'invalid value "{name}"']})
        if any(isinstance(one, list) for one in values):
            raise invalid({"query": ["Invalid query"], "info": {"orig": ["a list is no value"]}})
        self.values += len(values)
        if self.values > MOST_VALUES:
            raise invalid({"filters": [f"At most {MOST_VALUES} values"]})
        return self._new("in", name, values)

    def _compare(self, name: str, op: str, value: Any) -> Filter | None:
        if not self.shape.has(name):
            self.errors.append(f"Unknown field: {name}")
            return None
        if op == "in" and isinstance(value, list):
            return self._in(name, value)
        if op not in COMPARES or isinstance(value, dict | list):
            said = f"FilterOp(field={name!r}, op={op!r}, value={value!r})"
            raise invalid({"filters": [f"Unknown filter operation: {said}"]})
        return self._new(op, name, value)

    def _new(self, op: str, name: str | None, value: Any) -> Filter:
        self.operations += 1
        if self.operations > MOST_OPERATIONS:
            raise _too_many()
        return Filter(op=op, field=name, value=value)


def _too_many() -> Exception:
    return invalid({"filters": ["Maximum number of filter operations exceeded"]})


def _words(q: Any, shape: Shape, *, plain: bool) -> tuple[Words, ...]:
    if not q:
        return ()
    if isinstance(q, Mapping):
        for name in q:
            if not shape.has(name):
                raise invalid({"q": [f'invalid value "{name}"']})
        return tuple(Words(field=name, ways=_ways(str(text), plain=plain)) for name, text in q.items() if text)
    return (Words(ways=_ways(str(q), plain=plain)),)


def _ways(text: str, *, plain: bool) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """The words of a text; with PostgreSQL's signs `& | ! :*` where it is not plain."""
    if plain:
        return (tuple((word.removesuffix(":*"), True) for word in text.split()),)
    ways = []
    for way in text.replace("(", " ").replace(")", " ").split("|"):
        terms = way.replace("&", " ").replace("!", " !").replace("! ", "!").split()
        ways.append(
            tuple((term.lstrip("!").removesuffix(":*"), not term.startswith("!")) for term in terms if term != "!")
        )
    return tuple(ways)


def sort(data: Data, shape: Shape, asked: Question) -> list[Order]:
    """The order a request wants; else the best first, where it looks for words."""
    text = parsed(data, "sort")
    if not text:
        return [(words.rank, True, False) for words in asked.words]
    if not isinstance(text, str | list):
        raise invalid({"sort": ["Not a list"]})
    order: list[Order] = []
    for part in text.split(",") if isinstance(text, str) else map(str, text):
        name, down, first = _ordered(part)
        if not name:
            continue
        if not shape.has(name) and name not in {words.rank for words in asked.words}:
            raise invalid({"sort": [f'invalid value "{part.strip()}"']})
        order.append((name, down, first))
    return order


def _ordered(part: str) -> Order:
    """`"people" desc nulls last`. No pattern: it would look back over every space."""
    name, empty = part.strip(), ""
    head, *tail = name.rsplit(None, 2) or [""]
    if len(tail) == 2 and tail[0].lower() == "nulls" and tail[1].lower() in ("first", "last"):
        name, empty = head, tail[1].lower()
    head, *tail = name.rsplit(None, 1) or [""]
    down = bool(tail) and tail[0].lower() == "desc"
    if tail and tail[0].lower() in ("asc", "desc"):
        name = head
    return _unquoted(name), down, empty == "first" if empty else down


def field(column: Column) -> Document:
    """A column as CKAN describes it."""
    return {"id": column.name, "type": column.kind, **({"info": dict(column.info)} if column.info else {})}
