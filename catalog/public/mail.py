"""Mail: that something came in, to who hears it; what became of it, to who said it.

What is to be sent stands in the database until it is, so neither a mail server that does not answer nor a process
that is killed loses it; a letter may go out twice, never not at all. A letter names the number and where to look,
and holds nothing of what was said.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from threading import Lock, Thread, Timer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from catalog.store import voices
from catalog.store.database import reading, writing
from metadata import clock
from metadata.errors import SaphanError, SetupError
from metadata.wording import phrase

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from catalog.public.terms import Terms
    from catalog.store.voices import Voice

VARIABLE = "SAPHAN_SMTP_URL"
TIMEOUT = 20.0
"""Seconds for which a mail server may be silent."""
PORTS = {"smtp": 587, "smtps": 465}
HERE = ("localhost", "127.0.0.1", "::1")
"""Mail servers of this machine may be spoken to in the clear."""
SEND_AGAIN = (0.0, 30.0, 300.0)
"""Seconds before each try to tell who asked: their address stands in memory only."""
log = logging.getLogger(__name__)
Send = Callable[[EmailMessage], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server."""

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    sender: str = ""

    @classmethod
    def of(cls, url: str, sender: str = "") -> Server:
        """From `smtp://user:password@host:port?from=address`, or smtps. Raises SetupError `setting-value`."""
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS[parts.scheme]
            host, user = parts.hostname or "", unquote(parts.username or "")
            given = parse_qs(parts.query).get("from", [""])[0]
        except (ValueError, KeyError):
            host = given = user = ""
            port = 0
        given = given or (user if "@" in user else sender)
        if not host or "@" not in given or any(letter.isspace() for letter in given):
            expected = "smtp://user:password@host:587?from=address, smtps://…"
            raise SetupError("setting-value", variable=VARIABLE, expected=expected)
        password = unquote(parts.password or "")
        return cls(scheme=parts.scheme, host=host, port=port, user=user, password=password, sender=given)

    def send(self, letter: EmailMessage) -> None:
        """Hands a letter over. Encrypted, but to this machine itself. Raises OSError, smtplib.SMTPException."""
        with ExitStack() as opened:
            if self.scheme == "smtps":
                secure = ssl.create_default_context()
                server: smtplib.SMTP = opened.enter_context(
                    smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=secure)
                )
            else:
                server = opened.enter_context(smtplib.SMTP(self.host, self.port, timeout=TIMEOUT))
                if self.host not in HERE or server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(letter)


class Mail:
    """The mail of one catalog. Without a server (`SAPHAN_SMTP_URL` is not set) nothing goes out."""

    def __init__(self, engine: Engine, terms: Terms, url: str, *, site: str = "", title: str = "") -> None:
        """`site`: the portal's address, where it is known. Raises SetupError `setting-value`."""
        self.engine, self.terms, self.site, self.title = engine, terms, site, title
        own = terms.steward.email or terms.dpo.email or ""
        self.server = Server.of(url, own) if url else None
        self._send: Send | None = self.server.send if self.server else None
        self._lock = Lock()
        self._timer: Timer | None = None
        self._working = self._again = False

    @property
    def goes_out(self) -> bool:
        """Whether there is a server."""
        return self._send is not None

    def wake(self) -> None:
        """Has what is due sent, by a thread of its own."""
        if not self.goes_out:
            return
        with self._lock:
            self._again = True
            if not self._working:
                self._working = True
                Thread(target=self._work, name="mail", daemon=True).start()

    def close(self) -> None:
        """Ends the waiting; what was not sent stands in the database."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._again = False
            seconds: float | None = 60.0
            with suppress(SaphanError):  # a database that is busy is asked again
                seconds = self.deliver()
            with self._lock:
                if self._again:
                    continue
                self._working = False
                if self._timer is not None:
                    self._timer.cancel()
                if seconds is not None:
                    self._timer = Timer(seconds, self.wake)
                    self._timer.daemon = True
                    self._timer.start()
                return

    def deliver(self) -> float | None:
        """Sends what is due, and gives the seconds until more is; None where nothing waits. Raises StoreError."""
        while True:
            with writing(self.engine) as connection:
                voice = voices.take_mail(connection)
            if voice is None:
                break
            sent = self._tried(self._about(voice), voice.number)
            with writing(self.engine) as connection:
                voices.mailed(connection, voice, sent)
        with reading(self.engine) as connection:
            due = voices.next_mail(connection)
        return max(1.0, (datetime.fromisoformat(due) - clock.now()).total_seconds()) if due else None

    def tell(self, contact: str, voice: Voice) -> bool:
        """Tells who asked what became of it, now; False where it could not be sent."""
        return self._tried(self._answer(contact, voice), voice.number)

    def tell_soon(self, contact: str, voice: Voice) -> None:
        """The same by a thread, three times at most: the address is kept in memory only, and then forgotten."""
        letter = self._answer(contact, voice) if self.goes_out else None
        if letter is not None:
            self._tell_soon(letter, voice.number, 0)

    def _tell_soon(self, letter: EmailMessage, number: str, tries: int) -> None:
        def work() -> None:
            if not self._tried(letter, number) and tries + 1 < len(SEND_AGAIN):
                self._tell_soon(letter, number, tries + 1)

        timer = Timer(SEND_AGAIN[tries], work)
        timer.daemon = True
        timer.start()

    def _tried(self, letter: EmailMessage | None, number: str) -> bool:
        if letter is None or self._send is None:
            return False
        try:
            self._send(letter)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # the error's own text could name an address
            log.warning("mail about %s was not sent: %s", number, type(error).__name__)
            return False
        return True

    def _about(self, voice: Voice) -> EmailMessage | None:
        """To who hears it: that something came in."""
        whom = self.terms.hears(voice.kind).email
        where = f"{self.site}/inbox/{voice.number}" if self.site else f"saphan inbox {voice.number}"
        facts = {"number": voice.number, "where": where, "page": voice.page.partition("?")[0][:200]}
        return self._letter(whom, f"mail-{voice.kind}", facts) if whom else None

    def _answer(self, contact: str, voice: Voice) -> EmailMessage | None:
        """To who said it: how it ended, in our own words and the steward's."""
        from catalog.public.refusals import refusals

        facts: dict[str, object] = {"number": voice.number, "answer": voice.answer}
        facts["where"] = f"{self.site}/dataset/{voice.dataset}" if voice.dataset else ""
        if voice.refusal:
            refusal = refusals()[voice.refusal]
            facts |= {"title": refusal.title, "section": refusal.section, "appeal": refusal.appeal}
        return self._letter(contact, f"mail-{voice.state}", facts)

    def _letter(self, whom: str, key: str, facts: Mapping[str, object]) -> EmailMessage | None:
        made = EmailMessage()
        try:
            made["From"] = self.server.sender if self.server else ""
            made["To"] = whom
        except ValueError:
            return None
        made["Subject"] = f"{self.title} {facts['number']}".strip()
        made["Auto-Submitted"] = "auto-generated"
        made.set_content("\n\n".join(phrase(key, language, facts) for language in ("th", "en")) + "\n")
        return made
