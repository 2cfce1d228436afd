"""One resource of a release: its source read, cleaned and packaged, on a bench; and what is told of its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metadata.dataset import Dataset, Resource
from metadata.event import Event, Story
from metadata.finding import Finding, Place
from metadata.release import File
from pipelines import clean, package, partitions
from pipelines.bench import Bench
from pipelines.govern.inside import beside, dangers
from pipelines.govern.personal.column import Scan, scanned
from pipelines.govern.personal.masked import masked
from pipelines.profile import profiled
from pipelines.weighing.figures import Figures, joined

if TYPE_CHECKING:
    import pandas
    import polars

    from pipelines import quality, stepping


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """A resource of a release.

    `table` is the table, or, where it stayed on the bench as slices, its columns without a row.
    """

    file: File
    table: pandas.DataFrame
    ledger: polars.DataFrame
    rows: polars.DataFrame
    inputs: Mapping[str, str]
    findings: tuple[Finding, ...]
    changes: Mapping[str, int]
    described: dict[str, Any]
    scan: Scan
    profile: Mapping[str, Any]
    figures: Figures
    dangers: dangers.Tally
    beside: beside.Read


def made(
    dataset: Dataset, resource: Resource, course: clean.BoundCourse, folder: Path, bench: Bench
) -> Story[Made]:
    """Makes a resource and writes its file into a folder. Raises SourceError, SetupError."""
    from pipelines.read.ranges import Unsound

    reads = course.course.reads
    at = Place(dataset=dataset.name, resource=resource.name)
    source = masked(reads.label)
    reading = partitions.parted(reads, dataset.folder, at, bench)
    yield _read(dataset, resource, source, reading, bench)
    try:
        swept = clean.sweep(course, reading.slices, reading.labels, bench, sheet=reading.sheet, at=at)
    except Unsound as unsound:  # the bytes are no longer those that were cut
        reading = partitions.whole(reads, dataset.folder, at, bench, unsound.because)
        yield _read(dataset, resource, source, reading, bench)
        swept = clean.sweep(course, reading.slices, reading.labels, bench, sheet=reading.sheet, at=at)
    file, table, tally, figures, risks = _packaged(resource, swept, folder, at, bench)
    scan, profile = _weighed(resource, swept, bench)
    body: dict[str, Any] = {"resource": resource.name, "rows": swept.height, "changes": dict(swept.changes)}
    if not bench.alone:
        body |= {"slices": len(swept.slices), "gathered": list(swept.gathered)}
    yield Event(kind="cleaned", dataset=dataset.name, body=body)
    return Made(
        file=file,
        table=table,
        ledger=swept.ledger,
        rows=swept.rows,
        inputs=reading.inputs,
        findings=(*reading.findings, *swept.findings),
        changes=swept.changes,
        described={
            "resource": resource.name,
            "source": source,
            "sheet": reading.sheet and masked(reading.sheet),
            "encoding": reading.encoding,
            "rows_read": reading.rows,
            "rows": swept.height,
            "columns": len(swept.labels),
        },
        scan=scan,
        profile={**profile, "quality": tally.quality()},
        figures=figures,
        dangers=risks,
        beside=beside.Read(
            resource=resource.name,
            source=reads,
            sheet=reading.sheet,
            rows=swept.rows["source_row"],
            dropped=frozenset(_dropped(swept.ledger)),
        ),
    )


def _read(dataset: Dataset, resource: Resource, source: str, reading: partitions.Parted, bench: Bench) -> Event:
    body: dict[str, Any] = {"resource": resource.name, "source": source, "rows": reading.rows}
    if not bench.alone:
        body |= {"slices": len(reading.slices), "whole": reading.because}
    return Event(kind="read", dataset=dataset.name, body=body)


def _packaged(
    resource: Resource, swept: clean.Swept, folder: Path, at: Place, bench: Bench
) -> tuple[File, pandas.DataFrame, quality.Tally, Figures, dangers.Tally]:
    """The file, and the table: a CSV file is written from its slices, others from the table brought here.

    As the rows go by, their quality, their figures and the dangers in them are counted.
    """
    from pipelines import lineage, quality, stepping, stream

    if len(swept.slices) > 1 and resource.format == "csv":
        first, rest = swept.slices[:1], swept.slices[1:]
        records = bench.each(stepping.csv_records, first, header=True, schema=resource.schema)
        records += bench.each(stepping.csv_records, rest, header=False, schema=resource.schema)
        counted: list[stepping.Recorded] = []
        texts = _texts(bench.bring(records), counted)
        file = package.write_records(resource, texts, swept.height, folder)
        tally = quality.joined(one.tally for one in counted)
        figures = joined(one.figures for one in counted)
        risks = dangers.joined(one.dangers for one in counted)
        return file, _columns(swept.labels), tally, figures, risks
    here: Iterator[stepping.Slice] = bench.bring(swept.slices)
    table = lineage.join([one.work for one in here]).frame()
    tally, figures, risks = quality.Tally(), Figures(resource.schema), dangers.Tally()
    look = stream.both(tally.see, stream.both(figures.see, risks.see))
    return package.write(resource, table, folder, at, look), table, tally, figures, risks


def _dropped(ledger: polars.DataFrame) -> list[str]:
    """The columns that were read and left out."""
    lines = ledger.filter(ledger["kind"] == "dropped-column")
    return [str(label) for label in lines["source_column"].drop_nulls().unique()]


def _texts(records: Iterator[stepping.Recorded], counted: list[stepping.Recorded]) -> Iterator[bytes]:
    """The records of each slice; what was counted of them is put by."""
    for one in records:
        counted.append(replace(one, text=b""))
        yield one.text


def _columns(labels: tuple[str, ...]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame({label: [] for label in labels}, columns=list(labels), dtype="str")


def _weighed(resource: Resource, swept: clean.Swept, bench: Bench) -> tuple[Scan, dict[str, Any]]:
    from pipelines import stepping

    weighed = list(bench.bring(bench.each(stepping.weighed, swept.slices, schema=resource.schema)))
    # a column at a time: no worker holds the distinct texts of them all
    counts: list[int] = []
    for label in swept.labels:
        texts = bench.each(stepping.distinct, swept.slices, label=label)
        counts += bench.bring([bench.one(stepping.distinct_count, texts)])
    scan = scanned([one.scan for one in weighed])
    return scan, profiled([one.summaries for one in weighed], counts, swept.height)
