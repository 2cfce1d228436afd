"""What the Thai terms are called elsewhere. The tables are `standards/exports.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from metadata.document import packaged


@cache
def tables() -> Mapping[str, Any]:
    """`exports.yaml`."""
    return packaged("standards/exports.yaml")  # type: ignore[no-any-return]


def _authority(table: str, code: str | None) -> str | None:
    return f"{tables()['authority']}{table}/{code}" if code else None


def frequency(unit: str, interval: int) -> str | None:
    """The EU authority's URI of an update frequency: every `interval` units."""
    known = tables()["frequency"].get(unit)
    return _authority("frequency", known.get(interval, known["otherwise"])) if known else None


def language(name: str) -> tuple[str, str] | None:
    """The EU authority's URI of a language and its BCP 47 tag."""
    known = tables()["language"].get(name)
    return (str(_authority("language", known[0])), str(known[1])) if known else None


def access(category: str | None) -> str | None:
    """The EU authority's URI of the access right that a category of data has."""
    return _authority("access-right", tables()["access"].get(category))


def is_public(category: str | None) -> bool:
    """Whether data of a category are free to read; what has no category was published as it is."""
    return bool(tables()["access"].get(category, "PUBLIC") == "PUBLIC")


def extent(name: str | None) -> tuple[str | None, Mapping[str, str]] | None:
    """The URI and the name of the area that an extent lies in; None where the value names none."""
    known = tables()["extent"]
    if not name or name in known["none"]:
        return None
    if name in known["within"]:
        return _authority("country", known["country"]), known["name"]
    return None, {"th": name}


def file_type(kind: str) -> str | None:
    """The EU authority's URI of a file format, by its name in small letters."""
    return _authority("file-type", tables()["formats"].get(kind, (None, None))[0])


def media_type(kind: str) -> str | None:
    """The media type of a format, by its name in small letters."""
    known = tables()["formats"].get(kind)
    return known[1] if known else None


def phrase(key: str, language: str, **facts: Any) -> str:
    """One of the sentences of the documents."""
    return str(tables()["phrases"][key]["en" if language == "en" else "th"]).format(**facts)
