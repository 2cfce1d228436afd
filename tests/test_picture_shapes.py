"""The provinces' shapes: all of them, closed, where they lie."""

from __future__ import annotations

import re

from catalog.picture.map import shapes
from metadata import areas

PLACES = {"10": (13.75, 100.5), "50": (18.8, 98.9), "34": (15.2, 104.8), "83": (7.9, 98.3), "96": (6.4, 101.8)}
"""A point in each of some provinces."""


def rings(path: str) -> list[list[tuple[int, int]]]:
    """The corners of a path's rings."""
    found = []
    for ring in re.findall(r"M[^M]+", path):
        assert ring.endswith("z")
        numbers = [int(one) for one in re.findall(r"-?\d+", ring)]
        x, y = numbers[0], numbers[1]
        corners = [(x, y)]
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + dx, y + dy
            corners.append((x, y))
        found.append(corners)
    return found


def inside(ring: list[tuple[int, int]], x: float, y: float) -> bool:
    """Whether a point lies within a ring: how often a ray from it crosses the border."""
    crossed = False
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            crossed = not crossed
    return crossed


def test_there_are_the_provinces_that_areas_know() -> None:
    assert sorted(shapes().paths) == [one.code for one in areas.provinces()]
    assert len(shapes().paths) == 77


def test_each_is_closed_has_an_area_and_lies_in_the_box() -> None:
    for code, path in shapes().paths.items():
        for ring in rings(path):
            assert len(ring) >= 3, code
            assert all(-1 <= x <= shapes().width + 1 and -1 <= y <= shapes().height + 1 for x, y in ring), code
        ends = [zip(ring, [*ring[1:], ring[0]], strict=True) for ring in rings(path)]
        assert sum(abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) for pairs in ends) > 20, code


def test_coordinates_fall_into_their_province() -> None:
    for code, place in PLACES.items():
        x, y = shapes().at(*place)
        assert [
            one for one, path in shapes().paths.items() if any(inside(ring, x, y) for ring in rings(path))
        ] == [code]
