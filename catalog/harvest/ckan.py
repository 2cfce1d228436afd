"""A CKAN as a source: `package_search` by `metadata_modified`, the oldest change first, as its own harvesters ask.

Sorted by change, a run that was cut off goes on from where it was; a dataset that changes meanwhile comes again at
the end. What is gone is found by `package_list`, which is also asked for what the search left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from catalog.harvest.client import Client
from catalog.harvest.record import Page, Record
from metadata.address import shown
from metadata.errors import NotAllowed, NotCkan, Refused

ROWS = 100
NAMES = 1000
"""Names asked for at a time."""
OVERLAP = timedelta(hours=1)
"""How far a run goes back behind the last one: a search index lags behind its database."""
MOST = 200_000
"""Datasets of one catalogue."""
STALE = 5
"""Pages in a row that bring nothing new."""
DERIVED = frozenset(
    ("creator_user_id", "extras", "groups", "id", "isopen", "license_title", "license_url", "metadata_created",
     "metadata_modified", "name", "num_resources", "num_tags", "organization", "owner_org", "private",
     "relationships_as_object", "relationships_as_subject", "resources", "revision_id", "state", "tags",
     "tracking_summary", "type")
)  # fmt: skip
"""What `package_show` adds to what the publisher wrote, or what we say ourselves."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?")


@dataclass(kw_only=True)
class Ckan:
    """A CKAN by the address of its home page."""

    url: str
    client: Client
    kind: str = "ckan"
    _seen: dict[str, str] = field(default_factory=dict)
    """guid → name of what came in this run."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        path = re.sub(r"/(api(/\d)?(/action.*)?|dataset)?/?$", "", parts.path).rstrip("/")
        self.home = f"{parts.scheme}://{parts.netloc}{path}"

    def answers(self) -> bool:
        """Whether a CKAN's API is here at all."""
        try:
            self._ask("package_search", {"rows": 0})
        except (Refused, NotCkan, NotAllowed):
            return False
        return True

    def pages(self, since: str | None) -> Iterator[Page]:
        """What changed since, the oldest change first. Raises PortalError."""
        boundary, start, stale = _back(since), 0, 0
        while stale < STALE and len(self._seen) <= MOST:
            query = {"sort": "metadata_modified asc", "rows": ROWS, "start": start}
            if boundary:
                query["fq"] = f"metadata_modified:[{boundary}Z TO *]"
            found = self._ask("package_search", query)
            results = found.get("results") if isinstance(found, Mapping) else None
            if not isinstance(results, list) or not all(isinstance(one, Mapping) for one in results):
                raise self._strange()
            fresh = [one for one in results if self._is_new(one)]
            last = str(results[-1].get("metadata_modified") or "") if results else ""
            moved = _cut(last) if _MOMENT.fullmatch(last) else None
            ahead = moved is not None and (boundary is None or moved > boundary)
            records = tuple(filter(None, map(self.record, fresh)))
            nameless = sum(not one.get("id") for one in fresh)
            yield Page(records=records, until=moved if ahead else boundary, nameless=nameless)
            if not results or start + len(results) >= _count(found):
                return
            stale = 0 if fresh else stale + 1
            # a source that does not sort by change is read by pages to its end
            boundary, start = (moved, 0) if ahead else (boundary, start + len(results))
        raise Refused("harvest-endless", url=shown(self.url), count=len(self._seen))

    def _is_new(self, one: Mapping[str, Any]) -> bool:
        key, stamp = str(one.get("id") or ""), f"{one.get('name')} {one.get('metadata_modified')}"
        if self._seen.get(key) == stamp:
            return False
        self._seen[key] = stamp
        return True

    def missing(
        self, known: Mapping[str, str], unfinished: Collection[str]
    ) -> tuple[Collection[str], Iterator[Record]]:
        """Known guids whose name is listed no more, and what is listed but never came. Raises PortalError."""
        names = self._names()
        came = {guid: stamp.partition(" ")[0] for guid, stamp in self._seen.items()}
        here = {**known, **came}
        gone = [guid for guid in known if here[guid] not in names]
        settled = {name for guid, name in here.items() if guid in came or guid not in unfinished}
        return gone, self._left_out(sorted(names - settled))

    def _left_out(self, names: list[str]) -> Iterator[Record]:
        for name in names:
            try:
                found = self._ask("package_show", {"id": name})
            except Refused as refused:
                if refused.values.get("status") != 404:
                    raise
                continue  # it went while we looked
            record = self.record(found) if isinstance(found, Mapping) else None
            if record is not None:
                self._seen[record.guid] = record.name
                yield record

    def _names(self) -> set[str]:
        names: set[str] = set()
        while len(names) <= MOST:
            found = self._ask("package_list", {"limit": NAMES, "offset": len(names)})
            if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
                raise self._strange()
            if names.issuperset(found):
                return names
            names |= set(found)
        raise Refused("harvest-endless", url=shown(self.url), count=len(names))

    def record(self, package: Mapping[str, Any]) -> Record | None:
        """A package as a record; None where it is not public, or has no identity."""
        guid = str(package.get("id") or "")
        if not guid or package.get("private") is True or package.get("state", "active") != "active":
            return None
        if package.get("type", "dataset") in ("harvest", "showcase"):
            return None
        name = str(package.get("name") or guid)
        fields = {key: value for key, value in package.items() if key not in DERIVED}
        for extra in _objects(package.get("extras")):
            fields.setdefault(str(extra.get("key") or "?"), extra.get("value"))
        organization = package.get("organization")
        if isinstance(organization, Mapping):
            fields["harvest_organization"] = str(organization.get("title") or organization.get("name") or "")
        return Record(
            guid=guid,
            name=name,
            url=f"{self.home}/dataset/{name}",
            modified=str(package.get("metadata_modified") or ""),
            fields=fields,
            tags=tuple(str(tag.get("name") or "") for tag in _objects(package.get("tags"))),
            resources=tuple(_objects(package.get("resources"))),
        )

    def _ask(self, action: str, query: Mapping[str, Any]) -> Any:
        answer = self.client.get(f"{self.home}/api/3/action/{action}", query, accept="application/json")
        body = answer.json()
        if not isinstance(body, Mapping) or body.get("success") is not True or "result" not in body:
            raise answer.no_catalogue()
        return body["result"]

    def _strange(self) -> NotCkan:
        return NotCkan("harvest-not-a-catalogue", url=shown(self.url), content="JSON")


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _count(found: Mapping[str, Any]) -> int:
    count = found.get("count")
    return count if isinstance(count, int) else 0


def _cut(moment: str) -> str:
    """A moment to the millisecond, which is what a search index keeps; earlier, never later."""
    whole, _, part = moment.partition(".")
    return f"{whole}.{(part + '000')[:3]}"


def _back(since: str | None) -> str | None:
    """A little before the last run's end."""
    if since is None:
        return None
    return _cut((datetime.fromisoformat(since) - OVERLAP).isoformat(timespec="milliseconds"))
