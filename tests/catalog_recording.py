"""Packs what a real CKAN answered into the files that tests/test_catalog_recorded.py replays.

    python tests/catalog_recording.py FOLDER

FOLDER holds plain.jsonl and thai.jsonl: one call a line, with label, as, request and response. What the replay
does not look at is left out: headers, help addresses, the bodies of pages.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ADMIN = "rig_admin"
"""The recorded machine's sysadmin; ours is called `api`."""
SETS = ("plain", "thai")


def packed(name: str) -> Path:
    """Where a set is kept."""
    return HERE / f"catalog_recorded_{name}.jsonl.gz"


def recorded(name: str) -> Iterator[dict[str, Any]]:
    """The calls of a set, in order."""
    with gzip.open(packed(name), "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _kept(call: dict[str, Any]) -> dict[str, Any]:
    answer = call["response"]
    body = answer["body"] if answer["json"] else None
    if isinstance(body, dict):
        body.pop("help", None)
    return {
        "label": call["label"],
        "as": call["as"],
        "request": call["request"],
        "status": answer["status"],
        "body": body,
    }


def pack(folder: Path) -> None:
    """Writes both sets."""
    for name in SETS:
        lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").replace(ADMIN, "api").splitlines()
        text = "".join(json.dumps(_kept(json.loads(line)), ensure_ascii=False) + "\n" for line in lines)
        packed(name).write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
