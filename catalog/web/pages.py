"""Two pages for people: the list of datasets and one dataset. What a publisher wrote is shown as plain text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from catalog.actions.refusals import ActionRefused
from catalog.web import caller, records, session
from catalog.web.words import COOKIE, Speech, is_thai, language_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.actions.context import Site
    from catalog.portal.local import LocalPortal

ROWS = 20
YEAR = 365 * 24 * 3600
ELSEWHERE = (
    "title", "title_en", "name", "notes", "notes_en", "tag_string", "owner_org", "license_id", "maintainer",
    "maintainer_email",
)  # fmt: skip
"""Terms that the dataset's page shows outside its table of terms."""


class Pages:
    """The templates."""

    def __init__(self, folder: Path) -> None:
        from jinja2 import Environment, FileSystemLoader

        self.jinja = Environment(
            loader=FileSystemLoader(folder / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.jinja.filters["paragraphs"] = paragraphs
        self.jinja.filters["link"] = link

    def show(self, request: Request, name: str, status: int = 200, **facts: Any) -> Response:
        """A page in the reader's language, which is remembered where the address chose it."""
        say = Speech(language_of(request))
        site = caller.site(request)
        title = (site.title_en if say.language == "en" else "") or site.title or say("catalog")
        html = self.jinja.get_template(name).render(
            say=say,
            lang=say.language,
            site=site,
            site_title=title,
            path=request.url.path,
            switch=_switch(request),
            logged_in=session.USER in request.scope.get("session", ()),
            named=lambda package, field: named(package, field, say),
            publisher=lambda package: publisher(package, site, say),
            meaning=lambda info: meaning(info or {}, say),
            **facts,
        )
        headers = {
            "Content-Language": say.language,
            "Vary": "Accept-Language, Cookie",
            "Cache-Control": "no-cache",
        }
        response = Response(html, status, headers=headers, media_type="text/html")
        if request.query_params.get("lang") == say.language:
            response.set_cookie(COOKIE, say.language, max_age=YEAR, samesite="lax", httponly=True)
        return response


def _switch(request: Request) -> str:
    """This page in the other language."""
    other = "th" if language_of(request) == "en" else "en"
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return "?" + urlencode([*kept, ("lang", other)])


def paragraphs(text: str | None) -> list[list[str]]:
    """A text as paragraphs of lines. Markdown is not interpreted yet; its marks of emphasis are left standing."""
    blocks = re.split(r"\n\s*\n", (text or "").replace("\r\n", "\n").strip())
    return [block.split("\n") for block in blocks if block.strip()]


def link(url: str | None) -> str:
    """An address one may safely follow, else nothing."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return str(url) if parts.scheme in ("http", "https") and parts.netloc else ""


async def listing(request: Request) -> Response:
    """The list of datasets, searched and paged."""
    q = request.query_params.get("q", "").strip()[:200]
    page = request.query_params.get("page", "1")
    number = min(int(page), 100_000) if re.fullmatch("[0-9]{1,9}", page) and int(page) else 1
    try:
        found = await _ask(request, "package_search", {"q": q, "rows": ROWS, "start": (number - 1) * ROWS,
                                                       "sort": "metadata_modified desc"})  # fmt: skip
    except ActionRefused:
        found = {"count": 0, "results": []}
    pages = max(1, -(-found["count"] // ROWS))
    facts = {"q": q, "page": number, "pages": pages, "count": found["count"], "datasets": found["results"]}
    facts["at"] = lambda page: "?" + urlencode({**({"q": q} if q else {}), "page": page})
    return _pages(request).show(request, "list.html", **facts)


async def dataset(request: Request) -> Response:
    """One dataset: what it is, its files, its columns, its terms."""
    try:
        package = await _ask(request, "package_show", {"id": request.path_params["id"]})
    except ActionRefused:
        raise HTTPException(404) from None
    tables = {one["id"]: await _table(request, one) for one in package["resources"]}
    say = Speech(language_of(request))
    facts = {"package": package, "tables": tables, "terms": terms(_portal(request), package, say)}
    facts["linked"] = records.linked_data(request, package, tables)
    facts["first"] = next((one for one in package["resources"] if link(one["url"])), None)
    return _pages(request).show(request, "dataset.html", **facts)


async def _table(request: Request, resource: dict[str, Any]) -> dict[str, Any] | None:
    if not resource["datastore_active"]:
        return None
    try:
        return dict(await _ask(request, "datastore_info", {"id": resource["id"]}))
    except ActionRefused:
        return None


def terms(portal: LocalPortal, package: dict[str, Any], say: Speech) -> list[tuple[str, list[str]]]:
    """The dataset's terms in the schema's order, then its free pairs: label and values, in the page's language."""
    raw = portal.schema.raw["dataset_fields"] if portal.schema else []
    found = []
    for field in raw:
        name = field.get("field_name")
        value = package.get(name) if name not in ELSEWHERE else None
        if value in (None, "", []):
            continue
        labels = {choice["value"]: choice.get("label") for choice in field.get("choices") or ()}
        values = value if isinstance(value, list) else [value]
        shown = [say.label(labels.get(one), say.year(one) if "year" in name else str(one)) for one in values]
        if field.get("preset") == "date" or "isodate" in str(field.get("validators")):
            shown = [say.date(one) for one in shown]
        found.append((say.label(field.get("label"), name), shown))
    free = [one for one in package.get("extras", ()) if one["key"] not in ELSEWHERE]
    return found + [(one["key"], [str(one["value"])]) for one in free]


def named(package: dict[str, Any], field: str, say: Speech) -> str:
    """`title` or `notes` in the page's language: English where the publisher wrote it, as a term or a pair."""
    english = package.get(f"{field}_en") or next(
        (one["value"] for one in package.get("extras", ()) if one["key"] == f"{field}_en"), ""
    )
    return str((english if say.language == "en" else "") or package.get(field) or "")


def publisher(package: dict[str, Any], site: Site, say: Speech) -> str:
    """The organization's title; the catalog's own agency is also known in English."""
    organization = package["organization"]
    if say.language == "en" and site.title_en and organization["title"] == site.title:
        return site.title_en
    return str(organization["title"] or organization["name"])


def meaning(info: dict[str, Any], say: Speech) -> tuple[str, str]:
    """A column's label and notes in the page's language.

    CKAN has one label and one note for a column; saphan's note goes on in English, label first, after ` · `.
    """
    label, notes = str(info.get("label") or ""), str(info.get("notes") or "")
    if say.language == "en":
        english = [part for part in notes.split(" · ") if part and not is_thai(part)]
        if is_thai(label) and english:
            return english[0], " · ".join(english[1:])
    notes = say.own(notes)
    return label, "" if notes == label else notes


async def missing(request: Request, error: Exception) -> Response:
    """404, 405 and 415, for the API as CKAN's HTML pages are."""
    status = getattr(error, "status_code", 404)
    return _pages(request).show(request, "message.html", status, kind="missing" if status == 404 else "method")


def fault(request: Request, status: int, headers: dict[str, str]) -> Response:
    """A page that says we failed."""
    response = _pages(request).show(request, "message.html", status, kind="fault")
    response.headers.update({**headers, "Cache-Control": "no-store"})
    return response


def _portal(request: Request) -> LocalPortal:
    return request.app.state.portal  # type: ignore[no-any-return]


def _pages(request: Request) -> Pages:
    return request.app.state.pages  # type: ignore[no-any-return]


async def _ask(request: Request, name: str, data: dict[str, Any]) -> Any:
    portal, actor, site = _portal(request), caller.actor(request), caller.site(request)
    return await run_in_threadpool(portal.answer, name, data, actor=actor, site=site)
