"""Office Open XML (XLSX, DOCX, PPTX): what stands beside the cells, part by part, and active content.

ECMA-376 part 2 says that a file is a package of parts which name one another; part 1 which parts there are.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from urllib.parse import unquote
from xml.etree import ElementTree

from metadata.finding import Finding, Place
from pipelines.govern.inside import markup
from pipelines.govern.inside.part import Parts, Text, unseen, within

PARTS: tuple[tuple[str, str], ...] = (
    (r"docProps/.*", "property"),
    (r"(xl|ppt)/(threadedC|c)omments\d*(/.*)?\.xml", "comment"),
    (r"xl/comments/.*|word/comments\w*\.xml|ppt/modernComment.*", "comment"),
    (
        r"\w+/persons?/.*|word/people\.xml|\w+/commentAuthors\.xml|ppt/authors\.xml|xl/revisions/userNames\.xml",
        "author",
    ),
    (r"xl/revisions/.*", "change-log"),
    (r"xl/pivot(Cache|Tables)/.*|xl/slicer\w*/.*|xl/timeline\w*/.*", "pivot-cache"),
    (r"xl/externalLinks/.*", "external-link"),
    (r"xl/connections\.xml|xl/queryTables/.*|xl/model/.*", "connection"),
    (r"\w+/charts?\w*/.*|xl/chartsheets/.*", "chart"),
    (r"\w+/drawings?/.*|xl/ctrlProps/.*|xl/diagrams/.*", "drawing"),
    (r"xl/tables/.*", "table-name"),
    (r"word/(header|footer)\d*\.xml", "header-footer"),
    (r"word/(document|footnotes|endnotes|glossary/document)\.xml|ppt/slides/.*|ppt/notesSlides/.*", "text"),
)
"""Member of the package (as a regular expression) → what kind of part it is; any other is `other`."""
SILENT = re.compile(
    r"\[Content_Types\]\.xml|.*/(theme|fonts|printerSettings|webSettings|slideLayouts|slideMasters)/.*"
    r"|(xl|word)/(styles|stylesWithEffects|fontTable|webSettings|settings|numbering|metadata|calcChain)\.xml"
    r"|xl/(worksheets|macrosheets|dialogsheets)/[^/]*|xl/sharedStrings\.xml|xl/workbook\.xml|.*/$"
)
"""Members without a text of anyone's, and those that `workbook` reads."""
AUTHORS = frozenset(
    ("creator", "lastModifiedBy", "Manager", "author", "displayName", "userId", "userName", "initials")
)
"""Elements and attributes that name who worked on a file."""
ACTIVE: tuple[tuple[str, str], ...] = (
    (r".*vbaProject\w*\.bin", "vba"),
    (r"xl/macrosheets/.*|xl/intlmacrosheets/.*", "xlm"),
    (r".*/activeX/.*", "activex"),
    (r".*/embeddings/.*", "embedded"),
    (r"xl/externalLinks/[^/]*\.(xml|bin)", "external-link"),
    (r"xl/connections\.(xml|bin)", "connection"),
)
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_SPREADSHEET_TYPES = (".xml", ".vml")


def parts(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], at: Place) -> Parts:
    """What stands in the parts that are neither sheet nor shared text. Members are known to be of bounded size."""
    owners = sheets_of(archive, members)
    unknown: dict[str, int] = {}
    for name, entry in members.items():
        if SILENT.fullmatch(name):
            continue
        if name.endswith(".rels"):
            with suppress(ValueError):
                yield from _links(archive.read(entry), owners.get(_source_of(name)), at)
            continue
        part = next((part for pattern, part in PARTS if re.fullmatch(pattern, name)), "other")
        place = within(at, owners[name]) if name in owners else at
        if not name.lower().endswith(_SPREADSHEET_TYPES):
            kind = _opaque(name)
            unknown[kind] = unknown.get(kind, 0) + 1
            continue
        try:
            yield from _texts(archive.read(entry), part, place)
        except ValueError:
            yield unseen(part, place, "broken")
    for kind, count in sorted(unknown.items()):
        if kind:
            yield unseen(kind, at, "no-text", count)
    yield from active(archive, members, at)


def _texts(xml: bytes, part: str, at: Place) -> Iterator[Text]:
    for found in markup.texts(xml):
        author = (found.attribute or found.element) in AUTHORS
        where = _CELL.fullmatch(found.attributes.get("ref", ""))
        place = replace(at, source_row=int(where[2]), column=where[1]) if where else at
        yield Text(part="author" if author else part, text=found.text, at=place)


def _links(xml: bytes, sheet: str | None, at: Place) -> Iterator[Text]:
    """The addresses outside the package that a part names: mail, pages, files of other people's computers."""
    for found in markup.texts(xml):
        if found.attribute == "Target" and found.attributes.get("TargetMode") == "External":
            yield Text(part="link", text=unquote(found.text), at=within(at, sheet) if sheet else at)


def _source_of(relations: str) -> str:
    """The part whose relations a member holds: `xl/_rels/workbook.xml.rels` are those of `xl/workbook.xml`."""
    folder, name = posixpath.split(relations)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))


def _opaque(name: str) -> str:
    """What kind of thing a member without readable text is; empty where nothing of anyone's can be in it."""
    if re.search(r"\.(png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)$", name, re.IGNORECASE):
        return "picture"
    return "" if name.endswith((".xml", ".rels")) or re.search(r"vbaProject|/activeX/", name) else "binary"


def active(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], at: Place) -> Iterator[Finding]:
    """What runs, or reaches out, when the file is opened."""
    counts: dict[str, int] = {}
    for name, entry in members.items():
        for pattern, what in ACTIVE:
            if re.fullmatch(pattern, name, re.IGNORECASE):
                dde = what == "external-link" and b"ddeLink" in archive.read(entry)
                counts["dde" if dde else what] = counts.get("dde" if dde else what, 0) + 1
    for what, count in sorted(counts.items()):
        yield Finding(rule="active-content", severity="warning", at=at, values={"active": what, "count": count})


def sheets_of(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Which sheet a part belongs to: the sheet's own, and what it names, and what that names."""
    owners = {path: name for name, path, _ in sheets(archive, members)}
    waiting = list(owners)
    while waiting:
        path = waiting.pop()
        for target in related(archive, members, path).values():
            if target in members and target not in owners:
                owners[target] = owners[path]
                waiting.append(target)
    return owners


def sheets(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> list[tuple[str, str, str]]:
    """The workbook's sheets: name, member, state (`visible`, `hidden`, `veryHidden`). None in other packages."""
    if "xl/workbook.xml" not in members:
        return []
    targets = related(archive, members, "xl/workbook.xml")
    book = ElementTree.fromstring(archive.read(members["xl/workbook.xml"]))  # noqa: S314 - the reader proved it
    found = []
    for sheet in book.iterfind(".//{*}sheets/{*}sheet"):
        relation = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        found.append((sheet.get("name", ""), targets.get(relation, ""), sheet.get("state", "visible")))
    return found


def related(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], path: str) -> dict[str, str]:
    """The parts that a part names: relation → member."""
    folder, name = posixpath.split(path)
    entry = members.get(f"{folder}/_rels/{name}.rels")
    if entry is None:
        return {}
    data = archive.read(entry)
    if b"<!DOCTYPE" in data:
        return {}
    try:
        relations = ElementTree.fromstring(data)  # noqa: S314 - without a document type
    except ElementTree.ParseError:
        return {}
    return {
        one.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/")
        for one in relations
        if one.get("TargetMode") != "External"
    }
