"""Sending a file as it lies on our disk: a short one whole, a long one in blocks while its reader is there."""

from __future__ import annotations

import asyncio
import mmap
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALL = 1 << 20
"""Bytes of a file that is handed on in one piece, as pages of the system's: a slow reader costs us nothing."""
BLOCK = 1 << 18
"""Bytes of a longer one that are read and sent at a time: what a slow reader costs us in memory."""


class Files:
    """Middleware. Takes `http.response.pathsend` of what is inside (an ASGI extension), and sends the file."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        scope.setdefault("extensions", {})["http.response.pathsend"] = {}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.pathsend":
                await _send(message["path"], receive, send)
            else:
                await send(message)

        await self.inner(scope, receive, sending)


async def _send(path: str, receive: Receive, send: Send) -> None:
    pages = mapped(path)
    if pages is not None:
        await send({"type": "http.response.body", "body": pages})
        return
    file, block = await run_in_threadpool(_begun, path)
    gone = asyncio.ensure_future(_gone(receive))
    try:
        while len(block) == BLOCK and not gone.done():
            await send({"type": "http.response.body", "body": block, "more_body": True})
            block = await run_in_threadpool(file.read, BLOCK)
        await send({"type": "http.response.body", "body": block})
    finally:
        gone.cancel()
        file.close()


def mapped(path: str, size: int | None = None) -> memoryview | None:
    """A file's bytes, which stay where the system has them; None where it is long, empty, or not of the size.

    The files of a catalog are never changed: they are there whole, or not.
    """
    try:
        with Path(path).open("rb") as file:
            if not 0 < os.fstat(file.fileno()).st_size <= SMALL:
                return None
            pages = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):
        return None
    return pages if size is None or len(pages) == size else None


def _begun(path: str) -> tuple[IO[bytes], bytes]:
    file = Path(path).open("rb")  # noqa: SIM115 - closed by who sends it
    return file, file.read(BLOCK)


async def _gone(receive: Receive) -> None:
    """Ends when the reader hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass
