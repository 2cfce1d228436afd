"""A polite and suspicious reader of other people's servers: one connection, a pause, public addresses only.

What a server sends decides where we go next (redirects, next pages), so every address is looked at when the
connection is made, after its name was resolved: neither a redirect nor a name that points inwards reaches the
agency's own network.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3 import connection as plain
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.util import connection as sockets

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
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: Address) -> bool:
    """Whether an address is one of the Internet's, also where an IPv6 address holds one of IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


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
    reached though their address is not public. No proxy is used: it would do the looking-up in our place.
    """

    delay: float = 1.0
    allowed: Collection[str] = ()
    sleep: Callable[[float], None] = time.sleep
    sent: int = 0
    """How many were sent."""
    _last: float = 0.0
    _session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self._session.trust_env = False
        self._session.headers["User-Agent"] = f"saphan/{__version__} (harvester)"
        adapter = _Adapter(frozenset(one.lower() for one in self.allowed))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

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
        try:
            with self._session.get(
                url, headers={"Accept": accept}, stream=True, timeout=PATIENCE, allow_redirects=False
            ) as answer:
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


class _Adapter(HTTPAdapter):
    """Opens connections to public addresses alone."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        super().__init__(pool_connections=4, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self._allowed)


def _pools(allowed: frozenset[str]) -> dict[str, Any]:
    class Plain(plain.HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, allowed)

    class Encrypted(plain.HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, allowed)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


def _connected(to: plain.HTTPConnection, allowed: frozenset[str]) -> socket.socket:
    """A connection to the very address that was looked at. Raises SetupError `harvest-address`."""
    host, port = to._dns_host, to.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error if isinstance(error, socket.gaierror) else socket.gaierror()
        raise NameResolutionError(host, to, reason) from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    named = host.strip("[]").lower()
    if named not in allowed and f"{named}:{port}" not in allowed:
        for address in addresses:
            if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise SetupError("harvest-address", host=host)
    last: OSError = OSError("no address")
    for address in addresses:
        try:
            return sockets.create_connection((address, port), to.timeout, to.source_address, to.socket_options)
        except OSError as error:
            last = error
    if isinstance(last, TimeoutError):
        raise requests.exceptions.ConnectTimeout(last)
    raise NewConnectionError(to, f"cannot connect: {last.strerror or type(last).__name__}") from last
