"""Our plain top-level names belong to nobody else who is installed."""

from __future__ import annotations

from configparser import ConfigParser
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("cli", "catalog", "commands", "metadata", "pipelines")


@pytest.mark.parametrize("name", OURS)
def test_no_other_distribution_owns_our_name(name: str) -> None:
    # an installed distribution says what it brings in `top_level.txt` or, failing that, by its files
    owners = set(packages_distributions().get(name, ()))
    for one in distributions():
        for file in one.files or ():
            if file.parts[0] in (name, f"{name}.py"):
                owners.add(one.metadata["Name"])
    assert owners == {"saphan"}


def test_all_that_is_installed_of_ours_is_held_to_this() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    packages = {line.rstrip("*") for line in setup["options.packages.find"]["include"].split()}
    modules = set(setup["options"]["py_modules"].split())
    assert packages | modules == set(OURS)
