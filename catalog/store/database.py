"""Opening the catalog's database, and what it takes for two processes to share one SQLite file."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from metadata.errors import SetupError, StoreError
from metadata.state import own_folder

WAIT = 30.0
"""Seconds a writer waits for another to finish."""
WRITERS = 2569_0001
"""The advisory lock that makes PostgreSQL's writers take turns as SQLite's do."""


def open_database(url: str) -> Engine:
    """Opens the database of an SQLAlchemy URL, and makes its folder and tables where they are missing.

    An older database is brought to today's revision. Raises SetupError `store-url`; StoreError
    `store-unwritable`, `store-locked`, `store-full`, `store-broken`, `store-newer`.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            engine = _open_sqlite(str(address.database or ""), url)
        else:
            engine = create_engine(address, pool_pre_ping=True, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise SetupError("store-url", reason=type(error).__name__) from error
    from catalog.store.migrate import bring_up

    try:
        bring_up(engine)
        _find_by_todays_rules(engine)
    except BaseException as error:
        engine.dispose()
        if isinstance(error, DBAPIError):
            raise as_store_error(error, _where(engine)) from error
        raise
    return engine


def _find_by_todays_rules(engine: Engine) -> None:
    from catalog.store.search import refresh

    refresh(engine)


def _open_sqlite(path: str, url: str) -> Engine:
    if path in ("", ":memory:"):
        raise SetupError("store-url", reason="memory")
    try:
        own_folder(Path(path).parent)
    except OSError as error:
        raise as_store_error(error, path) from error
    # hidden: an error's text must not hold what was to be stored
    waiting = {"timeout": WAIT, "check_same_thread": False}
    engine = create_engine(url, poolclass=QueuePool, connect_args=waiting, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={int(WAIT * 1000)}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that will write takes the lock at once: one that reads first and writes later is
        # refused without waiting when another has written in between.
        if connection.get_execution_options().get("writes"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            driver: Any = connection.connection.driver_connection
            driver.execute("BEGIN")  # cannot fail; every request that reads begins with it, so without a detour

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database."""
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise as_store_error(error, _where(engine)) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, alone: committed at the end, rolled back by any exception.

    Raises StoreError when the database cannot take it; nothing is half written.
    """
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS})
            yield connection
    except DBAPIError as error:
        raise as_store_error(error, _where(engine)) from error


def _where(engine: Engine) -> str:
    """The file, or the server without login and query, which may hold a password."""
    url = engine.url
    return str(url.database) if engine.dialect.name == "sqlite" else f"{url.host or ''}/{url.database or ''}"


def as_store_error(error: BaseException, where: str) -> StoreError:
    """What a database or a disk refused, as one of our own errors."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = str(cause).lower()
    number = cause.errno if isinstance(cause, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in said or "disk full" in said:
        return StoreError("store-full", path=where)
    if "locked" in said or "busy" in said:
        return StoreError("store-locked", path=where)
    readonly = ("readonly", "read-only", "unable to open", "permission", "disk i/o")
    if isinstance(cause, OSError) or any(word in said for word in readonly):
        return StoreError("store-unwritable", path=where, reason=_reason(cause))
    return StoreError("store-broken", path=where, reason=type(cause).__name__)


def _reason(cause: BaseException | None) -> str:
    """The system's own words, which name no data."""
    return (cause.strerror if isinstance(cause, OSError) else None) or str(cause).splitlines()[0]
