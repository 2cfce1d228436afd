"""How pages are sent: compressed, asked for again only where they have changed, and found under one address."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders

from catalog.web.fresh import holds
from catalog.web.session import COOKIE
from catalog.web.words import weights

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE = "text/html"
SHRINKING = (PAGE, "image/svg+xml", "application/json")
PROGRAMS = ("/api/", "/odata/")
"""Where answers are for programs, which may bring a key: they are sent as they are."""
SMALL = 800
"""Bytes below which compressing wins nothing."""
LEVEL = 5
ALWAYS_SHOWN = {"lang"}
"""What an address may ask for and be the page that search engines know; anything else is a view of it."""


def takes_gzip(header: str) -> bool:
    """Whether an `Accept-Encoding` names gzip, or anything, without refusing it (RFC 9110 §12.5.3)."""
    liked = dict(weights(header))
    return liked.get("gzip", liked.get("*", 0)) > 0


class Sent:
    """Middleware. What is one person's own is neither compressed nor tagged.

    A page that holds a secret and repeats what a stranger wrote could, compressed, tell the secret by its length
    (BREACH): whoever has a session, or gets one with the answer, or brings a key, gets it as it is.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.inner(scope, receive, send)
            return
        asked = Headers(scope=scope)
        own = is_own(asked)
        start: list[Message] = []

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
                return
            if start:
                begun = start.pop()
                whole = message["type"] == "http.response.body" and not message.get("more_body")
                _indexed(scope, begun)
                if whole and not own and not scope["path"].startswith(PROGRAMS):
                    message = _finished(begun, message, asked)
                await send(begun)
            await send(message)

        await self.inner(scope, receive, sending)


def is_own(asked: Headers) -> bool:
    """Whether an answer may be for one person alone."""
    return any(name in asked for name in ("authorization", "x-ckan-api-key")) or f"{COOKIE}=" in asked.get(
        "cookie", ""
    )


def _indexed(scope: Scope, start: Message) -> None:
    """Filtered, sorted and further pages are views: search engines are told so."""
    headers = MutableHeaders(raw=list(start["headers"]))
    if headers.get("content-type", "").startswith(PAGE) and scope["query_string"]:
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if {name for name, _value in query} - ALWAYS_SHOWN:
            headers.setdefault("X-Robots-Tag", "noindex")
            start["headers"] = headers.raw


def _finished(start: Message, message: Message, asked: Headers) -> Message:
    """A whole answer to a stranger: a page gets its ETag; what the reader has is not sent, the rest compressed."""
    headers = MutableHeaders(raw=list(start["headers"]))
    kind, body = headers.get("content-type", "").partition(";")[0], message.get("body", b"")
    if kind not in SHRINKING or start["status"] != 200 or "content-encoding" in headers:
        return message
    if any(one.startswith(f"{COOKIE}=") for one in headers.getlist("set-cookie")):
        return message
    if kind == PAGE and "etag" not in headers and headers.get("cache-control") == "no-cache":
        headers["ETag"] = f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers.add_vary_header("Accept-Encoding")
    if "etag" in headers and holds(asked.get("if-none-match", ""), headers["ETag"].removeprefix("W/")):
        start["status"], body = 304, b""
        for name in ("content-type", "content-length"):
            del headers[name]
    elif len(body) >= SMALL and takes_gzip(asked.get("accept-encoding", "")):
        body = gzip.compress(body, LEVEL, mtime=0)
        headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(body))
        if "etag" in headers:  # of what it says, not of its bytes
            headers["ETag"] = "W/" + headers["ETag"].removeprefix("W/")
    start["headers"] = headers.raw
    return {**message, "body": body}
