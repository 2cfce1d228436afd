"""What somebody typed into a form: cleaned, and with what is missing in it. Nothing typed is ever thrown away."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = {"request": "R", "problem": "P", "personal": "D"}
"""What the public may say → what its number begins with."""
TOPICS = ("id", "name", "contact", "health", "money", "place", "picture", "other")
"""Which personal data somebody saw: chosen, never copied."""
LONGEST = {"words": 2000, "purpose": 1000, "contact": 254, "page": 500, "topic": 32}
"""Letters of each field, at most."""
FIELDS = {
    "request": ("words", "purpose", "contact"),
    "problem": ("words", "contact"),
    "personal": ("topic", "words", "contact"),
}
"""What each form asks for, in its order."""
NEEDED = {"request": ("words", "purpose"), "problem": ("words",), "personal": ("topic",)}
TRAP = "website"
"""A field that no person sees: who fills it in is a program."""
MAIL = re.compile(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+\.[^@\s<>,;:\"().]{2,}")
PAGE = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*\Z")
"""An address of this site, without its host."""
RECEIPT = re.compile(r"^(/(?:request|report))/(?!personal\b).*")
"""The address of a receipt, which nobody else is to know."""
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)
"""What controls a terminal or turns a line around, and is no letter of any language."""

Mistakes = Mapping[str, str]
"""Field → what is wrong: `missing`, `long`, `form`, `choice`, `trap`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came in by a form. `page`: of ours, that it is about or was sent from."""

    kind: str
    page: str = "/"
    topic: str = ""
    words: str = ""
    purpose: str = ""
    contact: str = ""
    mistakes: Mistakes = field(default_factory=dict, hash=False)


def clean(text: str) -> str:
    """A text without what cannot be seen, in lines that end alike. Letters stay as they were typed (NFC)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text)).strip()


def page_of(text: str | None) -> str:
    """A page of ours as somebody's address names it; the home page where that is none of ours."""
    if not text or len(text) > LONGEST["page"] or not PAGE.match(text):
        return "/"
    return RECEIPT.sub(r"\1", text)


def said(kind: str, sent: Mapping[str, str]) -> Said:
    """What a form of a kind sent, with its mistakes."""
    given = {name: clean(sent.get(name, "")) for name in FIELDS[kind]}
    mistakes = {name: "missing" for name in NEEDED[kind] if not given[name]}
    mistakes |= {name: "long" for name, text in given.items() if len(text) > LONGEST[name]}
    if given.get("topic") and given["topic"] not in TOPICS:
        mistakes["topic"] = "choice"
    if given["contact"] and "contact" not in mistakes and not MAIL.fullmatch(given["contact"]):
        mistakes["contact"] = "form"
    if sent.get(TRAP):
        mistakes[TRAP] = "trap"
    return Said(kind=kind, page=page_of(sent.get("page")), mistakes=mistakes, **given)
