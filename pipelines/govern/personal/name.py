"""Names of persons: after a title or a rank, or a given name and a surname alone, in Thai or in Latin letters.

Thai is written without spaces, so that a title (`metadata/standards/names.yaml`) begins many other words: an
official, a village, a virtue. After a title a name is sure where a given name and a surname follow. Without one, a
text of two words is a name where the first is a given name: one of `data/person_names.csv.gz`, or put together
from its pieces.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from pipelines.govern.personal.entity import Entity, Hit, register

_LETTERS = "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e"
_FIRST = "[\u0e01-\u0e2e\u0e40-\u0e44]"
"""What a Thai word begins with: a consonant, or a vowel that stands before one."""
_WORD = f"{_FIRST}[{_LETTERS}]+"
_GAP = r"[ \u00a0\t]{0,3}"
_APART = r"[ \u00a0\t]{1,4}"
_NOBLE = "\u0e13"
"""Stands alone before the last word of some surnames."""
_ENGLISH = r"(?:MR|MRS|MS|MISS|DR|PROF|MASTER|MISTER|Mr|Mrs|Ms|Miss|Dr|Prof|Master|Mister)"
_LATIN = re.compile(rf"\b{_ENGLISH}\b\.?\s{{0,2}}[A-Z][A-Za-z'-]+(?:\s+[A-Z][A-Za-z'.-]*){{1,2}}(?!\w)")
_ONE = re.compile(_WORD)
PARTED, ALONE, CALLED, GIVEN, SURNAMES = 8, 0.9, 0.35, 0.6, 0.6
"""Columns hold given names and surnames if they have so many different ones at least and that share of the cells
is a word alone; of the given names these shares are known and made of pieces, and of the surnames the last."""
DISTRICT = "\u0e2d."
"""Stands before the name of a district, and for a teacher before hers."""
_LONGEST = 12
"""Letters of the longest piece of a name."""
_UNKNOWN = 13
"""A given name that no list knows has at most so many letters: what is longer runs on into a sentence."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What `names.yaml` says, ready to match."""

    titled: re.Pattern[str]
    cued: re.Pattern[str]
    alone: re.Pattern[str]
    """A given name and a surname with nothing beside them but a telephone number."""
    weak: frozenset[str]
    never: frozenset[str]
    places: tuple[str, ...]
    not_names: tuple[str, ...]
    not_surnames: tuple[str, ...]
    areas: tuple[str, ...]
    no_surnames: tuple[str, ...]
    of_places: tuple[str, ...]
    of_things: tuple[str, ...]


@cache
def _known() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Given names; those among them that are ordinary words or places as well; pieces of names."""
    packed = files("pipelines").joinpath("data", "person_names.csv.gz").read_bytes()
    rows = list(csv.DictReader(gzip.decompress(packed).decode().splitlines()))
    given = frozenset(row["name"] for row in rows if row["kind"] == "given")
    ordinary = frozenset(row["name"] for row in rows if row["ordinary"] == "1")
    return given, ordinary, given | {row["name"] for row in rows if row["kind"] == "part"}


def _listed() -> dict[str, Any]:
    from metadata.document import packaged

    return packaged("standards/names.yaml")  # type: ignore[no-any-return]


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _rough() -> str:
    listed = _listed()
    word, gap = r"[\x{e01}-\x{e2e}\x{e40}-\x{e44}][\x{e01}-\x{e4e}]+", r"[ \x{a0}\t]"
    name = f"{gap}*{word}{gap}+[\\x{{e01}}-\\x{{e44}}]"
    alone = rf"{word}{gap}+(?:\x{{e13}}{gap}+)?{word}\s*(?:[,;/\n|(]|$|{_any(listed['contact'])}|0\d)"
    return (
        rf"(?:{_any(listed['titles'] + listed['ranks'])})(?:{gap}*{listed['female']})?{name}"
        rf"|(?:^|[^\x{{e01}}-\x{{e4e}}])(?:{_any(listed['weak'])}){name}"
        rf"|(?:{_any(listed['cues'])}){name}"
        rf"|(?:^|[,;/\n|])\s*(?:\d+[.)]\s*)?{alone}"
        rf"|{_ENGLISH}\.?\s*[A-Z][A-Za-z'-]+\s+[A-Z]"
    )


@cache
def _words() -> _Words:
    listed = _listed()
    strong = _any([*listed["titles"], *listed["ranks"]])
    weak = f"(?:{_any(listed['weak'])})"
    female = re.escape(listed["female"])
    acting = f"(?:(?:{_any(listed['acting'])}){_GAP})?"
    name = rf"(?P<given>{_WORD})(?:{_APART}(?P<surname>(?:{_NOBLE}{_APART})?{_WORD}))"
    return _Words(
        titled=re.compile(
            rf"{acting}(?P<title>{strong}|(?<![{_LETTERS}]){weak})(?:{_GAP}(?:{strong}))*(?:{female})?{_GAP}{name}"
        ),
        alone=re.compile(
            rf"(?:(?<=[,;/\n|])|^)\s*(?:\d{{1,3}}[.)]\s*)?{name}"
            rf"\s*(?:(?=[,;/\n|(]|$)|(?P<contact>{_any(listed['contact'])}|0\d))"
        ),
        cued=re.compile(rf"(?:{_any(listed['cues'])}){_GAP}(?P<whole>{name})"),
        weak=frozenset(listed["weak"]),
        never=frozenset(listed["never"]),
        places=tuple(listed["places"]),
        not_names=tuple(listed["not_names"]),
        not_surnames=tuple(listed["not_surnames"]),
        areas=tuple(listed["areas"]),
        no_surnames=(*listed["not_names"], *listed["of_things"], *listed["areas"]),
        of_places=tuple(listed["of_places"]),
        of_things=tuple(listed["of_things"]),
    )


def _find(text: str) -> Iterator[Hit]:
    hits = [Hit(*match.span(), sure=True) for match in _LATIN.finditer(text)]
    if not text.isascii():
        hits += [*_titled(text), *_cued(text), *_bare(text)]
    end = 0
    for hit in sorted(hits, key=lambda one: (one.start, not one.sure, -one.end)):
        if hit.start >= end:
            yield hit
            end = hit.end


def _titled(text: str) -> Iterator[Hit]:
    words, place = _words(), 0
    while match := words.titled.search(text, place):
        sure = _sure(text, match)
        place = match.end() if sure else match.start("given")
        if sure:
            yield Hit(*match.span(), sure=True)


def _sure(text: str, match: re.Match[str]) -> bool:
    """Whether it is a person's name that stands after a title."""
    words, (title, given, surname) = _words(), match.group("title", "given", "surname")
    before = text[: match.start()]
    if before.endswith(words.of_things) or title + given in words.never or surname.startswith(words.areas):
        return False
    inside = before[-1:] and _is_thai(before[-1])
    if (before.endswith(".") and _is_thai(before[-2:-1])) or (inside and before.endswith(words.of_places)):
        return False  # the end of another abbreviation, or a place
    if title in words.weak:
        return not inside and _is_meant(title, given, surname)
    if _is_given(given):
        return True
    if inside or given.startswith(words.not_names) or _goes_on(surname):
        return False
    return len(surname) > 1 and len(given) <= _UNKNOWN and not (title + given).startswith(words.places)


def _is_meant(title: str, given: str, surname: str) -> bool:
    """Whether a given name and a surname follow a weak title: other words begin so, or a district follows."""
    if _goes_on(surname) or surname in _provinces():
        return False
    here = title == DISTRICT and given in _districts()
    if _is_called(given) and not here:
        return True
    if here and given not in _known()[0]:
        return False  # a district that nobody is called by
    return not (title + given).startswith(_words().places) and _is_likely(given, surname)


def _cued(text: str) -> Iterator[Hit]:
    """After a word that a name follows."""
    for match in _words().cued.finditer(text):
        given, surname = match.group("given", "surname")
        if _is_called(given) and _is_surname(given, surname) and not _goes_on(surname):
            yield Hit(*match.span("whole"), sure=True)


def _bare(text: str) -> Iterator[Hit]:
    """A given name and a surname that stand alone."""
    for match in _words().alone.finditer(text):
        given, surname = match.group("given", "surname")
        called, whole = _is_called(given), match.end("surname") == len(text.rstrip())
        if (called and _is_surname(given, surname)) or (whole and _is_likely(given, surname)):
            told = called and match["contact"] is not None
            yield Hit(match.start("given"), match.end("surname"), sure=told)


def parted(columns: Sequence[Sequence[str]]) -> set[int]:
    """The places of neighbouring columns that hold given names and surnames, a word in each cell.

    `columns`: some cells of each, blanks left out.
    """
    words = [_alone(cells) for cells in columns]
    found: set[int] = set()
    for place in range(len(words) - 1):
        given, surnames = words[place], words[place + 1]
        if min(len(set(given)), len(set(surnames))) < PARTED:
            continue
        shares = _share(_is_called, given), _share(_is_given, given), _share(_is_pieced, surnames)
        if all(share >= wanted for share, wanted in zip(shares, (CALLED, GIVEN, SURNAMES), strict=True)):
            found |= {place, place + 1}
    return found


def _share(what: Callable[[str], bool], words: Sequence[str]) -> float:
    return sum(map(what, words)) / len(words)


def _is_pieced(word: str) -> bool:
    return not _uncovered(word) and word not in _provinces() and word not in _districts()


def _alone(cells: Sequence[str]) -> Sequence[str]:
    """The cells that are one word of Thai letters, where nearly all of them are."""
    some = [cell.strip() for cell in cells if cell.strip()]
    words = [cell for cell in some if _ONE.fullmatch(cell)]
    return words if len(words) >= ALONE * len(some) else ()


@cache
def _provinces() -> frozenset[str]:
    from metadata import areas

    return frozenset(one.name for one in areas.provinces())


@cache
def _districts() -> frozenset[str]:
    from metadata import areas

    return frozenset(below.name for one in areas.provinces() for below in areas.children(one.code))


def _is_thai(char: str) -> bool:
    return "\u0e01" <= char <= "\u0e4e" and char != "\u0e2f"


def _goes_on(word: str) -> bool:
    """Whether a sentence goes on with a word, rather than a name."""
    return word.startswith(_words().not_surnames) and _uncovered(word) > 0


def _is_given(word: str) -> bool:
    word = word.replace("\u0e4d\u0e32", "\u0e33")
    return word in _known()[0] or (len(word) > 3 and _is_made(word))


def _is_called(word: str) -> bool:
    """Whether a word alone is a given name: a known one, or one and a piece of a name."""
    given, _, pieces = _known()
    word = word.replace("\u0e4d\u0e32", "\u0e33")
    if word in given:
        return True
    if word.startswith(_words().no_surnames):
        return False
    return any(word[:cut] in given and word[cut:] in pieces for cut in range(2, len(word) - 1))


def _is_surname(given: str, word: str) -> bool:
    """Whether a word may be the surname after a given name; after an ordinary word it has to look so."""
    word = word.replace("\u0e4d\u0e32", "\u0e33")
    if word.startswith(_words().no_surnames) or word in _provinces():
        return False
    return _uncovered(word) <= (0 if given in _known()[1] else 3)


def _is_likely(given: str, surname: str) -> bool:
    """Whether two words are a name that no list knows: pieces of names, with hardly a letter left."""
    if given.startswith(_words().no_surnames) or len(given) > _UNKNOWN or not _is_surname(given, surname):
        return False
    return (_is_given(given) or _uncovered(given) <= 1) and not _uncovered(surname)


def _is_made(word: str) -> bool:
    """Whether a word is put together from two pieces of names or more, with no letter left."""
    pieces, ends = _known()[2], [0]
    for start in ends:
        for end in range(start + 2, min(len(word) - (start == 0), start + _LONGEST) + 1):
            if end not in ends and word[start:end] in pieces:
                ends.append(end)
    return len(word) in ends


@lru_cache(maxsize=65536)
def _uncovered(word: str) -> int:
    """How many letters of a word are in no piece of a name, at the best division of it."""
    pieces, best = _known()[2], [0]
    for end in range(1, len(word) + 1):
        some = [best[start] for start in range(max(0, end - _LONGEST), end - 1) if word[start:end] in pieces]
        best.append(min([best[-1] + 1, *some]))
    return best[-1]


register(
    Entity(
        name="person-name",
        kind="identifier",
        rough=_rough(),
        find=_find,
        fits=r"^[\p{L}\p{M}][\p{L}\p{M}\s.'’()\-]{1,70}$",
        unfit=_any(_listed()["no_cells"]),
        mask="xxx xxx",
        alone=0.25,
        led=True,
    )
)
