"""`package_search`: words in title, description, tags and name; CKAN's filters, order, pages and facets."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
from sqlalchemy import select

from catalog.actions.context import Context
from catalog.actions.documents import Document, shown
from catalog.actions.filters import Test, parsed, values_of
from catalog.actions.refusals import ActionRefused, bad_query, invalid
from catalog.actions.register import action
from catalog.actions.values import folded, natural, true
from catalog.store.tables import packages

Data = dict[str, Any]
KNOWN = {
    "q", "fq", "fq_list", "sort", "rows", "start", "facet", "facet.field", "facet.limit", "facet.mincount",
    "include_private", "include_drafts", "include_deleted", "use_default_schema", "fl", "df", "defType", "qf",
    "callback", "wt", "mm", "ext_bbox", "permission_labels",
}  # fmt: skip
SORTS = {
    "score": "metadata_modified",
    "relevance": "metadata_modified",
    "metadata_modified": "metadata_modified",
    "metadata_created": "metadata_created",
    "name": "name",
    "title": "title",
    "title_string": "title",
    "id": "id",
}
MOST = 1000
LONGEST = 8000
"""Characters anyone may send of `q`, `fq` and `fq_list` together: what Solr, too, takes of an address."""
MOST_WORDS = 250
MOST_FACETS = 50
ORDER = "score desc, metadata_modified desc"


@action("package_search", read=True)
def package_search(ctx: Context, data: Data) -> Document:
    """Search for datasets (packages).

    :param q: words; each must stand in title, description, tags, organisation or name (default: everything)
    :param fq: filters, such as `organization:dept-a tags:"open data" -name:x`
    :param sort: for example `metadata_modified desc`; name, title_string, metadata_created are known as well
    :param rows: at most so many (default: 10, at most 1000)
    :param start: the offset to start from
    :param facet.field: a JSON list of fields to count
    :param include_private: also the private datasets the caller may see
    """
    unknown = sorted(set(data) - KNOWN)
    if unknown:
        raise bad_query(f'"Invalid search parameters: {unknown}"')
    rows, start = natural(data, "rows", 10, MOST), natural(data, "start", 0)
    order = str(data.get("sort") or ORDER)
    sorting = _order(order)
    tests = _tests(ctx, data)
    found = [document for document in _candidates(ctx, data) if all(test(document) for test in tests)]
    for field, reverse in reversed(sorting):
        found.sort(key=lambda one, field=field: str(one[field]), reverse=reverse)  # type: ignore[misc]
    facets, search_facets = _facets(data, found)
    page = [_result(ctx, one, data) for one in found[start : start + rows]]
    return {"count": len(found), "facets": facets, "results": page, "sort": order, "search_facets": search_facets}


def _candidates(ctx: Context, data: Data) -> list[Document]:
    query = select(packages.c.document).where(packages.c.state == "active")
    if not (true(data.get("include_private", False)) and ctx.actor.sysadmin):
        query = query.where(packages.c.private.is_(False))
    filtered = _as_filter(str(data.get("q") or ""))
    if filtered is None:
        words = dict.fromkeys(folded(str(data.get("q") or "")).split())
        if len(words) > MOST_WORDS:
            raise bad_query("too many words")
        for word in words:
            if word.strip("*") and word != "*:*":
                query = query.where(packages.c.words.contains(word.strip('*"'), autoescape=True))
    return [orjson.loads(row[0]) for row in ctx.connection.execute(query)]


def _as_filter(q: str) -> str | None:
    """A `q` written as `field:value` is a filter, as it is to Solr; `*:*` is everything."""
    field, colon, _value = q.strip().partition(":")
    if not colon or not field.isidentifier():
        return None
    try:
        parsed(q)
    except ActionRefused:
        return None  # people type brackets and colons too: then they are words
    return q


def _tests(ctx: Context, data: Data) -> list[Test]:
    several = data.get("fq_list") or []
    asked = [data.get("fq") or "", *(several if isinstance(several, list) else [several])]
    q, texts = str(data.get("q") or ""), list(map(str, asked))
    if len(q) + sum(map(len, texts)) > LONGEST and not ctx.actor.sysadmin:
        raise bad_query("too long")
    texts.append(_as_filter(q) or "")
    return [parsed(text) for text in texts if text.strip()]


def _order(text: str) -> list[tuple[str, bool]]:
    order = []
    for part in text.split(","):
        field, _, direction = part.strip().partition(" ")
        if field not in SORTS or direction.strip().lower() not in ("", "asc", "desc") or not direction:
            raise bad_query("'Invalid \"sort\" parameter'")
        order.append((SORTS[field], direction.strip().lower() == "desc"))
    return order


def _facets(data: Data, found: list[Document]) -> tuple[Document, Document]:
    fields = data.get("facet.field") or []
    if isinstance(fields, str):
        try:
            fields = orjson.loads(fields)
        except orjson.JSONDecodeError:
            raise invalid({"facet.field": ["Must be a JSON list"]}) from None
    if not isinstance(fields, list) or not true(data.get("facet", True)):
        return {}, {}
    try:
        limit = int(data.get("facet.limit") or 50)
    except (TypeError, ValueError):
        raise invalid({"facet.limit": ["Invalid integer"]}) from None
    if len(fields) > MOST_FACETS:
        raise invalid({"facet.field": [f"At most {MOST_FACETS} fields"]})
    counted, shown_facets = {}, {}
    for field in map(str, fields):
        counts: Counter[str] = Counter(value for one in found for value in set(values_of(one, field)))
        chosen = counts.most_common(None if limit < 0 else limit)
        counted[field] = dict(chosen)
        items = [
            {"name": name, "display_name": _display(field, name, found), "count": count} for name, count in chosen
        ]
        items.sort(key=lambda item: str(item["display_name"]), reverse=True)
        shown_facets[field] = {"title": field, "items": items}
    return counted, shown_facets


def _display(field: str, name: str, found: list[Document]) -> str:
    for one in found:
        if field == "organization" and one["organization"]["name"] == name:
            return str(one["organization"]["title"] or name)
        if field == "license_id" and one.get("license_id") == name:
            return str(one.get("license_title") or name)
        for group in one["groups"] if field == "groups" else ():
            if group["name"] == name:
                return str(group["title"] or name)
    return name


def _result(ctx: Context, document: Document, data: Data) -> Document:
    whole = shown(ctx, document)
    fields = data.get("fl")
    if not fields:
        return whole
    chosen = fields.replace(",", " ").split() if isinstance(fields, str) else map(str, fields)
    return {field: whole[field] for field in chosen if field in whole}
