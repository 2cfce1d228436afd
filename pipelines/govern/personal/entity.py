"""What a kind of personal data is: an Entity, the Hits it finds in a text, and the register of all of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["identifier", "sensitive"]
"""`sensitive`: section 26 of the personal data protection act."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Where in a text one stands: `text[start:end]`. `sure`: the content alone says so, without a header."""

    start: int
    end: int
    sure: bool


def nothing(text: str) -> Iterator[Hit]:
    """The `find` of an entity that only a header tells."""
    del text
    yield from ()


def _tenth(number: str) -> float:
    del number
    return 0.1


def _nowhere(number: str) -> bool:
    del number
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A kind of personal data. Rules carry its name: `phone` → `personal-phone`; its header words, clause and
    `never` are its entry of `metadata/standards/personal.yaml`.

    `rough`: a regular expression of polars (Rust) that every text matches in which `find` finds something, for the
    text as it stands (Thai digits are `\\d`); None where `find` finds nothing. It may match more: `find` decides.
    `bare`: whether it may stand in a text without a letter.
    `find`: the Hits in a text as `plain` gives it, from left to right, not overlapping.
    `fits`: a regular expression of polars of a whole cell, trimmed, that may be one where the header says so; None
    where any text may.
    `partly`: a regular expression of polars of a whole cell that tells a part of one (the year of a birth): a
    warning where the header says so.
    `unfit`: a regular expression of polars of what no such cell holds, though it fits.
    `mask`: what stands in its place wherever a text is told.
    `alone`: the share of a column's filled cells from which Hits that are not sure tell without a
    header; None where they never do.
    `formed`: a regular expression of polars of a whole cell of its form, whatever the check digit says: about one
    such number in ten passes by chance (`chance`). `odds`: how often one does. `placed`: whether what else it says
    is right, too.
    `led`: where most cells of a column hold one and little else, the others that fit are taken for one, too.
    `beside`: a Hit that is not sure becomes so in a text that surely holds a person's name or number.
    `office`: an office has them too, and they are public (telephone, e-mail): whose they are, the header and the
    other columns tell.
    """

    name: str
    kind: Kind
    rough: str | None = None
    bare: bool = False
    find: Callable[[str], Iterator[Hit]] = nothing
    fits: str | None = None
    unfit: str | None = None
    partly: str | None = None
    mask: str = "xxx"
    alone: float | None = None
    formed: str | None = None
    odds: Callable[[str], float] = _tenth
    placed: Callable[[str], bool] = _nowhere
    led: bool = False
    beside: bool = False
    office: bool = False


ENTITIES: dict[str, Entity] = {}
"""Name → entity, in order of precedence: of two Hits equally sure and long, the earlier entity's holds."""


def register(*entities: Entity) -> None:
    """Puts entities at the end of the register."""
    for entity in entities:
        if entity.name in ENTITIES:
            raise ValueError(f"entity {entity.name} stands twice")
        ENTITIES[entity.name] = entity


_FOREIGN = re.compile(r"(?![0-9])\d")


def plain(text: str) -> tuple[str, Sequence[int]]:
    """The text with ASCII digits and without characters nobody sees, and where each of its characters stood."""
    if text.isascii() or (text.isprintable() and not _FOREIGN.search(text)):
        return text, range(len(text))  # no format character is printable
    kept = [place for place, char in enumerate(text) if char.isascii() or unicodedata.category(char) != "Cf"]
    shown = (text[place] for place in kept)
    digits = (char if char.isascii() or not char.isdecimal() else str(unicodedata.decimal(char)) for char in shown)
    return "".join(digits), kept
