"""Actions that look resources up by their fields, and the formats that there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import select

from catalog.actions.context import Context
from catalog.actions.core import beneath
from catalog.actions.documents import Document
from catalog.actions.drafts import OURS
from catalog.actions.refusals import invalid
from catalog.actions.register import action
from catalog.actions.values import LARGEST, folded, natural, wanted
from catalog.store.tables import packages

Data = dict[str, Any]
EXACT = ("size", "position", "created", "last_modified", "metadata_modified", "cache_last_updated")
"""Fields compared as they are; the others by a part of them."""


def _public(ctx: Context) -> Iterator[Document]:
    """The resources of public, active datasets, by their stored documents."""
    query = select(packages.c.document).where(packages.c.state == "active", packages.c.private.is_(False))
    for (text,) in ctx.connection.execute(query.order_by(packages.c.metadata_created)):
        yield from beneath(ctx, orjson.loads(text))["resources"]


@action("resource_search", read=True)
def resource_search(ctx: Context, data: Data) -> Document:
    """Search for resources of public datasets by their fields.

    :param query: `field:term`, or a list of them that must all hold; a term is found within the field's text
    :param order_by: a field to sort by (optional)
    :param offset: the offset to start from (optional)
    :param limit: at most so many (optional)
    """
    given = data.get("query")
    if given is None:
        raise invalid({"query": "Missing value"})
    pairs = [str(one).partition(":") for one in (given if isinstance(given, list) else [given])]
    if not all(colon for _field, colon, _term in pairs):
        raise invalid({"query": "Must be <field>:<value> pair(s)"})
    for field, _colon, _term in pairs:
        if field not in OURS:
            raise invalid({"query": f'Field "{field}" not recognised in resource_search.'})
    start, limit = natural(data, "offset", 0), natural(data, "limit", LARGEST)
    found = [one for one in _public(ctx) if all(_holds(one, field, term) for field, _colon, term in pairs)]
    if data.get("order_by") in OURS:
        found.sort(key=lambda one: str(one.get(str(data["order_by"])) or ""))
    return {"count": len(found), "results": found[start : start + limit]}


def _holds(resource: Document, field: str, term: str) -> bool:
    value = resource.get(field)
    if value is None:
        return False
    if field in EXACT:
        return str(value) == term
    text, part = folded(str(value)), folded(term)
    return text.startswith(part) if field == "hash" else part in text


@action("format_autocomplete", read=True)
def format_autocomplete(ctx: Context, data: Data) -> list[str]:
    """Return the formats of resources that hold a string, the most used first.

    :param q: the string
    :param limit: at most so many (optional, default: 5)
    """
    q = folded(wanted(data, "q"))
    counts = Counter(str(one.get("format") or "").lower() for one in _public(ctx))
    return [name for name, _count in counts.most_common() if q in name][: natural(data, "limit", 5)]
