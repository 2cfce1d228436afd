"""A server on loopback that answers every bad way a portal can, as scripted."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BLOCK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One scripted answer. `body` not text is sent as JSON. `cut` is how the connection ends instead."""

    status: int = 200
    body: Any = ""
    content_type: str = "application/json;charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    """`before` reading the request's body, `answer`: half of the answer, `silence`: none until the server ends,
    `stall`: nothing is read for a while, then all is well, `early`: answered before the body
    was read, as nginx does."""


def result(value: Any) -> Answer:
    """A CKAN's success."""
    return Answer(body={"help": "h", "success": True, "result": value})


def refusal(status: int, error: Any) -> Answer:
    """A CKAN's refusal."""
    return Answer(status=status, body={"help": "h", "success": False, "error": error})


def page(status: int, html: str = "<html><title>Portal</title></html>", **headers: str) -> Answer:
    """An HTML page."""
    return Answer(status=status, body=html, content_type="text/html; charset=utf-8", headers=headers)


@dataclass
class Seen:
    """A request that arrived."""

    action: str
    headers: dict[str, str]
    length: int
    body: bytes


class FaultServer:
    """Gives each action its answers in turn; the last one for ever. Keeps what was asked."""

    def __init__(self) -> None:
        self.script: dict[str, list[Answer]] = {}
        self.seen: list[Seen] = []
        self.ended = threading.Event()
        self.url = ""

    def on(self, action: str, *answers: Answer) -> None:
        """Scripts an action."""
        self.script[action] = list(answers)

    def times(self, action: str) -> int:
        """How often an action was asked for."""
        return sum(seen.action == action for seen in self.seen)


@contextmanager
def serving() -> Iterator[FaultServer]:
    """A running FaultServer."""
    faults = FaultServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            action = self.path.rpartition("/")[2]
            script = faults.script[action]
            answer = script.pop(0) if len(script) > 1 else script[0]
            length = int(self.headers.get("Content-Length", 0))
            seen = Seen(action, dict(self.headers.items()), length, b"")
            faults.seen.append(seen)
            if answer.cut == "stall":
                faults.ended.wait(0.6)
            if answer.cut == "before":
                self.rfile.read(min(length, 100))
                self.reset()
                return
            if answer.cut == "early":
                self.answer(answer)
                self.close_connection = True
            left = length
            while left:
                block = self.rfile.read(min(BLOCK, left))
                if not block:
                    break
                left -= len(block)
                if len(seen.body) < 4096:
                    seen.body += block
            if answer.cut != "early":
                self.answer(answer)

        def answer(self, answer: Answer) -> None:
            if answer.cut == "silence":
                faults.ended.wait(30)
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            data = text.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(data)))
            for name, value in answer.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if answer.cut == "answer":
                self.wfile.write(data[: len(data) // 2])
                self.close_connection = True
            else:
                self.wfile.write(data)

        def reset(self) -> None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    faults.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield faults
    finally:
        faults.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
