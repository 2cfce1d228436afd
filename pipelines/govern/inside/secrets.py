"""Keys, tokens and passwords in texts, by the forms that their issuers give them: `standards/secrets.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import polars

_MASKS = r"^[\s*•xX.\-]*$"
"""A cell that shows nothing of a secret."""
SECRETIVE = 0.5
"""The share of a column's cells that must look like secrets where its name says that they are."""


class Kind(NamedTuple):
    """A kind of secret. `has`: one of these stands in every text in which `pattern` finds one."""

    name: str
    has: tuple[str, ...]
    pattern: re.Pattern[str]
    sure: bool


@cache
def _told() -> Mapping[str, Any]:
    from metadata.document import packaged

    return packaged("standards/secrets.yaml")  # type: ignore[no-any-return]


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind, the sure ones first."""
    found = [
        Kind(name, tuple(one["has"]), re.compile(one["pattern"]), one.get("sure", True))
        for name, one in _told()["secrets"].items()
    ]
    return tuple(sorted(found, key=lambda kind: not kind.sure))


def found(text: str) -> Iterator[Kind]:
    """The kinds of secret that stand in a text."""
    folded = text.casefold()
    for kind in kinds():
        if any(one.casefold() in folded for one in kind.has) and kind.pattern.search(text):
            yield kind


def sure(name: str) -> bool:
    """Whether texts of a kind need no person to tell."""
    return next(kind.sure for kind in kinds() if kind.name == name)


def rough(texts: polars.Series) -> list[int]:
    """Where in a column there may be one: all kinds are looked for at once."""
    return texts.str.contains_any(_literals(), ascii_case_insensitive=True).arg_true().to_list()


@cache
def _literals() -> list[str]:
    return sorted({one for kind in kinds() for one in kind.has})


def likeness(texts: polars.Series) -> tuple[int, int, int]:
    """Of some cells: how many hold something, look like secrets (a word of four characters and more, no mask),
    and how many of these differ."""
    filled = texts.filter(texts.str.len_bytes() > 0)
    words = filled.filter(filled.str.contains(r"^\S{4,200}$") & ~filled.str.contains(_MASKS))
    return len(filled), len(words), words.n_unique()
