"""Which columns of a table say of which area its rows are, found by what columns are called and what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from catalog.picture.words import folded, totals
from catalog.store.grouped import LONGEST, grouped, sample
from metadata import areas
from metadata.areas import LEVELS, Level

if TYPE_CHECKING:
    from catalog.store.datastore import Reading
    from catalog.store.shape import Column

SAMPLE = 200
"""Rows looked at to see which columns hold areas."""
MOST = 8000
"""Different cells of a column that are looked at; the country has 7,436 sub-districts."""
KINDS = ("text", "int2", "int4", "int8", "numeric")
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """The columns that together name areas of a level, and for each code the cells that do."""

    level: Level
    columns: tuple[str, ...]
    cells: Mapping[str, tuple[Cells, ...]]


def located(reading: Reading) -> tuple[Located, ...]:
    """One for each level that the table tells of. A level without columns of its own has those of a finer code."""
    found: dict[Level, Located] = {}
    candidates = _candidates(reading)
    for level in LEVELS:
        made = [one for column in candidates.get(level, ()) if (one := _located(reading, level, column, found))]
        if made:
            found[level] = max(made, key=lambda one: len(one.cells))
    finer: Located | None = None
    for level in reversed(LEVELS):
        if level not in found and finer is not None:
            found[level] = _coarser(finer, level)
        finer = found.get(level, finer)
    return tuple(found[level] for level in LEVELS if level in found)


def _candidates(reading: Reading) -> dict[Level, list[Column]]:
    """Columns by the level they seem to name: those of codes first."""
    rows, _count = sample(reading, SAMPLE)
    coded: dict[Level, list[Column]] = {}
    named: dict[Level, list[Column]] = {}
    for number, column in enumerate(reading.shape.columns):
        cells = _places({row[number] for row in rows}) if column.kind in KINDS else []
        if not cells:
            continue
        told = _said(column)
        if all(cell.isascii() and cell.isdigit() for cell in cells):
            level = next((level for level, digits in LEVELS.items() if {*map(len, cells)} == {digits}), None)
            if level and told and _most(areas.area(cell) is not None for cell in cells):
                coded.setdefault(level, []).append(column)
        elif _most(_code(cell, "province", "") for cell in cells) and ("province" in told or len(cells) > 1):
            named.setdefault("province", []).append(column)
        else:
            for level in told:
                if level != "province" and _most(areas.find(cell, level) for cell in cells[:30]):
                    named.setdefault(level, []).append(column)
    return {level: coded.get(level, []) + named.get(level, []) for level in LEVELS}


def _located(reading: Reading, level: Level, column: Column, found: Mapping[Level, Located]) -> Located | None:
    """What a column's cells name; names below a province's are looked for within what stands beside them."""
    above = next((found[one] for one in reversed(LEVELS) if one in found and LEVELS[one] < LEVELS[level]), None)
    rows = grouped(reading, [(column.name, LONGEST)], most=MOST + 1)
    coded = all((key := one.keys[0]) is None or key.isdigit() or folded(key) in totals() for one in rows)
    columns: tuple[str, ...] = (column.name,)
    if above is not None and not coded:
        columns = (*above.columns, column.name)
        rows = grouped(reading, [(name, LONGEST) for name in columns], most=MOST + 1)
    within = {cells: code for code, every in above.cells.items() for cells in every} if above else {}
    cells: dict[str, list[Cells]] = {}
    known = names = 0
    for one in rows:
        keys = tuple(key or "" for key in one.keys)
        if not _places([keys[-1]]):
            continue
        names += 1
        code = _code(keys[-1], level, within.get(keys[:-1], "") if len(keys) > 1 else "")
        if code:
            known += 1
            cells.setdefault(code, []).append(keys)
    if len(rows) > MOST or not cells or known * 10 < names * 9:
        return None
    return Located(level, columns, {code: tuple(every) for code, every in cells.items()})


def _coarser(finer: Located, level: Level) -> Located:
    cells: dict[str, list[Cells]] = {}
    for code, every in finer.cells.items():
        cells.setdefault(code[: LEVELS[level]], []).extend(every)
    return Located(level, finer.columns, {code: tuple(every) for code, every in cells.items()})


def _places(cells: Iterable[str | None]) -> list[str]:
    """Cells that could name an area."""
    texts = {cell.strip().removeprefix("TH-") for cell in cells if cell}
    return sorted(text for text in texts if text and len(text) <= 60 and folded(text) not in totals())


def _most(known: Iterator[object] | Iterable[object]) -> bool:
    """Whether nine of ten are something."""
    every = [bool(one) for one in known]
    return sum(every) * 10 >= len(every) * 9


@lru_cache(maxsize=8192)
def _code(cell: str, level: Level, within: str) -> str:
    """The code of the one area of a level that a cell names, else nothing."""
    found = areas.find(cell.removeprefix("TH-"), level, within)
    return found[0].code if len(found) == 1 else ""


def _said(column: Column) -> Sequence[Level]:
    """The levels whose words stand in a column's name or label."""
    texts = (column.name.replace("_", " "), *(str(column.info.get(key) or "") for key in ("label", "notes")))
    text = " ".join(texts)
    return [level for level in LEVELS if _words(level).search(text)]


@cache
def _words(level: Level) -> re.Pattern[str]:
    """A level's words: Thai ones anywhere, Latin ones alone. Abbreviations say too little."""
    words = [one for place in ("before", "after") for one in areas.words(level, place)]
    found = [rf"(?<![a-z-]){re.escape(one)}(?![a-z])" if one.isascii() else re.escape(one) for one in words]
    return re.compile(
        "|".join(one for one, word in zip(found, words, strict=True) if len(word) > 2), re.IGNORECASE
    )
