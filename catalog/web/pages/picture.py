"""Pictures of tables: on a dataset's page, as files, as a card for who shows links, and within others' pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from catalog.actions import datastore_ask, views
from catalog.actions.refusals import ActionRefused
from catalog.audit import freshness
from catalog.audit.described import flat
from catalog.picture import picture as drawing
from catalog.picture.figures import Figures, figures
from catalog.picture.png import png
from catalog.picture.views import asked, wanted
from catalog.search.fields import is_private
from catalog.web import caller, fresh
from catalog.web.pages import tables
from catalog.web.pages.page import ask, named, package_of, publisher, show
from catalog.web.policy import EMBEDDED
from catalog.web.words import Speech, language_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.actions.context import Context
    from catalog.store.datastore import Reading

MOST = 5
"""Tables of a dataset that are looked at for its first picture."""
HIGH = {"line": 560, "bar": 640, "map": 820, "points": 820}
"""Pixels of the frame that a picture stands in on somebody's page."""
VARY = "Accept-Language, Cookie, Authorization, X-CKAN-API-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A table's picture, drawn for a page, and which kinds there are of it."""

    resource: Mapping[str, Any]
    figures: Figures
    picture: drawing.Picture
    kinds: tuple[str, ...]


class Pictures:
    """Figures and drawings, kept with the other answers of their tables."""

    def __init__(self, answers: tables.Answers) -> None:
        self.answers = answers

    def found(self, ctx: Context, resource: Mapping[str, Any], kind: str, say: Speech) -> Found | None:
        """A resource's first picture, or its first of a kind, as the one who asks may see it."""
        try:
            key = datastore_ask.readable_table(ctx, resource["id"], "")
        except ActionRefused:
            return None
        given = asked(resource, [views.shown(row) for row in views.all_of(ctx, key)])
        said = json.dumps(given, sort_keys=True, default=str)
        of = partial(self.answers.of, ctx, key)
        choices = list(enumerate(wanted(given, self.answers.columns(ctx, key))))
        kinds = tuple(dict.fromkeys(choice.kind for _n, choice in choices))
        # only what is shown is added up: whether there is anything to see of the other kinds is known once asked
        for n, choice in sorted(choices, key=lambda one: one[1].kind != kind):
            chosen = of(("figures", said, n), partial(figures, choice=choice))
            if chosen:
                drawn = of(("drawn", said, n, say.language), partial(_drawn, chosen, say))
                return Found(resource=resource, figures=chosen, picture=drawn, kinds=kinds)
        return None


def _drawn(chosen: Figures, say: Speech, _reading: Reading) -> drawing.Picture:
    return drawing.shown(chosen, say)


async def facts(request: Request, package: Mapping[str, Any], _tables: object, say: Speech) -> dict[str, Any]:
    """The first picture of a dataset, as `dataset/picture.html` shows it; `?picture=map` asks for another kind."""
    found = await _first(request, package["resources"], request.query_params.get("picture", ""), say)
    return {"picture": _shown(request, package, found, say) if found else None}


async def _first(request: Request, resources: list[Mapping[str, Any]], kind: str, say: Speech) -> Found | None:
    """The first of some resources' pictures."""
    actor, site = caller.actor(request), caller.site(request)
    state = request.app.state

    def look() -> Found | None:
        with state.portal.looking(actor=actor, site=site) as ctx:
            made = (state.pictures.found(ctx, one, kind, say) for one in resources)
            return next((one for one in made if one), None)

    resources = [one for one in resources if one["datastore_active"]][:MOST]
    return await run_in_threadpool(look) if resources else None


def _shown(request: Request, package: Mapping[str, Any], found: Found, say: Speech) -> dict[str, Any]:
    """What templates say of a picture."""
    resource, site, kind = found.resource, caller.site(request), found.picture.kind
    address = f"/dataset/{package['name']}/resource/{resource['id']}/picture"
    query = urlencode({"type": kind, "lang": say.language})
    return {
        **{name: getattr(found.picture, name) for name in ("kind", "title", "sentence", "notes", "heads", "rows")},
        "svg": [Markup(one) for one in found.picture.svg],  # noqa: S704 - made here, every text in it escaped
        "lines": found.picture.lines,
        "resource": resource,
        "others": [one for one in found.kinds if one != kind],
        "under": _under(request, package, resource, say),
        "file": f"{address}.svg?{query}",
        "card": f"{address}.png?{query}",
        "snippet": _snippet(f"{site.url}/embed/{resource['id']}?{query}", found.picture.title, HIGH[kind]),
    }


def _snippet(address: str, title: str, high: int) -> str:
    """What somebody pastes into a page."""
    named_ = f'title="{escape(title)}" width="100%" height="{high}"'
    return f'<iframe src="{escape(address)}" {named_} loading="lazy"></iframe>'


def _under(request: Request, package: Mapping[str, Any], resource: Mapping[str, Any], say: Speech) -> str:
    """Source and date of the data."""
    whose, day = publisher(package, caller.site(request), say), _day(package, resource)
    parts = [say("picture-source", publisher=whose)] if whose else []
    return " · ".join([*parts, *([say("picture-date", date=say.date(day))] if day else [])])


def _day(package: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    """The day of the data that the publisher names, else that of the file."""
    own, dates = resource.get("resource_last_updated_date"), freshness.dates(flat(package))
    return str(own or dates["data_date"] or resource.get("last_modified") or dates["checked_date"] or "")


async def _of_resource(request: Request, say: Speech) -> tuple[dict[str, Any], Found]:
    """The dataset and the picture of the resource that an address names. Raises HTTPException 404."""
    key = request.path_params["resource"]
    try:
        holder = request.path_params.get("id") or (await ask(request, "resource_show", {"id": key}))["package_id"]
    except ActionRefused:
        raise HTTPException(404) from None
    package = await package_of(request, holder)
    mine = [one for one in package["resources"] if one["id"] == key]
    found = await _first(request, mine, request.query_params.get("type", ""), say)
    if found is None:
        raise HTTPException(404)
    return package, found


async def as_svg(request: Request) -> Response:
    """`/dataset/<id>/resource/<rid>/picture.svg`: title, drawing, source and date in one file."""
    say = Speech(language_of(request))
    package, found = await _of_resource(request, say)
    text = drawing.file(found.figures, say, _under(request, package, found.resource, say))
    return await _sent(request, package, found.resource, text.encode(), lambda: text.encode(), "image/svg+xml")


async def as_png(request: Request) -> Response:
    """`/dataset/<id>/resource/<rid>/picture.png`: the card that LINE and Facebook show beside a link."""
    say = Speech(language_of(request))
    package, found = await _of_resource(request, say)
    return await _card(request, package, found, say)


async def as_card(request: Request) -> Response:
    """`/dataset/<id>/picture.png`: the same of a dataset, with its title alone where no table has a picture."""
    say = Speech(language_of(request))
    package = await package_of(request)
    return await _card(request, package, await _first(request, package["resources"], "", say), say)


async def _card(request: Request, package: Mapping[str, Any], found: Found | None, say: Speech) -> Response:
    day = _day(package, found.resource if found else {})
    text = drawing.card(
        found.figures if found else None,
        say,
        title=named(package, "title", say) or str(package["name"]),
        publisher=publisher(package, caller.site(request), say),
        under=say("picture-date", date=say.date(day)) if day else "",
    )
    resource = found.resource if found else {}
    return await _sent(request, package, resource, text.encode(), lambda: png(text), "image/png")


async def _sent(
    request: Request,
    package: Mapping[str, Any],
    resource: Mapping[str, Any],
    content: bytes,
    make: Callable[[], bytes],
    media: str,
) -> Response:
    private = bool(package["private"]) or package["state"] != "active" or is_private(dict(resource))
    etag = fresh.tag(media, sha256(content).hexdigest())
    return await fresh.made(request, etag, make, media, private=private, more={"Vary": VARY})


async def embed(request: Request) -> Response:
    """`/embed/<rid>`: a picture alone, to stand in somebody else's page."""
    say = Speech(language_of(request))
    package, found = await _of_resource(request, say)
    response = show(request, "embed.html", package=package, picture=_shown(request, package, found, say))
    response.headers["Content-Security-Policy"] = EMBEDDED
    if package["private"]:
        response.headers["Cache-Control"] = "private, no-cache"
    return response


ROUTES = (
    Route("/dataset/{id}/picture.png", as_card),
    Route("/dataset/{id}/resource/{resource}/picture.svg", as_svg),
    Route("/dataset/{id}/resource/{resource}/picture.png", as_png),
    Route("/embed/{resource}", embed),
)
