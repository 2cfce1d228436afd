"""Strangers at a served catalog: what they send, and what the database holds of it."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from catalog_ground import opened, package
from sqlalchemy import select
from web_ground import Web, served

from catalog.journal import journal
from catalog.login.gate import Gate
from catalog.public.repeats import Repeats
from catalog.store import voices
from catalog.store.database import reading
from catalog.store.voices import Voice
from catalog.web import login
from catalog.web.limits import GUESSES, Buckets
from catalog.web.pages import strangers

CONTACT = "wanida.k@example.com"
PASSWORD = "สะพานข้ามน้ำ-2569"
HOUSE = {"dpo": {"name": "ฝ่ายกฎหมาย", "email": "dpo@agency.example"}, "steward": {"email": "data@agency.example"}}
REQUEST = {"words": "ปริมาณฝนรายวัน\nแยกสถานี", "purpose": "วางแผนเพาะปลูก", "contact": CONTACT}


@contextmanager
def speaking(folder: Path, house: dict[str, Any] | None = None) -> Iterator[Web]:
    """A served catalog with the dataset `population-2567`, to which nobody has said anything yet."""
    forget()
    with opened(folder) as portal, served(portal, Gate(secret=b"s" * 32), house=house or HOUSE) as web:
        portal.call_action("package_create", package())
        yield web


def forget() -> None:
    """Nobody has sent anything yet, or guessed a password."""
    strangers.voices, strangers.taps = Buckets(strangers.VOICES), Buckets(strangers.TAPS)
    strangers.repeats = Repeats()
    login.guesses = Buckets(GUESSES)


def send(
    web: Web, path: str = "/request", headers: dict[str, str] | None = None, **fields: str
) -> requests.Response:
    """A form sent."""
    return web.ask(path, "POST", data=fields, headers=headers or {})


def sent(web: Web, path: str = "/request", **fields: str) -> str:
    """A form that is taken: its receipt's address."""
    answer = send(web, path, **(fields or REQUEST))
    assert answer.status_code == 303, re.findall(r'<a href="#[^<]*', answer.text)
    return str(answer.headers["Location"])


def voice(web: Web, number: str) -> Voice:
    """What the database holds of a number."""
    with reading(web.portal.engine) as connection:
        found = voices.by_number(connection, number)
    assert found is not None
    return found


def number_of(page: str) -> str:
    """The number that a page tells."""
    found = re.search(r"[RPD]\d{4}-\d{4}", page)
    assert found
    return found[0]


def journalled(web: Web) -> list[tuple[str, str]]:
    """Who and what, of the journal's lines about voices."""
    asked = select(journal.c.actor, journal.c.body).where(journal.c.kind == "voice").order_by(journal.c.seq)
    with reading(web.portal.engine) as connection:
        return [(actor, body) for actor, body in connection.execute(asked)]


def on_disk(folder: Path, text: str) -> list[str]:
    """The catalog's own files in which a text stands, as one finds them when the power goes."""
    with tempfile.TemporaryDirectory() as aside:
        copy = Path(shutil.copytree(folder, Path(aside) / "copy"))
        return [path.name for path in copy.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def log_in(web: Web, name: str, role: str | None = None, organization: str = "dept-a", **more: Any) -> None:
    """Makes an account, and logs it in at the client's browser."""
    person = {"name": name, "email": f"{name}@agency.example", "password": PASSWORD, **more}
    web.portal.call_action("user_create", person)
    if role:
        member = {"id": organization, "username": name, "role": role}
        web.portal.call_action("organization_member_create", member)
    enter(web, name)


def enter(web: Web, name: str) -> None:
    """Logs an account in at a fresh browser."""
    web.client.cookies.clear()
    data = {"form_key": form_key(web, "/user/login"), "name": name, "password": PASSWORD}
    assert web.ask("/user/login", "POST", data=data).status_code == 303


def form_key(web: Web, path: str) -> str:
    """What a form of ours proves itself with."""
    found = re.search(r'name="form_key" value="([^"]+)"', web.ask(path).text)
    assert found, path
    return found[1]
