"""Counting what people look at and fetch: what and on which day, never who."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from catalog.store.usage import Kind, Usage

PAGE = re.compile(r"/dataset/([\w-]+)$", re.ASCII)
FILE = re.compile(
    r"/(?:dataset/[\w-]+/(?:version/[\w:]+/)?resource/([\w-]+)/download(?:/[^/]*)?|datastore/dump/([\w-]+))"
    r"$(?<!-metadata\.json)",
    re.ASCII,
)
ROBOT = re.compile(rb"bot\b|crawl|spider|slurp|preview|monitor", re.IGNORECASE)
"""Programs that look at everything, as they call themselves."""
AHEAD = (b"purpose", b"sec-purpose", b"x-moz")
"""With one of these headers a browser fetches what its reader may never look at."""


def of(path: str, headers: Iterable[tuple[bytes, bytes]]) -> tuple[Kind, str] | None:
    """What a GET asks for, where it counts: a dataset's page, for a browser, or a file."""
    file = FILE.match(path)
    page = None if file else PAGE.match(path)
    if not file and not page:
        return None
    html = False
    for name, value in headers:
        if name in AHEAD or (name == b"user-agent" and ROBOT.search(value)):
            return None
        html = html or (name == b"accept" and b"text/html" in value)
    if file:
        return "file", file[1] or file[2]
    return ("page", page[1]) if page and html else None


def note(usage: Usage, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Counts what is answered before the application is asked (`protocol`)."""
    asked = of(target.partition(b"?")[0].decode("latin-1"), headers)
    if asked is not None:
        usage.count(*asked)


class Counted:
    """Middleware. Counts what was answered: a page also where the reader had it, a file as its bytes begin."""

    def __init__(self, inner: ASGIApp, usage: Usage) -> None:
        self.inner, self.usage = inner, usage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        get = scope["type"] == "http" and scope["method"] == "GET"
        asked = of(scope["path"], scope["headers"]) if get else None
        if asked is None:
            await self.inner(scope, receive, send)
            return
        kind, key = asked

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start" and _counts(kind, message):
                self.usage.count(kind, key)
            await send(message)

        await self.inner(scope, receive, counting)


def _counts(kind: Kind, start: Message) -> bool:
    if start["status"] == 206:
        return kind == "file" and any(
            name == b"content-range" and value.startswith(b"bytes 0-") for name, value in start["headers"]
        )
    return start["status"] == 200 or (start["status"] == 304 and kind == "page")
