"""docs/dependencies.md has a line for each distribution that setup.cfg asks for, and no other."""

from __future__ import annotations

import re
from configparser import ConfigParser

import pytest
from docs_pages import ROOT

PAGE = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).strip().lower()


def asked(*lines: str) -> set[str]:
    """The names in requirement lines; `%(extra)s` stands for another extra."""
    every = [part for line in lines for part in line.splitlines() if part.strip() and "%(" not in part]
    return {canonical(re.split(r"[\[<>=]", line)[0]) for line in every}


def told(title: str) -> list[list[str]]:
    """The cells of each line of a table."""
    part = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]
    return rows[2:]


def setup() -> ConfigParser:
    found = ConfigParser(interpolation=None)
    found.read(ROOT / "setup.cfg", encoding="utf-8")
    return found


@pytest.mark.parametrize(
    ("title", "extras"),
    [
        ("To run", ()),
        ("To run with another database", ("postgres", "mysql")),
        ("To run with files elsewhere", ("object-store",)),
        ("To run on several machines", ("dask",)),
        ("To make PDF", ("pdf",)),
        ("To test", ("test",)),
        ("To develop", ("dev",)),
    ],
)
def test_every_dependency_has_its_line_and_none_is_left_over(title: str, extras: tuple[str, ...]) -> None:
    section = setup()["options.extras_require"]
    lines = [section[extra] for extra in extras] or [setup()["options"]["install_requires"]]
    names = [canonical(row[0]) for row in told(title)]
    assert sorted(names) == sorted(asked(*lines))


def test_every_extra_is_told_of() -> None:
    assert set(setup()["options.extras_require"]) == {
        "postgres",
        "mysql",
        "object-store",
        "dask",
        "ldap",
        "oidc",
        "pdf",
        "test",
        "dev",
    }


def test_every_line_says_what_for_what_else_and_who() -> None:
    titles = tuple(re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE))
    for title in titles:
        for row in told(title):
            assert len(row) == 4 and all(row), row


def test_every_dependency_has_a_version_in_the_constraints() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    section = setup()["options.extras_require"]
    assert asked(setup()["options"]["install_requires"], *section.values()) <= asked(lines)
