"""Rows of text as a table that is judged column by column, with what stands above it as texts of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from metadata.errors import SourceError
from metadata.finding import Place
from pipelines.govern.inside.part import Content, Slice, Text
from pipelines.read import table
from pipelines.read.grid import Grid, blank

ROWS = 50_000
"""Rows of a slice: what is looked at in one go."""
NOTHING = Content(labels=(), slices=iter(()))


def content(grid: Grid, at: Place) -> Content:
    """The table in a grid, under the header that is found; the rows above it are texts."""
    if not any(not blank(cell) for row in grid.rows for cell in row):
        return NOTHING
    try:
        head = table.heading(grid, "auto", at)
    except SourceError:
        return NOTHING
    body = grid.rows[head.body :]
    form, _ = table.formed(head, [table.look(head, body)], grid.numbers[head.body :])
    return Content(
        labels=form.labels,
        slices=slices(form, body, grid.numbers[head.body :]),
        texts=(*above(grid, head, at), *labels(form.labels, at)),
        positions=[grid.offset + index for index in form.kept],
    )


def above(grid: Grid, head: table.Heading, at: Place) -> Iterator[Text]:
    """What stands over the header: titles, dates, who made it."""
    first = head.header.first if head.header else 0
    for row, number in zip(grid.rows[:first], grid.numbers, strict=False):
        text = " ".join(cell for cell in row if not blank(cell))
        if text:
            yield Text(part="above-table", text=text, at=replace(at, source_row=number))


def labels(names: Sequence[str], at: Place) -> Iterator[Text]:
    """The names of the columns, which are data where the header was not found."""
    for name in names:
        yield Text(part="label", text=name, at=at)


def slices(form: table.Form, body: Sequence[Sequence[str]], rows: Sequence[int]) -> Iterator[Slice]:
    """The rows of a body, some at a time."""
    for start in range(0, len(body), ROWS):
        part = body[start : start + ROWS]
        yield of_columns(form.columns(part), rows[start : start + len(part)])


def of_columns(columns: Sequence[Sequence[str | None]], rows: Sequence[int]) -> Slice:
    """A slice of lists of texts."""
    import polars

    return Slice(columns=[polars.Series(texts, dtype=polars.String) for texts in columns], rows=rows)
