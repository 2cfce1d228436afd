"""What has been looked into: files by their content, tables by their writes. Of what was in them not a byte.

A table has no content hash that is quickly had; its writes are counted instead. It is clear up to a write, and
clear as a whole where that was the last one.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select, update

from catalog.store.tables import cleared_files, cleared_tables
from metadata import __version__

GATE = "gate"
"""The desk let it out, decisions included: it is not looked into again."""
DESK = "desk"
"""The desk put it where not everybody sees it. Only the desk may open it without a look."""
SCAN = f"scan {__version__}"
"""This scanner found nothing in it; a later one may."""
KNOWN = (GATE, SCAN)
Files, Tables = cleared_files.c, cleared_tables.c


def clear(connection: Connection, contents: Iterable[str], *, own: bool = False) -> set[str]:
    """Which of these files (SHA-256, hexadecimal) need not be looked into; `own`: where the desk asks."""
    wanted = sorted(set(contents))
    query = select(Files.sha256).where(Files.sha256.in_(wanted), Files.by.in_(_known(own)))
    return set(connection.execute(query).scalars()) if wanted else set()


def _known(own: bool) -> tuple[str, ...]:
    return (*KNOWN, DESK) if own else KNOWN


def clear_file(connection: Connection, content: str, by: str) -> None:
    """Remembers a file. What the desk let out stays so, whatever a scanner says of it."""
    one = Files.sha256 == content
    known = connection.execute(select(Files.by).where(one)).scalar()
    if known is None:
        connection.execute(insert(cleared_files).values(sha256=content, by=by))
    elif known != by and known != GATE and not (known == SCAN and by == DESK):
        connection.execute(update(cleared_files).where(one).values(by=by))


def table(connection: Connection, resource: str, *, own: bool = False) -> tuple[int, bool]:
    """How often a table was written, and whether it need not be looked into."""
    row = connection.execute(select(cleared_tables).where(Tables.resource_id == resource)).first()
    return (row.writes, row.cleared == row.writes and row.by in _known(own)) if row else (0, False)


def clear_table(connection: Connection, resource: str, writes: int, by: str) -> None:
    """Remembers a table up to a write."""
    one = Tables.resource_id == resource
    row = connection.execute(select(cleared_tables).where(one)).first()
    if row is None:
        values = {"resource_id": resource, "writes": writes, "cleared": writes, "by": by}
        connection.execute(insert(cleared_tables).values(values))
    else:
        connection.execute(update(cleared_tables).where(one).values(cleared=writes, by=by))


def written(connection: Connection, resource: str, by: str | None, *, new: bool) -> None:
    """Counts a write of rows. `by`: who cleared them (None: nobody); `new`: there is no other row in the table."""
    one = Tables.resource_id == resource
    row = connection.execute(select(cleared_tables).where(one)).first()
    before = None if row is None or new or row.cleared != row.writes else row.by
    writes = 1 if row is None else row.writes + 1
    values = {"writes": writes, "cleared": None, "by": None}
    if by is not None and (new or before in _known(own=True)):
        values |= {"cleared": writes, "by": by if new or by != SCAN else before}
    if row is None:
        connection.execute(insert(cleared_tables).values(resource_id=resource, **values))
    else:
        connection.execute(update(cleared_tables).where(one).values(values))
