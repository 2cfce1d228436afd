"""Thailand's administrative areas: provinces, districts and sub-districts, by code and by name.

Codes and names are those of the Department of Provincial Administration (2, 4 and 6 digits; a province's is also
its ISO 3166-2 number), derived from GeoThai by `tests/area_codes.py`: see `standards/areas_licence.txt`. The word
that stands before a name (province, district, …) is not part of it.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Literal

Level = Literal["province", "district", "subdistrict"]
LEVELS: dict[Level, int] = {"province": 2, "district": 4, "subdistrict": 6}
"""Level → digits of its codes: a code begins with its parent's."""
_BELOW: dict[Level | None, Level] = {"province": "district", "district": "subdistrict"}
BANGKOK = "10"
"""The one province without a province's districts: its own have other names and no capital."""
_APART = re.compile(r"[\s.\-'\u2019()_\u2010-\u2015\u200b\ufeff\u0e2f]+")
_REGIONS = {
    **dict.fromkeys("127", "central"),
    **dict.fromkeys("34", "northeast"),
    **dict.fromkeys("56", "north"),
    **dict.fromkeys("89", "south"),
}


@dataclass(frozen=True, slots=True)
class Area:
    """A province, a district (of Bangkok: khet) or a sub-district (khwaeng): its names without the word for it."""

    code: str
    level: Level
    name: str
    name_en: str
    parent: str | None
    """The code of the area it lies in; a province has none."""


def area(code: str) -> Area | None:
    """The area of a code."""
    level = _level(code)
    at = _lines(level).find(f"\n{code}\t".encode()) if level else -1
    return next(_read(level, at + 1, code)) if level and at >= 0 else None


def children(code: str) -> tuple[Area, ...]:
    """A province's districts or a district's sub-districts, by code; nothing for any other text."""
    level = _BELOW.get(_level(code))
    at = _lines(level).find(f"\n{code}".encode()) if level else -1
    return tuple(_read(level, at + 1, code)) if level and at >= 0 else ()


def provinces() -> tuple[Area, ...]:
    """The provinces by code."""
    return tuple(_read("province", 1, ""))


def region(code: str) -> str:
    """Bangkok, or the region an area lies in: `bangkok central north northeast south`.

    The National Statistical Office's division, which the codes' first digits follow.
    """
    return "bangkok" if code.startswith(BANGKOK) else _REGIONS[code[0]]


def find(name: str, level: Level | None = None, within: str = "") -> tuple[Area, ...]:
    """The areas of a name: Thai or English, with or without the word for their level; or of a code.

    `level` asks for areas of one kind only, `within` for those whose codes begin so. Provinces are known by their
    other names, too (`spellings`); the capital district also by that word alone.
    """
    text = name.strip()
    if text.isascii() and text.isdigit():
        codes = [text] if _level(text) in ((level,) if level else (*LEVELS,)) and text.startswith(within) else []
        return tuple(one for code in codes if (one := area(code)))
    found: dict[str, Area] = {}
    for kind in (level,) if level else LEVELS:
        wanted = {fold(text), fold(_words(kind).sub("", text))} - {""}
        for code in [code for one in wanted for code in _called(kind, one, within)]:
            if code.startswith(within) and (one := area(code)):
                found.setdefault(code, one)
    return tuple(found[code] for code in sorted(found, key=lambda code: (len(code), code)))


def search(text: str, most: int = 60) -> tuple[Area, ...]:
    """Areas for somebody who types: those of this name or code, then those whose names begin so, then hold it."""
    found = {one.code: one for one in find(text)}
    wanted = fold(text)
    if len(wanted) > 1 and not wanted.isdigit():
        for part in (f"\t{wanted}".encode(), wanted.encode()):
            for level in LEVELS:
                for code in islice(_holding(level, part), most):
                    if code not in found and (one := area(code)):
                        found[code] = one
    return tuple(found.values())[:most]


def fold(name: str) -> str:
    """A name for comparing: lower case, without spaces, dots, hyphens, quotes, or the sign of an abbreviation."""
    return _APART.sub("", name.replace("\u0e4d\u0e32", "\u0e33")).casefold()


@dataclass(frozen=True, slots=True)
class Spelling:
    """Another name of a province: `kind` is `abbreviation` (official, Thai or English) or `spelling`."""

    code: str
    name: str
    kind: str


@cache
def spellings() -> tuple[Spelling, ...]:
    """What else provinces are called or spelt."""
    return tuple(Spelling(**row) for row in _rows("area_names.csv"))


def words(level: Level, place: Literal["before", "after", "capital"]) -> tuple[str, ...]:
    """The words people write beside the names of a level's areas, or alone for the capital district."""
    return tuple(row["word"] for row in _rows("area_words.csv") if (row["level"], row["place"]) == (level, place))


def _level(code: str) -> Level | None:
    if not (code.isascii() and code.isdigit()):
        return None
    return next((level for level, digits in LEVELS.items() if digits == len(code)), None)


@cache
def _lines(level: Level) -> bytes:
    """A level's areas by code, one a line between line feeds: `code TAB name TAB name_en`.

    Kept as they are packed: as objects, the 8,441 areas would take ten times the memory.
    """
    packed = files("metadata").joinpath("standards/areas.csv.gz").read_bytes()
    rows = csv.DictReader(gzip.decompress(packed).decode().splitlines())
    kept = ["\t".join((row["code"], row["name"], row["name_en"])) for row in rows if _level(row["code"]) == level]
    return "\n".join(("", *kept, "")).encode()


@cache
def _folded(level: Level) -> bytes:
    """The same lines with folded names."""
    lines = (line.split("\t") for line in _lines(level).decode().split("\n")[1:-1])
    kept = [f"{code}\t{fold(name)}\t{fold(english)}\t" for code, name, english in lines]
    return "\n".join(("", *kept, "")).encode()


def _read(level: Level, at: int, prefix: str) -> Iterator[Area]:
    """The areas from a line's start on, while their codes begin so."""
    lines, begins = _lines(level), prefix.encode()
    while at < len(lines) and lines.startswith(begins, at):
        end = lines.index(b"\n", at)
        code, name, english = lines[at:end].decode().split("\t")
        yield Area(code, level, name, english, code[:-2] or None)
        at = end + 1


def _called(level: Level, name: str, within: str) -> Iterator[str]:
    """The codes of a level's areas by folded name."""
    yield from _holding(level, f"\t{name}\t".encode(), within)
    yield from _otherwise(level).get(name, ())


def _holding(level: Level, part: bytes, within: str = "") -> Iterator[str]:
    """The codes of the lines that hold a text, of those that begin so: they stand together."""
    folded, begins = _folded(level), f"\n{within}".encode()
    at, last = folded.find(begins), folded.rfind(begins)
    end = folded.find(b"\n", last + 1) if within else len(folded)
    while at >= 0 and (at := folded.find(part, at, end)) >= 0:
        start = folded.rindex(b"\n", 0, at) + 1
        yield folded[start : start + LEVELS[level]].decode()
        at = folded.index(b"\n", at)


@cache
def _otherwise(level: Level) -> dict[str, tuple[str, ...]]:
    """Folded other names → codes."""
    found: dict[str, tuple[str, ...]] = {}
    for one in spellings() if level == "province" else ():
        found[fold(one.name)] = (*found.get(fold(one.name), ()), one.code)
    capitals = tuple(f"{one.code}01" for one in provinces() if one.code != BANGKOK)
    return found | {fold(word): capitals for word in words(level, "capital")}


@cache
def _words(level: Level) -> re.Pattern[str]:
    """The words before or after a level's names. Those of Thai letters need no space after them."""
    latin = r"(?:\s+|$)"
    before = "|".join(
        re.escape(one) + (latin if one[-1].isascii() and one[-1].isalpha() else "")
        for one in words(level, "before")
    )
    after = "|".join(map(re.escape, words(level, "after")))
    return re.compile(rf"^(?:{before})\s*|\s+(?:{after})$", re.IGNORECASE)


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = files("metadata").joinpath("standards", name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
