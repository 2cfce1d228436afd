"""Forms that anyone may send: read within limits, from our own pages, not too often. No account, no cookie."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException

from catalog.public.repeats import Repeats
from catalog.web import caller
from catalog.web.limits import Buckets, Rate, caller_of
from catalog.web.pages.page import show

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

LARGEST = 1 << 16
"""Bytes of a form."""
FIELDS = 20
VOICES = Rate(often=1 / 60, burst=10)
"""Reports and requests of one address: ten at once, then one a minute."""
TAPS = Rate(often=1 / 10, burst=30)
"""Ratings and "I would like it, too"."""
voices, taps = Buckets(VOICES), Buckets(TAPS)
repeats = Repeats()


async def sent(request: Request) -> dict[str, str]:
    """The fields of a form. Raises HTTPException 413, 415."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"), keep_blank_values=True, errors="replace", max_num_fields=FIELDS
        )
    except ValueError:
        raise HTTPException(413) from None
    return dict(reversed(pairs))  # of a field that stands there twice, the first


def is_ours(request: Request) -> bool:
    """Whether a form comes from a page of ours. There is no cookie that another site could use, but it could have
    its readers fill our desk. Programs that are no browsers say neither.
    """
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched == "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        host = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    return bool(host) and host in {
        request.headers.get("host", "").lower(),
        urlsplit(caller.site(request).url).netloc.lower(),
    }


def wait(request: Request, buckets: Buckets) -> int:
    """Seconds until the sender may send more; 0: now."""
    return math.ceil(buckets.wait(caller_of(request.scope)))


def is_new(request: Request, what: str) -> bool:
    """Whether the sender says this for the first time today."""
    return repeats.is_new(caller_of(request.scope), request.headers.get("user-agent", ""), what)


def form(request: Request, template: str, *, seconds: int = 0, status: int = 200, **facts: Any) -> Response:
    """A page with a form, or a receipt: not for caches, not for search engines."""
    response = show(request, template, 429 if seconds else status, seconds=seconds, **facts)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response
