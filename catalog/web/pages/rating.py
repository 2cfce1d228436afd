"""The one question under each dataset and download: how well did it serve you? And what people answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from catalog.public.said import TRAP, clean
from catalog.store import voices
from catalog.store.database import reading, writing
from catalog.store.voices import STARS, Handled, Rated
from catalog.web.pages import strangers
from catalog.web.pages.page import package_of, show
from metadata import clock
from metadata.fiscal import first_day, periods

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection, Engine
    from starlette.requests import Request
    from starlette.responses import Response

LONGEST = 500
"""Letters of the line of text."""
YEARS = 2
"""Fiscal years that are shown, this one and before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A fiscal year (`quarter` 0) or a quarter of it, as far as it has come."""

    year: int
    quarter: int
    rated: Rated
    handled: Handled | None = None

    @property
    def is_told(self) -> bool:
        """Whether anybody said anything."""
        return bool(self.rated.answers or (self.handled and self.handled.received))


def year(connection: Connection, number: int, package: str | None = None, *, requests: bool = False) -> list[Span]:
    """A fiscal year, then its quarters that have begun."""
    today = clock.today()
    ends = [one.last for one in periods(number, "quarter")]
    begins = [first_day(number), *(day + timedelta(days=1) for day in ends[:-1])]
    spans = [(0, begins[0], ends[-1]), *((at, *pair) for at, pair in enumerate(zip(begins, ends, strict=True), 1))]

    def span(quarter: int, first: date, last: date) -> Span:
        last = min(last, today)
        done = voices.handled(connection, first, last, today) if requests else None
        return Span(
            year=number, quarter=quarter, rated=voices.rated(connection, first, last, package), handled=done
        )

    return [span(*one) for one in spans if one[1] <= today]


def heard(engine: Engine) -> Span:
    """This fiscal year's answers on all datasets, and how its requests were dealt with."""
    number = clock.fiscal_year()
    with reading(engine) as connection:
        return year(connection, number, requests=True)[0]


async def facts(request: Request, package: dict[str, Any], resource: str = "") -> dict[str, Any]:
    """What `dataset/voice.html` needs: the question, and the year's answers. `resource`: a download's id."""
    engine = request.app.state.portal.engine
    now = await run_in_threadpool(_year, engine, package["id"])
    return {"voice": {"name": package["name"], "resource": resource, "year": now.year, "rated": now.rated}}


def _year(engine: Engine, package: str) -> Span:
    today = clock.today()
    number = clock.fiscal_year()
    with reading(engine) as connection:
        found = voices.rated(connection, first_day(number), today, package)
    return Span(year=number, quarter=0, rated=found)


async def rated(request: Request) -> Response:
    """What people answered about a dataset, by quarter and fiscal year, and the question."""
    return await _rated(request)


async def _rated(request: Request, *, mistake: str = "", words: str = "", status: int = 200) -> Response:
    package = await package_of(request)
    spans = await run_in_threadpool(_spans, request.app.state.portal.engine, package["id"])
    told: dict[str, Any] = {"package": package, "spans": spans, "mistake": mistake, "words": words}
    told |= {"done": request.query_params.get("done", ""), **await facts(request, package)}
    return strangers.form(request, "public/rating.html", status=status, **told)


def _spans(engine: Engine, package: str | None) -> list[Span]:
    now = clock.fiscal_year()
    with reading(engine) as connection:
        each = [year(connection, now - back, package, requests=package is None) for back in range(YEARS)]
    return [span for one in each for span in one if one[0].year == now or one[0].is_told]


async def rate(request: Request) -> Response:
    """An answer. The second of a day from one place is thanked for, and not counted."""
    sent = await strangers.sent(request)
    if not strangers.is_ours(request):
        raise HTTPException(403)
    package = await package_of(request)
    given, words = sent.get("stars", ""), clean(sent.get("words", ""))
    if given not in map(str, STARS) or len(words) > LONGEST or sent.get(TRAP):
        mistake = "long" if len(words) > LONGEST else "trap" if sent.get(TRAP) else "missing"
        return await _rated(request, mistake=mistake, words=words, status=422)
    known = {one["id"] for one in package["resources"]}
    resource = sent.get("resource", "") if sent.get("resource") in known else ""
    done = "again"
    if not strangers.wait(request, strangers.taps) and strangers.is_new(
        request, f"rate {package['id']} {resource}"
    ):
        await run_in_threadpool(_keep, request, package["id"], resource, int(given), words)
        done = "yes"
    return RedirectResponse(f"/dataset/{package['name']}/rating?done={done}", status_code=303)


def _keep(request: Request, package: str, resource: str, stars: int, words: str) -> None:
    with writing(request.app.state.portal.engine) as connection:
        voices.rate(connection, package, resource, stars, words)


async def satisfaction(request: Request) -> Response:
    """What people answered about all datasets, and how requests were dealt with, by quarter and fiscal year."""
    spans = await run_in_threadpool(_spans, request.app.state.portal.engine, None)
    return show(request, "public/satisfaction.html", spans=spans)


ROUTES = (
    Route("/dataset/{id}/rating", rated, methods=["GET"]),
    Route("/dataset/{id}/rating", rate, methods=["POST"]),
    Route("/satisfaction", satisfaction, methods=["GET"]),
)
