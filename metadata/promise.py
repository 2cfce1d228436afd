"""Promises: what the agency said it would reach in a fiscal year, as `promises.yaml` of the workspace says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from metadata import clock, document
from metadata.errors import SetupError
from metadata.fiscal import BUDDHIST, MONTHS, By
from metadata.mistakes import Mistakes

FILE = "promises.yaml"
DECLARED = "declared"
GROWING = ("datasets-opened", "page-views", "downloads", "requests-answered")
"""Sources of a figure that begins at nothing with each year."""
STANDING = ("datasets-open", "agencies-linked")
"""Sources of a figure that goes on from the year before."""
MEASURED = ("satisfaction", "requests-in-time")
"""Sources of a share of what came in since the year began: it does not grow with time."""
SCORE = re.compile(r"score:[a-z0-9-]+")
"""A source that is an indicator's score, by the key of its packs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that people give, of a day, and the file of the workspace that shows it."""

    day: date
    value: float
    file: str
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One promise. `targets`: fiscal year (B.E.) → months after its beginning → what is to be reached by then."""

    indicator: str
    title: Mapping[str, str] = field(hash=False)
    unit: Mapping[str, str] = field(hash=False)
    source: str
    """Where the figure comes from: one of GROWING, STANDING or MEASURED, `score:<key>`, or `declared`."""
    by: By
    targets: Mapping[int, Mapping[int, float]] = field(hash=False)
    figures: tuple[Figure, ...] = ()


def promises(folder: Path) -> tuple[Promise, ...]:
    """The promises of a workspace; none where it has no such file.

    Raises SetupError `file-invalid` (every mistake with its line), `yaml-broken`, `file-unreadable`.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    from metadata.promise_shape import PromiseShape

    written = document.read(path)
    shapes = document.checked(path, [] if written is None else written, list[PromiseShape])
    mistakes = Mistakes(written)
    made = tuple(_promise(at, shape.model_dump(), mistakes) for at, shape in enumerate(shapes))
    names = [one.indicator for one in made]
    for at, name in enumerate(names):
        if name in names[:at]:
            mistakes.add("twice", at, "indicator", name=name)
    if mistakes.found:
        raise SetupError("file-invalid", file=str(path), mistakes=mistakes.found)
    return made


def _promise(at: int, shape: dict[str, Any], mistakes: Mistakes) -> Promise:
    source, by = shape["source"], shape["by"]
    derived = (*GROWING, *STANDING, *MEASURED)
    if source not in (*derived, DECLARED) and not SCORE.fullmatch(source):
        mistakes.add("choice", at, "source", known=[*derived, "score:KEY", DECLARED])
    elif shape["figures"] and source != DECLARED:
        mistakes.add("figures", at, "figures", source=source)
    for year, target in shape["targets"].items():
        if year not in BUDDHIST:
            mistakes.add("buddhist-year", at, "targets", year, right=year + clock.ERA)
        for months in target:
            if months not in MONTHS[by]:
                mistakes.add("choice", at, "targets", year, months, known=list(MONTHS[by]))
    figures = [_figure((at, "figures", number), one, mistakes) for number, one in enumerate(shape["figures"])]
    return Promise(**{**shape, "figures": tuple(one for one in figures if one)})


def _figure(where: tuple[str | int, ...], shape: dict[str, Any], mistakes: Mistakes) -> Figure | None:
    year, _, rest = shape["day"].partition("-")
    try:
        number = int(year)
        day = date.fromisoformat(f"{number - clock.ERA if number in BUDDHIST else number:04}-{rest}")
    except ValueError:
        mistakes.add("day", *where, "day")
        return None
    if Path(shape["file"]).is_absolute() or ".." in Path(shape["file"]).parts:
        mistakes.add("inside", *where, "file")
        return None
    digest = shape["sha256"] and shape["sha256"].removeprefix("sha256:").lower()
    return Figure(day=day, value=shape["value"], file=shape["file"], sha256=digest)
