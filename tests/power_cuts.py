"""A server killed while it writes, again and again: what it acknowledged is there, and nothing by half.

Each writer owns a dataset and knows two states of it: the last that was acknowledged, and the one it had asked for
when the server died. After each cut the catalog must hold one of the two, whole: metadata, files byte for byte,
rows batch for batch, and the search index.
"""

from __future__ import annotations

import copy
import hashlib
import io
import multiprocessing
import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import requests
from catalog_ground import address

from catalog.portal.local import LocalPortal

KEY = "power-cut-key"
BATCH = 20
State = dict[str, Any]


def serve(folder: str, url: str, said: Any) -> None:
    """A server process: tells its port, and serves until it is killed."""
    import uvicorn

    from catalog.web import app
    from catalog.web.server import configured, listening

    with LocalPortal(database_url=url, files=Path(folder) / "files") as portal, listening("127.0.0.1", 0) as taken:
        said.send(taken.getsockname()[1])
        uvicorn.Server(configured(app(portal, token=KEY), "critical")).run(sockets=[taken])


class Writer:
    """Changes its own dataset as fast as it is answered."""

    def __init__(self, name: str, seed: int) -> None:
        self.name, self.random = name, random.Random(seed)  # noqa: S311
        self.sure: State = {"notes": None, "files": {}, "batches": 0, "table": False}
        self.asked = copy.deepcopy(self.sure)
        self.answered = 0
        self.refused: list[str] = []

    def write(self, url: str, stop: threading.Event) -> None:
        """Until the server is gone."""
        with requests.Session() as client:
            client.headers["Authorization"] = KEY
            while not stop.is_set():
                action, data, content = self._next()
                try:
                    where = f"{url}/api/3/action/{action}"
                    sent: dict[str, Any] = {"json": data} if content is None else {"data": data}
                    sent |= {} if content is None else {"files": {"upload": ("data.csv", io.BytesIO(content))}}
                    answer = client.post(where, timeout=60, **sent)
                except requests.RequestException:
                    return  # nobody knows whether it was done
                if answer.status_code != 200:
                    self.refused.append(f"{action}: {answer.status_code} {answer.text[:300]}")
                    return
                self.sure = copy.deepcopy(self.asked)
                self.answered += 1

    def _next(self) -> tuple[str, dict[str, Any], bytes | None]:
        """The next change, and in `asked` what it would lead to."""
        self.asked = new = copy.deepcopy(self.sure)
        if new["notes"] is None:
            new["notes"] = "0"
            return "package_create", {"name": self.name, "owner_org": "dept-a", "notes": "0"}, None
        if not new["table"]:
            new["table"] = True
            new["batches"] = 1
            table = {"package_id": self.name, "id": f"{self.name}-table", "name": "ตาราง"}
            return "datastore_create", {"resource": table, "records": self._batch(1), "indexes": ["batch"]}, None
        choice = self.random.random()
        if choice < 0.3:
            new["notes"] = str(self.random.random())
            return "package_patch", {"id": self.name, "notes": new["notes"]}, None
        if choice < 0.6:
            new["batches"] += 1
            rows = {
                "resource_id": f"{self.name}-table",
                "method": "insert",
                "records": self._batch(new["batches"]),
            }
            return "datastore_upsert", rows, None
        if choice < 0.7 and len(new["files"]) > 2:
            gone = self.random.choice(sorted(new["files"]))
            del new["files"][gone]
            return "resource_delete", {"id": gone}, None
        content = self.random.randbytes(self.random.randrange(1, 200_000))
        key = f"{self.name}-file-{self.random.randrange(5)}"
        action, data = "resource_create", {"package_id": self.name, "id": key, "name": key}
        if key in new["files"]:
            action, data = "resource_patch", {"id": key}
        new["files"][key] = hashlib.sha256(content).hexdigest()
        return action, data, content

    @staticmethod
    def _batch(number: int) -> list[dict[str, int]]:
        return [{"batch": number, "row": row} for row in range(BATCH)]

    def settle(self, portal: LocalPortal) -> None:
        """Looks what is there: one of the two states. From now on that is the sure one."""
        found = self._found(portal)
        assert found in (self.sure, self.asked), f"{found}\nis neither {self.sure}\nnor {self.asked}"
        self.sure = found

    def _found(self, portal: LocalPortal) -> State:
        if self.name not in portal.call_action("package_list"):
            assert portal.call_action("package_search", {"fq": f"name:{self.name}"})["count"] == 0
            return {"notes": None, "files": {}, "batches": 0, "table": False}
        shown = portal.call_action("package_show", {"id": self.name})
        by_words = portal.call_action("package_search", {"q": self.name})["results"]
        assert self.name in [one["name"] for one in by_words]
        indexed = portal.call_action("package_search", {"fq": f'name:{self.name} notes:"{shown["notes"]}"'})
        assert indexed["count"] == 1
        files, batches, table = {}, 0, False
        for resource in shown["resources"]:
            if resource["url_type"] == "upload":
                held = portal.uploaded(resource["id"])
                assert held is not None
                content = held.path.read_bytes()
                files[resource["id"]] = hashlib.sha256(content).hexdigest()
                assert (held.sha256, held.size) == (files[resource["id"]], len(content))
            elif resource["datastore_active"]:
                table = True
                asked = {"resource_id": resource["id"], "limit": 32_000}
                rows = portal.call_action("datastore_search", asked)["records"]
                counts = Counter(row["batch"] for row in rows)
                assert set(counts.values()) == {BATCH}
                assert sorted(counts) == list(range(1, len(counts) + 1))
                batches = len(counts)
        return {"notes": shown["notes"], "files": files, "batches": batches, "table": table}


def cut(folder: Path, times: int, seed: int) -> int:
    """Kills a server so many times while two writers write. Returns how many writes were acknowledged."""
    url = address(folder)
    with LocalPortal(database_url=url, files=folder / "files") as portal:
        portal.call_action("organization_create", {"name": "dept-a", "title": "กรมตัวอย่าง"})
    chance = random.Random(seed)  # noqa: S311
    writers = [Writer(f"dataset-{number}", chance.randrange(1 << 30)) for number in range(2)]
    start = multiprocessing.get_context("forkserver")
    start.set_forkserver_preload(["catalog.web", "uvicorn", "sqlalchemy", "power_cuts"])
    for _time in range(times):
        hears, says = start.Pipe(duplex=False)
        server = start.Process(target=serve, args=(str(folder), url, says), daemon=True)
        server.start()
        assert hears.poll(60), "the server did not start"
        _write_and_cut(server, writers, hears.recv(), chance)
        assert [said for writer in writers for said in writer.refused] == []
        with LocalPortal(database_url=url, files=folder / "files") as portal:
            for writer in writers:
                writer.settle(portal)
            there = sum(writer.sure["notes"] is not None for writer in writers)
            assert portal.call_action("package_search", {"rows": 0})["count"] == there
    return sum(writer.answered for writer in writers)


def _write_and_cut(server: Any, writers: list[Writer], port: int, chance: random.Random) -> None:
    """Lets the writers write until a moment that nobody could foresee, and pulls the plug."""
    stop, base = threading.Event(), f"http://127.0.0.1:{port}"
    threads = [threading.Thread(target=writer.write, args=(base, stop)) for writer in writers]
    before = sum(writer.answered for writer in writers)
    for thread in threads:
        thread.start()
    while sum(writer.answered for writer in writers) == before and any(one.is_alive() for one in threads):
        time.sleep(0.005)
    time.sleep(chance.random() * 0.3)
    server.kill()
    server.join()
    stop.set()
    for thread in threads:
        thread.join(timeout=70)
