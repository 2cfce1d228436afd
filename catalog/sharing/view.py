"""What the token of a share sees: one dataset, some tables of it, their shared columns and rows.

Whoever brings such a token is a stranger everywhere (`catalog.web.caller` knows no user by it). Only the roads
named here look for its share, and only what they answer is made from it: refused is what nobody allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.actions import datastore_ask as ask
from catalog.actions.context import Context
from catalog.actions.datastore_search import searched
from catalog.actions.refusals import ActionRefused, invalid, not_found
from catalog.store.shape import Filter, Question, Shape
from catalog.store.shares import Share, Table

if TYPE_CHECKING:
    from catalog.actions.context import Site
    from catalog.portal.local import LocalPortal

Data = dict[str, Any]
SEEN = (
    "id", "name", "title", "title_translated", "notes", "notes_translated", "organization", "owner_org", "tags",
    "private", "state", "type", "maintainer", "maintainer_email", "license_id", "license_title",
    "metadata_created", "metadata_modified", "version", "data_category", "data_classification", "data_type",
    "update_frequency_unit", "update_frequency_interval", "geo_coverage", "data_source", "objective",
)  # fmt: skip
"""What of a dataset's description is shown."""
SEEN_OF_FILES = ("id", "package_id", "name", "description", "position", "state", "created", "last_modified")
"""What of a file's: neither size nor hash, which would tell of what is not shared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow(Shape):
    """A table that consists of its shared columns: it has no `_id`, which would count the other rows."""

    def has(self, name: str) -> bool:
        """Whether it is one of the shared columns."""
        return self.column(name) is not None


def answer(portal: LocalPortal, share: Share, name: str, data: Mapping[str, Any], site: Site) -> Any:
    """What an action answers to a share's token; None where it is not of the share: then a stranger asks.

    Raises ActionRefused.
    """
    road = ROADS.get(name)
    if road is None:
        return None
    with portal.looking(actor=portal.actor, site=site) as ctx:
        return road(ctx, share, dict(data))


def opened(
    portal: LocalPortal, share: Share, key: str, sent: Mapping[str, Any], limit: int | None
) -> tuple[list[Data], Shape, Iterator[tuple[Any, ...]]] | None:
    """A shared table's fields, its narrowed shape and the rows that a question finds; None: not of the share.

    Raises ActionRefused where the question is wrong.
    """
    probe = answer(portal, share, "datastore_search", {**sent, "resource_id": key, "limit": 0}, portal.site)
    if probe is None:
        return None
    with portal.looking(actor=portal.actor, site=portal.site) as ctx:
        shape, shared = _narrowed(ctx, share, key)
    question, _said = _question(dict(sent), shape)
    rows = portal.datastore.search(
        key,
        question.within(shared),
        fields=[field["id"] for field in probe["fields"]],
        sort=ask.sort({"sort": sent.get("sort", "")}, shape, question),
        distinct=bool(probe.get("distinct")),
        offset=probe.get("offset", 0),
        limit=limit if limit is not None else 1 << 62 if probe.get("offset") else None,
    )
    return probe["fields"], shape, rows


def _package(ctx: Context, share: Share) -> Data | None:
    """The shared dataset as it stands; None where it is gone."""
    try:
        found: Data = ctx.call("package_show", {"id": share.package_id})
    except ActionRefused:
        return None
    return found if found.get("state") == "active" else None


def _package_show(ctx: Context, share: Share, data: Data) -> Data | None:
    found = _package(ctx, share)
    if found is None or str(data.get("id") or data.get("name_or_id") or "") not in (found["id"], found["name"]):
        return None
    files = [_file(ctx, one, found) for one in found["resources"] if one["id"] in share.tables]
    shown = {key: found[key] for key in SEEN if key in found}
    return {**shown, "resources": files, "num_resources": len(files)}


def _resource_show(ctx: Context, share: Share, data: Data) -> Data | None:
    key, found = str(data.get("id") or ""), _package(ctx, share)
    files = [one for one in (found or {}).get("resources", ()) if one["id"] == key in share.tables]
    return _file(ctx, files[0], found) if found and files else None


def _file(ctx: Context, one: Data, package: Data) -> Data:
    """A file as it is shared: its rows as CSV, under the address of its download."""
    address = f"{ctx.site.url}/dataset/{package['id']}/resource/{one['id']}/download/{one['id']}.csv"
    shown = {key: one[key] for key in SEEN_OF_FILES if key in one}
    return {**shown, "format": "CSV", "mimetype": "text/csv", "url": address, "datastore_active": True}


def _search(ctx: Context, share: Share, data: Data) -> Data | None:
    key = _table(ctx, share, data)
    if key is None:
        return None
    shape, shared = _narrowed(ctx, share, key)
    _question(dict(data), shape)
    with ctx.datastore.opened(key) as table:
        return searched(ctx, data, key, table, shape, shared)


def _info(ctx: Context, share: Share, data: Data) -> Data | None:
    key = _table(ctx, share, data)
    if key is None:
        return None
    shape, shared = _narrowed(ctx, share, key)
    count = ctx.datastore.count(key, Question().within(shared))
    return {
        "fields": [ask.field(column) for column in shape.columns],
        "meta": {"id": key, "count": count, "table_type": "VIEW", "aliases": []},
    }


ROADS = {
    "package_show": _package_show,
    "resource_show": _resource_show,
    "datastore_search": _search,
    "datastore_info": _info,
}
"""The actions that look for a share."""


def _table(ctx: Context, share: Share, data: Data) -> str | None:
    """The shared table that is asked for, by its resource's id; None where it is not shared, or gone."""
    key, found = ask.resource_id(data), _package(ctx, share)
    if found is None or key not in share.tables or not ask.has_table(ctx, found, key):
        return None
    return key


def _narrowed(ctx: Context, share: Share, key: str) -> tuple[Narrow, Filter | None]:
    """A table as it is shared, and the rows that are. Raises 404 where a column of either is gone: then it is
    another table than the one that was approved."""
    shape, shared = ctx.datastore.shape(key), share.tables[key]
    if any(shape.column(name) is None for name in (*shared.columns, *shared.rows)):
        raise not_found("The table is not the one that was shared")
    columns = tuple(column for column in shape.columns if column.name in shared.columns)
    return Narrow(columns=columns), within(shared)


def within(shared: Table) -> Filter | None:
    """The rows that are shared: each named column has one of its values."""
    every = [Filter(op="in", field=name, value=list(values)) for name, values in shared.rows.items()]
    return Filter(op="$and", value=every) if len(every) > 1 else every[0] if every else None


def _question(data: Data, shape: Shape) -> tuple[Question, Data]:
    """As `ask.question`. Raises 409 for words in any column: they would be looked for in all of the table's."""
    question, said = ask.question(data, shape)
    if any(words.field is None for words in question.words):
        raise invalid({"q": ['Name the column: {"column": "words"}']})
    return question, said
