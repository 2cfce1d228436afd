"""What the public says comes in and is answered: each change with its line in the journal and in the log.

Neither holds what was said, nor how to reach who said it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog import journal
from catalog.public.refusals import refusals
from catalog.public.said import KINDS, LONGEST, Said, clean
from catalog.store import voices
from catalog.store.database import reading, writing
from catalog.store.voices import Voice
from metadata import clock
from metadata.errors import SetupError
from metadata.event import Event

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from catalog.actions.context import Actor
    from catalog.public.terms import Terms

PUBLIC = "public"
"""Who the journal says it was when a stranger sent something."""
OF_DATASET = re.compile(r"/dataset/([a-z0-9_-]{2,100})(?:[/?#]|$)")
ANSWER = LONGEST["words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the sender is told: the number, and the token of the address that tells how it goes on."""

    kind: str
    number: str
    token: str

    @property
    def path(self) -> str:
        """The address, on this site."""
        return f"/{'request' if self.kind == 'request' else 'report'}/{self.token}"


def receive(engine: Engine, said: Said, terms: Terms, *, mails: bool) -> Receipt:
    """Keeps what came in. `mails`: whether mail goes out, where somebody is named who hears. Raises StoreError."""
    due = terms.due(said.kind, clock.today())
    of = OF_DATASET.match(said.page)
    given = {
        "kind": said.kind,
        "page": said.page,
        "topic": said.topic,
        "words": said.words,
        "purpose": said.purpose,
        "due": due.isoformat() if due else None,
        "mail": "waiting" if mails and terms.hears(said.kind).email else "none",
    }
    with writing(engine) as connection:
        given["owner_org"] = voices.owner(connection, of[1]) if of else None
        number, token = voices.receive(connection, KINDS[said.kind], given, said.contact)
        _journalled(connection, number, said.kind, "received", PUBLIC)
    return Receipt(kind=said.kind, number=number, token=token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a steward decides about a voice; what is None stays as it is.

    `state`: `considering`, `opened` (a request, with `dataset`), `refused` (a request, with `refusal` and the
    reason as `answer`), `answered` (a report, with `answer`). `listed`: the words for the list; empty: none.
    """

    state: str | None = None
    dataset: str | None = None
    refusal: str | None = None
    answer: str | None = None
    listed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A voice after a decision. `contact`: whom to tell that it was closed; it is kept nowhere any more."""

    voice: Voice
    contact: str | None


def decide(engine: Engine, number: str, decision: Decision, actor: Actor) -> Decided:
    """Writes a decision down.

    Raises SetupError `voice-missing`, `voice-state`, `voice-dataset`, `voice-refusal`, `voice-answer`,
    `voice-listed`, `voice-long`; StoreError.
    """
    from catalog.actions.trail import note

    with writing(engine) as connection:
        voice = found(connection, number)
        values = _values(connection, voice, decision)
        contact = voices.contact(connection, number) if values.get("closed") else None
        voices.change(connection, number, values)
        state = values.get("state") or ("listed" if values.get("listed") else "unlisted")
        _journalled(connection, number, voice.kind, state, actor.name)
        note(connection, actor, f"inbox_{state}", number, 200)
        made = found(connection, number)
    if values.get("closed"):
        voices.forget(engine)
    return Decided(voice=made, contact=contact)


def found(connection: Connection, number: str) -> Voice:
    """A voice by its number, however it is typed. Raises SetupError `voice-missing`."""
    voice = voices.by_number(connection, number.strip().upper())
    if voice is None:
        raise SetupError("voice-missing", number=number[:40])
    return voice


def opened(engine: Engine, number: str) -> tuple[Voice, str | None]:
    """A voice, and how to reach who said it. Raises SetupError `voice-missing`."""
    with reading(engine) as connection:
        voice = found(connection, number)
        return voice, voices.contact(connection, voice.number)


def states(kind: str) -> tuple[str, ...]:
    """What may become of a kind of voice."""
    return ("considering", "opened", "refused") if kind == "request" else ("considering", "answered")


def _values(connection: Connection, voice: Voice, decision: Decision) -> dict[str, Any]:
    """What a decision changes."""
    values: dict[str, Any] = {}
    answer = clean(decision.answer or "")
    if max(len(answer), len(decision.listed or "")) > ANSWER:
        raise SetupError("voice-long", most=ANSWER)
    if decision.listed is not None:
        if voice.kind != "request":
            raise SetupError("voice-listed", number=voice.number)
        values["listed"] = clean(decision.listed) or None
    if decision.state is None:
        if not values:
            raise SetupError("voice-state", number=voice.number, known=list(states(voice.kind)))
        return values
    if decision.state not in states(voice.kind):
        raise SetupError("voice-state", number=voice.number, known=list(states(voice.kind)))
    values |= {"state": decision.state, "dataset": None, "refusal": None, "answer": answer}
    if decision.state == "considering":
        return {**values, "closed": None}
    if decision.state == "opened":
        if not decision.dataset or not voices.is_public(connection, decision.dataset):
            raise SetupError("voice-dataset", dataset=decision.dataset or "")
        values["dataset"] = decision.dataset
    elif decision.state == "refused":
        if decision.refusal not in refusals():
            raise SetupError("voice-refusal", known=list(refusals()))
        values["refusal"] = decision.refusal
    if decision.state != "opened" and not answer:
        raise SetupError("voice-answer", number=voice.number)
    return {**values, "closed": voice.closed or clock.today().isoformat()}


def _journalled(connection: Connection, number: str, kind: str, state: str, by: str) -> None:
    body: Mapping[str, Any] = {"number": number, "kind": kind, "state": state}
    journal.append(connection, Event(kind="voice", body=body), actor=by, run=journal.new_run())
