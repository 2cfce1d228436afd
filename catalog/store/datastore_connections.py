"""Connections to the files of the DataStore; those that read are kept open for the next question."""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from catalog.store.database import WAIT, as_store_error
from catalog.store.rows import Table

IDLE = 16 if os.name == "posix" else 0
"""Connections kept open between questions. Elsewhere a file that is open could be neither replaced nor removed."""
PAGES = -512
"""What a connection that is kept may hold of its file, in SQLite's measure: 512 kB."""


@contextmanager
def connected(path: Path, uri: str, *, writes: bool = False) -> Iterator[Connection]:
    """A transaction on a file: rolled back unless it is committed."""
    connection = _connection(path, uri, writes=writes)
    try:
        with connection:
            yield connection
    except DBAPIError as error:
        raise as_store_error(error, str(path)) from error


@dataclass(slots=True)
class Reader:
    """A connection to a file, and the table in it for as long as nobody has changed it."""

    connection: Connection
    file: int
    _version: int = -1
    _table: Table | None = None

    def table(self, read: Callable[[Connection], Table]) -> Table:
        """The table: read again where the file was written to since."""
        version = _said(self.connection, "PRAGMA data_version")
        if self._table is None or version != self._version:
            self._table, self._version = read(self.connection), version
        return self._table


class Readers:
    """Connections that read, kept for the next who reads the same file: opening one is most of a question."""

    def __init__(self) -> None:
        self._idle: OrderedDict[Path, list[Reader]] = OrderedDict()
        self._lock = Lock()

    @contextmanager
    def reader(self, path: Path) -> Iterator[Reader]:
        """A connection in a transaction, nobody else's meanwhile."""
        reader = self._taken(path)
        try:
            yield reader
            reader.connection.rollback()
        except DBAPIError as error:
            reader.connection.close()
            raise as_store_error(error, str(path)) from error
        except BaseException:
            reader.connection.close()
            raise
        with self._lock:
            self._idle.setdefault(path, []).append(reader)
            self._idle.move_to_end(path)
        self.close(IDLE)

    def close(self, most: int = 0) -> None:
        """Closes idle connections until so many are left: those of the tables asked for longest ago."""
        with self._lock:
            dropped: list[Reader] = []
            count = sum(map(len, self._idle.values()))
            while count - len(dropped) > most:
                path, idle = next(iter(self._idle.items()))
                dropped.append(idle.pop(0))
                if not idle:
                    del self._idle[path]
        for reader in dropped:
            reader.connection.close()

    def _taken(self, path: Path) -> Reader:
        """One that is open already, where the file is still the same; else a new one."""
        try:
            file = path.stat().st_ino
        except OSError as error:
            raise as_store_error(error, str(path)) from error
        with self._lock:
            idle = self._idle.pop(path, [])
            same = [one for one in idle if one.file == file]
            found = same.pop() if same else None
            if same:
                self._idle[path] = same
        for other in idle:
            if other.file != file:
                other.connection.close()
        if found is not None:
            return found
        connection = _connection(path, f"{path.resolve().as_uri()}?mode=ro")
        _said(connection, f"PRAGMA cache_size = {PAGES}")
        return Reader(connection, file)


def _said(connection: Connection, statement: str) -> Any:
    """What the driver answers, without SQLAlchemy's way to it, inside the transaction that it begins."""
    if not connection.in_transaction():
        connection.begin()
    driver: Any = connection.connection.driver_connection
    row = driver.execute(statement).fetchone()
    return row[0] if row else None


_file: ContextVar[str] = ContextVar("_file")


def _connection(path: Path, uri: str, *, writes: bool = False) -> Connection:
    token = _file.set(uri)
    try:
        return _files.connect().execution_options(writes=writes)
    except DBAPIError as error:
        raise as_store_error(error, str(path)) from error
    finally:
        _file.reset(token)


def _opened() -> sqlite3.Connection:
    # Python must not begin transactions by itself: we say BEGIN, below
    return sqlite3.connect(_file.get(), uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False)


_files = sa.create_engine("sqlite://", creator=_opened, poolclass=sa.NullPool, hide_parameters=True)
"""One engine for every file: what it learns of one statement serves all."""


@sa.event.listens_for(_files, "begin")
def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN")
