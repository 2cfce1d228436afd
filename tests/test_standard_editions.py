"""The editions of the Thai standard: what each asks, and what it changed of the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from metadata.errors import SetupError
from metadata.standard import Standard, edition_of, editions

EDITIONS = ("gdc-2.1.0", "gdc-2.2.4", "gdc-governance")


def _names(standard: Standard) -> list[str]:
    return [term.field_name for term in standard.terms]


def _choices(edition: str, field_name: str) -> tuple[str, ...]:
    term = Standard.load(edition).term(field_name)
    assert term
    return term.choices


def test_the_three_editions_come_with_saphan() -> None:
    assert editions() == EDITIONS


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_has_the_14_mandatory_items_in_their_order(edition: str) -> None:
    standard = Standard.load(edition)
    assert [term.item for term in standard.mandatory] == list(range(1, 15))
    assert [term.field_name for term in standard.mandatory] == [
        "data_type",
        "title",
        "owner_org",
        "maintainer",
        "maintainer_email",
        "tag_string",
        "notes",
        "objective",
        "update_frequency_unit",
        "geo_coverage",
        "data_source",
        "data_format",
        "data_category",
        "license_id",
    ]
    assert all(term.required for term in standard.mandatory)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("field_name", "count", "first", "last"),
    [
        ("data_type", 5, "ข้อมูลระเบียน", "ข้อมูลประเภทอื่นๆ"),
        ("objective", 14, "ยุทธศาสตร์ชาติ", "อื่นๆ"),
        ("update_frequency_unit", 13, "ไม่ทราบ", "อื่นๆ"),
        ("geo_coverage", 14, "ไม่มี", "อื่นๆ"),
        ("data_format", 20, "Database", "อื่นๆ"),
        ("data_support", 7, "ไม่มี", "อื่นๆ"),
        ("data_collect", 13, "ไม่มี", "อื่นๆ"),
        ("data_language", 14, "ไทย", "อื่นๆ"),
        ("disaggregate", 14, "ไม่มี", "อื่นๆ"),
        ("unit_of_multiplier", 15, "หน่วย", "อื่นๆ"),
        ("geographic_data_set", 13, "ชั้นข้อมูลแปลงที่ดิน", "ชั้นข้อมูลภาพวาดดาวเทียมดัดแก้"),
        ("equivalent_scale", 6, "1:4,000", "อื่นๆ"),
        ("high_value_dataset", 2, "False", "True"),
        ("allow_harvest", 2, "False", "True"),
    ],
)
def test_a_vocabulary_is_whole(edition: str, field_name: str, count: int, first: str, last: str) -> None:
    choices = _choices(edition, field_name)
    assert (len(choices), choices[0], choices[-1]) == (count, first, last)
    assert len(set(choices)) == count


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_term_and_choice_has_a_label_in_both_languages(edition: str) -> None:
    standard = Standard.load(edition)
    for term in (*standard.terms, *standard.resource_terms):
        assert term.label["th"] and term.label["en"]
        assert set(term.choice_labels) == set(term.choices)
        assert all(label["th"] and label["en"] for label in term.choice_labels.values())


def test_a_resource_term_shares_the_vocabulary_of_its_namesake() -> None:
    standard = Standard.load("gdc-2.1.0")
    shared = [
        (term, standard.term(term.field_name.removeprefix("resource_")))
        for term in standard.resource_terms
        if term.choices and term.field_name != "resource_private"
    ]
    assert len(shared) == 6
    assert all(namesake and term.choices == namesake.choices for term, namesake in shared)


def test_edition_2_2_names_the_contact_a_unit() -> None:
    before, after = (Standard.load(edition).term("maintainer") for edition in EDITIONS[:2])
    assert before and before.label["th"] == "ชื่อผู้ติดต่อ"
    assert after and after.label["th"] == "ชื่อฝ่ายงานสำหรับติดต่อ"
    assert after.item == before.item == 4


def test_edition_2_2_adds_the_internal_category_and_the_class_after_it() -> None:
    assert "ข้อมูลใช้ภายใน" not in _choices("gdc-2.1.0", "data_category")
    assert "ข้อมูลใช้ภายใน" in _choices("gdc-2.2.4", "data_category")
    names = _names(Standard.load("gdc-2.2.4"))
    assert names.index("data_classification") == names.index("data_category") + 1
    assert "data_classification" not in _names(Standard.load("gdc-2.1.0"))


def test_edition_2_2_offers_other_licences() -> None:
    assert len(_choices("gdc-2.1.0", "license_id")) == 7
    assert len(_choices("gdc-2.2.4", "license_id")) == 8
    assert set(_choices("gdc-2.1.0", "license_id")) - set(_choices("gdc-2.2.4", "license_id")) == {
        "License not specified",
        "Creative Commons Non-Commercial (Any)",
        "GNU Free Documentation License",
    }


def test_edition_2_2_requires_a_resource_s_url_and_format() -> None:
    required = {
        edition: {term.field_name for term in Standard.load(edition).resource_terms if term.required}
        for edition in EDITIONS
    }
    assert required["gdc-2.1.0"] == {"name"}
    assert required["gdc-2.2.4"] == {"name", "url", "format"}


def test_the_governance_variant_requires_a_class_by_code() -> None:
    term = Standard.load("gdc-governance").term("disclosure")
    assert term and term.required
    assert term.choices == ("public", "registered", "first_trusted", "second_trusted", "secret")
    assert _choices("gdc-governance", "license_id") == _choices("gdc-2.1.0", "license_id")


def test_an_edition_without_a_class_still_knows_the_term_asked_on_the_desk() -> None:
    standard = Standard.load("gdc-2.1.0")
    assert standard.classification.field_name == "data_classification"
    assert standard.classification not in standard.terms


@pytest.mark.parametrize("edition", EDITIONS)
def test_twelve_terms_have_a_companion_and_know_its_value(edition: str) -> None:
    standard = Standard.load(edition)
    with_companion = {term.field_name: term.other for term in standard.terms if term.other}
    assert set(with_companion) == {
        "data_type",
        "objective",
        "update_frequency_unit",
        "geo_coverage",
        "data_format",
        "license_id",
        "data_support",
        "data_collect",
        "data_language",
        "disaggregate",
        "unit_of_multiplier",
        "equivalent_scale",
    }
    assert all(other == f"{name}_other" for name, other in with_companion.items())
    assert {term.other_value for term in standard.terms if term.other} == {"อื่นๆ", "ข้อมูลประเภทอื่นๆ"}


def test_a_term_belongs_to_the_types_the_form_shows_it_for() -> None:
    standard = Standard.load("gdc-2.1.0")
    types = {term.field_name: term.data_types for term in (*standard.terms, *standard.resource_terms)}
    assert types["unit_of_measure"] == ("ข้อมูลสถิติ",)
    assert types["equivalent_scale"] == ("ข้อมูลภูมิสารสนเทศเชิงพื้นที่",)
    assert types["data_release_calendar"] == ("ข้อมูลสถิติ", "ข้อมูลภูมิสารสนเทศเชิงพื้นที่")
    assert types["created_date"] == ("ข้อมูลระเบียน", "ข้อมูลหลากหลายประเภท", "ข้อมูลประเภทอื่นๆ")
    assert len(types["resource_created_date"]) == 4
    assert types["title"] == types["data_language"] == types["last_updated_date"] == ()


def test_the_descriptor_s_own_properties_hold_what_they_can() -> None:
    standard = Standard.load("gdc-2.2.4")
    assert {term.field_name: term.property for term in standard.terms if term.property} == {
        "title": "title",
        "name": "name",
        "notes": "description",
        "tag_string": "keywords",
        "license_id": "licenses[0].name",
    }
    assert {term.field_name: term.property for term in standard.resource_terms if term.property} == {
        "url": "path",
        "name": "title",
        "description": "description",
        "format": "format",
    }


def test_lists_are_known_as_lists() -> None:
    standard = Standard.load("gdc-2.1.0")
    assert {term.field_name for term in standard.terms if term.multiple} == {
        "tag_string",
        "objective",
        "data_format",
        "data_language",
        "disaggregate",
    }


@pytest.mark.parametrize(
    ("version", "edition"),
    [("2.1.0", "gdc-2.1.0"), ("2.2.4", "gdc-2.2.4"), ("2.2.9", "gdc-2.2.4"), ("3.0.0", None), ("2.10.1", None)],
)
def test_a_portal_s_version_names_its_edition(version: str, edition: str | None) -> None:
    assert edition_of(version) == edition


def test_an_unknown_edition_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as raised:
        Standard.load("gdc-9.9", tmp_path)
    assert raised.value.kind == "standard-unknown"
    assert raised.value.values == {"standard": "gdc-9.9", "known": list(EDITIONS)}
