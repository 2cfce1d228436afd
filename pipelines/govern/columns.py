"""Rules on the published table's columns: their names, and the data dictionary (the resource's Table Schema)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place
from metadata.rules import rule
from metadata.vocabulary import class_label, classes, level_of

if TYPE_CHECKING:
    import pandas

LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""After data.go.th: English, without spaces."""
BYTES = 63
"""PostgreSQL's limit on a name, in bytes of UTF-8: 21 Thai letters."""
RESERVED = ("_id", "_full_text")
"""Names the DataStore keeps for itself."""


def _labels(table: pandas.DataFrame) -> list[str]:
    return [str(label) for label in table.columns]


def _fields(resource: Resource) -> list[Mapping[str, Any]]:
    return [field for field in (resource.schema or {}).get("fields") or () if isinstance(field, Mapping)]


def _at(dataset: Dataset, resource: Resource, label: str | None = None) -> Place:
    return Place(dataset=dataset.name, resource=resource.name, column=label)


@rule("column-name", "column-name-empty", "column-reserved")
def column_name(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """A column's name is an ASCII slug that begins with a letter; its Thai label is the field's title."""
    for position, label in enumerate(_labels(table), 1):
        at = _at(dataset, resource, label)
        if not label.strip():
            yield Finding(rule="column-name-empty", at=_at(dataset, resource), values={"position": position})
        elif label.lower() in RESERVED:
            yield Finding(rule="column-reserved", at=at, values={"position": position})
        elif not LABEL.fullmatch(label):
            yield Finding(rule="column-name", at=at, values={"position": position})


@rule("column-bytes")
def column_bytes(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """A column's name has at most 63 bytes of UTF-8, or the DataStore cuts it short."""
    for label in _labels(table):
        size = len(label.encode())
        if size > BYTES:
            values = {"bytes": size, "limit": BYTES}
            yield Finding(rule="column-bytes", at=_at(dataset, resource, label), values=values)


@rule("column-twice")
def column_twice(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """No two columns have the same name, whatever the case."""
    counted = Counter(label.lower() for label in _labels(table))
    for label in dict.fromkeys(_labels(table)):
        count = counted.pop(label.lower(), 1)
        if count > 1 and label.strip():
            yield Finding(rule="column-twice", at=_at(dataset, resource, label), values={"count": count})


@rule("dictionary-missing")
def dictionary(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """A resource has a data dictionary: a Table Schema with fields."""
    if not _fields(resource):
        columns = _labels(table)
        yield Finding(rule="dictionary-missing", at=_at(dataset, resource), values={"columns": columns})


@rule("column-undescribed", "column-absent")
def described(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """Every column has a field in the data dictionary, and every field a column."""
    fields = [str(field.get("name") or "") for field in _fields(resource)]
    labels = _labels(table)
    if not fields:
        return
    for label in labels:
        if label not in fields and label.strip():
            yield Finding(rule="column-undescribed", at=_at(dataset, resource, label))
    for name in fields:
        if name not in labels:
            columns = [label for label in labels if label not in fields]
            yield Finding(rule="column-absent", at=_at(dataset, resource, name), values={"columns": columns})


@rule("column-class")
def classed(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """No published column is of a class that is not open: what has resources is open data."""
    labels, right = _labels(table), classes()["open"]["level"]
    for field in _fields(resource):
        name, written = str(field.get("name") or ""), field.get("class")
        if written and name in labels and level_of(str(written)) != right:
            label = class_label(str(written))
            yield Finding(rule="column-class", at=_at(dataset, resource, name), values={"value": label})


@rule("dictionary-title-missing")
def titled(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """Every published column has a title in the data dictionary."""
    labels = _labels(table)
    for field in _fields(resource):
        name = str(field.get("name") or "")
        if name in labels and not str(field.get("title") or "").strip():
            yield Finding(rule="dictionary-title-missing", at=_at(dataset, resource, name))


@rule("dictionary-description-missing", "dictionary-english-missing")
def explained(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """The dictionary says what each column holds, and names it in English as well."""
    labels = _labels(table)
    fields = [field for field in _fields(resource) if field.get("name") in labels]
    for name, keys in (("description", ("description",)), ("english", ("title_en",))):
        lacking = [str(field["name"]) for field in fields if not all(field.get(key) for key in keys)]
        if lacking:
            values = {"columns": lacking, "count": len(lacking)}
            at = _at(dataset, resource)
            yield Finding(rule=f"dictionary-{name}-missing", severity="note", at=at, values=values)
