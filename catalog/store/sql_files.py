"""A query on SQLite files: PostgreSQL's words translated, each table a view, and an authorizer that knows no more.

Inside, every name is a number: nothing that somebody called a column or an alias is part of the statement, names
that differ by capitals only stay apart, and what is no column can never become a text, as SQLite would have it.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlglot import exp
from sqlglot.errors import ErrorLevel, OptimizeError, SchemaError, UnsupportedError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from catalog.store.database import WAIT
from catalog.store.datastore import Found
from catalog.store.shape import Shape
from catalog.store.sql_aggregates import AGGREGATES, MADE
from catalog.store.sql_functions import BUILT_IN, SCALARS, UNITS, refused
from catalog.store.sql_query import PlainPostgres, SqlDeniedError, SqlQueryError, Statement, folded
from catalog.store.sql_result import PATIENCE, TOO_LONG, collected
from catalog.store.sql_types import KINDS, annotators, called, kind
from catalog.store.types import CellError, kept

MOST_TABLES = 9
"""SQLite attaches ten files at once."""
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 5_000_000, sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200, sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 250_000, sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_COLUMN: 2000, sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}  # fmt: skip
TABLE = "records"
STEPS = 10_000
"""SQLite's steps between two looks at the clock."""


def run(statement: Statement, tables: Mapping[str, tuple[Path, Shape]], most: int) -> Found:
    """The answer, of at most so many rows. `tables`: the names that the query may read. Raises SqlQueryError."""
    if len({path for path, _shape in tables.values()}) > MOST_TABLES:
        raise SqlQueryError(f"a query of more than {MOST_TABLES} tables cannot be asked of this catalog")
    codes = Codes()
    text, fields = translated(statement, {name: shape for name, (_path, shape) in tables.items()}, codes)
    with closing(sqlite3.connect("file::memory:", uri=True, timeout=WAIT, isolation_level=None)) as connection:
        try:
            _fence(connection, tables, codes)
            rows = (tuple(map(_value, row, (kind for _name, kind in fields))) for row in connection.execute(text))
            return collected(fields, rows, most)
        except sqlite3.Error as error:
            raise _told(error) from None
        except SqlQueryError:
            raise
        except (ValueError, TypeError):  # PostgreSQL would have seen it before it read a row
            raise SqlQueryError("this catalog cannot answer the query: a column is of several types") from None


class Codes(dict[str, str]):
    """Name → its number inside a statement."""

    def __missing__(self, name: str) -> str:
        self[name] = code = f"n{len(self)}"
        return code


def _told(error: sqlite3.Error) -> Exception:
    said = str(error)
    if said == "interrupted":
        return SqlQueryError(TOO_LONG)
    if "prohibited" in said or "not authorized" in said:
        return SqlDeniedError("Not authorized to read resource.")
    if refusal := refused(error):
        return SqlQueryError(refusal)
    return SqlQueryError(f"this catalog cannot answer the query: {said}")


def _fence(connection: sqlite3.Connection, tables: Mapping[str, tuple[Path, Shape]], codes: Codes) -> None:
    """The views of the tables that the query names, the functions it may call, and no way past them."""
    places: dict[Path, str] = {}
    for path, _shape in tables.values():
        if path not in places:
            places[path] = f"a{len(places)}"
            mode = "rw" if path.with_name(path.name + "-journal").exists() else "ro"
            connection.execute(f"ATTACH ? AS {places[path]}", [f"{path.resolve().as_uri()}?mode={mode}"])
    for name, (path, shape) in tables.items():
        columns = ["_id AS " + codes["_id"], *(f"{one.at} AS {codes[one.name]}" for one in shape.columns)]
        body = f"SELECT {', '.join(columns)} FROM {places[path]}.{TABLE}"  # noqa: S608 - numbers of our own only
        connection.execute(f"CREATE TEMP VIEW {codes[name]} AS {body}")
    for name, count, function in SCALARS:
        connection.create_function(name, count, function)
    for name, count, aggregate in AGGREGATES:
        connection.create_aggregate(name, count, aggregate)
    connection.execute("PRAGMA case_sensitive_like = ON")
    connection.execute("PRAGMA query_only = ON")
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    views = {codes[name] for name in tables}
    known = BUILT_IN | MADE

    def permits(deed: int, one: str | None, two: str | None, place: str | None, _by: str | None) -> int:
        if deed in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if deed == sqlite3.SQLITE_FUNCTION:
            return sqlite3.SQLITE_OK if two in known else sqlite3.SQLITE_DENY
        theirs = (place in places.values() and one == TABLE) or (place == "temp" and one in views)
        ours = deed == sqlite3.SQLITE_READ and (theirs or (place is None and not str(one).startswith("sqlite_")))
        return sqlite3.SQLITE_OK if ours else sqlite3.SQLITE_DENY

    connection.set_authorizer(permits)
    end = time.monotonic() + PATIENCE
    connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)


def translated(
    statement: Statement, tables: Mapping[str, Shape], codes: Codes
) -> tuple[str, list[tuple[str, str]]]:
    """The query in SQLite's words, and its columns with their types. Raises SqlQueryError."""
    tree = statement.tree.copy()
    for select in tree.find_all(exp.Select):
        select.set("expressions", [_named(one) for one in select.expressions])
    columns: dict[str, object] = {
        name: {"_id": KINDS["int4"].value}
        | {one.name: KINDS.get(one.kind, exp.DType.UNKNOWN).value for one in shape.columns}
        for name, shape in tables.items()
    }
    for name in tree.find_all(exp.Identifier):
        name.set("this", folded(name))
        name.set("quoted", True)
    schema = MappingSchema(columns, dialect=PlainPostgres, normalize=False)
    try:
        tree = qualify(tree, schema=schema, dialect=PlainPostgres)
        tree = annotate_types(tree, schema=schema, expression_metadata=annotators(), dialect=PlainPostgres)
    except (OptimizeError, SchemaError) as error:
        raise SqlQueryError(_unresolved(error)) from None
    _grouped(tree)
    fields = [(one.alias_or_name, kind(one) or "") for one in tree.selects]
    for node in reversed(list(tree.walk())):  # what is inside first
        made = _adapted(node)
        if made is not node:
            made.type = node.type
            node.replace(made)
    for name in tree.find_all(exp.Identifier):
        name.set("this", codes[str(name.this)])
        name.set("quoted", False)
    try:
        return tree.sql(dialect="sqlite", comments=False, unsupported_level=ErrorLevel.RAISE), fields
    except UnsupportedError as error:
        raise SqlQueryError(f"this catalog cannot answer the query: {str(error).partition(chr(10))[0]}") from None


def _named(node: exp.Expr) -> exp.Expr:
    """A column of an answer with the name that PostgreSQL gives it."""
    if isinstance(node, exp.Alias | exp.Star) or (
        isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
    ):
        return node
    return exp.alias_(node, called(node), quoted=True)


def _unresolved(error: Exception) -> str:
    said = str(error).partition("\n")[0]
    found = re.search(r"Column '(.+?)' could not be resolved", said)
    if found is None:
        return f"this catalog cannot answer the query: {said}"
    return f"column {found[1]} does not exist" if '"' in found[1] else f'column "{found[1]}" does not exist'


COMPARES = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
ROWS = (exp.From, exp.Join, exp.In, exp.Exists, exp.SetOperation, exp.CTE, exp.Table, exp.Subquery)
"""What takes all rows of a query inside of it."""
WHOLE = ("int2", "int4", "int8")
SUMS = {
    "array_agg", "avg", "bool_and", "bool_or", "count", "every", "max", "min", "stddev", "stddev_pop",
    "stddev_samp", "string_agg", "sum", "var_pop", "var_samp", "variance",
}  # fmt: skip
"""Functions of many rows."""
NOT_HERE = (exp.RegexpLike, exp.RegexpILike, exp.WithinGroup, exp.Cube, exp.Rollup, exp.GroupingSets)


def _adapted(node: exp.Expr) -> exp.Expr:
    """A part of a query in SQLite's words. Raises SqlQueryError for what it has no words for."""
    if isinstance(node, NOT_HERE):
        raise SqlQueryError(f"this catalog cannot answer the query: no {type(node).__name__} on SQLite")
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        raise SqlQueryError("this catalog cannot answer the query: no DISTINCT ON on SQLite")
    if isinstance(node, exp.Interval) and not isinstance(node.parent, exp.Add | exp.Sub):
        raise SqlQueryError("this catalog cannot answer the query: on SQLite an interval is added or taken away")
    if isinstance(node, exp.Subquery) and not isinstance(node.parent, ROWS):
        return _one_row(node)
    if isinstance(node, exp.Anonymous):
        return _function(node, str(node.name).lower())
    if isinstance(node, exp.Cast):
        wanted = kind(node)
        return _call("pg_cast", node.this, _text(wanted or "text"), _text(kind(node.this) or ""))
    if isinstance(node, exp.Like | exp.ILike) and not isinstance(node.parent, exp.Escape):
        return exp.Escape(this=_like(node), expression=_text("\\"))
    if isinstance(node, exp.Escape) and isinstance(node.this, exp.Like | exp.ILike):
        return exp.Escape(this=_like(node.this), expression=node.expression)
    if isinstance(node, COMPARES):
        node.set("this", _like_its_peer(node.this, node.expression))
        node.set("expression", _like_its_peer(node.expression, node.this))
    elif isinstance(node, exp.Between):
        node.set("low", _like_its_peer(node.args["low"], node.this))
        node.set("high", _like_its_peer(node.args["high"], node.this))
    elif isinstance(node, exp.In) and node.expressions:
        node.set("expressions", [_like_its_peer(one, node.this) for one in node.expressions])
    elif isinstance(node, exp.Add | exp.Sub | exp.Div | exp.Mod | exp.Pow):
        return _arithmetic(node)
    elif isinstance(node, exp.StrPosition):
        return _call("pg_strpos", node.this, node.args["substr"])
    elif isinstance(node, exp.Trim):
        ends = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position")).upper(), "btrim")
        return _call(f"pg_{ends}", node.this, *filter(None, [node.expression]))
    elif isinstance(node, exp.Extract):
        return _call("pg_extract", _text(str(node.this.name).lower()), node.expression)
    elif isinstance(node, exp.CurrentDate):
        return _call("pg_today")
    elif isinstance(node, exp.CurrentTimestamp):
        return _call("pg_now")
    return node


def _one_row(node: exp.Subquery) -> exp.Expr:
    """A query that stands for a value: more rows than one are refused, of which SQLite would take the first."""
    inner = node.this
    if not isinstance(inner, exp.Query) or len(inner.selects) != 1:
        raise SqlQueryError("subquery must return only one column")
    column = exp.column(inner.selects[0].alias_or_name, table="only")
    return exp.Subquery(this=exp.select(_call("pg_only", column)).from_(inner.subquery("only")))


def _moved(node: exp.Binary, moment: str) -> exp.Expr:
    """A moment and an interval of one unit."""
    interval = node.right
    count, unit = interval.this, str(interval.args.get("unit") or "").lower().removesuffix("s")
    if not (isinstance(count, exp.Literal) and re.fullmatch(r"-?\d{1,6}", str(count.this)) and unit in UNITS):
        raise SqlQueryError(
            "this catalog cannot answer the query: on SQLite an interval is a whole number of a unit"
        )
    number = int(str(count.this)) * (1 if isinstance(node, exp.Add) else -1)
    return _call("pg_moved", node.left, exp.convert(number), _text(unit), _text(moment))


def _arithmetic(node: exp.Binary) -> exp.Expr:
    if isinstance(node.left, exp.Interval):
        raise SqlQueryError(
            "this catalog cannot answer the query: on SQLite the interval stands behind the moment"
        )
    if isinstance(node.right, exp.Interval):
        return _moved(node, kind(node) or "timestamp")
    kinds = [kind(one) for one in (node.left, node.right)]
    if isinstance(node, exp.Pow):
        return _call("pg_power", node.left, node.right)
    if isinstance(node, exp.Div | exp.Mod):
        whole = exp.convert(int(all(one in WHOLE for one in kinds)))
        return _call("pg_div" if isinstance(node, exp.Div) else "pg_mod", node.left, node.right, whole)
    if not any(one in ("date", "time", "timestamp", "timestamptz") for one in kinds):
        return node
    if isinstance(node, exp.Sub) and kinds == ["date", "date"]:
        return _call("pg_days", node.left, node.right)
    if kinds[0] == "date" and kinds[1] in WHOLE:
        return _call(
            "pg_shifted", node.left, node.right if isinstance(node, exp.Add) else exp.Neg(this=node.right)
        )
    raise SqlQueryError("this catalog cannot answer the query: on SQLite only dates are counted in days")


def _grouped(tree: exp.Query) -> None:
    """Refuses a column that is neither grouped by nor inside of an aggregate: SQLite would give any row's."""
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        by = {one.sql() for one in group.expressions} if group else set()
        shown = [*select.expressions, *filter(None, [select.args.get("having")])]
        sums = any(
            _is_sum(node) for one in shown for node in one.walk(prune=lambda node: isinstance(node, exp.Query))
        )
        for one in shown if group or sums else ():
            _alone(one.unalias(), by)


def _alone(node: exp.Expr, by: set[str]) -> None:
    if _is_sum(node) or isinstance(node, exp.Query) or node.sql() in by:
        return
    if isinstance(node, exp.Column):
        name = f"{node.table}.{node.name}"
        raise SqlQueryError(
            f'column "{name}" must appear in the GROUP BY clause or be used in an aggregate function'
        )
    for child in node.iter_expressions():
        _alone(child, by)


def _is_sum(node: exp.Expr) -> bool:
    if isinstance(node, exp.Filter | exp.WithinGroup):
        return not isinstance(node.parent, exp.Window)
    named = isinstance(node, exp.Anonymous) and str(node.name).lower() in SUMS
    return named and not isinstance(node.parent, exp.Window | exp.Filter)


def _like(node: exp.Like | exp.ILike) -> exp.Expr:
    if isinstance(node, exp.Like):
        return exp.Like(this=node.this, expression=node.expression)
    return exp.Like(this=_call("pg_lower", node.this), expression=_call("pg_lower", node.expression))


def _function(node: exp.Anonymous, name: str) -> exp.Expr:
    if name in ("bool_and", "every", "bool_or"):
        return _call("max" if name == "bool_or" else "min", *node.expressions)
    if name == "string_agg" and node.expressions:
        *given, last = node.expressions
        if isinstance(last, exp.Order):  # it stands around the argument before it
            ways = [(one.this, exp.convert(int(bool(one.args.get("desc"))))) for one in last.expressions]
            return _call("pg_string_agg", *given, last.this, *(part for way in ways for part in way))
    if f"pg_{name}" in MADE:
        return _call(f"pg_{name}", *node.expressions)
    if name not in BUILT_IN:
        raise SqlQueryError(f"this catalog cannot answer the query: no function {name} on SQLite")
    return node


def _like_its_peer(node: exp.Expr, peer: exp.Expr) -> exp.Expr:
    """A text that is compared with a value of another type is one of that type."""
    wanted = kind(peer)
    if not (isinstance(node, exp.Literal) and node.is_string) or wanted in (None, "text", "json"):
        return node
    try:
        value = kept(wanted, node.this)
    except CellError as error:
        raise SqlQueryError(str(error).partition(":")[0]) from None
    return exp.convert(value)


def _call(name: str, *given: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(given))


def _text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "bool":
        return bool(value)
    if kind == "json":
        return orjson.loads(value)
    if kind in ("timestamp", "timestamptz"):
        return datetime.fromisoformat(value).isoformat()
    if kind in ("float4", "float8"):
        return float(value)
    if kind == "numeric" and isinstance(value, str):
        return float(value)
    return value if isinstance(value, int | float | str) else None
