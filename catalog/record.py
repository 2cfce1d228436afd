"""A dataset as CKAN shows it (`package_show`, `datastore_info`), read as a Record, of which documents are made."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from catalog.wire import ALL_TAGS, NOTES
from metadata.exports import periods, vocabulary
from metadata.exports.record import Column, Distribution, Record, language_of
from metadata.licence import licence_named
from metadata.term import listed

if TYPE_CHECKING:
    from catalog.actions.context import Site

Package = Mapping[str, Any]
Box = tuple[float, float, float, float]
"""West, south, east, north."""
KINDS = {
    "int2": "integer", "int4": "integer", "int8": "integer", "numeric": "number", "float4": "number",
    "float8": "number", "bool": "boolean", "date": "date", "time": "time", "timestamp": "datetime",
    "timestamptz": "datetime", "json": "any",
}  # fmt: skip
"""DataStore type → Table Schema type; others are strings."""
TOLD = {
    "title", "title_en", "name", "notes", "notes_en", "tag_string", "owner_org", "license_id", "maintainer",
    "maintainer_email", "url",
}  # fmt: skip
"""Terms that a record has a place of its own for; every other one also travels under its own name."""


def record(
    package: Package, tables: Mapping[str, Package], site: Site, schema: Mapping[str, Any] | None = None
) -> Record:
    """The record of a dataset. `schema` is the catalogue's scheming schema, where it has one."""
    extras = {str(one["key"]): one.get("value") for one in objects(package.get("extras")) if "key" in one}
    facts = {**extras, **package}
    page = f"{site.url}/dataset/{package['name']}"
    organization = next(iter(objects([package.get("organization")])), {})
    house = _text(organization.get("title")) or str(organization.get("name") or site.title or site.url)
    publisher = _texts(house, site.title_en if house == site.title else "")
    title = _texts(_text(facts.get("title")) or package["name"], facts.get("title_en"))
    resources = [
        {**one, "id": str(one.get("id") or number)} for number, one in enumerate(objects(package.get("resources")))
    ]
    conditions = _text(facts.get("accessible_condition"))
    first, last = _years(facts, resources)
    return Record(
        id=str(package.get("id") or package["name"]),
        name=package["name"],
        page=page,
        title=title,
        description=_texts(facts.get("notes"), facts.get("notes_en")),
        catalog=site.url,
        catalog_title=titles(site),
        publisher=publisher,
        publisher_page=f"{site.url}/organization/{quote(str(organization.get('name') or ''))}".rstrip("/"),
        creator=_text(facts.get("author")),
        contact=_text(facts.get("maintainer")),
        contact_email=_text(facts.get("maintainer_email")) or _text(facts.get("author_email")),
        keywords=_keywords(facts),
        groups=tuple(
            filter(None, (_text(one.get("title") or one.get("name")) for one in objects(package.get("groups"))))
        ),
        themes=tuple(map(str, listed(facts.get("theme")))),
        licence=_licence(package),
        landing=address(facts.get("url")),
        version=_text(facts.get("version")),
        version_notes=_text(facts.get(NOTES)),
        created=_day(facts.get("created_date")),
        issued=_day(facts.get("data_release_date")) or moment(facts.get("metadata_created")),
        modified=_day(facts.get("last_updated_date")) or moment(facts.get("metadata_modified")),
        first_year=first,
        last_year=last,
        box=_box(facts),
        extent=_text(facts.get("geo_coverage")),
        languages=tuple(map(str, listed(facts.get("data_language")))),
        frequency=_frequency(facts),
        category=_text(facts.get("data_category")),
        source=_text(facts.get("data_source")),
        terms=_terms(facts, schema),
        vocabulary=f"{site.url}/api/3/action/scheming_dataset_schema_show?type=dataset#" if schema else None,
        distributions=tuple(
            _distribution(one, tables.get(one["id"]), page, site, conditions) for one in resources
        ),
    )


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a list: a stranger's catalogue may hold anything in its place."""
    return (one for one in value if isinstance(one, Mapping)) if isinstance(value, list | tuple) else iter(())


def of_version(found: Package, site: Site) -> Record:
    """The record of a dataset as it was in one version (`dataset_version_show`), at the version's own address."""
    made = record(found["package"], {}, site)
    return replace(made, page=found["url"], version=made.version or str(found["version"]))


def titles(site: Site) -> dict[str, str]:
    """What the catalogue is called, by language."""
    return _texts(site.title or urlsplit(site.url).netloc or site.url, site.title_en)


def address(value: Any) -> str | None:
    """An http(s) address, or None: nothing else may be followed."""
    try:
        parts = urlsplit(str(value or "").strip())
    except ValueError:
        return None
    return str(value).strip() if parts.scheme in ("http", "https") and parts.hostname else None


def _text(value: Any) -> str | None:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return str(value).strip() or None if value is not None else None


def _texts(text: Any, english: Any = None) -> dict[str, str]:
    """A text by language: what was written as English beside it, and the text itself in the language it is in."""
    own, other = _text(text), _text(english)
    if own and other and language_of(own) == "th":
        return {"th": own, "en": other}
    return {language_of(one): one for one in (other, own) if one}


def _keywords(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags, and the keywords that the portal refused as tags (see `wire.ALL_TAGS`)."""
    tags = [_text(tag.get("name") if isinstance(tag, Mapping) else tag) for tag in listed(facts.get("tags"))]
    kept = re.split(r"\s*,\s*", _text(facts.get(ALL_TAGS)) or "")
    return tuple(tag for tag in dict.fromkeys((*tags, *kept)) if tag)


def _licence(package: Package) -> dict[str, str]:
    given = _text(package.get("license_id"))
    known = licence_named(given) or licence_named(_text(package.get("license_title")))
    unset = known is not None and known.ckan == "notspecified"
    made = {
        "title": None if unset else _text(package.get("license_title")) or given,
        "url": address((known and known.url) or package.get("license_url")),
        "name": known and not unset and (known.spdx or known.ckan),
    }
    return {key: str(value) for key, value in made.items() if value}


def moment(value: Any) -> str | None:
    """A moment CKAN stores (UTC, no offset), with its offset."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _day(value: Any) -> str | None:
    """A day that a person gave (ISO, in either era)."""
    text = str(value or "").strip()[:10]
    year = _year(text[:4])
    try:
        return date.fromisoformat(f"{year:04}{text[4:]}" if year else text).isoformat()
    except ValueError:
        return None


def _years(facts: Mapping[str, Any], resources: Iterable[Package]) -> tuple[int | None, int | None]:
    """The first and the last year of the data.

    As the dataset declares them, else its resources, else ckanext-dcat's extras, else as its words tell.
    """
    resources = tuple(resources)
    ends = ("first_year_of_data", "last_year_of_data")
    declared = [[_year(facts.get(end))] for end in ends]
    declared += [[_year(one.get(f"resource_{end}")) for one in resources] for end in ends]
    declared += [[_year(str(facts.get(end) or "")[:4])] for end in ("temporal_start", "temporal_end")]
    for first, last in zip(declared[::2], declared[1::2], strict=True):
        begun, ended = [year for year in first if year], [year for year in last if year]
        if begun or ended:
            return min(begun, default=None), max(ended, default=None)
    names = [facts.get("title"), facts.get("reference_period"), *(one.get("name") for one in resources)]
    return periods.stated([_text(name) or "" for name in names], _text(facts.get("notes")) or "") or (None, None)


def _year(value: Any) -> int | None:
    """A year in either era, as ค.ศ."""
    found = re.fullmatch(r"\s*(\d{4})\s*", str(value or ""))
    return periods.gregorian(int(found[1])) or None if found else None


def _box(facts: Mapping[str, Any]) -> Box | None:
    """The area in degrees, as the Thai schema has it, else ckanext-spatial's.

    The official schema calls the latitudes `north_bound_longitude` and `south_bound_longitude`.
    """
    names = ("west_bound_longitude", "south_bound_longitude", "east_bound_longitude", "north_bound_longitude")
    try:
        west, south, east, north = (float(str(facts.get(name) or "").strip()) for name in names)
    except ValueError:
        points = list(_points(facts.get("spatial")))
        if not points:
            return None
        (west, south), (east, north) = (tuple(map(pick, zip(*points, strict=True))) for pick in (min, max))
    sound = all(map(math.isfinite, (west, south, east, north)))
    on_earth = sound and -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return (west, south, east, north) if on_earth else None


def _points(text: Any) -> Iterator[tuple[float, float]]:
    """The positions of a GeoJSON geometry, in JSON text."""
    try:
        found = json.loads(str(text or "")).get("coordinates")
    except (ValueError, AttributeError, RecursionError):
        return
    left = [found]
    while left:
        one = left.pop()
        if isinstance(one, list) and len(one) > 1 and all(isinstance(part, int | float) for part in one[:2]):
            if not all(abs(part) <= 180 for part in one[:2]):
                return
            yield float(one[0]), float(one[1])
        elif isinstance(one, list):
            left.extend(one)


def _frequency(facts: Mapping[str, Any]) -> tuple[str, int] | None:
    unit = _text(facts.get("update_frequency_unit"))
    every = str(facts.get("update_frequency_interval") or "").strip()
    return (unit, int(every) if re.fullmatch(r"[0-9]{1,6}", every) and int(every) else 1) if unit else None


def _terms(facts: Mapping[str, Any], schema: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    fields = [str(field.get("field_name")) for field in (schema or {}).get("dataset_fields", ())]
    found = {name: tuple(filter(None, map(_text, listed(facts.get(name))))) for name in fields if name not in TOLD}
    return {name: values for name, values in found.items() if values}


def _distribution(
    resource: Package, table: Package | None, page: str, site: Site, conditions: str | None
) -> Distribution:
    """A resource; `conditions` are the dataset's, for one that has none of its own."""
    url = address(resource.get("url"))
    form = str(resource.get("format") or "")
    ours = resource.get("url_type") in ("upload", "datastore")
    digest = str(resource.get("hash") or "").removeprefix("sha256:").lower()
    filename = unquote(urlsplit(url or "").path.rpartition("/")[2]) if resource.get("url_type") == "upload" else ""
    named = _text(resource.get("name")) or filename or form.strip() or resource["id"]
    size = str(resource.get("size") or "").strip()
    given = str(resource.get("mimetype") or "")
    return Distribution(
        id=resource["id"],
        title=_texts(named, resource.get("title_en")),
        description=_texts(resource.get("description"), resource.get("description_en")),
        page=f"{page}/resource/{resource['id']}",
        url=url,
        ours=ours,
        filename=filename,
        format=form,
        media_type=(
            vocabulary.media_type(form.strip().lstrip(".").lower())
            or (given if re.fullmatch(r"[\w.+-]+/[\w.+-]+", given, re.ASCII) else "")
        ),
        size=int(size) if re.fullmatch(r"[0-9]{1,18}", size) else None,
        sha256=digest if re.fullmatch(r"[0-9a-f]{64}", digest) else None,
        issued=_day(resource.get("resource_data_release_date")) or moment(resource.get("created")),
        modified=(
            _day(resource.get("resource_last_updated_date"))
            or moment(resource.get("last_modified") or resource.get("metadata_modified"))
        ),
        rights=_text(resource.get("resource_accessible_condition")) or conditions,
        columns=tuple(_column(field) for field in objects((table or {}).get("fields")) if field.get("id")),
        table=f"{site.url}/odata/{resource['id']}" if resource.get("datastore_active") else None,
    )


def _column(field: Package) -> Column:
    """CKAN has one label and one note; saphan's note goes on in English, label first, after ` · `."""
    info, schema = (next(iter(objects([field.get(name)])), {}) for name in ("info", "schema"))
    label, notes = str(info.get("label") or ""), str(info.get("notes") or "")
    parts = [part for part in notes.split(" · ") if part]
    english = [part for part in parts if language_of(part) == "en"]
    titled = bool(label) and language_of(label) == "th" and bool(english)
    own = " · ".join(part for part in parts if language_of(part) == "th")
    rest = " · ".join(english[1:] if titled else english)
    return Column(
        name=str(field["id"]),
        kind=KINDS.get(str(field.get("type")), "string"),
        title=_texts(label, english[0] if titled else None),
        description={key: text for key, text in (("th", own), ("en", rest)) if text},
        required=bool(schema.get("notnull")),
    )
