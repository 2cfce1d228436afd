"""Versions over HTTP: pages and JSON at permanent addresses, old files, changed rows, and 410."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import CSV, opened, package, upload
from web_ground import KEY, Web, served

NAME = "population-2567"
NEWER = "จังหวัด,จำนวน\nระนอง,1\nพังงา,5\nภูเก็ต,3\n".encode()


@pytest.fixture
def web(tmp_path: Path, both: str) -> Iterator[Web]:
    with opened(tmp_path) as portal, served(portal) as made:
        yield made


def filled(web: Web, **more: Any) -> tuple[str, str]:
    """A dataset with a file, then another file. The ids of dataset and resource."""
    web.portal.call_action("package_create", package(**more))
    made = web.portal.call_action("resource_create", {"package_id": NAME, "name": "ตาราง"}, upload())
    web.portal.call_action("resource_patch", {"id": made["id"]}, upload(NEWER, "ใหม่.csv"))
    return made["package_id"], made["id"]


def test_a_dataset_leads_to_its_versions_and_each_version_to_its_files(web: Web) -> None:
    key, _resource = filled(web)
    assert f'href="/dataset/{NAME}/version"' in web.ask(f"/dataset/{NAME}").text
    listing = web.ask(f"/dataset/{NAME}/version", headers={"Accept": "text/html"})
    linked = [f'href="/dataset/{key}/version/{number}"' in listing.text for number in (1, 2, 3, 4)]
    assert linked == [True, True, True, False]
    page = web.ask(f"/dataset/{NAME}/version/2", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert f'<link rel="canonical" href="{web.url}/dataset/{key}/version/2">' in page.text
    address = web.ask(f"/dataset/{NAME}/version/2.json").json()["package"]["resources"][0]["url"]
    assert address in page.text
    old = web.client.get(address)
    assert (old.content, old.headers["Content-Type"].split(";")[0]) == (CSV, "text/csv")
    again = web.client.get(address, headers={"If-None-Match": old.headers["ETag"]})
    assert again.status_code == 304


def test_a_version_is_json_where_asked_for_and_by_its_hash(web: Web) -> None:
    key, _resource = filled(web)
    asked = web.ask(f"/dataset/{key}/version", headers={"Accept": "application/json"}).json()
    assert [one["version"] for one in asked] == [3, 2, 1]
    for form in (asked[1]["hash"], asked[1]["hash"].removeprefix("sha256:")[:12]):
        answer = web.ask(f"/dataset/{key}/version/{form}?format=json")
        assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_changed_rows_are_a_page_json_and_csv(web: Web) -> None:
    key, resource = filled(web)
    address = f"/dataset/{key}/version/3/resource/{resource}/changes"
    page = web.ask(f"{address}?key=จังหวัด&lang=en")
    assert "1 added, 0 removed, 1 changed" in page.text
    assert "<td>ภูเก็ต</td>" in page.text
    counts = web.ask(f"{address}?format=json").json()
    assert (counts["added"], counts["removed"], counts["changed"]) == (2, 1, 0)
    table = web.ask(f"{address}?format=csv&key=จังหวัด")
    assert list(csv.reader(io.StringIO(table.content.decode()))) == [
        ["_change", "จังหวัด", "จำนวน"],
        ["before", "พังงา", "2"],
        ["after", "พังงา", "5"],
        ["added", "ภูเก็ต", "3"],
    ]
    assert web.ask(f"{address}?key=ไม่มี").status_code == 409
    assert web.ask(f"{address}?key=ไม่มี&format=csv").status_code == 409
    assert web.ask(f"/dataset/{key}/version/2/resource/{resource}/changes").status_code == 404


def test_a_cell_of_markup_is_shown_as_text(web: Web) -> None:
    key, resource = filled(web)
    web.portal.call_action("resource_patch", {"id": resource}, upload(b"a\n<script>x</script>\n", "x.csv"))
    web.portal.call_action("resource_patch", {"id": resource}, upload(b"a\n<b>y</b>\n", "x.csv"))
    page = web.ask(f"/dataset/{key}/version/5/resource/{resource}/changes")
    assert "&lt;script&gt;x" in page.text
    assert "<script>" not in page.text


def test_what_was_recalled_answers_410_as_a_page_and_as_json(web: Web) -> None:
    key, resource = filled(web)
    web.portal.call_action("dataset_version_recall", {"id": NAME, "versions": 2})
    for path in (f"version/2/resource/{resource}/download/x.csv", "version/2", "version/2.json"):
        assert web.ask(f"/dataset/{key}/{path}").status_code == 410
    assert web.ask(f"/dataset/{key}/version/3").status_code == 200
    web.portal.call_action("dataset_purge", {"id": NAME})
    assert web.ask(f"/dataset/{NAME}/version/3").status_code == 410


def test_versions_of_a_private_dataset_are_for_who_may_read_it(web: Web) -> None:
    key, resource = filled(web, private=True)
    past, changes = f"version/2/resource/{resource}", f"version/3/resource/{resource}/changes"
    paths = (
        "version",
        "version/2",
        "version/2.json",
        "version/2/cite",
        f"{past}/download/x.csv",
        changes,
        f"{changes}?format=csv",
    )
    for path in paths:
        assert web.ask(f"/dataset/{key}/{path}").status_code == 404
        assert web.ask(f"/dataset/{key}/{path}", key=KEY).status_code in (200, 302)
    web.portal.call_action("package_patch", {"id": NAME, "private": False})
    for path in paths[1:-2]:
        assert web.ask(f"/dataset/{key}/{path}").status_code == 404


def test_a_version_is_cited_by_its_own_address_until_it_is_recalled(web: Web) -> None:
    key, _resource = filled(web)
    web.portal.call_action("package_patch", {"id": NAME, "title": "ชื่อใหม่", "name": "renamed"})
    address = f"{web.url}/dataset/{key}/version/2"
    thai = web.ask(f"/dataset/{NAME}/version/2/cite?lang=th")
    assert thai.text.rstrip().endswith(f"{address}")
    assert "ประชากร population-2567 (รุ่นที่ 2)" in thai.text
    assert "ชื่อใหม่" not in thai.text
    bibtex = web.ask(f"{address.removeprefix(web.url)}/cite?style=bibtex&lang=en")
    assert {f"  url = {{{address}}},", "  version = {2},"} <= set(bibtex.text.splitlines())
    assert bibtex.headers["Content-Disposition"] == f'attachment; filename="{NAME}-2.bib"'
    ris = web.ask(f"/dataset/{key}/version/2/cite?style=ris")
    assert f"UR  - {address}" in ris.text.splitlines()
    asked = {"If-None-Match": ris.headers["ETag"]}
    assert web.ask(f"/dataset/{key}/version/2/cite?style=ris", headers=asked).status_code == 304
    assert web.ask(f"/dataset/{key}/version/2/cite?style=mla").status_code == 400
    assert f'href="{address}/cite?style=bibtex"' in web.ask(f"/dataset/{key}/version/2").text
    web.portal.call_action("dataset_version_recall", {"id": key, "versions": [2]})
    assert web.ask(f"/dataset/{key}/version/2/cite?style=ris", headers=asked).status_code == 410


@pytest.mark.parametrize("name", ["0", "99", "x", "%00", "sha256:zz", "99999999999999999999"])
def test_a_version_that_never_was_is_not_found(web: Web, name: str) -> None:
    filled(web)
    assert web.ask(f"/dataset/{NAME}/version/{name}").status_code == 404
