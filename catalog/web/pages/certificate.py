"""The certificate of a copy: what a version's files are, to the byte, on one A4 to check a file against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from catalog import paper
from catalog.actions import history
from catalog.actions.refusals import ActionRefused
from catalog.web import caller
from catalog.web.pages import versions
from catalog.web.pages.page import show
from catalog.web.words import language_of
from metadata.clock import BANGKOK, ERA

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.actions.history import VersionFile

PLAIN = re.compile(r"[\w\u0e00-\u0e7f][\w\u0e00-\u0e7f.()-]{0,119}")
"""File names that mean themselves in every command line, between quotation marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One file of a version; `held` is None for a link, of which the catalog has no copy."""

    resource: dict[str, Any]
    held: VersionFile | None


async def certificate(request: Request) -> Response:
    """`/dataset/<name>/version/<number, hash or latest>/certificate`, to be printed."""
    try:
        package, facts = await run_in_threadpool(_facts, request)
    except ActionRefused as refused:
        return await versions.refused(request, refused)
    held = [one.held for one in facts["copies"] if one.held]
    named = next((one.filename for one in held if PLAIN.fullmatch(one.filename)), None)
    return show(request, "certificate.html", package=package, example=named, checkable=bool(held), **facts)


def _facts(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """The dataset as it was, and what stands on its certificate. Raises ActionRefused."""
    portal, given = request.app.state.portal, request.path_params
    with portal.looking(actor=caller.actor(request), site=caller.site(request)) as context:
        found = history.found(context, given["id"], given["version"])
        package = history.shown(context, found)
        copies = [Copy(resource=one, held=_held(context, found, one["id"])) for one in package["resources"]]
        address = history.address(context, found)
    at = datetime.fromisoformat(found.at).replace(tzinfo=UTC).astimezone(BANGKOK)
    other = at.year + (ERA if language_of(request) == "en" else 0)
    facts = {"version": found, "copies": copies, "address": address, "time": f"{at:%H:%M}", "other_year": other}
    return package, {**facts, "code": paper.qr(address)}


def _held(context: Any, found: history.Version, resource: str) -> VersionFile | None:
    try:
        return history.file(context, found, resource)
    except ActionRefused:
        return None


ROUTES = (Route(versions.VERSION + "/certificate", certificate),)
