"""What a file really is, told from its first bytes; and whether that is the format which its record declares.

Nothing is unpacked, parsed whole or run: magic numbers, the names in a zip's local headers, the root of an XML
document, the first token of JSON, and records of equal width for delimited text.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator

from catalog.audit.formats import format_of

HEAD = 64 << 10
"""Bytes of a file that are enough; a head as long as this counts as cut off."""

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (8, b"WEBP", "webp"),
    (0, b"PAR1", "parquet"),
    (0, b"ARROW1", "arrow"),
    (0, b"Obj\x01", "avro"),
    (68, b"GPKG", "gpkg"),
    (0, b"SQLite format 3\x00", "sqlite"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (257, b"ustar", "tar"),
    (0, b"CDF\x01", "netcdf"),
    (0, b"CDF\x02", "netcdf"),
    (0, b"\x89HDF\r\n\x1a\n", "hdf5"),
    (4, b"Standard Jet DB", "mdb"),
    (4, b"Standard ACE DB", "mdb"),
    (0, b"\x00\x00\x27\x0a\x00\x00\x00\x00", "shp"),
    (4, b"ftyp", "mp4"),
    (0, b"ID3", "mp3"),
    (0, b"{\\rtf", "rtf"),
)
"""Offset, bytes there, kind. The first that fits."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = (("Workbook", "xls"), ("WordDocument", "doc"), ("PowerPoint Document", "ppt"), ("Book", "xls"))
"""The stream of a compound file that says which program's it is."""
_OPEN_DOCUMENT = {"spreadsheet": "ods", "text": "odt", "presentation": "odp", "graphics": "odg"}
_WIDE = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x19\x1c-\x1f]")
_PROLOG = (("<!--", "-->"), ("<?", "?>"), ("<!", ">"))
"""What may stand before the root of a document: how it begins and ends."""
_HTML = ("<!doctype html", "<html", "<head", "<body", "<title", "<meta", "<script")
_ROOT = re.compile(r"<([a-z_][\w.-]*:)?([a-z_][\w.-]*)")
_TRIPLE = re.compile(r"<[a-z][a-z0-9+.-]*://[^>\s]*>\s+<")
_ROOTS = {"kml": "kml", "rdf": "rdf", "rss": "rss", "feed": "atom", "svg": "svg"}
_JSON_BEGINS = re.compile(r'\{\s*["}]|\[\s*(?:[\[{"\]]|-?\d|true|false|null)')
_SHAPES = "Feature|FeatureCollection|GeometryCollection|(?:Multi)?(?:Point|LineString|Polygon)"
_GEO = re.compile(rf'"type"\s*:\s*"(?:{_SHAPES})"')
_TURTLE = re.compile(r"(?:#[^\n]*\n\s*)*(?:@prefix|@base|prefix|base)\s+\S*\s*<", re.I)
_DELIMITERS = (",", ";", "\t", "|")
_EVEN = 0.8
"""Share of records as wide as most are, from which on a text is a table."""

MEDIA = {
    "text/csv": "csv",
    "application/csv": "csv",
    "text/tab-separated-values": "tsv",
    "text/plain": "text",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/json": "json",
    "application/geo+json": "geojson",
    "application/vnd.geo+json": "geojson",
    "application/ld+json": "jsonld",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/rdf+xml": "rdf",
    "text/turtle": "ttl",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
    "application/gzip": "gzip",
    "application/vnd.ms-excel": "xls",
    "application/msexcel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.google-earth.kml+xml": "kml",
    "application/vnd.google-earth.kmz": "kmz",
    "application/gml+xml": "gml",
    "application/vnd.apache.parquet": "parquet",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/gif": "gif",
    "image/tiff": "tiff",
    "image/svg+xml": "svg",
}
"""Media type → kind."""
_IMAGES = ("png", "jpeg", "gif", "tiff", "webp", "bmp", "svg")
_TABLES = ("csv", "tsv")
_FORMATS: dict[str, tuple[str, ...]] = {
    "csv": _TABLES,
    "tsv": ("tsv",),
    "tab": ("tsv",),
    "txt": ("text", *_TABLES),
    "text": ("text", *_TABLES),
    "json": ("json", "geojson", "jsonld", "topojson"),
    "jsonl": ("ndjson",),
    "ndjson": ("ndjson",),
    "json-ld": ("jsonld",),
    "xlsm": ("xlsx",),
    "excel": ("xls", "xlsx", "xlsb"),
    "xls/xlsx": ("xls", "xlsx"),
    "doc/docx": ("doc", "docx"),
    "word": ("doc", "docx"),
    "powerpoint": ("ppt", "pptx"),
    "map": ("kml", "kmz", "gml"),
    "dbase": ("dbf",),
    "shp": ("shapefile", "shp"),
    "shapefile": ("shapefile", "shp"),
    "zip": ("zip", "shapefile", "gdb"),
    "gz": ("gzip",),
    "tgz": ("gzip",),
    "htm": ("html",),
    "website": ("html",),
    "web page": ("html",),
    "xml": ("xml", "kml", "gml", "rdf", "rss", "atom", "svg", "spreadsheetml"),
    "rdf": ("rdf", "ttl", "jsonld", "nt"),
    "rdf/xml": ("rdf",),
    "turtle": ("ttl",),
    "n-triples": ("nt",),
    "image": _IMAGES,
    "jpg": ("jpeg",),
    "tif": ("tiff",),
    "geotiff": ("tiff",),
    "geopackage": ("gpkg",),
    "hdf": ("hdf5",),
    "access": ("mdb",),
    "accdb": ("mdb",),
    "audio": ("mp3",),
    "video": ("mp4",),
}
"""Format as people declare it → kinds that keep the promise. What is no key means the kind of that name; what is
misspelt or a service stands in `openness.yaml`."""
KINDS = frozenset(
    {kind for _at, _bytes, kind in _MAGIC}
    | {kind for kinds in _FORMATS.values() for kind in kinds}
    | {*MEDIA.values(), *_OPEN_DOCUMENT.values(), "docx", "pptx", "xlsb", "dbf", "ole", "epub"}
)
"""Everything that `kind_of` can say."""


def kind_of(head: bytes, content_type: str | None, name: str | None) -> str | None:
    """What a file is, of its first bytes (up to `HEAD`): `csv`, `xlsx`, `html` …; None where they do not tell.

    What a server says (`content_type`) and the file's name count only where the bytes leave it open: which program
    an old office file is of whose directory lies further on, and whether a text without delimiters is a table of
    one column.
    """
    if not head:
        return None
    return _binary(head, content_type, name) or _text(head, content_type, name)


def agrees(declared: str | None, kind: str | None) -> bool | None:
    """Whether a file of this kind is what its record declares; None where there is nothing to check.

    `declared` is CKAN's `format` or a media type. That of a service or a page (`API`, `URL`, `WMS`) promises no
    file; one that nobody knows cannot be held against the bytes.
    """
    wanted = formats(declared)
    return kind in wanted if wanted and kind else None


def formats(declared: str | None) -> tuple[str, ...]:
    """The kinds of file that a declared format stands for; none for a service, or for a word nobody knows."""
    word = (declared or "").strip().lower().removeprefix(".")
    word = MEDIA.get(word.partition(";")[0].strip(), word)
    if word in _FORMATS:
        return _FORMATS[word]
    meant = format_of(word).name
    return _FORMATS.get(meant) or ((meant,) if meant in KINDS else ())


def _guess(content_type: str | None, name: str | None, among: tuple[str, ...]) -> str | None:
    """Which of some kinds a name or a media type says, the name first."""
    ending = (name or "").rpartition(".")[2].lower() if "." in (name or "") else ""
    said = (ending, MEDIA.get((content_type or "").partition(";")[0].strip().lower(), ""))
    return next((kind for kind in said if kind in among), None)


def _binary(head: bytes, content_type: str | None, name: str | None) -> str | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(head)
    if head.startswith(_OLE):
        found = (kind for stream, kind in _STREAMS if f"{stream}\x00".encode("utf-16-le") in head)
        return next(found, None) or _guess(content_type, name, ("xls", "doc", "ppt")) or "ole"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    for at, magic, kind in _MAGIC:
        if head.startswith(magic, at):
            return kind
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "bmp"
    # dBASE III to 5: a version, the day of its last change, and reserved bytes
    if head[:1] in b"\x03\x30\x83\x8b\xf5" and len(head) > 32 and 0 < head[2] < 13 and 0 < head[3] < 32:
        return "dbf" if not any(head[12:14]) else None
    return None


def _zip(head: bytes) -> str:
    """What a zip holds, by the names of its first members."""
    names = list(_members(head))
    if names[:1] == ["mimetype"]:
        said = re.match(rb"application/(?:vnd\.oasis\.opendocument\.([a-z]+)|epub)", head[38:120])
        if said:
            return _OPEN_DOCUMENT.get((said[1] or b"").decode(), "zip") if said[1] else "epub"
    for name in names:
        if name == "xl/workbook.bin":
            return "xlsb"
        for folder, kind in (("xl/", "xlsx"), ("word/", "docx"), ("ppt/", "pptx")):
            if name.startswith(folder):
                return kind
    endings = {name.lower().rpartition(".")[2] for name in names}
    if any(".gdb/" in name.lower() for name in names):
        return "gdb"
    if endings & {"shp", "shx"}:
        return "shapefile"
    return "kmz" if names and names[0].lower().endswith(".kml") else "zip"


def _members(head: bytes) -> Iterator[str]:
    """The names in a zip's local headers (APPNOTE 4.3.7), as far as they are seen."""
    at = 0
    while (at := head.find(b"PK\x03\x04", at)) >= 0 and at + 30 <= len(head):
        length = int.from_bytes(head[at + 26 : at + 28], "little")
        yield head[at + 30 : at + 30 + length].decode("utf-8", "replace")
        at += 30 + length


def _text(head: bytes, content_type: str | None, name: str | None) -> str | None:
    text = _decoded(head)
    if text is None:
        return None
    cut = len(head) >= HEAD
    start = text.lstrip()
    for look in (_marked_up, _json, _triples):
        kind = look(start, cut)
        if kind:
            return kind
    return _delimited(text, cut) or _guess(content_type, name, _TABLES) or "text"


def _decoded(head: bytes) -> str | None:
    """Text in UTF-8, UTF-16 with a mark, or one of the encodings of one byte a letter; None where it is none."""
    for mark, encoding in _WIDE:
        if head.startswith(mark):
            return head[2:].decode(encoding, "ignore")
    head = head.removeprefix(b"\xef\xbb\xbf")
    for dropped in range(4):  # a letter may be cut off
        try:
            text = head[: len(head) - dropped].decode("utf-8")
            break
        except UnicodeDecodeError:
            continue
    else:
        text = head.decode("latin-1")
    return None if _CONTROL.search(text) else text


def _marked_up(text: str, cut: bool) -> str | None:
    start = text[: 8 << 10].lower()
    if not start.startswith("<"):
        return None
    root = _root(start)
    if root.startswith(_HTML):
        return "html"
    if _TRIPLE.match(root):
        return "nt"
    found = _ROOT.match(root)
    if not found:
        return None
    prefix, name = found.groups()
    if name in _ROOTS:
        return _ROOTS[name]
    if prefix == "gml:" or "opengis.net/gml" in start:
        return "gml"
    if name == "workbook" and "schemas-microsoft-com:office:spreadsheet" in start:
        return "spreadsheetml"
    return "xml" if start.startswith("<?xml") or cut or "</" in text or "/>" in text else None


def _root(start: str) -> str:
    """A document from its root on; from an HTML document type on, where it has one."""
    while not start.startswith(_HTML):
        mark = next((pair for pair in _PROLOG if start.startswith(pair[0])), None)
        if mark is None:
            break
        end = start.find(mark[1], len(mark[0]))
        start = start[end + len(mark[1]) :].lstrip() if end >= 0 else ""
    return start


def _json(text: str, cut: bool) -> str | None:
    if not _JSON_BEGINS.match(text):
        return None
    if not cut:
        try:
            json.loads(text)
        except ValueError:
            lines = [line for line in text.splitlines() if line.strip()][:20]
            return "ndjson" if len(lines) > 1 and all(map(_is_object, lines)) else None
        except RecursionError:
            return "json"
    elif _is_object(text.partition("\n")[0]):
        return "ndjson"
    if text.startswith("{"):
        if re.search(r'"@(context|graph|id)"\s*:', text[: 8 << 10]):
            return "jsonld"
        if _GEO.search(text) and re.search(r'"(features|geometry|coordinates|geometries)"\s*:', text):
            return "geojson"
        if re.search(r'"type"\s*:\s*"Topology"', text):
            return "topojson"
    return "json"


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _triples(text: str, _cut: bool) -> str | None:
    return "ttl" if _TURTLE.match(text) else None


def _delimited(text: str, cut: bool) -> str | None:
    """`csv` or `tsv` where most records have the same number of cells, at least two."""
    lines = text.splitlines(keepends=True)
    if cut and len(lines) > 1:
        del lines[-1]
    best = (0.0, 0, "")
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(record) for record in csv.reader(lines, delimiter=delimiter) if record)
        except csv.Error:
            continue
        width, count = max(widths.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
        share = count / max(1, widths.total())
        if width > 1 and widths.total() > 1 and share >= _EVEN and (share, width) > best[:2]:
            best = (share, width, delimiter)
    return ("tsv" if best[2] == "\t" else "csv") if best[2] else None
