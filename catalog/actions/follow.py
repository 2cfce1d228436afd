"""Actions on following: who follows which dataset, user, organisation or group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, func, insert, select

from catalog.actions import accounts, member
from catalog.actions.context import Context
from catalog.actions.core import beneath
from catalog.actions.documents import Document, load, may_read, readable
from catalog.actions.grouped import whole
from catalog.actions.refusals import forbidden, invalid, missing, not_found
from catalog.actions.register import action
from catalog.actions.values import now
from catalog.store.tables import follows

Data = dict[str, Any]


def _user(ctx: Context, key: str) -> str:
    row = accounts.find(ctx, key)
    if row is None:
        if ctx.actor.name and key in (ctx.actor.name, ctx.actor.id):
            return str(ctx.actor.id)
        raise invalid({"message": "Error validating the schema of the user to follow."})
    return str(row.id)


def _dataset(ctx: Context, key: str) -> str:
    return str(readable(ctx, key)["id"])


def _group(ctx: Context, key: str) -> str:
    found = member.any_group(ctx, key)
    if found is None:
        raise not_found()
    if found["state"] != "active" and not ctx.actor.may("read", found["id"]):
        raise forbidden(f"User {ctx.actor.name} not authorized to read group {found['id']}")
    return str(found["id"])


THINGS: dict[str, Callable[[Context, str], str]] = {
    "user": _user,
    "dataset": _dataset,
    "group": _group,
    "organization": _group,
}


def _kind(thing: str) -> str:
    return "group" if thing == "organization" else thing


def _id(ctx: Context, data: Data, thing: str) -> str:
    if not data.get("id"):
        raise missing("id")
    return THINGS[thing](ctx, str(data["id"]))


def _follow(ctx: Context, data: Data, thing: str) -> Document:
    if not ctx.actor.name:
        raise forbidden(f"You must be logged in to follow {thing}s")
    me, key = accounts.ensure(ctx), _id(ctx, data, thing)
    if key == me:
        raise invalid({"message": "You cannot follow yourself"})
    mine = (follows.c.follower_id == me, follows.c.kind == _kind(thing), follows.c.object_id == key)
    old = ctx.connection.execute(select(follows).where(*mine)).first()
    if old is None:
        row = {"follower_id": me, "kind": _kind(thing), "object_id": key, "datetime": now()}
        ctx.connection.execute(insert(follows).values(row))
        old = ctx.connection.execute(select(follows).where(*mine)).one()
    return {"follower_id": me, "object_id": key, "datetime": old.datetime}


def _unfollow(ctx: Context, data: Data, thing: str) -> None:
    if not ctx.actor.name:
        raise forbidden("You must be logged in to unfollow something.")
    key = _id(ctx, data, thing)
    mine = (follows.c.follower_id == ctx.actor.id, follows.c.kind == _kind(thing), follows.c.object_id == key)
    ctx.connection.execute(delete(follows).where(*mine))


def _am_following(ctx: Context, data: Data, thing: str) -> bool:
    key = _id(ctx, data, thing)
    if not ctx.actor.name:
        raise forbidden()
    return key in _followed(ctx, str(ctx.actor.id), thing)


def _followed(ctx: Context, user: str, thing: str) -> list[str]:
    query = select(follows.c.object_id).where(follows.c.follower_id == user, follows.c.kind == _kind(thing))
    return [row[0] for row in ctx.connection.execute(query.order_by(follows.c.datetime))]


def _follower_count(ctx: Context, data: Data, thing: str) -> int:
    query = select(func.count()).select_from(follows).where(follows.c.kind == _kind(thing))
    query = query.where(follows.c.object_id == _id(ctx, data, thing))
    return int(ctx.connection.execute(query).scalar() or 0)


def _follower_list(ctx: Context, data: Data, thing: str) -> list[Document]:
    if not ctx.actor.sysadmin:
        raise forbidden("Not authorized")
    query = select(follows.c.follower_id).where(follows.c.kind == _kind(thing))
    query = query.where(follows.c.object_id == _id(ctx, data, thing)).order_by(follows.c.datetime)
    rows = (accounts.find(ctx, key) for (key,) in ctx.connection.execute(query).all())
    return [_listed_user(ctx, row) for row in rows if row is not None]


def _listed_user(ctx: Context, row: Any) -> Document:
    """A user among others: without the address, whoever asks."""
    return {key: value for key, value in accounts.shown(ctx, row).items() if key not in ("apikey", "email")}


def _followee_list(ctx: Context, data: Data, thing: str) -> list[Document]:
    if not ctx.actor.name:
        raise forbidden("Not authorized")
    user = _id(ctx, data, "user")
    if user != ctx.actor.id and not ctx.actor.sysadmin:
        raise forbidden()
    return _followees(ctx, user, thing)


def _followees(ctx: Context, user: str, thing: str) -> list[Document]:
    found: list[Document] = []
    users = ctx.stock or ctx.actor.sysadmin
    for key in _followed(ctx, user, thing):
        if thing == "user":
            row = accounts.find(ctx, key)
            found += [_listed_user(ctx, row)] if row is not None else []
        elif thing == "dataset":
            document = load(ctx, key)
            if document is not None and may_read(ctx, document):
                found.append(beneath(ctx, document))
        else:
            group = member.any_group(ctx, key)
            if group is not None and group["type"] == thing:
                asked = {"include_datasets": True, "include_followers": False, "include_users": users}
                found.append({k: v for k, v in whole(ctx, group, asked).items() if k != "num_followers"})
    return found


def _followee_count(ctx: Context, data: Data, thing: str) -> int:
    return len(_followees(ctx, _id(ctx, data, "user"), thing))


def _listed(ctx: Context, data: Data, kinds: tuple[str, ...]) -> list[Document]:
    user = _id(ctx, data, "user")
    answer = []
    for kind in kinds:
        for one in _followees(ctx, user, kind):
            name = one.get("display_name") or one.get("title") or one["name"]
            answer.append({"type": kind, "display_name": name, "dict": one})
    q = str(data.get("q") or "").strip().lower()
    answer = [one for one in answer if str(one["display_name"]).strip().lower().startswith(q)]
    return sorted(answer, key=lambda one: str(one["display_name"]))


@action("followee_list", read=True)
def followee_list(ctx: Context, data: Data) -> list[Document]:
    """Return everything a user follows. For the user and for sysadmins.

    :param id: the id or name of the user
    :param q: only what is so called (optional)
    """
    _followee_list(ctx, data, "user")
    return _listed(ctx, data, ("user", "dataset", "group", "organization"))


@action("followee_count", read=True)
def followee_count(ctx: Context, data: Data) -> int:
    """Return how many things a user follows.

    :param id: the id or name of the user
    """
    return sum(_followee_count(ctx, data, thing) for thing in THINGS)


VERBS: dict[str, tuple[Callable[[Context, Data, str], Any], bool, str]] = {
    "follow_{thing}": (_follow, False, "Start following a {thing}.\n\n:param id: its id or name"),
    "unfollow_{thing}": (_unfollow, False, "Stop following a {thing}.\n\n:param id: its id or name"),
    "am_following_{thing}": (
        _am_following,
        True,
        "Return whether you follow a {thing}.\n\n:param id: its id or name",
    ),
    "{thing}_follower_count": (
        _follower_count,
        True,
        "Return how many users follow a {thing}.\n\n:param id: its id or name",
    ),
    "{thing}_follower_list": (
        _follower_list,
        True,
        "Return the users that follow a {thing}. For sysadmins.\n\n:param id: its id or name",
    ),
    "{thing}_followee_list": (
        _followee_list,
        True,
        "Return the {thing}s a user follows. For the user and for sysadmins.\n\n:param id: the user's id or name",
    ),
    "{thing}_followee_count": (
        _followee_count,
        True,
        "Return how many {thing}s a user follows.\n\n:param id: the user's id or name",
    ),
}


def _register(pattern: str, thing: str) -> None:
    work, read, help_text = VERBS[pattern]

    def run(ctx: Context, data: Data) -> Any:
        return work(ctx, data, thing)

    run.__doc__ = help_text.format(thing=thing)
    action(pattern.format(thing=thing), read=read)(run)


for _pattern in VERBS:
    for _thing in THINGS:
        if _thing != "organization" or _pattern.startswith("{thing}"):  # one follows it as a group
            _register(_pattern, _thing)
