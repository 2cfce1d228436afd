"""The certificate of a copy: what it prints is true of the downloaded bytes, for whom the version is there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_ground import CSV, opened, package, upload
from web_ground import KEY, Web, served

from catalog.paper import qr

NAME = "population-2567"
HASH = re.compile(r"<td><code>([0-9a-f]{64})</code></td>")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as made:
        yield made


def _filled(web: Web, **more: object) -> str:
    """A dataset with two files and a link, in five versions. Its id."""
    made = web.portal.call_action("package_create", package(license_id="cc-by", **more))
    first = web.portal.call_action("resource_create", {"package_id": NAME, "name": "ตาราง"}, upload())
    web.portal.call_action("resource_patch", {"id": first["id"]}, upload(CSV + "ตรัง,3\n".encode(), "ใหม่ (2).csv"))
    hostile = upload(b"a\n1\n", '$(reboot)`x`".csv')
    web.portal.call_action("resource_create", {"package_id": NAME, "name": '"><script>alert(1)</script>'}, hostile)
    link = {"package_id": NAME, "name": "ที่อื่น", "url": "https://example.org/a.csv"}
    web.portal.call_action("resource_create", link)
    return str(made["id"])


def test_the_printed_hash_is_that_of_the_downloaded_bytes(web: Web) -> None:
    key = _filled(web)
    for number, files in ((2, 1), (5, 2)):
        page = web.ask(f"/dataset/{key}/version/{number}/certificate").text
        found = web.ask(f"/dataset/{key}/version/{number}.json").json()["package"]["resources"]
        ours = [web.client.get(one["url"]).content for one in found if one["url_type"] == "upload"]
        assert HASH.findall(page) == [hashlib.sha256(content).hexdigest() for content in ours]
        assert len(ours) == files
        for content in ours:
            assert f"{len(content)} ไบต์" in page
    assert "บัญชีข้อมูลนี้ไม่มีสำเนา" in page


def test_it_says_what_is_certified_in_both_languages_and_eras(web: Web) -> None:
    key = _filled(web)
    newest = web.ask(f"/dataset/{NAME}/version/latest/certificate?lang=en")
    assert newest.status_code == 200
    version = web.ask(f"/dataset/{key}/version/5.json").json()
    year = int(version["created"][:4])
    for said in (version["url"], version["hash"].removeprefix("sha256:"), "Version 5", f"B.E. {year + 543}"):
        assert said in newest.text, said
    thai = web.ask(f"/dataset/{NAME}/version/latest/certificate?lang=th").text
    for said in ("ใบรับรองสำเนาชุดข้อมูล", "กรมตัวอย่าง", f"พ.ศ. {year + 543} (ค.ศ. {year})", "Creative Commons"):
        assert said in thai, said


def test_commands_name_a_file_only_where_its_name_is_plain(web: Web) -> None:
    key = _filled(web)
    page = web.ask(f"/dataset/{key}/version/5/certificate?lang=en").text
    commands = re.findall(r"<pre[^>]*>(.*?)</pre>", page)
    assert commands[0] == "certutil -hashfile &#34;ใหม่-(2).csv&#34; SHA256"
    assert commands[3] == "sha256sum &#34;ใหม่-(2).csv&#34;"
    assert "reboot" not in "".join(commands)
    assert "<script>alert" not in page
    web.portal.call_action(
        "resource_delete",
        {"id": web.ask(f"/dataset/{key}/version/5.json").json()["package"]["resources"][0]["id"]},
    )
    only = re.findall(r"<pre[^>]*>(.*?)</pre>", web.ask(f"/dataset/{key}/version/latest/certificate?lang=en").text)
    assert only[3] == "sha256sum &#34;your-file&#34;"


def test_what_was_recalled_or_is_private_has_none(web: Web) -> None:
    key = _filled(web)
    web.portal.call_action("dataset_version_recall", {"id": NAME, "versions": [2]})
    assert web.ask(f"/dataset/{key}/version/2/certificate").status_code == 410
    assert web.ask(f"/dataset/{key}/version/9/certificate").status_code == 404
    web.portal.call_action("package_patch", {"id": NAME, "private": True})
    address = f"/dataset/{key}/version/latest/certificate"
    assert (web.ask(address).status_code, web.ask(address, key=KEY).status_code) == (404, 200)


def test_a_file_that_is_private_is_not_on_it_nor_in_its_version(web: Web) -> None:
    key = _filled(web)
    first = web.ask(f"/dataset/{key}/version/5.json").json()["package"]["resources"][0]
    web.portal.call_action("resource_patch", {"id": first["id"], "resource_private": "True"})
    for address in (f"/dataset/{key}/version/5/certificate", f"/dataset/{key}/version/5.json"):
        digest = first["hash"].removeprefix("sha256:")
        assert digest not in web.ask(address).text
        assert digest in web.ask(address, key=KEY).text


def test_the_code_is_of_the_address_alone() -> None:
    hostile = qr('https://x.example/"><script>alert(1)</script>')
    assert re.fullmatch(
        r'<svg [\w ="]+><path fill="#fff" d="[\w .-]+"/><path stroke="#000" d="[\w .-]+"/></svg>', hostile
    )
    assert qr("https://x.example/1") != qr("https://x.example/2")
