"""Files and tables for download: ranges, revalidation by content hash, Thai file names, nothing that is run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse

from catalog.actions.datastore import cell
from catalog.actions.refusals import ActionRefused
from catalog.web import caller

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.portal.local import Uploaded

SANDBOX = "default-src 'none'; sandbox"
"""An uploaded file is somebody else's: a browser must not run it as a page of ours."""
BLOCK = 500
"""Records written at a time."""


async def download(request: Request) -> Response:
    """An uploaded resource's file. An old file name leads to the present one."""
    portal, actor = request.app.state.portal, caller.actor(request)
    found = await run_in_threadpool(portal.uploaded, request.path_params["resource"], actor=actor)
    if found is None:
        raise HTTPException(404)
    if request.path_params.get("filename") != found.filename:
        folder = f"/dataset/{found.package_id}/resource/{request.path_params['resource']}/download"
        return RedirectResponse(f"{folder}/{quote(found.filename)}", status_code=302)
    return await sent(request, found)


async def sent(request: Request, found: Uploaded) -> Response:
    """A file as it lies on our disk: by ranges, revalidated by its hash. Raises 404 where it does not."""
    if not await run_in_threadpool(found.path.is_file):
        raise HTTPException(404)
    tag = f'"sha256-{found.sha256}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache" if found.private else "public, no-cache",
        "Content-Disposition": disposition(found.filename),
        "Content-Type": media_type(found.mimetype),
        "Content-Security-Policy": SANDBOX,
        "Repr-Digest": f"sha-256=:{_base64(found.sha256)}:",
    }
    if tag in request.headers.get("if-none-match", "") or request.headers.get("if-none-match") == "*":
        return Response(status_code=304, headers={key: headers[key] for key in ("ETag", "Cache-Control")})
    return FileResponse(found.path, headers=headers, media_type=headers["Content-Type"])


def media_type(given: str) -> str:
    """A media type as its publisher gave it, where it is one; any text may stand in a resource's `mimetype`."""
    return (
        given
        if re.fullmatch(r"[\w.+-]+/[\w.+-]+(; ?charset=[\w-]+)?", given, re.ASCII)
        else "application/octet-stream"
    )


def _base64(digest: str) -> str:
    import base64

    return base64.b64encode(bytes.fromhex(digest)).decode()


def disposition(filename: str) -> str:
    """`attachment` under a name in any script, with letters of ASCII for old programs."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", filename).strip("-") or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"


async def dump(request: Request) -> Response:
    """A resource's table as CSV, streamed. `?bom=true` begins with the mark some spreadsheets need for Thai."""
    portal, actor, site = request.app.state.portal, caller.actor(request), caller.site(request)
    key = request.path_params["resource"]
    if request.query_params.get("format", "csv") != "csv":
        raise HTTPException(404)
    try:
        info = await run_in_threadpool(portal.answer, "datastore_info", {"id": key}, actor=actor, site=site)
    except ActionRefused:
        raise HTTPException(404) from None
    names = ["_id", *(field["id"] for field in info["fields"])]
    bom = request.query_params.get("bom", "").lower() in ("true", "1")
    rows = portal.datastore.search(key, fields=names)
    headers = {"Content-Disposition": disposition(f"{key}.csv"), "Cache-Control": "no-cache"}
    headers["Content-Security-Policy"] = SANDBOX
    return StreamingResponse(_stream(_lines(rows, names, bom=bom)), headers=headers, media_type="text/csv")


async def _stream(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    with closing(lines):  # type: ignore[type-var]  # a generator: its file is closed with it, whoever hangs up
        async for block in iterate_in_threadpool(lines):
            yield block


def _lines(rows: Iterator[tuple[Any, ...]], names: list[str], *, bom: bool) -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    yield (b"\xef\xbb\xbf" if bom else b"") + out.getvalue().encode()
    with closing(rows):  # type: ignore[type-var]
        pending = 0
        out.seek(0)
        out.truncate()
        for row in rows:
            writer.writerow([cell(value) for value in row])
            pending += 1
            if pending == BLOCK:
                yield out.getvalue().encode()
                out.seek(0)
                out.truncate()
                pending = 0
    yield out.getvalue().encode()
