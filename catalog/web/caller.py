"""Who asks over HTTP, and under which address: the key in the header, the host of the request."""

from __future__ import annotations

import hmac
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.actions.context import ANYONE, Actor, Site
from catalog.web import session

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.portal.local import LocalPortal
    from catalog.store.shares import Share

KEYS_ONLY = ("/api/", "/odata/")
"""Where programs ask: a cookie counts for nothing there."""
HOST = re.compile(r"^[A-Za-z0-9.\-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$")


def actor(request: Request) -> Actor:
    """Whose token the header holds, else who is logged in, else anyone: a wrong key is no error, as on CKAN.

    The environment's token is a sysadmin's. Looks into the database where there is a key: not for the event loop.
    """
    token = request.app.state.token
    for header in ("authorization", "x-ckan-api-key"):
        given = request.headers.get(header, "")
        if token and given and hmac.compare_digest(given.encode(), token.encode()):
            return Actor(name="api", sysadmin=True, via="token")
        if 20 <= len(given) <= 200:
            found = _known(request, given)
            if found is not None:
                return found
    if request.method in ("GET", "HEAD") and not request.url.path.startswith(KEYS_ONLY):
        return session.actor(request)  # who writes from a browser does so by a form of ours
    return ANYONE


def shared(request: Request) -> Share | None:
    """The share whose token the header holds, where it runs today. Only what `catalog.sharing` answers asks this:
    everywhere else such a token is nobody's."""
    from catalog.actions import accounts
    from catalog.store import shares
    from catalog.store.database import reading

    for header in ("authorization", "x-ckan-api-key"):
        given = request.headers.get(header, "")
        if 20 <= len(given) <= 200:
            with reading(request.app.state.portal.engine) as connection:
                found = shares.running(connection, accounts.token_hash(given))
            if found is not None:
                return found
    return None


def has_key(request: Request) -> bool:
    """Whether the request brings a key, right or wrong."""
    return any(request.headers.get(header) for header in ("authorization", "x-ckan-api-key"))


def _known(request: Request, token: str) -> Actor | None:
    """A user by an API token. Its last use is noted, once a minute at most."""
    from catalog.actions import accounts
    from catalog.store.database import reading, writing

    engine = request.app.state.portal.engine
    with reading(engine) as connection:
        found = accounts.actor_of(connection, token)
    if found is None:
        return None
    actor, stale = found
    if stale:
        with writing(engine) as connection:
            accounts.used(connection, token)
    return replace(actor, via="token")


def site(request: Request) -> Site:
    """The site's fixed address, or without one the host that was asked."""
    scope, host = request.scope, request.headers.get("host", "")
    return site_of(request.app.state.portal, scope["scheme"], host, scope.get("saphan.prefix", ""))


def site_of(portal: LocalPortal, scheme: str, host: str, prefix: str = "") -> Site:
    """The same, of a host that was asked; with the language its address began with."""
    asked = not portal.fixed_url and HOST.match(host)
    url = f"{scheme}://{host}" if asked else portal.site.url
    return replace(portal.site, url=url, prefix=prefix, language=prefix or portal.site.language)
