"""Catalogues to harvest from: a small CKAN, and files at addresses, on a loopback server that keeps its log."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from catalog_ground import SCHEMA, opened

from catalog.harvest.client import Client
from catalog.harvest.run import Harvested, Wish, harvest, relaxed
from catalog.portal.local import LocalPortal
from metadata.event import Event

Headers = dict[str, str]
Reply = tuple[int, Headers, bytes]


@dataclass
class Elsewhere:
    """Answers by path; `replies` may be functions of the query. Keeps what was asked, with its headers."""

    replies: dict[str, Reply | Callable[[dict[str, str]], Reply]] = field(default_factory=dict)
    asked: list[tuple[str, Headers]] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """What was sent by POST."""
    heads: bool = True
    """Whether HEAD is answered."""
    url: str = ""

    def file(self, path: str, body: str | bytes, kind: str = "application/json", **headers: str) -> str:
        """Puts a file at a path; its address."""
        content = body.encode() if isinstance(body, str) else body
        self.replies[path] = (200, {"Content-Type": kind, **headers}, content)
        return self.url + path

    def paths(self) -> list[str]:
        return [path for path, _headers in self.asked]

    def answer(self, target: str, headers: Headers) -> Reply:
        self.asked.append((target, headers))
        parts = urlsplit(target)
        reply = self.replies.get(target) or self.replies.get(parts.path) or (404, {}, b"nothing")
        return (
            reply({key: values[0] for key, values in parse_qs(parts.query).items()}) if callable(reply) else reply
        )


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """A server of somebody else's, until the block ends."""
    script = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            script.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            script.methods.append(self.command)
            status, headers, body = script.answer(self.path, dict(self.headers))
            if self.command == "HEAD" and not script.heads:
                status, headers, body = 405, {}, b""
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]  # a client that hangs up is no news
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class SmallCkan:
    """As much of a CKAN as a harvester asks: package_search by change, package_list, package_show."""

    at: Elsewhere
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: int = 3
    hidden: set[str] = field(default_factory=set)
    """Names that the search index does not know yet."""

    def __post_init__(self) -> None:
        for action in ("package_search", "package_list", "package_show"):
            self.at.replies[f"/api/3/action/{action}"] = getattr(self, action)
        self.at.replies["/"] = (200, {"Content-Type": "text/html"}, b"<!doctype html><title>CKAN</title>")

    def put(self, name: str, modified: str, **more: Any) -> dict[str, Any]:
        """A dataset at the source, or another face of it."""
        before = self.datasets.get(name, {})
        facts = {
            "id": f"id-{name}",
            "name": name,
            "title": f"Title of {name}",
            "state": "active",
            "private": False,
        }
        self.datasets[name] = {**facts, "tags": [], "resources": [], "extras": [], **before, **more}
        self.datasets[name]["metadata_modified"] = modified
        return self.datasets[name]

    def package_search(self, query: dict[str, str]) -> Reply:
        since = query.get("fq", "").removeprefix("metadata_modified:[").partition("Z ")[0]
        found = [one for one in self.datasets.values() if one["name"] not in self.hidden]
        found = [one for one in found if one["metadata_modified"] >= since]
        found.sort(key=lambda one: one["metadata_modified"])
        start, rows = int(query.get("start", 0)), min(self.rows, int(query["rows"]))
        return result({"count": len(found), "results": found[start : start + rows]})

    def package_list(self, query: dict[str, str]) -> Reply:
        start = int(query.get("offset", 0))
        return result(sorted(self.datasets)[start : start + int(query.get("limit", 1000))])

    def package_show(self, query: dict[str, str]) -> Reply:
        found = self.datasets.get(query["id"])
        return result(found) if found else (404, {}, b'{"success": false, "error": {"__type": "Not Found Error"}}')


def result(value: Any) -> Reply:
    """A CKAN's success."""
    return 200, {"Content-Type": "application/json"}, json.dumps({"success": True, "result": value}).encode()


@contextmanager
def ours(folder: Any) -> Iterator[LocalPortal]:
    """Our own catalog, ready to take other people's datasets."""
    with opened(folder, schema=relaxed(SCHEMA)) as portal:
        yield portal


def run(portal: LocalPortal, url: str, **more: Any) -> tuple[Harvested, list[Event]]:
    """One harvest with no pauses, and what it told; loopback is allowed."""
    slept = more.pop("slept", [])
    events = []
    with Client(
        delay=more.pop("delay", 0), allowed=more.pop("allowed", ["127.0.0.1"]), sleep=slept.append
    ) as client:
        story = harvest(portal, client, Wish(url=url, **more))
        while True:
            try:
                events.append(next(story))
            except StopIteration as end:
                return end.value, events
