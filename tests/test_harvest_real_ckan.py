"""Real CKANs harvested and asked by the MCP tools: what we believe of them, against them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harvest_ground import ours, run
from rigs import RIGS, Ground, Rig, fields, ground

from catalog.harvest.client import Client
from catalog.mcp.tools import server
from catalog.portal.remote import RemotePortal

pytestmark = pytest.mark.ckan
ALLOWED = {"allowed": ["127.0.0.1"]}


@pytest.fixture(params=RIGS, ids=str)
def site(request: pytest.FixtureRequest) -> Iterator[Ground]:
    rig: Rig | None = request.param
    with ground(rig) as made:
        yield made


def test_a_real_ckan_is_harvested_and_kept_in_step(site: Ground, tmp_path: Path, each: str) -> None:
    made = [site.call("package_create", **site.package()) for _number in range(12)]
    link = {"package_id": made[0]["id"], "url": "https://example.org/a.csv", "name": "ตาราง", "format": "CSV"}
    site.call("resource_create", **link)
    site.call("package_create", **site.package(private=True))
    names = {one["name"] for one in made}
    with ours(tmp_path) as portal:
        done, _events = run(portal, site.rig.url, **ALLOWED)
        assert names <= set(done.created)
        assert not any(site.organization in name for name in set(done.created) - names)
        copy = portal.call_action("package_show", {"id": made[0]["name"]})
        assert [one["url"] for one in copy["resources"]] == ["https://example.org/a.csv"]
        assert {one["key"]: one["value"] for one in copy["extras"]}["harvest_guid"] == made[0]["id"]
        site.call("package_patch", id=made[1]["id"], notes="เปลี่ยนแล้ว")
        site.call("package_delete", id=made[2]["id"])
        again, events = run(portal, site.rig.url, **ALLOWED, remove_many=True)
        assert (made[1]["name"] in again.updated, made[2]["name"] in again.removed) == (True, True)
        touched = {event.dataset for event in events if event.kind == "receipt"}
        assert {name for name in touched if name in names} == {made[1]["name"], made[2]["name"]}


def test_the_first_page_of_a_run_asks_by_change(site: Ground) -> None:
    made = site.call("package_create", **site.package())
    from catalog.harvest.ckan import Ckan

    with Client(delay=0, **ALLOWED) as client:
        source = Ckan(url=site.rig.url, client=client)
        found = [one.guid for page in source.pages(made["metadata_modified"]) for one in page.records]
    assert made["id"] in found


def test_the_tools_read_a_real_ckan(site: Ground) -> None:
    made = site.call("package_create", **site.package(title=f"zebra {site.organization}"))
    sent: dict[str, Any] = {"package_id": made["id"], "name": "t", "format": "CSV"}
    resource = site.portal.call_action("resource_create", sent, {"upload": _file()})
    table = {"fields": fields({"province": "text", "baht": "numeric"}), "force": True}
    rows = [{"province": "a", "baht": "1.5"}, {"province": "a", "baht": "2"}, {"province": "b", "baht": None}]
    site.call("datastore_create", resource_id=resource["id"], records=rows, **table)
    with RemotePortal(site.rig.url) as stranger:
        assert made["name"] in [one["dataset"] for one in call(stranger, "search", text="zebra")["datasets"]]
        told = call(stranger, "describe", dataset=made["name"])
        assert [one["name"] for one in told["files"][0]["columns"]] == ["province", "baht"]
        asked = {"resource": resource["id"], "group_by": ["province"]}
        sums = call(stranger, "query", **asked, aggregates=[{"function": "sum", "column": "baht"}])
        assert sums["rows"] == [["a", 3.5], ["b", 0]]
        where = [{"column": "baht", "test": "gt", "value": "1.7"}]
        assert call(stranger, "query", resource=resource["id"], where=where)["rows"] == [["a", 2]]
        assert made["name"] in call(stranger, "cite", dataset=made["name"])["citation"]


def _file() -> io.BytesIO:
    stream = io.BytesIO(b"province,baht\n")
    stream.name = "t.csv"
    return stream


def call(portal: Any, tool: str, **arguments: Any) -> Any:
    """A tool's result."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    answer = server(portal, portal.url).answer_line(json.dumps(message).encode())
    assert answer
    assert not answer["result"]["isError"], answer
    return answer["result"]["structuredContent"]
