"""Answers that a reader may keep and ask again for: ETag, 304, and documents sent as they are made."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response, StreamingResponse

from metadata import __version__

if TYPE_CHECKING:
    from starlette.requests import Request

VARY = "Accept, Authorization, X-CKAN-API-Key"
BLOCK = 100_000
"""Letters of a table sent at a time."""


def tag(*parts: Any) -> str:
    """The ETag of what is made of these parts by this version of the program."""
    content = orjson.dumps([__version__, *parts], default=str, option=orjson.OPT_NON_STR_KEYS)
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def held(request: Request, etag: str) -> bool:
    """Whether the reader holds what has this ETag (If-None-Match; weak comparison, RFC 9110 §13.1.2)."""
    given = request.headers.get("if-none-match", "")
    return bool(given) and holds(given, etag)


def holds(given: str, etag: str) -> bool:
    """Whether an ETag is among those of an `If-None-Match`."""
    return (
        given == etag
        or given.strip() == "*"
        or etag in (one.strip().removeprefix("W/") for one in given.split(","))
    )


async def made(
    request: Request,
    etag: str,
    make: Callable[[], bytes],
    media_type: str,
    *,
    private: bool = False,
    more: Mapping[str, str] | None = None,
) -> Response:
    """A document, made in a thread only if the reader does not hold it."""
    headers = _headers(etag, private=private) | dict(more or {})
    if held(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(await run_in_threadpool(make), headers={**headers, "Content-Type": media_type})


async def sent(
    request: Request, etag: str, make: Callable[[], Iterator[bytes]], media_type: str, **more: str
) -> Response:
    """A long document, sent block by block as it is made, if the reader does not hold it."""
    headers = _headers(etag, private=False) | more
    if held(request, etag):
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":
        return Response(headers={**headers, "Content-Type": media_type})
    return StreamingResponse(_blocks(make()), headers={**headers, "Content-Type": media_type})


def csv_blocks(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Rows as CSV, in blocks of some size."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(row)
        if out.tell() > BLOCK:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


async def _blocks(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    with closing(lines):  # type: ignore[type-var]  # a generator: it ends with its reader
        async for block in iterate_in_threadpool(lines):
            yield block


def _headers(etag: str, *, private: bool) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": "private, no-cache" if private else "no-cache", "Vary": VARY}
