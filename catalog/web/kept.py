"""Answers that anyone may have, kept in memory for as long as nothing has been written since.

Every writing action writes to the catalog's database. SQLite tells in microseconds whether any connection of
any process has (`PRAGMA data_version`), so what is kept is either as fresh as a new answer, or not given. On
PostgreSQL, which has no such number, nothing is kept.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote_plus

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
MOST = 16 << 20
"""Bytes of answers kept by a process; those asked for longest ago go first."""
LARGEST = 1 << 18
OF_BODIES = (b"content-type", b"content-length")
OWN = frozenset((b"authorization", b"x-ckan-api-key", b"cookie", b"origin", b"range"))
"""Headers of requests whose answers may be somebody's own: they are neither kept nor looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    state: object
    start: Message
    body: bytes
    tag: bytes


class Kept:
    """Answers repeated requests of strangers itself; hands all others on."""

    def __init__(self, inner: ASGIApp, *, portal: LocalPortal) -> None:
        self.inner = inner
        self._datastore: Any = portal.datastore
        self._database = _Database.of(portal)
        self._answers: OrderedDict[object, _Answer] = OrderedDict()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        state = self._state(scope) if key else None
        if key is None or state is None:
            await self.inner(scope, receive, send)
            return
        found = self._answers.get(key)
        if found is None or found.state != state:
            await self.inner(scope, receive, self._keeping(key, state, send))
            return
        self._answers.move_to_end(key)
        asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
        if found.tag in asked:
            headers = [
                pair for pair in found.start["headers"] if pair[0] not in (b"content-type", b"content-length")
            ]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({**found.start, "headers": list(found.start["headers"])})
            await send({"type": "http.response.body", "body": found.body})

    def _state(self, scope: Scope) -> object:
        """What any write alters; None where that cannot be told."""
        version = self._database.version() if self._database else None
        if version is None or not scope["path"].startswith(PLACE + "datastore_"):
            return version
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        try:
            (resource,) = asked.get("resource_id") or asked["id"]
            return version, self._datastore.state(resource) if resource.replace("-", "").isalnum() else None
        except (AttributeError, KeyError, OSError, ValueError):
            return None

    def _keeping(self, key: object, state: object, send: Send) -> Send:
        """The same `send`; what goes through is kept, where anyone may have it."""
        begun: list[Message] = []

        async def through(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append({**message, "headers": list(message["headers"])})
            elif message["type"] == "http.response.body" and len(begun) == 1:
                self._keep(key, state, begun.pop(), message)
            await send(message)

        return through

    def _keep(self, key: object, state: object, start: Message, body: Message) -> None:
        headers = dict(start["headers"])
        content, tag = body.get("body", b""), headers.get(b"etag")
        whole = not body.get("more_body") and len(content) <= LARGEST
        if start["status"] != 200 or not tag or not whole or b"set-cookie" in headers:
            return
        before = self._answers.pop(key, None)
        self._size += len(content) - (len(before.body) if before else 0)
        self._answers[key] = _Answer(state=state, start=start, body=content, tag=tag)
        while self._size > MOST:
            self._size -= len(self._answers.popitem(last=False)[1].body)


def _key(scope: Scope) -> object:
    """What an answer depends on beside the catalog; None where it is not for anyone."""
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PLACE):
        return None
    if scope["path"][len(PLACE) :] not in ACTIONS:
        return None
    host = b""
    for name, value in scope["headers"]:
        if name in OWN:
            return None
        if name == b"host":
            host = value
    query = scope["query_string"]
    if b"fq" in query and "NOW" in unquote_plus(query.decode("latin-1")).upper():
        return None  # its answer changes with the clock
    return scope["scheme"], host, scope["path"], query


class _Database:
    """A connection of our own to the catalog's file, which never writes: it only sees that others have."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: int | None = None
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
        return file, number

    def _connected(self, file: int) -> sqlite3.Connection:
        if self._connection is not None:
            self._connection.close()
        address = f"{Path(self.path).resolve().as_uri()}?mode=rw"
        made = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        self._file = file
        weakref.finalize(self, made.close)
        return made
