"""The pages that say that something is not there, or that we failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.web.pages.page import show
from catalog.web.pages.recalled import gone

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

KINDS = {403: "forbidden", 404: "missing", 413: "large"}


async def missing(request: Request, error: Exception) -> Response:
    """403, 404, 405, 413 and 415, for the API as CKAN's HTML pages are; 410 where it was recalled."""
    status = getattr(error, "status_code", 404)
    if status == 404 and (told := await gone(request)) is not None:
        return told
    return show(request, "message.html", status, kind=KINDS.get(status, "method"))


def fault(request: Request, status: int, headers: dict[str, str]) -> Response:
    """A page that says we failed."""
    response = show(request, "message.html", status, kind="fault")
    response.headers.update({**headers, "Cache-Control": "no-store"})
    return response
