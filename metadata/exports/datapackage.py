"""Data Package 2.0 (datapackage.org): a dataset and the Table Schemas of its files."""

from __future__ import annotations

import re
from typing import Any

from metadata.exports import vocabulary
from metadata.exports.record import Column, Distribution, Record, either, filled, slug

PROFILES = "https://datapackage.org/profiles/2.0/"
NAME = re.compile(r"[-a-zA-Z0-9._]+")


def package(record: Record) -> dict[str, Any]:
    """The descriptor. Every path is an address; what cannot be addressed is left out.

    A package has at least one resource: where the dataset has none, its description (CKAN's JSON) stands for it.
    """
    names: set[str] = set()
    resources = [_resource(one, names) for one in record.distributions if one.url]
    contributors = [
        filled({"title": either(record.publisher), "path": record.publisher_page, "roles": ["publisher"]})
    ]
    if record.creator:
        contributors.append({"title": record.creator, "roles": ["creator"]})
    if record.contact or record.contact_email:
        contact = {"title": record.contact, "email": _email(record.contact_email), "roles": ["contact"]}
        contributors.append(filled(contact))
    return {"$schema": f"{PROFILES}datapackage.json", "name": record.name} | filled(
        {
            "id": record.id,
            "title": either(record.title),
            "title_en": record.title.get("en") if record.title.get("th") else None,
            "description": either(record.description),
            "description_en": record.description.get("en") if record.description.get("th") else None,
            "homepage": record.page,
            "version": record.version,
            "created": record.issued if "T" in (record.issued or "") else None,
            "keywords": list(record.keywords),
            "licenses": _licences(record),
            "contributors": contributors,
            "sources": [{"title": record.source}] if record.source else None,
            "resources": resources or [_description(record)],
        }
    )


def _description(record: Record) -> dict[str, Any]:
    return {
        "name": "metadata",
        "title": vocabulary.phrase("metadata", "th"),
        "path": f"{record.page}.json",
        "format": "json",
        "mediatype": "application/json",
    }


def _licences(record: Record) -> list[dict[str, str]]:
    """With a short name or an address, as the profile asks; what has neither cannot be told here."""
    name, url, title = (record.licence.get(key) for key in ("name", "url", "title"))
    made = filled({"name": name if name and NAME.fullmatch(name) else None, "path": url, "title": title})
    return [made] if "name" in made or "path" in made else []


def _email(address: str | None) -> str | None:
    return address if address and re.fullmatch(r"[^@\s]+@[^@\s]+", address) else None


def _resource(one: Distribution, names: set[str]) -> dict[str, Any]:
    name = slug(one.filename.rsplit(".", 1)[0] or either(one.title, "en"), one.id)
    name = name if name not in names else f"{name}-{one.id}"
    names.add(name)
    tabular = one.kind == "csv" and bool(one.columns)
    made = {
        "type": "table" if tabular else None,
        "title": either(one.title),
        "description": either(one.description),
        "format": one.kind,
        "mediatype": one.media_type if re.fullmatch(r"[^/]+/[^/]+", one.media_type) else None,
        "encoding": "utf-8" if tabular else None,
        "bytes": one.size,
        "hash": f"sha256:{one.sha256}" if one.sha256 else None,
        "schema": _schema(one.columns) if tabular else None,
    }
    return {"name": name, "path": one.url} | filled(made)


def _schema(columns: tuple[Column, ...]) -> dict[str, Any]:
    fields = []
    for column in columns:
        english = column.title.get("en") if column.title.get("th") else None
        fields.append(
            {"name": column.name, "type": column.kind}
            | filled(
                {"title": either(column.title), "title_en": english, "description": either(column.description)}
            )
            | ({"constraints": {"required": True}} if column.required else {})
        )
    return {"$schema": f"{PROFILES}tableschema.json", "fields": fields}
