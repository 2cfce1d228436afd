"""What an audit found is kept with its day, in the catalog's database or in memory, and never in a backup."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from catalog_ground import opened

from catalog.store import evidence
from catalog.store.backup import backup, restore
from catalog.store.evidence import Evidence, Remembered, Stored
from metadata import clock

URL = "https://data.example/ไฟล์.csv?" + "x" * 5000
EARLY, LATE = "2026-10-01T00:00:00.000+00:00", "2026-11-01T00:00:00.000+00:00"


@pytest.fixture
def stored(tmp_path: Path, both: str) -> Iterator[Evidence]:
    with opened(tmp_path) as portal:
        yield Stored(portal.engine)


def _holds(cache: Evidence) -> None:
    assert cache.find("reach", [URL]) == {}
    cache.note("reach", {URL: {"ok": True, "checked_at": EARLY}, "b": {"ok": None, "checked_at": LATE}})
    assert cache.find("reach", [URL, "b", "c"]) == {
        URL: {"ok": True, "checked_at": EARLY},
        "b": {"ok": None, "checked_at": LATE},
    }
    assert list(cache.find("reach", [URL, "b"], since=LATE)) == ["b"]
    assert cache.find("valid", [URL]) == {}
    cache.note("reach", {URL: {"ok": False, "checked_at": LATE}})
    cache.note("reach", {})
    assert cache.find("reach", [URL]) == {URL: {"ok": False, "checked_at": LATE}}


def test_what_was_found_is_found_again_unless_it_is_too_old(stored: Evidence) -> None:
    with clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)):
        _holds(stored)


def test_without_a_workspace_it_is_kept_in_memory() -> None:
    _holds(Remembered())


def test_many_keys_are_kept_and_found_at_once(stored: Evidence) -> None:
    many = {f"https://data.example/{number}": {"n": number, "checked_at": LATE} for number in range(1201)}
    with clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)):
        stored.note("reach", many)
        stored.note("reach", many)
    assert stored.find("reach", many) == many


def test_what_nobody_asked_for_anew_in_a_year_is_dropped(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        Stored(portal.engine).note("reach", {"a": {"checked_at": EARLY}})
        with clock.frozen(clock.now() + 2 * evidence.KEPT):
            later = Stored(portal.engine)
            later.note("reach", {"b": {"checked_at": clock.stamp()}})
            assert list(later.find("reach", ["a", "b"])) == ["b"]


def test_a_backup_leaves_it_out_and_a_restore_empties_it(tmp_path: Path) -> None:
    with opened(tmp_path) as portal:
        cache = Stored(portal.engine)
        cache.note("held", {"a": {"ok": True, "checked_at": clock.stamp()}})
        backup(portal, tmp_path / "all.zip")
        assert list(cache.find("held", ["a"])) == ["a"]
        restore(portal, tmp_path / "all.zip")
        assert cache.find("held", ["a"]) == {}
    with ZipFile(tmp_path / "all.zip") as archive:
        assert not [name for name in archive.namelist() if "evidence" in name]
