"""Recipe: what each resource reads, and the steps that clean it. Knows the file's shape, not what steps exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from metadata import document
from metadata.errors import SetupError
from metadata.finding import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a resource reads: a file (`path`), or a database and a query. Paths are relative to the dataset.

    `header` is `auto`, `none`, a row number (from 1, as the steward sees it) or the first and last row of
    stacked headers. `sheet` is a name or a number from 1. `member` names a file inside a ZIP. `records` is the
    dotted path to the list of records in a JSON document.
    """

    path: str | None = None
    sheet: str | int | None = None
    header: Literal["auto", "none"] | int | tuple[int, int] = "auto"
    encoding: str | None = None
    delimiter: str | None = None
    member: str | None = None
    records: str | None = None
    database: str | None = None
    query: str | None = None

    @property
    def label(self) -> str:
        """What the source is called in messages and reports: never a URL, which may hold a password."""
        return self.path or (f"{self.database} · {self.query}" if self.database else "?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step as written: its name, its parameters, its number (from 1) and its line in the file."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    number: int
    line: int | None = None

    @property
    def label(self) -> str:
        """How the ledger names it: `4 thai-date`."""
        return f"{self.number} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One resource's part of a recipe."""

    resource: str
    reads: Source
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a dataset's resources are made from its sources."""

    file: str
    courses: tuple[Course, ...] = ()

    @classmethod
    def open(cls, path: Path, dataset: str) -> Recipe:
        """Reads `recipe.yaml`. Raises SetupError naming file, line and what is allowed."""
        at = Place(dataset=dataset)
        written = document.read(path, at)
        mistakes: list[str] = []
        courses = []
        resources = _mapping(written, ("resources",), written, mistakes, allowed={"resources"})
        for name, entry in _mapping(resources.get("resources"), ("resources",), written, mistakes).items():
            where = ("resources", str(name))
            parts = _mapping(entry, where, written, mistakes, allowed={"reads", "steps"})
            source = _source(parts.get("reads"), (*where, "reads"), written, mistakes)
            steps = _steps(parts.get("steps"), (*where, "steps"), written, mistakes)
            courses.append(Course(resource=str(name), reads=source, steps=steps))
        if mistakes:
            raise SetupError("file-invalid", at, file=str(path), mistakes=mistakes)
        return cls(file=str(path), courses=tuple(courses))

    def course(self, resource: str) -> Course | None:
        """The part for one resource."""
        return next((course for course in self.courses if course.resource == resource), None)


def _wrong(mistakes: list[str], written: Any, where: tuple[str | int, ...], what: str) -> None:
    line = document.line_of(written, where)
    mistakes.append(f"{f'line {line}: ' if line else ''}{'.'.join(map(str, where))}: {what}")


def _mapping(
    value: Any,
    where: tuple[str | int, ...],
    written: Any,
    mistakes: list[str],
    allowed: set[str] | None = None,
) -> dict[str, Any]:
    if not isinstance(value, dict):
        _wrong(mistakes, written, where, "expected a mapping (key: value)")
        return {}
    for key in value:
        if allowed is not None and key not in allowed:
            _wrong(mistakes, written, (*where, key), f"unknown key; known: {', '.join(sorted(allowed))}")
    return value


def _source(value: Any, where: tuple[str | int, ...], written: Any, mistakes: list[str]) -> Source:
    allowed = set(Source.__dataclass_fields__)
    given = document.plain(_mapping(value, where, written, mistakes, allowed))
    given = {key: item for key, item in given.items() if key in allowed}
    if ("path" in given) == ("database" in given):
        _wrong(mistakes, written, where, "give either path, or database and query")
    if "database" in given and "query" not in given:
        _wrong(mistakes, written, where, "a database needs a query (a .sql file, or the SELECT itself)")
    header = given.get("header", "auto")
    if isinstance(header, list) and len(header) == 2 and all(isinstance(row, int) for row in header):
        given["header"] = header = (header[0], header[1])
    if header not in ("auto", "none") and not isinstance(header, int | tuple):
        _wrong(mistakes, written, (*where, "header"), "expected auto, none, a row number, or [first, last]")
    for key in ("path", "query"):
        if key in given and not isinstance(given[key], str):
            _wrong(mistakes, written, (*where, key), "expected text")
            given.pop(key)
    return Source(**given)


def _steps(value: Any, where: tuple[str | int, ...], written: Any, mistakes: list[str]) -> tuple[Step, ...]:
    steps = []
    if value is not None and not isinstance(value, list):
        _wrong(mistakes, written, where, "expected a list of steps, each `- name: {parameters}`")
        return ()
    for index, entry in enumerate(value or ()):
        here = (*where, index)
        if isinstance(entry, str):
            entry = {entry: {}}
        if not isinstance(entry, dict) or len(entry) != 1:
            _wrong(mistakes, written, here, "expected one step, `- name: {parameters}`")
            continue
        name, parameters = next(iter(entry.items()))
        if not isinstance(parameters or {}, dict):
            _wrong(mistakes, written, (*here, name), "expected parameters as {name: value}")
            continue
        steps.append(
            Step(
                name=str(name),
                parameters=document.plain(parameters or {}),
                number=index + 1,
                line=document.line_of(written, (*here, name)),
            )
        )
    return tuple(steps)
