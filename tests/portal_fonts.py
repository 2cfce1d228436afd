"""The portal's fonts, as small as pages need them: letters of Sarabun by script, with all that places Thai marks.

    npm pack @fontsource/sarabun@5.3.0 && tar xf fontsource-sarabun-5.3.0.tgz
    python tests/portal_fonts.py package/files

writes `catalog/web/static/sarabun-{thai,latin,more}-{400,700}.woff2`. A browser fetches of them what a page has
letters of (`unicode-range` in `portal.css`): Thai and Latin nearly always, accents and rare signs seldom.
Needs fonttools and brotli, which the test extra brings.
"""

from __future__ import annotations

import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "catalog/web/static"
THAI = {*range(0x0E00, 0x0E80), 0x0303, 0x0331}
"""With the two marks that languages beside Thai write on its letters."""
LATIN = {*range(0x20, 0x7F), 0xA0, *map(ord, "§©«®°±²³·»½×÷–—‘’“”•…‹›€™−")}
MORE = {
    *range(0xA1, 0x100),
    0x0131,
    0x0152,
    0x0153,
    0x02BB,
    0x02BC,
    0x02C6,
    0x02DA,
    0x02DC,
    *range(0x2000, 0x2070),
}
PARTS = {"thai": ("thai", THAI), "latin": ("latin", LATIN), "more": ("latin", MORE - LATIN - THAI)}
"""Ours → the package's file, and which of its letters."""
FEATURES = ["ccmp", "liga", "mark", "mkmk", "kern"]
"""What composes Thai vowels and tone marks, sets them on their consonants, and spaces Latin letters."""


def smaller(source: Path, letters: set[int], target: Path) -> None:
    """Writes the letters that a font has of those asked for."""
    from fontTools import subset

    options = subset.Options(
        flavor="woff2",
        layout_features=FEATURES,
        hinting=False,
        glyph_names=False,
        name_IDs=[0, 1, 2, 13, 14],  # copyright, name and licence stay with the letters
        notdef_outline=True,
        recalc_timestamp=False,
    )
    options.drop_tables += ["gasp"]
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


def main(folder: Path) -> None:
    """Writes the fonts and says how large they are."""
    for weight in (400, 700):
        for name, (source, letters) in PARTS.items():
            target = TARGET / f"sarabun-{name}-{weight}.woff2"
            smaller(folder / f"sarabun-{source}-{weight}-normal.woff2", letters, target)
            print(f"{target.name} {target.stat().st_size}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
