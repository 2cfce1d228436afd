"""A sample of an audit: datasets drawn by a seed, and their trails as JSON, in words, and as sheets to sign."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from catalog import paper
from catalog.audit.proving.trail import STATES, Line, Trail, Walker
from metadata import clock
from metadata.wording import Language, moment, phrase, word

ROOM = 17
"""Lines of a trail on a page, at most: a page is one sheet of A4, with room to sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Trails of the datasets that were drawn: `seed`, and of how many."""

    seed: str
    of: int
    at: str
    target: str
    trails: tuple[Trail, ...]


def drawn(names: Iterable[str], count: int, seed: str) -> tuple[str, ...]:
    """`count` of the names, drawn by the seed alone: those whose sha256 of `seed/name` is smallest, in that order.

    Anybody can draw them again with any tool; a dataset that comes or goes changes the sample by one at most.
    """
    ranked = sorted(set(names), key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
    return tuple(ranked[:count])


def sample(walker: Walker, names: Iterable[str], count: int, seed: str | None = None) -> Sample:
    """The trails of a sample of datasets. The seed is, unless given, today's date: `2026-11-22`.

    Raises PortalError where the portal does not answer at all.
    """
    known = set(names)
    seed = seed or clock.today().isoformat()
    trails = tuple(walker.trail(name) for name in drawn(known, count, seed))
    return Sample(seed=seed, of=len(known), at=clock.stamp(), target=walker.target.name, trails=trails)


def told(line: Line, language: Language) -> str:
    """A line of a trail in words."""
    facts = {key: _told(key, value, language) for key, value in line.values.items()}
    return phrase(f"trail-{line.name}", language, facts)


def _told(key: str, value: Any, language: Language) -> Any:
    """A fact as people read it."""
    if key in ("at", "modified"):
        return moment(str(value), language)
    if key in ("kind", "role"):
        return word(str(value), language)
    if isinstance(value, int):
        return f"{value:,}"
    return "–" if value is None else value


def document(made: Sample, language: Language) -> dict[str, Any]:
    """`audit --sample --json`."""
    return {
        "seed": made.seed,
        "of": made.of,
        "at": made.at,
        "target": made.target,
        "trails": [
            {
                "dataset": trail.dataset,
                "title": trail.title,
                "stages": [
                    {
                        "stage": stage.name,
                        "at": stage.at,
                        "state": stage.state,
                        "lines": [
                            {
                                "line": line.name,
                                "state": line.state,
                                "values": dict(line.values),
                                "message": told(line, language),
                            }
                            for line in stage.lines
                        ],
                    }
                    for stage in trail.stages
                ],
            }
            for trail in made.trails
        ],
    }


def page(made: Sample, language: Language, *, agency: str = "") -> str:
    """The trails as an HTML page that stands alone: one sheet of A4 each, with room to sign."""
    return paper.rendered(
        "audit/proving/sample.html",
        sample=made,
        lang=language,
        agency=agency,
        shown=_shown,
        told=lambda line: told(line, language),
        say=lambda name, **facts: phrase(f"trail-{name}", language, facts),
        moment=lambda written: moment(written, language),
    )


def _shown(trail: Trail) -> dict[str, tuple[Line, ...]]:
    """The lines of each stage that a sheet has room for; what does not hold goes before what does."""
    counts = [len(stage.lines) for stage in trail.stages]
    fits = (most for most in range(ROOM, 1, -1) if sum(min(count, most) for count in counts) <= ROOM)
    most = next(fits, 1)
    found = {}
    for stage in trail.stages:
        worst = sorted(stage.lines, key=lambda line: -STATES.index(line.state))[:most]
        found[stage.name] = tuple(line for line in stage.lines if line in worst)[:most]
    return found
