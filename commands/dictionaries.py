"""What saphan knows: cleaning steps, rules, editions of the standard."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.console import Desk, common

if TYPE_CHECKING:
    from metadata.standard import Standard


@click.command()
@common
def steps(desk: Desk) -> int:
    """The dictionary of cleaning steps, with their parameters."""
    from pipelines.steps.register import describe

    helps = describe()
    desk.result({"steps": [asdict(step) for step in helps]})
    for step in () if desk.as_json else helps:
        desk.say(step.name, bold=True)
        desk.say(f"  {step.help}\n  {step.example}")
    return 0


@click.command()
@common
def rules(desk: Desk) -> int:
    """The dictionary of rules: what is checked, what it says, and the clause behind it."""
    from metadata import wording

    told = wording.dictionary(desk.lang)
    desk.result({"rules": told})
    for rule in () if desk.as_json else told:
        desk.say(rule["rule"], bold=True)
        desk.say(f"  {rule['message']}\n  {desk.phrase('todo')}: {rule['remedy']}")
    return 0


@click.command()
@click.option("--diff", nargs=2, metavar="OLD NEW", help="What differs between two editions, or scheming files.")
@common
def standards(desk: Desk, diff: tuple[str, str] | None) -> int:
    """The editions of the metadata standard that come with saphan, and what differs between them."""
    from metadata.standard import Standard, editions

    if diff:
        return _differences(desk, *(Standard.load(name) for name in diff))
    known = [Standard.load(name) for name in editions()]
    desk.result({"standards": [{"edition": one.name, "title": one.title} for one in known]})
    for one in () if desk.as_json else known:
        desk.say(f"{one.name}: {one.title[desk.lang]}")
    return 0


def _differences(desk: Desk, old: Standard, new: Standard) -> int:
    from metadata import editions

    desk.result(editions.to_json(old, new))
    found = () if desk.as_json else editions.differences(old, new)
    for one in found:
        for line in one.lines(desk.lang):
            desk.say(line)
    if not found and not desk.as_json:
        desk.say(desk.phrase("edition-same"))
    return 0


COMMANDS = (steps, rules, standards)
