"""Datasets near this one, each with what it has in common, as its reader may see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from catalog.actions.documents import is_hidden, load, may_read
from catalog.store.near import near
from catalog.store.search import revision
from catalog.web import caller
from catalog.web.remembered import Remembered

if TYPE_CHECKING:
    from starlette.requests import Request

    from catalog.actions.context import Context
    from catalog.portal.local import LocalPortal
    from catalog.store.near import Near
    from catalog.web.words import Speech

MOST = 4
TABLES = 2
"""Tables of a dataset whose columns are compared."""
TOLD = 4
"""Keywords, words or columns that are named."""
REMEMBERED = 2000
"""Datasets whose neighbours are kept in memory until something is written that a search could see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A dataset near another, and what both have."""

    package: Mapping[str, Any] = field(hash=False)
    tags: tuple[str, ...]
    words: tuple[str, ...]
    columns: tuple[str, ...]
    same_owner: bool


class Neighbours:
    """Finds what is near a dataset; for strangers, once for each state of the index."""

    def __init__(self, portal: LocalPortal) -> None:
        self.portal = portal
        self._known: Remembered[str, tuple[object, list[Related]]] = Remembered(REMEMBERED)

    def of(self, request: Request, package: Mapping[str, Any], columns: frozenset[str]) -> list[Related]:
        """The datasets nearest to a package (`package_show`), whose tables have these columns."""
        with self.portal.looking(actor=caller.actor(request), site=caller.site(request)) as context:
            public = not context.actor.name
            state = (revision(context.connection), package["metadata_modified"], columns)
            known = self._known.get(package["id"]) if public else None
            if known and known[0] == state:
                return known[1]
            found = near(context.connection, package, MOST if public else 4 * MOST, public=public)
            made = list(_seen(context, package, found, columns))[:MOST]
        if public:
            self._known.put(package["id"], (state, made))
        return made


def _seen(
    context: Context, package: Mapping[str, Any], found: list[Near], columns: frozenset[str]
) -> Iterator[Related]:
    """Those that the actor may read."""
    for one in found:
        document = load(context, one.package)
        if document is None or not may_read(context, document):
            continue
        yield Related(
            package={key: document[key] for key in ("name", "title", "title_en", "extras") if key in document},
            tags=one.tags[:TOLD],
            words=one.words[:TOLD],
            columns=tuple(_columns(context, document, columns))[:TOLD],
            same_owner=document["owner_org"] == package["owner_org"],
        )


def _columns(context: Context, document: dict[str, Any], columns: frozenset[str]) -> Iterator[str]:
    """Columns of the same name in a table of another dataset, by which the two may be joined."""
    if not columns:
        return
    tables = [
        one for one in document["resources"] if one["datastore_active"] and not is_hidden(context, document, one)
    ]
    told: set[str] = set()
    for one in tables[:TABLES]:
        if context.datastore.exists(one["id"]):
            names = [column.name for column in context.datastore.shape(one["id"]).columns]
            yield from (name for name in names if name in columns and name not in told)
            told |= set(names)


async def facts(
    request: Request, package: Mapping[str, Any], tables: Mapping[str, Any], say: Speech
) -> dict[str, Any]:
    """For the block of the dataset's page: `related`, each dataset with why it is there."""
    names = (str(one["id"]) for table in tables.values() if table for one in table["fields"])
    columns = frozenset(name for name in names if name != "_id")
    neighbours: Neighbours = request.app.state.neighbours
    found = await run_in_threadpool(neighbours.of, request, package, columns)
    return {"related": [(one.package, list(_reasons(one, say))) for one in found]}


def _reasons(one: Related, say: Speech) -> Iterator[str]:
    """Why a dataset is near, in words."""
    if one.tags:
        yield say("related-tags", names=", ".join(one.tags))
    words = [word for word in one.words if word not in one.tags]
    if words:
        yield say("related-words", names=", ".join(words))
    if one.columns:
        yield say("related-columns", names=", ".join(one.columns))
    if one.same_owner:
        yield say("related-owner")
