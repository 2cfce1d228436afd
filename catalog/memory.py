"""What the journal is to remember of a dataset on a target: what stands there for us after each write.

A *put* is a state (`catalog.wire`): package, resources in the order in which we left them, tables, slugs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.plan import KEEP, Change
from catalog.survey import Course

Put = dict[str, Any]


def untouched(course: Course) -> Put:
    """What we remember, and the parts that the portal shows as we want them: these are ours from now on."""
    put = course.remembered
    changed = {(change.id, change.action.startswith("datastore")) for change in course.changes}
    package = put.get("package", {}) if (None, False) in changed else course.wanted["package"]
    resources = {resource["id"]: resource for resource in put.get("resources", ())}
    resources |= {r["id"]: r for r in course.wanted["resources"] if (r["id"], False) not in changed}
    tables = dict(put.get("tables", {}))
    tables |= {key: table for key, table in course.wanted["tables"].items() if (key, True) not in changed}
    there = [resource["id"] for resource in course.present["resources"]] if course.present else []
    if "order" in kept(course, None):
        there = list(resources)
    return _put(package, ordered(resources.values(), there), tables, put.get("slugs", {}), course)


def after(put: Put, course: Course, change: Change) -> Put:
    """What will stand on the portal for us, once this change is answered."""
    key = change.id
    package = put["package"]
    resources = {resource["id"]: resource for resource in put["resources"]}
    tables = dict(put["tables"])
    wanted = {resource["id"]: resource for resource in course.wanted["resources"]}
    match change.action:
        case "package_create" | "package_patch":
            package = merged(course.wanted["package"], package, kept(course, None) | later(course, change))
        case "resource_create" | "resource_patch" if key:
            resources[key] = merged(wanted[key], resources.get(key, {}), kept(course, key))
        case "package_resource_reorder":
            resources = {one["id"]: one for one in ordered(resources.values(), list(wanted))}
        case "resource_delete" if key:
            resources.pop(key, None)
            tables.pop(key, None)
        case "datastore_create" | "datastore_upsert" if key:
            tables[key] = course.wanted["tables"][key]
        case "datastore_delete" if key:
            tables.pop(key, None)
    return _put(package, list(resources.values()), tables, put["slugs"], course)


def settled(course: Course) -> Put:
    """What stands there for us when nothing is left to send: the release, but for the drift that is kept."""
    put = course.remembered
    old = {resource["id"]: resource for resource in put.get("resources", ())}
    wanted = course.wanted["resources"]
    resources = [merged(one, old.get(one["id"], {}), kept(course, one["id"])) for one in wanted]
    if "order" in kept(course, None):
        resources = ordered(resources, list(old))
    package = merged(course.wanted["package"], put.get("package", {}), kept(course, None))
    return _put(package, resources, course.wanted["tables"], {}, course)


def learns(course: Course) -> bool:
    """Whether the journal does not know what stands there, though nothing is left to send."""
    return bool(course.present) and not course.sends and course.remembered != settled(course)


def kept(course: Course, key: str | None) -> set[str]:
    """The fields of the package (None) or of a resource whose drift is kept."""
    return {
        difference.field
        for change in course.changes
        if change.action == KEEP and change.id == key
        for difference in change.fields
    }


def later(course: Course, change: Change) -> set[str]:
    """The fields of the package that a later change is to send."""
    following = course.changes[course.changes.index(change) + 1 :]
    return {one.field for each in following if each.action == change.action for one in each.fields}


def merged(new: Mapping[str, Any], old: Mapping[str, Any], left: set[str]) -> dict[str, Any]:
    """The new fields, but for those that are left as they were."""
    ours = {name: value for name, value in new.items() if name not in left}
    return ours | {name: old[name] for name in left if name in old}


def ordered(resources: Iterable[dict[str, Any]], ids: Sequence[str]) -> list[dict[str, Any]]:
    """Resources in the order of `ids`, those not named behind."""
    return sorted(resources, key=lambda one: ids.index(one["id"]) if one["id"] in ids else len(ids))


def _put(package: Any, resources: Any, tables: Any, slugs: Mapping[str, str], course: Course) -> Put:
    names = {**slugs, **course.wanted["slugs"]}
    known = {resource["id"]: names[resource["id"]] for resource in resources if resource["id"] in names}
    return {"package": package, "resources": list(resources), "tables": dict(tables), "slugs": known}
