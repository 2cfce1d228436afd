"""What an opened frictionless resource asks of the sift, and whether the sift can give it."""

from __future__ import annotations

import codecs
import uuid
from pathlib import Path
from typing import Any

from frictionless import settings, system
from frictionless.formats.csv import CsvControl, CsvParser
from frictionless.resources import TableResource
from frictionless.schemes.local import LocalLoader

from pipelines.engine.blocks import Form, Unproven, readable
from pipelines.engine.feed import local_path
from pipelines.engine.sift import Plan, Reference


def file_of(resource: TableResource) -> Path:
    """The local file that a resource is read from. Raises Unproven where it is not one whole CSV file."""
    parser: Any = resource._TableResource__parser  # type: ignore[attr-defined]
    if type(parser) is not CsvParser:
        raise Unproven("format")
    if type(parser.loader) is not LocalLoader or resource.memory or resource.multipart or resource.remote:
        raise Unproven("remote")
    if resource.compression:
        raise Unproven("compressed")
    path = local_path(resource)
    if not path.is_file():
        raise Unproven("format")
    return path


def plan_of(resource: TableResource, *, head: int = 0) -> Plan:
    """The sift's plan for an opened resource, of which frictionless has read `head` records.

    Raises Unproven where the sift could prove nothing: the reasons are those of `Way`.
    """
    file_of(resource)
    if system.onerror != "ignore":  # errors are raised, or warned of, as rows are read
        raise Unproven("raises")
    if resource.detector.buffer_size != settings.DEFAULT_BUFFER_SIZE:  # the file is read in other pieces
        raise Unproven("dialect")
    dialect = resource.dialect
    if any(row > head for row in dialect.comment_rows):
        raise Unproven("dialect")
    control = CsvControl.from_dialect(dialect)
    try:
        options: Any = control.to_python()
        form = Form(
            delimiter=options.delimiter,
            quote=options.quotechar or "",
            escape=options.escapechar,
            double_quote=options.doublequote,
            skip_initial_space=options.skipinitialspace,
            encoding=codecs.lookup(resource.encoding or "").name,
            translates=resource.format != "csv",
        )
        because = readable(form)
    except LookupError as error:
        raise Unproven("encoding") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise Unproven("dialect") from error
    if because:
        raise Unproven(because)
    fields = resource.header.get_expected_fields()
    if not fields:
        raise Unproven("fields")
    described = []
    for field in fields:
        missing = field.missing_values
        if not field.has_defined("missing_values") and field.schema:
            missing = field.schema.missing_values
        described.append({**field.to_descriptor(), "missingValues": list(missing)})
    keys, primary = _keys(resource)
    return Plan(
        token=uuid.uuid4().hex,
        form=form,
        fields=tuple(described),
        keys=keys,
        primary=primary,
        references=_references(resource),
        comment=dialect.comment_char or None,
        skip_blank=bool(dialect.skip_blank_rows),
    )


def _keys(resource: TableResource) -> tuple[tuple[tuple[int, ...], ...], int | None]:
    """The columns of each key, and which of them is the primary one."""
    fields = resource.header.get_expected_fields()
    names = [field.name for field in fields]
    keys: list[tuple[int, ...]] = [(n,) for n, field in enumerate(fields) if field.constraints.get("unique")]
    primary = list(dict.fromkeys(resource.schema.primary_key))
    if not primary or not set(primary) <= set(names):
        return tuple(keys), None
    if not resource.dialect.header_case:
        raise Unproven("dialect")
    key = tuple(names.index(name) for name in primary)
    if key not in keys:
        keys.append(key)
    return tuple(keys), keys.index(key)


def _references(resource: TableResource) -> tuple[Reference, ...]:
    """The foreign keys that frictionless checks: their fields are all in the data, their table is known."""
    names = [field.name for field in resource.header.get_expected_fields()]
    found = []
    for key in resource.schema.foreign_keys:
        fields = tuple(key["fields"])
        known = resource.lookup.get(key["reference"]["resource"])
        if known and set(fields) <= set(names):
            values = known.get(tuple(key["reference"]["fields"]), set())
            found.append(Reference(columns=tuple(names.index(name) for name in fields), values=values))
    return tuple(found)
