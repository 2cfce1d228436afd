"""SQLite files: every table, as it stands, read-only; and the words of its schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote

from metadata.errors import SourceError
from metadata.finding import Place
from pipelines.govern.inside.part import Content, Part, Slice, Table, Text, within
from pipelines.govern.inside.tabled import ROWS, labels, of_columns
from pipelines.read import database


def parts(path: Path, at: Place) -> Iterator[Part]:
    """Every table, named as a sheet is; nothing is written beside the file. Raises SourceError `read-broken`."""
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            yield from _tables(connection, at)
    except sqlite3.Error as broken:
        raise SourceError("read-broken", at, file=path.name) from broken


def of_bytes(data: bytes, at: Place) -> Iterator[Part]:
    """The same of a file that is a member of an archive. Raises SourceError `read-broken`."""
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(data)
            yield from _tables(connection, at)
    except sqlite3.Error as broken:
        raise SourceError("read-broken", at) from broken


def _tables(connection: sqlite3.Connection, at: Place) -> Iterator[Part]:
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall():
        place = within(at, name)
        if sql:
            yield Text(part="schema", text=sql, at=place)
        if kind == "table" and not name.startswith("sqlite_") and "VIRTUAL TABLE" not in (sql or "").upper():
            yield Table(part="database-table", at=place, read=partial(_table, connection, name, place))


def _table(connection: sqlite3.Connection, name: str, at: Place) -> Content:
    written = name.replace('"', '""')
    cursor = connection.execute(f'SELECT * FROM "{written}"')  # noqa: S608 - the name is quoted
    names = [column[0] for column in cursor.description]
    return Content(labels=names, slices=_slices(cursor, len(names)), texts=tuple(labels(names, at)))


def _slices(cursor: sqlite3.Cursor, width: int) -> Iterator[Slice]:
    first = 1
    while rows := cursor.fetchmany(ROWS):
        texts = [[database.as_text(value) for value in row] for row in rows]
        columns = list(zip(*texts, strict=True)) if width else []
        yield of_columns(columns, range(first, first + len(rows)))
        first += len(rows)
