"""CKAN's habits with single values: names, ids, dates, truth, whole numbers, file names, formats."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from catalog.actions.refusals import invalid, missing
from metadata import clock

NAME = re.compile(r"^[a-z0-9_-]*\Z")
ID = re.compile(r"^[A-Za-z0-9_-]{7,100}\Z")
EMAIL = re.compile(r"^[^\s@<>\"',;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;]+\Z")
LARGEST = 2**63 - 1
"""What a database takes as a number of rows."""
TRUE = ("true", "yes", "t", "y", "1", "on")

TYPES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".geojson": "application/geo+json",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def now() -> str:
    """Now as CKAN writes it: UTC, microseconds, no offset."""
    return clock.now().astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def true(value: Any) -> bool:
    """A parameter's truth: CKAN takes words as well."""
    return value.strip().lower() in TRUE if isinstance(value, str) else bool(value)


def natural(data: Mapping[str, Any], field: str, default: int, most: int | None = None) -> int:
    """A whole number of a request, not negative, capped silently. Raises 409 as CKAN does."""
    value = data.get(field)
    if value in (None, ""):
        return default
    try:
        number = int(value)
        if isinstance(value, float) and number != value:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise invalid({field: ["Invalid integer"]}) from None
    if number < 0:
        raise invalid({field: ["Must be a natural number"]})
    return min(number, LARGEST if most is None else most)


def wanted(data: Mapping[str, Any], *fields: str) -> str:
    """The id a request names, from the first of the fields that is given; one that is there but empty names
    nothing that exists. Raises 409 naming the last field.
    """
    for field in fields:
        if data.get(field) not in (None, ""):
            return str(data[field])
    if fields[-1] in data:
        return ""
    raise missing(fields[-1])


def wanted_all(data: Mapping[str, Any], *fields: str) -> tuple[Any, ...]:
    """Several values a request must give, in order. Raises 409 naming each that is missing."""
    lacking = {field: ["Missing value"] for field in fields if data.get(field) in (None, "")}
    if lacking:
        raise invalid(lacking)
    return tuple(data[field] for field in fields)


def folded(text: str) -> str:
    """Text as a search compares it."""
    return unicodedata.normalize("NFC", text).casefold()


def file_name(given: str) -> str:
    """A sender's file name made safe for a path and an address; Thai letters stay (CKAN drops them)."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = re.sub(r"\s+", "-", re.sub(r'[<>:"|?*#%&]+', "-", name.strip())).strip(".")
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    return f"{stem[: 100 - len(suffix[:20])]}{suffix[:20]}" or "file"


def guessed_type(name: str) -> str | None:
    """The media type that a file name or address promises."""
    path = name.split("?")[0].split("#")[0]
    return TYPES.get(PurePosixPath(path).suffix.lower()) or mimetypes.guess_type(path)[0]


def guessed_format(name: str) -> str:
    """The format that a file name or address promises, in CKAN's letters."""
    suffix = PurePosixPath(name.split("?")[0].split("#")[0].rsplit("/", 1)[-1]).suffix.lstrip(".")
    return clean_format(suffix) if guessed_type(name) else ""


def clean_format(given: str) -> str:
    """A format as CKAN spells it: known ones in capitals, others as given."""
    known = {"geojson": "GeoJSON", "shapefile": "SHP", "zip": "ZIP", "parquet": "Parquet"}
    text = given.strip().lstrip(".")
    capitals = text.lower() in {
        "csv",
        "tsv",
        "xls",
        "xlsx",
        "ods",
        "json",
        "pdf",
        "xml",
        "html",
        "txt",
        "kml",
        "shp",
    }
    return known.get(text.lower(), text.upper() if capitals else text)


def is_date(text: str) -> bool:
    """Whether CKAN's `isodate` takes it: a date, or a date and a time, of ISO 8601."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
