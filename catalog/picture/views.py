"""The pictures that a publisher wants instead: the Data Package's views, and the views that CKAN keeps.

Data Package (Frictionless Views): `views: [{name, title, resources: [name], specType: simple, spec: {type, group,
series: [column …]}}]`. A resource carries its own as JSON text in its field `views` (`catalog.wire`); an empty
list says that it wants no picture. Of CKAN's views those of ckanext-reclineview are read: `recline_graph_view`
(`graph_type`, `group`, `series`) and `recline_map_view` (`latitude_field`, `longitude_field`). (pure)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.picture.choice import MOST_SERIES, Choice, choices, how, left_out
from catalog.picture.columns import NUMBERS, Column
from metadata.views import FIELD, KINDS, NONE, Kind

View = Mapping[str, Any]
LONGEST = 20_000
"""Letters of the views of one resource."""


def asked(resource: Mapping[str, Any], ckan: Iterable[View]) -> list[View] | None:
    """The views that a resource wants, as a Data Package says them; None where it leaves it to us."""
    said = resource.get(FIELD)
    try:
        own = json.loads(said) if isinstance(said, str) and len(said) <= LONGEST else None
    except (ValueError, RecursionError):
        own = None
    if isinstance(own, list):
        return [one for one in own if isinstance(one, Mapping)]
    found = [made for one in ckan if (made := _of_ckan(one))]
    return found or None


def _of_ckan(view: View) -> View | None:
    """A view of CKAN's as one of a Data Package."""
    spec: dict[str, Any]
    if view.get("view_type") == "recline_graph_view":
        spec = {"type": view.get("graph_type"), "group": view.get("group"), "series": view.get("series")}
    elif view.get("view_type") == "recline_map_view" and view.get("latitude_field"):
        series = [view.get("longitude_field")]
        spec = {"type": "points", "group": view.get("latitude_field"), "series": series}
    else:
        return None
    return {"title": str(view.get("title") or ""), "spec": spec}


def wanted(views: Sequence[View] | None, columns: Sequence[Column]) -> tuple[Choice, ...]:
    """The pictures of a table: those that are asked for and can be drawn, else our own choice."""
    if views is None:
        return choices(columns)
    found = tuple(_made(views, {one.name: one for one in columns}, columns))
    silent = not views or any(_spec(one).get("type") == NONE for one in views)
    return found or (() if silent else choices(columns))


def _spec(view: View) -> Mapping[str, Any]:
    spec = view.get("spec")
    return spec if isinstance(spec, Mapping) else {}


def _made(views: Sequence[View], named: Mapping[str, Column], columns: Sequence[Column]) -> Iterator[Choice]:
    for view in views[:10]:
        spec = _spec(view)
        kind, group = KINDS.get(str(spec.get("type"))), named.get(str(spec.get("group")))
        series = spec.get("series") or []
        listed = [
            named[str(one)] for one in (series if isinstance(series, list) else [series]) if str(one) in named
        ]
        if kind and group:
            made = _one(kind, group, listed, columns)
            if made:
                title, title_en = (str(view.get(name) or "") for name in ("title", "title_en"))
                yield replace(made, title=title, title_en=title_en)


def _one(kind: Kind, group: Column, series: list[Column], columns: Sequence[Column]) -> Choice | None:
    """A choice of a kind. Of what stands as series, numbers are measured; the first other column splits them."""
    without = left_out(columns)
    if kind == "points":
        return Choice(kind=kind, group=group, split=series[0], without=without) if series else None
    measures = [one for one in series if one.field.kind in NUMBERS][:MOST_SERIES]
    split = next((one for one in series if one not in measures), None)
    time = next((one for one in columns if one.role == "time" and one is not group and one.grain != "day"), None)
    if kind == "line":
        measures = measures[:1] if split else measures
        time = None
    else:
        measures, split = measures[:1], None
    return Choice(
        kind=kind,
        group=group,
        split=split,
        measures=tuple(measures),
        how=how(measures),
        at=time if time and time.distinct > 1 and measures else None,
        without=without,
    )
