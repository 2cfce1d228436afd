"""Atom feeds of what changed last, at CKAN's addresses: of all, of an organisation, a group, a tag, a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from catalog.actions.context import ANYONE, Site
from catalog.actions.refusals import ActionRefused
from catalog.web import caller, fresh, records
from catalog.web.pages.page import natural
from metadata.exports.record import either

if TYPE_CHECKING:
    from starlette.requests import Request

ROWS = 20
"""Entries of a page, CKAN's `ckan.feeds.limit`."""
ATOM = "http://www.w3.org/2005/Atom"
TYPE = "application/atom+xml;charset=utf-8"
EPOCH = "1970-01-01T00:00:00+00:00"
"""When a feed without entries changed last: Atom asks each feed for a moment."""


async def datasets(request: Request) -> Response:
    """`/feeds/dataset.atom`."""
    return await _feed(request, "", [])


async def of_organization(request: Request) -> Response:
    """`/feeds/organization/<name or id>.atom`."""
    return await _of_group(request, "organization")


async def of_group(request: Request) -> Response:
    """`/feeds/group/<name or id>.atom`."""
    return await _of_group(request, "group")


async def of_tag(request: Request) -> Response:
    """`/feeds/tag/<tag>.atom`."""
    tag = request.path_params["id"]
    return await _feed(request, tag, [f'tags:"{_quoted(tag)}"'])


async def custom(request: Request) -> Response:
    """`/feeds/custom.atom?q=…&fq=…`: a search, narrowed by `organization`, `groups`, `tags` …"""
    fields = ("organization", "groups", "tags", "res_format", "license_id")
    filters = [f'{name}:"{_quoted(value)}"' for name in fields for value in request.query_params.getlist(name)]
    filters += [value for value in request.query_params.getlist("fq") if value.strip()]
    return await _feed(request, request.query_params.get("q", ""), filters, q=request.query_params.get("q", ""))


async def _of_group(request: Request, kind: str) -> Response:
    portal, site = request.app.state.portal, caller.site(request)
    try:
        asked = {"id": request.path_params["id"]}
        found = await run_in_threadpool(portal.answer, f"{kind}_show", asked, actor=ANYONE, site=site)
    except ActionRefused:
        raise HTTPException(404) from None
    field = "organization" if kind == "organization" else "groups"
    return await _feed(request, found["title"] or found["name"], [f'{field}:"{_quoted(found["name"])}"'])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


async def _feed(request: Request, about: str, filters: list[str], q: str = "") -> Response:
    portal, site = request.app.state.portal, caller.site(request)
    number = natural(request.query_params.get("page", "1"))
    search: dict[str, Any] = {"q": q, "rows": ROWS, "start": (number - 1) * ROWS, "sort": "metadata_modified desc"}
    if filters:
        search["fq_list"] = filters
    try:
        found = await run_in_threadpool(portal.answer, "package_search", search, actor=ANYONE, site=site)
    except ActionRefused as refused:
        return PlainTextResponse("q, fq: not understood\n", refused.status)
    query = [(key, value) for key, value in request.query_params.multi_items() if key != "page"]
    here = site.url + request.url.path

    def at(page: int) -> str:
        return f"{here}?{urlencode([*query, ('page', page)])}" if page > 1 or query else here

    last = max(1, -(-found["count"] // ROWS))
    links = {"self": at(number), "first": at(1), "last": at(last)}
    links |= {"previous": at(number - 1)} if 1 < number <= last + 1 else {}
    links |= {"next": at(number + 1)} if number < last else {}
    etag = fresh.tag("feed", links, about, found["results"], site.title)
    return await fresh.made(request, etag, lambda: _atom(site, about, found["results"], links, here), TYPE)


def _atom(site: Site, about: str, packages: list[Any], links: dict[str, str], here: str) -> bytes:
    told = [records.record(package, {}, site) for package in packages]
    title = either(records.titles(site))
    feed = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "th"})
    _add(feed, "id", here)
    _add(feed, "title", f"{title}: {about}" if about else title)
    _add(feed, "updated", _when(packages[0]) if packages else EPOCH)
    _add(_add(feed, "author"), "name", title)
    for rel, href in links.items():
        _add(feed, "link", rel=rel, href=href, type="application/atom+xml")
    _add(feed, "link", rel="alternate", href=f"{site.url}/dataset", type="text/html")
    for package, record in zip(packages, told, strict=True):
        entry = _add(feed, "entry")
        _add(entry, "id", f"urn:uuid:{record.id}" if len(record.id) == 36 else f"{site.url}/dataset/{record.id}")
        _add(entry, "title", either(record.title))
        _add(entry, "updated", _when(package))
        _add(entry, "published", records.moment(package.get("metadata_created")) or EPOCH)
        _add(_add(entry, "author"), "name", either(record.publisher))
        _add(entry, "link", rel="alternate", href=record.page, type="text/html")
        _add(entry, "link", rel="enclosure", href=f"{record.page}.json", type="application/json")
        if record.description:
            _add(entry, "summary", either(record.description))
        for keyword in record.keywords:
            _add(entry, "category", term=keyword)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(ElementTree.tostring(feed, encoding="utf-8"))


def _when(package: Any) -> str:
    return records.moment(package.get("metadata_modified")) or EPOCH


def _add(
    parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str
) -> ElementTree.Element:
    """An element; control characters, which XML cannot hold, are left out."""
    made = ElementTree.SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})
    made.text = _clean(text) if text else None
    return made


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")
