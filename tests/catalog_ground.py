"""A catalog of our own to stand on in tests: a small schema of the Thai kind, and a dataset that fits it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, text

from catalog.actions.context import ANYONE, Actor
from catalog.actions.refusals import ActionRefused
from catalog.portal.local import LocalPortal

SCHEMA: dict[str, Any] = {
    "scheming_version": 2,
    "dataset_type": "dataset",
    "dataset_fields": [
        {"field_name": "title", "preset": "title", "required": True},
        {"field_name": "name", "preset": "dataset_slug"},
        {"field_name": "owner_org", "preset": "dataset_organization"},
        {"field_name": "notes", "label": "Description", "required": True},
        {
            "field_name": "objective",
            "label": {"th": "วัตถุประสงค์", "en": "Objective"},
            "preset": "multiple_checkbox",
            "required": True,
            "choices": [
                {"value": "ยุทธศาสตร์ชาติ", "label": {"th": "ยุทธศาสตร์ชาติ", "en": "National strategy"}},
                {"value": "พันธกิจหน่วยงาน", "label": {"th": "พันธกิจหน่วยงาน", "en": "Agency mission"}},
            ],
        },
        {
            "field_name": "data_category",
            "label": {"th": "หมวดหมู่ข้อมูล", "en": "Data category"},
            "preset": "select",
            "required": True,
            "choices": [{"value": "ข้อมูลสาธารณะ", "label": {"th": "ข้อมูลสาธารณะ", "en": "Public data"}}],
        },
        {
            "field_name": "maintainer_email",
            "required": True,
            "validators": "not_empty email_validator unicode_safe",
        },
        {"field_name": "created_date", "label": {"th": "วันที่เริ่มต้นสร้าง", "en": "Created"}, "preset": "date"},
        {"field_name": "last_year_of_data", "label": {"th": "ปีข้อมูลล่าสุด", "en": "Last year of data"}},
        {"field_name": "url"},
        {"field_name": "tag_string", "required": True, "validators": "ignore_missing tag_string_convert"},
    ],
    "resource_fields": [
        {"field_name": "url", "preset": "resource_url_upload"},
        {"field_name": "name", "required": True},
        {"field_name": "description"},
        {"field_name": "format", "preset": "resource_format_autocomplete"},
    ],
}
CSV = "จังหวัด,จำนวน\nระนอง,1\nพังงา,2\n".encode()


def package(name: str = "population-2567", **more: Any) -> dict[str, Any]:
    """A dataset that the schema takes."""
    return {
        "name": name,
        "title": f"ประชากร {name}",
        "notes": "จำนวนประชากรรายจังหวัด",
        "owner_org": "dept-a",
        "objective": ["พันธกิจหน่วยงาน"],
        "data_category": "ข้อมูลสาธารณะ",
        "maintainer_email": "data@example.go.th",
        **more,
    }


def upload(content: bytes = CSV, name: str = "ประชากร 2567.csv") -> dict[str, Any]:
    """A file to send."""
    stream = io.BytesIO(content)
    stream.name = name  # type: ignore[attr-defined]
    return {"upload": stream}


@contextmanager
def opened(folder: Path, **more: Any) -> Iterator[LocalPortal]:
    """A catalog in a folder, with the organisation `dept-a`."""
    settings: dict[str, Any] = {"schema": SCHEMA, "site_title": "บัญชีข้อมูลทดสอบ", **more}
    with LocalPortal(database_url=address(folder), files=folder / "files", **settings) as portal:
        if not portal.call_action("organization_list"):
            portal.call_action("organization_create", {"name": "dept-a", "title": "กรมตัวอย่าง"})
        yield portal


SERVER = ""
"""The database that catalogs are opened on instead of a folder's own (the fixture `both` sets it)."""


def address(folder: Path) -> str:
    """The URL of the folder's database."""
    return SERVER or f"sqlite:///{folder / 'catalog.sqlite'}"


def emptied(url: str) -> None:
    """Takes every row and every DataStore table out of a PostgreSQL database."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        found = connection.execute(
            text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'datastore')")
        )
        for schema, name in found.all():
            verb = "DROP TABLE" if schema == "datastore" and name != "shapes" else "DELETE FROM"
            if name != "alembic_version":
                connection.execute(text(f'{verb} {schema}."{name}"'))
    engine.dispose()


def refusal(
    portal: LocalPortal, action: str, data: dict[str, Any], actor: Actor | None = None
) -> tuple[int, dict[str, Any] | str]:
    """The status and the error body with which an action refuses."""
    try:
        portal.answer(action, data, actor=actor or portal.actor, site=portal.site)
    except ActionRefused as refused:
        return refused.status, refused.error
    raise AssertionError(f"{action} was not refused")


def stored_files(folder: Path) -> list[Path]:
    """The uploaded files of a catalog, whole or half written."""
    return [path for path in (folder / "files" / "uploads").rglob("*") if path.is_file()]


def texts(portal: LocalPortal) -> list[str]:
    """Every value that the catalog's database holds, in whichever table."""
    found = MetaData()
    found.reflect(portal.engine)
    with portal.engine.connect() as connection:
        rows = [row for table in found.tables.values() for row in connection.execute(table.select())]
    return [
        value.decode(errors="replace") if isinstance(value, bytes) else str(value) for row in rows for value in row
    ]


__all__ = ["ANYONE", "CSV", "SCHEMA", "address", "opened", "package", "refusal", "stored_files", "texts", "upload"]
