"""A polite and suspicious reader of other people's servers: one connection, a pause, public addresses only."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
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
BRIEF = (10.0, 30.0)
"""As PATIENCE, where a file is only looked at."""
LOOK = 60.0
"""Seconds in which its first bytes must have come in."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """How a server answers for an address, whatever its status. `headers` by name in small letters.

    `head` are the first bytes of what it would send, `whole` says that there are no more.
    """

    status: int
    headers: Mapping[str, str]
    head: bytes = b""
    whole: bool = False


@dataclass(kw_only=True)
class Client:
    """Reads what others serve. A context manager.

    `delay` is the pause between two requests to a host in seconds; `allowed` are hosts (`host` or `host:port`)
    that may be reached though their address is not public; `purpose` tells a server who asks. HTTP_PROXY,
    HTTPS_PROXY, ALL_PROXY and NO_PROXY hold as elsewhere.
    """

    delay: float = 1.0
    allowed: Collection[str] = ()
    sleep: Callable[[float], None] = time.sleep
    purpose: str = "harvester"
    sent: int = 0
    """How many were sent."""
    _last: dict[str, float] = field(default_factory=dict)
    _session: requests.Session = field(default_factory=requests.Session)
    _guard: Guard = field(init=False)

    def __post_init__(self) -> None:
        self._session.trust_env = False
        self._session.headers["User-Agent"] = f"saphan/{__version__} ({self.purpose})"
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
        return self._repeated(lambda: self._followed(url, accept))

    def post(self, url: str, body: Any) -> Answer:
        """The answer, with status 200, to JSON that asks and changes nothing, so that it may be repeated.

        Raises as `get` does, and NotCkan `portal-redirected`.
        """
        headers = {"Accept": "application/json", "Content-Type": "application/json"}

        def once() -> Answer:
            found = self._once("POST", url, headers, orjson.dumps(body))
            if not isinstance(found, Answer):
                answers.raise_redirected(302, urljoin(url, found), action="POST", portal=url)
            return found

        return self._repeated(once)

    def glance(self, url: str, *, first: int | None = None) -> Glance:
        """How an address answers to HEAD; or its `first` bytes, and no more of them than that.

        A server that asks to wait (429, 503) is waited for. Raises SetupError `portal-url`, `harvest-address`;
        Unreachable, and Refused `harvest-endless`.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                found = self._glanced(url, first)
            except Unreachable as error:
                if error.kind != "portal-cut-off" or attempt > 1:
                    raise
                continue
            wait = answers.seconds(found.headers.get("retry-after", ""))
            asked = found.status == 429 or (found.status == 503 and wait is not None)
            wait = min(2.0**attempt, LONGEST_WAIT) if wait is None else wait
            if not asked or attempt == ATTEMPTS or wait > LONGEST_WAIT:
                return found
            self.sleep(wait)
        raise AssertionError("the last attempt ends with an answer or an error")

    def _repeated(self, ask: Callable[[], Answer]) -> Answer:
        """Asks again after what passes."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return ask()
            except PortalError as error:
                wait = error.values.get("wait")
                passing = error.values.get("status") in (429, 502, 503, 504) or error.kind in _PASSING
                if attempt == ATTEMPTS or not passing or (wait or 0) > LONGEST_WAIT:
                    raise
                self.sleep(wait if wait is not None else min(2.0**attempt, LONGEST_WAIT))
        raise AssertionError("the last attempt ends with an answer or an error")

    def _followed(self, url: str, accept: str) -> Answer:
        for _hop in range(REDIRECTS + 1):
            found = self._once("GET", url, {"Accept": accept})
            if isinstance(found, Answer):
                return found
            url = urljoin(url, found)
        raise Refused("harvest-endless", url=shown(url), count=REDIRECTS)

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer | str:
        """The answer, or where it redirects to."""
        began = time.monotonic()
        with self._sent(method, url, headers, PATIENCE, body) as answer:
            if answer.is_redirect:
                return answer.headers["Location"]
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if answer.status_code != 200:
                facts: dict[str, Any] = {"action": method, "portal": shown(url)}
                page = answer.raw.read(20_000, decode_content=True).decode("utf-8", "replace")
                wait = answers.seconds(answer.headers.get("Retry-After", ""))
                if answer.status_code == 404:
                    raise Refused("portal-not-found", **facts, status=404)
                answers.raise_for_page(answer.status_code, kind, page, keyed=False, wait=wait, **facts)
            return Answer(url=url, kind=kind, body=_read(answer, url, began))

    def _glanced(self, url: str, first: int | None) -> Glance:
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if first is not None:
            headers["Range"] = f"bytes=0-{first - 1}"
        for _hop in range(REDIRECTS + 1):
            began = time.monotonic()
            with self._sent("HEAD" if first is None else "GET", url, headers, BRIEF) as answer:
                if not answer.is_redirect:
                    told = {name.lower(): value for name, value in answer.headers.items()}
                    head, whole = _first(answer, first, began) if first is not None else (b"", False)
                    return Glance(status=answer.status_code, headers=told, head=head, whole=whole)
                url = urljoin(url, answer.headers["Location"])
        raise Refused("harvest-endless", url=shown(url), count=REDIRECTS)

    @contextmanager
    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], patience: Any, body: bytes | None = None
    ) -> Iterator[requests.Response]:
        """An answer whose body is still to be read. What the network raises meanwhile is one of our errors."""
        checked(url)
        host = (urlsplit(url).hostname or "").lower()
        self._pause(host)
        began = time.monotonic()
        proxies = get_environ_proxies(url)
        if select_proxy(url, proxies):
            self._guard.check(url)
        ask: dict[str, Any] = {"headers": headers, "timeout": patience, "proxies": proxies, "data": body}
        try:
            with self._session.request(method, url, stream=True, allow_redirects=False, **ask) as answer:
                yield answer
        except (requests.RequestException, HTTPError) as error:
            facts: dict[str, Any] = {"action": method, "portal": shown(url), "seconds": time.monotonic() - began}
            answers.raise_unreachable(error, **facts, writing=False)
        finally:
            self._last[host] = time.monotonic()

    def _pause(self, host: str) -> None:
        self.sent += 1
        if host in self._last:
            left = self._last[host] + self.delay - time.monotonic()
            if left > 0:
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


def _first(answer: requests.Response, most: int, began: float) -> tuple[bytes, bool]:
    """The first bytes, as far as they come in time; and whether they are all. Raises Unreachable."""
    found = b""
    while len(found) < most:
        block = answer.raw.read1(most - len(found), decode_content=True)
        if not block:
            return found, True
        found += block
        if time.monotonic() - began > LOOK:
            break
    return found, False
