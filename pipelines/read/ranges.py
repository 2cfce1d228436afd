"""Delimited text by byte ranges: where it can be cut, and the proof that each range is whole records.

The first range begins where the records of the body begin. A range that begins where a record does, and at whose
end the csv reader is between two records, ends where the next one begins: so where every range is sound, their
records one after the other are those of the whole file. Where one is not, or ranges cannot answer a question,
`Unsound` is raised, and the file is read as one.
"""

from __future__ import annotations

import codecs
import csv as python_csv
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO

from metadata.address import is_remote
from metadata.errors import SetupError, SourceError
from metadata.finding import Finding, Place
from metadata.recipe import Source
from pipelines.read import csv, remote, source, table, text
from pipelines.read.grid import Grid

HEAD = 1 << 20
"""Bytes looked at first for the delimiter and the header; doubled up to `MOST` where they hold too few records."""
MOST = 64 << 20
HEAD_ROWS = 1_600
"""Records that tell the header (`headers.SAMPLED` of them) and what the first 500 below it hold."""
SAMPLE = 500
_ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "cp874": "cp874", "ascii": "ascii", "latin-1": "latin-1"}
_ENCODINGS |= {"cp1252": "cp1252"}
"""Encodings in which a newline is one byte that is nothing else; and how to read what follows the mark."""


class Unsound(Exception):  # noqa: N818 - whoever asked for ranges reads the file as one
    """The file cannot be read by ranges. `because` is a slug."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Some bytes of a file, and their CRC-32: they must be those hashed before. The first `skip` are no data."""

    where: str
    start: int
    stop: int
    crc: int
    skip: int = 0

    def text(self, encoding: str) -> str:
        """What they say. Raises Unsound."""
        with opened(self.where) as file:
            file.seek(self.start)
            data = file.read(self.stop - self.start)
        if zlib.crc32(data) != self.crc:
            raise Unsound("changed")
        try:
            return data[self.skip :].decode(encoding)
        except UnicodeDecodeError as error:
            raise Unsound("encoding") from error


@contextmanager
def opened(where: str) -> Iterator[IO[bytes]]:
    """The bytes of a local file, or of what a URL names. Raises Unsound."""
    unsound = None
    try:
        # a path as workers know it
        with remote.seekable(where, Place()) if is_remote(where) else open(where, "rb") as file:  # noqa: PTH123
            try:
                yield file
            except Unsound as one:
                unsound = one
    except (OSError, SourceError, SetupError) as error:
        raise Unsound("unreadable") from error
    if unsound is not None:
        raise unsound


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A file cut into ranges. `first` is the number of the body's first record; `encoding` is its name for people.

    `top` and `stray` are of the records above the body, `sample` are the body's first.
    """

    ranges: tuple[Range, ...]
    digest: str
    encoding: str
    separator: str
    head: table.Heading
    first: int
    top: csv.Returns
    stray: int | None
    sample: Sequence[Sequence[str]]

    @property
    def codec(self) -> str:
        """How a range is decoded."""
        return _ENCODINGS[self.encoding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one range says of the table, of its quotes and of its line ends."""

    look: table.Look
    stray: int | None
    returns: csv.Returns


def records(given: Range, encoding: str, separator: str) -> tuple[str, csv.Parsed]:
    """A range's text and records. Raises Unsound."""
    written = given.text(encoding)
    if "\x00" in written:
        raise Unsound("nul")
    parsed = csv.parse(written, separator)
    if not parsed.closed:
        raise Unsound("quotes")
    return written, parsed


def scan(given: Range, encoding: str, separator: str, head: table.Heading) -> Scan:
    """What a range says of the table. Raises Unsound."""
    written, parsed = records(given, encoding, separator)
    return Scan(look=table.look(head, parsed.records), stray=parsed.stray, returns=csv.returns(written))


def planned(where: str, name: str, asked: Source, at: Place, block: int) -> Plan:
    """Cuts a file of delimited text into ranges of about so many bytes. Raises Unsound."""
    with opened(where) as file:
        first = file.read(HEAD)
        if source.kind(source.Material(name=name, data=first)) != ("text", "CSV"):
            raise Unsound("format")
        walk = _walked(file, block)
        if len(walk.ends) == 1:
            raise Unsound("small")
        try:
            encoding = _encoding(file, first, walk.utf8, asked, at)
            return _planned(where, file, walk, encoding, asked, at)
        except SourceError as error:
            raise Unsound("head") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    size: int
    digest: str
    utf8: bool
    ends: tuple[int, ...]
    crcs: tuple[int, ...]


def _walked(file: IO[bytes], block: int) -> _Walk:
    """One walk over all bytes: their hash, whether they are UTF-8, and where they may be cut.

    That is after a newline before which the quotes are even: right in a file without stray quotes, proven later.
    """
    digest, crc, odd, size = hashlib.sha256(), 0, False, 0
    decoder, utf8 = codecs.getincrementaldecoder("utf-8")(), True
    ends: list[int] = []
    crcs: list[int] = []
    file.seek(0)
    while chunk := file.read(block):
        digest.update(chunk)
        try:
            decoder.decode(chunk) if utf8 else None
        except UnicodeDecodeError:
            utf8 = False
        cut = place = 0
        while size and not cut and (found := chunk.find(b"\n", place)) >= 0:
            odd ^= chunk.count(b'"', place, found) % 2 == 1
            place = found + 1
            cut = 0 if odd else place
        odd ^= chunk.count(b'"', place) % 2 == 1
        if cut:
            ends.append(size + cut)
            crcs.append(zlib.crc32(chunk[:cut], crc))
        crc = zlib.crc32(chunk[cut:], 0 if cut else crc)
        size += len(chunk)
    if not ends or ends[-1] < size:
        ends.append(size)
        crcs.append(crc)
    try:
        decoder.decode(b"", final=True) if utf8 else None
    except UnicodeDecodeError:
        utf8 = False
    return _Walk(size=size, digest=f"sha256:{digest.hexdigest()}", utf8=utf8, ends=tuple(ends), crcs=tuple(crcs))


def _encoding(file: IO[bytes], first: bytes, utf8: bool, asked: Source, at: Place) -> str:
    """The encoding's name, as `text.decoded` finds it. Raises Unsound, SourceError."""
    name = text.named(asked.encoding, first, at) if asked.encoding else text.marked(first)
    if name is None and utf8:
        name = "utf-8"
    if name is None:
        import numpy

        counts = numpy.zeros(256, dtype="int64")
        file.seek(0)
        while chunk := file.read(HEAD):
            counts += numpy.bincount(numpy.frombuffer(chunk, dtype="uint8"), minlength=256)
        name = "cp874" if text.thai(counts.tolist()) else None
    if name not in _ENCODINGS:
        raise Unsound("encoding")
    return name


def _planned(where: str, file: IO[bytes], walk: _Walk, encoding: str, asked: Source, at: Place) -> Plan:
    wanted = asked.header[1] if isinstance(asked.header, tuple) else asked.header
    needed = max(HEAD_ROWS, wanted + 2 * SAMPLE if isinstance(wanted, int) else 0)
    length = HEAD
    while True:
        file.seek(0)
        data = file.read(length)
        whole = len(data) >= walk.size
        try:
            written = codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
        except UnicodeDecodeError as error:
            raise Unsound("encoding") from error
        separator, skip = csv.found_separator(written, asked.delimiter, at)
        mark = len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0
        rows, ends = _top(written, separator, _ENCODINGS[encoding], mark, needed, whole)
        if whole or len(rows) >= needed:
            break
        length *= 2
        if length > MOST:
            raise Unsound("head")
    grid = Grid(rows=rows[skip:], numbers=range(skip + 1, len(rows) + 1))
    head = table.heading(grid, asked.header, at)
    above = skip + head.body
    begins = ends[above - 1] if above else mark
    top = written[: len(data[mark:begins].decode(_ENCODINGS[encoding]))]
    if "\x00" in top:
        raise Unsound("nul")
    trimmed = Grid(rows=rows[skip:above], numbers=range(skip + 1, above + 1))
    return Plan(
        ranges=_ranges(where, file, walk, begins),
        digest=walk.digest,
        encoding=encoding,
        separator=separator,
        head=replace(head, above=trimmed),
        first=above + 1,
        top=csv.returns(top),
        stray=csv.parse(top, separator).stray,
        sample=rows[above : above + SAMPLE],
    )


def _top(
    written: str, separator: str, encoding: str, mark: int, needed: int, whole: bool
) -> tuple[list[list[str]], list[int]]:
    """The first records and the bytes up to the end of each. An unfinished last one is left out."""
    place = mark

    def lines() -> Iterator[str]:
        nonlocal place
        for line in io.StringIO(written, newline=""):
            place += len(line.encode(encoding))
            yield line

    rows: list[list[str]] = []
    ends: list[int] = []
    for record in python_csv.reader(lines(), delimiter=separator):
        rows.append(record)
        ends.append(place)
        if len(rows) > needed:
            break
    else:
        if not whole:
            rows, ends = rows[:-1], ends[:-1]
    return rows, ends


def _ranges(where: str, file: IO[bytes], walk: _Walk, begins: int) -> tuple[Range, ...]:
    """The ranges from where the body begins; the first is read, and proven, from the file's beginning."""
    first = next((number for number, end in enumerate(walk.ends) if end > begins), len(walk.ends) - 1)
    crc = walk.crcs[0]
    if first:
        file.seek(0)
        crc = zlib.crc32(file.read(walk.ends[first]))
    made = [Range(where=where, start=0, stop=walk.ends[first], crc=crc, skip=begins)]
    for number in range(first + 1, len(walk.ends)):
        start, stop = walk.ends[number - 1 : number + 1]
        made.append(Range(where=where, start=start, stop=stop, crc=walk.crcs[number]))
    return tuple(made)


def settled(plan: Plan, scans: Sequence[Scan], at: Place) -> tuple[table.Form, list[int], tuple[Finding, ...]]:
    """The table's columns, how many records of each range are its rows, and what is amiss. Raises Unsound."""
    heights = [one.look.rows for one in scans]
    for number in range(len(scans) - 1, -1, -1):
        heights[number] -= scans[number].look.tail
        if heights[number]:
            break
    if not sum(heights):
        raise Unsound("no-rows")
    stray, before = plan.stray, plan.first - 1
    for one in scans:
        if stray is None and one.stray is not None:
            stray = before + one.stray
        before += one.look.rows
    looks = [one.look for one in scans]
    form, findings = table.formed(plan.head, looks, range(plan.first, before + 1))
    quotes = csv.said_of_stray(stray, at)
    returns = csv.said_of_returns((plan.top, *(one.returns for one in scans)), at)
    return form, heights, (*quotes, *returns, *findings)
