"""`package_search`: words, Solr's query language, order, pages and facets, for who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Engine, and_, or_, select

from catalog.actions.context import Actor, Context
from catalog.actions.core import beneath
from catalog.actions.documents import Document, dressed, shown
from catalog.actions.filters import parsed, unsearchable
from catalog.actions.refusals import ActionRefused, bad_query, invalid
from catalog.actions.register import action
from catalog.actions.values import natural, true
from catalog.search.fields import stored
from catalog.search.language import Unreadable, enough, words
from catalog.search.units import Wanted, wanted
from catalog.store.conditions import ROW, Condition, among
from catalog.store.facets import Facets
from catalog.store.find import SEVERAL, Found, Query, find
from catalog.store.search import revision
from catalog.store.tables import groups, packages
from catalog.store.usage import VIEWS

Data = dict[str, Any]
KNOWN = {
    "q", "fl", "fq", "rows", "sort", "start", "wt", "qf", "bf", "boost", "facet", "facet.mincount", "facet.limit",
    "facet.field", "extras", "fq_list", "tie", "defType", "mm", "df", "include_private", "include_drafts",
    "include_deleted", "use_default_schema",
}  # fmt: skip
"""What CKAN takes, besides what begins with `ext_`."""
MOST = 1000
LONGEST = 8000
"""Characters anyone may send of `q`, `fq` and `fq_list` together: what Solr, too, takes of an address."""
MOST_FACETS = 50
ORDER = "score desc, metadata_modified desc"
OPERATORS = ("AND", "OR", "NOT")
SYNTAX = "+&|!(){}[]^~*?:/"
"""What the Thai portals' plugin takes a query by."""
MOST_KEPT = 256
"""Answers that a process keeps until something changes."""
_kept: WeakKeyDictionary[Engine, tuple[int, dict[bytes, Found]]] = WeakKeyDictionary()


@action("package_search", read=True)
def package_search(ctx: Context, data: Data) -> Document:
    """Search for datasets (packages).

    :param q: words, or a query such as `title:population`; Thai words are found in compounds (default: everything)
    :param fq: filters, such as `organization:dept-a tags:"open data" -name:x`
    :param fq_list: further filters, a list
    :param sort: such as `metadata_modified desc`; or score, name, title_string, metadata_created, views_recent
    :param rows: at most so many (default: 10, at most 1000)
    :param mm: how many of the words must be found, such as `1` or `75%` (default: all)
    :param start: the offset to start from
    :param facet.field: a JSON list of fields to count
    :param facet.limit: at most so many values of each (default: 50; negative: all)
    :param facet.mincount: values that at least so many datasets have (default: 1)
    :param fl: only these fields, as the search index has them
    :param include_private: also the private datasets the caller may see
    :param include_drafts: also the drafts the caller may see
    """
    unknown = sorted(field for field in data if field not in KNOWN and not field.startswith("ext_"))
    if unknown:
        raise bad_query(f'"Invalid search parameters: {unknown}"')
    found = _found(ctx, data)
    titles = {field: _titles(ctx, field, list(counts)) for field, counts in found.facets.items()}
    return {
        "count": found.count,
        "facets": {field: dict(counts) for field, counts in found.facets.items()},
        "results": _results(ctx, found, data),
        "sort": _order_text(data),
        "search_facets": {field: _facet(field, found.facets[field], titles[field]) for field in found.facets},
    }


def visible(actor: Actor) -> Condition | None:
    """The packages that an actor may find: public ones, and those of organisations whose member they are.

    None: all of them. As CKAN's `get_user_dataset_labels`; `include_private` asks to see more.
    """
    if actor.sysadmin:
        return None
    labels = [and_(ROW.state == "active", ROW.private.is_(False))]
    if actor.roles:
        labels.append(ROW.owner_org.in_(sorted(key for key in actor.roles if actor.may("read", key))))
    if actor.key:
        labels.append(and_(ROW.owner_org.is_(None), ROW.creator == actor.key))
    return or_(*labels)


def _found(ctx: Context, data: Data) -> Found:
    """What the index finds: the same as before, where nothing has changed since."""
    # a writer's own changes may yet be undone, "now" moves on, and long pages take memory
    texts = _filters(data)
    rows = _rows(data)
    order = _order_text(data)
    writes = ctx.connection.get_execution_options().get("writes")
    apart = any(field in order for field in VIEWS)  # counting changes no search but these
    if writes or apart or rows > 100 or any("NOW" in text for text in (*texts, str(data.get("q")))):
        return find(ctx.connection, _query(ctx, data, texts, rows))
    now = revision(ctx.connection)
    engine = ctx.connection.engine
    known = _kept.get(engine)
    if known is None or known[0] != now or len(known[1]) >= MOST_KEPT:
        known = _kept[engine] = (now, {})
    asker = None if ctx.actor.sysadmin else [ctx.actor.key, sorted(ctx.actor.roles.items())]
    key = orjson.dumps([asker, ctx.schema is None, data], option=orjson.OPT_SORT_KEYS, default=str)
    found = known[1].get(key)
    if found is None:
        found = known[1][key] = find(ctx.connection, _query(ctx, data, texts, rows))
    return found


def _query(ctx: Context, data: Data, texts: list[str], rows: int) -> Query:
    q = _text(data, "q").strip()
    if len(q) + sum(map(len, texts)) > LONGEST and not ctx.actor.sysadmin:
        raise bad_query("too long")
    dialect = ctx.connection.dialect.name
    conditions = _allowed(ctx, data, texts)
    conditions += [parsed(text, dialect, param="fq") for text in texts if text.strip()]
    asked = None
    if q not in ("", '""', "''", "*:*"):
        condition = _as_query(ctx, q, dialect)
        if condition is None:
            asked = _words(data, q)
        else:
            conditions.append(condition)
    return Query(
        words=asked,
        conditions=tuple(conditions),
        order=_order(_order_text(data)),
        start=natural(data, "start", 0),
        rows=rows,
        facets=Facets(
            fields=_facet_fields(data),
            most=_whole(data, "facet.limit", 50),
            least=natural(data, "facet.mincount", 1),
        ),
    )


def _words(data: Data, q: str) -> Wanted:
    """A `q` of words. Raises 409 for an `mm` that says nothing."""
    found = wanted(words(q))
    if data.get("mm") in (None, ""):
        return found
    try:
        return replace(found, least=enough(str(data["mm"]), len(found.words)))
    except Unreadable as error:
        raise unsearchable(f"Error: {error}") from None


def _filters(data: Data) -> list[str]:
    several = data.get("fq_list") or []
    return [_text(data, "fq"), *map(str, several if isinstance(several, list | str) else [several])]


def _text(data: Data, field: str) -> str:
    return "" if data.get(field) is None else str(data[field])


def _allowed(ctx: Context, data: Data, texts: list[str]) -> list[Condition]:
    """Who sees what. Deleted packages are not in CKAN's index; drafts are, for who asks."""
    conditions: list[Condition] = [ROW.state != "deleted"]
    seen = visible(ctx.actor)
    if seen is not None:
        conditions.append(seen)
    if not true(data.get("include_private", False)):
        conditions.append(ROW.private.is_(False))
    if not any("+state" in text for text in texts):
        states = ["active", "draft"] if true(data.get("include_drafts", False)) else ["active"]
        conditions.append(ROW.state.in_(states))
    return conditions


def _as_query(ctx: Context, q: str, dialect: str) -> Condition | None:
    """A `q` with fields or operators is a query; None where it is words. Raises 409 as CKAN does.

    Stock CKAN refuses what looks like a query of fields and cannot be read; the Thai portals' what has operators,
    and takes other texts, as people do, for words.
    """
    if q.startswith("{!") or "_query_:" in q or "_val_:" in q:
        raise unsearchable("Local parameters are not supported in param 'q'.")
    pieces = q.split()
    operators = any(word in OPERATORS for word in pieces) and not set(pieces) <= set(OPERATORS)
    if ":" not in q and not operators:
        return None
    try:
        return parsed(q, dialect, param="q")
    except Unreadable as error:
        fields = ":" in q
        plain = not set(q) & set(SYNTAX)
        if fields if ctx.schema is None else operators and (fields or plain):
            raise unsearchable(f"Error: {error}") from None
        return None


def _order_text(data: Data) -> str:
    return ORDER if data.get("sort") in (None, "rank") else str(data["sort"])


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    order = []
    for part in text.split(","):
        field, *direction = part.split() or [""]
        if not field:
            continue
        if len(direction) != 1 or direction[0].lower() not in ("asc", "desc"):
            raise bad_query("'Invalid \"sort\" parameter'")
        if field in SEVERAL:
            raise unsearchable(f"can not sort on multivalued field: {field}")
        order.append((field, direction[0].lower() == "desc"))
    if len(order) > MOST_FACETS:
        raise bad_query("'Invalid \"sort\" parameter'")
    return tuple(order)


def _facet_fields(data: Data) -> tuple[str, ...]:
    fields = data.get("facet.field")
    if fields is None:
        return ()
    if isinstance(fields, str):
        try:
            fields = orjson.loads(fields)
        except orjson.JSONDecodeError:
            raise invalid({"facet.field": ["Could not parse as valid JSON", "Not a list"]}) from None
    if not isinstance(fields, list):
        raise invalid({"facet.field": ["Not a list"]})
    for field in fields:
        if not isinstance(field, str):
            raise invalid({"facet.field": [f"Not a string: {field}"]})
    if len(fields) > MOST_FACETS:
        raise invalid({"facet.field": [f"At most {MOST_FACETS} fields"]})
    return tuple(fields) if true(data.get("facet", True)) else ()


def _rows(data: Data) -> int:
    try:
        return natural(data, "rows", 10, MOST)
    except ActionRefused as refused:
        integer = {"rows": ["Invalid integer"], "__type": "Validation Error"}
        if refused.error == integer and not isinstance(data["rows"], float):
            raise invalid({"rows": ["Invalid integer", "Please enter an integer value"]}) from None
        raise


def _whole(data: Data, field: str, default: int) -> int:
    value = data.get(field)
    if value in (None, ""):
        return default
    try:
        if isinstance(value, float) and not value.is_integer():
            raise ValueError
        return min(int(value), 1 << 31)
    except (TypeError, ValueError, OverflowError):
        raise invalid({field: ["Invalid integer"]}) from None


def _facet(field: str, counts: Mapping[str, int], titles: Mapping[str, str]) -> Document:
    items = [{"name": name, "display_name": titles.get(name) or name, "count": n} for name, n in counts.items()]
    items.sort(key=lambda item: str(item["display_name"]), reverse=True)
    return {"title": field, "items": items}


def _titles(ctx: Context, field: str, names: list[str]) -> dict[str, str]:
    if field == "license_id":
        return {str(one["id"]): str(one["title"]) for one in ctx.licences}
    if field not in ("organization", "groups") or not names:
        return {}
    query = select(groups.c.name, groups.c.title).where(groups.c.name.in_(names))
    return {row[0]: row[1] for row in ctx.connection.execute(query)}


def _results(ctx: Context, found: Found, data: Data) -> list[Document]:
    query = select(packages.c.id, packages.c.document).where(
        among(packages.c.id, [one[0] for one in found.page], ctx.connection.dialect.name)
    )
    texts = {row[0]: row[1] for row in ctx.connection.execute(query)} if found.page else {}
    whole = [(orjson.loads(texts[package]), score) for package, score in found.page if package in texts]
    fields = data.get("fl")
    if not fields:
        show = _without_schema if true(data.get("use_default_schema", False)) else dressed
        return [show(ctx, document) for document, _score in whole]
    chosen = " ".join(map(str, fields if isinstance(fields, list) else [fields])).replace(",", " ").split()
    return [_chosen(stored(shown(ctx, document), score), chosen) for document, score in whole]


def _without_schema(ctx: Context, document: Document) -> Document:
    """As CKAN's index holds it."""
    return beneath(ctx, document, indexed=True)


def _chosen(document: Document, fields: list[str]) -> Document:
    """The fields that were asked for, and free pairs as CKAN gives them: in `extras`, without their prefix."""
    wild = "*" in fields or "extras_*" in fields
    plain = {key: value for key, value in document.items() if not key.startswith("extras_")}
    found = {key: value for key, value in plain.items() if key in fields or ("*" in fields and key != "score")}
    extras = {
        key.removeprefix("extras_"): value
        for key, value in document.items()
        if key.startswith("extras_") and (wild or key in fields)
    }
    return found | ({"extras": extras} if extras else {})
