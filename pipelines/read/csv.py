"""Delimited text: which delimiter, where records end, and what is wrong with the quotes."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.read.grid import Grid

DELIMITERS = (",", ";", "\t", "|")
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
    separator, skip = _separator(text, delimiter, at)
    findings: list[Finding] = []
    # A cell may be longer than the csv module's 128 kB (a boundary as text); a quote left open is caught below.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    strict: list[list[str]] = []
    try:
        records = _records(text, separator, strict, True)
    except csv.Error:
        place = replace(at, source_row=len(strict) + 1)
        records = _records(text, separator, [], False)
        findings.append(Finding(rule="read-quote-stray", severity="warning", at=place))
    if records[-1] != [_END]:
        raise SourceError("read-quote-open", replace(at, source_row=len(records)))
    records.pop()
    while records and not records[-1]:
        records.pop()
    findings += _lone_returns(text, at)
    return Grid(rows=records[skip:], numbers=range(skip + 1, len(records) + 1)), tuple(findings)


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


def _separator(text: str, given: str | None, at: Place) -> tuple[str, int]:
    """The delimiter, and how many first records only name it (Excel's `sep=;`)."""
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


def _lone_returns(text: str, at: Place) -> Iterator[Finding]:
    """A carriage return alone ends a record (old Macintosh); beside other line ends it is likely a slip."""
    if text.count("\r") == text.count("\r\n") or "\n" not in text:
        return
    outside = chain.from_iterable(
        re.finditer(r"\r(?!\n)", part) for index, part in enumerate(text.split('"')) if index % 2 == 0
    )
    count = sum(1 for _ in outside)
    if count:
        yield Finding(rule="read-lone-return", severity="warning", at=at, values={"count": count})
