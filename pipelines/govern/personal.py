"""Rules on personal data in the published table: national ID numbers in cells and names, and telling column names.

A person's number has 13 digits, the first 1 to 8, the last a check digit (a company's begins with 0: public).
It is found in Thai or ASCII digits, bare or parted (1-2345-67890-12-3), alone in a cell or inside longer text.
What only looks like one is left alone: decimals, runs of 14 digits and more, digests, ranges of numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding, Place
from metadata.rules import rule
from pipelines.govern.triggers import telling

if TYPE_CHECKING:
    import pandas

MASK = "x-xxxx-xxxxx-xx-x"
SHOWN = 10
"""How many places a column's Findings name; one more Finding counts them all."""

_DASHES = r"\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_PART = rf"[\s.{_DASHES}\u00b7_/]{{0,3}}"
_PLAIN_PART = rf"[\s{_DASHES}]{{0,3}}"
OFFICIAL = re.compile(rf"(?<!\d)([1-8])({_PART})(\d{{4}})({_PART})(\d{{5}})({_PART})(\d{{2}})({_PART})(\d)(?!\d)")
"""Thirteen digits, parted nowhere but where the card parts them."""
ANYWHERE = re.compile(rf"\s*([1-8](?:{_PLAIN_PART}\d){{12}})\s*")
"""A whole cell of thirteen digits parted by spaces and dashes anywhere."""
POWER = re.compile(r"(?<![\d.,])([1-8])[.,](\d{9,12})[eE]\+?0*12(?![\d.])")
"""Thirteen digits as a spreadsheet saves a wide number; with fewer digits it was rounded, and names nobody."""
_ROUGH = (
    r"\d(?:[\s.\-\x{2010}-\x{2015}\x{2212}\x{fe58}\x{fe63}\x{ff0d}\x{b7}_/\p{Cf}]{0,12}\d){12}"
    r"|\d[.,]\d{9,12}[eE]\+?0*12"
)
"""What every number found must match: polars' filter of the distinct values."""
_DECIMAL = r"^\s*[-+]?\d{0,12}\.\d+\s*$"
"""A whole cell that is a decimal fraction, which never is one."""


def national_ids(text: str) -> int:
    """How many national ID numbers a text holds."""
    digits, _ = _ascii_digits(text)
    return len(_found(digits)) or int(_alone(digits))


def masked(text: str) -> str:
    """The text with every national ID number replaced by its mask."""
    digits, places = _ascii_digits(text)
    found = _found(digits)
    if not found:
        return MASK if _alone(digits) else text
    parts, end = [], 0
    for first, last in found:
        parts += [text[end : places[first]], MASK]
        end = places[last - 1] + 1
    return "".join([*parts, text[end:]])


def _found(digits: str) -> list[tuple[int, int]]:
    """Where the numbers stand: the first place and the one after the last."""
    found = [match.span() for match in OFFICIAL.finditer(digits) if _official(digits, match)]
    found += [m.span() for m in POWER.finditer(digits) if _valid((m[1] + m[2]).ljust(13, "0"))]
    return sorted(found)


def discreet(finding: Finding) -> Finding:
    """The Finding with every national ID number in its values and in the names of sheet and column masked."""
    sheet, column = finding.at.sheet, finding.at.column
    at = replace(finding.at, sheet=sheet and masked(sheet), column=column and masked(column))
    return replace(finding, at=at, values=_masked(finding.values))


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {_masked(key): _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list | tuple) else value


def _official(text: str, match: re.Match[str]) -> bool:
    separators = [match[group] for group in (2, 4, 6, 8)]
    before, after = text[max(0, match.start() - 64) : match.start()], text[match.end() : match.end() + 64]
    if separators.count("") == 3 and "." in separators:
        return False  # 1.234567890123: one point parts a decimal
    if re.search(r"(?:\d|^|\s)\.$", before) or re.match(r"\.(?!0+(?!\d))\d", after):
        return False  # a decimal's fraction, or its whole part (12 digits and .0 is a number read as a float)
    token = re.search(r"[0-9A-Za-z]*$", before)[0] + match[0] + re.match(r"[0-9A-Za-z]*", after)[0]  # type: ignore[index]
    if len(token) >= 32 and re.fullmatch(r"[0-9A-Fa-f]+", token):
        return False  # a digest
    return _valid("".join(match.group(1, 3, 5, 7, 9)))


def _alone(text: str) -> bool:
    match = ANYWHERE.fullmatch(text)
    if not match or len(re.findall(r"\D+", match[1])) < 2:
        return False  # with one separator it may be a range: 500000-1000000
    return _valid(re.sub(r"\D", "", match[1]))


def _valid(digits: str) -> bool:
    from stdnum.th import pin

    return bool(pin.is_valid(digits))


def _ascii_digits(text: str) -> tuple[str, Sequence[int]]:
    """The text with ASCII digits and without characters nobody sees, and where each one stood."""
    if text.isascii():
        return text, range(len(text))
    kept = [place for place, char in enumerate(text) if char.isascii() or unicodedata.category(char) != "Cf"]
    shown = (text[place] for place in kept)
    digits = (char if char.isascii() or not char.isdecimal() else str(unicodedata.decimal(char)) for char in shown)
    return "".join(digits), kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The cells of a table, or of a slice of it, that hold a national ID number.

    `columns`: for each column how many there are, and (row from 0, source row) of the first of them.
    """

    rows: int
    columns: tuple[tuple[int, tuple[tuple[int, int | None], ...]], ...]


def scan(table: pandas.DataFrame) -> Scan:
    """Looks for national ID numbers in every cell."""
    columns = []
    for position in range(len(table.columns)):
        column = table.iloc[:, position]
        found = _values_with_ids(column)
        hits = column.isin(found).to_numpy().nonzero()[0] if found else ()
        shown = tuple((int(row), _source_row(column.index[row])) for row in hits[:SHOWN])
        columns.append((len(hits), shown))
    return Scan(rows=len(table), columns=tuple(columns))


def scanned(slices: Sequence[Scan]) -> Scan:
    """What the slices of a table, at least one, hold together."""
    columns = []
    for position in range(len(slices[0].columns)):
        count, start = 0, 0
        shown: list[tuple[int, int | None]] = []
        for one in slices:
            here, first = one.columns[position]
            shown += [(start + row, source_row) for row, source_row in first]
            count, start = count + here, start + one.rows
        columns.append((count, tuple(shown[:SHOWN])))
    return Scan(rows=sum(one.rows for one in slices), columns=tuple(columns))


@rule("personal-national-id", "personal-national-id-count")
def cells(
    dataset: Dataset, resource: Resource, table: pandas.DataFrame, found: Scan | None = None
) -> Iterator[Finding]:
    """No cell of the published table holds a person's national ID number."""
    found = found or scan(table)
    for label, (count, shown) in zip(table.columns, found.columns, strict=True):
        for row, source_row in shown:
            at = Place(
                dataset=dataset.name,
                resource=resource.name,
                column=str(label),
                row=row + 2,
                source_row=source_row,
            )
            yield Finding(rule="personal-national-id", at=at, values={"masked": MASK})
        if count:
            at = Place(dataset=dataset.name, resource=resource.name, column=str(label))
            values = {"count": count, "rows": found.rows, "masked": MASK}
            yield Finding(rule="personal-national-id-count", at=at, values=values)


def _values_with_ids(column: pandas.Series[Any]) -> list[str]:
    """The distinct values of a column that hold a national ID number."""
    import polars

    distinct = polars.Series(column.dropna().unique().tolist(), dtype=polars.String)
    rough = distinct.filter(distinct.str.contains(_ROUGH) & ~distinct.str.contains(_DECIMAL))
    return [value for value in rough if national_ids(value)]


def _source_row(origin: Any) -> int | None:
    first = origin[0] if isinstance(origin, tuple) else origin
    try:
        return int(first)
    except (TypeError, ValueError):
        return None


@rule("personal-national-id-label")
def labels(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """No column name, title or description holds a national ID number (a table read without its header)."""
    fields = (resource.schema or {}).get("fields") or ()
    texts = [(number, str(label)) for number, label in enumerate(table.columns, 1)]
    for number, field in enumerate(fields, 1):
        texts += [(number, text) for _, text in _texts({k: v for k, v in field.items() if k != "name"}, "")]
    for number in dict.fromkeys(number for number, text in texts if national_ids(text)):
        at = Place(dataset=dataset.name, resource=resource.name)
        yield Finding(rule="personal-national-id-label", at=at, values={"position": number, "masked": MASK})


@rule("personal-national-id-text")
def description(dataset: Dataset, standard: object) -> Iterator[Finding]:
    """No text of the description holds a national ID number."""
    del standard
    for key, text in _texts({k: v for k, v in dataset.descriptor.items() if k != "resources"}, ""):
        if national_ids(text):
            at = Place(dataset=dataset.name)
            yield Finding(rule="personal-national-id-text", at=at, values={"key": key, "masked": MASK})
    for resource in dataset.resources:
        about = {k: v for k, v in resource.descriptor.items() if k != "schema"}
        about["schema"] = {k: v for k, v in (resource.schema or {}).items() if k != "fields"}  # these: `labels`
        for key, text in _texts(about, ""):
            if national_ids(text):
                at = Place(dataset=dataset.name, resource=resource.name)
                yield Finding(rule="personal-national-id-text", at=at, values={"key": key, "masked": MASK})


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """Every text and number below a value, names of properties included, with the path that leads to it."""
    if isinstance(value, dict):
        for name, item in value.items():
            inside = f"{key}.{name}".lstrip(".")
            yield inside, str(name)
            yield from _texts(item, inside)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, key)
    elif isinstance(value, str | int | float):
        yield key, str(value)


@rule("personal-header", "personal-header-sensitive")
def headers(dataset: Dataset, resource: Resource, table: pandas.DataFrame) -> Iterator[Finding]:
    """A column whose name promises personal data is looked at by a person before it goes out."""
    fields = {field.get("name"): field for field in (resource.schema or {}).get("fields") or ()}
    for label in map(str, table.columns):
        titles = [str(fields.get(label, {}).get(key) or "") for key in ("title", "title_en")]
        for kind, word in telling(label, *titles):
            at = Place(dataset=dataset.name, resource=resource.name, column=label)
            if kind == "identifier":
                yield Finding(rule="personal-header", severity="warning", at=at, values={"word": word})
            else:
                yield Finding(rule="personal-header-sensitive", severity="note", at=at, values={"word": word})
