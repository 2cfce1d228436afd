"""What every page for people is shown with: templates, the reader's language, the way to ask the catalog."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import orjson
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from catalog.actions.refusals import ActionRefused
from catalog.web import caller, markdown, session, straight
from catalog.web.assets import Assets
from catalog.web.words import COOKIE, Speech, is_thai, language_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from catalog.actions.context import Site

YEAR = 365 * 24 * 3600
"""Seconds."""


class Pages:
    """The templates."""

    def __init__(self, folder: Path) -> None:
        from jinja2 import Environment, FileSystemLoader

        self.jinja = Environment(
            loader=FileSystemLoader(folder / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=straight.shown,
        )
        self.assets = Assets(folder / "static")
        self.jinja.globals["static"] = self.assets.address
        self.jinja.filters.update(link=link, markdown=markdown.html, plain=markdown.plain)

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
            called=lambda resource: called(resource, say),
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


def natural(text: str) -> int:
    """A page's number: 1 where none, or nonsense, is given."""
    return min(int(text), 1_000_000) if re.fullmatch("[0-9]{1,9}", text) and int(text) else 1


def embedded(document: Any) -> Markup:
    """JSON that stands within an element of a page: no letter of it can end the element."""
    text = orjson.dumps(document).decode()
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - JSON whose <, > and & are escaped


def link(url: str | None) -> str:
    """An address one may safely follow, else nothing."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return str(url) if parts.scheme in ("http", "https") and parts.netloc else ""


def named(package: Mapping[str, Any], field: str, say: Speech) -> str:
    """`title` or `notes` in the page's language: English where the publisher wrote it, as a term or a pair."""
    english = package.get(f"{field}_en") or next(
        (one["value"] for one in package.get("extras", ()) if one["key"] == f"{field}_en"), ""
    )
    return str((english if say.language == "en" else "") or package.get(field) or "")


def called(resource: Mapping[str, Any], say: Speech) -> str:
    """A file's name in the reader's language."""
    english = resource.get("title_en") if say.language == "en" else ""
    return english or say.own(str(resource.get("name") or "")) or str(resource.get("format") or resource["id"])


def publisher(package: Mapping[str, Any], site: Site, say: Speech) -> str:
    """The organization's title, if there is one; the catalog's own agency is also known in English."""
    organization = package.get("organization")
    if not organization:
        return ""
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


def show(request: Request, name: str, status: int = 200, **facts: Any) -> Response:
    """A page made of a template."""
    return request.app.state.pages.show(request, name, status, **facts)  # type: ignore[no-any-return]


def own(request: Request, name: str, say: Speech) -> str:
    """A text of the agency's own (`portal:` of workspace.yaml), in Thai where it has no English; or nothing."""
    text = request.app.state.house.get(name) or {}
    return str(text.get(say.language) or text.get("th") or "")


async def package_of(request: Request, key: str | None = None) -> dict[str, Any]:
    """The dataset that an address names (or `key`), as who asks may see it. Raises HTTPException 404."""
    try:
        return dict(await ask(request, "package_show", {"id": key or request.path_params["id"]}))
    except ActionRefused:
        raise HTTPException(404) from None


async def resource_of(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """The dataset and the file of it that an address names. Raises HTTPException 404."""
    package = await package_of(request)
    key = request.path_params["resource"]
    found = next((one for one in package["resources"] if one["id"] == key), None)
    if found is None:
        raise HTTPException(404)
    return package, found


async def table_of(request: Request, resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `datastore_info` tells of a file's table; None where who asks finds none."""
    if not resource["datastore_active"]:
        return None
    try:
        return dict(await ask(request, "datastore_info", {"id": resource["id"]}))
    except ActionRefused:
        return None


async def ask(request: Request, name: str, data: dict[str, Any]) -> Any:
    """An action's answer for who asks. Raises ActionRefused."""
    actor, site = caller.actor(request), caller.site(request)
    return await run_in_threadpool(request.app.state.portal.answer, name, data, actor=actor, site=site)
