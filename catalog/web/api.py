"""CKAN's Action API: requests in every form CKAN takes, answers with its statuses and bodies."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from typing import IO, TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from catalog.actions.context import ANYONE
from catalog.actions.refusals import ActionRefused, bad_request, forbidden
from catalog.actions.register import find
from catalog.actions.words import said
from catalog.sharing.view import ROADS
from catalog.web import caller, counted, fresh, shared

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.types import Message, Receive

    from catalog.actions.context import Site

JSON = "application/json;charset=utf-8"
BAD_JSON = (
    "Error decoding JSON data. Error: <BadRequest '400: Bad Request'> JSON data extracted from the request: {}"
)
JSON_ERROR = "JSON Error"
TELLING = ("package_update",)
"""Actions beside whose result CKAN 2.12 says what they changed."""
CALLBACK = re.compile(r"[A-Za-z_$][\w$.-]{0,100}")
AT_ONCE = frozenset(("package_show", "resource_show"))
"""Actions that find one thing by its key: a thread would cost more than they do."""
SMALL = 1 << 20
"""Bytes anyone may send; a key's holder may send more."""
LARGE = 256 << 20
"""Bytes of a body that is read into memory. Uploaded files are streamed and not limited here."""


PATIENCE = 30.0
"""Seconds in which anyone's body must have come in; a key's holder may take longer."""


def _bad_json(why: str) -> ActionRefused:
    return bad_request(f"{JSON_ERROR}: {why}")


class TooSlow(Exception):  # noqa: N818 - an answer: 408
    """The body did not come in time."""


class TooLarge(Exception):  # noqa: N818 - an answer: 413
    """The body is longer than its sender may send."""


async def version(request: Request) -> Response:
    """`/api` and `/api/3`: the version, as CKAN gives it."""
    number = request.path_params.get("version", 1)
    if number not in (1, 2, 3):
        return _reply(request, 404, "Not found")
    return _reply(request, 200, {"version": number})


async def action(request: Request) -> Response:
    """One action."""
    if request.method == "OPTIONS":
        return Response(status_code=200, headers={"Allow": "GET, HEAD, POST, OPTIONS"})
    name = request.path_params["name"]
    site = caller.site(request)
    envelope = enveloped(site, name)
    try:
        found = find(name)
        if request.method != "POST" and not found.read:
            raise _bad_json("Invalid request. Please use POST method for your request")
        actor = await run_in_threadpool(caller.actor, request) if caller.has_key(request) else ANYONE
        if actor.reads_only and not found.read:
            raise forbidden("this token only reads")
        data, files, form = await _sent(request, trusted=bool(actor.name))
        if name in ROADS and not actor.name and caller.has_key(request):
            of_share = await run_in_threadpool(shared.asked, request, name, data, site)
            if of_share is not None:
                return _reply(request, 200, {**envelope, "success": True, "result": of_share})
        try:
            portal = request.app.state.portal
            if name in AT_ONCE and portal.is_quick():
                result = portal.answer(name, data, actor=actor, site=site)
            else:
                result = await run_in_threadpool(portal.answer, name, data, files, actor=actor, site=site)
        finally:
            if form is not None:
                await form.close()
    except TooLarge:
        return _reply(request, 413, "Request Entity Too Large")
    except TooSlow:
        return _reply(request, 408, "Request Timeout")
    except ActionRefused as refused:
        if isinstance(refused.error, str):
            return _reply(
                request, refused.status, refused.error.replace(JSON_ERROR, said(JSON_ERROR, site.language), 1)
            )
        return _reply(request, refused.status, {**envelope, "error": refused.error, "success": False})
    counted.called(request, name, data)
    answer = {**envelope, "success": True, "result": result}
    if name in TELLING:
        answer["changed_entities"] = {"packages": [result["id"]]}
    return _reply(request, 200, answer, keep=found.read and not actor.name)


def enveloped(site: Site, name: str) -> dict[str, Any]:
    """What every answer begins with."""
    prefix = f"/{site.prefix}" if site.prefix else ""
    return {"help": f"{site.url}{prefix}/api/3/action/help_show?name={name}"}


async def _sent(
    request: Request, *, trusted: bool
) -> tuple[dict[str, Any], dict[str, IO[bytes]], FormData | None]:
    """The data and the files of a request. The form, where there is one, is the caller's to close."""
    if request.method != "POST":
        data: dict[str, Any] = {}
        for key in request.query_params:
            if key != "callback":
                values = request.query_params.getlist(key)
                data[key] = values[0] if len(values) == 1 else values
        return data, {}, None
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _multipart(request, trusted=trusted)
    body = await _bounded(request, LARGE if trusted else SMALL).body()
    if kind not in ("", "application/json", "application/x-www-form-urlencoded"):
        raise HTTPException(415)  # a page, as CKAN's
    if not body.strip():
        return {}, {}, None
    if kind == "application/x-www-form-urlencoded" and body.lstrip()[:1] != b"{":
        from urllib.parse import parse_qs

        pairs = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        return {key: values[0] if len(values) == 1 else values for key, values in pairs.items()}, {}, None
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _bad_json(BAD_JSON) from None
    if _deep(sent):
        raise _bad_json(BAD_JSON)
    if not isinstance(sent, dict):
        raise _bad_json(f"Request data JSON decoded to {_repeated(sent)} but it needs to be a dictionary.")
    return sent, {}, None


def _repeated(sent: Any) -> str:
    """What was sent instead, as CKAN repeats it; a long one is not."""
    text = repr(sent)
    return text if len(text) <= 100 else type(sent).__name__


def _deep(sent: Any) -> bool:
    """Whether it is nested more deeply than an answer may be: orjson reads 1024 levels and writes 254."""
    try:
        orjson.dumps(sent)
    except orjson.JSONEncodeError:
        return True
    return False


async def _multipart(
    request: Request, *, trusted: bool
) -> tuple[dict[str, Any], dict[str, IO[bytes]], FormData | None]:
    """A form with files: they go to the disk as they come in."""
    bounded = request if trusted else _bounded(request, SMALL)
    try:
        form = await bounded.form(max_files=5, max_part_size=16 << 20)
    except MultiPartException:
        raise bad_request("the form cannot be read") from None
    data: dict[str, Any] = {}
    files: dict[str, IO[bytes]] = {}
    for key, value in form.multi_items():
        if isinstance(value, str):
            data[key] = [*_as_list(data[key]), value] if key in data else value
        elif value.filename:
            files[key] = _Named(value.file, value.filename)  # type: ignore[assignment]
    return data, files, form


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class _Named:
    """A form's file with the name its sender gave it."""

    def __init__(self, file: Any, filename: str) -> None:
        self.file, self.filename = file, filename

    def read(self, size: int = -1) -> bytes:
        return bytes(self.file.read(size))


def _bounded(request: Request, most: int) -> Request:
    """The same request, whose body ends in TooLarge after so many bytes."""
    receive: Receive = request.receive
    count = 0

    ends = time.monotonic() + PATIENCE

    async def limited() -> Message:
        nonlocal count
        try:
            message = await asyncio.wait_for(
                receive(), max(0.0, ends - time.monotonic()) if most == SMALL else None
            )
        except TimeoutError:
            raise TooSlow from None
        count += len(message.get("body", b""))
        if count > most:
            raise TooLarge
        return message

    return Request(request.scope, limited)


def _reply(request: Request, status: int, body: Any, *, keep: bool = False) -> Response:
    """A JSON answer; with an ETag where anyone may keep it."""
    content = orjson.dumps(body)
    callback = request.query_params.get("callback", "") if request.method == "GET" else ""
    if callback and CALLBACK.fullmatch(callback):
        content = b"%s(%s);" % (callback.encode(), content)
        return Response(content, status, media_type="application/javascript")
    headers = {"Cache-Control": "no-cache" if keep else "no-store", "Vary": "Authorization, X-CKAN-API-Key"}
    if keep and request.method != "POST":
        headers["ETag"] = tag_of(content)
        if fresh.held(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
    return Response(content, status, headers={**headers, "Content-Type": JSON})


def tag_of(content: bytes) -> str:
    """The ETag of an answer."""
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def fault(request: Request, status: int, headers: dict[str, str]) -> Response | None:
    """The answer to a request of the API that we failed; None for a page."""
    if not request.url.path.startswith("/api/"):
        return None
    error = {"__type": "Internal Server Error", "message": "Internal Server Error"}
    name = request.path_params.get("name", "")
    help_url = f"{caller.site(request).url}/api/3/action/help_show?name={name}"
    body = orjson.dumps({"help": help_url, "error": error, "success": False})
    return Response(body, status, headers={**headers, "Content-Type": JSON, "Cache-Control": "no-store"})
