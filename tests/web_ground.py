"""The web application on a free port of this machine, as browsers and programs meet it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
import uvicorn
from starlette.applications import Starlette

from catalog.login.gate import Gate
from catalog.portal.local import LocalPortal
from catalog.web import app
from catalog.web.server import configured, listening

KEY = "test-key"


@dataclass(kw_only=True)
class Web:
    """A served catalog and a client of it."""

    url: str
    portal: LocalPortal
    application: Starlette
    client: requests.Session = field(default_factory=requests.Session)

    def ask(self, path: str, method: str = "GET", *, key: str | None = None, **more: Any) -> requests.Response:
        """One request; redirects are not followed, and the client asks for no language by itself."""
        headers = {**({"Authorization": key} if key else {}), **more.pop("headers", {})}
        more.setdefault("allow_redirects", False)
        return self.client.request(method, self.url + path, headers=headers, timeout=30, **more)

    def call(self, action: str, data: Any = None, *, key: str | None = KEY, **more: Any) -> requests.Response:
        """One action by POST, as sysadmin unless told otherwise."""
        return self.ask(f"/api/3/action/{action}", "POST", key=key, json=data if data is not None else {}, **more)


@contextmanager
def served(portal: LocalPortal, gate: Gate | None = None, **more: Any) -> Iterator[Web]:
    """The portal over HTTP, until the block ends."""
    with listening("127.0.0.1", 0) as taken:
        application = app(portal, token=KEY, gate=gate, **more)
        server = uvicorn.Server(configured(application, "critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            web = Web(url=url, portal=portal, application=application)
            with web.client:
                yield web
        finally:
            server.should_exit = True
            thread.join(timeout=20)
