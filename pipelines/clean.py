"""The cleaning engine: binds a recipe to steps before a row is read, then runs them, nothing silent.

A table is a sequence of slices, most often of one. Each step runs on slice after slice (`pipelines.stepping`),
wherever the bench has them; a step that must know a whole column first gets its survey, one that needs the whole
table gets the slices joined. What many slices give is what one gives, line for line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metadata.errors import SetupError
from metadata.finding import Finding, Place
from pipelines.bench import Bench, Failed, Held, Here
from pipelines.bound import Bound, BoundCourse, bind

if TYPE_CHECKING:
    import pandas
    import polars

    from pipelines.ledger import Ledger
    from pipelines.stepping import Raw, Slice

__all__ = ["Bound", "BoundCourse", "Cleaned", "Swept", "bind", "clean", "sweep"]

STRUCTURAL = ("step-column", "step-column-taken")
"""What is wrong with a table's columns is wrong with every slice; anything else may be one slice's own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cleaned:
    """What the steps made of one table.

    `table`: text cells, `""` empty, indexed by origin (a source row, or a tuple of them), in published order.
    `ledger`: the contract's columns, `seq` from 1 within this resource. `rows`: resource, row (first record
    2), source_row. `changes`: step → ledger lines, `{"4 thai-date": 12}`, a step that changed nothing with 0.
    """

    table: pandas.DataFrame
    ledger: polars.DataFrame
    rows: polars.DataFrame
    findings: tuple[Finding, ...]
    changes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Swept:
    """The same where the table stays on the bench: `slices` hold it in published order, `heights` their rows.

    `gathered` are the labels of steps for which the slices were joined.
    """

    slices: Sequence[Held]
    heights: tuple[int, ...]
    labels: tuple[str, ...]
    ledger: polars.DataFrame
    rows: polars.DataFrame
    findings: tuple[Finding, ...]
    changes: Mapping[str, int]
    gathered: tuple[str, ...]

    @property
    def height(self) -> int:
        """Rows of the table."""
        return sum(self.heights)


def clean(course: BoundCourse, table: pandas.DataFrame, *, sheet: str | None = None, at: Place) -> Cleaned:
    """Runs a resource's steps on the table that was read.

    `table`: text cells (`""` empty), unique text labels, an index of unique whole numbers (`source_row`).
    `at` names dataset and resource. Raises SetupError `step-column` (a column that is not there),
    `step-column-taken`, `step-failed` (a step raised) and `step-result-…` (a step broke its contract).
    """
    from pipelines.lineage import Work
    from pipelines.stepping import Slice, frame

    slices = [Slice(Work.of(table))]
    swept = sweep(course, slices, tuple(map(str, table.columns)), Here(), sheet=sheet, at=at)
    return Cleaned(
        table=frame(swept.slices[0]),
        ledger=swept.ledger,
        rows=swept.rows,
        findings=swept.findings,
        changes=swept.changes,
    )


def sweep(
    course: BoundCourse,
    slices: Sequence[Slice | Raw],
    order: tuple[str, ...],
    bench: Bench,
    *,
    sheet: str | None = None,
    at: Place,
) -> Swept:
    """Runs a resource's steps on the slices of a table, of which there is at least one. `order`: labels as read.

    Raises what `clean` raises, and what reading a slice raises. Where a step fails on a slice, or leaves other
    columns on one slice than on another, the steps are run again on the table as one.
    """
    from pipelines.ledger import Uneven

    try:
        return _sweep(course, slices, order, bench, sheet, at)
    except Uneven:
        pass
    whole = _joined(bench.each(_begun, slices, course=course, at=at), bench)
    return _sweep(
        course, [whole], order, bench, sheet, at, gathered=tuple(step.step.label for step in course.steps)
    )


def _begun(given: Slice | Raw, course: BoundCourse, at: Place) -> Slice:
    from pipelines.stepping import advance

    return advance(given, course, 0, 0, at)


def _joined(held: Sequence[Held], bench: Bench) -> Held:
    from pipelines import stepping

    return bench.one(stepping.joined, held)


def _sweep(
    course: BoundCourse,
    given: Sequence[Held],
    order: tuple[str, ...],
    bench: Bench,
    sheet: str | None,
    at: Place,
    gathered: tuple[str, ...] = (),
) -> Swept:
    from pipelines import doubts, stepping
    from pipelines.ledger import book

    ledgers: list[Ledger] = []
    held, surveyed = list(given), None
    for start, stop in _rounds(course) if len(held) > 1 else [(0, len(course.steps))]:
        whole = len(held) > 1 and any(step.spec.whole for step in course.steps[start:stop])
        if whole:
            gathered = (*gathered, course.steps[start].step.label)
            ledgers += _all(bench, bench.each(stepping.ledger_of, held))
            many, held = len(held), [_joined(held, bench)]
        elif start < stop and course.steps[start].spec.survey and len(held) > 1:
            counts = bench.each(stepping.counted, held, course=course, number=start, at=at)
            # else the failure of one slice would come back as the failure of each
            _all(bench, bench.each(stepping.columns_of, counts))
            surveyed = bench.one(stepping.surveyed, counts, course=course, number=start, at=at)
        held = bench.each(stepping.advance, held, course=course, start=start, stop=stop, at=at, survey=surveyed)
        surveyed = None
        if whole and _all(bench, bench.each(stepping.separable, held)) == [True]:
            ledgers += _all(bench, bench.each(stepping.ledger_of, held))
            held = [bench.one(stepping.part, held, number=number, of=many) for number in range(many)]
    ledgers += _all(bench, bench.each(stepping.ledger_of, held))
    told = _all(bench, bench.each(stepping.told, held))
    steps = {step.step.number: step.step.label for step in course.steps}
    lines, changes = book(ledgers, order, steps, at.resource, sheet)
    heights = tuple(one.height for one in told)
    return Swept(
        slices=held,
        heights=heights,
        labels=told[0].labels,
        ledger=lines,
        rows=_rows([one.rows for one in told], heights, at.resource),
        findings=doubts.findings([one.left for one in told], heights, sheet, at),
        changes=changes,
        gathered=gathered,
    )


def _all(bench: Bench, held: Sequence[Held]) -> list[Any]:
    """What is held, all of it. Raises what all slices agree is wrong with the columns, else Uneven."""
    from pipelines.ledger import Uneven

    found = list(bench.fetch(held))
    errors: list[Any] = [one.error for one in found if isinstance(one, Failed)]
    if not errors:
        return found
    for error in errors:
        if not isinstance(error, SetupError):
            raise error
    agreed = len(errors) == len(found) and len(set(map(str, errors))) == 1
    if len(held) > 1 and not (agreed and errors[0].kind in STRUCTURAL):
        raise Uneven
    raise errors[0]


def _rounds(course: BoundCourse) -> Iterator[tuple[int, int]]:
    """Which steps run one after the other on a slice: up to one that needs a survey, or the table."""
    start = 0
    for number, bound in enumerate(course.steps):
        if bound.spec.survey or bound.spec.whole:
            yield start, number
            start = number
            if bound.spec.whole:
                yield number, number + 1
                start = number + 1
    yield start, len(course.steps)


def _rows(parts: Sequence[polars.DataFrame], heights: Sequence[int], resource: str | None) -> polars.DataFrame:
    import polars

    from pipelines.ledger import ROWS

    shifted, start = [], 2
    for part, height in zip(parts, heights, strict=True):
        shifted.append(part.with_columns(polars.col("row") + start))
        start += height
    named = polars.concat(shifted).with_columns(polars.lit(resource, dtype=polars.String).alias("resource"))
    return named.select(*ROWS)
