"""The wire: what goes to a CKAN and comes back is the same, on a stock portal and on one with the Thai schema."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from governing import dataset

from catalog import wire
from catalog.plan import plan
from catalog.portal.manners import Manners
from metadata.dataset import Dataset
from metadata.release import File, Release
from metadata.standard import Standard
from metadata.workspace import Agency, Target

AGENCY = Agency(name="agency", title="หน่วยงานทดสอบ")
FILE = File(path="funds.csv", sha256="sha256:aa", bytes=10, rows=2)
STOCK = Manners(ckan_version=(2, 12, 0), extensions=frozenset({"datastore"}), datastore=True)
THAI = Manners(ckan_version=(2, 9, 0), scheming=Standard.load("gdc-2.1.0").schema, thai="2.1.0", datastore=True)


def wanted(about: Dataset, manners: Manners) -> tuple[dict[str, Any], tuple[Any, ...]]:
    release = Release(dataset=about.name, datapackage={}, files=(FILE,))
    standard = Standard.load("gdc-2.2.4")
    return wire.wanted(about, release, standard, AGENCY, Target(name="far"), manners, {"funds": FILE})


def shown(state: dict[str, Any], manners: Manners) -> dict[str, Any]:
    """What a CKAN would show after it was given the state."""
    data = wire.package_data(state["package"], {}, manners)
    resources = []
    for resource in state["resources"]:
        flat, lists = wire.resource_data(resource)
        resources.append({**flat, **lists, "state": "active", "position": 0})
    organization = {"id": "f3a0", "name": data.pop("owner_org")}
    fields = {"title": "", "author": None, "state": "active", "num_tags": 1, "groups": []}
    return {**fields, **data, "owner_org": "f3a0", "organization": organization, "resources": resources}


@pytest.mark.parametrize("manners", [STOCK, THAI], ids=["stock", "thai"])
def test_what_was_sent_reads_back_as_what_was_wanted(manners: Manners) -> None:
    state, _ = wanted(dataset(), manners)
    answers = {
        key: {"fields": [{"id": "_id", "type": "int"}, *wire.table_fields(table)], "total": table["rows"]}
        for key, table in state["tables"].items()
    }
    standard = Standard.load("gdc-2.2.4")
    multiple = [term.field_name for term in (*standard.terms, *standard.resource_terms) if term.multiple]
    assert plan(state, wire.present(shown(state, manners), answers, multiple), {}) == ()


def test_terms_are_extras_on_a_stock_portal_and_fields_on_a_thai_one() -> None:
    state, _ = wanted(dataset(), STOCK)
    stock = wire.package_data(state["package"], {}, STOCK)
    extras = {extra["key"]: extra["value"] for extra in stock["extras"]}
    assert extras["objective"] == '["พันธกิจหน่วยงาน"]'
    assert "data_type" not in stock
    thai = wire.package_data(wanted(dataset(), THAI)[0]["package"], {}, THAI)
    assert thai["objective"] == ["พันธกิจหน่วยงาน"]
    assert thai["data_type"] == "ข้อมูลระเบียน"
    assert not {extra["key"] for extra in thai.get("extras", ())} & {"objective", "data_type"}


@pytest.mark.parametrize("manners", [STOCK, THAI], ids=["stock", "thai"])
def test_why_figures_changed_travels_as_ckanext_dcats_extra(manners: Manners) -> None:
    state, findings = wanted(dataset({"about.version_notes": "แก้ยอดปี 2566 ที่บวกผิด"}), manners)
    data = wire.package_data(state["package"], {}, manners)
    assert {"key": "version_notes", "value": "แก้ยอดปี 2566 ที่บวกผิด"} in data["extras"]
    assert not [finding for finding in findings if finding.values.get("field") == "version_notes"]


def test_the_class_is_not_sent_where_the_schema_has_no_field_for_it() -> None:
    state, findings = wanted(dataset(), THAI)
    assert "data_classification" not in state["package"]
    assert "term-not-sent" not in {finding.rule for finding in findings}


def test_tags_a_stock_portal_refuses_are_named_and_travel_as_an_extra() -> None:
    about = dataset({"keywords": ["กองทุน", "ประชากร", "welfare"]})
    state, findings = wanted(about, STOCK)
    assert state["package"]["tags"] == ["welfare", "ประชากร"]
    assert state["package"][wire.ALL_TAGS] == "กองทุน,ประชากร,welfare"
    (warning,) = [finding for finding in findings if finding.rule == "tag-not-sent"]
    assert (warning.severity, warning.values["tags"]) == ("warning", ["กองทุน"])


def test_a_portal_that_takes_every_tag_gets_them_as_tags_alone() -> None:
    state, findings = wanted(dataset({"keywords": ["กองทุน", "welfare"]}), THAI)
    assert state["package"]["tags"] == ["welfare", "กองทุน"]
    assert wire.ALL_TAGS not in state["package"]
    assert findings == ()


def test_extras_that_are_not_ours_are_sent_back_as_they_were() -> None:
    before = {"extras": [{"key": "theirs", "value": "ของเขา"}, {"key": "data_type", "value": "เก่า"}]}
    data = wire.package_data({"data_type": "ใหม่"}, before, STOCK)
    assert data == {"extras": [{"key": "theirs", "value": "ของเขา"}, {"key": "data_type", "value": "ใหม่"}]}


def test_an_extra_we_no_longer_want_is_left_out_and_a_field_is_cleared() -> None:
    before = {"extras": [{"key": "data_type", "value": "เก่า"}]}
    assert wire.package_data({"data_type": None, "url": None}, before, STOCK) == {"extras": [], "url": ""}


def test_a_patch_that_touches_no_extra_sends_none() -> None:
    before = {"extras": [{"key": "theirs", "value": "ของเขา"}]}
    assert wire.package_data({"title": "ใหม่"}, before, STOCK) == {"title": "ใหม่"}


def test_a_value_the_portal_refuses_is_found_before_anything_is_sent() -> None:
    about = dataset({"about.data_category": "ข้อมูลใช้ภายใน"})
    _, findings = wanted(about, THAI)
    (finding,) = [finding for finding in findings if finding.rule == "target-vocabulary"]
    assert (finding.severity, finding.values["field"]) == ("error", "data_category")


def test_a_value_the_portal_does_not_check_is_only_a_warning() -> None:
    about = dataset({"about.geo_coverage": "ทั้งตำบล"})
    _, findings = wanted(about, THAI)
    assert [(f.rule, f.severity) for f in findings] == [("target-vocabulary", "warning")]


def test_the_key_of_a_table_is_told_in_its_dictionary() -> None:
    about = dataset()
    resource = about.resource("funds")
    assert resource is not None
    schema = {"fields": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}
    for written, told in ((["b", "c"], "b,c"), ("c", "c"), ([], None)):
        keyed = replace(resource, descriptor={**resource.descriptor, "schema": {**schema, "primaryKey": written}})
        first, *rest = wire.table_fields(wire.table(keyed, FILE))
        assert first["info"].get(wire.KEY) == told
        assert not [one for one in rest if wire.KEY in one["info"]]


def test_a_resource_keeps_its_id_from_portal_to_portal_and_year_to_year() -> None:
    assert wire.resource_id("agency", "funds", "list") == wire.resource_id("agency", "funds", "list")
    assert wire.resource_id("agency", "funds", "list") != wire.resource_id("other", "funds", "list")
    assert wire.resource_id("agency", "funds", "list") == "12ad63f2-d9ac-55cc-85bb-a8e1f363d93f"


def test_records_are_typed_and_exact(tmp_path: Path) -> None:
    from metadata.dataset import Resource

    fields = [("n", "integer"), ("x", "number"), ("d", "date"), ("b", "boolean"), ("t", "string")]
    schema = {
        "fields": [{"name": name, "type": kind} for name, kind in fields],
        "primaryKey": ["n"],
        "foreignKeys": [{"fields": ["n"], "reference": {"resource": "other", "fields": ["n"]}}],
    }
    path = tmp_path / "a.csv"
    path.write_text("n,x,d,b,t\n12345678901,0.10,2024-01-15,true,๑\n,,,,\n", "utf-8")
    resource = Resource(name="a", descriptor={"name": "a", "schema": schema})
    assert list(wire.records(path, resource)) == [
        {"n": 12345678901, "x": "0.10", "d": "2024-01-15", "b": True, "t": "๑"},
        {"n": None, "x": None, "d": None, "b": None, "t": None},
    ]


@pytest.mark.parametrize("written", ["2024-01-05T10:00:00", "2024-01-05 10:00", "2024-01-05"])
def test_a_day_goes_out_without_its_hour_as_scheming_keeps_it(written: str) -> None:
    state, _ = wanted(dataset({"about.last_updated_date": written}), STOCK)
    assert state["package"]["last_updated_date"] == "2024-01-05"
