"""How many of the public datasets are up to date: counted beside the pages, and kept until something changes."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from catalog.store import published
from catalog.store.database import reading
from catalog.store.tables import packages
from metadata.errors import SaphanError

if TYPE_CHECKING:
    from sqlalchemy import Engine

AT_ONCE = 500
"""Datasets that are counted while a page waits; of more, the page goes without until they are counted."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timely:
    """Of the datasets that promise a frequency (`promised`), those that keep it."""

    kept: int
    promised: int


def timely(engine: Engine, today: date) -> Timely:
    """Counts the public datasets as `catalog.web.pages.freshness` judges each."""
    from catalog.audit import freshness
    from catalog.audit.described import flat

    kept = promised = 0
    with reading(engine) as connection:
        rows = connection.execution_options(yield_per=500).execute(
            select(packages.c.document).where(*published.PUBLIC)
        )
        for (document,) in rows:
            facts = freshness.dates(flat(orjson.loads(document)))
            if facts["never_late"]:
                continue
            late = freshness.late(facts, freshness.timed(facts, today))
            if late is not None:
                promised += 1
                kept += not late
    return Timely(kept=kept, promised=promised)


@dataclass
class Counted:
    """The last count, and the one that is being made."""

    engine: Engine
    found: Timely | None = None
    of: tuple[str, date] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, today: date, count: int) -> Timely | None:
        """The count of now where it is there or quickly made, else the one before; None before the first."""
        wanted = (published.mark(self.engine), today)
        if wanted != self.of and self.lock.acquire(blocking=False):
            if count <= AT_ONCE:
                self._make(wanted)
            else:
                threading.Thread(target=self._make, args=(wanted,), daemon=True).start()
        return self.found

    def _make(self, wanted: tuple[str, date]) -> None:
        try:
            self.found, self.of = timely(self.engine, wanted[1]), wanted
        except SaphanError:
            log.warning("the datasets' freshness could not be counted")
        finally:
            self.lock.release()
