"""What was recalled does not come back by any door: not by a write, and whoever asks is told what became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from catalog.actions.context import Context
from catalog.actions.refusals import ActionRefused, invalid, not_found
from catalog.store import recalls
from catalog.store.recalls import Recall

SHA256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")


def keep_out(ctx: Context, document: Mapping[str, Any], old: Mapping[str, Any] | None) -> None:
    """Raises 409 for a dataset that takes the name of a recalled one, or names a file that was recalled.

    Until the owner's approval of a clean release, which names the recall, lets them in again (`saphan approve`).
    """
    before = {} if old is None else old
    names = {document["id"], document["name"]} - {before.get("id"), before.get("name")}
    if names and (found := recalls.named(ctx.connection, "dataset", names)):
        raise invalid({"name": [f"That dataset was recalled: {found[0].id}"]})
    new = _contents(document) - _contents(before)
    if new and recalls.blocked(ctx.connection, new):
        raise invalid({"resources": ["A file was recalled"]})


def keep_file_out(ctx: Context, content: str) -> None:
    """Raises 409 for a file that was recalled, by its SHA-256, whatever its sender says of it."""
    if recalls.blocked(ctx.connection, [content]):
        raise invalid({"upload": ["This file was recalled"]})


def absent(ctx: Context, key: str) -> ActionRefused:
    """404 for a dataset that is not here, as CKAN says it; of a recalled one with what became of it."""
    found = [one for one in recalls.named(ctx.connection, "dataset", [key]) if one.told or ctx.actor.sysadmin]
    if not found:
        return not_found()
    error = {"__type": "Not Found Error", "message": f"Not found: {key} was recalled", "recalled": told(found[0])}
    return ActionRefused(404, error)


def told(recall: Recall) -> dict[str, Any]:
    """What anyone may know of a recall."""
    return {name: getattr(recall, name) for name in ("id", "dataset", "release", "at", "reason")}


def _contents(document: Mapping[str, Any]) -> set[str]:
    hashes = (SHA256.fullmatch(str(one.get("hash") or "").strip()) for one in document.get("resources", ()))
    return {match[1].lower() for match in hashes if match}
