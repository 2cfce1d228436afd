"""What calamine does not tell of a sheet: error cells, formulas without a saved value, ODS merges, its extent."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree

Cell = tuple[int, int]
"""Row and column from 0."""

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_UNZIPPING = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)
_DAMAGE = (*_UNZIPPING, StopIteration, LookupError, struct.error, ElementTree.ParseError)
_VALUED = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(\d+)"[^>/]*>')
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_ERROR = re.compile(
    rb'<(?:\w+:)?c ([^>]*\bt="e"[^>]*)(?<!/)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]+)<', re.DOTALL
)
_FORMULA = re.compile(
    rb"<(?:\w+:)?c ([^>]*)>\s*<(?:\w+:)?f(?:\s[^>]*/>|/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v>([^<]+)<)?"
)
"""A cell with an error, one with a formula: its attributes and value. Walking a million cells as XML is slow."""
_BIFF_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
"""[MS-XLS] 2.5.10 Bes."""
_BIFF_CELLS = (0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E)
"""FORMULA, MULRK, RSTRING, LABELSST, NUMBER, LABEL, BOOLERR, RK: all begin with row, column."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """One sheet's: `errors` cell → its text; `merges` only for ODS; `area` in cells, counted from A1."""

    errors: dict[Cell, str] = field(default_factory=dict)
    uncached: list[Cell] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    area: int = 0


def of(data: bytes, sheet: str) -> Marks:
    """The marks of one sheet, by its own name. Raises ValueError where its part is not as it should be."""
    try:
        if not data.startswith(b"PK"):
            return _xls(data, sheet)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "xl/workbook.xml" in archive.namelist():
                return _xlsx(archive, sheet)
            return _ods(archive)[sheet]
    except (
        StopIteration,
        LookupError,
        OSError,
        struct.error,
        zipfile.BadZipFile,
        ElementTree.ParseError,
    ) as broken:
        raise ValueError(str(broken)) from broken


def has_password(data: bytes) -> bool:
    """Whether an XLS holds a FILEPASS record, or an ODS says that its parts are encrypted."""
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return b"encryption-data" in archive.read("META-INF/manifest.xml")
        return any(record == 0x002F for record, _ in records(_stream(data), 0))
    except (*_UNZIPPING, LookupError, ValueError, struct.error):
        return False


def _xlsx(archive: zipfile.ZipFile, sheet: str) -> Marks:
    book = ElementTree.fromstring(_plain(archive.read("xl/workbook.xml")))  # noqa: S314 - see _plain
    entry = next(one for one in book.iterfind(".//{*}sheet") if one.get("name") == sheet)
    relation = next(value for key, value in entry.items() if key.endswith("}id"))
    relations = ElementTree.fromstring(_plain(archive.read("xl/_rels/workbook.xml.rels")))  # noqa: S314 - see _plain
    target = next(one.get("Target", "") for one in relations if one.get("Id") == relation)
    xml = _plain(archive.read(posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")))
    columns, last = set(), 0
    for match in _VALUED.finditer(xml):
        columns.add(match[1])
        last = max(last, int(match[2]))
    marks = Marks(area=last * max((_column(letters.decode()) + 1 for letters in columns), default=0))
    if not columns:
        return _xlsx_cells(xml, marks)
    for match in _ERROR.finditer(xml):
        if place := _REFERENCE.search(match[1]):
            marks.errors[int(place[2]) - 1, _column(place[1].decode())] = match[2].decode()
    for match in _FORMULA.finditer(xml):
        place = _REFERENCE.search(match[1])
        if place and not match[2] and b't="str"' not in match[1]:
            marks.uncached.append((int(place[2]) - 1, _column(place[1].decode())))
    return marks


def _xlsx_cells(xml: bytes, marks: Marks) -> Marks:
    """Walks the cells. One without a reference follows the one before it (ECMA-376 part 1, 18.3.1.4)."""
    row, column, extent = -1, -1, (0, 0)
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):  # noqa: S314 - see _plain
        tag = element.tag.rpartition("}")[2]
        if tag == "row":
            if event == "end":
                element.clear()
            else:
                row, column = int(element.get("r", row + 2)) - 1, -1
        elif tag == "c" and event == "end":
            letters = element.get("r", "").rstrip("0123456789")
            column = _column(letters) if letters else column + 1
            parts = {part.tag.rpartition("}")[2]: part.text for part in element}
            value = parts.get("v")
            if element.get("t") == "e" and value:
                marks.errors[row, column] = value
            elif "f" in parts and not value and element.get("t") != "str":
                marks.uncached.append((row, column))
            if parts:
                extent = (row + 1, max(extent[1], column + 1))
    return replace(marks, area=max(marks.area, extent[0] * extent[1]))


def _ods(archive: zipfile.ZipFile) -> dict[str, Marks]:
    """Walks `content.xml` (ODF 1.3 part 3, 9.1): repeated rows and cells count as many times as they say."""
    xml = _plain(archive.read("content.xml"))
    tables: dict[str, Marks] = {}
    name, row, extent = "", 0, (0, 0)
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):  # noqa: S314 - see _plain
        if element.tag == f"{_TABLE}table":
            if event == "start":
                name, row, extent = element.get(f"{_TABLE}name", ""), 0, (0, 0)
                tables[name] = Marks()
            else:
                tables[name] = replace(tables[name], area=extent[0] * extent[1])
        elif event == "end" and element.tag == f"{_TABLE}table-row" and name in tables:
            width = _ods_row(element, row, tables[name])
            row += int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            if width:
                extent = (row, max(extent[1], width))
            element.clear()
    return tables


def _ods_row(row: ElementTree.Element, number: int, marks: Marks) -> int:
    """Notes one row's marks; returns the column after its last cell with content, 0 where it has none."""
    column = width = 0
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        tall = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
        wide = int(cell.get(f"{_TABLE}number-columns-spanned", "1"))
        shown = "".join(cell.itertext())
        if tall > 1 or wide > 1:
            marks.merges.append((number, column, number + tall - 1, column + wide - 1))
        if cell.get(f"{_CALC}value-type") == "error":
            marks.errors[number, column] = shown
        elif cell.get(f"{_TABLE}formula") and not cell.get(f"{_OFFICE}value-type"):
            marks.uncached.append((number, column))
        column += times
        if shown or cell.get(f"{_OFFICE}value-type"):
            width = column
    return width


def _plain(xml: bytes) -> bytes:
    """XML without a document type, so without entities that could grow or reach out: no workbook has one."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or b"\x00" in xml[:64]:  # UTF-16 would hide the words
        raise ValueError("document type in a workbook part")
    return xml


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def largest(data: bytes) -> int:
    """The area in cells of the largest sheet of an XLS or ODS, which calamine reads whole; 0 for an XLSX.

    Raises ValueError where the file's inside is not as it should be.
    """
    try:
        if not data.startswith(b"PK"):
            stream = _stream(data)
            return max((_area(stream, position) for position, _ in _sheets(stream)), default=0)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "content.xml" in archive.namelist():
                return max((marks.area for marks in _ods(archive).values()), default=0)
        return 0
    except _DAMAGE as broken:
        raise ValueError(str(broken)) from broken


def _area(stream: bytes, position: int) -> int:
    rows = columns = declared = 0
    for record, body in records(stream, position):
        if record == 0x0200 and len(body) >= 12:  # DIMENSIONS: first and last row, first and last column
            top, bottom, left, right = struct.unpack_from("<IIHH", body)
            declared = max(declared, (bottom - top) * (right - left))
        elif record in _BIFF_CELLS and len(body) >= 6:
            row, column = struct.unpack_from("<HH", body)
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if record == 0x00BD else column
            rows, columns = max(rows, row + 1), max(columns, last + 1)
    return max(declared, rows * columns)


def _xls(data: bytes, sheet: str) -> Marks:
    """Walks the BIFF8 records of one sheet: BOOLERR, and FORMULA with an error as its result."""
    stream = _stream(data)
    marks = Marks()
    for position in (position for position, name in _sheets(stream) if name == sheet):
        for record, body in records(stream, position):
            if record == 0x0205 and len(body) >= 8 and body[7]:
                marks.errors[struct.unpack_from("<HH", body)] = _BIFF_ERRORS.get(body[6], "#N/A")
            elif record == 0x0006 and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
                marks.errors[struct.unpack_from("<HH", body)] = _BIFF_ERRORS.get(body[8], "#N/A")
    return marks


def _stream(data: bytes) -> bytes:
    import olefile  # type: ignore[import-untyped]  # it has no types

    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        return bytes(ole.openstream("Workbook").read())


def _sheets(stream: bytes) -> Iterator[tuple[int, str]]:
    for record, body in records(stream, 0):
        if record == 0x0085:  # BOUNDSHEET8: position, state, length, width, name
            position = struct.unpack_from("<I", body)[0]
            if position >= len(stream):
                raise ValueError("a sheet beyond the end of the file")
            yield position, body[8:].decode("utf-16-le" if body[7] & 1 else "latin-1")


def records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """The records from a BOF to its EOF (charts inside a sheet have their own pair)."""
    depth = 0
    while position + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, position)
        depth += (record == 0x0809) - (record == 0x000A)
        yield record, stream[position + 4 : position + 4 + length]
        position += 4 + length
        if depth == 0:
            return
