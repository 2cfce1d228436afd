"""DataStore column types: CKAN's (PostgreSQL's) names, what each takes, how it is kept, how it is answered."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

SAME = {
    "int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2", "serial": "int4", "float": "float8",
    "real": "float4", "double precision": "float8", "decimal": "numeric", "boolean": "bool", "varchar": "text",
    "character varying": "text", "timestamp without time zone": "timestamp", "jsonb": "json", "nested": "json",
    "timestamp with time zone": "timestamptz",
}  # fmt: skip
NATIVE = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
    "numeric": "numeric", "text": "text", "bool": "boolean", "date": "date", "time": "time without time zone",
    "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone", "json": "json",
}  # fmt: skip
NATIVE |= {f"_{kind}": f"{native}[]" for kind, native in NATIVE.items() if kind != "json"}
"""Type → PostgreSQL's long name, as its messages and `datastore_info` say it. `_text` is an array of text."""
WIDE = {"int2": 15, "int4": 31, "int8": 63}
YES, NO = {"t", "true", "y", "yes", "on", "1"}, {"f", "false", "n", "no", "off", "0"}
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


class CellError(ValueError):
    """A value its column does not take. The text is PostgreSQL's."""


def canonical(name: str) -> str | None:
    """The type's name as CKAN answers it; None where there is no such type."""
    name = name.strip().lower()
    if name.endswith("[]") or name.startswith("_"):
        element = canonical(name.removesuffix("[]").removeprefix("_"))
        return f"_{element}" if f"_{element}" in NATIVE else None
    name = SAME.get(name, name)
    return name if name in NATIVE else None


def kept(kind: str, value: Any) -> Any:
    """A value as its column keeps it. Raises CellError."""
    if value is None:
        return None
    return _array(kind, value) if kind.startswith("_") else KEEP[kind](kind, value)


def _syntax(kind: str, value: Any) -> CellError:
    said = kind if kind in ("timestamp", "time") else NATIVE[kind]
    return CellError(f'invalid input syntax for type {said}: "{value}"')


def _text(_kind: str, value: Any) -> str:
    if isinstance(value, str):
        if "\x00" in value:
            raise CellError("A string literal cannot contain NUL (0x00) characters.")
        return value
    return orjson.dumps(value).decode()


def _whole(kind: str, value: Any) -> int:
    if isinstance(value, bool):
        raise CellError(f"column is of type {NATIVE[kind]} but expression is of type boolean")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _syntax(kind, value)
        value = round(value)
    try:
        number = int(value) if not isinstance(value, str) or value.strip().isascii() else None
    except (TypeError, ValueError):
        number = None
    if number is None or (isinstance(value, str) and "_" in value):
        raise _syntax(kind, value)
    if not -(1 << WIDE[kind]) <= number < 1 << WIDE[kind]:
        raise CellError(f"{NATIVE[kind]} out of range")
    return number


def _number(kind: str, value: Any) -> int | float | str:
    """An exact whole number, a float where it is the nearest, else the digits as text."""
    text = str(value).strip()
    if isinstance(value, bool) or not NUMBER.fullmatch(text):
        raise _syntax(kind, value)
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise _syntax(kind, value) from None
    if exact == exact.to_integral_value() and exact.adjusted() < 40:
        number = int(exact)
        return number if -(1 << 63) <= number < 1 << 63 else str(number)
    nearest = float(exact)
    return nearest if Decimal(repr(nearest)) == exact else str(exact)


def _float(kind: str, value: Any) -> float:
    text = str(value).strip()
    if isinstance(value, bool) or not NUMBER.fullmatch(text):
        raise _syntax(kind, value)
    number = float(text)
    if math.isinf(number):
        raise CellError(f'"{value}" is out of range for type {NATIVE[kind]}')
    return number


def _bool(kind: str, value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.strip().lower() in YES | NO:
        return int(value.strip().lower() in YES)
    if isinstance(value, str):
        raise _syntax(kind, value)
    raise CellError("column is of type boolean but expression is of another type")


def _date(kind: str, value: Any) -> str:
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", str(value).strip(), re.ASCII)
    if match is None:
        raise _syntax(kind, value)
    try:
        return date(*map(int, match.groups())).isoformat()
    except ValueError:
        raise CellError(f'date/time field value out of range: "{value}"') from None


def _moment(kind: str, value: Any) -> str:
    text = str(value).strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _syntax(kind, value) from None
    if kind == "timestamptz":
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return moment.isoformat()
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")


def _time(kind: str, value: Any) -> str:
    try:
        return datetime.fromisoformat(f"2000-01-01T{str(value).strip()}").time().isoformat()
    except ValueError:
        raise _syntax(kind, value) from None


def _json(kind: str, value: Any) -> str:
    if isinstance(value, str):
        try:
            return orjson.dumps(orjson.loads(value)).decode()
        except orjson.JSONDecodeError:
            return orjson.dumps(value).decode()
    return orjson.dumps(value).decode()


KEEP: dict[str, Callable[[str, Any], Any]] = {
    "int2": _whole, "int4": _whole, "int8": _whole, "numeric": _number, "float4": _float, "float8": _float,
    "text": _text, "bool": _bool, "date": _date, "timestamp": _moment, "timestamptz": _moment, "time": _time,
    "json": _json, "name": _text, "oid": _text,
}  # fmt: skip


ARRAY = re.compile(r'\{(?:(?:"(?:[^"\\]|\\.)*"|[^\s,{}"]+)(?:,(?:"(?:[^"\\]|\\.)*"|[^\s,{}"]+))*)?\}', re.DOTALL)
ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', re.DOTALL)
"""An array of one dimension as PostgreSQL writes it (§8.15.6), and one of its elements."""


def _array(kind: str, value: Any) -> str:
    """A list as PostgreSQL writes an array, each element quoted."""
    if isinstance(value, str):
        if not ARRAY.fullmatch(value):
            raise CellError(f'malformed array literal: "{value}"')
        value = _elements(value)
    if not isinstance(value, list) or any(isinstance(one, list | dict) for one in value):
        raise CellError(f"column is of type {NATIVE[kind]} but expression is of another type")
    made = []
    for one in value:
        element = kept(kind[1:], one)
        text = str(element).replace("\\", "\\\\").replace('"', '\\"')
        made.append("NULL" if element is None else f'"{text}"')
    return "{" + ",".join(made) + "}"


def _elements(text: str) -> list[str | None]:
    found = ELEMENT.finditer(text[1:-1])
    return [
        None if one[2] and one[2].upper() == "NULL" else one[2] or re.sub(r"\\(.)", r"\1", one[1], flags=re.DOTALL)
        for one in found
    ]


def answered(kind: str, value: Any) -> Any:
    """A kept value, or what PostgreSQL gives back of it, as an action answers it."""
    if value is None:
        return None
    if kind.startswith("_"):
        element = kind[1:]
        if isinstance(value, str):
            value = [None if one is None else kept(element, one) for one in _elements(value)]
        return [answered(element, one) for one in value]
    if kind == "bool":
        return bool(value)
    if kind == "json":
        return orjson.loads(value)
    if kind == "numeric" and not isinstance(value, int):
        return _shortest(Decimal(str(value)))
    if kind in ("float4", "float8") and float(value).is_integer() and abs(value) < 1e15:
        return int(value)  # as PostgreSQL's JSON writes it: 1000, not 1000.0
    if kind in MOMENTS and not isinstance(value, str):
        return _answered_moment(kind, value)
    return value


MOMENTS = ("date", "time", "timestamp", "timestamptz")


def _answered_moment(kind: str, value: Any) -> str:
    if kind == "timestamp":
        return str(value.isoformat(timespec="milliseconds"))
    return str((value.astimezone(UTC) if kind == "timestamptz" else value).isoformat())


def _shortest(number: Decimal) -> int | float:
    whole = number == number.to_integral_value() and number.adjusted() < 40
    return int(number) if whole else float(number)


def copied_out(kind: str, value: Any) -> Any:
    """A kept value, or what PostgreSQL gives back of it, as a backup holds it: `kept` takes it without loss."""
    if value is None:
        return None
    if kind == "json":
        return value
    if kind.startswith("_"):
        return value if isinstance(value, str) else _array(kind, [copied_out(kind[1:], one) for one in value])
    if kind == "numeric":
        return str(value)
    if kind in ("float4", "float8"):
        return float(value)
    return answered(kind, value)


def guessed(value: Any) -> str:
    """The type CKAN gives a column that is not described, from its first value.

    Two differ on purpose: `007` stays text (CKAN would make it 7), and true and false are a bool.
    """
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int4" if abs(value) < 1 << 31 else "int8"
    if isinstance(value, float):
        return "float8"
    if isinstance(value, dict | list):
        return "json"
    if not isinstance(value, str):
        return "text"
    if re.fullmatch(r"[+-]?(0|[1-9]\d{0,17})", value, re.ASCII):
        return guessed(int(value))
    if re.fullmatch(r"[+-]?(0|[1-9]\d*)?\.\d+", value, re.ASCII):
        return "numeric"
    if re.fullmatch(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(\.\d+)?)?", value, re.ASCII):
        try:
            _moment("timestamp", value)
        except CellError:
            return "text"
        return "timestamp"
    return "text"
