"""What a page costs the server at 10,000 datasets on SQLite: milliseconds a page, each address asked once.

The datasets are drawn, of the Thai schema (`audit.py`); some hundreds have a table of 1,000 rows and a file, and
some hundreds were used each day for a quarter of a year. The server is a process of its own; a stranger asks it
for pages, one after another. `CPU` is what that process spent between two answers (of all threads),
`wall` what the stranger waited: on a machine that others use, believe the first. The peers of the run are the same
server's answers to programs about the same datasets: what a page costs beyond them, it costs for what it says.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

import click
import requests
from audit import FORMATS, terms
from measured import kept

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from search_judged import SUBJECT, queries, records

from catalog.portal.local import LocalPortal
from catalog.store import search
from catalog.store.database import writing
from catalog.store.tables import packages, resources, usage
from metadata import clock
from metadata.standard import Standard

EDITION = "gdc-2.2.4"
ROWS, DAYS = 1000, 90
PROVINCES = ("กรุงเทพมหานคร", "เชียงใหม่", "ขอนแก่น", "ระนอง", "สงขลา")
WORLD = {"Accept-Language": "th", "Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip"}
SERVER = """
import sys
from pathlib import Path
from catalog.portal.local import LocalPortal
from catalog.web import app, serve
from metadata.standard import Standard
schema = Standard.load(sys.argv[2]).schema
with LocalPortal(database_url=f"sqlite:///{sys.argv[1]}/catalog.sqlite", files=Path(sys.argv[1]), schema=schema,
                 site_title="หน่วยงาน") as portal:
    serve(app(portal), "127.0.0.1", int(sys.argv[3]))
"""


def fill(portal: LocalPortal, count: int, tables: int) -> None:
    """So many datasets; the first of them with tables, by the actions, the others past them in one transaction."""
    drawn = random.Random(2569)  # noqa: S311 - nothing secret
    owners: dict[str, Any] = {}
    for agency in dict.fromkeys(line.agency for line in SUBJECT):
        name = f"agency-{len(owners)}"
        owners[agency] = portal.call_action("organization_create", {"name": name, "title": agency})
    known = {term.field_name for term in Standard.load(EDITION).terms if not term.property} - {"owner_org"}
    sample: dict[str, Any] = {}
    for record in records(tables):
        owner = owners[SUBJECT[record.subject].agency]
        facts = {"name": record.name, "title": record.title, "notes": record.notes, **terms(drawn)}
        portal.call_action(
            "package_create", {**facts, "owner_org": owner["id"], "tag_string": ",".join(record.tags)}
        )
        _file(portal, record.name, drawn)
        sample = portal.call_action("package_show", {"id": record.name})
    with writing(portal.engine) as connection:
        for record in records(count)[tables:]:
            owner = owners[SUBJECT[record.subject].agency]
            document = {key: value for key, value in sample.items() if key not in known}
            key = str(uuid5(NAMESPACE_URL, record.name))
            document |= {"id": key, "name": record.name, "title": record.title, "notes": record.notes}
            document |= {"owner_org": owner["id"], **terms(drawn)}
            document["organization"] = {field: owner[field] for field in sample["organization"]}
            document["tags"] = [{"name": name, "display_name": name, "state": "active"} for name in record.tags]
            stamp = f"2026-01-{1 + record.number % 28:02d}T00:00:00.{record.number:06d}"
            document |= {"metadata_created": stamp, "metadata_modified": stamp}
            document["resources"] = [
                {**sample["resources"][0], "id": str(uuid5(NAMESPACE_URL, f"{record.name}/{at}")), "position": at,
                 "url": "https://example.org/a.csv", "url_type": None, "datastore_active": False,
                 "format": drawn.choice(FORMATS), "package_id": key}
                for at in range(drawn.randrange(1, 5))
            ]  # fmt: skip
            connection.execute(packages.insert().values(_row(document)))
            connection.execute(
                resources.insert(),
                [{"id": one["id"], "package_id": key, "state": "active"} for one in document["resources"]],
            )
            search.index(connection, document)
    _use(portal, drawn)


def _file(portal: LocalPortal, package: str, drawn: random.Random) -> None:
    """A file and its rows, with a data dictionary."""
    fields = [("code", "text"), ("province", "text"), ("year", "int"), ("area", "numeric"), ("value", "numeric")]
    rows = [
        {"code": f"{n:05}", "province": PROVINCES[n % 5], "year": 2560 + n % 9, "area": n * 1.5,
         "value": None if n % 50 == 0 else drawn.randrange(10**6)}
        for n in range(ROWS)
    ]  # fmt: skip
    lines = [",".join(name for name, _kind in fields), *(",".join(map(str, row.values())) for row in rows)]
    with _named(("\n".join(lines)).encode()) as stream:
        form = {"package_id": package, "name": "ตารางรายจังหวัด", "format": "CSV", "description": "รายปี"}
        made = portal.call_action("resource_create", form, {"upload": stream})
    told = [
        {"id": name, "type": kind, "info": {"label": f"คอลัมน์ {name}", "notes": f"ความหมายของ {name} · {name}"}}
        for name, kind in fields
    ]
    portal.call_action(
        "datastore_create", {"resource_id": made["id"], "fields": told, "records": rows, "force": True}
    )


@contextmanager
def _named(content: bytes) -> Iterator[Any]:
    import io

    stream = io.BytesIO(content)
    stream.name = "ตาราง.csv"
    yield stream


def _row(document: dict[str, Any]) -> dict[str, Any]:
    columns = ("id", "name", "title", "owner_org", "state", "private", "metadata_created", "metadata_modified")
    row = {column: document[column] for column in columns}
    return {**row, "creator": document["creator_user_id"], "document": json.dumps(document, ensure_ascii=False)}


def _use(portal: LocalPortal, drawn: random.Random) -> None:
    """Some hundreds of the datasets are used each day."""
    today = clock.today()
    with writing(portal.engine) as connection:
        keys = [key for (key,) in connection.execute(packages.select().with_only_columns(packages.c.id))]
        for before in range(DAYS):
            day = (today - timedelta(days=before)).isoformat()
            connection.execute(
                usage.insert(),
                [
                    {"package_id": key, "kind": kind, "robot": robot, "day": day, "resource_id": "",
                     "count": drawn.randrange(1, 20)}
                    for key in drawn.sample(keys, min(len(keys), 500))
                    for kind, robot in (("page", False), ("page", True), ("api", False))
                ],
            )  # fmt: skip


@contextmanager
def served(folder: Path, port: int) -> Iterator[int]:
    """The server's process."""
    words = [sys.executable, "-c", SERVER, str(folder), EDITION, str(port)]
    process = subprocess.Popen(words, cwd=Path(__file__).parents[1])
    try:
        for _attempt in range(200):
            try:
                requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def rested(pid: int, patience: float = 180.0) -> None:
    """Waits until the server has made what it makes beside its first pages, and keeps."""
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        before = ticks(pid)
        time.sleep(2)
        if ticks(pid) - before < 3:
            return


def ticks(pid: int) -> int:
    """CPU time of a process so far, of threads that have ended, too: in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def spent(pid: int) -> float:
    """CPU milliseconds of the threads of a process that are there."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e6


def addresses(datasets: int, tables: int, most: int) -> dict[str, list[str]]:
    """What is asked, by kind: no address twice."""
    names = [record.name for record in records(datasets)]
    drawn = random.Random(1)  # noqa: S311 - nothing secret
    plain, rich = drawn.sample(names[tables:], most), drawn.sample(names[:tables], min(most, tables))
    words = list(dict.fromkeys(one.text for one in queries(datasets)))[:most]
    narrowing = [
        {"res_format": "CSV"},
        {"organization": "agency-1"},
        {"res_format": "XLSX", "sort": "new"},
        {"sort": "used"},
    ]
    filters = [{"q": text, **narrowing[number % 4]} for number, text in enumerate(words)]
    browsing = [{"organization": f"agency-{n % 9}", "page": str(1 + n // 9)} for n in range(min(most, 90))]
    search = "/api/3/action/package_search?"
    return {
        "dataset": [f"/dataset/{name}" for name in plain],
        "dataset with a table": [f"/dataset/{name}" for name in rich],
        "the same once more": [f"/dataset/{name}" for name in rich],
        "search with facets": [f"/dataset?{urlencode({'q': text})}" for text in words],
        "search, narrowed": [f"/dataset?{urlencode(one)}" for one in filters],
        "all of an agency": [f"/dataset?{urlencode(one)}" for one in browsing],
        "home": [f"/?lang={'th' if n % 2 else 'en'}" for n in range(min(most, 20))],
        "usage": ["/usage"] * min(most, 10),
        "API: package_show": [f"/api/3/action/package_show?id={name}&a=1" for name in plain],
        "API: package_search": [search + urlencode({"q": text, "rows": 20}) for text in words],
    }


@click.command()
@click.option("--datasets", default=10_000, show_default=True)
@click.option("--tables", default=400, show_default=True)
@click.option("--each", default=300, show_default=True, help="Addresses of a kind.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keeps the catalogue.")
@click.option("--port", default=5895, show_default=True)
def main(datasets: int, tables: int, each: int, folder: Path | None, port: int) -> None:
    """Milliseconds a page."""
    with kept(folder) as here:
        database = f"sqlite:///{here}/catalog.sqlite"
        with LocalPortal(database_url=database, files=here, schema=Standard.load(EDITION).schema) as portal:
            if not portal.call_action("package_list"):
                fill(portal, datasets, tables)
        with served(here, port) as pid, requests.Session() as client:
            ask: Callable[[str], requests.Response] = lambda path: client.get(  # noqa: E731
                f"http://127.0.0.1:{port}{path}", headers=WORLD, timeout=60
            )
            asked = addresses(datasets, tables, each)
            for path in (asked["dataset"][0], "/dataset?q=น้ำ", "/"):
                ask(path).raise_for_status()  # reads the dictionary, the words and the templates
            rested(pid)
            click.echo(f"{'':22} pages   CPU p50    p95   wall p50    p95  kB sent  load")
            for kind, paths in asked.items():
                _measure(kind, paths, ask, pid)


def _measure(kind: str, paths: list[str], ask: Callable[[str], requests.Response], pid: int) -> None:
    cpu, wall, sizes = [], [], []
    for path in paths:
        before, begun = spent(pid), time.perf_counter()
        answer = ask(path)
        wall.append((time.perf_counter() - begun) * 1e3)
        cpu.append(spent(pid) - before)
        if answer.status_code != 200:
            click.echo(f"{kind:22} {answer.status_code} {path}")
            return
        sizes.append(int(answer.headers.get("content-length", 0)))

    def share(numbers: list[float], part: float) -> float:
        return sorted(numbers)[int(len(numbers) * part)]

    click.echo(
        f"{kind:22} {len(paths):5} {share(cpu, 0.5):9.1f} {share(cpu, 0.95):6.1f} {share(wall, 0.5):10.1f}"
        f" {share(wall, 0.95):6.1f} {sum(sizes) / len(sizes) / 1000:8.1f} {os.getloadavg()[0]:5.1f}"
    )


if __name__ == "__main__":
    main()
