"""A CSV file as blocks of whole records: cut where a record ends, and proven unambiguous, or left to Python's csv.

A block is *clean* when every reader of CSV must agree on it: each quote opens a field at its very start or closes
it at its very end (doubled ones inside), and each carriage return stands before a line feed. Only clean blocks
are parsed by columns; the others are read by the `csv` module, with the dialect frictionless uses.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy

from pipelines.engine import limits

Places = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]
_NEWLINE = 10
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
    offset, size, window = 0, limits.FIRST_BLOCK, _Window(file)
    if form.encoding == "utf-8-sig":
        offset = window.skip(b"\xef\xbb\xbf")
    ended = False
    while not ended:
        ended = not window.more(size)
        cut, quotes = window.cut(form, ended)
        if not cut and not ended:
            if window.held > limits.LONGEST_RECORD:
                raise Unproven("quotes")
            size = max(size, window.held)
            continue
        data = window.take(cut)
        if not data:
            return
        block = Block(offset=offset, data=data, clean=_clean(data, quotes, form))
        if not block.clean:
            block, rest = _by_csv(block, window.take(window.held), file, form)
            window.put_back(rest)
        yield block
        offset = block.end
        size = min(size * 2, limits.LARGEST_BLOCK)
    if window.held:  # what Python's csv left at the end
        raise Unproven("csv")


class _Window:
    """The part of a file that is being cut: memory that is used again, since new pages cost as much as reading."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._room = bytearray()
        self._mask = numpy.empty(0, dtype=bool)
        self.held = 0

    def skip(self, mark: bytes) -> int:
        """Leaves out a mark that the file begins with; gives its length, 0 where there is none."""
        self.put_back(self._file.read(len(mark)))
        return len(self.take(self.held)) if self._room.startswith(mark) else 0

    def more(self, size: int) -> bool:
        """Reads so many bytes; False where there are no more than it could read."""
        self._make_room(self.held + size)
        with memoryview(self._room) as view:
            while size and (got := self._file.readinto(view[self.held : self.held + size])):  # type: ignore[attr-defined]
                self.held += got
                size -= got
        return not size

    def cut(self, form: Form, ended: bool) -> tuple[int, Places]:
        """Where the last whole record ends (0: nowhere), and the places of the quotes up to there."""
        quotes = numpy.zeros(0, dtype=numpy.int64)
        if form.quote and self._room.find(form.quote.encode(), 0, self.held) >= 0:
            content = numpy.frombuffer(self._room, dtype=numpy.uint8, count=self.held)
            quotes = numpy.flatnonzero(numpy.equal(content, ord(form.quote), out=self._mask[: self.held]))
        if ended:
            return self.held, quotes
        cut = self._room.rfind(b"\n", 0, self.held) + 1
        before = int(numpy.searchsorted(quotes, cut))
        while cut and before % 2:
            # the newline is inside quotes: back to the last one before they opened
            cut = self._room.rfind(b"\n", 0, int(quotes[before - 1])) + 1
            before = int(numpy.searchsorted(quotes, cut))
        return cut, quotes[:before]

    def take(self, cut: int) -> bytes:
        """The bytes up to a place; what follows moves to the front."""
        with memoryview(self._room) as view:
            data = bytes(view[:cut])
            view[: self.held - cut] = bytes(view[cut : self.held])
        self.held -= cut
        return data

    def put_back(self, data: bytes) -> None:
        """Bytes that come before whatever is read next, where nothing else is held."""
        self._make_room(len(data))
        self._room[: len(data)] = data
        self.held = len(data)

    def _make_room(self, size: int) -> None:
        if size > len(self._room):
            room = bytearray(size)
            room[: self.held] = self._room[: self.held]
            self._room, self._mask = room, numpy.empty(size, dtype=bool)


def _places(data: bytes, mark: str) -> Places:
    if not mark or mark.encode() not in data:
        return numpy.zeros(0, dtype=numpy.int64)
    return numpy.flatnonzero(numpy.frombuffer(data, dtype=numpy.uint8) == ord(mark))


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


def _by_csv(block: Block, rest: bytes, file: BinaryIO, form: Form) -> tuple[Block, bytes]:
    """A block that is not clean, with the rest of the record that for Python's csv is open at its end."""
    taken = [block.data]
    state = {"rest": rest, "fresh": True}

    def lines() -> Iterator[str]:
        yield from _lines(block.data)
        while not state["fresh"]:  # a record is open: it goes on in what follows
            line = _line(state, file)
            if not line:
                return
            taken.append(line)
            yield from _lines(line)

    def _lines(data: bytes) -> Iterator[str]:
        try:
            text = data.decode(form.codec)
        except UnicodeError as error:
            raise Unproven("encoding") from error
        for line in io.StringIO(text, newline=""):
            state["fresh"] = False
            yield line

    reader = csv.reader(lines(), dialect=form.dialect)
    while True:
        state["fresh"] = True
        try:
            next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise Unproven("csv") from error
    found = Block(offset=block.offset, data=b"".join(taken), clean=False)
    return found, state["rest"]  # type: ignore[return-value]


def rows_of(text: bytes, form: Form) -> list[list[str]]:
    """The records of a text in UTF-8, as frictionless reads them. Raises Unproven where it cannot."""
    try:
        return list(csv.reader(io.StringIO(text.decode("utf-8"), newline=""), dialect=form.dialect))
    except UnicodeError as error:
        raise Unproven("encoding") from error
    except csv.Error as error:
        raise Unproven("csv") from error


def _line(state: dict[str, object], file: BinaryIO) -> bytes:
    """The next line of the file, up to a line feed; nothing at its end."""
    rest: bytes = state["rest"]  # type: ignore[assignment]
    while (end := rest.find(b"\n") + 1) == 0:
        more = file.read(limits.FIRST_BLOCK)
        if not more:
            end = len(rest)
            break
        rest += more
        if len(rest) > limits.LONGEST_RECORD:
            raise Unproven("quotes")
    state["rest"] = rest[end:]
    return rest[:end]


def ends_of(text: bytes, form: Form, count: int) -> Places:
    """Where each of a clean text's `count` records ends, after its newline. The last may end without one."""
    ends = _places(text, "\n")
    if len(ends) != count - (not text.endswith(b"\n")):  # some of the newlines are inside quotes
        ends = ends[numpy.searchsorted(_places(text, form.quote), ends) % 2 == 0]
    return ends + 1 if text.endswith(b"\n") else numpy.append(ends + 1, len(text))


def some_of(text: bytes, form: Form, count: int, indices: Places) -> list[list[str]]:
    """Some of a clean text's `count` records, by their index."""
    ends = ends_of(text, form, count)
    starts = numpy.concatenate([numpy.zeros(1, dtype=numpy.int64), ends[:-1]])
    spans = zip(starts[indices].tolist(), ends[indices].tolist(), strict=True)
    return rows_of(b"".join(text[start:end] for start, end in spans), form)
