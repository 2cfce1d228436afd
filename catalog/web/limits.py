"""How often anyone may ask: buckets that fill again, generous to a harvester, tight for guesses of passwords."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST = 20_000
"""Callers that are remembered; the one that has been quiet for longest is forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`often` a second in the long run, `burst` at once."""

    often: float
    burst: float


@dataclass(slots=True)
class Buckets:
    """One bucket a caller: each request takes a drop, and `rate.often` drops a second come back."""

    rate: Rate
    _held: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, caller: str, now: float | None = None) -> float:
        """Takes a drop, and gives 0; or the seconds until there is one."""
        moment = time.monotonic() if now is None else now
        with self._lock:
            drops, at = self._held.pop(caller, (self.rate.burst, moment))
            drops = min(self.rate.burst, drops + (moment - at) * self.rate.often)
            short = 1.0 - drops
            self._held[caller] = (drops if short > 0 else drops - 1.0, moment)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return max(0.0, short / self.rate.often)

    def forget(self, caller: str) -> None:
        """Fills a caller's bucket."""
        with self._lock:
            self._held.pop(caller, None)


READS = Rate(often=50, burst=1000)
"""A harvester asks page by page, some ten times a second: it never meets this."""
WRITES = Rate(often=20, burst=500)
GUESSES = Rate(often=1 / 30, burst=10)
"""Of one name, and of one address: ten at once, then one in half a minute."""


class Limits:
    """What every caller has left. Each process counts for itself."""

    def __init__(self, reads: Rate = READS, writes: Rate = WRITES) -> None:
        self.reads, self.writes = Buckets(reads), Buckets(writes)

    def wait(self, scope: Scope) -> float:
        """Counts a request, and gives 0; or the seconds until its caller may ask again."""
        if scope["path"].startswith("/static/"):
            return 0.0
        return self.wait_of(address_of(scope), writes=scope["method"] not in ("GET", "HEAD", "OPTIONS"))

    def wait_of(self, address: str, *, writes: bool = False) -> float:
        """The same for a request from an address."""
        return 0.0 if _near(address) else (self.writes if writes else self.reads).wait(_counted(address))


class Limited:
    """Middleware. Refuses who asks too often (429)."""

    def __init__(self, inner: ASGIApp, limits: Limits) -> None:
        self.inner, self.limits = inner, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self.limits.wait(scope) if scope["type"] == "http" else 0.0
        if not wait:
            await self.inner(scope, receive, send)
            return
        error = {"__type": "Too Many Requests", "message": "Too many requests"}
        body = orjson.dumps({"success": False, "error": error})
        headers = [
            (b"content-type", b"application/json;charset=utf-8"),
            (b"retry-after", str(math.ceil(wait)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def address_of(scope: Scope) -> str:
    """Where a request comes from. A proxy on this machine says for whom it asks (X-Forwarded-For)."""
    return str((scope.get("client") or ("",))[0])


@lru_cache(maxsize=1024)
def _near(address: str) -> bool:
    """Whether the caller is a program of this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def caller_of(scope: Scope) -> str:
    """Who is counted: the address; of IPv6 the network, which one caller has whole. Keys count for nothing: anyone
    can make up as many as they like.
    """
    return _counted(address_of(scope))


@lru_cache(maxsize=1024)
def _counted(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
