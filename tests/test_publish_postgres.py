"""The same publishing on PostgreSQL: catalog and journal in one database by URL."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import publishing
import pytest
from publishing import Bench
from sqlalchemy import create_engine, make_url, text

from catalog.journal import Journal
from catalog.portal.local import LocalPortal
from catalog.store.database import open_database
from metadata.standard import Standard

pytestmark = pytest.mark.workers


@pytest.fixture
def bench(postgres_url: str, tmp_path: Path) -> Iterator[Bench]:
    server = make_url(postgres_url).set(drivername="postgresql+psycopg")
    name = f"saphan_{uuid.uuid4().hex[:8]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    url = server.set(database=name).render_as_string(hide_password=False)
    engine = open_database(url)
    schema = Standard.load("gdc-2.2.4").schema
    with LocalPortal(database_url=url, files=tmp_path / "files", schema=schema) as portal:
        yield Bench(tmp_path, portal, Journal(engine, actor="test"), agency="agency", name="funds")
    engine.dispose()


@pytest.mark.parametrize("scenario", publishing.SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_what_must_hold_on_every_portal(bench: Bench, scenario: Callable[[Bench], None]) -> None:
    scenario(bench)


def test_the_journals_chain_holds(bench: Bench) -> None:
    bench.push()
    assert bench.journal.broken() is None
