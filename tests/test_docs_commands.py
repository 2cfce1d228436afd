"""docs/commands.md and docs/rules.md say what the code says: commands, options, settings, exit codes, rules."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click
import pytest
from docs_pages import COMMANDS, HELP, ROOT, RULES, commands_page, rules_page

import cli
from metadata import errors
from metadata.settings import (
    AccountSettings,
    AgencySettings,
    DirectorySettings,
    PersonSettings,
    PortalSettings,
    ProviderSettings,
    Settings,
    TargetSettings,
)
from metadata.wording import sentences

VARIABLE = re.compile(r"(?:SAPHAN|CKAN)_[A-Z_]+|LC_[A-Z]+|LANG")
PAGE = COMMANDS.read_text(encoding="utf-8")


def part(title: str) -> str:
    """The text under one heading of commands.md."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def variables(*folders: str) -> set[str]:
    """Environment variables named in the code: text that is a variable's name and nothing else."""
    found = set()
    paths = [path for folder in folders for path in sorted(ROOT.glob(folder))]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and VARIABLE.fullmatch(node.value):
                found.add(node.value)
    return found


def test_the_help_is_what_the_commands_print() -> None:
    assert commands_page(PAGE) == PAGE


@pytest.mark.parametrize("name", ["", *cli.cli.commands])
def test_every_command_stands_in_the_page(name: str) -> None:
    assert name in [mark[2] for mark in HELP.finditer(PAGE)]


def test_the_page_tells_of_no_command_that_is_not_there() -> None:
    assert {mark[2] for mark in HELP.finditer(PAGE)} == {"", *cli.cli.commands}


@pytest.mark.parametrize("name", cli.cli.commands)
def test_every_command_and_option_says_what_it_does(name: str) -> None:
    command = cli.cli.commands[name]
    assert command.help
    bare = {"--host", "--port"}  # their names and defaults say it all
    for option in command.params:
        if isinstance(option, click.Option) and not bare & set(option.opts):
            assert option.help, option.opts


def test_every_environment_variable_is_documented_and_no_other() -> None:
    told = {name for name in re.findall(r"`([A-Z_]+)`", part("Environment")) if VARIABLE.fullmatch(name)}
    assert told == variables(
        "cli.py", "commands/*.py", "catalog/**/*.py", "metadata/**/*.py", "pipelines/**/*.py", "tests/[!t]*.py"
    )


def test_every_setting_of_the_workspace_is_documented_and_no_other() -> None:
    models = (Settings, AgencySettings, TargetSettings, AccountSettings, DirectorySettings, ProviderSettings)
    models += (PortalSettings, PersonSettings)
    known = {name for model in models for name in model.model_fields}
    told = set(re.findall(r"^ *([a-z_]+):", part("workspace.yaml"), flags=re.MULTILINE))
    assert told == known


def test_the_example_of_a_workspace_opens(tmp_path: Path) -> None:
    from metadata.workspace import Workspace

    example = part("workspace.yaml").split("```yaml\n")[1].split("```")[0]
    (tmp_path / "workspace.yaml").write_text(example, encoding="utf-8")
    workspace = Workspace.open(tmp_path)
    assert workspace.target("open-portal").key_variable == "OPEN_PORTAL_TOKEN"


def test_every_exit_code_is_documented() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", part("Exit codes"), flags=re.MULTILINE)}
    raised = {kind.exit for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit")}
    assert told == {0, 1, 130} | raised


def test_the_page_of_rules_is_the_one_made_from_the_wording() -> None:
    assert RULES.read_text(encoding="utf-8") == rules_page()


def test_every_rule_stands_in_the_page_once() -> None:
    assert sorted(re.findall(r"^### (.+)$", rules_page(), flags=re.MULTILINE)) == sorted(sentences())
