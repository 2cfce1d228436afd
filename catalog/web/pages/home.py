"""The home page: the search box, then themes, what is new, what is used, and the agency's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from catalog.store import used
from catalog.store.database import reading
from catalog.web.pages.entry import entries
from catalog.web.pages.facets import Labels
from catalog.web.pages.page import ask, own, show
from catalog.web.words import Speech, language_of
from metadata import clock

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.web.pages.timely import Timely

NEW, USED = 4, 5
"""Datasets named."""
LATELY = 30
"""Days."""


async def home(request: Request) -> Response:
    """`/`."""
    say, portal = Speech(language_of(request)), request.app.state.portal
    newest = {"rows": NEW, "sort": "metadata_modified desc", "facet.field": ["data_theme"], "facet.limit": 30}
    found = await ask(request, "package_search", newest)
    new = {"rows": 0, "fq_list": [f"metadata_created:[NOW-{LATELY}DAYS TO *]"]}
    since = (await ask(request, "package_search", new))["count"]
    use, often, fresh = await run_in_threadpool(_figures, request.app.state, found["count"])
    labels = Labels(portal=portal, say=say)
    counts = sorted(found["search_facets"]["data_theme"]["items"], key=lambda one: (-one["count"], one["name"]))
    return show(
        request,
        "home.html",
        promise=own(request, "promise", say),
        themes=[
            {
                "code": one["name"].lower(),
                "label": labels.value("data_theme", one["name"]),
                "count": one["count"],
            }
            for one in counts
        ],
        newest=entries(request, found["results"], say),
        used=entries(request, often, say),
        figures=_told(say, found["count"], since, use, fresh) if found["count"] else [],
    )


def _figures(state: Any, count: int) -> tuple[used.Trend, list[dict[str, Any]], Timely | None]:
    with reading(state.portal.engine) as connection:
        use = state.used.trend(connection)
        often = [orjson.loads(one.document) for one in state.used.most_used(connection, LATELY, USED)]
    return use, often, state.timely.now(clock.today(), count)


def _told(say: Speech, count: int, since: int, use: used.Trend, fresh: Timely | None) -> list[dict[str, Any]]:
    """Three figures, each with what it is to be compared with, and the way to what it is made of."""
    told: list[dict[str, Any]] = [
        {
            "label": say("figure-datasets"),
            "value": say.number(count),
            "trend": say("trend-new", count=since) if since else say("trend-none"),
            "href": "/dataset",
        }
    ]
    if fresh and fresh.promised:
        part = say("trend-of", part=say.number(fresh.kept), whole=say.number(fresh.promised))
        share = f"{100 * fresh.kept // fresh.promised}%"
        told.append({"label": say("figure-fresh"), "value": share, "trend": part, "href": "/audit"})
    before = say("trend-before", count=use.before.file) if use.before else ""
    downloads = say.number(use.now.file)
    told.append({"label": say("figure-downloads"), "value": downloads, "trend": before, "href": "/usage"})
    return told


ROUTES = (Route("/", home),)
