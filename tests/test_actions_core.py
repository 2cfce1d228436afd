"""What CKAN answers from beneath a schema, an agency's own licences, and the language of an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_ground import opened, package
from rigs import THAI_TERMS
from web_ground import served

from catalog.portal.local import LocalPortal
from metadata.errors import SetupError
from metadata.standard import Standard

LINK = {"name": "ถนน", "url": "https://example.go.th/roads.csv", "format": "CSV"}


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[LocalPortal]:
    with opened(tmp_path, schema=Standard.load("gdc-2.1.0").schema) as ours:
        ours.call_action("package_create", {**package(resources=[LINK], tags=[{"name": "ประชากร"}]), **THAI_TERMS})
        yield ours


def test_beneath_the_schema_its_fields_are_pairs_and_lists_are_json(portal: LocalPortal) -> None:
    portal.call_action("follow_dataset", {"id": "population-2567"})
    shown = portal.call_action("package_show", {"id": "population-2567"})
    assert shown["resources"][0]["created_at"] == shown["resources"][0]["created"]
    (followed,) = portal.call_action("dataset_followee_list", {"id": portal.actor.id})
    (tagged,) = portal.call_action("tag_show", {"id": "ประชากร", "include_datasets": True})["packages"]
    for answer in (followed, tagged):
        pairs = {one["key"]: one["value"] for one in answer["extras"]}
        assert pairs["data_category"] == shown["data_category"]
        assert "data_category" not in answer
        assert json.loads(pairs["data_format"]) == shown["data_format"]
        assert answer["resources"][0]["resource_disaggregate"] == "[]"
    assert ("created_at" in followed["resources"][0], "created_at" in tagged["resources"][0]) == (False, True)
    (found,) = portal.call_action("resource_search", {"query": "name:ถนน"})["results"]
    assert found == followed["resources"][0]


def test_a_schemas_name_and_organization_are_said_with_each_update(portal: LocalPortal) -> None:
    with served(portal) as web:
        refused = web.call("package_update", {"id": "population-2567"})
        assert {"name", "owner_org"} <= set(refused.json()["error"])
        shown = web.call("package_show", {"id": "population-2567"}).json()["result"]
        answer = web.call("package_update", {**shown, "notes": "ใหม่"}).json()
        assert answer["changed_entities"] == {"packages": [shown["id"]]}
        assert "created_at" not in json.loads(_stored(portal))["resources"][0]


def _stored(portal: LocalPortal) -> str:
    from sqlalchemy import select

    from catalog.store.database import reading
    from catalog.store.tables import packages

    with reading(portal.engine) as connection:
        return str(connection.execute(select(packages.c.document)).scalar_one())


def test_words_are_in_the_language_of_the_site_or_of_the_address(portal: LocalPortal) -> None:
    with served(portal) as web:
        thai = web.ask("/api/3/action/member_roles_list").json()
        english = web.ask("/en/api/3/action/member_roles_list").json()
        assert [one["text"] for one in thai["result"]] == ["ผู้ดูแลระบบ", "บรรณาธิการ", "สมาชิก"]
        assert [one["text"] for one in english["result"]] == ["Admin", "Editor", "Member"]
        assert english["help"] == f"{web.url}/en/api/3/action/help_show?name=member_roles_list"
        assert web.ask("/api/3/action/package_create").json().startswith("Bad request: JSON ผิดพลาด: ")
        assert web.ask("/en/api/3/action/package_create").json().startswith("Bad request: JSON Error: ")


def test_an_agency_brings_its_own_licences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register = tmp_path / "licences.json"
    own = {"id": "dga-open", "title": "สัญญาอนุญาตของ สพร.", "od_conformance": "approved"}
    register.write_text(json.dumps([own]), encoding="utf-8")
    monkeypatch.setenv("SAPHAN_LICENCES", str(register))
    with opened(tmp_path) as portal:
        (listed,) = portal.call_action("license_list")
        assert listed.items() >= own.items()
        assert listed["domain_data"] == "False"
        made = portal.call_action("package_create", package(license_id="dga-open"))
        assert (made["isopen"], made["license_title"]) == (True, own["title"])


@pytest.mark.parametrize("text", ["{", "{}", '[{"id": "x"}]', "[1]"])
def test_licences_that_cannot_be_read_are_told_at_once(tmp_path: Path, text: str) -> None:
    register = tmp_path / "licences.json"
    register.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError) as told, opened(tmp_path, licences=register):
        pass
    assert told.value.kind == "licences-file"


def test_a_dataset_of_another_type_has_ckans_own_fields(portal: LocalPortal) -> None:
    sent = {"name": "source-1", "type": "harvest", "owner_org": "dept-a", "url": "https://example.go.th/csw"}
    made = portal.call_action("package_create", sent)
    assert (made["type"], made["url"], "data_category" in made) == ("harvest", sent["url"], False)
    link = portal.call_action("resource_create", {"package_id": "source-1", "url": "https://example.go.th/a.csv"})
    assert "resource_disaggregate" not in link
    again = portal.call_action("package_patch", {"id": "source-1", "notes": "ต้นทาง"})
    assert (again["type"], again["notes"]) == ("harvest", "ต้นทาง")
