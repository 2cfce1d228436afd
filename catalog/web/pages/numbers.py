"""Figures as pages show them: in groups of three, and how they have changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.picture.scale import LARGE, exact
from catalog.picture.words import words

if TYPE_CHECKING:
    from catalog.web.words import Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """How a figure stands to the one before: `word` is up, down or same."""

    word: str
    said: str
    """By how much, in words; the share where both are above zero."""
    before: str


def shown(value: float) -> str:
    """A figure with the digits it has."""
    return exact(value)


def plain(value: float) -> int | float:
    """A figure as JSON has it: whole ones whole."""
    return int(value) if value.is_integer() and abs(value) < LARGE else value


def changed(now: float, before: float, say: Speech, unit: str) -> Changed:
    """How a figure stands to the one before; of shares no share is told."""
    by = float(f"{now - before:.12g}")
    word = "up" if by > 0 else "down" if by < 0 else "same"
    if not by:
        return Changed(word=word, said=say("number-same"), before=shown(before))
    is_share = unit in words()["percent"].values()
    share = abs(by) / before * 100 if before > 0 and now >= 0 and not is_share else None
    percent = "" if share is None or share >= 1000 else say("number-percent", percent=_percent(share))
    return Changed(word=word, said=say(f"number-{word}", by=shown(abs(by)), percent=percent), before=shown(before))


def _percent(share: float) -> str:
    return f"{share:.0f}" if share >= 10 else f"{share:.1f}".removesuffix(".0") if share >= 0.1 else "<0.1"
