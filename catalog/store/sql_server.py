"""A query on PostgreSQL: as a role that may read the views of this one query and no more, read-only, timed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from catalog.store.database import as_store_error, writing
from catalog.store.datastore import Found, name_of
from catalog.store.rows import Table
from catalog.store.sql_query import PlainPostgres, SqlDeniedError, SqlQueryError, Statement
from catalog.store.sql_result import PATIENCE, TOO_LONG, collected
from metadata.errors import StoreError

ROLE = "saphan_sql"
"""The role that queries run as. It owns nothing, may log in nowhere, and is granted each query's views only."""
CANCELED, NOT_ALLOWED, WRONG_DATA = "57014", "42501", "22"
"""PostgreSQL's codes (errcodes-appendix)."""


def run(connection: Connection, statement: Statement, tables: Mapping[str, Table], most: int) -> Found:
    """The answer, of at most so many rows. `tables`: the names that the query may read. Raises SqlQueryError.

    The connection's transaction is afterwards what it was before: all of this is undone.
    """
    _role(connection)
    nested = connection.begin_nested()
    try:
        _fence(connection, tables)
        return _asked(connection, statement, most)
    except DBAPIError as error:
        code = getattr(error.orig, "sqlstate", None) or ""
        if not code:
            raise as_store_error(error, ROLE) from error
        if code == NOT_ALLOWED:
            raise SqlDeniedError("Not authorized to read resource.") from None
        said = str(error.orig).partition("\n")[0]
        if code.startswith(WRONG_DATA):
            said = said.partition(":")[0]  # what follows is a value
        raise SqlQueryError(TOO_LONG if code == CANCELED else said) from None
    finally:
        nested.rollback()


def _fence(connection: Connection, tables: Mapping[str, Table]) -> None:
    """The views of the tables that the query names, and no way past them until the transaction is given up."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    for name, table in tables.items():
        if len(name.encode()) > 63:
            raise SqlQueryError(f'the name "{name}" is too long for a query: give the table an alias')
        columns = ["_id::integer AS _id", *(f"{one.at} AS {quote(one.name)}" for one in table.shape.columns)]
        view = f"pg_temp.{quote(name)}"
        body = f"SELECT {', '.join(columns)} FROM {name_of(connection, table)}"  # noqa: S608 - quoted names
        connection.exec_driver_sql(f"CREATE TEMP VIEW {quote(name)} AS {body}")
        connection.exec_driver_sql(f"GRANT SELECT ON {view} TO {ROLE}")
    for said in (
        f"SET LOCAL statement_timeout = {int(PATIENCE * 1000)}",
        "SET LOCAL search_path = pg_catalog, pg_temp",
        f"SET LOCAL ROLE {ROLE}",
        "SET TRANSACTION READ ONLY",
    ):
        connection.exec_driver_sql(said)


def _asked(connection: Connection, statement: Statement, most: int) -> Found:
    query = statement.tree.sql(dialect=PlainPostgres, comments=False).replace("%", "%%")  # the driver's own sign
    streamed = {"stream_results": True, "max_row_buffer": 1000}
    # written from a tree that was checked; inside of parentheses a second statement is none, as in CKAN
    limited = f"SELECT * FROM ({query}) AS blah LIMIT {most + 1}"  # noqa: S608
    with connection.exec_driver_sql(limited, execution_options=streamed) as result:
        description: Any = result.cursor.description
        types = connection.connection.driver_connection.adapters.types  # type: ignore[union-attr]
        fields = []
        for column in description:
            known = types.get(column.type_code)
            array = known is not None and known.array_oid == column.type_code
            fields.append((column.name, ("_" if array else "") + known.name if known else "text"))
        return collected(fields, (tuple(map(_value, row)) for row in result), most)


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return int(value) if isinstance(exponent, int) and exponent >= 0 else float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [_value(one) for one in value]
    if value is None or isinstance(value, bool | int | float | str | dict):
        return value
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _role(connection: Connection) -> None:
    """Makes the role where it is not there. Raises StoreError `store-sql-role` where we may not."""
    there = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    usable = text("SELECT 1 FROM pg_roles WHERE rolname = :role AND pg_has_role(current_user, oid, :how)")
    version = connection.dialect.server_version_info or (0,)
    how = {"role": ROLE, "how": "SET" if version >= (16,) else "MEMBER"}
    if connection.execute(usable, how).first():
        return
    try:
        with writing(connection.engine) as made:
            if not made.execute(there, {"role": ROLE}).first():
                made.exec_driver_sql(f"CREATE ROLE {ROLE} NOLOGIN")
            made.exec_driver_sql(f"GRANT {ROLE} TO CURRENT_USER")
    except (DBAPIError, StoreError) as error:
        raise StoreError("store-sql-role", role=ROLE) from error
