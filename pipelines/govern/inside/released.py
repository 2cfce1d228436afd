"""Rules on what a release's own cells and texts do to whoever gets them: formulas, secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place, Severity
from metadata.rules import rule
from pipelines.govern.inside import secrets
from pipelines.govern.inside.dangers import Tally
from pipelines.govern.personal.prose import texts

if TYPE_CHECKING:
    import pandas
    import polars


@rule("formula-cell", "secret-cell", "secret-column")
def cells(
    dataset: Dataset, resource: Resource, table: pandas.DataFrame, found: Tally | None = None
) -> Iterator[Finding]:
    """No cell is worked out by a spreadsheet that opens the file, and none holds a password or a key."""
    if found is None:
        found = Tally()
        found.look([str(label) for label in table.columns], _columns(table))
    at = Place(dataset=dataset.name, resource=resource.name)
    yield from found.findings([str(label) for label in table.columns], at, lambda row: replace(at, row=row + 2))


def _columns(table: pandas.DataFrame) -> Iterator[polars.Series]:
    """The columns by place: two may have the same name."""
    import polars

    for place in range(len(table.columns)):
        texts = [text if isinstance(text, str) and text else None for text in table.iloc[:, place].tolist()]
        yield polars.Series(texts, dtype=polars.String)


@rule("secret-text")
def description(dataset: Dataset, standard: object) -> Iterator[Finding]:
    """No text of the description holds a password or a key."""
    del standard
    yield from described(dict(dataset.descriptor), Place(dataset=dataset.name))


def described(descriptor: Mapping[str, Any], at: Place) -> Iterator[Finding]:
    """The secrets in the texts of a description."""
    for key, text in texts(descriptor):
        for kind in secrets.found(text):
            severity: Severity = "error" if kind.sure else "warning"
            values = {"key": key, "secret": kind.name}
            yield Finding(rule="secret-text", severity=severity, at=at, values=values)
            break
