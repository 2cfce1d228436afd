"""Letters of other people's texts that a page leaves out: those that would show the text, or its neighbours, as
what they are not (Unicode Technical Standard 55, §3)."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

MARKS = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
)
"""Marks above and below a letter, Thai's among them; a Thai letter bears three at most."""
TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""What turns the direction of writing: neither Thai nor English needs it."""
CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
"""What is no text in HTML."""
LONGEST = 20_000
"""Letters of one text that a page shows; a dataset's JSON has all of them."""
UNWANTED = re.compile(f"[{TURNING}{CONTROLS}]|(?<=[{MARKS}]{{4}})[{MARKS}]+")


def straight(text: str) -> str:
    """A text without those letters."""
    return UNWANTED.sub("", text)


def shown(value: Any) -> Any:
    """What a template shows of a value: of a text the letters that do no harm, to a length; markup is ours."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return straight(value if len(value) <= LONGEST else f"{value[:LONGEST]}…")
