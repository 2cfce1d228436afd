"""The signature is the schema: what a step's parameters may be, in words, and whether a recipe's values fit."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pipelines.steps.declare import COLUMN, Columns, Least, Marker, NewColumn, StepSpec
from pipelines.thai_dates import natural_era

NEEDED = inspect.Parameter.empty


class Unfit(Exception):  # noqa: N818 - never leaves this package
    """A value that does not fit its parameter; says what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameter:
    """One word a recipe may use under a step. `default` is `NEEDED` when it must be given."""

    name: str
    hint: Any
    default: Any = NEEDED

    @property
    def needed(self) -> bool:
        """Whether a recipe must give it."""
        return self.default is NEEDED


def parameters(spec: StepSpec) -> tuple[Parameter, ...]:
    """A step's parameters, the engine's own (`columns`, added columns) first.

    Raises TypeError when the function's signature is no step's.
    """
    import pandas

    from pipelines.steps import declare

    known = {**vars(declare), "pandas": pandas, "pd": pandas, "DataFrame": pandas.DataFrame}
    hints = get_type_hints(spec.do, localns=known, include_extras=True)
    own = list(inspect.signature(spec.do).parameters.values())
    if not own or own[0].kind not in (own[0].POSITIONAL_ONLY, own[0].POSITIONAL_OR_KEYWORD):
        raise TypeError(f"{spec.do.__name__} needs a first argument: the text or the table")
    found = []
    if spec.kind == "value":
        found.append(Parameter(name="columns", hint=Columns, default=NEEDED if spec.named else ()))
        found += [Parameter(name=name, hint=NewColumn, default="") for name in spec.adds]
    for one in own[1:]:
        if one.kind is not one.KEYWORD_ONLY:
            raise TypeError(f"{spec.do.__name__}: `{one.name}` must stand after `*`")
        if one.name == "survey" and spec.survey is not None:
            continue
        if any(one.name == other.name for other in found):
            raise TypeError(f"{spec.do.__name__}: `{one.name}` belongs to the engine")
        found.append(Parameter(name=one.name, hint=hints.get(one.name, Any), default=one.default))
    return tuple(found)


def fit(hint: Any, value: Any) -> Any:
    """The value as the hint wants it (a whole number where text is wanted becomes text, one text a list).

    Raises Unfit with what is expected, in words.
    """
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin is Annotated:
        return _marked(args[0], args[1:], value)
    if origin is Literal:
        if value in args and not isinstance(value, bool):
            return value
    elif origin in (Union, types.UnionType):
        for option in args:
            try:
                return fit(option, value)
            except Unfit:
                continue
    elif hint is type(None):
        if value is None:
            return None
    elif hint is str:
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
    elif hint is bool:
        if isinstance(value, bool):
            return value
    elif hint is int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    elif hint is float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        if isinstance(value, Mapping):
            return {fit(args[0], key): fit(args[1], item) for key, item in value.items()}
    elif isinstance(origin, type) and issubclass(origin, Sequence):
        if isinstance(value, list | tuple):
            return tuple(fit(args[0], item) for item in value)
        if not isinstance(value, Mapping) and value is not None:
            return (fit(args[0], value),)
    raise Unfit(words(hint))


def _marked(hint: Any, marks: tuple[Any, ...], value: Any) -> Any:
    try:
        value = fit(hint, value)
    except Unfit:
        raise Unfit(words(Annotated[hint, *marks])) from None
    if any(isinstance(mark, Marker) and mark.means == "pattern" for mark in marks) and isinstance(value, str):
        try:
            re.compile(value)
        except re.error as error:
            raise Unfit(f"a regular expression ({error})") from error
    if any(isinstance(mark, Marker) and mark.means == "day" for mark in marks) and not _day(value):
        raise Unfit(words(Annotated[hint, *marks]))
    if any(isinstance(mark, Least) and value < mark.number for mark in marks):
        raise Unfit(words(Annotated[hint, *marks]))
    return value


def _day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text and natural_era(int(text[:4])) == "gregorian"
    except ValueError:
        return False


def words(hint: Any) -> str:
    """A parameter's type in plain words: `text`, `list of text`, `auto | buddhist | gregorian`."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        means = [mark.means for mark in args[1:] if isinstance(mark, Marker)]
        least = [f" from {mark.number:g}" for mark in args[1:] if isinstance(mark, Least)]
        return (words(args[0]).replace("text", means[0], 1) if means else words(args[0])) + "".join(least)
    if origin is Literal:
        return " | ".join(map(str, args))
    if origin in (Union, types.UnionType):
        return " | ".join(words(option) for option in args if option is not type(None))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"mapping of {words(args[0])} to {words(args[1])}"
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return f"list of {words(args[0])}"
    return {str: "text", bool: "true | false", int: "whole number", float: "number"}.get(hint, "anything")


def columns_named(hint: Any, value: Any, mark: Marker = COLUMN) -> tuple[str, ...]:
    """The columns a parameter's value names: those that must exist (or with `NEW_COLUMN`: must not yet)."""
    origin, args = get_origin(hint), get_args(hint)
    if value is None:
        return ()
    if origin in (Union, types.UnionType):
        return tuple(name for option in args for name in columns_named(option, value, mark))
    if origin is Annotated and mark in args[1:]:
        return (value,) if isinstance(value, str) else tuple(value)
    if isinstance(origin, type) and issubclass(origin, Mapping | Sequence) and isinstance(value, Mapping | tuple):
        told = tuple(value.values()) if isinstance(value, Mapping) else ()
        names = [name for key in value for name in columns_named(args[0], key, mark)]
        return (*names, *(name for one in told for name in columns_named(args[1], one, mark)))
    return ()
