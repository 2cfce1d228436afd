"""A catalogue of five datasets, of which the packs' scores are known by hand."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from catalog.actions.context import Site
from catalog.audit import freshness
from catalog.audit.entry import Entry
from catalog.audit.facts import Ground, facts
from catalog.audit.score import score
from metadata.pack import named
from metadata.standard import Standard

Json = dict[str, Any]
DAY = date(2026, 11, 22)


def package(name: str, **changes: Any) -> Json:
    """A public dataset with all 14 items, as `package_show` gives it."""
    made = {
        "id": name,
        "name": name,
        "title": f"ชุดข้อมูล {name}",
        "notes": "จำนวนกองทุนสวัสดิการชุมชน จำแนกรายจังหวัด",
        "organization": {"name": "agency", "title": "หน่วยงาน"},
        "private": False,
        "state": "active",
        "type": "dataset",
        "maintainer": "กลุ่มงานข้อมูล",
        "maintainer_email": "data@agency.example",
        "tags": [{"name": "กองทุน"}],
        "data_type": "ข้อมูลสถิติ",
        "objective": ["พันธกิจหน่วยงาน"],
        "update_frequency_unit": "เดือน",
        "update_frequency_interval": "1",
        "geo_coverage": "จังหวัด",
        "data_source": "ระบบกองทุน",
        "data_format": ["CSV"],
        "data_category": "ข้อมูลสาธารณะ",
        "data_classification": "เปิดเผย",
        "license_id": "Open Data Common",
        "allow_harvest": "True",
        "metadata_modified": "2026-11-01T03:00:00",
        "resources": [],
    }
    return {**made, **changes}


def resource(key: str, form: str, day: str, **more: Any) -> Json:
    """A file that was put there on a day."""
    url = f"https://agency.example/{key}.{form.lower()}"
    return {"id": key, "name": key, "format": form, "url": url, "created": f"{day}T03:00:00", **more}


def catalogue() -> list[Entry]:
    """Whole, stale, paper, closed, copied."""
    table = [{"id": "_id", "type": "int"}, {"id": "funds", "type": "int", "info": {"label": "จำนวนกองทุน"}}]
    return [
        # everything is there: set for release, collected and published on 1 November
        Entry(
            package=package(
                "whole",
                last_updated_date="2026-11-01",
                last_year_of_data="2569",
                data_release_calendar="2026-11-01",
                groups=[{"name": "category05"}],
                resources=[resource("w", "CSV", "2026-11-01", datastore_active=True)],
            ),
            tables={"w": table},
            seen={
                "reach": {"w": {"ok": True, "format_true": True}},
                "valid": {"w": {"valid": True}},
                "registered": {"registered": True},
            },
        ),
        # one item missing, no class, Excel, ten days from collecting to publishing, two years over its year
        Entry(
            package=package(
                "stale",
                objective=[],
                data_classification="",
                license_id="License not specified",
                update_frequency_unit="ปี",
                last_updated_date="2024-01-15",
                data_release_calendar="2024-01-20",
                resources=[resource("s", "XLSX", "2024-01-25")],
            ),
            seen={"registered": {"registered": False}},
        ),
        # a picture of paper; nobody asked GD Catalog
        Entry(
            package=package(
                "paper",
                data_type="ข้อมูลระเบียน",
                license_id="Creative Commons Attribution Non-Commercial",
                update_frequency_unit="ไม่ทราบ",
                reference_data="True",
                resources=[resource("p", "PDF", "2026-11-20")],
            ),
            seen={"reach": {"p": {"ok": False}}},
        ),
        # not open, and nobody sees it
        Entry(
            package=package(
                "closed",
                private=True,
                data_category="ข้อมูลส่วนบุคคล",
                data_classification="ลับ",
                update_frequency_unit="ปี",
                reference_data="True",
            ),
        ),
        # another agency's, gathered here: its table breaks its schema
        Entry(
            package=package(
                "copied",
                data_type="ข้อมูลระเบียน",
                reference_url_catalog="https://other.example/dataset/copied",
                last_updated_date="2026-11-15",
                reference_data="True",
                resources=[
                    resource("c", "CSV", "2026-11-20"),
                    resource("dictionary", "CSV", "2026-11-20", name="พจนานุกรมข้อมูล"),
                ],
            ),
            seen={
                "reach": {"c": {"ok": True}, "dictionary": {"ok": True}},
                "valid": {"c": {"valid": False}},
                "registered": {"registered": True},
            },
        ),
    ]


@cache
def known() -> tuple[Json, ...]:
    """The catalogue's facts."""
    ground = Ground(standard=Standard.load("gdc-2.2.4"), site=Site(url="https://agency.example"))
    made = []
    for entry in catalogue():
        found, _ = facts(entry, ground)
        made.append({**found, **freshness.timed(found, DAY), "title_unique": True})
    return tuple(made)


def told(name: str, declared: list[Json] | None = None, only: tuple[str, ...] = ()) -> Json:
    """A pack's score over the catalogue, or over some of it."""
    return score(named(name), [one for one in known() if not only or one["name"] in only], declared or [])


def parts(name: str, **more: Any) -> dict[str, tuple[Any, Any, int]]:
    """Measure → value and upper of a pack over the catalogue, and of how many it is asked."""
    return {one["measure"]: (one["value"], one["upper"], one["asked"]) for one in told(name, **more)["measures"]}
