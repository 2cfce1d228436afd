"""Which steps there are: ours by family, a steward's own by path, and what `saphan steps` says of each."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal

from metadata.errors import SetupError
from metadata.finding import Place
from pipelines.steps import bind
from pipelines.steps.declare import MARK, StepSpec

FAMILIES = ("text", "numbers", "dates", "places", "columns", "rows", "shape", "protect", "protect_cells")
"""The files of our own steps, in the order of the documentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterHelp:
    """One parameter in words. `default` is None when it must be given."""

    name: str
    type: str
    default: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepHelp:
    """One step in words: what `saphan steps` prints and the documentation is made from."""

    name: str
    kind: Literal["value", "table"]
    family: str
    parameters: tuple[ParameterHelp, ...]
    help: str
    example: str
    more: str


@dataclass(frozen=True, slots=True)
class Own:
    """The stewards' own `steps.py` as it was read: what another process needs to run the same steps."""

    path: str
    text: bytes


def register(own: Path | Own | None = None) -> Mapping[str, StepSpec]:
    """Every step by its dash-case name, a steward's own included: from the file, or as it was read.

    Raises SetupError `steps-file` (cannot be run, or a signature is no step's) and `step-taken`.
    """
    steps = dict(_ours())
    path = Path(own.path) if isinstance(own, Own) else own
    there = path is not None and (isinstance(own, Own) or path.is_file())
    for name, spec in (_read(path, own.text if isinstance(own, Own) else None) if there and path else {}).items():
        if name in steps:
            raise SetupError("step-taken", Place(), file=str(path), step=name)
        steps[name] = spec
    return steps


def describe(own: Path | None = None) -> tuple[StepHelp, ...]:
    """Every step in words, in the order of the families."""
    return tuple(_help(spec) for spec in register(own).values())


@cache
def _ours() -> Mapping[str, StepSpec]:
    steps: dict[str, StepSpec] = {}
    for family in FAMILIES:
        steps.update(_declared(import_module(f"pipelines.steps.{family}")))
    return steps


def _declared(module: ModuleType) -> dict[str, StepSpec]:
    found = [getattr(thing, MARK) for thing in vars(module).values() if hasattr(thing, MARK)]
    return {spec.name: spec for spec in found if spec.do.__module__ == module.__name__}


class _Loader(SourceFileLoader):
    """Reads the source and nothing else: a steward's folder gets no `__pycache__`, nor is an old one used."""

    text: bytes | None = None

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        text = self.get_data(path) if self.text is None else self.text
        code: CodeType = self.source_to_code(text, path)
        return code


def _read(path: Path, text: bytes | None) -> dict[str, StepSpec]:
    name = "saphan_own_steps"
    loader = _Loader(name, str(path))
    loader.text = text
    spec = spec_from_loader(name, loader)
    assert spec is not None  # noqa: S101 - a loader was given
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    try:
        loader.exec_module(module)
    except SyntaxError as error:
        raise SetupError("steps-file", file=str(path), line=error.lineno, reason=error.msg) from error
    except Exception as error:
        raise SetupError(
            "steps-file", file=str(path), line=line_in(path, error) or 1, reason=_reason(error)
        ) from error
    steps = _declared(module)
    for step in steps.values():
        try:
            bind.parameters(step)
        except (TypeError, NameError) as error:
            line = inspect.unwrap(step.do).__code__.co_firstlineno
            raise SetupError("steps-file", file=str(path), line=line, reason=str(error)) from error
    return steps


def _reason(error: Exception) -> str:
    """What kept a file from running. Only a message about names is told: another could quote data it has read."""
    about_names = (ImportError, NameError, AttributeError)
    return f"{type(error).__name__}: {error}" if isinstance(error, about_names) else type(error).__name__


def line_in(path: str | Path, error: BaseException) -> int | None:
    """The line of a file at which an error passed through it."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == str(path)), None)


def _help(spec: StepSpec) -> StepHelp:
    doc = inspect.getdoc(spec.do) or ""
    text, _, example = doc.partition("Example:")
    first, _, more = text.strip().partition("\n")
    return StepHelp(
        name=spec.name,
        kind=spec.kind,
        family=spec.do.__module__.rpartition(".")[2],
        parameters=tuple(
            ParameterHelp(
                name=one.name,
                type=bind.words(one.hint),
                default=None if one.needed else _shown(one.default),
            )
            for one in bind.parameters(spec)
        ),
        help=first,
        example=example.strip(),
        more=inspect.cleandoc(more),
    )


def _shown(default: Any) -> str:
    if default is None or default == () or default == "" or default == {}:
        return "–"
    return str(default).lower() if isinstance(default, bool) else str(default)


def where(spec: StepSpec) -> str:
    """The file that holds a step's function."""
    return str(inspect.unwrap(spec.do).__code__.co_filename)
