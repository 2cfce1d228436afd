"""Governance: every rule on a dataset's description and on its published tables, run in one go.

A rule is a generator registered with `@rule`: on the description it takes `(dataset, standard)`, on a table
`(dataset, resource, table)`. Its sentences and remedies are in `metadata/standards/wording.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from metadata import description
from metadata.dataset import Dataset
from metadata.finding import Finding
from metadata.standard import Standard
from pipelines.govern import columns
from pipelines.govern.inside import dangers as risky
from pipelines.govern.inside import released
from pipelines.govern.inside.beside import unpublished as unpublished
from pipelines.govern.personal import column, prose
from pipelines.govern.personal.masked import discreet as discreet
from pipelines.govern.reidentify import risks as risks

if TYPE_CHECKING:
    import pandas

ON_TABLE = (
    column.labels,
    columns.column_name,
    columns.column_bytes,
    columns.column_twice,
    columns.dictionary,
    columns.described,
    columns.classed,
    columns.titled,
    columns.explained,
)


def govern(
    dataset: Dataset,
    standard: Standard,
    tables: Mapping[str, pandas.DataFrame],
    scans: Mapping[str, column.Scan] | None = None,
    dangers: Mapping[str, risky.Tally] | None = None,
) -> tuple[Finding, ...]:
    """All that is wrong with a dataset's description and its published tables; empty when nothing is.

    `tables`: resource name → the cleaned table: all cells text ("" is empty), columns the published labels, index
    the origin (`source_row`, or a tuple of them). A resource without a table is judged by its description alone.
    `scans` and `dangers` say what the cells hold where the table is not here, but only its columns.
    Findings may repeat what the description says, which is public, but a national ID number in it is masked.
    """
    found = [*description.check(dataset, standard), *prose.description(dataset, standard)]
    found += released.description(dataset, standard)
    for resource in dataset.resources:
        table = tables.get(resource.name)
        if table is not None:
            found += column.cells(dataset, resource, table, (scans or {}).get(resource.name))
            found += released.cells(dataset, resource, table, (dangers or {}).get(resource.name))
            found += [finding for check in ON_TABLE for finding in check(dataset, resource, table)]
    return tuple(discreet(finding) for finding in found)
