"""Facts of one dataset: a flat JSON object, free of the clock, that every score, finding and fix is derived from.

A fact is true, false, a number, a text or a list of them; null where it was not checked, never where it is not so.
Which formats are open, what a cycle is and what a defect is called stands in `metadata/standards/openness.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.actions.context import Site
from catalog.audit import mqa, quality
from catalog.audit.described import described, flat, tags, texts
from catalog.audit.entry import Entry
from catalog.audit.formats import Format, format_of, is_dictionary, made_by_portal
from catalog.audit.freshness import dates
from catalog.record import address, record
from metadata import description
from metadata.dataset import Dataset
from metadata.description import forms, openness, terms
from metadata.finding import Finding
from metadata.licence import licence_named
from metadata.standard import Standard
from metadata.vocabulary import classes, conventions, level_of

ASKED = tuple(
    rule
    for rule in description.RULES
    # they are about files of a desk: what a portal holds besides is its own business
    if rule not in (forms.resource_name, terms.unknown, openness.closed, openness.licence, openness.not_open)
)
"""The rules on a description that hold wherever it stands."""
SCORED = (terms.vocabulary, forms.contact, forms.email)
"""Those among them that a fact of its own depends on."""
Rule = Callable[[Dataset, Standard], Iterable[Finding]]
YES = "True"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What facts are judged by: an edition of the standard, and the catalogue they are of."""

    standard: Standard
    site: Site
    desk: frozenset[str] = frozenset()
    """Datasets whose `datapackage.yaml` is at hand: remedies name its keys; of others, the portal's fields."""


def facts(
    entry: Entry, ground: Ground, asked: Sequence[Rule] = ASKED
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """The facts of one dataset, and what the rules on descriptions find in it.

    With fewer rules than all (`SCORED` at least), only the fact `rules` tells less.
    """
    package = flat(entry.package)
    dataset = described(package, entry.tables, ground.standard)
    found = tuple(_placed(one, ground) for rule in asked for one in rule(dataset, ground.standard))
    made: dict[str, Any] = {
        "name": entry.name,
        "title": str(package.get("title") or entry.name),
        "organization": (package.get("organization") or {}).get("name"),
        "private": bool(package.get("private")),
        **_items(dataset, ground.standard),
        **_openness(package, dataset, ground.standard),
        **_files(entry, package),
        **dates(package),
        "tags": len(tags(package)),
        "described": bool(str(package.get("notes") or "").strip()),
        "harvest": package.get("allow_harvest") == YES if package.get("allow_harvest") else None,
        "groups": [str(one.get("name")) for one in package.get("groups") or () if isinstance(one, Mapping)],
        "copy": bool(str(package.get("reference_url_catalog") or "").strip()),
        "high_value": package.get("high_value_dataset") == YES,
        "reference_data": package.get("reference_data") == YES,
        "official_statistics": package.get("official_statistics") == YES,
        "registered": _registered(entry),
    }
    made["calendar_kept"] = _calendar(made["calendar"], package, ground.standard)
    rules = sorted({finding.rule for finding in found})
    made["rules"] = rules
    made["vocabulary_ok"] = "term-vocabulary" not in rules
    made["contact_is_unit"] = "contact-person" not in rules if package.get("maintainer") else None
    made["contact_mail"] = "email-form" not in rules and bool(package.get("maintainer_email"))
    made["accepted"] = _acceptable(made)
    tables = {key: {"fields": fields} for key, fields in entry.tables.items()}
    told = record({**entry.package, "id": str(entry.package.get("id") or entry.name)}, tables, ground.site)
    reach = {key: one.get("ok") for key, one in (entry.seen.get("reach") or {}).items()}
    made |= {f"mqa.{name}": value for name, value in mqa.indicators(told, reach).items()}
    made |= quality.measured(entry, package)
    return made, found


def _placed(found: Finding, ground: Ground) -> Finding:
    """A finding whose remedy says where to write: in the dataset's file, or in the form of its portal."""
    if (found.at.dataset in ground.desk and not found.at.resource) or "file" not in found.values:
        return found
    values = {**found.values, "file": conventions()["portal_form"]}
    if "field" in values:
        values["key"] = values["field"]
    return replace(found, values=values)


def _items(dataset: Dataset, standard: Standard) -> dict[str, Any]:
    """The mandatory items: how many are given, and which are not."""
    missing, given = [], 0
    for term in standard.mandatory:
        value = (
            dataset.about.get(term.field_name)
            if term.field_name in standard.given
            else standard.value(dataset, term)
        )
        if value:
            given += 1
        else:
            missing.append(term.field_name)
    of = len(standard.mandatory)
    return {
        "items": given,
        "items_of": of,
        "items_part": given / of if of else None,
        "items_ok": given == of,
        "items_missing": missing,
    }


def _openness(package: Mapping[str, Any], dataset: Dataset, standard: Standard) -> dict[str, Any]:
    """Category, class and licence: what the record says, and whether that is open."""
    category = next(iter(texts(package.get("data_category"))), None)
    level = standard.class_value(dataset)
    licence = standard.licence_of(dataset) or licence_named(str(package.get("license_title") or ""))
    return {
        "category": category,
        "class": level,
        "open": category == classes()["open"]["category"] if category else None,
        "open_class": level_of(level) == classes()["open"]["level"] if level else None,
        "licence": next(iter(texts(package.get("license_id"))), None),
        "licence_open": licence.open if licence else (None if package.get("license_id") else False),
    }


def _files(entry: Entry, package: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the dataset's files, by their records and by what was seen of them. Lists go by resource."""
    seen = {name: entry.seen.get(name) or {} for name in ("reach", "valid")}
    rows: list[dict[str, Any]] = []
    for one in package.get("resources") or ():
        key, name = str(one.get("id")), str(one.get("name") or "")
        url = address(one.get("url"))
        form = format_of(str(one.get("format") or ""), str(one.get("url") or ""))
        rows.append(
            {
                "id": key,
                "form": form,
                "written": str(one.get("format") or ""),
                "url": bool(url),
                "data": not is_dictionary(name) and not made_by_portal(name),
                "dictionary": _dictionary(entry, one, form),
                "api": bool(one.get("datastore_active")) or form.service,
                "reachable": seen["reach"].get(key, {}).get("ok"),
                "format_true": seen["reach"].get(key, {}).get("format_true"),
                "valid": seen["valid"].get(key, {}).get("valid"),
            }
        )
    data = [row for row in rows if row["data"]]
    tables = [row for row in data if row["form"].tabular]
    dictionary = [row["dictionary"] for row in tables]
    has_own = any(is_dictionary(str(one.get("name") or "")) for one in package.get("resources") or ())
    return {
        "resources": [row["id"] for row in rows],
        "files": len([row for row in data if row["url"]]),
        "has_file": any(row["url"] for row in data),
        "formats": [row["form"].name for row in rows],
        "formats_written": [row["written"] for row in rows],
        "format_faults": [row["form"].fault for row in rows],
        "formats_ok": all(row["form"].fault is None for row in rows) if rows else None,
        "without_url": [row["id"] for row in rows if not row["url"]],
        "urls_ok": all(row["url"] for row in rows) if rows else None,
        "stars": max((row["form"].stars for row in data if row["url"]), default=0),
        "machine_readable": any(row["form"].strict for row in data if row["url"]),
        "machine_readable_lenient": any(row["form"].lenient for row in data if row["url"]),
        "dictionary": dictionary,
        "dictionary_ok": (True if has_own else _all(dictionary)) if data else None,
        "api": any(row["api"] for row in rows),
        "reachable": [row["reachable"] for row in rows],
        "reachable_ok": _all([row["reachable"] for row in rows]) if rows else None,
        "format_true": [row["format_true"] for row in rows],
        "format_true_ok": _all([row["format_true"] for row in rows]) if rows else None,
        "valid": [row["valid"] for row in tables],
        "valid_ok": _all([row["valid"] for row in tables]) if tables else None,
    }


def _dictionary(entry: Entry, one: Mapping[str, Any], form: Format) -> bool | None:
    """Whether a file's columns are explained: each has a label or a note in the DataStore's data dictionary."""
    fields = entry.tables.get(str(one.get("id")))
    if fields is None:
        return None if one.get("datastore_active") else False
    columns = [field.get("info") or {} for field in fields if field.get("id") != "_id"]
    return bool(columns) and all(info.get("label") or info.get("notes") for info in columns)


def _all(parts: list[bool | None]) -> bool | None:
    """Whether all hold: False as soon as one does not, None while one was not checked."""
    if False in parts:
        return False
    return None if None in parts else bool(parts)


def _calendar(day: str | None, package: Mapping[str, Any], standard: Standard) -> bool | None:
    """Whether a day is set for releases; None where the form does not ask for one."""
    term = standard.term("data_release_calendar")
    asked = term and term.belongs(next(iter(texts(package.get("data_type"))), None))
    return True if day else False if asked else None


def _registered(entry: Entry) -> bool | None:
    """Whether GD Catalog has it, as it said when it was asked."""
    return (entry.seen.get("registered") or {}).get("registered")


def _acceptable(made: Mapping[str, Any]) -> bool | None:
    """Open in deed: public, not private, of the open class, under an open licence, with a file to be had."""
    parts = [made["open"], not made["private"], made["licence_open"], made["has_file"]]
    if made["open_class"] is not None:
        parts.append(made["open_class"])
    return _all(parts)
