"""Pictures of organisations and groups: an address elsewhere, or a file sent as `image_upload`.

As on CKAN an uploaded picture's `image_url` is its file name, and everybody finds it at `/uploads/group/<name>`.
Only PNG, GIF and JPEG, by their names and by their first bytes, and at most 2 MB: CKAN's defaults.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from sqlalchemy import delete, insert, select

from catalog.actions.context import Context, Upload
from catalog.actions.refusals import invalid
from catalog.actions.values import guessed_type
from catalog.store.tables import pictures
from metadata import clock

BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"\xff\xd8\xff": "image/jpeg",
}
SUFFIXES = {"image/png": ".png", "image/gif": ".gif", "image/jpeg": ".jpg"}
LARGEST = 2 << 20
LONGEST = 100
FOLDER = "/uploads/group/"


def asked(ctx: Context, data: dict[str, Any]) -> dict[str, Any]:
    """A request's data, whose `image_url` is the sent picture's name. Raises 409 for what is no picture."""
    upload = ctx.uploads.get("image_upload")
    return {**data, "image_url": _checked(upload)} if upload is not None else data


def _checked(upload: Upload) -> str:
    named = guessed_type(upload.filename)
    with upload.file.path.open("rb") as file:
        first = file.read(16)
    found = next((kind for beginning, kind in BEGINNINGS.items() if first.startswith(beginning)), _other(first))
    for kind in (named or found, found):
        if kind not in SUFFIXES:
            raise invalid({"image_upload": [f"Unsupported upload type: {kind}"]})
    if upload.file.size > LARGEST:
        raise invalid({"upload": ["File upload too large"]})
    stamped = f"{clock.now().astimezone(UTC).replace(tzinfo=None)}{upload.filename}"
    return str(PurePosixPath(_tidy(stamped)).with_suffix(SUFFIXES[found]))


def _other(first: bytes) -> str:
    return "application/octet-stream" if b"\0" in first else "text/plain"


def _tidy(name: str) -> str:
    """A file name in CKAN's letters for pictures, which are ASCII's."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    return re.sub(r"[^a-zA-Z0-9.\- ]", "", plain).replace(" ", "-")[:LONGEST]


def keep(ctx: Context, group: str, name: str) -> None:
    """Puts the sent picture in place, and gives up the one that the organisation or group had."""
    mine = pictures.c.group_id == group
    upload = ctx.uploads.get("image_upload")
    for old in ctx.connection.execute(select(pictures).where(mine)).all():
        if old.name != name:
            ctx.unused.add(old.sha256)
            ctx.connection.execute(delete(pictures).where(pictures.c.name == old.name))
    if upload is not None:
        ctx.files.keep(upload.file)
        row = {"name": name, "group_id": group, "sha256": upload.file.sha256, "size": upload.file.size}
        ctx.connection.execute(insert(pictures).values(row))


def shown(ctx: Context, image_url: str) -> str:
    """The address of a picture, for everybody."""
    if not image_url or image_url.startswith("http"):
        return image_url
    return f"{ctx.site.url}{FOLDER}{quote(image_url)}"
