"""The roads on which the token of a share is let in: four actions, and a shared table as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse

from catalog.actions.refusals import ActionRefused
from catalog.sharing import view
from catalog.store import shares
from catalog.store.database import writing
from catalog.web import caller

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.actions.context import Site
    from catalog.store.shares import Share

PASSED = ("filters", "q", "distinct", "plain", "language", "fields", "sort", "offset")
FILE = "file"
"""What a table as a file is counted as."""


def asked(request: Request, name: str, data: Mapping[str, Any], site: Site) -> Any:
    """What an action answers to the share whose token the request brings; None where it answers as to a stranger.

    Raises ActionRefused.
    """
    share = caller.shared(request)
    if share is None:
        return None
    found = view.answer(request.app.state.portal, share, name, data, site)
    if found is not None:
        _counted(request, share, name)
    return found


async def table(request: Request) -> Response | None:
    """A shared table as a file, as `/datastore/dump` writes it; None where a stranger asks."""
    return await run_in_threadpool(_table, request)


def _table(request: Request) -> Response | None:
    from catalog.web import dump

    share = caller.shared(request)
    if share is None:
        return None
    key, query = request.path_params["resource"], request.query_params
    sent = {name: query[name] for name in PASSED if name in query}
    try:
        limit = int(query["limit"]) if query.get("limit") else None
        if query.get("format", "csv") not in dump.TYPES:
            raise ValueError("format")
        found = view.opened(request.app.state.portal, share, key, sent, limit)
    except ValueError:
        return PlainTextResponse("limit or format: invalid value", status_code=400)
    except ActionRefused as refused:
        if refused.status == 404:
            return None
        return PlainTextResponse(orjson.dumps(refused.error).decode(), status_code=400)
    if found is None:
        return None
    _counted(request, share, FILE)
    answer = dump.written(request, key, *found)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _counted(request: Request, share: Share, road: str) -> None:
    with writing(request.app.state.portal.engine) as connection:
        shares.note(connection, share.id, road)
