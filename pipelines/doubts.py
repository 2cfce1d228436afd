"""What steps left undecided: which cells, whether they still are, and the Findings that say so without a value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from metadata import wording
from metadata.finding import Finding, Place
from metadata.recipe import Step
from pipelines.steps.declare import Undecided

if TYPE_CHECKING:
    import numpy

    from pipelines.ledger import Slot
    from pipelines.lineage import Work

SHAPES, SOURCE_ROWS = 5, 10
"""How many forms of cells and source rows a Finding names."""
STOPS = ("unprotected",)
"""Reasons for which a release stops: what was to be protected could be worked out."""
Findings = tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Doubt:
    """Cells that a step left undecided: rows by their lasting ids, and the text they must still hold.

    `slot` is the place of their lines in the ledger.
    """

    step: Step
    slot: Slot
    column: int
    reason: str
    ids: numpy.ndarray[Any, Any]
    texts: numpy.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What one slice of a table still leaves undecided of one step, column and reason, without a cell's text.

    `row` and `source_row` are those of the first cell, `row` from 0 within the slice.
    """

    slot: Slot
    step: str
    column: str
    reason: str
    count: int
    row: int
    source_row: int
    shapes: tuple[str, ...]
    source_rows: tuple[int, ...]


def reason_of(undecided: Undecided) -> str:
    """A doubt's reason, if it is a name: a sentence might repeat the cell."""
    return undecided.reason if re.fullmatch(r"[a-z]+(-[a-z]+)*", undecided.reason) else "own"


def left(doubts: Sequence[Doubt], work: Work) -> tuple[Left, ...]:
    """The doubts whose cells are still there and still as they were, by step, column and reason."""
    from pipelines.lineage import flat

    if not doubts:
        return ()
    places = dict(zip(work.ids.tolist(), range(len(work.ids)), strict=True))
    labels = {trace.key: label for label, trace in work.traces.items()}
    grouped: dict[tuple[Slot, str, str, str], dict[int, str]] = {}
    for doubt in doubts:
        label = labels.get(doubt.column)
        if label is None:
            continue
        column = work.cells[label]
        key = (doubt.slot, doubt.reason, doubt.step.label, label)
        for one, text in zip(doubt.ids.tolist(), doubt.texts.tolist(), strict=True):
            place = places.get(one)
            if place is not None and column[place] == text:
                grouped.setdefault(key, {})[place] = text
    made = []
    for (slot, reason, step, label), cells in grouped.items():
        ordered = sorted(cells)
        made.append(
            Left(
                slot=slot,
                step=step,
                column=label,
                reason=reason,
                count=len(cells),
                row=ordered[0],
                source_row=flat(work.origins[ordered[0]])[0],
                shapes=tuple(dict.fromkeys(shape(cells[place]) for place in ordered))[:SHAPES],
                source_rows=tuple(dict.fromkeys(flat(work.origins[place])[0] for place in ordered))[:SOURCE_ROWS],
            )
        )
    return tuple(made)


def findings(slices: Sequence[tuple[Left, ...]], heights: Sequence[int], sheet: str | None, at: Place) -> Findings:
    """One Finding for each step, column and reason of what a table's slices leave undecided, in their order."""
    grouped: dict[tuple[Slot, str], list[Left]] = {}
    start = 0
    for lefts, height in zip(slices, heights, strict=True):
        for one in lefts:
            grouped.setdefault((one.slot, one.reason), []).append(replace(one, row=start + one.row))
        start += height
    known = wording.sentences()
    made = []
    for key in sorted(grouped):
        lefts_of_one = grouped[key]
        first = lefts_of_one[0]
        rule = f"undecided-{first.reason}" if f"undecided-{first.reason}" in known else "undecided-own"
        shapes = dict.fromkeys(text for one in lefts_of_one for text in one.shapes)
        rows = dict.fromkeys(row for one in lefts_of_one for row in one.source_rows)
        made.append(
            Finding(
                rule=rule,
                severity="error" if first.reason in STOPS else "warning",
                at=Place(
                    dataset=at.dataset,
                    resource=at.resource,
                    sheet=sheet,
                    row=first.row + 2,
                    source_row=first.source_row,
                    column=first.column,
                ),
                values={
                    "step": first.step,
                    "reason": first.reason,
                    "count": sum(one.count for one in lefts_of_one),
                    "shapes": list(shapes)[:SHAPES],
                    "source_rows": list(rows)[:SOURCE_ROWS],
                },
            )
        )
    return tuple(made)


def shape(text: str) -> str:
    """A text's masked form, which says how it is written but not what it says: `99/99/9999`, `ก. ก`."""
    text = re.sub(r"\d", "9", text[:40])
    text = re.sub("[\u0e01-\u0e3a\u0e40-\u0e4e]+", "\u0e01", text)
    return re.sub(r"[^\W\d_\u0e01]+", "a", text)
