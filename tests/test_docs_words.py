"""What the pages name is there: commands, options, rules, steps; and no loose Thai word stands in them."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from docs_pages import ROOT

import cli
from catalog import wire
from metadata.document import packaged
from metadata.wording import sentences
from pipelines.steps.register import describe

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = {
    **cli.cli.commands,
    **{
        f"{name} {part}": command
        for name, group in cli.cli.commands.items()
        if isinstance(group, click.Group)
        for part, command in group.commands.items()
    },
}
OPTIONS = {
    name: {spelling for option in command.params if isinstance(option, click.Option) for spelling in option.opts}
    for name, command in COMMANDS.items()
}
FORMED = ("portal-", "term-", "tag-", "target-", "undecided-", "personal-", "read-")
"""How the names of rules begin that the pages use in running text."""


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_named_is_there(page: Path) -> None:
    blocks = "".join(re.findall(r"^```(?:sh|console)\n(.*?)^```$", text(page), flags=re.DOTALL | re.MULTILINE))
    lines = re.findall(r"^(?:\$ )?saphan ([a-z].*)", blocks, flags=re.MULTILINE)
    for line in lines + re.findall(r"`saphan ([a-z][^`]*)`", text(page)):
        name, *rest = line.split("#")[0].split()
        if rest and f"{name} {rest[0]}" in OPTIONS:
            name = f"{name} {rest.pop(0)}"
        assert name in OPTIONS, line
        assert {word for word in rest if word.startswith("--")} <= OPTIONS[name] | {"--help"}, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_rule_named_is_there(page: Path) -> None:
    for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", text(page)):
        if name.startswith(FORMED):
            assert name in sentences(), name


def test_every_step_in_the_page_on_recipes_is_there() -> None:
    order = text(ROOT / "docs/recipe.md").split("A usual order: ")[1].split("\n\n")[0]
    steps = set(re.findall(r"`([a-z-]+)`", order))
    assert steps
    assert steps <= {step.name for step in describe()}


def test_the_page_on_publishing_names_what_the_wire_sends() -> None:
    page = text(ROOT / "docs/publishing.md")
    for name in (wire.ALL_TAGS, wire.HASH, *wire.ENGLISH.values(), *wire.UNSENT):
        assert f"`{name}`" in page, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_loose_thai_word_stands_in_a_page(page: Path) -> None:
    assert [word for word in packaged("standards/terms.yaml")["refused"] if word in text(page)] == []
