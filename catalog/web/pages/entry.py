"""A dataset in a list: its title, one line, and what decides whether to open it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from catalog.web import caller
from catalog.web.markdown import plain
from catalog.web.pages.facets import Labels
from catalog.web.pages.freshness import fresh
from catalog.web.pages.page import named, publisher
from metadata import clock

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.actions.context import Site
    from catalog.web.words import Speech

LINE = 180
"""Letters of a description in a list."""
KINDS = 5
"""Formats named in a list."""


def entries(request: Request, packages: Iterable[dict[str, Any]], say: Speech) -> list[dict[str, Any]]:
    """Datasets as lists show them."""
    today = clock.today()
    site, labels = caller.site(request), Labels(portal=request.app.state.portal, say=say)
    return [
        {
            "package": one,
            "title": named(one, "title", say) or one["name"],
            "lead": plain(named(one, "notes", say), LINE),
            "publisher": _publisher(one, site, say),
            "formats": _formats(one),
            "years": years(one, say),
            "places": places(one, labels),
            "fresh": fresh(one, say, today),
        }
        for one in packages
    ]


def _publisher(package: dict[str, Any], site: Site, say: Speech) -> str:
    """Whose it is, where it is not the agency whose catalog this is."""
    organization = package.get("organization") or {}
    return publisher(package, site, say) if organization and organization["title"] != site.title else ""


def _formats(package: dict[str, Any]) -> list[str]:
    given = (str(one.get("format") or "").strip().upper() for one in package["resources"])
    return list(dict.fromkeys(one for one in given if one))[:KINDS]


def years(package: dict[str, Any], say: Speech) -> str:
    """The years that the data covers, as the publisher says."""
    first, last = (str(package.get(f"{end}_year_of_data") or "").strip() for end in ("first", "last"))
    if not first and not last:
        return ""
    return say("years-covered", years=say.years(first or last, last or first))


def places(package: dict[str, Any], labels: Labels) -> str:
    """How far the data reaches, as the publisher says: the country, provinces …"""
    value = package.get("geo_coverage") or ""
    return labels.say("places-covered", places=labels.value("geo_coverage", str(value))) if value else ""
