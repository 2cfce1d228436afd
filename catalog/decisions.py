"""Decisions: lines of `decisions.yaml`, appended and never edited, each told to the journal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from metadata import clock, document
from metadata.dataset import Dataset
from metadata.errors import SetupError, StoreError
from metadata.event import Event, Story
from metadata.finding import Place
from metadata.release import Decision, Report


def approve(dataset: Dataset, report: Report, who: Mapping[str, str]) -> Story[Decision]:
    """Records that a release may go out. `who`: by, role, and what of position, letter, reason, expires is known.

    Raises SetupError `approve-errors` for a release whose report has errors: nobody could mean that one.
    """
    if not report.passed:
        raise SetupError("approve-errors", Place(dataset=dataset.name), name=dataset.name)
    decision = yield from _append(dataset, {"kind": "approval", **who, "release": report.release})
    return decision


def waive(dataset: Dataset, report: Report, rule: str, who: Mapping[str, str]) -> Story[Decision]:
    """Records that one rule's Findings in a release are accepted, and why.

    Raises SetupError `waive-nothing` where the rule found nothing in the release.
    """
    if rule not in {finding.rule for finding in report.findings}:
        known = sorted({finding.rule for finding in report.findings})
        raise SetupError("waive-nothing", Place(dataset=dataset.name), rule=rule, known=known)
    decision = yield from _append(dataset, {"kind": "waiver", **who, "rule": rule, "release": report.release})
    return decision


def _append(dataset: Dataset, line: Mapping[str, Any]) -> Story[Decision]:
    _check(line, Place(dataset=dataset.name))
    whole = {**{key: value for key, value in line.items() if value}, "at": clock.stamp()}
    path = dataset.folder / "decisions.yaml"
    text = _longer(path, document.listed(whole))
    yield Event(kind="decision", dataset=dataset.name, body=whole)
    try:
        _write(path, text)
    except OSError as error:
        raise StoreError("store-unwritable", path=str(path), reason=error.strerror or str(error)) from error
    return Decision.of(whole)


def _check(line: Mapping[str, Any], at: Place) -> None:
    """Raises SetupError `decision-nobody`, `decision-expires` (no day, a year B.E., a day that is over)."""
    if not str(line["by"]).strip():
        raise SetupError("decision-nobody", at)
    if line.get("expires"):
        try:
            last = date.fromisoformat(line["expires"])
        except ValueError:
            last = date.min
        if not clock.today() <= last < date(2400, 1, 1):
            raise SetupError("decision-expires", at, expires=line["expires"], today=clock.today().isoformat())


def _longer(path: Path, text: str) -> str:
    """The file's text, as it is, and more at its end.

    Raises SetupError `file-invalid` where the file would no longer be a list (`[]` was written by hand).
    """
    before = path.read_bytes().decode() if path.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    try:
        whole = document.parsed(before + text)
    except ValueError:
        whole = None
    if not isinstance(whole, list):
        raise SetupError("file-invalid", file=str(path), mistakes=[{"mistake": "decisions"}])
    return before + text


def _write(path: Path, text: str) -> None:
    """Replaces the file in one move: a full disk leaves the old one whole."""
    spare = path.with_name(f".{path.name}.new")
    try:
        with spare.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        spare.replace(path)
    finally:
        spare.unlink(missing_ok=True)
