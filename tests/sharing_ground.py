"""A private dataset of two tables, of which some columns and rows of one are shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from catalog_ground import opened, package, upload
from web_ground import Web, served

from catalog.portal.local import LocalPortal
from catalog.sharing import make
from catalog.store.shares import Share
from metadata import clock

AGENCY = "กรมพัฒนาชุมชน"
PEOPLE = [
    {"person": f"คนที่{n}", "province": ("น่าน", "แพร่", "ลำปาง")[n % 3], "income": 1000 * n, "secret": f"ซ่อนไว้{n}"}
    for n in range(12)
]
"""Eight of them are in the two provinces that are shared."""
FIELDS = [{"id": "person"}, {"id": "province"}, {"id": "income", "type": "int"}, {"id": "secret"}]
HIDDEN = ("ซ่อนไว้", "คนที่")
"""What no answer to the token may hold."""
OUTSIDE = "ลำปาง"
"""The province that is not shared: pages of the catalog may name it, the view may not."""


class Shared(NamedTuple):
    """A catalog with a share of its dataset `members`."""

    portal: LocalPortal
    share: Share
    token: str
    table: str
    other: str


def day(after: int = 0) -> str:
    return (clock.today() + timedelta(days=after)).isoformat()


def terms(**more: Any) -> make.Terms:
    given: dict[str, Any] = {
        "agency": AGENCY,
        "mou": "MOU 12/2569",
        "purpose": "จัดสวัสดิการ",
        "columns": ["members.province", "members.income"],
        "rows": ["members.province=น่าน", "members.province=แพร่"],
        "begins": day(),
        "ends": day(30),
    }
    return make.Terms(**{**given, **more})


@contextmanager
def shared(folder: Path, **more: Any) -> Iterator[Shared]:
    """The catalog, until the block ends."""
    with opened(folder) as portal:
        portal.call_action("package_create", package("open-one"))
        portal.call_action("package_create", package("members", private=True))
        keys = []
        for name, rows in (("members", PEOPLE), ("others", [{"person": "คนที่สุด", "secret": "ซ่อนไว้"}])):
            content = "person,secret\n" + "".join(f"{row['person']},{row['secret']}\n" for row in rows)
            given = {"package_id": "members", "name": name, "format": "CSV"}
            made = portal.call_action("resource_create", given, upload(content.encode(), f"{name}.csv"))
            keys.append(made["id"])
            fields = [field for field in FIELDS if field["id"] in rows[0]]
            table = {"resource_id": made["id"], "fields": fields, "records": rows, "force": True}
            portal.call_action("datastore_create", table)
        share = make.approved(make.drafted(portal, "members", terms(**more)), {"by": "ผู้อำนวยการ", "at": day()})
        yield Shared(portal, share, make.kept(portal, share), *keys)


@contextmanager
def on_the_web(folder: Path, **more: Any) -> Iterator[tuple[Web, Shared]]:
    """The same, served."""
    with shared(folder, **more) as made, served(made.portal) as web:
        yield web, made
