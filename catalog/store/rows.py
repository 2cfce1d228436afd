"""Statements on one DataStore table, the same for SQLite and PostgreSQL: SQLAlchemy Core over c0, c1 …

On SQLite a column keeps what `types.kept` makes of a value; on PostgreSQL it has the type itself, and a value goes
in as text that the server casts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, TableClause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from catalog.store.shape import (
    EVERY,
    FilterError,
    KeyAbsentError,
    Method,
    Order,
    Question,
    RecordError,
    Shape,
    Words,
)
from catalog.store.shape import Filter as Asked
from catalog.store.types import NATIVE, CellError, answered, copied_out, kept

Record = Mapping[str, Any]
BLOCK = 1000
"""Rows fetched at a time."""
MOST_PAGES = 20
PLAIN = ("int2", "int4", "int8", "text", "rank")
"""What is answered as it is kept."""


class Native(sa.types.UserDefinedType[Any]):
    """A PostgreSQL type whose values are sent as text."""

    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def get_col_spec(self, **_options: Any) -> str:
        """The type's long name."""
        return NATIVE[self.kind]

    def bind_expression(self, bindvalue: Any) -> Any:
        """The cast. The parameter itself is text: PostgreSQL reads every kept value's."""
        return sa.cast(sa.type_coerce(bindvalue, Said()), self)


class _InText(FunctionElement[int]):
    """Where a text begins in another, from 1; 0: nowhere."""

    inherit_cache = True
    type = sa.Integer()


@compiles(_InText, "sqlite")
def _instr(element: Any, compiler: Any, **more: Any) -> str:
    return f"instr({compiler.process(element.clauses, **more)})"


@compiles(_InText, "postgresql")
def _strpos(element: Any, compiler: Any, **more: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **more)})"


class Said(sa.types.TypeDecorator[Any]):
    """The text of a value of any type."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Any) -> Any:
        """`str`, but for nothing."""
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Table:
    """A resource's table: what it consists of, and what statements are made of."""

    resource: str
    shape: Shape
    clause: TableClause
    counted: list[int] = field(default_factory=list, compare=False)
    """How many rows there are, once that was asked of this state of the table."""
    pages: dict[Any, sa.Select[Any]] = field(default_factory=dict, compare=False)
    """Statements for a page of all rows, by what is asked for."""

    def index_name(self, fields: Iterable[str]) -> str:
        """CKAN's name of the index on some fields."""
        quoted = ", ".join(f'"{field}"' for field in fields)
        return sha1((self.resource + quoted).encode(), usedforsecurity=False).hexdigest()


def table(resource: str, shape: Shape, name: str, *, schema: str | None = None) -> Table:
    """The table of a resource, called `name` inside. A schema is PostgreSQL's."""
    kinds = [sa.column(one.at, Native(one.kind) if schema else sa.types.NullType()) for one in shape.columns]
    return Table(resource, shape, sa.table(name, sa.column("_id", sa.BigInteger), *kinds, schema=schema))


def select(
    table: Table,
    question: Question,
    *,
    fields: Sequence[str],
    sort: Sequence[Order] = (),
    limit: int | None = None,
    offset: int = 0,
    distinct: bool = False,
) -> sa.Select[Any]:
    """The rows a question means. A field may be a rank of the question's words.

    Raises FilterError where different rows are asked for, sorted by what is not in them, as PostgreSQL does.
    """
    if distinct and any(name not in fields for name, *_ in sort):
        raise FilterError("for SELECT DISTINCT, ORDER BY expressions must appear in select list")
    ranks = {words.rank: _rank(table, words) for words in question.words}

    def expression(name: str) -> ColumnElement[Any]:
        return ranks[name] if name in ranks else _column(table, name)

    chosen = [expression(name).label(f"f{index}") for index, name in enumerate(fields)]
    query = sa.select(*chosen).where(*conditions(table, question))
    for name, down, first in sort:
        by = ranks[name] if name in ranks else _column(table, name)
        by = by.desc() if down else by.asc()
        query = query.order_by(by.nulls_first() if first else by.nulls_last())
    query = query.distinct() if distinct else query.order_by(table.clause.c["_id"])
    return query if limit is None else query.limit(limit).offset(offset)


def read(
    connection: Connection, table: Table, query: sa.Select[Any], fields: Sequence[str], *, exact: bool = False
) -> Iterator[tuple[Any, ...]]:
    """The rows of `select`, as an action answers them; `exact`: as `kept` takes them again without loss."""
    told = _told(table, fields)
    with connection.execute(query, execution_options={"yield_per": BLOCK}) as result:
        for block in result.partitions():
            yield from _given(block, told, copied_out if exact else answered)


def page(
    connection: Connection,
    table: Table,
    question: Question,
    fields: Sequence[str],
    *,
    sort: Sequence[Order] = (),
    limit: int | None = None,
    offset: int = 0,
    distinct: bool = False,
) -> list[tuple[Any, ...]]:
    """The same all at once, of some rows that `select` means."""
    asked: dict[str, Any] = {"sort": sort, "distinct": distinct}
    if question != EVERY or limit is None:
        query = select(table, question, fields=fields, limit=limit, offset=offset, **asked)
        return _given(connection.execute(query).all(), _told(table, fields), answered)
    key = (*fields, *sort, distinct)
    if key not in table.pages:
        if len(table.pages) > MOST_PAGES:
            table.pages.clear()
        made = select(table, question, fields=fields, **asked)
        most, start = (sa.bindparam(name, type_=sa.BigInteger) for name in ("most", "start"))
        table.pages[key] = made.limit(most).offset(start)
    found = connection.execute(table.pages[key], {"most": limit, "start": offset}).all()
    return _given(found, _told(table, fields), answered)


def _told(table: Table, fields: Sequence[str]) -> list[tuple[int, str]]:
    """The fields whose values are told otherwise than they are kept."""
    kinds = (table.shape.kind(name) if table.shape.has(name) else "rank" for name in fields)
    return [(index, kind) for index, kind in enumerate(kinds) if kind not in PLAIN]


def _given(
    found: Sequence[Any], told: list[tuple[int, str]], give: Callable[[str, Any], Any]
) -> list[tuple[Any, ...]]:
    if not told:
        return list(map(tuple, found))
    columns = list(zip(*found, strict=True))
    for index, kind in told:
        if columns:
            columns[index] = tuple(give(kind, value) for value in columns[index])
    return list(zip(*columns, strict=True))


def count(connection: Connection, table: Table, question: Question, distinct: Sequence[str]) -> int:
    """How many rows, or different combinations of fields, a question means."""
    where = conditions(table, question)
    query = sa.select(sa.func.count()).select_from(table.clause).where(*where)
    if distinct:
        different = select(table, question, fields=distinct, distinct=True).subquery()
        query = sa.select(sa.func.count()).select_from(different)
    return int(connection.execute(query).scalar() or 0)


def conditions(table: Table, question: Question) -> list[ColumnElement[bool]]:
    """What a row must pass. Raises FilterError."""
    tests = [_test(table, question.filter)] if question.filter else []
    return tests + [_found(table, words) for words in question.words]


def insert(connection: Connection, table: Table, records: Sequence[Record], *, numbered: bool = False) -> None:
    """Adds records, with their `_id` where they are `numbered`. Raises RecordError: which was refused."""
    if not table.shape.columns and not numbered:
        return
    left_out = () if numbered else ("_id",)
    empty = {column.at: None for column in table.shape.columns}
    rows = [{**empty, **_values(table.shape, record, index, left_out)} for index, record in enumerate(records)]
    _put(connection, table, lambda _row: sa.insert(table.clause), rows)


def upsert(connection: Connection, table: Table, records: Sequence[Record]) -> None:
    """Adds records, or changes the fields that they give where their key (or `_id`) is there already."""
    rows = [_values(table.shape, record, index) for index, record in enumerate(records)]
    by = [_key(table.shape, record, index) for index, record in enumerate(records)]
    make: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name]

    def statement(row: int) -> Any:
        rest = [name for name in rows[row] if name not in by[row]]
        put = make(table.clause)
        if not rest:
            return put.on_conflict_do_nothing(index_elements=by[row])
        return put.on_conflict_do_update(index_elements=by[row], set_={name: put.excluded[name] for name in rest})

    _put(connection, table, statement, rows)
    if connection.dialect.name == "postgresql" and any("_id" in row for row in rows):
        renumber(connection, table)


def renumber(connection: Connection, table: Table) -> None:
    """Lets PostgreSQL count on from the greatest `_id` in the table."""
    name = connection.dialect.identifier_preparer.format_table(table.clause)
    top = sa.select(sa.func.coalesce(sa.func.max(table.clause.c["_id"]), 0) + 1).scalar_subquery()
    connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "_id"), top, sa.false())))


def update(connection: Connection, table: Table, records: Sequence[Record]) -> None:
    """Changes rows by key. Raises RecordError, KeyAbsentError."""
    for index, record in enumerate(records):
        values, by = _values(table.shape, record, index), _key(table.shape, record, index)
        where = [table.clause.c[name] == values[name] for name in by]
        rest = {name: value for name, value in values.items() if name != "_id"}
        if (
            connection.execute(
                sa.update(table.clause).where(*where).values(rest or {by[0]: values[by[0]]})
            ).rowcount
            != 1
        ):
            raise KeyAbsentError(index)


def write(connection: Connection, table: Table, method: Method, records: Sequence[Record]) -> None:
    """One of the three methods."""
    {"insert": insert, "upsert": upsert, "update": update}[method](connection, table, records)


def delete(connection: Connection, table: Table, question: Question) -> None:
    """Removes the rows a question means."""
    connection.execute(sa.delete(table.clause).where(*conditions(table, question)))


def _put(
    connection: Connection, table: Table, statement: Callable[[int], Any], rows: list[dict[str, Any]]
) -> None:
    """Rows that give the same fields go in together; where they are refused, one by one to find which it is."""
    numbered = [(tuple(row), index) for index, row in enumerate(rows)]
    for _fields, run in groupby(numbered, key=lambda pair: pair[0]):
        indexes = [index for _names, index in run]
        try:
            with connection.begin_nested():
                connection.execute(statement(indexes[0]), [rows[index] for index in indexes])
        except IntegrityError:
            for index in indexes:
                try:
                    connection.execute(statement(index), [rows[index]])
                except IntegrityError:
                    raise RecordError(not_unique(table), index) from None
            raise


def not_unique(table: Table) -> str:
    """PostgreSQL's sentence on a key that is there already."""
    return f'duplicate key value violates unique constraint "{table.index_name(table.shape.key)}"'


def _values(shape: Shape, record: Record, row: int, left_out: Sequence[str] = ()) -> dict[str, Any]:
    """Column inside the table → kept value, for the fields a record gives. `""` is nothing but in text."""
    values: dict[str, Any] = {}
    try:
        for name, value in record.items():
            if name in left_out:
                continue
            column = shape.column(name)
            if column is None:
                values["_id"] = kept("int8", value)
            else:
                absent = value == "" and column.kind not in ("text", "json")
                values[column.at] = None if absent else kept(column.kind, value)
    except CellError as error:
        raise RecordError(str(error), row) from None
    return values


def _key(shape: Shape, record: Record, row: int) -> list[str]:
    """The columns by which a record is found."""
    if "_id" in record:
        return ["_id"]
    if any(name not in record for name in shape.key):
        lacking = ", ".join(name for name in shape.key if name not in record)
        raise RecordError(f'fields "{lacking}" are missing but needed as key', row)
    return [column.at for name in shape.key if (column := shape.column(name))]


def _column(table: Table, name: str) -> ColumnElement[Any]:
    """A field; JSON as its text, which PostgreSQL can compare."""
    if name == "_id":
        return table.clause.c["_id"]
    column = table.shape.column(name)
    if column is None:
        raise KeyError(name)
    found = table.clause.c[column.at]
    return sa.cast(found, sa.Text) if column.kind == "json" else found


def _test(table: Table, asked: Asked) -> ColumnElement[bool]:
    if asked.op in ("$and", "$or"):
        tests = [_test(table, one) for one in asked.value]
        return sa.and_(sa.true(), *tests) if asked.op == "$and" else sa.or_(sa.false(), *tests)
    if asked.op == "$not":
        return sa.not_(sa.func.coalesce(_test(table, asked.value), sa.false()))
    name = str(asked.field)
    column = _column(table, name)
    if asked.op == "null":
        return column.is_(None)
    if asked.op in TEXTUAL:
        return TEXTUAL[asked.op](column, asked.value)
    if asked.op in ("eq", "in"):
        several = list(asked.value) if asked.op == "in" else [asked.value]
        given = [_comparable(table.shape, name, value) for value in several if value is not None]
        if len(given) < 2:
            return column == given[0] if given else sa.false()  # nothing equals nothing, as in SQL
        return column.in_(given)
    value = _comparable(table.shape, name, asked.value)
    if asked.op == "ne":
        return sa.or_(column.is_(None), column != value)
    compare = {"gt": column.__gt__, "gte": column.__ge__, "lt": column.__lt__, "lte": column.__le__}
    return compare[asked.op](value)


def _contains_letters(column: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    return _InText(column, sa.literal(part, sa.Text)) > 0


def _starts(column: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    return sa.func.substr(column, 1, len(part)) == sa.literal(part, sa.Text)


def _ends(column: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    length = sa.func.length(column)
    ending = sa.func.substr(column, length - len(part) + 1)
    return sa.and_(length >= len(part), ending == sa.literal(part, sa.Text))


TEXTUAL = {"contains": _contains_letters, "startswith": _starts, "endswith": _ends}


def _comparable(shape: Shape, name: str, value: Any) -> Any:
    try:
        return kept(shape.kind(name), value)
    except CellError as error:
        raise FilterError(str(error)) from None


def _found(table: Table, words: Words) -> ColumnElement[bool]:
    columns = _looked_in(table, words)

    def holds(word: str, wanted: bool) -> ColumnElement[bool]:
        found = sa.or_(sa.false(), *(_contains(column, word) for column in columns))
        return found if wanted else sa.not_(found)

    ways = [sa.and_(sa.true(), *(holds(word, wanted) for word, wanted in way)) for way in words.ways]
    return sa.or_(sa.false(), *ways)


def _rank(table: Table, words: Words) -> ColumnElement[Any]:
    """The share of (word, column) pairs in which the word occurs: more columns that hold more words come first."""
    columns = _looked_in(table, words)
    pairs = [(word, one) for way in words.ways for word, wanted in way if wanted for one in columns]
    if not pairs:
        return sa.literal(0.0)
    hits = sum((sa.case((_contains(column, word), 1.0), else_=0.0) for word, column in pairs), sa.literal(0.0))
    return sa.cast(hits / float(len(pairs)), sa.Float)


def _looked_in(table: Table, words: Words) -> list[ColumnElement[Any]]:
    names = [words.field] if words.field else [column.name for column in table.shape.columns]
    return [_said(table, name) for name in names]


def _said(table: Table, name: str) -> ColumnElement[Any]:
    """A field as its text reads: what is true says so."""
    found = _column(table, name)
    return sa.case((found, "true"), (sa.not_(found), "false")) if table.shape.kind(name) == "bool" else found


def _contains(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    pattern = "%" + "".join("!" + letter if letter in "!%_" else letter for letter in word) + "%"
    text = sa.func.coalesce(sa.cast(column, sa.Text), "")
    return text.ilike(sa.literal(pattern, sa.Text), escape="!")
