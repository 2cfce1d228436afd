"""What is written to the served catalog by whoever has a token is looked into before everybody can see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from catalog_ground import opened, package, stored_files, texts
from scan_ground import national_id
from web_ground import Web, served

from pipelines import scan

NUMBER = national_id("served gate")
KEY = "AKIA" + "QX7" + "TRZL4MNB2VCW3"
CLEAN = "province,households\nน่าน,1204\nตาก,988\nแพร่,1530\n".encode()
LEAK = f"name,id\nก,{NUMBER}\nข,-\n".encode()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """A served catalog with the gate, and an organisation."""
    with opened(tmp_path, scanner=scan) as portal, served(portal) as made:
        yield made


def made(web: Web, name: str = "roads", **more: Any) -> dict[str, Any]:
    """A dataset, by API."""
    answer = web.call("package_create", package(name, **more))
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["result"])


def sent(web: Web, action: str, content: bytes, name: str = "data.csv", **data: str) -> requests.Response:
    """A file, as multipart form data."""
    form = {"name": "ตาราง", "format": "CSV", **data}
    return web.ask(f"/api/3/action/{action}", "POST", key="test-key", data=form, files={"upload": (name, content)})


def refused(answer: requests.Response, field: str) -> str:
    """The sentences of a refusal, which tell the way out and nothing of what was hidden."""
    assert answer.status_code == 409, answer.text
    error = answer.json()["error"]
    assert error["__type"] == "Validation Error"
    said = " ".join(error[field])
    assert "saphan publish" in said
    assert NUMBER not in answer.text and KEY not in answer.text
    return said


def nowhere(web: Web, folder: Path, *values: str) -> None:
    """Of what was refused not a byte is left: not on disk, in a row, in an index."""
    web.portal.close()
    hidden = [value.encode() for value in (NUMBER, KEY, *values)]
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(value in content for value in hidden), path
    assert not [text for text in texts(web.portal) if NUMBER in text or KEY in text]


def table(web: Web, dataset: str, rows: list[dict[str, Any]], **more: Any) -> requests.Response:
    """A resource that is a table, with rows."""
    asked = {"resource": {"package_id": dataset, "name": "ตาราง"}, "records": rows, **more}
    return web.call("datastore_create", asked)


def test_a_file_with_personal_data_is_refused_and_a_clean_one_goes_through(web: Web, tmp_path: Path) -> None:
    dataset = made(web)
    said = refused(sent(web, "resource_create", LEAK, package_id=dataset["id"]), "upload")
    assert "x-xxxx-xxxxx-xx-x" in said and "row 2" in said
    assert stored_files(tmp_path) == []
    assert not web.call("package_show", {"id": "roads"}).json()["result"]["resources"]
    good = sent(web, "resource_create", CLEAN, package_id=dataset["id"])
    assert good.status_code == 200, good.text
    key = good.json()["result"]["id"]
    for action in ("resource_update", "resource_patch"):
        refused(sent(web, action, LEAK, id=key), "upload")
    assert web.ask(good.json()["result"]["url"].replace(web.url, "")).content == CLEAN
    assert len(web.call("dataset_version_list", {"id": "roads"}).json()["result"]) == 2
    nowhere(web, tmp_path)
