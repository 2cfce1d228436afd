"""The ckanext-scheming vocabulary: from the fields of an edition's or an agency's file to Terms.

An edition of ours may say what it is `based_on` and give only what it changes; that is filled in here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from metadata import document
from metadata.mistakes import Mistake
from metadata.term import Term, listed
from metadata.vocabulary import conventions

MULTIPLE = ("multiple_checkbox", "multiple_select", "multiple_text", "tag_string_autocomplete")
"""Presets of ckanext-scheming whose value is a list."""
OURS = ("property", "item", "clause", "kind", "expected", "form_data_type", "form_placeholder")
"""Keys that a plain scheming file lacks and takes over from our editions, for the field names they share."""

PRIVATE = ("property", "item", "clause", "kind", "expected", "after")
"""Keys that ckanext-scheming does not know (it passes others on to its forms)."""


@cache
def edition_files() -> dict[str, str]:
    """Edition → its file in this package."""
    found = {}
    for file in files("metadata").joinpath("standards").iterdir():
        if file.name.endswith(".yaml"):
            named = re.search(r"^edition: (\S+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            if named:
                found[named[1]] = f"standards/{file.name}"
    return dict(sorted(found.items()))


@cache
def source(name: str) -> Mapping[str, Any]:
    """An edition as written."""
    return document.packaged(edition_files()[name])  # type: ignore[no-any-return]


def plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved schema with nothing in it but what ckanext-scheming knows."""
    plain: dict[str, Any] = {"scheming_version": 2, "dataset_type": "dataset", "about": "", "about_url": ""}
    plain.update({key: schema[key] for key in plain if key in schema})
    for part in ("dataset_fields", "resource_fields"):
        entries = schema.get(part) or ()
        plain[part] = [{key: entry[key] for key in entry if key not in PRIVATE} for entry in entries]
    return plain


def resolved(schema: Mapping[str, Any], mistakes: list[Mistake]) -> Mapping[str, Any]:
    """An edition with what it is based on filled in."""
    based_on = schema.get("based_on")
    if not based_on:
        return schema
    if based_on not in edition_files():
        mistakes.append(
            {"key": "based_on", "mistake": "based-on", "name": str(based_on), "known": list(edition_files())}
        )
        return schema
    base = resolved(source(str(based_on)), mistakes)
    whole = {**base, **schema}
    for part in ("dataset_fields", "resource_fields"):
        whole[part] = _changed(fields(base, part, mistakes), fields(schema, part, mistakes))
    removed = schema.get("removed_fields") or ()
    whole["dataset_fields"] = [entry for entry in whole["dataset_fields"] if entry["field_name"] not in removed]
    return whole


def _changed(base: list[Any], changes: list[Any]) -> list[Any]:
    whole = {entry["field_name"]: entry for entry in base}
    for change in changes:
        name = change["field_name"]
        new = name not in whole
        whole[name] = {**whole.get(name, {}), **change}
        if new and change.get("after") in whole:
            order = [key for key in whole if key != name]
            order.insert(order.index(change["after"]) + 1, name)
            whole = {key: whole[key] for key in order}
    return list(whole.values())


def fields(schema: Mapping[str, Any], part: str, mistakes: list[Mistake]) -> list[Any]:
    """The sound fields of one part; what is wrong with the others is added to `mistakes`."""
    entries = schema.get(part) or []
    if not isinstance(entries, list):
        mistakes.append({"key": part, "mistake": "scheming-fields"})
        return []
    sound = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("field_name"), str):
            mistakes.append({"key": f"{part}.{index}", "mistake": "scheming-field"})
        elif not isinstance(entry.get("choices") or [], list):
            mistakes.append({"key": f"{part}.{index} ({entry['field_name']})", "mistake": "scheming-choices"})
        else:
            sound.append(entry)
    return sound


@cache
def _known(part: str) -> Mapping[str, Mapping[str, Any]]:
    """Our own keys by field name, from all editions."""
    known: dict[str, Mapping[str, Any]] = {}
    for name in edition_files():
        for entry in resolved(source(name), [])[part]:
            known.setdefault(entry["field_name"], entry)
    return known


def terms(schema: Mapping[str, Any], part: str, mistakes: list[Mistake]) -> tuple[Term, ...]:
    """The Terms of one part (`dataset_fields`, `resource_fields`) of a resolved schema."""
    entries = fields(schema, part, mistakes)
    resource = part == "resource_fields"
    names = {entry["field_name"] for entry in entries}
    found = (term(entry, _known(part).get(entry["field_name"], {}), resource=resource) for entry in entries)
    return tuple(
        replace(each, other=f"{each.field_name}_other") if f"{each.field_name}_other" in names else each
        for each in found
    )


def term(entry: Mapping[str, Any], ours: Mapping[str, Any], *, resource: bool) -> Term:
    """A field as a Term; `ours` is the field of that name in our editions, for what scheming has no key for."""
    whole = {**{key: ours[key] for key in OURS if key in ours}, **entry}
    validators = str(entry.get("validators") or "").split()
    choices = [c if isinstance(c, Mapping) else {"value": c} for c in entry.get("choices") or ()]
    values = tuple(str(choice["value"]) for choice in choices if choice.get("value") is not None)
    name, preset = entry["field_name"], entry.get("preset")
    data_types = tuple(map(str, listed(whole.get("form_data_type"))))
    every = _every_type()
    return Term(
        field_name=name,
        label=both(entry.get("label") or ours.get("label") or name, both(ours.get("label") or name)),
        required=bool(entry.get("required")) or "not_empty" in validators,
        multiple=preset in MULTIPLE
        or bool({"scheming_multiple_choice", "scheming_multiple_text", "multiple_text"} & set(validators))
        or (name == "tag_string" and not resource),
        choices=values,
        choice_labels={
            str(choice["value"]): both(choice.get("label") or choice["value"])
            for choice in choices
            if choice.get("value") is not None
        },
        property=whole.get("property"),
        other_value=next((value for value in values if value in conventions()["other"]), None),
        data_types=() if every <= set(data_types) else data_types,
        expected=bool(whole.get("expected")),
        item=whole.get("item"),
        preset=preset,
        kind=whole.get("kind") or _kind(preset, validators),
        placeholder=both(whole.get("form_placeholder") or "")["th"],
        resource=resource,
        clause=whole.get("clause"),
    )


@cache
def _every_type() -> frozenset[str]:
    first = next(entry for entry in source("gdc-2.1.0")["dataset_fields"] if entry["field_name"] == "data_type")
    return frozenset(choice["value"] for choice in first["choices"])


def _kind(preset: str | None, validators: list[str]) -> str | None:
    if preset in ("date", "datetime"):
        return preset
    if "email_validator" in validators:
        return "email"
    return "date" if "isodate" in validators else None


def both(label: Any, otherwise: Mapping[str, str] | None = None) -> dict[str, str]:
    """A label in both languages. A plain one is English where it is ASCII and a Thai one is known."""
    if isinstance(label, Mapping):
        texts = {str(key): str(text) for key, text in label.items() if text}
        first = next(iter(texts.values()), "")
        return {"th": texts.get("th", first), "en": texts.get("en", first)}
    text = str(label)
    if otherwise and text.isascii():
        return {"th": otherwise["th"], "en": text}
    return {"th": text, "en": otherwise["en"] if otherwise and not text.isascii() else text}
