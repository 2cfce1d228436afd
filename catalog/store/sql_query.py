"""One SELECT that somebody sent, read before any database sees it: what it asks, of which tables.

Only what stands on a list passes: kinds of expressions, functions, types. What goes to a database is written anew
from the tree that was checked, so nothing is in it that was not understood here.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.parsers.postgres import PostgresParser

from catalog.store.types import canonical

LONGEST, MOST_NODES, DEEPEST = 20_000, 4_000, 60
"""Characters of a query, what it may consist of, and how deeply nested: it is walked by recursion."""


class SqlError(ValueError):
    """A text that is not one query as PostgreSQL would take it. The message is CKAN's."""


class SqlDeniedError(ValueError):
    """A query that asks for what nobody may have. The message is CKAN's."""


class SqlQueryError(ValueError):
    """A query that the database would not answer: the message is PostgreSQL's."""


class _Parser(PostgresParser):
    """PostgreSQL's grammar, in which a function is a name with arguments and nothing more."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: PostgresParser.FUNCTION_PARSERS[name]
        for name in ("CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM")
    }


class PlainPostgres(Postgres):
    """PostgreSQL as it is read here."""

    Parser = _Parser
    parser_class = _Parser  # type: ignore[assignment]  # sqlglot's own way: it says so of no base


ALLOWED: frozenset[type[exp.Expr]] = frozenset({
    exp.Add, exp.Alias, exp.And, exp.Between, exp.Boolean, exp.CTE, exp.Case, exp.Cast, exp.Column, exp.Cube,
    exp.CurrentDate, exp.CurrentTimestamp, exp.DPipe, exp.DataType, exp.DataTypeParam, exp.Distinct, exp.Div,
    exp.EQ, exp.Escape, exp.Except, exp.Exists, exp.Extract, exp.Filter, exp.From, exp.GT, exp.GTE, exp.Group,
    exp.GroupingSets, exp.Having, exp.ILike, exp.Identifier, exp.If, exp.In, exp.Intersect, exp.Interval, exp.Is,
    exp.Join, exp.LT, exp.LTE, exp.Like, exp.Limit, exp.Literal, exp.Mod, exp.Mul, exp.NEQ, exp.Neg, exp.Not,
    exp.Null, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Offset, exp.Or, exp.Order, exp.Ordered, exp.Paren, exp.Pow,
    exp.RegexpILike, exp.RegexpLike, exp.Rollup, exp.Select, exp.Star, exp.StrPosition, exp.Sub, exp.Subquery,
    exp.Substring, exp.Table, exp.TableAlias, exp.Trim, exp.Tuple, exp.Union, exp.Values, exp.Var, exp.Where,
    exp.Window, exp.WindowSpec, exp.With, exp.WithinGroup, exp.Anonymous, exp.Dot,
})  # fmt: skip
SOUGHT = {"btrim", "ltrim", "replace", "rtrim", "split_part", "string_to_array", "strpos", "translate", "trim"}
SHORT = 100
"""Functions that look for their second argument in the first, and how many letters it may have."""
STATEMENTS = {
    "SELECT": "", "WITH": "", "VALUES": "", "TABLE": "", "INSERT": "InsertStmt", "UPDATE": "UpdateStmt",
    "DELETE": "DeleteStmt", "MERGE": "MergeStmt", "CREATE": "CreateStmt", "DROP": "DropStmt", "COPY": "CopyStmt",
    "ALTER": "AlterTableStmt", "TRUNCATE": "TruncateStmt", "SET": "VariableSetStmt", "RESET": "VariableSetStmt",
    "SHOW": "VariableShowStmt", "GRANT": "GrantStmt", "REVOKE": "GrantStmt", "EXPLAIN": "ExplainStmt",
    "VACUUM": "VacuumStmt", "ANALYZE": "VacuumStmt", "CALL": "CallStmt", "DO": "DoStmt", "LOCK": "LockStmt",
    **dict.fromkeys(("BEGIN", "START", "COMMIT", "ROLLBACK"), "TransactionStmt"),
}  # fmt: skip
"""Words that a statement of PostgreSQL begins with, and what it calls those that are no query."""
POSTGRES_NAMES = {
    "Insert": "InsertStmt", "Update": "UpdateStmt", "Delete": "DeleteStmt", "Merge": "MergeStmt",
    "Lock": "LockingClause", "Into": "IntoClause",
}  # fmt: skip
"""What PostgreSQL calls what a query must not hold."""
# the parser tells of what it does not know with the text of the query, which holds values
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


@cache
def allowed_functions() -> frozenset[str]:
    """The functions that a query may call."""
    text = files("catalog").joinpath("store/sql_functions.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Statement:
    """One query that was read. `tables`: the names it reads from; `functions`: what it calls."""

    tree: exp.Query
    tables: frozenset[str]
    own: frozenset[str]
    """The names of its WITH clauses, which a table may have as well."""
    functions: tuple[str, ...]

    def allow(self) -> None:
        """Raises SqlDeniedError for a function that is not on the list."""
        for name in self.functions:
            if name not in allowed_functions():
                raise SqlDeniedError(f"Not authorized to call function {name}")


def read(text: str) -> Statement:
    """A query. Raises SqlError for what is not one query; SqlDeniedError for tables of the database's own."""
    tree = _one(text)
    own = frozenset(one.alias for one in tree.find_all(exp.CTE))
    tables: set[str] = set()
    functions: list[str] = []
    for number, node in enumerate(tree.walk()):
        if number > MOST_NODES:
            raise SqlError("Invalid SQL: the query is too long")
        if isinstance(node, exp.RawString):  # of $$…$$
            node.replace(exp.Literal.string(node.this))
        elif type(node) not in ALLOWED:
            raise _element(node)
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            _table(node, own, tables)
        elif isinstance(node, exp.Anonymous):
            functions.append(_function(node))
            if functions[-1] in SOUGHT:
                _short(functions[-1], node.expressions[1:2])
        elif isinstance(node, exp.Trim | exp.StrPosition):
            _short(
                "position" if isinstance(node, exp.StrPosition) else "trim",
                [node.args.get("substr") or node.expression],
            )
        elif isinstance(node, exp.DataType) and kind(node) is None and not isinstance(node.parent, exp.Interval):
            raise SqlError(f'Invalid SQL: "{node.sql()}" is no type of the DataStore')
    return Statement(tree, frozenset(tables), own, tuple(functions))


def _one(text: str) -> exp.Query:
    first = (text.split() or [""])[0]
    if first.isalpha():
        other = STATEMENTS.get(first.upper())
        if other is None:
            raise SqlError(f'Invalid SQL: syntax error at or near "{first}", at index {text.index(first)}')
        if other:
            raise SqlError(f"Invalid query AST element: {other}")
    if len(text) > LONGEST or "\0" in text or _depth(text) > DEEPEST:
        raise SqlError("Invalid SQL: the query is too long")
    try:
        found = sqlglot.parse(
            text, dialect=PlainPostgres, error_level=ErrorLevel.IMMEDIATE, error_message_context=len(text)
        )
    except TokenError:
        raise SqlError(f"Invalid SQL: unterminated quoted string at or near {_open(text)}") from None
    except ParseError as error:
        raise SqlError(f"Invalid SQL: {_place(error)}") from None
    except RecursionError:
        raise SqlError("Invalid SQL: the query is nested too deeply") from None
    if len(found) != 1 or found[0] is None:
        raise SqlError("Query is not a single statement")
    tree = found[0]
    if isinstance(tree, exp.Query) and not isinstance(tree, exp.Subquery | exp.Table):
        return tree
    raise _element(tree)


def _depth(text: str) -> int:
    """How deeply parentheses are nested, those inside of strings among them."""
    depth = deepest = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        deepest = max(depth, deepest)
    return deepest


def _open(text: str) -> str:
    quote = text.rfind("'") if text.count("'") % 2 else max(text.rfind("'"), text.rfind('"'), text.rfind("$"), 0)
    return f'"{text[quote:]}", at index {quote}'


def _place(error: ParseError) -> str:
    found = error.errors[0]
    said = found["description"]
    asks = said.startswith(("Expect", "Required")) and ("but got" not in said or "SENTINEL" in said)
    if asks and not (found["end_context"] or "").strip():
        return "syntax error at end of input"
    return f'syntax error at or near "{found["highlight"]}", at index {len(found["start_context"] or "")}'


def _element(node: exp.Expr) -> SqlError:
    name = type(node).__name__
    return SqlError(f"Invalid query AST element: {POSTGRES_NAMES.get(name, name)}")


def _table(node: exp.Table, own: frozenset[str], tables: set[str]) -> None:
    if node.args.get("catalog"):
        raise SqlError(f"Catalog cannot be provided: {node.catalog}")
    name = folded(node.this)
    if node.args.get("db") and folded(node.args["db"]) != "public":
        raise SqlDeniedError("Not authorized to access tables in other schemas")
    if name.startswith("pg_"):
        raise SqlDeniedError("Not authorized to access system tables")
    node.set("db", None)
    tables.add(name)


def _short(name: str, sought: list[Any]) -> None:
    """Refuses to look in a text for one of any length: no database can be stopped while it does."""
    for one in filter(None, sought):
        if not isinstance(one, exp.Literal) or len(str(one.this)) > SHORT:
            raise SqlError(f"Invalid SQL: {name} looks for a text of at most {SHORT} letters, as it is written")


def _function(node: exp.Anonymous) -> str:
    name = node.this if isinstance(node.this, str) else folded(node.this)
    if isinstance(node.parent, exp.Dot):
        return node.parent.sql(dialect=PlainPostgres, normalize_functions=False).partition("(")[0]
    return name.lower() if isinstance(node.this, str) else name


def folded(node: exp.Identifier) -> str:
    """A name as PostgreSQL takes it: without quotes its capitals count for nothing."""
    return str(node.this) if node.quoted else str(node.this).lower()


def kind(node: exp.DataType) -> str | None:
    """The DataStore's name of a type that a cast asks for; None for any other."""
    return canonical(node.sql(dialect="postgres").lower().partition("(")[0])
