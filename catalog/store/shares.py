"""Shares as the store keeps them: what an agency's token sees, from when to when, and how often it was used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from catalog.store.tables import share_uses, shares
from metadata import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is shared of a table: these columns of the rows in which each named column has one of its values."""

    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A dataset that is shared. `tables`: resource's id → what is shared of it; `begins`, `ends`: days.

    `approved` is the owner's decision (by, role, at). `uses` and `last_used` are counted.
    """

    id: str
    package_id: str
    dataset: str
    agency: str
    mou: str
    purpose: str
    tables: Mapping[str, Table] = field(hash=False)
    begins: str
    ends: str
    created: str
    approved: Mapping[str, Any] = field(default_factory=dict, hash=False)
    ended: str | None = None
    uses: int = 0
    last_used: str | None = None

    def state(self) -> str:
        """`ended`, `over`, `coming` or `running` today."""
        today = clock.today().isoformat()
        if self.ended:
            return "ended"
        return "over" if self.ends < today else "coming" if self.begins > today else "running"


def add(connection: Connection, share: Share, sha256: str) -> None:
    """Keeps a share, whose token has that hash."""
    row = {name: getattr(share, name) for name in _PLAIN}
    tables = {key: {"columns": list(one.columns), "rows": _lists(one.rows)} for key, one in share.tables.items()}
    row |= {"sha256": sha256, "tables": json.dumps(tables), "approved": json.dumps(dict(share.approved))}
    connection.execute(insert(shares).values(row))


def running(connection: Connection, sha256: str) -> Share | None:
    """The share of a token, where it runs today."""
    found = connection.execute(select(shares).where(shares.c.sha256 == sha256)).first()
    share = _share(found._mapping) if found else None
    return share if share and share.state() == "running" else None


def listed(connection: Connection, dataset: str = "") -> list[Share]:
    """Every share there was, or those of a dataset, the oldest first; with their use."""
    used = select(share_uses.c.share_id, func.sum(share_uses.c.count).label("uses"))
    used = used.add_columns(func.max(share_uses.c.day).label("last_used")).group_by(share_uses.c.share_id)
    counted = used.subquery()
    query = select(shares, counted.c.uses, counted.c.last_used)
    query = query.outerjoin(counted, counted.c.share_id == shares.c.id).order_by(shares.c.created, shares.c.id)
    query = query.where(shares.c.dataset == dataset) if dataset else query
    return [_share(row._mapping) for row in connection.execute(query)]


def end(connection: Connection, share: str, at: str) -> bool:
    """Ends a share; whether there was one to end."""
    query = update(shares).where(shares.c.id == share, shares.c.ended.is_(None)).values(ended=at)
    return bool(connection.execute(query).rowcount)


def recalled(connection: Connection, package: str | None, at: str) -> None:
    """Ends a dataset's shares, and forgets by which values their rows were chosen: they stood in its cells."""
    for row in list(connection.execute(select(shares).where(shares.c.package_id == package))):
        tables = {key: {**one, "rows": {}} for key, one in json.loads(row.tables).items()}
        changed = {"tables": json.dumps(tables), "ended": row.ended or at}
        connection.execute(update(shares).where(shares.c.id == row.id).values(changed))


def note(connection: Connection, share: str, road: str) -> None:
    """Counts one use on this day."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"share_id": share, "day": clock.today().isoformat(), "road": road, "count": 1}
    put = dialect.insert(share_uses).values(row)
    more = {"count": share_uses.c.count + put.excluded.count}
    connection.execute(put.on_conflict_do_update(index_elements=["share_id", "day", "road"], set_=more))


def _lists(rows: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: list(values) for name, values in rows.items()}


_PLAIN = ("id", "package_id", "dataset", "agency", "mou", "purpose", "begins", "ends", "created")


def _share(row: Any) -> Share:
    tables = {
        key: Table(
            columns=tuple(one["columns"]), rows={name: tuple(values) for name, values in one["rows"].items()}
        )
        for key, one in json.loads(row["tables"]).items()
    }
    return Share(
        **{name: row[name] for name in _PLAIN},
        tables=tables,
        approved=json.loads(row["approved"]),
        ended=row["ended"],
        uses=int(row.get("uses") or 0),
        last_used=row.get("last_used"),
    )
