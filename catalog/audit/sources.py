"""Where the audit reads datasets: a portal (our own or any CKAN), a `ckanapi dump`, or the desk. It only reads."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from catalog import wire
from catalog.actions.context import Site
from catalog.audit.entry import Entry
from catalog.portal.manners import Manners
from catalog.record import objects
from metadata import stored
from metadata.address import shown
from metadata.errors import NotAllowed, NotCkan, Refused, SaphanError, SetupError, SourceError
from metadata.finding import Place
from metadata.ports import Portal
from metadata.release import File, Release
from metadata.standard import Standard, edition_of
from metadata.workspace import Target, Workspace

ROWS = 500
"""Datasets asked for at a time."""
OUR_ROWS = 1000
"""Of our own catalog, in process: each page is counted and sorted anew."""
MOST = 200_000
"""Datasets of one catalogue."""


class Source(Protocol):
    """What can be audited."""

    @property
    def kind(self) -> str:
        """`local`, `desk`, `ckan` or `dump`."""

    @property
    def title(self) -> str:
        """What a report calls it: an address or a path, without secrets."""

    @property
    def site(self) -> Site:
        """The catalogue that its datasets are of."""

    @property
    def desk(self) -> Collection[str]:
        """Names of the datasets whose folders are at hand."""

    def entries(self, names: Sequence[str]) -> Iterator[Entry]:
        """The datasets, by name; all that can be seen where no names are given.

        Raises SetupError `dataset-missing`, PortalError, SourceError.
        """


@dataclass(kw_only=True)
class OfPortal:
    """A portal as whoever asks sees it: with a key also what is private."""

    portal: Portal
    title: str
    site: Site
    kind: str = "ckan"
    private: bool = False
    """Whether to ask for private datasets, too."""
    desk: Collection[str] = ()

    def entries(self, names: Sequence[str]) -> Iterator[Entry]:
        """The datasets by name, each once, and the data dictionaries of their tables."""
        packages = (self._shown(name) for name in names) if names else self._found()
        for package in map(sound, packages):
            if package.get("state", "active") == "active" and package.get("type", "dataset") == "dataset":
                yield Entry(package=package, tables=dict(self._tables(package)))

    def _shown(self, name: str) -> Mapping[str, Any]:
        try:
            return self.portal.call_action("package_show", {"id": name})  # type: ignore[no-any-return]
        except Refused as refused:
            if refused.values.get("status") == 404:
                raise SetupError(
                    "audit-dataset-missing", Place(dataset=name), name=name, portal=self.title
                ) from None
            raise

    def _found(self) -> Iterator[Mapping[str, Any]]:
        seen: set[str] = set()
        asked: dict[str, Any] = {"sort": "name asc", "rows": OUR_ROWS if self.kind == "local" else ROWS}
        if self.private:
            asked["include_private"] = True
        start = 0
        while start <= MOST:
            answer = self.portal.call_action("package_search", {**asked, "start": start})
            found = answer.get("results") if isinstance(answer, Mapping) else None
            if not isinstance(found, list) or not all(
                isinstance(one, Mapping) and one.get("name") for one in found
            ):
                raise NotCkan(
                    "portal-not-ckan", portal=self.title, action="package_search", status=200, content="JSON"
                )
            fresh = [one for one in found if one["name"] not in seen]
            seen |= {one["name"] for one in fresh}
            yield from fresh
            start += len(found)
            if not found or start >= int(answer.get("count") or 0):
                return

    def _tables(self, package: Mapping[str, Any]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
        for one in package.get("resources") or ():
            if one.get("datastore_active") is True:
                try:
                    answer = self.portal.call_action("datastore_search", {"resource_id": one["id"], "limit": 0})
                except (Refused, NotAllowed):
                    continue
                yield str(one["id"]), list(answer.get("fields") or ())


@dataclass(kw_only=True)
class OfDump:
    """A file of JSON lines, a dataset each, as `ckanapi dump datasets --all` writes it; also gzipped."""

    path: Path
    site: Site = field(default_factory=lambda: Site(url="http://catalogue.invalid"))
    kind: str = "dump"
    desk: Collection[str] = ()

    @property
    def title(self) -> str:
        """The file's name."""
        return self.path.name

    def entries(self, names: Sequence[str]) -> Iterator[Entry]:
        """The datasets by name. Their data dictionaries are known where `--datastore-fields` was given."""
        found: dict[str, Mapping[str, Any]] = {}
        for number, line in self._lines():
            if not line.strip():
                continue
            try:
                package = json.loads(line)
                name = str(package["name"])
            except (ValueError, TypeError, KeyError, RecursionError):
                raise SourceError("dump-line", file=str(self.path), line=number) from None
            found[name] = package
        for name in names:
            if name not in found:
                raise SetupError("audit-dataset-missing", Place(dataset=name), name=name, portal=self.title)
        for name in sorted(names or found):
            package = sound(found[name])
            if package.get("state", "active") != "active" or package.get("type", "dataset") != "dataset":
                continue
            kept = package["resources"]
            tables = {str(one["id"]): one["datastore_fields"] for one in kept if one.get("datastore_fields")}
            plain = [{key: value for key, value in one.items() if key != "datastore_fields"} for one in kept]
            yield Entry(package={**package, "resources": plain}, tables=tables)

    def _lines(self) -> Iterator[tuple[int, str]]:
        try:
            with self.path.open("rb") as raw:
                packed = raw.read(2) == b"\x1f\x8b"
            how = gzip.open if packed else open
            with how(self.path, "rt", encoding="utf-8") as lines:
                yield from enumerate(lines, 1)
        except (OSError, EOFError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise SourceError("file-unreadable", file=str(self.path), reason=reason) from error


@dataclass(kw_only=True)
class OfDesk:
    """The desk: each dataset as it would stand on our own catalog once its release, as built, is published."""

    workspace: Workspace
    standard: Standard
    site: Site
    kind: str = "desk"
    failed: dict[str, SaphanError] = field(default_factory=dict)
    """Datasets that could not be read, filled by `entries`."""

    @property
    def title(self) -> str:
        """The agency's title."""
        return self.workspace.agency.title

    @property
    def desk(self) -> Collection[str]:
        """All of them."""
        return self.workspace.names()

    def entries(self, names: Sequence[str]) -> Iterator[Entry]:
        """The datasets by name; of one without a release that is up to date, the description alone."""
        for name in names or self.workspace.names():
            try:
                yield self._entry(name)
            except SaphanError as error:
                if names:
                    raise
                self.failed[name] = error

    def _entry(self, name: str) -> Entry:
        dataset = self.workspace.dataset(name)
        release: Release | None = None
        built: Mapping[str, File] = {}
        with suppress(SetupError):
            release, _ = stored.load(dataset, self.workspace.folder)
        if release:
            by_path = {file.path: file for file in release.files}
            built = {
                resource.name: by_path[path]
                for resource in dataset.resources
                if (path := resource.path.removeprefix("release/")) in by_path
            }
        agency = self.workspace.agency
        target = Target(name="local")
        manners = Manners(scheming=self.standard.schema, datastore=True)
        files = built or {one.name: File(path="", sha256="", bytes=0) for one in dataset.resources}
        empty = release or Release(dataset=name, datapackage={}, files=())
        state, _ = wire.wanted(dataset, empty, self.standard, agency, target, manners, files)
        organization = {"name": state["package"]["owner_org"], "title": agency.title}
        resources = [self._resource(one, name, built.get(state["slugs"][one["id"]])) for one in state["resources"]]
        for one in resources:
            one["datastore_active"] = one["id"] in state["tables"] and bool(one.get("url"))
        package = {
            **state["package"],
            "id": name,
            "state": "active",
            "type": "dataset",
            "tags": [{"name": tag} for tag in state["package"].get("tags") or ()],
            "organization": organization,
            "resources": resources,
        }
        tables = {key: table["fields"] for key, table in state["tables"].items() if built}
        return Entry(package=package, tables=tables)

    def _resource(self, one: Mapping[str, Any], dataset: str, file: File | None) -> dict[str, Any]:
        """A resource as our catalog will show it; without a file it has no address yet."""
        if file is None:
            return {**one, "url": ""}
        url = f"{self.site.url}/dataset/{dataset}/resource/{one['id']}/download/{Path(file.path).name}"
        return {**one, "url": url, "url_type": "upload", "size": file.bytes, "hash": file.sha256}


def sound(package: Mapping[str, Any]) -> dict[str, Any]:
    """A package whose lists are lists of objects, whatever a stranger's catalogue or file holds in their place."""
    made = {**package, "name": str(package["name"])}
    for part in ("tags", "extras", "groups"):
        if part in made:
            made[part] = list(objects(made[part]))
    made["resources"] = [{**one, "id": str(one.get("id") or "")} for one in objects(made.get("resources"))]
    if not isinstance(made.get("organization", {}), Mapping):
        made["organization"] = None
    return made


def standard_of(portal: Portal, status: Any, default: Standard) -> Standard:
    """The edition a portal follows: the one `status_show` names, else its own scheming schema, else `default`."""
    version = str(status.get("thaigdc_version") or "") if isinstance(status, Mapping) else ""
    if version and (edition := edition_of(version)):
        return Standard.load(edition)
    try:
        schema = portal.call_action("scheming_dataset_schema_show", {"type": "dataset"})
        found = Standard.from_scheming(schema)
    except (Refused, NotAllowed, SetupError, TypeError, AttributeError):
        return default
    return found if len(found.mandatory) >= len(default.mandatory) // 2 else default


def site_of(url: str, status: Any) -> Site:
    """What a portal at a URL calls itself, by its `status_show`."""
    title = str(status.get("site_title") or "") if isinstance(status, Mapping) else ""
    return Site(url=shown(url).rstrip("/"), title=title)
