"""Pictures of organisations and groups: kept as files, seen by everybody, gone with the last that names them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, stored_files
from web_ground import KEY, Web, served

from catalog.portal.local import LocalPortal
from catalog.store import backup

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20


@pytest.fixture
def web(tmp_path: Path, both: str) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as found:
        yield found


def sent(web: Web, content: bytes, name: str = "logo.png", *, kind: str = "organization", **data: Any) -> Any:
    files = {"image_upload": (name, io.BytesIO(content))}
    data = {"id": "dept-a", **data}
    return web.ask(f"/api/3/action/{kind}_patch", "POST", key=KEY, data=data, files=files).json()


def test_a_picture_is_seen_by_everybody_and_replaced_by_the_next(web: Web, tmp_path: Path) -> None:
    shown = sent(web, PNG, "ตรา กรม.png")["result"]
    assert shown["image_display_url"] == f"{web.url}/uploads/group/{shown['image_url']}"
    answer = web.ask(shown["image_display_url"].removeprefix(web.url))
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert "sandbox" in answer.headers["content-security-policy"]
    kept = web.call("organization_patch", {"id": "dept-a", "title": "ใหม่"}).json()["result"]
    assert kept["image_url"] == shown["image_url"]
    again = sent(web, JPEG, "logo.jpeg")["result"]["image_url"]
    assert again.endswith("logo.jpg")
    assert web.ask(f"/uploads/group/{shown['image_url']}").status_code == 404
    assert [one.read_bytes() for one in stored_files(tmp_path)] == [JPEG]
    web.call("organization_purge", {"id": "dept-a"})
    assert web.ask(f"/uploads/group/{again}").status_code == 404
    assert stored_files(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "name", "field"),
    [
        (b"<svg onload='alert(1)'/>", "logo.svg", "image_upload"),
        (b"<script>", "logo.png", "image_upload"),
        (PNG, "logo.html", "image_upload"),
        (PNG + b"\0" * (2 << 20), "logo.png", "upload"),
    ],
)
def test_what_is_no_picture_is_refused_and_leaves_no_file(
    web: Web, tmp_path: Path, content: bytes, name: str, field: str
) -> None:
    refused = sent(web, content, name)
    assert (refused["success"], set(refused["error"])) == (False, {field, "__type"})
    assert stored_files(tmp_path) == []
    assert web.call("organization_show", {"id": "dept-a"}).json()["result"]["image_url"] == ""


def test_a_dataset_shows_its_groups_picture_under_the_address_that_was_asked(web: Web) -> None:
    web.call("group_create", {"name": "health"})
    web.call("package_create", package(groups=[{"name": "health"}]))
    made = sent(web, PNG, kind="group", id="health")["result"]
    (group,) = web.call("package_show", {"id": "population-2567"}).json()["result"]["groups"]
    assert group["image_display_url"] == made["image_display_url"]


def test_a_backup_holds_the_pictures(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(PNG)
    with opened(tmp_path / "one") as portal, logo.open("rb") as file:
        portal.call_action("organization_patch", {"id": "dept-a"}, {"image_upload": file})
        backup.backup(portal, tmp_path / "all.zip")
    with LocalPortal(database_url=f"sqlite:///{tmp_path}/two.sqlite", files=tmp_path / "two") as portal:
        backup.restore(portal, tmp_path / "all.zip")
        name = portal.call_action("organization_show", {"id": "dept-a"})["image_url"]
        found = portal.picture(name)
        assert found is not None
        assert found.path.read_bytes() == PNG
