"""A real CKAN's own files, asked for as an audit asks: by their first bytes, and later by HEAD."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from rigs import RIGS, Ground, Rig, ground

from catalog.audit.entry import Entry
from catalog.audit.seen.reach import look
from catalog.harvest.client import Client
from catalog.store.evidence import Remembered
from metadata import clock
from metadata.event import result_of

pytestmark = pytest.mark.ckan
CSV = "จังหวัด,จำนวน\nระนอง,1\nพังงา,2\n".encode()
WEEK = timedelta(days=7)


@pytest.fixture(params=RIGS, ids=str)
def site(request: pytest.FixtureRequest) -> Iterator[Ground]:
    rig: Rig | None = request.param
    with ground(rig) as ours:
        yield ours


def test_files_of_a_real_ckan_are_found_with_what_they_are(site: Ground, tmp_path: Path) -> None:
    big = CSV + b"x,1\n" * 60_000
    with zipfile.ZipFile(tmp_path / "book.xls", "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "big.csv").write_bytes(big)
    package = site.call("package_create", **site.package())
    for name, form in (("a.csv", "CSV"), ("big.csv", "CSV"), ("book.xls", "XLS")):
        data = {"package_id": package["id"], "id": str(uuid4()), "name": name, "format": form}
        with (tmp_path / name).open("rb") as file:
            site.portal.call_action("resource_create", data, files={"upload": file})
    gone = {"name": "gone", "format": "CSV", "url": f"{site.rig.url}/dataset/none/resource/none/download/none.csv"}
    page = {"name": "page", "format": "CSV", "url": f"{site.rig.url}/about"}
    for one in (gone, page):
        site.call("resource_create", package_id=package["id"], **one)
    entry = Entry(package=site.call("package_show", id=package["id"]))
    cache = Remembered()
    with Client(delay=0, allowed=["127.0.0.1"], purpose="auditor") as client:
        found = list(result_of(look([entry], client, cache, most_age=WEEK)).values())
        assert [one["ok"] for one in found] == [True, True, True, False, True]
        assert [one.get("bytes") for one in found][:2] == [len(CSV), len(big)]
        assert [one.get("sniffed") for one in found] == ["csv", "csv", "xlsx", None, "html"]
        assert [one["format_true"] for one in found] == [True, True, False, None, False]
        assert (found[3]["status"], found[3]["reason"]) == (404, "portal-not-found")
        sent = client.sent
        result_of(look([entry], client, cache, most_age=WEEK))
        assert client.sent == sent
        with clock.frozen(clock.now() + 2 * WEEK):
            later = list(result_of(look([entry], client, cache, most_age=WEEK)).values())
    days = ("checked_at", "etag")
    assert [{k: v for k, v in one.items() if k not in days} for one in later] == [
        {k: v for k, v in one.items() if k not in days} for one in found
    ]
