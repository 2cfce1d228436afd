"""A dataset as another catalogue describes it, on its way into ours."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

LONGEST = {"title": 1000, "notes": 100_000, "name": 70, "tag": 100, "value": 20_000}
"""Characters we keep of what somebody else wrote."""
RESOURCES, TAGS, EXTRAS = 1000, 200, 200
"""So many of one dataset, at most."""
ORIGIN = ("harvest_source", "harvest_guid", "harvest_url", "harvest_modified")
"""The extras that say where a dataset comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One dataset at the source.

    `guid` is its identity there, `name` what it is called there, `url` where people find it, `modified` when it
    changed there, in the source's own words. `fields` are CKAN's and the schema's; lists are lists of text.
    `resources` have CKAN's keys; `id` is the source's own.
    """

    guid: str
    name: str
    url: str
    modified: str
    fields: Mapping[str, Any] = field(hash=False)
    tags: tuple[str, ...] = ()
    resources: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Records that came together. `until`: up to which change the source is read once these are (CKAN alone)."""

    records: tuple[Record, ...]
    until: str | None = None
    nameless: int = 0
    """Datasets that say no identity, and cannot be kept in step."""


class Source(Protocol):
    """Another catalogue."""

    kind: str

    def pages(self, since: str | None) -> Iterator[Page]:
        """What changed since (None: everything), page by page. Raises PortalError."""

    def missing(
        self, known: Mapping[str, str], unfinished: Collection[str]
    ) -> tuple[Collection[str], Iterator[Record]]:
        """After the pages: which known guids (guid → name there) are gone, and records the pages left out.

        `unfinished` are known guids that could not be written, or were not when a run was killed.
        """


def package_id(source: str, guid: str) -> str:
    """Our id of a dataset of a source: derived, so that harvesting it twice makes one."""
    return str(uuid5(uuid5(NAMESPACE_URL, f"saphan:harvest:{source}"), guid))


def package(record: Record, source: str, schema: Collection[str], organization: str) -> dict[str, Any]:
    """A record as the data of `package_create`, but for its name. `schema`: fields that are no extras."""
    key = package_id(source, record.guid)
    made: dict[str, Any] = {"id": key, "owner_org": organization, "private": False, "state": "active"}
    extras: dict[str, str] = {}
    for name, value in record.fields.items():
        if name in PLAIN:
            made[name] = _text(value, LONGEST.get(name, LONGEST["value"]))
        elif name in schema:
            made[name] = value
        elif value not in (None, "", []) and name not in ORIGIN and len(extras) < EXTRAS:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            extras[name[:100]] = _text(text, LONGEST["value"])
    origin = (source, record.guid, record.url, record.modified)
    extras |= {name: value for name, value in zip(ORIGIN, origin, strict=True) if value}
    if "reference_url_catalog" in schema:
        made["reference_url_catalog"] = record.url
    made["title"] = made.get("title") or record.name or record.guid
    made["tags"] = [{"name": tag} for tag in tags_of(record.tags)]
    made["extras"] = [{"key": name, "value": value} for name, value in extras.items()]
    made["resources"] = [_resource(one, key, place) for place, one in enumerate(linked(record.resources))]
    return made


PLAIN = frozenset(
    ("title", "notes", "url", "version", "author", "author_email", "maintainer", "maintainer_email", "license_id")
)


def linked(resources: tuple[Mapping[str, Any], ...]) -> list[Mapping[str, Any]]:
    """The resources that lead somewhere one may follow."""
    return [one for one in resources if followable(one.get("url"))][:RESOURCES]


def followable(url: Any) -> bool:
    """Whether an address is one of the web's or of FTP."""
    try:
        parts = urlsplit(str(url or ""))
    except ValueError:
        return False
    return parts.scheme in ("http", "https", "ftp") and bool(parts.netloc)


def _resource(given: Mapping[str, Any], package: str, place: int) -> dict[str, Any]:
    own = str(given.get("id") or f"{place}:{given['url']}")
    made = {name: _text(given[name], LONGEST["value"]) for name in RESOURCE if given.get(name) not in (None, "")}
    size = str(given.get("size") or "")
    if re.fullmatch(r"[0-9]{1,15}", size):
        made["size"] = size
    return {**made, "id": str(uuid5(NAMESPACE_URL, f"{package}/{own}")), "url": str(given["url"])[:2000]}


RESOURCE = ("name", "description", "format", "mimetype", "hash", "last_modified")


def _text(value: Any, most: int) -> str:
    """A value as text without what no database takes."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:most]


def tags_of(given: tuple[str, ...]) -> list[str]:
    """Tags as CKAN takes them: two letters at least, no comma."""
    words = (" ".join(_text(one, 1000).replace(",", " ").split())[: LONGEST["tag"]] for one in given[:TAGS])
    return sorted({word for word in words if len(word) >= 2})


def name_for(record: Record, host: str, *, taken: bool) -> str:
    """A name in our alphabet; where it is taken, or nothing is left of it, one made of host and identity."""
    slug = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9_-]+", "-", record.name.lower())).strip("-")
    digest = hashlib.sha256(record.guid.encode("utf-8", "replace")).hexdigest()[:8]
    if not taken and len(slug) >= 2 and slug not in ("new", "edit", "search"):
        return slug[: LONGEST["name"]]
    return f"{(slug if len(slug) >= 2 else host_name(host))[: LONGEST['name'] - 9]}-{digest}"


def host_name(host: str) -> str:
    """A host as a name in our alphabet: `data.go.th` → `data-go-th`."""
    return re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:60] or "harvest"
