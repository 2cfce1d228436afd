"""The licences CKAN knows by id, and the names the Thai standard uses in their place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from metadata.errors import SetupError

DEFAULTS = {
    "url": "", "family": "", "status": "active", "maintainer": "", "domain_content": "False",
    "domain_data": "False", "domain_software": "False", "is_generic": "False", "od_conformance": "not reviewed",
    "osd_conformance": "not reviewed",
}  # fmt: skip
"""What CKAN says of a licence where its register does not."""


@cache
def licences(*, stock: bool = False, register: Path | None = None) -> tuple[dict[str, Any], ...]:
    """Every licence, as `license_list` gives it; stock CKAN knows no Thai names.

    `register`: the agency's own, a JSON list as CKAN's `licenses_group_url` names it: each with `id` and `title`.
    Raises SetupError `licences-file` where it is not.
    """
    import orjson

    if register is not None:
        return tuple(_own(register))
    held = orjson.loads(files("catalog").joinpath("actions/licences.json").read_bytes())
    chosen = (one for one in held if not (stock and one.get("thai")))
    return tuple(_shown(one, stock) for one in chosen)


def _shown(held: dict[str, Any], stock: bool) -> dict[str, Any]:
    shown = {key: value for key, value in held.items() if key not in ("title_en", "thai")}
    return {**shown, "title": held.get("title_en", held["title"]) if stock else held["title"]}


def _own(register: Path) -> Iterable[dict[str, Any]]:
    import orjson

    try:
        held = orjson.loads(register.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SetupError("licences-file", file=str(register), reason=type(error).__name__) from error
    for one in held if isinstance(held, list) else [None]:
        if not isinstance(one, dict) or not all(isinstance(one.get(key), str) for key in ("id", "title")):
            raise SetupError("licences-file", file=str(register), reason="no list of objects with id and title")
        yield {**DEFAULTS, **one}


def of(licence: str | None, known: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What a package shows of its licence: `isopen`, `license_title`, and `license_url` where there is one.

    An id the register does not hold is its own title, as on CKAN.
    """
    found = next((one for one in known if one["id"] == licence), None)
    if found is None:
        return {"isopen": False, "license_title": licence}
    shown = {"isopen": found["od_conformance"] == "approved", "license_title": found["title"]}
    return {**shown, "license_url": found["url"]} if found["url"] else shown
