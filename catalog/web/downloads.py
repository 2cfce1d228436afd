"""Files for download: ranges, revalidation by content hash, Thai file names, nothing that is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from catalog.web import caller, fresh, shared

if TYPE_CHECKING:
    import os

    from starlette.requests import Request

    from catalog.portal.local import Uploaded

SANDBOX = "default-src 'none'; sandbox"
"""An uploaded file is somebody else's: a browser must not run it as a page of ours."""


async def download(request: Request) -> Response:
    """An uploaded resource's file. An old file name leads to the present one."""
    if caller.has_key(request) and (answer := await shared.table(request)):
        return answer
    portal = request.app.state.portal
    plain = not caller.has_key(request) and not request.cookies
    if plain and portal.is_quick() and portal.files.near:
        there = _uploaded(request)  # a thread would cost as much again
    else:
        there = await run_in_threadpool(_uploaded, request)
    if there is None:
        raise HTTPException(404)
    found, stat = there
    if request.path_params.get("filename") != found.filename:
        folder = f"/dataset/{found.package_id}/resource/{request.path_params['resource']}/download"
        return RedirectResponse(f"{folder}/{quote(found.filename)}", status_code=302)
    return _answer(request, whole(found, stat, request.url.path))


def whole(found: Uploaded, stat: os.stat_result, address: str) -> FileResponse:
    """The answer with all of a file, under its address."""
    response = _whole(found, stat)
    if found.filename.lower().endswith(".csv"):
        # CSV on the Web: where a program finds the columns' titles and types (documents.csv_metadata)
        beside = f'<{address}-metadata.json>; rel="describedby"; type="application/csvm+json"'
        response.headers["Link"] = quote(beside, safe='<>;="/ +%-._~:')
    return response


async def picture(request: Request) -> Response:
    """An organisation's or group's picture."""
    portal = request.app.state.portal
    found = await run_in_threadpool(portal.picture, request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    return await sent(request, found)


def _uploaded(request: Request) -> tuple[Uploaded, os.stat_result] | None:
    """What is asked for, if it lies on our disk."""
    actor = caller.actor(request)
    found = request.app.state.portal.uploaded(request.path_params["resource"], actor=actor)
    try:
        return (found, found.path.stat()) if found else None
    except OSError:
        return None


async def sent(request: Request, found: Uploaded) -> Response:
    """A file as it lies on our disk. Raises 404 where it does not."""
    try:
        stat = await run_in_threadpool(found.path.stat)
    except OSError:
        raise HTTPException(404) from None
    return _answer(request, _whole(found, stat))


def _whole(found: Uploaded, stat: os.stat_result) -> FileResponse:
    headers = {
        "ETag": f'"sha256-{found.sha256}"',
        "Cache-Control": "private, no-cache" if found.private else "public, no-cache",
        "Content-Disposition": disposition(found.filename),
        "Content-Type": media_type(found.mimetype),
        "Content-Security-Policy": SANDBOX,
        "Repr-Digest": f"sha-256=:{_base64(found.sha256)}:",
    }
    return FileResponse(found.path, headers=headers, media_type=headers["Content-Type"], stat_result=stat)


def _answer(request: Request, response: FileResponse) -> Response:
    """The file by ranges, or 304 to who holds it."""
    if not fresh.held(request, response.headers["ETag"]):
        return response
    # the policy, too: what a browser keeps takes over the headers that come now
    kept = ("ETag", "Cache-Control", "Content-Security-Policy", "Link")
    return Response(
        status_code=304, headers={key: response.headers[key] for key in kept if key in response.headers}
    )


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


def disposition(filename: str, plain: str = "") -> str:
    """`attachment` under a name in any script, with letters of ASCII (or the name `plain`) for old programs."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain or filename).strip("-") or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
