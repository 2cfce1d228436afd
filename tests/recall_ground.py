"""A catalog with something in it that must not be there: a marker in every place where a release leaves bytes."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from catalog_ground import opened, package, upload

from catalog.portal.local import LocalPortal
from catalog.recall import run
from catalog.recall.run import Room
from catalog.store.recalls import Recall
from catalog.store.tables import audit_contents
from metadata import clock
from metadata.event import result_of

NAME = "members-2567"
MARKER = "สมหญิงลับพิเศษ"
"""Stands for what leaked: in a cell, in the title, in a column's label."""
LATIN = "zqxleakedmarker"
"""The same for what is folded or cut into words: no program of ours makes it."""
RELEASE = "sha256:" + "ab" * 32


def forms(text: str) -> list[bytes]:
    """How a text may lie on a disk: UTF-8, UTF-16, and as JSON's escapes, in either case."""
    escaped = json.dumps(text)[1:-1]
    found = [text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")]
    found += [escaped.encode(), escaped.upper().replace("\\U", "\\u").encode(), text.encode("cp874", "ignore")]
    return [form for form in found if form]


def found(*roots: Path, texts: Iterable[str] = (MARKER, LATIN)) -> list[str]:
    """The files under some folders that hold a text in any form, with the form's number."""
    wanted = [(text, form) for text in texts for form in forms(text)]
    hits = []
    for root in roots:
        for path in sorted(one for one in root.rglob("*") if one.is_file()):
            content = path.read_bytes().lower()
            hits += [f"{path.relative_to(root)}: {text}" for text, form in wanted if form.lower() in content]
    return hits


def packed(engine: sa.Engine) -> Iterator[str]:
    """What kept audits hold, which lies packed on the disk."""
    with engine.connect() as connection:
        for content in connection.execute(sa.select(audit_contents.c.content)).scalars():
            if content:
                yield zlib.decompress(base64.b64decode(content)).decode()


def fill(portal: LocalPortal, name: str = NAME, *, rows: int = 40) -> dict[str, Any]:
    """A dataset with two versions of a file, a table, a view, tags, activities: each holds the markers."""
    about = {"title": f"ทะเบียน {MARKER} {LATIN}", "notes": f"{LATIN} {MARKER}", "tags": [{"name": LATIN}]}
    made = portal.call_action("package_create", package(name, **about))
    lines = "".join(f"{MARKER} {LATIN},{number}\n" for number in range(rows))
    sent = {"package_id": name, "name": f"ไฟล์ {MARKER}", "format": "CSV"}
    one = portal.call_action("resource_create", sent, upload(f"ชื่อ,n\n{lines}".encode(), f"{LATIN}.csv"))
    fields = [{"id": "ชื่อ", "type": "text", "info": {"label": LATIN}}, {"id": "n", "type": "int"}]
    records = [{"ชื่อ": f"{MARKER} {LATIN}", "n": number} for number in range(rows)]
    table = {"resource_id": one["id"], "force": True, "fields": fields, "records": records, "primary_key": ["n"]}
    portal.call_action("datastore_create", table)
    later = upload(f"ชื่อ,n\n{lines}{LATIN},0\n".encode(), f"{LATIN}.csv")
    portal.call_action("resource_patch", {"id": one["id"]}, later)
    return {**made, "resource": one["id"]}


def room(portal: LocalPortal, folder: Path, **doors: Any) -> Room:
    """Where a recall takes place; `doors`: the other targets' portals, by name."""
    return Room(portal=portal, folder=folder, derived=folder / "derived.sqlite", door=lambda name: doors[name]())


def wanted(name: str = NAME, **more: Any) -> Recall:
    """A recall that is to begin."""
    plain: dict[str, Any] = {"id": "20261122T020304Z-0001", "package": None, "release": RELEASE, "by": "tester"}
    plain |= {"kind": "incident", "request": "", "at": clock.stamp(), "reason": "พบข้อมูลส่วนบุคคล"}
    return Recall(dataset=name, **{**plain, **more})


def recalled(portal: LocalPortal, folder: Path, name: str = NAME, **more: Any) -> Recall:
    """A recall carried out."""
    return result_of(run.recall(room(portal, folder), wanted(name, **more)))


__all__ = ["LATIN", "MARKER", "NAME", "RELEASE", "fill", "forms", "found", "opened", "packed", "recalled", "room"]
