"""What a person typed, as units to look for: words, each with what else is meant by it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

from catalog.search.words import folded, joined, parts, synonyms

Phrase = tuple[str, ...]
"""Parts that stand next to each other."""
Unit = tuple[Phrase, ...]
"""One word as typed, and what else is meant by it (`data/synonyms.csv`: a line of words that mean the same)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A query of words: all of `words`, or so many of them, and none of `unwanted`."""

    words: tuple[Unit, ...]
    least: int | None = None
    """How many of the words at least; None: all."""
    unwanted: tuple[Unit, ...] = ()
    text: str = ""
    """The wanted words that are not in quotes, folded: what may be misspelt."""


def wanted(pieces: list[tuple[str, bool, str]]) -> Wanted:
    """A query of pieces: sign (`+`, `-` or none), whether it stands in quotes, and its text."""
    words: list[Unit] = []
    unwanted: list[Unit] = []
    for (sign, quoted), group in groupby(pieces, key=lambda piece: piece[:2]):
        texts = [piece[2] for piece in group]
        found: list[Unit]
        if quoted:
            found = [(phrase,) for text in texts if (phrase := tuple(parts(folded(text))))]
        else:
            found = units(" ".join(texts))  # "Chiang Mai" is one name
        (unwanted if sign == "-" else words).extend(found)
    required = [unit for unit in words if not _fills(unit)] or words
    text = " ".join(text for sign, quoted, text in pieces if sign != "-" and not quoted)
    return Wanted(words=tuple(dict.fromkeys(required)), unwanted=tuple(unwanted), text=folded(text))


def _fills(unit: Unit) -> bool:
    return "".join(unit[0]) in _fillers()


def units(text: str) -> list[Unit]:
    """A text's words, in order; words that have synonyms together are one."""
    forms = _synonyms()
    words = [word for chunk in folded(text).split() for word in joined(parts(chunk))]
    found: list[Unit] = []
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + LONGEST), at, -1):
            typed = tuple(part for word in words[at:end] for part in word)
            if typed in forms:
                found.append(_least(typed, forms[typed]))
                at = end
                break
        else:
            found.append(_unit(words[at]))
            at += 1
    return found


def _least(typed: Phrase, forms: tuple[Phrase, ...]) -> Unit:
    """The typed form first; others that hold one of the forms within them add nothing."""
    chosen = [typed]
    for form in sorted(forms, key=len):
        if not any(_within(short, form) for short in chosen):
            chosen.append(form)
    return tuple(chosen)


def _within(short: Phrase, long: Phrase) -> bool:
    return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


def _unit(phrase: Phrase) -> Unit:
    if len(phrase) == 1 and len(phrase[0]) == 2 and "50" <= phrase[0] <= "79":
        return (phrase, (f"25{phrase[0]}",))  # a year of the Buddhist era as people write it
    return (phrase,)


LONGEST = 12
"""Words that a form of a synonym may have."""


@cache
def _synonyms() -> dict[Phrase, tuple[Phrase, ...]]:
    """Form → all forms of its lines, itself among them."""
    found: dict[Phrase, dict[Phrase, None]] = {}
    for row in synonyms():
        forms = dict.fromkeys(tuple(parts(one)) for one in row)
        for form in forms:
            found.setdefault(form, {}).update(forms)
    return {form: tuple(others) for form, others in found.items()}


@cache
def _fillers() -> frozenset[str]:
    """Words that say nothing about what is looked for."""
    return frozenset(files("catalog").joinpath("search/data/fillers.txt").read_text(encoding="utf-8").split())
