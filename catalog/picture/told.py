"""What is said of a picture in a language: title, axis, one sentence, notes, and the numbers as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from catalog.picture.columns import Column, Language
from catalog.picture.figures import OTHERS, Figures, Key, Line
from catalog.picture.periods import Period, read
from catalog.picture.scale import Measured, exact, measured
from catalog.picture.svg import clean
from catalog.picture.words import words
from metadata import areas

if TYPE_CHECKING:
    from catalog.web.words import Speech

MOST_LINES = 100
"""Lines of the table beside a picture."""
LONGEST = 120
MOST_NAMED = 60
"""Letters of the measures that a title names; of more it says the unit alone."""


@dataclass(frozen=True)
class Told:
    """A picture's words. `id` begins the ids of its elements; `labels`: resource's own name of the picture."""

    figures: Figures
    say: Speech
    id: str = "picture"

    @property
    def language(self) -> Language:
        """`th` or `en`."""
        return self.say.language

    @cached_property
    def measured(self) -> Measured:
        """How the axis writes its numbers, and in which unit."""
        values = [value for line in self.figures.lines for value in line.values if value is not None]
        return measured(values, self.unit, self.language)

    @cached_property
    def unit(self) -> str:
        """What the numbers count."""
        choice = self.figures.choice
        if choice.how == "count":
            return self.say("picture-entries")
        return clean(choice.measures[0].unit(self.language))

    @property
    def axis(self) -> str:
        """What the axis says: the unit, else the measure."""
        if self.figures.choice.kind == "points":
            return self.say("picture-entries-dot")
        measures = self.figures.choice.measures
        return self.measured.unit or (self._label(measures[0]) if measures else "")

    @property
    def none(self) -> str:
        """What stands where there is no number."""
        return self.say("picture-none")

    def _label(self, column: Column) -> str:
        return clean(column.label(self.language))[:LONGEST]

    def _inside(self, column: Column) -> str:
        """A label within a sentence."""
        return inner(self._label(column))

    @cached_property
    def title(self) -> str:
        """What is seen: how rows were added up, of what, by what, when."""
        choice, say = self.figures.choice, self.say
        if own := (choice.title_en if self.language == "en" else "") or choice.title:
            return clean(own)[: 2 * LONGEST]
        if choice.kind == "points":
            return say("picture-points")
        how = "single" if self.figures.single else choice.how
        names = [self._label(one) for one in choice.measures]
        if len(names) > 1 and sum(map(len, names)) > MOST_NAMED:
            said = say(f"picture-{how}s", unit=self.unit or names[0])
        else:
            named = [names[0], *(self._inside(one) for one in choice.measures[1:])] if names else [""]
            first = ", ".join(named[:-1])
            last = named[-1]
            said = say(f"picture-{how}", measure=say("picture-and", first=first, last=last) if first else last)
        place = say("picture-province") if choice.group.role == "place" else ""
        said += say("picture-by", column=place or self._inside(choice.group))
        if choice.split:
            said += say("picture-split", column=self._inside(choice.split))
        if choice.at and self.figures.at:
            said += say("picture-at", column=self._inside(choice.at), at=self.key(self.figures.at))
        return said

    def key(self, key: Key) -> str:
        """What stands under a tick or beside a bar."""
        if isinstance(key, Period):
            return key.shown(self.language)
        return self._cell(self.figures.choice.group, key)

    def _cell(self, column: Column, cell: str | None) -> str:
        if cell is None:
            return self.say("picture-unsaid")
        if cell == OTHERS:
            return self.say("picture-others")
        if column.field.kind == "bool":
            return self.say("picture-true" if cell in ("1", "true") else "picture-false")
        if self.figures.choice.kind == "map" and column is self.figures.choice.group:
            return self.place(cell)
        if column.role == "place" and self.language == "en" and len(found := areas.find(cell, "province")) == 1:
            return found[0].name_en
        if column.ordered and cell.isdigit():
            return f"{self._label(column)} {cell}"
        if column.role == "time":
            period = read(cell)
            return period.shown(self.language) if period else clean(cell)[:LONGEST]
        return clean(cell)[:LONGEST]

    def series(self, line: Line) -> str:
        """What a line is called."""
        choice = self.figures.choice
        if choice.split:
            return self._cell(choice.split, line.cell)
        return self._label(line.measure) if line.measure else self.unit

    def place(self, code: str) -> str:
        """A province's name."""
        found = areas.area(code)
        return (found.name_en if self.language == "en" else found.name) if found else clean(code)

    def is_rest(self, line: Line) -> bool:
        """Whether a line is all the others together."""
        return line.cell == OTHERS

    def is_put_together(self, key: Key) -> bool:
        """Whether a bar is."""
        return key == OTHERS

    def count(self, value: int) -> str:
        """A whole number."""
        return self.say.number(value)

    @cached_property
    def sentence(self) -> str:
        """The picture in one sentence, for who does not see it."""
        figures, kind = self.figures, self.figures.choice.kind
        if kind == "points":
            latitudes, longitudes = [dot[0] for dot in figures.dots], [dot[1] for dot in figures.dots]
            facts: Mapping[str, Any] = {
                "count": figures.rows,
                "south": f"{min(latitudes):.1f}",
                "north": f"{max(latitudes):.1f}",
                "west": f"{min(longitudes):.1f}",
                "east": f"{max(longitudes):.1f}",
            }
            return self.say("picture-told-points", **facts)
        told = [
            (value, n, line)
            for line in figures.lines
            for n, value in enumerate(line.values)
            if value is not None and not self.is_rest(line) and not self.is_put_together(figures.keys[n])
        ]
        high, low = max(told, key=lambda one: one[0]), min(told, key=lambda one: one[0])
        facts = {
            "high": self.amount(high[0]),
            "high_at": self._where(high[1], high[2]),
            "low": self.amount(low[0]),
            "low_at": self._where(low[1], low[2]),
        }
        if kind == "line":
            facts |= {"first": self.key(figures.keys[0]), "last": self.key(figures.keys[-1])}
        else:
            facts |= {"count": figures.groups}
        cut = "-top" if kind == "bar" and self._shown < figures.groups else ""
        return clean(self.say(f"picture-told-{kind}{cut}", **facts))

    def amount(self, value: float) -> str:
        """A number with its unit."""
        said = self.measured.shown(value)
        percent = self.unit == words()["percent"][self.language]
        return f"{said}%" if percent else f"{said} {self.measured.unit}".strip()

    @property
    def _shown(self) -> int:
        """How many groups have a bar or a line of their own."""
        figures = self.figures
        if figures.choice.kind == "line":
            return sum(not self.is_rest(line) for line in figures.lines)
        return sum(not self.is_put_together(key) for key in figures.keys)

    def _where(self, n: int, line: Line) -> str:
        key = self.key(self.figures.keys[n])
        return f"{self.series(line)} {key}" if len(self.figures.lines) > 1 else key

    def notes(self, *, cropped: bool = False) -> list[str]:
        """What a reader has to know of how it was made."""
        figures, say = self.figures, self.say
        choice = figures.choice
        notes = []
        if cropped:
            notes.append(say("picture-note-cropped"))
        if choice.kind == "line":
            missing = [
                self.key(key)
                for n, key in enumerate(figures.keys)
                if all(line.values[n] is None for line in figures.lines)
            ]
            if missing:
                more = " …" if len(missing) > 6 else ""
                notes.append(say("picture-note-missing", list=", ".join(missing[:6]) + more))
        if self._shown < figures.groups:
            notes.append(say("picture-note-top", shown=self._shown, count=figures.groups))
        if figures.rest is not None:
            notes.append(say("picture-note-rest", amount=self.amount(figures.rest)))
        if choice.how == "mean" and not figures.single and choice.measures:
            notes.append(say("picture-note-mean"))
        if figures.empty:
            notes.append(say("picture-note-empty", count=figures.empty))
        if choice.without:
            notes.append(say("picture-note-totals"))
        if figures.elsewhere:
            notes.append(say("picture-note-elsewhere", count=figures.elsewhere))
        if figures.grain:
            notes.append(say("picture-note-net"))
        return notes

    def table(self) -> tuple[list[str], list[list[str]], int]:
        """The numbers: headings, lines (the first cell names it), and how many there are altogether."""
        figures = self.figures
        if not figures.lines:
            return [], [], 0
        heads = [self._label(figures.choice.group), *(self._head(line) for line in figures.lines)]
        order: Any = range(len(figures.keys))
        if figures.choice.kind == "map":
            first = figures.lines[0].values
            order = sorted(order, key=lambda n: (first[n] is None, -(first[n] or 0)))
        rows = [
            [
                self.key(figures.keys[n]),
                *(self.none if (v := line.values[n]) is None else exact(v) for line in figures.lines),
            ]
            for n in islice(order, MOST_LINES)
        ]
        return heads, rows, len(figures.keys)

    def _head(self, line: Line) -> str:
        if len(self.figures.lines) > 1:
            return self.series(line)
        unit = self.unit
        label = self._label(line.measure) if line.measure else self.say("picture-count")
        return f"{label} ({unit})" if unit and line.measure else label


def inner(label: str) -> str:
    """A label as it stands within a sentence: `Fiscal year` is `fiscal year`, `GDP` stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
