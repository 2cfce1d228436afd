"""Overwriting what was deleted: a database keeps deleted rows in its file until something else needs the room."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing

from sqlalchemy import Connection, Engine, Integer, func, select, text
from sqlalchemy.exc import DBAPIError

from catalog.store.database import WAIT, as_store_error, writing
from catalog.store.tables import metadata
from metadata.errors import StoreError

STATISTICS, CHECKPOINT = "recall-remains-statistics", "recall-remains-checkpoint"
BEFORE = ((STATISTICS, "DELETE FROM pg_catalog.pg_statistic WHERE starelid = ANY(:tables)"),)
AFTER = (
    (STATISTICS, "VACUUM FULL pg_catalog.pg_statistic"),
    (CHECKPOINT, "CHECKPOINT"),
    (CHECKPOINT, "SELECT pg_switch_wal()"),
)
"""What takes a superuser of PostgreSQL, and what may remain where we are none. ANALYZE keeps frequent values, and
what it kept of a table that is empty by now stays."""


def scrub(engine: Engine) -> tuple[str, ...]:
    """Rewrites the catalog's database without what was deleted; tells what we cannot overwrite.

    On SQLite the index of words, the file and its write-ahead log: nothing remains. On PostgreSQL every table of
    ours, and where we may, the server's statistics; its write-ahead log is the server's own, and takes its time.
    Others wait while it lasts. Raises StoreError `store-locked` where somebody does not let go.
    """
    if engine.dialect.name == "sqlite":
        _file(engine)
        return ()
    return _server(engine)


def _file(engine: Engine) -> None:
    path = str(engine.url.database)
    with writing(engine) as connection:
        # FTS5 only marks what was deleted, until its parts are merged
        connection.execute(text("INSERT INTO package_text(package_text) VALUES ('optimize')"))
    try:
        with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            busy, *_pages = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise as_store_error(error, path) from error
    if busy:
        raise StoreError("store-locked", path=path)


def _server(engine: Engine) -> tuple[str, ...]:
    remains = ["recall-remains-wal"]
    names = [f'"{table.name}"' for table in metadata.sorted_tables] + ["datastore.shapes"]
    alone = engine.execution_options(isolation_level="AUTOCOMMIT")
    try:
        with alone.connect() as connection:
            oids = [connection.execute(select(func.to_regclass(name).cast(Integer))).scalar() for name in names]
            remains += _tried(connection, BEFORE, tables=[oid for oid in oids if oid])
            for name, oid in zip(names, oids, strict=True):
                if oid:  # a plain VACUUM leaves old letters in the free room of its pages
                    connection.execute(text(f"VACUUM (FULL, ANALYZE) {name}"))
            remains += _tried(connection, AFTER)
    except DBAPIError as error:
        raise as_store_error(error, str(engine.url.database)) from error
    return tuple(dict.fromkeys(remains))


def _tried(connection: Connection, statements: Iterable[tuple[str, str]], **values: object) -> Iterator[str]:
    """What remains of what we may not do."""
    for left, statement in statements:
        try:
            connection.execute(text(statement), values)
        except DBAPIError:
            yield left
