"""The whole catalogue as anyone sees it: DCAT by pages, CSV and JSON lines as a stream, maps for search engines.

Whoever asks, with a key or without, these hold public datasets only: they are made to be copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from catalog.actions.context import ANYONE, Site
from catalog.actions.refusals import ActionRefused
from catalog.store import published
from catalog.web import caller, fresh, records
from catalog.web.documents import MEDIA
from catalog.web.pages.page import natural
from metadata.exports import dcat

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.portal.local import LocalPortal

ROWS = 100
"""Datasets on a page of the catalogue's DCAT, as ckanext-dcat has it."""
MAP = 50_000
"""Addresses that one sitemap may hold (sitemaps.org)."""
COLUMNS = (
    "id", "name", "title", "title_en", "notes", "notes_en", "organization", "organization_title", "license_id",
    "license_title", "license_url", "tags", "groups", "maintainer", "maintainer_email", "url", "version",
    "metadata_created", "metadata_modified", "num_resources", "formats", "page",
)  # fmt: skip
"""The first columns of the catalogue's CSV; the terms of its schema follow."""


async def rdf(request: Request) -> Response:
    """`/catalog.ttl`, `.jsonld`, `.rdf`: DCAT, 100 datasets a page; `page`, `q`, `fq`, `modified_since` choose."""
    form = request.path_params["form"]
    if form not in dcat.FORMS:
        raise HTTPException(404)
    asked, number = request.query_params, natural(request.query_params.get("page", "1"))
    search: dict[str, Any] = {
        "q": asked.get("q", ""),
        "sort": "name asc",
        "rows": ROWS,
        "start": (number - 1) * ROWS,
    }
    filters = [asked["fq"]] if asked.get("fq") else []
    if asked.get("modified_since"):
        filters.append(f"metadata_modified:[{_moment(asked['modified_since'])} TO *]")
    if filters:
        search["fq_list"] = filters
    portal, site = request.app.state.portal, caller.site(request)
    try:
        found = await run_in_threadpool(portal.answer, "package_search", search, actor=ANYONE, site=site)
    except ActionRefused as refused:
        return PlainTextResponse("q, fq: not understood\n", refused.status)
    here = f"{site.url}/catalog.{form}"
    page = _page(here, asked, number, found["count"])
    etag = fresh.tag("catalog", form, page.address, found["count"], found["results"], site.title, site.title_en)

    def make() -> bytes:
        raw = portal.schema.raw if portal.schema else None
        told = [records.record(package, {}, site, raw) for package in found["results"]]
        title = records.titles(site)
        return dcat.catalog(f"{site.url}/", title, title, told, page, form)

    links = [f'<{to}>; rel="{rel}"' for rel, to in (("next", page.next), ("prev", page.previous)) if to]
    return await fresh.made(request, etag, make, MEDIA[form], more={"Link": ", ".join(links)} if links else None)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise HTTPException(400, "modified_since: not a date of ISO 8601") from None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None).isoformat() + "Z"


def _page(here: str, asked: Any, number: int, total: int) -> dcat.Page:
    """The addresses of this page and its neighbours."""
    kept = [(key, value) for key, value in asked.multi_items() if key in ("q", "fq", "modified_since")]
    last = max(1, -(-total // ROWS))

    def at(page: int) -> str:
        return f"{here}?{urlencode([*kept, ('page', page)])}"

    return dcat.Page(
        address=at(number),
        first=at(1),
        last=at(last),
        previous=at(number - 1) if 1 < number <= last + 1 else None,
        next=at(number + 1) if number < last else None,
        total=total,
        size=ROWS,
    )


async def lines(request: Request) -> Response:
    """`/catalog.jsonl`: every public dataset as `package_show` gives it, one a line."""
    portal, site = request.app.state.portal, caller.site(request)
    etag = fresh.tag("jsonl", await run_in_threadpool(published.mark, portal.engine), site.url)
    return await fresh.sent(
        request, etag, lambda: _lines(portal, site), "application/jsonl", **_saved("catalog.jsonl")
    )


def _lines(portal: LocalPortal, site: Site) -> Iterator[bytes]:
    pending = []
    for package in _packages(portal, site):
        pending.append(orjson.dumps(package, option=orjson.OPT_APPEND_NEWLINE))
        if len(pending) == 100:
            yield b"".join(pending)
            pending = []
    yield b"".join(pending)


async def table(request: Request) -> Response:
    """`/catalog.csv`: every public dataset as a row. `?bom=true` begins with the mark some spreadsheets need."""
    portal, site = request.app.state.portal, caller.site(request)
    bom = request.query_params.get("bom", "").lower() in ("true", "1")
    fields = portal.schema.raw["dataset_fields"] if portal.schema else []
    terms = [one["field_name"] for one in fields if one["field_name"] not in {*COLUMNS, "tag_string", "owner_org"}]
    etag = fresh.tag("csv", bom, terms, await run_in_threadpool(published.mark, portal.engine), site.url)
    return await fresh.sent(
        request,
        etag,
        lambda: _rows(portal, site, terms, bom=bom),
        "text/csv;charset=utf-8",
        **_saved("catalog.csv"),
    )


def _rows(portal: LocalPortal, site: Site, terms: list[str], *, bom: bool) -> Iterator[bytes]:
    if bom:
        yield b"\xef\xbb\xbf"
    rows = (_row(package, site, terms) for package in _packages(portal, site))
    yield from fresh.csv_blocks(chain([[*COLUMNS, *terms]], rows))


def _row(package: Any, site: Site, terms: list[str]) -> list[Any]:
    facts = {**{one["key"]: one["value"] for one in package.get("extras", ())}, **package}
    facts |= _summary(package, site)
    return [_cell(facts.get(name)) for name in (*COLUMNS, *terms)]


def _summary(package: Any, site: Site) -> dict[str, Any]:
    organization = package.get("organization") or {}
    return {
        "organization": organization.get("name"),
        "organization_title": organization.get("title"),
        "tags": [tag["name"] for tag in package.get("tags") or ()],
        "groups": [group["name"] for group in package.get("groups") or ()],
        "formats": sorted({one["format"] for one in package["resources"] if one.get("format")}),
        "page": f"{site.url}/dataset/{package['name']}",
    }


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(map(str, value))
    return "" if value is None else value


def _packages(portal: LocalPortal, site: Site) -> Iterator[Any]:
    for name, _modified in published.names(portal.engine):
        package = records.public(portal, name, site)
        if package is not None:
            yield package


def _saved(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


async def sitemap(request: Request) -> Response:
    """`/sitemap.xml`: the catalogue's pages; an index of maps where there are more than 50,000 datasets."""
    portal, site = request.app.state.portal, caller.site(request)
    etag = fresh.tag("sitemap", await run_in_threadpool(published.mark, portal.engine), site.url)
    total = await run_in_threadpool(published.count, portal.engine)
    if total <= MAP - 1:  # and the front page
        return await fresh.sent(request, etag, lambda: _urls(portal, site, "", None), "application/xml")
    return await fresh.made(request, etag, lambda: _index(portal, site), "application/xml")


async def sitemap_part(request: Request) -> Response:
    """`/sitemap-<n>.xml`: one of the maps of the index."""
    portal, site, number = request.app.state.portal, caller.site(request), request.path_params["number"]
    starts = await run_in_threadpool(published.starts, portal.engine, MAP - 1)
    if not 1 <= number <= len(starts):
        raise HTTPException(404)
    etag = fresh.tag("sitemap", number, await run_in_threadpool(published.mark, portal.engine), site.url)
    make = lambda: _urls(portal, site, starts[number - 1], MAP - 1)  # noqa: E731
    return await fresh.sent(request, etag, make, "application/xml")


XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
MAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"


def _urls(portal: LocalPortal, site: Site, after: str, most: int | None) -> Iterator[bytes]:
    yield XML + f'<urlset xmlns="{MAPS}">\n'.encode()
    if not after:
        yield f"<url><loc>{site.url}/</loc></url>\n".encode()
    pending = []
    for name, modified in published.names(portal.engine, after=after, most=most):
        # names are of CKAN's letters (a-z, 0-9, - and _): nothing in them needs escaping
        pending.append(f"<url><loc>{site.url}/dataset/{name}</loc><lastmod>{modified[:10]}</lastmod></url>\n")
        if len(pending) == 1000:
            yield "".join(pending).encode()
            pending = []
    yield "".join(pending).encode() + b"</urlset>\n"


def _index(portal: LocalPortal, site: Site) -> bytes:
    parts = range(1, len(published.starts(portal.engine, MAP - 1)) + 1)
    lines = "".join(f"<sitemap><loc>{site.url}/sitemap-{number}.xml</loc></sitemap>\n" for number in parts)
    return XML + f'<sitemapindex xmlns="{MAPS}">\n{lines}</sitemapindex>\n'.encode()


async def robots(request: Request) -> Response:
    """`/robots.txt`: as CKAN's, with the way to the map; what is searched and filtered is no page of its own."""
    site = caller.site(request)
    rules = ("User-agent: *", "Disallow: /api/", "Disallow: /odata/", "Disallow: /datastore/", "Disallow: /*?",
             "Allow: /*?lang=", "Allow: /static/", "Allow: /catalog.", "Crawl-delay: 10", "",
             f"Sitemap: {site.url}/sitemap.xml", "")  # fmt: skip
    text = "\n".join(rules)
    return await fresh.made(request, fresh.tag("robots", text), text.encode, "text/plain;charset=utf-8")
