"""An agency's own ckanext-scheming file, and a portal's schema, are standards too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from governing import dataset

from metadata.errors import SetupError
from metadata.standard import Standard

OWN = """\
scheming_version: 2
dataset_type: dataset
about: แบบคำอธิบายชุดข้อมูลของหน่วยงาน
dataset_fields:
  - {field_name: title, label: Title, preset: title}
  - {field_name: notes, label: Description, form_snippet: markdown.html}
  - {field_name: tag_string, label: Tags, preset: tag_string_autocomplete}
  - field_name: objective
    label: วัตถุประสงค์
    preset: multiple_checkbox
    choices:
      - {value: พันธกิจหน่วยงาน, label: พันธกิจหน่วยงาน}
      - {value: อื่นๆ, label: {th: อื่นๆ, en: Other}}
  - {field_name: objective_other}
  - {field_name: created_date, label: {en: Created}, preset: date}
  - {field_name: contact, label: {th: อีเมล}, required: true, validators: not_empty email_validator}
  - {field_name: ministry, label: กระทรวง, preset: select, choices_helper: ministries}
  - {field_name: level, label: ระดับ, preset: radio, choices: [สูง, ต่ำ]}
resource_fields:
  - {field_name: name, label: Name, required: true}
"""


@pytest.fixture
def own(tmp_path: Path) -> Standard:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    return Standard.load("own.yaml", tmp_path)


def test_a_plain_file_loads_as_it_is(own: Standard) -> None:
    assert own.name == "own"
    assert [term.field_name for term in own.terms][:3] == ["title", "notes", "tag_string"]
    assert [term.field_name for term in own.resource_terms] == ["name"]


def test_presets_say_what_a_field_is(own: Standard) -> None:
    terms = {term.field_name: term for term in own.terms}
    assert terms["objective"].multiple and terms["objective"].choices == ("พันธกิจหน่วยงาน", "อื่นๆ")
    assert terms["objective"].other == "objective_other" and terms["objective"].other_value == "อื่นๆ"
    assert terms["created_date"].kind == "date"
    assert terms["contact"].kind == "email" and terms["contact"].required
    assert terms["level"].choices == ("สูง", "ต่ำ") and not terms["level"].multiple
    assert terms["ministry"].choices == ()


def test_fields_shared_with_the_editions_keep_their_place_and_number(own: Standard) -> None:
    terms = {term.field_name: term for term in own.terms}
    assert terms["notes"].property == "description" and terms["notes"].item == 7
    assert terms["notes"].label == {"th": "รายละเอียด", "en": "Description"}
    assert terms["tag_string"].property == "keywords" and terms["tag_string"].multiple
    assert terms["contact"].property is None and terms["contact"].item is None


def test_a_field_of_the_agency_s_own_stands_under_about(own: Standard) -> None:
    contact = own.term("contact")
    assert contact and contact.key == "about.contact"
    assert own.value(dataset({"about.contact": "it@codi.or.th"}), contact) == "it@codi.or.th"


def test_a_json_file_loads_like_a_yaml_file(tmp_path: Path) -> None:
    schema = {"scheming_version": 1, "dataset_fields": [{"field_name": "title", "label": "ชื่อ"}]}
    (tmp_path / "own.json").write_text(json.dumps(schema, indent="\t"), encoding="utf-8")
    assert Standard.load("own.json", tmp_path).terms[0].label == {"th": "ชื่อ", "en": "Dataset Name"}


def test_a_portal_s_schema_is_a_standard() -> None:
    schema = {
        "scheming_version": 2,
        "dataset_type": "dataset",
        "dataset_fields": [
            {
                "field_name": "disaggregate",
                "label": {"en": "Disaggregate", "th": "การจัดจำแนก"},
                "validators": "scheming_multiple_choice",
                "choices": [{"value": "เพศ", "label": "เพศ"}],
            }
        ],
        "resource_fields": [],
    }
    term = Standard.from_scheming(schema).terms[0]
    assert term.multiple and term.choices == ("เพศ",) and term.data_types == ("ข้อมูลสถิติ",)


def test_an_own_file_may_be_based_on_an_edition(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "based_on: gdc-2.2.4\nremoved_fields: [reference_data]\n"
        "dataset_fields:\n  - {field_name: plan_code, after: title, label: รหัสแผนงาน}\n",
        encoding="utf-8",
    )
    names = [term.field_name for term in Standard.load("own.yaml", tmp_path).terms]
    assert names[names.index("title") + 1] == "plan_code"
    assert "reference_data" not in names and "data_classification" in names


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("scheming_version: 2\n", "dataset_fields"),
        ("dataset_fields:\n  - {label: ชื่อ}\n", "dataset_fields.0"),
        ("dataset_fields:\n  - {field_name: level, choices: สูง}\n", "scheming-choices"),
        ("based_on: gdc-9\n", "gdc-9"),
        ("- a list\n", "dataset_fields"),
    ],
)
def test_a_broken_file_says_where(tmp_path: Path, text: str, mistake: str) -> None:
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SetupError) as raised:
        Standard.load("own.yaml", tmp_path)
    assert raised.value.kind == "file-invalid"
    assert mistake in str(raised.value.values["mistakes"])


def test_broken_json_says_where(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text('{"dataset_fields": [', encoding="utf-8")
    with pytest.raises(SetupError) as raised:
        Standard.load("own.json", tmp_path)
    assert raised.value.kind == "file-invalid"


@pytest.mark.parametrize("edition", ["gdc-2.1.0", "gdc-2.2.4", "gdc-governance"])
def test_an_edition_published_as_a_portal_s_schema_reads_back_as_itself(edition: str) -> None:
    standard = Standard.load(edition)
    keys = {key for field in standard.schema["dataset_fields"] for key in field}
    assert not keys & {"property", "item", "clause", "kind", "expected", "after"}
    again = Standard.from_scheming(json.loads(json.dumps(standard.schema)))
    for before, after in zip(standard.terms, again.terms, strict=True):
        assert (before.field_name, before.choices, before.property) == (
            after.field_name,
            after.choices,
            after.property,
        )
        assert (before.required, before.multiple, before.item) == (after.required, after.multiple, after.item)
