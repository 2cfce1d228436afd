"""The pages that explain: who answers for the catalog, what one may do with its data, how programs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from catalog.web.pages.page import ask, own, show
from catalog.web.words import Speech, language_of
from metadata.licence import Licence, licence_named

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

FREE = ("CC0-1.0", "PDDL-1.0")
"""SPDX ids of licences that ask for nothing."""


async def about(request: Request) -> Response:
    """`/about`: whose catalog this is, what stands in it, whom to ask."""
    say, house = Speech(language_of(request)), request.app.state.house
    found = await ask(request, "package_search", {"rows": 0})
    people = [
        {"role": say(f"person-{role}"), **house[role]} for role in ("contact", "steward", "dpo") if house.get(role)
    ]
    texts: dict[str, Any] = {name: own(request, name, say) for name in ("promise", "about", "address")}
    return show(request, "about.html", count=found["count"], people=people, **texts)


async def licence(request: Request) -> Response:
    """`/licence`: the licences of the datasets that are here, and what each allows, in plain words."""
    asked: dict[str, Any] = {"rows": 0, "facet.field": ["license_id"], "facet.limit": 100}
    found = await ask(request, "package_search", asked)
    say = Speech(language_of(request))
    told = []
    for one in found["search_facets"]["license_id"]["items"]:
        known = licence_named(one["name"]) or licence_named(one["display_name"])
        title = say.label(known.title) if known else ""
        told.append(
            {
                "id": one["name"],
                "title": title or one["display_name"],
                "count": one["count"],
                "allows": say(f"licence-{kind(known)}"),
                "url": known.url if known else None,
            }
        )
    return show(request, "licence.html", licences=told)


def kind(licence: Licence | None) -> str:
    """What a licence asks of who uses the data: `free`, `attribution`, `alike`, `open`, `closed`, `unknown`."""
    if licence is None or licence.open is None:
        return "unknown"
    if not licence.open:
        return "closed"
    spdx = licence.spdx or ""
    if spdx in FREE:
        return "free"
    if "-SA" in spdx or spdx.startswith("ODbL"):
        return "alike"
    return "attribution" if "BY" in spdx.upper() else "open"


async def terms(request: Request) -> Response:
    """`/terms`: what holds for the use of the site."""
    return show(request, "terms.html", people=request.app.state.house)


async def developers(request: Request) -> Response:
    """`/developers`: the ways for programs, each with an address that works as it stands."""
    sample: dict[str, Any] = {"rows": 1, "sort": "views_recent desc", "fq": "res_format:*"}
    found = await ask(request, "package_search", sample)
    package = next(iter(found["results"]), None)
    table = next((one["id"] for one in package["resources"] if one["datastore_active"]), None) if package else None
    return show(request, "developers.html", package=package, table=table)


ROUTES = (
    Route("/about", about),
    Route("/licence", licence),
    Route("/terms", terms),
    Route("/developers", developers),
)
