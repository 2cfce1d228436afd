"""Every governance rule finds what it is for, and leaves its neighbour alone."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from governing import CLOSED, MAP, STATISTICS, finds, judged, leaves_alone
from personal_alikes import MAKERS
from personal_corpus import SAYING
from personal_corpus import sentence as filled
from personal_values import VALUES, WORDS, bare_id, seeded

from metadata import wording
from metadata.finding import Finding
from metadata.rules import REGISTER
from metadata.standard import Standard
from pipelines.govern.personal.entity import ENTITIES

STRICT = Standard.from_scheming(
    {
        "based_on": "gdc-2.2.4",
        "dataset_fields": [
            {"field_name": "plan_code", "label": {"th": "รหัสแผนงาน", "en": "Plan code"}, "required": True}
        ],
    }
)
"""An agency's own standard, which requires one term more."""
FIELDS = "resources.0.schema.fields"
NUMBERS = [bare_id(random) for random in map(seeded, range(12))]
HALVES = {"first": [one[:6] for one in NUMBERS], "last": [one[6:] for one in NUMBERS]}
# rule → (what it finds, what it leaves alone): the arguments of `judged`
TWINS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "reidentify-k": (
        {"changes": {f"{FIELDS}.0.role": "quasi-identifier"}},
        {"changes": {f"{FIELDS}.0.role": "ordinary"}},
    ),
    "small-cell": (
        {
            "changes": {f"{FIELDS}.0.role": "quasi-identifier", f"{FIELDS}.1.role": "count"},
            "columns": {"fund_name": ["ก", "ข"], "members": ["4", "5"]},
        },
        {
            "changes": {f"{FIELDS}.0.role": "quasi-identifier", f"{FIELDS}.1.role": "count"},
            "columns": {"fund_name": ["ก", "ข"], "members": ["0", "5"]},
        },
    ),
    "term-missing": ({"changes": {"about.data_source": None}}, {}),
    "term-required": (
        {"edition": STRICT},
        {"edition": STRICT, "changes": {"about.plan_code": "1.2"}},
    ),
    "class-missing": (
        {"changes": {"about.data_classification": None}, "edition": "gdc-2.1.0"},
        {"changes": {"about.data_classification": None, "about.disclosure": "public"}, "edition": "gdc-2.1.0"},
    ),
    "term-vocabulary": (
        {"changes": {"about.geo_coverage": "จังหวดั"}},
        {"changes": {"about.geo_coverage": "จังหวัด"}},
    ),
    "term-once": (
        {"changes": {"keywords": ["กองทุน", "กองทุน"]}},
        {"changes": {"keywords": ["กองทุน", "กองทุนชุมชน"]}},
    ),
    "term-expected": ({"changes": {**STATISTICS, "about.unit_of_measure": None}}, {"changes": STATISTICS}),
    "term-foreign": ({"changes": {"about.unit_of_measure": "แห่ง"}}, {"changes": STATISTICS}),
    "term-unknown": (
        {"changes": {"about.data_catagory": "ข้อมูลสาธารณะ"}},
        {"changes": {"about.disclosure": "public", "about.version_notes": "แก้ยอดปี 2566"}},
    ),
    "term-misplaced": (
        {"changes": {"about.notes": "รายละเอียด"}},
        {"changes": {"about.url": "https://agency.example"}},
    ),
    "other-missing": (
        {"changes": {"about.geo_coverage": "อื่นๆ"}},
        {"changes": {"about.geo_coverage": "อื่นๆ", "about.geo_coverage_other": "ลุ่มน้ำ"}},
    ),
    "other-unasked": (
        {"changes": {"about.objective_other": "งานวิจัย"}},
        {"changes": {"about.objective": ["อื่นๆ", "มติคณะรัฐมนตรี"], "about.objective_other": "งานวิจัย"}},
    ),
    "category-class": (
        {"changes": {**CLOSED, "about.data_classification": "เปิดเผย"}},
        {"changes": {**CLOSED, "about.data_classification": "เผยแพร่ภายในองค์กร"}},
    ),
    "not-open": ({"changes": {"about.data_category": "ข้อมูลใช้ภายใน"}}, {"changes": CLOSED}),
    "restricted-open": (
        {"changes": {"access": "restricted"}},
        {"changes": {"access": "restricted", "about.data_category": "ข้อมูลใช้ภายใน"}},
    ),
    "licence-not-open": (
        {"changes": {"licenses": [{"name": "Creative Commons Attribution No-Derivs"}]}},
        {"changes": {"licenses": [{"name": "cc-by-sa"}]}},
    ),
    "licence-unclear": (
        {"changes": {"licenses": [{"name": "อื่นๆ"}], "about.license_id_other": "ตามประกาศของหน่วยงาน"}},
        {"changes": {"licenses": [{"name": "อื่นๆ"}], "about.license_id_other": "DGA Open Government License"}},
    ),
    "closed-reason-missing": ({"changes": {**CLOSED, "about.closed_clause": " "}}, {"changes": CLOSED}),
    "closed-ask-missing": ({"changes": {**CLOSED, "about.accessible_condition": None}}, {}),
    "name-form": ({"name": "5964"}, {"name": "02_0901-a"}),
    "resource-name-form": (
        {"changes": {"resources.0.name": "กองทุน"}},
        {"changes": {"resources.0.name": "Funds_2567-v2"}},
    ),
    "email-form": (
        {"changes": {"about.maintainer_email": "data(at)agency.example"}},
        {"changes": {"about.maintainer_email": "data.center+open@it.agency.example"}},
    ),
    "contact-person": (
        {"changes": {"about.maintainer": "นายสมชาย ใจดี"}},
        {"changes": {"about.maintainer": "นายทะเบียนกองทุน สำนักงานภาค"}},
    ),
    "frequency-interval": (
        {"changes": {"about.update_frequency_interval": None}},
        {"changes": {"about.update_frequency_interval": None, "about.update_frequency_unit": "ตามเวลาจริง"}},
    ),
    "frequency-interval-form": (
        {"changes": {"about.update_frequency_interval": "๒"}},
        {"changes": {"about.update_frequency_interval": "12"}},
    ),
    "date-form": (
        {"changes": {"about.last_updated_date": "31/01/2024"}},
        {"changes": {"about.last_updated_date": "2024-02-29"}},
    ),
    "date-buddhist": (
        {"changes": {"about.last_updated_date": "2567-02-29"}},
        {"changes": {"about.last_updated_date": "2024-02-29"}},
    ),
    "date-order": (
        {"changes": {"about.created_date": "2024-02-01", "about.last_updated_date": "2024-01-31"}},
        {"changes": {"about.created_date": "2024-01-31", "about.last_updated_date": "2024-01-31"}},
    ),
    "year-form": ({"changes": {**STATISTICS, "about.first_year_of_data": "๒๕๖๐"}}, {"changes": STATISTICS}),
    "year-gregorian": ({"changes": {**STATISTICS, "about.first_year_of_data": 2017}}, {"changes": STATISTICS}),
    "year-order": (
        {"changes": {**STATISTICS, "about.first_year_of_data": 2568}},
        {"changes": {**STATISTICS, "about.first_year_of_data": 2567}},
    ),
    "bounds-form": (
        {"changes": {**MAP, "about.west_bound_longitude": "97° 20'"}},
        {"changes": {**MAP, "about.west_bound_longitude": "97.34"}},
    ),
    "bounds-order": (
        {"changes": {**MAP, "about.south_bound_longitude": 20.4, "about.north_bound_longitude": 5.6}},
        {"changes": {**MAP, "about.south_bound_longitude": 5.6, "about.north_bound_longitude": 20.4}},
    ),
    "tag-form": ({"changes": {"keywords": ["กองทุน,ชุมชน"]}}, {"changes": {"keywords": ["ทุนชีวิต 2567", "SDG_1.4"]}}),
    "description-thin": (
        {"changes": {"description": "กองทุนสวัสดิการชุมชน  รายตำบล"}},
        {"changes": {"description": "กองทุนสวัสดิการชุมชน รายตำบล ณ วันที่ 30 กันยายน 2567"}},
    ),
    "text-hidden": (
        {"changes": {"title": "จํานวนกองทุน"}},
        {"changes": {"title": "จำนวนกองทุน"}},
    ),
    "english-missing": ({"changes": {"title_en": None}}, {}),
    "personal-header": (
        {"columns": {"fund_name": ["ก"], "citizen_id": ["x-xxxx-xxxxx-xx-x"]}},
        {"columns": {"fund_name": ["ก"], "citizen_id": ["12"]}},
    ),
    "personal-header-sensitive": (
        {"columns": {"ศาสนา": ["พุทธ", "อิสลาม"], "จำนวน": ["120", "30"]}},
        {"columns": {"ศาลาประชาคม": ["มี", "ไม่มี"], "จำนวน": ["120", "30"]}},
    ),
    "personal-parted": ({"columns": HALVES}, {"columns": {name: ["123456"] for name in HALVES}}),
    "column-name": (
        {"columns": {"fund_name": ["ก"], "จำนวนสมาชิก": ["2"]}},
        {"columns": {"fund_name": ["ก"], "Members_2567": ["2"]}},
    ),
    "column-name-empty": ({"columns": {"fund_name": ["ก"], " ": ["2"]}}, {}),
    "column-reserved": (
        {"columns": {"fund_name": ["ก"], "_ID": ["2"]}},
        {"columns": {"fund_name": ["ก"], "id": ["2"]}},
    ),
    "column-bytes": (
        {"columns": {"fund_name": ["ก"], "ก" * 22: ["2"]}},
        {"columns": {"fund_name": ["ก"], "ก" * 21: ["2"]}},
    ),
    "column-twice": (
        {"columns": {"fund_name": ["ก"], "Fund_Name": ["2"]}},
        {"columns": {"fund_name": ["ก"], "fund_name_2": ["2"]}},
    ),
    "column-undescribed": ({"columns": {"fund_name": ["ก"], "members": ["2"], "province": ["ลำปาง"]}}, {}),
    "column-class": ({"changes": {f"{FIELDS}.1.class": "ลับ"}}, {"changes": {f"{FIELDS}.1.class": "public"}}),
    "column-absent": ({"columns": {"fund_name": ["ก"]}}, {}),
    "formula-cell": (
        {"columns": {"fund_name": ["=HYPERLINK(A1)"], "members": ["2"]}},
        {"columns": {"fund_name": ["- ไม่มี"], "members": ["-2"]}},
    ),
    "secret-cell": (
        {"columns": {"fund_name": [f"ghp_{'a1' * 18}"], "members": ["2"]}},
        {"columns": {"fund_name": ["ghp_"], "members": ["2"]}},
    ),
    "secret-column": (
        {"columns": {"password": ["Hunter22", "tiger-99"], "members": ["1", "2"]}},
        {"columns": {"password_policy": ["Hunter22", "tiger-99"], "members": ["1", "2"]}},
    ),
    "secret-text": (
        {"changes": {"about.data_source": "postgres://reader:Hunter22@db.agency.example/x"}},
        {"changes": {"about.data_source": "postgres://db.agency.example/x"}},
    ),
    "dictionary-missing": ({"changes": {"resources.0.schema": None}}, {}),
    "dictionary-title-missing": ({"changes": {f"{FIELDS}.1.title": " "}}, {}),
    "dictionary-description-missing": ({"changes": {f"{FIELDS}.1.description": None}}, {}),
    "dictionary-english-missing": ({"changes": {f"{FIELDS}.1.title_en": None}}, {}),
}


def _personal() -> Iterator[tuple[str, tuple[dict[str, Any], dict[str, Any]]]]:
    """Each kind of personal data, under its header and without one, beside what only looks like it."""
    for name, entity in ENTITIES.items():
        header, (alike, maker) = WORDS["headers"][name][0], WORDS["alikes"][name][0]
        random = seeded("twins", name)
        held = {"fund_name": ["ก"] * 6, header: [VALUES[name](random) for _ in range(6)]}
        if entity.kind == "sensitive":
            held["citizen_id"] = [VALUES["national-id"](random) for _ in range(6)]
        like = {"fund_name": ["ก"] * 6, alike: [MAKERS[maker](random) for _ in range(6)]}
        yield f"personal-{name}", ({"columns": held}, {"columns": like})
        yield f"personal-{name}-count", ({"columns": held}, {"columns": like})
        said = next((text for text in SAYING[name] if entity.rough), None)
        if said:
            text, other = filled(random, said)[0], filled(random, WORDS["harmless"][0])[0]
            yield (
                f"personal-{name}-label",
                ({"changes": {f"{FIELDS}.0.description": text}}, {"changes": {f"{FIELDS}.0.description": other}}),
            )
            yield (
                f"personal-{name}-text",
                ({"changes": {"about.data_source": text}}, {"changes": {"about.data_source": other}}),
            )


TWINS |= dict(_personal())
BY_HEADER = {
    f"personal-{name}-{end}" for name, one in ENTITIES.items() for end in ("label", "text") if not one.rough
}
"""What nothing but a column's header tells is in no text."""
OURS = sorted(
    name
    for name, function in REGISTER.items()
    if name not in BY_HEADER and function.__module__.startswith(("pipelines.govern", "metadata.description"))
)


def test_every_rule_has_its_twins() -> None:
    assert sorted(TWINS) == OURS


@cache
def found_by(rule: str) -> Finding:
    """What a rule finds in its own case."""
    return finds(rule, **TWINS[rule][0])


@pytest.mark.parametrize("rule", OURS)
def test_a_rule_finds_what_it_is_for(rule: str) -> None:
    assert found_by(rule).rule == rule


@pytest.mark.parametrize("rule", OURS)
def test_a_rule_leaves_its_neighbour_alone(rule: str) -> None:
    leaves_alone(rule, **TWINS[rule][1])


@pytest.mark.parametrize("rule", OURS)
def test_a_finding_gives_its_sentences_every_value_they_name(rule: str) -> None:
    found = found_by(rule)
    sentences = wording.sentences()[rule]
    known = {"rule": rule, **found.at.to_dict(), **found.values}
    for language in ("th", "en"):
        for sentence in (sentences[language], sentences["remedy"][language]):
            named = {name.partition("[")[0] for _, name, _, _ in string.Formatter().parse(sentence) if name}
            assert named <= set(known), (language, named - set(known))


@pytest.mark.parametrize("rule", OURS)
def test_a_rule_says_in_one_sentence_what_it_asks(rule: str) -> None:
    assert (REGISTER[rule].__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("rule", OURS)
def test_a_finding_survives_being_stored(rule: str) -> None:
    found = found_by(rule)
    assert (
        Finding.from_dict(json.loads(json.dumps(found.to_dict(), ensure_ascii=False))).to_dict() == found.to_dict()
    )


def test_a_sound_dataset_has_no_findings() -> None:
    assert judged() == ()


def test_a_sound_entry_without_data_has_no_findings() -> None:
    assert judged(CLOSED) == ()
