"""Shapefiles inside a ZIP: their attributes and shapes, as the features that GeoJSON would hold."""

from __future__ import annotations

import datetime as dt
import io
import struct
import warnings
from collections.abc import Mapping
from typing import Any

from metadata.errors import SourceError
from metadata.finding import Place
from pipelines.read import text, workbook
from pipelines.read.records import Number
from pipelines.read.source import Material

_DAMAGE = (struct.error, ValueError, LookupError, TypeError, ArithmeticError, AssertionError, OSError, MemoryError)
"""What the library lets out where bytes are not what they should be."""


def features(parts: Mapping[str, Material], encoding: str | None, at: Place) -> tuple[list[dict[str, Any]], str]:
    """The features and the encoding of their text: the recipe's, the `.cpg` file's, else as the bytes are.

    `parts` are the archive's files of one name, by extension. Raises SourceError `read-broken`, `read-encoding`.
    """
    import shapefile  # type: ignore[import-untyped]  # it has no types

    if ".dbf" not in parts:
        raise SourceError("read-zip-missing", at, wanted=".dbf", known=[part.name for part in parts.values()])
    table = parts[".dbf"].data
    declared = parts[".cpg"].data.decode("ascii", "ignore").strip() if ".cpg" in parts else ""
    name = (
        text.named(encoding or declared, table, at)
        if encoding or declared
        else text.guessed(table[32:]) or "utf-8"
    )
    try:
        # what it warns of is a file cut short: refused, as a damaged workbook is
        with (
            warnings.catch_warnings(action="error"),
            shapefile.Reader(
                shp=io.BytesIO(parts[".shp"].data), dbf=io.BytesIO(table), encoding=name, encodingErrors="strict"
            ) as reader,
        ):
            fields = [field[0] for field in reader.fields if field[0] != "DeletionFlag"]
            found = [
                {
                    "type": "Feature",
                    "properties": {key: _value(cell) for key, cell in zip(fields, one.record, strict=True)},
                    "geometry": _geometry(one.shape),
                }
                for one in reader.iterShapeRecords()
            ]
    except UnicodeDecodeError as wrong:
        raise SourceError("read-encoding", at, encoding=name, offset=wrong.start, record="?") from wrong
    except (shapefile.ShapefileException, Warning, *_DAMAGE) as broken:
        raise SourceError("read-broken", at) from broken
    return found, name


def _value(cell: Any) -> str:
    return workbook.as_text(cell.isoformat() if isinstance(cell, dt.date) else cell)


def _geometry(shape: Any) -> dict[str, Any] | None:
    if shape.shapeType == 0:
        return None
    drawn = shape.__geo_interface__
    return {key: _exact(value) for key, value in drawn.items() if key in ("type", "coordinates", "geometries")}


def _exact(value: Any) -> Any:
    """Tuples as lists and floats as their shortest text, as a GeoJSON document is parsed."""
    if isinstance(value, list | tuple):
        return [_exact(inside) for inside in value]
    if isinstance(value, dict):
        return {key: _exact(inside) for key, inside in value.items()}
    return Number(workbook.as_text(value)) if isinstance(value, float) else value
