"""From somebody whom a provider knows to a user of ours: found, linked, made where a role says so, or refused."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import Connection, func, insert, select, update

from catalog.actions.accounts import same_password
from catalog.actions.member import give
from catalog.actions.values import now
from catalog.login.identity import Because, Identity, LoginRefused
from catalog.store.database import reading, writing
from catalog.store.tables import groups, identities, users

if TYPE_CHECKING:
    from sqlalchemy import Engine, Row

    from catalog.login.gate import Gate

Roles = Mapping[str, Mapping[str, str]]
"""A provider's group → organisation's name → role: what a log-in there gives, and takes again."""
RANKS = ("member", "editor", "admin")


def by_password(connection: Connection, name: str, password: str) -> Row[tuple[str, ...]]:
    """The active user of a name (or address) and a password. Raises LoginRefused; takes as long for a stranger."""
    found = connection.execute(select(users).where(users.c.name == name)).first()
    if found is None and "@" in name:
        several = connection.execute(select(users).where(func.lower(users.c.email) == name.lower())).all()
        found = several[0] if len(several) == 1 else None
    if not same_password(found.password if found else None, password) or found is None:
        raise LoginRefused("wrong")
    if found.state != "active":
        raise LoginRefused("inactive")
    return found


def by_name(engine: Engine, gate: Gate, name: str, password: str) -> str:
    """The id of the user of a name and a password: ours where they count, or a directory's. Or LoginRefused."""
    because: Because = "wrong"
    if gate.passwords and name and password:
        try:
            with reading(engine) as connection:
                return str(by_password(connection, name, password).id)
        except LoginRefused as refused:
            because = refused.because
    for directory in gate.directories:
        try:
            identity = directory.log_in(name, password)
            with writing(engine) as connection:
                return enter(connection, identity, directory.roles, gate.secret)
        except LoginRefused as refused:
            because = because if refused.because == "wrong" else refused.because
    raise LoginRefused(because)


def enter(connection: Connection, identity: Identity, roles: Roles, secret: bytes) -> str:
    """The id of the user that a person is here, who now has the roles that the provider's groups give, without
    those that they gave before. Roles given by hand elsewhere stay.

    Who was never here is the user with the same verified address, else a new one if a group gives a role.
    Raises LoginRefused `unknown`, `inactive`.
    """
    subject = subject_of(identity, secret)
    here = (identities.c.provider == identity.provider) & (identities.c.subject == subject)
    key = connection.execute(select(identities.c.user_id).where(here)).scalar()
    granted = _granted(connection, identity, roles)
    if key is None:
        key = _same_address(connection, identity) or (_made(connection, identity, subject) if granted else None)
        if key is None:
            raise LoginRefused("unknown")
        row = {"provider": identity.provider, "subject": subject, "user_id": key, "created": now()}
        connection.execute(insert(identities).values({**row, "granted": "[]"}))
    if connection.execute(select(users.c.state).where(users.c.id == key)).scalar() != "active":
        raise LoginRefused("inactive")
    before = json.loads(connection.execute(select(identities.c.granted).where(here)).scalar_one())
    for group in {*before, *granted}:
        give(connection, group, key, granted.get(group))
    connection.execute(update(identities).where(here).values(granted=json.dumps(sorted(granted))))
    return str(key)


def subject_of(identity: Identity, secret: bytes) -> str:
    """What is stored of a provider's name of a person: nothing that could be undone or guessed without our key."""
    told = f"{identity.provider}\0{identity.subject}".encode()
    return hmac.new(secret, told, hashlib.sha256).hexdigest()


def _same_address(connection: Connection, identity: Identity) -> str | None:
    if not identity.email:
        return None
    same = func.lower(users.c.email) == identity.email.lower()
    found = connection.execute(select(users.c.id).where(same, users.c.state == "active")).all()
    return str(found[0][0]) if len(found) == 1 else None


def _made(connection: Connection, identity: Identity, subject: str) -> str:
    plain = unicodedata.normalize("NFKD", identity.name).encode("ascii", "ignore").decode().lower()
    name = re.sub("[^a-z0-9_-]+", "-", plain).strip("-")[:80] or "user"
    if len(name) < 2 or connection.execute(select(users.c.id).where(users.c.name == name)).first():
        name = f"{name}-{subject[:8]}"
    row = {"id": str(uuid4()), "name": name, "fullname": identity.fullname or None, "state": "active"}
    row |= {"email": identity.email or None, "created": now()}
    connection.execute(insert(users).values({**row, "sysadmin": False}))
    return str(row["id"])


def _granted(connection: Connection, identity: Identity, roles: Roles) -> dict[str, str]:
    """Organisation's id → the highest role that the person's groups give."""
    wanted: dict[str, str] = {}
    mine = {group.lower() for group in identity.groups}
    for group, given in roles.items():
        for name, role in given.items() if group.lower() in mine else ():
            wanted[name] = max(role, wanted.get(name, "member"), key=RANKS.index)
    query = select(groups.c.name, groups.c.id).where(groups.c.name.in_(wanted), groups.c.state == "active")
    return {row.id: wanted[row.name] for row in connection.execute(query)}
