"""Catalogs filled with the judged records, and searches to judge: ours, and one that matches words as CKAN's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from search_judged import SUBJECT, records

from catalog.portal.local import LocalPortal
from catalog.store import search
from catalog.store.database import writing
from catalog.store.tables import packages

FORMATS = ("CSV", "XLSX", "JSON", "PDF")
LICENCES = ("cc-by", "other-open", "cc-by-sa")


def fill(portal: LocalPortal, count: int) -> None:
    """Writes the first so many records as datasets, past the actions, in one transaction."""
    owners = {}
    for agency in dict.fromkeys(line.agency for line in SUBJECT):
        name = f"agency-{len(owners)}"
        owners[agency] = portal.call_action("organization_create", {"name": name, "title": agency})
    first = portal.call_action("package_create", {"name": "first-of-all", "title": "-", "owner_org": "agency-0"})
    link = {"package_id": "first-of-all", "name": "ตาราง", "url": "https://example.org/a.csv", "format": "CSV"}
    portal.call_action("resource_create", link)
    sample = portal.call_action("package_show", {"id": first["id"]})
    portal.call_action("dataset_purge", {"id": first["id"]})
    kept = ("id", "name", "title", "type", "description", "image_url", "created", "is_organization",
            "approval_status", "state")  # fmt: skip
    with writing(portal.engine) as connection:
        for record in records(count):
            owner = owners[SUBJECT[record.subject].agency]
            document = json.loads(json.dumps(sample))
            document |= {
                "id": str(uuid5(NAMESPACE_URL, record.name)),
                "name": record.name,
                "title": record.title,
                "notes": record.notes,
                "owner_org": owner["id"],
                "organization": {key: owner[key] for key in kept},
                "license_id": LICENCES[record.number % 3],
                "tags": [{**_tag(name)} for name in dict.fromkeys(record.tags)],
                "num_tags": len(set(record.tags)),
            }
            stamp = f"2026-01-{1 + record.number % 28:02d}T00:00:00.{record.number:06d}"
            document |= {"metadata_created": stamp, "metadata_modified": stamp}
            document["resources"][0] |= {"format": FORMATS[record.number % 4], "package_id": document["id"]}
            document["resources"][0]["id"] = str(uuid5(NAMESPACE_URL, f"{record.name}/1"))
            connection.execute(packages.insert().values(_row(document)))
            search.index(connection, document)


def _tag(name: str) -> dict[str, Any]:
    key = str(uuid5(NAMESPACE_URL, name))
    return {"id": key, "name": name, "display_name": name, "state": "active", "vocabulary_id": None}


def _row(document: dict[str, Any]) -> dict[str, Any]:
    columns = (
        "id", "name", "title", "owner_org", "state", "private", "metadata_created", "metadata_modified",
    )  # fmt: skip
    row = {column: document[column] for column in columns}
    return {**row, "creator": document["creator_user_id"], "document": json.dumps(document)}


def ours(portal: LocalPortal) -> Callable[[str], list[str]]:
    """The catalog's own `package_search`."""

    def ask(text: str) -> list[str]:
        return [one["name"] for one in portal.call_action("package_search", {"q": text})["results"]]

    return ask


def by_whitespace(count: int) -> Callable[[str], list[str]]:
    """A search that matches words as stock CKAN does: runs between spaces, of dismax' `mm` "2<-1 5<80%"."""
    weights = (("title", 4.0), ("tags", 2.0), ("notes", 1.0))
    postings: dict[str, dict[str, float]] = {}
    for record in records(count):
        texts = {"title": record.title, "tags": " ".join(record.tags), "notes": record.notes}
        for field, weight in weights:
            for word in _words(texts[field]):
                held = postings.setdefault(word, {})
                held[record.name] = max(held.get(record.name, 0.0), weight)

    def ask(text: str) -> list[str]:
        asked = _words(text)
        needed = len(asked) if len(asked) <= 2 else len(asked) - 1 if len(asked) <= 5 else int(len(asked) * 0.8)
        scores: dict[str, list[float]] = {}
        for word in asked:
            held = postings.get(word, {})
            for name, weight in held.items():
                scores.setdefault(name, []).append(weight / (1 + len(held)))
        enough = {name: sum(found) for name, found in scores.items() if len(found) >= needed}
        return sorted(enough, key=lambda name: (-enough[name], name))[:10]

    return ask


def _words(text: str) -> list[str]:
    # Solr's word delimiter splits at punctuation and between letters and digits, not within Thai
    runs = re.findall(r"\d+|[^\W\d_\u0e31-\u0e4e][^\s\d.,()-]*", text.lower())
    return list(dict.fromkeys(runs))
