"""A backup: whole while others write, restored all or nothing, from SQLite into PostgreSQL and back."""

from __future__ import annotations

import threading
import zipfile
from pathlib import Path
from typing import Any

import catalog_ground
import pytest
from catalog_ground import CSV, opened, package, upload

from catalog.actions.refusals import ActionRefused
from catalog.journal import Journal
from catalog.portal.local import LocalPortal
from catalog.store import backup as backups
from metadata.errors import SourceError, StoreError
from metadata.event import Event

KEY = "resource-1"
ROWS = [
    {
        "จังหวัด": "ระนอง",
        "n": 1,
        "rate": "1.10",
        "when": "2024-12-31T10:00:00",
        "more": {"a": [1, None]},
        "ok": True,
    },
    {"จังหวัด": "", "n": None, "rate": "12345678901234567890.5", "when": None, "more": '"5"', "ok": False},
]
KINDS = {"จังหวัด": "text", "n": "int", "rate": "numeric", "when": "timestamp", "more": "json", "ok": "bool"}


def _filled(portal: LocalPortal) -> None:
    portal.call_action("package_create", package())
    portal.call_action("resource_create", {"package_id": "population-2567", "id": KEY, "name": "ตาราง"}, upload())
    fields = [{"id": name, "type": kind, "info": {"label": name}} for name, kind in KINDS.items()]
    sent = {"resource_id": KEY, "force": True, "fields": fields, "records": ROWS, "primary_key": ["n"]}
    portal.call_action("datastore_create", sent)
    portal.call_action("datastore_delete", {"resource_id": KEY, "force": True, "filters": {"n": 99}})
    portal.call_action(
        "user_create", {"name": "somchai", "email": "s@example.go.th", "password": "correct horse 9"}
    )
    Journal(portal.engine, actor="test").append(Event(kind="started", body={}), run="r")


def _shown(portal: LocalPortal) -> dict[str, Any]:
    table = portal.call_action("datastore_search", {"resource_id": KEY})
    found = portal.uploaded(KEY)
    return {
        "package": portal.call_action("package_show", {"id": "population-2567"}),
        "rows": table["records"],
        "fields": table["fields"],
        "file": found.path.read_bytes() if found else None,
        "search": portal.call_action("package_search", {"q": "ประชากร"})["count"],
        "users": portal.call_action("user_list", {"all_fields": False}),
        "journal": [entry.hash for entry in Journal(portal.engine, actor="test").entries()],
    }


def test_a_backup_goes_from_sqlite_to_postgresql_and_back(
    tmp_path: Path, postgres_catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "first") as portal:
        _filled(portal)
        before = _shown(portal)
        made = backups.backup(portal, tmp_path / "one.zip")
    assert (made.datasets, made.files, made.tables) == (1, 1, 1)
    assert (tmp_path / "one.zip").stat().st_mode & 0o777 == 0o600
    with monkeypatch.context() as there:
        catalog_ground.emptied(postgres_catalog)
        there.setattr(catalog_ground, "SERVER", postgres_catalog)
        with opened(tmp_path / "second") as portal:
            backups.restore(portal, tmp_path / "one.zip")
            assert _shown(portal) == before
            _goes_on(portal)
            backups.restore(portal, tmp_path / "one.zip")
            backups.backup(portal, tmp_path / "two.zip")
    with opened(tmp_path / "third") as portal:
        portal.call_action("package_create", package("another"))
        backups.restore(portal, tmp_path / "two.zip")
        assert _shown(portal) == before
        assert portal.call_action("package_list") == ["population-2567"]
        assert Journal(portal.engine, actor="test").broken() is None
        _goes_on(portal)
    assert not list((tmp_path / "third" / "files").glob("datastore.*"))


def _goes_on(portal: LocalPortal) -> None:
    """Numbers count on from what was restored."""
    portal.call_action("package_create", package("later"))
    sent = {"resource_id": KEY, "force": True, "records": [{"n": 7}], "method": "insert"}
    portal.call_action("datastore_upsert", sent)
    assert (
        portal.call_action("datastore_search", {"resource_id": KEY, "filters": {"n": 7}})["records"][0]["_id"] == 3
    )
    assert portal.call_action("package_search", {"q": "later"})["count"] == 1


@pytest.mark.workers
def test_a_backup_shows_one_state_while_others_write(tmp_path: Path) -> None:
    """A writer puts the same number into a dataset and its table; the backup never holds two different ones."""
    with opened(tmp_path) as portal:
        portal.call_action("package_create", package())
        sent = {"resource": {"package_id": "population-2567", "name": "ตาราง", "id": KEY}}
        fields = [{"id": "n", "type": "int"}]
        portal.call_action("datastore_create", {**sent, "fields": fields, "records": [{"n": 0}]})
        stop, wrote = threading.Event(), []

        def write() -> None:
            while not stop.is_set():
                number = len(wrote) + 1
                record = {"_id": 1, "n": number}
                portal.call_action("datastore_upsert", {"resource_id": KEY, "records": [record]})
                portal.call_action("package_patch", {"id": "population-2567", "notes": f"เลข {number}"})
                wrote.append(number)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(2):
                while len(wrote) < 2 * number + 1:
                    stop.wait(0.01)
                backups.backup(portal, tmp_path / f"{number}.zip")
        finally:
            stop.set()
            writer.join()
    for number in range(2):
        with opened(tmp_path / f"r{number}") as portal:
            backups.restore(portal, tmp_path / f"{number}.zip")
            said = int(portal.call_action("package_show", {"id": "population-2567"})["notes"].split()[1])
            held = portal.call_action("datastore_search", {"resource_id": KEY})["records"][0]["n"]
            assert held in (said, said + 1)


def test_a_damaged_backup_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        _filled(portal)
        before = _shown(portal)
        backups.backup(portal, tmp_path / "whole.zip")
        with zipfile.ZipFile(tmp_path / "whole.zip") as whole, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
            for name in whole.namelist():
                content = whole.read(name)
                bad.writestr(name, content.replace(b"2024", b"2025") if name.startswith("datastore/") else content)
        (tmp_path / "cut.zip").write_bytes((tmp_path / "whole.zip").read_bytes()[:-200])
        for name in ("bad.zip", "cut.zip", "none.zip"):
            with pytest.raises(SourceError) as raised:
                backups.restore(portal, tmp_path / name)
            assert raised.value.kind == "backup-unreadable"
            assert _shown(portal) == before
        with pytest.raises(StoreError) as refused:
            backups.backup(portal, tmp_path / "whole.zip")
        assert refused.value.kind == "backup-exists"


def test_a_restore_that_dies_leaves_the_catalog_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as portal:
        _filled(portal)
        backups.backup(portal, tmp_path / "one.zip")
        portal.call_action(
            "datastore_upsert", {"resource_id": KEY, "force": True, "records": [{"n": 1, "ok": False}]}
        )
        before = _shown(portal)

        def dies(*_arguments: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(backups, "_named", _second(dies, backups._named))
        with pytest.raises(KeyboardInterrupt):
            backups.restore(portal, tmp_path / "one.zip")
        monkeypatch.undo()
        # the folders have changed places, the rows have not
        assert list((tmp_path / "files").glob("datastore.old-*"))
    with opened(tmp_path) as portal:
        assert _shown(portal) == before
        assert not list((tmp_path / "files").glob("datastore.*-*"))


def _second(then: Any, first: Any) -> Any:
    """The first call as it is, the second another."""
    calls = iter([first, then])
    return lambda *arguments: next(calls)(*arguments)


def test_a_backup_of_the_first_catalogs_restores_into_todays(tmp_path: Path) -> None:
    import orjson

    with opened(tmp_path) as portal:
        _filled(portal)
        before = _shown(portal)
        backups.backup(portal, tmp_path / "new.zip")
        old = {"packages", "resources", "package_tags", "groups", "journal"}
        with zipfile.ZipFile(tmp_path / "new.zip") as new, zipfile.ZipFile(tmp_path / "old.zip", "w") as out:
            manifest = orjson.loads(new.read("manifest.json"))
            manifest["revision"] = "0001"
            for name in [one for one in manifest["members"] if one.startswith("tables/")]:
                if name[len("tables/") : -len(".jsonl")] not in old:
                    del manifest["members"][name]
            for name in list(manifest["members"]):
                content = new.read(name)
                if name == "tables/packages.jsonl":
                    content = _without(content, "creator", "words")
                    manifest["members"][name] = __import__("hashlib").sha256(content).hexdigest()
                out.writestr(name, content)
            out.writestr("manifest.json", orjson.dumps(manifest))
        backups.restore(portal, tmp_path / "old.zip")
        assert _shown(portal) == {**before, "users": _shown(portal)["users"]}
        with pytest.raises(ActionRefused):
            portal.answer("user_show", {"id": "somchai"}, actor=portal.actor, site=portal.site)
        assert _shown(portal)["file"] == CSV


def _without(lines: bytes, column: str, added: str) -> bytes:
    """Rows without one column, and with another that is empty."""
    import orjson

    head, *rows = (orjson.loads(line) for line in lines.splitlines())
    at = head.index(column)
    written = [[*row[:at], *row[at + 1 :], added if row is head else ""] for row in (head, *rows)]
    return b"".join(orjson.dumps(row) + b"\n" for row in written)
