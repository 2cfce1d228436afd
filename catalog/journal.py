"""The journal: one append-only, hash-chained table beside the catalog. The only writer of it.

Nothing in it is ever changed, but for one thing: a recall empties the rows that hold words of what it takes back.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, Connection, Engine, Index, Integer, Table, Text, func, insert, select, update

from catalog.store.database import reading, writing
from catalog.store.tables import metadata
from metadata import clock
from metadata.event import Event, Story
from metadata.release import canonical, sha256

Result = TypeVar("Result")

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("dataset", Text),
    Column("target", Text),
    Column("body", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("journal_remembered", journal.c.target, journal.c.dataset, journal.c.kind, journal.c.seq)
Index("journal_dataset", journal.c.dataset, journal.c.kind, journal.c.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row. `hash` = sha256 of `prev` and the canonical JSON of the other fields; the first `prev` is empty."""

    seq: int
    at: str
    run: str
    actor: str
    kind: str
    dataset: str | None
    target: str | None
    body: Mapping[str, Any] = field(hash=False)
    prev: str
    hash: str

    def computed(self) -> str:
        """What `hash` must be."""
        names = ("seq", "at", "run", "actor", "kind", "dataset", "target", "body")
        fields = {name: getattr(self, name) for name in names}
        return sha256(self.prev.encode() + canonical(fields))


class Run(NamedTuple):
    """A run as its rows tell it: when it wrote the first and the last of them, and of which kind that was."""

    run: str
    actor: str
    begun: str
    ended: str
    kind: str


def new_run() -> str:
    """A run's id: `20261121T201945Z-4hex`."""
    return f"{clock.now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


class Journal:
    """The journal of one database. Opens nothing of its own: it is handed the catalog's engine."""

    def __init__(self, engine: Engine, *, actor: str) -> None:
        self.engine = engine
        self.actor = actor
        with writing(engine) as connection:
            metadata.create_all(connection, tables=[journal])

    def record(self, story: Story[Result], *, run: str) -> Story[Result]:
        """The same story, each event written before it is passed on.

        So a push's `intent` is on disk before its request is sent: the story resumes only after the row is.
        An exception that ends the story is journalled as `failed` and goes on.
        """
        try:
            event = next(story)
            while True:
                self.append(event, run=run)
                yield event
                event = next(story)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        except GeneratorExit:
            raise
        except BaseException as error:
            kind = getattr(error, "kind", type(error).__name__)
            self.append(Event(kind="failed", body={"error": kind}), run=run)
            raise
        finally:
            story.close()

    def append(self, event: Event, *, run: str) -> Entry:
        """Writes one row at the end of the chain. Raises StoreError."""
        with writing(self.engine) as connection:
            return append(connection, event, actor=self.actor, run=run)

    def remembered(self, target: str, dataset: str) -> Mapping[str, Any]:
        """What we last put on a target for a dataset: the newest receipt's `put`, else nothing.

        Under `begun` stands what each intent since then was about to put: it has no receipt, so it may be there
        or not (a run was killed, an answer was lost).
        """
        here = (journal.c.target == target, journal.c.dataset == dataset)
        newest = select(journal.c.seq, journal.c.body).where(*here, journal.c.kind == "receipt")
        begun = select(journal.c.body).where(*here, journal.c.kind == "intent")
        with reading(self.engine) as connection:
            receipt = connection.execute(newest.order_by(journal.c.seq.desc()).limit(1)).first()
            after = begun.where(journal.c.seq > (receipt.seq if receipt else 0)).order_by(journal.c.seq)
            intents = connection.execute(after).scalars().all()
        put: dict[str, Any] = json.loads(receipt.body)["put"] if receipt else {}
        opened = [one for one in (json.loads(body).get("put") for body in dict.fromkeys(intents)) if one]
        return {**put, "begun": opened} if opened else put

    def figures(self, dataset: str) -> Mapping[str, Any]:
        """The figures of the release of a dataset that went out last, to whatever target; nothing where none did.

        They stand with the last build that passed before the newest receipt: only that could be pushed.
        """
        rows = select(journal.c.seq, journal.c.body).where(journal.c.dataset == dataset)
        newest = rows.order_by(journal.c.seq.desc())
        with reading(self.engine) as connection:
            sent = connection.execute(newest.where(journal.c.kind == "receipt").limit(1)).first()
            before = newest.where(journal.c.kind == "checked", journal.c.seq < (sent.seq if sent else 0))
            for row in connection.execute(before):
                if figures := json.loads(row.body).get("figures"):
                    return figures  # type: ignore[no-any-return]
        return {}

    def entries(self, *, dataset: str | None = None, kind: str | None = None) -> Iterator[Entry]:
        """Every row, oldest first, or those of one dataset, of one kind."""
        asked = select(journal).order_by(journal.c.seq)
        for column, value in ((journal.c.dataset, dataset), (journal.c.kind, kind)):
            asked = asked if value is None else asked.where(column == value)
        with reading(self.engine) as connection:
            for row in connection.execute(asked):
                yield _entry(row._asdict())

    def last(self) -> Entry | None:
        """The newest row."""
        with reading(self.engine) as connection:
            row = connection.execute(select(journal).order_by(journal.c.seq.desc()).limit(1)).first()
        return _entry(row._asdict()) if row else None

    def runs(self, most: int) -> list[Run]:
        """The newest runs, the last above. What the public said, and what was answered, is none."""
        last = func.max(journal.c.seq)
        runs = select(journal.c.run, func.min(journal.c.seq).label("first"), last.label("last"))
        runs = runs.where(journal.c.kind != "voice")
        newest = runs.group_by(journal.c.run).order_by(last.desc()).limit(most).subquery()
        first, end = journal.alias(), journal.alias()
        found = select(newest.c.run, end.c.actor, first.c.at, end.c.at, end.c.kind).order_by(newest.c.last.desc())
        found = found.join(first, first.c.seq == newest.c.first).join(end, end.c.seq == newest.c.last)
        with reading(self.engine) as connection:
            return [Run(*row) for row in connection.execute(found)]

    def broken(self) -> int | None:
        """The number of the first row that was changed, put in, or taken out; None: all hold.

        A row that a recall emptied cannot have its hash any more: it must be what the recall's own row says.
        """
        emptied: dict[int, str] = {}
        last: Entry | None = None
        with reading(self.engine) as connection:
            decisions = select(journal.c.body).where(journal.c.kind == "decision")
            for body in connection.execute(decisions).scalars():
                with suppress(ValueError, TypeError, AttributeError):
                    emptied |= dict(json.loads(body).get("emptied", ()))
            for row in connection.execute(select(journal).order_by(journal.c.seq)):
                number = last.seq + 1 if last else 1
                if row.seq != number:
                    return min(int(row.seq), number)
                entry = _whole(row._asdict(), emptied)
                if entry is None:
                    return number
                if entry.prev != (last.hash if last else ""):
                    # this row is as it was written: it is the one before that had another hash then
                    return last.seq if last else number
                last = entry
        return None


def append(connection: Connection, event: Event, *, actor: str, run: str) -> Entry:
    """Writes one row at the end of the chain, in a transaction that writes (`writing`) what the row tells of."""
    last = connection.execute(
        select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)
    ).first()
    draft = Entry(
        seq=(last.seq if last else 0) + 1,
        at=clock.stamp(),
        run=run,
        actor=actor,
        kind=event.kind,
        dataset=event.dataset,
        target=event.target,
        body=event.body,
        prev=last.hash if last else "",
        hash="",
    )
    row = {column.name: getattr(draft, column.name) for column in journal.c}
    row |= {"body": canonical(event.body).decode(), "hash": draft.computed()}
    connection.execute(insert(journal).values(row))
    return _entry(row)


KEPT = ("action", "resource", "id", "seconds", "rows")
"""What stays in the row of a write whose words were recalled."""


def empty(connection: Connection, dataset: str, recall: str) -> list[list[Any]]:
    """Takes out of a dataset's rows what was written on portals: titles, descriptions, columns.

    The chain goes on over them by the hashes that they had. Returns their numbers, and what `computed` gives of
    each from now on: for `emptied` in the body of the recall's own row, a `decision` in the same transaction.
    """
    asked = select(journal).where(journal.c.dataset == dataset, journal.c.kind.in_(("intent", "receipt")))
    emptied: list[list[Any]] = []
    for row in connection.execute(asked.order_by(journal.c.seq)).all():
        entry = _entry(row._asdict())
        if not (entry.body.get("put") or entry.body.get("fields")):
            continue
        body = {name: entry.body[name] for name in KEPT if name in entry.body} | {"put": {}, "recalled": recall}
        values = {"body": canonical(body).decode()}
        connection.execute(update(journal).where(journal.c.seq == entry.seq).values(values))
        emptied.append([entry.seq, replace(entry, body=body).computed()])
    return emptied


def _whole(row: Mapping[str, Any], emptied: Mapping[int, str]) -> Entry | None:
    """A row that is as it was written, or as a recall left it; else None."""
    try:
        entry = _entry(row)
        told = canonical(entry.body).decode()
    except (ValueError, TypeError):
        return None
    known = entry.computed() in (entry.hash, emptied.get(entry.seq))
    return entry if known and told == row["body"] else None


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(**{**row, "body": json.loads(row["body"])})
