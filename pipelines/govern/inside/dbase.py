"""dBASE tables (a shapefile's attributes). Deleted records only carry a mark: they are still there, and read."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from metadata.errors import SourceError
from metadata.finding import Place
from pipelines.govern.inside.part import Content, Part, Slice, Table
from pipelines.govern.inside.tabled import ROWS, labels, of_columns
from pipelines.read import text


def parts(data: bytes, at: Place) -> Iterator[Part]:
    """The table. Raises SourceError `read-broken`."""
    try:
        count, start, length = struct.unpack_from("<IHH", data, 4)
        end = data.index(b"\r", 32, start)
        fields = [data[place : place + 32] for place in range(32, end, 32)]
        widths = [field[16] for field in fields]
    except (struct.error, ValueError, IndexError) as broken:
        raise SourceError("read-broken", at) from broken
    if sum(widths) + 1 > length or not widths:
        raise SourceError("read-broken", at)
    encoding = text.guessed(data[start:]) or "latin-1"
    names = [field[:11].split(b"\0")[0].decode(encoding, "replace") for field in fields]

    def slices() -> Iterator[Slice]:
        for first in range(0, min(count, (len(data) - start) // length), ROWS):
            rows = []
            for number in range(first, min(first + ROWS, count, (len(data) - start) // length)):
                place, row = start + number * length + 1, []
                for width in widths:
                    row.append(data[place : place + width].decode(encoding, "replace").strip(" \0"))
                    place += width
                rows.append(row)
            yield of_columns(list(zip(*rows, strict=True)), range(first + 1, first + len(rows) + 1))

    yield Table(
        part="table", at=at, read=lambda: Content(labels=names, slices=slices(), texts=tuple(labels(names, at)))
    )
