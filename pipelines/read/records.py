"""JSON documents: where the records are, and how nested values become columns of text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from metadata.errors import SourceError
from metadata.finding import Place

DEEPEST = 3
"""Levels of a document that are searched for the one list of records."""

Path = tuple[str, ...]
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape that is a letter only together with another: alone it is none in any encoding."""


class Number(str):
    """A number as the file writes it: nothing is lost on the way through a float."""

    __slots__ = ()


def parsed(text: str, lines: bool, at: Place) -> Any:
    """The document; for JSON lines, the list of its lines. Raises SourceError `read-json-broken` with its line."""
    document = _parsed(text, lines, at)
    if half := _HALF.search(text):
        try:
            compact(document).encode()
        except UnicodeEncodeError:
            line = text.count("\n", 0, half.start()) + 1
            raise SourceError("read-json-broken", at, line=line, reason="half a surrogate pair") from None
    return document


def _parsed(text: str, lines: bool, at: Place) -> Any:
    if not lines:
        try:
            return _loads(text)
        except json.JSONDecodeError as broken:
            if broken.msg != "Extra data" or not _lines(text):
                raise SourceError("read-json-broken", at, line=broken.lineno, reason=broken.msg) from broken
        except RecursionError as broken:
            raise SourceError("read-json-broken", at, line=1, reason="nested too deeply") from broken
    records = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                records.append(_loads(line))
            except (json.JSONDecodeError, RecursionError) as broken:
                reason = getattr(broken, "msg", "nested too deeply")
                raise SourceError("read-json-broken", at, line=number, reason=reason) from broken
    return records


def _loads(text: str) -> Any:
    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number)


def _lines(text: str) -> bool:
    first = text.lstrip().split("\n", 1)[0]
    try:
        return isinstance(_loads(first), dict)
    except json.JSONDecodeError:
        return False


def found(document: Any, path: str | None, at: Place) -> list[Any]:
    """The list of records: at a dotted path, or the document itself, or the only list of objects in it.

    Raises SourceError `read-records-missing` naming the lists that are there.
    """
    lists = dict(_lists(document, ()))
    if path is None:
        if isinstance(document, list):
            return document
        if len(lists) == 1:
            return next(iter(lists.values()))
    else:
        place = document
        for part in path.split("."):
            if isinstance(place, Mapping):
                place = place.get(part)
            elif isinstance(place, list) and part.isdecimal() and int(part) < len(place):
                place = place[int(part)]
            else:
                place = None
        if isinstance(place, list):
            return place
    raise SourceError("read-records-missing", at, records=path or "?", known=[".".join(one) for one in lists])


def _lists(document: Any, path: Path) -> Iterator[tuple[Path, list[Any]]]:
    if isinstance(document, list):
        if document and all(isinstance(item, Mapping) for item in document):
            yield path, document
    elif isinstance(document, Mapping) and len(path) < DEEPEST:
        for key, value in document.items():
            yield from _lists(value, (*path, key))


def rows(records: Sequence[Any], at: Place) -> tuple[list[str], list[list[str]]]:
    """Labels in order of appearance, and each record's cells. Raises SourceError `read-records-mixed`."""
    flat = []
    for number, record in enumerate(records, 1):
        if not isinstance(record, Mapping):
            raise SourceError("read-records-mixed", replace(at, source_row=number))
        flat.append(dict(flattened(record)))
    return tabled(flat)


def tabled(flat: Iterable[Mapping[Path, str]]) -> tuple[list[str], list[list[str]]]:
    """Flat records as labels and rows: nested names joined with `_`, nothing where a record lacks a field."""
    flat = list(flat)
    paths = list(dict.fromkeys(path for record in flat for path in record))
    labels = ["_".join(filter(None, path)) for path in paths]
    return labels, [[record.get(path, "") for path in paths] for record in flat]


def flattened(record: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, str]]:
    """A record's cells by path; a list stays one cell, as compact JSON."""
    for key, value in record.items():
        if isinstance(value, Mapping) and value:
            yield from flattened(value, (*path, key))
        else:
            yield (*path, key), cell(value)


def cell(value: Any) -> str:
    """One value as text: numbers as the file writes them, null and {} as nothing."""
    if isinstance(value, str):
        return str(value)
    if value is None or value == {}:
        return ""
    return compact(value)


def compact(value: Any) -> str:
    """Compact JSON with the numbers as the file writes them."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, Mapping):
        inside = (f"{json.dumps(key, ensure_ascii=False)}:{compact(item)}" for key, item in value.items())
        return f"{{{','.join(inside)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(compact, value))}]"
    return json.dumps(value, ensure_ascii=False)
