"""A file that is made for who asks: written aside at full speed, then sent as fast as the reader takes it.

So a slow reader keeps no table from being written to, an error is told before the first byte, and the length is
known. The file has no name on the disk: it goes with the answer, or with the process, whatever happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from threading import Event
from typing import IO, TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from catalog.web import fresh
from catalog.web.downloads import SANDBOX, disposition
from catalog.web.exports.part import HungUp

if TYPE_CHECKING:
    from starlette.requests import Request

IN_MEMORY = 2 << 20
"""Bytes of a file that is not written to the disk."""
BLOCK = 256 << 10
HEAVY = 500_000
"""Cells of a file that waits for its turn."""
AT_ONCE, WAITING = 2, 8
"""Heavy files that are made at a time, and those that may wait for it, in each process."""
MOST = 60_000_000
"""Cells that are converted at once: five million rows of 12 columns."""


class Busy(Exception):  # noqa: N818 - an answer
    """Too many wait already."""


async def answer(
    request: Request,
    write: Callable[[IO[bytes]], None],
    gone: Event,
    *,
    cells: int,
    media_type: str,
    filename: tuple[str, str],
    etag: str | None,
    private: bool,
) -> Response:
    """The file that `write` writes, in a thread; where its reader hangs up, `gone` is set.

    Raises Busy, StoreError.

    `filename`: in any script, and in letters of ASCII. `cells`: how many there are, about.
    """
    headers = {
        "Content-Disposition": disposition(*filename),
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, no-cache" if private else "no-cache",
        "Content-Type": media_type,
        "X-Robots-Tag": "noindex",
        "Vary": f"{fresh.VARY}, Accept-Language, Cookie",
    }
    headers |= {"ETag": etag} if etag else {}
    if etag and fresh.held(request, etag):
        return Response(
            status_code=304, headers={name: headers[name] for name in headers if name != "Content-Type"}
        )
    if request.method == "HEAD":
        return Response(headers=headers)
    watching = asyncio.create_task(_watch(request, gone))
    try:
        async with _turn(request, heavy=cells > HEAVY):
            file = await run_in_threadpool(_made, write, gone)
    except HungUp:
        return Response(status_code=503)  # which nobody reads
    finally:
        watching.cancel()
    size = file.seek(0, 2)
    file.seek(0)
    return StreamingResponse(_sent(file), headers={**headers, "Content-Length": str(size)})


def _made(write: Callable[[IO[bytes]], None], gone: Event) -> IO[bytes]:
    if gone.is_set():
        raise HungUp
    out = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `_sent`, or below
    try:
        write(out)
    except BaseException:
        out.close()
        raise
    return out


async def _watch(request: Request, gone: Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while block := await run_in_threadpool(file.read, BLOCK):
            yield block


@dataclass(slots=True)
class Turns:
    """Whose turn it is to have a heavy file made."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    waiting: int = 0


@asynccontextmanager
async def _turn(request: Request, *, heavy: bool) -> AsyncIterator[None]:
    if not heavy:
        yield
        return
    turns: Turns = request.app.state.turns
    if turns.waiting >= WAITING:
        raise Busy
    turns.waiting += 1
    try:
        await turns.free.acquire()
    finally:
        turns.waiting -= 1
    try:
        yield
    finally:
        turns.free.release()
