"""The build: read → clean → package → validate → govern, dataset by dataset, and `release/` renamed in."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metadata import clock, processing, stored, wording
from metadata.dataset import Dataset
from metadata.errors import SaphanError, StoreError
from metadata.event import Event, Story
from metadata.finding import Finding
from metadata.release import File, Release, Report
from metadata.standard import Standard
from metadata.workspace import Workspace
from pipelines import package
from pipelines.bench import Bench, Here

if TYPE_CHECKING:
    import pandas
    import polars

    from pipelines.clean import Bound
    from pipelines.govern.inside import beside, dangers
    from pipelines.govern.personal.column import Scan
    from pipelines.making import Made
    from pipelines.weighing.figures import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A dataset that could not be built, with what was raised."""

    dataset: str
    error: SaphanError


Outcome = Report | Failure


Earlier = Callable[[str], Mapping[str, Any]]
"""What is known of the release of a dataset that went out last: its `figures`, or nothing."""


def build(
    workspace: Workspace, names: tuple[str, ...], bench: Bench | None = None, earlier: Earlier = lambda _: {}
) -> Story[tuple[Outcome, ...]]:
    """Builds datasets (all of the workspace's, if none is named); one Report or Failure each, in order.

    The work is done in this process, a table at a time, or where a bench has slices of it: the release is equal.

    A dataset that cannot be read or whose files are wrong does not keep the others from being built; its old
    `release/` stays as it was. Raises SetupError where nothing at all can be built for a common reason.
    """
    from pipelines.govern.names import discreet

    standard = Standard.load(workspace.standard, workspace.folder)
    said = {name: discreet(name) for name in names or workspace.names()}
    yield Event(kind="started", body={"command": "build", "datasets": list(said.values())})
    outcomes: list[Outcome] = []
    for name in said:
        try:
            report = yield from _dataset(workspace, name, standard, bench or Here(), earlier)
            outcomes.append(report)
        except SaphanError as error:
            outcomes.append(Failure(dataset=said[name], error=_discreet(error)))
            yield Event(kind="checked", dataset=said[name], body={"passed": False, "error": error.kind})
    passed = [outcome.dataset for outcome in outcomes if isinstance(outcome, Report) and outcome.passed]
    yield Event(kind="finished", body={"command": "build", "passed": passed, "datasets": list(said.values())})
    return tuple(outcomes)


def _discreet(error: SaphanError) -> SaphanError:
    """The error with every national ID number in it masked: file, sheet and column names are the source's own."""
    from pipelines.govern.personal.masked import discreet

    said = discreet(error.as_finding())
    error.at, error.values = said.at, dict(said.values)
    return error


def document(outcomes: tuple[Outcome, ...], language: wording.Language) -> dict[str, Any]:
    """`build --json`: {"datasets": [{name, passed, release, files, findings, changes, seconds}]}."""
    return {"datasets": [_told(outcome, language) for outcome in outcomes]}


def _told(outcome: Outcome, language: wording.Language) -> dict[str, Any]:
    if isinstance(outcome, Failure):
        found = [wording.finding(outcome.error.as_finding(), language)]
        nothing: dict[str, Any] = {"release": None, "files": [], "findings": found, "changes": {}, "seconds": 0.0}
        return {"name": outcome.dataset, "passed": False, **nothing}
    return {
        "name": outcome.dataset,
        "passed": outcome.passed,
        "release": outcome.release,
        "files": [asdict(file) for file in outcome.files],
        "findings": [wording.finding(finding, language) for finding in outcome.findings],
        "changes": dict(outcome.changes),
        "seconds": outcome.seconds,
    }


def _dataset(workspace: Workspace, name: str, standard: Standard, bench: Bench, earlier: Earlier) -> Story[Report]:
    from pipelines import clean, govern, making, validate
    from pipelines.govern import names
    from pipelines.weighing.weigh import weighed

    began = time.monotonic()
    dataset = workspace.dataset(name)
    names.checked(dataset)
    own = workspace.folder / "steps.py"
    bound: Bound | None = clean.bind(dataset.recipe, own, dataset=name) if dataset.recipe else None
    inputs = stored.inputs(dataset, workspace.folder)
    made = _Made()
    with _aside(dataset.folder) as folder:
        for resource in dataset.resources:
            course = bound.course(resource.name) if bound else None
            if course is None:
                continue
            one = yield from making.made(dataset, resource, course, folder, bench)
            inputs |= one.inputs
            made.add(resource.name, one)
        release = package.release(dataset, made.files)
        spread = None if bench.alone else bench
        checked = validate.validate(dataset, folder, release.datapackage, made.tables, made.rows, spread=spread)
        made.findings += checked.findings
        for table in made.described:
            because = checked.ways.get(table["resource"])
            table["judged"] = {"sifted": because is None and table["resource"] in checked.ways, "because": because}
        made.findings += govern.govern(dataset, standard, made.tables, made.scans, made.dangers)
        made.findings += govern.unpublished(dataset.name, dataset.folder, made.reads)
        made.findings += govern.risks(dataset, folder, made.tables, made.rows, workspace.thresholds)
        made.findings += processing.declared(dataset, made.findings)
        found = weighed(dataset, made.figures, made.profiles, made.findings, workspace.thresholds, earlier(name))
        made.findings += found.findings
        report = Report(
            dataset=name,
            release=release.hash,
            files=release.files,
            inputs=inputs,
            # a header row taken for data could put an ID number in a Finding's place
            findings=tuple(sorted(map(govern.discreet, made.findings), key=_order)),
            changes=made.changes,
            tables=tuple(made.described),
            seconds=round(time.monotonic() - began, 3),
            built_at=clock.stamp(),
        )
        _write(folder, release, report, dataset, made)
        seal = stored.seal(folder)
    counted: dict[str, int] = {}
    for finding in report.findings:
        counted[finding.rule] = counted.get(finding.rule, 0) + 1
    body: dict[str, Any] = {"release": release.hash, "passed": report.passed, "findings": counted, "seal": seal}
    yield Event(kind="checked", dataset=name, body={**body, "figures": found.figures} if report.passed else body)
    return report


class _Made:
    """What the courses of one dataset made so far."""

    def __init__(self) -> None:
        self.tables: dict[str, pandas.DataFrame] = {}
        self.scans: dict[str, Scan] = {}
        self.profiles: dict[str, Mapping[str, Any]] = {}
        self.figures: dict[str, Figures] = {}
        self.dangers: dict[str, dangers.Tally] = {}
        self.reads: list[beside.Read] = []
        self.ledgers: list[polars.DataFrame] = []
        self.rows: dict[str, polars.DataFrame] = {}
        self.files: list[File] = []
        self.findings: list[Finding] = []
        self.changes: dict[str, int] = {}
        self.described: list[dict[str, Any]] = []

    def add(self, name: str, one: Made) -> None:
        self.tables[name] = one.table
        self.scans[name] = one.scan
        self.profiles[name] = one.profile
        self.figures[name] = one.figures
        self.dangers[name] = one.dangers
        self.reads.append(one.beside)
        self.ledgers.append(one.ledger)
        self.rows[name] = one.rows
        self.files.append(one.file)
        self.findings += one.findings
        self.changes |= {f"{name} {step}": count for step, count in one.changes.items()}
        self.described.append(one.described)


def _order(finding: Finding) -> tuple[int, str, int]:
    at = finding.at
    severity = ("error", "warning", "note").index(finding.severity)
    return severity, at.resource or "", at.row or at.source_row or 0


def _write(folder: Path, release: Release, report: Report, dataset: Dataset, made: _Made) -> None:
    import polars

    from pipelines import ledger

    documents = {
        "datapackage.json": release.datapackage,
        "profile.json": made.profiles,
        "report.json": stored.document(report, dataset),
    }
    for name, content in documents.items():
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    ledgers = polars.concat(made.ledgers) if made.ledgers else polars.DataFrame(schema=ledger.SCHEMA)
    # one numbering for the whole dataset: each resource's ledger begins at 1
    ledgers = ledgers.with_columns(polars.int_range(1, polars.len() + 1, dtype=polars.Int64).alias("seq"))
    # in one piece, so that the file's bytes do not tell of the pieces
    ledgers.rechunk().write_parquet(folder / "ledger.parquet")
    rows = polars.concat(made.rows.values()) if made.rows else polars.DataFrame(schema=ledger.ROWS)
    rows.rechunk().write_parquet(folder / "rows.parquet")


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder beside `release/` that takes its place when the block ends well, and vanishes when it does not."""
    for leftover in folder.glob(".release-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        aside = Path(tempfile.mkdtemp(prefix=".release-", dir=folder))
        aside.chmod(folder.stat().st_mode & 0o777)  # read by whom the dataset is read; mkdtemp lets nobody else in
    except OSError as error:
        raise StoreError("store-unwritable", path=str(folder), reason=error.strerror or str(error)) from error
    old = folder / f"{aside.name}-old"
    release = folder / "release"
    try:
        yield aside
        if release.exists():
            release.rename(old)
        aside.rename(release)
    except OSError as error:
        if old.exists() and not release.exists():
            old.rename(release)
        path = error.filename or aside
        raise StoreError("store-unwritable", path=str(path), reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
