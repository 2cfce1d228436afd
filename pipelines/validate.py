"""frictionless' verdict on a packaged release, as Findings. The only file that knows frictionless' error types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from metadata.dataset import Dataset
from metadata.finding import Finding, Place
from metadata.wording import type_names
from pipelines import package

if TYPE_CHECKING:
    import pandas
    import polars

    from pipelines.engine import Spread

QUOTED = re.compile('"(.*?)"(?= is |$)')
LONGEST = 120
"""Characters of a constraint that are shown: an enum may have a hundred values."""
LIMIT = 1000
"""frictionless' own default limit of errors a resource."""

TYPES = (
    "blank-label",
    "duplicate-label",
    "missing-label",
    "extra-label",
    "incorrect-label",
    "blank-header",
    "blank-row",
    "primary-key",
    "foreign-key",
    "missing-cell",
    "extra-cell",
    "type-error",
    "constraint-error",
    "unique-error",
    "schema-error",
    "encoding-error",
    "source-error",
    "judge-failed",
)
"""frictionless' error types that a packaged release can show, each with sentences; others are `schema-error`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the judge found. `ways`: why frictionless read all of a resource; None where it was sifted."""

    findings: tuple[Finding, ...] = ()
    ways: Mapping[str, str | None] = field(default_factory=dict)


def validate(
    dataset: Dataset,
    folder: Path,
    datapackage: Mapping[str, Any],
    tables: Mapping[str, pandas.DataFrame],
    rows: Mapping[str, polars.DataFrame],
    *,
    spread: Spread | None = None,
) -> Checked:
    """Judges the files of a release against their Table Schemas, foreign keys between them included.

    `folder` holds the files of `datapackage`; `rows` (resource → row, source_row) leads back to the source.
    A resource that is not CSV is judged as the table it was made from. `spread` says where blocks are sifted.
    """
    import frictionless

    from pipelines.engine import JudgeFailed, judge, trusted

    # in the build's own folder, which the next build sweeps where this one is killed
    with TemporaryDirectory(prefix=".judged-", dir=folder) as spare:
        resources = []
        for entry in datapackage.get("resources", ()):
            judged = {key: entry[key] for key in ("name", "path", "encoding", "schema", "dialect") if key in entry}
            if entry["format"] != "csv":
                package.write_csv(tables[entry["name"]], Path(spare) / f"{entry['name']}.csv")
                judged["path"] = str(Path(spare) / f"{entry['name']}.csv")
            else:
                judged["path"] = str(folder / entry["path"])
            judged.setdefault(
                "schema", {"fields": [{"name": str(n), "type": "string"} for n in tables[entry["name"]]]}
            )
            judged["schema"] = _known(judged["schema"])
            resources.append({**judged, "type": "table", "format": "csv", "mediatype": "text/csv"})
        if not resources:
            return Checked()
        at = Place(dataset=dataset.name)
        try:
            with trusted(True):
                made = frictionless.Package.from_descriptor({"name": dataset.name, "resources": resources})
                judgement = judge(made, limit_errors=LIMIT, spread=spread)
        except (JudgeFailed, frictionless.FrictionlessException) as error:
            # its words may hold a cell's text
            name = error.error if isinstance(error, JudgeFailed) else type(error).__name__
            return Checked(findings=(Finding(rule="judge-failed", at=at, values={"error": name}),))
    return Checked(
        findings=tuple(_findings(judgement.report, dataset.name, rows)),
        ways={way.resource: way.because for way in judgement.ways},
    )


def _known(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without our own properties (title_en …), which frictionless need not carry."""
    return {**schema, "fields": [dict(field) for field in schema.get("fields", ())]}


def _findings(report: Any, dataset: str, rows: Mapping[str, polars.DataFrame]) -> Iterator[Finding]:
    for error in report.errors:
        yield finding_of(error, Place(dataset=dataset))
    for task in report.tasks:
        origins = _origins(rows.get(task.name), [getattr(error, "row_number", None) for error in task.errors])
        for error in task.errors:
            row = getattr(error, "row_number", None)
            column = getattr(error, "field_name", None) or getattr(error, "label", None)
            yield finding_of(
                error,
                Place(
                    dataset=dataset,
                    resource=task.name,
                    row=row,
                    source_row=origins.get(row),
                    column=column or None,
                ),
            )
        if len(task.errors) >= LIMIT:
            yield Finding(
                rule="errors-limited",
                severity="note",
                at=Place(dataset=dataset, resource=task.name),
                values={"limit": LIMIT},
            )


def _origins(rows: polars.DataFrame | None, wanted: Sequence[int | None]) -> dict[int | None, int]:
    """The source row of some published rows."""
    import polars

    if rows is None or not wanted:
        return {}
    some = rows.filter(polars.col("row").is_in([row for row in wanted if row is not None]))
    return dict(some.select("row", "source_row").iter_rows())


def finding_of(error: Any, at: Place) -> Finding:
    """One of frictionless' errors as a Finding, without the cell that its message quotes."""
    rule = error.type if error.type in TYPES else "schema-error"
    values: dict[str, Any] = {}
    # The note quotes the schema's side ('type is "integer/default"', 'constraint "required" is "True"').
    # frictionless' message also quotes the cell, which must not stand in a report.
    quoted = QUOTED.findall(error.note)
    if rule == "type-error" and quoted:
        name = quoted[0].partition("/")[0]
        values["type"] = type_names().get(name, {"en": name})
    elif rule == "constraint-error" and len(quoted) == 2:
        limit = quoted[1] if len(quoted[1]) <= LONGEST else quoted[1][:LONGEST] + " …"
        values |= {"constraint": quoted[0], "limit": limit}
    elif rule == "schema-error":
        values["error"] = error.type
    return Finding(rule=rule, at=at, values=values)
