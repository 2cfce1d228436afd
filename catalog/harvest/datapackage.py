"""Data Packages as a source: one `datapackage.json`, or a JSON list of descriptors and of their addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from catalog.harvest.client import Answer, Client
from catalog.harvest.record import Page, Record
from metadata.address import shown
from metadata.errors import Refused
from metadata.licence import licence_named

MOST = 10_000
"""Packages of one list."""
PLAIN = {"title": "title", "description": "notes", "homepage": "url", "version": "version"}
"""A descriptor's property → CKAN's field."""
TOLD = frozenset((*PLAIN, "resources", "licenses", "keywords", "contributors", "name", "id", "profile", "$schema"))


@dataclass(kw_only=True)
class DataPackages:
    """Data Packages by the address of a descriptor or of a list."""

    url: str
    client: Client
    first: Answer
    kind: str = "datapackage"
    _seen: set[str] = field(default_factory=set)

    def pages(self, since: str | None) -> Iterator[Page]:
        """Every package; what did not change is found when it is written. Raises PortalError."""
        body = self.first.json()
        listed = body.get("packages", body) if isinstance(body, Mapping) and "resources" not in body else body
        entries = listed if isinstance(listed, list) else [listed]
        if len(entries) > MOST:
            raise Refused("harvest-endless", url=shown(self.url), count=len(entries))
        for entry in entries:
            at, descriptor = self.first.url, entry
            if isinstance(entry, str):
                at = urljoin(self.first.url, entry)
                self._same_place(at)
                answer = self.client.get(at, accept="application/json")
                at, descriptor = answer.url, answer.json()
            if not is_package(descriptor):
                raise self.first.no_catalogue()
            record = self.record(descriptor, at, alone=len(entries) == 1 or isinstance(entry, str))
            fresh = record is not None and record.guid not in self._seen
            if record is not None:
                self._seen.add(record.guid)
            yield Page(records=(record,) if record and fresh else (), nameless=int(record is None))

    def _same_place(self, url: str) -> None:
        """A list sends us to its own server alone. Raises Refused `harvest-elsewhere`."""
        if urlsplit(url).netloc != urlsplit(self.url).netloc:
            raise Refused("harvest-elsewhere", url=shown(self.url), to=shown(url))

    def missing(
        self, known: Mapping[str, str], unfinished: Collection[str]
    ) -> tuple[Collection[str], Iterator[Record]]:
        """Known guids that are listed no more."""
        return [guid for guid in known if guid not in self._seen], iter(())

    def record(self, descriptor: Mapping[str, Any], at: str, *, alone: bool) -> Record | None:
        """A descriptor as a record; None where it has neither id nor name nor an address of its own."""
        name = str(descriptor.get("name") or "")
        guid = str(descriptor.get("id") or "") or (at if alone else f"{at}#{name}" if name else "")
        if not guid:
            return None
        fields = {ours: descriptor[theirs] for theirs, ours in PLAIN.items() if descriptor.get(theirs)}
        fields |= {key: value for key, value in descriptor.items() if key not in TOLD}
        licence = next((one for one in _objects(descriptor.get("licenses"))), {})
        known = licence_named(str(licence.get("name") or "")) or licence_named(str(licence.get("path") or ""))
        fields["license_id"] = (known.ckan if known else None) or str(licence.get("name") or "")
        for person in _objects(descriptor.get("contributors")):
            role = "maintainer" if "maintainer" in str(person.get("roles") or person.get("role")) else "author"
            fields.setdefault(role, str(person.get("title") or ""))
            fields.setdefault(f"{role}_email", str(person.get("email") or ""))
        keywords = descriptor.get("keywords")
        return Record(
            guid=guid,
            name=name,
            url=str(descriptor.get("homepage") or at),
            modified=str(descriptor.get("modified") or descriptor.get("created") or ""),
            fields=fields,
            tags=tuple(str(one) for one in keywords) if isinstance(keywords, list) else (),
            resources=tuple(_resource(one, at) for one in _objects(descriptor.get("resources"))),
        )


def is_package(descriptor: Any) -> bool:
    """Whether it looks like a Data Package."""
    return isinstance(descriptor, Mapping) and isinstance(descriptor.get("resources"), list)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _resource(given: Mapping[str, Any], at: str) -> dict[str, Any]:
    path = given.get("path")
    path = path[0] if isinstance(path, list) and path else path
    return {
        "id": str(given.get("id") or given.get("name") or "") or None,
        "name": given.get("title") or given.get("name"),
        "description": given.get("description"),
        "format": given.get("format"),
        "mimetype": given.get("mediatype"),
        "size": given.get("bytes"),
        "hash": given.get("hash"),
        "url": urljoin(at, str(path)) if path else "",
    }
