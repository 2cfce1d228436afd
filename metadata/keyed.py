"""Digests under the agency's own key: who lacks the key can neither recompute one nor try values against it.

A national ID has thirteen digits, so a plain hash of it is undone by hashing all of them. Under a key it is not
(RFC 2104). The key is in the environment only: it is never written, logged or told.
"""

from __future__ import annotations

import hmac
import os

from metadata.errors import SetupError

VARIABLE = "SAPHAN_KEY"
LEAST = 16
"""Bytes. `openssl rand -hex 32`, which the refusal advises, gives the 32 that RFC 2104 §3 recommends."""


def digest(text: str, purpose: str) -> str:
    """HMAC-SHA256 of `text` under the key in SAPHAN_KEY: 64 hex digits.

    The same text has the same digest wherever key and `purpose` are the same, and unrelated ones where the
    purposes differ (each has a key of its own, derived from the agency's), so that what is published for one
    purpose cannot be joined with what is kept for another.
    Raises SetupError `secret-key-missing`, `secret-key-short`.
    """
    own = hmac.digest(_key(), b"saphan:" + purpose.encode(), "sha256")
    return hmac.digest(own, text.encode("utf-8", "surrogatepass"), "sha256").hex()


def ready() -> None:
    """Nothing where there is a key that can be used; raises as `digest` does where there is none."""
    _key()


def _key() -> bytes:
    key = os.environ.get(VARIABLE, "").strip().encode("utf-8", "surrogateescape")
    if not key:
        raise SetupError("secret-key-missing", variable=VARIABLE)
    if len(key) < LEAST:
        raise SetupError("secret-key-short", variable=VARIABLE, least=LEAST)
    return key
