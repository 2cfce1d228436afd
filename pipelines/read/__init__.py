"""Reading: any source as one table of text, read-only, hashed, with what was noticed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from metadata.recipe import Source

if TYPE_CHECKING:
    import pandas

__all__ = ["Reading", "read"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """A source as it was read.

    `table`: every cell text (`str` columns, empty is ""), unique labels, index `source_row` (see `Place`).
    `inputs`: path relative to the dataset's folder, `url:<url or variable>` or `database:<variable>` → `sha256:…`
    of the file, or of the rows that a server gave. `findings` are notes and warnings; only `read-no-rows` is an
    error.
    """

    table: pandas.DataFrame
    sheet: str | None
    encoding: str | None
    inputs: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


def read(source: Source, folder: Path, at: Place) -> Reading:
    """Reads a source of the dataset in `folder`, which is never changed.

    Raises SourceError (`read-…`) where it cannot be read, SetupError `object-store-missing` where a URL needs what
    is not installed; their `values` name the `file`.
    """
    try:
        if source.database:
            return _database(source, folder, at)
        return _remote(source, at) if source.remote else _file(source, folder, at)
    except SourceError as error:
        error.values.setdefault("file", source.named)
        raise


def _file(source: Source, folder: Path, at: Place) -> Reading:
    from pipelines.read import files
    from pipelines.read import source as sources

    written = source.path or ""
    path = sources.located(written, folder, at)
    material, digest = sources.loaded(written, path, at)
    one = files.tabled(source, material, at)
    sources.unchanged(material, at)
    open_elsewhere = sources.open_elsewhere(path, written, at)
    return Reading(
        table=one.table,
        sheet=one.sheet,
        encoding=one.encoding,
        inputs={written: digest},
        findings=(*open_elsewhere, *one.findings),
    )


def _remote(source: Source, at: Place) -> Reading:
    from pipelines.read import files, remote

    material, digest, name = remote.loaded(source.path or "", at)
    one = files.tabled(source, material, at)
    return Reading(
        table=one.table, sheet=one.sheet, encoding=one.encoding, inputs={name: digest}, findings=one.findings
    )


def _database(source: Source, folder: Path, at: Place) -> Reading:
    from pipelines.read import database, files, table

    labels, rows, inputs, said = database.rows(source.database or "", source.query or "", folder, at)
    frame, more = table.from_records(labels, rows, at)
    idle = files.unused(source, "SQL", at)
    return Reading(table=frame, sheet=None, encoding=None, inputs=inputs, findings=(*idle, *said, *more))
