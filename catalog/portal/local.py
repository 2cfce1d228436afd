"""LocalPortal: our own catalog, in process. What `ckanapi` is to a CKAN, without a server between."""

from __future__ import annotations

import os
from collections.abc import Collection, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from catalog.switches import Switches

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from catalog.actions.context import Actor, Context, Site, Upload
    from catalog.actions.register import Action
    from catalog.store.datastore import Datastore
    from catalog.store.files import Files
    from metadata.ports import Scanner

SITE_URL = "http://127.0.0.1:8000"
"""What addresses begin with where nobody said otherwise."""
TRIES = 20
"""How often a call is begun anew because what it would make public was changed while it was looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """An uploaded file as it lies on our disk. `size` in bytes as received; `path` may be checked against it."""

    path: Path
    sha256: str
    size: int
    filename: str
    mimetype: str
    package_id: str
    private: bool


class LocalPortal:
    """The catalog of a database and a folder of files. Close it, or use it as a context manager.

    `files_url` (default: the environment's SAPHAN_FILES_URL): where uploaded files are, if not in the folder.
    `licences` (default: SAPHAN_LICENCES): a file of the licences the site knows, instead of ours.
    `switches` (default: the environment's): what the agency allows.
    `scanner`: looks into what others write before it is public; without one, or where `switches` say so, nobody
    does. Its own calls act as a sysadmin called `actor`, and are what the desk lets out.
    Several processes may open the same catalog.
    Raises SetupError `store-url`, `licences-file`, `setting-value` and StoreError when it cannot be opened.
    """

    def __init__(
        self,
        *,
        database_url: str,
        files: Path,
        files_url: str | None = None,
        schema: Mapping[str, Any] | None = None,
        licences: Path | None = None,
        switches: Switches | None = None,
        site_url: str | None = None,
        site_title: str = "",
        site_title_en: str = "",
        actor: str = "saphan",
        scanner: Scanner | None = None,
    ) -> None:
        from catalog.actions.context import Actor, Site
        from catalog.actions.schema import Schema
        from catalog.store.database import open_database
        from catalog.store.usage import Usage

        self.files = _files(files_url or os.environ.get("SAPHAN_FILES_URL"), files / "uploads")
        self.schema = Schema(schema) if schema else None
        self.register = _register(licences, stock=self.schema is None)
        self.switches = switches or Switches.of(os.environ)
        self.scanner = scanner if self.switches.scan_uploads else None
        given = site_url or os.environ.get("SAPHAN_SITE_URL") or os.environ.get("CKAN_SITE_URL")
        self.fixed_url = given.rstrip("/") if given else None
        self.site = Site(
            url=self.fixed_url or SITE_URL,
            title=site_title,
            title_en=site_title_en,
            language="th" if self.schema else "en",
        )
        self.actor = Actor(name=actor, sysadmin=True)
        self.engine = open_database(database_url)
        self.usage = Usage(self.engine) if self.switches.tracking else None
        self.datastore = _datastore(self.engine, files / "datastore")
        self.datastore.settle(self.engine)
        self.files.sweep()

    def __enter__(self) -> LocalPortal:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Writes what was counted, and closes the database's connections and the tables' that were kept open."""
        if self.usage is not None:
            self.usage.write()
        self.datastore.close()
        self.engine.dispose()

    def call_action(
        self, name: str, data: Mapping[str, Any] | None = None, files: Mapping[str, IO[bytes]] | None = None
    ) -> Any:
        """The `result` of one CKAN action. `files` is {"upload": an open binary file}, read as a stream.

        Raises PortalError as any portal does (Refused, NotAllowed), and StoreError.
        """
        from catalog.actions.refusals import ActionRefused
        from catalog.portal.answers import raise_for

        try:
            return self.answer(name, data, files, actor=self.actor, site=self.site, own=True)
        except ActionRefused as refused:
            raise_for(refused.status, refused.error, action=name, portal=self.site.url)

    def answer(
        self,
        name: str,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, IO[bytes]] | None = None,
        *,
        actor: Actor,
        site: Site,
        own: bool = False,
    ) -> Any:
        """The same for anyone who asks, under any address. Raises ActionRefused: CKAN's status and error body.

        `own`: whether a command of ours asks. What others would make public is looked into before it is written.
        """
        from catalog.actions.register import find
        from catalog.store.database import reading, writing

        action = find(name)
        sent = {key: value for key, value in (data or {}).items() if key != "upload"}
        if action.read:
            with reading(self.engine) as connection:
                return action.run(self._context(connection, actor, site, {}), sent)
        from catalog.actions import trail
        from catalog.actions.cleared import Unseen, looked
        from catalog.actions.refusals import ActionRefused

        with ExitStack() as clean:
            uploads = self._received(files or {}, clean) if actor.name else {}
            seen: set[Hashable] = set()
            for _ in range(TRIES):
                try:
                    with writing(self.engine) as connection:
                        context = replace(self._context(connection, actor, site, uploads), own=own, seen=seen)
                        result = self._run(action, context, sent)
                except Unseen as unseen:
                    assert self.scanner is not None  # noqa: S101 - who asks has one
                    seen |= set(looked(unseen, self.scanner, self.datastore, self.engine, site))
                    continue
                except ActionRefused as refused:
                    if refused.status == 403 and actor.key:  # of those who have an account: nobody fills our disk
                        with writing(self.engine) as connection:
                            trail.note(connection, actor, name, trail.about(sent, None), 403)
                    raise
                self._settle(context)
                return result
        raise ActionRefused(503, {"__type": "Busy", "message": "It is being changed by others: ask again"})

    def _run(self, action: Action, context: Context, sent: Mapping[str, Any]) -> Any:
        """One writing action in its transaction, with what is kept beside it. Raises ActionRefused, Unseen."""
        from catalog.actions import cleared, history, trail

        result = action.run(context, dict(sent))
        cleared.settled(context)
        history.keep(context)
        trail.note(context.connection, context.actor, action.name, trail.about(sent, result), 200)
        return result

    @contextmanager
    def changing(self) -> Iterator[Context]:
        """One transaction of our own, for what changes more than an action does."""
        from catalog.store.database import writing

        with writing(self.engine) as connection:
            context = replace(self._context(connection, self.actor, self.site, {}), own=True)
            yield context
        self._settle(context)

    def within(self, connection: Connection) -> Context:
        """The same inside a transaction that is somebody else's; what it gives up is theirs to remove."""
        return replace(self._context(connection, self.actor, self.site, {}), own=True)

    def _settle(self, context: Context) -> None:
        """After the commit: removes what it gave up."""
        from catalog.store.database import writing

        if context.afterwards:
            with writing(self.engine):  # alone: nobody puts anew what is being taken away
                for work in context.afterwards:
                    work()
        self.remove(context.unused)

    def is_quick(self) -> bool:
        """Whether the database answers without waiting: it is a file, and connections to it are free."""
        pool: Any = self.engine.pool
        return self.engine.dialect.name == "sqlite" and bool(pool.checkedout() < pool.size())

    def uploaded(self, resource: str, *, actor: Actor | None = None) -> Uploaded | None:
        """The file of an uploaded resource that the actor (default: our own) may read, or None."""
        import orjson

        from catalog.actions.documents import holder, is_hidden, may_read
        from catalog.search.fields import is_private
        from catalog.store.database import reading

        with reading(self.engine) as connection:
            context = self._context(connection, actor or self.actor, self.site, {})
            row = holder(context, resource)
            package = orjson.loads(row.document) if row else {}
            if row is None or row.sha256 is None or not may_read(context, package):
                return None
            document = next(one for one in package["resources"] if one["id"] == resource)
            if is_hidden(context, package, document):
                return None
        return Uploaded(
            path=self.files.path(row.sha256),
            sha256=row.sha256,
            size=row.size,
            filename=row.filename,
            mimetype=document["mimetype"] or "application/octet-stream",
            package_id=package["id"],
            private=bool(package["private"]) or package["state"] != "active" or is_private(document),
        )

    def picture(self, name: str) -> Uploaded | None:
        """An organisation's or group's uploaded picture, which everybody may see, or None."""
        from sqlalchemy import select

        from catalog.actions.values import guessed_type
        from catalog.store.database import reading
        from catalog.store.tables import pictures

        with reading(self.engine) as connection:
            row = connection.execute(select(pictures).where(pictures.c.name == name)).first()
        if row is None:
            return None
        return Uploaded(
            path=self.files.path(row.sha256),
            sha256=row.sha256,
            size=row.size,
            filename=row.name,
            mimetype=guessed_type(row.name) or "application/octet-stream",
            package_id="",
            private=False,
        )

    @contextmanager
    def looking(self, *, actor: Actor, site: Site) -> Iterator[Context]:
        """One state of the catalog, for what reads more than an action answers."""
        from catalog.store.database import reading

        with reading(self.engine) as connection:
            yield self._context(connection, actor, site, {})

    def _context(self, connection: Connection, actor: Actor, site: Site, uploads: Mapping[str, Upload]) -> Context:
        from catalog.actions.context import Context

        return Context(
            connection=connection,
            files=self.files,
            datastore=self.datastore.bound(connection),
            actor=actor,
            site=site,
            schema=self.schema,
            register=self.register,
            switches=self.switches,
            scanner=self.scanner,
            uploads=uploads,
        )

    def _received(self, files: Mapping[str, IO[bytes]], clean: ExitStack) -> dict[str, Upload]:
        """Files written aside, to be discarded at the end where no row came to name them."""
        from catalog.actions.context import Upload
        from catalog.actions.values import file_name

        uploads = {}
        for field, stream in files.items():
            given = getattr(stream, "filename", None) or getattr(stream, "name", None)
            received = self.files.receive(stream)
            clean.callback(received.discard)
            uploads[field] = Upload(file=received, filename=file_name(given if isinstance(given, str) else "file"))
        return uploads

    def remove(self, contents: Collection[str], *, wipe: bool = False) -> None:
        """Removes files that no resource, no version and no picture names any more; `wipe`: under any reader."""
        from catalog.actions.history import still_named
        from catalog.store.database import writing

        if not contents:
            return
        with writing(self.engine) as connection:
            for content in set(contents) - still_named(connection, contents):
                (self.files.wipe if wipe else self.files.remove)(content)


def _register(given: Path | None, *, stock: bool) -> Path | None:
    """The agency's own licences, read once to see that they can be."""
    from catalog.actions.licences import licences

    named = os.environ.get("SAPHAN_LICENCES")
    found = given or (Path(named) if named else None)
    if found is not None:
        licences(stock=stock, register=found)
    return found


def _files(url: str | None, folder: Path) -> Files:
    """The folder's files, or those of a storage elsewhere, with copies in the folder."""
    from catalog.store.files import Files

    if not url:
        return Files(folder)
    from catalog.store.files_remote import RemoteFiles

    return RemoteFiles(url, folder)


def _datastore(engine: Engine, folder: Path) -> Datastore:
    """Tables in PostgreSQL where the catalog is, else files."""
    from catalog.store.datastore_files import FileDatastore

    if engine.dialect.name != "postgresql":
        return FileDatastore(folder)
    from catalog.store.datastore_server import ServerDatastore

    return ServerDatastore(engine)
