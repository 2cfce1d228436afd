"""410 Gone (RFC 9110 §15.5.11): what stands where a recalled dataset was, its reason and its hash."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from catalog.actions.recalled import told
from catalog.store import recalls
from catalog.store.database import reading
from catalog.web.pages.page import show
from metadata.clock import BANGKOK

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.store.recalls import Recall


async def gone(request: Request) -> Response | None:
    """The answer for an address of something that was recalled and is not there; None for any other address."""
    names = {key: request.path_params.get(key) for key in ("id", "resource")}
    if not any(names.values()):
        return None
    recall = await run_in_threadpool(_found, request, names["id"], names["resource"])
    if recall is None:
        return None
    if request.url.path.endswith((".json", ".jsonld")) or "json" in request.headers.get("accept", ""):
        error = {"__type": "Gone", "message": "This dataset was recalled", "recalled": told(recall)}
        response = Response(orjson.dumps({"error": error}), 410, media_type="application/json")
    else:
        time = f"{datetime.fromisoformat(recall.at).astimezone(BANGKOK):%H:%M}"
        response = show(request, "recalled.html", 410, recall=recall, time=time)
    response.headers["Cache-Control"] = "no-store"
    return response


def _found(request: Request, dataset: str | None, resource: str | None) -> Recall | None:
    """The recall that an address meets: of the resource, else of the dataset.

    A dataset that was let in again is there under its name; under the id that it had it stays gone.
    """
    with reading(request.app.state.portal.engine) as connection:
        of_resource = recalls.named(connection, "resource", [resource], standing=False) if resource else []
        found = of_resource or (recalls.named(connection, "dataset", [dataset], standing=False) if dataset else [])
    wanted = (one for one in found if one.told and (of_resource or one.reopened is None or one.package == dataset))
    return next(wanted, None)
