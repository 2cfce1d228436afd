"""How a step is declared: two decorators, and what a step may give back beside the obvious.

A step is a plain function; its keyword-only parameters are the words a recipe may use, its docstring is its
help (first line) and its example (the line after `Example:`). Stewards' own steps use the same decorators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, overload

if TYPE_CHECKING:
    import pandas

Function = TypeVar("Function", bound=Callable[..., Any])
MARK = "__saphan_step__"
"""The attribute under which a decorated function carries its `StepSpec`."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a parameter's text stands for, so that the engine can check it before the step runs."""

    means: Literal["column", "new column", "pattern", "day"]


COLUMN = Marker("column")
NEW_COLUMN = Marker("new column")
Column = Annotated[str, COLUMN]
"""A parameter that names a column which must exist."""
Columns = Annotated[Sequence[str], COLUMN]
"""A parameter that names columns which must exist."""
NewColumn = Annotated[str, NEW_COLUMN]
"""A parameter that names a column which must not exist yet."""
Pattern = Annotated[str, Marker("pattern")]
"""A parameter that is a regular expression, compiled before a row is read."""


Day = Annotated[str, Marker("day")]
"""A parameter that is a day, `2026-09-30`."""


@dataclass(frozen=True, slots=True)
class Least:
    """The smallest number that a parameter may be."""

    number: float


@dataclass(frozen=True, slots=True)
class Undecided:
    """A value step's answer where it will not guess: the cell keeps its text and becomes a Finding.

    `reason` is the end of the Finding's rule: `undecided-<reason>`. `text` is what the cell says instead, for a
    step that keeps something from being published: what it cannot read may not go out as it stands.
    """

    reason: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """A table step's result when a bare table would not tell the whole story.

    `renamed` maps labels before to labels after. `came_from` gives, for a column of the result, the label of
    the column each of its cells came from (same length as the table): such cells are `moved`, and only where
    they are may an origin stand on several rows. `undecided` holds (position in the result, column, `Undecided`).
    """

    table: pandas.DataFrame
    renamed: Mapping[str, str] = field(default_factory=dict)
    came_from: Mapping[str, Sequence[str]] = field(default_factory=dict)
    undecided: Sequence[tuple[int, str, Undecided]] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepSpec:
    """A registered step: the function and what its decorator said."""

    name: str
    do: Callable[..., Any]
    kind: Literal["value", "table"]
    adds: tuple[str, ...] = ()
    survey: Callable[..., Any] | None = None
    blanks: bool = False
    named: bool = False
    whole: bool = False


@overload
def value_step(function: Function, /) -> Function: ...
@overload
def value_step(
    *,
    adds: tuple[str, ...] = (),
    survey: Callable[..., Any] | None = None,
    blanks: bool = False,
    named: bool = False,
) -> Callable[[Function], Function]: ...
def value_step(
    function: Function | None = None,
    /,
    *,
    adds: tuple[str, ...] = (),
    survey: Callable[..., Any] | None = None,
    blanks: bool = False,
    named: bool = False,
) -> Any:
    """Declares a pure function of one text, `def step(text: str, *, …) -> str | Undecided`.

    The engine gives it each distinct text of the recipe's `columns` (all columns when the recipe names none,
    unless `named`). Empty cells are passed by unless `blanks`. With `adds` it returns a tuple: the first goes
    back to the cell, the others to the new columns that the recipe names by those parameters. `survey` is a
    function of {text: count} and the step's own parameters; what it returns arrives as the parameter `survey`.
    """

    def declare(do: Function) -> Function:
        spec = StepSpec(
            name=_dashed(do), do=do, kind="value", adds=adds, survey=survey, blanks=blanks, named=named
        )
        setattr(do, MARK, spec)
        return do

    return declare if function is None else declare(function)


@overload
def table_step(function: Function, /) -> Function: ...
@overload
def table_step(*, whole: bool = False) -> Callable[[Function], Function]: ...
def table_step(function: Function | None = None, /, *, whole: bool = False) -> Any:
    """Declares a function of a table, `def step(table: pandas.DataFrame, *, …) -> pandas.DataFrame | Outcome`.

    All cells are text, an empty cell is `""`. The index is the origin (`source_row`, or a tuple of them) and
    must be kept. Without `whole` the step must give the same on any slice of rows.
    """

    def declare(do: Function) -> Function:
        setattr(do, MARK, StepSpec(name=_dashed(do), do=do, kind="table", whole=whole))
        return do

    return declare if function is None else declare(function)


def _dashed(do: Callable[..., Any]) -> str:
    return do.__name__.strip("_").replace("_", "-")
