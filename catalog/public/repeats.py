"""Whether somebody has said the same today, known without keeping who it was.

A keyed hash of address and browser, by a key that is drawn anew each day and stands in memory only, like the
hashes: when the day is over, or the server stops, nobody can tell any more. People behind one address with one
kind of browser count as one; each process of a server remembers for itself.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from secrets import token_bytes
from threading import Lock

from metadata import clock

MOST = 50_000
"""Hashes of one day, at most: those of longest ago go first."""


@dataclass(slots=True)
class Repeats:
    """What was said today."""

    _day: str = ""
    _key: bytes = b""
    _said: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def is_new(self, address: str, agent: str, what: str) -> bool:
        """Whether it is the first time today, which it then no longer is."""
        today = clock.today().isoformat()
        with self._lock:
            if today != self._day:
                self._day, self._key = today, token_bytes(32)
                self._said.clear()
            told = "\0".join((address, agent, what)).encode("utf-8", "surrogatepass")
            digest = hmac.digest(self._key, told, hashlib.sha256)[:16]
            if digest in self._said:
                return False
            self._said[digest] = None
            while len(self._said) > MOST:
                self._said.popitem(last=False)
            return True
