"""What steps left undecided: which cells, whether they still are, and the Findings that say so without a value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metadata import wording
from metadata.finding import Finding, Place
from metadata.recipe import Step
from pipelines.steps.declare import Undecided

if TYPE_CHECKING:
    import numpy

    from pipelines.lineage import Work


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Doubt:
    """Cells that a step left undecided: rows by their lasting ids, and the text they must still hold."""

    step: Step
    column: int
    reason: str
    ids: numpy.ndarray[Any, Any]
    texts: numpy.ndarray[Any, Any]


def reason_of(undecided: Undecided) -> str:
    """A doubt's reason, if it is a name: a sentence might repeat the cell."""
    return undecided.reason if re.fullmatch(r"[a-z]+(-[a-z]+)*", undecided.reason) else "own"


def findings(doubts: Sequence[Doubt], work: Work, sheet: str | None, at: Place) -> tuple[Finding, ...]:
    """One Finding for each step, column and reason whose cells are still there and still as they were."""
    from pipelines.lineage import flat

    if not doubts:
        return ()
    places = dict(zip(work.ids.tolist(), range(len(work.ids)), strict=True))
    labels = {trace.key: label for label, trace in work.traces.items()}
    grouped: dict[tuple[str, str, str], dict[int, str]] = {}
    for doubt in doubts:
        label = labels.get(doubt.column)
        if label is None:
            continue
        column = work.cells[label]
        for one, text in zip(doubt.ids.tolist(), doubt.texts.tolist(), strict=True):
            place = places.get(one)
            if place is not None and column[place] == text:
                grouped.setdefault((doubt.step.label, label, doubt.reason), {})[place] = text
    known = wording.sentences()
    made = []
    for (step, label, reason), cells in grouped.items():
        ordered = sorted(cells)
        rule = f"undecided-{reason}" if f"undecided-{reason}" in known else "undecided-own"
        made.append(
            Finding(
                rule=rule,
                severity="warning",
                at=Place(
                    dataset=at.dataset,
                    resource=at.resource,
                    sheet=sheet,
                    row=ordered[0] + 2,
                    source_row=flat(work.origins[ordered[0]])[0],
                    column=label,
                ),
                values={
                    "step": step,
                    "reason": reason,
                    "count": len(cells),
                    "shapes": list(dict.fromkeys(shape(cells[place]) for place in ordered))[:5],
                    "source_rows": list(dict.fromkeys(flat(work.origins[place])[0] for place in ordered))[:10],
                },
            )
        )
    return tuple(made)


def shape(text: str) -> str:
    """A text's masked form, which says how it is written but not what it says: `99/99/9999`, `ก. ก`."""
    text = re.sub(r"\d", "9", text[:40])
    text = re.sub("[\u0e01-\u0e3a\u0e40-\u0e4e]+", "\u0e01", text)
    return re.sub(r"[^\W\d_\u0e01]+", "a", text)
