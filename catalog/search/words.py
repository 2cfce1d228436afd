"""Text as a search compares it: folded, cut into words and their parts, and into grams for misspellings.

A *part* is the least piece of a Thai text that the word list knows (`data/words.txt.gz`, made of PyThaiNLP's list,
CC0-1.0, by `benchmarks/word_list.py`); of other scripts a run of letters, and of digits a run of digits. Texts are
indexed by their parts, in order, so that a word is found inside a compound; a query's parts are joined into words
again, and a word is looked for as its parts next to each other.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from threading import Lock

RULES = "4"
"""Raised with every change of code that changes what a text is indexed by."""
LONGEST = 100_000
"""Letters of a text that are looked at."""
LONGEST_RUN = 2_000
MOST_PARTS = 12
"""Parts that one word may have."""

_RUN = re.compile(r"([\u0e01-\u0e3a\u0e40-\u0e4e]+)|(\d+)|([^\W\d_\u0e00-\u0e7f]+)")
_ABBREVIATED = re.compile(
    r"(?<![\u0e01-\u0e4e])[\u0e01-\u0e2e]{1,4}(?:\.[\u0e01-\u0e2e]{1,4})+\.?(?![\u0e01-\u0e4e])"
    r"|\b[a-z](?:\.[a-z])+\b\.?"
)
_OTHER_DIGIT = re.compile(r"[^\D0-9]")  # Thai ones, and all other scripts'
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SPLIT_SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_SARA_AM_TONE = re.compile("\u0e33([\u0e48-\u0e4b])")
_SHORT = re.compile("[\u0e01-\u0e2e]{2,6}")  # an abbreviation: consonants alone
_MARKS = re.compile("[\u0e47-\u0e4e]")  # tone marks and the like: what misspellings differ in most
_DICTIONARY = "saphan"
_loading = Lock()


def folded(text: str) -> str:
    """Text without the differences that nobody sees: case, Thai digits, split vowels, dots of abbreviations."""
    text = unicodedata.normalize("NFC", text[:LONGEST]).casefold()
    text = _UNSEEN.sub("", text).replace("\u0e40\u0e40", "\u0e41")
    text = _SARA_AM_TONE.sub("\\1\u0e33", _SPLIT_SARA_AM.sub("\\1\u0e33", text))
    text = _OTHER_DIGIT.sub(lambda match: str(unicodedata.decimal(match.group())), text)
    return _ABBREVIATED.sub(lambda match: match.group().replace(".", "") + " ", text)


def parts(text: str) -> list[str]:
    """The parts of a folded text, in order."""
    found: list[str] = []
    for thai, digits, letters in _RUN.findall(text):
        if thai:
            found += cut(thai)
        else:
            found.append(digits or _singular(letters))
    return found


def _singular(word: str) -> str:
    """An English word without its plural."""
    if len(word) < 4 or not word.isascii() or word.endswith(("ss", "us", "is")):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") and len(word) > 4 else word.removesuffix("s")


def cut(run: str) -> Iterator[str]:
    """A run of Thai letters as its parts."""
    segment = _segmenter()
    for start in range(0, len(run), LONGEST_RUN):
        # "safe": a text made to be ambiguous takes no longer than any other
        yield from segment(run[start : start + LONGEST_RUN], _DICTIONARY, True)


def whole(text: str) -> list[str]:
    """The words of a folded text, each once, marked: a word that stands alone counts more than within another."""
    words = (marked(word) for chunk in text.split() for word in joined(parts(chunk)))
    return list(dict.fromkeys(words))


def marked(word: tuple[str, ...]) -> str:
    """A word as one mark of the index, which no part is like: no part mixes scripts."""
    return "x" + "".join(word) if not word[0].isascii() else "x\u0e01" + "".join(word)


def years(numbers: Iterable[str]) -> list[str]:
    """What the years among some parts are called in the other era: Buddhist and Common."""
    other = []
    for one in numbers:
        if len(one) == 4 and one.isdigit():
            if 2400 <= int(one) <= 2643:
                other.append(str(int(one) - 543))
            elif 1857 <= int(one) <= 2100:
                other.append(str(int(one) + 543))
    return other


def joined(pieces: list[str]) -> list[tuple[str, ...]]:
    """Parts as words: as few as the list allows, the longest first."""
    words, count = _words(), len(pieces)
    best: list[tuple[int, int]] = [(0, 0)] * (count + 1)  # from here: how many words, the first one's end
    for start in range(count - 1, -1, -1):
        best[start] = (best[start + 1][0] + 1, start + 1)
        text = pieces[start]
        for end in range(start + 2, min(count, start + MOST_PARTS) + 1):
            text += pieces[end - 1]
            if text in words and best[end][0] + 1 <= best[start][0]:
                best[start] = (best[end][0] + 1, end)
    found, at = [], 0
    while at < count:
        end = best[at][1]
        found.append(tuple(pieces[at:end]))
        at = end
    return found


def grams(text: str) -> list[str]:
    """The three-letter pieces of a folded text's runs, each once, tone marks left out; shorter runs whole."""
    found: dict[str, None] = {}
    for match in _RUN.finditer(text):
        run = _MARKS.sub("", match.group())
        for start in range(max(1, len(run) - 2)):
            found[run[start : start + 3]] = None
    found.pop("", None)
    return list(found)


@cache
def rules() -> str:
    """What names the way that texts become parts and grams: an index made in another way is built anew."""
    names = ("words.txt.gz", "synonyms.csv")
    return hashlib.sha256(RULES.encode() + b"".join(map(_data, names))).hexdigest()[:16]


@cache
def synonyms() -> tuple[tuple[str, ...], ...]:
    """Words that mean the same, folded, a line of `data/synonyms.csv` each."""
    rows = csv.reader(_data("synonyms.csv").decode().splitlines())
    return tuple(tuple(folded(one).strip(" .") for one in row) for row in rows)


def _data(name: str) -> bytes:
    return files("catalog").joinpath("search/data", name).read_bytes()


@cache
def _words() -> frozenset[str]:
    """What parts are joined into: the words of the list, and the Thai ones that have synonyms."""
    listed = gzip.decompress(_data("words.txt.gz")).decode().split()
    return frozenset([*listed, *(form for row in synonyms() for form in row if " " not in form)])


@cache
def _segmenter():  # type: ignore[no-untyped-def]
    """nlpo3, with its dictionary loaded: 14 MB, a tenth of a second, for those who search or publish."""
    from nlpo3 import load_dict, segment

    least = gzip.decompress(_data("words.txt.gz")).decode().partition("\n\n")[0]
    short = {form for row in synonyms() for form in row if _SHORT.fullmatch(form)}
    with _loading, tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write("\n".join([least, *sorted(short)]))
        file.flush()
        load_dict(file.name, _DICTIONARY)
    return segment
