"""Views as they are stored, and those that a resource gets by itself."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import Row, func, insert, select

from catalog.actions.context import Context
from catalog.actions.documents import Document
from catalog.actions.words import said
from catalog.store.tables import resource_views

Data = dict[str, Any]
TITLES = {"image_view": "Image", "text_view": "Text"}
TEXTS = ("text/plain", "txt", "plain", "xml", "rdf", "rdf+xml", "owl+xml", "atom", "rss", "json")
PICTURES = ("png", "jpeg", "jpg", "gif", "svg", "webp")
OURS = ("id", "package_id", "resource_id", "title", "description", "view_type")


def shown(row: Row[Any]) -> Document:
    """A view as an action answers it."""
    return orjson.loads(row.document)  # type: ignore[no-any-return]


def all_of(ctx: Context, resource: str) -> list[Row[Any]]:
    """The rows of a resource's views, in order."""
    query = select(resource_views).where(resource_views.c.resource_id == resource)
    return list(ctx.connection.execute(query.order_by(resource_views.c.position)))


def add(ctx: Context, data: Data, package: str, resource: str, kind: str) -> Document:
    """Writes a view behind the others, and answers it."""
    place = {"id": str(uuid4()), "package_id": package, "resource_id": resource, "view_type": kind}
    made = document(data, place)
    last = select(func.max(resource_views.c.position)).where(resource_views.c.resource_id == resource)
    position = ctx.connection.execute(last).scalar()
    row = {"id": made["id"], "resource_id": resource, "position": 0 if position is None else position + 1}
    ctx.connection.execute(insert(resource_views).values({**row, "document": orjson.dumps(made).decode()}))
    return made


def document(data: Data, place: Data) -> Document:
    """A view of what a request says, at its place: ids and type."""
    more = {key: value for key, value in data.items() if key not in OURS and key != "order" and value is not None}
    description = data.get("description")
    texts = {
        "title": str(data.get("title") or ""),
        "description": None if description is None else str(description),
    }
    return {**place, **texts, **more}


def defaults(ctx: Context, package: Document, resource: Document) -> list[Document]:
    """The views that a picture, and a text uploaded here, get by themselves; once."""
    form = str(resource.get("format") or "").lower()
    readable = form == "jsonp" or (form in TEXTS and resource.get("url_type") == "upload")
    kind = "image_view" if form in PICTURES else "text_view" if readable else ""
    if not kind or any(shown(row)["view_type"] == kind for row in all_of(ctx, resource["id"])):
        return []
    texts = {"title": said(TITLES[kind], ctx.site.language), "description": ""}
    return [add(ctx, texts, package["id"], resource["id"], kind)]
