"""The difference between a release and a portal, as a pure function of three states (see `catalog.wire`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    `remembered` what we last put there. Fields that neither `wanted` nor `remembered` name are not ours and
    stay. A field that differs from what we last put is drift: shown, and kept unless `overwrite`.
    """
    name = wanted["package"]["name"]
    changes = list(_package(wanted, present, remembered, name, overwrite))
    shown = {resource["id"]: resource for resource in present["resources"]} if present else {}
    ours = {resource["id"]: resource for resource in remembered.get("resources", ())}
    for resource in wanted["resources"]:
        key = resource["id"]
        slug = wanted["slugs"][key]
        if key not in shown:
            changes.append(_change("resource_create", name, _new(resource), slug, key))
        else:
            differences = _differences(resource, shown[key], ours.get(key))
            changes += _patch("resource_patch", name, differences, overwrite, slug, key)
        changes += _table(wanted, present, remembered, name, slug, key)
    kept = {resource["id"] for resource in wanted["resources"]}
    for key in ours:
        if key in shown and key not in kept:
            gone = (Difference(field="name", before=shown[key].get("name"), after=None),)
            changes.append(_change("resource_delete", name, gone, ours[key].get("name"), key))
    return tuple(changes)


def _package(
    wanted: State, present: State | None, remembered: State, name: str, overwrite: bool
) -> Iterator[Change]:
    package = wanted["package"]
    if present is None:
        yield _change("package_create", name, _new(package))
        return
    differences = _differences(package, present["package"], remembered.get("package"))
    if present["package"].get("state") == "deleted":
        # in the trash: put there by somebody, or by ourselves when the portal refused a part of it
        drift = not remembered.get("withdrawn")
        differences += (Difference(field="state", before="deleted", after="active", drift=drift),)
    yield from _patch("package_patch", name, differences, overwrite)


def _table(
    wanted: State, present: State | None, remembered: State, name: str, slug: str, key: str
) -> Iterator[Change]:
    table = wanted["tables"].get(key)
    shown = present["tables"].get(key) if present else None
    put = remembered.get("tables", {}).get(key)
    if table is None:
        if shown is not None and put is not None:
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
    if [difference.field for difference in differences] == ["rows"] and shown["rows"] < table["rows"]:
        yield _change("datastore_upsert", name, differences, slug, key)
    elif differences:
        yield _change("datastore_create", name, differences, slug, key)


def _differences(wanted: State, present: State, remembered: State | None) -> tuple[Difference, ...]:
    found = []
    remembered = remembered or {}
    for field in dict.fromkeys([*wanted, *remembered]):
        after, before = wanted.get(field), present.get(field)
        if _same(after, before):
            continue
        drift = field in remembered and not _same(before, remembered[field])
        found.append(Difference(field=field, before=before, after=after, drift=drift))
    return tuple(found)


def _same(one: Any, other: Any) -> bool:
    """Equal as CKAN stores it: what is empty is nothing, and order matters only in text."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return bool(one) == bool(other)
    return (one or None) == (other or None)


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


def adopt(wanted: dict[str, Any], present: State | None) -> tuple[dict[str, Any], dict[str, str]]:
    """`wanted` with the ids under which the portal already holds its resources, and slug → id of the adopted.

    A resource whose id the portal does not know is matched to one that nobody claims: by equal `hash`, else
    by equal `name`.
    """
    if present is None:
        return wanted, {}
    shown = {resource["id"]: resource for resource in present["resources"]}
    claimed = {resource["id"] for resource in wanted["resources"]}
    free = [resource for key, resource in shown.items() if key not in claimed]
    renamed: dict[str, str] = {}
    for field in ("hash", "name"):
        for resource in wanted["resources"]:
            if resource["id"] in shown or resource["id"] in renamed:
                continue
            match = next((r for r in free if r.get(field) and r.get(field) == resource.get(field)), None)
            if match:
                free.remove(match)
                renamed[resource["id"]] = match["id"]
    if not renamed:
        return wanted, {}
    moved = {
        **wanted,
        "resources": [{**r, "id": renamed.get(r["id"], r["id"])} for r in wanted["resources"]],
        "tables": {renamed.get(key, key): table for key, table in wanted["tables"].items()},
        "slugs": {renamed.get(key, key): slug for key, slug in wanted["slugs"].items()},
    }
    return moved, {wanted["slugs"][key]: new for key, new in renamed.items()}
