"""A source as slices of a table: byte ranges of delimited text, row groups of Parquet, or a table read and cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metadata.finding import Finding, Place
from metadata.recipe import Source
from pipelines.bench import Bench

if TYPE_CHECKING:
    from pipelines.lineage import Work
    from pipelines.read.ranges import Plan, Range, Scan
    from pipelines.read.table import Form
    from pipelines.stepping import Raw, Slice


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
        return _ranges(asked, folder, at, bench)
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


def _ranges(asked: Source, folder: Path, at: Place, bench: Bench) -> Parted:
    """Delimited text by byte ranges. Raises Unsound where it is none, or cannot be."""
    from pipelines.read import files, ranges, source, table

    written = asked.path or ""
    if not written:
        raise ranges.Unsound("database")
    path = source.located(written, folder, at)
    if path.stat().st_size <= bench.block:
        raise ranges.Unsound("small")
    where = str(path)
    plan = ranges.planned(where, path.name, asked, at, bench.block)
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
        inputs={written: plan.digest},
        findings=(
            *source.open_elsewhere(path, written, at),
            *files.unused(asked, "CSV", at),
            *amiss,
            *files.garbled(sample, at),
        ),
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
