"""GeoJSON (RFC 7946) of a table that has points in two columns of degrees, or shapes in one column of JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO, Any

import orjson

from catalog.web.exports.part import Part
from catalog.web.exports.text import VALUE, making, replaced

SHAPES = re.compile(r"geometry|geom|the_geom|geojson|shape", re.IGNORECASE)
KINDS = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a table's places stand: in the column `shape`, or in two columns of degrees (WGS 84)."""

    shape: str = ""
    longitude: str = ""
    latitude: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the geometry is made of."""
        return (self.shape,) if self.shape else (self.longitude, self.latitude)


def geojson_file(part: Part, out: IO[bytes], where: Where) -> None:
    """A collection with one feature a row; a row without a place has the geometry null (§3.2)."""
    shown = [one for one in part.columns if one.name not in where.columns]
    names = [one.name for one in shown]
    written = making(shown, VALUE)
    between = b'{"type":"FeatureCollection","features":[\n'
    for block in part.blocks([*names, *where.columns]):
        features = (_feature(names, replaced(row, written)) for row in block)
        out.write(between + b",\n".join(features))
        between = b",\n"
    out.write((b'{"type":"FeatureCollection","features":[' if between[:1] == b"{" else b"\n") + b"]}\n")


def _feature(names: list[str], cells: list[Any]) -> bytes:
    properties = dict(zip(names, cells, strict=False))
    return orjson.dumps({"type": "Feature", "geometry": _geometry(cells[len(names) :]), "properties": properties})


def _geometry(cells: list[Any]) -> Any:
    if len(cells) == 1:
        return _shape(cells[0])
    longitude, latitude = map(_degree, cells)
    if longitude is None or latitude is None or abs(longitude) > 180 or abs(latitude) > 90:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _shape(text: str | None) -> Any:
    found = orjson.loads(text) if text else None
    return found if isinstance(found, dict) and found.get("type") in KINDS else None


def _degree(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None
