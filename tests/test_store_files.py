"""Uploaded files on a storage elsewhere: the same catalog, nothing lost when a copy or the storage is gone."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_ground import CSV, opened, package, upload
from web_ground import served

from catalog.portal.local import LocalPortal
from catalog.store import files_remote
from metadata.errors import SetupError, StoreError

KEY = "resource-1"


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"memory://{uuid.uuid4().hex}" if request.param == "memory" else f"file://{tmp_path}/far"


@pytest.fixture
def portal(url: str, tmp_path: Path) -> Iterator[LocalPortal]:
    with opened(tmp_path, files_url=url) as ours:
        ours.call_action("package_create", package())
        ours.call_action("resource_create", {"package_id": "population-2567", "id": KEY, "name": "ก"}, upload())
        yield ours


def test_a_file_is_fetched_again_where_its_copy_is_gone(portal: LocalPortal, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "files" / "uploads")
    found = portal.uploaded(KEY)
    assert found is not None
    assert found.path.read_bytes() == CSV


def test_ranges_are_served_from_a_storage_elsewhere(portal: LocalPortal, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "files" / "uploads")
    with served(portal) as web:
        where = portal.call_action("resource_show", {"id": KEY})["url"].removeprefix(portal.site.url)
        answer = web.ask(where, headers={"Range": "bytes=2-9"})
        assert (answer.status_code, answer.content) == (206, CSV[2:10])


def test_a_replaced_file_is_removed_there_unless_a_version_names_it(portal: LocalPortal) -> None:
    before = portal.uploaded(KEY)
    portal.call_action("resource_patch", {"id": KEY}, upload(b"a\n1\n"))
    after = portal.uploaded(KEY)
    assert before is not None
    assert after is not None
    assert after.path.read_bytes() == b"a\n1\n"
    portal.files.remove(after.sha256)
    assert not portal.files.path(after.sha256).is_file()
    with pytest.raises(FileNotFoundError):
        portal.files.opened(after.sha256)


def test_a_half_sent_file_is_sent_again(portal: LocalPortal) -> None:
    files = portal.files
    assert isinstance(files, files_remote.RemoteFiles)
    content = b"whole content\n"
    received = files.receive(upload(content)["upload"])
    far = files._far(received.sha256)
    files.remote.makedirs(far.rpartition("/")[0], exist_ok=True)
    files.remote.pipe_file(far, content[:4])
    files.keep(received)
    with files.opened(received.sha256) as there:
        assert there.read() == content


def test_a_storage_that_fails_fails_the_write_and_nothing_is_named(
    portal: LocalPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = portal.call_action("package_show", {"id": "population-2567"})

    def fails(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("https://key:secret@storage refused")

    assert isinstance(portal.files, files_remote.RemoteFiles)
    monkeypatch.setattr(portal.files.remote, "put_file", fails)
    sent = {"package_id": "population-2567", "id": "resource-2", "name": "ข"}
    with pytest.raises(StoreError) as raised:
        portal.call_action("resource_create", sent, upload(b"other"))
    assert raised.value.kind == "store-unwritable"
    assert "secret" not in str(raised.value.values)
    assert portal.call_action("package_show", {"id": "population-2567"}) == before


def test_copies_are_kept_only_up_to_a_size(portal: LocalPortal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_remote, "MOST", 1)
    monkeypatch.setattr(files_remote, "FRESH", -60)
    found = portal.uploaded(KEY)
    assert found is not None
    assert isinstance(portal.files, files_remote.RemoteFiles)
    portal.files._trim()
    assert list(portal.files.folder.glob("??/*")) == []


def test_an_unknown_storage_is_a_mistake_of_the_setup(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as raised:
        LocalPortal(database_url=f"sqlite:///{tmp_path}/c.sqlite", files=tmp_path, files_url="nosuch://bucket")
    assert raised.value.kind == "store-url"
