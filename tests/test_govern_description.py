"""What a steward reads when the description is incomplete, and how types, classes and licences play together."""

from __future__ import annotations

from typing import Any

import pytest
from governing import CLOSED, STATISTICS, dataset, finds, judged, leaves_alone
from ruamel.yaml import YAML

from metadata import wording
from metadata.dataset import Dataset
from metadata.finding import has_errors
from metadata.standard import Standard
from pipelines.govern import govern

KEYS = {
    1: "about.data_type",
    2: "title",
    4: "about.maintainer",
    5: "about.maintainer_email",
    6: "keywords",
    7: "description",
    8: "about.objective",
    9: "about.update_frequency_unit",
    10: "about.geo_coverage",
    11: "about.data_source",
    12: "about.data_format",
    13: "about.data_category",
    14: "licenses",
}


def _bare() -> Dataset:
    return Dataset(name="bare", folder=dataset().folder, descriptor={})


def _missing(given: Dataset, edition: str) -> dict[int, Any]:
    found = govern(given, Standard.load(edition), {})
    return {finding.values["item"]: finding for finding in found if finding.rule == "term-missing"}


@pytest.mark.parametrize("edition", ["gdc-2.1.0", "gdc-2.2.4", "gdc-governance"])
def test_an_empty_description_lacks_every_item_but_the_organisation(edition: str) -> None:
    assert sorted(_missing(_bare(), edition)) == [number for number in range(1, 15) if number != 3]


@pytest.mark.parametrize(("item", "key"), sorted(KEYS.items()))
def test_a_missing_item_is_named_with_its_number_and_key(item: int, key: str) -> None:
    found = finds("term-missing", {key: None})
    assert found.values["item"] == item and found.severity == "error"
    said = {language: wording.finding(found, language) for language in ("th", "en")}
    label = Standard.load("gdc-2.2.4").mandatory[item - 1].label
    assert label["th"] in said["th"]["message"] and f"{item} จาก 14" in said["th"]["message"]
    assert label["en"] in said["en"]["message"]
    assert "datapackage.yaml" in said["th"]["remedy"] and key.split(".")[-1] in said["th"]["remedy"]


def test_a_missing_choice_says_what_may_stand_there() -> None:
    remedy = wording.finding(finds("term-missing", {"about.data_type": None}), "th")["remedy"]
    assert "ข้อมูลสถิติ" in remedy and "ข้อมูลภูมิสารสนเทศเชิงพื้นที่" in remedy


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("licenses", "licenses: [{name: Creative Commons Attributions}]"),
        ("keywords", "keywords: [สวัสดิการ, กองทุน, ชุมชน]"),
        ("about.objective", "objective: [พันธกิจหน่วยงาน]"),
        ("about.update_frequency_unit", "update_frequency_unit: ปี"),
    ],
)
def test_the_remedy_shows_a_line_that_works(key: str, line: str) -> None:
    found = finds("term-missing", {key: None})
    assert line in wording.finding(found, "th")["remedy"]
    written = YAML(typ="safe").load(line)
    right = {key: written[key.split(".")[-1]]}
    assert not [one for one in judged(right) if one.rule in ("term-missing", "term-vocabulary", "tag-form")]


def test_a_long_vocabulary_is_cut_and_says_how_many_more_there_are() -> None:
    found = finds("term-missing", {"about.data_format": None})
    assert found.values["allowed"][-1] == "… (+13)" and len(found.values["allowed"]) == 8


@pytest.mark.parametrize("blank", ["", "  ", [], None])
def test_blank_is_missing(blank: Any) -> None:
    assert finds("term-missing", {"about.objective": blank}).values["item"] == 8


def test_the_organisation_is_the_workspace_s_agency() -> None:
    assert "owner_org" not in [finding.values.get("field") for finding in judged({"about.owner_org": None})]


@pytest.mark.parametrize(
    ("written", "nearest"),
    [("จังหวดั", "จังหวัด"), ("เทศบาล / อบต.", "เทศบาล/อบต."), ("อื่น ๆ", "อื่นๆ"), ("ตําบล", "ตำบล")],
)
def test_a_wrong_value_is_answered_with_the_nearest_right_one(written: str, nearest: str) -> None:
    found = finds("term-vocabulary", {"about.geo_coverage": written})
    assert found.values["value"] == written
    assert found.values["allowed"][0] == nearest


def test_each_wrong_value_of_a_list_is_named() -> None:
    found = judged({"about.data_format": ["CSV", "XSL", "EXCEL"]})
    assert [f.values["value"] for f in found if f.rule == "term-vocabulary"] == ["XSL", "EXCEL"]


def test_a_value_of_a_later_edition_is_no_value_of_an_earlier() -> None:
    changes = {**CLOSED, "about.data_category": "ข้อมูลใช้ภายใน", "about.data_classification": "ชั้นเผยแพร่ภายในองค์กร"}
    finds("term-vocabulary", changes, edition="gdc-2.1.0")
    leaves_alone("term-vocabulary", changes, edition="gdc-2.2.4")


def test_a_resource_s_terms_are_judged_too() -> None:
    found = finds("term-vocabulary", {**STATISTICS, "resources.0.about": {"resource_unit_of_multiplier": "พันบาท"}})
    assert found.at.resource == "funds"
    assert found.values["key"] == "resources.funds.about.resource_unit_of_multiplier"


def test_a_term_given_for_every_resource_need_not_stand_on_the_dataset() -> None:
    changes = {**STATISTICS, "about.unit_of_measure": None}
    finds("term-expected", changes)
    leaves_alone("term-expected", {**changes, "resources.0.about": {"resource_unit_of_measure": "แห่ง"}})


def test_what_is_only_expected_is_a_warning() -> None:
    found = judged({"about.data_type": "ข้อมูลสถิติ"})
    assert {finding.values["field"] for finding in found if finding.rule == "term-expected"} == {
        "first_year_of_data",
        "last_year_of_data",
        "disaggregate",
        "unit_of_measure",
    }
    assert not has_errors(found)


def test_another_type_of_data_says_which() -> None:
    finds("other-missing", {"about.data_type": "ข้อมูลประเภทอื่นๆ"})
    leaves_alone("other-missing", {"about.data_type": "ข้อมูลประเภทอื่นๆ", "about.data_type_other": "มาตรฐานข้อมูล"})


def test_a_misspelt_term_is_answered_with_the_nearest() -> None:
    assert finds("term-unknown", {"about.data_catagory": "x"}).values["nearest"][0] == "data_category"


MATRIX = {
    "ข้อมูลสาธารณะ": ["เปิดเผย"],
    "ข้อมูลใช้ภายใน": ["ชั้นเผยแพร่ภายในองค์กร"],
    "ข้อมูลส่วนบุคคล": ["ชั้นเผยแพร่ภายในองค์กร", "ลับ", "ลับมาก"],
    "ข้อมูลความมั่นคง": ["ลับ", "ลับมาก", "ลับที่สุด"],
    "ข้อมูลความลับทางราชการ": ["ลับ", "ลับมาก", "ลับที่สุด"],
}
CLASSES = {
    "เปิดเผย": "public",
    "ชั้นเผยแพร่ภายในองค์กร": "registered",
    "ลับ": "first_trusted",
    "ลับมาก": "second_trusted",
    "ลับที่สุด": "secret",
}


@pytest.mark.parametrize("category", sorted(MATRIX))
@pytest.mark.parametrize("spelling", [0, 1])
def test_a_category_has_the_classes_of_the_matrix_and_no_others(category: str, spelling: int) -> None:
    for named, code in CLASSES.items():
        written = {"about.data_category": category, "about.data_classification": (named, code)[spelling]}
        found = [f for f in judged({**CLOSED, **written}) if f.rule == "category-class"]
        assert bool(found) is (named not in MATRIX[category])
        assert all(finding.values["allowed"] for finding in found)


@pytest.mark.parametrize("edition", ["gdc-2.1.0", "gdc-2.2.4", "gdc-governance"])
def test_only_public_data_of_the_open_class_have_resources(edition: str) -> None:
    secret = {"about.data_category": "ข้อมูลส่วนบุคคล", "about.data_classification": "ลับ"}
    found = [f.values["field"] for f in judged(secret, edition=edition) if f.rule == "not-open"]
    assert found == ["data_category", "disclosure" if edition == "gdc-governance" else "data_classification"]
    leaves_alone("not-open", edition=edition)


def test_an_entry_without_data_may_have_any_licence_but_must_have_one() -> None:
    closed = {**CLOSED, "licenses": [{"name": "License not specified"}]}
    leaves_alone("licence-not-open", closed, edition="gdc-2.1.0")
    leaves_alone("term-missing", closed, edition="gdc-2.1.0")
    assert finds("term-missing", {**CLOSED, "licenses": None}).values["item"] == 14


@pytest.mark.parametrize(
    ("licence", "rule"),
    [
        ("Creative Commons Attribution Non-Commercial", "licence-not-open"),
        ("cc-by-nc-sa", "licence-not-open"),
        ("notspecified", "licence-not-open"),
        ("gfdl", "licence-unclear"),
    ],
)
def test_a_licence_that_is_not_open_is_answered_with_open_ones(licence: str, rule: str) -> None:
    found = finds(rule, {"licenses": [{"name": licence}]})
    assert "Creative Commons Attributions" in found.values["allowed"]
    assert "Creative Commons Attribution Non-Commercial" not in found.values["allowed"]


def test_a_missing_licence_is_said_once() -> None:
    rules = [finding.rule for finding in judged({"licenses": None})]
    assert rules == ["term-missing"]
