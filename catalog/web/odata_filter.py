"""OData's `$filter` and `$orderby`: put to the DataStore as far as it understands them, else tested row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from catalog.store.shape import Filter
from catalog.store.types import CellError, kept

LONGEST, DEEPEST = 8000, 40
"""Characters and levels of an expression: it is read by recursion."""
TOKEN = re.compile(
    r"\s+|(?P<text>'(?:[^']|'')*')"
    r"|(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)"
    r"|(?P<date>\d{4}-\d\d-\d\d)|(?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[^\W\d][\w\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*)|(?P<mark>[(),])",
)
COMPARES = ("eq", "ne", "gt", "ge", "lt", "le")
PUSHED = {"eq": "eq", "ne": "ne", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}
"""OData's comparisons as the DataStore's filters name them."""
MOST = 200
"""Filters of one query: SQLite's statements are nested no deeper than a thousand."""
NUMBERS = {"int2", "int4", "int8", "numeric", "float4", "float8"}


class FilterError(ValueError):
    """An expression that is not understood: what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Node:
    """An operator or a function with what it is applied to; a literal is `Node("literal", (value,))`."""

    op: str
    of: tuple[Any, ...]


Expression = Node | Field
FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "contains": (2, lambda text, part: part in text),
    "startswith": (2, lambda text, part: text.startswith(part)),
    "endswith": (2, lambda text, part: text.endswith(part)),
    "tolower": (1, lambda text: text.lower()),
    "toupper": (1, lambda text: text.upper()),
    "trim": (1, lambda text: text.strip()),
    "length": (1, len),
    "indexof": (2, lambda text, part: text.find(part)),
    "concat": (2, lambda text, more: text + more),
    "year": (1, lambda moment: int(moment[:4])),
    "month": (1, lambda moment: int(moment[5:7])),
    "day": (1, lambda moment: int(moment[8:10])),
}
"""Function → how many arguments, what it does; with an empty argument the result is empty."""
OF_TEXT = {"contains", "startswith", "endswith", "tolower", "toupper", "trim", "length", "indexof", "concat"}


def read(text: str, fields: Mapping[str, Field]) -> Expression:
    """An expression of `$filter`. `fields`: identifier → column. Raises FilterError."""
    if len(text) > LONGEST:
        raise FilterError("$filter is too long")
    reader = _Reader(_tokens(text), fields)
    found = reader.either(0)
    if reader.place < len(reader.tokens):
        raise FilterError(f"$filter: unexpected {reader.tokens[reader.place][1]!r}")
    if not _is_truth(found):
        raise FilterError("$filter: the expression is not true or false")
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise FilterError(f"$filter: not understood at character {place + 1}")
        if match.lastgroup:
            found.append((match.lastgroup, match[0]))
        place = match.end()
    return found


def _is_truth(node: Expression) -> bool:
    if isinstance(node, Field):
        return node.kind == "bool"
    truths = (*COMPARES, "and", "or", "not", "in", "contains", "startswith", "endswith")
    return node.op in truths or (node.op == "literal" and isinstance(node.of[0], bool))


class _Reader:
    """Recursive descent: or, and, not, comparison, operand."""

    def __init__(self, tokens: list[tuple[str, str]], fields: Mapping[str, Field]) -> None:
        self.tokens, self.fields, self.place = tokens, fields, 0

    def _next(self, *wanted: str) -> str | None:
        """The next token where it is one of these words or marks."""
        if self.place < len(self.tokens) and self.tokens[self.place][0] in ("word", "mark"):
            text = self.tokens[self.place][1]
            if text in wanted:
                self.place += 1
                return text
        return None

    def _need(self, mark: str) -> None:
        if not self._next(mark):
            raise FilterError(f"$filter: {mark!r} is missing")

    def either(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise FilterError("$filter is nested too deeply")
        parts = [self._both(depth)]
        while self._next("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else self._logic("or", parts)

    def _both(self, depth: int) -> Expression:
        parts = [self._denied(depth)]
        while self._next("and"):
            parts.append(self._denied(depth))
        return parts[0] if len(parts) == 1 else self._logic("and", parts)

    def _logic(self, op: str, parts: list[Expression]) -> Node:
        if not all(map(_is_truth, parts)):
            raise FilterError(f"$filter: {op!r} joins what is true or false")
        return Node(op, tuple(parts))

    def _denied(self, depth: int) -> Expression:
        if self._next("not"):
            return self._logic("not", [self._denied(depth + 1)])
        if depth > DEEPEST:
            raise FilterError("$filter is nested too deeply")
        left = self._operand(depth)
        op = self._next(*COMPARES, "in")
        if op is None:
            return left
        if op == "in":
            self._need("(")
            values = [self._operand(depth)]
            while self._next(","):
                values.append(self._operand(depth))
            self._need(")")
            return Node("in", (left, *(_alike(left, value, "in")[1] for value in values)))
        return Node(op, _alike(left, self._operand(depth), op))

    def _operand(self, depth: int) -> Expression:
        if self._next("("):
            inner = self.either(depth + 1)
            self._need(")")
            return inner
        if self.place >= len(self.tokens):
            raise FilterError("$filter ends too early")
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind != "word":
            return Node("literal", (_literal(kind, text),))
        if text in ("true", "false", "null"):
            return Node("literal", ({"true": True, "false": False, "null": None}[text],))
        if text in FUNCTIONS and self._next("("):
            arguments = [self._operand(depth + 1)]
            while self._next(","):
                arguments.append(self._operand(depth + 1))
            self._need(")")
            return _call(text, arguments)
        if text not in self.fields:
            raise FilterError(f"$filter: there is no property {text!r}")
        return self.fields[text]


def _call(name: str, arguments: list[Expression]) -> Node:
    if len(arguments) != FUNCTIONS[name][0]:
        raise FilterError(f"$filter: {name} takes {FUNCTIONS[name][0]} arguments")
    for one in arguments:
        kind = _kind(one)
        if kind is not None and (kind != "text") == (name in OF_TEXT):
            raise FilterError(f"$filter: {name} does not take {kind}")
    return Node(name, tuple(arguments))


def _literal(kind: str, text: str) -> Any:
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "number":
        return Decimal(text) if re.search(r"[.eE]", text) else int(text)
    if kind == "mark":
        raise FilterError(f"$filter: unexpected {text!r}")
    return _Moment(text)


class _Moment(str):
    """A date, a time or both, as written."""

    __slots__ = ()


def _kind(node: Expression) -> str | None:
    """text, number, bool or moment; None for null."""
    if isinstance(node, Field):
        if node.kind in NUMBERS:
            return "number"
        return node.kind if node.kind == "bool" else "moment" if node.kind in MOMENTS else "text"
    if node.op != "literal":
        made = FUNCTIONS.get(node.op)
        if made is None or node.op in ("contains", "startswith", "endswith"):
            return "bool"
        return "number" if node.op in ("length", "indexof", "year", "month", "day") else "text"
    value = node.of[0]
    if value is None:
        return None
    if isinstance(value, bool):
        return "bool"
    return "moment" if isinstance(value, _Moment) else "text" if isinstance(value, str) else "number"


MOMENTS = {"date", "time", "timestamp", "timestamptz"}


def _alike(left: Expression, right: Expression, op: str) -> tuple[Expression, Expression]:
    """Both sides, moments as the column holds them. Raises FilterError where they do not fit each other."""
    kinds = {_kind(left), _kind(right)} - {None}
    if len(kinds) > 1:
        raise FilterError(f"$filter: {op!r} compares {' with '.join(sorted(map(str, kinds)))}")
    field = next((one for one in (left, right) if isinstance(one, Field) and one.kind in MOMENTS), None)
    if field is None:
        return left, right
    return _in_form(left, field.kind), _in_form(right, field.kind)


def _in_form(node: Expression, kind: str) -> Expression:
    if isinstance(node, Field) or node.op != "literal" or node.of[0] is None:
        return node
    text = str(node.of[0])
    try:
        if kind == "time":
            return Node("literal", (datetime.fromisoformat(f"2000-01-01T{text}").time().isoformat(),))
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FilterError(f"$filter: {text!r} is no {kind}") from None
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    if kind == "date":
        return Node("literal", (moment.date().isoformat(),))
    if kind == "timestamp":
        return Node("literal", (moment.replace(tzinfo=None).isoformat(timespec="milliseconds"),))
    return Node("literal", (moment.isoformat(),))


def parted(node: Expression) -> tuple[Filter | None, Expression | None]:
    """What the DataStore finds exactly as `holds` would, and what is left to test row by row."""
    parts = node.of if isinstance(node, Node) and node.op == "and" else (node,)
    asked, left = [], []
    for part in parts:
        found = _pushed(part)
        asked.append(found) if found is not None and _size(found) <= MOST else left.append(part)
    if sum(map(_size, asked)) > MOST:
        return None, node
    filters = None if not asked else asked[0] if len(asked) == 1 else Filter(op="$and", value=asked)
    rest = None if not left else left[0] if len(left) == 1 else Node("and", tuple(left))
    return filters, rest


def _size(asked: Filter) -> int:
    if asked.op == "$not":
        return 1 + _size(asked.value)
    return 1 + sum(map(_size, asked.value)) if asked.op in ("$and", "$or") else 1


def _pushed(node: Expression) -> Filter | None:
    """A filter of the rows for which an expression is true; None where SQL would not say just the same."""
    if isinstance(node, Field):
        return Filter(op="eq", field=node.name, value=True) if node.kind == "bool" else None
    if node.op in ("and", "or"):
        parts = [_pushed(part) for part in node.of]
        return Filter(op=f"${node.op}", value=parts) if None not in parts else None
    if node.op == "not":
        return _denied(node.of[0])
    field = node.of[0]
    if not isinstance(field, Field) or not _exact(field):
        return None
    if node.op == "in":
        parts = [_compared_to(field, "eq", value) for value in node.of[1:]]
        return Filter(op="$or", value=parts) if None not in parts else None
    if node.op in PUSHED:
        return _compared_to(field, node.op, node.of[1])
    if node.op in ("contains", "startswith", "endswith") and field.kind == "text":
        part = _sent(node.of[1])
        if isinstance(part, str) and "\0" not in part:
            return Filter(op=node.op, field=field.name, value=part)
    return None


def _denied(node: Expression) -> Filter | None:
    """A filter of the rows for which an expression is false: not of those for which it is neither."""
    if isinstance(node, Field):
        return Filter(op="eq", field=node.name, value=False) if node.kind == "bool" else None
    if node.op == "not":
        return _pushed(node.of[0])
    found = _pushed(node)
    if found is None:
        return None
    denied = Filter(op="$not", value=found)
    if node.op not in ("contains", "startswith", "endswith"):
        return denied
    there = Filter(op="$not", value=Filter(op="null", field=found.field))
    return Filter(op="$and", value=[there, denied])


def _compared_to(field: Field, op: str, literal: Any) -> Filter | None:
    if not isinstance(literal, Node) or literal.op != "literal":
        return None
    if literal.of[0] is None:
        empty = Filter(op="null", field=field.name)
        return {"eq": empty, "ne": Filter(op="$not", value=empty)}.get(op)
    value = _sent(literal)
    try:
        kept(field.kind, value)
    except CellError:
        return None  # 1.5 in a column of whole numbers
    return Filter(op=PUSHED[op], field=field.name, value=value)


def _exact(field: Field) -> bool:
    """Whether the store compares the column as the rows here do."""
    return field.kind not in ("json", "float4", "timestamptz")


def _sent(node: Any) -> Any:
    """A literal as a filter's value; None where it is none, or nothing."""
    if not isinstance(node, Node) or node.op != "literal":
        return None
    value = node.of[0]
    return str(value) if isinstance(value, Decimal) else value


def holds(node: Expression, row: Mapping[str, Any]) -> bool:
    """Whether a row (column → value) passes. What is empty equals only what is empty."""
    return _value(node, row) is True


def _value(node: Expression, row: Mapping[str, Any]) -> Any:
    if isinstance(node, Field):
        return row[node.name]
    if node.op == "literal":
        return node.of[0]
    if node.op == "and":
        return all(_value(part, row) is True for part in node.of)
    if node.op == "or":
        return any(_value(part, row) is True for part in node.of)
    if node.op == "not":
        found = _value(node.of[0], row)
        return None if found is None else not found
    values = [_value(part, row) for part in node.of]
    if node.op == "in":
        return any(_compared("eq", values[0], value) for value in values[1:])
    if node.op in COMPARES:
        return _compared(node.op, values[0], values[1])
    return None if None in values else FUNCTIONS[node.op][1](*map(_plain, values))


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else str(value)


def _compared(op: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return {"eq": left is right, "ne": left is not right}.get(op, False)
    if isinstance(left, Decimal) != isinstance(right, Decimal):
        left, right = Decimal(str(left)), Decimal(str(right))
    if isinstance(left, str) != isinstance(right, str):
        left, right = str(left), str(right)
    if op in ("eq", "ne"):
        return bool(left == right) == (op == "eq")
    return bool({"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[op])


def ordered(text: str, fields: Mapping[str, Field]) -> list[tuple[str, bool]]:
    """`$orderby`: column and whether it goes down. Raises FilterError."""
    found = []
    for part in text.split(","):
        name, *way = part.split()
        if name not in fields or len(way) > 1 or (way and way[0] not in ("asc", "desc")):
            raise FilterError(f"$orderby: {part.strip()!r} is not understood")
        found.append((fields[name].name, way == ["desc"]))
    return found
