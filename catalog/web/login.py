"""The pages of log-in: the form, the ways to and from other providers, and one's own page with tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.actions.context import Actor
from catalog.actions.refusals import ActionRefused
from catalog.login.identity import Identity, LoginRefused
from catalog.web import caller, session
from catalog.web.limits import GUESSES, Buckets, caller_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from catalog.login.entry import Roles
    from catalog.login.gate import Gate

BEGUN = "begun"
HERE = re.compile(r"/(?![/\\])[^\x00-\x20\\]*\Z")
"""An address of this site: no other host, no line break."""
STATUS = {"wrong": 403, "inactive": 403, "unknown": 403, "expired": 400, "unreachable": 503, "broken": 502}
guesses = Buckets(GUESSES)


def _next(request: Request, given: Any) -> str:
    return given if isinstance(given, str) and HERE.match(given) else "/user"


async def form(request: Request) -> Response:
    """The form, with a button for each provider."""
    if (await _here(request)).name:
        return RedirectResponse("/user", status_code=303)
    return _form(request)


def _form(request: Request, because: str | None = None, wait: int = 0) -> Response:
    gate: Gate = request.app.state.gate
    status = 429 if wait else STATUS.get(because or "", 200)
    facts = {
        "because": "many" if wait else because,
        "providers": [one.name for one in gate.providers],
        "by_name": gate.passwords or bool(gate.directories),
        "next": request.query_params.get("next", ""),
        "form_key": session.form_key(request),
    }
    response = request.app.state.pages.show(request, "login.html", status, **facts)
    response.headers["Cache-Control"] = "no-store"
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response  # type: ignore[no-any-return]


async def enter(request: Request) -> Response:
    """A name and a password that were sent: ours first, then each directory's."""
    sent = await request.form(max_files=0, max_fields=10)
    if not session.is_ours(request, sent.get("form_key")):
        return _form(request, "expired")
    name, password = str(sent.get("name", ""))[:200].strip(), str(sent.get("password", ""))[:1000]
    wait = max(guesses.wait("name " + name.lower()), guesses.wait("from " + caller_of(request.scope)))
    if wait:
        return _form(request, wait=int(wait) + 1)
    try:
        user = await run_in_threadpool(_who, request, name, password)
    except LoginRefused as refused:
        return _form(request, refused.because)
    guesses.forget("name " + name.lower())
    goal = _next(request, sent.get("next"))
    session.begin(request, user)
    return RedirectResponse(goal, status_code=303)


def _who(request: Request, name: str, password: str) -> Any:
    from catalog.login.entry import by_name

    return _entered(request, by_name(request.app.state.portal.engine, request.app.state.gate, name, password))


def _linked(request: Request, identity: Identity, roles: Roles) -> Any:
    from catalog.login.entry import enter as link
    from catalog.store.database import writing

    with writing(request.app.state.portal.engine) as connection:
        key = link(connection, identity, roles, request.app.state.gate.secret)
    return _entered(request, key)


def _entered(request: Request, key: str) -> Any:
    """The user's row; that they came in is written down."""
    from sqlalchemy import select, update

    from catalog.actions.trail import note
    from catalog.actions.values import now
    from catalog.store.database import writing
    from catalog.store.tables import users

    with writing(request.app.state.portal.engine) as connection:
        connection.execute(update(users).where(users.c.id == key).values(last_active=now()))
        user = connection.execute(select(users).where(users.c.id == key)).one()
        note(connection, Actor(name=user.name, key=key, via="login"), "login", key, 200)
    return user


async def away(request: Request) -> Response:
    """To a provider."""
    provider = request.app.state.gate.provider(request.path_params["provider"])
    if provider is None:
        return _form(request, "unknown")
    try:
        url, begun = await run_in_threadpool(provider.begin, _back(request, provider.name))
    except LoginRefused as refused:
        return _form(request, refused.because)
    request.session[BEGUN] = {**begun, "provider": provider.name, "next": request.query_params.get("next", "")}
    return RedirectResponse(url, status_code=302)


async def back(request: Request) -> Response:
    """From a provider."""
    begun: Mapping[str, Any] = request.session.pop(BEGUN, None) or {}
    provider = request.app.state.gate.provider(request.path_params["provider"])
    if provider is None or begun.get("provider") != provider.name:
        return _form(request, "expired")
    try:
        user = await run_in_threadpool(_returned, request, provider, begun)
    except LoginRefused as refused:
        return _form(request, refused.because)
    session.begin(request, user)
    return RedirectResponse(_next(request, begun.get("next")), status_code=303)


def _returned(request: Request, provider: Any, begun: Mapping[str, Any]) -> Any:
    query = {key: str(value) for key, value in request.query_params.items()}
    identity = provider.finish(_back(request, provider.name), query, begun)
    return _linked(request, identity, provider.roles)


def _back(request: Request, name: str) -> str:
    from urllib.parse import quote

    return f"{caller.site(request).url}/user/login/{quote(name)}/back"


async def leave(request: Request) -> Response:
    """Log-out."""
    sent = await request.form(max_files=0, max_fields=5)
    if session.is_ours(request, sent.get("form_key")):
        session.end(request)
    return RedirectResponse("/", status_code=303)


async def own(request: Request) -> Response:
    """One's own page: who one is here, and one's tokens."""
    if not (await _here(request)).name:
        return RedirectResponse("/user/login?next=/user", status_code=303)
    return await _own(request)


async def _own(request: Request, *, made: str = "", wrong: bool = False) -> Response:
    who = await _here(request)
    user = await _ask(request, who, "user_show", {"id": who.key})
    tokens = await _ask(request, who, "api_token_list", {"user_id": who.key})
    organizations = await _ask(request, who, "organization_list_for_user", {"permission": "read"})
    facts = {"user": user, "tokens": tokens, "organizations": organizations, "made": made, "wrong": wrong}
    facts["form_key"] = session.form_key(request)
    response = request.app.state.pages.show(request, "user.html", 409 if wrong else 200, **facts)
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[no-any-return]


async def tokens(request: Request) -> Response:
    """A token made (it is shown this once) or revoked."""
    who = await _here(request)
    sent = await request.form(max_files=0, max_fields=5)
    if not who.name or not session.is_ours(request, sent.get("form_key")):
        return RedirectResponse("/user/login?next=/user", status_code=303)
    try:
        if sent.get("revoke"):
            await _ask(request, who, "api_token_revoke", {"jti": str(sent["revoke"])})
            return RedirectResponse("/user", status_code=303)
        name = {"user": who.key, "name": str(sent.get("name", ""))[:100]}
        made = await _ask(request, who, "api_token_create", name)
    except ActionRefused:
        return await _own(request, wrong=True)
    return await _own(request, made=made["token"])


async def _here(request: Request) -> Actor:
    return await run_in_threadpool(session.actor, request)


async def _ask(request: Request, who: Actor, name: str, data: dict[str, Any]) -> Any:
    portal, site = request.app.state.portal, caller.site(request)
    return await run_in_threadpool(portal.answer, name, data, actor=who, site=site)


ROUTES = (
    Route("/user/login", form, methods=["GET"]),
    Route("/user/login", enter, methods=["POST"]),
    Route("/user/login/{provider}", away, methods=["GET"]),
    Route("/user/login/{provider}/back", back, methods=["GET"]),
    Route("/user/logout", leave, methods=["POST"]),
    Route("/user/tokens", tokens, methods=["POST"]),
    Route("/user", own, methods=["GET"]),
)
