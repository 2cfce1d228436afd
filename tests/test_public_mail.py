"""Mail about what came in: sent once it can be, never lost, and without a word of what was said."""

from __future__ import annotations

import logging
import smtplib
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened
from public_ground import CONTACT, HOUSE, REQUEST, empty, sent, speaking, voice

from catalog.actions.context import Actor
from catalog.portal.local import LocalPortal
from catalog.public import handling
from catalog.public.handling import Decision
from catalog.public.mail import HERE, VARIABLE, Mail, Server
from catalog.public.said import said
from catalog.public.terms import Terms
from catalog.store import voices
from catalog.store.database import reading
from metadata import clock
from metadata.errors import SetupError

TERMS = Terms.of(HOUSE)


class _Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as smtplib asks for."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.letters.append(message_from_bytes(body, policy=policy.default))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
            if verb == b"QUIT":
                return


@contextmanager
def post_office() -> Iterator[tuple[str, list[EmailMessage]]]:
    """A mail server of this machine: its URL, and what it got."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        letters: list[EmailMessage] = []
        server.letters = letters  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"smtp://127.0.0.1:{server.server_address[1]}?from=portal@agency.example", letters
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def open_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPortal]:
    with opened(tmp_path_factory.mktemp("catalog")) as made:
        yield made


@pytest.fixture
def portal(open_portal: LocalPortal) -> LocalPortal:
    return empty(open_portal)


class Postman:
    """Sends, or fails as it is told."""

    def __init__(self, portal: LocalPortal, site: str = "https://data.agency.example") -> None:
        self.mail = Mail(portal.engine, TERMS, "smtp://127.0.0.1?from=a@b.example", site=site, title="กรมตัวอย่าง")
        self.mail._send = self.send
        self.letters: list[EmailMessage] = []
        self.fails: Exception | None = None

    def send(self, letter: EmailMessage) -> None:
        if self.fails:
            raise self.fails
        self.letters.append(letter)


def receive(portal: LocalPortal, kind: str = "request", **more: str) -> str:
    given = said(kind, {**REQUEST, "topic": "id", "page": "/dataset/x?q=สมชาย", **more})
    assert not given.mistakes
    return handling.receive(portal.engine, given, TERMS, mails=True).number


def test_a_report_of_personal_data_reaches_the_dpo_through_a_mail_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office() as (url, letters):
        monkeypatch.setenv(VARIABLE, url)
        with speaking(tmp_path) as web:
            sent(
                web,
                "/report/personal",
                page="/dataset/population-2567",
                topic="id",
                words="ชื่อสมชาย",
                contact=CONTACT,
            )
            worker = [one for one in threading.enumerate() if one.name == "mail"]
            for one in worker:
                one.join(timeout=10)
            web.application.state.mail.close()
            assert voice(web, "D2569-0001").mail == "sent"
    assert [str(one["To"]) for one in letters] == ["dpo@agency.example"]
    body = letters[0].get_content()
    assert "D2569-0001" in body and "/dataset/population-2567" in body and "personal data" in body
    assert "สมชาย" not in body and CONTACT not in str(letters[0])


@pytest.mark.parametrize(("kind", "whom"), [("personal", "dpo@"), ("problem", "data@"), ("request", "data@")])
def test_who_hears_is_told_where_to_look_and_nothing_that_was_said(
    portal: LocalPortal, kind: str, whom: str
) -> None:
    number = receive(portal, kind)
    postman = Postman(portal)
    assert postman.mail.deliver() is None
    (letter,) = postman.letters
    body = letter.get_content()
    assert str(letter["To"]).startswith(whom) and f"https://data.agency.example/inbox/{number}" in body
    assert not [one for one in ("ฝน", "เพาะปลูก", CONTACT, "สมชาย", "…") if one in body]
    assert postman.mail.deliver() is None and len(postman.letters) == 1


def test_a_server_that_fails_is_asked_again_later_and_nothing_is_lost(
    tmp_path: Path, both: str, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as portal:
        number = receive(portal)
        postman = Postman(portal)
        postman.fails = smtplib.SMTPRecipientsRefused({CONTACT: (550, b"no")})
        start = clock.now().replace(microsecond=0) + timedelta(seconds=1)
        with caplog.at_level(logging.WARNING), clock.frozen(start):
            assert postman.mail.deliver() == 60
            postman.mail.deliver()  # too early: not tried
        assert caplog.messages == [f"mail about {number} was not sent: SMTPRecipientsRefused"]
        for wait, seconds in ((60, 300), (360, 1800), (2160, 7200), (9360, 21600), (30960, 21600)):
            with clock.frozen(start + timedelta(seconds=wait)):
                assert postman.mail.deliver() == seconds
        with reading(portal.engine) as connection:
            (waits,) = voices.inbox(connection)
        assert (waits.mail, waits.mail_tries) == ("waiting", 6)
        postman.fails = None
        another = Postman(portal)  # the process was killed; another goes on
        with clock.frozen(start + timedelta(days=1)):
            assert another.mail.deliver() is None
        assert len(another.letters) == 1


def test_two_processes_send_a_letter_once_and_one_that_died_is_stood_in_for(portal: LocalPortal) -> None:
    receive(portal)
    first, second = Postman(portal), Postman(portal)
    died: list[Any] = []

    def dies(letter: EmailMessage) -> None:
        died.append(letter)
        second.mail.deliver()
        assert second.letters == []  # it is in the hands of another
        raise KeyboardInterrupt

    first.mail._send = dies
    with pytest.raises(KeyboardInterrupt):
        first.mail.deliver()
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        second.mail.deliver()
    assert len(died) == len(second.letters) == 1


def test_what_is_closed_needs_no_letter_any_more(portal: LocalPortal) -> None:
    number = receive(portal)
    postman = Postman(portal)
    decision = Decision(state="refused", refusal="privacy", answer="เหตุผลของเรา")
    made = handling.decide(portal.engine, number, decision, Actor(name="somsri", sysadmin=True))
    assert postman.mail.deliver() is None and postman.letters == []
    assert made.contact == CONTACT and postman.mail.tell(made.contact, made.voice)
    body = postman.letters[0].get_content()
    assert str(postman.letters[0]["To"]) == CONTACT
    assert all(one in body for one in ("เหตุผลของเรา", "15 (5)", "15 วัน", "Tribunal")) and "…" not in body


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example",
        "smtp://mail.example:x?from=a@b.example",
    ],
)
def test_a_url_that_is_none_is_refused_with_its_variable(portal: LocalPortal, url: str) -> None:
    with pytest.raises(SetupError) as raised:
        Mail(portal.engine, Terms(), url)
    assert raised.value.values["variable"] == VARIABLE


def test_a_url_may_hold_a_user_and_says_no_password() -> None:
    server = Server.of("smtps://portal%40agency.example:p%2Fw@mail.agency.example")
    assert (server.host, server.port, server.user, server.password) == (
        "mail.agency.example", 465, "portal@agency.example", "p/w",
    )  # fmt: skip
    assert server.sender == "portal@agency.example" and "p/w" not in repr(server)


def test_to_another_machine_nothing_goes_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Plain(smtplib.SMTP):
        def __init__(self, *_given: Any, **_more: Any) -> None:
            pass

        def __exit__(self, *_given: object) -> None:
            pass

        def starttls(self, **_more: Any) -> Any:
            said.append("starttls")
            raise smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server.")

        def login(self, *_given: Any, **_more: Any) -> Any:
            said.append("login")

        def send_message(self, *_given: Any, **_more: Any) -> Any:
            said.append("message")

    monkeypatch.setattr(smtplib, "SMTP", Plain)
    assert "mail.example" not in HERE
    with pytest.raises(smtplib.SMTPNotSupportedError):
        Server.of("smtp://u:p@mail.example?from=a@b.example").send(EmailMessage())
    assert said == ["starttls"]


def test_without_a_server_nothing_waits_for_mail(portal: LocalPortal) -> None:
    mail = Mail(portal.engine, TERMS, "")
    assert not mail.goes_out
    mail.wake()
    given = said("request", REQUEST)
    number = handling.receive(portal.engine, given, TERMS, mails=mail.goes_out).number
    with reading(portal.engine) as connection:
        found = voices.by_number(connection, number)
    assert found and found.mail == "none" and datetime.fromisoformat(found.at).tzinfo
