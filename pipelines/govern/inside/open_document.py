"""OpenDocument (ODS, ODT, ODP): notes, headers, properties, drawings, what is hidden, what was changed.

ODF 1.3 part 3. Everything stands in four XML members; the cells of a spreadsheet are calamine's.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from metadata.finding import Finding, Place
from pipelines.govern.inside import markup
from pipelines.govern.inside.part import Part, Text, unseen, within

AUTHORS = frozenset(("creator", "initial-creator", "printed-by", "sender-firstname", "sender-lastname"))
PICTURES = re.compile(r"(Pictures|media)/.+", re.IGNORECASE)
ACTIVE: tuple[tuple[str, str], ...] = (
    (r"(Basic|Scripts)/.+\.(xml|xba|py|js|bsh)", "macro"),
    (r"Object \d+(/.*)?|ObjectReplacements/.+", "embedded"),
)
ROWS = 1 << 20
"""Rows that a sheet may have: a file may claim to repeat one for ever."""


def spreadsheet(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], at: Place
) -> Generator[Part, None, dict[str, Any]]:
    """What stands beside the cells; returns what is hidden in each sheet."""
    found = yield from _content(archive.read(members["content.xml"]), at)
    yield from _rest(archive, members, at)
    return found


def text(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], at: Place) -> Iterator[Part]:
    """Everything that a text or a presentation holds."""
    for found in markup.texts(archive.read(members["content.xml"])):
        yield Text(part="author" if found.element in AUTHORS else "text", text=found.text, at=at)
    yield from _rest(archive, members, at)


def _rest(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], at: Place) -> Iterator[Part]:
    for name, part in (("meta.xml", "property"), ("styles.xml", "header-footer")):
        if name not in members:
            continue
        for found in markup.texts(archive.read(members[name])):
            if part == "header-footer" and found.element not in ("p", "h"):
                continue  # names of styles
            yield Text(part="author" if found.element in AUTHORS else part, text=found.text, at=at)
    pictures = sum(bool(PICTURES.fullmatch(name)) for name in members)
    if pictures:
        yield unseen("picture", at, "no-text", pictures)
    for pattern, what in ACTIVE:
        count = sum(bool(re.fullmatch(pattern, name)) for name in members)
        if count:
            yield Finding(
                rule="active-content", severity="warning", at=at, values={"active": what, "count": count}
            )


def _content(xml: bytes, at: Place) -> Generator[Part, None, dict[str, Any]]:
    """Walks the sheets: notes and drawings by their cell, what is hidden, validations, tracked changes."""
    from pipelines.govern.inside.workbook import Sheet

    hidden: dict[str, Any] = {}
    rows: set[int] = set()
    columns: set[int] = set()
    veiled: set[str] = set()
    place, row, column, shown = at, 0, 0, ""
    links = 0
    path: list[ElementTree.Element] = []
    for event, element in ElementTree.iterparse(io.BytesIO(_plain(xml)), ("start", "end")):  # noqa: S314 - _plain
        name = markup.local(element.tag)
        own = {markup.local(key): value for key, value in element.items()}
        if event == "start":
            path.append(element)
            if name == "table" and own.get("name"):
                place, row, column, shown = within(at, own["name"]), 0, 0, own.get("style-name", "")
                rows, columns = set(), set()
            elif name == "table-row":
                column = 0
            continue
        path.pop()
        tags = [markup.local(one.tag) for one in path]
        if name == "table-properties" and own.get("display") == "false" and path:
            veiled.update(value for key, value in path[-1].items() if markup.local(key) == "name")
        elif name == "table-column":
            many = min(int(own.get("number-columns-repeated", "1")), 1 << 14)
            if own.get("visibility") in ("collapse", "filter") and many < 1 << 13:
                columns.update(range(column, column + many))
            column += many
        elif name == "table-row":
            many = min(int(own.get("number-rows-repeated", "1")), ROWS)
            if own.get("visibility") in ("collapse", "filter") and many < ROWS >> 1:
                rows.update(range(row + 1, row + 1 + many))
            row += many
        elif name in ("table-cell", "covered-table-cell"):
            column += int(own.get("number-columns-repeated", "1"))
        elif name == "table" and own.get("name"):
            state = "hidden" if shown in veiled else "visible"
            hidden[own["name"]] = Sheet(own["name"], state, frozenset(rows), frozenset(columns))
            place = at
        elif name in ("dde-link", "dde-source") or (name == "table-source" and own.get("href")):
            links += 1
        yield from _said(name, element, own, tags, place, row, column)
        if name in ("table-cell", "covered-table-cell", "table-row"):
            element.clear()
    if links:
        yield Finding(rule="active-content", severity="warning", at=at, values={"active": "dde", "count": links})
    return hidden


def _said(
    name: str,
    element: ElementTree.Element,
    own: Mapping[str, str],
    tags: list[str],
    place: Place,
    row: int,
    column: int,
) -> Iterator[Text]:
    from pipelines.read.workbook import letters

    here = replace(place, source_row=row + 1, column=letters(column)) if "table-cell" in tags else place
    if name in ("p", "h") and tags and tags[-1] != "table-cell" and (whole := "".join(element.itertext()).strip()):
        part = "comment" if "annotation" in tags else "change-log" if "tracked-changes" in tags else "drawing"
        yield Text(part=part, text=whole, at=here)
    elif name == "creator" and element.text:
        yield Text(part="author", text=element.text, at=here)
    elif name == "content-validation" and own.get("condition"):
        yield Text(part="validation", text=own["condition"], at=place)
    elif name in ("named-range", "named-expression"):
        yield Text(part="defined-name", text=" ".join(own.values()), at=place)
    elif name == "a" and own.get("href"):
        yield Text(part="link", text=own["href"], at=here)
    elif name == "table-cell" and '"' in own.get("formula", ""):
        yield Text(part="formula", text=own["formula"], at=here)


def _plain(xml: bytes) -> bytes:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or b"\x00" in xml[:64]:
        raise ValueError("document type in a part")
    return xml
