"""Reading from pages of other sites (CORS): open data may be read by any page; none may write.

CKAN has `ckan.cors.origin_allow_all`; here what anyone may read, any page may read. No answer allows credentials,
and a request with a key is refused by the browser before it is sent: no page acts in its reader's name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN = re.compile(
    r"^(?:/(?:th|en))?/(?:api(?:/|$)|odata/|datastore/dump/|feeds/|catalog\.|sitemap|robots\.txt$|"
    r"dataset/[^/]+\.[a-z]+$|dataset/[^/]+/(?:cite|datapackage\.json|croissant\.jsonld)$|"
    r"dataset/[^/]+/resource/[^/]+/download)"
)
"""What programs read: the API, tables, documents and files. Pages for people are not among them."""
ORIGIN = (b"access-control-allow-origin", b"*")
EXPOSED = (
    b"access-control-expose-headers",
    b"Accept-Ranges, Content-Disposition, Content-Range, ETag, Link, OData-Version, Repr-Digest, Retry-After",
)
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match, OData-MaxVersion, OData-Version, Prefer, Range",
    "Access-Control-Max-Age": "86400",
}


class Cors:
    """Adds the headers to what anyone may read, and answers a browser that asks before it does."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not OPEN.match(scope["path"]):
            await self.inner(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and _asks(scope):
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            await self.inner(scope, receive, send)
            return

        async def allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], ORIGIN, EXPOSED]
            await send(message)

        await self.inner(scope, receive, allowed)


def _asks(scope: Scope) -> bool:
    names = {name for name, _value in scope["headers"]}
    return b"origin" in names and b"access-control-request-method" in names
