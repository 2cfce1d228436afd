"""The journal: append-only, chained, written before what it tells of is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from catalog.journal import Journal, new_run
from catalog.journal import journal as journal_table
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
    assert journal.broken() == 2


FIELDS = {
    "seq": "99",
    "at": "'2026-01-01T00:00:00.000+00:00'",
    "run": "'20260101T000000Z-0000'",
    "actor": "'ใคร'",
    "kind": "'finished'",
    "dataset": "'other'",
    "target": "NULL",
    "body": """'{"put":{"package":{"title":"ข"}}}'""",
    "prev": "'sha256:' || substr(hash, 8)",
    "hash": "'sha256:' || substr(prev, 8)",
}
BODIES = ("body || ' '", "'{'", "'7'", r"""'{"put"\:1,' || substr(body, 2)""")
"""The same in other bytes, and what is no record."""


def test_every_field_of_a_row_is_held_by_the_chain() -> None:
    assert set(FIELDS) == {column.name for column in journal_table.c}


@pytest.mark.parametrize(("field", "value"), [*FIELDS.items(), *(("body", body) for body in BODIES)])
def test_the_row_that_was_edited_is_the_one_that_is_named(journal: Journal, field: str, value: str) -> None:
    for _ in range(2):
        result_of(journal.record(story(), run="r"))
    with journal.engine.begin() as connection:
        done = connection.execute(text(f"UPDATE journal SET {field} = {value} WHERE seq = 2"))
    assert done.rowcount == 1
    assert journal.broken() == 2


def test_a_row_that_was_edited_and_hashed_anew_is_named_by_the_next(journal: Journal) -> None:
    result_of(journal.record(story(), run="r"))
    entry = replace(list(journal.entries())[1], actor="ใคร")
    with journal.engine.begin() as connection:
        edit = text("UPDATE journal SET actor = :actor, hash = :hash WHERE seq = 2")
        connection.execute(edit, {"actor": entry.actor, "hash": entry.computed()})
    assert journal.broken() == 2


def test_a_row_put_in_is_named(journal: Journal) -> None:
    result_of(journal.record(story(), run="r"))
    with journal.engine.begin() as connection:
        copied = ", ".join(f"{name}" if name != "seq" else "0" for name in FIELDS)
        connection.execute(
            text(f"INSERT INTO journal ({', '.join(FIELDS)}) SELECT {copied} FROM journal WHERE seq = 1")
        )
    assert journal.broken() == 0


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
