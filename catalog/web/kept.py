"""Answers that anyone may have, kept in memory for as long as nothing has been written since.

Every writing action writes to the catalog's database. SQLite tells in microseconds whether any connection of
any process has (`PRAGMA data_version`), so what is kept is either as fresh as a new answer, or not given. On
PostgreSQL, which has no such number, nothing is kept.
"""

from __future__ import annotations

import os
import re
import sqlite3
import weakref
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, unquote_plus

from catalog.web.fresh import holds

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from catalog.portal.local import LocalPortal

ACTIONS = frozenset(
    {
        *("package_show", "package_search", "package_list", "resource_show", "tag_list", "license_list"),
        *("organization_list", "organization_show", "group_list", "group_show"),
        *("datastore_search", "datastore_info"),
    }
)
PLACE = "/api/3/action/"
LATELY = re.compile("include_tracking", re.IGNORECASE)
SEARCHED = re.compile("include_tracking|views_recent|now", re.IGNORECASE)
"""What asks for an answer that changes with the clock, and in a search."""
FILE = "/download/"
"""In the address of a file. Of what is found there, only files as they lie on our disk are kept: their names."""
MOST = 48 << 20
"""Bytes of answers kept by a process; those asked for longest ago go first."""
EACH = 2048
"""Bytes of an answer beside its body: address, headers, entry."""
LARGEST = 1 << 18
OF_BODIES = frozenset(
    (
        b"content-type",
        b"content-length",
        b"content-disposition",
        b"accept-ranges",
        b"last-modified",
        b"repr-digest",
    )
)
"""Headers that an answer without its body (304) goes without."""
OWN = frozenset(
    (
        *(b"authorization", b"x-ckan-api-key", b"cookie", b"range", b"expect", b"upgrade"),
        *(b"content-length", b"transfer-encoding"),
    )
)
"""Headers of requests whose answers may be somebody's own, or partial."""

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer 200 as anyone gets it. `path`: the file that is its body, of `size` bytes; else `body` is."""

    state: object
    table: str | None
    headers: tuple[tuple[bytes, bytes], ...]
    tag: str
    body: bytes = b""
    path: str = ""
    size: int = 0

    def unchanged(self) -> list[tuple[bytes, bytes]]:
        """The headers of a 304."""
        return [pair for pair in self.headers if pair[0] not in OF_BODIES]


class Kept:
    """What is kept, by address."""

    def __init__(self, portal: LocalPortal) -> None:
        self.own = OWN if portal.switches.origins is None else OWN | {b"origin"}
        """Headers of requests whose answers are neither kept nor looked for."""
        self.headers: dict[str, tuple[tuple[bytes, bytes], ...]] = {}
        """Of the last answer that the application made, by kind: `kind_of`."""
        self._datastore: Any = portal.datastore
        self._database = _Database.of(portal)
        self._answers: OrderedDict[object, Answer] = OrderedDict()
        self._size = 0

    def find(self, key: object) -> Answer | None:
        """An answer as fresh as one made now, or None."""
        found = self._answers.get(key)
        if found is None or found.state != self.state(found.table) or not _is_there(found):
            return None
        self._answers.move_to_end(key)
        return found

    def state(self, table: str | None) -> object:
        """What any write alters; None where that cannot be told."""
        version = self._database.version() if self._database else None
        if version is None or table is None:
            return version
        try:
            return version, self._datastore.state(table)
        except OSError:
            return None

    def keep(self, key: object, answer: Answer) -> None:
        """Keeps an answer; to make room, those asked for longest ago go."""
        before = self._answers.pop(key, None)
        self._size += _weight(answer) - (_weight(before) if before else 0)
        self._answers[key] = answer
        while self._size > MOST:
            self._size -= _weight(self._answers.popitem(last=False)[1])


def _is_there(answer: Answer) -> bool:
    try:
        return not answer.path or os.stat(answer.path).st_size == answer.size  # noqa: PTH116 - at every request
    except OSError:
        return False


def _weight(answer: Answer) -> int:
    return len(answer.body) + EACH


class Asked(NamedTuple):
    """What a request says beside its address. `tags`: its If-None-Match; `anew`: it wants no kept answer."""

    host: bytes
    tags: str
    anew: bool


def asked(headers: Headers, never: frozenset[bytes]) -> Asked | None:
    """What a request says; None where its answer may not be anyone's: with one of the headers `never`."""
    host = tags = b""
    anew = False
    for name, value in headers:
        if name in never:
            return None
        if name == b"host":
            if host:
                return None  # two: the answer would hold one of them, and stand under the other
            host = value
        elif name == b"if-none-match":
            tags = tags or value
        elif name == b"cache-control":
            anew = b"no-cache" in value
    return Asked(host, tags.decode("latin-1"), anew)


class Keeping:
    """Middleware. Answers repeated requests of strangers itself; hands all others on."""

    def __init__(self, inner: ASGIApp, kept: Kept) -> None:
        self.inner, self.kept = inner, kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = asked(scope["headers"], self.kept.own) if _is_kept(scope) else None
        if known is None:
            await self.inner(scope, receive, send)
            return
        query = scope["query_string"]
        url = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
        key = (scope["scheme"], known.host, url)
        found = None if known.anew else self.kept.find(key)
        if found is None:
            await self._made(key, scope, receive, send)
        elif known.tags and holds(known.tags, found.tag):
            await send({"type": "http.response.start", "status": 304, "headers": found.unchanged()})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": list(found.headers)})
            await send(
                {"type": "http.response.pathsend", "path": found.path}
                if found.path
                else {"type": "http.response.body", "body": found.body}
            )

    async def _made(self, key: object, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request on, and keeps what is answered where anyone may have it."""
        try:
            table = _table(scope)
        except ValueError:
            await self.inner(scope, receive, send)
            return
        state = self.kept.state(table)  # before the answer is made: what is written meanwhile ends it
        begun: list[Message] = []

        async def through(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append({**message, "headers": tuple(message["headers"])})
            await send(message)
            if message["type"] != "http.response.start" and len(begun) == 1 and state is not None:
                answer = _answer(begun.pop(), message, state, table)
                if answer is not None:
                    self.kept.keep(key, answer)
                    self.kept.headers[kind_of(scope["path"])] = answer.headers

        await self.inner(scope, receive, through)


def kind_of(path: str) -> str:
    """What has the same headers as others of its kind: an action's name, or how a file's name ends."""
    return path[len(PLACE) :] if path.startswith(PLACE) else "." + path.rpartition(".")[2].lower()


def _answer(start: Message, message: Message, state: object, table: str | None) -> Answer | None:
    """What is kept of an answer; None where it is an error, not whole, or somebody's own."""
    headers = dict(start["headers"])
    tag, cache = headers.get(b"etag", b""), headers.get(b"cache-control", b"")
    if start["status"] != 200 or not tag or b"private" in cache or b"set-cookie" in headers:
        return None
    body, path = message.get("body", b""), message.get("path", "")
    if message.get("more_body") or len(body) > LARGEST:
        return None
    size = int(headers.get(b"content-length", b"0"))
    return Answer(
        state=state,
        table=table,
        headers=start["headers"],
        tag=tag.decode("latin-1"),
        body=body,
        path=path,
        size=size,
    )


def _is_kept(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path = scope["path"]
    if path.startswith(PLACE):
        name = path[len(PLACE) :]
        query = unquote_plus(scope["query_string"].decode("latin-1"))
        return name in ACTIONS and not (SEARCHED if name == "package_search" else LATELY).search(query)
    return FILE in path and not path.endswith("-metadata.json")


def _table(scope: Scope) -> str | None:
    """The DataStore table a request reads. Raises ValueError where it does not say so plainly."""
    if not scope["path"].startswith(PLACE + "datastore_"):
        return None
    given = parse_qs(scope["query_string"].decode("latin-1"))
    named = given.get("resource_id", []) + given.get("id", [])
    if len(named) != 1 or not named[0].replace("-", "").isalnum():
        raise ValueError("which table?")
    return str(named[0])


class _Database:
    """A connection of our own to the catalog's file, which never writes: it only sees that others have."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: int | None = None
        self._opened = 0
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def of(cls, portal: LocalPortal) -> _Database | None:
        """That of a portal on SQLite, else None."""
        url = portal.engine.url
        return cls(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    def version(self) -> tuple[int, int] | None:
        """Another after each commit of anybody. None where the database cannot be asked."""
        try:
            file = os.stat(self.path).st_ino  # noqa: PTH116 - asked at every request
            if self._connection is None or file != self._file:
                self._connection = self._connected(file)
            (number,) = self._connection.execute("PRAGMA data_version").fetchone()
        except (OSError, sqlite3.Error):
            return None
        return self._opened, number

    def _connected(self, file: int) -> sqlite3.Connection:
        if self._connection is not None:
            self._connection.close()
        address = f"{Path(self.path).resolve().as_uri()}?mode=rw"
        made = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
        self._file = file
        self._opened += 1  # each connection counts for itself
        weakref.finalize(self, made.close)
        return made
