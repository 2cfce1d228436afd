"""`/overview`: the agency's own figures on one screen, each an open table's answer to a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from catalog.web import caller, session
from catalog.web.pages import panels
from catalog.web.pages.page import ask, show
from catalog.web.words import Speech, language_of
from metadata import clock

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def overview(request: Request) -> Response:
    """The panels of `workspace.yaml`; where there are none, pictures of the newest tables."""
    say, chosen = Speech(language_of(request)), request.app.state.overview
    newest: list[dict[str, Any]] = []
    if not chosen:
        asked = {"rows": panels.LOOKED, "sort": "metadata_modified desc"}
        newest = (await ask(request, "package_search", asked))["results"]
    made = await run_in_threadpool(_panels, request, say, newest)
    return show(
        request,
        "overview.html",
        tiles=[one for one in made if one["show"] == "tile"],
        panels=[one for one in made if one["show"] != "tile"],
        chosen=bool(chosen),
        may_choose=session.USER in request.scope.get("session", ()),
        today=clock.today().isoformat(),
    )


def _panels(request: Request, say: Speech, newest: list[dict[str, Any]]) -> list[dict[str, Any]]:
    state = request.app.state
    with state.portal.looking(actor=caller.actor(request), site=caller.site(request)) as ctx:
        if not state.overview:
            return panels.automatic(ctx, state.pictures, newest, say)
        return [panels.panel(ctx, state.answers, one, say, number) for number, one in enumerate(state.overview)]


ROUTES = (Route("/overview", overview),)
