"""`serve` as the command runs it: it says when the port is taken, and Ctrl-C ends it with everything closed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from catalog_ground import address, opened

from catalog.web import app, serve
from catalog.web.server import listening
from metadata.errors import SetupError

PROGRAM = """
import sys
from pathlib import Path
from catalog.portal.local import LocalPortal
from catalog.web import app, serve
with LocalPortal(database_url=sys.argv[1], files=Path(sys.argv[2])) as portal:
    serve(app(portal), "127.0.0.1", int(sys.argv[3]))
print("closed")
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_serving_ends_gracefully(tmp_path: Path, number: signal.Signals) -> None:
    port = _free_port()
    command = [sys.executable, "-W", "error", "-c", PROGRAM, address(tmp_path), str(tmp_path / "files"), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert _answers(port, process)
            os.kill(process.pid, number)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert "Traceback" not in err
    if number is signal.SIGINT:
        assert (process.returncode, out) == (0, "closed\n")
    else:
        assert process.returncode in (0, -signal.SIGTERM)


def _answers(port: int, process: subprocess.Popen[str]) -> bool:
    for _attempt in range(600):
        if process.poll() is not None:
            raise AssertionError(process.communicate()[1])
        try:
            return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).json() == {"status": "ok"}
        except requests.ConnectionError:
            time.sleep(0.05)
    return False


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError) as raised:
            serve(app(portal), "127.0.0.1", port)
    assert (raised.value.kind, raised.value.values["port"]) == ("serve-port", port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 99_999), ("256.1.1.1", 8000), ("no host", 8000)])
def test_an_address_that_cannot_be_is_said(host: str, port: int) -> None:
    with pytest.raises(SetupError) as raised:
        listening(host, port)
    assert raised.value.kind == "serve-port"
