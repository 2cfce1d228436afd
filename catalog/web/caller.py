"""Who asks over HTTP, and under which address: the key in the header, the host of the request."""

from __future__ import annotations

import hmac
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.actions.context import ANYONE, Actor, Site

if TYPE_CHECKING:
    from starlette.requests import Request

HOST = re.compile(r"^[A-Za-z0-9.\-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$")


def actor(request: Request) -> Actor:
    """A sysadmin where the header holds the token, else anyone: a wrong key is no error, as on CKAN."""
    token = request.app.state.token
    for header in ("authorization", "x-ckan-api-key"):
        given = request.headers.get(header, "")
        if token and given and hmac.compare_digest(given.encode(), token.encode()):
            return Actor(name="api", sysadmin=True)
    return ANYONE


def site(request: Request) -> Site:
    """The site's fixed address, or without one the host that was asked."""
    portal = request.app.state.portal
    if portal.fixed_url:
        return portal.site  # type: ignore[no-any-return]
    host = request.headers.get("host", "")
    url = f"{request.url.scheme}://{host}" if HOST.match(host) else portal.site.url
    return replace(portal.site, url=url)  # type: ignore[no-any-return]
