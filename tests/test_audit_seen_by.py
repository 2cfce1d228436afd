"""What harvesters see is what they are given, and what they refuse is told with a reason and a remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from audit_generated import FIELDS, RESOURCE, SITE, catalogue, made
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph

from catalog.audit import mqa, seen_by
from catalog.audit.described import flat
from catalog.audit.facts import Ground
from catalog.harvest import dcat as reader
from catalog.record import record
from metadata import wording
from metadata.exports import dcat, schema_org
from metadata.exports.record import Record
from metadata.finding import Finding
from metadata.standard import Standard

NAMES = [
    *FIELDS, *RESOURCE, "resources", "tags", "groups", "organization", "extras", "key", "value", "url", "format",
    "type", "id", "fields", "info", "label", "notes", "state", "private", "keywords", "coordinates", "url_type",
]  # fmt: skip
WHOLE: dict[str, Any] = {
    "id": "0e7b21c6-7c9a-4b9c-9b3f-6a2f6a2d1e11", "name": "population", "type": "dataset", "state": "active",
    "private": False, "title": "ประชากรรายจังหวัด ปี 2567", "notes": "จำนวนประชากรรายจังหวัด จำแนกตามเพศและอายุ ณ สิ้นปี",
    "tags": [{"name": "ประชากร"}], "organization": {"name": "dept-a", "title": "กรมตัวอย่าง"},
    "allow_harvest": "True", "data_category": "ข้อมูลสาธารณะ", "license_id": "cc-by",
    "license_title": "Creative Commons Attribution",
    "geo_coverage": "จังหวัด", "update_frequency_unit": "ปี", "data_language": ["ไทย"], "maintainer": "กลุ่มสถิติ",
    "metadata_created": "2024-01-01T00:00:00", "metadata_modified": "2024-02-01T00:00:00",
    "resources": [
        {
            "id": "a", "name": "ตาราง", "format": "CSV", "url": "https://example.go.th/a.csv",
            "datastore_active": True,
        },
    ],
}  # fmt: skip
TABLES = {"a": {"fields": [{"id": "province", "type": "text"}]}}


def view(missing: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    package = {**WHOLE, **more}
    return seen_by.view(package, record(package, TABLES, SITE), missing)


def rules(seen: dict[str, Any]) -> list[str]:
    return [one["rule"] for one in seen["refuses"]]


def test_a_whole_dataset_is_taken_by_all_of_them() -> None:
    seen = view()
    assert {name: (one["accepted"], one["refuses"]) for name, one in seen.items()} == {
        "gd-catalog": (True, []), "dcat": (True, []), "google": (True, []),
    }  # fmt: skip
    assert seen["gd-catalog"]["sees"]["name"] == "gdpublish-population"
    assert seen["dcat"]["sees"]["files"][0]["format"].endswith("/file-type/CSV")
    assert seen["google"]["sees"]["distribution"][0]["contentUrl"] == "https://example.go.th/a.csv"


FILE = WHOLE["resources"][0]


@pytest.mark.parametrize(
    ("more", "harvester", "rule", "accepted"),
    [
        ({"private": True}, "gd-catalog", "seen-hidden", False),
        ({"private": True}, "dcat", "seen-hidden", False),
        ({"private": True}, "google", "seen-hidden", False),
        ({"state": "deleted"}, "google", "seen-hidden", False),
        ({"type": "harvest"}, "gd-catalog", "seen-kind", False),
        ({"allow_harvest": "False"}, "gd-catalog", "seen-consent", False),
        ({"allow_harvest": None}, "gd-catalog", "seen-consent", False),
        ({"reference_url_catalog": "https://o.go.th/1"}, "gd-catalog", "seen-copy", False),
        ({"missing": ("objective",)}, "gd-catalog", "seen-items", False),
        ({"resources": [{**FILE, "url": ""}]}, "gd-catalog", "seen-file", True),
        ({"resources": [{**FILE, "url": "ftp://a/b"}]}, "dcat", "seen-file", True),
        ({"resources": [{**FILE, "url": "ftp://a/b"}]}, "google", "seen-file", True),
        ({"resources": [{**FILE, "format": "XSL"}]}, "dcat", "seen-value", True),
        ({"data_category": "ข้อมูลลับ"}, "dcat", "seen-value", True),
        ({"update_frequency_unit": "นานๆ ที"}, "dcat", "seen-value", True),
        ({"data_language": ["ละติน"]}, "dcat", "seen-value", True),
        ({"license_id": "ของเราเอง", "license_title": "ของเราเอง"}, "dcat", "seen-value", True),
        ({"notes": "สั้น"}, "google", "seen-description", True),
        ({"notes": "ก" * 5001}, "google", "seen-description", True),
        ({"geo_coverage": "ไม่ทราบ"}, "google", "seen-recommended", True),
    ],
)
def test_what_is_refused_or_lost_is_told(more: dict[str, Any], harvester: str, rule: str, accepted: bool) -> None:
    seen = view(**more)[harvester]
    assert set(rules(seen)) == {rule} | ({"seen-recommended"} & set(rules(seen)))
    assert seen["accepted"] is accepted
    for one in seen["refuses"]:
        for language in ("th", "en"):
            told = wording.finding(Finding.from_dict(one), language)  # type: ignore[arg-type]
            assert told["message"] and told["remedy"] and "…" not in told["message"] + told["remedy"]


@pytest.mark.parametrize(
    ("change", "harvester", "rule"),
    [
        (lambda one: replace(one, title={}), "google", "seen-name"),
        (lambda one: replace(one, title={}), "dcat", "dcat-mandatory"),
        (
            lambda one: replace(
                one, title={"th": "ก"}, description={"th": "ข"}, publisher={"th": "ค"}, catalog_title={"th": ""},
                distributions=(),
            ),
            "google", "seen-description",
        ),
    ],
)  # fmt: skip
def test_a_record_that_is_worse_than_any_package_is_refused(
    change: Callable[[Record], Record], harvester: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_org, "SHORTEST", 500)
    seen = seen_by.view(WHOLE, change(record(WHOLE, TABLES, SITE)))[harvester]
    assert not seen["accepted"]
    assert rule in rules(seen)


def test_google_sees_what_the_page_says() -> None:
    for number in range(60):
        one = record(made(Random(number), f"dataset-{number}"), {}, SITE)  # noqa: S311 - not for keys
        told = schema_org.dataset(one)
        sees = seen_by.view({"name": one.name}, one)["google"]["sees"]
        assert sees == {name: told[name] for name in sees}
        assert set(told) - set(sees) <= {
            "@context", "@type", "@id", "identifier", "publisher", "dateCreated", "inLanguage",
            "conditionsOfAccess", "variableMeasured", "includedInDataCatalog",
        }  # fmt: skip


def test_a_dcat_harvester_reads_what_we_say_it_sees() -> None:
    """Our own harvester of DCAT stands for any: it is given the Turtle that is served."""
    count = 0
    for seed in range(25):
        for entry in catalogue(seed):
            one = record(entry.package, {}, SITE)
            graph = Graph().parse(data=dcat.dataset(one, "ttl"), format="turtle")
            (read,) = reader._described(graph)
            sees = seen_by.view(flat(entry.package), one)["dcat"]["sees"]
            assert read is not None
            assert read.guid == sees["address"]
            assert read.modified == sees.get("modified", "")
            assert read.fields.get("harvest_organization") == sees["publisher"]
            themes = read.fields.get("theme") or []
            assert sorted([themes] if isinstance(themes, str) else themes) == sorted(sees.get("themes", []))
            assert read.fields.get("issued") == sees.get("issued")
            assert read.fields.get("frequency") == sees.get("frequency")
            files = sees.get("files", [])
            assert sorted(row["url"] for row in read.resources) == sorted(
                dcat.address_of(row["address"]) for row in files
            )
            for name, ours in (("mimetype", "media_type"), ("hash", "sha256"), ("last_modified", "modified")):
                assert sorted(row[name] for row in read.resources) == sorted(row.get(ours, "") for row in files)
            count += 1
    assert count > 40


def test_a_view_of_an_entry_names_missing_items_by_their_labels() -> None:
    ground = Ground(standard=Standard.load("gdc-2.2.4"), site=SITE)
    (entry, *_) = catalogue(3)
    seen = seen_by.of(entry, ground, ["objective", "of their own"])
    (found,) = [one for one in seen["gd-catalog"]["refuses"] if one["rule"] == "seen-items"]
    assert "วัตถุประสงค์, of their own" in wording.finding(Finding.from_dict(found), "th")["message"]
    assert seen == seen_by.view(
        flat(entry.package),
        record(entry.package, {key: {"fields": it} for key, it in entry.tables.items()}, SITE),
        found["values"]["fields"],
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


OBJECTS = JSON | st.lists(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6) | JSON, max_size=3)


@given(
    package=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8),
    more=st.dictionaries(st.sampled_from(["resources", "tags", "groups", "extras", "fields"]), OBJECTS),
)
@settings(max_examples=60)
def test_whatever_a_stranger_keeps_in_a_record_it_is_read(package: dict[str, Any], more: dict[str, Any]) -> None:
    package = {**package, **more, "name": "one"}
    tables = {"0": {"fields": package.get("fields")}}
    one = record(package, tables, SITE)
    mqa.indicators(one, {})
    seen_by.view(flat(package), one)
    dcat.dataset(one, "ttl")


def test_a_view_is_json_and_says_why() -> None:
    import orjson

    for entry in (one for seed in range(60) for one in catalogue(seed)):
        package = flat(entry.package)
        seen = seen_by.view(package, record(package, {}, SITE), ["objective"])
        assert orjson.loads(orjson.dumps(seen)) == seen
        for one in seen.values():
            assert one["accepted"] is not any(found["severity"] == "warning" for found in one["refuses"])
