"""The steward's desk for what the public says: what waits, one voice, and what is decided about it.

For who may edit in an organisation. A voice about a dataset is seen by that dataset's organisation; one about
no dataset by every editor; both by sysadmins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from catalog.public import handling
from catalog.public.handling import Decision
from catalog.public.refusals import refusals
from catalog.public.said import LONGEST
from catalog.store import voices
from catalog.store.database import reading
from catalog.web import session
from catalog.web.pages import strangers
from catalog.web.pages.ask import told
from catalog.web.words import language_of
from metadata import clock
from metadata.errors import SetupError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.actions.context import Actor
    from catalog.store.voices import Voice

EDITS = ("admin", "editor")
SHOWN = 500


def may_see(actor: Actor, organizations: frozenset[str], voice: Voice) -> bool:
    """Whether a voice is for somebody who edits in some organisations."""
    return actor.sysadmin or (voice.owner_org in organizations if voice.owner_org else bool(organizations))


def _who(request: Request) -> tuple[Actor, frozenset[str]]:
    """Who is logged in, and the organisations in which they edit. Raises HTTPException 403."""
    from sqlalchemy import select

    from catalog.store.tables import groups

    actor = session.actor(request)
    roles = [key for key, role in actor.roles.items() if role in EDITS]
    with reading(request.app.state.portal.engine) as connection:
        asked = select(groups.c.id).where(groups.c.id.in_(roles), groups.c.type == "organization")
        organizations = frozenset(connection.execute(asked).scalars())
    if actor.name and not actor.sysadmin and not organizations:
        raise HTTPException(403)
    return actor, organizations


async def listing(request: Request) -> Response:
    """What waits, in the order in which it needs a person."""
    actor, organizations = await run_in_threadpool(_who, request)
    if not actor.name:
        return _login(request)
    everything = "all" in request.query_params
    found, words = await run_in_threadpool(_inbox, request, everything)
    mine = [one for one in found if may_see(actor, organizations, one)]
    said = [one for one in words if actor.sysadmin or one["owner_org"] in organizations]
    facts: dict[str, Any] = {"voices": mine, "everything": everything, "today": clock.today(), "said": said[:50]}
    return strangers.form(request, "public/inbox.html", **facts)


def _inbox(request: Request, everything: bool) -> tuple[list[Voice], list[dict[str, Any]]]:
    with reading(request.app.state.portal.engine) as connection:
        return voices.inbox(connection, everything=everything, limit=SHOWN), voices.rated_words(connection)


def _login(request: Request) -> Response:
    return RedirectResponse(f"/user/login?next={quote(request.url.path)}", status_code=303)


async def one(request: Request) -> Response:
    """One voice, with what may be decided about it."""
    actor, organizations = await run_in_threadpool(_who, request)
    if not actor.name:
        return _login(request)
    return await run_in_threadpool(_one, request, actor, organizations)


def _one(
    request: Request,
    actor: Actor,
    organizations: frozenset[str],
    mistake: SetupError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    voice, contact = _seen(request, actor, organizations)
    facts: dict[str, Any] = {**told(request, voice), "contact": contact, "form_key": session.form_key(request)}
    facts |= {"refusals": refusals(), "longest": LONGEST, "mistake": None, "typed": typed or {}}
    if mistake:
        from metadata import wording

        facts["mistake"] = wording.error(mistake, language_of(request))
    return strangers.form(request, "public/inbox_one.html", status=422 if mistake else 200, **facts)


def _seen(request: Request, actor: Actor, organizations: frozenset[str]) -> tuple[Voice, str | None]:
    try:
        voice, contact = handling.opened(request.app.state.portal.engine, request.path_params["number"])
    except SetupError:
        raise HTTPException(404) from None
    if not may_see(actor, organizations, voice):
        raise HTTPException(404)
    return voice, contact


async def decide(request: Request) -> Response:
    """What was decided, from a form of ours."""
    actor, organizations = await run_in_threadpool(_who, request)
    sent = await strangers.sent(request)
    if not actor.name or not session.is_ours(request, sent.get("form_key")):
        return _login(request)
    return await run_in_threadpool(_decided, request, actor, organizations, sent)


def _decided(request: Request, actor: Actor, organizations: frozenset[str], sent: dict[str, str]) -> Response:
    voice, _contact = _seen(request, actor, organizations)
    state = request.app.state
    chosen = sent.get("state") or None
    decision = Decision(
        state=chosen,
        dataset=sent.get("dataset", "").strip() or None,
        refusal=sent.get("refusal") or None,
        answer=sent.get("answer"),
        listed=sent.get("listed", "") if "list" in sent else None,
    )
    try:
        made = handling.decide(state.portal.engine, voice.number, decision, actor)
    except SetupError as mistake:
        return _one(request, actor, organizations, mistake, sent)
    if made.contact:
        state.mail.tell_soon(made.contact, made.voice)
    return RedirectResponse(f"/inbox/{voice.number}", status_code=303)


ROUTES = (
    Route("/inbox", listing, methods=["GET"]),
    Route("/inbox/{number}", one, methods=["GET"]),
    Route("/inbox/{number}", decide, methods=["POST"]),
)
