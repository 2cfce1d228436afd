"""What each column of a table is there for: a time, a place, a category, a number to be counted up … (pure)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from catalog.picture import periods
from catalog.picture.words import folded, says, totals, units, without, words
from metadata import areas

Language = Literal["th", "en"]
Role = Literal["time", "place", "latitude", "longitude", "category", "measure", "key", "text"]
NUMBERS = ("int2", "int4", "int8", "numeric", "float4", "float8")
DAYS = ("date", "timestamp", "timestamptz")
LONG = 60
"""Letters: cells that are longer on average are prose."""
MOST_CATEGORIES = 60
_INSIDE = re.compile(r"\(([^()]{1,40})\)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column as it is described. `labels` and `notes`: by language. `kind`: the DataStore's type."""

    name: str
    kind: str
    labels: Mapping[Language, str]
    notes: Mapping[Language, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column and its role.

    `adds`: whether its numbers may be added up; None where nothing says so. `grain` of a time; `ordered`: a
    category that has an order of its own (quarters, age groups). `distinct`: different cells in the sample, and
    `whole`: whether the sample was the whole table. `totals`: cells that are the sum of other rows.
    """

    field: Field
    role: Role
    adds: bool | None = None
    grain: periods.Grain | None = None
    ordered: bool = False
    distinct: int = 0
    unique: bool = False
    whole: bool = True
    totals: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The column's name in the table."""
        return self.field.name

    def label(self, language: Language) -> str:
        """Its label in a language, without unit and era; its name where it has none."""
        text = self.field.labels.get(language) or self.field.labels.get("th") or self.name
        bare = _INSIDE.sub("", text).strip()
        if self.role == "time":
            bare = without(text, "era") or text
        return bare or text

    def unit(self, language: Language) -> str:
        """What its numbers count, where that is said: the last brackets of label or notes, or words before it."""
        if self.role != "measure":
            return ""
        other: Language = "en" if language == "th" else "th"
        if says(" ".join(self.field.labels.values()), "percent-words"):
            return str(words()["percent"][language])
        for said in (language, other):
            unit = _unit(self.field.labels.get(said, ""), self.field.notes.get(said, ""))
            if unit:
                known = units().get(folded(unit))
                return known[language] if known else unit
        return ""


def roles(fields: Sequence[Field], sample: Sequence[Sequence[Any]], *, whole: bool) -> tuple[Column, ...]:
    """Each column's role, by its description and a sample of rows (cells in the order of the fields).

    `whole`: the sample is the table.
    """
    cells = list(zip(*sample, strict=True)) if sample else [()] * len(fields)
    found = [_column(one, column, whole=whole) for one, column in zip(fields, cells, strict=True)]
    pair = {one.role for one in found} >= {"latitude", "longitude"}
    return tuple(one if pair or one.role not in ("latitude", "longitude") else _as(one, "text") for one in found)


def _as(column: Column, role: Role) -> Column:
    return Column(
        field=column.field, role=role, distinct=column.distinct, unique=column.unique, whole=column.whole
    )


def _column(one: Field, cells: Sequence[Any], *, whole: bool) -> Column:
    texts = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    distinct = list(dict.fromkeys(texts))
    named = " ".join((one.name.replace("_", " "), *one.labels.values()))
    facts: dict[str, Any] = {
        "field": one,
        "distinct": len(distinct),
        "unique": len(distinct) == len(texts) > 1,
        "whole": whole,
        "totals": tuple(text for text in distinct if folded(text) in totals()),
    }
    role, more = _role(one, named, texts, [text for text in distinct if text not in facts["totals"]])
    return Column(role=role, **facts, **more)


def _role(one: Field, named: str, texts: list[str], distinct: list[str]) -> tuple[Role, dict[str, Any]]:
    if not distinct or one.kind.startswith("_") or one.kind == "json":
        return "text", {}
    number = one.kind in NUMBERS
    if number and (degree := _degree(named, distinct)):
        return degree, {}
    if grain := _grain(one, named, distinct):
        return "time", {"grain": grain}
    if _is_place(named, distinct):
        return "place", {}
    if says(named, "part-of-year") and _within(distinct, 12):
        return "category", {"ordered": True}
    if one.kind == "bool":
        return "category", {}
    if says(named, "code"):
        return ("category" if not number and len(distinct) <= min(MOST_CATEGORIES, len(texts) // 2) else "key"), {}
    if number:
        return "measure", {"adds": _adds(one, named)}
    if sum(map(len, distinct)) / len(distinct) > LONG:
        return "text", {}
    return "category", {"ordered": all(text[0].isdigit() for text in distinct)}


def _adds(one: Field, named: str) -> bool | None:
    """Whether rows may be added up: never shares; what a label counts; never what is measured."""
    said = " ".join((named, *one.notes.values()))
    if says(said, "share"):
        return False
    if any(folded(label).startswith(word) for label in one.labels.values() for word in words()["counted-before"]):
        return True
    if says(named, "mean"):
        return False
    return True if says(said, "sum") else None


def _degree(named: str, distinct: list[str]) -> Role | None:
    """Degrees, not a projection's metres."""
    numbers = [value for value in map(_number, distinct) if value is not None]
    if says(named, "latitude") and all(-90 <= value <= 90 for value in numbers):
        return "latitude"
    if says(named, "longitude") and all(-180 <= value <= 180 for value in numbers):
        return "longitude"
    return None


def _grain(one: Field, named: str, distinct: list[str]) -> periods.Grain | None:
    """The grain of a column whose every cell is a time of one grain."""
    if one.kind in NUMBERS and not says(named, "year"):
        return None
    if one.kind == "text" and all(text.isdigit() for text in distinct) and not says(named, "year"):
        return None
    found = {period.grain if (period := periods.read(text)) else None for text in distinct}
    return found.pop() if len(found) == 1 else None


def _is_place(named: str, distinct: list[str]) -> bool:
    """Whether nine of ten cells are provinces. Codes need a label that says so: any number may look like one."""
    if len(distinct) < 2 or len(distinct) > 400:
        return False
    if all(text.removesuffix(".0").isdigit() for text in distinct) and not any(
        folded(word) in folded(named)
        for word in (*areas.words("province", "before"), *areas.words("province", "after"))
    ):
        return False
    return sum(province(text) is not None for text in distinct) * 10 >= len(distinct) * 9


def province(text: str) -> str | None:
    """The code of the one province that a cell names, by name or code (`TH-10` too), or None."""
    found = areas.find(text.removeprefix("TH-").removesuffix(".0"), "province") if len(text) <= 60 else ()
    return found[0].code if len(found) == 1 else None


def _within(distinct: list[str], most: int) -> bool:
    return all(text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= most for text in distinct)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _unit(label: str, notes: str) -> str:
    """A unit in a label's or a note's last brackets, after "in" or its like, or what a number is said to be of."""
    for text in (label, notes):
        if (match := _INSIDE.search(text)) and not any(letter.isdigit() for letter in match[1]):
            return match[1].strip()
    for word in words()["unit-before"]:
        after = notes.rpartition(word)[2] if word in notes else ""
        if after and folded(after.strip(" .")) in units():
            return after.strip(" .")
    for word in words()["counted-before"]:
        if folded(label).startswith(word) and folded(label).removeprefix(word).strip() in units():
            return folded(label).removeprefix(word).strip()
    return ""
