"""Workbooks (XLSX, XLSM, XLSB, XLS, ODS): every sheet as a table, and what is hidden in and around the sheets."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Generator, Mapping, Sequence
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.govern.inside import markup, office, old_workbook, open_document
from pipelines.govern.inside.part import Content, Part, Parts, Table, Text, unseen, within
from pipelines.govern.inside.tabled import content
from pipelines.read import archive as archives
from pipelines.read import workbook, workbook_marks
from pipelines.read.source import Material

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_NUMBER = re.compile(rb'\br="(\d+)"')
_SPAN = re.compile(rb'\b(min|max)="(\d+)"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^>]*)>")
_DATA = re.compile(rb"<(?:\w+:)?sheetData\b.*</(?:\w+:)?sheetData>|<(?:\w+:)?sheetData\s*/>", re.DOTALL)
_SHARED = re.compile(rb't="s"[^>]*>\s*<(?:\w+:)?v>(\d+)<')
"""A cell whose text is one of those that all sheets share: no cell shows the others any more."""
_LITERAL = re.compile(rb'<(?:\w+:)?f(?:\s[^>]*)?>([^<]*"[^<]*)<')
"""A formula that holds a text."""
_BESIDE = {
    "oddHeader": "header-footer", "oddFooter": "header-footer", "evenHeader": "header-footer",
    "evenFooter": "header-footer", "firstHeader": "header-footer", "firstFooter": "header-footer",
    "dataValidation": "validation", "formula1": "validation", "formula2": "validation", "hyperlink": "link",
}  # fmt: skip
"""Elements of a sheet beside its cells (ECMA-376 part 1, 18.3.1) → part."""


class Sheet(NamedTuple):
    """A sheet: `state` is `visible`, `hidden` or `very-hidden`; rows as the sheet numbers them, columns from 0."""

    name: str
    state: str = "visible"
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def parts(material: Material, at: Place) -> Parts:
    """Every part of a workbook. Raises SourceError `read-password`, `read-broken`, `read-zip-unsafe`."""
    if workbook_marks.has_password(material.data):
        raise SourceError("read-password", at, file=material.name)
    archives.inspected(material, at)
    if material.data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(material.data)) as archive:
            members = {entry.filename: entry for entry in archive.infolist()}
            if "content.xml" in members:
                found = yield from open_document.spreadsheet(archive, members, at)
            else:
                yield from _names(archive, members, at)
                found = yield from _sheets(archive, members, at)
                yield from office.parts(archive, members, at)
    else:
        found = yield from old_workbook.parts(material.data, at)
    yield from _tables(material, found, at)


def _tables(material: Material, hidden: Mapping[str, Sheet], at: Place) -> Parts:
    """The sheets as calamine gives them, each read when it is asked for."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    states = ((SheetVisibleEnum.Hidden, "hidden"), (SheetVisibleEnum.VeryHidden, "very-hidden"))
    area = workbook_marks.largest(material.data)
    with workbook.refused(material, at):
        book = workbook.opened(material)
    with book:
        for one in book.sheets_metadata:
            place = within(at, one.name)
            yield Text(part="sheet-name", text=one.name, at=place)
            if one.typ != SheetTypeEnum.WorkSheet:
                if one.typ in (SheetTypeEnum.MacroSheet, SheetTypeEnum.DialogSheet):
                    yield unseen("macro-sheet", place, "no-table")
                continue
            if area > workbook.CELLS_LIMIT:
                yield unseen("sheet", place, "too-big")
                continue
            marks = hidden.get(one.name, Sheet(one.name))
            state = next((name for kind, name in states if kind == one.visible), marks.state)
            part = "sheet" if state == "visible" else f"{state}-sheet"
            if marks.hidden_rows or marks.hidden_columns:
                yield _said(marks, place)
            yield Table(
                part=part,
                at=place,
                read=_reader(book, material, one.name, place),
                hidden_rows=marks.hidden_rows,
                hidden_columns=marks.hidden_columns,
            )


def _reader(book: CalamineWorkbook, material: Material, name: str, at: Place) -> Callable[[], Content]:
    def read() -> Content:
        return content(workbook.every_cell(book, material, name, at), at)

    return read


def _said(sheet: Sheet, at: Place) -> Finding:
    rows, columns = sorted(sheet.hidden_rows), sorted(sheet.hidden_columns)
    values = {
        "rows": spans([str(row) for row in rows], rows),
        "columns": spans([workbook.letters(column) for column in columns], columns),
        "count": len(rows) + len(columns),
    }
    return Finding(rule="hidden-in-sheet", severity="warning", at=at, values=values)


def spans(names: Sequence[str], places: Sequence[int], most: int = 10) -> list[str]:
    """Names of rows or columns, those that follow one another as `3-7`; at most so many."""
    found: list[str] = []
    start = 0
    for end in range(1, len(places) + 1):
        if end == len(places) or places[end] != places[end - 1] + 1:
            found.append(names[start] if end == start + 1 else f"{names[start]}-{names[end - 1]}")
            start = end
    return found[:most]


def _names(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], at: Place) -> Parts:
    if "xl/workbook.xml" not in members:  # XLSB: its own parts are binary
        yield unseen("binary", at, "binary-workbook")
        return
    for found in markup.texts(archive.read(members["xl/workbook.xml"])):
        if found.element == "definedName":
            yield Text(part="defined-name", text=found.text, at=at)
        elif found.element == "fileSharing":
            yield Text(part="author", text=found.text, at=at)


def _sheets(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], at: Place
) -> Generator[Part, None, dict[str, Sheet]]:
    """What stands in the sheets beside their cells; returns what is hidden in each."""
    hidden: dict[str, Sheet] = {}
    used: set[int] = set()
    for name, path, state in office.sheets(archive, members):
        if path not in members:
            continue
        place = within(at, name)
        xml = archive.read(members[path])
        data = _DATA.search(xml)
        body, beside = (data[0], xml[: data.start()] + xml[data.end() :]) if data else (b"", xml)
        hidden[name] = Sheet(
            name, "very-hidden" if state == "veryHidden" else state, _hidden_rows(body), _hidden_columns(beside)
        )
        for literal in {match[1] for match in _LITERAL.finditer(body)}:
            yield Text(part="formula", text=unescape(literal.decode("utf-8", "replace")), at=place)
        used.update(int(number) for number in _SHARED.findall(body))
        try:
            for found in markup.texts(beside):
                if found.element in _BESIDE:
                    yield Text(part=_BESIDE[found.element], text=found.text, at=place)
        except ValueError:
            yield unseen("sheet", place, "broken")
    if "xl/sharedStrings.xml" in members:
        for number, text in enumerate(markup.units(archive.read(members["xl/sharedStrings.xml"]), "si")):
            if number not in used and text:
                yield Text(part="left-over", text=text, at=at)
    return hidden


def _hidden_rows(xml: bytes) -> frozenset[int]:
    rows, last = set(), 0
    for match in _ROW.finditer(xml):
        number = _NUMBER.search(match[1])
        last = int(number[1]) if number else last + 1
        if _HIDDEN.search(match[1]):
            rows.add(last)
    return frozenset(rows)


def _hidden_columns(xml: bytes) -> frozenset[int]:
    columns: set[int] = set()
    for match in _COLUMN.finditer(xml):
        if _HIDDEN.search(match[1]):
            span = {key: int(value) for key, value in _SPAN.findall(match[1])}
            columns.update(range(span.get(b"min", 1) - 1, min(span.get(b"max", 1), workbook.COLUMNS)))
    return frozenset(columns)
