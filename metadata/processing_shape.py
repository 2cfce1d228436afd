"""The shape of `processing:` in `datapackage.yaml`: which keys an activity has, which legal bases there are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from metadata.mistakes import Mistakes

BLOCK = "processing"


@cache
def register() -> Mapping[str, Any]:
    """`standards/processing.yaml`: the register's columns, the legal bases, the category that is personal."""
    from metadata.document import packaged

    return packaged("standards/processing.yaml")  # type: ignore[no-any-return]


def mistakes(found: Mistakes, given: Any) -> None:
    """What is wrong with the block as written: no mapping, an unknown key, a basis that the law does not have."""
    columns = register()["columns"]
    keys = tuple(key for key in columns if key != "dataset")
    for index, activity in enumerate(given if isinstance(given, list) else [given]):
        here: tuple[str | int, ...] = (BLOCK, index) if isinstance(given, list) else (BLOCK,)
        for key, value in found.mapping(activity, *here, allowed=keys).items():
            choices = register()["bases"].get(columns.get(key, {}).get("choice"), {})
            if choices and any(one not in choices for one in listed(value)):
                found.add("choice", *here, key, known=tuple(choices))


def listed(given: Any) -> list[Any]:
    """What may be one or a list, as a list."""
    return [] if given in (None, "") else list(given) if isinstance(given, list) else [given]
