"""HTTP as uvicorn speaks it; requests whose answer is kept are answered as soon as they are read."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from catalog.web.counted import note
from catalog.web.files import mapped
from catalog.web.fresh import holds
from catalog.web.kept import asked
from catalog.web.limits import address_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog.store.usage import Usage
    from catalog.web.kept import Kept
    from catalog.web.limits import Limits
    from catalog.web.quick import Quick


class Protocol(HttpToolsProtocol):
    """Of one connection. What it does not answer itself goes the usual way."""

    kept: Kept
    quick: Quick

    def __init__(self, config: Any, *arguments: Any, **more: Any) -> None:
        super().__init__(config, *arguments, **more)
        self.kept, self.quick = config.app.state.kept, config.app.state.quick
        self.limits: Limits = config.app.state.limits
        self.usage: Usage | None = config.app.state.usage
        self.proxied: ProxyHeadersMiddleware | None = None
        self.ready: list[Any] = []
        """What to write once the request at hand has been read."""

    def on_headers_complete(self) -> None:
        """A request's headers are there."""
        self.ready = self._ready()
        if not self.ready:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request is there."""
        if not self.ready:
            super().on_message_complete()
            return
        written, self.ready = self.ready, []
        for block in written:
            self.transport.write(block)
        self.on_response_complete()

    def _ready(self) -> list[Any]:
        """The kept answer to the request at hand, if it has one and the connection waits for nothing else."""
        waits = (self.cycle is not None and not self.cycle.response_complete) or self.flow.write_paused
        if waits or self.parser.get_method() != b"GET" or self.parser.get_http_version() != "1.1":
            return []
        known = asked(self.headers, self.kept.own)
        if known is None or not self.parser.should_keep_alive() or self.transport.is_closing():
            return []
        scheme, address = self._asking()
        found = None if known.anew else self.kept.find((scheme, known.host, self.url))
        found = found or self.quick.answer(scheme, known.host, self.url)
        if found is None:
            return []
        same = bool(known.tags) and holds(known.tags, found.tag)
        body = b"" if same else mapped(found.path, found.size) if found.path else found.body
        if body is None or self.limits.wait_of(address):
            return []
        if self.usage is not None and not (found.path and same):
            note(self.usage, self.url, self.headers)
        headers = [*self.server_state.default_headers, *(found.unchanged() if same else found.headers)]
        head = b"".join((STATUS_LINE[304 if same else 200], *_lines(headers), b"\r\n"))
        return [head + body] if isinstance(body, bytes) else [head, body]

    def _asking(self) -> tuple[str, str]:
        """The scheme and address of who asks: what uvicorn's middleware makes of a proxy's headers."""
        scope: Any = {"type": "http", "scheme": self.scheme, "client": self.client, "headers": self.headers}
        if any(name.startswith(b"x-forwarded-") for name, _value in self.headers):
            self.proxied = self.proxied or ProxyHeadersMiddleware(_nothing, self.config.forwarded_allow_ips)
            with suppress(StopIteration):  # it waits for nothing
                self.proxied(scope, _nothing, _nothing).send(None)  # type: ignore[arg-type]
        return scope["scheme"], address_of(scope)


async def _nothing(*_arguments: Any) -> None:
    pass


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[bytes]:
    return (b"%b: %b\r\n" % pair for pair in headers)
