"""What a request costs: CPU of our server beside a real CKAN's, in the same run, on the same datasets.

RIG is the command that starts a CKAN (`ckan-rig`). A figure is the CPU time of every process of a server (CKAN's
with its PostgreSQL, Redis and search), user and system, over the requests sent meanwhile: the median of some
rounds, by turns. Each address is asked several times; `not kept` are answers that we make anew each time, `not
modified` are answers 304 to requests with the ETag of an earlier answer.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import requests

ROOT = Path(__file__).resolve().parent.parent
KEY = "benchmark"
PORT = 5890
TICK = os.sysconf("SC_CLK_TCK")
SERVER = """
import sys
from pathlib import Path
from catalog.portal.local import LocalPortal
from catalog.web import app, serve
with LocalPortal(database_url=sys.argv[1], files=Path(sys.argv[2])) as portal:
    serve(app(portal), "127.0.0.1", int(sys.argv[3]))
"""
FLOOR = """
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
async def nothing(request): return Response(b"{}")
bare = Starlette(routes=[Route("/{rest:path}", nothing)])
uvicorn.run(bare, host="127.0.0.1", port=int(sys.argv[3]), lifespan="off", log_level="warning", access_log=False)
"""
ORGANIZATIONS, TAGS, ROWS = 20, 40, 10_000
ANEW = {"Cache-Control": "no-cache"}
"""With this header an answer is made anew: none that is kept is given."""
FACETS = '["organization","tags","res_format"]'


@dataclass(kw_only=True)
class Server:
    """A server under measurement."""

    name: str
    url: str
    token: str = field(repr=False)
    roots: list[int]
    """Processes whose descendants count, too."""
    table: str = ""
    file: str = ""
    client: requests.Session = field(default_factory=requests.Session)

    def call(self, action: str, data: dict[str, Any], **more: Any) -> Any:
        """One action as sysadmin."""
        url, headers = f"{self.url}/api/3/action/{action}", {"Authorization": self.token}
        sent = {"data": data, **more} if more else {"json": data}
        answer = self.client.post(url, headers=headers, timeout=300, **sent)
        if answer.status_code != 200:
            raise SystemExit(f"{self.name}: {action}: {answer.status_code} {answer.text[:300]}")
        return answer.json()["result"]

    def cpu(self) -> float:
        """CPU seconds of all its processes so far, also of those that have ended."""
        return sum(_cpu(pid) for pid in self.processes())

    def memory(self) -> float:
        """Megabytes of all its processes, what they share counted once."""
        return sum(_memory(pid) for pid in self.processes()) / 1024

    def processes(self) -> set[int]:
        """The roots and all that came of them."""
        parents = dict(_parents())
        found = set(self.roots)
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) / TICK


def _memory(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def fill(server: Server, count: int) -> None:
    """Datasets, a table of 10,000 rows, a file of 1 MB: the same on each server."""
    for number in range(ORGANIZATIONS):
        server.call("organization_create", {"name": f"dept-{number}", "title": f"กรมที่ {number}"})
    for number in range(count):
        formats = ("CSV", "XLSX", "JSON", "PDF")
        files = [
            {
                "name": f"ไฟล์ {n}",
                "url": f"https://example.org/{number}-{n}.csv",
                "format": formats[(number + n) % 4],
            }
            for n in range(2)
        ]
        package = {
            "name": f"dataset-{number}",
            "title": f"ชุดข้อมูลที่ {number} ของหน่วยงาน",
            "notes": "จำนวนและที่ตั้งของสิ่งที่หน่วยงานดูแล รายจังหวัด รายปี " * 5,
            "owner_org": f"dept-{number % ORGANIZATIONS}",
            "tags": [{"name": f"tag-{(number * k) % TAGS}"} for k in (1, 2, 3)],
            "extras": [{"key": f"term-{k}", "value": f"ค่า {number} {k}"} for k in range(8)],
            "license_id": "cc-by",
            "resources": files,
        }
        package["tags"] = [{"name": name} for name in sorted({tag["name"] for tag in package["tags"]})]
        server.call("package_create", package)
    rows = [
        {"code": f"{n:05}", "province": f"จังหวัด {n % 77}", "year": 2500 + n % 67, "value": n * 1.5}
        for n in range(ROWS)
    ]
    resource = {"package_id": "dataset-0", "name": "table"}
    server.table = server.call("datastore_create", {"resource": resource, "records": rows})["resource_id"]
    form = {"package_id": "dataset-1", "name": "file", "format": "CSV"}
    content = b"code,value\n" + b"12345,67890\n" * 87_381
    made = server.call("resource_create", form, files={"upload": ("file.csv", content[: 1 << 20])})
    server.file = made["url"][made["url"].index("/dataset/") :]


Ask = Callable[[Server, int], str]
KINDS: dict[str, tuple[Ask, float]] = {
    "package_show": (lambda server, n: f"/api/3/action/package_show?id=dataset-{n}", 25),
    "package_search": (
        lambda server, n: f"/api/3/action/package_search?q=tag-{n % TAGS}&rows=10&facet.field={FACETS}",
        15,
    ),
    "datastore_search": (
        lambda server, n: f"/api/3/action/datastore_search?resource_id={server.table}&limit=100&offset={n}",
        10,
    ),
    "download 1 MB": (lambda server, n: server.file, 10),
}
"""What is asked → the address for the nth time, and how many times less of the CPU it may cost with us."""


def cost(
    server: Server,
    ask: Ask,
    seconds: float,
    count: int,
    *,
    again: bool = False,
    headers: dict[str, str] | None = None,
) -> float:
    """CPU milliseconds a request; `again`: asked with the ETag of what was had before."""
    given = headers or {}
    known: dict[str, str] = {}
    paths = [ask(server, n) for n in range(min(count, 50) if again else count)]
    for path in paths[: len(paths) if again else 20]:
        known[path] = _got(server, path, {}).headers.get("etag", "")
    ends, asked, before = time.monotonic() + seconds, 0, server.cpu()
    while time.monotonic() < ends:
        path = paths[asked % len(paths)]
        answer = _got(server, path, {**given, **({"If-None-Match": known[path]} if again else {})})
        if answer.status_code != (304 if again else 200):
            raise SystemExit(f"{server.name}: {path}: {answer.status_code}")
        asked += 1
    return 1000 * (server.cpu() - before) / asked


def _got(server: Server, path: str, headers: dict[str, str]) -> requests.Response:
    return server.client.get(server.url + path, headers={"Accept-Encoding": "identity", **headers}, timeout=60)


@contextmanager
def ours(folder: Path, program: str = SERVER, port: int = PORT) -> Iterator[Server]:
    """Our server as it is run, in a process of its own."""
    address = f"sqlite:///{folder / 'catalog.sqlite'}"
    environment = {**os.environ, "SAPHAN_API_TOKEN": KEY, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, address, str(folder / "files"), str(port)]
    with subprocess.Popen(command, env=environment) as process:
        try:
            server = Server(name="saphan", url=f"http://127.0.0.1:{port}", token=KEY, roots=[process.pid])
            _ready(server)
            yield server
        finally:
            process.terminate()


def _ready(server: Server) -> None:
    for _attempt in range(300):
        try:
            server.client.get(f"{server.url}/api/3/action/status_show", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{server.name} does not answer at {server.url}")


@contextmanager
def rig(command: str, folder: Path) -> Iterator[Server]:
    """A CKAN of its own, emptied."""
    environment = {**os.environ, "CKAN_RIG_DIR": os.environ.get("CKAN_RIG_DIR", str(folder / "rig"))}
    environment.setdefault("CKAN_RIG_PORT", str(PORT + 1))

    def run(word: str) -> str:
        line = [sys.executable, command, word]
        return subprocess.run(line, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    url = run("start")
    try:
        run("reset")
        states = (Path(environment["CKAN_RIG_DIR"]) / "plain" / "run").glob("*.json")
        yield Server(
            name="CKAN", url=url, token=run("token"), roots=[json.loads(s.read_text())[0] for s in states]
        )
    finally:
        run("stop")


def _line(*cells: object) -> None:
    click.echo("  ".join(f"{cell:>12}" if number else f"{cell:<22}" for number, cell in enumerate(cells)))


@click.command(help=__doc__)
@click.argument("command", metavar="RIG")
@click.option("--datasets", default=1000, show_default=True)
@click.option("--seconds", default=6.0, show_default=True, help="Of one measurement.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--floor", is_flag=True, help="What any request costs: an application that does nothing.")
def main(command: str, datasets: int, seconds: float, rounds: int, floor: bool) -> None:
    """Fills both, measures both by turns, prints a table."""
    with tempfile.TemporaryDirectory() as made, ours(Path(made)) as saphan, rig(command, Path(made)) as ckan:
        click.echo(f"memory at start: {saphan.memory():.0f} MB (CKAN: {ckan.memory():.0f} MB)")
        for server in (saphan, ckan):
            began = time.monotonic(), server.cpu()
            fill(server, datasets)
            took = time.monotonic() - began[0], server.cpu() - began[1]
            click.echo(f"{server.name}: filled in {took[0]:.0f} s, {took[1]:.0f} s of CPU")
        _line("CPU ms a request", "CKAN", "saphan", "times less", "asked for", "load")
        for name, (ask, wanted) in KINDS.items():
            theirs, own, unchanged, anew = [], [], [], []
            for _round in range(rounds):
                theirs.append(cost(ckan, ask, seconds, datasets))
                own.append(cost(saphan, ask, seconds, datasets))
                unchanged.append(cost(saphan, ask, seconds / 2, datasets, again=True))
                anew.append(cost(saphan, ask, seconds / 2, datasets, headers=ANEW))
            expected = statistics.median(theirs)
            rows = ((name, own, wanted), ("  not modified", unchanged, 2 * wanted), ("  not kept", anew, ""))
            for label, found, least in rows:
                value = statistics.median(found)
                load = f"{os.getloadavg()[0]:.1f}"
                _line(label, f"{expected:.2f}", f"{value:.3f}", f"{expected / value:.1f}", least, load)
        if floor:
            with ours(Path(made), FLOOR, PORT + 9) as bare:
                _line("an empty answer", "", f"{cost(bare, lambda _server, _n: '/', seconds, 1):.3f}")
        click.echo(f"memory after all that: {saphan.memory():.0f} MB (CKAN: {ckan.memory():.0f} MB)")


if __name__ == "__main__":
    main()
