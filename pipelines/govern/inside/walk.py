"""A file, whatever it is, as the parts that the rooms beside find in it."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.govern.inside import (
    archive,
    columnar,
    databases,
    dbase,
    delimited,
    documents,
    markup,
    office,
    open_document,
    paper,
    workbook,
)
from pipelines.govern.inside.part import Part, Text, sound, unseen
from pipelines.read import archive as archives
from pipelines.read import source, text
from pipelines.read.ranges import Unsound
from pipelines.read.source import Material

HEAD = 8192
PICTURES = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\x00|MM\x00\*|RIFF....WEBP|\x00\x00\x01\x00", re.DOTALL)


def opened(path: Path, at: Place = Place(), name: str | None = None) -> tuple[str, Iterator[Part]]:  # noqa: B008
    """A file's `sha256:…` and its parts. `name`: what others call it, where it lies under another.

    Raises SourceError: `read-missing`, `scan-folder`, `read-denied`, `read-empty`, `read-nul`, `read-too-big`, and
    what the readers raise.
    """
    head, name = _head(path, at), name or path.name
    named = iter([Text(part="file-name", text=name, at=at)])
    looked = Material(name=name, data=head)
    sort, _ = source.kind(looked)
    if sort == "sqlite":
        return source.hashed(path, name, at), chain(named, sound(databases.parts(path, at), at))
    if sort == "text" and not PICTURES.match(head) and looked.suffix != ".dbf":
        try:
            digest, found = delimited.of_path(path, at)
            return digest, chain(named, found)
        except Unsound:
            pass  # small, or of an encoding that is read whole
    material, digest = source.loaded(name, path, at)
    return digest, chain(named, Walk().material(replace(material, name=name), at))


def _head(path: Path, at: Place) -> bytes:
    """The first bytes. Raises SourceError where there are none, or where they can be no file that we know."""
    try:
        if path.is_dir():
            raise SourceError("scan-folder", at, file=path.name)
        with path.open("rb") as file:
            head = file.read(HEAD)
    except FileNotFoundError:
        known = sorted(one.name for one in path.parent.iterdir())[:20] if path.parent.is_dir() else []
        raise SourceError("read-missing", at, file=path.name, known=known) from None
    except (OSError, ValueError) as error:
        wrong = error if isinstance(error, OSError) else OSError(str(error))
        raise source.unreadable(wrong, path.name, at) from error
    if not head.strip(source.NOTHING):
        if len(head) < HEAD:
            raise SourceError("read-empty", at, file=path.name)
        raise SourceError("read-nul", at, file=path.name)  # nothing for 8 kB: no table begins so
    return head


class Walk:
    """One file's way through its parts: archives within archives share what may be inflated."""

    def __init__(self) -> None:
        self.budget = archive.Budget()

    def material(self, material: Material, at: Place) -> Iterator[Part]:
        """The parts of some bytes. Raises SourceError for the file itself: a member that fails is a Finding."""
        try:
            yield from sound(self._parts(material, at), at)
        except SourceError as refused:
            if refused.kind == "read-zip-unsafe":
                yield Finding(rule="zip-bomb", at=at, values=refused.values)
            elif not self.budget.depth:
                raise
            else:
                why = {"read-password": "password", "read-format": "format"}.get(refused.kind, "broken")
                yield unseen("member", at, why)

    def _parts(self, material: Material, at: Place) -> Iterator[Part]:
        sort, name = source.kind(material)
        data = material.data
        if sort == "encrypted":
            raise SourceError("read-password", at, file=material.name)
        if sort == "workbook" or name == "XLSB":
            yield from workbook.parts(material, at)
        elif name == "document":
            archives.inspected(material, at)
            yield from _document(data, at)
        elif name == "PDF":
            yield from paper.parts(data, at)
        elif name == "gzip":
            yield from self._unzipped(material, at)
        elif sort == "zip":
            yield from archive.parts(material, at, self.budget, self.material)
        elif sort == "json":
            yield from documents.parts(material, at)
        elif sort == "parquet":
            yield from columnar.parts(material.path or data, at)
        elif sort == "sqlite":
            yield from databases.of_bytes(data, at)
        elif sort == "html":
            yield from _markup(data, at)
        elif material.suffix == ".dbf":
            yield from dbase.parts(data, at)
        elif PICTURES.match(data):
            if not self.budget.depth:
                raise SourceError("read-format", at, format=material.suffix.lstrip(".").upper() or "?")
            yield unseen("picture", at, "no-text")
        elif sort == "text":
            yield from delimited.of_material(material, at)
        else:
            raise SourceError("read-format", at, format=name)

    def _unzipped(self, material: Material, at: Place) -> Iterator[Part]:
        limit = min(self.budget.left, max(archives.SMALL, len(material.data) * archives.RATIO_LIMIT))
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(material.data)) as file:
                data = file.read(limit + 1)
        except (OSError, EOFError, zlib.error) as broken:
            raise SourceError("read-broken", at, file=material.name) from broken
        if len(data) > limit:
            raise SourceError("read-zip-unsafe", at, reason=f"> {limit} B")
        self.budget.left -= len(data)
        inner = Material(name=material.name.removesuffix(".gz"), data=data)
        if source.kind(inner)[1] == "gzip":
            raise SourceError("read-zip-unsafe", at, reason="gzip in gzip")
        yield from self.material(inner, at)


def _document(data: bytes, at: Place) -> Iterator[Part]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened_archive:
        members = {entry.filename: entry for entry in opened_archive.infolist()}
        try:
            if "content.xml" in members:
                yield from open_document.text(opened_archive, members, at)
            else:
                yield from office.parts(opened_archive, members, at)
        except (ValueError, LookupError, zipfile.BadZipFile) as broken:
            raise SourceError("read-broken", at) from broken


def _markup(data: bytes, at: Place) -> Iterator[Part]:
    """XML by its elements; HTML by its texts, comments and what its attributes say."""
    try:
        for found in markup.texts(data):
            yield Text(part="text", text=found.text, at=at)
        return
    except ValueError:
        pass
    written, _ = text.decoded(data, None, at)
    page = _Page()
    page.feed(written)
    page.close()
    for one in page.texts:
        yield Text(part="text", text=one, at=at)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.handle_data(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        for name, value in attrs:
            if name in ("value", "content", "title", "alt", "href", "placeholder"):
                self.handle_data(value or "")
