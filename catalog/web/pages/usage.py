"""How much the catalog is used: a page, a line on each dataset's page, and the numbers as open data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from catalog.store import published, used
from catalog.store.database import reading
from catalog.web import caller, fresh
from catalog.web.pages.page import show
from catalog.web.words import Speech, language_of, words
from metadata import clock
from metadata.clock import ERA

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from starlette.requests import Request
    from starlette.responses import Response


LATELY, MOST, MONTHS = 30, 10, 24
"""Days of the lists and of the line; datasets of the list; months of the table."""
COLUMNS = ("date", "dataset", "kind", "by", "count")
TYPES = {"date": "date", "count": "integer"}
"""Types of the columns that are no text, as Frictionless' schemas have them."""
KINDS = {"page": "view", "file": "download", "api": "api"}
LICENCE = {
    "name": "CC0-1.0",
    "path": "https://creativecommons.org/publicdomain/zero/1.0/",
    "title": "Creative Commons Zero 1.0",
}
WIDE, HIGH = 120, 24
"""Of the line, in its own units."""


async def page(request: Request) -> Response:
    """`/usage`: this month, by month, the most used datasets, and how it is counted."""
    portal, say = request.app.state.portal, Speech(language_of(request))
    told = await run_in_threadpool(_told, portal.engine, request.app.state.used, say) if portal.usage else {}
    example = f"/usage.csv?since={clock.today().replace(day=1)}"
    return show(request, "usage.html", counted=portal.usage is not None, example=example, columns=COLUMNS, **told)


def _told(engine: Engine, recently: used.Recently, say: Speech) -> dict[str, Any]:
    with reading(engine) as connection:
        months = recently.by_month(connection, _months_ago(clock.today(), MONTHS - 1))
        most = recently.most_used(connection, LATELY, MOST)
        trend = recently.trend(connection)
    return {
        "trend": trend,
        "months": [
            (_month(name, say), by[False], by[True].page + by[True].file + by[True].api)
            for name, by in months.items()
        ],
        "most": [(orjson.loads(one.document), one.used) for one in most],
    }


def _months_ago(day: date, months: int) -> date:
    """The first day of a month before."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _month(name: str, say: Speech) -> tuple[str, str]:
    """A month (2026-11) for programs and for people."""
    year, month = (int(part) for part in name.split("-"))
    shown = year + (ERA if say.language == "th" else 0)
    return name, f"{words()['months'][say.language][month - 1]} {shown}"


async def facts(request: Request, package: dict[str, Any]) -> dict[str, Any]:
    """What `dataset/usage.html` shows of a dataset; nothing where use is not counted."""
    portal = request.app.state.portal
    if portal.usage is None:
        return {"usage": None}
    return {"usage": await run_in_threadpool(of_dataset, portal.engine, package["id"])}


def of_dataset(engine: Engine, package: str) -> dict[str, Any]:
    """A dataset's use by people: this month, in all, and the last 30 days as a line."""
    today = clock.today()
    with reading(engine) as connection:
        every = used.of_dataset(connection, package)
        if not every:
            return {"month": every, "every": every, "most": 0, "line": ""}
        month = used.of_dataset(connection, package, today.replace(day=1))
        days = used.by_day(connection, package, today - timedelta(days=LATELY - 1), today)
    return {"month": month, "every": every, "most": max(days), "line": line(days)}


def line(numbers: list[int]) -> str:
    """Numbers, one or more, as the points of an SVG polyline of WIDE by HIGH."""
    top = max(numbers) or 1
    step = WIDE / max(1, len(numbers) - 1)
    return " ".join(f"{at * step:.1f},{HIGH - 1 - (HIGH - 2) * one / top:.1f}" for at, one in enumerate(numbers))


async def as_csv(request: Request) -> Response:
    """`/usage.csv`: a line for each day, public dataset, kind and who. `since`, `until`: a part; `bom=true`."""
    return await _sent(request, "csv", "text/csv; charset=utf-8")


async def as_json(request: Request) -> Response:
    """`/usage.json`: the same rows, after what they mean."""
    return await _sent(request, "json", "application/json")


async def _sent(request: Request, form: str, media_type: str) -> Response:
    portal, asked = request.app.state.portal, request.query_params
    try:
        since, until = (date.fromisoformat(asked[end]) if asked.get(end) else None for end in ("since", "until"))
    except ValueError:
        return PlainTextResponse("since, until: not a date such as 2026-11-01\n", 400)
    first, last, mark = await run_in_threadpool(_range, portal.engine, since, until)
    bom, site = asked.get("bom") == "true", caller.site(request).url
    etag = fresh.tag("usage", form, str(first), str(last), bom, site, mark)
    make = _csv(portal.engine, first, last, bom=bom) if form == "csv" else _json(portal.engine, first, last, site)
    disposition = {"Content-Disposition": f'attachment; filename="usage.{form}"'}
    return await fresh.sent(request, etag, lambda: make, media_type, **disposition)


def _range(engine: Engine, since: date | None, until: date | None) -> tuple[date | None, date, str]:
    """The days asked for, and what changes with the numbers and with what is public."""
    today = clock.today()
    with reading(engine) as connection:
        began, lately = used.began(connection), used.totals(connection, today - timedelta(days=1), today)
    first = None if began is None else max(began, since or began)
    return first, min(until or today, today), f"{published.mark(engine)} {lately}"


def rows(engine: Engine, first: date | None, last: date) -> Iterator[tuple[str, str, str, str, int]]:
    """The rows as COLUMNS, read month by month: no transaction waits for a slow reader."""
    while first is not None and first <= last:
        end = min(last, _months_ago(first, -1) - timedelta(days=1))
        with reading(engine) as connection:
            found = list(used.exported(connection, first, end))
        for day, name, kind, robot, count in found:
            yield day, name, KINDS[kind], "robots" if robot else "people", count
        first = end + timedelta(days=1)


def _csv(engine: Engine, first: date | None, last: date, *, bom: bool) -> Iterator[bytes]:
    if bom:
        yield "\ufeff".encode()
    yield from fresh.csv_blocks(chain([COLUMNS], rows(engine, first, last)))


def _json(engine: Engine, first: date | None, last: date, site: str) -> Iterator[bytes]:
    known = words()
    meaning = {name: known[f"usage-{name}-meaning"] for name in COLUMNS}
    head = {
        "name": "usage",
        "title": known["usage-title"]["th"],
        "title_en": known["usage-title"]["en"],
        "path": f"{site}/usage.csv",
        "licenses": [LICENCE],
        "schema": {
            "fields": [
                {"name": name, "type": TYPES.get(name, "string"), "description": said["th"],
                 "description_en": said["en"]}
                for name, said in meaning.items()
            ]
        },
    }  # fmt: skip
    yield orjson.dumps(head)[:-1] + b',"data":['
    block: list[bytes] = []
    for number, row in enumerate(rows(engine, first, last)):
        block.append((b",\n" if number else b"\n") + orjson.dumps(dict(zip(COLUMNS, row, strict=True))))
        if len(block) == 1000:
            yield b"".join(block)
            block = []
    yield b"".join(block) + b"\n]}\n"


ROUTES = (Route("/usage", page), Route("/usage.csv", as_csv), Route("/usage.json", as_json))
