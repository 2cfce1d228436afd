"""Doing what a fix says to a record: the same package, tables and evidence as a portal shows once it is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from catalog.actions.licences import licences, of
from catalog.actions.values import guessed_format, guessed_type
from catalog.audit.entry import Entry
from catalog.audit.fixing.fixes import Effect
from catalog.audit.seen.sniff import agrees
from catalog.wire import ALL_TAGS

LICENCE = ("license_title", "license_url", "isopen")
TAGS = "tag_string"


def mended(entry: Entry, effects: Iterable[Effect], at: str | None) -> Entry:
    """The Entry once all of that is done, one after the other; as it was where nothing differs.

    `at`: when, UTC with offset; it becomes the record's `metadata_modified`. None on a desk, which has none.
    """
    package, tables, seen = dict(entry.package), dict(entry.tables), dict(entry.seen)
    moment = None
    if at:
        moment = datetime.fromisoformat(at).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    for effect in effects:
        before = dict(package)
        for name, value in (effect.get("fields") or {}).items():
            _put(package, name, value)
        if "resources" in effect or "add" in effect:
            changed = effect.get("resources") or {}
            resources = [
                _changed(one, changed.get(str(one.get("id"))), moment) for one in package.get("resources") or ()
            ]
            dates = {"created": moment, "metadata_modified": moment}
            package["resources"] = [*resources, *({**one, **dates} for one in effect.get("add", ()))]
            seen = _agreeing(seen, package["resources"])
        if package != before:
            package["metadata_modified"] = moment
        for key, fields in (effect.get("tables") or {}).items():
            tables[key] = fields
            package["resources"] = [
                _tabled(one, moment) if str(one.get("id")) == key else one
                for one in package.get("resources") or ()
            ]
        for kind, found in (effect.get("seen") or {}).items():
            seen[kind] = {**(seen.get(kind) or {}), **found}
    return Entry(package=package, tables=tables, seen=seen)


def _changed(
    resource: Mapping[str, Any], fields: Mapping[str, Any] | None, moment: str | None
) -> Mapping[str, Any]:
    """A resource with other fields. CKAN dates the change, and guesses from a new address what was not given."""
    made = {**resource, **(fields or {})}
    if made == resource:
        return resource
    if made.get("url") != resource.get("url"):
        made["format"] = made.get("format") or guessed_format(str(made["url"]))
        made["mimetype"] = made.get("mimetype") or guessed_type(str(made["url"]))
    return {**made, "metadata_modified": moment}


def _tabled(resource: Mapping[str, Any], moment: str | None) -> dict[str, Any]:
    """A resource that has a table now. CKAN dates the file by it, where it had no date, and not the record."""
    if resource.get("datastore_active") is True:
        return dict(resource)
    return {**resource, "datastore_active": True, "last_modified": resource.get("last_modified") or moment}


def _put(package: dict[str, Any], name: str, value: Any) -> None:
    """Writes one field where it stands: among the extras, if it is there, else at the top."""
    empty = value in (None, "", [])
    if name == TAGS:
        package["tags"] = [{"name": word} for word in value or ()]
        name, value, empty = ALL_TAGS, None, True
    elif name == "license_id":
        package.update({**dict.fromkeys(LICENCE), **of(value, licences())})
    elif name == "owner_org":
        package["organization"] = {"name": value, "title": value}
    extras = package.get("extras") or ()
    if any(one.get("key") == name for one in extras) and package.get(name) in (None, ""):
        kept = [one for one in extras if one.get("key") != name]
        package["extras"] = kept if empty else [*kept, {"key": name, "value": value}]
    elif empty:
        package.pop(name, None)
    else:
        package[name] = value


def _agreeing(seen: Mapping[str, Any], resources: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The evidence of files judged by the formats that their records have now."""
    known = seen.get("reach") or {}
    formats = {str(one.get("id")): str(one.get("format") or "") for one in resources}
    judged = {
        key: {**one, "format_true": agrees(formats[key], one["sniffed"])}
        if key in formats and one.get("sniffed")
        else one
        for key, one in known.items()
    }
    return {**seen, "reach": judged} if known else dict(seen)
