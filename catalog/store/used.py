"""How much the catalog's public datasets are used, by day, month and dataset; people and robots apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, get_args

from sqlalchemy import BindParameter, Connection, Select, String, bindparam, func, or_, select

from catalog.store.published import PUBLIC
from catalog.store.tables import package_index, packages, usage
from catalog.store.usage import PEOPLE, Kind, Usage
from metadata import clock

KINDS: tuple[Kind, ...] = get_args(Kind)
HIDDEN = select(package_index.c.package_id).where(or_(package_index.c.private, package_index.c.state != "active"))
"""Datasets that not everybody may see; far fewer than those that everybody may."""
ACTS = usage.c.kind.in_(("page", "file"))
"""What people do themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """How often something was used in a time: by kind."""

    page: int = 0
    file: int = 0
    api: int = 0

    def __bool__(self) -> bool:
        return bool(self.page or self.file or self.api)


NEVER = Used()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """This month up to a day, and the month before up to the same day of it.

    `before` is None where counting began later than that: there is nothing to compare with.
    """

    now: Used
    before: Used | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDataset:
    """A public dataset's use by people in a time."""

    name: str
    document: str = field(repr=False)
    """JSON, as `package_show` gives it."""
    used: Used


def totals(connection: Connection, since: date, until: date, *, robots: bool = False) -> Used:
    """How often people (or robots) used public datasets from one day to another, both included."""
    query = select(usage.c.kind, func.sum(usage.c.count)).group_by(usage.c.kind)
    return _used(connection, query.where(*_time(since, until), _by(robots=robots), _seen()))


def trend(connection: Connection, today: date) -> Trend:
    """This month beside the last, by people."""
    first = today.replace(day=1)
    last = first - timedelta(days=1)
    start = last.replace(day=1)
    now = totals(connection, first, today)
    begun = began(connection)
    if begun is None or begun > start:
        return Trend(now=now)
    return Trend(now=now, before=totals(connection, start, last.replace(day=min(today.day, last.day))))


def began(connection: Connection) -> date | None:
    """The first day with any number; None while there is none."""
    day = connection.execute(select(func.min(usage.c.day))).scalar()
    return date.fromisoformat(day) if day else None


def ranked(connection: Connection, days: int, limit: int) -> list[tuple[str, Used]]:
    """The public datasets whose pages and files people asked for most often in so many days, by id, most first."""
    until = clock.today()
    within = (*_time(until - timedelta(days=days - 1), until), PEOPLE, ACTS)
    query = select(usage.c.package_id).where(*within, _seen()).group_by(usage.c.package_id)
    query = query.order_by(func.sum(usage.c.count).desc(), usage.c.package_id).limit(limit)
    keys = list(connection.execute(query).scalars())
    counted = select(usage.c.package_id, usage.c.kind, func.sum(usage.c.count))
    counted = counted.where(*within, usage.c.package_id.in_(keys)).group_by(usage.c.package_id, usage.c.kind)
    found: dict[str, dict[str, int]] = {}
    for key, kind, times in connection.execute(counted).all():
        found.setdefault(key, {})[kind] = int(times)
    return [(key, Used(**found[key])) for key in keys]


def named(connection: Connection, often: Sequence[tuple[str, Used]]) -> list[OfDataset]:
    """Those of the datasets that are public now."""
    query = select(packages.c.id, packages.c.name, packages.c.document)
    query = query.where(packages.c.id.in_([key for key, _used in often]), *PUBLIC)
    found = {row.id: row for row in connection.execute(query)}
    return [
        OfDataset(name=found[key].name, document=found[key].document, used=times)
        for key, times in often
        if key in found
    ]


def most_used(connection: Connection, days: int, limit: int) -> list[OfDataset]:
    """The public datasets that people used most in so many days, the first above."""
    return named(connection, ranked(connection, days, limit))


_KEY: BindParameter[str] = bindparam("key", type_=String)
_SINCE: BindParameter[str] = bindparam("since", type_=String)
_UNTIL: BindParameter[str] = bindparam("until", type_=String)
_OF_DATASET = (
    select(usage.c.kind, func.sum(usage.c.count))
    .where(usage.c.package_id == _KEY, PEOPLE, usage.c.day >= _SINCE)
    .group_by(usage.c.kind)
)
_BY_DAY = (
    select(usage.c.day, func.sum(usage.c.count))
    .where(usage.c.package_id == _KEY, usage.c.day >= _SINCE, usage.c.day <= _UNTIL, PEOPLE, ACTS)
    .group_by(usage.c.day)
)
"""Statements of each dataset's page are put together once."""


def of_dataset(connection: Connection, package: str, since: date = date.min) -> Used:
    """How often people used a dataset, in all or since a day."""
    return _used(connection, _OF_DATASET, {"key": package, "since": since.isoformat()})


def by_day(connection: Connection, package: str, since: date, until: date) -> list[int]:
    """How often people looked at a dataset's page or fetched its files: a number for each day, both included."""
    asked = {"key": package, "since": since.isoformat(), "until": until.isoformat()}
    counted: dict[str, int] = {day: int(times) for day, times in connection.execute(_BY_DAY, asked)}
    every = ((since + timedelta(days=number)).isoformat() for number in range((until - since).days + 1))
    return [counted.get(day, 0) for day in every]


def by_month(connection: Connection, since: date) -> dict[str, dict[bool, Used]]:
    """Month (2026-11) → whether robots → how often public datasets were used; the newest month first."""
    month = func.substr(usage.c.day, 1, 7).label("month")
    query = select(month, usage.c.robot, usage.c.kind, func.sum(usage.c.count))
    query = query.where(usage.c.day >= since.isoformat(), _seen())
    found: dict[str, dict[bool, dict[str, int]]] = {}
    for name, robot, kind, times in connection.execute(query.group_by(month, usage.c.robot, usage.c.kind)):
        found.setdefault(name, {}).setdefault(bool(robot), {})[kind] = int(times)
    return {
        name: {robot: Used(**found[name].get(robot, {})) for robot in (False, True)}
        for name in sorted(found, reverse=True)
    }


def exported(connection: Connection, since: date, until: date) -> Iterator[tuple[str, str, str, bool, int]]:
    """Day, dataset's name, kind, whether robots, how often: of the public datasets, by day and name."""
    place = (usage.c.day, packages.c.name, usage.c.kind, usage.c.robot)
    query = select(*place, func.sum(usage.c.count)).join(packages, packages.c.id == usage.c.package_id)
    query = query.where(*_time(since, until), *PUBLIC).group_by(*place).order_by(*place)
    for day, name, kind, robot, times in connection.execute(query):
        yield day, name, kind, bool(robot), int(times)


def _time(since: date, until: date) -> tuple[Any, Any]:
    return usage.c.day >= since.isoformat(), usage.c.day <= until.isoformat()


def _by(*, robots: bool) -> Any:
    return usage.c.robot.is_(robots)


def _seen() -> Any:
    return usage.c.package_id.not_in(HIDDEN)


def _used(connection: Connection, query: Select[Any], asked: Mapping[str, str] | None = None) -> Used:
    found: Mapping[str, int] = {kind: int(times) for kind, times in connection.execute(query, asked)}
    return Used(**found)


class Recently:
    """The same numbers for pages that are asked for often: read anew once a minute, as they are written.

    Whether a dataset is public is looked up each time.
    """

    def __init__(self, counting: Usage | None) -> None:
        self._counting = counting
        self._known: dict[tuple[Any, ...], Any] = {}
        self._of: tuple[int, int] | None = None

    def trend(self, connection: Connection) -> Trend:
        """As `trend`, of today."""
        return self._once(trend, connection, clock.today())  # type: ignore[no-any-return]

    def most_used(self, connection: Connection, days: int, limit: int) -> list[OfDataset]:
        """As `most_used`."""
        return named(connection, self._once(ranked, connection, days, limit))

    def by_month(self, connection: Connection, since: date) -> dict[str, dict[bool, Used]]:
        """As `by_month`."""
        return self._once(by_month, connection, since)  # type: ignore[no-any-return]

    def _once(self, ask: Callable[..., Any], connection: Connection, *arguments: Any) -> Any:
        now = (int(clock.now().timestamp() // 60), self._counting.written if self._counting else 0)
        if now != self._of:
            self._known, self._of = {}, now
        known, key = self._known, (ask, *arguments)
        if key not in known:
            known[key] = ask(connection, *arguments)
        return known[key]
