"""Which public tables tell of which area: looked for beside the pages, kept until a dataset changes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from catalog.places.located import Cells, Located, located
from catalog.search.fields import is_private
from catalog.store import published
from catalog.store.database import reading
from catalog.store.tables import packages
from metadata.errors import SaphanError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from catalog.portal.local import LocalPortal
    from metadata.areas import Level

AT_ONCE = 40
"""Tables that are looked through while a page waits; more are looked through beside the pages."""
BLOCK = 200
"""Datasets read at a time."""
PAUSE = 0.015
"""Seconds between two tables, so that pages are made in between."""
MOST_FORMS = 2000
"""Ways of naming areas that are kept to be used again."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """A table that tells of areas."""

    package: str
    resource: str
    modified: str
    """The dataset's `metadata_modified`."""
    located: tuple[Located, ...]

    def of(self, code: str, level: Level) -> Located | None:
        """Which of its columns tell of an area, if any do."""
        return next((one for one in self.located if one.level == level and code in one.cells), None)


@dataclass(frozen=True, slots=True)
class Index:
    """The tables that tell of areas: those of the dataset changed last come first."""

    sources: tuple[Source, ...] = ()

    def of(self, code: str, level: Level) -> list[tuple[Source, Located]]:
        """The tables of an area, and which of their columns tell of it."""
        return [(one, found) for one in self.sources if (found := one.of(code, level))]

    def told(self, level: Level) -> frozenset[str]:
        """The areas of a level that any table tells of."""
        return frozenset().union(
            *(one.cells for source in self.sources for one in source.located if one.level == level)
        )


@dataclass
class Indexed:
    """The last index, and the one that is being made."""

    portal: LocalPortal
    found: Index | None = None
    mark: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[str, tuple[str, tuple[Source, ...]]] = field(default_factory=dict)
    """Dataset → when it was changed, and its tables that tell of areas."""
    _same: dict[Any, Mapping[str, tuple[Cells, ...]]] = field(default_factory=dict)
    """Most tables name the same areas in the same way: that is kept once."""

    def now(self) -> tuple[Index | None, bool]:
        """The index, and whether it is of now. None: there is none yet, the first is being made."""
        mark = published.mark(self.portal.engine)
        if mark != self.mark and self.lock.acquire(blocking=False):
            try:
                public = dict(_public(self.portal.engine))
                changed = [key for key, modified in public.items() if self._known.get(key, ("",))[0] != modified]
            except BaseException:
                self.lock.release()
                raise
            if len(changed) <= AT_ONCE:
                self._make(mark, public, changed, 0)
            else:
                threading.Thread(target=self._make, args=(mark, public, changed, PAUSE), daemon=True).start()
        return self.found, mark == self.mark

    def _make(self, mark: str, public: Mapping[str, str], changed: Sequence[str], pause: float) -> None:
        try:
            known = {key: one for key, one in self._known.items() if key in public}
            for key, tables in _tables(self.portal.engine, changed):
                sources = (self._source(key, public[key], table) for table in tables)
                known[key] = (public[key], tuple(one for one in sources if one))
                if pause:
                    time.sleep(pause)
            self._known = known
            self.found = Index(tuple(one for key in public for one in known.get(key, ("", ()))[1]))
            self.mark = mark
        except SaphanError:
            log.warning("the tables could not be looked through for areas")
        finally:
            self.lock.release()

    def _source(self, package: str, modified: str, table: str) -> Source | None:
        try:
            with self.portal.datastore.opened(table) as opened:
                found = located(opened)
        except (SaphanError, SQLAlchemyError):
            log.warning("a table could not be looked through for areas")
            return None
        return Source(package, table, modified, tuple(map(self._once, found))) if found else None

    def _once(self, one: Located) -> Located:
        if len(self._same) > MOST_FORMS:
            self._same.clear()
        return replace(one, cells=self._same.setdefault(tuple(sorted(one.cells.items())), one.cells))


def _public(engine: Engine) -> list[tuple[str, str]]:
    """The public datasets, those changed last first."""
    order = (packages.c.metadata_modified.desc(), packages.c.id)
    query = select(packages.c.id, packages.c.metadata_modified).where(*published.PUBLIC).order_by(*order)
    with reading(engine) as connection:
        return [(row[0], row[1]) for row in connection.execute(query)]


def _tables(engine: Engine, keys: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The tables of some datasets that anyone may see."""
    for start in range(0, len(keys), BLOCK):
        query = select(packages.c.id, packages.c.document).where(packages.c.id.in_(keys[start : start + BLOCK]))
        with reading(engine) as connection:
            rows = connection.execute(query).all()
        for key, document in rows:
            resources = orjson.loads(document)["resources"]
            yield key, [one["id"] for one in resources if one["datastore_active"] and not is_private(one)]
