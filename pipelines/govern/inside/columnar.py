"""Parquet files: their columns, a row group at a time, and what their footer says besides."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from metadata.finding import Place
from pipelines.govern.inside.part import Content, Part, Slice, Table, Text, unseen
from pipelines.govern.inside.tabled import labels
from pipelines.read import parquet

OURS = ("ARROW:schema", "pandas", "geo", "org.apache.spark.sql.parquet.row.metadata")
"""Keys under which programs keep the types of the columns; the pandas one repeats their names."""


def parts(given: Path | bytes, at: Place) -> Iterator[Part]:
    """The columns and the footer's own words. Raises SourceError."""
    import polars

    layout = parquet.layout(given, at)

    def read() -> Content:
        return Content(labels=layout.labels, slices=slices(), texts=tuple(labels(layout.labels, at)))

    def slices() -> Iterator[Slice]:
        for group in layout.groups:
            first = group.first + 1
            for frame in parquet.texts(given, group, at):
                yield Slice(columns=frame.get_columns(), rows=range(first, first + frame.height))
                first += frame.height

    yield Table(part="table", at=at, read=read)
    try:
        said = polars.read_parquet_metadata(io.BytesIO(given) if isinstance(given, bytes) else given)
    except (polars.exceptions.PolarsError, OSError):
        yield unseen("metadata", at, "broken")
        return
    for key, value in said.items():
        if key not in OURS:
            yield Text(part="metadata", text=f"{key}: {value}", at=at)
