"""Which room reads which bytes, and which of the recipe's options it uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from metadata.recipe import Source
from pipelines.read import archive, csv, geo, parquet, records, shapefile, table, text, workbook
from pipelines.read.source import Material, kind

if TYPE_CHECKING:
    import pandas as pd

_OPTIONS = ("sheet", "header", "encoding", "delimiter", "member", "records")
_MOJIBAKE = re.compile(r"[\xa1-\xfb]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tabled:
    """One file as a table."""

    table: pd.DataFrame
    sheet: str | None = None
    encoding: str | None = None
    findings: tuple[Finding, ...] = ()


def tabled(source: Source, material: Material, at: Place, inside: bool = False) -> Tabled:
    """The table in a file. Raises SourceError."""
    sort, name = kind(material)
    if sort == "zip":
        if inside:
            raise SourceError("read-format", at, format="ZIP in ZIP")
        member, beside = archive.member(material, source.member, at)
        if member.suffix == ".shp":
            return _shapefile(source, beside, at)
        return tabled(source, member, at, inside=True)
    said = unused(source, name, at, ("member",) if inside else ())
    if sort == "workbook":
        grid, sheet, found = workbook.grid(material, source.sheet, at)
        at = replace(at, sheet=sheet)
        frame, more = table.from_grid(grid, source.header, at)
        result = Tabled(table=frame, sheet=sheet, findings=(*said, *found, *more))
    elif sort == "text":
        decoded, encoding = text.decoded(material.data, source.encoding, at)
        grid, found = csv.grid(decoded, source.delimiter, at)
        frame, more = table.from_grid(grid, source.header, at)
        result = Tabled(table=frame, encoding=encoding, findings=(*said, *found, *more))
    elif sort == "json":
        try:
            result = _json(source, material, said, at)
        except RecursionError:
            raise SourceError("read-json-broken", at, line=1, reason="nested too deeply") from None
    elif sort == "parquet":
        frame, more = parquet.tabled(material.path or material.data, at)
        result = Tabled(table=frame, findings=(*said, *more))
    elif sort == "encrypted":
        raise SourceError("read-password", at)
    elif sort == "html":
        raise SourceError("read-html", at, format=name)
    elif sort == "sqlite":
        raise SourceError("read-sqlite-path", at)
    else:
        raise SourceError("read-format", at, format=name)
    return replace(result, findings=(*result.findings, *garbled(result.table, at)))


_USED: Mapping[str, tuple[str, ...]] = {
    "XLSX": ("sheet", "header"),
    "XLS": ("sheet", "header"),
    "ODS": ("sheet", "header"),
    "CSV": ("header", "encoding", "delimiter"),
    "JSON": ("encoding", "records"),
    "Parquet": (),
    "SQL": (),
}


def unused(source: Source, name: str, at: Place, also: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """A warning where the recipe gives an option that this kind of file has no use for."""
    default = Source()
    given = [option for option in _OPTIONS if getattr(source, option) != getattr(default, option)]
    idle = [option for option in given if option not in (*_USED.get(name, _OPTIONS), *also)]
    if not idle:
        return ()
    values = {"file": source.named, "format": name, "options": idle}
    return (Finding(rule="read-option-unused", severity="warning", at=at, values=values),)


def _json(source: Source, material: Material, said: tuple[Finding, ...], at: Place) -> Tabled:
    decoded, encoding = text.decoded(material.data, source.encoding, at)
    document = records.parsed(decoded, material.suffix in (".jsonl", ".ndjson"), at)
    found: tuple[Finding, ...] = ()
    if source.records is None and geo.is_geojson(document):
        labels, rows, found = geo.rows(document["features"], at)
    else:
        labels, rows = records.rows(records.found(document, source.records, at), at)
    frame, more = table.from_records(labels, rows, at)
    return Tabled(table=frame, encoding=encoding, findings=(*said, *found, *more))


def _shapefile(source: Source, parts: Mapping[str, Material], at: Place) -> Tabled:
    features, encoding = shapefile.features(parts, source.encoding, at)
    labels, rows, found = geo.rows(features, at)
    frame, more = table.from_records(labels, rows, at)
    return Tabled(
        table=frame, encoding=encoding, findings=(*unused(source, "JSON", at, ("member",)), *found, *more)
    )


def garbled(frame: pd.DataFrame, at: Place) -> tuple[Finding, ...]:
    """Thai that was once opened as Latin-1 and saved: long runs of Latin-1 letters that are Thai as cp874."""
    garbled = []
    for label in frame.columns:
        sample = frame[label].iloc[:500].drop_duplicates()
        runs = [run for cell in (label, *sample) for run in _MOJIBAKE.findall(cell)]
        if len(runs) > 2 and text.guessed("".join(runs).encode("latin-1")) == "cp874":
            garbled.append(label)
    if not garbled:
        return ()
    return (Finding(rule="read-mojibake", severity="warning", at=at, values={"columns": garbled[:5]}),)
