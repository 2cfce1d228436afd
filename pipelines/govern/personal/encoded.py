"""Cells that are text written in another way: base64 or hexadecimal digits (RFC 4648)."""

from __future__ import annotations

import base64
import binascii
import re

ROUGH, LONGEST = r"^\s*(?:\d{0,15}[A-Za-z+/_\-][A-Za-z0-9+/_\-]{15,}={0,2}|[0-9A-Fa-f]{26,})\s*$", 4096
"""What every such cell matches, as polars' regular expression; and the characters of the longest."""
_HEX = re.compile(r"(?:0[xX])?((?:[0-9A-Fa-f]{2})+)")


def decoded(text: str) -> str | None:
    """The text that a cell is in another writing; None where it is none that anybody can read."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    try:
        if digits := _HEX.fullmatch(text):
            raw = bytes.fromhex(digits[1])
        else:
            raw = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_")
        said = raw.decode("utf-8")
    except (ValueError, binascii.Error):
        return None
    return said if said.replace("\n", " ").isprintable() else None
