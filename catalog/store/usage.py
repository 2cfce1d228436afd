"""Counting how datasets are used: numbers by day, and nothing of who it was. `catalog.store.used` tells them."""

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

Kind = Literal["page", "file", "api"]
"""A dataset's page was looked at, a file or its rows were fetched, a program called the API."""
Entry = tuple[Kind, str, bool, str]
"""What, its name or id, whether a robot, on which day."""
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
PEOPLE = usage.c.robot.is_(False)


class Usage:
    """What was used since it was last written. Any thread may count; `close` writes the rest."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counted: Counter[Entry] = Counter()
        self._lock = Lock()
        self._timer: Timer | None = None
        self.written = 0
        """How often this process has written."""

    def count(self, kind: Kind, key: str, *, robot: bool = False) -> None:
        """One more: of a dataset's page (by name or id), of a resource's file (by id), of API calls for either."""
        entry = (kind, key, robot, clock.today().isoformat())
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
            self.written += 1
        except StoreError:
            with self._lock:
                self._counted.update(counted)

    close = write


def _add(connection: Connection, counted: Counter[Entry]) -> None:
    """Adds numbers of what there is: an address can be made up."""
    places = {
        kind: dict(_places(connection, kind, sorted({key for one, key, *_rest in counted if one == kind})))
        for kind in {kind for kind, *_rest in counted}
    }
    total: Counter[tuple[Any, ...]] = Counter()
    for (kind, key, robot, day), times in counted.items():
        if key in places[kind]:
            package, resource = places[kind][key]
            total[package, kind, robot, day, resource] += times
    names = ("package_id", "kind", "robot", "day", "resource_id")
    rows = [{**dict(zip(names, place, strict=True)), "count": times} for place, times in sorted(total.items())]
    if rows:
        dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        put = dialect.insert(usage)
        more = {"count": usage.c.count + put.excluded.count}
        connection.execute(put.on_conflict_do_update(index_elements=names, set_=more), rows)


def _places(connection: Connection, kind: Kind, keys: list[str]) -> Iterable[tuple[str, tuple[str, str]]]:
    """What was asked for → the ids of the dataset and of the resource ("" where it was the dataset itself)."""
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        if kind != "page":
            query = select(resources.c.id, resources.c.package_id).where(resources.c.id.in_(part))
            yield from ((key, (package, key)) for key, package in connection.execute(query))
        if kind != "file":
            found = select(packages.c.id, packages.c.name)
            found = found.where(or_(packages.c.id.in_(part), packages.c.name.in_(part)))
            for key, name in connection.execute(found):
                yield from ((key, (key, "")), (name, (key, "")))


def views(package: Any, *, lately: bool) -> Any:
    """How often people saw the page of a package, as an expression of the table that names the package."""
    counted = select(func.coalesce(func.sum(usage.c.count), 0))
    counted = counted.where(usage.c.package_id == package, usage.c.kind == "page", PEOPLE)
    if lately:
        counted = counted.where(usage.c.day >= _since())
    return counted.correlate(package.table).scalar_subquery()


def _since() -> str:
    return (clock.today() - timedelta(days=RECENT)).isoformat()


def summary(connection: Connection, package: str) -> dict[str, dict[str, int]]:
    """How often people did, in all and lately, as CKAN's `tracking_summary`, by resource; ``""`` is the page.

    API calls are not in it, as they are not in CKAN's.
    """
    lately = func.sum(case((usage.c.day >= _since(), usage.c.count), else_=0))
    query = select(usage.c.resource_id, func.sum(usage.c.count), lately).group_by(usage.c.resource_id)
    query = query.where(usage.c.package_id == package, usage.c.kind.in_(("page", "file")), PEOPLE)
    rows = connection.execute(query)
    return {resource: {"total": int(total), "recent": int(recent)} for resource, total, recent in rows}


def between(connection: Connection, kind: Kind, first: date, last: date) -> int:
    """How often people did, with all datasets, from one day to another, both included."""
    asked = select(func.coalesce(func.sum(usage.c.count), 0)).where(usage.c.kind == kind, PEOPLE)
    asked = asked.where(usage.c.day >= first.isoformat(), usage.c.day <= last.isoformat())
    return int(connection.execute(asked).scalar() or 0)
