"""Databases: one SELECT, read-only, streamed: an SQLite file of the desk, or a server by URL from a variable."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.read import source as sources
from pipelines.read import text, workbook

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

PATIENCE = 10
"""Seconds to wait for a connection."""
BATCH = 5_000
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_ASIDE = re.compile(
    r"--[^\n]*|/\*(?!M?!).*?\*/|'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\$(\w*)\$.*?\$\1\$", re.DOTALL
)
"""Comments, and what stands in quotes. MySQL runs what is in `/*! … */`, MariaDB also `/*M! … */`: no comments."""

_QUOTE = re.compile("['\"`\u2018-\u201f\u00ab\u00bb]")
_QUOTED = re.compile(f"(?<={_QUOTE.pattern})[^{_QUOTE.pattern[1:-1]}]+(?={_QUOTE.pattern})")
"""What stands between quotes of any kind: servers speak their own language."""


def rows(
    database: str, query: str, folder: Path, at: Place
) -> tuple[list[str], list[list[str]], Mapping[str, str], tuple[Finding, ...]]:
    """The query's labels and cells, the inputs' hashes, and what was found.

    `database` is a path inside the dataset or `env:NAME`; `query` a `.sql` file or the SELECT itself. Raises
    SourceError `read-query-not-select`, `read-database-variable`, `-url`, `-down`, `-query`.
    """
    statement, inputs = _statement(query, folder, at)
    findings: list[Finding] = []
    if database.startswith("env:"):
        name = database.removeprefix("env:").strip()
        with _server(name, statement, at) as connection:
            labels, cells = _fetched(connection, statement)
        return labels, cells, {f"database:{name}": _digest(labels, cells), **inputs}, ()
    path = sources.located(database, folder, at)
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\x00":
            raise SourceError("read-broken", at)
    digest = sources.hashed(path, database, at)
    journal = path.with_name(f"{path.name}-wal")
    if journal.exists() and journal.stat().st_size:
        findings.append(
            Finding(rule="read-database-unsaved", severity="warning", at=at, values={"file": database})
        )
    with _file(path, statement, at) as connection:
        labels, cells = _fetched(connection, statement)
    return labels, cells, {database: digest, **inputs}, tuple(findings)


def _statement(query: str, folder: Path, at: Place) -> tuple[str, dict[str, str]]:
    inputs = {}
    if query.strip().lower().endswith(".sql") and "\n" not in query.strip():
        path = sources.located(query.strip(), folder, at)
        inputs[query.strip()] = sources.hashed(path, query, at)
        query, _ = text.decoded(path.read_bytes(), None, at)
    plain = _ASIDE.sub(" ", query).strip().rstrip("; \t\r\n").lower()
    if not re.match(r"(select|with|values)\b", plain.lstrip("( ")) or re.search(r";|/\*m?!", plain):
        raise SourceError("read-query-not-select", at)
    # A read-only transaction does not stop these. Looked for in the query as written: what is a comment or a quote
    # differs from server to server (`#`, `--1`, `\"`, MariaDB's `/*M! … */`).
    if re.search(r"\binto\b.*\b(outfile|dumpfile)\b", query, re.IGNORECASE | re.DOTALL):
        raise SourceError("read-query-not-select", at)
    return query.strip().rstrip("; \t\r\n"), inputs


@contextmanager
def _file(path: Path, statement: str, at: Place) -> Iterator[Connection]:
    """An SQLite file as it stands: no lock, no journal, nothing written beside it."""
    import sqlalchemy as sa

    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    engine = sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=sa.pool.NullPool
    )
    with _connected(engine, statement, at) as connection:
        yield connection


@contextmanager
def _server(name: str, statement: str, at: Place) -> Iterator[Connection]:
    """A server, in a read-only transaction that is rolled back."""
    import sqlalchemy as sa

    written = os.environ.get(name, "").strip()
    if not written:
        raise SourceError("read-database-variable", at, variable=name)
    try:
        url = sa.make_url(written)
        url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
        if url.get_backend_name() not in DRIVERS:
            raise SourceError("read-database-url", at, variable=name)
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args={"connect_timeout": PATIENCE})
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError, ValueError, TypeError) as wrong:
        raise SourceError("read-database-url", at, variable=name) from wrong
    with _connected(engine, statement, at, url.password or "") as connection:
        if url.get_backend_name() == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
        else:
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
            connection.commit()
        yield connection


@contextmanager
def _connected(engine: Engine, statement: str, at: Place, secret: str = "") -> Iterator[Connection]:
    import sqlalchemy as sa

    try:
        connection = engine.connect()
    except sa.exc.SQLAlchemyError as down:
        raise SourceError("read-database-down", at, reason=_reason(down, statement, secret)) from None
    try:
        with connection:
            yield connection
            connection.rollback()
    except sa.exc.SQLAlchemyError as refused:
        raise SourceError("read-database-query", at, reason=_reason(refused, statement, secret)) from None
    finally:
        engine.dispose()


def _reason(error: Exception, statement: str, secret: str) -> str:
    """The database's own first line, without the password and without values that the query does not name."""
    origin = getattr(error, "orig", None) or error
    said = getattr(getattr(origin, "diag", None), "message_primary", None)  # psycopg's, without LINE and DETAIL
    said = said or str(origin.args[-1] if origin.args else origin)
    lines = said.strip().splitlines() or [type(origin).__name__]
    first = lines[0].replace(secret, "…") if secret else lines[0]
    first = _QUOTED.sub(lambda quoted: quoted[0] if quoted[0] in statement else "…", first)
    if len(lines) > 1 and (opened := _QUOTE.search(first)):
        first = (
            first[: opened.end()] + "…"
        )  # a quoted value may go on in the next line, so no quote is sure to end
    return re.sub(r"\d{5,}", lambda digits: digits[0] if digits[0] in statement else "…", first)[:300]


def _fetched(connection: Connection, statement: str) -> tuple[list[str], list[list[str]]]:
    streamed = connection.execution_options(stream_results=True, no_parameters=True)
    result = streamed.exec_driver_sql(statement)
    labels = list(result.keys())
    cells = [[as_text(value) for value in row] for batch in result.partitions(BATCH) for row in batch]
    return labels, cells


def as_text(value: Any) -> str:
    """One value as text: decimals exactly, a time stamp always with its time, binary as hexadecimal."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return workbook.as_text(value)


def _digest(labels: list[str], cells: list[list[str]]) -> str:
    """`sha256:…` of the rows as JSON lines, labels first."""
    digest = hashlib.sha256()
    for row in (labels, *cells):
        digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return f"sha256:{digest.hexdigest()}"
