"""The licences CKAN knows by id, and the names the Thai standard uses in their place."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any


@cache
def licences() -> tuple[dict[str, Any], ...]:
    """Every licence, as `license_list` gives it."""
    import orjson

    return tuple(orjson.loads(files("catalog").joinpath("actions/licences.json").read_bytes()))


def of(licence: str | None) -> dict[str, Any]:
    """What a package shows of its licence: `isopen`, `license_title`, and `license_url` where there is one.

    An id the register does not hold is its own title, as on CKAN.
    """
    found = next((one for one in licences() if one["id"] == licence), None)
    if found is None:
        return {"isopen": False, "license_title": licence}
    shown = {"isopen": found["od_conformance"] == "approved", "license_title": found["title"]}
    return {**shown, "license_url": found["url"]} if found["url"] else shown
