"""Tables that tell of areas, in a catalog to stand on."""

from __future__ import annotations

from typing import Any

from catalog_ground import package

from catalog.portal.local import LocalPortal

HOUSING = [
    {"id": "fiscal_year", "type": "int8", "info": {"label": "ปีงบประมาณ พ.ศ.", "notes": "ปี · Fiscal year (B.E.)"}},
    {"id": "province_code", "type": "text", "info": {"label": "รหัสจังหวัด"}},
    {"id": "households", "type": "int8", "info": {"label": "ครัวเรือน (ครัวเรือน)", "notes": "Households"}},
    {"id": "percent", "type": "numeric", "info": {"label": "ร้อยละที่เสร็จ", "notes": "Percent finished"}},
]
CODES = ("10", "20", "30", "40", "50", "57")
FUNDS = [
    {"id": "fund", "type": "text", "info": {"label": "รหัสกองทุน"}},
    {"id": "where", "type": "text", "info": {"label": "จังหวัด"}},
    {"id": "amphoe", "type": "text", "info": {"label": "อำเภอ"}},
    {"id": "members", "type": "int8", "info": {"label": "สมาชิก (คน)"}},
]
PLACES = (
    ("กทม.", "เขตพระนคร"), ("เชียงใหม่", "เมือง"), ("เชียงใหม่", "แม่ริม"), ("จ.เชียงใหม่", "อ.แม่ริม"),
    ("นครศรีธรรมราช", "เฉลิมพระเกียรติ"), ("สระบุรี", "เฉลิมพระเกียรติ"),
)  # fmt: skip
TAMBON = [
    {"id": "tambon", "type": "text", "info": {"label": "รหัสตำบล"}},
    {"id": "people", "type": "int8", "info": {"label": "ประชากร (คน)"}},
]


def housing() -> list[dict[str, Any]]:
    """Two years of six provinces; the greatest codes have the most."""
    return [
        {"fiscal_year": year, "province_code": code, "households": 10 * int(code) + year - 2568, "percent": 50.5}
        for year in (2567, 2568)
        for code in CODES
    ]


def funds() -> list[dict[str, Any]]:
    """A list: one row for each fund."""
    return [
        {"fund": f"F{n}", "where": where, "amphoe": amphoe, "members": 100 + n}
        for n, (where, amphoe) in enumerate(PLACES)
    ]


def tambons() -> list[dict[str, Any]]:
    """One row for each of three sub-districts of two provinces."""
    return [{"tambon": code, "people": n} for n, code in enumerate(("500701", "500702", "570101"), 1)]


def publish(portal: LocalPortal, name: str, fields: list[Any], records: list[Any], **more: Any) -> str:
    """A dataset with one table; gives the resource's id."""
    portal.call_action("package_create", package(name, tags=[{"name": "ประชากร"}], **more))
    sent = {
        "package_id": name,
        "name": f"ตาราง {name}",
        "url": f"https://example.go.th/{name}.csv",
        "format": "CSV",
    }
    resource = str(portal.call_action("resource_create", sent)["id"])
    table = {"resource_id": resource, "force": True, "fields": fields, "records": records}
    portal.call_action("datastore_create", table)
    return resource


def published(portal: LocalPortal) -> dict[str, str]:
    """All of them; name → resource."""
    return {
        "housing": publish(portal, "housing", HOUSING, housing()),
        "funds": publish(portal, "funds", FUNDS, funds()),
        "tambons": publish(portal, "tambons", TAMBON, tambons()),
        "secret": publish(portal, "secret", HOUSING, housing(), private=True),
    }
