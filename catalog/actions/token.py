"""Actions on API tokens: told once, stored as a hash, with an end and a scope where wanted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from catalog.actions import accounts
from catalog.actions.context import Context
from catalog.actions.documents import Document
from catalog.actions.refusals import forbidden, invalid, missing, not_found
from catalog.actions.register import action
from catalog.actions.values import natural, now, wanted_all
from catalog.store.tables import api_tokens

Data = dict[str, Any]
SCOPES = ("write", "read")
LONGEST = 100 * 366 * 86400
"""Seconds a token may live."""


@action("api_token_create")
def api_token_create(ctx: Context, data: Data) -> Document:
    """Create an API token of a user and return it: it is told this once. For the user and for sysadmins.

    :param user: the id or name of the user
    :param name: what the token is for
    :param expires_in: after how many units it ends (optional, as in CKAN's expire_api_token)
    :param unit: seconds of a unit (optional, default: 86400)
    :param scope: `read` for a token that cannot write (optional, default: `write`)
    """
    key, name = wanted_all(data, "user", "name")
    user = accounts.find(ctx, str(key))
    if user is None and key in (ctx.actor.name, ctx.actor.id):
        user = accounts.named(ctx, accounts.ensure(ctx))
    if user is None:
        raise not_found("User not found")
    if not ctx.actor.sysadmin and ctx.actor.id != user.id:
        raise forbidden()
    scope = str(data.get("scope") or "write")
    if scope not in SCOPES:
        raise invalid({"scope": [f"Value must be one of {list(SCOPES)}"]})
    moment, lifetime = now(), natural(data, "expires_in", 0) * natural(data, "unit", 86400)
    if lifetime > LONGEST:
        raise invalid({"expires_in": [f"Must be at most {LONGEST} seconds"]})
    ends = datetime.fromisoformat(moment) + timedelta(seconds=lifetime)
    token, jti = accounts.new_token(), accounts.new_token()
    row = {
        "id": jti,
        "user_id": user.id,
        "name": str(name),
        "sha256": accounts.token_hash(token),
        "scope": scope,
        "created": moment,
        "expires": ends.isoformat(timespec="microseconds") if lifetime else None,
    }
    ctx.connection.execute(insert(api_tokens).values(row))
    return {"token": token, "id": jti}


@action("api_token_list", read=True)
def api_token_list(ctx: Context, data: Data) -> list[Document]:
    """Return a user's tokens, without the tokens themselves. For the user and for sysadmins.

    :param user_id: the id or name of the user (`user` serves too)
    """
    key = str(data.get("user_id") or data.get("user") or "")
    if not key:
        raise missing("user_id")
    user = accounts.find(ctx, key)
    if not ctx.actor.sysadmin and (user is None or ctx.actor.id != user.id):
        raise forbidden()
    if user is None:
        raise not_found("User not found")
    query = select(api_tokens).where(api_tokens.c.user_id == user.id, api_tokens.c.revoked.is_(None))
    rows = ctx.connection.execute(query.order_by(api_tokens.c.created))
    return [_shown(row) for row in rows]


def _shown(row: Any) -> Document:
    shown = {"id": row.id, "name": row.name, "user_id": row.user_id}
    shown |= {"created_at": row.created, "last_access": row.last_access}
    if row.expires:
        shown["expires_at"] = row.expires
    return {**shown, "scope": row.scope} if row.scope != "write" else shown


@action("api_token_revoke")
def api_token_revoke(ctx: Context, data: Data) -> None:
    """Revoke a token. For its user and for sysadmins.

    :param token: the token (or `jti`, its id)
    """
    if not data.get("jti") and not data.get("token"):
        raise missing("token")
    known = str(data.get("jti") or "")
    held = api_tokens.c.id == known if known else api_tokens.c.sha256 == accounts.token_hash(str(data["token"]))
    owner = ctx.connection.execute(select(api_tokens.c.user_id).where(held)).scalar()
    if not ctx.actor.sysadmin and (owner is None or owner != ctx.actor.id):
        raise forbidden()  # no difference between a token that is none and another's
    ctx.connection.execute(update(api_tokens).where(held, api_tokens.c.revoked.is_(None)).values(revoked=now()))
