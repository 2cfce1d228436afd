"""Which encoding bytes are in: byte order mark, UTF-8, UTF-16, or the Thai byte model (cp874, TIS-620)."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from metadata.errors import SourceError
from metadata.finding import Place

THAI = frozenset({*range(0xA1, 0xDB), *range(0xDF, 0xFC)})
CONSONANTS = frozenset(range(0xA1, 0xCF))
CP874_ONLY = frozenset({0x80, 0x85, *range(0x91, 0x98), 0xA0})
"""What Windows adds to TIS-620: euro, ellipsis, quotes, dashes, no-break space."""
_THAI_NAMES = (
    "windows-874",
    "windows874",
    "ms874",
    "x-windows-874",
    "tis-620",
    "tis620",
    "iso-8859-11",
    "iso8859-11",
)
ALIASES = {**dict.fromkeys(_THAI_NAMES, "cp874"), **dict.fromkeys(("utf8", "utf-8-bom"), "utf-8")}
"""TIS-620 and ISO 8859-11 are read as cp874, which holds them both: files that say so hold Windows' characters."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes, encoding: str | None, at: Place) -> tuple[str, str]:
    """The whole text, strictly decoded, and the encoding's name.

    Raises SourceError `read-encoding` (byte offset and record where decoding fails), `read-encoding-unknown`.
    """
    name = named(encoding, data, at) if encoding else guessed(data)
    try:
        return data.decode(name or "utf-8"), name or "utf-8"
    except UnicodeDecodeError as failed:
        raise SourceError(
            "read-encoding",
            at,
            encoding=encoding or name or "UTF-8, UTF-16, cp874",
            offset=failed.start,
            record=data.count(b"\n", 0, failed.start) + 1,
        ) from failed


def guessed(data: bytes) -> str | None:
    """The encoding's name; None where it is none that we can tell. Only a whole decoding proves it."""
    evident = marked(data)
    if evident:
        return evident
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp874" if thai([*[0] * 0x80, *(data.count(byte) for byte in range(0x80, 0x100))]) else None
    return "utf-8"


def marked(data: bytes) -> str | None:
    """The encoding that the first bytes give away: a byte order mark, or UTF-16's zeros."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    return _wide(data[:8192])


def named(encoding: str, data: bytes, at: Place) -> str:
    """Python's name for an encoding as people write it. Raises SourceError `read-encoding-unknown`."""
    plain = encoding.strip().lower().replace("_", "-")
    name = ALIASES.get(plain, plain)
    try:
        "".encode(name)
        name = ALIASES.get(codecs.lookup(name).name, name)
    except (LookupError, UnicodeError) as unknown:
        raise SourceError("read-encoding-unknown", at, encoding=encoding) from unknown
    return "utf-8-sig" if name == "utf-8" and data.startswith(codecs.BOM_UTF8) else name


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark: every other byte is 00 or 0E (Thai), and there are 00s for its separators."""
    half = len(sample) // 2
    if half < 4 or b"\x00" not in sample:
        return None
    for name, start in (("utf-16-le", 1), ("utf-16-be", 0)):
        high = sample[start : half * 2 : 2]
        low = sample[1 - start : half * 2 : 2]
        evident = high.count(0) + high.count(0x0E)
        if evident >= 0.95 * len(high) and high.count(0) >= 0.02 * len(high) and low.count(0) < 0.02 * len(low):
            return name
    return None


def thai(counts: Sequence[int]) -> bool:
    """At least 95 % of the high bytes are Thai, 40 % consonants (French has 6 %), and none is a control code.

    `counts`: for each of the 256 bytes, how many there are.
    """
    high = sum(counts[0x80:])
    if not high or any(counts[byte] for byte in range(0x80, 0xA0) if byte not in CP874_ONLY):
        return False
    letters = sum(counts[byte] for byte in THAI)
    consonants = sum(counts[byte] for byte in CONSONANTS)
    return letters + sum(counts[byte] for byte in CP874_ONLY) >= 0.95 * high and consonants >= 0.4 * high
