"""Words that tell: what a column's header promises, what the other columns say, what stands near in a text.

They stand in `metadata/standards/personal.yaml` (an entity an entry) and `contexts.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    listed = sorted(_listed(entity, key), key=len, reverse=True)
    return f"(?i:{'|'.join(map(_whole, listed))})" if listed else None


def _listed(entity: str, key: str) -> list[str]:
    """The words of a list, and those that its pairs make: a word of either group, with or without a space."""
    entry = kinds()[entity]
    pairs = entry.get(f"{key}_joined") or ()
    return [*(entry.get(key) or ()), *(f"{a} {b}" for first, last in pairs for a in first for b in last)]


@cache
def rough_words(entity: str) -> str:
    """The same as polars' regular expression, which matches within other words too."""
    listed = sorted(_listed(entity, "near"), key=len, reverse=True)
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
    whole = _head(label).close.replace("_", "").lower()
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


@dataclass(frozen=True, slots=True)
class _Head:
    """A header as words are looked for in it. `close`: without spaces and the signs that part it; `pieces`: its
    Thai words as far as signs part them; `tokens`: its Latin words in small letters, those in one apart."""

    close: str
    pieces: frozenset[str]
    tokens: tuple[str, ...]

    @property
    def joined(self) -> str:
        """Its Latin words, with a sign around each."""
        return f"_{'_'.join(self.tokens)}_"


_APART = re.compile(r"[\s.,()\[\]{}/\\\-\u2010-\u2015:;'\"*\u0e2f]+")
_ABBREVIATED, _CONSONANTS = 3, re.compile("[\u0e01-\u0e2e]+")
"""So few consonants are looked for at the ends of words only: within others they stand by chance."""
_GOES_ON = re.compile("[\u0e30-\u0e3a\u0e45\u0e47-\u0e4b\u0e4d]")
"""Vowels and marks that belong to the consonant before them: no word begins with one."""
_PARTED = 4
"""Letters of the shortest word that may be part of one written together."""
_LONG = 7
"""Letters of one that is known at the end or the beginning of any other."""
_SHORT = ("id", "no", "of", "num")
"""Shorter ones that may be."""


@lru_cache(maxsize=4096)
def _head(text: str) -> _Head:
    text = text.replace("\u0e4d\u0e32", "\u0e33")
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|#", text)
    tokens = [part for one in found for part in _parts("no" if one == "#" else one.lower())]
    words = re.findall(r"[\u0e01-\u0e4e]+", text.replace(".", ""))
    return _Head(_APART.sub("", text), frozenset(words), tuple(tokens))


@lru_cache(maxsize=4096)
def _parts(token: str) -> tuple[str, ...]:
    """The words that a Latin word is written together of, as far as they are known; itself where it is one."""
    known = _known()
    if token in known or len(token) <= _PARTED:
        return (token,)
    ways: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(2, len(token) + 1):
        for start in [start for start in ways if start < end]:
            part = token[start:end]
            if (len(part) >= _PARTED or part in _SHORT) and (part in known or part in _SHORT):
                ways.setdefault(end, (*ways[start], part))
    if len(token) in ways:
        return ways[len(token)]
    for cut in range(_PARTED, len(token) - _LONG + 1):
        if token[cut:] in known:
            return token[:cut], token[cut:]
    for cut in range(len(token) - 1, _LONG - 1, -1):
        if token[:cut] in known:
            return token[:cut], token[cut:]
    return (token,)


@cache
def _known() -> frozenset[str]:
    """The Latin words of all lists."""
    entries = [part for entry in kinds().values() for key in ("header", "alike") if (part := entry.get(key))]
    entries += [entry for entry in contexts().values() if isinstance(entry, Mapping)]
    listed = [word for entry in entries for key in ("tokens", "names") for word in entry.get(key) or ()]
    groups = [_group(some) for entry in entries for joined in entry.get("joined") or () for some in joined]
    listed += [word for some in groups for word in some]
    return frozenset(part for word in listed for part in re.findall(r"[a-z]+", word))


def _standing(text: str, words: Words) -> Iterator[str]:
    """The words of a list that stand in a header."""
    for harmless in words.get("except") or ():
        text = text.replace(harmless, " ")
    head = _head(text)
    yield from (word for word in words.get("whole") or () if word == head.close.lower())
    yield from (word for word in words.get("thai") or () if _in(word, head))
    if head.tokens:
        joined = head.joined
        yield from (name for name in words.get("names") or () if f"_{name}_" in joined)
        yield from (word for word in words.get("tokens") or () if word in head.tokens)
        yield from (stem for stem in words.get("stems") or () if f"_{stem}" in joined)
    for groups in words.get("joined") or ():
        found = [next((word for word in _group(some) if _says(word, head)), None) for some in groups]
        if None not in found:
            yield " ".join(filter(None, found))


def _group(given: str | Sequence[str]) -> Sequence[str]:
    """The words of a group, which may be called by its name."""
    return contexts()["groups"][given] if isinstance(given, str) else given


def _says(word: str, head: _Head) -> bool:
    """Whether a word of a group stands in a header: a Latin one as a word or several, a Thai one anywhere."""
    if word.isascii():
        return f"_{word.replace(' ', '_')}_" in head.joined
    if len(word) <= _ABBREVIATED and _CONSONANTS.fullmatch(word):
        return any(piece.startswith(word) or piece.endswith(word) for piece in head.pieces)
    return _in(word, head)


def _in(word: str, head: _Head) -> bool:
    """Whether a Thai word stands in a header: not as the beginning of a syllable that goes on."""
    close, start = _APART.sub("", word), -1
    while (start := head.close.find(close, start + 1)) >= 0:
        if not _GOES_ON.match(head.close, start + len(close)):
            return True
    return False
