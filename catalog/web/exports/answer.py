"""A file that is made for who asks: written aside at full speed, then sent as fast as the reader takes it.

So a slow reader keeps no table from being written to, an error is told before the first byte, and the length is
known. The file has no name on the disk: it goes with the answer, or with the process, whatever happens.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from tempfile import SpooledTemporaryFile
from threading import Event
from typing import IO, TYPE_CHECKING, Any

import anyio
from anyio import to_thread
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
    limiter = _turns(request) if cells > HEAVY else None
    if limiter and limiter.statistics().tasks_waiting >= WAITING:
        raise Busy
    file: list[IO[bytes]] = []

    def make() -> None:
        out = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `_sent`, or below
        try:
            write(out)
        except BaseException:
            out.close()
            raise
        file.append(out)

    failed: list[Exception] = []
    async with anyio.create_task_group() as group:
        group.start_soon(_watch, request, gone)
        try:
            if not gone.is_set():
                await to_thread.run_sync(make, limiter=limiter)
        except Exception as error:  # noqa: BLE001 - raised below, not as a group of one
            failed.append(error)
        group.cancel_scope.cancel()
    if failed and isinstance(failed[0], HungUp):
        return Response(status_code=503)  # which nobody reads
    if failed:
        raise failed[0]
    size = file[0].seek(0, 2)
    file[0].seek(0)
    return StreamingResponse(_sent(file.pop()), headers={**headers, "Content-Length": str(size)})


async def _watch(request: Request, gone: Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while block := await to_thread.run_sync(file.read, BLOCK):
            yield block


def _turns(request: Request) -> anyio.CapacityLimiter:
    state: Any = request.app.state
    if not hasattr(state, "heavy_exports"):
        state.heavy_exports = anyio.CapacityLimiter(AT_ONCE)
    return state.heavy_exports  # type: ignore[no-any-return]
