"""The cleaning engine: binds a recipe to steps before a row is read, then runs them, nothing silent.

Value steps see each distinct text of a column once; table steps see a pandas frame and are held to account by
`pipelines.lineage`. What a step would not decide keeps its text and becomes a Finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from metadata.errors import SetupError
from metadata.finding import Finding, Place
from pipelines.bound import Bound, BoundCourse, BoundStep, bind, close, facts_of
from pipelines.doubts import Doubt, findings, reason_of
from pipelines.steps.declare import Outcome, Undecided
from pipelines.steps.register import line_in, where

if TYPE_CHECKING:
    import numpy
    import pandas
    import polars

    from pipelines.ledger import Ledger
    from pipelines.lineage import Work

__all__ = ["Bound", "BoundCourse", "Cleaned", "bind", "clean"]


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


def clean(course: BoundCourse, table: pandas.DataFrame, *, sheet: str | None = None, at: Place) -> Cleaned:
    """Runs a resource's steps on the table that was read.

    `table`: text cells (`""` empty), unique text labels, an index of unique whole numbers (`source_row`).
    `at` names dataset and resource. Raises SetupError `step-column` (a column that is not there),
    `step-column-taken`, `step-failed` (a step raised) and `step-result-…` (a step broke its contract).
    """
    import polars

    from pipelines.ledger import ROWS, Ledger
    from pipelines.lineage import Work, flat

    work = Work.of(table)
    ledger = Ledger(at.resource, sheet)
    doubts: list[Doubt] = []
    changes: dict[str, int] = {}
    for bound in course.steps:
        ledger.step, lines = bound.step.label, len(ledger)
        _check_columns(bound, work, at)
        if bound.spec.kind == "value":
            _value(bound, work, ledger, doubts, at)
        else:
            work = _table(bound, work, ledger, doubts, at)
        changes[bound.step.label] = len(ledger) - lines
    pairs = [(number, row) for number, origin in enumerate(work.origins, 2) for row in flat(origin)]
    rows = polars.DataFrame(
        {
            "resource": [at.resource] * len(pairs),
            "row": [pair[0] for pair in pairs],
            "source_row": [pair[1] for pair in pairs],
        },
        schema=ROWS,
    )
    return Cleaned(
        table=work.frame(),
        ledger=ledger.frame(),
        rows=rows,
        findings=findings(doubts, work, sheet, at),
        changes=changes,
    )


def _check_columns(bound: BoundStep, work: Work, at: Place) -> None:
    for name in bound.columns:
        if name not in work.cells:
            near = close(name, work.labels)
            raise _broke(bound, at, "step-column", column=name, known=work.labels, suggestion=near)
    for number, name in enumerate(bound.new_columns):
        if name in work.cells or name in bound.new_columns[:number]:
            raise _broke(bound, at, "step-column-taken", column=name, known=work.labels)


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


def _value(bound: BoundStep, work: Work, ledger: Ledger, doubts: list[Doubt], at: Place) -> None:
    import numpy
    import pandas

    spec = bound.spec
    for label in dict.fromkeys(bound.parameters.get("columns", ())) or work.labels:
        codes, texts = pandas.factorize(work.cells[label])
        more: dict[str, Any] = {}
        if spec.survey is not None:
            counts = numpy.bincount(codes, minlength=len(texts)).tolist()
            seen = {text: count for text, count in zip(texts.tolist(), counts, strict=True) if text or spec.blanks}
            more["survey"] = _call(bound, at, partial(spec.survey, seen, **bound.given))
        do = partial(spec.do, **bound.given, **more)
        answers = _call(bound, at, partial(_answers, bound, at, do, texts.tolist()))
        after = numpy.array([*(answer[0] for answer in answers), None], dtype=object)[:-1]
        reasons = [answer[1] for answer in answers]
        changed = numpy.asarray(after != texts, dtype=bool)
        undecided = numpy.array([reason is not None for reason in reasons], dtype=bool)
        for kind, which in (("changed", changed), ("undecided", undecided)):
            places = numpy.flatnonzero(which[codes]) if which.any() else numpy.zeros(0, dtype="int64")
            work.write(ledger, kind, label, label, places, after[codes[places]])  # type: ignore[arg-type]
        for reason in sorted({reason for reason in reasons if reason is not None}):
            which = numpy.array([one == reason for one in reasons], dtype=bool)
            places = numpy.flatnonzero(which[codes])
            key = work.traces[label].key
            doubts.append(
                Doubt(step=bound.step, column=key, reason=reason, ids=work.ids[places], texts=after[codes[places]])
            )
        if changed.any():
            work.cells[label] = after[codes]
        _add(bound, work, ledger, label, [answer[2] for answer in answers], codes)


_Answer = tuple[str, str | None, tuple[str, ...]]
"""The text after, why it is undecided, and the texts for added columns."""


def _answers(bound: BoundStep, at: Place, do: Callable[[str], Any], texts: Sequence[str]) -> list[_Answer]:
    spec = bound.spec
    nothing = ("",) * len(spec.adds)
    answers: list[_Answer] = []
    for text in texts:
        answer = do(text) if text or spec.blanks else (text, *nothing) if spec.adds else text
        if isinstance(answer, Undecided):
            answers.append((text, reason_of(answer), nothing))
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
    bound: BoundStep,
    work: Work,
    ledger: Ledger,
    label: str,
    extras: Sequence[tuple[str, ...]],
    codes: numpy.ndarray[Any, Any],
) -> None:
    import numpy

    beside = label
    for number, parameter in enumerate(bound.spec.adds):
        new = bound.parameters.get(parameter)
        if not new:
            continue
        texts = numpy.array([*(extra[number] for extra in extras), None], dtype=object)[:-1]
        work.add_after(beside, new, texts[codes])
        ledger.column("added", None, new, None, new)
        beside = new


def _broke(bound: BoundStep, at: Place, kind: str, **values: Any) -> SetupError:
    return SetupError(kind, at, **facts_of(bound.step, bound.file), **values)


def _table(bound: BoundStep, work: Work, ledger: Ledger, doubts: list[Doubt], at: Place) -> Work:
    import numpy

    from pipelines.lineage import Unaccountable, account

    result = _call(bound, at, partial(bound.spec.do, work.frame(), **bound.given))
    try:
        now = account(work, result, ledger)
    except Unaccountable as error:
        raise _broke(bound, at, error.kind, **error.values) from None
    for place, label, doubt in result.undecided if isinstance(result, Outcome) else ():
        at_place = numpy.array([place], dtype="int64")
        texts = now.cells[label][at_place]
        now.write(ledger, "undecided", label, label, at_place, texts)
        doubts.append(
            Doubt(
                step=bound.step,
                column=now.traces[label].key,
                reason=reason_of(doubt),
                ids=now.ids[at_place],
                texts=texts,
            )
        )
    return now
