"""Running the application: the port is taken before anything is said, and Ctrl-C ends it gracefully."""

from __future__ import annotations

import gc
import logging
import os
import socket
import traceback
from typing import TYPE_CHECKING

from metadata.errors import SetupError

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

TURNS = (20_000, 20, 50)
"""Allocations between the collector's turns: a page makes thousands, and nearly all are gone when it is sent."""
PATIENCE = 5
"""Seconds that requests under way are given to finish."""


def serve(app: Starlette, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serves until Ctrl-C or SIGTERM. Raises SetupError `serve-port` where the port cannot be had."""
    import uvicorn

    logging.getLogger("uvicorn.error").addFilter(discreet)
    taken = listening(host, port)
    settled()
    with taken:
        try:
            uvicorn.Server(configured(app)).run(sockets=[taken])
        except KeyboardInterrupt:
            return  # uvicorn raises it again once every request has ended


def settled() -> None:
    """What is in memory as serving begins stays there: the collector of cycles need not look at it at every turn.

    Else it stops the server for a tenth of a second each time, and finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*TURNS)


def configured(app: Starlette, log_level: str = "warning") -> uvicorn.Config:
    """How uvicorn runs the application."""
    import uvicorn

    from catalog.web.protocol import Protocol

    return uvicorn.Config(
        app,
        http=Protocol,
        lifespan="off",
        log_level=log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )


def discreet(record: logging.LogRecord) -> bool:
    """A filter of the server's log: an unforeseen error by type and lines; its text could quote what was sent."""
    if record.exc_info and (error := record.exc_info[1]) is not None:
        lines = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        record.msg = "\n".join(["%s, raised at", *("  %s" for _ in lines)])
        record.args = (type(error).__name__, *lines)
        record.exc_info = record.exc_text = None
    return True


def listening(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free. Raises SetupError `serve-port`."""
    # The protocol is named because asyncio switches Nagle's algorithm off only then: each answer would wait 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(128)
    except (OSError, OverflowError) as error:
        taken.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise SetupError("serve-port", host=host, port=port, reason=reason) from error
    return taken
