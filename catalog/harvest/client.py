"""A polite and suspicious reader of other people's servers: one connection, a pause, public addresses only."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

import orjson
import requests
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import HTTPError

from catalog.harvest.guard import Guard
from catalog.portal import answers
from metadata import __version__
from metadata.address import shown
from metadata.errors import NotCkan, PortalError, Refused, SetupError, Unreachable

PATIENCE = (10.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes."""
TOTAL = 300.0
"""Seconds in which an answer must have come in, whole."""
LARGEST = 64 << 20
"""Bytes of an answer, unpacked."""
REDIRECTS = 5
ATTEMPTS = 4
LONGEST_WAIT = 120.0
"""Seconds a server may ask us to wait; who asks for more is read by the next run."""
_BLOCK = 1 << 16
_PASSING = ("portal-unreachable", "portal-timeout", "portal-cut-off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `url` is where it came from in the end, `kind` its media type without parameters."""

    url: str
    kind: str
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises NotCkan `harvest-not-a-catalogue`."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise self.no_catalogue() from None

    def no_catalogue(self) -> NotCkan:
        """The error that says this is not what we can read."""
        return NotCkan("harvest-not-a-catalogue", url=shown(self.url), content=self.kind or "?")


@dataclass(kw_only=True)
class Client:
    """Reads by GET. A context manager.

    `delay` is the pause between two requests in seconds; `allowed` are hosts (`host` or `host:port`) that may be
    reached though their address is not public. HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY hold as elsewhere.
    """

    delay: float = 1.0
    allowed: Collection[str] = ()
    sleep: Callable[[float], None] = time.sleep
    sent: int = 0
    """How many were sent."""
    _last: float = 0.0
    _session: requests.Session = field(default_factory=requests.Session)
    _guard: Guard = field(init=False)

    def __post_init__(self) -> None:
        self._session.trust_env = False
        self._session.headers["User-Agent"] = f"saphan/{__version__} (harvester)"
        self._guard = Guard(frozenset(one.lower() for one in self.allowed))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._guard)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._session.close()

    def get(self, url: str, query: Mapping[str, Any] | None = None, *, accept: str = "*/*") -> Answer:
        """One answer with status 200. Repeats after broken connections, 429, 502, 503 and 504.

        Raises SetupError `portal-url`, `harvest-address`; PortalError (Unreachable, NotAllowed, Refused, NotCkan).
        """
        url = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}" if query else url
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._followed(url, accept)
            except PortalError as error:
                wait = error.values.get("wait")
                passing = error.values.get("status") in (429, 502, 503, 504) or error.kind in _PASSING
                if attempt == ATTEMPTS or not passing or (wait or 0) > LONGEST_WAIT:
                    raise
                self.sleep(wait if wait is not None else min(2.0**attempt, LONGEST_WAIT))
        raise AssertionError("the last attempt ends with an answer or an error")

    def _followed(self, url: str, accept: str) -> Answer:
        for _hop in range(REDIRECTS + 1):
            checked(url)
            found = self._once(url, accept)
            if isinstance(found, Answer):
                return found
            url = urljoin(url, found)
        raise Refused("harvest-endless", url=shown(url), count=REDIRECTS)

    def _once(self, url: str, accept: str) -> Answer | str:
        """The answer, or where it redirects to."""
        self._pause()
        began = time.monotonic()
        facts: dict[str, Any] = {"action": "GET", "portal": shown(url)}
        proxies = get_environ_proxies(url)
        if select_proxy(url, proxies):
            self._guard.check(url)
        ask: dict[str, Any] = {"headers": {"Accept": accept}, "timeout": PATIENCE, "proxies": proxies}
        try:
            with self._session.get(url, stream=True, allow_redirects=False, **ask) as answer:
                if answer.is_redirect:
                    return answer.headers["Location"]
                kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if answer.status_code != 200:
                    page = answer.raw.read(20_000, decode_content=True).decode("utf-8", "replace")
                    wait = answers.seconds(answer.headers.get("Retry-After", ""))
                    if answer.status_code == 404:
                        raise Refused("portal-not-found", **facts, status=404)
                    answers.raise_for_page(answer.status_code, kind, page, keyed=False, wait=wait, **facts)
                return Answer(url=url, kind=kind, body=_read(answer, url, began))
        except (requests.RequestException, HTTPError) as error:
            seconds = time.monotonic() - began
            answers.raise_unreachable(error, **facts, seconds=seconds, writing=False)
        finally:
            self._last = time.monotonic()

    def _pause(self) -> None:
        self.sent += 1
        left = self._last + self.delay - time.monotonic()
        if self._last and left > 0:
            self.sleep(left)


def checked(url: str) -> str:
    """A URL of http or https with a host and no log-in. Raises SetupError `portal-url`."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        _ = parts.port  # raises ValueError
    except ValueError:
        good = False
    if not good:
        raise SetupError("portal-url", url=shown(url))
    return url


def _read(answer: requests.Response, url: str, began: float) -> bytes:
    """The body, unpacked as it comes in. Raises Refused `harvest-too-big`, Unreachable `portal-timeout`."""
    parts, size = [], 0
    # read1: what has come, not what would fill a block; a server that drips must not hold us
    while block := answer.raw.read1(_BLOCK, decode_content=True):
        size += len(block)
        if size > LARGEST:
            raise Refused("harvest-too-big", url=shown(url), limit=LARGEST)
        if time.monotonic() - began > TOTAL:
            raise Unreachable("portal-timeout", portal=shown(url), action="GET", seconds=round(TOTAL))
        parts.append(block)
    return b"".join(parts)
