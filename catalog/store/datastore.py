"""The DataStore: a typed table for a resource, in a file of its own or in PostgreSQL. What both have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from catalog.store import rows
from catalog.store.rows import Record, Table
from catalog.store.shape import EVERY, Column, Method, NotUniqueError, Order, Question, Shape

if TYPE_CHECKING:
    from catalog.store.sql_query import Statement

Opened = AbstractContextManager[tuple[Connection, Table]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a query gave: its columns, each with a type, its rows, and whether there were more."""

    fields: tuple[tuple[str, str], ...]
    rows: list[tuple[Any, ...]]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One table, opened once for several questions."""

    connection: Connection
    table: Table

    @classmethod
    @contextmanager
    def of_rows(cls, shape: Shape, records: Iterable[Record]) -> Iterator[Reading]:
        """A table made for one reading and kept nowhere. Records give each column, and an `_id` of any type."""
        engine = sa.create_engine("sqlite://")
        columns = "".join(f", {column.at}" for column in shape.columns)
        with engine.connect() as connection:
            say(connection, f"CREATE TABLE records (_id PRIMARY KEY{columns}) WITHOUT ROWID")
            table = rows.table("", shape, "records")
            names = {"_id": "_id", **{column.name: column.at for column in shape.columns}}
            made = [{names[name]: value for name, value in record.items()} for record in records]
            if made:
                connection.execute(sa.insert(table.clause), made)
            yield cls(connection, table)
        engine.dispose()

    @property
    def shape(self) -> Shape:
        """The table's columns, key and indexes."""
        return self.table.shape

    def search(self, question: Question, fields: Sequence[str], **page: Any) -> list[tuple[Any, ...]]:
        """As `Datastore.search`, all at once."""
        return rows.page(self.connection, self.table, question, fields, **page)

    def count(self, question: Question, distinct: Sequence[str] = ()) -> int:
        """As `Datastore.count`. All rows of one state of a table are counted once."""
        if question != EVERY or distinct:
            return rows.count(self.connection, self.table, question, distinct)
        if not self.table.counted:
            self.table.counted.append(rows.count(self.connection, self.table, question, distinct))
        return self.table.counted[0]


class Datastore(ABC):
    """The tables of a catalog. Raises StoreError where they cannot be had."""

    def shape(self, resource: str) -> Shape:
        """A table's columns, key and indexes."""
        with self._reading(resource) as (_connection, table):
            return table.shape

    @contextmanager
    def opened(self, resource: str) -> Iterator[Reading]:
        """A table, to ask several things of one state of it."""
        with self._reading(resource) as (connection, table):
            yield Reading(connection, table)

    def state(self, resource: str) -> object:
        """What each change of a table alters; None where the store cannot say. Raises OSError: no such table."""
        return None

    def create(self, resource: str, shape: Shape, records: Sequence[Record]) -> None:
        """Makes a table with its first records; a refused table is not there.

        Raises RecordError, NotUniqueError.
        """
        with self._making(resource, shape) as (connection, table):
            rows.insert(connection, table, records)
            self._index(connection, table)

    def alter(self, resource: str, shape: Shape, records: Sequence[Record]) -> int:
        """Adds and removes columns, sets what columns say of themselves, and adds records, all or nothing.

        Returns the greatest `_id` there was before. Raises RecordError, NotUniqueError.
        """
        with self._writing(resource) as (connection, old):
            last = _last(connection, old)
            there = {column.slot for column in old.shape.columns}
            wanted = {column.slot for column in shape.columns}
            if there - wanted or (old.shape.key, old.shape.indexes) != (shape.key, shape.indexes):
                self._unindex(connection, old)
            for column in old.shape.columns:
                if column.slot not in wanted:
                    say(connection, f"ALTER TABLE {name_of(connection, old)} DROP COLUMN {column.at}")
            for column in shape.columns:
                if column.slot not in there:
                    kind = self._declared(column)
                    say(connection, f"ALTER TABLE {name_of(connection, old)} ADD COLUMN {column.at}{kind}")
            table = self._table(resource, shape)
            self._describe(connection, table)
            rows.insert(connection, table, records)
            self._index(connection, table)
            return last

    def write(self, resource: str, method: Method, records: Sequence[Record], *, dry: bool = False) -> int:
        """Inserts, updates or upserts records, all or nothing; returns the greatest `_id` there was before.

        Raises RecordError, KeyAbsentError.
        """
        with self._writing(resource, keep=not dry) as (connection, table):
            last = _last(connection, table)
            rows.write(connection, table, method, records)
            return last

    def delete(self, resource: str, question: Question) -> None:
        """Removes the records that a question means. Raises FilterError."""
        with self._writing(resource) as (connection, table):
            rows.delete(connection, table, question)

    def count(self, resource: str, question: Question = EVERY, distinct: Sequence[str] = ()) -> int:
        """How many records (or different combinations of fields) a question means. Raises FilterError."""
        with self._reading(resource) as (connection, table):
            return rows.count(connection, table, question, distinct)

    def search(
        self,
        resource: str,
        question: Question = EVERY,
        *,
        fields: Sequence[str],
        sort: Sequence[Order] = (),
        limit: int | None = None,
        offset: int = 0,
        distinct: bool = False,
        exact: bool = False,
    ) -> Iterator[tuple[Any, ...]]:
        """The records that a question means, as tuples of the asked fields, read as they are asked for.

        Raises FilterError. Fields: columns, `_id`, and the ranks of the question's words. `exact` is for backups.
        """
        with self._reading(resource) as (connection, table):
            query = rows.select(
                table, question, fields=fields, sort=sort, limit=limit, offset=offset, distinct=distinct
            )
            yield from rows.read(connection, table, query, fields, exact=exact)

    @abstractmethod
    def query(self, statement: Statement, tables: Mapping[str, str], most: int) -> Found:
        """What a query that was read gives, at most so many rows. `tables`: the names it may read → resources.

        Raises SqlQueryError, SqlDeniedError (of `sql_query`); StoreError.
        """

    def restore(self, resource: str, shape: Shape, records: Iterator[Record]) -> None:
        """Makes a table anew from a backup's records, `_id` included, a block at a time."""
        with self._making(resource, shape) as (connection, table):
            block: list[Record] = []
            for record in records:
                block.append(record)
                if len(block) == rows.BLOCK:
                    rows.insert(connection, table, block, numbered=True)
                    block = []
            rows.insert(connection, table, block, numbered=True)
            if connection.dialect.name == "postgresql":
                rows.renumber(connection, table)
            self._index(connection, table)

    def index_name(self, resource: str, fields: Sequence[str]) -> str:
        """CKAN's name of the index on some fields."""
        return self._table(resource, Shape(columns=())).index_name(fields)

    @abstractmethod
    def bound(self, connection: Connection) -> Datastore:
        """The same tables, as one transaction of the catalog's database sees and writes them."""

    @abstractmethod
    def replaced(self, identity: str) -> AbstractContextManager[Datastore]:
        """A store to fill: it takes this one's place with the commit of what notes `identity` in `restores`."""

    def close(self) -> None:  # noqa: B027 - a database is closed by who opened it
        """Gives up what was kept open between questions."""

    def wipe(self, resources: Iterable[str]) -> None:  # noqa: B027 - a database's tables go with their transaction
        """Removes the files of tables that nothing names any more, under any reader; half-made ones too."""

    def settle(self, engine: Engine) -> None:  # noqa: B027 - a database has nothing to settle
        """Finishes or undoes what a restore that was killed left half done."""

    def is_quick(self, _resource: str) -> bool:
        """Whether a page of a table may be waited for where nobody may wait."""
        return False

    @abstractmethod
    def exists(self, resource: str) -> bool:
        """Whether a resource has a table."""

    @abstractmethod
    def resources(self) -> list[str]:
        """The resources that have a table."""

    @abstractmethod
    def dropping(self, resource: str) -> Callable[[], None]:
        """Gives a table up. The answer is what is left to do after the commit to remove this very table."""

    @abstractmethod
    def sizes(self, resource: str) -> tuple[int, int, int]:
        """Bytes of the table, of its indexes (0 where they are one file), and of the whole store it is in."""

    @abstractmethod
    def _reading(self, resource: str) -> Opened: ...

    @abstractmethod
    def _writing(self, resource: str, *, keep: bool = True) -> Opened: ...

    @abstractmethod
    def _making(self, resource: str, shape: Shape) -> Opened: ...

    @abstractmethod
    def _table(self, resource: str, shape: Shape) -> Table: ...

    @abstractmethod
    def _describe(self, connection: Connection, table: Table) -> None: ...

    @abstractmethod
    def _declared(self, column: Column) -> str: ...

    def _index(self, connection: Connection, table: Table) -> None:
        """Makes the indexes that are not there. Raises NotUniqueError."""
        for fields in dict.fromkeys((table.shape.key, *table.shape.indexes)):
            columns = [one for name in fields if (one := table.shape.column(name))]
            if not columns:
                continue
            unique = "UNIQUE " if fields == table.shape.key else ""
            inside = ", ".join(f"CAST({one.at} AS TEXT)" if one.kind == "json" else one.at for one in columns)
            name = table.index_name(fields)
            try:
                with connection.begin_nested():
                    say(
                        connection,
                        f'CREATE {unique}INDEX IF NOT EXISTS "{name}" ON {name_of(connection, table)} ({inside})',
                    )
            except IntegrityError:
                raise NotUniqueError(f'could not create unique index "{name}"') from None

    def _unindex(self, connection: Connection, table: Table) -> None:
        found = sa.inspect(connection).get_indexes(table.clause.name, schema=table.clause.schema)
        place = f"{table.clause.schema}." if table.clause.schema else ""
        for index in found:
            if not str(index["name"]).endswith("_pkey"):
                say(connection, f'DROP INDEX {place}"{index["name"]}"')


def described(shape: Shape) -> dict[str, Any]:
    """A shape as JSON."""
    names = ("name", "kind", "info", "slot")
    return {
        "columns": [{name: getattr(one, name) for name in names} for one in shape.columns],
        "key": shape.key,
        "indexes": shape.indexes,
    }


def shape_of(described: Mapping[str, Any]) -> Shape:
    """A shape from its JSON."""
    columns = tuple(Column(**one) for one in described["columns"])
    indexes = tuple(tuple(one) for one in described["indexes"])
    return Shape(columns=columns, key=tuple(described["key"]), indexes=indexes)


def name_of(connection: Connection, table: Table) -> str:
    """The table's name, quoted."""
    return str(connection.dialect.identifier_preparer.format_table(table.clause))


def state_of(datastore: Datastore, resource: str) -> object:
    """A table's `state`; None, too, where there is no such table."""
    try:
        return datastore.state(resource)
    except OSError:
        return None


def say(connection: Connection, statement: str) -> None:
    """Says a statement made of our own names only."""
    connection.exec_driver_sql(statement)


def _last(connection: Connection, table: Table) -> int:
    return int(connection.execute(sa.select(sa.func.max(table.clause.c["_id"]))).scalar() or 0)
