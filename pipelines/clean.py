"""The cleaning engine: binds a recipe to steps before a row is read, then runs them, nothing silent.

Value steps see each distinct text of a column once; table steps see a pandas frame and are held to account by
`pipelines.lineage`. What a step would not decide keeps its text and becomes a Finding.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metadata import wording
from metadata.errors import SetupError
from metadata.finding import Finding, Place
from metadata.recipe import Course, Recipe, Step
from pipelines.steps import bind as binding
from pipelines.steps.declare import NEW_COLUMN, Outcome, StepSpec, Undecided
from pipelines.steps.register import line_in, register, where

if TYPE_CHECKING:
    import numpy
    import pandas
    import polars

    from pipelines.ledger import Ledger
    from pipelines.lineage import Work


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoundStep:
    """A step of a recipe that is known to exist and whose parameters fit.

    `parameters` are all of them, `given` those that the function gets, `columns` the columns they name
    that must be there, `new_columns` those that must not.
    """

    step: Step
    spec: StepSpec
    file: str
    parameters: Mapping[str, Any]
    given: Mapping[str, Any]
    columns: tuple[str, ...]
    new_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoundCourse:
    """One resource's steps, ready to run."""

    course: Course
    steps: tuple[BoundStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bound:
    """A recipe whose every step is known to exist and whose parameters fit."""

    courses: tuple[BoundCourse, ...]

    def course(self, resource: str) -> BoundCourse | None:
        """The part for one resource."""
        return next((one for one in self.courses if one.course.resource == resource), None)


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


def bind(recipe: Recipe, own: Path | None = None, *, dataset: str | None = None) -> Bound:
    """Binds every step of a recipe. `own` is the stewards' own `steps.py`, if there is one.

    Raises SetupError `step-unknown`, `step-parameter`, `step-parameter-missing`, `step-parameter-value`
    (file, line, step and what exists), `steps-file`, `step-taken`: all before a row is read.
    """
    steps = register(own)
    courses = []
    for course in recipe.courses:
        at = Place(dataset=dataset, resource=course.resource)
        courses.append(
            BoundCourse(course=course, steps=tuple(_bind(step, steps, recipe.file, at) for step in course.steps))
        )
    return Bound(courses=tuple(courses))


def _facts(step: Step, file: str) -> dict[str, Any]:
    return {"file": file, "line": step.line, "number": step.number, "step": step.name}


def _close(word: str, known: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(word, known, n=2, cutoff=0.5)


def _bind(step: Step, steps: Mapping[str, StepSpec], file: str, at: Place) -> BoundStep:
    facts = _facts(step, file)
    spec = steps.get(step.name)
    if spec is None:
        known = sorted(steps)
        raise SetupError("step-unknown", at, **facts, known=known, suggestion=_close(step.name, known))
    known_parameters = {one.name: one for one in binding.parameters(spec)}
    known = list(known_parameters)
    for name in step.parameters:
        if name not in known_parameters:
            raise SetupError(
                "step-parameter", at, **facts, parameter=name, known=known, suggestion=_close(name, known)
            )
    given: dict[str, Any] = {}
    columns: list[str] = []
    new_columns: list[str] = []
    for name, parameter in known_parameters.items():
        if name not in step.parameters:
            if parameter.needed:
                raise SetupError("step-parameter-missing", at, **facts, parameter=name, known=known)
            new_columns += filter(None, binding.columns_named(parameter.hint, parameter.default, NEW_COLUMN))
            continue
        try:
            given[name] = binding.fit(parameter.hint, step.parameters[name])
        except binding.Unfit as expected:
            raise SetupError(
                "step-parameter-value", at, **facts, parameter=name, expected=str(expected), known=known
            ) from None
        columns += binding.columns_named(parameter.hint, given[name])
        new_columns += filter(None, binding.columns_named(parameter.hint, given[name], NEW_COLUMN))
    adds = [name for name in spec.adds if given.get(name)]
    if adds and len(given.get("columns", ())) != 1:
        raise SetupError(
            "step-parameter-value",
            at,
            **facts,
            parameter="columns",
            expected=f"one column (for {adds[0]})",
            known=known,
        )
    engines = ("columns", *spec.adds) if spec.kind == "value" else ()
    return BoundStep(
        step=step,
        spec=spec,
        file=file,
        parameters=given,
        given={name: value for name, value in given.items() if name not in engines},
        columns=tuple(columns),
        new_columns=tuple(new_columns),
    )


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
    doubts: list[_Doubt] = []
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
        findings=_findings(doubts, work, sheet, at),
        changes=changes,
    )


def _check_columns(bound: BoundStep, work: Work, at: Place) -> None:
    for name in bound.columns:
        if name not in work.cells:
            close = _close(name, work.labels)
            raise _broke(bound, at, "step-column", column=name, known=work.labels, suggestion=close)
    for number, name in enumerate(bound.new_columns):
        if name in work.cells or name in bound.new_columns[:number]:
            raise _broke(bound, at, "step-column-taken", column=name, known=work.labels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Doubt:
    """Cells that a step left undecided: rows by their lasting ids, and the text they must still hold."""

    step: Step
    column: int
    reason: str
    ids: numpy.ndarray[Any, Any]
    texts: numpy.ndarray[Any, Any]


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


def _value(bound: BoundStep, work: Work, ledger: Ledger, doubts: list[_Doubt], at: Place) -> None:
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
                _Doubt(
                    step=bound.step, column=key, reason=reason, ids=work.ids[places], texts=after[codes[places]]
                )
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
            answers.append((text, _reason(answer), nothing))
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


def _reason(undecided: Undecided) -> str:
    """A doubt's reason, if it is a name: a sentence might repeat the cell."""
    return undecided.reason if re.fullmatch(r"[a-z]+(-[a-z]+)*", undecided.reason) else "own"


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
    return SetupError(kind, at, **_facts(bound.step, bound.file), **values)


def _table(bound: BoundStep, work: Work, ledger: Ledger, doubts: list[_Doubt], at: Place) -> Work:
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
            _Doubt(
                step=bound.step,
                column=now.traces[label].key,
                reason=_reason(doubt),
                ids=now.ids[at_place],
                texts=texts,
            )
        )
    return now


def _findings(doubts: Sequence[_Doubt], work: Work, sheet: str | None, at: Place) -> tuple[Finding, ...]:
    """One Finding for each step, column and reason whose cells are still there and still as they were."""
    from pipelines.lineage import flat

    if not doubts:
        return ()
    places = dict(zip(work.ids.tolist(), range(len(work.ids)), strict=True))
    labels = {trace.key: label for label, trace in work.traces.items()}
    grouped: dict[tuple[str, str, str], dict[int, str]] = {}
    for doubt in doubts:
        label = labels.get(doubt.column)
        if label is None:
            continue
        column = work.cells[label]
        for one, text in zip(doubt.ids.tolist(), doubt.texts.tolist(), strict=True):
            place = places.get(one)
            if place is not None and column[place] == text:
                grouped.setdefault((doubt.step.label, label, doubt.reason), {})[place] = text
    known = wording.sentences()
    findings = []
    for (step, label, reason), cells in grouped.items():
        ordered = sorted(cells)
        rule = f"undecided-{reason}" if f"undecided-{reason}" in known else "undecided-own"
        findings.append(
            Finding(
                rule=rule,
                severity="warning",
                at=Place(
                    dataset=at.dataset,
                    resource=at.resource,
                    sheet=sheet,
                    row=ordered[0] + 2,
                    source_row=flat(work.origins[ordered[0]])[0],
                    column=label,
                ),
                values={
                    "step": step,
                    "reason": reason,
                    "count": len(cells),
                    "shapes": list(dict.fromkeys(shape(cells[place]) for place in ordered))[:5],
                    "source_rows": list(dict.fromkeys(flat(work.origins[place])[0] for place in ordered))[:10],
                },
            )
        )
    return tuple(findings)


def shape(text: str) -> str:
    """A text's masked form, which says how it is written but not what it says: `99/99/9999`, `ก. ก`."""
    text = re.sub(r"\d", "9", text[:40])
    text = re.sub("[\u0e01-\u0e3a\u0e40-\u0e4e]+", "\u0e01", text)
    return re.sub(r"[^\W\d_\u0e01]+", "a", text)
