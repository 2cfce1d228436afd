"""The picture that a reader asks for: what along the axis, what makes the lines, what is counted (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast, get_args

from catalog.picture.choice import MOST_SERIES, Choice, How, choices, how, left_out
from catalog.picture.columns import Column
from metadata.views import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)
GROUPS: Mapping[Kind, tuple[str, ...]] = {
    "line": ("time",),
    "bar": ("category", "place", "time"),
    "map": ("place",),
}
"""Kind of picture → the roles of the columns that may stand along its axis."""


def chosen(given: Mapping[str, str], columns: Sequence[Column]) -> Choice | None:
    """The picture that an address asks for; what it does not say, or says wrongly, is as in the first picture."""
    usual = choices(columns)
    kind = cast("Kind", given.get("kind"))
    if kind not in possible(columns):
        if not usual:
            return None
        kind = usual[0].kind
    first = next((one for one in usual if one.kind == kind), None)
    if kind == "points":
        return first
    along = groups(columns, kind)
    group = _named(along, given.get("group")) or (first.group if first else along[0])
    measure = _measure(columns, given, first)
    split = None
    if kind == "line" and "split" in given:
        split = _named(splits(columns), given["split"])
    elif first and len(first.measures) < 2:
        split = first.split
    at = next((one.at for one in usual if one.at), None)
    way = how([measure] if measure else [])
    if measure and measure.adds is not False and given.get("how") in ("sum", "mean"):
        way = cast("How", given["how"])
    return Choice(
        kind=kind,
        group=group,
        split=split if kind == "line" else None,
        measures=(measure,) if measure else (),
        how=way,
        at=at if kind != "line" and measure and group != at else None,
        without=left_out(columns),
    )


def name(choice: Choice) -> tuple[str, ...]:
    """What tells a chosen picture from others of its table."""
    columns = [choice.group, choice.split, *choice.measures]
    return (choice.kind, choice.how, *(one.name if one else "" for one in columns))


def possible(columns: Sequence[Column]) -> list[Kind]:
    """The kinds of picture that a table's columns allow."""
    roles = {one.role for one in columns}
    found = [kind for kind in KINDS if kind != "points" and roles & set(GROUPS[kind])]
    return [*found, *(["points"] if roles >= {"latitude", "longitude"} else [])]  # type: ignore[list-item]


def groups(columns: Sequence[Column], kind: Kind) -> list[Column]:
    """The columns that may stand along the axis of a kind of picture."""
    return [one for one in columns if one.role in GROUPS.get(kind, ())]


def measures(columns: Sequence[Column]) -> list[Column]:
    """The columns whose numbers may be shown."""
    return [one for one in columns if one.role == "measure"]


def splits(columns: Sequence[Column]) -> list[Column]:
    """The columns whose cells may make a line each."""
    return [one for one in columns if one.role in ("category", "place") and 1 < one.distinct <= 10 * MOST_SERIES]


def _named(columns: Sequence[Column], name: str | None) -> Column | None:
    return next((one for one in columns if one.name == name), None)


def _measure(columns: Sequence[Column], given: Mapping[str, str], first: Choice | None) -> Column | None:
    if "measure" in given:
        return _named(measures(columns), given["measure"])
    return first.measures[0] if first and first.measures else None
