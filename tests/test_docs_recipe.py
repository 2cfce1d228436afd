"""What docs/recipe.md shows works, and it tells of every key of a source."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from docs_pages import ROOT

from metadata.dataset import Dataset
from metadata.recipe import Source
from metadata.standard import Standard
from metadata.workspace import Workspace
from pipelines.clean import bind
from pipelines.govern import govern

PAGE = (ROOT / "docs/recipe.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The dataset of the page."""
    made = tmp_path / "welfare-funds"
    made.mkdir()
    for name, text in re.findall(r"^```yaml (\S+)\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE):
        (made / name).write_text(text, encoding="utf-8")
    (tmp_path / "workspace.yaml").write_text("agency: {name: agency, title: หน่วยงานตัวอย่าง}\n", encoding="utf-8")
    return made


def test_the_recipe_and_the_description_shown_belong_together(folder: Path) -> None:
    dataset = Dataset.open(folder)
    assert dataset.recipe is not None
    assert {course.resource for course in dataset.recipe.courses} == {one.name for one in dataset.resources}


def test_the_steps_shown_bind(folder: Path) -> None:
    recipe = Dataset.open(folder).recipe
    assert recipe is not None
    bind(recipe)


def test_the_description_shown_lacks_nothing_mandatory(folder: Path) -> None:
    workspace = Workspace.open(folder.parent)
    found = govern(workspace.dataset(folder.name), Standard.load(workspace.standard), {})
    assert [finding.rule for finding in found if finding.severity == "error"] == []


def test_every_key_of_a_source_is_told_of_and_no_other() -> None:
    table = PAGE.split("### What it reads")[1].split("\n### ")[0]
    assert set(re.findall(r"^\| `([a-z]+)` \|", table, flags=re.MULTILINE)) == {one.name for one in fields(Source)}
