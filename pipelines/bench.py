"""Where slices of tables are worked on: here, in this process, or wherever else a `Bench` reaches.

What is held on a bench stays there; its `Held` says where. Functions and their arguments must be able to travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")
Held = Any
"""Something on a bench: in this process the thing itself, elsewhere what stands for it."""

BLOCK = 16 << 20
"""Bytes of a slice of text, where nothing smaller is asked for."""
ROWS = 50_000
"""Rows of a slice of a table that was read whole."""


class Bench(Protocol):
    """Applies functions to what it holds. It is a `pipelines.engine.Spread`, too."""

    alone: bool
    """Whether tables are worked on whole: the source is read as one slice."""
    block: int
    rows: int
    workers: int

    def each(self, function: Callable[..., Any], items: Sequence[Held], **same: Any) -> list[Held]:
        """The function of each item; the results are held. What is held elsewhere may also stand in `same`."""
        ...

    def one(self, function: Callable[..., Any], items: Sequence[Held], **same: Any) -> Held:
        """The function of all items as one list; the result is held."""
        ...

    def fetch(self, held: Iterable[Held]) -> Iterator[Any]:
        """What is held, in order, a few ahead at most; a Failed where a function raised."""
        ...

    def bring(self, held: Iterable[Held]) -> Iterator[Any]:
        """What is held, in order, a few ahead at most. What a function raised is raised here."""
        ...

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The results, in order, none held."""
        ...


class Here:
    """This process. `alone`, as the default engine is; or by slices, one after the other."""

    def __init__(self, *, alone: bool = True, block: int = BLOCK, rows: int = ROWS, workers: int = 1) -> None:
        self.alone = alone
        self.block = block
        self.rows = rows
        self.workers = workers

    def each(self, function: Callable[..., Any], items: Sequence[Held], **same: Any) -> list[Held]:
        return [tried(function, item, **same) for item in items]

    def one(self, function: Callable[..., Any], items: Sequence[Held], **same: Any) -> Held:
        return tried(function, list(items), **same)

    def fetch(self, held: Iterable[Held]) -> Iterator[Any]:
        return iter(held)

    def bring(self, held: Iterable[Held]) -> Iterator[Any]:
        return map(given, held)

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        return map(function, items)


class Failed:
    """Stands for what a function did not give because it raised. So a bench logs nothing of what it was given."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def tried(function: Callable[..., Any], item: Any, **same: Any) -> Any:
    """What a function gives, or the Failed that it, or what made its arguments, ended with."""
    needed = (*(item if isinstance(item, list) else [item]), *same.values())
    failed = next((one for one in needed if isinstance(one, Failed)), None)
    if failed is not None:
        return failed
    try:
        return function(item, **same)
    except Exception as error:  # noqa: BLE001 - raised again where the result is brought
        return Failed(error)


def given(result: Any) -> Any:
    """A result that was brought. Raises what its function raised."""
    if isinstance(result, Failed):
        raise result.error
    return result
