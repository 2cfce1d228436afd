"""What a file really is, by its first bytes, whatever its name, its server or its record say."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import zipfile
from pathlib import Path

import polars
import pytest
import shapefile
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.audit.seen.sniff import HEAD, KINDS, agrees, formats, kind_of

THAI = "จังหวัด,จำนวน,หมายเหตุ\nน่าน,12,\nเลย,9,ดี\n"
POINT = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [100.5, 13.7]}, "properties": {}}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def zipped(*names: str, data: bytes = b"x" * 90, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for name in names:
            archive.writestr(name, data)
    return file.getvalue()


def open_document(kind: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", "<x/>")
    return file.getvalue()


def compound(stream: str) -> bytes:
    """The beginning of a compound file, whose directory names one stream."""
    entry = f"{stream}\x00".encode("utf-16-le").ljust(128, b"\x00")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\x00") + entry


def workbook() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.add_worksheet().write(0, 0, "จังหวัด")
    book.close()
    return file.getvalue()


def parquet() -> bytes:
    file = io.BytesIO()
    polars.DataFrame({"a": [1]}).write_parquet(file)
    return file.getvalue()


def shape(folder: Path) -> dict[str, bytes]:
    with shapefile.Writer(folder / "roads") as writer:
        writer.field("name", "C")
        writer.point(100.5, 13.7)
        writer.record("a")
    return {path.suffix: path.read_bytes() for path in folder.iterdir()}


def sqlite(folder: Path) -> bytes:
    with sqlite3.connect(folder / "a.sqlite") as connection:
        connection.execute("CREATE TABLE a (b)")
    connection.close()
    return (folder / "a.sqlite").read_bytes()


CASES: tuple[tuple[str, bytes], ...] = (
    ("csv", THAI.encode()),
    ("csv", b"\xef\xbb\xbf" + THAI.encode()),
    ("csv", THAI.encode("cp874")),
    ("csv", THAI.encode("utf-16")),
    ("csv", THAI.replace(",", ";").encode()),
    ("csv", b'a,b\n"x\ny",2\n"q ""z""",3\n'),
    ("csv", b"a,b\r1,2\r3,4\r"),
    ("tsv", THAI.replace(",", "\t").encode()),
    ("text", "บันทึกข้อความ\nเรื่อง ขอส่งข้อมูล, รายงาน และ แผน\nเรียน ผู้อำนวยการ\n".encode()),
    ("text", b"one line, with a comma"),
    ("json", b'{"success": true, "result": [1]}'),
    ("json", b"[1, 2, 3]"),
    ("json", b'  [{"a": 1}]'),
    ("ndjson", b'{"a": 1}\n{"a": 2}\n'),
    ("geojson", json.dumps({"type": "FeatureCollection", "features": [POINT]}).encode()),
    ("geojson", json.dumps(POINT).encode()),
    ("topojson", b'{"type": "Topology", "objects": {}, "arcs": []}'),
    ("jsonld", b'{"@context": "https://schema.org/", "@type": "Dataset"}'),
    ("html", b"<!DOCTYPE html><html><title>404</title></html>"),
    ("html", b"\n\n<!-- x --><!-- y -->\n<HTML lang='th'><body>"),
    ("html", b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0">\n<html>'),
    ("xml", b'<?xml version="1.0" encoding="utf-8"?>\n<rows><row/></rows>'),
    ("xml", b"<rows><row>1</row></rows>"),
    ("kml", b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>'),
    ("gml", b'<?xml version="1.0"?><wfs:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2"/>'),
    ("gml", b"<gml:FeatureCollection></gml:FeatureCollection>"),
    ("rdf", b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>'),
    ("rss", b'<?xml version="1.0"?><rss version="2.0"></rss>'),
    ("atom", b'<feed xmlns="http://www.w3.org/2005/Atom"></feed>'),
    ("svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ("spreadsheetml", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
                      b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'),
    ("ttl", b"@prefix dcat: <http://www.w3.org/ns/dcat#> .\n"),
    ("ttl", b"# made by hand\nPREFIX a: <http://a/>\n"),
    ("nt", b"<http://a/b> <http://a/c> <http://a/d> .\n"),
    ("pdf", b"%PDF-1.7\n%\xe2\xe3"),
    ("pdf", b"\r\n%PDF-1.4\n"),
    ("png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
    ("jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
    ("tiff", b"II*\x00\x08\x00\x00\x00"),
    ("gif", b"GIF89a\x01\x00"),
    ("webp", b"RIFF\x24\x00\x00\x00WEBPVP8 "),
    ("bmp", b"BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00"),
    ("xls", compound("Workbook")),
    ("doc", compound("WordDocument")),
    ("ppt", compound("PowerPoint Document")),
    ("ole", compound("EncryptedPackage")),
    ("xlsx", workbook()),
    ("xlsb", zipped("[Content_Types].xml", "xl/workbook.bin")),
    ("docx", zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")),
    ("pptx", zipped("[Content_Types].xml", "ppt/presentation.xml")),
    ("ods", open_document("spreadsheet")),
    ("odt", open_document("text")),
    ("kmz", zipped("doc.kml", "files/a.png")),
    ("shapefile", zipped("ถนน/roads.dbf", "ถนน/roads.SHP")),
    ("gdb", zipped("data.gdb/a00000001.gdbtable")),
    ("zip", zipped("a.csv", "b.csv")),
    ("zip", b"PK\x05\x06" + bytes(18)),
    ("gzip", gzip.compress(b"a,b\n")),
    ("rar", b"Rar!\x1a\x07\x01\x00"),
    ("7z", b"7z\xbc\xaf\x27\x1c\x00\x04"),
    ("parquet", parquet()),
    ("mdb", b"\x00\x01\x00\x00Standard Jet DB\x00"),
    ("netcdf", b"CDF\x01\x00\x00\x00\x00"),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "head"), CASES, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(CASES)])
def test_a_file_is_what_its_bytes_are(kind: str, head: bytes) -> None:
    assert kind_of(head, None, None) == kind
    assert kind_of(head[:HEAD], "text/csv" if kind != "text" else "text/plain", "data.bin") == kind


def test_the_parts_of_a_shapefile_and_a_database_are_told(tmp_path: Path) -> None:
    parts = shape(tmp_path)
    assert kind_of(parts[".shp"], None, None) == "shp"
    assert kind_of(parts[".dbf"], None, None) == "dbf"
    (tmp_path / "b").mkdir()
    assert kind_of(sqlite(tmp_path / "b"), None, None) == "sqlite"


def test_a_page_instead_of_a_file_is_a_page_whatever_is_said_of_it() -> None:
    page = "<!doctype html><html><head><title>ไม่พบ</title>".encode()
    kind = kind_of(page, "text/csv", "data.csv")
    assert kind == "html"
    assert agrees("CSV", kind) is False


def test_a_table_of_one_column_is_what_its_name_or_server_says() -> None:
    one = "จังหวัด\nน่าน\nเลย\n".encode()
    assert kind_of(one, None, "provinces.csv") == "csv"
    assert kind_of(one, "text/csv; charset=utf-8", "download") == "csv"
    assert kind_of(one, "text/plain", "note.txt") == "text"


def test_an_old_office_file_whose_directory_is_far_is_what_its_name_says() -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(4000, b"\x00")
    assert kind_of(head, None, "budget.XLS") == "xls"
    assert kind_of(head, "application/vnd.ms-excel", None) == "xls"
    assert kind_of(head, "application/octet-stream", "budget.csv") == "ole"


def test_bytes_that_tell_nothing_are_told_as_nothing() -> None:
    assert kind_of(b"", "text/csv", "a.csv") is None
    assert kind_of(b"\x00\x01\x02\x03\x04\x05\x06", None, "a.csv") is None
    assert agrees("CSV", None) is None


def test_a_head_that_is_cut_off_is_enough() -> None:
    rows = "".join(f'{number},"ตำบล, {number}"\n' for number in range(9000)).encode()
    assert kind_of(rows[:HEAD], None, None) == "csv"
    many = json.dumps({"type": "FeatureCollection", "features": [POINT] * 2000}).encode()
    assert kind_of(many[:HEAD], None, None) == "geojson"
    assert kind_of(json.dumps([{"a": "ก"}] * 9000).encode()[:HEAD], None, None) == "json"
    assert kind_of((b"<rows>" + b"<row>1</row>" * 9000)[:HEAD], None, None) == "xml"
    stored = zipped("[Content_Types].xml", "xl/media/a.png", "xl/workbook.xml", data=bytes(80_000), how=0)
    assert kind_of(stored[:HEAD], None, None) in ("xlsx", "zip")


@pytest.mark.parametrize(
    ("declared", "kind", "said"),
    [
        ("CSV", "csv", True), ("csv", "tsv", True), (".csv", "csv", True), ("text/csv", "csv", True),
        ("CSV", "xlsx", False), ("CSV", "html", False), ("CSV", "text", False),
        ("XLS", "xls", True), ("XLS", "xlsx", False), ("XLSX", "xlsx", True), ("XLSX", "html", False),
        ("XLS", "html", False), ("XLS", "spreadsheetml", False), ("XLS/XLSX", "xlsx", True),
        ("XSL", "xls", True), ("XSL", "csv", False), ("XSLX", "xlsx", True), ("Excel", "xls", True),
        ("MAP", "kml", True), ("MAP", "kmz", True), ("MAP", "pdf", False),
        ("SHP", "shapefile", True), ("Shapefile", "zip", False), ("ZIP", "shapefile", True),
        ("JSON", "geojson", True), ("GeoJSON", "json", False), ("JSON", "html", False),
        ("XML", "kml", True), ("KML", "xml", False), ("RDF", "ttl", True), ("JPG", "jpeg", True),
        ("image", "png", True), ("IMAGE", "pdf", False), ("PDF", "pdf", True), ("PDF", "html", False),
        ("application/vnd.ms-excel", "xls", True), (XLSX, "xlsx", True), ("Parquet", "parquet", True),
        ("API", "json", None), ("URL", "html", None), ("WMS", "xml", None), ("", "csv", None),
        (None, "csv", None), ("อื่นๆ", "csv", None), ("Database", "html", None), ("CSV", None, None),
    ],
)  # fmt: skip
def test_what_a_record_declares_is_held_against_the_bytes(
    declared: str | None, kind: str | None, said: bool | None
) -> None:
    assert agrees(declared, kind) is said


def test_a_promise_can_be_kept() -> None:
    for word in ("csv", "xlsx", "ods", "shp", "rdf", "map", "image", "kml", "gpkg", "dbase", "7z"):
        assert formats(word)
        assert set(formats(word)) <= KINDS


@given(head=st.binary(max_size=400), name=st.sampled_from(["a.csv", "a.xls", "", "ก.zip"]))
@example(head=b"\x03\x7e\x0b\x16" + bytes(40), name="a.dbf")
@example(head=b'"' * 300 + b"\n,,", name="a.csv")
@example(head=b"[" * 400, name="a.json")
def test_any_bytes_are_told_or_left(head: bytes, name: str) -> None:
    assert kind_of(head, None, name) in {*KINDS, None}


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"])), min_size=3, max_size=3),
        min_size=2,
    )
)
def test_what_was_written_as_a_table_is_never_told_as_a_picture_or_an_archive(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([["จังหวัด", "จำนวน", "วันที่"], *rows])
    assert kind_of(file.getvalue().encode(), None, "a.csv") == "csv"


@pytest.mark.parametrize(
    "unit", [b"<!-- -->", b"<!---->", b"<?x?>", b"<!x>", b'{"', b"[[", b"#\n\n", b"<a:", b'"type":"', b",\n"]
)
def test_no_bytes_are_looked_at_for_ever(unit: bytes) -> None:
    assert kind_of((unit * HEAD)[:HEAD], None, None) in {*KINDS, None}
