"""A package as a search sees it: texts to find words in, exact values by field, and what Solr would have stored.

The fields, and which of them are texts, are those of CKAN 2.12's `schema.xml` and `PackageSearchIndex`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from catalog.search.words import folded, grams, parts, whole, years
from metadata.exports import themes

Document = Mapping[str, Any]
COLUMNS = ("title", "names", "notes", "rest")
"""The texts of a package, the weightiest first."""
LONGEST = 500
"""Letters of a value that are kept to be compared."""
ELSEWHERE = {
    "id", "name", "title", "notes", "metadata_created", "metadata_modified", "resources", "tags", "groups",
    "extras", "organization", "relationships_as_object", "relationships_as_subject", "license_url",
}  # fmt: skip
"""Fields that are not kept as values: the narrow row has them, or they have values under other names."""
THEME = "data_theme"
"""A field of ours, beside CKAN's: codes of the EU's table of themes."""
SITE = "default"
"""CKAN's `ckan.site_id`, which an agency leaves as it is."""
RESOURCE = {
    "res_name": "name", "res_description": "description", "res_format": "format", "res_url": "url",
    "res_type": "resource_type",
}  # fmt: skip
TEXTS = ("author", "author_email", "maintainer", "maintainer_email", "res_name", "res_description", "urls", "url")
"""Values in which a part may match, as words of a text do to Solr."""
STORED = (
    "id", "title", "name", "url", "version", "notes", "author", "author_email", "maintainer", "maintainer_email",
    "license_id", "state",
)  # fmt: skip


def texts(document: Document) -> dict[str, str]:
    """Column → its parts in order, then its years in the other era; and `grams` of title and tags."""
    tags = [tag["name"] for tag in document["tags"]]
    organization = document.get("organization") or {}
    names = [document["name"], *tags, organization.get("name"), organization.get("title")]
    for group in document["groups"]:
        names += [group["name"], group.get("title")]
    rest = [value for field, value in values(document) if field not in SILENT and not field.startswith("res_url")]
    columns = {"title": document["title"], "names": names, "notes": document.get("notes"), "rest": rest}
    found = {}
    for column, text in columns.items():
        given = " \n".join(str(one) for one in text if one) if isinstance(text, list) else str(text or "")
        pieces = parts(folded(given))
        found[column] = " ".join([*pieces, *years(pieces), *(whole(folded(given)) if column == "title" else ())])
    found["grams"] = " ".join(grams(folded(" ".join([document["title"], *tags]))))
    return found


SILENT = {
    THEME, "capacity", "creator_user_id", "dataset_type", "entity_type", "isopen", "num_resources", "num_tags",
    "organization", "owner_org", "private", "site_id", "state", "tags", "groups", "type", "url", "version",
}  # fmt: skip
"""Values that are no words."""


def values(document: Document) -> set[tuple[str, str]]:
    """Field and value of all that is compared as a whole, cut at LONGEST letters."""
    return {(field, value[:LONGEST]) for field, value in _values(document)}


def _values(document: Document) -> Iterator[tuple[str, str]]:
    for field, value in document.items():
        if field not in ELSEWHERE:
            yield from ((field, one) for one in _plain(field, value))
    for extra in document.get("extras", ()):
        if extra["key"] not in document:
            yield from ((extra["key"], one) for one in _plain(extra["key"], extra["value"]))
    for field in ("tags", "groups"):
        yield from ((field, str(one["name"])) for one in document[field] if not one.get("vocabulary_id"))
    yield from ((THEME, code) for code in _themes(document))
    if document.get("organization"):
        yield "organization", str(document["organization"]["name"])
    yield "capacity", "private" if document["private"] else "public"
    yield "dataset_type", str(document.get("type") or "dataset")
    yield "entity_type", "package"
    yield "site_id", SITE
    for resource in open_resources(document):
        yield from ((field, str(resource.get(key) or "")) for field, key in RESOURCE.items())


def _themes(document: Document) -> tuple[str, ...]:
    """What it is about: the same themes that its DCAT names (`catalog.record`)."""
    extras = {str(one["key"]): one["value"] for one in document.get("extras", ())}
    groups = [str(one.get("title") or one["name"]) for one in document["groups"]]
    titles = [
        str(text) for text in (document["title"], document.get("title_en") or extras.get("title_en")) if text
    ]
    given = document.get("theme") or extras.get("theme") or []
    listed = given if isinstance(given, list) else [given]
    return themes.told([*(str(tag["name"]) for tag in document["tags"]), *titles, *groups], map(str, listed))


def open_resources(document: Document) -> list[Document]:
    """The resources that whoever reads the package may see."""
    return [one for one in document["resources"] if not is_private(one)]


def is_private(resource: Document) -> bool:
    """Whether only those see a resource who may write it: a field of the Thai standard's portals."""
    return bool(resource.get("resource_private") == "True")


def _plain(field: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            if not isinstance(one, dict | list):
                yield str(one)
    elif isinstance(value, bool):
        yield str(value).lower()
    elif field.endswith("_date"):
        if value and (moment := _moment(str(value))):
            yield moment
    elif value not in (None, "") and not isinstance(value, dict):
        yield str(value)


def _moment(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def stored(document: Document, score: float) -> dict[str, Any]:
    """What `fl` can ask for: the fields that Solr keeps, in its forms."""
    found: dict[str, Any] = {field: document[field] for field in STORED if document.get(field) not in (None, "")}
    found |= {field: f"{document[field][:23]}Z" for field in ("metadata_created", "metadata_modified")}
    found |= {"dataset_type": str(document.get("type") or "dataset"), "entity_type": "package", "score": score}
    found["capacity"] = "private" if document["private"] else "public"
    if document.get("organization"):
        found["organization"] = document["organization"]["name"]
    lists: dict[str, list[str]] = {}
    for field, value in _values(document):
        if field in ("tags", "groups") or field in RESOURCE:
            lists.setdefault(field, []).append(value)
        elif field.endswith("_date"):
            found[field] = value
    extras = {str(one["key"]): one["value"] for one in document.get("extras", ())}
    standard = {*STORED, *ELSEWHERE, *SILENT, "license_title"}
    extras |= {key: value for key, value in document.items() if isinstance(value, str) and key not in standard}
    return found | lists | {f"extras_{key}": value for key, value in extras.items()}
