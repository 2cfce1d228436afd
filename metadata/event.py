"""Event: one line of the story that long work tells as it goes."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

Kind = Literal[
    "started", "read", "cleaned", "checked", "intent", "receipt", "decision", "voice", "finished", "failed"
]  # fmt: skip
"""`voice`: what the public said came in, or was answered: its number, kind and state, never its words."""
Result = TypeVar("Result")
Story = Generator["Event", None, Result]
"""Long work: a generator of Events that returns its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What just happened. `body` is JSON, holds no cell values, and is what the journal keeps."""

    kind: Kind
    dataset: str | None = None
    target: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict, hash=False)


def result_of(story: Story[Result]) -> Result:
    """Lets a story run to its end unheard, and gives what it returned."""
    while True:
        try:
            next(story)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
