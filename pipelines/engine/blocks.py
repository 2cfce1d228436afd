"""A CSV file as blocks of whole records: cut where a record ends, and proven unambiguous, or left to Python's csv.

A block is *clean* when every reader of CSV must agree on it: each quote opens a field at its very start or closes
it at its very end (doubled ones inside), and each carriage return stands before a line feed. Only clean blocks
are parsed by columns; the others are read by the `csv` module, with the dialect frictionless uses.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy

from pipelines.engine import limits

Places = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]
_NEWLINE = 10
_EDGE = 1 << 16
"""Bytes at the end of a block in which the end of a line is looked for before the block is read."""
_SINGLE_BYTE = ("cp874", "tis-620", "ascii", "koi8-r", "koi8-u", "mac-roman")
_UTF8 = ("utf-8", "utf-8-sig")


class Unproven(Exception):  # noqa: N818 - never leaves the engine
    """The sift can prove nothing here: frictionless itself must read. `because` is one of the reasons of Way."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the text of a file is written: what `csv.reader` takes, and the encoding by the name of Python's codec.

    `translates`: frictionless reads the text with newlines translated (all formats but `csv`).
    """

    delimiter: str
    quote: str
    escape: str | None
    double_quote: bool
    skip_initial_space: bool
    encoding: str
    translates: bool = False

    @property
    def codec(self) -> str:
        """How what follows the byte order mark is decoded."""
        return "utf-8" if self.encoding == "utf-8-sig" else self.encoding

    @property
    def dialect(self) -> type[csv.Dialect]:
        """The dialect as `csv.reader` takes it."""
        members = {
            "delimiter": self.delimiter,
            "quotechar": self.quote or None,
            "escapechar": self.escape,
            "doublequote": self.double_quote,
            "skipinitialspace": self.skip_initial_space,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "lineterminator": "\n",
            "strict": False,
        }
        return type("Dialect", (csv.Dialect,), members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Whole records: `data` as in the file from `offset`. Every reader of CSV agrees on a `clean` block."""

    offset: int
    data: bytes
    clean: bool

    @property
    def end(self) -> int:
        """The offset after the block."""
        return self.offset + len(self.data)


def readable(form: Form) -> str | None:
    """Why blocks of this form cannot be cut from bytes; None where they can."""
    if form.encoding not in _UTF8 + _SINGLE_BYTE and not form.encoding.startswith(("iso8859-", "cp125")):
        return "encoding"
    marks = [form.delimiter, form.quote] if form.quote else [form.delimiter]
    if any(len(mark) != 1 or not 0 < ord(mark) < 128 or mark in "\r\n" for mark in marks):
        return "dialect"
    if form.escape or not form.double_quote or len(set(marks)) != len(marks) or form.delimiter == " ":
        return "dialect"
    return None


def text_of(data: bytes, form: Form) -> bytes:
    """A block's bytes as UTF-8. Raises Unproven where they are not in the file's encoding."""
    if form.encoding in _UTF8:
        return data
    try:
        return data.decode(form.encoding).encode("utf-8")
    except UnicodeError as error:
        raise Unproven("encoding") from error


def blocks(file: BinaryIO, form: Form) -> Iterator[Block]:
    """Cuts a file, from its beginning, into blocks that grow from FIRST_BLOCK to LARGEST_BLOCK bytes.

    Raises Unproven where a record does not end within LONGEST_RECORD bytes.
    """
    offset, size, quotes_of = 0, limits.FIRST_BLOCK, _Finder(form.quote)
    if form.encoding == "utf-8-sig" and file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8:
        offset = len(codecs.BOM_UTF8)
    while True:
        data, ended = _read(file, offset, size)
        if not data:
            return
        quotes = quotes_of(data)
        cut = len(data) if ended else _cut(data, quotes)
        if not cut:
            if len(data) > limits.LONGEST_RECORD:
                raise Unproven("quotes")
            size *= 2
            continue
        if cut < len(data):
            data, quotes = data[:cut], quotes[: int(numpy.searchsorted(quotes, cut))]
        block = Block(offset=offset, data=data, clean=_clean(data, quotes, form))
        if not block.clean:
            block = _by_csv(block, file, form)
        yield block
        offset = block.end
        size = min(size * 2, limits.LARGEST_BLOCK)


def _read(file: BinaryIO, offset: int, size: int) -> tuple[bytes, bool]:
    """About so many bytes, and whether the file ends there. They end with a line if they can: cutting copies."""
    end = offset + size
    if size > _EDGE:
        file.seek(end - _EDGE)
        edge = file.read(_EDGE)
        if len(edge) == _EDGE and (line := edge.rfind(b"\n") + 1):
            end -= _EDGE - line
    file.seek(offset)
    data = file.read(end - offset)
    return data, len(data) < end - offset


def _cut(data: bytes, quotes: Places) -> int:
    """Where the last whole record ends (0: nowhere)."""
    cut = data.rfind(b"\n") + 1
    before = int(numpy.searchsorted(quotes, cut))
    while cut and before % 2:
        # the newline is inside quotes: back to the last one before they opened
        cut = data.rfind(b"\n", 0, int(quotes[before - 1])) + 1
        before = int(numpy.searchsorted(quotes, cut))
    return cut


class _Finder:
    """Where a mark stands, in one text after another: in memory that is used again, since new pages cost time."""

    def __init__(self, mark: str) -> None:
        self._mark = mark.encode()
        self._mask = numpy.empty(0, dtype=bool)

    def __call__(self, data: bytes) -> Places:
        if not self._mark or self._mark not in data:
            return numpy.zeros(0, dtype=numpy.int64)
        if len(data) > len(self._mask):
            self._mask = numpy.empty(len(data), dtype=bool)
        content = numpy.frombuffer(data, dtype=numpy.uint8)
        return numpy.flatnonzero(numpy.equal(content, ord(self._mark), out=self._mask[: len(data)]))


def proven(data: bytes, form: Form) -> bool:
    """Whether every reader of CSV agrees on a text of whole records (see above)."""
    return _clean(data, _Finder(form.quote)(data), form)


def _clean(data: bytes, quotes: Places, form: Form) -> bool:
    if b"\r" in data:
        if form.translates:
            raise Unproven("newlines")
        if data.count(b"\r") != data.count(b"\r\n"):
            return False
    if not len(quotes):
        return True
    if len(quotes) % 2:
        return False
    content = numpy.frombuffer(data, dtype=numpy.uint8)
    opens, closes = quotes[0::2], quotes[1::2]
    quote, delimiter = ord(form.quote), ord(form.delimiter)
    first = opens[1:] if opens[0] == 0 else opens
    before = content[first - 1]
    last = closes[:-1] if closes[-1] == len(data) - 1 else closes
    after = content[last + 1]
    return bool(
        ((before == delimiter) | (before == _NEWLINE) | (before == quote)).all()
        and ((after == delimiter) | (after == _NEWLINE) | (after == 13) | (after == quote)).all()
    )


def _by_csv(block: Block, file: BinaryIO, form: Form) -> Block:
    """A block that is not clean, with the rest of the record that for Python's csv is open at its end."""
    taken = [block.data]
    fresh = True

    def lines() -> Iterator[str]:
        nonlocal fresh
        data = block.data
        while data:
            for line in io.StringIO(_decoded(data, form), newline=""):
                fresh = False
                yield line
            if fresh:
                return
            data = file.readline(limits.LONGEST_RECORD)  # a record is open: it goes on in what follows
            if len(data) == limits.LONGEST_RECORD:
                raise Unproven("quotes")
            taken.append(data)

    file.seek(block.end)
    reader = csv.reader(lines(), dialect=form.dialect)
    while True:
        fresh = True
        try:
            next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise Unproven("csv") from error
    return Block(offset=block.offset, data=b"".join(taken), clean=False)


def _decoded(data: bytes, form: Form) -> str:
    try:
        return data.decode(form.codec)
    except UnicodeError as error:
        raise Unproven("encoding") from error


def rows_of(text: bytes, form: Form) -> list[list[str]]:
    """The records of a text in UTF-8, as frictionless reads them. Raises Unproven where it cannot."""
    try:
        return list(csv.reader(io.StringIO(text.decode("utf-8"), newline=""), dialect=form.dialect))
    except UnicodeError as error:
        raise Unproven("encoding") from error
    except csv.Error as error:
        raise Unproven("csv") from error


def ends_of(text: bytes, form: Form, count: int) -> Places:
    """Where each of a clean text's `count` records ends, after its newline. The last may end without one."""
    ends = _Finder("\n")(text)
    if len(ends) != count - (not text.endswith(b"\n")):  # some of the newlines are inside quotes
        ends = ends[numpy.searchsorted(_Finder(form.quote)(text), ends) % 2 == 0]
    return ends + 1 if text.endswith(b"\n") else numpy.append(ends + 1, len(text))


def some_of(text: bytes, form: Form, count: int, indices: Places) -> list[list[str]]:
    """Some of a clean text's `count` records, by their index."""
    ends = ends_of(text, form, count)
    starts = numpy.concatenate([numpy.zeros(1, dtype=numpy.int64), ends[:-1]])
    spans = zip(starts[indices].tolist(), ends[indices].tolist(), strict=True)
    return rows_of(b"".join(text[start:end] for start, end in spans), form)
