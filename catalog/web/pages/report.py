"""Telling us that personal data stand where they should not (the DPO hears at once), or what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from catalog.public.said import LONGEST, TOPICS, Said, page_of
from catalog.web.pages import strangers
from catalog.web.pages.ask import receipt, received

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def reporting(request: Request) -> Response:
    """The form for a problem."""
    return _form(request, Said(kind="problem", page=page_of(request.query_params.get("page"))))


async def report(request: Request) -> Response:
    """A problem that was reported."""
    return await received(request, "problem", _form)


async def reporting_personal(request: Request) -> Response:
    """The form for personal data: where, and of which kind; never the data themselves."""
    return _form(request, Said(kind="personal", page=page_of(request.query_params.get("page"))))


async def report_personal(request: Request) -> Response:
    """Personal data that somebody found."""
    return await received(request, "personal", _form)


def _form(request: Request, given: Said, **more: Any) -> Response:
    facts = {"given": given, "longest": LONGEST, "topics": TOPICS, "dpo": request.app.state.public.dpo}
    return strangers.form(request, "public/report.html", **facts, **more)


ROUTES = (
    Route("/report", reporting, methods=["GET"]),
    Route("/report", report, methods=["POST"]),
    Route("/report/personal", reporting_personal, methods=["GET"]),
    Route("/report/personal", report_personal, methods=["POST"]),
    Route("/report/{token}", receipt, methods=["GET"]),
)
