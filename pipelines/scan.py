"""What a file, a table or a description holds that should not leave with it: the Scanner of `metadata.ports`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metadata.errors import SourceError
from metadata.finding import Finding, Place
from pipelines.govern.inside import cells, released, tabled
from pipelines.govern.inside.judged import judged, worst_first
from pipelines.govern.inside.walk import opened
from pipelines.govern.personal import column, prose
from pipelines.govern.personal.masked import discreet, masked
from pipelines.govern.personal.weigh import weigh
from pipelines.read import source

if TYPE_CHECKING:
    from metadata.ports import Rows


UNREAD = ("read-nul", "read-encoding", "read-too-big")
"""What is said of bytes that were taken for a text because they are nothing else that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """One file: its `sha256:…`, and what was found in every part of it, the worst first."""

    digest: str
    findings: tuple[Finding, ...]


def scanned(path: Path, name: str | None = None) -> Scanned:
    """Looks into every part of a file: personal data, secrets, dangers, and what could not be looked into.

    Raises SourceError where it cannot be read at all: it is missing, a folder, empty, damaged, locked, no format
    that is known.
    """
    try:
        digest, parts = opened(path, Place(), name)
        return Scanned(digest=digest, findings=judged(parts))
    except SourceError as refused:
        said = discreet(refused.as_finding())  # a file's name may tell as much as a cell
        refused.at, refused.values = said.at, dict(said.values)
        refused.values.setdefault("file", masked(name or path.name))
        raise


def scan(path: Path, *, name: str | None = None) -> tuple[Finding, ...]:
    """The Findings alone. Raises SourceError, `read-format` for what neither is a text nor is called one."""
    try:
        return scanned(path, name).findings
    except SourceError as refused:
        suffix = Path(name or path.name).suffix.lower()
        if refused.kind in UNREAD and suffix not in source.TEXTUAL:
            raise SourceError("read-format", refused.at, format=suffix.lstrip(".").upper() or "?") from refused
        raise


def rows(
    labels: Sequence[str],
    titles: Sequence[Sequence[str]],
    rows: Rows,
    *,
    around: Callable[[], Rows] | None = None,
) -> tuple[Finding, ...]:
    """What some rows of a table hold; see `metadata.ports.Scanner`."""
    names = cells.distinct(labels)
    looked = [cells.looked(names, one, titles) for one in _slices(rows, len(names))]
    if not looked:
        return ()
    scan = column.scanned([one.scan for one in looked])
    found = [*column.told(scan, Place()), *cells.dangers(names, looked, Place())]
    if around is not None and any(one.severity == "error" and "entity" in one.values for one in found):
        others = [cells.looked(names, one, titles) for one in _slices(around(), len(names))]
        together = column.scanned([one.scan for one in (*others, *looked)])
        meant = {
            (label, verdict.entity.name)
            for label, verdicts in zip(names, weigh(together), strict=True)
            for verdict in verdicts
            if verdict.severity == "error"
        }
        found = [
            one for one in found if "entity" not in one.values or (one.at.column, one.values["entity"]) in meant
        ]
    return worst_first(found)


def _slices(rows: Rows, width: int) -> Iterator[Any]:
    """Rows of any cells as slices of texts."""
    given, first = iter(rows), 1
    while some := list(islice(given, tabled.ROWS)):
        columns: Iterable[Sequence[Any]] = zip(*some, strict=True) if width else ()
        texts = [[_text(cell) for cell in one] for one in columns]
        yield tabled.of_columns(texts, range(first, first + len(some)))
        first += len(some)


def _text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell or None
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, dict | list) else str(cell)


def texts(described: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What the texts of a description hold; see `metadata.ports.Scanner`."""
    at = Place()
    return worst_first(chain(prose.described(described, at), released.described(described, at)))
