"""A picture as a page shows it, as a file, and as a card for who shows links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.picture.bar import bar
from catalog.picture.figures import Figures
from catalog.picture.line import line
from catalog.picture.map import choropleth, dots
from catalog.picture.scale import axis
from catalog.picture.svg import FONT, PAPER, QUIET, Drawing, el, fill, text, wrapped
from catalog.picture.told import Told

if TYPE_CHECKING:
    from catalog.web.words import Speech

DRAWN: dict[str, Callable[..., Drawing]] = {"line": line, "bar": bar, "map": choropleth, "points": dots}
PHONE, DESK = 350, 690
SIZE = 14
"""Of letters, in units: about pixels, since a drawing is shown about as wide as it is."""
CARD = (1200, 630)
NAMESPACE = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a page shows. `svg`: the drawings, of which the style shows one; a map has one for all widths."""

    kind: str
    title: str
    sentence: str
    notes: tuple[str, ...]
    svg: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: int


def shown(figures: Figures, say: Speech, key: str = "picture") -> Picture:
    """A picture in a language; `key` begins the ids of its elements."""
    kind = figures.choice.kind
    sizes = {"phone": PHONE, "desk": DESK} if kind in ("line", "bar") else {"map": PHONE}
    svg = []
    for name, width in sizes.items():
        told = Told(figures, say, f"{key}-{name}")
        svg.append(_inline(DRAWN[kind](told, width), told, name))
    heads, rows, count = told.table()
    return Picture(
        kind=kind,
        title=told.title,
        sentence=told.sentence,
        notes=tuple(told.notes(cropped=cropped(figures))),
        svg=tuple(svg),
        heads=tuple(heads),
        rows=tuple(map(tuple, rows)),
        lines=count,
    )


def cropped(figures: Figures) -> bool:
    """Whether the axis of lines does not begin at zero."""
    if figures.choice.kind != "line":
        return False
    values = [value for one in figures.lines for value in one.values if value is not None]
    return axis(values, zero=figures.choice.adds).cropped


def _inline(drawing: Drawing, told: Told, name: str) -> str:
    return _root(drawing, told, class_=f"drawn {name}")


def _root(drawing: Drawing, told: Told, **more: Any) -> str:
    head = _named("title", f"{told.id}-t", told.title) + _named("desc", f"{told.id}-d", told.sentence)

    return el(
        "svg",
        head,
        drawing.body,
        **more,
        viewBox=f"0 0 {drawing.width:g} {drawing.height:g}",
        role="img",
        aria_labelledby=f"{told.id}-t {told.id}-d",
        font_size=SIZE,
    )


def _named(element: str, key: str, said: str) -> str:
    from markupsafe import escape

    return el(element, str(escape(said)), id=key)


def file(figures: Figures, say: Speech, under: str) -> str:
    """The picture as an SVG file of its own: title above, source and date under it."""
    told = Told(figures, say)
    kind = figures.choice.kind
    width = DESK if kind in ("line", "bar") else PHONE + 70
    drawing = DRAWN[kind](told, width)
    heads = wrapped(told.title, width, 18, 3, bold=True)
    foot = [
        part for said in (*told.notes(cropped=cropped(figures)), under) for part in wrapped(said, width, SIZE, 3)
    ]
    top = len(heads) * 26 + 16
    height = top + drawing.height + len(foot) * 20 + 24
    body = [el("rect", x=-20, y=-20, width=width + 40, height=height + 40, **fill(PAPER))]
    body += [text(0, 18 + n * 26, said, bold=True, size=18) for n, said in enumerate(heads)]
    body.append(el("g", drawing.body, transform=f"translate(0 {top})"))
    body += [text(0, top + drawing.height + 22 + n * 20, said, ink=QUIET) for n, said in enumerate(foot)]
    whole = Drawing("".join(body), width, height)
    head = _named("title", f"{told.id}-t", told.title) + _named("desc", f"{told.id}-d", told.sentence)
    return el(
        "svg",
        head,
        whole.body,
        xmlns=NAMESPACE,
        viewBox=f"-20 -20 {width + 40} {height + 40:g}",
        width=width + 40,
        height=height + 40,
        role="img",
        aria_labelledby=f"{told.id}-t {told.id}-d",
        font_family=FONT,
        font_size=SIZE,
    )


def card(figures: Figures | None, say: Speech, *, title: str, publisher: str, under: str) -> str:
    """A card of 1200 by 630: the dataset's title, its picture where it has one, source and date."""
    wide_, high = CARD
    foot = " · ".join(filter(None, (publisher, under)))
    body = [
        el("rect", width=wide_, height=high, **fill(PAPER)),
        el("rect", width=wide_, height=12, fill="#0b5a5e"),
    ]
    if figures is None:
        lines = wrapped(title, wide_ - 160, 64, 4, bold=True)
        top = (high - len(lines) * 92) / 2 + 40
        body += [text(80, top + n * 92, said, bold=True, size=64) for n, said in enumerate(lines)]
        body += [text(80, high - 70, said, ink=QUIET, size=30) for said in wrapped(foot, wide_ - 160, 30, 1)]
        return _card(body)
    told = Told(figures, say)
    kind = figures.choice.kind
    beside = kind in ("map", "points")
    room = 560 if beside else wide_ - 120
    heads = wrapped(title, room, 44, 4 if beside else 2, bold=True)
    body += [text(60, 84 + n * 62, said, bold=True, size=44) for n, said in enumerate(heads)]
    y = 84 + len(heads) * 62
    about = wrapped(told.title, room, 28, 3 if beside else 1)
    body += [text(60, y + n * 42, said, size=28) for n, said in enumerate(about)]
    y += len(about) * 42 - 8
    for n, said in enumerate(reversed(wrapped(foot, room, 24, 2 if beside else 1))):
        body.append(text(60, high - 36 - n * 36, said, ink=QUIET, size=24))
    if beside:
        drawing = DRAWN[kind](told, 520, 22, 590)
        body.append(el("g", drawing.body, transform="translate(650 26)", font_size=22))
    else:
        drawing = DRAWN[kind](told, wide_ - 120, 24, high - 80 - y)
        body.append(el("g", drawing.body, transform=f"translate(60 {y:g})", font_size=24))
    return _card(body)


def _card(body: list[str]) -> str:
    width, height = CARD
    return el(
        "svg", *body, xmlns=NAMESPACE, viewBox=f"0 0 {width} {height}", width=width, height=height,
        font_family=FONT, font_size=24,
    )  # fmt: skip
