"""Workspace: the steward's desk, its agency, its defaults, its targets, and its one-writer lock."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from metadata import document
from metadata.dataset import Dataset
from metadata.errors import SetupError
from metadata.finding import Place
from metadata.panel import Panel
from metadata.state import Lock, Waits

KEPT = ("datapackage.yaml", "recipe.yaml")
"""What makes a folder a dataset: with the second alone, its description is missing, and that is said."""
KEY_VARIABLES = ("CKAN_API_TOKEN", "CKAN_API_KEY", "CKAN_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """Who publishes: the organisation's CKAN name and its titles."""

    name: str
    title: str
    title_en: str = ""
    kind: str | None = None
    """`department`, `public-organization`, `province` or `local`: whose indicators it is audited by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A portal to publish to: `local` is our own catalog. Names the variable of its key, never the key."""

    name: str
    url: str | None = None
    key_variable: str | None = None
    organization: str | None = None
    """The organisation's name there, where it differs from the agency's."""
    bom: bool = False
    """Whether its CSV files begin with a byte order mark."""
    timeout: float = 60.0
    """Seconds to wait for an answer; connecting takes at most ten."""

    def key(self) -> str | None:
        """The API token from the environment (`key_variable`, else CKAN_API_TOKEN, CKAN_API_KEY, CKAN_KEY)."""
        for name in filter(None, (self.key_variable, *KEY_VARIABLES)):
            if os.environ.get(name, "").strip():
                return os.environ[name].strip()
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The desk: `workspace.yaml` and one folder per dataset."""

    folder: Path
    agency: Agency
    standard: str
    defaults: Mapping[str, Any] = field(default_factory=dict, hash=False)
    targets: tuple[Target, ...] = ()
    approvals: Literal["required", "none"] = "required"
    signatures: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Level of the class → roles that sign beside those for whom `classes.yaml` asks."""
    thresholds: Mapping[str, Any] = field(default_factory=dict, hash=False)
    engine: str = "local"
    """Where builds work on tables: `local`, `dask`, or `dask=` and a scheduler's URL."""
    accounts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """How people log in to our own catalog: `passwords`, `directories`, `providers`."""
    portal: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Our own portal, what of it is given: `promise`, `about`, `address` (texts `th`, `en`), `contact`, `dpo`,
    `steward` (persons: `name`, `email`, `telephone`), `request_days`."""
    overview: tuple[Panel, ...] = ()
    """What `/overview` shows, in this order."""

    @classmethod
    def open(cls, folder: Path) -> Workspace:
        """Reads `workspace.yaml`. Raises SetupError `workspace-missing`, `file-invalid`."""
        from metadata.settings import Settings

        path = folder / "workspace.yaml"
        if not path.exists():
            raise SetupError("workspace-missing", folder=str(folder))
        written = document.read(path)
        settings = document.checked(path, written, Settings).model_dump(exclude_unset=True)
        named = tuple(Target(name=name, **target) for name, target in settings.get("targets", {}).items())
        if not any(target.name == "local" for target in named):
            named = (Target(name="local"), *named)
        return cls(
            folder=folder.resolve(),
            agency=Agency(**settings["agency"]),
            standard=settings.get("standard", "gdc-2.2.4"),
            defaults=settings.get("defaults", {}),
            targets=named,
            approvals=settings.get("approvals", "required"),
            signatures={level: tuple(roles) for level, roles in settings.get("signatures", {}).items()},
            thresholds=settings.get("thresholds", {}),
            engine=settings.get("engine", "local"),
            accounts=settings.get("accounts", {}),
            portal=settings.get("portal", {}),
            overview=tuple(Panel.of(one) for one in settings.get("overview", ())),
        )

    @classmethod
    def find(cls, given: str | None) -> Workspace:
        """The workspace given, else the nearest parent folder that is one, else `./datasets`."""
        if given:
            folder = Path(given)
            return cls.open(folder.parent if folder.name == "workspace.yaml" and folder.is_file() else folder)
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / "workspace.yaml").exists():
                return cls.open(folder)
        return cls.open(here / "datasets")

    def names(self) -> tuple[str, ...]:
        """The datasets' names: every folder that holds a `datapackage.yaml`, or a recipe that waits for one."""
        found = {path.parent.name for name in KEPT for path in self.folder.glob(f"*/{name}")}
        return tuple(sorted(found))

    def dataset(self, name: str) -> Dataset:
        """One dataset with the workspace's defaults. Raises SetupError (`dataset-missing` names the others)."""
        if name not in self.names():
            raise SetupError("dataset-missing", Place(dataset=name), name=name, known=list(self.names()))
        return Dataset.open(self.folder / name, self.defaults)

    def target(self, name: str) -> Target:
        """A target by name, or by URL. Raises SetupError `target-unknown`."""
        for target in self.targets:
            if name in (target.name, target.url):
                return target
        if name.startswith(("http://", "https://")):
            return Target(name=_public(name).rstrip("/"), url=name.rstrip("/"))
        raise SetupError("target-unknown", target=name, known=[target.name for target in self.targets])

    @property
    def state(self) -> Path:
        """Where our own database, files and lock live: `.saphan/`, git-ignored."""
        return self.folder / ".saphan"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of catalog and journal: `SAPHAN_DATABASE_URL`, else SQLite in `.saphan/`."""
        return os.environ.get("SAPHAN_DATABASE_URL") or f"sqlite:///{self.state / 'catalog.sqlite'}"

    @contextmanager
    def lock(self, waits: Waits | None = None) -> Iterator[Lock]:
        """One writer at a time. Raises StoreError `locked`, or with `waits` waits until the other has finished."""
        lock = Lock(self.state / "lock", user())
        lock.take(waits)
        try:
            yield lock
        finally:
            lock.free()


def _public(url: str) -> str:
    """A URL as it may be shown and journalled: without user, password, query and fragment."""
    scheme, _, rest = re.split(r"[?#]", url, maxsplit=1)[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def user() -> str:
    """The user of this machine: the journal's actor where no account is logged in."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
