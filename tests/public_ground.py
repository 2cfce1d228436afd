"""Strangers at a served catalog: what they send, and what the database holds of it."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from catalog_ground import opened, package
from itsdangerous import TimestampSigner
from sqlalchemy import delete, insert, select
from web_ground import Web, served

from catalog.journal import journal
from catalog.login.gate import Gate
from catalog.portal.local import LocalPortal
from catalog.public.repeats import Repeats
from catalog.store import voices
from catalog.store.database import reading, writing
from catalog.store.tables import audit_log, ratings, users, voice_contacts
from catalog.store.tables import voices as all_voices
from catalog.store.voices import Voice
from catalog.web import session
from catalog.web.limits import Buckets
from catalog.web.pages import strangers

CONTACT = "wanida.k@example.com"
SECRET = b"a secret of these tests, 32 bytes"
HOUSE = {"dpo": {"name": "ฝ่ายกฎหมาย", "email": "dpo@agency.example"}, "steward": {"email": "data@agency.example"}}
REQUEST = {"words": "ปริมาณฝนรายวัน\nแยกสถานี", "purpose": "วางแผนเพาะปลูก", "contact": CONTACT}


@contextmanager
def speaking(folder: Path, house: dict[str, Any] | None = None) -> Iterator[Web]:
    """A served catalog with the dataset `population-2567`, to which nobody has said anything yet."""
    forget()
    with opened(folder) as portal, served(portal, Gate(secret=SECRET), house=house or HOUSE) as web:
        portal.call_action("package_create", package())
        yield web


def forget() -> None:
    """Nobody has sent anything yet."""
    strangers.voices, strangers.taps = Buckets(strangers.VOICES), Buckets(strangers.TAPS)
    strangers.repeats = Repeats()


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


def log_in(web: Web, name: str, role: str | None = None, *, sysadmin: bool = False) -> None:
    """Logs an account in at a fresh browser, and makes it where it is not there. `role`: in dept-a."""
    with writing(web.portal.engine) as connection:
        user = connection.execute(select(users).where(users.c.name == name)).first()
        if user is None:
            row = {"id": name, "name": name, "email": f"{name}@agency.example", "sysadmin": sysadmin}
            row |= {"state": "active", "created": "2026-11-22T00:00:00"}
            connection.execute(insert(users).values(**row))
            user = connection.execute(select(users).where(users.c.name == name)).one()
    if role:
        member = {"id": "dept-a", "username": name, "role": role}
        web.portal.call_action("organization_member_create", member)
    held = {session.USER: user.id, session.STAMP: session.stamp(user), session.SINCE: int(time.time())}
    cookie = TimestampSigner(SECRET.hex()).sign(b64encode(json.dumps(held).encode())).decode()
    web.client.cookies.clear()
    web.client.cookies.set(session.COOKIE, cookie)


def form_key(web: Web, path: str) -> str:
    """What a form of ours proves itself with."""
    found = re.search(r'name="form_key" value="([^"]+)"', web.ask(path).text)
    assert found, path
    return found[1]


def emptied(web: Web) -> Web:
    """The same catalog, to which nobody has said anything yet."""
    forget()
    web.client.cookies.clear()
    empty(web.portal)
    return web


def empty(portal: LocalPortal) -> LocalPortal:
    """The same catalog, in which nothing is kept of what anybody said."""
    with writing(portal.engine) as connection:
        for table in (voice_contacts, all_voices, ratings, journal, audit_log):
            connection.execute(delete(table))
    return portal
