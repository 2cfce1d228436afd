"""A catalogue to audit in tests: datasets made to order, and the terms they are judged by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from catalog.actions.context import Site
from catalog.audit.entry import Entry
from catalog.audit.run import Terms
from metadata.pack import packs
from metadata.standard import Standard

SITE = Site(url="https://catalog.example.go.th", title="บัญชีข้อมูลทดสอบ")


def package(name: str, **more: Any) -> dict[str, Any]:
    """A dataset as `package_show` gives it, of a good sort."""
    return {
        "id": f"id-{name}",
        "name": name,
        "title": f"ชุดข้อมูล {name}",
        "notes": "จำนวนประชากรรายจังหวัดจากทะเบียนราษฎร",
        "state": "active",
        "type": "dataset",
        "private": False,
        "organization": {"name": "dept-a", "title": "กรมตัวอย่าง"},
        "owner_org": "dept-a",
        "maintainer": "กองข้อมูล",
        "maintainer_email": "data@example.go.th",
        "data_type": "ข้อมูลระเบียน",
        "data_category": "ข้อมูลสาธารณะ",
        "license_id": "Open Data Common",
        "update_frequency_unit": "ปี",
        "update_frequency_interval": "1",
        "metadata_modified": "2025-11-01T03:00:00.000000",
        "tags": [{"name": "ประชากร"}],
        "resources": [
            {
                "id": f"file-{name}",
                "name": "ประชากร",
                "format": "CSV",
                "url": f"https://catalog.example.go.th/{name}.csv",
                "created": "2025-11-01T03:00:00.000000",
            }
        ],
        **more,
    }


@dataclass(kw_only=True)
class Given:
    """A source of packages."""

    packages: list[dict[str, Any]]
    kind: str = "local"
    title: str = "กรมตัวอย่าง"
    site: Site = SITE
    desk: Collection[str] = ()
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def entries(self, names: Sequence[str]) -> Iterator[Entry]:
        """The packages, by name."""
        for one in sorted(self.packages, key=lambda one: str(one["name"])):
            if not names or one["name"] in names:
                yield Entry(package=one, seen=self.seen.get(one["name"], {}))


def terms(day: date = date(2026, 9, 30), standard: str = "gdc-2.2.4", **more: Any) -> Terms:
    """By what is judged, on a day."""
    return Terms(standard=Standard.load(standard), packs=packs(), day=day, **more)
