"""Looking at the cells of a table, or of a slice of it: which hold what. Slices add up (`scanned`).

Distinct texts are sifted by polars first (`Entity.rough`); Python looks only at what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipelines.govern.personal.chance import Sample, apart, joined, sample
from pipelines.govern.personal.encoded import ROUGH, decoded
from pipelines.govern.personal.entity import ENTITIES, Entity, plain
from pipelines.govern.personal.name import parted
from pipelines.govern.personal.prose import Found, finders, resolved
from pipelines.govern.personal.prose import hits as hits_in
from pipelines.govern.personal.together import Part, glimpse, groups
from pipelines.govern.triggers import contexts, promises, tells

if TYPE_CHECKING:
    import pandas
    import polars

    Table = pandas.DataFrame | polars.DataFrame

SHOWN = 10
"""How many places a column's Findings name; one more Finding counts them all."""
HOME, NAME = "home-coordinates", "person-name"
MOST = 0.7
"""A Hit that is not sure tells of a cell only if it is at least this share of it; and of a column's other cells
only if at least this share of them hold one."""
LED = 5
"""Distinct cells that can tell of others."""
_DECIMAL = r"^\s*[-+]?\d{0,12}\.\d+\s*$"
"""A whole cell that is a decimal fraction holds none of them."""

_NO_DIGIT = re.compile(r"\D")

Titles = Sequence[Sequence[str]]
"""For each column its titles, as the data dictionary gives them; an empty sequence where there is none."""
Spot = tuple[int, int | None]
"""A row of the table from 0, and its source row."""


@dataclass(frozen=True, slots=True)
class Cells:
    """How many cells there are of a sort, and the first of them."""

    count: int = 0
    first: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The cells of a column that hold an entity.

    `whole`: sure ones that hold little else. `passed`: sure ones that are a number of its form, and `drawn` the
    sample of all numbers of that form; `apart`: those that passed and are of another make than the others;
    `partly`: cells that tell a part of one.
    """

    sure: Cells = Cells()
    likely: Cells = Cells()
    apart: Cells = Cells()
    partly: Cells = Cells()
    whole: int = 0
    passed: int = 0
    drawn: Sample = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A column of a table or a slice. `filled`: cells that hold something; `worded`: those with a letter."""

    filled: int
    worded: int
    tallies: Mapping[str, Tally]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Columns that may hold one number in parts (`together`): distinct ones tried and passed, the cells of these
    in the first of the columns."""

    parts: tuple[Part, ...]
    tried: int
    passed: int
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What the cells of a table, or of a slice of it, hold."""

    rows: int
    labels: tuple[str, ...]
    titles: tuple[tuple[str, ...], ...]
    columns: tuple[Seen, ...]
    together: tuple[Together, ...] = ()


def scan(table: Table, titles: Titles = (), *, most: int | None = SHOWN, origins: Sequence[int] = ()) -> Scan:
    """Looks at every cell of a table of text: of pandas (its index the origin) or polars (`origins`: source rows).

    `most`: how many places of each sort are kept; None for all.
    """
    labels = tuple(map(str, table.columns))
    named = tuple(tuple(filter(None, map(str, one))) for one in titles) or ((),) * len(labels)
    told = promises(labels, named)
    watched = [_watched(told[place], label, named[place]) for place, label in enumerate(labels)]
    looked = [_cells(table, place, origins) for place in range(len(labels))]
    glimpses = [glimpse(cells) for cells, _ in looked]
    for place in parted(glimpses):
        if ENTITIES[NAME] not in watched[place]:
            watched[place].append(ENTITIES[NAME])
    idle = {place: cells for place, (cells, _) in enumerate(looked) if not watched[place]}
    quiet = _quiet(idle) if idle and len(table) <= SMALL else {}
    columns = [
        quiet[place] if place in quiet else _seen(cells, index, watched[place], most)
        for place, (cells, index) in enumerate(looked)
    ]
    together = tuple(
        Together(parts=one.parts, tried=one.tried, passed=one.passed, cells=_spots(one.rows, looked[0][1], most))
        for one in groups(glimpses, lambda place: looked[place][0])
    )
    return Scan(rows=len(table), labels=labels, titles=named, columns=tuple(columns), together=together)


def _spots(rows: Sequence[int], index: Sequence[Any], most: int | None) -> Cells:
    return Cells(len(rows), tuple((row, _source_row(index, row)) for row in rows[:most]))


SMALL = 2_000
"""Rows up to which it costs less to sieve the texts of all columns together first."""


def _quiet(columns: Mapping[int, polars.Series]) -> dict[int, Seen]:
    """Of columns whose headers promise nothing those that hold nothing: what `_seen` would say of each."""
    import polars

    texts = polars.concat(list(columns.values())).drop_nulls().unique()
    certain, likely, _ = _values(texts, ())
    held = list({text for found in (certain, likely) for some in found.values() for text in some})
    frame = polars.DataFrame({str(place): cells for place, cells in columns.items()})
    blanks, every = list(contexts()["blanks"]), polars.all().str.strip_chars()
    is_filled = every.str.contains(r"[\p{L}\p{N}]") & ~every.str.to_lowercase().is_in(blanks)
    filled, worded = frame.select(is_filled.sum()), frame.select((is_filled & every.str.contains(r"\p{L}")).sum())
    loud = frame.select(polars.all().is_in(held).any()).row(0) if held else (False,) * len(columns)
    return {
        place: Seen(filled=counts[0] or 0, worded=counts[1] or 0, tallies={})
        for place, is_loud, *counts in zip(columns, loud, filled.row(0), worded.row(0), strict=True)
        if not is_loud
    }


def _cells(table: Table, place: int, origins: Sequence[int]) -> tuple[polars.Series, Sequence[Any]]:
    import polars

    if isinstance(table, polars.DataFrame):
        cells = table.to_series(place)
        return cells if cells.dtype == polars.String else cells.cast(polars.String, strict=False), origins
    column = table.iloc[:, place]
    texts = [text if isinstance(text, str) else None for text in column.tolist()]
    return polars.Series(texts, dtype=polars.String), column.index.tolist()


def _watched(told: Iterable[str], label: str, titles: Sequence[str]) -> list[Entity]:
    """The entities whose `fits` are counted in a column: those that its header may mean."""
    names = [name for name in told if name in ENTITIES]
    if HOME not in names and tells("coordinates", label, titles):
        names.append(HOME)
    return [ENTITIES[name] for name in names]


def _seen(cells: polars.Series, index: Sequence[Any], watched: Sequence[Entity], most: int | None) -> Seen:
    import polars

    distinct = cells.drop_nulls().unique()
    trimmed = distinct.str.strip_chars()
    is_filled = trimmed.str.contains(r"[\p{L}\p{N}]") & ~trimmed.str.to_lowercase().is_in(contexts()["blanks"])
    filled, trimmed = distinct.filter(is_filled), trimmed.filter(is_filled)
    has_letter = trimmed.str.contains(r"\p{L}")
    sure_of, likely_of, whole_of = _values(filled, watched)

    def spots(texts: Iterable[str], but: Iterable[str] = ()) -> Cells:
        wanted = set(texts).difference(but)
        if not wanted:
            return Cells()
        return _spots(cells.is_in(list(wanted)).arg_true().to_list(), index, most)

    def count(which: polars.Series) -> int:
        return _count(cells, filled, which)

    tallies = {}
    for entity in ENTITIES.values():
        certain, likely = sure_of.get(entity.name, set()), likely_of.get(entity.name, set())
        known = whole_of.get(entity.name, set()) | likely if entity.led and len(filled) >= LED else ()
        if entity in watched or (known and len(known) >= MOST * len(filled)):
            fits = has_letter if entity.fits is None else trimmed.str.contains(entity.fits)
            if entity.unfit:
                fits &= ~trimmed.str.contains(entity.unfit)
            likely = likely | set(filled.filter(fits).to_list())
        parts = filled.filter(trimmed.str.contains(entity.partly)) if entity.partly and entity in watched else ()
        if certain or likely or len(parts):
            tally = Tally(
                partly=spots(parts, likely),
                sure=spots(certain),
                likely=spots(likely, certain),
                whole=count(filled.is_in(list(whole_of.get(entity.name, ())))),
            )
            if certain and entity.formed:
                of_form = filled.str.contains(entity.formed)
                numbers = {text: _NO_DIGIT.sub("", plain(text)[0]) for text in filled.filter(of_form).to_list()}
                tally = replace(
                    tally,
                    passed=count(of_form & filled.is_in(list(certain))),
                    drawn=sample(filled.filter(of_form), certain, entity.odds, entity.placed),
                    apart=spots(apart(numbers, certain)),
                )
            tallies[entity.name] = tally
    everything = polars.repeat(True, len(filled), dtype=polars.Boolean, eager=True)
    return Seen(filled=count(everything), worded=count(has_letter), tallies=tallies)


def _count(cells: polars.Series, distinct: polars.Series, which: polars.Series) -> int:
    """How many cells hold one of some distinct texts; of the few or the many, whichever needs less looking."""
    some = which.sum()
    if not some:
        return 0
    if some == len(distinct) == len(cells):
        return len(cells)
    return int(cells.is_in(distinct.filter(which).to_list()).sum())


SIEVED = 16
"""Texts up to which it costs less to look at each than to sieve them first."""
_Texts = dict[str, set[str]]


def _values(distinct: polars.Series, watched: Sequence[Entity]) -> tuple[_Texts, _Texts, _Texts]:
    """Entity → the texts that surely hold one, those that likely do, and the sure ones that hold little else."""
    plausible = distinct.filter(~distinct.str.contains(_DECIMAL))
    worded = plausible.filter(plausible.str.contains(r"\p{L}"))
    found: dict[str, list[Found]] = {}
    shown: dict[str, str] = {}
    for entity in finders():
        # one by one: all as one expression took 15 times as long (measured)
        assert entity.rough is not None  # noqa: S101 - finders have one
        texts = plausible if entity.bare else worded
        sieved = texts if len(texts) <= SIEVED else texts.filter(texts.str.contains(entity.rough))
        for text in sieved.to_list():
            if text not in shown:
                shown[text] = plain(text)[0]
            hits = [(entity, hit) for hit in entity.find(shown[text])]
            if hits:
                found.setdefault(text, []).extend(hits)
    certain: _Texts = {}
    likely: _Texts = {}
    alone: _Texts = {}
    for text, hits in found.items():
        for entity, hit in resolved(hits):
            whole = hit.end - hit.start >= MOST * len(text.strip())
            if hit.sure:
                certain.setdefault(entity.name, set()).add(text)
                if whole:
                    alone.setdefault(entity.name, set()).add(text)
            elif entity in watched or whole:
                likely.setdefault(entity.name, set()).add(text)
    for text in plausible.filter(plausible.str.contains(ROUGH)).to_list():
        for entity, hit in hits_in(decoded(text) or ""):
            if hit.sure:
                certain.setdefault(entity.name, set()).add(text)
    return certain, likely, alone


def _source_row(index: Sequence[Any], row: int) -> int | None:
    if not len(index):
        return None
    origin = index[row]
    first = origin[0] if isinstance(origin, tuple) else origin
    try:
        return int(first)
    except (TypeError, ValueError):
        return None


def scanned(slices: Sequence[Scan], most: int | None = SHOWN) -> Scan:
    """What the slices of a table, at least one, hold together."""
    first = slices[0]
    starts = [sum(one.rows for one in slices[:number]) for number in range(len(slices))]
    columns = []
    for place in range(len(first.columns)):
        parts = [one.columns[place] for one in slices]
        names = dict.fromkeys(name for part in parts for name in part.tallies)
        tallies = {}
        for name in names:
            some = [part.tallies.get(name, Tally()) for part in parts]
            tallies[name] = Tally(
                sure=_added([one.sure for one in some], starts, most),
                likely=_added([one.likely for one in some], starts, most),
                apart=_added([one.apart for one in some], starts, most),
                partly=_added([one.partly for one in some], starts, most),
                whole=sum(one.whole for one in some),
                passed=sum(one.passed for one in some),
                drawn=joined([one.drawn for one in some]),
            )
        columns.append(
            Seen(
                filled=sum(part.filled for part in parts),
                worded=sum(part.worded for part in parts),
                tallies=tallies,
            )
        )
    return Scan(
        rows=sum(one.rows for one in slices),
        labels=first.labels,
        titles=first.titles,
        columns=tuple(columns),
        together=_joined([one.together for one in slices], starts, most),
    )


def _joined(parts: Sequence[Sequence[Together]], starts: Sequence[int], most: int | None) -> tuple[Together, ...]:
    """What columns hold together, of several slices: by the places of the columns."""
    found: dict[tuple[int, ...], list[tuple[int, Together]]] = {}
    for some, start in zip(parts, starts, strict=True):
        for one in some:
            found.setdefault(tuple(part.place for part in one.parts), []).append((start, one))
    return tuple(
        Together(
            parts=some[0][1].parts,
            tried=sum(one.tried for _, one in some),
            passed=sum(one.passed for _, one in some),
            cells=_added([one.cells for _, one in some], [start for start, _ in some], most),
        )
        for some in found.values()
    )


def _added(parts: Sequence[Cells], starts: Sequence[int], most: int | None) -> Cells:
    spots = [
        (start + row, origin) for part, start in zip(parts, starts, strict=True) for row, origin in part.first
    ]
    return Cells(sum(part.count for part in parts), tuple(spots[:most]))
