"""Which public tables tell of which area: looked for beside the pages, kept until a dataset changes."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from catalog.places.located import Cells, Located, located
from catalog.search.fields import is_private
from catalog.store import published
from catalog.store.database import reading
from catalog.store.datastore import state_of
from catalog.store.tables import packages
from metadata.errors import SaphanError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from catalog.portal.local import LocalPortal
    from metadata.areas import Level

AT_ONCE = 40
"""Datasets of a catalog whose tables are looked through while a page waits; of more, beside the pages."""
AGAIN = 30.0
"""Seconds after which it is looked whether tables have changed though no dataset was written."""
BLOCK = 200
"""Datasets read at a time."""
PAUSE = 0.015
"""Seconds between two tables, so that pages are made in between."""
MOST_FORMS = 2000
"""Ways of naming areas that are kept to be used again."""
Version = tuple[str, int]
"""A dataset's `metadata_modified`, and the letters of its document."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """A table that tells of areas."""

    package: str
    resource: str
    state: object
    """What the table was when it was looked through; None where the store cannot say."""
    located: tuple[Located, ...]

    def of(self, code: str, level: Level) -> Located | None:
        """Which of its columns tell of an area, if any do."""
        return next((one for one in self.located if one.level == level and code in one.cells), None)


@dataclass(frozen=True, slots=True)
class Index:
    """The tables that tell of areas: those of the dataset changed last come first."""

    sources: tuple[Source, ...] = ()
    _counted: dict[Level, Counter[str]] = field(default_factory=dict, compare=False)

    def of(self, code: str, level: Level) -> list[tuple[Source, Located]]:
        """The tables of an area, and which of their columns tell of it."""
        return [(one, found) for one in self.sources if (found := one.of(code, level))]

    def counts(self, level: Level) -> Mapping[str, int]:
        """The areas of a level that any table tells of, and how many do."""
        if level not in self._counted:
            told = (one.cells for source in self.sources for one in source.located if one.level == level)
            self._counted[level] = Counter(chain.from_iterable(told))
        return self._counted[level]


@dataclass
class Indexed:
    """The last index, and the one that is being made."""

    portal: LocalPortal
    found: Index | None = None
    mark: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _due: float = 0.0
    """When the tables are looked at again though no dataset was written."""
    _known: dict[str, tuple[Version, tuple[Source, ...]]] = field(default_factory=dict)
    """Dataset → what it was when it was looked through, and its tables that tell of areas."""
    _same: dict[Any, Mapping[str, tuple[Cells, ...]]] = field(default_factory=dict)
    """Most tables name the same areas in the same way: that is kept once."""

    def now(self) -> tuple[Index | None, bool]:
        """The index, and whether it is of now. None: there is none yet, the first is being made."""
        mark = published.mark(self.portal.engine)
        due = mark != self.mark or time.monotonic() > self._due
        if due and self.lock.acquire(blocking=False):
            if published.count(self.portal.engine) <= AT_ONCE:
                self._make(mark, 0)
            else:
                threading.Thread(target=self._make, args=(mark, PAUSE), daemon=True).start()
        return self.found, mark == self.mark

    def _make(self, mark: str, pause: float) -> None:
        try:
            public = dict(_public(self.portal.engine))
            known = {key: one for key, one in self._known.items() if key in public}
            changed = [key for key, version in public.items() if self._is_new(known.get(key), version)]
            for key, tables in _tables(self.portal.engine, changed):
                sources = (self._source(key, table) for table in tables)
                known[key] = (public[key], tuple(one for one in sources if one))
                time.sleep(pause)
            self._known = known
            self.found = Index(tuple(one for key in public for one in known.get(key, ("", ()))[1]))
            self.mark, self._due = mark, time.monotonic() + AGAIN
        except SaphanError:
            log.warning("the tables could not be looked through for areas")
        finally:
            self.lock.release()

    def _is_new(self, known: tuple[Version, tuple[Source, ...]] | None, version: Version) -> bool:
        """Whether a dataset is new or was written since it was looked through, or one of its tables was."""
        if known is None or known[0] != version:
            return True
        return any(one.state != state_of(self.portal.datastore, one.resource) for one in known[1])

    def _source(self, package: str, table: str) -> Source | None:
        state = state_of(self.portal.datastore, table)
        try:
            with self.portal.datastore.opened(table) as opened:
                found = located(opened)
        except (SaphanError, SQLAlchemyError):
            log.warning("a table could not be looked through for areas")
            return None
        return Source(package, table, state, tuple(map(self._once, found))) if found else None

    def _once(self, one: Located) -> Located:
        if len(self._same) > MOST_FORMS:
            self._same.clear()
        return replace(one, cells=self._same.setdefault(tuple(sorted(one.cells.items())), one.cells))


def _public(engine: Engine) -> list[tuple[str, Version]]:
    """The public datasets, those changed last first; a table is made or removed without another `modified`."""
    order = (packages.c.metadata_modified.desc(), packages.c.id)
    length = func.length(packages.c.document)
    query = select(packages.c.id, packages.c.metadata_modified, length).where(*published.PUBLIC).order_by(*order)
    with reading(engine) as connection:
        return [(key, (modified, letters)) for key, modified, letters in connection.execute(query)]


def _tables(engine: Engine, keys: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The tables of some datasets that anyone may see."""
    for start in range(0, len(keys), BLOCK):
        query = select(packages.c.id, packages.c.document).where(packages.c.id.in_(keys[start : start + BLOCK]))
        with reading(engine) as connection:
            rows = connection.execute(query).all()
        for key, document in rows:
            resources = orjson.loads(document)["resources"]
            yield key, [one["id"] for one in resources if one["datastore_active"] and not is_private(one)]
