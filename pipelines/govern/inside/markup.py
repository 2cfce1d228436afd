"""XML inside office files: every text a person wrote somewhere, paragraph by paragraph, and telling attributes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

UNITS = frozenset(("p", "si", "comment", "threadedComment", "definedName", "annotation", "note", "hyperlink"))
"""Elements whose text is one: letters are cut into runs wherever a format changes."""
BREAKS = frozenset(("p", "br", "tab", "line-break", "cr", "s"))
TELLING = frozenset(
    (
        "name", "title", "descr", "displayName", "userId", "val", "v", "prompt", "promptTitle", "error",
        "errorTitle", "author", "comment", "Target", "connection", "command", "tooltip", "display",
        "userName", "alt", "caption", "uniqueName", "value", "href", "formula", "initials",
    )
)  # fmt: skip
"""Attributes that hold what a person wrote; the others hold measures, identifiers and colours."""


class Found(NamedTuple):
    """A text, the element that holds it, that element's attributes, and which attribute it is; local names all."""

    element: str
    text: str
    attributes: dict[str, str]
    attribute: str | None = None


def texts(xml: bytes) -> Iterator[Found]:
    """Every text of an XML document. Raises ValueError where it is none, or has a document type."""
    plain = xml.decode("utf-16", "replace").encode() if xml.startswith((b"\xff\xfe", b"\xfe\xff")) else xml
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise ValueError("document type in a part")  # entities could grow or reach out: no office file has one
    try:
        yield from _texts(xml)
    except ElementTree.ParseError as broken:
        raise ValueError(str(broken)) from broken


def _texts(xml: bytes) -> Iterator[Found]:
    inside = 0
    above: list[ElementTree.Element] = []
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):  # noqa: S314 - see `texts`
        name = local(element.tag)
        if event == "start":
            inside += bool(inside or name in UNITS)
            above.append(element)
            continue
        above.pop()
        own = {local(key): value for key, value in element.items()}
        for key, value in own.items():
            if key in TELLING and value.strip():
                yield Found(name, value, own, key)
        inside -= bool(inside)
        text = "" if inside else "".join(_pieces(element)) if name in UNITS else element.text or ""
        if text.strip():
            yield Found(name, text, own)
        if above and not inside:
            del above[-1][:]


def units(xml: bytes, name: str) -> Iterator[str]:
    """The text of every element of a name, also where there is none. The document is known to be sound."""
    for _, element in ElementTree.iterparse(io.BytesIO(xml)):  # noqa: S314 - the reader proved it
        if local(element.tag) == name:
            yield "".join(_pieces(element)).strip()
            element.clear()


def _pieces(element: ElementTree.Element) -> Iterator[str]:
    """The text below an element; a nested paragraph, a line break and a tab part words."""
    yield element.text or ""
    for child in element:
        if local(child.tag) in BREAKS:
            yield " "
        yield from _pieces(child)
        yield child.tail or ""


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]
