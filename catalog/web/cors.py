"""Reading from pages of other sites (CORS): open data may be read by any page; none may write.

CKAN has `ckan.cors.origin_allow_all` and a list of origins; here what anyone may read, any page may read, unless
the agency lists whose. No answer allows credentials, and a request with a key is refused by the browser before it
is sent: no page acts in its reader's name.
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
    r"dataset/[^/]+/resource/[^/]+/download|"
    r"dataset/[^/]+/version/[^/]+(?:\.json$|/cite$|/resource/[^/]+/download))"
)
"""What programs read: the API, tables, documents and files. Pages for people are not among them."""
ALLOWED = b"access-control-allow-origin"
EXPOSED = (
    b"access-control-expose-headers",
    b"Accept-Ranges, Content-Disposition, Content-Range, ETag, Link, OData-Version, Repr-Digest, Retry-After",
)
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match, OData-MaxVersion, OData-Version, Prefer, Range",
    "Access-Control-Max-Age": "86400",
}


class Cors:
    """Adds the headers to what anyone may read, and answers a browser that asks before it does.

    `origins`: whose pages may; None: everybody's.
    """

    def __init__(self, inner: ASGIApp, origins: frozenset[str] | None = None) -> None:
        self.inner, self.origins = inner, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not OPEN.match(scope["path"]):
            await self.inner(scope, receive, send)
            return
        headers = self._headers(scope)
        if scope["method"] == "OPTIONS" and headers and _asks(scope):
            answer = Response(status_code=204, headers=PREFLIGHT)
            answer.raw_headers += headers
            await answer(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            await self.inner(scope, receive, send)
            return

        async def allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*_varied(message["headers"], by_origin=self.origins is not None), *headers]
            await send(message)

        await self.inner(scope, receive, allowed)

    def _headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """What allows this page to read; nothing where none does."""
        if self.origins is None:
            return [(ALLOWED, b"*"), EXPOSED]
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        known = origin.decode("latin-1").lower() in self.origins
        return [(ALLOWED, origin), EXPOSED] if known else []


def _varied(headers: list[tuple[bytes, bytes]], *, by_origin: bool) -> list[tuple[bytes, bytes]]:
    """The headers, which say that the answer depends on whose page asks (RFC 9110 §12.5.5)."""
    if not by_origin:
        return headers
    varied = [value for name, value in headers if name == b"vary"]
    return [*(one for one in headers if one[0] != b"vary"), (b"vary", b", ".join([*varied, b"Origin"]))]


def _asks(scope: Scope) -> bool:
    names = {name for name, _value in scope["headers"]}
    return b"origin" in names and b"access-control-request-method" in names
