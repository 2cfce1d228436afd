"""Actions on users: create, show, list, update, patch, delete, autocomplete."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import func, insert, or_, select, update

from catalog.actions import accounts, activities
from catalog.actions.context import Context
from catalog.actions.documents import Document
from catalog.actions.refusals import forbidden, invalid, not_found
from catalog.actions.register import action
from catalog.actions.values import EMAIL, NAME, natural, now, true, wanted
from catalog.store.tables import members, users

Data = dict[str, Any]
SHORTEST = 8
"""Characters of a password, at least."""
LONGEST = 1000
"""And at most: hashing takes time that a sender must not choose."""
FIELDS = ("fullname", "about", "image_url")
ORDERS = ("name", "created", "fullname", "about", "sysadmin", "state", "last_active", "id", "email")


def _may_see(ctx: Context) -> None:
    """The Thai portals show users only to who is logged in."""
    if not ctx.stock and not ctx.actor.name:
        raise forbidden()


@action("user_show", read=True)
def user_show(ctx: Context, data: Data) -> Document:
    """Return a user; without an id the caller.

    :param id: the id or name of the user (optional)
    :param include_datasets: the datasets the user made as well (optional)
    :param include_num_followers: the number of followers as well (optional)
    """
    key = str(data["id"] or "") if "id" in data else ctx.actor.id
    _may_see(ctx)
    if key and key in (ctx.actor.id, ctx.actor.name) and not accounts.find(ctx, key):
        return accounts.shown(ctx, accounts.own_row(ctx), counting_all=True)
    row = accounts.find(ctx, key) if key else None
    if row is None or (row.state == "deleted" and not ctx.actor.sysadmin):
        raise not_found()
    own = ctx.actor.sysadmin or ctx.actor.id == row.id
    shown = accounts.shown(ctx, row, counting_all=own)
    if true(data.get("include_datasets", False)):
        asked = {"fq": f"+creator_user_id:{row.id}", "rows": 50, "include_private": own}
        shown["datasets"] = ctx.call("package_search", asked)["results"]
    if ctx.actor.sysadmin and true(data.get("include_plugin_extras", False)):
        shown["plugin_extras"] = None
    if true(data.get("include_num_followers", False)):
        shown["num_followers"] = ctx.call("user_follower_count", {"id": row.id})
    return shown


@action("user_list", read=True)
def user_list(ctx: Context, data: Data) -> list[Any]:
    """Return the users.

    :param q: part of a name or full name (optional)
    :param email: the e-mail address; for sysadmins (optional)
    :param order_by: a field of a user (optional, default: display_name)
    :param all_fields: whole objects, else names (optional, default: true)
    """
    if data.get("email") and not ctx.actor.sysadmin:
        raise forbidden()
    _may_see(ctx)
    if data.get("order_by") == "edits":
        raise invalid({"message": "order_by=edits is no longer supported"})
    query = _matching(ctx, str(data.get("q") or "")).where(users.c.state != "deleted")
    if data.get("email"):
        query = query.where(func.lower(users.c.email) == str(data["email"]).lower())
    field = str(data.get("order_by") or "")
    shown_name = func.coalesce(func.nullif(users.c.fullname, ""), users.c.name)
    query = query.order_by(users.c[field] if field in ORDERS else shown_name, users.c.name)
    rows = ctx.connection.execute(query).all()
    if not true(data.get("all_fields", True)):
        return [row.name for row in rows]
    found = [accounts.shown(ctx, row) for row in rows]
    if field == "number_created_packages":
        found.sort(key=lambda one: one["number_created_packages"])
    return found


def _matching(ctx: Context, q: str) -> Any:
    query = select(users)
    if not q:
        return query
    fields = [users.c.name, users.c.fullname] + ([users.c.email] if ctx.actor.sysadmin else [])
    return query.where(or_(*(func.lower(field).contains(q.lower(), autoescape=True) for field in fields)))


@action("user_autocomplete", read=True)
def user_autocomplete(ctx: Context, data: Data) -> list[Document]:
    """Return the users whose name holds a string.

    :param q: the string
    :param limit: at most so many (optional, default: 20)
    :param ignore_self: without the caller (optional)
    """
    _may_see(ctx)
    query = _matching(ctx, wanted(data, "q")).where(users.c.state != "deleted").order_by(users.c.name)
    if true(data.get("ignore_self", False)):
        query = query.where(users.c.name != ctx.actor.name)
    rows = ctx.connection.execute(query.limit(natural(data, "limit", 20)))
    return [{field: row._mapping[field] for field in ("id", "name", "fullname")} for row in rows]


@action("user_create")
def user_create(ctx: Context, data: Data) -> Document:
    """Create a user and return it. For sysadmins.

    :param name: what the user logs in with
    :param email: the user's address
    :param password: at least 8 characters
    :param fullname: the user's full name (optional)
    :param about: a description (optional)
    :param sysadmin: may do everything (optional)
    :param with_apitoken: make an API token as well, told as `token` (optional)
    """
    if not ctx.actor.sysadmin:
        raise forbidden(f"User {ctx.actor.name} not authorized to create users via the API")
    errors: Data = {}
    name = _name(ctx, data, errors)
    email = _email(ctx, data, None, errors)
    password = _password(data, errors, needed=True)
    if errors:
        raise invalid(errors)
    accounts.ensure(ctx)
    given = str(data.get("id") or "")
    row: Data = {
        "id": given if given and accounts.find(ctx, given) is None else str(uuid4()),
        "name": name,
        "email": email,
        "password": accounts.hashed(password or ""),
        "sysadmin": true(data.get("sysadmin", False)),
        "state": "active",
        "created": now(),
        **{field: _text(data.get(field)) for field in FIELDS},
    }
    ctx.connection.execute(insert(users).values(row))
    activities.record(ctx, "new user", row["id"], None, by=row["id"])
    shown = accounts.shown(ctx, accounts.named(ctx, row["id"]))
    if true(data.get("with_apitoken", False)):
        shown["token"] = ctx.call("api_token_create", {"user": name, "name": "default"})["token"]
    return shown


@action("user_update")
def user_update(ctx: Context, data: Data) -> Document:
    """Change a user and return it. For the user and for sysadmins; a name stays.

    :param id: the id or name of the user
    :param email: the user's address
    :param password: a new one (optional)
    """
    old = _editable(ctx, data, "User was not found.")
    given = {field: _text(data[field]) for field in FIELDS if field in data}
    return _save(ctx, old, given, data)


@action("user_patch")
def user_patch(ctx: Context, data: Data) -> Document:
    """Change the given fields of a user and return the user. For the user and for sysadmins.

    :param id: the id or name of the user
    """
    old = _editable(ctx, data, "")
    given = {field: _text(data[field]) for field in FIELDS if field in data}
    return _save(ctx, old, given, {"email": old.email, **data})


def _editable(ctx: Context, data: Data, missing_user: str) -> Any:
    old = accounts.find(ctx, wanted(data, "id"))
    if old is None:
        raise not_found(missing_user)
    if not ctx.actor.name:
        raise forbidden("Have to be logged in to edit user")
    if not ctx.actor.sysadmin and ctx.actor.id != old.id:
        raise forbidden(f"User {ctx.actor.name} not authorized to edit user {old.id}")
    return old


def _save(ctx: Context, old: Any, fields: Data, data: Data) -> Document:
    errors: Data = {}
    fields = {**fields, "email": _email(ctx, data, old, errors)}
    if data.get("name") not in (None, "", old.name):
        errors["name"] = ["That login name can not be modified."]
    password = _password(data, errors, needed=False)
    if errors:
        raise invalid(errors)
    if password:
        fields["password"] = accounts.hashed(password)
    if ctx.actor.sysadmin:
        fields |= {"sysadmin": true(data["sysadmin"])} if data.get("sysadmin") not in (None, "") else {}
        fields |= {"state": str(data["state"])} if data.get("state") in ("active", "deleted", "pending") else {}
    changed = {field: value for field, value in fields.items() if value != old._mapping[field]}
    if changed:
        ctx.connection.execute(update(users).where(users.c.id == old.id).values(changed))
        activities.record(ctx, "changed user", old.id, None, by=old.id)
    return accounts.shown(ctx, accounts.named(ctx, old.id))


@action("user_delete")
def user_delete(ctx: Context, data: Data) -> None:
    """Delete a user: tokens stop working, memberships end. For sysadmins.

    :param id: the id or name of the user
    """
    if not ctx.actor.sysadmin:
        raise forbidden()
    key = wanted(data, "id")
    found = accounts.find(ctx, key)
    if found is None:
        raise not_found(f'User "{key}" was not found.')
    ctx.connection.execute(update(users).where(users.c.id == found.id).values(state="deleted"))
    mine = (members.c.table_name == "user", members.c.table_id == found.id)
    ctx.connection.execute(update(members).where(*mine).values(state="deleted"))


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def _name(ctx: Context, data: Data, errors: Data) -> str:
    name = str(data.get("name") or "")
    if not name:
        errors["name"] = ["Missing value"]
    elif len(name) < 2:
        errors["name"] = ["Must be at least 2 characters long"]
    elif len(name) > 100:
        errors["name"] = ["Name must be a maximum of 100 characters long"]
    elif not NAME.match(name):
        errors["name"] = ["Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"]
    elif name in ("new", "edit", "search"):
        errors["name"] = ["That name cannot be used"]
    elif name == ctx.actor.name or accounts.find(ctx, name):
        errors["name"] = [
            "The username is already associated with another account. Please use a different username."
        ]
    return name


def _email(ctx: Context, data: Data, old: Any, errors: Data) -> str | None:
    email = str(data.get("email") or "").strip()
    if old is not None and email == (old.email or ""):
        return old.email  # type: ignore[no-any-return]
    if not email:
        errors["email"] = ["Missing value"]
    elif not EMAIL.match(email) or len(email) > 254:
        errors["email"] = [f"Email {email} is not a valid format"]
    else:
        query = select(users.c.id).where(func.lower(users.c.email) == email.lower(), users.c.state != "deleted")
        if any(key != (old.id if old is not None else None) for (key,) in ctx.connection.execute(query)):
            errors["email"] = [f"The email address '{email}' belongs to a registered user."]
    return email


def _password(data: Data, errors: Data, *, needed: bool) -> str | None:
    password = data.get("password")
    if password in (None, ""):
        if needed:
            errors["password"] = ["Missing value"]
        return None
    if not isinstance(password, str) or len(password) > LONGEST:
        errors["password"] = ["Passwords must be strings"]
        return None
    if len(password) < SHORTEST:
        errors["password"] = [f"Your password must be {SHORTEST} characters or longer"]
    return password
