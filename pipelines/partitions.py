"""A source as slices of a table: byte ranges of delimited text, row groups of Parquet, or a table read and cut."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from metadata.address import VARIABLE
from metadata.errors import SourceError
from metadata.finding import Finding, Place
from metadata.recipe import Source
from pipelines.bench import Bench

if TYPE_CHECKING:
    from pipelines.lineage import Work
    from pipelines.read.parquet import Group
    from pipelines.read.ranges import Plan, Range, Scan
    from pipelines.read.table import Form
    from pipelines.stepping import Raw, Slice

SAMPLE = 500
"""Records of a Parquet file that show whether its Thai was garbled."""
FOOT = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parted:
    """A source as it was read: what `pipelines.read.Reading` says, and the slices of its table, at least one.

    `because`: why it was read as one where slices were wanted.
    """

    slices: Sequence[Slice | Raw]
    labels: tuple[str, ...]
    rows: int
    sheet: str | None
    encoding: str | None
    inputs: Mapping[str, str]
    findings: tuple[Finding, ...]
    because: str | None = None


def parted(asked: Source, folder: Path, at: Place, bench: Bench) -> Parted:
    """Reads a source of the dataset in `folder` for a bench. Raises SourceError as `pipelines.read.read` does."""
    if bench.alone:
        return whole(asked, folder, at, bench, None)
    from pipelines.read.ranges import Unsound

    try:
        return _apart(asked, folder, at, bench)
    except Unsound as unsound:
        return whole(asked, folder, at, bench, unsound.because)


def whole(asked: Source, folder: Path, at: Place, bench: Bench, because: str | None) -> Parted:
    """Reads a source as one table, and cuts it where the bench wants slices. Raises SourceError."""
    from pipelines import lineage, read
    from pipelines.stepping import Slice

    reading = read.read(asked, folder, at)
    work = lineage.Work.of(reading.table)
    many = 1 if bench.alone else max(1, -(-len(reading.table) // bench.rows))
    return Parted(
        slices=[Slice(lineage.cut(work, number, many) if many > 1 else work) for number in range(many)],
        labels=tuple(map(str, reading.table.columns)),
        rows=len(reading.table),
        sheet=reading.sheet,
        encoding=reading.encoding,
        inputs=reading.inputs,
        findings=reading.findings,
        because=because,
    )


def _apart(asked: Source, folder: Path, at: Place, bench: Bench) -> Parted:
    """The slices of a source that can be read slice by slice. Raises Unsound where it cannot."""
    from pipelines.read import ranges, source

    written = asked.path or ""
    if not written:
        raise ranges.Unsound("database")
    if asked.remote:
        # the variable that holds a URL is looked up where the range is read
        return _ranges(asked, written, f"url:{written.removeprefix(VARIABLE)}", at, bench)
    path = source.located(written, folder, at)
    try:
        with path.open("rb") as file:
            start = file.read(len(source.PARQUET))
        if start == source.PARQUET:
            return _groups(asked, path, at, bench)
        if path.stat().st_size <= bench.block:
            raise ranges.Unsound("small")
    except OSError as error:
        raise ranges.Unsound("unreadable") from error
    parted = _ranges(asked, str(path), written, at, bench)
    return replace(parted, findings=(*source.open_elsewhere(path, written, at), *parted.findings))


def _ranges(asked: Source, where: str, name: str, at: Place, bench: Bench) -> Parted:
    """Delimited text by byte ranges; `name` is its name among the inputs. Raises Unsound."""
    from pipelines.read import files, ranges, table

    plan = ranges.planned(where, PurePosixPath(where).name, asked, at, bench.block)
    same: dict[str, Any] = {"encoding": plan.codec, "separator": plan.separator, "head": plan.head}
    scans: list[Scan] = list(bench.bring(bench.each(ranges.scan, plan.ranges, **same)))
    form, heights, amiss = ranges.settled(plan, scans, at)
    sample = table.frame(form.labels, form.columns(plan.sample), range(len(plan.sample)))
    return Parted(
        slices=_pieces(plan, scans, form, heights),
        labels=form.labels,
        rows=sum(heights),
        sheet=None,
        encoding=plan.encoding,
        inputs={name: plan.digest},
        findings=(*files.unused(asked, "CSV", at), *amiss, *files.garbled(sample, at)),
    )


def _pieces(plan: Plan, scans: Sequence[Scan], form: Form, heights: Sequence[int]) -> list[Piece]:
    pieces, first = [], plan.first
    for number, (given, one, height) in enumerate(zip(plan.ranges, scans, heights, strict=True)):
        pieces.append(
            Piece(
                given=given,
                encoding=plan.codec,
                separator=plan.separator,
                form=form,
                number=number,
                first=first,
                rows=height,
            )
        )
        first += one.look.rows
    return pieces


def _groups(asked: Source, path: Path, at: Place, bench: Bench) -> Parted:
    """A Parquet file by its row groups, the large ones in parts. Raises Unsound."""
    from pipelines.read import files, parquet, ranges, source, table

    try:
        material, digest = source.loaded(asked.path or "", path, at)
        layout = parquet.layout(path, at)
        foot = _foot(path)
    except (OSError, SourceError) as error:
        raise ranges.Unsound("broken") from error
    pieces: list[Records] = []
    for group in layout.groups:
        for first in range(group.first, group.first + group.rows, bench.rows):
            part = replace(group, first=first, rows=min(bench.rows, group.first + group.rows - first))
            one = Records(path=str(path), part=part, labels=layout.labels, number=len(pieces), foot=foot)
            pieces.append(one)
    if len(pieces) < 2 or not layout.labels:
        raise ranges.Unsound("small")
    firsts: list[Records] = []
    while sum(one.part.rows for one in firsts) < SAMPLE and len(firsts) < len(pieces):
        firsts.append(pieces[len(firsts)])
    shown = list(bench.map(sampled, firsts))
    columns = [[text for one in shown for text in one[label]] for label in layout.labels]
    sample = table.frame(layout.labels, columns, range(len(columns[0])))
    found = (*files.unused(asked, "Parquet", at), *layout.findings, *files.garbled(sample, at))
    try:
        source.unchanged(material, at)
    except SourceError as error:
        raise ranges.Unsound("changed") from error
    return Parted(
        slices=pieces,
        labels=layout.labels,
        rows=layout.rows,
        sheet=None,
        encoding=None,
        inputs={asked.path or "": digest},
        findings=(*source.open_elsewhere(path, asked.path or "", at), *found),
    )


def sampled(given: Records) -> dict[str, list[str]]:
    """The first texts of each column."""
    cells = given.cells()
    return {label: texts[:SAMPLE].tolist() for label, texts in cells.items()}


def _foot(path: Path) -> tuple[int, int]:
    """A file's size and the CRC-32 of its end, which in a Parquet file says what is in it and where."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - FOOT))
        return size, zlib.crc32(file.read())


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Some records of a Parquet file that are one slice of a table; `foot` proves that it is the file."""

    path: str
    part: Group
    labels: tuple[str, ...]
    number: int
    foot: tuple[int, int]

    def read(self) -> Work:
        """The rows. Raises Unsound where the file is another one, or cannot be read."""
        from pipelines.lineage import Work

        first = self.part.first + 1
        return Work.read(self.cells(), range(first, first + self.part.rows), self.number)

    def cells(self) -> dict[str, Any]:
        """The texts of each column. Raises Unsound."""
        from pipelines.read import parquet, ranges

        try:
            if _foot(Path(self.path)) != self.foot:
                raise ranges.Unsound("changed")
            return dict(zip(self.labels, parquet.cells(Path(self.path), self.part, Place()), strict=True))
        except (OSError, SourceError) as error:
            raise ranges.Unsound("unreadable") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A range of delimited text that is one slice of a table: its first record's number, and how many are rows."""

    given: Range
    encoding: str
    separator: str
    form: Form
    number: int
    first: int
    rows: int

    def read(self) -> Work:
        """The rows. Raises Unsound where the bytes are no longer those that were looked at."""
        import numpy

        from pipelines.lineage import Work
        from pipelines.read import ranges

        _, parsed = ranges.records(self.given, self.encoding, self.separator)
        columns = self.form.columns(parsed.records[: self.rows])
        cells = {
            label: numpy.array([*texts, None], dtype=object)[:-1]
            for label, texts in zip(self.form.labels, columns, strict=True)
        }
        return Work.read(cells, range(self.first, self.first + self.rows), self.number)
