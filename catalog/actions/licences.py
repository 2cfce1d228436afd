"""The licences CKAN knows by id, and the names the Thai standard uses in their place."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any


@cache
def licences(*, stock: bool = False) -> tuple[dict[str, Any], ...]:
    """Every licence, as `license_list` gives it; stock CKAN knows no Thai names."""
    import orjson

    held = orjson.loads(files("catalog").joinpath("actions/licences.json").read_bytes())
    chosen = (one for one in held if not (stock and one.get("thai")))
    return tuple(_shown(one, stock) for one in chosen)


def _shown(held: dict[str, Any], stock: bool) -> dict[str, Any]:
    shown = {key: value for key, value in held.items() if key not in ("title_en", "thai")}
    return {**shown, "title": held.get("title_en", held["title"]) if stock else held["title"]}


def of(licence: str | None, *, stock: bool = False) -> dict[str, Any]:
    """What a package shows of its licence: `isopen`, `license_title`, and `license_url` where there is one.

    An id the register does not hold is its own title, as on CKAN.
    """
    found = next((one for one in licences(stock=stock) if one["id"] == licence), None)
    if found is None:
        return {"isopen": False, "license_title": licence}
    shown = {"isopen": found["od_conformance"] == "approved", "license_title": found["title"]}
    return {**shown, "license_url": found["url"]} if found["url"] else shown
