"""The same on PostgreSQL: its data directory is searched after a recall, and what remains is what is told."""

from __future__ import annotations

from pathlib import Path

import catalog_ground
import pytest
from catalog_ground import opened
from recall_ground import LATIN, fill, found, recalled
from sqlalchemy import create_engine, make_url, text

from catalog.journal import Journal
from catalog.store import backup as backups

pytestmark = pytest.mark.workers


def data_directory(url: str) -> Path:
    """Where the server keeps its files."""
    engine = create_engine(make_url(url))
    with engine.connect() as connection:
        found = str(connection.execute(text("SHOW data_directory")).scalar())
    engine.dispose()
    return Path(found)


@pytest.fixture
def server(postgres_catalog: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    catalog_ground.emptied(postgres_catalog)
    monkeypatch.setattr(catalog_ground, "SERVER", postgres_catalog)
    return data_directory(postgres_catalog)


def outside(hits: list[str]) -> list[str]:
    """Those that are not in the write-ahead log, which is the server's own to overwrite."""
    return [hit for hit in hits if not hit.startswith("pg_wal/")]


def test_no_byte_is_left_in_the_servers_files_but_for_its_log(server: Path, tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        fill(portal, rows=400)
        with portal.engine.connect() as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()
        with portal.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("CHECKPOINT"))
        backups.backup(portal, tmp_path / "old.zip")
        assert len(outside(found(server))) > 4
        made = recalled(portal, tmp_path)
        assert made.targets[0].remains == ("recall-remains-wal",)
        assert outside(found(server)) == []
        assert found(tmp_path / "files") == []
        backups.restore(portal, tmp_path / "old.zip")
        assert portal.call_action("package_list") == []
        assert outside(found(server)) == []
        assert found(tmp_path / "files") == []
        assert Journal(portal.engine, actor="test").broken() is None
        assert portal.call_action("package_search", {"q": LATIN})["count"] == 0
