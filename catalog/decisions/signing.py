"""Who signs: with accounts in our own catalog, a person who logs in, in a role that the organisation gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, func, or_, select

from catalog.decisions.kinds import known
from catalog.store.database import reading
from catalog.store.tables import groups, identities, users
from metadata.errors import SetupError

if TYPE_CHECKING:
    from catalog.login.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where signers are looked for: the organisation's name, and the address of its data protection officer."""

    organization: str
    dpo: str = ""


def asked_for(engine: Engine, settings: Mapping[str, Any]) -> bool:
    """Whether signers must log in: `workspace.yaml` says how people do (`accounts`), or somebody has one here."""
    if settings:
        return True
    linked = users.c.id.in_(select(identities.c.user_id))
    people = select(func.count()).select_from(users).where(or_(users.c.password.is_not(None), linked))
    with reading(engine) as connection:
        return bool(connection.execute(people.where(users.c.state == "active")).scalar())


def by_token(engine: Engine, name: str, token: str) -> str:
    """The id of the user of a name, whose API token this is. Raises SetupError `sign-login`."""
    from catalog.actions.accounts import actor_of

    with reading(engine) as connection:
        found = actor_of(connection, token)
        if found is None or found[0].reads_only or name not in _names(connection, found[0].key):
            raise SetupError("sign-login", name=name)
    return found[0].key


def by_password(engine: Engine, gate: Gate, name: str, password: str) -> str:
    """The id of the user of a name and a password: ours, or of a directory. Raises SetupError `sign-login`."""
    from catalog.login.entry import by_name
    from catalog.login.identity import LoginRefused

    try:
        return by_name(engine, gate, name, password)
    except LoginRefused as refused:
        raise SetupError("sign-login", name=name) from refused


def signer(engine: Engine, key: str, role: str, office: Office) -> dict[str, str]:
    """A signer as the record says it: `by`, `account`. Raises SetupError `sign-role`: the role is not theirs."""
    from catalog.actions.accounts import roles_of

    with reading(engine) as connection:
        user = connection.execute(select(users).where(users.c.id == key)).one()
        here = select(groups.c.id).where(groups.c.name == office.organization, groups.c.type == "organization")
        capacity = roles_of(connection, key).get(str(connection.execute(here).scalar()))
    needed = known()["accounts"][role]
    stranger = role == "dpo" and office.dpo and (user.email or "").lower() != office.dpo.lower()
    if capacity not in needed or stranger:
        raise SetupError("sign-role", name=user.name, role=role, needed=needed, organization=office.organization)
    return {"by": user.fullname or user.name, "account": user.name}


def _names(connection: Any, key: str) -> tuple[str, ...]:
    user = connection.execute(select(users).where(users.c.id == key)).one()
    return tuple(name for name in (user.name, user.email, user.fullname) if name)
