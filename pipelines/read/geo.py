"""GeoJSON: properties as columns, points as longitude and latitude, other shapes as compact JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.read import records

POINT = ("longitude", "latitude", "altitude")


def is_geojson(document: Any) -> bool:
    """Whether a JSON document is a collection of features."""
    return (
        isinstance(document, Mapping)
        and document.get("type") == "FeatureCollection"
        and isinstance(document.get("features"), list)
    )


def rows(features: Sequence[Any], at: Place) -> tuple[list[str], list[list[str]], tuple[Finding, ...]]:
    """Labels, cells, and what was found. Raises SourceError `read-geojson-broken` for what is no Feature.

    RFC 7946: coordinates are longitude, latitude in degrees; a Feature's geometry may be null.
    """
    shapes = [_geometry(feature, number, at) for number, feature in enumerate(features, 1)]
    points = all(shape is None or shape["type"] == "Point" for shape in shapes)
    outside = [number for number, shape in enumerate(shapes, 1) if shape and _outside(shape)]
    empty = [number for number, shape in enumerate(shapes, 1) if shape is None]
    named = any("id" in feature for feature in features)
    flat = []
    for feature, shape in zip(features, shapes, strict=True):
        cells: dict[records.Path, str] = dict(records.flattened(feature.get("properties") or {}))
        # keys that no property's path can have: a property of the same name keeps its own column
        if named:
            cells["feature_id", ""] = records.cell(feature.get("id"))
        if points:
            place = shape["coordinates"] if shape else ["", ""]
            cells |= {(name, ""): str(number) for name, number in zip(POINT, place, strict=False)}
        else:
            cells["geometry", ""] = records.compact(shape) if shape else ""
        flat.append(cells)
    labels, cells_of = records.tabled(flat)
    findings = []
    for rule, numbers in (("read-geojson-projected", outside), ("read-geojson-empty-places", empty)):
        if numbers:
            place = replace(at, source_row=numbers[0])
            values = {"count": len(numbers)}
            findings.append(Finding(rule=rule, severity="warning", at=place, values=values))
    return labels, cells_of, tuple(findings)


def _geometry(feature: Any, number: int, at: Place) -> Mapping[str, Any] | None:
    """A feature's geometry; None where it has none or an empty one."""
    shape = feature.get("geometry") if isinstance(feature, Mapping) else ""
    if shape is None:
        return None
    if not isinstance(shape, Mapping) or not isinstance(feature.get("properties") or {}, Mapping):
        raise SourceError("read-geojson-broken", replace(at, source_row=number))
    inside = shape.get("geometries") if shape.get("type") == "GeometryCollection" else shape.get("coordinates")
    if not isinstance(shape.get("type"), str) or not isinstance(inside, list):
        raise SourceError("read-geojson-broken", replace(at, source_row=number))
    if shape["type"] == "Point" and inside and not _position(inside):
        raise SourceError("read-geojson-broken", replace(at, source_row=number))
    return shape if inside else None


def _position(place: Any) -> bool:
    return isinstance(place, list) and len(place) >= 2 and all(isinstance(one, records.Number) for one in place)


def _outside(shape: Mapping[str, Any]) -> bool:
    return any(abs(float(place[0])) > 180 or abs(float(place[1])) > 90 for place in _positions(shape))


def _positions(shape: Any) -> Iterator[Any]:
    if isinstance(shape, Mapping):
        yield from _positions(shape.get("geometries") or shape.get("coordinates") or [])
    elif _position(shape):
        yield shape
    elif isinstance(shape, list):
        for inside in shape:
            yield from _positions(inside)
