"""A dataset as CKAN's core keeps it beneath a scheming schema: what some actions answer without the schema.

The schema's own fields are pairs of `extras`, lists are written as JSON. Source: `package_dictize` of CKAN 2.12,
for `resource_search` and `dataset_followee_list`; what is indexed of it, for `tag_show`.
"""

from __future__ import annotations

import json
from typing import Any

from catalog.actions.context import Context
from catalog.actions.documents import Document, shown
from catalog.actions.drafts import PLAIN, TAKEN, extras_order

ADDED = ("created_at", "datastore_active")
"""What extensions add to a resource that is shown or indexed."""


def beneath(ctx: Context, document: Document, *, indexed: bool = False) -> Document:
    """A stored dataset without the schema, as the index of CKAN holds it or as its tables do."""
    whole = shown(ctx, document)
    whole["resources"] = [_resource(one, () if indexed else ADDED) for one in whole["resources"]]
    if ctx.schema is None:
        return whole
    extras = {one["key"]: one["value"] for one in whole.get("extras", ())}
    for name in ctx.schema.dataset:
        if name in whole and name not in TAKEN:
            extras[name] = _text(whole.pop(name))
    order = sorted(extras, key=str if indexed else extras_order)
    whole["extras"] = [{"key": key, "value": extras[key]} for key in order]
    return {**dict.fromkeys(PLAIN), **whole}


def _resource(resource: Document, without: tuple[str, ...]) -> Document:
    kept = {name: _text(value) for name, value in resource.items() if name not in without}
    return {"description": None, **kept}


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value
