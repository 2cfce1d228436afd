"""How often datasets are looked at and files are fetched: numbers by day, and nothing of who it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from threading import Lock, Timer
from typing import Any, Literal

from sqlalchemy import Connection, Engine, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from catalog.store.database import writing
from catalog.store.tables import packages, resources, usage
from metadata import clock
from metadata.errors import StoreError

Kind = Literal["page", "file"]
Entry = tuple[Kind, str, str]
"""What, its name or id, on which day."""
SOON = 60.0
"""Seconds until what was counted is written: all that a crash can lose."""
RECENT = 14
"""Days that CKAN calls recent."""
VIEWS = ("views_total", "views_recent")
"""What CKAN's searches sort by these numbers with."""
AT_ONCE = 500
"""Ids in one question to the database."""
MOST = 100_000
"""Things counted between two writings, at most: nobody fills our memory with made-up addresses."""


class Usage:
    """What was used since it was last written. Any thread may count; `close` writes the rest."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counted: Counter[Entry] = Counter()
        self._lock = Lock()
        self._timer: Timer | None = None

    def count(self, kind: Kind, key: str) -> None:
        """One more: of a dataset's page (by its name or id), or of a resource's file (by its id)."""
        entry = (kind, key, clock.today().isoformat())
        with self._lock:
            if entry in self._counted or len(self._counted) < MOST:
                self._counted[entry] += 1
            if self._timer is None:
                self._timer = Timer(SOON, self.write)
                self._timer.daemon = True
                self._timer.start()

    def write(self) -> None:
        """Adds what was counted to the database's numbers; a database that is busy gets it the next time."""
        with self._lock:
            counted, self._counted, timer, self._timer = self._counted, Counter(), self._timer, None
        if timer is not None:
            timer.cancel()
        if not counted:
            return
        try:
            with writing(self._engine) as connection:
                _add(connection, counted)
        except StoreError:
            with self._lock:
                self._counted.update(counted)

    close = write


def _add(connection: Connection, counted: Counter[Entry]) -> None:
    """Adds numbers of what there is: an address can be made up."""
    places = {
        kind: dict(_places(connection, kind, sorted({key for one, key, _day in counted if one == kind})))
        for kind in {kind for kind, _key, _day in counted}
    }
    total: Counter[tuple[str, str, str]] = Counter()
    for (kind, key, day), times in counted.items():
        if key in places[kind]:
            total[(*places[kind][key], day)] += times
    names = ("package_id", "resource_id", "day")
    rows = [{**dict(zip(names, place, strict=True)), "count": times} for place, times in sorted(total.items())]
    if rows:
        dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        put = dialect.insert(usage)
        more = {"count": usage.c.count + put.excluded.count}
        connection.execute(put.on_conflict_do_update(index_elements=names, set_=more), rows)


def _places(connection: Connection, kind: Kind, keys: list[str]) -> Iterable[tuple[str, tuple[str, str]]]:
    """What was asked for → the ids of the dataset and of the resource (none for a page)."""
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        if kind == "file":
            query = select(resources.c.id, resources.c.package_id).where(resources.c.id.in_(part))
            yield from ((key, (package, key)) for key, package in connection.execute(query))
            continue
        query = select(packages.c.id, packages.c.name)
        for key, name in connection.execute(query.where(or_(packages.c.id.in_(part), packages.c.name.in_(part)))):
            yield from ((key, (key, "")), (name, (key, "")))


def views(package: Any, *, lately: bool) -> Any:
    """How often the page of a package was seen, as an expression of the table that names the package."""
    counted = select(func.coalesce(func.sum(usage.c.count), 0))
    counted = counted.where(usage.c.package_id == package, usage.c.resource_id == "")
    if lately:
        counted = counted.where(usage.c.day >= _since())
    return counted.correlate(package.table).scalar_subquery()


def _since() -> str:
    return (clock.today() - timedelta(days=RECENT)).isoformat()


def summary(connection: Connection, package: str) -> dict[str, dict[str, int]]:
    """How often in all and lately, as CKAN's `tracking_summary`, by resource; the page's is under ``""``."""
    lately = func.sum(case((usage.c.day >= _since(), usage.c.count), else_=0))
    query = select(usage.c.resource_id, func.sum(usage.c.count), lately).where(usage.c.package_id == package)
    rows = connection.execute(query.group_by(usage.c.resource_id))
    return {resource: {"total": int(total), "recent": int(recent)} for resource, total, recent in rows}


def between(connection: Connection, kind: Kind, first: date, last: date) -> int:
    """How often pages were looked at, or files fetched, of all datasets from one day to another, both included."""
    asked = select(func.coalesce(func.sum(usage.c.count), 0))
    asked = asked.where(usage.c.day >= first.isoformat(), usage.c.day <= last.isoformat())
    asked = asked.where(usage.c.resource_id == "" if kind == "page" else usage.c.resource_id != "")
    return int(connection.execute(asked).scalar() or 0)
