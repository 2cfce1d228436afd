"""The difference between a release and a portal, as a pure function of three states (see `catalog.wire`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

State = Mapping[str, Any]
KEEP = "keep"
"""No action: drift that stays as it is on the portal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field: what the portal shows, what the release says. `drift`: somebody else changed it there."""

    field: str
    before: Any
    after: Any
    drift: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As the contract's JSON."""
        return {"field": self.field, "from": self.before, "to": self.after, "drift": self.drift}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One CKAN action that will be called, and the fields it is called for; or KEEP."""

    action: str
    dataset: str | None
    resource: str | None = None
    id: str | None = None
    fields: tuple[Difference, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As the contract's JSON."""
        return {
            "action": self.action,
            "dataset": self.dataset,
            "resource": self.resource,
            "fields": [field.to_dict() for field in self.fields],
        }


def plan(
    wanted: State, present: State | None, remembered: State, *, overwrite: bool = False
) -> tuple[Change, ...]:
    """The changes that make a portal show a release.

    `wanted` is the release on the wire, `present` what the portal shows now (None: no such dataset),
    `remembered` what we last put there, with under `begun` what writes without an answer may have put since.
    Fields that neither `wanted` nor `remembered` name are not ours and stay. A field that differs from what we
    last put is drift: shown, and kept unless `overwrite`.
    """
    name = wanted["package"]["name"]
    begun = remembered.get("begun", ())
    changes = list(_package(wanted, present, remembered, name, overwrite))
    opening = _opening(changes, present)
    shown = {resource["id"]: resource for resource in present["resources"]} if present else {}
    ours = {resource["id"]: resource for resource in remembered.get("resources", ())}
    for resource in wanted["resources"]:
        key = resource["id"]
        slug = wanted["slugs"][key]
        if key not in shown:
            changes.append(_change("resource_create", name, _new(resource), slug, key))
        else:
            maybe = [one for put in begun for one in put["resources"] if one["id"] == key]
            differences = _differences(resource, shown[key], ours.get(key), maybe)
            changes += _patch("resource_patch", name, differences, overwrite, slug, key)
        changes += _table(wanted, present, remembered, name, slug, key)
    kept = {resource["id"] for resource in wanted["resources"]}
    for put in begun:
        for one in put["resources"]:
            if one["id"] in shown and shown[one["id"]].get("hash") == one.get("hash"):
                ours.setdefault(one["id"], one)
    for key in ours:
        if key in shown and key not in kept:
            gone = (Difference(field="name", before=shown[key].get("name"), after=None),)
            changes.append(_change("resource_delete", name, gone, ours[key].get("name"), key))
    if present:
        changes += _order(wanted, present, remembered, name, overwrite)
    return (*changes, *opening)


def _opening(changes: list[Change], present: State | None) -> list[Change]:
    """Takes out of the package's patch what makes it public: it goes last. Else what was private there (files that
    were restricted) would be for everybody until the new files have come."""
    if present is None or not present["resources"]:
        return []
    for index, change in enumerate(changes):
        last = tuple(one for one in change.fields if one.field == "private" and not _yes(one.after))
        if change.action == "package_patch" and last:
            rest = tuple(one for one in change.fields if one not in last)
            changes[index : index + 1] = [replace(change, fields=rest)] if rest else []
            return [replace(change, fields=last)]
    return []


def _package(
    wanted: State, present: State | None, remembered: State, name: str, overwrite: bool
) -> Iterator[Change]:
    package = wanted["package"]
    if present is None:
        yield _change("package_create", name, _new(package))
        return
    begun = remembered.get("begun", ())
    maybe = [put["package"] for put in begun]
    differences = _differences(package, present["package"], remembered.get("package"), maybe)
    if present["package"].get("state") == "deleted":
        # in the trash: put there by somebody, or by ourselves when the portal refused a part of it
        drift = not withdrawn(remembered)
        differences += (Difference(field="state", before="deleted", after="active", drift=drift),)
    if _yes(package.get("private")):
        # whoever opened it there: what is to be private is made so
        differences = tuple(replace(one, drift=False) if one.field == "private" else one for one in differences)
    yield from _patch("package_patch", name, differences, overwrite)


def withdrawn(remembered: State) -> bool:
    """Whether we ourselves took a dataset back, or may have."""
    return any(put.get("withdrawn") for put in (remembered, *remembered.get("begun", ())))


def _table(
    wanted: State, present: State | None, remembered: State, name: str, slug: str, key: str
) -> Iterator[Change]:
    table = wanted["tables"].get(key)
    shown = present["tables"].get(key) if present else None
    put = remembered.get("tables", {}).get(key)
    if table is None:
        if shown is not None and (put is not None or shown["hash"]):
            rows = Difference(field="rows", before=shown["rows"], after=None)
            yield _change("datastore_delete", name, (rows,), slug, key)
        return
    if shown is None:
        yield _change(
            "datastore_create", name, (Difference(field="rows", before=None, after=table["rows"]),), slug, key
        )
        return
    # A portal that does not keep our mark in the dictionary is believed where it shows what we put there.
    mark = shown["hash"] or (put or {}).get("hash")
    differences = tuple(
        Difference(field=field, before=before, after=table[field])
        for field, before in (("fields", shown["fields"]), ("hash", mark), ("rows", shown["rows"]))
        if before != table[field]
    )
    # Fewer rows without a gap: a loading that stopped. With one, somebody took rows out: what is left is no
    # beginning of ours, and continuing would put some rows in twice.
    stopped = shown["rows"] < table["rows"] and not shown.get("gaps")
    if stopped and [difference.field for difference in differences] == ["rows"]:
        yield _change("datastore_upsert", name, differences, slug, key)
    elif differences:
        yield _change("datastore_create", name, differences, slug, key)


def _order(wanted: State, present: State, remembered: State, name: str, overwrite: bool) -> Iterator[Change]:
    """Our resources in the release's order; those of others stay where they are."""
    after = [resource["id"] for resource in wanted["resources"]]
    there = [resource["id"] for resource in present["resources"] if resource["id"] in after]
    if [*there, *(key for key in after if key not in there)] == after:
        return
    puts = (remembered, *remembered.get("begun", ()))
    known = [[one["id"] for one in put["resources"] if one["id"] in there] for put in puts if "resources" in put]
    known = [order for order in known if order]
    moved = Difference(
        field="order",
        before=[wanted["slugs"][key] for key in there],
        after=[wanted["slugs"][key] for key in after],
        drift=bool(known) and not any(order == [k for k in there if k in order] for order in known),
    )
    yield from _patch("package_resource_reorder", name, (moved,), overwrite)


def _differences(
    wanted: State, present: State, remembered: State | None, maybe: Sequence[State] = ()
) -> tuple[Difference, ...]:
    """`maybe`: what writes without an answer may have put since what is `remembered`."""
    found = []
    remembered = remembered or {}
    for field in dict.fromkeys([*wanted, *remembered, *(name for put in maybe for name in put)]):
        after, before = wanted.get(field), present.get(field)
        if _same(after, before):
            continue
        by_us = any(_same(before, put.get(field)) for put in maybe if put)
        if field not in wanted and field not in remembered and not by_us:
            continue
        drift = field in remembered and not _same(before, remembered[field]) and not by_us
        found.append(Difference(field=field, before=before, after=after, drift=drift))
    return tuple(found)


def _same(one: Any, other: Any) -> bool:
    """Equal as CKAN stores it: what is empty is nothing, order matters only in text, numbers are their text."""
    if isinstance(one, bool) or isinstance(other, bool):
        return _yes(one) == _yes(other)
    if isinstance(one, list) or isinstance(other, list):
        return _several(one) == _several(other)
    return _plain(one) == _plain(other)


def _yes(value: Any) -> bool:
    return str(value).strip().lower() in ("true", "yes", "on", "1", "t", "y")


def _several(value: Any) -> set[str]:
    values = value if isinstance(value, list) else [value]
    return {plain for plain in map(_plain, values) if plain}


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _new(fields: State) -> tuple[Difference, ...]:
    return tuple(Difference(field=field, before=None, after=value) for field, value in fields.items())


def _patch(
    action: str,
    dataset: str,
    differences: tuple[Difference, ...],
    overwrite: bool,
    resource: str | None = None,
    key: str | None = None,
) -> Iterator[Change]:
    """The fields to send, and apart from them the drift to keep."""
    sent = tuple(difference for difference in differences if overwrite or not difference.drift)
    left = tuple(difference for difference in differences if difference not in sent)
    if sent:
        yield _change(action, dataset, sent, resource, key)
    if left:
        yield _change(KEEP, dataset, left, resource, key)


def _change(
    action: str,
    dataset: str,
    fields: tuple[Difference, ...],
    resource: str | None = None,
    key: str | None = None,
) -> Change:
    return Change(action=action, dataset=dataset, resource=resource, id=key, fields=fields)


def adopt(
    wanted: dict[str, Any],
    present: State | None,
    remembered: State | None = None,
    elsewhere: Collection[str] = (),
) -> tuple[dict[str, Any], dict[str, str]]:
    """`wanted` with the ids under which the portal holds its resources, and slug → id of the newly adopted.

    A resource is looked for under its `ckan_id`, the id we put it under here before, and the derived one. One
    whose ids the portal does not know is matched to one that nobody claims: by equal `hash`, else by equal
    `name`. What is nowhere is made: under the id it had here, else its `ckan_id`, else the derived one (where
    the portal has the `ckan_id` `elsewhere`, in another dataset: a folder that was copied).
    """
    shown = [resource["id"] for resource in present["resources"]] if present else []
    puts = [put for put in ((remembered or {}), *(remembered or {}).get("begun", ())) if put]
    before = {slug: key for put in puts for key, slug in put.get("slugs", {}).items()}
    had = {resource["id"] for put in puts for resource in put.get("resources", ())}
    derived = wanted.get("derived", {})
    known = {
        resource["id"]: (resource["id"], before.get(wanted["slugs"][resource["id"]]), derived.get(resource["id"]))
        for resource in wanted["resources"]
    }
    ids: dict[str, str] = {}
    for level in (0, 1, 2):
        for key, names in known.items():
            if key not in ids and names[level] in shown and names[level] not in ids.values():
                ids[key] = str(names[level])
    found: dict[str, str] = {}
    free = [one for one in (present["resources"] if present else ()) if one["id"] not in ids.values()]
    for field in ("hash", "name"):
        for resource in wanted["resources"]:
            if resource["id"] in ids:
                continue
            match = next((r for r in free if r.get(field) and r.get(field) == resource.get(field)), None)
            if match:
                free.remove(match)
                ids[resource["id"]] = found[resource["id"]] = match["id"]
    for key, names in known.items():
        again = next((one for one in names if one in had and one not in ids.values()), None)
        ids.setdefault(key, again or (derived.get(key, key) if key in elsewhere else key))
    adopted = {wanted["slugs"][key]: new for key, new in found.items()}
    if all(key == new for key, new in ids.items()):
        return wanted, adopted
    return {
        **wanted,
        "resources": [{**resource, "id": ids[resource["id"]]} for resource in wanted["resources"]],
        "tables": {ids[key]: table for key, table in wanted["tables"].items()},
        "slugs": {ids[key]: slug for key, slug in wanted["slugs"].items()},
    }, adopted
