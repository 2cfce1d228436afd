"""The provinces as GeoJSON, as coarse as the pictures have them: the ground of maps that a reader moves."""

from __future__ import annotations

import re
from functools import cache

import orjson

from catalog.picture.map import shapes
from metadata import areas

MOVE = re.compile(r"([Mlz])([^Mlz]*)")
NUMBER = re.compile(r"-?[0-9.]+")
Point = tuple[float, float]


@cache
def outlines() -> bytes:
    """A FeatureCollection with the properties `code`, `name`, `name_en`."""
    drawn = shapes()
    west, south, east, north = drawn.box

    def degrees(point: Point) -> list[float]:
        x, y = point[0] / drawn.width, point[1] / drawn.height
        return [round(west + x * (east - west), 4), round(north - y * (north - south), 4)]

    features = []
    for code, path in drawn.paths.items():
        area = areas.area(code)
        names = {"name": area.name, "name_en": area.name_en} if area else {"name": code, "name_en": code}
        polygons = [[[degrees(point) for point in (*ring, ring[0])]] for ring in rings(path)]
        shape = {"type": "MultiPolygon", "coordinates": polygons}
        features.append({"type": "Feature", "properties": {"code": code, **names}, "geometry": shape})
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def rings(path: str) -> list[list[Point]]:
    """The rings of an SVG path of `M` (from where), `l` (steps from there) and `z`."""
    found: list[list[Point]] = []
    for command, rest in MOVE.findall(path):
        numbers = [float(one) for one in NUMBER.findall(rest)]
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            if command == "M":
                found.append([(x, y)])
            else:
                before = found[-1][-1]
                found[-1].append((before[0] + x, before[1] + y))
    return found
