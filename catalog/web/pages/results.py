"""Datasets that are looked for: searched, narrowed, sorted and paged; of all, of a publisher, of a theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.actions.refusals import ActionRefused
from catalog.web import caller
from catalog.web.pages import facets
from catalog.web.pages.entry import entries
from catalog.web.pages.facets import Asked, Labels
from catalog.web.pages.page import ask, show
from catalog.web.words import Speech, language_of
from metadata.exports import themes

if TYPE_CHECKING:
    from starlette.requests import Request

ROWS = 20
Filters = tuple[tuple[str, str], ...]


async def listing(request: Request) -> Response:
    """`/dataset`: all datasets, or those that are asked for."""
    return await page(request)


async def organization(request: Request) -> Response:
    """`/organization/<name>`: who it is, and its datasets."""
    return await _of(request, "organization", "/organization", "organizations")


async def group(request: Request) -> Response:
    """`/group/<name>`: what it is about, and its datasets."""
    return await _of(request, "group", "/group", "groups")


async def theme(request: Request) -> Response:
    """`/theme/<code>`: the datasets of one of the EU's themes."""
    code, say = request.path_params["code"], Speech(language_of(request))
    if code != code.lower():
        return RedirectResponse(f"/theme/{code.lower()}", status_code=301)
    try:
        name = themes.name(code.upper())[say.language]
    except KeyError:
        raise HTTPException(404) from None
    return await page(request, (("data_theme", code.upper()),), heading=say("theme", name=name))


async def _of(request: Request, kind: str, folder: str, plural: str) -> Response:
    say, site = Speech(language_of(request)), caller.site(request)
    try:
        found = await ask(request, f"{kind}_show", {"id": request.path_params["id"], "include_users": False})
    except ActionRefused:
        raise HTTPException(404) from None
    if found["name"] != request.path_params["id"]:
        return RedirectResponse(f"{folder}/{found['name']}", status_code=302)
    own = say.language == "en" and site.title_en and found["title"] == site.title
    field = "organization" if kind == "organization" else "groups"
    return await page(
        request,
        ((field, found["name"]),),
        heading=site.title_en if own else found["title"] or found["name"],
        about=found.get("description") or "",
        picture=_own(found.get("image_display_url") or "", site.url),
        feed=f"/feeds/{kind}/{found['name']}.atom",
        crumb={"href": folder, "name": say(plural)},
    )


def _own(address: str, site: str) -> str:
    """A picture of ours by its path; one of another site is not fetched for our readers."""
    return address.removeprefix(site) if address.startswith(f"{site}/uploads/") else ""


async def page(request: Request, fixed: Filters = (), **told: Any) -> Response:
    """The datasets that an address asks for, among those of `fixed` filters, under a heading of their own."""
    asked, say = Asked.of(request), Speech(language_of(request))
    labels = Labels(portal=request.app.state.portal, say=say)
    try:
        found = await ask(request, "package_search", facets.search(asked, fixed, ROWS))
    except ActionRefused:
        found = {"count": 0, "results": [], "search_facets": {}}
    names = {field: facet["items"] for field, facet in found["search_facets"].items()}
    chosen = []
    for field, value in asked.filters:
        display = next((one["display_name"] for one in names.get(field, ()) if one["name"] == value), value)
        value_label = labels.value(field, value, display)
        chosen.append({"label": labels.field(field), "value": value_label, "without": asked.without(field, value)})
    near = [] if found["results"] or not asked.q else await _near(request, asked, fixed, say)
    sorts = [
        {"label": say(f"sort-{sort}"), "chosen": sort == _order(asked), "href": asked.url(sort=sort)}
        for sort in facets.SORTS
        if asked.q or sort != "best"
    ]
    response = show(
        request,
        "results.html",
        asked=asked,
        here=asked.here,
        count=found["count"],
        pages=max(1, -(-found["count"] // ROWS)),
        datasets=entries(request, found["results"], say),
        facets=facets.facets(asked, found, labels),
        chosen=chosen,
        near=near,
        sorts=sorts,
        at=lambda number: asked.url(page=number),
        **told,
    )
    if asked.q or asked.filters or asked.page > 1:
        response.headers["X-Robots-Tag"] = "noindex, follow"
    return response


def _order(asked: Asked) -> str:
    return asked.sort if asked.q or asked.sort != "best" else "new"


async def _near(request: Request, asked: Asked, fixed: Filters, say: Speech) -> list[dict[str, Any]]:
    """Wider searches that find something: without the filters, then with each of the words alone."""
    tries = [(asked.q, say("without-filters", q=asked.q))] if asked.filters else []
    words = list(dict.fromkeys(one for one in asked.q.split() if len(one) > 1))
    if len(words) > 1:
        tries += [(word, word) for word in words[:5]]
    near = []
    for q, label in tries:
        wider = Asked(here=asked.here, q=q)
        try:
            found = await ask(request, "package_search", facets.search(wider, fixed, 0, count=False))
        except ActionRefused:
            continue
        if found["count"]:
            near.append({"label": label, "count": found["count"], "href": wider.url()})
    return near


async def publishers(request: Request) -> Response:
    """`/organization` and `/group`: whose datasets, or which groups of datasets, there are."""
    kind = request.url.path.strip("/")
    say, site = Speech(language_of(request)), caller.site(request)
    found = await ask(request, f"{kind}_list", {"all_fields": True, "sort": "package_count desc", "limit": 300})
    own = site.title if say.language == "en" and site.title_en else None
    told = [
        {
            "href": f"/{kind}/{one['name']}",
            "label": site.title_en if own and one["title"] == own else one["title"] or one["name"],
            "lead": one.get("description") or "",
            "count": one.get("package_count", 0),
        }
        for one in found
    ]
    return show(request, "publishers.html", found=told, heading=f"{kind}s")


ROUTES = (
    Route("/dataset", listing),
    Route("/organization", publishers),
    Route("/organization/{id}", organization),
    Route("/group", publishers),
    Route("/group/{id}", group),
    Route("/theme/{code}", theme),
)
