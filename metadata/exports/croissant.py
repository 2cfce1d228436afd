"""Croissant 1.0 (MLCommons): a dataset with its files and the fields of its tables, for programs that learn."""

from __future__ import annotations

from typing import Any

from metadata import clock
from metadata.exports import schema_org
from metadata.exports.record import Distribution, Record, either, filled, slug

CONTEXT: dict[str, Any] = {
    "@language": "th",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context of the specification, word for word but for the language of our texts."""
TYPES = {
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
}
"""Table Schema type → Croissant's; others are text."""


def dataset(record: Record, cited: str) -> dict[str, Any]:
    """The Croissant document of a dataset; `cited` is how it wishes to be cited.

    A link without a known hash is left out: the specification asks one of every file, so that a program knows what
    it learned from.
    """
    files = [one for one in record.distributions if one.url and one.sha256]
    ids = _ids(files)
    general = schema_org.dataset(record)
    kept = (
        "name", "description", "url", "license", "creator", "publisher", "keywords", "version", "inLanguage",
        "datePublished", "dateModified", "sameAs", "about", "conditionsOfAccess", "temporalCoverage",
        "spatialCoverage",
    )  # fmt: skip
    sets = [_records(one, ids[one.id]) for one in files if one.kind == "csv" and one.columns]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
    } | filled(
        {
            **{key: general.get(key) for key in kept},
            "version": _version(record),
            "citeAs": cited,
            "isLiveDataset": True,
            "distribution": [_file(one, ids[one.id]) for one in files],
            "recordSet": sets,
        }
    )


def _version(record: Record) -> str:
    """`MAJOR.MINOR.PATCH`, as the specification asks: the publisher's own, else the day of the last change."""
    parts = (record.version or "").split(".")
    if all(part.isascii() and part.isdigit() for part in parts) and len(parts) <= 3:
        return ".".join([*map(str, map(int, parts)), "0", "0"][:3])
    day = clock.day(record.modified or record.issued or "1-0-0", "en").split("-")
    return ".".join(str(int(part)) for part in day)


def _ids(files: list[Distribution]) -> dict[str, str]:
    """Resource id → a readable id of the document, no id twice."""
    found: dict[str, str] = {}
    for one in files:
        name = slug(one.filename or either(one.title, "en"), one.id)
        found[one.id] = name if name not in found.values() else f"{name}-{one.id}"
    return found


def _file(one: Distribution, name: str) -> dict[str, Any]:
    return {"@type": "cr:FileObject", "@id": name} | filled(
        {
            "name": one.filename or either(one.title),
            "description": either(one.description),
            "contentUrl": one.url,
            "contentSize": f"{one.size} B" if one.size is not None else None,
            "encodingFormat": one.media_type or "application/octet-stream",
            "sha256": one.sha256,
        }
    )


def _records(one: Distribution, name: str) -> dict[str, Any]:
    fields = []
    for number, column in enumerate(one.columns, 1):
        what = {"fileObject": {"@id": name}, "extract": {"column": column.name}}
        about = " · ".join(dict.fromkeys(filter(None, (either(column.title), either(column.description)))))
        fields.append(
            {"@type": "cr:Field", "@id": f"{name}-records/{slug(column.name, f'column-{number}')}"}
            | filled({"name": column.name, "description": about})
            | {"dataType": TYPES.get(column.kind, "sc:Text"), "source": what}
        )
    for number, made in enumerate(fields, 1):
        if [other["@id"] for other in fields].count(made["@id"]) > 1:
            made["@id"] = f"{made['@id']}-{number}"
    return {"@type": "cr:RecordSet", "@id": f"{name}-records", "name": either(one.title), "field": fields}
