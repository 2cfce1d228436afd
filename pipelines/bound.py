"""Recipes bound to steps: every name, parameter and choice is known to fit before a row is read."""

from __future__ import annotations

import difflib
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from metadata.errors import SetupError
from metadata.finding import Place
from metadata.recipe import Course, Recipe, Step
from pipelines.steps import bind as binding
from pipelines.steps.declare import NEW_COLUMN, StepSpec
from pipelines.steps.register import Own, register


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
    """One resource's steps, ready to run; in another process too, where they are bound again."""

    course: Course
    steps: tuple[BoundStep, ...]
    file: str
    own: Own | None
    dataset: str | None

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (pickle.dumps(self.course), self.file, self.own, self.dataset)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bound:
    """A recipe whose every step is known to exist and whose parameters fit."""

    courses: tuple[BoundCourse, ...]

    def course(self, resource: str) -> BoundCourse | None:
        """The part for one resource."""
        return next((one for one in self.courses if one.course.resource == resource), None)


def bind(recipe: Recipe, own: Path | None = None, *, dataset: str | None = None) -> Bound:
    """Binds every step of a recipe. `own` is the stewards' own `steps.py`, if there is one.

    Raises SetupError `step-unknown`, `step-parameter`, `step-parameter-missing`, `step-parameter-value`
    (file, line, step and what exists), `steps-file`, `step-taken`: all before a row is read.
    """
    try:
        read = Own(str(own), own.read_bytes()) if own is not None and own.is_file() else None
    except OSError:
        read = None  # `register` says so
    steps = register(read or own)
    courses = tuple(_course(course, steps, recipe.file, read, dataset) for course in recipe.courses)
    return Bound(courses=courses)


@lru_cache(maxsize=64)
def _again(course: bytes, file: str, own: Own | None, dataset: str | None) -> BoundCourse:
    """A course that came from another process (as bytes: `1` and `true` are equal, but not alike)."""
    return _course(pickle.loads(course), register(own), file, own, dataset)  # noqa: S301 - our own


def _course(
    course: Course, steps: Mapping[str, StepSpec], file: str, own: Own | None, dataset: str | None
) -> BoundCourse:
    at = Place(dataset=dataset, resource=course.resource)
    bound = tuple(_bind(step, steps, file, at) for step in course.steps)
    return BoundCourse(course=course, steps=bound, file=file, own=own, dataset=dataset)


def facts_of(step: Step, file: str) -> dict[str, Any]:
    """Where a step is written, as its errors say it."""
    return {"file": file, "line": step.line, "number": step.number, "step": step.name}


def close(word: str, known: Sequence[str]) -> list[str]:
    """The known names most like a word that was written."""
    return difflib.get_close_matches(word, known, n=2, cutoff=0.5)


def _bind(step: Step, steps: Mapping[str, StepSpec], file: str, at: Place) -> BoundStep:
    facts = facts_of(step, file)
    spec = steps.get(step.name)
    if spec is None:
        known = sorted(steps)
        raise SetupError("step-unknown", at, **facts, known=known, suggestion=close(step.name, known))
    known_parameters = {one.name: one for one in binding.parameters(spec)}
    known = list(known_parameters)
    for name in step.parameters:
        if name not in known_parameters:
            raise SetupError(
                "step-parameter", at, **facts, parameter=name, known=known, suggestion=close(name, known)
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
