"""The catalog as one file: rows, uploaded files, DataStore tables and journal; made while others write.

A zip: `manifest.json` with the SHA-256 of every member, `tables/<name>.jsonl` (the columns' names, then rows),
`files/<sha256>` and `datastore/<number>.jsonl` (what the table consists of, then rows). Nothing in it depends on
the database it came from: a backup of SQLite restores into PostgreSQL and back. It holds all that the catalog
knows, hashes of passwords and private datasets included, so only its owner may read the file.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import orjson
from sqlalchemy import Connection, Engine, Table, create_engine, delete, func, insert, select

from catalog import journal as _journal  # its table is part of a backup
from catalog.store import migrate, recalls
from catalog.store.database import as_store_error, writing
from catalog.store.datastore import Datastore, described, shape_of
from catalog.store.datastore_files import FileDatastore
from catalog.store.search import rebuild
from catalog.store.tables import metadata, pictures, resources, restores, version_files
from metadata import __version__, clock
from metadata.errors import SourceError, StoreError

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal

DERIVED = ("package_index", "package_values", "search_state", "evidence", "restores")
"""Tables that are made again, or that tell of this database only."""
NAMED = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""What a resource may be called: it becomes the name of a file."""
BLOCK = 1000
COPY = 1 << 20
assert _journal.journal.metadata is metadata  # noqa: S101 - imported for this


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a backup holds."""

    path: Path
    sha256: str
    bytes: int
    at: str
    datasets: int
    files: int
    tables: int

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        names = ("sha256", "bytes", "at", "datasets", "files", "tables")
        return {"file": str(self.path), **{name: getattr(self, name) for name in names}}


def backup(portal: LocalPortal, path: Path) -> Summary:
    """Writes a backup beside its place and renames it in. Others go on writing; they wait only for a moment.

    Raises StoreError `backup-exists`, and what the disk or the database says.
    """
    if path.exists():
        raise StoreError("backup-exists", path=str(path))
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    at = clock.stamp()
    try:
        with ExitStack() as clean:
            clean.callback(lambda: aside.unlink(missing_ok=True))
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=3) as archive:
                    counts = _Writer(archive).write(portal, path.parent, at)
                out.flush()
                os.fsync(out.fileno())
            os.link(aside, path)  # refuses where a file came to be in the meantime
    except FileExistsError:
        raise StoreError("backup-exists", path=str(path)) from None
    except OSError as error:
        raise as_store_error(error, str(path)) from error
    return Summary(path=path, sha256=_hash(path), bytes=path.stat().st_size, at=at, **counts)


class _Writer:
    """One backup being written."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.members: dict[str, str] = {}

    def write(self, portal: LocalPortal, folder: Path, at: str) -> dict[str, int]:
        copied: set[str] = set()
        with tempfile.TemporaryDirectory(prefix=".saphan-", dir=folder) as scratch:
            copies = _Copies(portal.datastore, Path(scratch))
            copies.take()
            while True:  # until everything that one state names is there: a file may be replaced while we copy
                with _snapshot(portal.engine, copies) as connection:
                    named = _named(connection)
                    lost = [one for one in sorted(named - copied) if not self._file(portal, one, copied)]
                    if lost:
                        continue
                    rows = {
                        str(table.name): self._rows(connection, table)
                        for table in metadata.sorted_tables
                        if table.name not in DERIVED
                    }
                    store = copies.datastore(connection)
                    found = store.resources()
                    for number, resource in enumerate(found):
                        self._table(store, resource, number)
                    revision = migrate.revision(connection)
                break
        manifest = {"saphan": __version__, "revision": revision, "at": at, "rows": rows, "members": self.members}
        self.archive.writestr("manifest.json", orjson.dumps(manifest))
        return {"datasets": rows["packages"], "files": len(copied), "tables": len(found)}

    def _file(self, portal: LocalPortal, content: str, copied: set[str]) -> bool:
        try:
            with portal.files.opened(content) as source:
                # most are compressed already, or would cost more time than room
                self._put(f"files/{content}", iter(lambda: source.read(COPY), b""), ZIP_STORED)
        except FileNotFoundError:
            return False
        copied.add(content)
        return True

    def _rows(self, connection: Connection, table: Table) -> int:
        number = 0

        def lines() -> Iterator[bytes]:
            nonlocal number
            yield orjson.dumps([str(column.name) for column in table.columns]) + b"\n"
            ordered = select(table).order_by(*table.primary_key.columns)
            for row in connection.execute(ordered, execution_options={"yield_per": BLOCK}):
                number += 1
                yield orjson.dumps(tuple(row)) + b"\n"

        self._put(f"tables/{table.name}.jsonl", lines())
        return number

    def _table(self, store: Datastore, resource: str, number: int) -> None:
        shape = store.shape(resource)

        def lines() -> Iterator[bytes]:
            yield orjson.dumps({"resource": resource, **described(shape)}) + b"\n"
            names = ["_id", *(column.name for column in shape.columns)]
            for row in store.search(resource, fields=names, exact=True):
                yield orjson.dumps(row) + b"\n"

        self._put(f"datastore/{number}.jsonl", lines())

    def _put(self, name: str, blocks: Iterable[bytes], how: int = ZIP_DEFLATED) -> None:
        digest = hashlib.sha256()
        info = ZipInfo(name)
        info.compress_type = how
        with self.archive.open(info, "w", force_zip64=True) as out:
            for block in blocks:
                digest.update(block)
                out.write(block)
        self.members[name] = digest.hexdigest()


class _Copies:
    """Whole copies of the DataStore's SQLite files, taken before and finished while nobody writes."""

    def __init__(self, store: Datastore, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.taken: dict[str, tuple[int, ...]] = {}

    def take(self) -> None:
        """Copies what changed since the last time, and forgets what is gone."""
        if not isinstance(self.store, FileDatastore):
            return
        present = self.store.resources()
        ours = FileDatastore(self.folder)
        for gone in self.taken.keys() - set(present):
            ours.path(gone).unlink()
            del self.taken[gone]
        for resource in present:
            with suppress(FileNotFoundError):  # dropped since: while nobody writes this cannot be
                state = self.store.state(resource)
                if self.taken.get(resource) != state:
                    self.store.copy(resource, ours.path(resource))
                    self.taken[resource] = state

    def datastore(self, connection: Connection) -> Datastore:
        """The tables as they were when the snapshot was taken."""
        return (
            FileDatastore(self.folder) if isinstance(self.store, FileDatastore) else self.store.bound(connection)
        )


@contextmanager
def _snapshot(engine: Engine, copies: _Copies) -> Iterator[Connection]:
    """One state of the catalog. Writers stand still only while it is taken."""
    level = "REPEATABLE READ" if engine.dialect.name == "postgresql" else "SERIALIZABLE"
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level=level)
        with writing(engine):
            connection.execute(select(resources.c.id).limit(1)).all()
            copies.take()
        yield connection


def _named(connection: Connection) -> set[str]:
    """The contents that a resource, a version or a picture names."""
    columns = (resources.c.sha256, version_files.c.sha256, pictures.c.sha256)
    return {row[0] for column in columns for row in connection.execute(select(column).distinct())} - {None}


def restore(portal: LocalPortal, path: Path) -> Summary:
    """Puts the catalog back as a backup holds it, all or nothing; nobody else writes meanwhile.

    What was recalled since is taken out again in the same transaction, before anybody is served.
    Raises SourceError `backup-unreadable`, StoreError `store-newer`; then nothing has changed.
    """
    from catalog.recall import here

    try:
        with ZipFile(path) as archive, _Reader(archive) as reader:
            with writing(portal.engine) as connection:
                was = _named(connection)
                counts, back = reader.restore(portal, connection)
                kept = _named(connection)
            portal.datastore.settle(connection.engine)
            _remove(portal, was - kept)
            if back:
                here.clean(portal, back)
    except (BadZipFile, KeyError, ValueError, EOFError) as error:
        raise SourceError("backup-unreadable", path=str(path), reason=type(error).__name__) from error
    except OSError as error:
        raise SourceError("backup-unreadable", path=str(path), reason=error.strerror or "") from error
    at = reader.manifest["at"]
    return Summary(path=path, sha256=_hash(path), bytes=path.stat().st_size, at=at, **counts)


def _remove(portal: LocalPortal, contents: set[str]) -> None:
    with writing(portal.engine) as connection:
        for content in contents - _named(connection):
            portal.files.remove(content)


class _Reader:
    """One backup being read. Everything is checked before anything is believed."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.manifest: dict[str, Any] = orjson.loads(archive.read("manifest.json"))
        self.clean = ExitStack()
        self.aged: Connection | None = None

    def __enter__(self) -> _Reader:
        for name, digest in self.manifest["members"].items():
            found = hashlib.sha256()
            with self.archive.open(name) as member:
                while block := member.read(COPY):
                    found.update(block)
            if found.hexdigest() != digest:
                raise ValueError(name)
        revision = self.manifest["revision"]
        if revision not in migrate.revisions():
            raise StoreError("store-newer", revision=revision, known=migrate.revisions()[-1])
        if revision != migrate.revisions()[-1]:
            self.aged = self._brought_up(revision)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.clean.close()

    def restore(self, portal: LocalPortal, connection: Connection) -> tuple[dict[str, int], list[str]]:
        """How much came back; and the recalls whose bytes came with it and are to be overwritten."""
        from catalog.recall import here

        identity = str(uuid.uuid4())
        known = recalls.listed(connection)
        for name in self.manifest["members"]:
            folder, _slash, rest = name.partition("/")
            if folder == "files":
                with self.archive.open(name) as member:
                    received = portal.files.receive(member)
                try:
                    if received.sha256 != rest:
                        raise ValueError(name)
                    portal.files.keep(received)
                finally:
                    received.discard()
        for table in reversed(metadata.sorted_tables):
            if table.name != "restores":
                connection.execute(delete(table))
        for table in metadata.sorted_tables:
            if table.name not in DERIVED:
                _fill(connection, table, self._rows(table))
        recalls.with_all(connection, known)
        context = portal.within(connection)
        back = [one.id for one in recalls.listed(connection) if here.again(context, one)]
        rebuild(connection)
        gone = here.gone(connection)
        tables = [name for name in self.manifest["members"] if name.startswith("datastore/")]
        row = {"id": identity, "at": clock.stamp(), "made": self.manifest["at"]}
        connection.execute(insert(restores).values(row))
        with portal.datastore.bound(connection).replaced(identity) as store:
            for name in tables:
                with self.archive.open(name) as member:
                    self._table(store, member, gone)
        rows = self.manifest["rows"]
        files = sum(name.startswith("files/") for name in self.manifest["members"])
        return {"datasets": rows["packages"], "files": files, "tables": len(tables)}, back

    def _rows(self, table: Table) -> Iterator[dict[str, Any]]:
        if self.aged is not None:
            yield from (dict(row) for row in self.aged.execute(select(table)).mappings())
        elif f"tables/{table.name}.jsonl" in self.manifest["members"]:
            yield from self._lines(table.name)

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        with self.archive.open(f"tables/{name}.jsonl") as member:
            columns = orjson.loads(member.readline())
            for line in member:
                yield dict(zip(columns, orjson.loads(line), strict=True))

    def _brought_up(self, revision: str) -> Connection:
        """A backup of an earlier program, in a database of its own brought to today's revision."""
        from sqlalchemy import MetaData

        folder = self.clean.enter_context(tempfile.TemporaryDirectory(prefix="saphan-"))
        engine = create_engine(f"sqlite:///{folder}/aged.sqlite", hide_parameters=True)
        self.clean.callback(engine.dispose)
        connection = self.clean.enter_context(engine.connect())
        migrate.move(connection, revision)
        then = MetaData()
        then.reflect(connection)
        for table in then.sorted_tables:
            if f"tables/{table.name}.jsonl" in self.manifest["members"]:
                _fill(connection, table, self._lines(table.name))
        migrate.move(connection, migrate.revisions()[-1])
        return connection

    @staticmethod
    def _table(store: Datastore, member: IO[bytes], gone: set[str]) -> None:
        head = orjson.loads(member.readline())
        if not NAMED.fullmatch(head["resource"]):
            raise ValueError("resource")
        if head["resource"] in gone:
            return
        shape = shape_of(head)
        names = ["_id", *(column.name for column in shape.columns)]
        records = (dict(zip(names, orjson.loads(line), strict=True)) for line in member)
        store.restore(head["resource"], shape, records)


def _fill(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    """Puts rows into an empty table. PostgreSQL is told from where to count on."""
    block: list[dict[str, Any]] = []
    for row in rows:
        block.append(row)
        if len(block) == BLOCK:
            connection.execute(insert(table), block)
            block = []
    if block:
        connection.execute(insert(table), block)
    counted = table.autoincrement_column
    if counted is not None and connection.dialect.name == "postgresql":
        top = select(func.coalesce(func.max(counted), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, counted.name)
        connection.execute(select(func.setval(sequence, top, False)))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
