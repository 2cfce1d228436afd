"""CKAN's dict shapes, both directions. The only file that knows where CKAN keeps a title, a tag or an extra.

A *state* is what both sides are brought to before they are compared:

    {"package": {field: value}, "resources": [{"id", field: value …}], "tables": {resource id: table},
     "slugs": {resource id: the desk's name of it},    (what is wanted, and what we put)
     "derived": {resource id: the id we would give it}}    (what is wanted, where `ckan_id` names another)

Values are text, lists of text, or booleans; what is empty is left out, so `""`, `[]`, null and absent are one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from catalog.portal.manners import Manners
from catalog.public.refusals import clause
from metadata import views
from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place
from metadata.release import File, Release, sha256
from metadata.standard import Standard, Term
from metadata.term import listed, text
from metadata.workspace import Agency, Target

State = dict[str, Any]

CORE = {"name", "title", "notes", "license_id", "url", "version", "private", "owner_org", "state"} | {
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
}
"""Package fields that every CKAN has at the top level; others are extras on a stock one."""
ENGLISH = {"title_en": "title_en", "description_en": "notes_en"}
"""Descriptor properties without a term of the standard → the extra they travel as."""
NOTES = "version_notes"
"""Why published figures were changed: ckanext-dcat's extra for adms:versionNotes."""
CLOSED = "closed_clause"
"""The term that says by which law a dataset is not open: no edition has a field for it, so it is an extra."""
ALL_TAGS = "keywords"
"""The extra that holds every tag where the portal refuses some. CKAN 2.12 refuses an extra called `tag_string`:
"There is a schema field with the same name" (409)."""
UNSENT = frozenset({"data_classification", "disclosure"})
"""Terms the desk requires and the older edition's portals have no field for (design.md §10)."""
FORMATS = {"csv": "CSV", "geojson": "GeoJSON", "parquet": "Parquet"}
TYPES = {
    "integer": "int8",
    "number": "numeric",
    "year": "int4",
    "boolean": "bool",
    "date": "date",
    "datetime": "timestamp",
}
"""Table Schema type → DataStore type, as `datastore_info` names it; others are text."""
TYPE_NAMES = {
    "int": "int4",
    "integer": "int4",
    "bigint": "int8",
    "float": "float8",
    "double precision": "float8",
    "boolean": "bool",
    "timestamp without time zone": "timestamp",
}
"""What PostgreSQL and older CKANs call a DataStore type → how we name it."""


def resource_id(agency: str, dataset: str, resource: str) -> str:
    """The id of a resource on every portal: derived, never drawn, so that creating it twice makes one."""
    return str(uuid5(uuid5(NAMESPACE_URL, f"saphan:{agency}"), f"{dataset}/{resource}"))


def wanted(
    dataset: Dataset,
    release: Release,
    standard: Standard,
    agency: Agency,
    target: Target,
    manners: Manners,
    sent: Mapping[str, File],
) -> tuple[State, tuple[Finding, ...]]:
    """What a release is on a portal, with what the portal will not take as it is.

    `sent` maps each resource's name to the file as it will be sent (with a byte order mark, where the target
    wants one). Findings: `tag-not-sent`, `term-not-sent`, `target-vocabulary`, `target-term-missing`.
    """
    at = Place(dataset=dataset.name)
    findings: list[Finding] = []
    package: State = {"name": dataset.name, "owner_org": target.organization or agency.name}
    package["private"] = dataset.closed
    for term in standard.terms:
        value = _text(standard.value(dataset, term), term)
        own = term.field_name not in ("name", "owner_org", "tag_string")
        if value and own and _sendable(term, manners, at, findings):
            package[term.field_name] = value
    for name, extra in ENGLISH.items():
        if written := text(dataset.descriptor.get(name)):
            package[extra] = written
    if written := text(dataset.about.get(CLOSED)):
        package[CLOSED] = clause(written)
    if written := text(dataset.about.get(NOTES)):
        package[NOTES] = written
    _tags(dataset, standard, manners, package, at, findings)
    resources: dict[str, State] = {}
    tables = {}
    derived = {}
    ids = _ids(dataset, agency)
    for resource in dataset.resources:
        if resource.name not in sent:
            continue
        key, known = ids[resource.name]
        if key != known:
            derived[key] = known
        resources[resource.name] = _resource(resource, key, standard, manners, sent[resource.name])
        if wishes := views.of_resource(dataset.descriptor, resource.name):
            resources[resource.name][views.FIELD] = wishes
        if manners.datastore and resource.format == "csv" and resource.schema:
            tables[key] = table(resource, sent[resource.name])
    findings += _against_target(package, manners, at)
    slugs = {entry["id"]: name for name, entry in resources.items()}
    state = {"package": package, "resources": list(resources.values()), "tables": tables, "slugs": slugs}
    return {**state, "derived": derived}, tuple(findings)


def _ids(dataset: Dataset, agency: Agency) -> dict[str, tuple[str, str]]:
    """Resource → the id that the desk names, and the one derived here; no id twice, whatever lines were copied."""
    named: dict[str, str] = {}
    for resource in dataset.resources:
        written = text(resource.descriptor.get("ckan_id"))
        if written and written not in named.values():
            named[resource.name] = written
    found = {}
    for resource in dataset.resources:
        known = resource_id(agency.name, dataset.name, resource.name)
        if known in named.values() and resource.name not in named:
            # the resource of this name was renamed and took its id along
            known = resource_id(agency.name, dataset.name, f"{resource.name}/2")
        found[resource.name] = (named.get(resource.name, known), known)
    return found


def _sendable(term: Term, manners: Manners, at: Place, findings: list[Finding]) -> bool:
    if manners.scheming is None or term.field_name in CORE or term.field_name in _fields(manners):
        return True
    if term.field_name not in UNSENT:
        findings.append(
            Finding(
                rule="term-not-sent",
                severity="warning",
                at=at,
                values={"term": dict(term.label), "field": term.field_name},
            )
        )
    return False


def _fields(manners: Manners, kind: str = "dataset_fields") -> dict[str, Mapping[str, Any]]:
    scheming = manners.scheming or {}
    return {field["field_name"]: field for field in scheming.get(kind, ())}


def _tags(
    dataset: Dataset, standard: Standard, manners: Manners, package: State, at: Place, findings: list[Finding]
) -> None:
    term = standard.term("tag_string")
    written = standard.value(dataset, term) if term else listed(dataset.descriptor.get("keywords"))
    tags = list(dict.fromkeys(filter(None, map(text, written or ()))))
    refused = [tag for tag in tags if manners.refuses_tag(tag)]
    package["tags"] = sorted(tag for tag in tags if tag not in refused)
    if refused:
        package[ALL_TAGS] = ",".join(tags)
        findings.append(Finding(rule="tag-not-sent", severity="warning", at=at, values={"tags": refused}))


def _resource(resource: Resource, key: str, standard: Standard, manners: Manners, file: File) -> State:
    described = resource.descriptor
    fields: State = {
        "id": key,
        "name": text(described.get("title")) or resource.name,
        "description": text(described.get("description")),
        "format": FORMATS.get(resource.format, resource.format.upper()),
        "hash": file.sha256,
    }
    for extra in ("title_en", "description_en"):
        fields[extra] = text(described.get(extra))
    allowed = _fields(manners, "resource_fields")
    for term in standard.resource_terms:
        value = _text(standard.resource_value(resource, term), term)
        if term.property is None and (not allowed or term.field_name in allowed):
            fields[term.field_name] = value
    return {name: value for name, value in fields.items() if value}


def _against_target(package: State, manners: Manners, at: Place) -> Iterator[Finding]:
    """What the portal's own schema would refuse, found before anything is sent."""
    for name, field in _fields(manners).items():
        value = package.get("tags" if name == "tag_string" else name)
        label = field.get("label") or name
        values = {"term": label if isinstance(label, Mapping) else {"en": label}, "field": name}
        if field.get("required") and not value:
            yield Finding(rule="target-term-missing", at=at, values=values)
        choices = [choice["value"] for choice in field.get("choices", ())]
        given = value if isinstance(value, list) else [value] if value else []
        unknown = [item for item in given if choices and item not in choices]
        if unknown:
            checked = f"{field.get('validators', '')} {field.get('preset', '')}"
            enforced = any(word in checked for word in ("choice", "select", "multiple", "radio"))
            yield Finding(
                rule="target-vocabulary",
                severity="error" if enforced else "warning",
                at=at,
                values={**values, "value": unknown, "known": choices},
            )


def _text(value: Any, term: Term) -> Any:
    """A value as CKAN stores it: text, or a list of text, each once; of a date its day alone (scheming)."""
    if isinstance(value, list | tuple):
        return list(dict.fromkeys(filter(None, map(text, value))))
    written = text(value)
    return re.split(r"[T ]", written)[0] if written and term.kind == "date" else written


def table(resource: Resource, file: File) -> State:
    """The DataStore table of a resource: fields with type and data dictionary, number of rows, the file's hash."""
    fields = []
    for field in (resource.schema or {}).get("fields", ()):
        info = {"label": str(field.get("title") or field["name"])}
        notes = [str(field[key]) for key in ("description", "title_en", "description_en") if field.get(key)]
        if notes:
            info["notes"] = " · ".join(notes)
        if field.get("class"):
            info["class"] = str(field["class"])
        fields.append({"id": field["name"], "type": TYPES.get(field.get("type", "any"), "text"), "info": info})
    primary = (resource.schema or {}).get("primaryKey") or []
    key = [primary] if isinstance(primary, str) else [str(name) for name in primary]
    return {"fields": fields, "rows": file.rows or 0, "hash": file.sha256, **({"key": key} if key else {})}


def present(package: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]], multiple: Iterable[str]) -> State:
    """What a portal shows, as a state: `package_show`'s answer, and `datastore_search`'s for its resources.

    The latter are asked for the last row alone (`sort: _id desc`, `limit: 1`), see `_table`.
    `multiple` names the terms whose values are lists (a stock CKAN keeps them as JSON text in extras).
    """
    lists = {*multiple, "tags"}
    fields: State = {key: value for key, value in package.items() if _plain(value)}
    for extra in package.get("extras") or ():
        fields[extra["key"]] = extra["value"]
    fields["tags"] = sorted(tag["name"] for tag in package.get("tags") or ())
    if package.get("organization"):
        fields["owner_org"] = package["organization"]["name"]
    resources = [
        {key: _listed(value) if key in lists else value for key, value in resource.items() if _plain(value)}
        for resource in package.get("resources") or ()
    ]
    return {
        "package": {
            key: _listed(value) if key in lists else value for key, value in fields.items() if value != ""
        },
        "resources": [{key: value for key, value in resource.items() if value != ""} for resource in resources],
        "tables": {key: _table(answer) for key, answer in tables.items()},
    }


def _plain(value: Any) -> bool:
    """Text, numbers, booleans and lists of text; not the nested things CKAN shows beside."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, str) for item in value)
    return value is not None and not isinstance(value, dict)


def _listed(value: Any) -> Any:
    """A list, whether it comes as a list, as JSON text or as one text (thai-open-data.md §1.4)."""
    if isinstance(value, str) and value:
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
        return [str(item) for item in parsed] if isinstance(parsed, list) else [value]
    return value


def _table(answer: Mapping[str, Any]) -> State:
    """A table as shown. `gaps`: rows are numbered as they come in, and the last number is not their count."""
    fields = []
    found = None
    for field in answer.get("fields", ()):
        if field["id"] == "_id":
            continue
        info = dict(field.get("info") or {})
        found = info.pop(HASH, found)
        kept = {key: info[key] for key in ("label", "notes", "class") if info.get(key)}
        kind = str(field["type"])
        fields.append({"id": field["id"], "type": TYPE_NAMES.get(kind, kind), "info": kept})
    rows = answer.get("total", 0)
    last = max((record.get("_id", 0) for record in answer.get("records", ())), default=rows)
    return {"fields": fields, "rows": rows, "hash": found, "gaps": last != rows}


HASH = "source_hash"
"""Key in the data dictionary of a table's first field that says which file the rows came from. It is written
with the table itself, so a table and its hash cannot part ways."""

KEY = "primary_key"
"""The same for the columns that together name a row, with commas between. It is told, not enforced: a unique index
on a portal would refuse the whole table for rows that a steward let pass."""


def table_fields(wanted_table: State) -> list[dict[str, Any]]:
    """The `fields` of a `datastore_create`, the file's hash and the table's key in the first one's dictionary."""
    fields = [{**field, "info": dict(field["info"])} for field in wanted_table["fields"]]
    fields[0]["info"][HASH] = wanted_table["hash"]
    if wanted_table.get("key"):
        fields[0]["info"][KEY] = ",".join(wanted_table["key"])
    return fields


def package_data(fields: Mapping[str, Any], before: Mapping[str, Any], manners: Manners) -> dict[str, Any]:
    """Fields of a state as the data of `package_create` or `package_patch`; a value of None clears a field.

    `before` is what `package_show` gave (or nothing): `package_patch` replaces all extras together, so the ones
    that are not ours are sent back as they were.
    """
    top = CORE | set(_fields(manners))
    data: dict[str, Any] = {}
    extras = {extra["key"]: extra["value"] for extra in before.get("extras") or ()}
    # put there before the portal's schema had a field of that name: from then on it is refused as an extra
    moved = {name: extras.pop(name) for name in top & extras.keys()}
    touched = bool(moved)
    data |= {name: _listed(value) if value.startswith("[") else value for name, value in moved.items()}
    for name, value in fields.items():
        if name == "tags":
            data["tags"] = [{"name": tag} for tag in value or ()]
        elif name in top:
            data[name] = value if value is not None else ""
        else:
            touched = True
            extras[name] = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
    if touched:
        data["extras"] = [{"key": key, "value": value} for key, value in extras.items() if value is not None]
    return data


def resource_data(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields of a resource as data that can travel beside a file (flat text), and those that cannot (lists)."""
    flat = {name: "" if value is None else value for name, value in fields.items() if not isinstance(value, list)}
    return flat, {name: value for name, value in fields.items() if isinstance(value, list)}


def records(path: Path, resource: Resource) -> Iterator[dict[str, Any]]:
    """A release's rows as DataStore records: numbers as exact text, dates as ISO text, missing cells as null."""
    import frictionless
    from frictionless.resources import TableResource

    # keys were judged in the build; here they would make the reader look for the other resource
    cells = {key: value for key, value in (resource.schema or {}).items() if key in ("fields", "missingValues")}
    reader = TableResource(
        path=path.name,
        basepath=str(path.parent),
        schema=frictionless.Schema.from_descriptor(cells),
        encoding="utf-8-sig",
        dialect=frictionless.Dialect.from_descriptor({"csv": {"delimiter": ",", "skipInitialSpace": False}}),
    )
    with reader:
        for row in reader.row_stream:
            yield {name: _cell(value) for name, value in row.to_dict().items()}


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def digest(state: State | None) -> str:
    """A short proof that a portal still shows what a plan was made from."""
    return sha256(json.dumps(state, sort_keys=True, ensure_ascii=False, default=str).encode())
