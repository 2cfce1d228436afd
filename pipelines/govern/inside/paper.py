"""PDF files: the properties, the text of each page, notes on them, and what runs or lies inside."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.govern.inside.part import Part, Text, unseen

PAGES = 2_000
"""Pages read of one file."""
AUTHORS = ("/Author",)


def parts(data: bytes, at: Place) -> Iterator[Part]:
    """What can be read; pages without text are said. Raises SourceError `read-password`, `read-broken`."""
    import pypdf
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote the file
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError("read-password", at)
        for key, value in (reader.metadata or {}).items():
            yield Text(part="author" if key in AUTHORS else "property", text=str(value), at=at)
        empty = 0
        for number, page in enumerate(reader.pages[:PAGES], 1):
            text = page.extract_text()
            empty += not text.strip()
            for line in text.splitlines():
                yield Text(part="text", text=line, at=Place(source_row=number))
            yield from _notes(page, number)
        if empty:
            yield unseen("page", at, "no-text", empty)
        if len(reader.pages) > PAGES:
            yield unseen("page", at, "too-big", len(reader.pages) - PAGES)
        yield from _active(reader, at)
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
    ) as broken:
        raise SourceError("read-broken", at) from broken


def _notes(page: Any, number: int) -> Iterator[Text]:
    for note in page.get("/Annots") or ():
        note = note.get_object()
        for key, part in (("/Contents", "comment"), ("/T", "author"), ("/V", "text")):
            if isinstance(note.get(key), str):
                yield Text(part=part, text=note[key], at=Place(source_row=number))


def _active(reader: Any, at: Place) -> Iterator[Finding]:
    root = reader.trailer["/Root"]
    names = root.get("/Names") or {}
    runs = ("/OpenAction" in root and "/JS" in str(root["/OpenAction"])) or "/JavaScript" in names
    for what, there in (("script", runs), ("embedded", "/EmbeddedFiles" in names)):
        if there:
            yield Finding(rule="active-content", severity="warning", at=at, values={"active": what, "count": 1})
