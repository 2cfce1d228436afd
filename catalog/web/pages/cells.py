"""How a cell reads on a page: numbers in groups, dates in words, what is missing said to be missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from catalog.web.pages.page import link
from catalog.web.pages.typed import MOMENTS, NUMBERS
from catalog.web.words import words
from metadata.clock import BANGKOK, ERA

if TYPE_CHECKING:
    from catalog.web.words import Speech

SHORT, LONG = 80, 2000
"""Letters of a cell that are shown, and that its page holds at all."""
UNGROUPED = re.compile(
    r"(^|_)(year|yr|id|code|no|number|zip|postcode|phone|tel|lat|lon|lng|latitude|longitude)($|_)"
)
"""Columns whose numbers are names or years: `2567`, not `2,567`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value to be shown. Without `text` there is none."""

    text: str = ""
    rest: str = ""
    """What stands after the text where it is long; cut after `LONG` letters (`cut`)."""
    cut: bool = False
    link: str = ""
    moment: str = ""
    """A date or moment as a program reads it."""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a column's values are shown."""

    kind: str
    grouped: bool = True

    @classmethod
    def of(cls, name: str, kind: str, info: Mapping[str, Any]) -> Style:
        """That of a column. A number that is a code or a year is told by the column's name or label."""
        label = str(info.get("label") or "").strip()
        starts = tuple(words()["table-ungrouped"]["th"])
        grouped = not UNGROUPED.search(name.casefold()) and not label.startswith(starts)
        return cls(kind=kind, grouped=grouped)

    @property
    def is_number(self) -> bool:
        """Whether figures stand under one another."""
        return self.kind in NUMBERS

    def cell(self, value: Any, say: Speech) -> Cell:
        """A value, as an action answers it, in the reader's language."""
        if value is None or value == "":
            return Cell()
        if isinstance(value, bool):
            return Cell(text=say("table-yes" if value else "table-no"))
        if self.is_number and isinstance(value, int | float):
            return Cell(text=number(value, grouped=self.grouped))
        if self.kind in ("date", *MOMENTS) and (found := _moment(str(value), self.kind, say)):
            return found
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        text, rest = text[:SHORT], text[SHORT:LONG]
        return Cell(text=text, rest=rest, cut=bool(rest) and len(str(value)) > LONG, link=link(text + rest))


def number(value: int | float, *, grouped: bool = True) -> str:
    """A number with all of its digits. What is very large or small is written with its exponent."""
    exact = Decimal(repr(value))
    if exact and not -9 <= exact.adjusted() <= 20:
        return repr(value)
    return f"{exact:,f}" if grouped else f"{exact:f}"


def _moment(value: str, kind: str, say: Speech) -> Cell | None:
    """A day, or a moment as it is written; one with an offset as clocks in Thailand show it."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if kind == "timestamptz":
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(BANGKOK)
    year = moment.year + (ERA if say.language == "th" else 0)
    text = f"{moment.day} {words()['table-months'][say.language][moment.month - 1]} {year}"
    text += f" {moment:%H:%M:%S}".removesuffix(":00") if kind != "date" else ""
    return Cell(text=text, moment=value, hint=say.other_era(moment.date().isoformat()))
