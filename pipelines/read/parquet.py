"""Parquet: typed columns as text, exactly, one row group after the other.

    integer, decimal  its digits; a decimal keeps its scale (`1.50`)
    float             the shortest text that reads back as the same number, without exponent between 1e-15 and 1e21
                      and without `.0`; `NaN`, `INF`, `-INF`
    boolean           `TRUE`, `FALSE`, as a workbook's
    date, time        ISO 8601, a time with six or nine digits of a second where it has a fraction
    timestamp         ISO 8601 with `T`, always with its time; `+00:00` where the file says it is UTC
    duration          ISO 8601 (`PT1H2M3S`)
    binary            hexadecimal
    list, struct      compact JSON
    null              nothing

The footer is read here, because polars does not tell where row groups begin.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.read import records, source, table

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

FOOTER = 64 << 20
"""Bytes of a footer: a file of a hundred columns and a hundred thousand row groups has fewer."""
DEPTH = 32
"""Levels of lists and structs in a column."""
ROWS = 50_000
"""Records decoded at a time within a row group."""
_END = b"PAR1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A row group: its number from 0, the record it begins with (from 0), its records."""

    number: int
    first: int
    rows: int


def groups(given: Path | bytes, at: Place) -> tuple[Group, ...]:
    """The row groups of a file, as its footer lists them. Raises SourceError `read-broken`, `read-password`."""
    try:
        with given.open("rb") if isinstance(given, Path) else io.BytesIO(given) as file:
            footer = _footer(file, at)
        found, first = [], 0
        for number, group in enumerate(footer.get(4, ())):
            found.append(Group(number=number, first=first, rows=_count(group[3])))
            first += found[-1].rows
        _shallow(footer[2])
        if first != _count(footer[3]):
            raise ValueError("the row groups do not add up")
    except OSError as error:
        raise source.unreadable(error, getattr(given, "name", ""), at) from error
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as broken:
        raise SourceError("read-broken", at) from broken
    return tuple(found)


def read_group(given: Path | bytes, group: Group, at: Place) -> pl.DataFrame:
    """One row group: columns of text under the file's own labels, `""` for null. Raises SourceError."""
    import polars

    with _told(at):
        scan = _scanned(given)
    return polars.concat(_texts(scan, group, at))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """What a file says of itself: its row groups, its columns' labels made even, and what was noticed of them."""

    groups: tuple[Group, ...]
    labels: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def rows(self) -> int:
        """The records of the file."""
        return sum(group.rows for group in self.groups)


def layout(given: Path | bytes, at: Place) -> Layout:
    """The layout of a file, by its footer. Raises SourceError `read-broken`, `read-password`."""
    listed = groups(given, at)
    with _told(at):
        written = _scanned(given).collect_schema().names()
    labels, said = table.unique_labels(written, at, range(1, len(written) + 1))
    return Layout(groups=listed, labels=tuple(labels), findings=tuple(said))


def cells(given: Path | bytes, group: Group, at: Place) -> list[Any]:
    """One row group: an array of Python texts for each column, in order. Raises SourceError."""
    part = read_group(given, group, at)
    return [_objects(part[label]) for label in part.columns]


def texts(given: Path | bytes, group: Group, at: Place) -> Iterator[pl.DataFrame]:
    """One row group, some records at a time. Raises SourceError."""
    return _texts(_scanned(given), group, at)


def tabled(given: Path | bytes, at: Place) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The whole file as a table, rows numbered from 1.

    Raises SourceError `read-broken`, `read-password`, `read-too-big`, `read-column-type`.
    """
    import numpy

    said = layout(given, at)
    limit, volume = source.TEXT_LIMIT, said.rows * len(said.labels)
    # a few bytes can stand for any number of rows: a cell counts as one, as its delimiter would in a CSV
    if volume > limit:
        raise SourceError("read-too-big", at, bytes=volume, limit=limit)
    columns = [numpy.empty(said.rows, dtype=object) for _ in said.labels]
    first = 0
    scan = _scanned(given)
    for group in said.groups:
        for part in _texts(scan, group, at):
            volume += sum(int(part[label].str.len_bytes().sum()) for label in part.columns)
            if volume > limit:
                raise SourceError("read-too-big", at, bytes=volume, limit=limit)
            for label, into in zip(part.columns, columns, strict=True):
                into[first : first + len(part)] = _objects(part[label])
            first += len(part)
    made = table.frame(said.labels, columns, range(1, said.rows + 1))  # type: ignore[arg-type]  # arrays of str
    return made, (*said.findings, *table.no_rows(made, at))


def _texts(scan: pl.LazyFrame, group: Group, at: Place) -> Iterator[pl.DataFrame]:
    """A row group's records as text, some at a time; one part without records where it has none."""
    end = group.first + group.rows
    for start in range(group.first, max(end, group.first + 1), ROWS):
        count = min(ROWS, end - start)
        with _told(at):
            typed = scan.slice(start, count).collect()
            if len(typed) != count:
                raise ValueError("fewer records than the footer says")
            part = typed.select(as_text(typed[label], at) for label in typed.columns)
        yield part


def _scanned(given: Path | bytes) -> pl.LazyFrame:
    """The file as it is, whatever its name looks like; its footer is read once for all slices."""
    import polars

    return polars.scan_parquet(given, glob=False, hive_partitioning=False, use_statistics=False)


@contextmanager
def _told(at: Place) -> Iterator[None]:
    """What polars raises of a broken file, panics included, as SourceError `read-broken`."""
    import polars

    try:
        yield
    except (
        polars.exceptions.PolarsError,
        polars.exceptions.PanicException,
        OSError,
        ValueError,
        OverflowError,
    ) as broken:
        raise SourceError("read-broken", at) from broken


def _objects(cells: pl.Series) -> Any:
    """Cells as an array of Python texts, one object for those that are alike where many are."""
    import numpy
    import polars

    alike = cells.unique(maintain_order=True)
    if len(alike) * 4 > len(cells):
        return numpy.array([*cells.to_list(), None], dtype=object)[:-1]
    texts = numpy.array([*alike.to_list(), None], dtype=object)
    return texts[cells.cast(polars.Enum(alike)).to_physical().to_numpy()]


# ---------------------------------------------------------------- types as text


def as_text(cells: pl.Series, at: Place) -> pl.Series:
    """A column as text, `""` for null. Raises SourceError `read-column-type` for a type that has no text."""
    import polars

    kind = cells.dtype
    if kind == polars.Null:
        texts = cells.cast(polars.String)
    elif kind.is_float():
        texts = _floats(cells)
    elif kind == polars.Boolean:
        texts = cells.cast(polars.Int8).cast(polars.String).replace({"1": "TRUE", "0": "FALSE"})
    elif kind.is_integer() or kind.is_decimal() or kind in (polars.String, polars.Categorical, polars.Enum):
        texts = cells.cast(polars.String)
    elif kind == polars.Date:
        texts = cells.dt.to_string("%Y-%m-%d")
    elif kind == polars.Time:
        texts = _fraction(cells.dt.to_string("%H:%M:%S%.9f"))
    elif isinstance(kind, polars.Datetime):
        texts = _fraction(cells.dt.to_string("%Y-%m-%dT%H:%M:%S%.9f" + ("%:z" if kind.time_zone else "")))
    elif kind == polars.Duration:
        texts = cells.dt.to_string("iso")
    elif kind == polars.Binary:
        texts = cells.bin.encode("hex")
    elif _json_can(kind):
        values = [None if value is None else records.compact(_plain(value, kind)) for value in cells.to_list()]
        texts = polars.Series(cells.name, values, dtype=polars.String)
    else:
        raise SourceError("read-column-type", replace(at, column=cells.name), type=str(kind))
    return texts.fill_null("")


def _fraction(texts: pl.Series) -> pl.Series:
    """Nine digits of a second as Python's isoformat has them: none, six, or nine where six are not enough."""
    whole = texts.str.replace(".000000000", "", literal=True)
    return whole.str.replace(r"(\.[0-9]{6})000", "$1")


def _floats(cells: pl.Series) -> pl.Series:
    """polars gives the shortest digits; exponents and `.0` are taken off."""
    import polars

    texts = cells.cast(polars.String).str.strip_suffix(".0")
    odd = texts.filter(texts.str.contains("[eaIi]|^-0$")).unique()
    return texts.replace({text: _number(text) for text in odd.to_list()}) if len(odd) else texts


def _number(text: str) -> str:
    """A float that is written with an exponent, or is none."""
    number = float(text)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "INF" if number > 0 else "-INF"
    if number == 0:
        return "0"
    return f"{Decimal(text):f}" if 1e-15 <= abs(number) < 1e21 else text


def _json_can(kind: Any) -> bool:
    """Whether a list or struct holds only what JSON can say exactly."""
    import polars

    if isinstance(kind, polars.List | polars.Array):
        return _json_can(kind.inner) or _leaf_can(kind.inner)
    if isinstance(kind, polars.Struct):
        return all(_json_can(field.dtype) or _leaf_can(field.dtype) for field in kind.fields)
    return False


def _leaf_can(kind: Any) -> bool:
    import polars

    if isinstance(kind, polars.Datetime):
        return kind.time_unit != "ns"
    plain = (polars.String, polars.Boolean, polars.Date, polars.Null, polars.Categorical, polars.Enum)
    return bool(kind in plain or kind.is_numeric())


def _plain(value: Any, kind: Any) -> Any:
    """A nested value as JSON has it: numbers by their digits, dates as text."""
    import polars

    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(kind, polars.List | polars.Array):
        return [_plain(item, kind.inner) for item in value]
    if isinstance(kind, polars.Struct):
        return {field.name: _plain(value[field.name], field.dtype) for field in kind.fields}
    if isinstance(value, float):
        text = str(_floats(polars.Series([value], dtype=kind))[0])
        return records.Number(text) if math.isfinite(value) else text
    if isinstance(value, int | Decimal):
        return records.Number(f"{value:f}" if isinstance(value, Decimal) else str(value))
    return value.isoformat()


# ---------------------------------------------------------------- the footer


def _footer(file: IO[bytes], at: Place) -> dict[int, Any]:
    """The file's metadata by Thrift field number: 2 schema, 3 records, 4 row groups."""
    size = file.seek(0, io.SEEK_END)
    if size < 12:
        raise ValueError("too short")
    file.seek(size - 8)
    tail = file.read(8)
    if tail[4:] == b"PARE":
        raise SourceError("read-password", at)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _END or length > min(size - 8, FOOTER):
        raise ValueError("no footer")
    file.seek(size - 8 - length)
    found: dict[int, Any] = _Thrift(file.read(length)).struct()
    return found


def _shallow(schema: Sequence[dict[int, Any]]) -> None:
    """Raises ValueError for columns nested deeper than a parser's own stack should be trusted with."""
    open_: list[int] = []
    for element in schema:
        while open_ and not open_[-1]:
            open_.pop()
        if open_:
            open_[-1] -= 1
        open_.append(element.get(5, 0))
        if len(open_) > 3 * DEPTH:  # a list is three levels of the schema
            raise ValueError("nested too deeply")


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 40:
        raise ValueError("not a number of records")
    return value


class _Thrift:
    """Thrift's compact protocol, as far as Parquet's footer needs it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Fields by number."""
        if depth > 20:
            raise ValueError("nested too deeply")
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            kind = head & 15
            fields[number] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return fields

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _unsigned(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7
            if shift > 63:
                raise ValueError("not a number")

    def _signed(self) -> int:
        number = self._unsigned()
        return number >> 1 ^ -(number & 1)

    def _skip(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise ValueError("cut short")
        self._at += count
        return self._data[self._at - count : self._at]

    def _value(self, kind: int, depth: int) -> Any:
        match kind:
            case 1 | 2 | 3:
                return self._byte()
            case 4 | 5 | 6:
                return self._signed()
            case 7:
                return self._skip(8)
            case 8:
                return self._skip(self._unsigned())
            case 9 | 10:
                head = self._byte()
                count = head >> 4 if head >> 4 < 15 else self._unsigned()
                return [self._value(head & 15, depth + 1) for _ in range(count)]
            case 12:
                return self.struct(depth + 1)
        raise ValueError("not a field of a footer")
