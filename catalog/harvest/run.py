"""Harvesting as a story: what a source has is written, what it no longer has is removed, the rest left alone.

A dataset's id here is derived from the source and its identity there, so a run that was killed is simply run
again: what is already as it should be is not written. Datasets of our own are never touched, by id or by name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from catalog.harvest.ckan import Ckan
from catalog.harvest.client import Answer, Client
from catalog.harvest.datapackage import DataPackages, is_package
from catalog.harvest.dcat import ACCEPT, Dcat, form_of
from catalog.harvest.memory import Memory, Seen
from catalog.harvest.record import Record, Source, host_name, name_for, package
from catalog.store import recalls
from catalog.store.database import reading
from metadata.address import mistake, shown
from metadata.errors import PortalError, Refused, SetupError
from metadata.event import Event, Story
from metadata.finding import Finding, Place
from metadata.release import canonical, sha256

if TYPE_CHECKING:
    from catalog.portal.local import LocalPortal

FIFTH = 5
"""Where more than one in so many is gone at once, the source is broken rather than smaller."""


@dataclass(kw_only=True)
class Harvested:
    """What a run did: names of datasets, what was not taken and why."""

    source: str
    kind: str = ""
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    requests: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a run is asked for. `kind`: `ckan`, `dcat`, `datapackage`, or None to find out."""

    url: str
    kind: str | None = None
    organization: str | None = None
    """Where the datasets go; None: an organisation named after the host."""
    full: bool = False
    """Read everything again, not only what changed."""
    remove_many: bool = False
    """Remove also where more than a fifth is gone."""


def harvest(portal: LocalPortal, client: Client, wish: Wish) -> Story[Harvested]:
    """Brings our catalog in step with a source; a rerun goes on where this one ended.

    Raises SetupError `harvest-secret`, `harvest-address`; PortalError; StoreError.
    """
    if mistake(wish.url):
        raise SetupError("harvest-secret", url=shown(wish.url))
    source = identity(wish.url)
    done = Harvested(source=source)
    yield Event(kind="started", target=source, body={"work": "harvest"})
    opened = open_source(wish.url, client, wish.kind)
    done.kind = opened.kind
    run = _Run(portal=portal, memory=Memory(portal.engine, source), source=source, done=done, wish=wish)
    run.prepare()
    yield from run.written(opened)
    yield from run.settled(opened)
    done.requests = client.sent
    counts = {name: len(getattr(done, name)) for name in ("created", "updated", "removed", "refused")}
    yield Event(kind="finished", target=source, body={**counts, "unchanged": done.unchanged})
    return done


def identity(url: str) -> str:
    """The source's name in our books: its address without key, query and closing slash."""
    parts = urlsplit(url.strip())
    host = parts.netloc.rpartition("@")[2].lower()
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}{query}"


def open_source(url: str, client: Client, kind: str | None) -> Source:
    """The source behind an address. Raises PortalError, NotCkan `harvest-not-a-catalogue`."""
    if kind == "ckan":
        return Ckan(url=url, client=client)
    ckan = Ckan(url=url, client=client)
    try:
        answer = client.get(url, accept=f"{ACCEPT}, application/json;q=0.7, */*;q=0.1")
    except PortalError as error:
        if kind is None and "status" in error.values and ckan.answers():
            return ckan  # its pages are not for programs, its API is
        raise
    found = kind or _kind(answer)
    if found == "dcat":
        return Dcat(url=url, client=client, first=answer)
    if found == "datapackage":
        return DataPackages(url=url, client=client, first=answer)
    if not ckan.answers():
        raise answer.no_catalogue()
    return ckan


def _kind(answer: Answer) -> str:
    """What an answer looks like; a page of HTML may be the home of a CKAN."""
    form = form_of(answer)
    if form == "json-ld":
        body = answer.json()
        if isinstance(body, Mapping) and "success" in body and "help" in body:
            return "ckan"
        packages = body.get("packages", [body]) if isinstance(body, Mapping) else body
        first = packages[0] if isinstance(packages, list) and packages else None
        return "datapackage" if is_package(first) or isinstance(first, str) else "dcat"
    return "dcat" if form else "ckan"


@dataclass(kw_only=True)
class _Run:
    portal: LocalPortal
    memory: Memory
    source: str
    done: Harvested
    wish: Wish
    organization: str = ""

    def prepare(self) -> None:
        """The organisation that the datasets go to."""
        host = urlsplit(self.source).hostname or ""
        self.organization = self.wish.organization or host_name(host)
        try:
            self.portal.call_action("organization_show", {"id": self.organization})
        except Refused as refused:
            if refused.values.get("status") != 404:
                raise
            self.portal.call_action("organization_create", {"name": self.organization, "title": host})

    def written(self, source: Source) -> Iterator[Event]:
        """Page by page, each record as it should be."""
        since = None if self.wish.full else self.memory.since()
        for page in source.pages(since):
            self._nameless(page.nameless)
            for record in page.records:
                yield from self._record(record)
            if page.until:
                self.memory.read_until(source.kind, page.until)

    def settled(self, source: Source) -> Iterator[Event]:
        """What the pages left out is written, what is gone removed. Raises Refused `harvest-vanished`."""
        known = {one.guid: one for one in self.memory.known() if not one.removed}
        unfinished = [guid for guid, one in known.items() if one.hash is None]
        gone, left = source.missing({guid: one.name for guid, one in known.items()}, unfinished)
        for record in left:
            yield from self._record(record)
        gone = [guid for guid in gone if guid in known]
        if len(gone) * FIFTH > len(known) and not self.wish.remove_many:
            raise Refused("harvest-vanished", url=shown(self.source), gone=len(gone), known=len(known))
        for guid in gone:
            yield from self._removed(known[guid])

    def _nameless(self, count: int) -> None:
        if count:
            found = Finding(rule="harvest-nameless", severity="warning", at=Place(), values={"count": count})
            self.done.refused.setdefault("", ())
            self.done.refused[""] += (found,)

    def _record(self, record: Record) -> Iterator[Event]:
        """One record, where it is not already as it should be. What our catalog refuses becomes a finding."""
        schema = self.portal.schema.dataset if self.portal.schema else {}
        made = package(record, self.source, schema.keys(), self.organization)
        digest = sha256(canonical(made)).removeprefix("sha256:")
        before = self.memory.find(made["id"])
        if before and before.hash == digest and not before.removed:
            self.done.unchanged += 1
            return
        if (recall := self._recalled(made, record)) is not None:
            at, values = Place(dataset=record.name[:100]), {"recall": recall, "url": shown(self.source)}
            self.done.refused[record.name] = (
                Finding(rule="harvest-recalled", severity="error", at=at, values=values),
            )
            return
        here = self._here(made["id"])
        if before and before.hash and not before.removed and (here is None or here["state"] != "active"):
            self.done.unchanged += 1  # somebody took it away here, and that stands
            return
        name = here["name"] if here else name_for(record, urlsplit(self.source).hostname or "", taken=False)
        yield Event(kind="intent", dataset=name, target=self.source, body=_told(here, record))
        # The row first, without a hash: a copy that exists is always one we know of.
        self.memory.note(Seen(package=made["id"], guid=record.guid, name=record.name, hash=None, removed=False))
        try:
            stored = self._put(made, here, record)
        except Refused as refused:
            at, values = Place(dataset=name), {"said": refused.values.get("said", [])}
            self.done.refused[name] = (Finding(rule="harvest-refused", severity="error", at=at, values=values),)
            return
        self.memory.note(Seen(package=made["id"], guid=record.guid, name=record.name, hash=digest, removed=False))
        (self.done.updated if here else self.done.created).append(stored["name"])
        yield Event(kind="receipt", dataset=stored["name"], target=self.source, body=_told(here, record))

    def _recalled(self, made: Mapping[str, Any], record: Record) -> str | None:
        """The recall that a record meets: by its name, by an id, or by the hash that it gives of a file."""
        hashes = {str(one.get("hash") or "").removeprefix("sha256:").lower() for one in made["resources"]}
        names = (record.name, record.guid, made["id"], name_for(record, "", taken=False))
        with reading(self.portal.engine) as connection:
            found = recalls.named(connection, "dataset", names) or recalls.named(connection, "file", hashes)
        return found[0].id if found else None

    def _here(self, key: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = self.portal.call_action("package_show", {"id": key})
        except Refused as refused:
            if refused.values.get("status") != 404:
                raise
            return None
        return found

    def _put(self, made: Mapping[str, Any], here: Mapping[str, Any] | None, record: Record) -> Mapping[str, Any]:
        """Writes it; a name or a title that another dataset has gives way. Raises Refused."""
        host = urlsplit(self.source).hostname or ""
        name, title = here["name"] if here else name_for(record, host, taken=False), made["title"]
        for _attempt in range(3):
            try:
                action = "package_update" if here else "package_create"
                sent = {**made, "name": name, "title": title}
                stored: Mapping[str, Any] = self.portal.call_action(action, sent)
                return stored
            except Refused as refused:
                fields = refused.values.get("fields", {})
                taken, same = "name" in fields and not here, "title" in fields
                if not (taken or same) or (title != made["title"] and same):
                    raise
                name = name_for(record, host, taken=True) if taken else name
                title = f"{title} ({host}, {made['id'][:8]})" if same else title
        raise AssertionError("the last attempt ends with a dataset or a refusal")

    def _removed(self, one: Seen) -> Iterator[Event]:
        """A dataset that the source no longer has."""
        here = self._here(one.package)
        if here is not None and here["state"] == "active":
            body = {"action": "package_delete", "guid": one.guid}
            yield Event(kind="intent", dataset=here["name"], target=self.source, body=body)
            self.portal.call_action("package_delete", {"id": one.package})
            self.done.removed.append(here["name"])
            yield Event(kind="receipt", dataset=here["name"], target=self.source, body=body)
        self.memory.note(Seen(package=one.package, guid=one.guid, name=one.name, hash=None, removed=True))


def _told(here: Mapping[str, Any] | None, record: Record) -> dict[str, Any]:
    return {"action": "package_update" if here else "package_create", "guid": record.guid[:500]}


def document(done: Harvested, run: str, lang: str) -> dict[str, Any]:
    """What `saphan harvest --json` prints."""
    from metadata.wording import finding

    refused = [
        {"dataset": name, "findings": [finding(one, lang) for one in found]}  # type: ignore[arg-type]
        for name, found in done.refused.items()
    ]
    named = {key: getattr(done, key) for key in ("source", "kind", "created", "updated", "removed", "unchanged")}
    return {"run": run, **named, "refused": refused, "requests": done.requests}


def relaxed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A scheming schema that asks for nothing: another catalogue's datasets are what they are.

    Fields stay fields and lists lists, so that a dataset of another Thai portal keeps its terms in their places.
    """
    from catalog.actions.schema import Schema

    lists = {name for name, one in Schema(schema).dataset.items() if one.multiple}
    fields = [
        {**{key: one[key] for key in ("field_name", "label") if key in one}, "validators": _checks(one, lists)}
        for one in schema.get("dataset_fields", ())
    ]
    resource = [{"field_name": one["field_name"], "validators": "ignore_missing"}
                for one in schema.get("resource_fields", ()) if one.get("field_name")]  # fmt: skip
    return {**schema, "dataset_fields": fields, "resource_fields": resource}


def _checks(one: Mapping[str, Any], lists: Collection[str]) -> str:
    return "scheming_multiple_text" if one.get("field_name") in lists else "ignore_missing unicode_safe"


__all__ = ["Client", "Harvested", "Wish", "document", "harvest", "relaxed"]
