"""`/dataset/<id>/resource/<rid>/explore`: a table as pictures of the reader's own choice.

The server draws them, as everywhere; a script of ours makes what it drew move and answer to the pointer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from catalog.actions import datastore_ask
from catalog.actions.refusals import ActionRefused
from catalog.picture import chosen as asked
from catalog.picture import picture as drawing
from catalog.picture.figures import Figures, figures
from catalog.picture.outline import outlines
from catalog.picture.scale import breaks
from catalog.picture.svg import SERIES, STEPS
from catalog.picture.told import Told
from catalog.web import caller, fresh
from catalog.web.pages.page import embedded, resource_of, show
from catalog.web.policy import SCRIPTED
from catalog.web.words import Speech, language_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.picture.choice import Choice
    from catalog.picture.columns import Column

GIVEN = ("kind", "group", "split", "measure", "how")
"""What an address says; the names of the form's fields."""
Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A table's columns, the picture that is asked for, and what it shows where there is anything to see."""

    columns: tuple[Column, ...]
    choice: Choice | None
    figures: Figures | None


async def explore(request: Request) -> Response:
    """The page."""
    say = Speech(language_of(request))
    package, resource = await resource_of(request)
    seen = await run_in_threadpool(_seen, request, resource["id"])
    if seen is None:
        raise HTTPException(404)
    drawn = drawing.shown(seen.figures, say) if seen.figures else None
    response = show(
        request,
        "explore.html",
        package=package,
        resource=resource,
        kind=seen.choice.kind if seen.choice else "",
        picture=drawn,
        svg=[Markup(one) for one in drawn.svg] if drawn else [],  # noqa: S704 - made here, every text escaped
        figures=embedded(told(seen.figures, say)) if seen.figures else "",
        selects=selects(seen.columns, seen.choice, say),
    )
    response.headers["Content-Security-Policy"] = SCRIPTED
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _seen(request: Request, key: str) -> Seen | None:
    state = request.app.state
    given = {name: request.query_params[name] for name in GIVEN if name in request.query_params}
    with state.portal.looking(actor=caller.actor(request), site=caller.site(request)) as ctx:
        try:
            table = datastore_ask.readable_table(ctx, key, "")
        except ActionRefused:
            return None
        of = partial(state.answers.of, ctx, table)
        columns = state.answers.columns(ctx, table)
        choice = asked.chosen(given, columns)
        found = of(("explored", asked.name(choice)), partial(figures, choice=choice)) if choice else None
    return Seen(columns=columns, choice=choice, figures=found)


def selects(columns: tuple[Column, ...], choice: Choice | None, say: Speech) -> list[dict[str, Any]]:
    """The form's fields: of each its name, its label, what may be chosen, what is."""
    kinds = asked.possible(columns)
    if not kinds:
        return []
    kind = choice.kind if choice else kinds[0]
    fields = [_select("kind", [(one, say(f"explore-{one}")) for one in kinds], kind, say)]
    if choice is None or kind == "points":
        return fields
    fields.append(_select("group", _named(asked.groups(columns, kind), say), choice.group.name, say))
    measure = choice.measures[0] if choice.measures else None
    counted = [("", say("explore-count")), *_named(asked.measures(columns), say)]
    fields.append(_select("measure", counted, measure.name if measure else "", say))
    if kind == "line":
        split = [("", say("explore-none")), *_named(asked.splits(columns), say)]
        fields.append(_select("split", split, choice.split.name if choice.split else "", say))
    if measure and measure.adds is not False:
        fields.append(_select("how", [(one, say(f"explore-{one}")) for one in ("sum", "mean")], choice.how, say))
    return fields


def _select(name: str, options: Options, chosen: str, say: Speech) -> dict[str, Any]:
    return {"name": name, "label": say(f"explore-{name}"), "options": options, "chosen": chosen}


def _named(columns: list[Column], say: Speech) -> Options:
    return [(one.name, one.label(say.language)) for one in columns]


def told(found: Figures, say: Speech) -> dict[str, Any]:
    """The figures for the script: the same that the picture shows."""
    words = Told(found, say)
    kind = found.choice.kind
    values = [value for value in (found.lines[0].values if found.lines else ()) if value is not None]
    limits = breaks(values, len(STEPS)) if kind == "map" else []
    inks = STEPS if kind == "map" else SERIES
    return {
        "kind": kind,
        "unit": words.axis,
        "cropped": drawing.cropped(found),
        "keys": [str(key) if kind == "map" else words.key(key) for key in found.keys],
        "series": [{"name": words.series(one), "values": one.values} for one in found.lines],
        "dots": found.dots,
        "steps": limits,
        "colours": [f"--{ink.name}" for ink in inks],
        "name": "name_en" if say.language == "en" else "name",
        "shapes": "/explore/provinces.json",
        "words": {"missing": words.none, "rows": say("explore-rows")},
    }


async def provinces(request: Request) -> Response:
    """`/explore/provinces.json`: the ground of the maps."""
    return await fresh.made(request, fresh.tag("provinces"), outlines, "application/geo+json")


ROUTES = (
    Route("/dataset/{id}/resource/{resource}/explore", explore),
    Route("/explore/provinces.json", provinces),
)
