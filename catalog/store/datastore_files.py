"""The DataStore as a folder with one SQLite file for each table.

A file is made aside and renamed in, so that a table is made whole, replaced whole and removed whole.
"""

from __future__ import annotations

import glob
import os
import shutil
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from catalog.store import rows
from catalog.store.database import WAIT, as_store_error, writing
from catalog.store.datastore import Datastore, Found, say
from catalog.store.datastore_connections import Readers, connected
from catalog.store.files import flush
from catalog.store.rows import Table
from catalog.store.shape import Column, Shape
from catalog.store.tables import restores

if TYPE_CHECKING:
    from catalog.store.sql_query import Statement


YOUNG = 20_000_000
"""Nanoseconds: twice the longest tick of Linux."""
QUICK = 32 << 20
"""Bytes of a table whose rows are counted in a few milliseconds."""


class FileDatastore(Datastore):
    """A folder with one SQLite file for each table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._readers = Readers()

    def close(self) -> None:
        """Closes the files that were kept open."""
        self._readers.close()

    def bound(self, connection: Connection) -> Datastore:
        """Itself: a file has transactions of its own."""
        return self

    @contextmanager
    def replaced(self, identity: str) -> Iterator[Datastore]:
        """A new folder, which changes places with this one. Until the commit `settle` would change them back."""
        new, old = (self.folder.with_name(f"{self.folder.name}.{word}-{identity}") for word in ("new", "old"))
        new.mkdir(parents=True)
        yield FileDatastore(new)
        self.folder.mkdir(exist_ok=True)
        self.folder.rename(old)
        new.rename(self.folder)
        flush(self.folder.parent)

    def settle(self, engine: Engine) -> None:
        """The folder whose restore was committed stays; of one that was not, the folder before it comes back."""
        if not (self._aside("old") or self._aside("new")):
            return
        with writing(engine) as connection:
            done = set(connection.execute(sa.select(restores.c.id)).scalars())
            for old in self._aside("old"):
                if old.name.partition(".old-")[2] not in done:
                    if self.folder.exists():
                        self.folder.rename(old.with_name(old.name.replace(".old-", ".new-")))
                    old.rename(self.folder)
            for left in (*self._aside("old"), *self._aside("new")):
                shutil.rmtree(left)

    def _aside(self, word: str) -> list[Path]:
        return list(self.folder.parent.glob(f"{self.folder.name}.{word}-*"))

    def state(self, resource: str) -> tuple[int, ...]:
        """What each change of a table's file alters: which file it is, its size, the time of its last change.

        It is not opened: to close a file takes away the locks that this process' connections have on it. The clock
        of files stands still for some milliseconds at a time; a state that young is like no other.
        """
        found = self.path(resource).stat()
        now = time.time_ns()
        young = now - found.st_mtime_ns < YOUNG
        return found.st_ino, found.st_size, found.st_mtime_ns, now if young else 0

    def copy(self, resource: str, to: Path) -> None:
        """A whole copy of a table's file, whoever writes."""
        to.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(sqlite3.connect(self.path(resource), timeout=WAIT)) as source,
            closing(sqlite3.connect(to)) as out,
        ):
            source.backup(out)

    def path(self, resource: str) -> Path:
        """The file of a resource's table. Resource ids are checked before they come here."""
        return self.folder / resource[:2] / f"{resource}.sqlite"

    def is_quick(self, resource: str) -> bool:
        """Where the table is small, and nobody is writing: while he commits, readers wait for him."""
        path = self.path(resource)
        try:
            return path.stat().st_size <= QUICK and not path.with_name(path.name + "-journal").exists()
        except OSError:
            return False

    def exists(self, resource: str) -> bool:
        """Whether a resource has a table."""
        return self.path(resource).is_file()

    def resources(self) -> list[str]:
        """The resources that have a table."""
        return sorted(path.stem for path in self.folder.glob("*/*.sqlite"))

    def dropping(self, resource: str) -> Callable[[], None]:
        """Afterwards the file goes, unless another was put in its place in the meantime."""
        path = self.path(resource)
        before = _identity(path)

        def drop() -> None:
            if before is not None and _identity(path) == before:
                path.with_name(path.name + "-journal").unlink(missing_ok=True)
                path.unlink(missing_ok=True)

        return drop

    def wipe(self, resources: Iterable[str]) -> None:
        """Cuts them to nothing first: a connection that is kept open would keep their bytes."""
        for resource in resources:
            path = self.path(resource)
            for one in (*path.parent.glob(f"{glob.escape(path.name)}*"),):
                with suppress(FileNotFoundError):
                    os.truncate(one, 0)
                    one.unlink()

    def sizes(self, resource: str) -> tuple[int, int, int]:
        """The file's size: its indexes are inside."""
        size = self.path(resource).stat().st_size
        return size, 0, size

    def query(self, statement: Statement, tables: Mapping[str, str], most: int) -> Found:
        """As SQLite answers it."""
        from catalog.store import sql_files

        found = {name: (self.path(resource), self.shape(resource)) for name, resource in tables.items()}
        return sql_files.run(statement, found, most)

    @contextmanager
    def _reading(self, resource: str) -> Iterator[tuple[Connection, Table]]:
        path = self.path(resource)
        if path.with_name(path.name + "-journal").exists():
            # a writer that was killed leaves it, and the next to open the file plays it back: who may write
            with connected(path, f"{path.resolve().as_uri()}?mode=rw") as connection:
                yield connection, self._table(resource, _kept_shape(connection))
            return
        with self._readers.reader(path) as reader:
            table = reader.table(lambda connection: self._table(resource, _kept_shape(connection)))
            yield reader.connection, table

    @contextmanager
    def _writing(self, resource: str, *, keep: bool = True) -> Iterator[tuple[Connection, Table]]:
        path = self.path(resource)
        with connected(path, f"{path.resolve().as_uri()}?mode=rw", writes=True) as connection:
            yield connection, self._table(resource, _kept_shape(connection))
            if keep:
                connection.commit()

    @contextmanager
    def _making(self, resource: str, shape: Shape) -> Iterator[tuple[Connection, Table]]:
        final = self.path(resource)
        aside = final.with_name(f"{final.name}.{uuid.uuid4().hex}.aside")
        table = self._table(resource, shape)
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            with connected(aside, aside.resolve().as_uri(), writes=True) as connection:
                say(
                    connection,
                    "CREATE TABLE fields (name TEXT PRIMARY KEY, kind TEXT NOT NULL, info TEXT NOT NULL)",
                )
                say(connection, "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
                columns = "".join(f", {column.at}" for column in shape.columns)
                say(connection, f"CREATE TABLE records (_id INTEGER PRIMARY KEY AUTOINCREMENT{columns})")
                self._describe(connection, table)
                yield connection, table
                connection.commit()
            aside.replace(final)
            flush(final.parent)
        except OSError as error:
            raise as_store_error(error, str(self.folder)) from error
        finally:
            aside.unlink(missing_ok=True)

    def _table(self, resource: str, shape: Shape) -> Table:
        return rows.table(resource, shape, "records")

    def _describe(self, connection: Connection, table: Table) -> None:
        """A field's slot is its rowid less one."""
        say(connection, "DELETE FROM fields")
        put = sa.text("INSERT INTO fields (rowid, name, kind, info) VALUES (:slot, :name, :kind, :info)")
        for one in table.shape.columns:
            info = orjson.dumps(dict(one.info)).decode()
            connection.execute(put, {"slot": one.slot + 1, "name": one.name, "kind": one.kind, "info": info})
        put = sa.text("INSERT OR REPLACE INTO facts VALUES (:name, :value)")
        for name, value in (("key", table.shape.key), ("indexes", table.shape.indexes)):
            connection.execute(put, {"name": name, "value": orjson.dumps(value).decode()})

    def _declared(self, column: Column) -> str:
        return ""


def _kept_shape(connection: Connection) -> Shape:
    found = connection.exec_driver_sql("SELECT rowid, name, kind, info FROM fields ORDER BY rowid").all()
    facts = {name: orjson.loads(value) for name, value in connection.exec_driver_sql("SELECT * FROM facts")}
    columns = tuple(
        Column(name=name, kind=kind, info=orjson.loads(info), slot=number - 1)
        for number, name, kind, info in found
    )
    indexes = tuple((one,) if isinstance(one, str) else tuple(one) for one in facts["indexes"])
    return Shape(columns=columns, key=tuple(facts["key"]), indexes=indexes)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns
