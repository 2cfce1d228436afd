"""Delimited text (CSV, TSV, any text) in bounded memory: by byte ranges, each parsed by columns or, in doubt, by
Python's csv; a file that is no table is looked through line by line."""

from __future__ import annotations

import csv as python_csv
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.govern.inside import tabled
from pipelines.govern.inside.part import Content, Part, Slice, Table
from pipelines.read import csv, ranges, table, text
from pipelines.read.source import Material

if TYPE_CHECKING:
    import polars

BLOCK = 4 << 20
"""Bytes of a range."""
LINES = 20_000
_BOM = b"\xef\xbb\xbf"


def of_path(path: Path, at: Place) -> tuple[str, Iterator[Part]]:
    """A file on disk, never whole in memory: its `sha256:…` and its one table.

    Raises Unsound where ranges cannot tell: it is small, in UTF-16, or has quotes that lead astray.
    """
    plan = ranges.planned(str(path), path.name, Source(path=path.name), at, BLOCK)
    return plan.digest, iter([Table(part="table", at=at, read=lambda: _planned(plan, at))])


def of_material(material: Material, at: Place) -> Iterator[Part]:
    """A text in memory, as a table where it is one. Raises SourceError `read-encoding`."""
    written, _ = text.decoded(material.data, None, at)
    if "\x00" in written:
        raise SourceError("read-nul", replace(at, source_row=written.count("\n", 0, written.find("\x00")) + 1))
    yield Table(part="table", at=at, read=lambda: _whole(written, at))


def _whole(written: str, at: Place) -> Content:
    try:
        grid, _ = csv.grid(written, None, at)
    except SourceError:  # a quote is left open: where records end nobody knows
        return Content(labels=("",), slices=lines(io.StringIO(written)))
    return tabled.content(grid, at)


def lines(file: io.TextIOBase | io.StringIO) -> Iterator[Slice]:
    """A text as a table of one column without a name."""
    first = 1
    while some := [line.rstrip("\r\n") for line in itertools.islice(file, LINES)]:
        yield tabled.of_columns([some], range(first, first + len(some)))
        first += len(some)


def _planned(plan: ranges.Plan, at: Place) -> Content:
    head = plan.head
    width = max(head.width, *(len(row) for row in plan.sample), 1)
    named = head.named(width)
    names, _ = table.unique_labels(named, at, range(1, width + 1))
    return Content(
        labels=names,
        slices=_slices(plan, width),
        texts=(*tabled.above(head.above, head, at), *tabled.labels(names, at)),
    )


def _slices(plan: ranges.Plan, width: int) -> Iterator[Slice]:
    first = plan.first
    for given in plan.ranges:
        frame = parsed(given.text(plan.codec), plan.separator, width)
        if frame is None:
            frame = _by_csv(given.text(plan.codec), plan.separator, width)
        yield Slice(columns=frame.get_columns(), rows=range(first, first + frame.height))
        first += frame.height


def parsed(written: str, separator: str, width: int) -> polars.DataFrame | None:
    """The records of a text by columns; None where polars may read it differently from Python's csv."""
    import polars

    from pipelines.engine.blocks import Form, proven

    data = written.encode()
    form = Form(
        delimiter=separator, quote='"', escape=None, double_quote=True, skip_initial_space=False, encoding="utf-8"
    )
    if not proven(data, form) or data.startswith(_BOM):
        return None
    schema = {str(number): polars.String for number in range(width)}
    try:
        return polars.read_csv(data, has_header=False, separator=separator, schema=schema)
    except polars.exceptions.PolarsError:
        return None


def _by_csv(written: str, separator: str, width: int) -> polars.DataFrame:
    """The records as Python's csv reads them, whatever the quotes; what is beyond the last column joins it."""
    import polars

    python_csv.field_size_limit(csv.LIMIT)
    rows = [_even(row, width) for row in python_csv.reader(io.StringIO(written, newline=""), delimiter=separator)]
    columns: Sequence[Sequence[str]] = list(zip(*rows, strict=True)) if rows else [()] * width
    return polars.DataFrame(
        {str(number): polars.Series(cells, dtype=polars.String) for number, cells in enumerate(columns)}
    )


def _even(row: list[str], width: int) -> list[str]:
    if len(row) > width:
        return [*row[: width - 1], " ".join(row[width - 1 :])]
    return [*row, *[""] * (width - len(row))]
