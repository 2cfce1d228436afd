"""Words that tell: what a column's header promises, what the other columns say, what stands near in a text.

They stand in `metadata/standards/personal.yaml` (an entity an entry) and `contexts.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

Words = Mapping[str, Any]


MANY = 4096
"""Headers that are kept in mind: those of one table come again with every batch of its rows."""


@cache
def kinds() -> Mapping[str, Words]:
    """Entity → its entry of `metadata/standards/personal.yaml`."""
    from metadata.document import packaged

    return packaged("standards/personal.yaml")  # type: ignore[no-any-return]


@cache
def contexts() -> Mapping[str, Any]:
    """`metadata/standards/contexts.yaml`."""
    from metadata.document import packaged

    return packaged("standards/contexts.yaml")  # type: ignore[no-any-return]


@cache
def words(entity: str, key: str = "near") -> str | None:
    """A regular expression of the words `near` or `far` from an entity in a text: Latin ones not within others."""
    listed = sorted(kinds()[entity].get(key) or (), key=len, reverse=True)
    return f"(?i:{'|'.join(map(_whole, listed))})" if listed else None


@cache
def rough_words(entity: str) -> str:
    """The same as polars' regular expression, which matches within other words too."""
    listed = sorted(kinds()[entity]["near"], key=len, reverse=True)
    return f"(?i:{'|'.join(map(_spaced, listed))})"


def _spaced(word: str) -> str:
    return r"[ _\-]?".join(re.escape(part) for part in word.split(" "))


def _whole(word: str) -> str:
    before = "(?<![A-Za-z])" if re.match(r"[a-z]", word) else ""
    return before + _spaced(word) + ("(?![A-Za-z])" if re.search(r"[a-z]$", word) else "")


def promised(label: str, titles: Iterable[str] = ()) -> Mapping[str, str]:
    """Entity → the word of the header that promises it; what only looks like it is left out."""
    return _promised((label, *titles))


@lru_cache(MANY)
def _promised(texts: tuple[str, ...]) -> Mapping[str, str]:
    return {
        name: word
        for name, entry in kinds().items()
        if (word := _first(texts, entry.get("header") or {})) and not _first(texts, entry.get("alike") or {})
    }


def promises(labels: Sequence[str], titles: Sequence[Sequence[str]]) -> tuple[dict[str, str], ...]:
    """For each column of a table what its header promises, by itself or because of another column."""
    return tuple(
        {**promised(label, some), **_paired(label, labels)} for label, some in zip(labels, titles, strict=True)
    )


def _paired(label: str, others: Iterable[str]) -> dict[str, str]:
    whole = re.sub(r"[\s_]+", "", label).lower()
    return {
        name: label
        for name, entry in kinds().items()
        if (pair := entry.get("paired")) and whole in pair["whole"] and _first(list(others), pair["with"])
    }


def alike(entity: str, label: str, titles: Iterable[str] = ()) -> bool:
    """Whether a header says that its cells only look like the entity."""
    return _first([label, *titles], kinds()[entity].get("alike") or {}) is not None


def tells(context: str, label: str, titles: Iterable[str] = ()) -> bool:
    """Whether a header holds a word of a context: `offices`, `subjects`, `persons`, `counts`, `coordinates`."""
    return _tells(context, (label, *titles))


@lru_cache(MANY)
def _tells(context: str, texts: tuple[str, ...]) -> bool:
    return _first(texts, contexts()[context]) is not None


def stands(words: Words, label: str, titles: Iterable[str] = ()) -> bool:
    """Whether a header holds one of some words, listed as those of the two files."""
    return _first([label, *titles], words) is not None


def _first(texts: Sequence[str], words: Words) -> str | None:
    """The first of the words that stands in one of the texts."""
    return next((word for text in texts if text for word in _standing(text, words)), None)


def _standing(text: str, words: Words) -> Iterator[str]:
    for harmless in words.get("except") or ():
        text = text.replace(harmless, " ")
    close = re.sub(r"\s+", "", text).replace("\u0e4d\u0e32", "\u0e33")
    yield from (word for word in words.get("whole") or () if word == close.lower())
    yield from (word for word in words.get("thai") or () if word in close)
    tokens = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)]
    if tokens:
        joined = f"_{'_'.join(tokens)}_"
        yield from (name for name in words.get("names") or () if f"_{name}_" in joined)
        yield from (word for word in words.get("tokens") or () if word in tokens)
