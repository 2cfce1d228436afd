"""A text told without what is personal in it: every sure Hit replaced by its entity's mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from metadata.finding import Finding
from pipelines.govern.personal.prose import hits


def masked(text: str) -> str:
    """The text with everything that is surely personal in it replaced by a mask."""
    parts, end = [], 0
    for entity, hit in hits(text):
        if hit.sure:
            parts += [text[end : hit.start], entity.mask]
            end = hit.end
    return "".join([*parts, text[end:]])


def discreet(finding: Finding) -> Finding:
    """The Finding with what is surely personal masked, in its values and in the names of sheet and column."""
    sheet, column = finding.at.sheet, finding.at.column
    at = replace(finding.at, sheet=sheet and masked(sheet), column=column and masked(column))
    return replace(finding, at=at, values=_masked(finding.values))


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {_masked(key): _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list | tuple) else value
