"""Who is logged in at a browser: a signed cookie that names the user, and what proves a form to be our own."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Any

from catalog.actions.context import ANYONE, Actor

if TYPE_CHECKING:
    from sqlalchemy import Row
    from starlette.requests import Request

COOKIE = "saphan_session"
LASTS = 8 * 3600
"""Seconds: a working day."""
USER, STAMP, SINCE, FORM = "user", "stamp", "since", "form"


def begin(request: Request, user: Row[Any]) -> None:
    """Logs a user in at this browser: with a fresh session, so that nobody can have prepared it."""
    request.session.clear()
    request.session.update({USER: user.id, STAMP: stamp(user), SINCE: int(time.time())})


def end(request: Request) -> None:
    """Logs out at this browser."""
    request.session.clear()


def actor(request: Request) -> Actor:
    """Who is logged in, with the roles of now; anyone where nobody is, or the account or password has changed."""
    from sqlalchemy import select

    from catalog.actions.accounts import roles_of
    from catalog.store.database import reading
    from catalog.store.tables import users

    held = request.scope.get("session") or {}
    if not held.get(USER) or time.time() - held.get(SINCE, 0) > LASTS:
        return ANYONE
    with reading(request.app.state.portal.engine) as connection:
        user = connection.execute(select(users).where(users.c.id == held[USER])).first()
        if user is None or user.state != "active" or not hmac.compare_digest(stamp(user), str(held.get(STAMP))):
            return ANYONE
        roles = roles_of(connection, user.id)
    return Actor(name=user.name, sysadmin=bool(user.sysadmin), key=user.id, roles=roles, via="session")


def stamp(user: Row[Any]) -> str:
    """What changes with a user's password: sessions that were begun before are over."""
    return hashlib.sha256(f"{user.id}\0{user.password or ''}".encode()).hexdigest()[:24]


def form_key(request: Request) -> str:
    """What a form of ours carries, so that no other site can send it for its reader."""
    return str(request.session.setdefault(FORM, secrets.token_urlsafe(24)))


def is_ours(request: Request, given: Any) -> bool:
    """Whether a form that came in is one that this browser was given."""
    held = str(request.session.get(FORM) or "")
    return bool(held) and isinstance(given, str) and hmac.compare_digest(held.encode(), given.encode())
