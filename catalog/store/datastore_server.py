"""The DataStore as tables of PostgreSQL, in a schema of their own beside the catalog's.

A table is written in the very transaction that writes the catalog.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from catalog.store import rows
from catalog.store.database import as_store_error, writing
from catalog.store.datastore import Datastore, Found, described, name_of, say, shape_of
from catalog.store.rows import Table
from catalog.store.shape import Column, Shape
from catalog.store.types import NATIVE

if TYPE_CHECKING:
    from catalog.store.sql_query import Statement

SCHEMA = "datastore"
shapes = sa.Table(
    "shapes",
    sa.MetaData(schema=SCHEMA),
    sa.Column("resource", sa.Text, primary_key=True),
    sa.Column("shape", sa.JSON, nullable=False),
)
"""What each table consists of."""


class ServerDatastore(Datastore):
    """Tables of PostgreSQL in a schema of their own, beside the catalog's."""

    def __init__(self, engine: Engine, connection: Connection | None = None) -> None:
        self.engine = engine
        self.connection = connection
        if connection is None:
            with engine.connect() as opening:
                made = sa.inspect(opening).has_table("shapes", schema=SCHEMA)
            if not made:
                with writing(engine) as opening:
                    say(opening, f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                    shapes.create(opening, checkfirst=True)

    def bound(self, connection: Connection) -> Datastore:
        """Reads and writes inside the catalog's own transaction."""
        return ServerDatastore(self.engine, connection)

    @contextmanager
    def replaced(self, identity: str) -> Iterator[Datastore]:
        """Itself, emptied: the transaction does the rest."""
        with self._any(writes=True) as connection:
            for resource in self.resources():
                self._remove(connection, self._table(resource, Shape(columns=())))
        yield self

    def exists(self, resource: str) -> bool:
        """Whether a resource has a table."""
        with self._any() as connection:
            query = sa.select(shapes.c.resource).where(shapes.c.resource == resource)
            return connection.execute(query).first() is not None

    def resources(self) -> list[str]:
        """The resources that have a table."""
        with self._any() as connection:
            return list(connection.execute(sa.select(shapes.c.resource).order_by(shapes.c.resource)).scalars())

    def dropping(self, resource: str) -> Callable[[], None]:
        """The table goes with the transaction: nothing is left to do."""
        with self._any(writes=True) as connection:
            self._remove(connection, self._table(resource, Shape(columns=())))
        return lambda: None

    def sizes(self, resource: str) -> tuple[int, int, int]:
        """As PostgreSQL counts them."""
        name = sa.func.to_regclass(self._regclass(resource))
        with self._any() as connection:
            query = sa.select(
                sa.func.pg_relation_size(name),
                sa.func.pg_indexes_size(name),
                sa.func.pg_database_size(sa.func.current_database()),
            )
            size, indexes, whole = connection.execute(query).one()
            return int(size or 0), int(indexes or 0), int(whole)

    def query(self, statement: Statement, tables: Mapping[str, str], most: int) -> Found:
        """As PostgreSQL answers it, within the transaction, which is left as it was."""
        from catalog.store import sql_server

        with self._any() as connection:
            found = {name: self._found(connection, resource) for name, resource in tables.items()}
            return sql_server.run(connection, statement, found, most)

    def _regclass(self, resource: str) -> str:
        return f'{SCHEMA}."{self._table(resource, Shape(columns=())).clause.name}"'

    @contextmanager
    def _any(self, *, writes: bool = False) -> Iterator[Connection]:
        """The transaction we are bound to, while it lasts; else one of our own."""
        if self.connection is not None and not self.connection.closed:
            yield self.connection
            return
        try:
            with self.engine.connect() as connection:
                yield connection
                if writes:
                    connection.commit()
        except DBAPIError as error:
            raise as_store_error(error, SCHEMA) from error

    @contextmanager
    def _reading(self, resource: str) -> Iterator[tuple[Connection, Table]]:
        with self._any() as connection:
            yield connection, self._found(connection, resource)

    @contextmanager
    def _writing(self, resource: str, *, keep: bool = True) -> Iterator[tuple[Connection, Table]]:
        with self._any(writes=True) as connection:
            nested = connection.begin_nested()
            try:
                yield connection, self._found(connection, resource)
            except BaseException:
                if nested.is_active:
                    nested.rollback()
                raise
            nested.commit() if keep else nested.rollback()

    @contextmanager
    def _making(self, resource: str, shape: Shape) -> Iterator[tuple[Connection, Table]]:
        with self._any(writes=True) as connection, connection.begin_nested():
            table = self._table(resource, shape)
            self._remove(connection, table)
            columns = "".join(f", {column.at}{self._declared(column)}" for column in shape.columns)
            say(
                connection,
                f"CREATE TABLE {name_of(connection, table)} "
                f"(_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY{columns})",
            )
            self._describe(connection, table)
            yield connection, table

    def _remove(self, connection: Connection, table: Table) -> None:
        connection.execute(sa.delete(shapes).where(shapes.c.resource == table.resource))
        say(connection, f"DROP TABLE IF EXISTS {name_of(connection, table)}")

    def _found(self, connection: Connection, resource: str) -> Table:
        query = sa.select(shapes.c.shape).where(shapes.c.resource == resource)
        return self._table(resource, shape_of(connection.execute(query).scalar_one()))

    def _table(self, resource: str, shape: Shape) -> Table:
        # PostgreSQL takes names of 63 bytes; an id may have 100 letters
        name = resource if len(resource.encode()) < 64 else uuid.uuid5(uuid.NAMESPACE_OID, resource).hex
        return rows.table(resource, shape, name, schema=SCHEMA)

    def _describe(self, connection: Connection, table: Table) -> None:
        row = {"resource": table.resource, "shape": described(table.shape)}
        put = postgresql.insert(shapes).values(row)
        connection.execute(put.on_conflict_do_update(index_elements=["resource"], set_={"shape": row["shape"]}))

    def _declared(self, column: Column) -> str:
        # code point order, as on SQLite, whatever locale the server has
        return f" {NATIVE[column.kind]}" + (' COLLATE "C"' if column.kind == "text" else "")
