"""What is written wrongly and can mean only one thing: the right text, found without a person's judgement.

Every function takes what was written and gives the right text, or None where only a person can tell. Which
spellings are of one value stands in `metadata/standards/fixes.yaml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from metadata.clock import ERA
from metadata.description.forms import BUDDHIST, EMAIL, TAG
from metadata.document import packaged
from metadata.standard import Standard, Term

UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
SPLIT_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
"""The vowel SARA AM in two letters; a tone mark may stand between them."""
THAI_DIGITS = {0x0E50 + number: str(number) for number in range(10)}
ALIKE, APART = 0.86, 0.08
"""How alike a misspelt value and the one meant must be, and by how much more than any other."""
LEAST = 4
"""Letters below which likeness says nothing."""


@cache
def table() -> Mapping[str, Any]:
    """`fixes.yaml`."""
    return packaged("standards/fixes.yaml")  # type: ignore[no-any-return]


def seen(text: str) -> str:
    """The text without characters that nobody sees, and with SARA AM in one letter."""
    return SPLIT_AM.sub(lambda found: f"{found[1]}\u0e33", UNSEEN.sub("", text))


def plain(text: str) -> str:
    """What is the same in every spelling of one value: no spaces, no case, no full stop or comma at its end."""
    folded = "".join(unicodedata.normalize("NFKC", seen(text)).split()).casefold()
    # NFKC parts SARA AM in two
    return seen(folded).strip(".,;:\"'“”")


def choice(text: str, term: Term) -> str | None:
    """The value of a term's vocabulary that a text means: another spelling, its label, or the one it looks like.

    A category, a class or a licence must be the very value in another spelling: likeness is no reason there.
    """
    wanted = plain(text)
    names: dict[str, set[str]] = {}
    for value in term.choices:
        for name in (value, *term.choice_labels.get(value, {}).values()):
            names.setdefault(plain(name), set()).add(value)
    field = term.field_name.removeprefix("resource_")
    for value, spellings in table()["spellings"].get(field, {}).items():
        if value in term.choices:
            for name in spellings:
                names.setdefault(plain(name), set()).add(value)
    if found := names.get(wanted):
        return next(iter(found)) if len(found) == 1 else None
    if field in table()["exact"] or len(wanted) < LEAST:
        return None
    likeness = sorted(
        ((SequenceMatcher(None, wanted, plain(value)).ratio(), value) for value in term.choices), reverse=True
    )
    (best, value), *rest = likeness
    return value if best >= ALIKE and (not rest or best - rest[0][0] >= APART) else None


def licence(text: str, standard: Standard) -> str | None:
    """The edition's value of a licence whose name is written with other signs: `CC_BY`, `cc by 4.0`."""
    known = (standard.licence(name) for name in _licences().get(_letters(text), ()))
    values = {one.value for one in known if one and one.value}
    return values.pop() if len(values) == 1 else None


@cache
def _licences() -> Mapping[str, set[str]]:
    """A licence's name in letters and digits alone → its first names."""
    found: dict[str, set[str]] = {}
    for one in packaged("standards/licences.yaml")["licences"]:
        for name in (*one["names"], *one["title"].values()):
            found.setdefault(_letters(name), set()).add(one["names"][0])
    return found


def _letters(text: str) -> str:
    return "".join(letter for letter in plain(text) if letter.isalnum())


def day(text: str) -> str | None:
    """A date in Thai digits, in the Buddhist era, in the Thai order or written out, as YYYY-MM-DD.

    `05/10/2569` is the fifth of October: a Buddhist year makes it a Thai date. Nobody knows of `05/10/2024`.
    """
    bare = seen(text).translate(THAI_DIGITS).strip()
    for word in table()["around_date"]:
        bare = bare.replace(word, " ")
    bare = " ".join(bare.split())
    if found := re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?", bare, re.ASCII):
        return _day(*map(int, found.groups()))
    if found := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", bare, re.ASCII):
        number, month, year = map(int, found.groups())
        return _day(year, month, number) if year in BUDDHIST or number > 12 else None
    if found := re.fullmatch(r"(\d{1,2}) ?([^\d\s]+\s?[^\d\s]*) ?(\d{4})", bare, re.ASCII):
        month = _months().get(plain(found[2]), 0)
        return _day(int(found[3]), month, int(found[1])) if month else None
    return None


@cache
def _months() -> Mapping[str, int]:
    return {plain(name): at for at, names in enumerate(table()["months"], 1) for name in names}


def _day(year: int, month: int, number: int) -> str | None:
    """A real day of either era, ISO; None for a year that can be of neither."""
    year = year - ERA if year in BUDDHIST else year
    try:
        return date(year, month, number).isoformat() if 1900 <= year <= 2200 else None
    except ValueError:
        return None


def year(text: str) -> str | None:
    """A year as the portals' forms take it: four ASCII digits, B.E."""
    bare = plain(text.translate(THAI_DIGITS))
    said = None
    for era, words in table()["around_year"].items():
        for word in sorted(map(plain, words), key=len, reverse=True):
            if bare.startswith(word) or (word.isascii() and bare.endswith(word)):
                bare, said = bare.removeprefix(word).removesuffix(word).strip("."), said or era
    found = re.fullmatch(r"(\d{4})(?:\.0)?", bare, re.ASCII)
    if not found:
        return None
    number = int(found[1])
    if number in BUDDHIST:
        return None if said == "gregorian" else str(number)
    return str(number + ERA) if 1800 <= number < 2200 else None


def number(text: str, unit: str | None, term: Term | None) -> str | None:
    """The number of a frequency given as text: `๑`, `1.0`, `ทุก 3 เดือน` where the unit is a month.

    "Twice a year" is no number of years: only a person can say what was meant.
    """
    bare = plain(text.translate(THAI_DIGITS))
    for word in sorted(map(plain, table()["around_number"]), key=len, reverse=True):
        bare = bare.removeprefix(word)
    if unit:
        labels = term.choice_labels.get(unit, {}).values() if term else ()
        for name in sorted(map(plain, (unit, *labels)), key=len, reverse=True):
            bare = bare.removesuffix(name + "s") if name.isascii() else bare
            bare = bare.removesuffix(name)
    found = re.fullmatch(r"0*([1-9]\d{0,3})(?:\.0+)?", bare, re.ASCII)
    return found[1] if found else None


def email(text: str) -> str | None:
    """An address without what was pasted around it: `mailto:`, brackets, spaces at the signs, a comma."""
    bare = unicodedata.normalize("NFKC", seen(text)).strip()
    bare = re.sub(r"^mailto:", "", bare, flags=re.IGNORECASE)
    bare = re.sub(r"\s*([@.])\s*", r"\1", bare).strip(" <>()[]{},;:'\"./")
    return bare if EMAIL.fullmatch(bare) else None


def keywords(texts: Iterable[str]) -> list[str]:
    """Keywords each once, parted where several were written as one, without what is around them.

    One that a portal would still refuse stays as it is: what it is to be called is a person's to say.
    """
    found: dict[str, None] = {}
    for text in texts:
        if TAG.fullmatch(text) and seen(text) == text and text.strip() == text:
            found.setdefault(" ".join(text.split()))
            continue
        for part in re.split(r"[,;\n\u3001|]", seen(unicodedata.normalize("NFC", text))):
            if word := " ".join(part.split()).strip("#\"'“”‘’").strip():
                found.setdefault(word)
    return list(found)


def once(texts: Iterable[str]) -> list[str]:
    """A list with each value once, in its order."""
    return list(dict.fromkeys(texts))
