"""The application: which address leads where, and the headers every answer carries."""

from __future__ import annotations

import os
import re
from contextlib import nullcontext
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from catalog.login.gate import Gate
from catalog.places.index import Indexed
from catalog.public import mail
from catalog.public.terms import Terms as Hearing
from catalog.store.used import Recently
from catalog.web import (
    api,
    audit,
    catalogue,
    documents,
    downloads,
    dump,
    feeds,
    login,
    odata,
    openapi,
    session,
)
from catalog.web.ahead import Ahead
from catalog.web.audits import Audits
from catalog.web.compared import Compared
from catalog.web.cors import Cors
from catalog.web.counted import Counted
from catalog.web.exports.answer import Turns
from catalog.web.files import Files
from catalog.web.kept import Keeping, Kept
from catalog.web.limits import Limited, Limits
from catalog.web.pages import (
    about,
    area,
    ask,
    certificate,
    explore,
    faults,
    home,
    inbox,
    picture,
    programs,
    rating,
    report,
    resource,
    results,
    tables,
    versions,
)
from catalog.web.pages import (
    overview as overviews,
)
from catalog.web.pages import usage as use
from catalog.web.pages.good import Weighing
from catalog.web.pages.page import Pages
from catalog.web.pages.related import Neighbours
from catalog.web.pages.revisions import Past
from catalog.web.pages.timely import Counted as Timely
from catalog.web.policy import POLICY
from catalog.web.quick import Quick
from catalog.web.sent import Sent
from metadata.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from catalog.audit.audited import Derived
    from catalog.audit.run import Look, Terms
    from catalog.portal.local import LocalPortal
    from metadata.panel import Panel

HERE = Path(__file__).parent
PREFIX = re.compile(r"^/(th|en)(/.*|)$")


def app(
    portal: LocalPortal,
    *,
    token: str | None = None,
    gate: Gate | None = None,
    terms: Callable[[], Terms] | None = None,
    looks: Callable[[], Sequence[Look]] = tuple,
    derived: Callable[[], AbstractContextManager[Derived | None]] = nullcontext,
    house: Mapping[str, Any] | None = None,
    overview: Sequence[Panel] = (),
) -> Starlette:
    """The catalog's web application over a portal, which stays the caller's to close.

    `token` (default: the environment's SAPHAN_API_TOKEN) is a key that acts as sysadmin, beside the users' tokens.
    `gate`: how people log in (default: with our own passwords, until this process ends).
    `house`: what the agency says of itself and whom it names (`portal:` of workspace.yaml).
    `overview`: what it shows on one screen (`overview:` of workspace.yaml).
    `terms`, `looks`, `derived`: by what the catalog is audited, and what it remembers (`catalog.web.audits`).
    """
    gate = gate or Gate(secret=token_bytes(32))
    cookie: dict[str, Any] = {
        "secret_key": gate.secret.hex(),
        "session_cookie": session.COOKIE,
        "max_age": session.LASTS,
        "same_site": "lax",
        "https_only": (portal.fixed_url or "").startswith("https:"),
    }
    kept, limits, usage, pages = Kept(portal), Limits(), portal.usage, Pages(HERE)
    made = Starlette(
        routes=[
            Route("/api", api.version, methods=["GET"]),
            Route("/api/{version:int}", api.version, methods=["GET"]),
            Route("/api/3/action/{name}", api.action, methods=["GET", "HEAD", "POST", "OPTIONS"]),
            Route("/api/action/{name}", api.action, methods=["GET", "HEAD", "POST", "OPTIONS"]),
            *home.ROUTES,
            *about.ROUTES,
            *area.ROUTES,
            *overviews.ROUTES,
            *results.ROUTES,
            Route("/dataset/", _slashless),
            Route("/dataset/{id}.{form}", documents.described),
            Route("/dataset/{id}", documents.dataset),
            Route("/dataset/{id}/datapackage.json", documents.data_package),
            Route("/dataset/{id}/croissant.jsonld", documents.croissant_document),
            Route("/dataset/{id}/cite", documents.cite),
            Route("/dataset/{id}/resource/{resource}/download/{filename}-metadata.json", documents.csv_metadata),
            Route("/dataset/{id}/resource/{resource}/download", downloads.download),
            Route("/dataset/{id}/resource/{resource}/download/{filename}", downloads.download),
            *certificate.ROUTES,
            *picture.ROUTES,
            *programs.ROUTES,
            *resource.ROUTES,
            *versions.ROUTES,
            *explore.ROUTES,
            *use.ROUTES,
            *audit.ROUTES,
            *login.ROUTES,
            *ask.ROUTES,
            *report.ROUTES,
            *rating.ROUTES,
            *inbox.ROUTES,
            Route("/uploads/group/{name}", downloads.picture),
            Route("/datastore/dump/{resource}", dump.dump),
            Route("/catalog.csv", catalogue.table),
            Route("/catalog.jsonl", catalogue.lines),
            Route("/catalog.{form}", catalogue.rdf),
            Route("/odata/{resource}", odata.service),
            Route("/odata/{resource}/", odata.service),
            Route("/odata/{resource}/$metadata", odata.metadata),
            Route("/odata/{resource}/rows", odata.rows),
            Route("/odata/{resource}/rows/$count", odata.count),
            Route("/odata/{resource}/rows({number:int})", odata.row),
            Route("/api/3/openapi.json", openapi.document),
            Route("/feeds/dataset.atom", feeds.datasets),
            Route("/feeds/organization/{id}.atom", feeds.of_organization),
            Route("/feeds/group/{id}.atom", feeds.of_group),
            Route("/feeds/tag/{id}.atom", feeds.of_tag),
            Route("/feeds/custom.atom", feeds.custom),
            Route("/sitemap.xml", catalogue.sitemap),
            Route("/sitemap-{number:int}.xml", catalogue.sitemap_part),
            Route("/robots.txt", catalogue.robots),
            Route("/healthz", health),
            Mount("/static", pages.assets),
        ],
        middleware=[
            Middleware(Files),
            Middleware(Limited, limits=limits),
            *([Middleware(Counted, usage=usage)] if usage else []),
            Middleware(Sent),
            Middleware(Keeping, kept=kept),
            Middleware(_Headers),
            Middleware(Cors, origins=portal.switches.origins),
            Middleware(_Language),
            Middleware(SessionMiddleware, **cookie),
        ],
        exception_handlers={
            **dict.fromkeys((403, 404, 405, 413, 415), faults.missing),
            StoreError: store_failed,
            Exception: failed,
        },
    )
    made.router.redirect_slashes = False
    made.state.portal = portal
    made.state.kept, made.state.limits, made.state.usage = kept, limits, usage
    made.state.quick = Quick(portal, kept)
    made.state.token = (token if token is not None else os.environ.get("SAPHAN_API_TOKEN", "")).strip()
    made.state.gate = gate
    made.state.audits = Audits(portal, terms, looks, derived)
    made.state.compared = Compared(portal)
    made.state.past = Past()
    made.state.weighing = Weighing(made.state.audits)
    made.state.neighbours = Neighbours(portal)
    made.state.pages = pages
    made.state.answers, made.state.turns = tables.Answers(), Turns()
    made.state.pictures = picture.Pictures(made.state.answers)
    made.state.house = house or {}
    made.state.public = hearing = Hearing.of(made.state.house)
    smtp, title = os.environ.get(mail.VARIABLE, ""), portal.site.title
    made.state.mail = mail.Mail(portal.engine, hearing, smtp, site=portal.fixed_url or "", title=title)
    made.state.mail.wake()
    made.state.used = Recently(usage)
    made.state.timely = Timely(portal.engine)
    made.state.places = Indexed(portal)
    made.state.overview = tuple(overview)
    made.state.ahead = Ahead(portal)
    return made


def _slashless(request: Request) -> Response:
    # without the host: a shared cache must not keep whom somebody claimed to ask
    query = request.url.query
    return RedirectResponse(f"/dataset{'?' if query else ''}{query}", status_code=301)


async def health(request: Request) -> Response:
    """Whether the catalog answers."""
    from catalog.actions.context import ANYONE

    portal = request.app.state.portal
    await run_in_threadpool(portal.answer, "package_list", {"limit": 1}, actor=ANYONE, site=portal.site)
    return JSONResponse({"status": "ok"})


def store_failed(request: Request, error: Exception) -> Response:
    """Our own database or disk refused: 503 where waiting helps, else 500; paths are not told to the world."""
    waits = isinstance(error, StoreError) and error.kind in ("store-locked", "store-full")
    return _sorry(request, 503 if waits else 500, {"Retry-After": "30"} if waits else {})


def failed(request: Request, error: Exception) -> Response:
    """Anything else that broke: the server's log has the reason, the answer only says so."""
    return _sorry(request, 500, {name.decode(): value.decode() for name, value in ALWAYS.items()})


def _sorry(request: Request, status: int, headers: dict[str, str]) -> Response:
    return api.fault(request, status, headers) or faults.fault(request, status, headers)


class _Headers:
    """Every answer says what a browser may do with it."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                held = {name for name, _value in message["headers"]}
                for name, value in ALWAYS.items():
                    if name not in held:
                        message["headers"] = [*message["headers"], (name, value)]
            await send(message)

        await self.inner(scope, receive, with_headers)


ALWAYS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
}


class _Language:
    """CKAN's language prefix: `/en/api/…` is served in place, `/en/…` redirects to `?lang=en`."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = PREFIX.match(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self.inner(scope, receive, send)
            return
        language, path = match.group(1), match.group(2) or "/"
        if path.startswith("/api/"):
            inside: dict[str, Any] = {**scope, "path": path, "raw_path": path.encode(), "saphan.prefix": language}
            await self.inner(inside, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        kept = "&".join(part for part in query.split("&") if part and not part.startswith("lang="))
        from urllib.parse import quote

        target = quote("/" + path.lstrip("/\\"))
        address = f"{target}?{kept}{'&' if kept else ''}lang={language}"
        await RedirectResponse(address, status_code=302)(scope, receive, send)
