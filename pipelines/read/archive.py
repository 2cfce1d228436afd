"""ZIP archives: which table inside, its real name, and how much of it may be inflated. Nothing goes to disk."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from xml.parsers import expat

from metadata.errors import SourceError
from metadata.finding import Place
from pipelines.read import text
from pipelines.read.source import LIMIT, Material

ENTRIES_LIMIT = 10_000
RATIO_LIMIT = 250
"""Inflated to compressed; only for what inflates to more than `SMALL`. The densest real table seen has 40."""
SMALL = 20 << 20
TABLES = (
    ".csv",
    ".tsv",
    ".tab",
    ".xlsx",
    ".xlsm",
    ".xls",
    ".ods",
    ".json",
    ".geojson",
    ".jsonl",
    ".ndjson",
    ".parquet",
    ".shp",
)
_CHUNK = 1 << 20
_TRUSTED = re.compile(r"content\.xml|xl/(workbook|styles|sharedStrings|worksheets/\w+)\.xml|xl/_rels/.*\.rels")


def member(material: Material, wanted: str | None, at: Place) -> tuple[Material, Mapping[str, Material]]:
    """The table wanted, or the only one, and the files beside it that share its stem (a shapefile's parts).

    Raises SourceError `read-zip-choose`, `read-zip-missing`, `read-zip-unsafe`, `read-password`, `read-broken`.
    """
    with _opened(material, at) as archive:
        entries = _entries(archive, material, at)
        name = _chosen(entries, wanted, at)
        found = Material(name=name, data=_inflated(archive, entries[name], at))
        stem = PurePosixPath(name).with_suffix("")
        beside = {
            other.lower(): Material(name=other, data=_inflated(archive, entry, at))
            for other, entry in entries.items()
            if found.suffix == ".shp" and PurePosixPath(other).with_suffix("") == stem
        }
    return found, {PurePosixPath(other).suffix: part for other, part in beside.items()}


def chosen(archive: zipfile.ZipFile, material: Material, wanted: str | None, at: Place) -> str:
    """The name of the member that `member` gives. Raises SourceError."""
    return _chosen(_entries(archive, material, at), wanted, at)


def inspected(material: Material, at: Place) -> None:
    """Proves a workbook's parts before a library trusts them: no bomb, and well-formed XML (calamine may loop).

    Raises SourceError `read-zip-unsafe`, `read-password`, `read-broken`.
    """
    if not material.data.startswith(b"PK"):
        return
    with _opened(material, at) as archive:
        left = LIMIT
        for entry in _entries(archive, material, at).values():
            parser = expat.ParserCreate() if _TRUSTED.fullmatch(entry.filename) else None
            if parser:
                parser.StartDoctypeDeclHandler = _no_doctype
            for chunk in chunks(archive, entry, at):
                left -= len(chunk)
                if left < 0:
                    raise SourceError("read-zip-unsafe", at, reason=f"> {LIMIT} B")
                if parser:
                    parser.Parse(chunk)
            if parser:
                parser.Parse(b"", True)


def _no_doctype(*_declared: object) -> None:
    """Without a document type there are no entities, which could grow or reach out: no workbook has one."""
    raise ValueError("document type in a workbook part")


@contextmanager
def _opened(material: Material, at: Place) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(material.data)) as archive:
            yield archive
    except (
        zipfile.BadZipFile,
        expat.ExpatError,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
    ) as broken:
        raise SourceError("read-broken", at) from broken


def _entries(archive: zipfile.ZipFile, material: Material, at: Place) -> dict[str, zipfile.ZipInfo]:
    listed = archive.infolist()
    if len(listed) > ENTRIES_LIMIT:
        raise SourceError("read-zip-unsafe", at, reason=f"> {ENTRIES_LIMIT} files")
    return {entry_name(entry): entry for entry in listed if not entry.filename.endswith("/")}


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name as its author wrote it: without the UTF-8 flag, Windows' own Thai names stand in cp874."""
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
        return raw.decode(text.guessed(raw) or "cp437")
    except UnicodeError:
        return entry.filename


def _chosen(entries: Mapping[str, zipfile.ZipInfo], wanted: str | None, at: Place) -> str:
    shown = [
        name
        for name in entries
        if not name.startswith("__MACOSX/") and not PurePosixPath(name).name.startswith((".", "~$"))
    ]
    tables = [name for name in shown if name.lower().endswith(TABLES)]
    tables = tables or [name for name in shown if name.lower().endswith((".txt", ".dat"))]
    if wanted is None:
        if len(tables) == 1:
            return tables[0]
        if not tables:
            raise SourceError("read-zip-missing", at, wanted="CSV, XLSX, JSON", known=shown[:20])
        raise SourceError("read-zip-choose", at, known=tables[:20])
    folded = unicodedata.normalize("NFC", wanted.replace("\\", "/"))
    alike = [name for name in shown if unicodedata.normalize("NFC", name) == folded]
    alike = alike or [name for name in shown if unicodedata.normalize("NFC", PurePosixPath(name).name) == folded]
    if len(alike) != 1:
        raise SourceError("read-zip-missing", at, wanted=wanted, known=(tables or shown)[:20])
    return alike[0]


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, at: Place) -> bytes:
    data = b"".join(chunks(archive, entry, at))
    if not data:
        raise SourceError("read-empty", at)
    return data


def chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, at: Place) -> Iterator[bytes]:
    """An entry's bytes, stopped where they pass the limits; zipfile itself stops at the declared size."""
    if entry.flag_bits & 1:
        raise SourceError("read-password", at)
    limit = min(LIMIT, max(SMALL, entry.compress_size * RATIO_LIMIT))
    if entry.file_size > limit:
        raise SourceError("read-zip-unsafe", at, reason=f"{entry.file_size} B > {limit} B")
    with archive.open(entry) as part:
        size = 0
        while chunk := part.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise SourceError("read-zip-unsafe", at, reason=f"> {limit} B")
            yield chunk
