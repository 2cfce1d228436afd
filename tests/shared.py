"""Where the folder with real files and the CKAN rig is: it is no part of the project, and a clone may lack it.

Looked for in SAPHAN_SHARED, else ../shared, else beside the repository this clone was made from.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def folders() -> Iterator[Path]:
    """Where it could be, best first."""
    if os.environ.get("SAPHAN_SHARED"):
        yield Path(os.environ["SAPHAN_SHARED"])
    yield ROOT.parent / "shared"
    origin = subprocess.run(["git", "config", "remote.origin.url"], cwd=ROOT, capture_output=True, text=True)
    if origin.stdout.strip():
        yield Path(origin.stdout.strip().removeprefix("file://")).parent / "shared"


def find(inside: str) -> Path | None:
    """The first that is there of a path inside the folder."""
    return next((path for folder in folders() if (path := folder / inside).exists()), None)
