"""SVG as text: elements, their escaping, and how wide a text will be. No style attributes: pages forbid them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import escape

FONT = "Sarabun, 'Noto Sans Thai Looped', 'Noto Sans Thai', Tahoma, sans-serif"
_MARKS = re.compile("[\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")
LONGEST = 2000
"""Letters of one text."""
USUAL = 560
"""Thousandths of the type size: a letter that the font has not."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is inside of an SVG, and its size."""

    body: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Ink:
    """A colour: a class, which follows the reader's scheme, and the attribute that holds where no style is."""

    name: str
    colour: str


INK, QUIET, LINE, PAPER, FIELD = (
    Ink("ink", "#1c2326"),
    Ink("quiet", "#556066"),
    Ink("rule", "#d5dbde"),
    Ink("paper", "#fff"),
    Ink("ground", "#f3f6f6"),
)
SERIES = tuple(
    Ink(f"s{n}", colour)
    for n, colour in enumerate(("#0b5a5e", "#d1600a", "#5b4a9e", "#1b8fc6", "#a3195b", "#6f7412", "#6b7478"), 1)
)
"""Lines, told apart by colour, by dashes and by marks; the last is for what was put together."""
DASHES = ("", "7 4", "2 3", "10 3 2 3", "5 2", "12 4", "1 4")
STEPS = tuple(
    Ink(f"c{n}", colour) for n, colour in enumerate(("#e0efee", "#acd2cf", "#6fadab", "#33807f", "#06484b"), 1)
)
"""From little to much: light to dark, so that a photocopy tells the same."""


def clean(value: Any) -> str:
    """A text on one line, without letters that would show it as what it is not, and no longer than a page."""
    from catalog.web.straight import straight  # the pages import us

    return " ".join(straight(str(value)[:LONGEST]).split())


def el(_name: str, *inside: str, **attributes: Any) -> str:
    """An element. What is inside is markup already; attributes are escaped; `a_b` stands for `a-b`."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_attribute(value))}"'
        for key, value in attributes.items()
        if value is not None and value != ""
    )
    return f"<{_name}{said}>{''.join(inside)}</{_name}>" if inside else f"<{_name}{said}/>"


def _attribute(value: Any) -> str:
    return number(value) if isinstance(value, float | int) else str(value)


def number(value: float) -> str:
    """A coordinate, to a tenth."""
    return (
        f"{value:.1f}".removesuffix(".0").replace("-0", "0")
        if abs(value) < 0.05
        else f"{value:.1f}".removesuffix(".0")
    )


def text(
    x: float,
    y: float,
    said: Any,
    *,
    ink: Ink = INK,
    anchor: str = "",
    bold: bool = False,
    size: float | None = None,
) -> str:
    """A line of text."""
    return el(
        "text",
        str(escape(clean(said))),
        x=x,
        y=y,
        class_=ink.name,
        fill=ink.colour,
        text_anchor=anchor or None,
        font_weight=700 if bold else None,
        font_size=size,
    )


def fill(ink: Ink) -> dict[str, str]:
    """The attributes of an area of a colour."""
    return {"class_": f"f-{ink.name}", "fill": ink.colour}


def stroke(ink: Ink, width: float = 1) -> dict[str, Any]:
    """The attributes of a line of a colour."""
    return {"class_": f"l-{ink.name}", "stroke": ink.colour, "stroke_width": width, "fill": "none"}


def wide(said: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is in Sarabun."""
    widths = _widths()
    return (
        sum(widths.get(letter, 0 if _MARKS.match(letter) else USUAL) for letter in said)
        * size
        / 1000
        * (1.06 if bold else 1)
    )


def cut(said: Any, room: float, size: float) -> str:
    """A text that fits, with … where it was cut; a letter keeps its marks."""
    whole = clean(said)
    if wide(whole[:400], size) <= room and len(whole) <= 400:
        return whole
    short = whole[:400]
    while short and wide(short + "…", size) > room:
        short = short[:-1]
        while short and _MARKS.match(whole[len(short)]):
            short = short[:-1]
    return short.rstrip() + "…"


def wrapped(said: Any, room: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """A text as at most so many lines, broken between words; Thai ones are found by the dictionary."""
    lines, line = [], ""
    for word in _words(clean(said)[:1000]):
        if line and wide(line + word.rstrip(), size, bold=bold) > room:
            # rather between phrases than between words, where that leaves no line half empty
            head, tail = _phrase(line)
            short = wide(head, size, bold=bold) > room * 0.6
            lines.append(head if short else line.strip())
            line = tail if short else ""
        line += word
    lines.append(line.strip())
    lines = [one for one in lines if one]
    if len(lines) > most:
        lines = [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), room / (1.06 if bold else 1), size)]
    return [cut(one, room, size) if wide(one, size) > room else one for one in lines]


def _phrase(line: str) -> tuple[str, str]:
    """A line without its last phrase, and that; an abbreviation stays with what it stands before."""
    head, _space, tail = line.rstrip().rpartition(" ")
    while head.endswith("."):
        head, _space, more = head.rpartition(" ")
        tail = f"{more} {tail}"
    return head, tail + line[len(line.rstrip()) :]


def _words(said: str) -> Iterator[str]:
    from catalog.search.words import cut as parts

    for part in re.split(
        "(?<= )|(?<=[^\u0e00-\u0e7f])(?=[\u0e00-\u0e7f])|(?<=[\u0e00-\u0e7f])(?=[^\u0e00-\u0e7f])", said
    ):
        yield from parts(part) if "\u0e00" <= part[:1] <= "\u0e7f" else [part]


@cache
def _widths() -> dict[str, int]:
    return json.loads(files("catalog").joinpath("picture/data/widths.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]
