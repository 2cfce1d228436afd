"""Asking for data: the form, the receipt that tells how it goes on, and the public list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from catalog.public import handling
from catalog.public.refusals import law, refusals
from catalog.public.said import LONGEST, Said, clean, page_of, said
from catalog.store import voices
from catalog.store.database import reading, writing
from catalog.web.pages import strangers
from catalog.web.pages.page import show
from metadata import clock
from metadata.fiscal import first_day

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.store.voices import Handled, Voice

ROWS = 30
NUMBER = re.compile(r"R\d{4}-\d{4,9}")


async def asking(request: Request) -> Response:
    """The form, with what was searched for in it."""
    words = clean(request.query_params.get("what", ""))[: LONGEST["words"]]
    return _form(request, Said(kind="request", page=page_of(request.query_params.get("page")), words=words))


def _form(request: Request, given: Said, **more: Any) -> Response:
    days = request.app.state.public.request_days
    return strangers.form(request, "public/ask.html", given=given, longest=LONGEST, days=days, **more)


async def ask(request: Request) -> Response:
    """A request that was sent."""
    return await received(request, "request", _form)


async def received(request: Request, kind: str, form: Any) -> Response:
    """What a stranger sent is kept, and answered with its receipt; or with the form and what is wrong in it.

    `form`: makes that page of what was said.
    """
    given = said(kind, await strangers.sent(request))
    if given.mistakes:
        return form(request, given, status=422)  # type: ignore[no-any-return]
    if not strangers.is_ours(request):
        return form(request, given, because="elsewhere", status=403)  # type: ignore[no-any-return]
    seconds = strangers.wait(request, strangers.voices)
    if seconds:
        return form(request, given, because="often", seconds=seconds)  # type: ignore[no-any-return]
    state = request.app.state
    mail = state.mail
    receive = handling.receive
    made = await run_in_threadpool(receive, state.portal.engine, given, state.public, mails=mail.goes_out)
    mail.wake()
    return RedirectResponse(made.path, status_code=303)


async def receipt(request: Request) -> Response:
    """How a request, or a report, goes on: for who has its address."""
    token, is_request = request.path_params["token"], request.url.path.startswith("/request/")
    voice = await run_in_threadpool(_by_token, request, token, is_request)
    if voice is None:
        raise HTTPException(404)
    return strangers.form(request, "public/receipt.html", **told(request, voice))


def told(request: Request, voice: Voice) -> dict[str, Any]:
    """What pages show of a voice."""
    facts: dict[str, Any] = {"voice": voice, "late": voice.late(clock.today()) if voice.is_open else 0}
    facts["refusal"] = refusals().get(voice.refusal or "")
    return {**facts, "law": law(), "dpo": request.app.state.public.dpo}


def _by_token(request: Request, token: str, is_request: bool) -> Voice | None:
    with reading(request.app.state.portal.engine) as connection:
        return voices.by_token(connection, token, is_request)


async def requests(request: Request) -> Response:
    """The public list: numbers, days and states; the words of those that a steward has allowed."""
    page = request.query_params.get("page", "1")
    number = min(int(page), 100_000) if re.fullmatch("[0-9]{1,6}", page) and int(page) else 1
    count, found, figures = await run_in_threadpool(_listed, request, number)
    facts: dict[str, Any] = {"voices": found, "count": count, "page": number, "pages": max(1, -(-count // ROWS))}
    wanted = request.query_params.get("wanted", "")
    facts["wanted"] = wanted if NUMBER.fullmatch(wanted) else ""
    facts |= {"again": "again" in request.query_params, "figures": figures, "year": clock.fiscal_year()}
    facts["at"] = lambda page: f"?page={page}"
    facts |= {"today": clock.today(), "refusals": refusals(), "law": law()}
    return show(request, "public/requests.html", **facts)


def _listed(request: Request, page: int) -> tuple[int, list[Voice], Handled]:
    today = clock.today()
    with reading(request.app.state.portal.engine) as connection:
        count, found = voices.requests(connection, (page - 1) * ROWS, ROWS)
        return count, found, voices.handled(connection, first_day(clock.fiscal_year()), today, today)


async def want(request: Request) -> Response:
    """One more who would like what somebody asked for."""
    number = request.path_params["number"]
    data = await strangers.sent(request)
    if not strangers.is_ours(request):
        raise HTTPException(403)
    page = data.get("page", "1")
    back = {"page": page} if re.fullmatch("[0-9]{1,6}", page) and page != "1" else {}
    if strangers.wait(request, strangers.taps) or not strangers.is_new(request, f"want {number}"):
        back["again"] = "yes"
    elif not await run_in_threadpool(_wanted, request, number):
        raise HTTPException(404)
    return RedirectResponse(f"/requests?{urlencode({**back, 'wanted': number})}#{number}", status_code=303)


def _wanted(request: Request, number: str) -> bool:
    with writing(request.app.state.portal.engine) as connection:
        return voices.want(connection, number)


ROUTES = (
    Route("/request", asking, methods=["GET"]),
    Route("/request", ask, methods=["POST"]),
    Route("/request/{token}", receipt, methods=["GET"]),
    Route("/requests", requests, methods=["GET"]),
    Route("/requests/{number}/want", want, methods=["POST"]),
)
