"""The steps' dictionary keeps its promises: help, example, page and wording."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from metadata import wording
from metadata.recipe import Course, Recipe, Source, Step
from pipelines.clean import bind
from pipelines.steps.page import page
from pipelines.steps.register import StepHelp, describe

ROOT = Path(__file__).parent.parent


def test_the_page_is_the_one_made_from_the_signatures() -> None:
    assert (ROOT / "docs" / "steps.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("step", describe(), ids=lambda step: step.name)
def test_every_step_has_help_and_an_example_that_binds(step: StepHelp) -> None:
    assert step.help.endswith(".")
    (entry,) = YAML(typ="safe").load(step.example)
    ((name, parameters),) = entry.items()
    assert name == step.name
    course = Course(
        resource="r", reads=Source(path="x"), steps=(Step(name=name, parameters=parameters, number=1),)
    )
    bind(Recipe(file="docs", courses=(course,)))


def test_every_kind_and_reason_in_the_code_has_its_sentences_and_none_is_idle() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "pipelines").rglob("*.py"))
    reasons = {f"undecided-{reason}" for reason in re.findall(r'Undecid(?:ed|able)\("([a-z-]+)"[,)]', code)}
    reasons |= {"undecided-own"}
    kinds = set(re.findall(r'"(steps?-[a-z-]+)"', code))
    worded = {kind for kind in wording.sentences() if kind.startswith(("undecided-", "step-", "steps-"))}
    assert {kind for kind in kinds | reasons if kind not in worded} - {"undecided-postcode"} == set()
    assert worded <= kinds | reasons
