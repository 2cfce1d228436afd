"""Steps for any text: white space, words that mean nothing, digits, broken Thai, chosen replacements."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from functools import cache

from pipelines import thai
from pipelines.steps.declare import Pattern, Undecided, value_step


@value_step
def trim(text: str, *, inner: bool = False) -> str:
    """Removes white space at both ends, and characters that cannot be seen.

    No-break and other typographic spaces count as white space. `inner` makes one space of every run inside.

    Example: - trim: {inner: true}
    """
    text = (text if text.isascii() else thai.INVISIBLE.sub("", text)).strip()
    return re.sub(r"\s+", " ", text) if inner else text


@value_step
def blanks(text: str, *, also: Sequence[str] = (), words: Sequence[str] = ()) -> str:
    """Empties cells whose text only says that there is nothing: dashes, n/a, null, ไม่มีข้อมูล.

    `also` adds words to the list (`pipelines/data/blanks.csv`), `words` replaces it. The whole cell must be the
    word; case and spaces do not matter.

    Example: - blanks: {columns: [price], also: [หยุดรับซื้อ]}
    """
    bare = thai.bare(text)
    return "" if not bare or bare in _nothing(tuple(also), tuple(words)) else text


@cache
def _nothing(also: tuple[str, ...], words: tuple[str, ...]) -> frozenset[str]:
    known = frozenset(map(thai.bare, words)) or thai.words("blanks.csv")
    return known | frozenset(map(thai.bare, also))


@value_step
def thai_digits(text: str) -> str:
    """Writes Thai digits as Arabic digits.

    Example: - thai-digits: {columns: [budget]}
    """
    return thai.digits(text)


@value_step
def text(text: str, *, entities: bool = False) -> str:
    """Repairs Thai typing: split sara am, tone before vowel, doubled marks, เเ for แ, invisible characters.

    White space becomes the keyboard's space but is not removed. `entities` also turns `&#34;` into what it means.

    Example: - text: {columns: [address], entities: true}
    """
    return thai.repair(html.unescape(text) if entities else text)


@value_step(blanks=True)
def replace(text: str, *, values: Mapping[str, str] | None = None, pattern: Pattern = "", by: str = "") -> str:
    r"""Replaces whole cells by a list, or every match of a regular expression.

    `values` maps exact texts to new ones (`""` is the empty cell). `pattern` and `by` come after it; `\1` in
    `by` is the first group.

    Example: - replace: {columns: [sex], values: {"1": ชาย, "2": หญิง}}
    """
    text = (values or {}).get(text, text)
    return re.sub(pattern, by, text) if pattern else text


@value_step
def mojibake(text: str) -> str | Undecided:
    """Restores Thai that was opened in the wrong encoding (`¡ÃØ§` or `เธ…` in place of Thai words).

    Stands before `trim` and `text`: a soft hyphen may be a letter (ญ) in disguise.

    Example: - mojibake: {columns: [name]}
    """
    thai_letters = re.compile("[\u0e01-\u0e2e]")
    for wrong, right in (("cp874", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "cp874"), ("cp1252", "cp874")):
        try:
            raw = b"".join(_byte(letter, wrong) for letter in text)
            restored = raw.decode(right)
        except UnicodeError:
            continue
        if raw.isascii():
            return text
        if thai_letters.search(restored) and (right == "utf-8" or _mostly_thai(restored)):
            return restored
    return text if thai_letters.search(text) or not re.search("[\u0080-\u00ff]", text) else Undecided("mojibake")


def _byte(letter: str, encoding: str) -> bytes:
    """A letter's byte; one that the encoding leaves undefined was read as a control character."""
    return bytes([ord(letter)]) if "\u0080" <= letter <= "\u009f" else letter.encode(encoding)


def _mostly_thai(text: str) -> bool:
    """Words, not a lone sign: `µg/m³` and `25 °C` would also turn into Thai letters."""
    foreign = [letter for letter in text if ord(letter) > 127]
    letters = [letter for letter in text if letter.isalpha() or ord(letter) > 127]
    return (
        all("\u0e01" <= letter <= "\u0e5b" for letter in foreign)
        and len(re.findall("[\u0e01-\u0e2e]", text)) >= 2
        and re.search("[\u0e01-\u0e4e]{2}", text) is not None
        and len(foreign) * 2 > len(letters)
    )
