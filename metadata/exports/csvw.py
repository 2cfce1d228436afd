"""CSV on the Web (W3C): what stands beside a CSV file as `<address of the file>-metadata.json`."""

from __future__ import annotations

from typing import Any

from metadata.exports.record import Distribution, Record, Texts, filled, language_of

PROFILE = "http://www.w3.org/ns/csvw#"
TYPES = {
    "integer": "integer",
    "number": "decimal",
    "boolean": "boolean",
    "date": "date",
    "datetime": "dateTime",
    "time": "time",
}
"""Table Schema type → CSVW datatype; others are strings."""


def table(record: Record, one: Distribution) -> dict[str, Any]:
    """The metadata of one CSV file: dialect, columns with titles and types, whose it is, its terms."""
    columns = [_column(number, column) for number, column in enumerate(one.columns, 1)]
    described = {
        "dc:title": _natural(one.title),
        "dc:description": _natural(one.description),
        "dc:publisher": _natural(record.publisher),
        "dc:modified": _typed(one.modified or record.modified),
        "dcat:keyword": list(record.keywords),
        "dc:source": {"@id": record.page},
        "tableSchema": {"columns": columns} if columns else None,
    }
    licence = record.licence.get("url")
    if licence:
        described["dc:license"] = {"@id": licence}
    plain = {"@context": "http://www.w3.org/ns/csvw", "url": one.url}
    return plain | {"dialect": {"encoding": "utf-8", "header": True}} | filled(described)


def _column(number: int, column: Any) -> dict[str, Any]:
    titles = [column.name, *(text for text in column.title.values() if text and text != column.name)]
    made = {
        # a name of CSVW is an RFC 6570 variable; a Thai one would be percent-encoded and is no clearer
        "name": column.name if _plain(column.name) else f"column_{number}",
        "titles": titles[0] if len(titles) == 1 else titles,
        "dc:description": _natural(column.description),
        "datatype": TYPES.get(column.kind, "string"),
        "required": True if column.required else None,
    }
    return filled(made)


def _plain(name: str) -> bool:
    return name.isascii() and name.replace("_", "a").isalnum() and not name.startswith("_")


def _natural(texts: Texts) -> Any:
    """A text with its language, or several."""
    said = [{"@value": text, "@language": language_of(text)} for text in dict.fromkeys(texts.values()) if text]
    return said[0] if len(said) == 1 else said


def _typed(moment: str | None) -> Any:
    if not moment:
        return None
    return {"@value": moment, "@type": "xsd:dateTime" if "T" in moment else "xsd:date"}
