"""Where a source file is, what it is by its first bytes, and its hash. No other room opens a file."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from metadata.stored import beneath

Kind = Literal["text", "json", "workbook", "parquet", "encrypted", "zip", "html", "sqlite", "other"]

TEXT_LIMIT = 1 << 30
"""Bytes of delimited text: it is held in memory, about eight times its size while it is read."""
LIMIT = 1 << 30
"""Bytes of any other format, and of what an archive's or a workbook's parts inflate to."""
_CHUNK = 1 << 20
TEXT = (".csv", ".tsv", ".tab", ".txt")
_JSON = (".json", ".geojson", ".jsonl", ".ndjson")
TEXTUAL = (*TEXT, *_JSON)
"""What a file is called that promises text."""
PARQUET = b"PAR1"
_BOMS = b"\xef\xbb\xbf\xff\xfe"
NOTHING = _BOMS + b" \t\r\n\x00"
"""Bytes that make no table, however many."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """The bytes of one file, with the name it has on the desk or in its archive.

    Of a Parquet file on the desk `data` holds the first bytes only: it is read from `path`, a row group at a time.
    """

    name: str
    data: bytes
    path: Path | None = None
    stamp: tuple[int, ...] = ()

    @property
    def suffix(self) -> str:
        """The extension, lower case, with its dot."""
        return PurePosixPath(self.name).suffix.lower()


def located(written: str, folder: Path, at: Place) -> Path:
    """The file a relative path names inside the dataset's folder.

    Raises SourceError `read-path-outside` (absolute, `..`, a link that leads out), `read-missing`. A name that
    differs only in how Thai or accented letters are composed (macOS) is found.
    """
    pure = PurePosixPath(written.replace("\\", "/"))
    if pure.is_absolute() or PureWindowsPath(written).drive or ".." in pure.parts or not written.strip():
        raise SourceError("read-path-outside", at, file=written)
    home = folder.resolve()
    path = beneath(home, written)
    if not path.resolve().is_relative_to(home):
        raise SourceError("read-path-outside", at, file=written)
    try:
        if not path.is_file():
            raise SourceError("read-missing", at, file=written, known=_near(path, home)[:20])
    except OSError as error:
        raise unreadable(error, written, at) from error
    return path


def _near(path: Path, home: Path) -> list[str]:
    """What a steward may have meant: the file whose name differs in capitals, else all that is in the folder."""
    if not home.is_dir():
        return []
    while not path.parent.is_dir():
        path = path.parent
    beside = sorted(entry for entry in path.parent.iterdir() if not entry.name.startswith("."))
    alike = [entry for entry in beside if entry.name.casefold() == path.name.casefold()]
    inside = [entry for folder in alike if folder.is_dir() for entry in sorted(folder.iterdir())]
    return [entry.relative_to(home).as_posix() for entry in inside or alike or beside]


def loaded(written: str, path: Path, at: Place) -> tuple[Material, str]:
    """The file's bytes and `sha256:…`, read once, never more than its kind's limit; a Parquet file's hash alone.

    Raises SourceError `read-empty`, `read-too-big`, `read-denied`.
    """
    digest = hashlib.sha256()
    buffer = io.BytesIO()
    try:
        size = path.stat().st_size
        limit = TEXT_LIMIT if path.suffix.lower() in TEXT else LIMIT
        if size > limit:
            raise SourceError("read-too-big", at, file=written, bytes=size, limit=limit)
        with path.open("rb") as file:
            if file.read(len(PARQUET)) == PARQUET:
                stamp = _stamp(os.fstat(file.fileno()))
                file.seek(0)
                whole = hashlib.file_digest(file, "sha256").hexdigest()
                return Material(name=path.name, data=PARQUET, path=path, stamp=stamp), f"sha256:{whole}"
            file.seek(0)
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                buffer.write(chunk)
    except OSError as error:
        raise unreadable(error, written, at) from error
    data = buffer.getvalue()
    if not data.strip(NOTHING):
        raise SourceError("read-empty", at, file=written)
    return Material(name=path.name, data=data), f"sha256:{digest.hexdigest()}"


def unchanged(material: Material, at: Place) -> None:
    """Raises SourceError `read-changed` where a file is no longer the one that was hashed."""
    if material.path is not None:
        try:
            now = _stamp(material.path.stat())
        except OSError:
            now = ()
        if now != material.stamp:
            raise SourceError("read-changed", at)


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def hashed(path: Path, written: str, at: Place) -> str:
    """`sha256:…` of a file, as a stream."""
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise unreadable(error, written, at) from error


def unreadable(error: OSError, written: str, at: Place) -> SourceError:
    """What the operating system's refusal means: another program holds the file, or the rights are missing."""
    if getattr(error, "winerror", None) in (32, 33):  # sharing and lock violation
        return SourceError("read-held", at, file=written)
    return SourceError("read-denied", at, file=written, reason=error.strerror or type(error).__name__)


def open_elsewhere(path: Path, written: str, at: Place) -> tuple[Finding, ...]:
    """A warning where Excel's lock file (`~$name`) or LibreOffice's (`.~lock.name#`) lies beside the file."""
    locks = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    if not any(lock.exists() for lock in locks):
        return ()
    return (Finding(rule="read-open-elsewhere", severity="warning", at=at, values={"file": written}),)


def kind(material: Material) -> tuple[Kind, str]:
    """What the bytes are, whatever the extension says, and a name for it in messages."""
    data, start = material.data, material.data[:4096]
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data)
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        wide = "EncryptedPackage".encode("utf-16-le")
        return ("encrypted", "XLSX") if wide in data else ("workbook", "XLS")
    if start.startswith(b"SQLite format 3\x00"):
        return "sqlite", "SQLite"
    if start.startswith(PARQUET):
        return "parquet", "Parquet"
    if start.startswith(b"PARE"):
        return "encrypted", "Parquet"
    for magic, name in (
        (b"%PDF", "PDF"),
        (b"\x1f\x8b", "gzip"),
        (b"Rar!", "RAR"),
        (b"7z\xbc\xaf", "7-Zip"),
    ):
        if start.startswith(magic):
            return "other", name
    text = start.lstrip(_BOMS + b" \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")):
        return "html", "HTML"
    if text.startswith(b"<?xml") and b"<" in text[5:]:
        return "html", "XML"
    if material.suffix in _JSON or (material.suffix not in TEXT and text[:1] in (b"{", b"[")):
        return "json", "JSON"
    return "text", "CSV"


def _zipped(data: bytes) -> tuple[Kind, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            declared = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError):
        return "zip", "ZIP"
    if "xl/workbook.bin" in names:
        return "other", "XLSB"
    if "xl/workbook.xml" in names:
        return "workbook", "XLSX"
    if b"opendocument.spreadsheet" in declared:
        return "workbook", "ODS"
    if b"opendocument" in declared or names & {"word/document.xml", "ppt/presentation.xml"}:
        return "other", "document"
    return "zip", "ZIP"
