"""Steps for any text: white space, words that mean nothing, digits, broken Thai, chosen replacements."""

from __future__ import annotations

import re

from pipelines import thai
from pipelines.steps.declare import value_step


@value_step
def trim(text: str, *, inner: bool = False) -> str:
    """Removes white space at both ends, and characters that cannot be seen.

    No-break and other typographic spaces count as white space. `inner` makes one space of every run inside.

    Example: - trim: {inner: true}
    """
    text = thai.INVISIBLE.sub("", text).strip()
    return re.sub(r"\s+", " ", text) if inner else text


@value_step
def thai_digits(text: str) -> str:
    """Writes Thai digits as Arabic digits.

    Example: - thai-digits: {columns: [budget]}
    """
    return thai.digits(text)
