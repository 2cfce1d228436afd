"""The MCP server driven as a client does: a process, a line of JSON each way, and only what everybody may see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import ANYONE, address, opened, package, upload
from web_ground import served

from catalog.mcp.protocol import VERSIONS
from catalog.mcp.tools import server
from catalog.portal.local import LocalPortal
from catalog.portal.remote import RemotePortal

ROOT = Path(__file__).parents[1]
WORKSPACE = "agency: {name: dept-a, title: กรมตัวอย่าง}\n"
FIELDS = [
    {"id": "จังหวัด", "type": "text", "info": {"label": "จังหวัด", "notes": "ที่ตั้ง"}},
    {"id": "ปี", "type": "int4"},
    {"id": "บาท", "type": "numeric"},
]
ROWS = [
    ("ระนอง", 2567, "0.1"), ("ระนอง", 2568, "0.2"), ("พังงา", 2567, "10"), ("พังงา", 2568, None),
    ("ภูเก็ต", 2568, "5.5"),
]  # fmt: skip


def filled(portal: LocalPortal) -> str:
    """Two public datasets, one with a table, and a private one with another. The table's id."""
    portal.call_action("package_create", package("budget", notes="งบประมาณรายจังหวัด", tags=[{"name": "งบ"}]))
    portal.call_action("package_create", package("secret", title="ลับ", private=True))
    made = portal.call_action(
        "resource_create", {"package_id": "budget", "name": "ตาราง", "format": "CSV"}, upload()
    )
    hidden = portal.call_action(
        "resource_create", {"package_id": "secret", "name": "ลับ", "format": "CSV"}, upload()
    )
    records = [dict(zip(("จังหวัด", "ปี", "บาท"), row, strict=True)) for row in ROWS]
    for key in (made["id"], hidden["id"]):
        table = {"resource_id": key, "fields": FIELDS, "records": records, "force": True}
        portal.call_action("datastore_create", table)
    return str(made["id"])


class Client:
    """What an MCP host does with a server."""

    def __init__(self, *command: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "cli.py"), "mcp", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )
        self.last = 0

    def line(self, text: str | bytes) -> Any:
        """One line there, one line back."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write((text.encode() if isinstance(text, str) else text) + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ask(self, method: str, params: Any = None) -> Any:
        """One request, its answer whole."""
        self.last += 1
        body = {"jsonrpc": "2.0", "id": self.last, "method": method, **({"params": params} if params else {})}
        answer = self.line(json.dumps(body))
        assert (answer["jsonrpc"], answer["id"]) == ("2.0", self.last)
        return answer

    def tell(self, method: str) -> None:
        """A notification, which has no answer."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", "method": method}).encode() + b"\n")

    def call(self, tool: str, **arguments: Any) -> Any:
        """A tool's structured result."""
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})["result"]
        assert not result["isError"], result["content"][0]["text"]
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
        return result["structuredContent"]

    def close(self) -> tuple[int, bytes]:
        """Ends the input, as a host does; exit code and standard error."""
        _out, said = self.process.communicate(timeout=20)
        return self.process.returncode, said


@pytest.fixture
def desk(tmp_path: Path, both: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.setenv("SAPHAN_DATABASE_URL", address(folder / ".saphan"))
    (folder / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
    state = folder / ".saphan"
    with LocalPortal(database_url=address(state), files=state / "files") as portal:
        portal.call_action("organization_create", {"name": "dept-a", "title": "กรมตัวอย่าง"})
        return folder, filled(portal)


@pytest.fixture
def portal(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    with opened(tmp_path) as made:
        yield made


def test_a_client_meets_the_server_and_uses_every_tool(desk: tuple[Path, str]) -> None:
    folder, resource = desk
    client = Client("--workspace", str(folder), SAPHAN_SITE_URL="https://data.example.go.th")
    hello = client.ask(
        "initialize", {"protocolVersion": VERSIONS[0], "capabilities": {}, "clientInfo": {"name": "t"}}
    )
    assert hello["result"]["protocolVersion"] == VERSIONS[0]
    assert hello["result"]["capabilities"] == {"tools": {}}
    client.tell("notifications/initialized")
    tools = client.ask("tools/list")["result"]["tools"]
    assert [tool["name"] for tool in tools] == ["search", "describe", "query", "cite"]
    assert all(tool["inputSchema"]["type"] == "object" and tool["annotations"]["readOnlyHint"] for tool in tools)
    found = client.call("search", text="งบประมาณ")
    assert (found["total"], found["datasets"][0]["dataset"]) == (1, "budget")
    assert found["datasets"][0]["address"] == "https://data.example.go.th/dataset/budget"
    told = client.call("describe", dataset="budget")
    assert told["files"][0]["columns"][0] == {"name": "จังหวัด", "type": "text", "label": "จังหวัด", "notes": "ที่ตั้ง"}
    assert (told["files"][0]["queryable"], told["files"][0]["rows"]) == (True, 5)
    sums = client.call(
        "query", resource=resource, group_by=["จังหวัด"], aggregates=[{"function": "sum", "column": "บาท"}]
    )
    assert sums["rows"] == [["พังงา", 10], ["ภูเก็ต", 5.5], ["ระนอง", 0.3]]
    assert sums["source"]["address"] == "https://data.example.go.th/dataset/budget"
    cited = client.call("cite", dataset="budget", style="apa", language="en")
    assert cited["permanent"] in cited["citation"]
    assert cited["permanent"].startswith("https://data.example.go.th/dataset/")
    assert client.close()[0] == 0


def test_what_is_not_the_protocol_is_answered_and_the_server_lives(desk: tuple[Path, str]) -> None:
    client = Client("--workspace", str(desk[0]))
    assert client.line("{")["error"]["code"] == -32700
    assert client.line(b"\xff\xfe")["error"]["code"] == -32700
    assert client.line("[1]")["error"]["code"] == -32600
    assert client.line("[" * 100_000)["error"]["code"] == -32700
    assert client.line('{"jsonrpc": "1.0", "id": 1, "method": "ping"}')["error"]["code"] == -32600
    assert client.line('{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}')["error"]["code"] == -32602
    assert client.line("x" * (2 << 20))["error"]["code"] == -32600
    assert client.ask("resources/list")["error"]["code"] == -32601
    assert client.ask("tools/call", {"name": "drop"})["error"]["code"] == -32602
    assert client.ask("ping")["result"] == {}
    assert client.close() == (0, b"")


def test_an_older_or_unknown_revision_is_agreed_on(portal: LocalPortal) -> None:
    made = server(portal, "https://x")
    for asked, got in ((VERSIONS[2], VERSIONS[2]), ("1999-01-01", VERSIONS[0]), (None, VERSIONS[0])):
        line = json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": asked}}
        )
        answer = made.answer_line(line.encode())
        assert answer and answer["result"]["protocolVersion"] == got


def call(portal: Any, tool: str, **arguments: Any) -> tuple[bool, Any]:
    """A tool called in process: whether it failed, and what it gave or said."""
    params = {"name": tool, "arguments": arguments}
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    answer = server(portal, "https://data.example").answer_line(line.encode())
    assert answer
    result = answer["result"]
    return result["isError"], result.get("structuredContent") or result["content"][0]["text"]


def public(portal: LocalPortal) -> LocalPortal:
    portal.actor = ANYONE
    return portal


def test_what_is_not_public_is_not_there(portal: LocalPortal) -> None:
    filled(portal)
    secret = portal.call_action("package_show", {"id": "secret"})
    everybody = public(portal)
    assert call(everybody, "search")[1]["total"] == 1
    for tool, arguments in (
        ("describe", {"dataset": "secret"}),
        ("describe", {"dataset": secret["id"]}),
        ("cite", {"dataset": "secret"}),
        ("query", {"resource": secret["resources"][0]["id"]}),
        ("describe", {"dataset": "never-was"}),
    ):
        failed, said = call(everybody, tool, **arguments)
        assert failed
        assert "There is no public dataset or file" in said
        assert "ลับ" not in said


def test_a_private_dataset_stays_private_whoever_the_portal_acts_as(portal: LocalPortal) -> None:
    filled(portal)
    assert call(portal, "describe", dataset="secret")[0]
    assert call(portal, "cite", dataset="secret")[0]


def test_one_version_is_cited_and_a_recalled_one_is_refused(portal: LocalPortal) -> None:
    filled(portal)
    portal.call_action("package_patch", {"id": "budget", "title": "งบประมาณ ฉบับแก้ไข"})
    failed, told = call(portal, "cite", dataset="budget", version="1")
    assert not failed
    assert told["permanent"].endswith("/version/1")
    assert told["permanent"] in told["citation"]
    assert "แก้ไข" not in told["citation"]
    assert "แก้ไข" in call(portal, "cite", dataset="budget")[1]["citation"]
    portal.call_action("dataset_version_recall", {"id": "budget", "versions": [1]})
    assert call(portal, "cite", dataset="secret", version="1")[0]
    everybody = public(portal)
    for version, said in (("1", "was recalled"), ("99", "no public version"), ("x", "no public version")):
        failed, text = call(everybody, "cite", dataset="budget", version=version)
        assert failed
        assert said in text
    assert call(everybody, "cite", dataset="secret", version="1")[0]


QUERIES: list[tuple[dict[str, Any], Any]] = [
    ({"columns": ["ปี", "จังหวัด"], "limit": 2}, ([[2567, "ระนอง"], [2568, "ระนอง"]], 5)),
    ({"where": [("จังหวัด", "eq", "พังงา")], "columns": ["ปี"]}, ([[2567], [2568]], 2)),
    ({"where": [("บาท", "gt", "0.15")], "columns": ["บาท"], "sort": "บาท desc"}, ([[10], [5.5], [0.2]], 3)),
    ({"where": [("จังหวัด", "contains", "ง"), ("ปี", "ge", "2568")], "columns": ["จังหวัด"]},
     ([["ระนอง"], ["พังงา"]], 2)),
    ({"where": [("จังหวัด", "ne", "ระนอง")], "columns": ["ปี"], "limit": 1, "offset": 1}, ([[2568]], 3)),
    ({"aggregates": [("count", "*"), ("count", "บาท"), ("sum", "บาท"), ("min", "บาท"), ("max", "ปี")]},
     ([[5, 4, 15.8, 0.1, 2568]], 1)),
    ({"group_by": ["ปี"], "aggregates": [("avg", "บาท"), ("count", "*")], "sort": "ปี desc"},
     ([[2568, 2.85, 3], [2567, 5.05, 2]], 2)),
    ({"group_by": ["จังหวัด"], "sort": "count desc", "limit": 1, "where": [("ปี", "eq", "2568")]},
     ([["พังงา", 1]], 3)),
    ({"where": [("จังหวัด", "eq", "ไม่มี")], "aggregates": [("sum", "บาท"), ("avg", "บาท"), ("max", "บาท")]},
     ([[0, None, None]], 1)),
]  # fmt: skip


def shaped(arguments: dict[str, Any]) -> dict[str, Any]:
    names = {"where": ("column", "test", "value"), "aggregates": ("function", "column")}
    return {
        key: [dict(zip(names[key], one, strict=True)) for one in value] if key in names else value
        for key, value in arguments.items()
    }


@pytest.mark.parametrize(("arguments", "wanted"), QUERIES)
def test_rows_are_chosen_and_added_up(portal: LocalPortal, arguments: dict[str, Any], wanted: Any) -> None:
    resource = filled(portal)
    failed, found = call(public(portal), "query", resource=resource, **shaped(arguments))
    assert not failed, found
    assert (found["rows"], found["total"]) == wanted
    assert found["source"]["dataset"] == "budget"


MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    ("query", {}, "Missing argument: resource"),
    ("query", {"resource": "R", "sql": "x"}, "Unknown argument: sql"),
    ("query", {"resource": "R", "limit": 501}, "expected 1 to 500"),
    ("query", {"resource": "R", "limit": True}, "expected integer"),
    ("query", {"resource": "R", "columns": ["ไม่มี"]}, "No column"),
    ("query", {"resource": "R", "sort": "ไม่มี desc"}, "No column"),
    ("query", {"resource": "R", "where": [("ปี", "gt", "มาก")]}, "is no number"),
    ("query", {"resource": "R", "where": [("ปี", "like", "1")]}, "expected one of"),
    ("query", {"resource": "R", "where": [{"column": "ปี"}]}, "Missing argument: test"),
    ("query", {"resource": "R", "aggregates": [("sum", "จังหวัด")]}, "needs a column of numbers"),
    ("query", {"resource": "R", "group_by": ["ปี"], "sort": "บาท"}, "cannot be sorted"),
    ("query", {"resource": "R", "where": [("ปี", "eq", "1"), ("ปี", "eq", "2")]}, "two values"),
    ("cite", {"dataset": "budget", "style": "mla"}, "expected one of"),
    ("search", {"text": 5}, "expected string"),
]


@pytest.mark.parametrize(("tool", "arguments", "said"), MISTAKES)
def test_a_mistake_is_said_so_that_it_can_be_mended(
    portal: LocalPortal, tool: str, arguments: dict[str, Any], said: str
) -> None:
    resource = filled(portal)
    given = {key: resource if value == "R" else value for key, value in arguments.items()}
    if all(isinstance(one, tuple) for one in given.get("where", ())):
        given = shaped(given)
    failed, text = call(public(portal), tool, **given)
    assert failed
    assert said in text


def test_a_total_is_refused_rather_than_made_of_a_part(
    portal: LocalPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.mcp import table

    resource = filled(portal)
    monkeypatch.setattr(table, "SCANNED", 4)
    failed, said = call(
        public(portal), "query", resource=resource, aggregates=[{"function": "count", "column": "*"}]
    )
    assert failed
    assert "more than can be read" in said


def test_pages_of_a_long_table_are_all_read(portal: LocalPortal, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.mcp import table

    resource = filled(portal)
    monkeypatch.setattr(table, "PAGE", 2)
    _failed, found = call(public(portal), "query", resource=resource, group_by=["ปี"])
    assert found["rows"] == [[2567, 2], [2568, 3]]
    assert found["rows_read"] == 5


def test_a_search_is_narrowed_and_its_words_stay_words(portal: LocalPortal) -> None:
    filled(portal)
    everybody = public(portal)
    assert call(everybody, "search", tag="งบ", organization="dept-a", format="CSV")[1]["total"] == 1
    assert call(everybody, "search", organization="dept-b")[1]["total"] == 0
    for hostile in ('x" OR name:"secret', "*:*) OR (name:secret", "\\"):
        assert call(everybody, "search", tag=hostile)[1]["total"] == 0


def test_the_tools_work_on_any_ckan_by_its_address(portal: LocalPortal) -> None:
    resource = filled(portal)
    with served(portal) as web, RemotePortal(web.url) as remote:
        assert call(remote, "search", text="งบประมาณ")[1]["total"] == 1
        assert call(remote, "describe", dataset="secret")[0]
        found = call(remote, "query", resource=resource, group_by=["ปี"])[1]
        assert found["rows"] == [[2567, 2], [2568, 3]]
        assert call(remote, "cite", dataset="budget", style="bibtex")[1]["citation"].startswith("@misc{budget,")
