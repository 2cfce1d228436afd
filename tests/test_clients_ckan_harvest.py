"""A real CKAN harvests us, by ckanext-harvest's own CKAN harvester: all of it, then only what has changed since.

The CKAN is a rig of its own, beside the one in CKAN_RIG_DIR: the extension changes what a CKAN answers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from catalog_ground import address
from test_clients_ckan import GROUPS, ORGANIZATIONS, dataset
from web_ground import Web, served

from catalog.portal.local import LocalPortal
from metadata import clock

pytestmark = pytest.mark.ckan
PORT = 70
"""So many above the rig's own port."""


@dataclass(kw_only=True)
class Harvester:
    """A CKAN that harvests."""

    rig: str
    environment: dict[str, str] = field(repr=False)
    url: str = ""
    token: str = field(default="", repr=False)

    def command(self, *words: str) -> str:
        """The rig's command; what it prints."""
        line = [sys.executable, self.rig, *words]
        done = subprocess.run(line, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout.strip()

    def call(self, action: str, **data: Any) -> Any:
        """One action, as sysadmin."""
        headers = {"Authorization": self.token}
        answer = requests.post(f"{self.url}/api/3/action/{action}", json=data, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def harvest(self, source: str) -> dict[str, int]:
        """A job from its beginning to its end. What became of the datasets: added, updated, not modified …"""
        self.command("ckan", "harvester", "run-test", source)
        # the extension leaves a source in CKAN 2.12's index without its fields, and then misses them
        self.command("ckan", "search-index", "rebuild", "ours")
        newest = self.call("harvest_job_list", source_id=source)[0]
        told = self.call("harvest_job_show", id=newest["id"])
        assert told["status"] == "Finished"
        assert told["gather_error_summary"] == told["object_error_summary"] == []
        return {kind: count for kind, count in told["stats"].items() if count}


@pytest.fixture
def harvester() -> Iterator[Harvester]:
    if "SAPHAN_CKAN_RIG" not in os.environ:
        pytest.fail("needs the rig: python tests/with_rigs.py pytest -m ckan")
    environment = {
        **os.environ,
        "CKAN_RIG_DIR": os.environ["CKAN_RIG_DIR"] + "-harvest",
        "CKAN_RIG_PORT": str(int(os.environ.get("CKAN_RIG_PORT", "5800")) + PORT),
        "CKAN_RIG_WORKERS": "1",
        "CKAN_RIG_PIP": "ckanext-harvest ckantoolkit factory-boy pytest",  # `run-test` imports its tests
        "CKAN_RIG_PLUGINS": "harvest ckan_harvester",
    }
    ours = Harvester(rig=os.environ["SAPHAN_CKAN_RIG"], environment=environment)
    ours.url = ours.command("start")
    try:
        ours.token = ours.command("token")
        ours.command("ckan", "db", "upgrade")
        ours.command("reset")
        yield ours
    finally:
        ours.command("stop")


@pytest.fixture
def web(tmp_path: Path, each: str) -> Iterator[Web]:
    with LocalPortal(database_url=address(tmp_path), files=tmp_path / "files") as portal, served(portal) as ours:
        yield ours


def test_a_ckan_harvests_us_and_later_only_what_has_changed(harvester: Harvester, web: Web) -> None:
    # the harvester asks for what has changed since an hour before its last job: what is old must be older
    with clock.frozen(clock.now() - timedelta(days=2)):
        _fill(web)
    owner = harvester.call("organization_create", name="harvested")["id"]
    source = harvester.call(
        "harvest_source_create",
        name="ours",
        title="Ours",
        url=web.url,
        source_type="ckan",
        owner_org=owner,
        config='{"remote_orgs": "create", "remote_groups": "create"}',
    )["id"]
    assert harvester.harvest(source) == {"added": 6}
    theirs = harvester.call("package_show", id="dataset-1")
    assert (theirs["title"], theirs["notes"]) == ("ชุดข้อมูล 1", "คำอธิบาย")
    assert [one["url"] for one in theirs["resources"]] == ["https://example.org/a.csv"]
    assert [tag["name"] for tag in theirs["tags"]] == ["open-data"]
    assert theirs["organization"]["name"] == "dept-a"
    assert "secret" not in harvester.call("package_list")

    web.portal.call_action("package_patch", {"id": "dataset-1", "title": "ชุดข้อมูล 1 ฉบับใหม่"})
    web.portal.call_action("package_patch", {"id": "dataset-2", "title": "ชุดข้อมูล 2"})  # as it is
    web.portal.call_action("package_create", dataset(9))
    assert harvester.harvest(source) == {"added": 1, "updated": 1}
    assert harvester.call("package_show", id="dataset-1")["title"] == "ชุดข้อมูล 1 ฉบับใหม่"


def _fill(web: Web) -> None:
    for one in ORGANIZATIONS:
        web.portal.call_action("organization_create", one)
    for one in GROUPS:
        web.portal.call_action("group_create", one)
    for number in range(6):
        web.portal.call_action("package_create", dataset(number))
    web.portal.call_action("package_create", {**dataset(7), "name": "secret", "private": True})
