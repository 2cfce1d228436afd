"""What keeps a harvester out of the agency's own network.

What a server sends decides where we go next (redirects, next pages), so every address is looked at when the
connection is made, after its name was resolved: neither a redirect nor a name that points inwards leads inside. A
proxy resolves names in our place: before it is asked, names and addresses are judged as far as can be told here.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import connection as plain
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util import connection as sockets

from metadata.errors import SetupError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_OWN = re.compile(r"(.+\.)?(localhost|local|internal|intranet|lan|corp|home|private|home\.arpa|test)")
"""Names that no public server has (RFC 6761, 6762, 8375, ICANN's .internal, and what networks use by habit)."""
_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
"""A host whose last part is a number is an address in one of its spellings (WHATWG URL, "ends in a number")."""
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


class Guard(HTTPAdapter):
    """Opens connections to public addresses alone, and to `allowed` (`host`, `host:port`, small letters)."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self._judged: dict[str, bool] = {}
        super().__init__(pool_connections=4, pool_maxsize=1)

    def check(self, url: str) -> None:
        """Looks at a URL before a proxy is asked for it. Raises SetupError `harvest-address`.

        What is written as an address, or as a name of the own network, is judged as it stands; any other name by
        what it is here, where it is known here.
        """
        parts = urlsplit(url)
        host = unicodedata.normalize("NFKC", parts.hostname or "").lower().rstrip(".")
        if _is_allowed(host, parts.port, self._allowed):
            return
        if host not in self._judged:
            self._judged[host] = _is_outside(host)
        if not self._judged[host]:
            raise SetupError("harvest-address", host=host)

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
    addresses = _addresses(found)
    if not _is_allowed(host.strip("[]"), port, allowed) and not all(map(_is_public_text, addresses)):
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


def _addresses(found: list[Any]) -> list[str]:
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _is_public_text(address: str) -> bool:
    return is_public(ipaddress.ip_address(address.partition("%")[0]))


def _is_allowed(host: str, port: int | None, allowed: frozenset[str]) -> bool:
    return host.lower() in allowed or f"{host.lower()}:{port}" in allowed


def _is_outside(host: str) -> bool:
    """Whether a host is none of the own network, by its name, and by its addresses where they are known here."""
    try:
        if ":" in host:
            return _is_public_text(host)
        if _NUMBER.fullmatch(host):
            return is_public(ipaddress.IPv4Address(socket.inet_aton(host)))
    except (OSError, ValueError):
        return False
    if "." not in host or _OWN.fullmatch(host):
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True  # behind many a proxy no name of outside is known
    return all(map(_is_public_text, _addresses(found)))
