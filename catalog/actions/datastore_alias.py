"""Aliases: more names by which a table is read, as CKAN's views; and `_table_metadata`, the list of all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import case, delete, insert, select

from catalog.actions.context import Context
from catalog.actions.refusals import invalid
from catalog.search.fields import is_private
from catalog.store.datastore import Reading
from catalog.store.shape import Column, Shape
from catalog.store.tables import datastore_aliases, packages, resources

LISTING = "_table_metadata"
"""The table that names every table and alias (CKAN's view of that name)."""
SHAPE = Shape(
    columns=tuple(
        Column(name=name, kind=kind, slot=slot)
        for slot, (name, kind) in enumerate((("name", "name"), ("oid", "oid"), ("alias_of", "name")))
    )
)


def target(ctx: Context, alias: str) -> str | None:
    """The resource that an alias is a name of."""
    query = select(datastore_aliases.c.resource_id).where(datastore_aliases.c.alias == alias)
    return ctx.connection.execute(query).scalar()


def of(ctx: Context, resource: str) -> list[str]:
    """A table's aliases, the newest first."""
    query = select(datastore_aliases.c.alias).where(datastore_aliases.c.resource_id == resource)
    return list(ctx.connection.execute(query.order_by(datastore_aliases.c.number.desc())).scalars())


def replace(ctx: Context, resource: str, aliases: list[str]) -> None:
    """Gives a table these aliases and no others. Raises 409 for a name that a table or an alias has."""
    drop(ctx, resource)
    for alias in aliases:
        if target(ctx, alias) is not None:
            raise invalid({"alias": [f'The alias "{alias}" already exists.']})
        if ctx.connection.execute(select(resources.c.id).where(resources.c.id == alias)).first():
            raise invalid({"alias": [f'"{alias}" already exists']})
        ctx.connection.execute(insert(datastore_aliases).values(alias=alias, resource_id=resource))


def drop(ctx: Context, resource: str) -> None:
    """Takes a table's aliases away."""
    ctx.connection.execute(delete(datastore_aliases).where(datastore_aliases.c.resource_id == resource))


@contextmanager
def listing(ctx: Context) -> Iterator[Reading]:
    """`_table_metadata`: the tables that the actor may read, and their aliases. (CKAN names all to anyone.)"""
    tables = ctx.datastore.resources()
    readable = set(_readable(ctx))
    query = select(datastore_aliases.c.alias, datastore_aliases.c.resource_id).order_by(datastore_aliases.c.number)
    pairs: list[tuple[str, str | None]] = [(key, None) for key in tables if key in readable]
    pairs += [(row[0], row[1]) for row in ctx.connection.execute(query) if row[1] in readable]
    with Reading.of_rows(SHAPE, (_row(number, *pair) for number, pair in enumerate(pairs, start=1))) as found:
        yield found


def _readable(ctx: Context) -> Iterator[str]:
    """The resources that the actor may read, each without its document where nothing in it can hide one."""
    hides = packages.c.document.contains('"resource_private":"True"')
    query = select(
        resources.c.id,
        *(packages.c.state, packages.c.private, packages.c.owner_org),
        case((hides, packages.c.document)),
    ).join(packages, packages.c.id == resources.c.package_id)
    for key, state, private, owner, document in ctx.connection.execute(query.where(resources.c.state == "active")):
        if (state == "active" and not private) or ctx.actor.may("read", owner):
            hidden = document and not ctx.actor.may("update_dataset", owner)
            of_it = orjson.loads(document)["resources"] if hidden else []
            if not any(one["id"] == key and is_private(one) for one in of_it):
                yield key


def _row(number: int, name: str, alias_of: str | None) -> dict[str, Any]:
    key = hashlib.md5((name + (alias_of or "")).encode(), usedforsecurity=False).hexdigest()[:16]
    return {"_id": key, "name": name, "oid": str(number), "alias_of": alias_of}
