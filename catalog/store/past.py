"""What the catalog held at a moment that is over, by the versions it keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, and_, func, select

from catalog.store.tables import harvested, packages, versions
from metadata.clock import BANGKOK


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A package as it was. `document` is None where that version was recalled, or purged with its package."""

    id: str
    name: str
    number: int
    public: bool
    document: dict[str, Any] | None


def at(connection: Connection, moment: datetime) -> Iterator[Past]:
    """Every package that had been written before a moment, deleted ones too, each as it was last, by name."""
    newest = (
        select(versions.c.package_id, func.max(versions.c.number).label("number"))
        .where(versions.c.at < stored(moment))
        .group_by(versions.c.package_id)
        .subquery()
    )
    same = and_(versions.c.package_id == newest.c.package_id, versions.c.number == newest.c.number)
    asked = select(versions).join(newest, same).order_by(versions.c.name)
    for row in connection.execute(asked, execution_options={"yield_per": 500}):
        document = orjson.loads(row.document) if row.document else None
        yield Past(id=row.package_id, name=row.name, number=row.number, public=bool(row.public), document=document)


def present(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The documents of packages that are there now, by id."""
    asked = select(packages.c.id, packages.c.document).where(packages.c.id.in_(ids))
    return {row.id: orjson.loads(row.document) for row in connection.execute(asked)} if ids else {}


def began(connection: Connection) -> date | None:
    """The day in Thailand on which the first of all versions was written."""
    found = connection.execute(select(func.min(versions.c.at))).scalar()
    return datetime.fromisoformat(found).replace(tzinfo=UTC).astimezone(BANGKOK).date() if found else None


def sources(connection: Connection, moment: datetime) -> int:
    """From how many other catalogues datasets had come by a moment."""
    asked = select(func.count(func.distinct(harvested.c.source)))
    asked = asked.join(versions, versions.c.package_id == harvested.c.package_id)
    return int(connection.execute(asked.where(versions.c.at < stored(moment))).scalar() or 0)


def stored(moment: datetime) -> str:
    """A moment as versions tell theirs: UTC without its offset."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
