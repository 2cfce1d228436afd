"""The shape of a `datapackage.yaml`: what must be text, a list or a mapping, so that all after can rely on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from metadata import processing_shape
from metadata.mistakes import Mistake, Mistakes
from metadata.views import KINDS, NONE
from metadata.vocabulary import classes, level_of

QUASI, COUNT, ORDINARY = ROLES = ("quasi-identifier", "count", "ordinary")
"""What a column is where a table tells of persons: what others may know of one; how many there are; neither."""
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
"""A resource's name: an ASCII slug."""
# fmt: off
TYPES = (
    "any", "array", "boolean", "date", "datetime", "duration", "geojson", "geopoint", "integer", "list",
    "number", "object", "string", "time", "year", "yearmonth",
)
"""Table Schema's types, as frictionless reads them."""
CONSTRAINTS = (
    "required", "unique", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "pattern", "enum", "jsonSchema",
)
# fmt: on
ORDERED = ("date", "datetime", "integer", "number", "time", "year", "yearmonth")
APPLIES = {
    "minLength": ("array", "list", "object", "string"),
    "maxLength": ("array", "list", "object", "string"),
    "minimum": ORDERED,
    "maximum": ORDERED,
    "exclusiveMinimum": ORDERED,
    "exclusiveMaximum": ORDERED,
    "pattern": ("string",),
}
"""To which types a constraint applies, where not to all: frictionless refuses the whole file for another."""
TEXTS = ("title", "title_en", "description", "description_en")
ACCESS = ("open", "restricted")
"""For whom a dataset's files are: everybody (where nothing is said), or named agencies."""
PACKAGE = (*TEXTS, "name", "keywords", "licenses", "about", "access", "resources", "views", "processing")
RESOURCE = (*TEXTS, "name", "path", "format", "about", "schema", "ckan_id")
FIELD = (*TEXTS, "name", "type", "format", "constraints", "example", "rdfType", "missingValues", "role", "class")
"""The properties we read. The Data Package allows others: only what looks like one of these misspelt is told."""
OTHERS = ("id", "profile", "version", "created", "homepage", "image", "sources", "contributors", "type", "data")


def mistakes(descriptor: dict[str, Any], written: Any, name: str) -> list[Mistake]:
    """What is wrong with a descriptor as written, each with its line; `name` is the folder's."""
    found = Mistakes(written)
    if descriptor.get("name", name) != name:
        found.add("folder-name", "name", name=name)
    _misspelt(found, descriptor, PACKAGE)
    _texts(found, descriptor)
    if isinstance(descriptor.get("keywords"), dict):
        found.add("list", "keywords")
    licences = descriptor.get("licenses")
    if licences is not None and not (
        isinstance(licences, list) and all(isinstance(one, dict) for one in licences)
    ):
        found.add("licences", "licenses")
    found.mapping(descriptor.get("about") or {}, "about")
    if descriptor.get("access") not in (None, *ACCESS):
        found.add("choice", "access", known=ACCESS)
    if descriptor.get("processing") is not None:
        processing_shape.mistakes(found, descriptor["processing"])
    resources = descriptor.get("resources") or []
    if not isinstance(resources, list):
        found.add("list", "resources")
        return found.found
    names = [entry.get("name") for entry in resources if isinstance(entry, dict)]
    seen: set[str] = set()
    for index, resource in enumerate(resources):
        here = ("resources", index)
        if not isinstance(resource, dict) or not isinstance(resource.get("name"), str):
            found.add("resource-name", *here, "name")
            continue
        _resource(found, resource, here, seen)
        if isinstance(schema := resource.get("schema"), dict):
            _schema(found, schema, (*here, "schema"), names)
        elif schema is not None:
            found.mapping(schema, *here, "schema")
    _views(found, descriptor, resources)
    return found.found


def _views(found: Mistakes, descriptor: Mapping[str, Any], resources: list[Any]) -> None:
    """Views name resources and columns that there are, and a picture that can be drawn."""
    views = descriptor.get("views") or []
    if not _mappings(views):
        found.add("list", "views")
        return
    columns = {
        one.get("name"): {field.get("name") for field in fields}
        for one in resources
        if isinstance(one, dict) and isinstance(one.get("schema"), dict)
        if _mappings(fields := one["schema"].get("fields", []))
    }
    for index, view in enumerate(views):
        here = ("views", index)
        named = view.get("resources", [])
        if not isinstance(named, list):
            found.add("list", *here, "resources")
            continue
        for name in named:
            if name not in columns:
                found.add("choice", *here, "resources", known=sorted(map(str, columns)))
        if view.get("specType", "simple") != "simple":
            continue  # Vega's and Plotly's own languages
        spec = found.mapping(view.get("spec"), *here, "spec")
        kind = spec.get("type")
        if kind not in (*KINDS, NONE):
            found.add("choice", *here, "spec", "type", known=(*KINDS, NONE))
        if kind == NONE or any(name not in columns for name in named):
            continue
        series = spec.get("series", [])
        known = set().union(*(columns[name] for name in named or columns))
        for name in [spec.get("group"), *(series if isinstance(series, list) else [series])]:
            if name not in known:
                found.add("column", *here, "spec", name=str(name))


def _mappings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _misspelt(found: Mistakes, given: Mapping[str, Any], known: tuple[str, ...], *where: str | int) -> None:
    for key in given:
        near = get_close_matches(key, known, 1, 0.85)
        if near and key not in known and key not in OTHERS and near[0] not in given:
            found.add("near", *where, key, suggestion=near[0])


def _texts(found: Mistakes, given: Mapping[str, Any], *where: str | int) -> None:
    for key in TEXTS:
        if isinstance(given.get(key), list | dict):
            found.add("text", *where, key)


def _resource(found: Mistakes, resource: Mapping[str, Any], here: tuple[str | int, ...], seen: set[str]) -> None:
    slug = resource["name"]
    if not SLUG.fullmatch(slug):
        found.add("resource-name", *here, "name")
    if slug.lower() in seen:
        found.add("twice", *here, "name", name=slug)
    seen.add(slug.lower())
    path = resource.get("path", f"release/{slug}.csv")
    if not isinstance(path, str) or not re.fullmatch(rf"release/{re.escape(slug)}\.[a-z0-9]+", path):
        found.add("resource-path", *here, "path", name=slug)
    _misspelt(found, resource, RESOURCE, *here)
    _texts(found, resource, *here)
    found.mapping(resource.get("about") or {}, *here, "about")


def _schema(found: Mistakes, schema: Mapping[str, Any], here: tuple[str | int, ...], resources: list[Any]) -> None:
    fields = schema.get("fields", [])
    if not _mappings(fields):
        found.add("fields", *here, "fields")
        return
    names: list[str] = []
    for index, field in enumerate(fields):
        where = (*here, "fields", index)
        name = field.get("name")
        if not isinstance(name, str) or not name:
            found.add("field-name", *where)
        elif name in names:
            found.add("twice", *where, "name", name=name)
        else:
            names.append(name)
        if field.get("type", "any") not in TYPES:
            found.add("choice", *where, "type", known=TYPES)
        if field.get("role") not in (None, *ROLES):
            found.add("choice", *where, "role", known=ROLES)
        if field.get("class") is not None and level_of(str(field["class"])) is None:
            known = [choice["value"] for choice in classes()["term"]["choices"]]
            found.add("choice", *where, "class", known=known)
        _misspelt(found, field, FIELD, *where)
        _texts(found, field, *where)
        _constraints(found, field, (*where, "constraints"))
    _keys(found, schema, here, names, resources)
    if not isinstance(schema.get("missingValues", []), list):
        found.add("list", *here, "missingValues")


def _constraints(found: Mistakes, field: Mapping[str, Any], here: tuple[str | int, ...]) -> None:
    given, kind = field.get("constraints"), field.get("type", "any")
    if given is None:
        return
    for key, value in found.mapping(given, *here, allowed=CONSTRAINTS).items():
        if kind in TYPES and kind not in APPLIES.get(key, TYPES):
            found.add("constraint", *here, key, type=kind)
        elif "imum" in key and kind in ("integer", "number", "year") and not _number(value):
            found.add("number", *here, key)
        elif key in ("required", "unique") and not isinstance(value, bool):
            found.add("boolean", *here, key)
        elif key in ("minLength", "maxLength") and not isinstance(value, int):
            found.add("number", *here, key)
        elif key == "enum" and not isinstance(value, list):
            found.add("list", *here, key)
        elif key == "pattern":
            try:
                re.compile(value)
            except (re.error, TypeError):
                found.add("pattern", *here, key)


def _number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _keys(
    found: Mistakes, schema: Mapping[str, Any], here: tuple[str | int, ...], names: list[str], resources: list[Any]
) -> None:
    primary = schema.get("primaryKey", [])
    for name in primary if isinstance(primary, list) else [primary]:
        if not isinstance(name, str):
            found.add("text", *here, "primaryKey")
        elif name not in names:
            found.add("column", *here, "primaryKey", name=name)
    foreign = schema.get("foreignKeys", [])
    for index, key in enumerate(foreign if isinstance(foreign, list) else [foreign]):
        reference = key.get("reference") if isinstance(key, dict) else None
        if not (isinstance(reference, dict) and {"fields"} <= {*key} and {"fields"} <= {*reference}):
            found.add("foreign-keys", *here, "foreignKeys", index)
            continue
        if reference.get("resource", "") not in ("", *resources):
            found.add("foreign-keys", *here, "foreignKeys", index)
        for name in key["fields"] if isinstance(key["fields"], list) else [key["fields"]]:
            if name not in names:
                found.add("column", *here, "foreignKeys", index, name=str(name))
