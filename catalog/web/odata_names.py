"""Names and types of DataStore columns in OData: any name becomes an identifier, and comes back."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

LONGEST = 128
"""Characters of an identifier (OData CSDL 4.01, §15.2)."""
ESCAPE = re.compile(r"_x([0-9A-F]{4,6})_")
FIRST = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"}
LATER = FIRST | {"Nd", "Mn", "Mc", "Pc", "Cf"}
"""Unicode's categories of the letters that an identifier begins with, and goes on with: Thai marks among them."""
EDM = {
    "int2": "Edm.Int16", "int4": "Edm.Int32", "int8": "Edm.Int64", "numeric": "Edm.Decimal",
    "float4": "Edm.Double", "float8": "Edm.Double", "bool": "Edm.Boolean", "date": "Edm.Date",
    "time": "Edm.TimeOfDay",
    "timestamp": "Edm.DateTimeOffset", "timestamptz": "Edm.DateTimeOffset",
}  # fmt: skip
"""DataStore type → OData's; others are text. A moment without a zone is told as if it were UTC, so that what is
shown, without its zone, is what was written."""


def identifier(name: str) -> str:
    """A column's name as an identifier: what may not stand in one is `_xHHHH_`, as in SQL/XML (ISO 9075-14)."""
    made = []
    for place, letter in enumerate(name):
        allowed = letter == "_" or unicodedata.category(letter) in (LATER if place else FIRST)
        if allowed and not (letter == "_" and ESCAPE.match(name, place)):
            made.append(letter)
        else:
            made.append(f"_x{ord(letter):04X}_")
    text = "".join(made)
    if len(text) <= LONGEST:
        return text
    return f"{text[:100]}_{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"


def original(text: str) -> str:
    """The name that an identifier of at most 128 characters was made of."""
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Identifier → name, of a table's columns."""
    return {identifier(name): name for name in names}
