"""From rows of text to the table of text: labels made unique, ragged rows made even, and what was done said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from metadata.errors import SourceError
from metadata.finding import Finding, Place, Severity
from pipelines.read import header as headers
from pipelines.read.grid import Grid, blank

if TYPE_CHECKING:
    import pandas as pd

Wanted = Literal["auto", "none"] | int | tuple[int, int]
SHOWN = 5
"""Places named in one finding."""
_NOTHING = "\ufeff \t\r\n\v\f\xa0\u200b"


def from_grid(grid: Grid, wanted: Wanted, at: Place) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The table under the header, wanted or found. Raises SourceError `read-header-missing`, `read-empty`."""
    findings: list[Finding] = []
    found = _header(grid, wanted, at)
    if found is None:
        body, numbers = list(grid.rows), list(grid.numbers)
        width = max((len(row) for row in body), default=0)
        named = [""] * width
    else:
        body, numbers = list(grid.rows[found.last + 1 :]), list(grid.numbers[found.last + 1 :])
        width = max(len(row) for row in grid.rows[found.first :])
        named = headers.labels(grid, found, width)
        at = replace(at, source_row=grid.numbers[found.last])
        findings += _said_of_header(grid, found, named, wanted, at)
    expected = max((index + 1 for index, label in enumerate(named) if not blank(label)), default=width)
    findings += _ragged(body, numbers, expected, at)
    columns = _columns(body, width)
    kept = [
        index
        for index in range(width)
        if not blank(named[index]) or any(not blank(cell) for cell in columns[index])
    ]
    left_out = [index for index in range(width) if index not in set(kept)]
    if left_out:
        places = [grid.offset + index + 1 for index in left_out]
        findings.append(_note("read-columns-blank", at, count=len(places), positions=places[:SHOWN]))
    labels, said = unique_labels(
        [named[index] for index in kept], at, [grid.offset + index + 1 for index in kept], given=found is not None
    )
    findings += said
    table = frame(labels, [columns[index] for index in kept], numbers)
    return table, (*findings, *no_rows(table, at))


def frame(labels: Sequence[str], columns: Sequence[Sequence[str]], numbers: Sequence[int]) -> pd.DataFrame:
    """The DataFrame: `str` columns, index `source_row`."""
    import pandas as pd

    index = pd.Index(list(numbers), name="source_row", dtype="int64")
    data = {
        label: pd.Series(cells, index=index, dtype="str") for label, cells in zip(labels, columns, strict=True)
    }
    return pd.DataFrame(data, index=index, columns=list(labels))


def from_records(
    labels: Sequence[str], rows: Sequence[Sequence[str]], at: Place
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The table of records that have labels already; rows are numbered from 1."""
    named, said = unique_labels(labels, at, range(1, len(labels) + 1))
    table = frame(named, _columns(rows, len(named)), range(1, len(rows) + 1))
    return table, (*said, *no_rows(table, at))


def no_rows(table: pd.DataFrame, at: Place) -> tuple[Finding, ...]:
    """A table without rows is read, and stops the release."""
    return () if len(table) else (Finding(rule="read-no-rows", at=at),)


def unique_labels(
    written: Sequence[str], at: Place, positions: Sequence[int], given: bool = True
) -> tuple[list[str], list[Finding]]:
    """Labels stripped, blanks named `column_N` (N = position), repeats numbered `_2`, `_3`; and what was done.

    `given` is False where the source has no header, so that nothing is amiss with it.
    """
    trimmed, unnamed, repeated = [], [], []
    taken: set[str] = set()
    labels = []
    stripped = [" ".join(label.splitlines()).strip(_NOTHING) for label in written]
    reserved = set(stripped)
    for label, as_written, position in zip(stripped, written, positions, strict=True):
        name = label or f"column_{position}"
        if not label:
            unnamed.append(name)
        elif label != as_written:
            trimmed.append(label)
        number = 2
        while name in taken or (name != label and name in reserved):
            name = f"{label or f'column_{position}'}_{number}"
            number += 1
        if number > 2 and label:
            repeated.append(name)
        taken.add(name)
        labels.append(name)
    findings = []
    if trimmed:
        findings.append(_note("read-labels-trimmed", at, count=len(trimmed), columns=trimmed[:SHOWN]))
    if unnamed and given:
        findings.append(_warning("read-labels-blank", at, count=len(unnamed), columns=unnamed[:SHOWN]))
    if repeated:
        findings.append(_warning("read-labels-repeated", at, count=len(repeated), columns=repeated[:SHOWN]))
    return labels, findings


def _header(grid: Grid, wanted: Wanted, at: Place) -> headers.Header | None:
    if wanted == "none":
        return None
    if wanted == "auto":
        found = headers.find(grid)
        if found is None:
            raise SourceError("read-empty", at)
        return found
    first, last = wanted if isinstance(wanted, tuple) else (wanted, wanted)
    try:
        header = headers.Header(list(grid.numbers).index(first), list(grid.numbers).index(last))
    except ValueError:
        header = headers.Header(1, 0)
    if header.first > header.last:
        known = f"{grid.numbers[0]}-{grid.numbers[-1]}" if len(grid.numbers) else "-"
        raise SourceError("read-header-missing", at, header=f"{first}-{last}", known=known)
    return header


def _said_of_header(
    grid: Grid, header: headers.Header, labels: Sequence[str], wanted: Wanted, at: Place
) -> Iterable[Finding]:
    skipped = [row for row in grid.rows[: header.first] if any(not blank(cell) for cell in row)]
    if wanted == "auto" and skipped:
        several = any(sum(not blank(cell) for cell in row) > 1 for row in skipped)
        yield _finding(
            "read-header-found", "warning" if several else "note", at, skipped=len(skipped), header=at.source_row
        )
    if headers.looks_like_data(labels):
        yield _warning("read-header-doubtful", at)


def _ragged(body: list[Sequence[str]], numbers: list[int], expected: int, at: Place) -> Iterable[Finding]:
    widths = set(map(len, body))
    short = (
        [number for row, number in zip(body, numbers, strict=True) if 0 < len(row) < expected]
        if any(0 < width < expected for width in widths)
        else []
    )
    if short:
        place = replace(at, source_row=short[0])
        yield _warning("read-rows-short", place, count=len(short), rows=short[:SHOWN], expected=expected)
    if any(width > expected for width in widths):
        long = [
            number
            for row, number in zip(body, numbers, strict=True)
            if any(not blank(cell) for cell in row[expected:])
        ]
        if long:
            place = replace(at, source_row=long[0])
            yield _warning("read-rows-long", place, count=len(long), rows=long[:SHOWN], expected=expected)


def _columns(body: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    if not body:
        return [()] * width
    even = (row if len(row) == width else [*row, *[""] * (width - len(row))] for row in body)
    return list(zip(*even, strict=True)) if width else []


def _finding(rule: str, severity: Severity, at: Place, **values: Any) -> Finding:
    return Finding(rule=rule, severity=severity, at=at, values=values)


def _note(rule: str, at: Place, **values: Any) -> Finding:
    return _finding(rule, "note", at, **values)


def _warning(rule: str, at: Place, **values: Any) -> Finding:
    return _finding(rule, "warning", at, **values)
