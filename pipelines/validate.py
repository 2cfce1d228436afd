"""frictionless' verdict on a packaged release, as Findings. The only file that knows frictionless' error types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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

QUOTED = re.compile('"(.*?)"(?= is |$)')
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


def validate(
    dataset: Dataset,
    folder: Path,
    datapackage: Mapping[str, Any],
    tables: Mapping[str, pandas.DataFrame],
    rows: Mapping[str, polars.DataFrame],
) -> tuple[Finding, ...]:
    """Judges the files of a release against their Table Schemas, foreign keys between them included.

    `folder` holds the files of `datapackage`; `rows` (resource → row, source_row) leads back to the source.
    A GeoJSON resource is judged as the table it was made from.
    """
    import frictionless

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
            return ()
        at = Place(dataset=dataset.name)
        try:
            with frictionless.system.use_context(trusted=True):
                judge = frictionless.Package.from_descriptor({"name": dataset.name, "resources": resources})
                report = judge.validate(limit_errors=LIMIT)
        except Exception as error:  # noqa: BLE001 - frictionless raises plain TypeErrors out of validate (engine.md §5.6)
            return (Finding(rule="judge-failed", at=at, values={"error": type(error).__name__}),)
    return tuple(_findings(report, dataset.name, rows))


def _known(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without our own properties (title_en …), which frictionless need not carry."""
    return {**schema, "fields": [dict(field) for field in schema.get("fields", ())]}


def _findings(report: Any, dataset: str, rows: Mapping[str, polars.DataFrame]) -> Iterator[Finding]:
    for error in report.errors:
        yield _finding(error, Place(dataset=dataset))
    for task in report.tasks:
        origins = dict(rows[task.name].select("row", "source_row").iter_rows()) if task.name in rows else {}
        for error in task.errors:
            row = getattr(error, "row_number", None)
            column = getattr(error, "field_name", None) or getattr(error, "label", None)
            yield _finding(
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


def _finding(error: Any, at: Place) -> Finding:
    rule = error.type if error.type in TYPES else "schema-error"
    values: dict[str, Any] = {}
    # The note quotes the schema's side ('type is "integer/default"', 'constraint "required" is "True"').
    # frictionless' message also quotes the cell, which must not stand in a report.
    quoted = QUOTED.findall(error.note)
    if rule == "type-error" and quoted:
        name = quoted[0].partition("/")[0]
        values["type"] = type_names().get(name, {"en": name})
    elif rule == "constraint-error" and len(quoted) == 2:
        values |= {"constraint": quoted[0], "limit": quoted[1]}
    elif rule == "schema-error":
        values["error"] = error.type
    return Finding(rule=rule, at=at, values=values)
