"""The views of a Data Package (Frictionless Views): which pictures a publisher wants of which resources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

Kind = Literal["line", "bar", "map", "points"]
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("line", "lines", "lines-and-points"), "line"),
    **dict.fromkeys(("bar", "bars", "column", "columns"), "bar"),
    "map": "map",
    "points": "points",
}
"""What a `simple` view's `type` may be, by its names in Frictionless Views and in CKAN's Recline → picture."""
FIELD = "views"
"""The field in which a resource takes its views to a portal, as JSON text."""
NONE = "none"
"""The type of a view that says: no picture."""


def of_resource(descriptor: Mapping[str, Any], resource: str) -> str:
    """The views of a resource as canonical JSON text; empty where the descriptor says nothing of its pictures.

    A view that names no resources is of all. `views: []` is none of any.
    """
    views = descriptor.get("views")
    if not isinstance(views, list):
        return ""
    mine = [one for one in views if isinstance(one, Mapping) and resource in (one.get("resources") or [resource])]
    if views and not mine:
        return ""
    kept = [
        {key: one[key] for key in ("name", "title", "title_en", "specType", "spec") if key in one} for one in mine
    ]
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
