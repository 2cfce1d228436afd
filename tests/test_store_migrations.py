"""A database of any age: brought to today's revision, back again, or refused when it comes from the future."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from catalog_ground import address, opened, package

from catalog.portal.local import LocalPortal
from catalog.store import migrate
from catalog.store.database import open_database, writing
from catalog.store.tables import metadata
from metadata.errors import StoreError

DERIVED = ("package_text", "alembic_version")


def _aged(url: str) -> sa.Engine:
    """Today's database turned into one of the first revision, which had no mark."""
    engine = open_database(url)
    with writing(engine) as connection:
        migrate.move(connection, "0001")
        connection.execute(sa.text("DROP TABLE alembic_version"))
    return engine


@pytest.fixture
def url(tmp_path: Path, both: str) -> str:
    return address(tmp_path)


def test_the_revisions_make_the_tables_that_the_code_knows(url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    _aged(url).dispose()
    engine = open_database(url)
    with engine.connect() as connection:
        options = {"include_name": lambda name, *_: not (name or "").startswith(DERIVED)}
        context = MigrationContext.configure(connection, opts=options)
        differences = [one for one in compare_metadata(context, metadata) if "postgresql_using" not in str(one)]
        if connection.dialect.name == "sqlite":  # two indexes are PostgreSQL's own
            differences = [
                one for one in differences if not str(getattr(one[1], "name", "")).startswith("package_index_")
            ]
    engine.dispose()
    assert differences == []


def test_an_old_catalog_is_brought_up_and_found(tmp_path: Path, both: str) -> None:
    with opened(tmp_path) as portal:
        before = portal.call_action("package_create", package(title="ประชากรรายจังหวัด"))
    engine = _aged(address(tmp_path))
    assert "users" not in sa.inspect(engine).get_table_names()
    with engine.connect() as connection:
        words = connection.execute(sa.text("SELECT words FROM packages")).scalar()
    assert "ประชากรรายจังหวัด" in str(words)
    engine.dispose()
    with opened(tmp_path) as portal:
        assert portal.call_action("package_show", {"id": "population-2567"}) == before
        assert portal.call_action("package_search", {"q": "ประชากร"})["count"] == 1
        portal.call_action("package_patch", {"id": "population-2567", "notes": "ใหม่"})


def test_a_database_of_a_later_program_is_refused_and_left_alone(url: str) -> None:
    engine = open_database(url)
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError) as raised:
        open_database(url)
    assert raised.value.kind == "store-newer"
    with writing(engine) as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "9999"
        connection.execute(
            sa.text("UPDATE alembic_version SET version_num = :head"), {"head": migrate.revisions()[-1]}
        )
    engine.dispose()


def test_several_that_open_an_old_database_upgrade_it_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    _aged(url).dispose()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with LocalPortal(database_url=url, files=tmp_path / "files") as portal:
                portal.call_action("package_list")
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_new_catalog_needs_no_migration() -> None:
    """Alembic is not even imported: it would cost each command a tenth of a second."""
    import subprocess
    import sys

    code = "import sys, tempfile; from catalog.store.database import open_database as o; "
    code += "o('sqlite:///' + tempfile.mkdtemp() + '/c.sqlite'); print('alembic' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
