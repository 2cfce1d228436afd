"""XLS workbooks: what stands in the records beside the cells, and in the container around them.

[MS-XLS] names the records. Those that hold what a person wrote are searched for texts as such, 16 or 8 bits a
letter, so that a record of an unusual shape hides nothing.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Generator, Iterator
from typing import Any

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.govern.inside.part import Part, Text, unseen, within
from pipelines.read import workbook_marks

PARTS = {
    0x0018: "defined-name", 0x0014: "header-footer", 0x0015: "header-footer", 0x001C: "author", 0x01B6: "comment",
    0x00EC: "drawing", 0x01BE: "validation", 0x01AE: "external-link", 0x0023: "external-link",
    0x005A: "external-link", 0x00DC: "connection", 0x00CD: "pivot-cache", 0x005C: "author", 0x005B: "author",
    0x01B8: "link", 0x0800: "link", 0x0868: "other", 0x0866: "header-footer", 0x089C: "header-footer",
}  # fmt: skip
"""NAME, HEADER, FOOTER, NOTE, TXO, MSODRAWING, DV, SUPBOOK, EXTERNNAME, CRN, DCONN/PARAMQRY, SXSTRING,
WRITEACCESS, FILESHARING, HLINK, HLINKTOOLTIP, and headers of later versions → part."""
CONTINUE, ROW, COLINFO, BOUNDSHEET, EXTERNAL = 0x003C, 0x0208, 0x007D, 0x0085, 0x01AE
STATES = ("visible", "hidden", "very-hidden")
_WIDE = re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\x00|[\x00-\x7f]\x0e|[\x10-\x3f]\x20|\n\x00|\r\x00){3,}")
_NARROW = re.compile(rb"[\x20-\x7e\xa0-\xfb]{4,}")
"""Letters as XLS keeps them: Latin and Thai of UTF-16, or one byte each."""
AUTHORS = ("author", "last_saved_by", "manager")
PROPERTIES = (
    "title", "subject", "author", "keywords", "comments", "last_saved_by", "category", "manager", "company",
    "content_type", "content_status",
)  # fmt: skip


def parts(data: bytes, at: Place) -> Generator[Part, None, dict[str, Any]]:
    """What stands beside the cells; returns what is hidden in each sheet. Raises SourceError `read-broken`."""
    import olefile  # type: ignore[import-untyped]  # it has no types

    from pipelines.govern.inside.workbook import Sheet

    hidden: dict[str, Any] = {}
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            yield from _container(ole, at)
            name = next((one for one in ("Workbook", "Book") if ole.exists(one)), "")
            stream = ole.openstream(name).read() if name else b""
        yield from _records(stream, 0, at)
        for position, sheet, state, kind in _sheets(stream):
            place = within(at, sheet)
            rows, columns = _hidden(stream, position)
            hidden[sheet] = Sheet(sheet, STATES[min(state, 2)], rows, columns)
            yield from _records(stream, position, place)
            if kind == 1:
                values = {"active": "xlm", "count": 1}
                yield Finding(rule="active-content", severity="warning", at=place, values=values)
    except (OSError, LookupError, ValueError, struct.error) as broken:
        raise SourceError("read-broken", at) from broken
    return hidden


def _container(ole: Any, at: Place) -> Iterator[Part]:
    """Properties, pivot caches and what runs, of the OLE container ([MS-CFB]) around the workbook."""
    meta = ole.get_metadata()
    for name in PROPERTIES:
        value = getattr(meta, name, None)
        text = _text(value, meta.codepage) if isinstance(value, bytes) else str(value or "")
        if text.strip("\x00 "):
            yield Text(part="author" if name in AUTHORS else "property", text=text.strip("\x00"), at=at)
    yield from _custom(ole, at)
    macros = embedded = 0
    for path in ole.listdir():
        macros += path[-1].lower() == "_vba_project"
        embedded += path[-1] == "\x01Ole" and bool(re.match(r"(MBD|LNK)[0-9A-F]{4,}", path[0]))
        if path[0] == "_SX_DB_CUR":
            for text in texts(ole.openstream(path).read()):
                yield Text(part="pivot-cache", text=text, at=at)
    for what, count in (("vba", macros), ("embedded", embedded)):
        if count:
            yield Finding(
                rule="active-content", severity="warning", at=at, values={"active": what, "count": count}
            )
            if what == "embedded":
                yield unseen("embedded", at, "no-text", count)


def _custom(ole: Any, at: Place) -> Iterator[Text]:
    """Properties of the user's own: the second section of the summary, which olefile knows by number alone."""
    name = "\x05DocumentSummaryInformation"
    if ole.exists(name):
        for text in texts(ole.openstream(name).read()):
            yield Text(part="property", text=text, at=at)


def _text(value: bytes, codepage: int | None) -> str:
    for encoding in (f"cp{codepage}", "utf-8", "cp874", "latin-1"):
        try:
            return value.decode("utf-8" if encoding in ("cp65001", "cp-535") else encoding)
        except (UnicodeError, LookupError):
            continue
    return ""


def _sheets(stream: bytes) -> Iterator[tuple[int, str, int, int]]:
    for record, body in workbook_marks.records(stream, 0):
        if record == BOUNDSHEET and len(body) > 8:
            name = body[8:].decode("utf-16-le" if body[7] & 1 else "latin-1")
            yield struct.unpack_from("<I", body)[0], name, body[4] & 3, body[5]


def _records(stream: bytes, position: int, at: Place) -> Iterator[Part]:
    """The texts of the records of one sheet, or of the workbook itself."""
    current, links = "", 0
    for record, body in workbook_marks.records(stream, position):
        current = PARTS.get(record, "") if record != CONTINUE else current
        links += record == EXTERNAL and len(body) > 4
        if not current:
            continue
        for text in texts(body):
            yield Text(part=current, text=text, at=at)
    if links:
        yield Finding(
            rule="active-content", severity="warning", at=at, values={"active": "external-link", "count": links}
        )


def texts(data: bytes) -> Iterator[str]:
    """Every run of letters in some bytes."""
    for match in _WIDE.finditer(data):
        yield match[0].decode("utf-16-le", "replace").strip()
    for match in _NARROW.finditer(data):
        try:
            yield match[0].decode("cp874").strip()
        except UnicodeError:
            yield match[0].decode("latin-1").strip()


def _hidden(stream: bytes, position: int) -> tuple[frozenset[int], frozenset[int]]:
    """Rows with fDyZero, columns with fHidden ([MS-XLS] 2.4.221, 2.4.53)."""
    rows: set[int] = set()
    columns: set[int] = set()
    for record, body in workbook_marks.records(stream, position):
        if record == ROW and len(body) >= 16 and struct.unpack_from("<H", body, 12)[0] & 0x20:
            rows.add(struct.unpack_from("<H", body)[0] + 1)
        elif record == COLINFO and len(body) >= 10 and struct.unpack_from("<H", body, 8)[0] & 1:
            first, last = struct.unpack_from("<HH", body)
            columns.update(range(first, min(last, 255) + 1))
    return frozenset(rows), frozenset(columns)
