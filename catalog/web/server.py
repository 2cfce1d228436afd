"""Running the application: the port is taken before anything is said, and Ctrl-C ends it gracefully."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from metadata.errors import SetupError

if TYPE_CHECKING:
    from starlette.applications import Starlette

PATIENCE = 5
"""Seconds that requests under way are given to finish."""


def serve(app: Starlette, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serves until Ctrl-C or SIGTERM. Raises SetupError `serve-port` where the port cannot be had."""
    import uvicorn

    try:
        listening = socket.create_server((host, port), family=_family(host), backlog=128)
    except OSError as error:
        raise SetupError("serve-port", host=host, port=port, reason=error.strerror or str(error)) from error
    config = uvicorn.Config(
        app, lifespan="off", log_level="warning", server_header=False, timeout_graceful_shutdown=PATIENCE
    )
    with listening:
        try:
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:
            return  # uvicorn raises it again once every request has ended


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
