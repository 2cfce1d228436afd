"""Datasets to make documents of: one with everything, one with hardly anything, and ones nobody else may see."""

from __future__ import annotations

from typing import Any

from catalog_ground import CSV, package, upload

from catalog.portal.local import LocalPortal
from metadata.standard import Standard

FULL = "population-2567"
BARE = "bare"
EVIL = '</script><script>alert("1")</script> & ]]> \x0b"'
"""What a publisher may write to break a document out of its frame."""


def schema() -> dict[str, Any]:
    """The Thai government's schema."""
    return dict(Standard.load("gdc-2.1.0").schema)


def terms(**more: Any) -> dict[str, Any]:
    """The mandatory terms of the Thai schema, and some of the others."""
    return {
        "data_type": "ข้อมูลสถิติ",
        "maintainer": "กลุ่มสถิติ",
        "tags": [{"name": "ประชากร"}, {"name": "population"}],
        "objective": ["พันธกิจหน่วยงาน", "ยุทธศาสตร์ชาติ"],
        "update_frequency_unit": "ปี",
        "update_frequency_interval": "2",
        "geo_coverage": "จังหวัด",
        "data_source": "สำนักทะเบียน",
        "data_format": ["CSV"],
        "license_id": "Creative Commons Attributions",
        **more,
    }


def publish(portal: LocalPortal) -> None:
    """The datasets: `population-2567` in full, `bare`, `hidden` (private) and `gone` (deleted)."""
    full = terms(
        title_en="Population 2024",
        notes_en="Population of each province",
        first_year_of_data="2560",
        last_year_of_data="2567",
        data_language=["ไทย", "อังกฤษ"],
        created_date="2024-01-31",
        west_bound_longitude="97.3",
        east_bound_longitude="105.7",
        south_bound_longitude="5.6",
        north_bound_longitude="20.5",
        url="https://example.go.th/สถิติ?ปี=2567&x={1}",
        version="1.2",
        version_notes="แก้จำนวนของจังหวัดระนอง",
    )
    english = [{"key": key, "value": full.pop(key)} for key in ("title_en", "notes_en", "version_notes")]
    portal.call_action("package_create", package(FULL, extras=english, **full))
    sent = {
        "package_id": FULL,
        "id": "0e7b21c6-7c9a-4b9c-9b3f-6a2f6a2d1e11",
        "name": "ตารางประชากร",
        "format": "CSV",
    }
    portal.call_action("resource_create", sent, upload())
    fields = [
        {"id": "จังหวัด", "type": "text", "info": {"label": "จังหวัด", "notes": "ชื่อทางการ · Province · Its name"}},
        {"id": "จำนวน", "type": "int4", "info": {"label": "จำนวน (คน)"}},
    ]
    rows = [{"จังหวัด": "ระนอง", "จำนวน": 1}, {"จังหวัด": "พังงา", "จำนวน": 2}]
    portal.call_action(
        "datastore_create", {"resource_id": sent["id"], "force": True, "fields": fields, "records": rows}
    )
    link = {"package_id": FULL, "name": "API", "url": "https://example.go.th/a b?q={x}", "format": "ไม่รู้จัก"}
    portal.call_action("resource_create", link)
    bare = terms(title="ก", notes="ข", license_id="License not specified", geo_coverage="ไม่ทราบ", data_format=[])
    bare |= {"update_frequency_unit": "ไม่ทราบ", "update_frequency_interval": "", "data_format": ["ไม่ทราบ"]}
    portal.call_action("package_create", package(BARE, **bare))
    portal.call_action("package_create", package("hidden", private=True, **terms(title="ลับมากที่สุด")))
    portal.call_action("package_create", package("gone", **terms(title="ลบไปแล้ว")))
    portal.call_action("package_delete", {"id": "gone"})


def worst(portal: LocalPortal) -> str:
    """A dataset whose publisher wrote markup and control characters everywhere. Its name."""
    portal.call_action(
        "package_create", package("worst", **terms(title=EVIL, notes=EVIL, data_source=EVIL, maintainer=EVIL))
    )
    for number, url in enumerate(("javascript:alert(1)", "http://", "not an address", "http://[x", "")):
        portal.call_action(
            "resource_create", {"package_id": "worst", "name": f"{EVIL}{number}", "url": url, "format": EVIL}
        )
    return "worst"


__all__ = ["BARE", "CSV", "EVIL", "FULL", "publish", "schema", "terms", "worst"]
