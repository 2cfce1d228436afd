"""A table with a column of each kind, and cells that files and pages are known to spoil."""

from __future__ import annotations

from typing import Any

from catalog_ground import package, upload

from catalog.portal.local import LocalPortal

RESOURCE = "table-1"
PAGE = f"/dataset/population-2567/resource/{RESOURCE}"
FIELDS = [
    ("code", "text", "รหัส"),
    ("place", "text", "จังหวัด"),
    ("people", "int4", "จำนวนคน"),
    ("account", "int8", "เลขที่บัญชี"),
    ("baht", "numeric", "เงิน (บาท)"),
    ("share", "float8", "สัดส่วน"),
    ("active", "bool", "ยังดำเนินการ"),
    ("founded", "date", "วันที่จัดตั้ง"),
    ("seen", "timestamp", "เวลาที่สำรวจ"),
    ("more", "json", "อื่น ๆ"),
    ("tags", "_text", "ป้าย"),
    ("longitude", "float8", "ลองจิจูด"),
    ("latitude", "float8", "ละติจูด"),
]
ROWS: list[dict[str, Any]] = [
    {
        "code": "007", "place": "ระนอง", "people": 1234, "account": 9007199254740993, "baht": "1234.50",
        "share": 12.5, "active": True, "founded": "2024-11-21", "seen": "2024-11-21T08:30:00",
        "more": {"ก": [1, None]}, "tags": ["ก", "ข"], "longitude": 98.6, "latitude": 9.9,
    },
    {
        "code": "=1+1", "place": "พังงา", "people": -5, "account": -1, "baht": "0.1", "share": 1000.0,
        "active": False, "founded": "1899-01-01", "seen": "1800-01-01T00:00:00", "more": [1], "tags": [],
        "longitude": 98.5, "latitude": 8.4,
    },
    {
        "code": "+SUM(A1)", "place": 'เชียง,ใหม่ "เหนือ"\nบรรทัดสอง', "people": 0,
        "baht": "12345678901234567890.123456789",
    },
    {"code": "-1", "place": "<script>zqx</script>", "people": 12, "founded": "2020-02-29"},
    {"code": "@cmd", "place": "_x0041_ \x07 ๑๒๓", "people": 7},
    {"code": "1100000000000000001", "place": None, "people": None},
]  # fmt: skip


def published(portal: LocalPortal, rows: list[dict[str, Any]] | None = None, **more: Any) -> None:
    """The dataset with the table."""
    portal.call_action("package_create", package(**{"tags": [{"name": "ประชากร"}], **more}))
    sent = {"package_id": "population-2567", "id": RESOURCE, "name": "ตาราง ตัวอย่าง"}
    portal.call_action("resource_create", sent, upload())
    fields = [{"id": name, "type": kind, "info": {"label": label}} for name, kind, label in FIELDS]
    told = {"resource_id": RESOURCE, "force": True, "fields": fields, "records": ROWS if rows is None else rows}
    portal.call_action("datastore_create", told)
