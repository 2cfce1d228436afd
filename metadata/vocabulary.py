"""What holds in every edition of the standard: classes and categories, words with a meaning of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from metadata.document import packaged


@cache
def classes() -> Mapping[str, Any]:
    """`classes.yaml`: levels and their spellings, categories and their levels, what open and closed mean."""
    return packaged("standards/classes.yaml")  # type: ignore[no-any-return]


@cache
def conventions() -> Mapping[str, Any]:
    """`conventions.yaml`: words with a meaning of their own, and the forms of text."""
    return packaged("standards/conventions.yaml")  # type: ignore[no-any-return]


def class_label(spelling: str) -> Mapping[str, str]:
    """A class in both languages, from any spelling or code of it; as written where it is none known."""
    level = level_of(spelling)
    choices = classes()["term"]["choices"]
    found = next((one["label"] for one in choices if level and level_of(one["value"]) == level), None)
    return dict(found or {"th": spelling, "en": spelling})


def level_of(spelling: str | None) -> str | None:
    """The level (`open`, `internal` …) of a class in any spelling or code, or None."""
    return next((level for level, spellings in classes()["levels"].items() if spelling in spellings), None)
