"""Delimited text: which delimiter, where records end, and what is wrong with the quotes."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.read.grid import Grid

DELIMITERS = (",", ";", "\t", "|")
LIMIT = min(sys.maxsize, 2**31 - 1)
"""Characters of a cell: the csv module's own 128 kB are less than a boundary as text may have."""
SAMPLE = 200_000
"""Characters looked at to find the delimiter."""
_END = "\ufdd0end\ufdd0"
"""A last line of our own (U+FDD0 is never text): where it is not a record of its own, a quote was left open."""


def grid(text: str, delimiter: str | None, at: Place) -> tuple[Grid, tuple[Finding, ...]]:
    """The records, numbered from 1. Lines at the end with nothing in them are no records.

    Raises SourceError `read-nul`, `read-quote-open`, `read-delimiter`.
    """
    nul = text.find("\x00")
    if nul >= 0:
        raise SourceError("read-nul", replace(at, source_row=text.count("\n", 0, nul) + 1))
    separator, skip = found_separator(text, delimiter, at)
    parsed = parse(text, separator)
    if not parsed.closed:
        raise SourceError("read-quote-open", replace(at, source_row=len(parsed.records)))
    records = parsed.records
    while records and not records[-1]:
        records.pop()
    findings = (*said_of_stray(parsed.stray, at), *said_of_returns((returns(text),), at))
    return Grid(rows=records[skip:], numbers=range(skip + 1, len(records) + 1)), findings


class Parsed(NamedTuple):
    """The records of a text. `stray`: how many come before the first quote that does not belong, if there is one.

    Where a quote was left open (not `closed`), the last record runs to the end of the text and beyond.
    """

    records: list[list[str]]
    stray: int | None
    closed: bool


def parse(text: str, separator: str) -> Parsed:
    """The records of a text that begins where a record does, and ends where one ends unless it is not `closed`."""
    csv.field_size_limit(LIMIT)
    strict: list[list[str]] = []
    stray = None
    try:
        records = _records(text, separator, strict, True)
    except csv.Error:
        stray = len(strict)
        records = _records(text, separator, [], False)
    closed = records[-1] == [_END]
    if closed:
        records.pop()
    return Parsed(records, stray, closed)


def said_of_stray(stray: int | None, at: Place) -> tuple[Finding, ...]:
    """A warning at the record with the first stray quote."""
    if stray is None:
        return ()
    return (Finding(rule="read-quote-stray", severity="warning", at=replace(at, source_row=stray + 1)),)


def _records(text: str, separator: str, into: list[list[str]], strict: bool) -> list[list[str]]:
    lines: Iterator[str] = io.StringIO(text, newline="")
    tail = () if text.endswith(("\n", "\r")) or not text else ("\n",)
    for record in csv.reader(_lines(lines, tail), delimiter=separator, strict=strict):
        into.append(record)
    return into


def _lines(lines: Iterator[str], tail: tuple[str, ...]) -> Iterator[str]:
    last = ""
    for line in lines:
        if last:
            yield last
        last = line
    yield last + "".join(tail)
    yield _END


def found_separator(text: str, given: str | None, at: Place) -> tuple[str, int]:
    """The delimiter, and how many first records only name it (Excel's `sep=;`)."""
    csv.field_size_limit(LIMIT)
    names = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
    named = re.match(r"sep=(.)\r?\n", text)
    if given is not None:
        separator = names.get(given.lower(), given)
        if len(separator) != 1 or separator in '"\r\n':
            raise SourceError("read-delimiter", at, delimiter=given)
        return separator, 1 if named else 0
    if named:
        return named[1], 1
    return found_delimiter(text), 0


def found_delimiter(text: str) -> str:
    """The delimiter that cuts most of the first records into the same number of cells, at least two."""
    sample = text[:SAMPLE]
    best, delimiter = (0.0, 0), ","
    for candidate in DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            reader = csv.reader(io.StringIO(sample, newline=""), delimiter=candidate)
            records = [len(record) for record in reader if record]
        except csv.Error:
            continue
        widths.update(records[:-1] if len(text) > SAMPLE and len(records) > 1 else records)
        usual = max((width for width in widths if width > 1), key=lambda width: (widths[width], width), default=0)
        score = (round(widths[usual] / max(1, widths.total()), 2), usual)
        if usual and score > best:
            best, delimiter = score, candidate
    return delimiter


class Returns(NamedTuple):
    """The lone carriage returns of a text: between its quotes, counted from 0, and inside them."""

    outside: int
    inside: int
    newlines: bool
    odd: bool
    """Whether it has an odd number of quotes."""


def returns(text: str) -> Returns:
    """The carriage returns of a text, which does not end between the two characters of a line's end."""
    lone = [0, 0]
    if text.count("\r") != text.count("\r\n"):
        for index, part in enumerate(text.split('"')):
            lone[index % 2] += len(re.findall(r"\r(?!\n)", part))
    return Returns(lone[0], lone[1], "\n" in text, text.count('"') % 2 == 1)


def said_of_returns(parts: Iterable[Returns], at: Place) -> tuple[Finding, ...]:
    """A carriage return alone ends a record (old Macintosh); beside other line ends it is likely a slip.

    `parts`: those of the pieces of a text, in their order.
    """
    count, newlines, odd = 0, False, False
    for part in parts:
        count += part.inside if odd else part.outside
        newlines |= part.newlines
        odd ^= part.odd
    if not count or not newlines:
        return ()
    return (Finding(rule="read-lone-return", severity="warning", at=at, values={"count": count}),)
