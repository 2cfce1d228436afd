"""Themes: what a dataset is about, in the EU's table of topics, by the words its publisher uses of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from metadata.exports.record import Record
from metadata.exports.vocabulary import authority, tables

TABLE = "data-theme"
LEADING, FOLLOWING = re.compile("[\u0e40-\u0e44]"), re.compile("[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e]")
"""Vowels before their consonant; vowels and marks after it. A Thai word cut there is another word."""
SPLIT_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32|([\u0e48-\u0e4b])\u0e4d\u0e32")
"""The vowel SARA AM in two letters, as some keyboards write it, with the tone mark before or between."""


def of(record: Record) -> tuple[str, ...]:
    """Codes of the EU authority's table `data-theme`, in its order.

    Those that the record names itself, and those whose words stand in its keywords, titles or groups' names.
    """
    return told((*record.keywords, *record.title.values(), *record.groups), record.themes)


def told(texts: Iterable[str], addresses: Iterable[str] = ()) -> tuple[str, ...]:
    """The same of texts, and of addresses that may be themes'."""
    known = tables()["themes"]
    prefix = str(authority(TABLE, ""))
    found = {given.removeprefix(prefix) for given in addresses if given.startswith(prefix)}
    for text in texts:
        found |= set(_named(SPLIT_AM.sub("\\1\\2\u0e33", text.casefold())))
    return tuple(code for code in known if code in found)


def address(code: str) -> str:
    """The URI of a theme."""
    return str(authority(TABLE, code))


def name(code: str) -> Mapping[str, str]:
    """What a theme is called, by language."""
    return tables()["themes"][code]["name"]  # type: ignore[no-any-return]


def _named(text: str) -> Iterator[str]:
    """The themes that a text in small letters names: the longest word at each place, from left to right."""
    words, at = _words(), 0
    while at < len(text):
        for word, code in words.get(text[at : at + 2], ()):
            if text.startswith(word, at) and _whole(text, at, at + len(word)):
                at += len(word) - 1
                if code:
                    yield code
                break
        at += 1


def _whole(text: str, start: int, end: int) -> bool:
    """Whether nothing of a longer word is cut off at either end; a Latin word may have an `s` more."""
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if not text[start].isascii():
        return not LEADING.match(before) and not FOLLOWING.match(after)
    if after == "s":
        after = text[end + 1 : end + 2]
    return not any(one.isascii() and one.isalnum() for one in (before, after))


@cache
def _words() -> dict[str, list[tuple[str, str | None]]]:
    """A word's first two letters → the words that begin so and their themes, the longest first."""
    known: Mapping[str, Any] = tables()
    pairs: list[tuple[str, str | None]] = [(word, None) for word in known["no-theme"]]
    pairs += [(word, code) for code, theme in known["themes"].items() for word in theme["words"]]
    found: dict[str, list[tuple[str, str | None]]] = {}
    for word, code in sorted(pairs, key=lambda pair: -len(pair[0])):
        found.setdefault(word[:2], []).append((word, code))
    return found
