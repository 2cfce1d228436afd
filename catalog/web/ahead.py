"""Pages of datasets, made beside the pages before somebody asks: what they need of tables is in memory then."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from catalog.store import published
from catalog.store.database import reading
from catalog.store.tables import packages
from catalog.web.pages.dataset import dataset
from metadata.errors import SaphanError

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal

LEAST = 40
"""Datasets of a catalog for which it is worth the while."""
MOST = 500
"""Datasets whose pages are made: those changed last."""
AGAIN = 10.0
"""Seconds between two looks at what has changed."""
PAUSE = 0.03
"""Seconds between two pages, so that those which are asked for are made in between."""
log = logging.getLogger(__name__)


class Ahead:
    """Makes each page once after its dataset was changed, as a stranger would see it, by a thread of its own."""

    def __init__(self, portal: LocalPortal) -> None:
        self.portal = portal
        self._lock = threading.Lock()
        self._due = 0.0
        self._mark = ""
        self._known: dict[str, str] = {}

    def wake(self, request: Request) -> None:
        """Has a look taken at what has changed, unless one was taken just now: pages are for the same address."""
        if time.monotonic() < self._due or not self._lock.acquire(blocking=False):
            return
        threading.Thread(target=self._look, args=(request.scope,), name="ahead", daemon=True).start()

    def _look(self, scope: Any) -> None:
        try:
            mark = published.mark(self.portal.engine)
            if mark != self._mark and published.count(self.portal.engine) >= LEAST:
                known = self._known
                self._known = dict(self._newest())
                changed = [name for name, version in self._known.items() if known.get(name) != version]
                asyncio.run(_made(scope, changed))
            self._mark = mark
        except (SaphanError, SQLAlchemyError) as error:
            log.warning("pages could not be made ahead: %s", type(error).__name__)
        finally:
            self._due = time.monotonic() + AGAIN
            self._lock.release()

    def _newest(self) -> Iterator[tuple[str, str]]:
        columns = (packages.c.name, packages.c.metadata_modified)
        order = (packages.c.metadata_modified.desc(), packages.c.id)
        with reading(self.portal.engine) as connection:
            query = select(*columns).where(*published.PUBLIC).order_by(*order).limit(MOST)
            yield from ((name, modified) for name, modified in connection.execute(query))


async def _made(scope: Any, names: list[str]) -> None:
    """The pages of some datasets, under the address that somebody asked under, for nobody."""
    host = [(name, value) for name, value in scope["headers"] if name == b"host"]
    for name in names:
        path = f"/dataset/{name}"
        asked = {"headers": host, "query_string": b"", "path": path, "raw_path": path.encode(), "session": {}}
        with suppress(HTTPException):  # it is gone by now
            await dataset(Request({**scope, **asked, "path_params": {"id": name}}))
        await asyncio.sleep(PAUSE)
