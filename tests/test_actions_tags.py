"""Tags of a vocabulary on datasets: beside free ones, and gone everywhere when the vocabulary gives them up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, refusal

from catalog.portal.local import LocalPortal

NAME = "population-2567"


@pytest.fixture
def portal(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    with opened(tmp_path) as ours:
        yield ours


@pytest.fixture
def area(portal: LocalPortal) -> str:
    made = portal.call_action(
        "vocabulary_create", {"name": "area", "tags": [{"name": "north"}, {"name": "south"}]}
    )
    return str(made["id"])


def tags(portal: LocalPortal) -> list[tuple[str, str | None]]:
    found = portal.call_action("package_show", {"id": NAME})["tags"]
    return [(one["name"], one["vocabulary_id"]) for one in found]


def tagged(portal: LocalPortal, *given: dict[str, Any]) -> Any:
    return portal.call_action("package_create", {**package(), "tags": list(given)})


def test_a_word_of_a_vocabulary_stands_beside_the_same_free_word(portal: LocalPortal, area: str) -> None:
    made = tagged(portal, {"name": "north"}, {"name": "north", "vocabulary_id": "area"})
    assert tags(portal) == [("north", None), ("north", area)]
    assert made["num_tags"] == 2
    word = next(one for one in made["tags"] if one["vocabulary_id"])
    assert word["id"] == portal.call_action("tag_show", {"id": "north", "vocabulary_id": "area"})["id"]
    for given in ({"id": "north"}, {"id": "north", "vocabulary_id": "area"}):
        shown = portal.call_action("tag_show", {**given, "include_datasets": True})
        assert [one["name"] for one in shown["packages"]] == [NAME]


def test_a_vocabulary_learns_a_new_word_and_a_patch_keeps_it(portal: LocalPortal, area: str) -> None:
    tagged(portal, {"name": "west", "vocabulary_id": area})
    words = [one["name"] for one in portal.call_action("vocabulary_show", {"id": "area"})["tags"]]
    assert words == ["north", "south", "west"]
    before = portal.call_action("package_show", {"id": NAME})
    assert portal.call_action("package_patch", {"id": NAME, "title": before["title"]}) == before
    assert tags(portal) == [("west", area)]


def test_an_unknown_vocabulary_is_refused_and_nothing_written(portal: LocalPortal) -> None:
    given = [{"name": "free"}, {"name": "west", "vocabulary_id": "nope"}]
    status, error = refusal(portal, "package_create", {**package(), "tags": given})
    assert isinstance(error, dict)
    assert (status, error["tags"]) == (409, [{}, {"vocabulary_id": ["Tag vocabulary was not found."]}])
    assert portal.call_action("package_list") == []


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("tag_delete", {"id": "north", "vocabulary_id": "area"}),
        ("vocabulary_update", {"id": "area", "tags": [{"name": "south"}]}),
        ("vocabulary_delete", {"id": "area"}),
    ],
)
def test_a_word_that_is_given_up_is_gone_from_the_datasets(
    portal: LocalPortal, area: str, action: str, data: dict[str, Any]
) -> None:
    tagged(portal, {"name": "free"}, {"name": "north", "vocabulary_id": area})
    portal.call_action(action, data)
    assert tags(portal) == [("free", None)]
    assert portal.call_action("package_show", {"id": NAME})["num_tags"] == 1
    assert found(portal, "vocab_area:north") == []


def test_a_dataset_is_found_by_the_word_under_the_vocabularys_name_of_today(
    portal: LocalPortal, area: str
) -> None:
    tagged(portal, {"name": "north", "vocabulary_id": area})
    assert found(portal, "vocab_area:north") == [NAME]
    assert found(portal, "tags:north") == []
    portal.call_action("vocabulary_update", {"id": "area", "name": "region"})
    assert (found(portal, "vocab_region:north"), found(portal, "vocab_area:north")) == ([NAME], [])


def found(portal: LocalPortal, fq: str) -> list[str]:
    return [one["name"] for one in portal.call_action("package_search", {"fq": fq})["results"]]
