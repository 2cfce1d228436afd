"""What is personal in a table, told: every cell that is (`found`), as Findings (`findings`), and of a release.

A table is looked at (`scan`), whole or slice by slice (`scanned`), and its columns are judged (`weigh`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place, Severity
from metadata.rules import rule
from pipelines.govern.personal.entity import ENTITIES, Entity
from pipelines.govern.personal.prose import FIRST, about, graver, sure, texts
from pipelines.govern.personal.scan import SHOWN as SHOWN
from pipelines.govern.personal.scan import Scan as Scan
from pipelines.govern.personal.scan import Titles
from pipelines.govern.personal.scan import scan as scan
from pipelines.govern.personal.scan import scanned as scanned
from pipelines.govern.personal.weigh import Verdict, parted, weigh
from pipelines.govern.triggers import promises

if TYPE_CHECKING:
    import pandas

    from pipelines.govern.personal.scan import Table


def found(table: Table, titles: Titles = ()) -> tuple[dict[str, list[int]], ...]:
    """For each column of a table: entity → the rows (from 0) whose cells hold one, as far as that is an error."""
    told = weigh(scan(table, titles, most=None))
    columns = []
    for verdicts in told:
        rows: dict[str, list[int]] = {}
        for verdict in verdicts:
            if verdict.severity == "error":
                spots = [row for cells in verdict.cells for row, _ in cells.first]
                rows[verdict.entity.name] = sorted({*rows.get(verdict.entity.name, ()), *spots})
        columns.append(rows)
    return tuple(columns)


def findings(table: Table, at: Place, titles: Titles = (), origins: Sequence[int] = ()) -> list[Finding]:
    """What is personal in a table that stands anywhere, a sheet or a file: `at`, with column and source row."""
    return list(told(scan(table, titles, origins=origins), at))


def told(scan: Scan, at: Place, *, published: bool = False) -> Iterator[Finding]:
    """The Findings of a Scan. `published`: rows of the published file are named too (its header is 1)."""
    for label, verdicts in zip(scan.labels, weigh(scan), strict=True):
        here = replace(at, column=label)
        for entity in dict.fromkeys(verdict.entity.name for verdict in verdicts):
            of_it = [verdict for verdict in verdicts if verdict.entity.name == entity]
            yield from _told(of_it, scan.rows, here, published)
    for one in parted(scan, promises(scan.labels, scan.titles)):
        names = [scan.labels[part.place] for part in one.parts]
        values = {**about(ENTITIES[FIRST]), "columns": names, "count": one.cells.count, "rows": scan.rows}
        yield Finding(rule="personal-parted", severity="warning", at=replace(at, column=names[0]), values=values)


def _told(verdicts: Sequence[Verdict], rows: int, at: Place, published: bool) -> Iterator[Finding]:
    """Of one entity in one column: the first places, and how many there are; the worst verdict speaks for all."""
    entity = verdicts[0].entity
    word = next((verdict.word for verdict in verdicts if verdict.word), None)
    values = about(entity)
    order: tuple[Severity, ...] = ("error", "warning", "note")
    severity = min((verdict.severity for verdict in verdicts), key=order.index)
    weighty = [verdict for verdict in verdicts if verdict.severity == severity]
    count = sum(verdict.count for verdict in weighty)
    if not count:
        name = "personal-header-sensitive" if entity.kind == "sensitive" else "personal-header"
        yield Finding(rule=name, severity=severity, at=at, values={**values, "word": word})
        return
    if severity == "error":
        spots = sorted(spot for verdict in weighty for cells in verdict.cells for spot in cells.first)
        for row, source_row in spots[:SHOWN]:
            place = replace(at, row=row + 2 if published else None, source_row=source_row)
            yield Finding(rule=f"personal-{entity.name}", at=place, values=values)
    total = {**values, "count": count, "rows": rows}
    yield Finding(rule=f"personal-{entity.name}-count", severity=severity, at=at, values=total)


def titles_of(resource: Resource, labels: Iterable[object]) -> Titles:
    """The titles of a table's columns as its data dictionary gives them."""
    return titles_in(resource.schema, labels)


def titles_in(schema: Mapping[str, Any] | None, labels: Iterable[object]) -> Titles:
    """The titles of columns in a Table Schema."""
    fields = {
        field.get("name"): field for field in (schema or {}).get("fields") or () if isinstance(field, Mapping)
    }
    return [
        [str(fields.get(label, {}).get(key) or "") for key in ("title", "title_en")] for label in map(str, labels)
    ]


@rule(*(f"personal-{name}{end}" for name in ENTITIES for end in ("", "-count")))
@rule("personal-header", "personal-header-sensitive", "personal-parted")
def cells(
    dataset: Dataset, resource: Resource, table: pandas.DataFrame, found: Scan | None = None
) -> Iterator[Finding]:
    """No cell of the published table holds personal data, and no column's name promises it."""
    found = found or scan(table, titles_of(resource, table.columns))
    yield from told(found, Place(dataset=dataset.name, resource=resource.name), published=True)


@rule(*(f"personal-{name}-label" for name in ENTITIES))
def labels(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """No column's name, title or description holds personal data (a table read without its header)."""
    fields = (resource.schema or {}).get("fields") or ()
    said = [(number, str(label)) for number, label in enumerate(table.columns, 1)]
    for number, one in enumerate(fields, 1):
        said += [(number, text) for _, text in texts({k: v for k, v in one.items() if k != "name"})]
    told: dict[tuple[int, str], tuple[Entity, Severity]] = {}
    for number, text in said:
        found = sure(text)
        for name, entity in found.items():
            known = told.get((number, name))
            if known is None or known[1] != "error":
                told[number, name] = (entity, graver(entity, found))
    at = Place(dataset=dataset.name, resource=resource.name)
    for (number, name), (entity, severity) in told.items():
        values = {"position": number, **about(entity)}
        yield Finding(rule=f"personal-{name}-label", severity=severity, at=at, values=values)
