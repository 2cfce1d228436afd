"""Licence: which names a licence goes by, and whether it is open. The list is `standards/licences.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A licence. `open` is None where a person must read its terms."""

    names: tuple[str, ...]
    open: bool | None
    title: Mapping[str, str] = field(hash=False)
    within: str | None = None
    """An edition's value that stands for it where the edition has none of its names."""
    value: str | None = None
    """The edition's own value for it; None: it goes as "other"."""
    ckan: str | None = None
    """Its id in CKAN's own list of licences."""
    spdx: str | None = None
    url: str | None = None


def licence_named(name: str | None) -> Licence | None:
    """A licence by any of its names, titles or its URL, whatever the case and spacing; None where unknown."""
    return _by_name().get(_plain(name)) if name else None


def _plain(name: str) -> str:
    return re.sub(r"^https?://(?:www\.)?|/(?:deed\.[a-z-]+|legalcode)?$", "", " ".join(name.split()).casefold())


@cache
def _by_name() -> dict[str, Licence]:
    from metadata.document import packaged

    found: dict[str, Licence] = {}
    for entry in packaged("standards/licences.yaml")["licences"]:
        licence = Licence(
            names=tuple(entry["names"]),
            **{key: entry.get(key) for key in ("open", "title", "within", "ckan", "spdx", "url")},
        )
        for name in (*licence.names, *licence.title.values(), *filter(None, (licence.url,))):
            found.setdefault(_plain(name), licence)
    return found
