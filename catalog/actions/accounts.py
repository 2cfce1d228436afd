"""Users as the store keeps them and as CKAN shows them; the passwords and tokens that stand for them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from catalog.actions.context import Actor, Context
from catalog.actions.refusals import forbidden, not_found
from catalog.actions.values import now
from catalog.store.tables import api_tokens, groups, members, packages, users

Document = dict[str, Any]

RESTED = timedelta(minutes=1)
"""A token's last use is written down at most so often: reading must not wait for writers."""


def token_hash(token: str) -> str:
    """What is stored of a token. It is long and random, so a plain hash gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A token as CKAN's clients take it: letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(32)


def actor_of(connection: Connection, token: str) -> tuple[Actor, bool] | None:
    """Whose token it is, with the roles of this moment, and whether its last use is worth noting down.

    None for a token that is unknown, revoked or expired, and for a user who is not active.
    """
    query = select(api_tokens, users).join(users, users.c.id == api_tokens.c.user_id)
    query = query.where(api_tokens.c.sha256 == token_hash(token), api_tokens.c.revoked.is_(None))
    found = connection.execute(query.where(users.c.state == "active")).first()
    moment = now()
    if found is None or (found.expires and found.expires <= moment):
        return None
    used = found.last_access
    stale = used is None or datetime.fromisoformat(moment) - datetime.fromisoformat(used) > RESTED
    actor = Actor(
        name=found._mapping[users.c.name],
        sysadmin=bool(found.sysadmin),
        key=found.user_id,
        roles=roles_of(connection, found.user_id),
        reads_only=found.scope == "read",
    )
    return actor, stale


def used(connection: Connection, token: str) -> None:
    """Notes a token's use, and that its user was there."""
    held = api_tokens.c.sha256 == token_hash(token)
    user = connection.execute(select(api_tokens.c.user_id).where(held)).scalar()
    moment = now()
    connection.execute(update(api_tokens).where(held).values(last_access=moment))
    connection.execute(update(users).where(users.c.id == user).values(last_active=moment))


def roles_of(connection: Connection, user: str) -> dict[str, str]:
    """The active organisations and groups a user works in → the role."""
    query = select(members.c.group_id, members.c.capacity).join(groups, groups.c.id == members.c.group_id)
    query = query.where(members.c.table_name == "user", members.c.table_id == user)
    query = query.where(members.c.state == "active", groups.c.state == "active")
    return {row[0]: row[1] for row in connection.execute(query)}


def find(ctx: Context, key: str) -> Row[Any] | None:
    """A user's row, by id or name; deleted users too."""
    query = select(users).where(or_(users.c.id == key, users.c.name == key)).order_by(users.c.id != key)
    return ctx.connection.execute(query).first()


def named(ctx: Context, key: str) -> Row[Any]:
    """The same. Raises 404."""
    found = find(ctx, key)
    if found is None:
        raise not_found("User not found")
    return found


def ensure(ctx: Context) -> str:
    """The caller's id; the workspace's own actors get a row of their own when they first write."""
    if not ctx.actor.id:
        raise forbidden()
    if not ctx.actor.key and find(ctx, ctx.actor.id) is None:
        row = {"id": ctx.actor.id, "name": ctx.actor.name, "sysadmin": ctx.actor.sysadmin, "state": "active"}
        if find(ctx, ctx.actor.name) is not None:
            row["name"] = ctx.actor.id  # somebody else has the name
        ctx.connection.execute(insert(users).values({**row, "created": now()}))
    return ctx.actor.id


def shown(ctx: Context, row: Row[Any] | Mapping[str, Any], *, counting_all: bool = False) -> Document:
    """A user as CKAN answers it: the address only to themselves and to sysadmins."""
    one = row._mapping if isinstance(row, Row) else row
    email = (one["email"] or "").strip().lower()
    made: Document = {
        "id": one["id"],
        "name": one["name"],
        "fullname": one["fullname"],
        "created": one["created"],
        "about": one["about"],
        "last_active": one["last_active"],
        "activity_streams_email_notifications": False,
        "sysadmin": bool(one["sysadmin"]),
        "state": one["state"],
        "image_url": one["image_url"],
        "display_name": one["fullname"] if (one["fullname"] or "").strip() else one["name"],
        "email_hash": hashlib.md5(email.encode(), usedforsecurity=False).hexdigest(),
        "number_created_packages": _created(ctx, one["id"], counting_all),
    }
    if ctx.actor.sysadmin or ctx.actor.id == one["id"]:
        made["apikey"], made["email"] = None, one["email"]
    made["image_display_url"] = one["image_url"] or None
    return made


def _created(ctx: Context, user: str, counting_all: bool) -> int:
    query = select(func.count()).select_from(packages)
    query = query.where(packages.c.creator == user)
    if counting_all:
        query = query.where(packages.c.state != "deleted")
    else:
        query = query.where(packages.c.state == "active", packages.c.private.is_(False))
    return int(ctx.connection.execute(query).scalar() or 0)


def hashed(password: str) -> str:
    """A password as it is stored: Argon2id with a salt of its own."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


def same_password(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one. Takes as long where none is stored: a clock tells no name."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(stored or hashed(secrets.token_hex(8)), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def own_row(ctx: Context) -> Document:
    """What a caller without a row of their own is shown as."""
    empty = dict.fromkeys(column.name for column in users.columns)
    return {**empty, "id": ctx.actor.id, "name": ctx.actor.name, "sysadmin": ctx.actor.sysadmin, "state": "active"}
