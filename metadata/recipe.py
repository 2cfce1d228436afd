"""Recipe: what each resource reads, and the steps that clean it. Knows the file's shape, not what steps exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from metadata import address, document
from metadata.errors import SetupError
from metadata.finding import Place
from metadata.mistakes import Mistakes


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a resource reads: a file (`path`), or a database and a query. Paths are relative to the dataset; a
    `path` may be a URL instead, or `env:NAME`, the variable that holds one.

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
        return self.named if self.path else (f"{self.database} · {self.query}" if self.database else "?")

    @property
    def remote(self) -> bool:
        """Whether the file is read from a server."""
        return self.path is not None and address.is_remote(self.path)

    @property
    def named(self) -> str:
        """The `file` of a finding: the path, the URL without what may be secret in it, or the database."""
        if self.path is None:
            return self.database or "?"
        return address.shown(self.path) if address.REMOTE.match(self.path) else self.path


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
        mistakes = Mistakes(written)
        courses = []
        resources = mistakes.mapping(written, allowed=("resources",))
        if isinstance(written, dict) and (resources.get("resources") is not None or not mistakes.found):
            for name, entry in mistakes.mapping(resources.get("resources"), "resources").items():
                courses.append(_course(str(name), entry, mistakes))
        if mistakes.found:
            raise SetupError("file-invalid", at, file=str(path), mistakes=mistakes.found)
        return cls(file=str(path), courses=tuple(courses))

    def course(self, resource: str) -> Course | None:
        """The part for one resource."""
        return next((course for course in self.courses if course.resource == resource), None)


def _course(name: str, entry: Any, mistakes: Mistakes) -> Course:
    where = ("resources", name)
    before = len(mistakes.found)
    parts = mistakes.mapping(entry, *where, allowed=("reads", "steps"))
    if (isinstance(entry, dict) and len(mistakes.found) == before) or "reads" in parts:
        source = _source(parts.get("reads"), (*where, "reads"), mistakes)
    else:
        source = Source()
    return Course(resource=name, reads=source, steps=_steps(parts.get("steps"), (*where, "steps"), mistakes))


def _source(value: Any, where: tuple[str, ...], mistakes: Mistakes) -> Source:
    if value is None:
        mistakes.add("reads", *where)
        return Source()
    allowed = tuple(Source.__dataclass_fields__)
    before = len(mistakes.found)
    written = document.plain(mistakes.mapping(value, *where, allowed=allowed))
    given = {key: item for key, item in written.items() if key in allowed}
    if len(mistakes.found) == before:
        if ("path" in given) == ("database" in given):
            mistakes.add("reads", *where)
        if "database" in given and "query" not in given:
            mistakes.add("query", *where)
    header = given.get("header", "auto")
    if isinstance(header, list) and len(header) == 2 and all(map(_row, header)) and header[0] <= header[1]:
        given["header"] = (header[0], header[1])
    elif header not in ("auto", "none") and not _row(header):
        mistakes.add("header", *where, "header")
    sheet = given.get("sheet", 1)
    if not (isinstance(sheet, str) and sheet) and not _row(sheet):
        mistakes.add("sheet", *where, "sheet")
    for key in ("path", "query", "database", "encoding", "delimiter", "member", "records"):
        if key in given and not (isinstance(given[key], str) and given[key]):
            mistakes.add("text", *where, key)
    path = given.get("path")
    if isinstance(path, str) and address.REMOTE.match(path) and (wrong := address.mistake(path)):
        mistakes.add(wrong, *where, "path")
    return Source(**given)


def _row(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _steps(value: Any, where: tuple[str, ...], mistakes: Mistakes) -> tuple[Step, ...]:
    steps: list[Step] = []
    if value is not None and not isinstance(value, list):
        mistakes.add("steps", *where)
        return ()
    for index, entry in enumerate(value or ()):
        here: tuple[str | int, ...] = (*where, index)
        if isinstance(entry, str):
            entry = {entry: {}}
        if not isinstance(entry, dict) or len(entry) != 1:
            mistakes.add("step", *here)
            continue
        name, parameters = next(iter(entry.items()))
        if not isinstance(parameters or {}, dict):
            mistakes.add("parameters", *here, str(name))
            continue
        steps.append(
            Step(
                name=str(name),
                parameters=document.plain(parameters or {}),
                number=index + 1,
                line=document.line_of(mistakes.written, (*here, name)),
            )
        )
    return tuple(steps)
