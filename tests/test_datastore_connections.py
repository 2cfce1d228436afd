"""Tables kept open between questions: never an old row, column or count, and no more open than allowed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.store import datastore_connections as connections
from catalog.store.datastore_files import FileDatastore
from catalog.store.shape import EVERY, Column, Shape
from metadata.errors import StoreError

SHAPE = Shape(columns=(Column(name="a", kind="int4", slot=0),))
WIDER = Shape(columns=(*SHAPE.columns, Column(name="b", kind="text", slot=1)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileDatastore]:
    made = FileDatastore(tmp_path / "tables")
    made.create("table-1", SHAPE, [{"a": 1}])
    yield made
    made.close()


def _asked(store: FileDatastore, key: str = "table-1") -> tuple[list[str], int, list[object]]:
    with store.opened(key) as table:
        names = [column.name for column in table.shape.columns]
        return names, table.count(EVERY), [row[0] for row in table.search(EVERY, ["a"])]


def _open(store: FileDatastore) -> int:
    """How many files of the store this process holds open."""
    descriptors = Path("/proc/self/fd")
    targets = [str(one.readlink()) for one in descriptors.iterdir() if one.exists()]
    return sum(target.startswith(str(store.folder)) for target in targets)


def test_each_write_is_seen_by_the_next_question(store: FileDatastore, tmp_path: Path) -> None:
    other = FileDatastore(tmp_path / "tables")  # as another process has it
    assert _asked(store) == (["a"], 1, [1])
    other.write("table-1", "insert", [{"a": 2}])
    assert _asked(store) == (["a"], 2, [1, 2])
    store.write("table-1", "insert", [{"a": 3}])
    assert _asked(store) == (["a"], 3, [1, 2, 3])
    other.alter("table-1", WIDER, [])
    assert _asked(store) == (["a", "b"], 3, [1, 2, 3])
    other.delete("table-1", EVERY)
    assert _asked(store) == (["a", "b"], 0, [])


def test_a_table_that_was_replaced_or_removed_is_not_read_from_what_was_open(store: FileDatastore) -> None:
    assert _asked(store) == (["a"], 1, [1])
    drop = store.dropping("table-1")
    store.create("table-1", WIDER, [{"a": 7}, {"a": 8}])
    assert _asked(store) == (["a", "b"], 2, [7, 8])
    drop()  # of the table before
    assert _asked(store)[1] == 2
    store.dropping("table-1")()
    with pytest.raises(StoreError):
        _asked(store)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not tell what is open")
def test_only_so_many_stay_open_and_none_after_the_end(
    store: FileDatastore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE", 3)
    for number in range(2, 9):
        store.create(f"table-{number}", SHAPE, [{"a": number}])
        assert _asked(store, f"table-{number}") == (["a"], 1, [number])
    assert _open(store) == 3
    store.close()
    assert _open(store) == 0


def test_who_stops_reading_half_way_leaves_no_lock(store: FileDatastore) -> None:
    store.write("table-1", "insert", [{"a": number} for number in range(5000)])
    rows = store.search("table-1", fields=["a"])
    assert next(rows) == (1,)
    rows.close()  # type: ignore[attr-defined]
    store.write("table-1", "insert", [{"a": -1}])
    assert _asked(store)[1] == 5002


def test_readers_at_once_have_connections_of_their_own(store: FileDatastore) -> None:
    store.write("table-1", "insert", [{"a": number} for number in range(3000)])
    wrong: list[object] = []

    def read() -> None:
        for _again in range(10):
            rows = store.search("table-1", fields=["a"])
            first = next(rows)
            wrong.extend([one for one in (first, len(list(rows))) if one not in ((1,), 3000)])

    threads = [threading.Thread(target=read) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_two_changes_at_one_moment_of_the_files_clock_are_two(store: FileDatastore) -> None:
    path = store.path("table-1")
    now = time.time_ns()
    os.utime(path, ns=(now, now))
    assert store.state("table-1") != store.state("table-1")
    os.utime(path, ns=(now, now - 10**9))
    assert store.state("table-1") == store.state("table-1")
