"""Workbooks (XLSX, XLSM, XLS, ODS): which sheet, and each cell as a person would write it."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.read import archive, source, workbook_marks
from pipelines.read.grid import Grid, Merge
from pipelines.read.source import Material

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

CELLS_LIMIT = 20_000_000
"""Cells between the first and the last with content: calamine holds them all."""

ROWS, COLUMNS = 1 << 20, 1 << 14
"""A sheet's size, in Excel as in LibreOffice: a file may claim a merge of 999999999999 columns."""


def grid(material: Material, sheet: str | int | None, at: Place) -> tuple[Grid, str, tuple[Finding, ...]]:
    """One sheet's rows from its first to its last row with content, the sheet's name, and what was found.

    Raises SourceError `read-password`, `read-broken`, `read-empty`, and `read-sheet-` with `choose`, `missing`,
    `ambiguous`, `hidden`, `too-big`.
    """
    with refused(material, at):
        if workbook_marks.has_password(material.data):
            raise SourceError("read-password", at, file=material.name)
        archive.inspected(material, at)
        area = workbook_marks.largest(material.data)
        if area > CELLS_LIMIT:
            raise SourceError("read-sheet-too-big", at, sheet="?", cells=area, limit=CELLS_LIMIT)
        with opened(material) as workbook:
            name = _chosen(workbook, material, sheet, at)
            at = replace(at, sheet=name)
            with refused(material, at):
                read, marks = _sheet(workbook, material, name, at)
                cells, start = _cells(read, marks), read.start
                merges = read.merged_cell_ranges
    if start is None or not cells:
        raise SourceError("read-empty", at, file=material.name)
    top, left = start
    spans = marks.merges if merges is None else [(*first, *last) for first, last in merges]
    found = Grid(
        rows=cells,
        numbers=range(top + 1, top + 1 + len(cells)),
        offset=left,
        merges=tuple(
            Merge(row - top, column - left, min(last_row, ROWS) - top, min(last_column, COLUMNS) - left)
            for row, column, last_row, last_column in spans
            if row >= top and column >= left
        ),
    )
    return found, name, tuple(_said(marks, at))


def opened(material: Material) -> CalamineWorkbook:
    """A workbook; what is wrong with it, `refused` tells."""
    import python_calamine as calamine

    return calamine.CalamineWorkbook.from_filelike(io.BytesIO(material.data))


@contextmanager
def refused(material: Material, at: Place) -> Iterator[None]:
    """What calamine raises becomes SourceError: `read-password`, else `read-broken`."""
    import python_calamine as calamine

    try:
        yield
    except calamine.PasswordError as locked:
        raise SourceError("read-password", at, file=material.name) from locked
    except (calamine.CalamineError, OSError, ValueError) as broken:
        raise SourceError("read-broken", at, file=material.name) from broken
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":  # what Rust code throws where it met the unthinkable
            raise
        raise SourceError("read-broken", at, file=material.name) from None


def every_cell(workbook: CalamineWorkbook, material: Material, name: str, at: Place) -> Grid:
    """A sheet's rows, hidden or not, without its merges; none where it is empty.

    Raises SourceError `read-password`, `read-broken`, `read-sheet-too-big`.
    """
    with refused(material, at):
        binary = source.kind(material)[1] == "XLSB"  # of its parts nothing is known beforehand
        read = workbook.get_sheet_by_name(name) if binary else _sheet(workbook, material, name, at)[0]
        cells = _cells(read, workbook_marks.Marks())
        top, left = read.start or (0, 0)
    return Grid(rows=cells, numbers=range(top + 1, top + 1 + len(cells)), offset=left)


def _sheet(
    workbook: CalamineWorkbook, material: Material, name: str, at: Place
) -> tuple[CalamineSheet, workbook_marks.Marks]:
    """A sheet, once it is sure that calamine can hold it: two cells in far corners would take all memory."""
    marks = workbook_marks.of(material.data, name)
    if marks.area > CELLS_LIMIT:
        raise SourceError("read-sheet-too-big", replace(at, sheet=name), cells=marks.area, limit=CELLS_LIMIT)
    return workbook.get_sheet_by_name(name), marks


def _chosen(workbook: CalamineWorkbook, material: Material, sheet: str | int | None, at: Place) -> str:
    """The sheet's own name: by name (then composed, without outer spaces), by number from 1, or the only one."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    tables = [one for one in workbook.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    visible = [one.name for one in tables if one.visible == SheetVisibleEnum.Visible]
    every = [one.name for one in tables]
    if sheet is None:
        if len(visible) == 1:
            return visible[0]
        filled = [name for name in visible if _sheet(workbook, material, name, at)[0].start is not None]
        if len(filled) == 1:
            return filled[0]
        raise SourceError("read-sheet-choose", at, known=filled or visible)
    if isinstance(sheet, int):
        if not 1 <= sheet <= len(every):
            if str(sheet) in every:
                return str(sheet)
            raise SourceError("read-sheet-missing", at, wanted=sheet, known=visible)
        if str(sheet) in every and every[sheet - 1] != str(sheet):
            raise SourceError("read-sheet-ambiguous", at, wanted=sheet, counted=every[sheet - 1])
        if every[sheet - 1] not in visible:
            raise SourceError("read-sheet-hidden", replace(at, sheet=every[sheet - 1]), wanted=sheet)
        return every[sheet - 1]
    if sheet in every:
        return sheet
    alike = [name for name in every if _folded(name) == _folded(sheet)]
    if len(alike) != 1:
        raise SourceError("read-sheet-missing", at, wanted=sheet, known=visible)
    return alike[0]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()))


def _cells(sheet: CalamineSheet, marks: workbook_marks.Marks) -> list[list[str]]:
    """The cells as text; an error, which calamine gives as nothing, gets its own text back."""
    if sheet.start is None:
        return []
    top, left = sheet.start
    rows = [[as_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
    for (row, column), text in marks.errors.items():
        if 0 <= row - top < len(rows) and 0 <= column - left < len(rows[row - top]):
            rows[row - top][column - left] = text
    return rows


def as_text(cell: Any) -> str:
    """One value as a person writes it: no `.0`, no exponent, TRUE/FALSE, ISO dates, empty for nothing."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        return _moment(cell)
    if isinstance(cell, dt.timedelta):
        seconds = round(cell.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _number(number: float) -> str:
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    shortest = repr(number)
    if "e" in shortest and 1e-15 <= abs(number) < 1e21:
        return f"{Decimal(shortest):f}"
    return shortest


def _moment(moment: dt.datetime) -> str:
    """A date and time; the last millisecond of a workbook's day fraction is noise, and midnight is a date."""
    if moment.microsecond < 2_000 or moment.microsecond >= 998_000:
        moment = (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    if moment.tzinfo is None and moment.time() == dt.time():
        return moment.date().isoformat()
    return moment.isoformat()


def _said(marks: workbook_marks.Marks, at: Place) -> Sequence[Finding]:
    findings = []
    for rule, cells in (("read-cell-errors", list(marks.errors)), ("read-formula-uncached", marks.uncached)):
        if cells:
            place = replace(at, source_row=cells[0][0] + 1)
            shown = [f"{letters(column)}{row + 1}" for row, column in cells[:5]]
            values = {"count": len(cells), "cells": shown}
            findings.append(Finding(rule=rule, severity="warning", at=place, values=values))
    return findings


def letters(column: int) -> str:
    """The name of a column counted from 0: A, B … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
