"""frictionless' verdict on one table of text, for whoever is handed a judge (`metadata.ports.Judge`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.verdict import Asked, document_of, verdict


def judge(path: Path, schema: Mapping[str, Any], *, format: str = "csv") -> Mapping[str, Any]:  # noqa: A002
    """The Report descriptor of a file, whatever it is called. Raises JudgeRaised where frictionless itself did."""
    asked = Asked(schema=schema, format=format, findings=False, report=True)
    return document_of([verdict(str(path), asked)])
