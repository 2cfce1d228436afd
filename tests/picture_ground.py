"""Tables to draw pictures of, without a catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from catalog.picture.columns import Column, Field, roles
from catalog.picture.figures import Figures, figures
from catalog.picture.views import wanted
from catalog.store import grouped
from catalog.store.datastore import Reading
from catalog.store.shape import Column as Kept
from catalog.store.shape import Shape

Described = Mapping[str, tuple[str, str]]
"""Column → its type and its label."""


@contextmanager
def table(described: Described, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[Reading, tuple[Column, ...]]]:
    """A table of these rows, and what its columns are there for."""
    kept = [Kept(name=name, kind=kind, slot=n) for n, (name, (kind, _label)) in enumerate(described.items())]
    records = [{"_id": n, **dict(zip(described, row, strict=True))} for n, row in enumerate(rows, 1)]
    fields = [Field(name=name, kind=kind, labels={"th": label}) for name, (kind, label) in described.items()]
    with Reading.of_rows(Shape(columns=tuple(kept)), records) as reading:
        sample, count = grouped.sample(reading, 500)
        yield reading, roles(fields, sample, whole=count <= 500)


def pictures(described: Described, rows: Sequence[Sequence[Any]], views: Any = None) -> list[Figures]:
    """The pictures that a table has."""
    with table(described, rows) as (reading, columns):
        return [made for one in wanted(views, columns) if (made := figures(reading, one))]


def first(described: Described, rows: Sequence[Sequence[Any]], views: Any = None) -> Figures:
    """The first of them."""
    return pictures(described, rows, views)[0]


def values(made: Figures) -> dict[Any, float | None]:
    """What one line says, by period (of the Common Era), cell or province."""
    return {getattr(key, "at", key): value for key, value in zip(made.keys, made.lines[0].values, strict=True)}


def kinds(made: Sequence[Figures]) -> list[str]:
    """Their kinds."""
    return [one.choice.kind for one in made]
