"""What harvesters see of a dataset, and what they refuse: GD Catalog's, one of DCAT, and Google Dataset Search.

GD Catalog's reads the package as CKAN gives it to strangers; its conditions are those of ckanext-thai_gdc (status
is kept for a `dataset` with consent, which is no copy of another catalogue's) and the 14 items. One of DCAT reads
the graph that `metadata.exports.dcat` makes, Google the JSON-LD of `metadata.exports.schema_org`, by the rules of
its page on datasets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from catalog.audit import constraints
from catalog.audit.described import flat
from catalog.record import objects, record
from metadata.exports import schema_org, themes, vocabulary
from metadata.exports.record import Distribution, Record, either, filled
from metadata.finding import Finding, Place

if TYPE_CHECKING:
    from catalog.audit.entry import Entry
    from catalog.audit.facts import Ground

Package = Mapping[str, Any]
REGISTERED = "gdpublish-"
"""What GD Catalog puts before a dataset's name."""
RECOMMENDED = {
    "license": "license_id", "keywords": "tag_string", "temporalCoverage": "first_year_of_data",
    "spatialCoverage": "geo_coverage", "variableMeasured": "resources", "distribution": "resources",
}  # fmt: skip
"""Properties that Google recommends and our export has only where the dataset tells → the field to fill in."""
SHOWN = (
    "name", "alternateName", "description", "url", "sameAs", "keywords", "about", "license", "creator",
    "temporalCoverage", "spatialCoverage", "dateModified", "datePublished", "version", "isAccessibleForFree",
    "distribution",
)  # fmt: skip


def of(entry: Entry, ground: Ground, missing: Sequence[str] = ()) -> dict[str, Any]:
    """`view` of an entry; `missing` are the fields of mandatory items not given (the fact `items_missing`)."""
    tables = {key: {"fields": fields} for key, fields in entry.tables.items()}
    labels = {term.field_name: dict(term.label) for term in ground.standard.mandatory}
    lacking = [labels.get(field) or field for field in missing]
    return view(flat(entry.package), record(entry.package, tables, ground.site), lacking)


def view(package: Package, told: Record, missing: Sequence[Any] = ()) -> dict[str, Any]:
    """What each harvester makes of a dataset, as JSON.

    :param package: as `package_show` gives it, extras beside the fields
    :param told: the record of it
    :param missing: the mandatory items that are not filled in: fields, or labels by language
    :returns: {harvester: {"accepted", "sees": {...}, "refuses": [Finding as JSON]}}; a Finding of severity
        `warning` keeps the dataset out, a `note` tells of a part that gets lost
    """
    hidden = tuple(_hidden(package))
    return {
        "gd-catalog": _judged(_package_seen(package, told), (*hidden, *_gd_catalog(package, missing))),
        "dcat": _judged(_graph_seen(told), (*hidden, *constraints.check(told), *_dcat(told))),
        "google": _judged(*_google(told, hidden)),
    }


def _judged(sees: Mapping[str, Any], found: Iterable[Finding]) -> dict[str, Any]:
    told = tuple(found)
    accepted = not any(one.severity == "warning" for one in told)
    return {"accepted": accepted, "sees": filled(sees), "refuses": [one.to_dict() for one in told]}


def _hidden(package: Package) -> Iterator[Finding]:
    """Nobody is shown what is private or deleted."""
    if package.get("private") or package.get("state", "active") != "active":
        yield _refused("seen-hidden", package["name"])


def _gd_catalog(package: Package, missing: Sequence[Any]) -> Iterator[Finding]:
    name = package["name"]
    if package.get("type", "dataset") != "dataset":
        yield _refused("seen-kind", name, type=str(package["type"]))
    if str(package.get("allow_harvest") or "") != "True":
        yield _refused("seen-consent", name)
    if str(package.get("reference_url_catalog") or "").strip():
        yield _refused("seen-copy", name)
    if missing:
        yield _refused("seen-items", name, fields=list(missing), count=len(missing))
    for one in objects(package.get("resources")):
        if not str(one.get("url") or "").strip():
            yield _lost("seen-file", name, str(one.get("id") or ""))


def _package_seen(package: Package, told: Record) -> dict[str, Any]:
    files = [
        filled({"name": one.get("name"), "format": one.get("format"), "url": one.get("url")})
        for one in objects(package.get("resources"))
    ]
    return {
        "name": f"{REGISTERED}{package['name']}",
        "title": package.get("title"),
        "description": package.get("notes"),
        "organization": either(told.publisher),
        "contact": package.get("maintainer"),
        "email": package.get("maintainer_email"),
        "keywords": list(told.keywords),
        "category": package.get("data_category"),
        "licence": package.get("license_id"),
        "frequency": package.get("update_frequency_unit"),
        "modified": package.get("metadata_modified"),
        "files": files,
    }


def _dcat(told: Record) -> Iterator[Finding]:
    """Terms that have no counterpart in the vocabularies of DCAT-AP and files that cannot be followed."""
    frequency = told.frequency
    dropped = {
        "data_category": told.category and not vocabulary.access(told.category),
        "update_frequency_unit": frequency and not vocabulary.frequency(*frequency),
        "data_language": told.languages and not all(map(vocabulary.language, told.languages)),
        "license_id": told.licence.get("title") and not told.licence.get("url"),
    }
    for field, lost in dropped.items():
        if lost:
            yield _lost("seen-value", told.name, field=field)
    for one in told.distributions:
        if not one.url:
            yield _lost("seen-file", told.name, one.id)
        elif one.kind and not vocabulary.file_type(one.kind):
            yield _lost("seen-value", told.name, one.id, field="format")


def _graph_seen(told: Record) -> dict[str, Any]:
    area = vocabulary.extent(told.extent)
    licence = told.licence.get("url")
    known = vocabulary.licence(licence)
    return {
        "address": told.page,
        "title": dict(told.title),
        "description": dict(told.description or told.title),
        "publisher": either(told.publisher),
        "contact": told.contact,
        "email": told.contact_email,
        "keywords": list(told.keywords),
        "themes": [themes.address(code) for code in themes.of(told)],
        "licence": (known[1] if known else licence) or told.licence.get("title"),
        "access": vocabulary.access(told.category),
        "frequency": vocabulary.frequency(*told.frequency) if told.frequency else None,
        "languages": [found[0] for found in map(vocabulary.language, told.languages) if found],
        "area": area and (area[0] or either(area[1])),
        "period": schema_org.period(told),
        "issued": told.issued,
        "modified": told.modified,
        "files": [_file_seen(one, told) for one in told.distributions],
    }


def _file_seen(one: Distribution, told: Record) -> dict[str, Any]:
    return filled(
        {
            "name": either(one.title),
            "address": one.download or one.url or told.page,
            "format": vocabulary.file_type(one.kind) or one.format.strip(),
            "media_type": one.media_type,
            "size": one.size,
            "sha256": one.sha256,
            "modified": one.modified,
            "rights": one.rights,
        }
    )


def _google(told: Record, hidden: Sequence[Finding]) -> tuple[Mapping[str, Any], Sequence[Finding]]:
    """Its page asks for a name and for a description of 50 to 5000 characters, and recommends the rest."""
    linked = schema_org.dataset(told)
    found = list(hidden)
    bounds: dict[str, Any] = {"least": schema_org.SHORTEST, "most": schema_org.LONGEST}
    if not linked.get("name"):
        found.append(_refused("seen-name", told.name))
    if not schema_org.SHORTEST <= len(linked.get("description", "")) <= schema_org.LONGEST:
        found.append(_refused("seen-description", told.name, count=len(linked.get("description", "")), **bounds))
    own = len(either(told.description).strip())
    if not schema_org.SHORTEST <= own <= schema_org.LONGEST:
        # what is too short is gone on with, what is too long is cut
        found.append(_lost("seen-description", told.name, count=own, **bounds))
    lacking = [name for name in RECOMMENDED if not linked.get(name)]
    if lacking:
        fields = list(dict.fromkeys(RECOMMENDED[name] for name in lacking))
        found.append(_lost("seen-recommended", told.name, properties=lacking, fields=fields))
    found += [_lost("seen-file", told.name, one.id) for one in told.distributions if not one.url]
    return {key: linked[key] for key in SHOWN if key in linked}, found


def _refused(rule: str, dataset: str, **values: Any) -> Finding:
    return Finding(rule=rule, severity="warning", at=Place(dataset=dataset), values=values)


def _lost(rule: str, dataset: str, resource: str | None = None, **values: Any) -> Finding:
    return Finding(rule=rule, severity="note", at=Place(dataset=dataset, resource=resource), values=values)
