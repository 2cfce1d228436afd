"""What we know of a source: how far it was read, and what of it is here."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Engine, delete, insert, select

from catalog.store.database import reading, writing
from catalog.store.tables import harvest_sources, harvested


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One dataset of a source. `package` is its id here, `hash` what the source said when it was last written."""

    package: str
    guid: str
    name: str
    hash: str | None
    removed: bool


class Memory:
    """The memory of one source."""

    def __init__(self, engine: Engine, source: str) -> None:
        self.engine, self.source = engine, source

    def since(self) -> str | None:
        """Up to which change the source was read."""
        query = select(harvest_sources.c.since).where(harvest_sources.c.source == self.source)
        with reading(self.engine) as connection:
            found = connection.execute(query).scalar()
        return str(found) if found else None

    def read_until(self, kind: str, moment: str) -> None:
        """Remembers it; what was read before is written by now."""
        row = {"source": self.source, "kind": kind, "since": moment}
        with writing(self.engine) as connection:
            connection.execute(delete(harvest_sources).where(harvest_sources.c.source == self.source))
            connection.execute(insert(harvest_sources).values(row))

    def find(self, package: str) -> Seen | None:
        """What we know of one dataset, by its id here."""
        query = select(harvested).where(harvested.c.package_id == package)
        with reading(self.engine) as connection:
            row = connection.execute(query).first()
        return _seen(row) if row else None

    def known(self) -> list[Seen]:
        """Every dataset of the source that came here."""
        query = select(harvested).where(harvested.c.source == self.source).order_by(harvested.c.package_id)
        with reading(self.engine) as connection:
            return [_seen(row) for row in connection.execute(query)]

    def note(self, one: Seen) -> None:
        """Writes what we know of one dataset."""
        facts = asdict(one)
        row = {"source": self.source, "package_id": facts.pop("package"), **facts}
        with writing(self.engine) as connection:
            connection.execute(delete(harvested).where(harvested.c.package_id == one.package))
            connection.execute(insert(harvested).values(row))


def _seen(row: object) -> Seen:
    facts = {name: getattr(row, name) for name in ("guid", "name", "hash", "removed")}
    return Seen(package=row.package_id, **facts)  # type: ignore[attr-defined]
