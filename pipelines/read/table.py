"""From rows of text to the table of text: labels made unique, ragged rows made even, and what was done said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
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
    head = heading(grid, wanted, at)
    body, numbers = list(grid.rows[head.body :]), list(grid.numbers[head.body :])
    form, findings = formed(head, [look(head, body)], numbers)
    table = frame(form.labels, form.columns(body), numbers)
    return table, (*findings, *no_rows(table, head.at))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heading:
    """The header of a grid, if it has one, and where the `body` below it begins (an index into the rows).

    `above`: the rows that are looked at to know it, which need not be all of them.
    """

    above: Grid
    header: headers.Header | None
    wanted: Wanted
    at: Place
    body: int

    @property
    def width(self) -> int:
        """The cells of its widest row."""
        rows = [] if self.header is None else self.above.rows[self.header.first : self.header.last + 1]
        return max(map(len, rows), default=0)

    def named(self, width: int) -> list[str]:
        """The labels of so many columns as written, blank where there is none."""
        return [""] * width if self.header is None else headers.labels(self.above, self.header, width)


def heading(grid: Grid, wanted: Wanted, at: Place) -> Heading:
    """The header, wanted or found. Raises SourceError `read-header-missing`, `read-empty`."""
    found = _header(grid, wanted, at)
    if found is None:
        return Heading(above=grid, header=None, wanted=wanted, at=at, body=0)
    at = replace(at, source_row=grid.numbers[found.last])
    return Heading(above=grid, header=found, wanted=wanted, at=at, body=found.last + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What some rows of a body say of the table: its width, rows that are short or long, columns that are used.

    Rows are numbered from 0. `tail`: the rows at the end without a cell. `short`: for each number of cells, how
    many rows have it, and the first of them. `filled` are the columns without a label that hold something.
    """

    rows: int
    tail: int
    width: int
    short: Mapping[int, tuple[int, tuple[int, ...]]]
    long: tuple[int, tuple[int, ...]]
    filled: frozenset[int]


def look(head: Heading, body: Sequence[Sequence[str]]) -> Look:
    """What some rows of the body under a header say of the table."""
    counts = Counter(map(len, body))
    width = max(counts, default=0)
    named = head.named(max(width, head.width))
    labelled = [index for index, label in enumerate(named) if not blank(label)]
    least = (max(labelled) + 1) if labelled else width
    places: dict[int, list[int]] = {length: [] for length in counts if 0 < length <= least}
    if not labelled or any(length < least for length in places):
        wanted = sum(min(SHOWN, counts[length]) for length in places)
        for number, row in enumerate(body):
            if len(row) in places and len(places[len(row)]) < SHOWN:
                places[len(row)].append(number)
                wanted -= 1
            if not wanted:
                break
    long = []
    if labelled and width > least:
        long = [number for number, row in enumerate(body) if any(not blank(cell) for cell in row[least:])]
    bare = sorted({*range(width)} - {*labelled})
    tail = next((number for number, row in enumerate(reversed(body)) if row), len(body))
    return Look(
        rows=len(body),
        tail=tail,
        width=width,
        short={length: (counts[length], tuple(shown)) for length, shown in places.items()},
        long=(len(long), tuple(long[:SHOWN])),
        filled=frozenset(
            index for index in bare if any(len(row) > index and not blank(row[index]) for row in body)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The table's columns: which cells of a row they are, of a row of so many cells, and their labels."""

    width: int
    kept: tuple[int, ...]
    labels: tuple[str, ...]

    def columns(self, body: Sequence[Sequence[str]]) -> list[Sequence[str]]:
        """The columns of some rows."""
        columns = _columns(body, self.width)
        return [columns[index] for index in self.kept]


def formed(head: Heading, looks: Sequence[Look], numbers: Sequence[int]) -> tuple[Form, list[Finding]]:
    """The table's columns, from what the slices of its body say, and what is amiss. `numbers`: the body's."""
    width = max((head.width, *(one.width for one in looks)))
    named = head.named(width)
    expected = max((index + 1 for index, label in enumerate(named) if not blank(label)), default=width)
    findings: list[Finding] = []
    if head.header is not None:
        findings += _said_of_header(head.above, head.header, named, head.wanted, head.at)
    findings += _ragged(looks, numbers, expected, head.at)
    filled = {index for one in looks for index in one.filled}
    kept = [index for index in range(width) if not blank(named[index]) or index in filled]
    left_out = [index for index in range(width) if index not in set(kept)]
    offset = head.above.offset
    if left_out:
        places = [offset + index + 1 for index in left_out]
        findings.append(_note("read-columns-blank", head.at, count=len(places), positions=places[:SHOWN]))
    labels, said = unique_labels(
        [named[index] for index in kept],
        head.at,
        [offset + index + 1 for index in kept],
        given=head.header is not None,
    )
    return Form(width=width, kept=tuple(kept), labels=tuple(labels)), [*findings, *said]


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


def no_rows(table: Sized, at: Place) -> tuple[Finding, ...]:
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


def _ragged(looks: Sequence[Look], numbers: Sequence[int], expected: int, at: Place) -> Iterable[Finding]:
    amiss: dict[str, list[int]] = {"read-rows-short": [], "read-rows-long": []}
    counts = dict.fromkeys(amiss, 0)
    start = 0
    for one in looks:
        below = [of_length for length, of_length in one.short.items() if length < expected]
        short = (sum(count for count, _ in below), sorted(place for _, places in below for place in places))
        for (name, rows), (count, shown) in zip(amiss.items(), (short, one.long), strict=True):
            counts[name] += count
            rows += [numbers[start + place] for place in shown[:SHOWN]]
        start += one.rows
    for name, rows in amiss.items():
        if rows:
            values = {"count": counts[name], "rows": rows[:SHOWN], "expected": expected}
            yield _warning(name, replace(at, source_row=rows[0]), **values)


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
