"""Pages of versions: what a dataset was, its files then, and which rows changed. Permanent addresses to cite."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from catalog.actions import history
from catalog.actions.refusals import ActionRefused
from catalog.actions.versions import comparing
from catalog.portal.local import Uploaded
from catalog.web import caller, documents, downloads, fresh, records
from catalog.web.pages import revisions
from catalog.web.pages.dataset import terms
from catalog.web.pages.page import ask, show
from catalog.web.pages.recalled import gone
from catalog.web.words import Speech, language_of
from metadata.exports import citation

if TYPE_CHECKING:
    from starlette.requests import Request

SHOWN = 100
"""Rows of each kind on a page."""


async def listing(request: Request) -> Response:
    """`/dataset/<name>/version`: the versions, the newest first; as JSON where asked for."""
    try:
        found = await _ask(request, "dataset_version_list", {})
    except ActionRefused as no:
        return await refused(request, no)
    if not found:
        raise HTTPException(404)
    if _as_json(request):
        return _json(request, found)
    say, key = Speech(language_of(request)), found[0]["dataset_id"]
    past = await revisions.facts(request, key, say, most=revisions.ON_LIST)
    return show(request, "versions.html", versions=found, **past)


async def version(request: Request) -> Response:
    """`/dataset/<name>/version/<number or hash>`: the dataset as it was; `.json` after it gives the document."""
    name = request.path_params["version"].removesuffix(".json")
    try:
        found = await _ask(request, "dataset_version_show", {"version": name})
    except ActionRefused as no:
        return await refused(request, no)
    if _as_json(request):
        return _json(request, found)
    listed = await _ask(request, "dataset_version_list", {})
    say, package = Speech(language_of(request)), found["package"]
    facts = {"version": found, "package": package, "newest": listed[0]["version"] == found["version"]}
    facts["terms"] = terms(request.app.state.portal, package, say)
    return show(request, "version.html", **facts)


async def cite(request: Request) -> Response:
    """`/dataset/<name>/version/<number>/cite?style=apa|bibtex|ris&lang=th|en`: a citation that stays true."""
    try:
        found = await _ask(request, "dataset_version_show", {"version": request.path_params["version"]})
    except ActionRefused as no:
        return await refused(request, no)
    name, site = f"{found['package']['name']}-{found['version']}", caller.site(request)
    style, language, media, more = documents.manner(request, name)
    private = records.is_private(found["package"]) or bool(caller.actor(request).name)
    etag = fresh.tag(f"{style}-{language}", found["url"], found["hash"], site.url, site.title, site.title_en)

    def written() -> bytes:
        return citation.cite(records.of_version(found, site), style, language).encode()

    return await fresh.made(request, etag, written, media, private=private, more=more)


async def download(request: Request) -> Response:
    """A file as it was in a version. Any file name leads to the right one."""
    try:
        found = await run_in_threadpool(_file, request)
    except ActionRefused as no:
        return await refused(request, no)
    if request.path_params.get("filename") != found.filename:
        path = request.url.path.rpartition("/download")[0]
        return RedirectResponse(f"{quote(path)}/download/{quote(found.filename)}", status_code=302)
    return await downloads.sent(request, found)


def _file(request: Request) -> Uploaded:
    portal, given = request.app.state.portal, request.path_params
    with portal.looking(actor=caller.actor(request), site=caller.site(request)) as context:
        found = history.found(context, given["id"], given["version"])
        held = history.file(context, found, given["resource"])
    path = portal.files.path(held.sha256)
    facts = {name: getattr(held, name) for name in ("sha256", "size", "filename", "mimetype", "private")}
    return Uploaded(path=path, package_id=found.package, **facts)


async def changes(request: Request) -> Response:
    """Which rows of a file changed up to a version: `?since=` an older one, `?key=` columns, `?format=csv|json`.

    Raises 404.
    """
    asked = {name: request.query_params[name] for name in ("since", "key") if request.query_params.get(name)}
    asked |= {"version": request.path_params["version"], "resource_id": request.path_params["resource"]}
    if request.query_params.get("format") == "csv":
        return await _table(request, asked)
    reason, found = "", None
    try:
        found = await _ask(request, "dataset_version_diff", {**asked, "limit": SHOWN})
    except ActionRefused as no:
        if no.status != 409 or _as_json(request):
            return await refused(request, no)
        reason = _why(no)
    if _as_json(request):
        return _json(request, found)
    past = await _ask(request, "dataset_version_show", {"version": asked["version"]})
    resource = next((one for one in past["package"]["resources"] if one["id"] == asked["resource_id"]), None)
    if resource is None:
        raise HTTPException(404)
    kept = [(key, str(asked[key])) for key in ("since", "key") if key in asked]
    link = "?" + urlencode([*kept, ("format", "csv")])
    facts = {"version": past, "package": past["package"], "resource": resource, "found": found, "csv": link}
    return show(request, "changes.html", 409 if reason else 200, **facts, reason=reason, asked=asked, shown=SHOWN)


def _why(refused: ActionRefused) -> str:
    error = refused.error if isinstance(refused.error, dict) else {}
    return "; ".join(one for texts in error.values() if isinstance(texts, list) for one in texts)


async def _table(request: Request, asked: dict[str, Any]) -> Response:
    """Every row that differs, as CSV; the first column says how."""
    try:
        # made whole before the answer begins: what cannot be compared is said with a status
        lines = await run_in_threadpool(lambda: list(_lines(request, asked)))
    except ActionRefused as no:
        return await refused(request, no)
    name = f"changes-{asked['resource_id']}.csv"
    headers = {"Content-Disposition": downloads.disposition(name), "Cache-Control": "no-cache"}
    headers["Content-Security-Policy"] = downloads.SANDBOX
    return StreamingResponse(iter(lines), headers=headers, media_type="text/csv")


def _lines(request: Request, asked: dict[str, Any]) -> Iterator[bytes]:
    portal = request.app.state.portal
    asked = {**asked, "id": request.path_params["id"]}
    with (
        portal.looking(actor=caller.actor(request), site=caller.site(request)) as context,
        comparing(context, asked) as (_before, _after, found),
    ):
        rows = ([kind, *row] for kind, row in found.differing())
        yield from fresh.csv_blocks(chain([["_change", *found.common]], rows))


# ---------------------------------------------------------------- answers


async def _ask(request: Request, name: str, data: dict[str, Any]) -> Any:
    return await ask(request, name, {**data, "id": request.path_params["id"]})


def _as_json(request: Request) -> bool:
    path = request.url.path
    if path.endswith(".json") or request.query_params.get("format") == "json":
        return True
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted


def _json(request: Request, body: Any, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-cache" if status == 200 else "no-store", "Vary": "Accept, Authorization"}
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")


async def refused(request: Request, no: ActionRefused) -> Response:
    """410 where it was recalled; what one may not see is not there."""
    status = 404 if no.status in (403, 404) else no.status
    if status in (404, 410) and (whole := await gone(request)) is not None:
        return whole
    if _as_json(request):
        error = {"message": "Not found"} if status == 404 else no.error
        return _json(request, {"error": error}, status)
    if status == 410:
        return show(request, "message.html", status, kind="gone")
    if status == 409:
        return Response(_why(no), status, media_type="text/plain")
    raise HTTPException(status, headers={"Retry-After": "5"} if status == 503 else None)


VERSION = "/dataset/{id}/version/{version}"
ROUTES = (
    Route("/dataset/{id}/version", listing),
    Route(VERSION, version),
    Route(VERSION + "/cite", cite),
    Route(VERSION + "/resource/{resource}/changes", changes),
    Route(VERSION + "/resource/{resource}/download", download),
    Route(VERSION + "/resource/{resource}/download/{filename}", download),
)
