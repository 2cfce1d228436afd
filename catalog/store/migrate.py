"""Which shape a database has, and bringing it to today's or back. The revisions are Alembic's, in `migrations/`.

A new database is made at once as `tables.py` says; Alembic is imported only where an older one is opened.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from catalog.store.database import reading, writing
from catalog.store.tables import metadata
from metadata.errors import StoreError

HERE = Path(__file__).with_name("migrations")
FIRST = "0001"
"""What a database without a mark is: the mark came with the second revision."""


@cache
def revisions() -> tuple[str, ...]:
    """Every revision, oldest first: a file begins with `r` and its number."""
    return tuple(sorted(path.name[1:5] for path in (HERE / "versions").glob("r[0-9]*.py")))


def revision(connection: Connection) -> str | None:
    """The database's revision; None where it has no tables yet."""
    if inspect(connection).has_table("alembic_version"):
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return FIRST if inspect(connection).has_table("packages") else None


def bring_up(engine: Engine) -> None:
    """Makes the tables of a new database, and brings an older one to today's revision, alone and all or nothing.

    Raises StoreError `store-newer` where a later saphan made it.
    """
    with reading(engine) as connection:
        found = revision(connection)
    if found == revisions()[-1]:
        return
    with writing(engine) as connection:
        found = revision(connection)
        if found is None:
            import_module("catalog.journal")  # one more table
            metadata.create_all(connection)
            _mark(connection, revisions()[-1])
        else:
            move(connection, revisions()[-1])


def move(connection: Connection, to: str) -> None:
    """Brings a database to a revision, forwards or backwards, in the transaction at hand."""
    found = revision(connection)
    if found is not None and found not in revisions():
        raise StoreError("store-newer", revision=found, known=revisions()[-1])
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    if found == FIRST and not inspect(connection).has_table("alembic_version"):
        _mark(connection, FIRST)
    (command.downgrade if found and to < found else command.upgrade)(config, to)


def _mark(connection: Connection, at: str) -> None:
    connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:at)"), {"at": at})
