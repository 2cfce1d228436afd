"""What a format says: its stars, whether a machine can read it, and whether the word names one at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from metadata.document import packaged


@cache
def table() -> Mapping[str, Any]:
    """`openness.yaml`."""
    return packaged("standards/openness.yaml")  # type: ignore[no-any-return]


@cache
def _stars() -> dict[str, int]:
    return {name: int(stars) for stars, names in table()["stars"].items() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A resource's format. `name` in small letters: what is meant; empty where nothing says so.

    `fault`: `missing`, `misspelt`, `none` (a word that names none), `unknown`, or None.
    """

    name: str
    fault: str | None = None
    service: bool = False

    @property
    def stars(self) -> int:
        """On the five-star scale; 0 for a format nobody knows."""
        return _stars().get(self.name, 0)

    @property
    def strict(self) -> bool:
        """Machine-readable and open."""
        return self.stars >= int(table()["machine_readable"]["least_stars"])

    @property
    def lenient(self) -> bool:
        """The same, or Excel."""
        return self.strict or self.name in table()["machine_readable"]["lenient"]

    @property
    def tabular(self) -> bool:
        """A table of rows and columns, which a data dictionary explains."""
        return self.name in table()["tabular"]


def format_of(declared: str, url: str = "") -> Format:
    """The format that a record declares; where it names none, the one that its address ends with."""
    written = " ".join(declared.split()).casefold()
    ending = _ending(url)
    if not written:
        return Format(name=ending, fault="missing")
    if written in table()["misspelt"]:
        return Format(name=table()["misspelt"][written], fault="misspelt")
    name = table()["same"].get(written, written.lstrip("."))
    if name in table()["services"]:
        return Format(name=name, service=True)
    if name in table()["no_format"]:
        return Format(name=ending or (name if name in _stars() else ""), fault="none")
    return Format(name=name, fault=None if name in _stars() else "unknown")


def _ending(url: str) -> str:
    """The format that an address ends with, if it is one that is known."""
    try:
        name = unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return ""
    ending = name.rpartition(".")[2].casefold() if "." in name else ""
    return ending if ending in _stars() else ""


def is_dictionary(name: str) -> bool:
    """Whether a resource describes data and is none, by its name."""
    small = name.casefold()
    return any(word in small for word in table()["dictionary_names"])


def made_by_portal(name: str) -> bool:
    """Whether the portal made it of the other resources."""
    return name.strip().casefold() in table()["made_by_portal"]
