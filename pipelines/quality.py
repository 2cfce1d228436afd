"""How good the data of a table are, by the formulas of NECTEC's quality extension (ckanext-dquality `quality.py`).

validity       a third each for no blank label, no label twice, no record with more cells than labels
completeness   cells that hold something, of all cells; `data/missing.csv` is what stands for nothing
uniqueness     distinct records, of all records
consistency    cells of the type that most of their column have (number, date, other text), of all not blank

Each is in percent; a record whose cells are all blank is none. They are counted while a table is written, slice by
slice, and add up to the same whatever the slices are. The extension's code takes a column's type from its first
record instead, so that a column of numbers under a word is text throughout: that is `consistency_by_first`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import stream

if TYPE_CHECKING:
    import polars

LARGEST = 10 << 20
"""Bytes of a file that the extension measures (`ckanext.dquality.filesize_limit`)."""
RECORDS = 5_000
"""Records of a file that it looks at (`ckanext.dquality.record_limit`, which counts the labels)."""
NUMBER = (
    r"^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?:[eE][+-]?\d+)?\s*$"  # also in Thai digits
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:(?:T| |, )\d{1,2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?"
DATE = "|".join(
    rf"^\s*{form}{_CLOCK}\s*$"
    for mark in ("-", "/", r"\.")
    for form in (rf"\d{{4}}{mark}{_DAY}{mark}{_DAY}", rf"{_DAY}{mark}{_DAY}{mark}(?:\d{{4}}|\d{{2}})")
)
"""A date, or a moment to the second, with year, month and day in any order in use. Whether a month has that
day is not asked."""
_REST = "rest"


@dataclass(slots=True)
class Column:
    """Cells of a column: not blank, of these with a value, numbers, dates; and what the first record's is."""

    first: str = ""
    filled: int = 0
    complete: int = 0
    numbers: int = 0
    dates: int = 0

    @property
    def dominant(self) -> int:
        """Cells of the type that most have."""
        return max(self.numbers, self.dates, self.filled - self.numbers - self.dates)

    @property
    def by_first(self) -> int:
        """The same, where only the first record's type and all others are told apart."""
        alike = {"number": self.numbers, "date": self.dates}.get(self.first, self.filled)
        return max(alike, self.filled - alike)


@dataclass(slots=True, eq=False, repr=False)
class Tally:
    """What was counted of a table so far, or of a slice of it. `marks`: two hashes of each record."""

    records: int = 0
    blank: int = 0
    columns: list[Column] = field(default_factory=list)
    marks: list[polars.DataFrame] = field(default_factory=list)

    def see(self, part: polars.DataFrame, rest: polars.Series | None = None) -> None:
        """Counts some records: columns of text, null where a cell is empty. A `pipelines.stream.Look`.

        `rest`: for each record what stands beside its columns and makes it another one.
        """
        import polars

        if not self.columns:
            self.columns = [Column() for _ in range(part.width)]
        if part.height and not (self.records or self.blank):
            for column, cell in zip(self.columns, part.row(0), strict=True):
                column.first = _kind(cell or "")
        given = polars.any_horizontal(polars.all().str.contains(r"\S")).fill_null(value=False)
        cells = [polars.nth(number).str for number in range(part.width)]
        counts = [
            expression.sum().alias(f"{number} {name}")
            for number, cell in enumerate(cells)
            for name, expression in (
                ("filled", cell.contains(r"\S")),
                ("complete", ~cell.contains(_missing())),
                ("numbers", cell.contains(NUMBER)),
                ("dates", cell.contains(DATE)),
            )
        ]
        # all at once: a query costs more than what it counts in a small file
        records, *found = part.select(given.sum().alias(_REST), *counts).row(0)
        for number, column in enumerate(self.columns):
            filled, complete, numbers, dates = found[4 * number : 4 * number + 4]
            column.filled += filled
            column.complete += complete
            column.numbers += numbers
            column.dates += dates
        whole = part if rest is None else part.with_columns(rest.alias(_REST))
        whole = whole if records == part.height else whole.filter(part.select(given).to_series())
        self.records += whole.height
        self.blank += part.height - whole.height
        marks = {str(seed): whole.hash_rows(seed) for seed in (1, 2)}
        self.marks.append(polars.DataFrame(marks))

    def quality(
        self, *, blank_labels: int = 0, repeated_labels: int = 0, long_records: int = 0
    ) -> dict[str, float | None]:
        """What the counts say: the measures in percent, None where there is no record; and the counts."""
        import polars

        distinct = polars.concat(self.marks).n_unique() if self.marks else 0
        cells = self.records * len(self.columns)
        complete = sum(column.complete for column in self.columns)
        filled = sum(column.filled for column in self.columns)
        dominant = sum(column.dominant for column in self.columns)
        by_first = sum(column.by_first for column in self.columns)
        sound = sum(not flaw for flaw in (blank_labels, repeated_labels, long_records))
        return {
            "validity": sound / 3 * 100 if self.records else None,
            "completeness": complete / cells * 100 if cells else None,
            "uniqueness": distinct / self.records * 100 if self.records else None,
            "consistency": dominant / filled * 100 if filled else None,
            "consistency_by_first": by_first / filled * 100 if filled else None,
            "records": self.records,
            "blank_records": self.blank,
            "distinct_records": distinct,
            "cells": cells,
            "complete_cells": complete,
            "filled_cells": filled,
            "consistent_cells": dominant,
            "consistent_cells_by_first": by_first,
            "blank_labels": blank_labels,
            "repeated_labels": repeated_labels,
            "long_records": long_records,
        }


def joined(tallies: Iterable[Tally]) -> Tally:
    """What slices of a table have together."""
    whole = Tally()
    for one in tallies:
        if not (whole.records or whole.blank):
            whole.columns = [Column(first=column.first) for column in one.columns]
        whole.records += one.records
        whole.blank += one.blank
        whole.marks += one.marks
        for column, more in zip(whole.columns, one.columns, strict=True):
            column.filled += more.filled
            column.complete += more.complete
            column.numbers += more.numbers
            column.dates += more.dates
    return whole


def _kind(cell: str) -> str:
    if re.match(NUMBER, cell):
        return "number"
    return "date" if re.match(DATE, cell) else "text"


@cache
def _missing() -> str:
    """What a cell is when it holds nothing: blank, or one of the words, whatever their case."""
    lines = (files("pipelines") / "data/missing.csv").read_text(encoding="utf-8").split("\n")
    words = "|".join(re.escape(line) for line in lines[1:] if line)
    return rf"(?i)^\s*(?:{words})?\s*$"


def measure(path: Path, *, whole: bool = False) -> dict[str, float | None] | None:
    """The quality of a file of delimited text, as it stands.

    Within the extension's own limits, or of the `whole` file. None where there is nothing to measure: the file is
    larger than the limits allow, or no text that can be told. Raises OSError.
    """
    from pipelines.read.csv import LIMIT, SAMPLE, found_delimiter

    encoding = _encoding(path) if whole or path.stat().st_size <= LARGEST else None
    if encoding is None:
        return None
    csv.field_size_limit(LIMIT)
    with path.open(encoding=encoding, newline="") as text:
        try:
            separator = found_delimiter(text.read(SAMPLE))
            text.seek(0)
            return _measured(csv.reader(text, delimiter=separator), whole=whole)
        except (csv.Error, UnicodeDecodeError):
            return None


def _measured(records: Iterator[list[str]], *, whole: bool) -> dict[str, float | None]:
    labels = next(records, [])
    tally, long = Tally(), 0
    rest = islice(records, None if whole else RECORDS)
    while labels and (block := list(islice(rest, stream.ROWS))):
        part, beside = _framed(block, len(labels))
        long += sum(len(record) > len(labels) for record in block)
        tally.see(part, beside)
    blank = sum(not label.strip() for label in labels)
    return tally.quality(blank_labels=blank, repeated_labels=len(labels) - len(set(labels)), long_records=long)


def _framed(block: Sequence[list[str]], width: int) -> tuple[polars.DataFrame, polars.Series]:
    """Records as columns, as wide as the labels; and what makes records of another width others than these."""
    import polars

    even = [
        record if len(record) == width else [*record[:width], *[""] * (width - len(record))] for record in block
    ]
    columns = [
        polars.Series(str(number), [cell or None for cell in cells], dtype=polars.String)
        for number, cells in enumerate(zip(*even, strict=True))
    ]
    beside = [None if len(one) == width else f"{len(one)} " + "\x1f".join(one[width:]) for one in block]
    return polars.DataFrame(columns), polars.Series(_REST, beside, dtype=polars.String)


def _encoding(path: Path) -> str | None:
    """What a file is written in, where that can be told."""
    import codecs

    import numpy

    from pipelines.read import text

    counts, utf8, decoder = numpy.zeros(256, dtype="int64"), True, codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        marked = text.marked(file.read(8192))
        if marked:
            return marked
        file.seek(0)
        while block := file.read(1 << 20):
            counts += numpy.bincount(numpy.frombuffer(block, dtype="uint8"), minlength=256)
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                utf8 = False
    if utf8 and not decoder.getstate()[0]:
        return "utf-8"
    return "cp874" if text.thai(counts.tolist()) else None
