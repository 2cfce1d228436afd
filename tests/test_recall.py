"""After a recall no byte is left of what was recalled: not in a file, not in a database, not in its index."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalog_ground import opened, package, upload
from harvest_ground import Elsewhere, SmallCkan, run
from recall_ground import NAME, fill, found, recalled

from catalog.journal import Journal
from catalog.portal.local import LocalPortal
from catalog.recall import here, known
from catalog.store import backup as backups
from catalog.store.datastore_files import FileDatastore
from metadata.errors import Refused


def test_no_byte_is_left_on_the_disk(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        fill(portal)
    assert len(found(tmp_path)) > 4
    with opened(tmp_path) as portal:
        made = recalled(portal, tmp_path)
        assert made.waiting == ()
        assert found(tmp_path) == []
        assert portal.call_action("package_search", {"q": NAME})["count"] == 0
    assert found(tmp_path) == []


def test_an_older_backup_does_not_bring_it_back(tmp_path: Path) -> None:
    ground, spare = tmp_path / "ground", tmp_path / "old.zip"
    with opened(ground) as portal:
        portal.call_action("package_create", package("another"))
        made = fill(portal)
        backups.backup(portal, spare)
        recalled(portal, ground)
        backups.restore(portal, spare)
        assert found(ground) == []
        assert portal.call_action("package_list") == ["another"]
        with pytest.raises(Refused, match="portal-not-found"):
            portal.call_action("datastore_search", {"resource_id": made["resource"]})
        assert Journal(portal.engine, actor="test").broken() is None
        with pytest.raises(Refused) as refused:
            portal.call_action("package_create", package(NAME))
        assert "recalled" in str(refused.value.values)
    assert found(ground) == []


def test_a_catalog_that_was_lost_learns_of_it_from_the_workspace(tmp_path: Path) -> None:
    """The machine is new, the backup is old: the list stands in the workspace's own file."""
    with opened(tmp_path / "one") as portal:
        fill(portal)
        backups.backup(portal, tmp_path / "old.zip")
        recalled(portal, tmp_path)
    with opened(tmp_path / "two") as portal:
        known.keep(portal, tmp_path)
        backups.restore(portal, tmp_path / "old.zip")
        assert portal.call_action("package_list") == []
        assert found(tmp_path / "two") == []
    with opened(tmp_path / "three") as portal:  # restored by an older program, which had no list
        backups.restore(portal, tmp_path / "old.zip")
        assert portal.call_action("package_list") == [NAME]
        known.keep(portal, tmp_path)
        assert portal.call_action("package_list") == []
        assert found(tmp_path / "three") == []


def test_other_datasets_and_their_files_stay(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        fill(portal)
        portal.call_action("package_create", package("another"))
        kept = portal.call_action("resource_create", {"package_id": "another", "name": "x"}, upload())
        leaked = portal.uploaded(portal.call_action("package_show", {"id": NAME})["resources"][0]["id"])
        assert leaked is not None
        copy = upload(leaked.path.read_bytes(), "copy.csv")
        portal.call_action("resource_create", {"package_id": "another", "name": "copy"}, copy)
        made = recalled(portal, tmp_path)
        assert made.facts["shared"] == {leaked.sha256: ["another"]}
        assert portal.uploaded(kept["id"]) is not None
        assert leaked.path.is_file()
        portal.call_action("package_patch", {"id": "another", "notes": "ใหม่"})


def test_a_harvest_does_not_bring_it_back(taker: LocalPortal, far: Elsewhere, tmp_path: Path) -> None:
    """Another catalogue still holds it: under its name, and its file under another name; others come in."""
    fill(taker)
    content = taker.call_action("package_show", {"id": NAME})["resources"][0]["hash"]
    recalled(taker, tmp_path)
    ckan = SmallCkan(far)
    ckan.put(NAME, "2026-01-01T10:00:00")
    copy = {"id": "r", "name": "x", "url": "https://example.org/a.csv", "hash": content}
    ckan.put("a-copy", "2026-01-02T10:00:00", resources=[copy])
    ckan.put("another", "2026-01-03T10:00:00")
    done, _events = run(taker, ckan.at.url)
    assert done.created == ["another"]
    assert {name: [one.rule for one in found] for name, found in done.refused.items()} == {
        NAME: ["harvest-recalled"],
        "a-copy": ["harvest-recalled"],
    }


def test_what_a_killed_upload_left_and_a_storage_elsewhere_are_emptied_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = tmp_path / "far"
    with opened(tmp_path / "near", files_url=far.as_uri()) as portal:
        fill(portal)
        leaked = portal.uploaded(portal.call_action("package_show", {"id": NAME})["resources"][0]["id"])
        assert leaked is not None
        content = leaked.path.read_bytes()
        (portal.files.aside / "half").write_bytes(content[:200])
        (portal.files.aside / "other").write_bytes(b"somebody else's")
        monkeypatch.setattr(here, "gettempdir", lambda: str(tmp_path))
        (tmp_path / "saphan-1").mkdir()
        (tmp_path / "saphan-1" / "sent.csv").write_bytes(content)
        assert found(far)
        with leaked.path.open("rb") as reader:
            recalled(portal, tmp_path)
            assert reader.read() == b""
        assert found(tmp_path) == []
        assert [path.name for path in portal.files.aside.iterdir()] == ["other"]


def test_a_table_that_somebody_reads_is_cut_to_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        made = fill(portal)
        store = portal.datastore
        assert isinstance(store, FileDatastore)
        path = store.path(made["resource"])
        path.with_name(f"{path.name}.1234.aside").write_bytes(path.read_bytes())
        with path.open("rb") as reader:
            recalled(portal, tmp_path)
            assert reader.read() == b""
        assert found(tmp_path) == []


def test_a_recall_of_a_dataset_that_is_in_no_catalog_of_ours_keeps_its_name_out(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        made = recalled(portal, tmp_path, "elsewhere-only")
        assert made.package is None and made.waiting == ()
        with pytest.raises(Refused):
            portal.call_action("package_create", package("elsewhere-only"))
        portal.call_action("package_create", package("another"))
        with pytest.raises(Refused):  # nor by another name first
            portal.call_action("package_patch", {"id": "another", "name": "elsewhere-only"})
