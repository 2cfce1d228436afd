"""A release on disk: how a table becomes a file, which properties `datapackage.json` publishes, what is hashed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from metadata.dataset import Dataset, Resource
from metadata.errors import SetupError
from metadata.finding import Place
from metadata.release import File, Release
from metadata.stored import PRIVATE_BLOCKS, PRIVATE_PROPERTIES
from pipelines import typed
from pipelines.stream import Look, Written, ahead, parts

if TYPE_CHECKING:
    import pandas
    import polars

MEDIA_TYPES = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
}
"""The formats a release can hold, by extension."""
LONGITUDE, LATITUDE, GEOMETRY = "longitude", "latitude", "geometry"
"""The columns that hold a GeoJSON feature's geometry: a point's numbers, or compact GeoJSON text."""


def write(
    resource: Resource,
    table: pandas.DataFrame,
    folder: Path,
    at: Place,
    slices: Look | None = None,
) -> File:
    """Writes one resource's table into a folder, in the resource's format, and hashes it as it is written.

    CSV is UTF-8 without BOM, `\\n`, minimal quoting, an empty cell is nothing (`""` only in a one-column table,
    where an empty line would be a lost record). Parquet is typed by the Table Schema (`pipelines.typed`). `slices`
    is handed the rows as they go by, in order. Raises SetupError `format-unknown`.
    """
    if resource.format not in MEDIA_TYPES:
        raise SetupError("format-unknown", at, format=resource.format, known=sorted(MEDIA_TYPES))
    path = folder / f"{resource.name}.{resource.format}"
    schema = resource.schema or {}
    with path.open("wb") as file:
        out = Written(file)
        if resource.format == "csv":
            _csv(table, out, slices)
        elif resource.format == "parquet":
            typed.write(table, schema, out, slices)
        else:
            _geojson(table, schema, out, at, slices)
    return File(path=path.name, sha256=out.sha256, bytes=out.bytes, rows=len(table))


def write_csv(table: pandas.DataFrame, path: Path) -> None:
    """Writes a table of text as a CSV file of a release."""
    with path.open("wb") as file:
        _csv(table, Written(file), None)


def _csv(table: pandas.DataFrame, out: Written, look: Look | None) -> None:
    file: IO[bytes] = out  # type: ignore[assignment]  # polars needs no more of a file than `write`
    for number, part in enumerate(ahead(parts(table))):
        if look is not None:
            look(part)
        _records(part, file, not number)


def _records(part: polars.DataFrame, file: IO[bytes], header: bool) -> None:
    if part.width == 1:
        # polars quotes empty strings but writes nulls as nothing
        part = part.fill_null("")
    part.write_csv(file, include_header=header, line_terminator="\n", quote_style="necessary")


def csv_records(table: pandas.DataFrame, header: bool, look: Look | None = None) -> bytes:
    """A slice of a table as it stands in a CSV file of a release, below the header if it is the first.

    `look` is handed its rows as they go by.
    """
    file = io.BytesIO()
    for number, part in enumerate(parts(table)):
        if look is not None:
            look(part)
        _records(part, file, header and not number)
    return file.getvalue()


def write_records(resource: Resource, chunks: Iterable[bytes], rows: int, folder: Path) -> File:
    """Writes a CSV file of a release from its slices, in their order."""
    path = folder / f"{resource.name}.{resource.format}"
    with path.open("wb") as file:
        out = Written(file)
        for chunk in chunks:
            out.write(chunk)
    return File(path=path.name, sha256=out.sha256, bytes=out.bytes, rows=rows)


def _geojson(
    table: pandas.DataFrame, schema: Mapping[str, Any], out: Written, at: Place, look: Look | None
) -> None:
    columns = [str(name) for name in table.columns]
    places = [name for name in (LONGITUDE, LATITUDE, GEOMETRY) if name in columns]
    if places not in ([LONGITUDE, LATITUDE], [GEOMETRY]):
        raise SetupError("geojson-columns", at, columns=columns)
    numeric = {
        field["name"] for field in schema.get("fields", ()) if field.get("type") in ("integer", "number", "year")
    }
    properties = [name for name in columns if name not in places]
    out.write(b'{"type":"FeatureCollection","features":[\n')
    number = 0
    for part in parts(table):
        if look is not None:
            look(part)
        for record in part.fill_null("").iter_rows(named=True):
            values = ",".join(
                f"{json.dumps(name, ensure_ascii=False)}:{_json(record[name], name in numeric)}"
                for name in properties
            )
            shape = _geometry(record, replace(at, row=number + 2, column=GEOMETRY))
            before = ",\n" if number else ""
            out.write(f'{before}{{"type":"Feature","geometry":{shape},"properties":{{{values}}}}}'.encode())
            number += 1
    out.write(b"\n]}\n")


def _geometry(record: Mapping[Any, str], at: Place) -> str:
    """A feature's geometry as it was written. Raises SetupError `geojson-geometry` for text that is none."""
    if GEOMETRY in record:
        try:
            shape = json.loads(record[GEOMETRY] or "null", parse_constant=_no_number)
        except (ValueError, RecursionError):
            shape = ""
        if shape is not None and not (isinstance(shape, dict) and isinstance(shape.get("type"), str)):
            raise SetupError("geojson-geometry", at)
        return record[GEOMETRY] or "null"
    longitude, latitude = _json(record[LONGITUDE], True), _json(record[LATITUDE], True)
    if "null" in (longitude, latitude):
        return "null"
    return f'{{"type":"Point","coordinates":[{longitude},{latitude}]}}'


def _json(text: str, numeric: bool) -> str:
    """A cell as JSON: a number as it was written where the schema says so, else text; an empty cell is null."""
    if text == "":
        return "null"
    if numeric:
        try:
            if isinstance(json.loads(text, parse_constant=_no_number), int | float):
                return text
        except ValueError:
            pass
    return json.dumps(text, ensure_ascii=False)


def _no_number(word: str) -> None:
    """NaN and Infinity: Python reads them, JSON has no such numbers."""
    raise ValueError


def describe(dataset: Dataset, files: Sequence[File]) -> dict[str, Any]:
    """The published `datapackage.json`: the descriptor with each resource's file, hash, size and encoding."""
    made = {file.path: file for file in files}
    kept = ("resources", "name", *PRIVATE_BLOCKS)
    package = {key: value for key, value in dataset.descriptor.items() if key not in kept}
    package = {"name": dataset.name, **package}
    resources = []
    for resource in dataset.resources:
        file = made.get(f"{resource.name}.{resource.format}")
        if file is None:
            continue
        entry = {key: value for key, value in resource.descriptor.items() if key not in PRIVATE_PROPERTIES}
        entry |= {
            "path": file.path,
            "format": resource.format,
            "mediatype": MEDIA_TYPES[resource.format],
            "encoding": "utf-8",
            "bytes": file.bytes,
            "hash": file.sha256,
        }
        if resource.format == "parquet":
            del entry["encoding"]  # it holds no text of one encoding
        if resource.format == "csv":
            # pinned, so that no reader has to guess from the first lines
            entry["dialect"] = {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True}
        resources.append(entry)
    return {**package, "resources": resources}


def release(dataset: Dataset, files: Sequence[File]) -> Release:
    """The release of a dataset: its data package and its files."""
    return Release(dataset=dataset.name, datapackage=describe(dataset, files), files=tuple(files))
