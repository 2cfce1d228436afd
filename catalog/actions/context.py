"""What an action is handed: the open transaction, who asks, and where the catalog keeps things."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from catalog.store.files import Received
from catalog.switches import Switches

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from catalog.actions.cleared import Look
    from catalog.actions.schema import Schema
    from catalog.store.datastore import Datastore
    from catalog.store.files import Files
    from metadata.ports import Scanner


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks. Without a name: anyone."""

    name: str = ""
    sysadmin: bool = False
    key: str = ""
    """The user's id in our table; empty for the workspace's own actors, whose id is made of their name."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Organisation's or group's id → `admin`, `editor` or `member`."""
    reads_only: bool = False
    """Whether the token at hand may only read."""
    via: str = "here"
    """How they came: by `token`, `session`, `login`, or `here`, on this machine."""

    @property
    def id(self) -> str | None:
        """What stands in `creator_user_id`."""
        if self.key:
            return self.key
        return str(uuid5(NAMESPACE_URL, f"saphan:user:{self.name}")) if self.name else None

    def may(self, permission: str, group: str | None) -> bool:
        """Whether the actor's role in an organisation or group allows something (CKAN's table of roles)."""
        return self.sysadmin or permission in PERMISSIONS.get(self.roles.get(group or "", ""), ())


PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "admin": (
        "read", "create_dataset", "update_dataset", "delete_dataset", "manage_group", "membership", "update",
        "delete", "admin",
    ),
    "editor": ("read", "create_dataset", "update_dataset", "delete_dataset", "manage_group"),
    "member": ("read", "manage_group"),
}  # fmt: skip
"""What a role may do, as on CKAN."""
ANYONE = Actor()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the catalog calls itself. `url` has no slash at its end."""

    url: str
    title: str = ""
    title_en: str = ""
    language: str = "en"
    """What CKAN would answer in: the site's language, or that of the address."""
    prefix: str = ""
    """The language that an address began with, as in `/en/api/…`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A received file and the name its sender gave it."""

    file: Received
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One call of one action."""

    connection: Connection
    files: Files
    datastore: Datastore
    actor: Actor
    site: Site
    schema: Schema | None
    register: Path | None = None
    """The agency's own licences, instead of ours."""
    switches: Switches = field(default_factory=Switches)
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    tables: bool = False
    """Whether the resources that this call makes are nothing but their tables."""
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    """What to do once the transaction is committed, in order."""
    unused: set[str] = field(default_factory=set)
    """Contents that a row gave up: removed after the commit where no other row names them."""
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Packages this call wrote, by id: each becomes a version in the same transaction."""
    own: bool = False
    """Whether a command of ours calls, whose gate is the desk's."""
    scanner: Scanner | None = None
    """Looks into what others make public; None: nobody does, as on CKAN."""
    seen: set[Hashable] = field(default_factory=set)
    """What was looked into in this call, and may be public."""
    unseen: list[Look] = field(default_factory=list)
    """What would be public and was not looked into yet: the call is not committed."""

    @property
    def stock(self) -> bool:
        """Whether the catalog keeps CKAN's own rules: no schema, so none of the Thai portals' habits."""
        return self.schema is None

    @property
    def licences(self) -> tuple[dict[str, Any], ...]:
        """The licences the site knows. Raises SetupError `licences-file`."""
        from catalog.actions.licences import licences

        return licences(stock=self.stock, register=self.register)

    def under(self, kind: str) -> Context:
        """The same for datasets of a type: the schema speaks of its own; others have CKAN's own fields."""
        return self if self.schema is None or kind == self.schema.type else replace(self, schema=None)

    def call(self, name: str, data: Mapping[str, Any] | None = None) -> Any:
        """Another action, in the same transaction."""
        from catalog.actions.register import find

        return find(name).run(self, dict(data or {}))
