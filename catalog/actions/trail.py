"""Who did what: one line for each writing action, in the transaction that it writes in, and for each log-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from catalog.actions.context import Actor, Context
from catalog.actions.refusals import forbidden
from catalog.actions.register import action
from catalog.actions.values import natural, now
from catalog.store.tables import audit_log, users

NAMED = ("id", "resource_id", "package_id", "name", "jti", "user")
"""Where a request says what it is about, the likeliest first."""
PAGE, MOST = 100, 1000


def note(connection: Connection, actor: Actor, action_name: str, about: str | None, status: int) -> None:
    """Writes one line. Nothing of what was sent stands in it but the name or id of its object."""
    row = {
        "at": now(),
        "user_id": actor.id,
        "user_name": actor.name,
        "via": actor.via,
        "action": action_name,
        "object_id": about,
        "status": status,
    }
    connection.execute(insert(audit_log).values(row))


def about(sent: Mapping[str, Any], result: Any) -> str | None:
    """What an action was about: the id that it answered, else what the request named."""
    answered = result.get("id") or result.get("resource_id") if isinstance(result, dict) else None
    named = answered or next((sent[field] for field in NAMED if isinstance(sent.get(field), str)), None)
    return named[:100] if isinstance(named, str) else None


@action("audit_log_list", read=True)
def audit_log_list(ctx: Context, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who did what, the newest first. For sysadmins; no action of CKAN's.

    :param user: only this user's, by id or name (optional)
    :param object_id: only about this object (optional)
    :param before: only lines with a smaller number: the next page (optional)
    :param limit: at most so many (optional, default: 100)
    """
    if not ctx.actor.sysadmin:
        raise forbidden(f"User {ctx.actor.name} not authorized to read the audit log")
    query = select(audit_log).order_by(audit_log.c.number.desc()).limit(natural(data, "limit", PAGE, MOST))
    if data.get("user"):
        key = str(data["user"])
        known = ctx.connection.execute(select(users.c.id).where(users.c.name == key)).scalar()
        query = query.where(or_(audit_log.c.user_id == (known or key), audit_log.c.user_name == key))
    if data.get("object_id"):
        query = query.where(audit_log.c.object_id == str(data["object_id"]))
    if data.get("before") not in (None, ""):
        query = query.where(audit_log.c.number < natural(data, "before", 0))
    return [dict(row._mapping) for row in ctx.connection.execute(query)]
