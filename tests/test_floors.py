"""The floors hold: who may import whom, what is declared, and how little `import cli` loads."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from configparser import ConfigParser
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("cli", "catalog", "commands", "metadata", "pipelines")
FLOORS = {
    "metadata": {"metadata"},
    "pipelines": {"metadata", "pipelines"},
    "catalog": {"catalog", "metadata"},
    "commands": {"catalog", "commands", "metadata", "pipelines"},
    "cli": {"commands"},
}
"""Which of our top-level names each of them may import."""
BELOW = {"ruamel", "pydantic"}
"""The third parties that `metadata` may import."""
HEAVY = ("pandas", "polars", "frictionless", "sqlalchemy", "numpy", "requests", "ckanapi", "pydantic", "starlette")


def files(name: str) -> list[Path]:
    """The source files of one of our top-level names."""
    return [ROOT / "cli.py"] if name == "cli" else sorted((ROOT / name).rglob("*.py"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Top-level names that a file imports, wherever in the file it does so."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import; name the floor"
            found.add((node.module or "").split(".")[0])
    return frozenset(found)


def third_parties(name: str) -> dict[str, Path]:
    """Imported name → a file that imports it, for all that is neither ours nor Python's own."""
    known = {*OURS, *sys.stdlib_module_names}
    return {module: path for path in files(name) for module in imports(path) if module not in known}


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).strip().lower()


def declared(*sections: str) -> set[str]:
    """Canonical names of the distributions that setup.cfg asks for."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = setup["options"]["install_requires"].splitlines()
    for section in sections:
        lines += setup["options.extras_require"][section].splitlines()
    return {canonical(re.split(r"[\[<>=]", line)[0]) for line in lines if line.strip()}


@pytest.mark.parametrize("name", OURS)
def test_a_floor_imports_only_what_is_below_it(name: str) -> None:
    assert files(name)
    for path in files(name):
        crossed = (imports(path) & set(OURS)) - FLOORS[name]
        assert not crossed, f"{path.relative_to(ROOT)} imports {sorted(crossed)}"


def test_metadata_needs_two_third_parties_and_no_more() -> None:
    assert set(third_parties("metadata")) <= BELOW | {"rdflib"}


def test_rdf_is_loaded_only_by_who_writes_it() -> None:
    for path in files("metadata"):
        at_once = {name for node in ast.parse(path.read_text(encoding="utf-8")).body for name in _named(node)}
        assert "rdflib" not in at_once, f"{path} imports rdflib at once"
        assert "rdflib" not in imports(path) or path.parent.name == "exports", path


def _named(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    return {(node.module or "").split(".")[0]} if isinstance(node, ast.ImportFrom) else set()


def test_only_tests_import_the_command_line() -> None:
    for folder in ("catalog", "commands", "metadata", "pipelines", "docs"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            assert "cli" not in imports(path), path


@pytest.mark.parametrize("name", OURS)
def test_every_third_party_is_declared(name: str) -> None:
    owners = packages_distributions()
    asked = declared("postgres", "mysql", "object-store", "dask", "ldap", "oidc", "pdf")
    for module, path in third_parties(name).items():
        names = {canonical(owner) for owner in owners.get(module, ())}
        assert names & asked, f"{path.relative_to(ROOT)} imports {module}, which setup.cfg does not ask for"


def test_the_desk_holds_no_package() -> None:
    assert not list((ROOT / "datasets").rglob("__init__.py"))
    assert {path.name for path in (ROOT / "datasets").rglob("*.py")} <= {"steps.py"}
    assert not list((ROOT / "datasets").rglob("*.pyc"))


def test_the_tests_are_flat_files() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
    assert {path.parent for path in (ROOT / "tests").rglob("*.py")} == {ROOT / "tests"}


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = "import sys, cli; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())
    assert {"click", "cli"} <= set(done.stdout.split())
