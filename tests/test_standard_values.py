"""How a dataset answers a term: lists in three shapes, booleans, classes and licences in any spelling."""

from __future__ import annotations

from typing import Any

import pytest
from governing import dataset

from metadata.standard import Standard


def _value(field_name: str, changes: dict[str, Any], edition: str = "gdc-2.1.0") -> Any:
    standard = Standard.load(edition)
    term = standard.term(field_name)
    assert term
    return standard.value(dataset(changes), term)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["เพศ", "อาชีพ"], ("เพศ", "อาชีพ")),
        ('["เพศ", "อาชีพ"]', ("เพศ", "อาชีพ")),
        ("เพศ", ("เพศ",)),
        ("", ()),
        (None, ()),
        ([], ()),
        (["เพศ", " ", None], ("เพศ",)),
    ],
)
def test_a_list_is_read_in_every_shape(written: Any, read: tuple[str, ...]) -> None:
    assert _value("disaggregate", {"about.disaggregate": written}) == read


def test_a_choice_with_a_comma_is_one_value() -> None:
    assert _value("equivalent_scale", {"about.equivalent_scale": "1:4,000"}) == "1:4,000"


@pytest.mark.parametrize("written", [["สวัสดิการ", "กองทุน"], "สวัสดิการ, กองทุน", '["สวัสดิการ","กองทุน"]'])
def test_keywords_may_be_a_list_or_text_with_commas(written: Any) -> None:
    assert _value("tag_string", {"keywords": written}) == ("สวัสดิการ", "กองทุน")


@pytest.mark.parametrize(("written", "read"), [(True, "True"), (False, "False"), ("True", "True"), (None, None)])
def test_a_boolean_is_the_text_the_portals_want(written: Any, read: str | None) -> None:
    assert _value("allow_harvest", {"about.allow_harvest": written}) == read


def test_a_number_is_text() -> None:
    assert _value("first_year_of_data", {"about.first_year_of_data": 2560}) == "2560"


def test_blank_text_is_nothing() -> None:
    assert _value("data_source", {"about.data_source": "  "}) is None


def test_the_name_is_the_folder_s() -> None:
    assert _value("name", {}) == "welfare-funds"


def test_what_has_a_property_is_not_read_from_about() -> None:
    assert _value("title", {"title": None, "about.title": "ที่ผิด"}) is None


@pytest.mark.parametrize("written", ["เปิดเผย", "public", "ชั้นเปิดเผย"])
def test_the_class_is_given_in_the_edition_s_spelling(written: str) -> None:
    changes = {"about.data_classification": written}
    assert _value("data_classification", changes, "gdc-2.2.4") == "เปิดเผย"
    assert _value("disclosure", changes, "gdc-governance") == "public"


def test_both_spellings_of_the_internal_class_are_one() -> None:
    changes = {"about.data_classification": None, "about.disclosure": "เผยแพร่ภายในองค์กร"}
    assert _value("data_classification", changes, "gdc-2.2.4") == "ชั้นเผยแพร่ภายในองค์กร"
    assert _value("disclosure", changes, "gdc-governance") == "registered"


def test_an_unknown_class_stays_as_written() -> None:
    assert _value("data_classification", {"about.data_classification": "ลับสุดๆ"}, "gdc-2.2.4") == "ลับสุดๆ"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("cc-by", "Creative Commons Attributions"),
        ("CC-BY-4.0", "Creative Commons Attributions"),
        ("cc-by-sa", "Creative Commons Attribution Share-Alike"),
        ("odc-by", "Open Data Common"),
        ("odc-odbl", "Open Data Common"),
        ("odc-pddl", "Open Data Common"),
        ("Open Data Common", "Open Data Common"),
        ("cc-zero", "อื่นๆ"),
        ("ogl", "อื่นๆ"),
        ("ข้อตกลงของหน่วยงาน", "ข้อตกลงของหน่วยงาน"),
    ],
)
def test_a_licence_is_given_as_the_edition_calls_it(written: str, sent: str) -> None:
    assert _value("license_id", {"licenses": [{"name": written}]}) == sent


@pytest.mark.parametrize(
    "url",
    ["https://creativecommons.org/licenses/by/4.0/", "http://www.creativecommons.org/licenses/by/4.0/deed.th"],
)
def test_a_licence_may_be_given_by_its_url_alone(url: str) -> None:
    assert _value("license_id", {"licenses": [{"path": url}]}) == "Creative Commons Attributions"


def test_an_unknown_url_is_no_licence_of_the_edition() -> None:
    assert (
        _value("license_id", {"licenses": [{"path": "https://agency.example/terms"}]})
        == "https://agency.example/terms"
    )


def test_a_licence_the_edition_cannot_name_is_named_beside_it() -> None:
    changes = {"licenses": [{"name": "ogl"}]}
    assert _value("license_id_other", changes) == "DGA Open Government License"
    assert _value("license_id_other", {"licenses": [{"name": "cc-by"}]}) is None
    again = dataset({"licenses": [{"name": "อื่นๆ"}], "about.license_id_other": "DGA Open Government License"})
    known = Standard.load("gdc-2.1.0").licence_of(again)
    assert known and known.open and "ogl" in known.names


@pytest.mark.parametrize(
    ("name", "is_open"),
    [
        ("Creative Commons Attributions", True),
        ("Open Data Common", True),
        ("ogl", True),
        ("cc-zero", True),
        ("License not specified", False),
        ("Creative Commons Non-Commercial (Any)", False),
        ("Creative Commons Attribution Non-Commercial Share-Alike", False),
        ("Creative Commons Attribution No-Derivs", False),
        ("notspecified", False),
        ("GNU Free Documentation License", None),
    ],
)
def test_a_licence_says_whether_it_is_open(name: str, is_open: bool | None) -> None:
    licence = Standard.load("gdc-2.2.4").licence(name)
    assert licence and licence.open is is_open


@pytest.mark.parametrize("name", ["", None, "อื่นๆ", "ตามแต่ตกลง"])
def test_an_unknown_licence_is_no_licence(name: str | None) -> None:
    assert Standard.load("gdc-2.2.4").licence(name) is None


@pytest.mark.parametrize("edition", ["gdc-2.1.0", "gdc-2.2.4", "gdc-governance"])
def test_every_licence_of_an_edition_is_known_but_the_other(edition: str) -> None:
    standard = Standard.load(edition)
    term = standard.term("license_id")
    assert term
    unknown = [choice for choice in term.choices if standard.licence(choice) is None]
    assert unknown == ["อื่นๆ"]


def test_a_resource_is_called_by_its_title_else_its_name() -> None:
    standard = Standard.load("gdc-2.2.4")
    terms = {term.field_name: term for term in standard.resource_terms}
    titled, bare = dataset(), dataset({"resources.0.title": None})
    assert standard.resource_value(titled.resources[0], terms["name"]) == "กองทุนสวัสดิการชุมชน"
    assert standard.resource_value(bare.resources[0], terms["name"]) == "funds"
    assert standard.resource_value(bare.resources[0], terms["format"]) == "csv"


def test_a_resource_s_terms_stand_under_its_own_about() -> None:
    standard = Standard.load("gdc-2.2.4")
    term = next(term for term in standard.resource_terms if term.field_name == "resource_disaggregate")
    given = dataset({"resources.0.about": {"resource_disaggregate": ["เพศ"]}})
    assert standard.resource_value(given.resources[0], term) == ("เพศ",)
