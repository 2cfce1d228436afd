"""frictionless' verdict on files given by name, outside any workspace: what `saphan validate` does."""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from metadata import document
from metadata.errors import SaphanError, SetupError
from metadata.finding import Finding, Place
from pipelines.engine import JudgeFailed, Progress, Way, judge, trusted

Watch = Callable[[Progress], None]
UNREAD = ("scheme-error", "format-error", "compression-error", "encoding-error")
"""frictionless' error types of a file that could not be read: exit code 3. All others are 1."""
DESCRIBED = ("package", "resource", "catalog", "dialect", "schema", "checklist", "pipeline", "report", "inquiry")
"""What frictionless takes some JSON and YAML files for: descriptions of data, which name their own schemas."""
REASON = re.compile(r"^\[Errno -?\d+\] ([^:]+)")


class JudgeRaised(SaphanError):  # noqa: N818 - as the others of the tree
    """frictionless itself raised while it judged: no report, and nothing else to fall back on."""

    exit = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How files are to be judged. `findings`, `report`: what is wanted of each."""

    schema: Mapping[str, Any] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    format: str | None = None
    limit_errors: int = 1000
    findings: bool = True
    report: bool = False

    @property
    def own(self) -> bool:
        """Whether something was asked for that a description of data says itself."""
        return any(value is not None for value in (self.schema, self.encoding, self.delimiter, self.format))

    def options(self) -> dict[str, Any]:
        """What frictionless' Resource is given beside the path: nothing that was not asked for."""
        import frictionless

        options: dict[str, Any] = {"encoding": self.encoding, "format": self.format}
        if self.schema is not None:
            options["schema"] = frictionless.Schema.from_descriptor(dict(self.schema))
        if self.delimiter is not None:
            options["dialect"] = frictionless.Dialect.from_descriptor({"csv": {"delimiter": self.delimiter}})
        return {key: value for key, value in options.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What was found in one table. A file that is no table (`tabular`) has neither rows nor columns."""

    place: str
    valid: bool
    tabular: bool
    rows: int
    columns: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found in one FILE. `report`: frictionless' descriptor, where it was asked for.

    `findings` are about the description of several tables, not about one of them. `failed`: frictionless raised.
    """

    file: str
    exit: int
    tables: tuple[Table, ...] = ()
    findings: tuple[Finding, ...] = ()
    ways: tuple[Way, ...] = ()
    report: Mapping[str, Any] | None = None
    failed: Finding | None = None


def prepare() -> None:
    """Imports frictionless and its plugins, which the garbage collector never looks at, nor as the process ends.

    For a process that judges files and is done: it saves a tenth of the time that a small file takes. frictionless
    asks the same few property names for their other spelling some twenty times an error; here it asks once. Of
    chardet it wants the encoding of a text; chardet weighs some fifty languages against it, too: here it does not.
    """
    import gc
    from functools import lru_cache

    gc.disable()
    try:
        with _uninterrupted():
            import frictionless
            from frictionless.vendors import stringcase

            if not hasattr(stringcase.snakecase, "cache_info"):
                stringcase.snakecase = lru_cache(4096, typed=True)(stringcase.snakecase)
            _nameless()
            _ = frictionless.system.methods
        gc.freeze()
    finally:
        gc.enable()


def _nameless() -> None:
    """Has chardet leave out a text's language, where chardet is such that it can be left out."""
    from chardet.pipeline import orchestrator

    detector: Any = import_module("chardet.detector")
    core, whole = getattr(orchestrator, "_run_pipeline_core", None), detector.run_pipeline
    if core is None or whole is not orchestrator.run_pipeline:
        return

    def run(data: bytes, era: Any, *, max_bytes: int, **options: Any) -> Any:
        try:
            return core(data, era, max_bytes, full_ranking=False, **options)
        except TypeError:
            return whole(data, era, max_bytes=max_bytes, **options)

    detector.run_pipeline = run


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until the block ends.

    Where it stops code that is being made from text (attrs, in an import), Python ends by the signal, whatever the
    exit code was to be.
    """
    import signal
    from threading import current_thread, main_thread

    if current_thread() is not main_thread():
        yield
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt


def read_schema(path: Path) -> dict[str, Any]:
    """A Table Schema file, JSON or YAML. Raises SetupError where it is none, with the lines of its mistakes."""
    try:
        schema = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        if path.suffix.lower() == ".json" and isinstance(error, json.JSONDecodeError | RecursionError):
            line = {"line": error.lineno} if isinstance(error, json.JSONDecodeError) else {}
            raise SetupError("json-broken", file=str(path), mistakes=[{**line, "mistake": "json"}]) from None
        schema = document.plain(document.read(path))
    mistakes = list(_mistakes(path, schema)) if isinstance(schema, dict) else [{"mistake": "mapping"}]
    if mistakes:
        raise SetupError("file-invalid", file=str(path), mistakes=mistakes)
    return schema  # type: ignore[no-any-return]


def _mistakes(path: Path, schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What frictionless refuses in a schema, with the line of the column it is about."""
    from frictionless import Field, FrictionlessException, Schema

    try:
        Schema.from_descriptor(dict(schema))
        return
    except FrictionlessException as error:
        notes = [reason.note for reason in error.to_errors()]
    try:
        written = document.read(path)
    except SetupError:  # JSON that is no YAML: indented by tabs
        written = None
    fields = schema.get("fields")
    for number, field in enumerate(fields if isinstance(fields, list) else ()):
        if not isinstance(field, dict):
            yield {"line": document.line_of(written, ("fields", number)), "mistake": "mapping"}
            continue
        try:
            Field.from_descriptor(dict(field))
        except FrictionlessException as error:
            for note in (reason.note for reason in error.to_errors()):
                line = document.line_of(written, ("fields", number))
                where = f"fields.{field.get('name') or number}"
                yield {**({"line": line} if line else {}), "key": where, "mistake": "schema", "words": note}
                notes = [other for other in notes if other != note]
    for note in notes:
        if "cannot retrieve metadata" not in note:  # a column that is no mapping has been told
            yield {"mistake": "schema", "words": note}


def verdict(file: str, asked: Asked, watch: Watch | None = None, part: int | None = None) -> Verdict:
    """Judges one file: a table, a folder, or a description of data (datapackage.json, …).

    `part`: only that resource of a package.
    """
    import frictionless

    try:
        with trusted(not described(file)):
            subject = subject_of(file, asked)
            if part is not None:
                subject = subject.resources[part]
            judged = judge(subject, limit_errors=asked.limit_errors, progress=watch)
        report, ways = judged.report, judged.ways
    except frictionless.FrictionlessException as error:
        report, ways = frictionless.Report.from_validation(errors=error.to_errors()), ()
    except JudgeFailed as error:
        values = {"error": error.error, "words": error.words}
        failed = Finding(rule="judge-failed", at=Place(resource=file), values=values)
        return Verdict(file=file, exit=1, failed=failed)
    errors = [*report.errors, *(error for task in report.tasks for error in task.errors)]
    unread = any(error.type in UNREAD for error in errors) or bool(errors and _missing(file))
    return Verdict(
        file=file,
        exit=3 if unread else int(not report.valid),
        ways=ways,
        tables=tuple(_table(task, asked.limit_errors) for task in report.tasks) if asked.findings else (),
        findings=tuple(_finding(error, file) for error in report.errors) if asked.findings else (),
        report=report.to_descriptor() if asked.report else None,
    )


def folder(file: str) -> bool:
    """Whether a path is a folder; a name that no file can have is none."""
    return os.path.isdir(file)  # noqa: PTH112 - Path raises where the name is too long


def described(file: str) -> bool:
    """Whether a file describes data (or a folder holds such a file), rather than being some."""
    from frictionless import Detector

    if folder(file):
        return (Path(file) / "datapackage.json").is_file()
    return Detector.detect_metadata_type(file) in DESCRIBED


def subject_of(file: str, asked: Asked) -> Any:
    """What frictionless makes of a file's name: a Resource or a Package.

    A name with * or [ is the file's own where there is such a file.

    Raises FrictionlessException where a description is not valid, JudgeFailed for what else frictionless raises.
    """
    import frictionless
    from frictionless.resources import PackageResource

    pattern = glob.has_magic(file) and (os.path.isfile(file) or not glob.glob(file))  # noqa: PTH113, PTH207
    try:
        if not pattern:
            resource = frictionless.Resource(file, **asked.options())
        elif frictionless.Detector.detect_metadata_type(file) == "resource":
            resource = frictionless.Resource.from_descriptor(file)
        else:
            resource = frictionless.Resource(path=file, **asked.options())
        return resource.read_metadata() if isinstance(resource, PackageResource) else resource
    except frictionless.FrictionlessException:
        raise
    except Exception as error:
        raise JudgeFailed(type(error).__name__, str(error)) from error


def _missing(file: str) -> bool:
    return "://" not in file and not glob.has_magic(file) and not os.path.exists(file)  # noqa: PTH110


def _table(task: Any, limit: int) -> Table:
    findings = [_finding(error, task.place) for error in task.errors]
    if limit and len(findings) >= limit:
        findings.append(Finding(rule="errors-limited", severity="note", values={"limit": limit}))
    return Table(
        place=task.place,
        valid=task.valid,
        tabular=task.tabular,
        rows=task.stats.get("rows") or 0,
        columns=task.stats.get("fields") or 0,
        findings=tuple(findings),
    )


def _finding(error: Any, file: str) -> Finding:
    """An error of frictionless' as a Finding: never with its words where these could quote a cell."""
    from pipelines.validate import TYPES, finding_of

    if error.type == "scheme-error":
        reason = REASON.match(error.note)
        if _missing(file):
            return Finding(rule="file-missing", values={"file": file})
        return Finding(
            rule="file-unreadable", values={"file": file, "reason": reason[1] if reason else error.note}
        )
    if error.type in ("format-error", "compression-error"):
        return Finding(rule="format-error", values={"file": file, "words": error.note})
    if error.type not in TYPES and not getattr(error, "row_number", None):
        return Finding(rule="description-error", values={"error": error.type, "words": error.note})
    row, column = getattr(error, "row_number", None), getattr(error, "field_name", None)
    return finding_of(error, Place(row=row, column=column or getattr(error, "label", None) or None))


def document_of(found: Sequence[Verdict]) -> Mapping[str, Any]:
    """frictionless' Report descriptor. Raises JudgeRaised where frictionless itself raised."""
    for one in found:
        if one.failed:
            raise JudgeRaised("judge-failed", one.failed.at, **one.failed.values)
    return join([one.report for one in found if one.report is not None])


def join(reports: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Several Report descriptors as one, as frictionless joins those of a package's resources."""
    if len(reports) == 1:
        return reports[0]
    joined = {key: [item for one in reports for item in one[key]] for key in ("warnings", "errors", "tasks")}
    stats = {key: sum(one["stats"][key] for one in reports) for key in ("tasks", "errors")}
    seconds = round(sum(one["stats"]["seconds"] for one in reports), 3)
    stats |= {"warnings": len(joined["warnings"]), "seconds": seconds}
    return {"valid": not stats["errors"], "stats": stats, **joined}
