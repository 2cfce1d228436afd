"""What the public said, in the database: voices (reports and requests), their contacts, and ratings."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from catalog.store.tables import packages, ratings, voice_contacts, voices
from metadata import clock

OPEN = ("received", "considering")
CLOSED = ("opened", "refused", "answered")
RETRY = (60, 300, 1800, 7200, 21600)
"""Seconds until mail that could not be sent is tried again: the last of them for ever after."""
PACE = 300
"""Seconds for which mail that is being sent is left alone: a process that dies meanwhile leaves it to the next."""
STARS = range(1, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One report or request, as `voices` holds it; its contact stands elsewhere."""

    number: str
    kind: str
    at: str
    day: str
    page: str
    owner_org: str | None
    topic: str
    words: str
    purpose: str
    state: str
    due: str | None
    closed: str | None
    answer: str
    dataset: str | None
    refusal: str | None
    listed: str | None
    wanted: int
    mail: str
    mail_tries: int

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state in OPEN

    def late(self, today: date) -> int:
        """By how many days it is, or was, answered too late; 0: it is in time."""
        until = date.fromisoformat(self.closed) if self.closed else today
        return max(0, (until - date.fromisoformat(self.due)).days) if self.due else 0


FIELDS = tuple(voices.c[name] for name in Voice.__dataclass_fields__)


def _voice(row: Row[Any] | None) -> Voice | None:
    return Voice(**row._mapping) if row else None


def hashed(token: str) -> str:
    """What is kept of a receipt's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def receive(connection: Connection, letter: str, given: Mapping[str, Any], contact: str) -> tuple[str, str]:
    """Keeps what came in: its number, and the token of its receipt, which is told this once.

    `letter`: what the numbers of its kind begin with. `given`: kind, page, topic, words, purpose, due, mail.
    """
    now, today = clock.now(), clock.today()
    begins = f"{letter}{today.year + clock.ERA}-"
    last = connection.execute(
        select(voices.c.number)
        .where(voices.c.number.startswith(begins, autoescape=True))
        .order_by(func.length(voices.c.number).desc(), voices.c.number.desc())
        .limit(1)
    ).scalar()
    number = f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:04}"
    token = secrets.token_urlsafe(18)
    fresh = {"state": "received", "answer": "", "wanted": 0, "mail_tries": 0, "mail_next": clock.stamp(now)}
    row = {**fresh, **given, "number": number, "at": clock.stamp(now), "day": today.isoformat()}
    connection.execute(insert(voices).values(**row, token=hashed(token)))
    if contact:
        connection.execute(insert(voice_contacts).values(number=number, contact=contact))
    return number, token


def owner(connection: Connection, dataset: str) -> str | None:
    """Whose a dataset is, by its name or id."""
    asked = select(packages.c.owner_org).where(or_(packages.c.name == dataset, packages.c.id == dataset))
    return connection.execute(asked).scalar()


def is_public(connection: Connection, dataset: str) -> bool:
    """Whether anyone may see a dataset of this name."""
    asked = select(packages.c.id).where(packages.c.name == dataset, packages.c.state == "active")
    return connection.execute(asked.where(packages.c.private.is_(False))).first() is not None


def by_number(connection: Connection, number: str) -> Voice | None:
    """One voice."""
    return _voice(connection.execute(select(*FIELDS).where(voices.c.number == number)).first())


def by_token(connection: Connection, token: str, request: bool) -> Voice | None:
    """The voice of a receipt: a request, or a report."""
    kind = voices.c.kind == "request" if request else voices.c.kind != "request"
    return _voice(connection.execute(select(*FIELDS).where(voices.c.token == hashed(token), kind)).first())


def contact(connection: Connection, number: str) -> str | None:
    """How to reach who said it, as long as it is not answered."""
    asked = select(voice_contacts.c.contact).where(voice_contacts.c.number == number)
    return connection.execute(asked).scalar()


def inbox(connection: Connection, *, everything: bool = False, limit: int = 500) -> list[Voice]:
    """What waits, in the order in which it needs a person: personal data, then by the day a request is due
    and a problem came in, then by age.

    `everything`: what was answered too, the newest first, after what waits.
    """
    waits = voices.c.state.in_(OPEN)
    first = case((and_(waits, voices.c.kind == "personal"), 0), (waits, 1), else_=2)
    closed = case((waits, ""), else_=voices.c.at)
    due = func.coalesce(voices.c.due, voices.c.day)
    asked = select(*FIELDS).order_by(first, closed.desc(), due, voices.c.at, voices.c.number).limit(limit)
    rows = connection.execute(asked if everything else asked.where(waits))
    return [Voice(**row._mapping) for row in rows]


def waiting(connection: Connection) -> dict[str, dict[str, Any]]:
    """What waits, by kind: how many, how many of them overdue, the day of the oldest. Nothing of what was said."""
    overdue = func.sum(case((voices.c.due < clock.today().isoformat(), 1), else_=0))
    asked = select(voices.c.kind, func.count(), overdue, func.min(voices.c.day)).where(voices.c.state.in_(OPEN))
    rows = connection.execute(asked.group_by(voices.c.kind).order_by(voices.c.kind))
    return {kind: {"open": number, "overdue": int(late), "oldest": day} for kind, number, late, day in rows}


def requests(connection: Connection, start: int, limit: int) -> tuple[int, list[Voice]]:
    """How many requests there are, and a page of them, the newest first."""
    mine = voices.c.kind == "request"
    count = int(connection.execute(select(func.count()).select_from(voices).where(mine)).scalar() or 0)
    asked = select(*FIELDS).where(mine).order_by(voices.c.at.desc(), voices.c.number.desc())
    return count, [Voice(**row._mapping) for row in connection.execute(asked.offset(start).limit(limit))]


def want(connection: Connection, number: str) -> bool:
    """One more who would like it; False where the public list has no such request that waits for an answer."""
    asked = update(voices).where(voices.c.number == number, voices.c.kind == "request")
    asked = asked.where(voices.c.listed.is_not(None), voices.c.state.in_(OPEN))
    done = connection.execute(asked.values(wanted=voices.c.wanted + 1))
    return done.rowcount == 1


def change(connection: Connection, number: str, values: Mapping[str, Any]) -> None:
    """Changes a voice. One that is closed by it loses its contact: on SQLite its bytes are written over."""
    if values.get("state") in CLOSED:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        connection.execute(delete(voice_contacts).where(voice_contacts.c.number == number))
        values = {**values, "mail": "none"}
    connection.execute(update(voices).where(voices.c.number == number).values(**values))


def forget(engine: Engine) -> None:
    """Empties SQLite's log of writes, in which what was deleted may still stand, unless somebody reads from it."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    import sqlite3
    from contextlib import closing, suppress

    with suppress(sqlite3.Error), closing(sqlite3.connect(engine.url.database, timeout=1)) as own:
        own.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


def take_mail(connection: Connection) -> Voice | None:
    """A voice whose mail is due, taken for a while: others leave it alone."""
    now = clock.now()
    asked = select(*FIELDS).where(voices.c.mail == "waiting", voices.c.mail_next <= clock.stamp(now))
    found = _voice(connection.execute(asked.order_by(voices.c.mail_next, voices.c.number).limit(1)).first())
    if found:
        later = clock.stamp(now + timedelta(seconds=PACE))
        connection.execute(update(voices).where(voices.c.number == found.number).values(mail_next=later))
    return found


def mailed(connection: Connection, voice: Voice, sent: bool) -> None:
    """Writes down that a voice's mail was sent; or was not, and when it is tried again."""
    tries = voice.mail_tries + 1
    again = clock.stamp(clock.now() + timedelta(seconds=RETRY[min(tries, len(RETRY)) - 1]))
    values = {"mail": "sent"} if sent else {"mail_next": again}
    here = (voices.c.number == voice.number, voices.c.mail == "waiting")
    connection.execute(update(voices).where(*here).values(mail_tries=tries, **values))


def next_mail(connection: Connection) -> str | None:
    """When mail is due next."""
    return connection.execute(select(func.min(voices.c.mail_next)).where(voices.c.mail == "waiting")).scalar()


def rate(connection: Connection, package: str, resource: str, stars: int, words: str) -> None:
    """Keeps one answer, of today."""
    row = {"package_id": package, "resource_id": resource, "day": clock.today().isoformat(), "stars": stars}
    connection.execute(insert(ratings).values(**row, words=words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """How some people liked something: how many gave each number of stars, one first."""

    stars: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)

    @property
    def answers(self) -> int:
        """How many people answered."""
        return sum(self.stars)

    @property
    def mean(self) -> float | None:
        """Stars, 1 to 5; None where nobody answered."""
        return (
            sum(n * count for n, count in zip(STARS, self.stars, strict=True)) / self.answers
            if self.answers
            else None
        )

    @property
    def percent(self) -> float | None:
        """Satisfaction as Thai agencies report it: the mean of five, times 100. All fives are 100, all ones 20."""
        return None if self.mean is None else self.mean / 5 * 100

    @property
    def high(self) -> float | None:
        """Percent who gave four or five stars; None where nobody answered."""
        return (self.stars[3] + self.stars[4]) / self.answers * 100 if self.answers else None


def _rated(rows: Mapping[int, int]) -> Rated:
    one, two, three, four, five = (int(rows.get(n, 0)) for n in STARS)
    return Rated(stars=(one, two, three, four, five))


def rated(connection: Connection, first: date, last: date, package: str | None = None) -> Rated:
    """The answers from one day to another, both included: on one dataset and its files, or on all."""
    asked = select(ratings.c.stars, func.count()).where(*_days(ratings.c.day, first, last))
    asked = asked.where(ratings.c.package_id == package) if package else asked
    return _rated({row.stars: row[1] for row in connection.execute(asked.group_by(ratings.c.stars))})


def rated_words(connection: Connection, package: str | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """What people wrote beside their stars, the newest first: for stewards."""
    names = (
        ratings.c.day,
        ratings.c.stars,
        ratings.c.words,
        ratings.c.package_id,
        packages.c.name,
        packages.c.owner_org,
    )
    asked = select(*names).join(packages, packages.c.id == ratings.c.package_id, isouter=True)
    asked = asked.where(ratings.c.words != "")
    asked = asked.where(ratings.c.package_id == package) if package else asked
    return [dict(row._mapping) for row in connection.execute(asked.order_by(ratings.c.id.desc()).limit(limit))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """How requests of a span of days were dealt with, as of a day."""

    received: int
    answered: int
    in_time: int
    overdue: int
    """Not answered, though the day by which they should have been is over."""
    days: float | None
    """From entry to answer, the median; None where none was answered."""

    @property
    def share(self) -> float | None:
        """Percent answered in time, of those that were answered or should have been; None where there are none."""
        of = self.answered + self.overdue
        return self.in_time / of * 100 if of else None


def handled(connection: Connection, first: date, last: date, day: date) -> Handled:
    """The requests that came in from one day to another, both included, as they stood at the end of a day."""
    asked = select(voices.c.day, voices.c.due, voices.c.closed)
    rows = connection.execute(asked.where(voices.c.kind == "request", *_days(voices.c.day, first, last))).all()
    until = day.isoformat()
    answered = [row for row in rows if row.closed and row.closed <= until]
    took = [(date.fromisoformat(row.closed) - date.fromisoformat(row.day)).days for row in answered]
    return Handled(
        received=len(rows),
        answered=len(answered),
        in_time=sum(row.closed <= row.due for row in answered),
        overdue=sum(row.due < until for row in rows if not (row.closed and row.closed <= until)),
        days=float(median(took)) if took else None,
    )


def answered_between(connection: Connection, first: date, last: date) -> int:
    """How many requests were answered from one day to another, both included."""
    asked = select(func.count()).select_from(voices)
    asked = asked.where(voices.c.kind == "request", *_days(voices.c.closed, first, last))
    return int(connection.execute(asked).scalar() or 0)


def _days(column: Any, first: date, last: date) -> Iterator[ColumnElement[bool]]:
    yield column >= first.isoformat()
    yield column <= last.isoformat()
