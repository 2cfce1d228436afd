"""SVG as PNG, with Sarabun from here and no font of the machine."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

KEPT = 16
"""Pictures kept by a process: a link that is passed around is asked for by many at once."""


@lru_cache(KEPT)
def png(svg: str) -> bytes:
    """The pixels of an SVG at its own size."""
    import resvg_py

    made = resvg_py.svg_to_bytes(
        svg_string=svg, skip_system_fonts=True, font_files=list(_fonts()), font_family="Sarabun"
    )
    return bytes(made)


@cache
def _fonts() -> tuple[str, ...]:
    folder = files("catalog").joinpath("picture/data")
    return tuple(str(folder.joinpath(f"sarabun-{weight}.ttf")) for weight in (400, 700))
