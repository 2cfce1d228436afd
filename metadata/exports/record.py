"""Record: a published dataset as documents tell of it, whatever catalogue keeps it.

Texts by language are mappings with the keys `th` and `en`; a language in which nothing was written is absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from metadata.exports import vocabulary

Texts = Mapping[str, str]
THAI = re.compile(r"[\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. `kind` is its Table Schema type: string, integer, number, boolean, date …"""

    name: str
    kind: str
    title: Texts = field(default_factory=dict, hash=False)
    description: Texts = field(default_factory=dict, hash=False)
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One file or link. `url` is None where what the publisher wrote cannot be followed (no http(s) address)."""

    id: str
    title: Texts = field(hash=False)
    description: Texts = field(default_factory=dict, hash=False)
    page: str
    url: str | None
    ours: bool
    """Whether the catalogue holds the file itself."""
    filename: str = ""
    format: str = ""
    media_type: str = ""
    size: int | None = None
    sha256: str | None = None
    issued: str | None = None
    modified: str | None = None
    rights: str | None = None
    """On which conditions it may be had, in the publisher's words."""
    columns: tuple[Column, ...] = ()
    table: str | None = None
    """Where its rows are asked for (OData), if they are."""

    @property
    def kind(self) -> str:
        """Its format in small letters, without a dot: `csv`."""
        return self.format.strip().lstrip(".").lower()

    @property
    def download(self) -> str | None:
        """The address of its bytes: the catalogue holds the file, or the address ends as a file's does."""
        if not self.url:
            return None
        return self.url if self.ours or vocabulary.is_file(urlsplit(self.url).path, self.kind) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A published dataset. Moments are ISO 8601 with offset, days ISO dates, years Gregorian."""

    id: str
    name: str
    page: str
    title: Texts = field(hash=False)
    description: Texts = field(default_factory=dict, hash=False)
    catalog: str
    """The catalogue's address, without a slash at its end."""
    catalog_title: Texts = field(hash=False)
    publisher: Texts = field(hash=False)
    publisher_page: str
    creator: str | None = None
    """The author, where it is somebody else than the publisher."""
    contact: str | None = None
    contact_email: str | None = None
    keywords: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """What the groups that the catalogue puts it in are called."""
    themes: tuple[str, ...] = ()
    """Addresses of topics that its publisher named."""
    licence: Mapping[str, str] = field(default_factory=dict, hash=False)
    """`title`, `url`, `name` (a short id), each only where known."""
    landing: str | None = None
    version: str | None = None
    version_notes: str | None = None
    """What is new in it, and why."""
    created: str | None = None
    issued: str | None = None
    modified: str | None = None
    first_year: int | None = None
    last_year: int | None = None
    box: tuple[float, float, float, float] | None = None
    """West, south, east, north, in degrees."""
    extent: str | None = None
    languages: tuple[str, ...] = ()
    frequency: tuple[str, int] | None = None
    """The unit, as the Thai standard names it, and every how many of them."""
    category: str | None = None
    source: str | None = None
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """What the schema of the catalogue asks beside all this: field name → values."""
    vocabulary: str | None = None
    """The address at which those field names are defined."""
    distributions: tuple[Distribution, ...] = ()


def either(texts: Texts, language: str = "th") -> str:
    """A text in a language, else in whichever there is."""
    return texts.get(language) or next((text for text in texts.values() if text), "")


def language_of(text: str) -> str:
    """`th` for a text with Thai letters, else `en`."""
    return "th" if THAI.search(text) else "en"


def slug(text: str, default: str) -> str:
    """A name of small letters, digits, `-` and `_`, made of a text's Latin part; `default` where none is left."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-_") or default


def filled(document: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON object without what is empty (None, "", [], {})."""
    return {key: value for key, value in document.items() if value not in (None, "", [], {}, ())}
