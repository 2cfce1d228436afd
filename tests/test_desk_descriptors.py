"""The sample desk's descriptions: whole, in two languages, and valid Data Packages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import frictionless
import pytest

from metadata import document
from metadata.dataset import Dataset
from metadata.standard import Standard
from metadata.workspace import Workspace

DESK = Path(__file__).resolve().parent.parent / "datasets"
WORKSPACE = Workspace.open(DESK)
OPEN = (
    "baan-mankong-housing",
    "community-welfare-funds",
    "life-capital",
    "projects-and-budget",
    "surveyed-communities",
)
CLOSED = "member-register"
REFUSED = "member-register-open"
ALL = (*OPEN, CLOSED, REFUSED)


@pytest.fixture(params=ALL)
def dataset(request: pytest.FixtureRequest) -> Dataset:
    """Each dataset of the desk."""
    return WORKSPACE.dataset(request.param)


def test_the_desk_holds_its_seven_datasets() -> None:
    assert set(WORKSPACE.names()) == set(ALL)


def test_frictionless_accepts_the_descriptor(dataset: Dataset) -> None:
    descriptor = document.plain(document.read(dataset.folder / "datapackage.yaml"))
    assert list(frictionless.Package.metadata_validate(descriptor)) == []


def test_frictionless_opens_every_resource_with_its_schema(dataset: Dataset) -> None:
    package = frictionless.Package.from_descriptor(str(dataset.folder / "datapackage.yaml"))
    declared = {resource.name: [field["name"] for field in _fields(resource)] for resource in dataset.resources}
    assert {one.name: one.schema.field_names for one in package.resources} == declared


def _fields(holder: Any) -> list[Mapping[str, Any]]:
    return list((holder.schema or {})["fields"])


def test_all_fourteen_items_and_the_class_are_answered(dataset: Dataset) -> None:
    standard = Standard.load(WORKSPACE.standard)
    asked = [*standard.mandatory, standard.classification]
    unanswered = [term.field_name for term in asked if not standard.value(dataset, term)]
    assert len(standard.mandatory) == 14
    assert unanswered == ["owner_org"], "the organisation is the workspace's agency"


def test_package_resources_and_columns_have_titles_and_descriptions_in_both_languages(dataset: Dataset) -> None:
    for holder in _described(dataset):
        for key in ("title", "description"):
            assert re.search("[ก-๙]", holder[key]), holder["name"]
            assert holder[f"{key}_en"].strip(), holder["name"]
            assert not re.search("[ก-๙]", holder[f"{key}_en"]), holder["name"]


def _described(dataset: Dataset) -> Iterator[Mapping[str, Any]]:
    yield dataset.descriptor
    for resource in dataset.resources:
        yield resource.descriptor
        yield from _fields(resource)


def test_the_description_says_that_the_data_are_generated_and_of_which_years(dataset: Dataset) -> None:
    thai, english = dataset.descriptor["description"], dataset.descriptor["description_en"]
    assert "สร้างขึ้น" in thai or "สุ่มขึ้น" in thai
    assert "generated" in english
    assert len(set(re.findall(r"25\d\d", thai))) >= 2
    assert len(set(re.findall(r"B\.E\. (25\d\d)", english))) == 2


def test_the_open_datasets_are_public_open_and_openly_licensed() -> None:
    standard = Standard.load(WORKSPACE.standard)
    for name in OPEN:
        dataset = WORKSPACE.dataset(name)
        licence = standard.licence_of(dataset)
        assert dataset.about["data_category"] == "ข้อมูลสาธารณะ"
        assert dataset.about["data_classification"] == "เปิดเผย"
        assert licence is not None
        assert licence.open


def test_the_register_is_an_entry_without_files_that_says_why_and_how_to_ask() -> None:
    register = WORKSPACE.dataset(CLOSED)
    assert register.metadata_only
    assert register.recipe is None
    assert not (register.folder / "source").exists()
    assert "มาตรา 15 (5)" in register.about["closed_clause"]
    assert "data@agency.example" in register.about["accessible_condition"]


def test_some_keywords_are_words_that_stock_ckan_refuses() -> None:
    """Python's \\w, CKAN's rule, does not match Thai vowels and tone marks that stand above or below."""
    words = {word for name in OPEN for word in WORKSPACE.dataset(name).descriptor["keywords"]}
    refused = {word for word in words if not re.fullmatch(r"[\w \-.]*", word)}
    assert {"จังหวัด", "สวัสดิการชุมชน"} <= refused
    assert {"housing", "GIS"} <= words - refused


def test_the_workspace_names_the_variable_of_a_key_and_holds_none() -> None:
    target = WORKSPACE.target("data-go-th")
    assert (target.url, target.key_variable, target.bom) == ("https://data.go.th", "DATA_GO_TH_TOKEN", False)
    assert WORKSPACE.approvals == "required"
