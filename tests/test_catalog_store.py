"""The store under pressure: several writers, a disk that refuses, a process that dies in between."""

from __future__ import annotations

import errno
import multiprocessing
import os
import sqlite3
import threading
from pathlib import Path
from typing import IO

import pytest
from catalog_ground import CSV, address, opened, package, stored_files, upload

from catalog.portal.local import LocalPortal
from catalog.store.database import as_store_error, open_database
from metadata.errors import SetupError, StoreError
from metadata.wording import sentences

EACH = 6


def _write(folder: str, url: str, writer: int) -> None:
    """What one of several processes does: its own datasets, and a dataset and a table that all of them change."""
    with LocalPortal(database_url=url, files=Path(folder) / "files") as portal:
        for number in range(EACH):
            name = f"writer-{writer}-{number}"
            portal.call_action("package_create", {"name": name, "title": name, "owner_org": "dept-a"})
            sent = {"package_id": "shared", "id": f"resource-{writer}-{number}", "name": name}
            portal.call_action("resource_create", sent, upload())
            rows = [{"writer": writer, "number": number}]
            portal.call_action(
                "datastore_upsert", {"resource_id": "shared-table", "method": "insert", "records": rows}
            )


@pytest.mark.workers
def test_two_processes_write_one_catalog_and_lose_nothing(tmp_path: Path, both: str) -> None:
    with opened(tmp_path, schema=None) as portal:
        portal.call_action("package_create", {"name": "shared", "title": "ร่วมกัน", "owner_org": "dept-a"})
        kinds = [{"id": "writer", "type": "int"}, {"id": "number", "type": "int"}]
        table = {"package_id": "shared", "id": "shared-table", "name": "ตาราง"}
        portal.call_action("datastore_create", {"resource": table, "fields": kinds})
        spawn = multiprocessing.get_context("spawn")
        writers = [
            spawn.Process(target=_write, args=(str(tmp_path), address(tmp_path), number)) for number in range(2)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(timeout=60)
        assert [writer.exitcode for writer in writers] == [0, 0]
        names = portal.call_action("package_list")
        held = portal.call_action("package_show", {"id": "shared"})["resources"][1:]
        rows = portal.call_action("datastore_search", {"resource_id": "shared-table"})["records"]
    assert {(row["writer"], row["number"]) for row in rows} == {(w, n) for w in range(2) for n in range(EACH)}
    assert len(rows) == 2 * EACH
    assert names == sorted(["shared", *(f"writer-{one}-{number}" for one in range(2) for number in range(EACH))])
    assert {one["id"] for one in held} == {
        f"resource-{one}-{number}" for one in range(2) for number in range(EACH)
    }
    assert [one["position"] for one in held] == list(range(1, 2 * EACH + 1))
    assert len(stored_files(tmp_path)) == 1


def test_threads_share_one_portal(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        portal.call_action("package_create", package())
        failed: list[BaseException] = []

        def write(number: int) -> None:
            try:
                sent = {"package_id": "population-2567", "id": f"resource-{number}", "name": str(number)}
                portal.call_action("resource_create", sent, upload(CSV + str(number).encode()))
            except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
                failed.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert len(portal.call_action("package_show", {"id": "population-2567"})["resources"]) == 8


def test_a_catalog_opened_again_holds_what_it_held(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        before = portal.call_action("package_create", package())
    with opened(tmp_path) as portal:
        assert portal.call_action("package_show", {"id": "population-2567"}) == before


class _Breaks:
    """A file that stops in the middle, as a full disk or a cut line does."""

    name = "data.csv"

    def __init__(self, error: BaseException) -> None:
        self.error, self.reads = error, 0

    def read(self, size: int = -1) -> bytes:
        self.reads += 1
        if self.reads > 1:
            raise self.error
        return b"x" * 1000


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()], ids=["full", "interrupted"]
)
def test_an_upload_that_breaks_off_leaves_nothing_behind(tmp_path: Path, error: BaseException) -> None:
    with opened(tmp_path) as portal:
        before = portal.call_action("package_create", package())
        sent = {"package_id": "population-2567", "name": "ตาราง"}
        stream: IO[bytes] = _Breaks(error)  # type: ignore[assignment]
        with pytest.raises((StoreError, KeyboardInterrupt)) as raised:
            portal.call_action("resource_create", sent, {"upload": stream})
        if isinstance(error, OSError):
            assert getattr(raised.value, "kind", None) == "store-full"
        assert portal.call_action("package_show", {"id": "population-2567"}) == before
    assert stored_files(tmp_path) == []


def test_a_full_database_writes_nothing_and_says_so(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        before = portal.call_action("package_create", package())
        with portal.engine.connect() as connection:
            used = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {used}")  # this connection goes back to the pool
        with pytest.raises(StoreError) as raised:
            portal.call_action("package_patch", {"id": "population-2567", "notes": "ก" * 500_000})
        assert raised.value.kind == "store-full"
        assert portal.call_action("package_show", {"id": "population-2567"}) == before


def test_a_row_is_never_left_without_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dies between the file and the row: the row is not there, and sending again is enough."""
    with opened(tmp_path) as portal:
        portal.call_action("package_create", package())
        sent = {"package_id": "population-2567", "id": "resource-1", "name": "ตาราง"}
        keep = portal.files.keep

        def keep_and_die(received: object) -> None:
            keep(received)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        monkeypatch.setattr(portal.files, "keep", keep_and_die)
        with pytest.raises(KeyboardInterrupt):
            portal.call_action("resource_create", sent, upload())
        monkeypatch.undo()
        assert portal.call_action("package_show", {"id": "population-2567"})["resources"] == []
        portal.call_action("resource_create", sent, upload())
        found = portal.uploaded("resource-1")
        assert found is not None
        assert found.path.read_bytes() == CSV


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError) as raised:
        open_database(f"sqlite:///{tmp_path}/file/catalog.sqlite")
    assert raised.value.kind == "store-unwritable"


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"something else entirely\n" * 100)
    with pytest.raises(StoreError) as raised:
        open_database(f"sqlite:///{path}")
    assert raised.value.kind == "store-broken"
    assert path.read_bytes() == b"something else entirely\n" * 100


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "nosuch://host/db"])
def test_an_address_that_is_none_is_a_mistake_of_the_setup(url: str) -> None:
    with pytest.raises(SetupError) as raised:
        open_database(url)
    assert raised.value.kind == "store-url"


def test_what_a_database_refuses_has_a_sentence() -> None:
    said = {
        "store-locked": sqlite3.OperationalError("database is locked"),
        "store-full": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        "store-unwritable": sqlite3.OperationalError("attempt to write a readonly database"),
        "store-broken": sqlite3.DatabaseError("file is not a database"),
    }
    assert {as_store_error(error, "catalog.sqlite").kind for error in said.values()} == set(said)
    assert set(said) | {"store-url", "serve-port"} <= set(sentences())


def test_a_catalog_on_postgresql_answers_the_same(postgres_url: str, tmp_path: Path) -> None:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://", 1)
    with LocalPortal(database_url=url, files=tmp_path / "files") as portal:
        portal.call_action("organization_create", {"name": "dept-a", "title": "กรม"})
        made = portal.call_action("package_create", {"name": "on-postgres", "title": "ก", "owner_org": "dept-a"})
        portal.call_action("resource_create", {"package_id": made["id"], "name": "ตาราง"}, upload())
        with pytest.raises(Exception, match="refused"):
            portal.call_action("package_create", {"name": "on-postgres", "title": "ข", "owner_org": "dept-a"})
        assert portal.call_action("package_search", {"q": "on-post"})["count"] == 1
        portal.call_action("dataset_purge", {"id": made["id"]})
        assert portal.call_action("package_list") == []
