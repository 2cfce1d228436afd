"""The journal: append-only, chained, written before what it tells of is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from catalog.journal import Journal, new_run
from catalog.store.database import open_database
from metadata.errors import SourceError
from metadata.event import Event, Story, result_of


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    engine = open_database(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    yield Journal(engine, actor="ผู้ทดสอบ")
    engine.dispose()


def story() -> Story[int]:
    yield Event(kind="started", body={"ข": 1, "a": [1, 2]})
    yield Event(kind="receipt", dataset="funds", target="local", body={"put": {"package": {"title": "ก"}}})
    yield Event(kind="finished")
    return 7


def test_a_recorded_story_is_the_same_story(journal: Journal) -> None:
    run = new_run()
    assert result_of(journal.record(story(), run=run)) == 7
    entries = list(journal.entries())
    assert [entry.kind for entry in entries] == ["started", "receipt", "finished"]
    assert {entry.run for entry in entries} == {run}
    assert entries[0].body == {"ข": 1, "a": [1, 2]}
    assert entries[0].at.endswith("+00:00")


def test_each_row_is_written_before_the_work_goes_on(journal: Journal) -> None:
    def work() -> Story[None]:
        yield Event(kind="intent", dataset="funds")
        assert [entry.kind for entry in journal.entries()] == ["intent"]

    result_of(journal.record(work(), run="r"))


def test_the_chain_holds_and_a_changed_row_breaks_it(journal: Journal) -> None:
    result_of(journal.record(story(), run="r"))
    assert journal.broken() is None
    with journal.engine.begin() as connection:
        connection.execute(text("UPDATE journal SET actor = 'ใคร' WHERE seq = 2"))
    assert journal.broken() == 2


def test_a_removed_row_breaks_the_chain(journal: Journal) -> None:
    result_of(journal.record(story(), run="r"))
    with journal.engine.begin() as connection:
        connection.execute(text("DELETE FROM journal WHERE seq = 2"))
    assert journal.broken() == 3


def test_what_we_last_put_is_the_newest_receipt(journal: Journal) -> None:
    for title in ("เก่า", "ใหม่"):
        put = {"put": {"package": {"title": title}}}
        journal.append(Event(kind="receipt", dataset="funds", target="local", body=put), run="r")
    assert journal.remembered("local", "funds") == {"package": {"title": "ใหม่"}}
    assert journal.remembered("elsewhere", "funds") == {}


def test_what_ends_a_story_early_is_journalled_and_goes_on(journal: Journal) -> None:
    def broken() -> Story[None]:
        yield Event(kind="started")
        raise SourceError("read-missing")

    with pytest.raises(SourceError):
        result_of(journal.record(broken(), run="r"))
    assert [(entry.kind, entry.body) for entry in journal.entries()][-1] == ("failed", {"error": "read-missing"})
