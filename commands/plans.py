"""A plan as people read it on a terminal."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from commands.console import SHOWN

if TYPE_CHECKING:
    from catalog.survey import Plan
    from commands.console import Desk

NEW = 3
"""Fields shown of something new, at most."""


def show(desk: Desk, made: Plan, told: Collection[str]) -> None:
    """A plan for people; not again what was found in the datasets just `told` of."""
    desk.say(desk.phrase("plan-title", target=made.target.name), bold=True)
    for change in made.changes:
        what = "/".join(part for part in (change.dataset, change.resource) if part)
        desk.say("  " + desk.phrase("change", action=change.action, what=what).rstrip(), fg="cyan")
        limit = NEW if change.action.endswith("_create") else SHOWN
        for field in change.fields[:limit]:
            kind = "field-drift" if field.drift else "field-new" if field.before is None else "field-changed"
            before, after = apart(field.before, field.after)
            facts = {"before": brief(before), "after": brief(after)}
            desk.say("  " + desk.phrase(kind, field=field.field, **facts))
        if len(change.fields) > limit:
            desk.say("  " + desk.phrase("more", count=len(change.fields) - limit))
    for name, findings in made.refused.items():
        desk.say("  " + desk.phrase("stopped", name=name), fg="red")
        if not desk.quiet and name not in told:
            desk.findings(findings)
    for course in made.courses:
        if course.findings and not desk.quiet:
            desk.findings(course.findings)
    if not made.changes:
        desk.say("  " + desk.phrase("nothing"))
    counts = {"changes": len(made.changes), "unchanged": made.unchanged, "refused": len(made.refused)}
    desk.say(desk.phrase("summary-plan", **counts))


def apart(before: Any, after: Any) -> tuple[Any, Any]:
    """Of two lists of columns, the columns that are not in both: all else is of no interest."""
    if not all(isinstance(value, list) and value and isinstance(value[0], dict) for value in (before, after)):
        return before, after
    gone, new = [one for one in before if one not in after], [one for one in after if one not in before]
    return (gone, new) if gone or new else (before, after)


def brief(value: Any) -> str:
    """A value in one line of a terminal."""
    text = " ".join(words(value).split())
    return text if len(text) <= 60 else text[:57] + "…"


def words(value: Any) -> str:
    """A value of the wire as people read it: no brackets, quotes or names of a programming language."""
    if isinstance(value, list):
        return ", ".join(map(words, value)) or "–"
    if isinstance(value, dict):
        return " ".join(map(words, value.values()))
    return "–" if value is None or value == "" else str(value).lower() if isinstance(value, bool) else str(value)
