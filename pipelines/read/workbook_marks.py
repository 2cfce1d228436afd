"""What calamine does not tell of a sheet: error cells, formulas without a saved value, ODS merges, its extent."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree

Cell = tuple[int, int]
"""Row and column from 0."""

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_VALUED = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(\d+)"[^>/]*>')
_BIFF_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
"""[MS-XLS] 2.5.10 Bes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """One sheet's: `errors` cell → its text; `merges` only for ODS; `area` 0 where it is not known."""

    errors: dict[Cell, str] = field(default_factory=dict)
    uncached: list[Cell] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    area: int = 0


def of(data: bytes, sheet: str) -> Marks:
    """The marks of one sheet, by its own name. Nothing where the file's inside is not as expected."""
    try:
        if not data.startswith(b"PK"):
            return _xls(data, sheet)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" in names:
                return _xlsx(archive, sheet)
            if "content.xml" in names:
                return _ods(_plain(archive.read("content.xml")), sheet)
            return Marks()
    except (KeyError, ValueError, OSError, struct.error, zipfile.BadZipFile, ElementTree.ParseError):
        return Marks()


def has_password(data: bytes) -> bool:
    """Whether an XLS holds a FILEPASS record, or an ODS says that its parts are encrypted."""
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return b"encryption-data" in archive.read("META-INF/manifest.xml")
        return any(record == 0x002F for record, _ in _records(_stream(data), 0))
    except (KeyError, ValueError, OSError, struct.error, zipfile.BadZipFile):
        return False


def _xlsx(archive: zipfile.ZipFile, sheet: str) -> Marks:
    book = ElementTree.fromstring(_plain(archive.read("xl/workbook.xml")))  # noqa: S314 - see _plain
    relation = next(one.get(_RELATION) for one in book.iter(f"{_MAIN}sheet") if one.get("name") == sheet)
    relations = ElementTree.fromstring(_plain(archive.read("xl/_rels/workbook.xml.rels")))  # noqa: S314 - see _plain
    target = next(one.get("Target", "") for one in relations if one.get("Id") == relation)
    xml = archive.read(posixpath.normpath(posixpath.join("/xl", target)).lstrip("/"))
    columns, last = set(), 0
    for match in _VALUED.finditer(xml):
        columns.add(match[1])
        last = int(match[2])
    area = last * max((_column(letters.decode()) + 1 for letters in columns), default=0)
    marks = Marks(area=area)
    if b't="e"' in xml or b"<f" in xml or b":f" in xml:
        _cells(xml, marks)
    return marks


def _cells(xml: bytes, marks: Marks) -> None:
    for _, element in ElementTree.iterparse(io.BytesIO(_plain(xml))):  # noqa: S314 - see _plain
        if element.tag == f"{_MAIN}c":
            reference = element.get("r", "")
            letters = reference.rstrip("0123456789")
            place = (int(reference[len(letters) :]) - 1, _column(letters))
            value = element.findtext(f"{_MAIN}v")
            if element.get("t") == "e" and value:
                marks.errors[place] = value
            elif not value and element.find(f"{_MAIN}f") is not None and element.get("t") != "str":
                marks.uncached.append(place)
        elif element.tag == f"{_MAIN}row":
            element.clear()


def _ods(xml: bytes, sheet: str) -> Marks:
    """Walks `content.xml` (ODF 1.3 part 3, 9.1): repeated rows and cells count as many times as they say."""
    marks = Marks()
    here, row, extent = False, 0, (0, 0)
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):  # noqa: S314 - see _plain
        if element.tag == f"{_TABLE}table":
            here = event == "start" and element.get(f"{_TABLE}name") == sheet
            row = 0
        elif here and event == "end" and element.tag == f"{_TABLE}table-row":
            width = _ods_row(element, row, marks)
            row += int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            if width:
                extent = (row, max(extent[1], width))
            element.clear()
    return replace(marks, area=extent[0] * extent[1])


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
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise ValueError("document type in a workbook part")
    return xml


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _xls(data: bytes, sheet: str) -> Marks:
    """Walks the BIFF8 records of one sheet: BOOLERR, and FORMULA with an error as its result."""
    stream = _stream(data)
    marks = Marks()
    for position in _sheets(stream, sheet):
        for record, body in _records(stream, position):
            if record == 0x0205 and len(body) >= 8 and body[7]:
                marks.errors[struct.unpack_from("<HH", body)] = _BIFF_ERRORS.get(body[6], "#N/A")
            elif record == 0x0006 and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
                marks.errors[struct.unpack_from("<HH", body)] = _BIFF_ERRORS.get(body[8], "#N/A")
    return marks


def _stream(data: bytes) -> bytes:
    import olefile  # type: ignore[import-untyped]  # it has no types

    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        return bytes(ole.openstream("Workbook").read())


def _sheets(stream: bytes, sheet: str) -> Iterator[int]:
    for record, body in _records(stream, 0):
        if record == 0x0085:  # BOUNDSHEET8: position, state, length, width, name
            raw = body[8:]
            if raw.decode("utf-16-le" if body[7] & 1 else "latin-1") == sheet:
                yield struct.unpack_from("<I", body)[0]


def _records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """The records from a BOF to its EOF (charts inside a sheet have their own pair)."""
    depth = 0
    while position + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, position)
        depth += (record == 0x0809) - (record == 0x000A)
        yield record, stream[position + 4 : position + 4 + length]
        position += 4 + length
        if depth == 0:
            return
