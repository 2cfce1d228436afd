"""schema.org `Dataset` in JSON-LD, as Google's rules for datasets ask for it (its page on "Dataset")."""

from __future__ import annotations

from typing import Any

from metadata.exports import themes, vocabulary
from metadata.exports.record import Column, Distribution, Record, either, filled

SHORTEST, LONGEST = 50, 5000
"""Characters a description has, by Google's rules."""


def dataset(record: Record, language: str = "th") -> dict[str, Any]:
    """The JSON-LD object of a dataset, its texts in a language where they were written in it."""
    title = either(record.title, language)
    others = [text for text in record.title.values() if text != title]
    return {"@context": "https://schema.org/", "@type": "Dataset", "@id": record.page} | filled(
        {
            "name": title,
            "alternateName": others,
            "description": description(record, language),
            "url": record.page,
            "sameAs": record.landing,
            "identifier": [record.page, record.id],
            "keywords": list(record.keywords),
            "about": [_theme(code, language) for code in themes.of(record)],
            "license": licence(record),
            "conditionsOfAccess": conditions(record),
            "creator": creators(record, language),
            "publisher": organization(record, language),
            "version": record.version,
            "dateCreated": record.created,
            "datePublished": record.issued,
            "dateModified": record.modified,
            "inLanguage": [found[1] for found in map(vocabulary.language, record.languages) if found],
            "isAccessibleForFree": True if vocabulary.is_public(record.category) else None,
            "temporalCoverage": period(record),
            "spatialCoverage": place(record, language),
            "variableMeasured": _variables(record, language),
            "includedInDataCatalog": {
                "@type": "DataCatalog",
                "name": either(record.catalog_title, language),
                "url": record.catalog,
            },
            "distribution": [_download(one, language) for one in record.distributions if one.url],
        }
    )


def description(record: Record, language: str) -> str:
    """The description, within Google's bounds; one that is shorter goes on to say whose dataset it is."""
    said = either(record.description, language).strip()
    if len(said) < SHORTEST:
        title, publisher = either(record.title, language), either(record.publisher, language)
        more = vocabulary.phrase("dataset-of", language, title=title, publisher=publisher)
        catalog = either(record.catalog_title, language)
        count = len(record.distributions)
        more += " " + vocabulary.phrase("files-of", language, count=count, catalog=catalog)
        said = f"{said} · {more}" if said else more
    return said if len(said) <= LONGEST else said[: LONGEST - 1].rstrip() + "…"


def licence(record: Record) -> Any:
    """The licence's address, or where it has none, its name."""
    title, url = record.licence.get("title"), record.licence.get("url")
    return url or ({"@type": "CreativeWork", "name": title} if title else None)


def conditions(record: Record) -> str | None:
    """On which conditions the files may be had, where all that say so say the same."""
    said = {one.rights for one in record.distributions if one.rights}
    return said.pop() if len(said) == 1 else None


def _theme(code: str, language: str) -> dict[str, Any]:
    address = themes.address(code)
    return {
        "@type": "DefinedTerm",
        "@id": address,
        "name": either(themes.name(code), language),
        "inDefinedTermSet": address.rpartition("/")[0],
    }


def organization(record: Record, language: str) -> dict[str, Any]:
    """Who publishes it, and how to ask."""
    contact = filled({"name": record.contact, "email": record.contact_email})
    point = {"@type": "ContactPoint", "contactType": "customer service", **contact} if contact else None
    made = {"name": either(record.publisher, language), "url": record.publisher_page, "contactPoint": point}
    return {"@type": "Organization", **filled(made)}


def creators(record: Record, language: str) -> list[dict[str, Any]]:
    """The author where one is named, else the publisher."""
    return (
        [{"@type": "Organization", "name": record.creator}] if record.creator else [organization(record, language)]
    )


def period(record: Record) -> str | None:
    """The years of the data as an ISO 8601 interval."""
    first, last = record.first_year, record.last_year
    if first and last:
        return f"{first:04}/{last:04}" if first != last else f"{first:04}"
    return f"{first:04}/.." if first else f"{last:04}" if last else None


def place(record: Record, language: str) -> dict[str, Any] | None:
    """The area, by name and by its box (south west, north east, latitude first)."""
    area = vocabulary.extent(record.extent)
    shape = None
    if record.box:
        west, south, east, north = record.box
        shape = {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}
    if not area and not shape:
        return None
    return {"@type": "Place", **filled({"name": either(area[1], language) if area else None, "geo": shape})}


def _variables(record: Record, language: str) -> list[dict[str, Any]]:
    """Every column once, by what it is called."""
    columns: dict[str, Column] = {}
    for one in record.distributions:
        for column in one.columns:
            columns.setdefault(column.name, column)
    return [
        {"@type": "PropertyValue"}
        | filled(
            {
                "name": name,
                "alternateName": either(one.title, language),
                "description": either(one.description, language),
            }
        )
        for name, one in columns.items()
    ]


def _download(one: Distribution, language: str) -> dict[str, Any]:
    return {"@type": "DataDownload", "@id": one.page} | filled(
        {
            "name": either(one.title, language),
            "description": either(one.description, language),
            "contentUrl": one.url,
            "encodingFormat": one.media_type or one.format,
            "contentSize": f"{one.size} B" if one.size is not None else None,
            "sha256": one.sha256,
            "dateModified": one.modified,
        }
    )
