"""A `decisions.yaml`: a list whose lines are appended and never edited, by one move so that none is ever half."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metadata import document
from metadata.errors import SetupError, StoreError


def longer(path: Path, line: Mapping[str, Any]) -> str:
    """The file's text, as it is, and a line more at its end.

    Raises SetupError `file-invalid` where the file would no longer be a list (`[]` was written by hand).
    """
    before = path.read_bytes().decode() if path.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    text = before + document.listed(dict(line))
    try:
        whole = document.parsed(text)
    except ValueError:
        whole = None
    if not isinstance(whole, list):
        raise SetupError("file-invalid", file=str(path), mistakes=[{"mistake": "decisions"}])
    return text


def write(path: Path, text: str) -> None:
    """Replaces the file in one move: a full disk leaves the old one whole. Raises StoreError."""
    spare = path.with_name(f".{path.name}.new")
    try:
        with spare.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        spare.replace(path)
    except OSError as error:
        raise StoreError("store-unwritable", path=str(path), reason=error.strerror or str(error)) from error
    finally:
        spare.unlink(missing_ok=True)
