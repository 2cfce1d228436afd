"""The areas: the list of provinces, finding one by its name, and a page of all figures of one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from catalog.picture.told import inner
from catalog.places.standing import FEWEST, Standing, standing
from catalog.places.told import Told, told
from catalog.web import caller
from catalog.web.pages import tables
from catalog.web.pages.freshness import fresh
from catalog.web.pages.numbers import changed, plain, shown
from catalog.web.pages.page import called, named, natural, show
from catalog.web.words import Speech, language_of
from metadata import areas, clock
from metadata.areas import BANGKOK, Area
from metadata.errors import SaphanError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.actions.context import Context
    from catalog.places.index import Indexed, Source
    from catalog.places.located import Located
    from catalog.places.told import Figure, Time

ROWS = 12
"""Tables on a page."""
MOST_CELLS = 10
"""Cells that a link to a table's rows names; it leads to the whole table where more are needed."""
log = logging.getLogger(__name__)


async def listing(request: Request) -> Response:
    """`/area`: the provinces by region, or the areas that a name may mean."""
    q = request.query_params.get("q", "").strip()[:100]
    found = areas.search(q) if q else ()
    same = areas.find(q) if q else ()
    if len(same) == 1 and len(found) == 1:
        language = request.query_params.get("lang")
        return RedirectResponse(f"/area/{same[0].code}{f'?lang={language}' if language in ('th', 'en') else ''}")
    say = Speech(language_of(request))
    regions: dict[str, list[dict[str, Any]]] = {}
    for one in areas.provinces():
        regions.setdefault(areas.region(one.code), []).append(_linked(one, say))
    for every in regions.values():
        every.sort(key=lambda one: str(one["sorted"]))
    return show(
        request,
        "areas.html",
        q=q,
        found=[_linked(one, say, whole=True) for one in found],
        regions=[(say(f"region-{name}"), regions[name]) for name in REGIONS],
        counts=await run_in_threadpool(_counts, request.app.state.places),
    )


def _counts(places: Indexed) -> Mapping[str, int]:
    """How many tables tell of each province."""
    index, _current = places.now()
    return index.counts("province") if index else {}


REGIONS = ("bangkok", "central", "north", "northeast", "south")


async def area(request: Request) -> Response:
    """`/area/<code>`, and `.json`: every figure that a public table holds about an area."""
    one = areas.area(request.path_params["code"])
    if one is None:
        raise HTTPException(404)
    say = Speech(language_of(request))
    as_json = request.url.path.endswith(".json")
    page = 1 if as_json else natural(request.query_params.get("page", "1"))
    facts = await run_in_threadpool(_facts, request, one, say, page)
    if as_json:
        return JSONResponse(_document(request, one, facts, say), headers={"Content-Language": say.language})
    facts["at"] = lambda number: f"/area/{one.code}?page={number}"
    return show(request, "area.html", **facts)


def _facts(request: Request, one: Area, say: Speech, page: int) -> dict[str, Any]:
    state = request.app.state
    index, current = state.places.now()
    sources = index.of(one.code, one.level) if index else []
    pages = max(1, -(-len(sources) // ROWS))
    page = min(page, pages)
    with state.portal.looking(actor=caller.actor(request), site=caller.site(request)) as ctx:
        found = [
            _shown(entry, one, say)
            for source, located in sources[ROWS * (page - 1) : ROWS * page]
            if (entry := _told(ctx, state.answers, source, located, one.code))
        ]
    inside = areas.children(one.code)
    counts = index.counts(inside[0].level) if index and inside else {}
    return {
        "area": _linked(one, say, whole=True),
        "above": [_linked(above, say) for above in _above(one)],
        "region": say(f"region-{areas.region(one.code)}"),
        "tables": found,
        "count": len(sources),
        "page": page,
        "pages": pages,
        "state": "making" if index is None else "current" if current else "stale",
        "inside": [_linked(child, say) for child in inside],
        "counts": counts,
        "inside_title": say(f"areas-in-{one.level}{'-bangkok' if one.code.startswith(BANGKOK) else ''}"),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A table that tells of the area: the dataset, the resource, and what it tells."""

    package: Mapping[str, Any]
    resource: Mapping[str, Any]
    located: Located
    told: Told
    standing: Standing | None


def _told(ctx: Context, answers: tables.Answers, source: Source, located: Located, code: str) -> Entry | None:
    """What a table tells, as far as who asks may see it; None where it is gone or cannot be read any more."""
    package = tables.package(ctx, source.package)
    resource = (
        next((one for one in package["resources"] if one["id"] == source.resource), None) if package else None
    )
    if package is None or resource is None or not tables.has_table(ctx, resource):
        return None
    try:
        columns = answers.columns(ctx, source.resource)
        found = answers.of(
            ctx, source.resource, ("area", code), lambda reading: told(reading, columns, located, code)
        )
        if found is None:
            return None
        others = None
        if len(located.cells) >= FEWEST:
            key = ("areas", located.level, found.newest)
            others = answers.of(
                ctx, source.resource, key, lambda reading: standing(reading, columns, located, found)
            )
    except (SaphanError, SQLAlchemyError, KeyError):
        log.warning("a table of an area could not be read")
        return None
    return Entry(package=package, resource=resource, located=located, told=found, standing=others)


def _shown(entry: Entry, one: Area, say: Speech) -> dict[str, Any]:
    """An entry in the reader's language."""
    package, found = entry.package, entry.told
    state = fresh(package, say, clock.today())
    return {
        "title": named(package, "title", say) or package["name"],
        "href": f"/dataset/{package['name']}",
        "resource": called(entry.resource, say),
        "rows_href": _rows(entry, one.code),
        "rows": found.rows,
        "updated": state.updated,
        "fresh": state,
        "period": _time(found, found.at, say),
        "before": _time(found, found.before, say),
        "figures": [_figure(figure, entry, one, say) for figure in found.figures],
        "heads": [
            f"{column.label(say.language)} ({unit})"
            if (unit := column.unit(say.language))
            else column.label(say.language)
            for column in found.measures
        ],
        "columns": [column.name for column in found.measures],
        "divided": _divided(found, say),
        "history": [
            {
                "period": _time(found, time, say),
                "values": [None if value is None else plain(value) for value in values],
                "shown": ["" if value is None else shown(value) for value in values],
            }
            for time, values in found.history
        ],
    }


def _figure(figure: Figure, entry: Entry, one: Area, say: Speech) -> dict[str, Any]:
    found = entry.told
    column, language = figure.measure, say.language
    unit = column.unit(language) if column else ""
    change = changed(figure.value, figure.before, say, unit) if figure.before is not None else None
    several = figure.how in ("sum", "mean") and figure.rows > 1
    rank, of = (entry.standing.rank(figure, found.measures) if entry.standing else None) or (None, 0)
    level = say(f"area-level-{one.level}")
    return {
        "column": column.name if column else None,
        "label": column.label(language) if column else say("area-rows"),
        "unit": unit,
        "value": plain(figure.value),
        "shown": shown(figure.value),
        "how": figure.how,
        "rows": figure.rows,
        "how_said": say(f"area-{figure.how}", count=figure.rows) if several else "",
        "previous": None if figure.before is None else plain(figure.before),
        "change": change,
        "before": _time(found, found.before, say, inside=True),
        "rank": rank,
        "of": of,
        "rank_said": say("area-rank", rank=say.number(rank), of=say.number(of), level=level) if rank else "",
    }


def _divided(found: Told, say: Speech) -> dict[str, Any] | None:
    """The newest figures by category; rows are counted where nothing else is."""
    if found.divided is None:
        return None
    return {
        "by": inner(found.divided.by.label(say.language)),
        "column": found.divided.by.name,
        "counted": found.counts,
        "rows": [
            {
                "cell": cell if cell is not None else say("area-unsaid"),
                "rows": rows,
                "values": [None if value is None else plain(value) for value in values],
                "shown": ["" if value is None else shown(value) for value in values],
            }
            for cell, rows, values in found.divided.rows
        ],
    }


def _time(found: Told, time: Time | None, say: Speech, *, inside: bool = False) -> str:
    """A time with the name of its column: fiscal year 2026, quarter 4. `inside`: of a sentence."""
    if time is None or found.time is None:
        return ""
    said = f"{found.time.label(say.language)} {time.period.shown(say.language)}"
    said = f"{said} {found.part.label(say.language)} {time.part}" if found.part and time.part else said
    return inner(said) if inside else said


def _rows(entry: Entry, code: str) -> str:
    """The area's rows on the table's own page."""
    path = f"/dataset/{quote(entry.package['name'])}/resource/{entry.resource['id']}"
    cells = entry.located.cells[code]
    wanted = [dict.fromkeys(one[n] for one in cells) for n in range(len(entry.located.columns))]
    if any(len(one) > MOST_CELLS for one in wanted):
        return path
    tests = [(column, cell) for column, every in zip(entry.located.columns, wanted, strict=True) for cell in every]
    return f"{path}?{urlencode([pair for test in tests for pair in _test(*test)])}"


def _test(column: str, cell: str) -> Iterator[tuple[str, str]]:
    yield from (("column", column), ("test", "is"), ("value", cell))


def _above(one: Area) -> list[Area]:
    """The areas it lies in, the greatest first."""
    return [above for digits in (2, 4) if digits < len(one.code) and (above := areas.area(one.code[:digits]))]


def _linked(one: Area, say: Speech, *, whole: bool = False) -> dict[str, Any]:
    """An area with its address and what it is called, with what it lies in where that is wanted."""
    name = one.name_en if say.language == "en" else one.name
    above = [title(other, say) for other in reversed(_above(one))] if whole else []
    sorts = name[1:] + name[:1] if name[:1] in words_before() else name
    return {
        "code": one.code,
        "href": f"/area/{one.code}",
        "name": name,
        "other": one.name if say.language == "en" else one.name_en,
        "title": title(one, say),
        "whole": say("area-list", first=title(one, say), rest=say("area-join").join(above))
        if above
        else title(one, say),
        "sorted": sorts,
    }


def words_before() -> frozenset[str]:
    """Vowels that are written before the letter they are sorted after (TIS 620)."""
    return frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44")


def title(one: Area, say: Speech) -> str:
    """An area with the word for its level; Bangkok and its districts have their own."""
    own = "-bangkok" if one.code.startswith(BANGKOK) else ""
    return say(f"area-{one.level}{own}", name=one.name_en if say.language == "en" else one.name)


def _document(request: Request, one: Area, facts: Mapping[str, Any], say: Speech) -> dict[str, Any]:
    """The page for programs."""
    site = caller.site(request).url
    kept = ("column", "label", "unit", "value", "how", "rows", "previous", "rank", "of")
    return {
        "code": one.code,
        "level": one.level,
        "name": one.name,
        "name_en": one.name_en,
        "parent": one.parent,
        "children": [child.code for child in areas.children(one.code)],
        "url": f"{site}/area/{one.code}",
        "state": facts["state"],
        "count": facts["count"],
        "tables": [
            {
                "dataset": site + entry["href"],
                "title": entry["title"],
                "resource": entry["resource"],
                "rows_url": site + entry["rows_href"],
                "rows": entry["rows"],
                "updated": entry["updated"],
                "period": entry["period"],
                "previous_period": entry["before"],
                "figures": [{key: figure[key] for key in kept} for figure in entry["figures"]],
                "by": _by(entry),
                "history": [
                    {"period": past["period"], **dict(zip(entry["columns"], past["values"], strict=True))}
                    for past in entry["history"]
                ],
            }
            for entry in facts["tables"]
        ],
    }


def _by(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    divided = entry["divided"]
    if divided is None:
        return None
    rows = [
        {"cell": one["cell"], "rows": one["rows"], **dict(zip(entry["columns"], one["values"], strict=True))}
        for one in divided["rows"]
    ]
    return {"column": divided["column"], "label": divided["by"], "rows": rows}


ROUTES = (
    Route("/area", listing),
    Route("/area/{code}.json", area),
    Route("/area/{code}", area),
)
