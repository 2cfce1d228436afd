"""Derives `metadata/standards/areas.csv.gz` from the PyPI package geothai (code MIT, data CC BY 4.0).

`pip install --target FOLDER geothai==3.2.1`, then `python tests/area_codes.py FOLDER`. The words for a level
(Bangkok's districts have theirs in the source) are left out of the names.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from pathlib import Path

STANDARDS = Path(__file__).resolve().parents[1] / "metadata/standards"


def areas(folder: Path) -> list[tuple[str, str, str]]:
    """Code, Thai and English name of every area, by level and code."""
    rows = []
    for name in ("provinces", "districts", "subdistricts"):
        for code, thai, english, *_postal in json.loads((folder / f"{name}.json").read_text(encoding="utf-8")):
            word = "เขต" if len(code) == 4 and code.startswith("10") else ""
            rows.append((code, thai.removeprefix(word), english))
    return sorted(rows, key=lambda row: (len(row[0]), row[0]))


def main(target: str) -> None:
    """Writes the packed table, the same bytes for the same source."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("code", "name", "name_en"))
    writer.writerows(areas(Path(target) / "geothai/_data"))
    (STANDARDS / "areas.csv.gz").write_bytes(gzip.compress(out.getvalue().encode(), 9, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
