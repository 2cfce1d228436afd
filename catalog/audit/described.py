"""A package of any CKAN as the rules on descriptions read it: a Dataset, made of what `package_show` gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.record import objects
from catalog.wire import ALL_TAGS, ENGLISH, TYPES
from metadata.dataset import Dataset, Resource
from metadata.standard import Standard
from metadata.term import Term, listed

Package = Mapping[str, Any]
KINDS = {there: here for here, there in TYPES.items()}
NOWHERE = Path()
"""The folder of a dataset that lies on no desk."""


def flat(package: Package) -> dict[str, Any]:
    """A package's fields with its extras beside them: a stock CKAN keeps the Thai terms there."""
    extras = {str(one["key"]): one.get("value") for one in objects(package.get("extras")) if "key" in one}
    return {**extras, **package}


def tags(facts: Package) -> list[str]:
    """The keywords: the tags, and those that the portal refused as tags (see `wire.ALL_TAGS`)."""
    shown = [
        str(tag.get("name") or "") if isinstance(tag, Mapping) else str(tag) for tag in facts.get("tags") or ()
    ]
    kept = re.split(r"\s*,\s*", str(facts.get(ALL_TAGS) or "").strip())
    return [tag for tag in dict.fromkeys((*shown, *kept)) if tag]


def described(facts: Package, tables: Mapping[str, Sequence[Package]], standard: Standard) -> Dataset:
    """The dataset that `flat` fields describe, its resources in the package's order.

    A resource is called by its id: that is what a finding on a portal can be followed by.
    """
    title = str(facts.get("title") or "")
    descriptor: dict[str, Any] = {
        "name": facts["name"],
        # CKAN gives a dataset without a title its name
        "title": title if title != facts["name"] else "",
        "description": facts.get("notes"),
        "keywords": tags(facts),
        "licenses": [{"name": facts.get("license_id")}] if facts.get("license_id") else [],
        "about": _about(facts, standard.terms),
    }
    descriptor["about"]["owner_org"] = str(
        (facts.get("organization") or {}).get("name") or facts.get("owner_org") or ""
    )
    for known in (standard.classification.field_name, "closed_clause"):
        if facts.get(known):
            descriptor["about"].setdefault(known, facts[known])
    descriptor |= {here: facts[there] for here, there in ENGLISH.items() if facts.get(there)}
    resources = tuple(
        _resource(one, tables.get(str(one.get("id"))), standard) for one in facts.get("resources") or ()
    )
    return Dataset(name=str(facts["name"]), folder=NOWHERE, descriptor=descriptor, resources=resources)


def _about(facts: Package, terms: Sequence[Term]) -> dict[str, Any]:
    """The terms that the Data Package has no property for. "" and [] are nothing."""
    found = {term.field_name: facts.get(term.field_name) for term in terms if term.property is None}
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _resource(one: Package, fields: Sequence[Package] | None, standard: Standard) -> Resource:
    descriptor: dict[str, Any] = {
        "name": str(one.get("id") or one.get("name") or ""),
        "path": str(one.get("url") or ""),
        "format": str(one.get("format") or ""),
        "title": one.get("name"),
        "description": one.get("description"),
        "about": _about(one, standard.resource_terms),
    }
    descriptor |= {key: one[key] for key in ("title_en", "description_en") if one.get(key)}
    if fields is not None:
        descriptor["schema"] = {"fields": [_column(field) for field in fields if field.get("id") != "_id"]}
    return Resource(name=descriptor["name"], descriptor=descriptor)


def _column(field: Package) -> dict[str, Any]:
    info = field.get("info") or {}
    return {
        "name": field.get("id"),
        "type": KINDS.get(str(field.get("type")), "string"),
        "title": info.get("label"),
        "description": info.get("notes"),
    }


def texts(value: Any) -> list[str]:
    """A field's values as texts: a list, a list in JSON text, or one value."""
    return [str(one).strip() for one in listed(value) if str(one).strip()]
