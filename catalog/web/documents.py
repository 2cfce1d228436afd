"""A dataset as documents for other catalogues and for those who cite it; none shows more than its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from catalog.actions.refusals import ActionRefused
from catalog.web import caller, fresh, records
from catalog.web.pages import dataset as page
from catalog.web.words import language_of
from metadata.exports import citation, croissant, csvw, datapackage, dcat
from metadata.exports.record import Record, either
from metadata.exports.record import language_of as language_in

if TYPE_CHECKING:
    from starlette.requests import Request

JSON = "application/json;charset=utf-8"
MEDIA = {"ttl": "text/turtle;charset=utf-8", "jsonld": "application/ld+json;charset=utf-8"} | {
    "rdf": "application/rdf+xml;charset=utf-8",
    "json": JSON,
}
"""Ending of a dataset's address → media type of what stands there."""
ACCEPTED = {
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdf",
    "application/json": "json",
    "text/html": "html",
    "application/xhtml+xml": "html",
}
"""Media type → which of the forms of a dataset's address it asks for."""


def wished(header: str) -> str:
    """The form that an Accept header likes best, else the page (RFC 9110 §12.5.1)."""
    best, form = 0.0, "html"
    for part in header.split(",")[:50]:
        name, *options = (piece.strip().lower() for piece in part.split(";"))
        weight = next((option[2:] for option in options if option.startswith("q=")), "1")
        try:
            liked = float(weight)
        except ValueError:
            continue
        if name in ("*/*", "text/*") and liked > best:
            best, form = liked, "html"
        elif name in ACCEPTED and liked > best:
            best, form = liked, ACCEPTED[name]
    return form


async def dataset(request: Request) -> Response:
    """A dataset's page, or under the same address the document that the Accept header asks for."""
    form = wished(request.headers.get("accept", ""))
    if form == "html":
        response = await page.dataset(request)
        request.app.state.ahead.wake(request)
        response.headers["Vary"] = f"Accept, {response.headers['Vary']}"
        return response
    return await _described(request, form, {"Content-Location": f"{request.url.path}.{form}"})


async def described(request: Request) -> Response:
    """`/dataset/<name>.ttl`, `.jsonld`, `.rdf`: DCAT; `.json`: as `package_show` gives it."""
    form = request.path_params["form"]
    if form not in MEDIA:
        raise HTTPException(404)
    return await _described(request, form, {})


async def _described(request: Request, form: str, more: dict[str, str]) -> Response:
    if form == "json":
        return await _document(request, "json", lambda package, _record: package, JSON, more=more)
    return await _document(
        request, form, lambda _package, record: dcat.dataset(record, form), MEDIA[form], more=more
    )


async def data_package(request: Request) -> Response:
    """`/dataset/<name>/datapackage.json`."""
    return await _document(request, "datapackage", lambda _package, one: datapackage.package(one), JSON)


async def croissant_document(request: Request) -> Response:
    """`/dataset/<name>/croissant.jsonld`."""

    def make(_package: records.Package, record: Record) -> Any:
        return croissant.dataset(record, citation.cite(record, "apa", language_in(either(record.title))).strip())

    return await _document(request, "croissant", make, MEDIA["jsonld"])


async def cite(request: Request) -> Response:
    """`/dataset/<name>/cite?style=apa|bibtex|ris&lang=th|en`."""
    style, language, media, more = manner(request, request.path_params["id"])
    return await _document(
        request, f"{style}-{language}", lambda _package, one: citation.cite(one, style, language), media, more=more
    )


def manner(request: Request, name: str) -> tuple[str, str, str, dict[str, str]]:
    """How a citation is asked for: style, language, and the answer's media type and headers. Raises 400."""
    style, language = request.query_params.get("style", "apa").lower(), language_of(request)
    if style not in citation.STYLES:
        raise HTTPException(400, f"style: {', '.join(citation.STYLES)}\n")
    endings = {"bibtex": "bib", "ris": "ris"}
    more = {"Vary": f"{fresh.VARY}, Accept-Language, Cookie", "Content-Language": language}
    if style in endings:
        more["Content-Disposition"] = f'attachment; filename="{quote(name)}.{endings[style]}"'
    return style, language, f"{citation.STYLES[style]};charset=utf-8", more


async def csv_metadata(request: Request) -> Response:
    """`<address of a CSV file>-metadata.json`: CSV on the Web."""
    key, asked = request.path_params["resource"], request.path_params["filename"]

    def make(_package: records.Package, record: Record) -> Any:
        one = next((one for one in record.distributions if one.id == key), None)
        if one is None or one.kind != "csv" or one.filename != asked:
            raise HTTPException(404)
        return csvw.table(record, one)

    return await _document(request, f"csvw-{key}-{asked}", make, "application/csvm+json;charset=utf-8")


async def _document(
    request: Request,
    what: str,
    make: Callable[[records.Package, Record], Any],
    media_type: str,
    *,
    more: dict[str, str] | None = None,
) -> Response:
    """A document of one dataset, kept by ETag. 404 for what the reader may not see, as for what is not there."""
    try:
        package, tables = await records.gathered(request, request.path_params["id"])
    except ActionRefused:
        raise HTTPException(404) from None
    site, schema = caller.site(request), request.app.state.portal.schema
    private = records.is_private(package) or bool(caller.actor(request).name)
    etag = fresh.tag(what, package, tables, site.url, site.title, site.title_en)

    def written() -> bytes:
        found = make(package, records.record(package, tables, site, schema.raw if schema else None))
        if isinstance(found, bytes):
            return found
        return found.encode() if isinstance(found, str) else orjson.dumps(found, option=orjson.OPT_INDENT_2)

    return await fresh.made(request, etag, written, media_type, private=private, more=more)
