"""The fonts that pictures as PNG are drawn with, and how wide their letters are: made from the portal's own fonts.

`python tests/picture_fonts.py` writes `catalog/picture/data/sarabun-400.ttf`, `-700.ttf` and `widths.json`. The
pages' Sarabun (SIL Open Font License, `catalog/web/static/sarabun-license.txt`) comes in parts by script:
the renderer takes the letters of a text from one face only, so the parts are put together again.
"""

from __future__ import annotations

import json
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATIC, TARGET = ROOT / "catalog/web/static", ROOT / "catalog/picture/data"


def merged(weight: int, folder: Path) -> Any:
    """The parts of one weight as one font."""
    from fontTools.merge import Merger
    from fontTools.ttLib import TTFont

    parts = []
    for part in ("thai", "latin", "more"):
        font = TTFont(STATIC / f"sarabun-{part}-{weight}.woff2", recalcTimestamp=False)
        font.flavor = None
        font.save(folder / f"{part}-{weight}.ttf")
        parts.append(str(folder / f"{part}-{weight}.ttf"))
    return Merger().merge(parts)


def widths(font: Any) -> dict[str, int]:
    """Letter → thousandths of the type size; marks above and below take none."""
    by_name, size = font["hmtx"].metrics, font["head"].unitsPerEm
    return {
        chr(code): 0 if unicodedata.category(chr(code)) == "Mn" else round(by_name[name][0] * 1000 / size)
        for code, name in sorted(font.getBestCmap().items())
        if code >= 0x20
    }


def main() -> None:
    """Writes the three files."""
    with tempfile.TemporaryDirectory() as folder:
        for weight in (400, 700):
            font = merged(weight, Path(folder))
            # a merged font bears the time of its making: the files are the same each time they are made
            font["head"].created = font["head"].modified = 0
            font.recalcTimestamp = False
            # the renderer takes no font without a PostScript name
            font["name"].setName(f"Sarabun-{weight}", 6, 3, 1, 0x409)
            font.save(TARGET / f"sarabun-{weight}.ttf")
            if weight == 400:
                said = json.dumps(widths(font), ensure_ascii=False, indent=None, separators=(",", ":"))
                (TARGET / "widths.json").write_text(said + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
