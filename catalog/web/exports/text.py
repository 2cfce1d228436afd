"""CSV and JSON. No value is altered: what a spreadsheet would make of a cell is said where the file is offered."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import IO, Any

import orjson

from catalog.store.types import answered
from catalog.web.exports.part import Column, Part

Making = Callable[[Any], Any]
BOM = b"\xef\xbb\xbf"
"""With which Excel reads Thai in CSV (UTF-8)."""


def csv_file(part: Part, out: IO[bytes], *, bom: bool = False) -> None:
    """UTF-8, commas, `\\n`; nothing is an empty cell; true and false are words; JSON and arrays are JSON."""
    out.write(BOM if bom else b"")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([one.name for one in part.columns])
    written = making(part.columns, SAID)
    for block in part.blocks():
        writer.writerows(replaced(row, written) for row in block) if written else writer.writerows(block)
        out.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
    out.write(text.getvalue().encode())


def json_file(part: Part, out: IO[bytes]) -> None:
    """A list of records, one a line; numbers with all of their digits; a column's name once in each."""
    names = [one.name for one in part.columns]
    written = making(part.columns, VALUE)
    between = b"[\n"
    for block in part.blocks():
        records = (dict(zip(names, replaced(row, written), strict=True)) for row in block)
        out.write(between + b",\n".join(map(orjson.dumps, records)))
        between = b",\n"
    out.write(b"[]\n" if between == b"[\n" else b"\n]\n")


def making(columns: Sequence[Column], made: dict[str, Making]) -> list[tuple[int, Making]]:
    """The columns whose cells are not written as they come, each with what is made of a cell."""
    found = []
    for index, one in enumerate(columns):
        make = made["array"](one.kind) if one.kind.startswith("_") else made.get(one.kind)
        found += [(index, make)] if make else []
    return found


def replaced(row: Sequence[Any], written: list[tuple[int, Making]]) -> list[Any]:
    """A row with what is made of its cells."""
    cells = list(row)
    for index, make in written:
        if cells[index] is not None:
            cells[index] = make(cells[index])
    return cells


def _whole(value: float) -> float | int:
    """As PostgreSQL's JSON writes it: 1000, not 1000.0."""
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


SAID: dict[str, Making] = {
    "bool": lambda value: "true" if value else "false",
    "float4": _whole,
    "float8": _whole,
    "array": lambda kind: lambda text: orjson.dumps(answered(kind, text)).decode(),
}
VALUE: dict[str, Making] = {
    "numeric": orjson.Fragment,
    "json": orjson.Fragment,
    "float4": _whole,
    "float8": _whole,
    "array": lambda kind: lambda text: answered(kind, text),
}
"""By type: what is made of a cell, in CSV and in JSON; of an array, by the type of the column."""
