"""XLS (BIFF8) and ODS, built byte by byte here: sheets, merges, errors, hidden sheets, passwords."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.read import Reading, read

Cells = dict[tuple[int, int], str | float | bytes]
"""(row, column) → text, number, or an error's code as one byte."""
STACKED: Cells = {
    (0, 0): "จังหวัด",
    (0, 1): "คน",
    (1, 1): "ชาย",
    (1, 2): "หญิง",
    (2, 0): "น่าน",
    (2, 1): 1.0,
    (2, 2): 2.5,
}
MERGES = ((0, 1, 0, 0), (0, 0, 1, 2))
"""First row, last row, first column, last column: as BIFF8 has them."""


def record(number: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def biff_text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def biff_sheet(cells: Cells, merges: tuple[tuple[int, int, int, int], ...], more: bytes = b"") -> bytes:
    body = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for (row, column), value in sorted(cells.items()):
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, bytes):
            body += record(0x0205, place + value + b"\x01")
        elif isinstance(value, str):
            body += record(0x0204, place + biff_text(value))
        else:
            body += record(0x0203, place + struct.pack("<d", value))
    if merges:
        body += record(
            0x00E5, struct.pack("<H", len(merges)) + b"".join(struct.pack("<HHHH", *one) for one in merges)
        )
    return body + more + record(0x000A)


def xls(
    sheets: dict[str, Cells],
    hidden: tuple[str, ...] = (),
    merges: tuple[tuple[int, int, int, int], ...] = (),
    locked: bool = False,
    more: bytes = b"",
) -> bytes:
    """A workbook stream ([MS-XLS]) in a compound file ([MS-CFB]) of 512-byte sectors; `more`: in each sheet."""
    opening = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    if locked:  # FILEPASS: RC4 encryption
        opening += record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    opening += record(0x0042, struct.pack("<H", 1200))
    names = {name: name.encode("utf-16-le") for name in sheets}
    length = len(opening) + sum(4 + 8 + len(raw) for raw in names.values()) + 4
    bodies, listing = b"", b""
    for name, cells in sheets.items():
        entry = struct.pack("<IBBBB", length + len(bodies), name in hidden, 0, len(name), 1) + names[name]
        listing += record(0x0085, entry)
        bodies += biff_sheet(cells, merges, more)
    stream = opening + listing + record(0x000A) + bodies
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")  # smaller ones live in another place
    count = len(stream) // 512
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0
    )
    header = header.ljust(512, b"\xff")

    def entry_of(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le")
        none = 0xFFFFFFFF
        return (
            raw.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(raw) + 2, kind, 1, none, none, child)
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    directory = entry_of("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry_of("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    table = b"".join(struct.pack("<I", one) for one in fat).ljust(512, b"\xff")
    return header + table + directory.ljust(512, b"\0") + stream


def ods(content: str) -> bytes:
    """An ODS with the given tables."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in {"office": "office", "table": "table", "text": "text", "style": "style"}.items()
    )
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    styles = (
        '<office:automatic-styles><style:style style:name="off" style:family="table">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>{styles}'
            f"<office:body><office:spreadsheet>{content}</office:spreadsheet></office:body></office:document-content>",
        )
    return buffer.getvalue()


def cell(value: str | float, spans: str = "") -> str:
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string" {spans}><text:p>{value}</text:p></table:table-cell>'
    number = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {number}><text:p>{value}</text:p></table:table-cell>"


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def table(name: str, *rows: str, style: str = "") -> str:
    return f'<table:table table:name="{name}" {style}>{"".join(rows)}</table:table>'


def reading_of(folder: Path, data: bytes, name: str, sheet: str | int | None = None) -> Reading:
    (folder / name).write_bytes(data)
    return read(Source(path=name, sheet=sheet), folder, Place(dataset="housing"))


def test_an_xls_is_read_with_its_merged_header(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, xls({"สรุป": STACKED}, merges=MERGES), "เก่า.xls")
    assert list(reading.table.columns) == ["จังหวัด", "คน_ชาย", "คน_หญิง"]
    assert reading.table.to_numpy().tolist() == [["น่าน", "1", "2.5"]]
    assert (list(reading.table.index), reading.sheet, reading.findings) == ([3], "สรุป", ())


def test_an_xls_error_cell_keeps_its_text_on_its_own_sheet(tmp_path: Path) -> None:
    first: Cells = {(0, 0): "ก", (0, 1): "ข", (1, 0): "น่าน", (1, 1): 5.0}
    second: Cells = {(2, 0): "ก", (2, 1): "ข", (3, 0): "น่าน", (3, 1): b"\x2a"}
    data = xls({"ดี": first, "เสีย": second})
    reading = reading_of(tmp_path, data, "เก่า.xls", "เสีย")
    assert reading.table.loc[4, "ข"] == "#N/A"
    assert [finding.values["cells"] for finding in reading.findings] == [["B4"]]
    assert reading_of(tmp_path, data, "เก่า.xls", "ดี").findings == ()


def test_a_hidden_xls_sheet_is_read_only_by_name(tmp_path: Path) -> None:
    data = xls({"ซ่อน": STACKED, "เห็น": STACKED}, hidden=("ซ่อน",), merges=MERGES)
    assert reading_of(tmp_path, data, "เก่า.xls").sheet == "เห็น"
    assert reading_of(tmp_path, data, "เก่า.xls", "ซ่อน").sheet == "ซ่อน"


def test_an_xls_with_a_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        reading_of(tmp_path, xls({"ลับ": STACKED}, locked=True), "ลับ.xls")
    assert refused.value.kind == "read-password"


def test_an_xls_whatever_its_extension_is_read(tmp_path: Path) -> None:
    assert len(reading_of(tmp_path, xls({"สรุป": STACKED}, merges=MERGES), "เก่า.csv").table) == 1


@pytest.mark.parametrize("sheet", ["เล็ก", "ใหญ่"])
def test_an_xls_with_cells_in_far_corners_is_refused_before_memory_is_taken(tmp_path: Path, sheet: str) -> None:
    data = xls({"เล็ก": STACKED, "ใหญ่": {(0, 0): "ก", (65_000, 60_000): "ข"}})
    with pytest.raises(SourceError) as refused:
        reading_of(tmp_path, data, "เก่า.xls", sheet)
    assert refused.value.kind == "read-sheet-too-big"


def test_an_xls_cut_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        reading_of(tmp_path, xls({"สรุป": STACKED})[:1600], "เก่า.xls")
    assert refused.value.kind == "read-broken"


def test_an_ods_is_read_with_its_merged_header_and_repeated_rows(tmp_path: Path) -> None:
    content = table(
        "สรุป",
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>',
        row(
            cell("จังหวัด", 'table:number-rows-spanned="2"'),
            cell("คน", 'table:number-columns-spanned="2"'),
            "<table:covered-table-cell/>",
        ),
        row("<table:covered-table-cell/>", cell("ชาย"), cell("หญิง")),
        row(cell("น่าน"), cell(1), cell(2.5)),
    )
    reading = reading_of(tmp_path, ods(content), "ตาราง.ods")
    assert list(reading.table.columns) == ["จังหวัด", "คน_ชาย", "คน_หญิง"]
    assert reading.table.to_numpy().tolist() == [["น่าน", "1", "2.5"]]
    assert (list(reading.table.index), reading.findings) == ([5], ())


def test_an_ods_error_and_an_uncalculated_formula_are_warned_about(tmp_path: Path) -> None:
    wrong = cell("#N/A", 'calcext:value-type="error"')
    content = table(
        "สรุป",
        row(cell("ก"), cell("ข"), cell("ค")),
        row(cell("น่าน"), wrong, '<table:table-cell table:formula="of:=1+2"/>'),
    )
    reading = reading_of(tmp_path, ods(content), "ตาราง.ods")
    assert list(reading.table.loc[2]) == ["น่าน", "#N/A", ""]
    assert [finding.rule for finding in reading.findings] == ["read-cell-errors", "read-formula-uncached"]


def test_a_hidden_ods_sheet_is_read_only_by_name(tmp_path: Path) -> None:
    rows = (row(cell("ก"), cell("ข")), row(cell("น่าน"), cell(1)))
    data = ods(table("ซ่อน", *rows, style='table:style-name="off"') + table("เห็น", *rows))
    assert reading_of(tmp_path, data, "ตาราง.ods").sheet == "เห็น"
    assert reading_of(tmp_path, data, "ตาราง.ods", "ซ่อน").sheet == "ซ่อน"


def test_an_ods_with_a_password_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
        )
        archive.writestr("content.xml", bytes(range(256)))
    with pytest.raises(SourceError) as refused:
        reading_of(tmp_path, buffer.getvalue(), "ลับ.ods")
    assert refused.value.kind == "read-password"


def test_an_ods_whose_inside_is_no_xml_is_refused(tmp_path: Path) -> None:
    whole = ods(table("สรุป", row(cell("ก"), cell("ข"))))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        content = archive.read("content.xml").replace(b"</table:table>", b"<htable:table>")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    with pytest.raises(SourceError) as refused:
        reading_of(tmp_path, buffer.getvalue(), "ตาราง.ods")
    assert refused.value.kind == "read-broken"


def test_an_ods_that_repeats_a_cell_without_end_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    wide = cell("ข", 'table:number-columns-repeated="900000000"')
    with pytest.raises(SourceError) as refused:
        reading_of(tmp_path, ods(table("สรุป", row(cell("ก"), wide))), "ตาราง.ods")
    assert refused.value.kind == "read-sheet-too-big"


def test_an_ods_that_ends_in_repeated_empty_cells_is_read(tmp_path: Path) -> None:
    rest = '<table:table-cell table:number-columns-repeated="16000"/>'
    end = f'<table:table-row table:number-rows-repeated="1048000">{rest}</table:table-row>'
    content = table("สรุป", row(cell("ก"), cell("ข"), rest), row(cell("น่าน"), cell(1), rest), end)
    assert reading_of(tmp_path, ods(content), "ตาราง.ods").table.shape == (1, 2)
