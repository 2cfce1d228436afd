"""What the sources of a dataset hold beside what its recipe publishes: other sheets, what is hidden, comments.

Nothing of it goes out, so it is a warning; but a source that is sent along by mistake takes it all with it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from metadata.recipe import Source
from pipelines.govern.inside import documents
from pipelines.govern.inside.judged import Judgement
from pipelines.govern.inside.part import Content, Part, Slice, Table
from pipelines.govern.inside.walk import Walk
from pipelines.govern.inside.workbook import spans
from pipelines.read import archive as archives
from pipelines.read import source as sources
from pipelines.read.workbook import letters

if TYPE_CHECKING:
    import polars

DOCUMENTS = (".json", ".geojson")
MANIFOLD = (".xlsx", ".xlsm", ".xls", ".ods", ".zip", ".parquet", *DOCUMENTS)
"""Files that hold more than the one table that is read of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read:
    """What a recipe reads and publishes of one source: `rows`, source rows; all columns but those `dropped`."""

    resource: str
    source: Source
    sheet: str | None
    rows: polars.Series
    dropped: frozenset[str]


def unpublished(dataset: str, folder: Path, reads: Iterable[Read]) -> Iterator[Finding]:
    """What stands in the dataset's sources and is not published, each file looked into once."""
    files: dict[str, list[Read]] = {}
    for one in reads:
        if one.source.path and not one.source.remote and one.source.path.lower().endswith(MANIFOLD):
            files.setdefault(one.source.path, []).append(one)
    for written, some in files.items():
        at = Place(dataset=dataset, resource=some[0].resource)
        yield from _told(_parts(written, folder, some, at), written, at)


def _parts(written: str, folder: Path, reads: Sequence[Read], at: Place) -> Iterator[Part]:
    """The parts that do not go out, as far as the file can be read: what is wrong with it is told elsewhere."""
    with suppress(SourceError):
        path = sources.located(written, folder, at)
        material, _ = sources.loaded(written, path, at)
        if material.suffix in DOCUMENTS:
            yield from documents.around(material, [one.source.records for one in reads], Place())
        else:
            yield from _beside(material, reads, at)


def _beside(material: sources.Material, reads: Sequence[Read], at: Place) -> Iterator[Part]:
    """The parts of a file without the tables that are read of it, but with what of these is hidden and stays."""
    known = {place: one for one in reads for place in _places(material, one, at)}
    stems = {str(PurePosixPath(place).with_suffix("")) for place in known if place and "." in place}
    for part in Walk().material(material, Place()):
        if not isinstance(part, Table):
            yield part
        elif (read := known.get(part.at.sheet)) is not None:
            yield from _hidden(part, read, at)
        elif part.at.sheet is None or str(PurePosixPath(part.at.sheet).with_suffix("")) not in stems:
            yield part


def _places(material: sources.Material, read: Read, at: Place) -> Iterator[str | None]:
    """Where in the file the table that is read stands, as `walk` names it."""
    if sources.kind(material)[0] != "zip":
        yield read.sheet
        return
    with zipfile.ZipFile(io.BytesIO(material.data)) as archive:
        name = archives.chosen(archive, material, read.source.member, at)
    yield f"{name}/{read.sheet}" if read.sheet else name


def _hidden(part: Table, read: Read, at: Place) -> Iterator[Part]:
    """Of a sheet that is read: what is hidden and goes out, as a Finding; what is hidden and stays, as tables."""
    if not part.hidden_rows and not part.hidden_columns:
        return
    content = part.read()
    out = part.hidden_rows.intersection(read.rows.to_list())
    veiled = [place for place in part.hidden_columns if place in content.positions]
    labels = {place: content.labels[list(content.positions).index(place)] for place in veiled}
    shown = sorted(place for place in veiled if labels[place] not in read.dropped)
    if out or shown:
        rows = sorted(out)
        values = {
            "rows": spans([str(row) for row in rows], rows),
            "columns": spans([letters(place) for place in shown], shown),
            "count": len(rows) + len(shown),
        }
        place = replace(at, resource=read.resource, sheet=read.sheet)
        yield Finding(rule="hidden-published", severity="warning", at=place, values=values)
    stay = sorted(set(veiled) - set(shown))
    if stay or part.hidden_rows - out:
        slices = list(content.slices)
        kept = [list(content.positions).index(place) for place in stay]
        if kept:
            yield Table(part="hidden-column", at=part.at, read=partial(_columns, content, slices, kept))
        if rest := part.hidden_rows - out:
            yield Table(part="hidden-row", at=part.at, read=partial(_rows, content, slices, rest))


def _columns(content: Content, slices: Sequence[Slice], kept: Sequence[int]) -> Content:
    some = (Slice(columns=[one.columns[index] for index in kept], rows=one.rows) for one in slices)
    return Content(labels=[content.labels[index] for index in kept], slices=some)


def _rows(content: Content, slices: Sequence[Slice], wanted: frozenset[int]) -> Content:
    def some() -> Iterator[Slice]:
        for one in slices:
            places = [place for place, row in enumerate(one.rows) if row in wanted]
            rows = [one.rows[place] for place in places]
            yield Slice(columns=[texts.gather(places) for texts in one.columns], rows=rows)

    return Content(labels=content.labels, slices=some())


def _told(parts: Iterable[Part], file: str, at: Place) -> Iterator[Finding]:
    """One Finding for each kind of personal data in each kind of part of each sheet."""
    counts: dict[tuple[str, str | None, str], tuple[int, str]] = {}
    authors = 0
    for one in Judgement().of(parts):
        if one.rule == "hidden-published":
            yield one
        elif one.rule == "personal-author":
            authors += one.values["count"]
        elif one.rule.startswith("personal-") and "count" in one.values and one.severity != "note":
            key = one.values["part"], one.at.sheet, one.values["entity"]
            counts[key] = counts.get(key, (0, ""))[0] + one.values["count"], one.values["masked"]
    for (part, sheet, entity), (count, masked) in counts.items():
        told = {"file": file, "part": part, "entity": entity, "masked": masked, "count": count}
        yield Finding(rule="personal-in-source", severity="warning", at=replace(at, sheet=sheet), values=told)
    if authors:
        values = {"file": file, "count": authors}
        yield Finding(rule="author-in-source", severity="note", at=at, values=values)
