"""JSON, JSON lines and GeoJSON: every value below every key as a column of its own, however deep; and the keys."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from metadata.errors import SourceError
from metadata.finding import Place
from pipelines.govern.inside.delimited import lines
from pipelines.govern.inside.part import Content, Part, Table, Text
from pipelines.govern.inside.tabled import of_columns
from pipelines.read import geo, records, text
from pipelines.read.source import Material

DEEPEST = 200
"""Levels: Python's own stack ends at about a thousand."""
KEYS = 20_000
"""Distinct keys: where there are more they are data, as in an object that is a table of its own."""

FEATURE = ("type", "id", "properties", "geometry", "bbox")
"""What a feature of GeoJSON holds that is read, or says nothing (RFC 7946)."""


@dataclass(slots=True)
class _Columns:
    """path → the values below it and the record (from 1) each belongs to; and every distinct key.

    `but`: the ids of lists that are left out.
    """

    but: frozenset[int] = frozenset()
    values: dict[tuple[str, ...], tuple[list[str], list[int]]] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)

    def add(self, value: Any, path: tuple[str, ...], record: int, depth: int = 0) -> None:
        """Everything below a value."""
        if depth > DEEPEST:
            self._put((*path, "…"), records.compact(value), record)
        elif isinstance(value, Mapping):
            point = value.get("type") == "Point" and isinstance(value.get("coordinates"), list)
            for key, item in value.items():
                self.keys.setdefault(str(key), record)
                if point and key == "coordinates":
                    for name, number in zip(geo.POINT, item, strict=False):
                        self._put((*path, name), records.cell(number), record)
                elif key != "coordinates" or not isinstance(item, list):  # a shape is nobody's home
                    self.add(item, (*path, str(key)), record, depth + 1)
        elif id(value) in self.but:
            return
        elif isinstance(value, list):
            top = not path and not depth
            for number, item in enumerate(value, 1):
                self.add(item, path, number if top else record, depth + 1)
        elif value is not None:
            self._put(path, records.cell(value), record)

    def _put(self, path: tuple[str, ...], value: str, record: int) -> None:
        values, rows = self.values.setdefault(path, ([], []))
        values.append(value)
        rows.append(record)

    def contents(self) -> Iterator[Content]:
        """Columns with the same records beside one another are one table."""
        groups: dict[tuple[int, ...], list[tuple[str, ...]]] = {}
        for path, (_, rows) in self.values.items():
            groups.setdefault(tuple(rows), []).append(path)
        for records_of, paths in groups.items():
            names = [".".join(path) for path in paths]
            columns = [self.values[path][0] for path in paths]
            yield Content(labels=names, slices=iter([of_columns(columns, records_of)]))


def parts(material: Material, at: Place) -> Iterator[Part]:
    """Every value and every key. Raises SourceError `read-encoding`, `read-json-broken`."""
    written, _ = text.decoded(material.data, None, at)
    try:
        document = records.parsed(written, material.suffix in (".jsonl", ".ndjson"), at)
        found = columns(document)
    except (SourceError, RecursionError) as broken:
        if isinstance(broken, SourceError) and broken.kind != "read-json-broken":
            raise
        # broken or not, what stands in it can be read by whoever gets it
        yield Table(part="text", at=at, read=lambda: Content(labels=("",), slices=lines(io.StringIO(written))))
        return
    yield from _parts(found, at)


def around(material: Material, paths: Iterable[str | None], at: Place) -> Iterator[Part]:
    """What stands beside the lists of records at these paths (None: the list that is found), which are read.

    Of GeoJSON also what a feature holds beside its id, properties and geometry. Raises SourceError as they do.
    """
    written, _ = text.decoded(material.data, None, at)
    document = records.parsed(written, material.suffix in (".jsonl", ".ndjson"), at)
    asked = set(paths)
    features = document["features"] if None in asked and geo.is_geojson(document) else []
    taken = [features, *(records.found(document, path, at) for path in asked if path or not features)]
    found = _Columns(but=frozenset(map(id, taken)))
    found.add(document, (), 1)
    for number, one in enumerate(features, 1):
        rest = {key: value for key, value in one.items() if key not in FEATURE}
        found.add(rest, ("features",), number, 1)
    yield from _parts(found, at)


def _parts(found: _Columns, at: Place) -> Iterator[Part]:
    for key, record in list(found.keys.items())[:KEYS]:
        yield Text(part="key", text=key, at=replace(at, source_row=record))
    for one in found.contents():
        yield Table(part="table", at=at, read=lambda one=one: one)  # type: ignore[misc]  # bound as it is made


def columns(document: Any) -> _Columns:
    """The columns of a document; its records are those of the list at the top, or of its only list of objects."""
    found = _Columns()
    top = _records(document)
    if top is None or top is document:
        found.add(document, (), 1)
        return found
    for key, value in document.items():
        found.keys.setdefault(str(key), 1)
        if value is top:
            for number, one in enumerate(value, 1):
                found.add(one, (str(key),), number, 1)
        else:
            found.add(value, (str(key),), 1, 1)
    return found


def _records(document: Any) -> Sequence[Any] | None:
    if not isinstance(document, Mapping):
        return None
    lists = [
        value for value in document.values() if isinstance(value, list) and value and isinstance(value[0], Mapping)
    ]
    return lists[0] if len(lists) == 1 else None
