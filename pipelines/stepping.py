"""A slice of a table on its way through a recipe's steps. The whole table is one slice, or there are many.

Value steps see each distinct text of a column once; table steps see a pandas frame and are held to account by
`pipelines.account`. What only the whole column or the whole table can tell is brought together by
`pipelines.clean`; everything else is here, and knows of no other slice.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy
import pandas
import polars

from metadata.errors import SetupError
from metadata.finding import Place
from pipelines import lineage, package, profile, quality, stream
from pipelines.account import CHANGED, DOUBTED, Unaccountable, account
from pipelines.bound import BoundCourse, BoundStep, close, facts_of
from pipelines.doubts import Doubt, Left, left, reason_of
from pipelines.govern.inside import dangers
from pipelines.govern.personal.column import Scan, scan, titles_in
from pipelines.ledger import ROWS, Ledger, Uneven
from pipelines.lineage import Work, flat
from pipelines.steps.declare import Outcome, Undecided
from pipelines.steps.register import line_in, where
from pipelines.weighing.figures import Figures


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Counts:
    """Column → distinct text → how many cells hold it, in the order of their first cells."""

    columns: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Texts:
    """Distinct texts. Between processes a list would travel text by text; this travels as one."""

    texts: list[str]


class Raw(Protocol):
    """A slice that is still to be read, wherever it will be worked on."""

    def read(self) -> Work:
        """Its rows. Raises SourceError, or `Recut` where it is no slice of a sound table."""
        ...


@dataclass(slots=True, eq=False, repr=False)
class Slice:
    """Some rows of a table between two steps, and what the steps so far wrote about them."""

    work: Work
    ledger: Ledger = field(default_factory=Ledger)
    doubts: list[Doubt] = field(default_factory=list)


class Surveyed:
    """What a step's survey found in each column. Crosses to other processes once the steps are bound there."""

    def __init__(self, course: BoundCourse, found: Mapping[str, Any]) -> None:
        self.course = course
        self.found = found

    def __reduce__(self) -> tuple[Any, ...]:
        return _surveyed, (self.course, pickle.dumps(dict(self.found)))


def _surveyed(course: BoundCourse, found: bytes) -> Surveyed:
    return Surveyed(course, pickle.loads(found))  # noqa: S301 - our own


def advance(
    given: Slice | Raw, course: BoundCourse, start: int, stop: int, at: Place, survey: Surveyed | None = None
) -> Slice:
    """A slice after some of its course's steps; the one given stays as it is.

    `survey`: what the first of those steps is to know of the whole columns; without it the slice is the table.
    Raises SetupError as `pipelines.clean.clean` does.
    """
    if isinstance(given, Slice):
        now = Slice(given.work.copy(), _copied(given.ledger), list(given.doubts))
    else:
        now = Slice(given.read())
    for bound in course.steps[start:stop]:
        check_columns(bound, now.work.labels, at)
        if bound.spec.kind == "value":
            _value(bound, now, survey.found if survey else None, at)
        else:
            _table(bound, now, at)
        survey = None
    return now


def _copied(ledger: Ledger) -> Ledger:
    copy = Ledger()
    copy.parts, copy.columns = list(ledger.parts), dict(ledger.columns)
    return copy


def counted(given: Slice, course: BoundCourse, number: int, at: Place) -> Counts:
    """The distinct texts of the columns that a step with a survey will change, as its survey wants them."""
    bound = course.steps[number]
    check_columns(bound, given.work.labels, at)
    return Counts({label: _counts(bound, *_coded(given.work, label)) for label in _columns(bound, given.work)})


def columns_of(counts: Counts) -> tuple[str, ...]:
    """The columns that were counted."""
    return tuple(counts.columns)


def surveyed(counts: Sequence[Counts], course: BoundCourse, number: int, at: Place) -> Surveyed:
    """What a step's survey says of the columns whose slices were counted. Raises `pipelines.ledger.Uneven`."""
    if any(list(one.columns) != list(counts[0].columns) for one in counts):
        raise Uneven
    bound = course.steps[number]
    found = {}
    for label in counts[0].columns:
        merged: dict[str, int] = {}
        for one in counts:
            for text, count in one.columns[label].items():
                merged[text] = merged.get(text, 0) + count
        found[label] = _survey(bound, merged, at)
    return Surveyed(course, found)


def joined(slices: Sequence[Slice]) -> Slice:
    """The slices as one, without the ledgers, which are kept apart. Raises `pipelines.ledger.Uneven`."""
    work = lineage.join([one.work for one in slices])
    return Slice(work, doubts=[doubt for one in slices for doubt in one.doubts])


def part(given: Sequence[Slice], number: int, of: int) -> Slice:
    """One of so many slices of a joined table, without its ledger, which is kept apart."""
    (whole,) = given
    return Slice(lineage.cut(whole.work, number, of), doubts=whole.doubts)


def separable(given: Slice) -> bool:
    """Whether a table may be cut again."""
    return lineage.separable(given.work)


def ledger_of(given: Slice) -> Ledger:
    """What the steps since the last joining wrote."""
    return given.ledger


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """What must be known of a slice to know the table. `rows`: row (from 0 within the slice) and source_row."""

    height: int
    labels: tuple[str, ...]
    rows: polars.DataFrame
    left: tuple[Left, ...]


def told(given: Slice) -> Told:
    """What must be known of a slice that all steps have seen."""
    work = given.work
    if work.single is not None:
        rows = {"row": numpy.arange(len(work.single)), "source_row": work.single}
    else:
        pairs = [(number, row) for number, origin in enumerate(work.origins) for row in flat(origin)]
        both = numpy.array(pairs, dtype="int64").reshape(-1, 2)
        rows = {"row": both[:, 0], "source_row": both[:, 1]}
    schema = {name: ROWS[name] for name in rows}
    return Told(
        height=len(work.origins),
        labels=tuple(work.labels),
        rows=polars.DataFrame(rows, schema=schema),
        left=left(given.doubts, work),
    )


def frame(given: Slice) -> pandas.DataFrame:
    """The rows as steps and stewards see them."""
    return given.work.frame()


def check_columns(bound: BoundStep, labels: Sequence[str], at: Place) -> None:
    """Raises SetupError `step-column`, `step-column-taken`."""
    for name in bound.columns:
        if name not in labels:
            near = close(name, labels)
            raise _broke(bound, at, "step-column", column=name, known=list(labels), suggestion=near)
    for number, name in enumerate(bound.new_columns):
        if name in labels or name in bound.new_columns[:number]:
            raise _broke(bound, at, "step-column-taken", column=name, known=list(labels))


def _call(bound: BoundStep, at: Place, work: Callable[[], Any]) -> Any:
    """Runs a step's code. What it raises is told by type and line only: its message may hold a cell's text."""
    try:
        return work()
    except SetupError:
        raise
    except Exception as error:  # noqa: BLE001 - a step is anyone's code
        file = where(bound.spec)
        raise _broke(
            bound,
            at,
            "step-failed",
            error=type(error).__name__,
            steps_file=file,
            steps_line=line_in(file, error),
        ) from None


def _broke(bound: BoundStep, at: Place, kind: str, **values: Any) -> SetupError:
    return SetupError(kind, at, **facts_of(bound.step, bound.file), **values)


def _columns(bound: BoundStep, work: Work) -> Iterable[str]:
    """The columns that a value step changes."""
    return dict.fromkeys(bound.parameters.get("columns", ())) or work.labels


def _coded(work: Work, label: str) -> tuple[Any, Any]:
    """For each cell the number of its text, and the distinct texts by number."""
    return pandas.factorize(work.cells[label])


def _counts(bound: BoundStep, codes: Any, texts: Any) -> dict[str, int]:
    counts = numpy.bincount(codes, minlength=len(texts)).tolist()
    seen = zip(texts.tolist(), counts, strict=True)
    return {text: count for text, count in seen if text or bound.spec.blanks}


def _survey(bound: BoundStep, counts: Mapping[str, int], at: Place) -> Any:
    assert bound.spec.survey is not None  # noqa: S101 - only such steps are counted
    return _call(bound, at, partial(bound.spec.survey, counts, **bound.given))


def _value(bound: BoundStep, now: Slice, survey: Mapping[str, Any] | None, at: Place) -> None:
    work, step, spec = now.work, bound.step.number, bound.spec
    for ordinal, label in enumerate(_columns(bound, work)):
        codes, texts = _coded(work, label)
        more: dict[str, Any] = {}
        if spec.survey is not None:
            known = survey is not None
            counts = {} if known else _counts(bound, codes, texts)
            more["survey"] = survey[label] if survey is not None else _survey(bound, counts, at)
        do = partial(spec.do, **bound.given, **more)
        answers = _call(bound, at, partial(_answers, bound, at, do, texts.tolist()))
        after = numpy.array([*(answer[0] for answer in answers), None], dtype=object)[:-1]
        reasons = [answer[1] for answer in answers]
        changed = numpy.asarray(after != texts, dtype=bool)
        undecided = numpy.array([reason is not None for reason in reasons], dtype=bool)
        slot = (step, ordinal)
        for order, kind, which in ((CHANGED, "changed", changed), (DOUBTED, "undecided", undecided)):
            places = numpy.flatnonzero(which[codes]) if which.any() else numpy.zeros(0, dtype="int64")
            work.write(now.ledger, (*slot, order), kind, label, label, places, after[codes[places]])  # type: ignore[arg-type]
            if order == CHANGED and len(places):
                work.cells[label] = after[codes]
        for reason in sorted({reason for reason in reasons if reason is not None}):
            which = numpy.array([one == reason for one in reasons], dtype=bool)
            places = numpy.flatnonzero(which[codes])
            _doubt(bound, now, slot, label, reason, places, after[codes[places]])
        _add(bound, now, label, [answer[2] for answer in answers], codes)


def _doubt(
    bound: BoundStep, now: Slice, slot: tuple[int, ...], label: str, reason: str, places: Any, texts: Any
) -> None:
    """Notes that a step would not decide some cells, whose texts stand beside their places."""
    column, ids = now.work.traces[label].key, now.work.ids[places]
    now.doubts.append(Doubt(step=bound.step, slot=slot, column=column, reason=reason, ids=ids, texts=texts))


_Answer = tuple[str, str | None, tuple[str, ...]]
"""The text after, why it is undecided, and the texts for added columns."""


def _answers(bound: BoundStep, at: Place, do: Callable[[str], Any], texts: Sequence[str]) -> list[_Answer]:
    spec = bound.spec
    nothing = ("",) * len(spec.adds)
    answers: list[_Answer] = []
    for text in texts:
        answer = do(text) if text or spec.blanks else (text, *nothing) if spec.adds else text
        if isinstance(answer, Undecided):
            answers.append((text if answer.text is None else answer.text, reason_of(answer), nothing))
        elif isinstance(answer, str) and not spec.adds:
            answers.append((answer, None, nothing))
        elif (
            spec.adds
            and isinstance(answer, tuple)
            and len(answer) == 1 + len(spec.adds)
            and all(isinstance(part, str) for part in answer)
        ):
            answers.append((answer[0], None, answer[1:]))
        else:
            raise _broke(bound, at, "step-result-text", column=bound.step.name, got=type(answer).__name__)
    return answers


def _add(
    bound: BoundStep, now: Slice, label: str, extras: Sequence[tuple[str, ...]], codes: numpy.ndarray[Any, Any]
) -> None:
    beside = label
    for number, parameter in enumerate(bound.spec.adds):
        new = bound.parameters.get(parameter)
        if not new:
            continue
        texts = numpy.array([*(extra[number] for extra in extras), None], dtype=object)[:-1]
        now.work.add_after(beside, new, texts[codes])
        # an added column belongs to the one column of the step
        now.ledger.column((bound.step.number, 0, DOUBTED + 1, number), "added", None, new, None, new)
        beside = new


def _table(bound: BoundStep, now: Slice, at: Place) -> None:
    step = bound.step.number
    result = _call(bound, at, partial(bound.spec.do, now.work.frame(), **bound.given))
    try:
        now.work = work = account(now.work, result, now.ledger, step)
    except Unaccountable as error:
        raise _broke(bound, at, error.kind, **error.values) from None
    doubted: dict[str, dict[str, list[int]]] = {}
    for place, label, doubt in result.undecided if isinstance(result, Outcome) else ():
        if label not in work.cells:
            raise _broke(bound, at, "step-result-labels", labels=[label])
        doubted.setdefault(label, {}).setdefault(reason_of(doubt), []).append(place)
    for ordinal, label in enumerate(work.cells):
        reasons = doubted.get(label, {})
        places = numpy.array(sorted(place for some in reasons.values() for place in some), dtype="int64")
        slot = (step, DOUBTED, ordinal)
        work.write(now.ledger, slot, "undecided", label, label, places, work.cells[label][places])
        for reason in sorted(reasons):
            of_one = numpy.array(sorted(reasons[reason]), dtype="int64")
            _doubt(bound, now, slot, label, reason, of_one, work.cells[label][of_one])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """What governance and the profile must know of the cells of a slice."""

    scan: Scan
    summaries: tuple[profile.Summary, ...]


def weighed(given: Slice, schema: Mapping[str, Any] | None) -> Weighed:
    """Looks at every cell of a published slice."""
    table = frame(given)
    return Weighed(scan=scan(table, titles_in(schema, table.columns)), summaries=profile.summaries(table, schema))


def distinct(given: Slice, label: str) -> Texts:
    """The distinct texts of a column."""
    return Texts(profile.distinct(given.work.cells[label]))


def distinct_count(slices: Sequence[Texts]) -> int:
    """How many distinct texts a column has, of those of its slices."""
    return profile.counted([one.texts for one in slices])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Recorded:
    """A slice as it stands in a CSV file of a release, and what was counted of it on the way."""

    text: bytes
    tally: quality.Tally
    figures: Figures
    dangers: dangers.Tally


def csv_records(given: Slice, header: bool, schema: Mapping[str, Any] | None) -> Recorded:
    """The slice as it stands in a CSV file of a release."""
    tally, figures, risks = quality.Tally(), Figures(schema), dangers.Tally()
    look = stream.both(tally.see, stream.both(figures.see, risks.see))
    return Recorded(package.csv_records(frame(given), header, look), tally, figures, risks)
