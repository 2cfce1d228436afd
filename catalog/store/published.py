"""What anyone may see of the whole catalogue: names in order, and a mark that changes whenever any of it does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from catalog.store.database import reading
from catalog.store.tables import groups, packages, restores, search_state

if TYPE_CHECKING:
    from sqlalchemy import Engine

BLOCK = 1000
"""Names read at a time: no transaction stays open while a slow reader takes what it was sent."""
PUBLIC = (packages.c.state == "active", packages.c.private.is_(False))


def count(engine: Engine) -> int:
    """How many datasets anyone may see."""
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(packages).where(*PUBLIC)).scalar() or 0)


def names(engine: Engine, *, after: str = "", most: int | None = None) -> Iterator[tuple[str, str]]:
    """Name and `metadata_modified` of the public datasets, by name, those after one; `most` at most."""
    left = most
    while left is None or left > 0:
        size = BLOCK if left is None else min(BLOCK, left)
        query = select(packages.c.name, packages.c.metadata_modified).where(*PUBLIC, packages.c.name > after)
        with reading(engine) as connection:
            rows = connection.execute(query.order_by(packages.c.name).limit(size)).all()
        yield from ((row[0], row[1]) for row in rows)
        if len(rows) < size:
            return
        after = rows[-1][0]
        left = None if left is None else left - len(rows)


def starts(engine: Engine, size: int) -> list[str]:
    """The name before each block of `size` names: `""`, then the last name of every full block but the last."""
    found, seen, last = [""], 0, ""
    for name, _modified in names(engine):
        if seen and seen % size == 0:
            found.append(last)
        seen, last = seen + 1, name
    return found


def mark(engine: Engine) -> str:
    """A text that changes with each write to a dataset, an organisation or a group, and with a restore.

    Whoever writes a dataset raises the search's revision in the same transaction.
    """
    state = select(search_state.c.revision, search_state.c.made_by)
    restored = select(restores.c.id).order_by(restores.c.id)
    named = select(groups.c.document).order_by(groups.c.id)
    digest = hashlib.blake2b(digest_size=16)
    with reading(engine) as connection:
        for query in (state, restored, named):
            for row in connection.execute(query):
                digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()
