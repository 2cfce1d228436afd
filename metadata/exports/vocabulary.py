"""What the Thai terms are called elsewhere. The tables are `exports.yaml` and `formats.yaml` of `standards/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from metadata.document import packaged, packaged_entry


@cache
def tables() -> Mapping[str, Any]:
    """`exports.yaml`."""
    return packaged("standards/exports.yaml")  # type: ignore[no-any-return]


@cache
def formats() -> Mapping[str, Any]:
    """`formats.yaml`."""
    return packaged("standards/formats.yaml")  # type: ignore[no-any-return]


def authority(table: str, code: str | None) -> str | None:
    """The URI of a code in one of the EU's authority tables; without a code, None."""
    return f"{tables()['authority']}{table}/{code}" if code is not None else None


def frequency(unit: str, interval: int) -> str | None:
    """The EU authority's URI of an update frequency: every `interval` units."""
    known = tables()["frequency"].get(unit)
    return authority("frequency", known.get(interval, known["otherwise"])) if known else None


def language(name: str) -> tuple[str, str] | None:
    """The EU authority's URI of a language and its BCP 47 tag."""
    known = tables()["language"].get(name)
    return (str(authority("language", known[0])), str(known[1])) if known else None


def access(category: str | None) -> str | None:
    """The EU authority's URI of the access right that a category of data has."""
    return authority("access-right", tables()["access"].get(category))


def is_public(category: str | None) -> bool:
    """Whether data of a category are free to read; what has no category was published as it is."""
    return bool(tables()["access"].get(category, "PUBLIC") == "PUBLIC")


def extent(name: str | None) -> tuple[str | None, Mapping[str, str]] | None:
    """The URI and the name of the area that an extent lies in; None where the value names none."""
    known = tables()["extent"]
    if not name or name in known["none"]:
        return None
    if name in known["within"]:
        return authority("country", known["country"]), known["name"]
    return None, {"th": name}


def file_type(kind: str) -> str | None:
    """The EU authority's URI of a file format, by its name in small letters."""
    return authority("file-type", _format(kind)[0])


def media_type(kind: str) -> str | None:
    """The media type of a format, by its name in small letters."""
    return _format(kind)[1]


def is_file(path: str, kind: str) -> bool:
    """Whether the path of an address leads to a file, going by its ending.

    A page of HTML is a file only where the format that is declared, `kind`, says so.
    """
    _, dot, ending = path.rpartition("/")[2].lower().rpartition(".")
    code = formats()["formats"].get(ending, (None,))[0]
    return bool(dot and ending) and (ending == kind or code not in (None, "HTML"))


def is_known(kind: str, media: str) -> bool:
    """Whether a file's format stands in the EU's table of file types, and its media type in IANA's registry."""
    return _format(kind)[0] is not None and media in _registered()


def is_machine_readable(kind: str) -> bool:
    """Whether data.europa.eu takes a format as one that machines read."""
    return _format(kind)[0] in formats()["machine-readable"]


def is_non_proprietary(kind: str) -> bool:
    """Whether data.europa.eu takes a format as nobody's own."""
    return _format(kind)[0] in formats()["non-proprietary"]


def licence(url: str | None) -> tuple[str, str] | None:
    """The EU authority's URI of a licence, and its address as that table spells it; None where it is not in it."""
    return _licences().get(_plain(url)) if url else None


def _format(kind: str) -> tuple[str | None, str | None]:
    """The code of a format in the EU's table, and its media type."""
    code, media = formats()["formats"].get(_spellings().get(kind, kind), (None, None))
    return code, media


@cache
def _spellings() -> Mapping[str, str]:
    """Other names of a format → the one in the table; what is asked over the web is an `api`."""
    services = packaged_entry("standards/openness.yaml", "services") or ()
    return {**dict.fromkeys(services, "api"), **(packaged_entry("standards/openness.yaml", "same") or {})}


@cache
def _registered() -> frozenset[str]:
    known = formats()
    told = {media for _, media in known["formats"].values() if media}
    return frozenset(told - set(known["unregistered"])) | set(known["registered"])


@cache
def _licences() -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for code, addresses in formats()["licences"].items():
        uri = str(authority("licence", code))
        found |= {_plain(address): (uri, addresses[0]) for address in (uri, *addresses)}
    return found


def _plain(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?|/(?:deed\.[a-z_-]+|legalcode)?$", "", url.strip().casefold())


def phrase(key: str, language: str, **facts: Any) -> str:
    """One of the sentences of the documents."""
    return str(tables()["phrases"][key]["en" if language == "en" else "th"]).format(**facts)
