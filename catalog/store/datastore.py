"""The DataStore: one SQLite file per resource, so that a table is made whole, replaced whole and removed whole.

A new table is written aside and renamed in. Rows are added inside one transaction of the file. Inside, columns are
called c0, c1 …: their real names stand in the table `fields`, so no name a publisher chose is part of a statement.
"""

# ruff: noqa: S608 - the statements are put together from c0, c1 … and question marks only

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from catalog.store.database import WAIT, as_store_error
from catalog.store.types import CellError, answered, kept

Method = Literal["insert", "upsert", "update"]


class RecordError(ValueError):
    """A record the table does not take: what is wrong, and the record's index."""

    def __init__(self, message: str, row: int) -> None:
        super().__init__(message)
        self.row = row


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as its publisher knows it. `kind` is CKAN's type; `info` holds label, notes and the like."""

    name: str
    kind: str
    info: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a table consists of."""

    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()

    def at(self, name: str) -> str | None:
        """The column's name inside the file."""
        if name == "_id":
            return "_id"
        names = [column.name for column in self.columns]
        return f"c{names.index(name)}" if name in names else None

    def kind(self, name: str) -> str:
        """A column's type."""
        return next((column.kind for column in self.columns if column.name == name), "int8")


class Datastore:
    """A folder of tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, resource: str) -> Path:
        """The file of a resource's table. Resource ids are checked before they come here."""
        return self.folder / resource[:2] / f"{resource}.sqlite"

    def exists(self, resource: str) -> bool:
        """Whether a resource has a table."""
        return self.path(resource).is_file()

    def shape(self, resource: str) -> Shape:
        """A table's columns, key and indexes."""
        with self._reading(resource) as connection:
            return _shape(connection)

    def create(self, resource: str, shape: Shape, records: Sequence[Mapping[str, Any]]) -> None:
        """Makes a table with its first records. Raises RecordError, StoreError; a refused table is not there."""
        final = self.path(resource)
        aside = final.with_name(f"{final.name}.{uuid.uuid4().hex}.aside")
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            with closing(_open(aside)) as connection, _transaction(connection):
                connection.execute(
                    "CREATE TABLE fields (name TEXT PRIMARY KEY, kind TEXT NOT NULL, info TEXT NOT NULL)"
                )
                connection.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
                columns = "".join(f", c{index}" for index in range(len(shape.columns)))
                connection.execute(f"CREATE TABLE records (_id INTEGER PRIMARY KEY AUTOINCREMENT{columns})")
                _describe(connection, shape)
                _insert(connection, shape, records)
            aside.replace(final)
        except (OSError, sqlite3.OperationalError) as error:
            raise as_store_error(error, str(self.folder)) from error
        finally:
            aside.unlink(missing_ok=True)

    def alter(self, resource: str, shape: Shape, records: Sequence[Mapping[str, Any]]) -> None:
        """Adds columns, sets what columns say of themselves, and adds records, all or nothing."""
        with self._writing(resource) as connection:
            had = len(_shape(connection).columns)
            for index in range(had, len(shape.columns)):
                connection.execute(f"ALTER TABLE records ADD COLUMN c{index}")
            _describe(connection, shape)
            write = _upsert if shape.key else _insert
            write(connection, shape, records)

    def write(
        self, resource: str, method: Method, records: Sequence[Mapping[str, Any]], *, dry: bool = False
    ) -> None:
        """Inserts, updates or upserts records, all or nothing. Raises RecordError, KeyError (no row to update)."""
        with self._writing(resource, keep=not dry) as connection:
            shape = _shape(connection)
            if method == "insert":
                _insert(connection, shape, records)
            else:
                _upsert(connection, shape, records, update_only=method == "update")

    def delete(self, resource: str, filters: Mapping[str, Any]) -> None:
        """Removes the records a filter names."""
        with self._writing(resource) as connection:
            where, values = _where(_shape(connection), filters, None)
            connection.execute(f"DELETE FROM records{where}", values)

    def drop(self, resource: str) -> None:
        """Removes a table, where there is one."""
        path = self.path(resource)
        for one in (path, path.with_name(path.name + "-journal")):
            one.unlink(missing_ok=True)

    def count(
        self, resource: str, filters: Mapping[str, Any] | None = None, q: Any = None, distinct: Sequence[str] = ()
    ) -> int:
        """How many records (or different combinations of columns) a search finds."""
        with self._reading(resource) as connection:
            shape = _shape(connection)
            where, values = _where(shape, filters or {}, q)
            counted = "SELECT count(*) FROM records" + where
            if distinct:
                columns = ", ".join(str(shape.at(name)) for name in distinct)
                counted = f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM records{where})"
            return int(connection.execute(counted, values).fetchone()[0])

    def search(
        self,
        resource: str,
        *,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None = None,
        q: Any = None,
        sort: Sequence[tuple[str, bool]] = (),
        limit: int | None = None,
        offset: int = 0,
        distinct: bool = False,
    ) -> Iterator[tuple[Any, ...]]:
        """The records a search finds, as tuples of the asked fields, read as they are asked for."""
        with self._reading(resource) as connection:
            shape = _shape(connection)
            where, values = _where(shape, filters or {}, q)
            columns = ", ".join(str(shape.at(name)) for name in fields)
            ordered = [
                f"{shape.at(name)} {'DESC' if down else 'ASC'} NULLS {'FIRST' if down else 'LAST'}"
                for name, down in sort
            ]
            if not distinct:
                ordered.append("_id")
            order = f" ORDER BY {', '.join(ordered)}" if ordered else ""
            page = "" if limit is None else f" LIMIT {int(limit)} OFFSET {int(offset)}"
            select = f"SELECT {'DISTINCT ' if distinct else ''}{columns} FROM records{where}{order}{page}"
            kinds = [shape.kind(name) for name in fields]
            for row in connection.execute(select, values):
                yield tuple(answered(kind, value) for kind, value in zip(kinds, row, strict=True))

    @contextmanager
    def _reading(self, resource: str) -> Iterator[sqlite3.Connection]:
        path = self.path(resource)
        try:
            with closing(
                sqlite3.connect(
                    f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=WAIT, check_same_thread=False
                )
            ) as connection:
                connection.execute("BEGIN")
                yield connection
        except sqlite3.OperationalError as error:
            raise as_store_error(error, str(path)) from error

    @contextmanager
    def _writing(self, resource: str, *, keep: bool = True) -> Iterator[sqlite3.Connection]:
        path = self.path(resource)
        try:
            with closing(_open(path)) as connection, _transaction(connection, keep=keep):
                yield connection
        except sqlite3.OperationalError as error:
            raise as_store_error(error, str(path)) from error


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False)


@contextmanager
def _transaction(connection: sqlite3.Connection, *, keep: bool = True) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT" if keep else "ROLLBACK")


def _shape(connection: sqlite3.Connection) -> Shape:
    rows = connection.execute("SELECT name, kind, info FROM fields ORDER BY rowid").fetchall()
    facts = dict(connection.execute("SELECT name, value FROM facts"))
    columns = tuple(Column(name=name, kind=kind, info=orjson.loads(info)) for name, kind, info in rows)
    return Shape(
        columns=columns, key=tuple(orjson.loads(facts["key"])), indexes=tuple(orjson.loads(facts["indexes"]))
    )


def _describe(connection: sqlite3.Connection, shape: Shape) -> None:
    say = "INSERT INTO fields VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET info = excluded.info"
    connection.executemany(
        say, [(one.name, one.kind, orjson.dumps(dict(one.info)).decode()) for one in shape.columns]
    )
    facts = {"key": shape.key, "indexes": shape.indexes}
    connection.executemany(
        "INSERT OR REPLACE INTO facts VALUES (?, ?)", [(k, orjson.dumps(v).decode()) for k, v in facts.items()]
    )
    connection.execute("DROP INDEX IF EXISTS by_key")
    if shape.key:
        connection.execute(
            f"CREATE UNIQUE INDEX by_key ON records ({', '.join(str(shape.at(n)) for n in shape.key)})"
        )
    for name in shape.indexes:
        connection.execute(f"CREATE INDEX IF NOT EXISTS by_{shape.at(name)} ON records ({shape.at(name)})")


def _values(shape: Shape, record: Mapping[str, Any], row: int) -> dict[str, Any]:
    """Column inside the file → kept value, for the fields a record gives."""
    try:
        return {
            str(shape.at(name)): kept(shape.kind(name), value) for name, value in record.items() if name != "_id"
        }
    except CellError as error:
        raise RecordError(str(error), row) from None


def _insert(connection: sqlite3.Connection, shape: Shape, records: Iterable[Mapping[str, Any]]) -> None:
    columns = [f"c{index}" for index in range(len(shape.columns))]
    statement = f"INSERT INTO records ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    if not columns:
        return
    for row, record in enumerate(records):
        values = _values(shape, record, row)
        try:
            connection.execute(statement, [values.get(column) for column in columns])
        except sqlite3.IntegrityError:
            raise RecordError("duplicate key value violates unique constraint", row) from None


def _upsert(
    connection: sqlite3.Connection,
    shape: Shape,
    records: Iterable[Mapping[str, Any]],
    *,
    update_only: bool = False,
) -> None:
    """By the table's key: fields a record leaves out stay as they are."""
    for row, record in enumerate(records):
        values = _values(shape, record, row)
        keys = [str(shape.at(name)) for name in shape.key]
        if any(key not in values for key in keys):
            raise RecordError("fields in the unique key must be given", row)
        where = " AND ".join(f"{key} IS ?" for key in keys)
        named = [values[key] for key in keys]
        found = connection.execute(f"SELECT _id FROM records WHERE {where}", named).fetchone()
        if found:
            rest = [column for column in values if column not in keys]
            if rest:
                setting = ", ".join(f"{column} = ?" for column in rest)
                connection.execute(
                    f"UPDATE records SET {setting} WHERE _id = ?", [*(values[c] for c in rest), found[0]]
                )
        elif update_only:
            raise KeyError(str({name: record[name] for name in shape.key}))
        else:
            marks = ", ".join("?" * len(values))
            connection.execute(
                f"INSERT INTO records ({', '.join(values)}) VALUES ({marks})", list(values.values())
            )


def _where(shape: Shape, filters: Mapping[str, Any], q: Any) -> tuple[str, list[Any]]:
    """The condition of filters (a value or a list of values) and of words (in any column, or column by column)."""
    tests: list[str] = []
    values: list[Any] = []
    for name, wanted in filters.items():
        column, kind = shape.at(name), shape.kind(name)
        several = wanted if isinstance(wanted, list | tuple) else [wanted]
        given = [_comparable(kind, value) for value in several if value is not None]
        either = [f"{column} IN ({', '.join('?' * len(given))})"] if given else []
        either += [f"{column} IS NULL"] if None in several else []
        tests.append(f"({' OR '.join(either or ['0'])})")
        values += given
    everywhere = [f"c{index}" for index in range(len(shape.columns))]
    for columns, words in _words(shape, q, everywhere):
        for word in words:
            tests.append(f"({' OR '.join(f'''CAST({c} AS TEXT) LIKE ? ESCAPE '!' ''' for c in columns)})")
            pattern = "%" + "".join("!" + letter if letter in "!%_" else letter for letter in word) + "%"
            values += [pattern] * len(columns)
    return (" WHERE " + " AND ".join(tests) if tests else ""), values


def _comparable(kind: str, value: Any) -> Any:
    try:
        return kept(kind, value)
    except CellError as error:
        raise RecordError(str(error), 0) from None


def _words(shape: Shape, q: Any, everywhere: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    if isinstance(q, Mapping):
        for name, text in q.items():
            yield [str(shape.at(name))], [word.removesuffix(":*") for word in str(text).split()]
    elif q and everywhere:
        yield everywhere, [word.removesuffix(":*") for word in str(q).split()]
