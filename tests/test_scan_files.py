"""saphan scan: every kind of file, every part of it; files that cannot be read say why."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import msoffcrypto.format.ooxml
import polars
import pytest
from scan_ground import HIDDEN, WORKBOOKS, book, found, national_id, parts, rules, zipped
from test_read_workbook_old import cell, ods, xls

from metadata import wording
from metadata.errors import SourceError
from pipelines.govern.inside import delimited
from pipelines.scan import scan, scanned

TABLE = f"จังหวัด,หมายเหตุ\nน่าน,\nตาก,ของ {HIDDEN}\n"
CLEAN = "จังหวัด,จำนวน\nน่าน,12\nตาก,30\n"


def place(path: Path) -> tuple[str | None, int | None, str | None]:
    """Where the number is, as the first Finding of a cell tells it."""
    one = next(one for one in found(path) if one.rule == "personal-national-id")
    return one.at.sheet, one.at.source_row, one.at.column


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874", "utf-16"])
def test_text_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes(TABLE.encode(encoding))
    assert place(tmp_path / "a.csv") == (None, 3, "หมายเหตุ")


def test_tabs_and_semicolons_part_cells_too(tmp_path: Path) -> None:
    for name, mark in (("a.tsv", "\t"), ("b.csv", ";"), ("c.txt", "|")):
        (tmp_path / name).write_text(TABLE.replace(",", mark), "utf-8")
        assert place(tmp_path / name) == (None, 3, "หมายเหตุ")


@pytest.mark.parametrize("form", ["{}", '"อ้าง ""{}"""', 'x"y {}'])
def test_a_file_of_many_blocks_is_read_block_by_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 4000)
    rows = [f"น่าน,{number}" for number in range(2000)]
    rows[1700] = "ตาก," + form.format(HIDDEN)
    (tmp_path / "a.csv").write_text("จังหวัด,เลขที่\n" + "\n".join(rows) + "\n", "utf-8")
    assert place(tmp_path / "a.csv") == (None, 1702, "เลขที่")


def test_titles_above_the_header_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"รายงานของ {HIDDEN},\n,\n{CLEAN}", "utf-8")
    assert parts(found(tmp_path / "a.csv")) == {"above-table"}


def test_a_file_without_a_header_hides_nothing_in_its_first_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HIDDEN},1\nx,2\n", "utf-8")
    assert parts(found(tmp_path / "a.csv")) == {"label"}


def test_an_open_quote_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'จังหวัด,ที่\nน่าน,"1\nตาก,{HIDDEN}\n', "utf-8")
    assert "personal-national-id" in rules(found(tmp_path / "a.csv"))


def test_the_name_of_a_file_is_looked_at_and_masked(tmp_path: Path) -> None:
    path = tmp_path / f"ข้อมูลของ {HIDDEN}.csv"
    path.write_text(CLEAN, "utf-8")
    assert parts(found(path)) == {"file-name"}
    path.write_text("", "utf-8")
    with pytest.raises(SourceError) as refused:
        scan(path)
    assert HIDDEN not in str(wording.error(refused.value, "th")) + str(refused.value)


def test_every_value_and_key_of_json_is_looked_at(tmp_path: Path) -> None:
    other = national_id("key")
    document = {
        "meta": {"by": [{"x": {"id": HIDDEN}}]},
        "rows": [{"a": 1}, {"a": 2, "deep": {"b": [HIDDEN]}}],
        other: 1,
    }
    (tmp_path / "a.json").write_text(json.dumps(document), "utf-8")
    findings = found(tmp_path / "a.json", other)
    columns = {one.at.column: one.at.source_row for one in findings if one.rule == "personal-national-id"}
    assert columns == {"meta.by.x.id": 1, "rows.deep.b": 2}
    assert parts(findings) == {"key", "table"}


def test_json_lines_and_broken_json_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"a": "1"}}\n{{"a": "{HIDDEN}"}}\n', "utf-8")
    assert place(tmp_path / "a.jsonl") == (None, 2, "a")
    (tmp_path / "b.json").write_text(f'{{"a": "{HIDDEN}", ', "utf-8")
    assert "personal-national-id" in rules(found(tmp_path / "b.json"))


def test_properties_of_geojson_are_columns(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [100.5, 13.7]}
    features = [{"type": "Feature", "geometry": point, "properties": {"ผู้ขอ": HIDDEN}}]
    document = {"type": "FeatureCollection", "features": features}
    (tmp_path / "a.geojson").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    assert place(tmp_path / "a.geojson") == (None, 1, "features.properties.ผู้ขอ")


def test_columns_and_metadata_of_parquet_are_looked_at(tmp_path: Path) -> None:
    frame = polars.DataFrame({"จังหวัด": ["น่าน", "ตาก"], "ที่": [1, int(HIDDEN)]})
    frame.write_parquet(tmp_path / "a.parquet", metadata={"owner": f"ของ {HIDDEN}"})
    assert parts(found(tmp_path / "a.parquet")) == {"metadata", "table"}
    assert place(tmp_path / "a.parquet") == (None, 2, "ที่")


def test_every_table_of_sqlite_is_looked_at_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('CREATE TABLE "ผู้ร้อง" (id TEXT, n INTEGER)')
        connection.execute('INSERT INTO "ผู้ร้อง" VALUES (?, 1)', [HIDDEN])
        connection.execute("CREATE TABLE empty (a)")
    assert place(path) == ("ผู้ร้อง", 1, "id")
    assert [one.name for one in tmp_path.iterdir()] == ["a.sqlite"]


def test_members_of_an_archive_are_looked_into_however_deep(tmp_path: Path) -> None:
    inner = zipped({"ก/ข.csv": TABLE, "c.xlsx": book(WORKBOOKS["comment"])})
    (tmp_path / "a.zip").write_bytes(zipped({"inner.zip": inner, "plain.csv": CLEAN}))
    findings = found(tmp_path / "a.zip")
    assert {one.at.sheet for one in findings} == {"inner.zip/ก/ข.csv", "inner.zip/c.xlsx/สรุป"}
    assert parts(findings) == {"comment", "table"}


def test_names_of_members_and_compressed_text_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({f"{HIDDEN}.csv": CLEAN}))
    assert parts(found(tmp_path / "a.zip")) == {"member-name"}
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    assert place(tmp_path / "a.csv.gz") == (None, 3, "หมายเหตุ")


def test_deleted_records_of_a_shapefile_s_table_are_still_there(tmp_path: Path) -> None:
    fields = b"ID".ljust(11, b"\0") + b"C" + bytes(4) + bytes([13]) + bytes(15)
    head = b"\x03" + bytes(3) + (2).to_bytes(4, "little") + (65).to_bytes(2, "little") + (14).to_bytes(2, "little")
    data = head + bytes(20) + fields + b"\r" + b" " + b"1".ljust(13) + b"*" + HIDDEN.encode()
    (tmp_path / "a.zip").write_bytes(zipped({"a.dbf": data, "a.prj": "x"}))
    assert place(tmp_path / "a.zip") == ("a.dbf", 2, "ID")


def test_a_document_is_read_with_its_notes_and_properties(tmp_path: Path) -> None:
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    cut = f"<w:p><w:r><w:t>เลข {HIDDEN[:6]}</w:t></w:r><w:r><w:t>{HIDDEN[6:]}</w:t></w:r></w:p>"
    members = {
        "word/document.xml": f"<w:document {w}>{cut}</w:document>",
        "word/comments.xml": f"<w:comments {w}><w:comment>{cut}</w:comment></w:comments>",
        "docProps/core.xml": f"<c><lastModifiedBy>สมหญิง</lastModifiedBy><keywords>{HIDDEN}</keywords></c>",
    }
    (tmp_path / "a.docx").write_bytes(zipped(members))
    findings = found(tmp_path / "a.docx", "สมหญิง")
    assert parts(findings) == {"text", "comment", "property"}
    assert "personal-author" in rules(findings)


def test_a_pdf_s_properties_are_read_and_pages_without_text_are_said(tmp_path: Path) -> None:
    import pypdf

    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Subject": f"ของ {HIDDEN}", "/Author": "สมหญิง"})
    writer.write(tmp_path / "a.pdf")
    findings = found(tmp_path / "a.pdf", "สมหญิง")
    assert parts(findings) == {"property"}
    assert rules(findings) == {"personal-inside", "personal-author", "scan-not-looked-into"}


def test_pages_of_html_and_xml_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(f"<!DOCTYPE html><p>x</p><!-- {HIDDEN} -->", "utf-8")
    (tmp_path / "a.xml").write_text(f"<?xml version='1.0'?><a><b>{HIDDEN}</b></a>", "utf-8")
    for name in ("a.html", "a.xml"):
        assert parts(found(tmp_path / name)) == {"text"}


def test_the_hash_is_the_file_s(tmp_path: Path) -> None:
    import hashlib

    for name, data in (("a.csv", CLEAN.encode()), ("a.xlsx", book())):
        (tmp_path / name).write_bytes(data)
        assert scanned(tmp_path / name).digest == f"sha256:{hashlib.sha256(data).hexdigest()}"


def locked() -> bytes:
    buffer = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(book())).encrypt("x", buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("empty.csv", b"", "read-empty"),
        ("blank.csv", b"\xef\xbb\xbf\r\n\r\n", "read-empty"),
        ("binary.csv", b"a,b\x00\n1,2\n", "read-nul"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(50), "read-format"),
        ("cut.zip", zipped({"a.csv": CLEAN})[:60], "read-broken"),
        ("cut.xlsx", book()[:3000], "read-broken"),
        ("locked.xlsx", locked(), "read-password"),
        ("a.7z", b"7z\xbc\xaf" + bytes(50), "read-format"),
        ("broken.pdf", b"%PDF-1.4 nothing", "read-broken"),
        ("broken.parquet", b"PAR1 nothing PAR1", "read-broken"),
        ("broken.sqlite", b"SQLite format 3\x00" + bytes(range(200)), "read-broken"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",  # of bytes: they tell the time at which they were made
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError) as refused:
        scan(tmp_path / name)
    assert refused.value.kind == kind
    for language in ("th", "en"):
        said = wording.error(refused.value, language)  # type: ignore[arg-type]
        assert "…" not in said["message"] + said["remedy"]


def test_a_wrong_extension_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(book(WORKBOOKS["comment"]))
    assert parts(found(tmp_path / "a.csv")) == {"comment"}
    (tmp_path / "a.xlsx").write_text(TABLE, "utf-8")
    assert place(tmp_path / "a.xlsx") == (None, 3, "หมายเหตุ")


def test_folders_missing_files_and_huge_empty_ones_are_told_at_once(tmp_path: Path) -> None:
    kinds = []
    with (tmp_path / "huge.csv").open("wb") as file:
        os.truncate(file.fileno(), 10 << 30)
    for path in (tmp_path, tmp_path / "nowhere.csv", tmp_path / "huge.csv"):
        with pytest.raises(SourceError) as refused:
            scan(path)
        kinds.append(refused.value.kind)
    assert kinds == ["scan-folder", "read-missing", "read-nul"]


def test_a_locked_or_unknown_member_is_said_not_to_have_been_looked_into(tmp_path: Path) -> None:
    members = {
        "a.xlsx": locked(),
        "b.7z": b"7z\xbc\xaf" + bytes(50),
        "c.png": b"\x89PNG" + bytes(20),
        "d.csv": CLEAN,
    }
    (tmp_path / "a.zip").write_bytes(zipped(members))
    told = {one.at.sheet: one.values["why"] for one in found(tmp_path / "a.zip")}
    assert told == {"a.xlsx": "password", "b.7z": "format", "c.png": "no-text"}


def test_bombs_are_not_opened(tmp_path: Path) -> None:
    nested = zipped({"a.csv": CLEAN})
    for _ in range(5):
        nested = zipped({"a.zip": nested})
    (tmp_path / "nested.zip").write_bytes(nested)
    (tmp_path / "dense.zip").write_bytes(zipped({"a.csv": b"0" * (21 << 20)}))
    (tmp_path / "dense.xlsx").write_bytes(zipped({"xl/workbook.xml": "<a/>", "x.xml": b"0" * (21 << 20)}))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"0" * (21 << 20)))
    for path in sorted(tmp_path.iterdir()):
        assert [one.rule for one in found(path)] == ["zip-bomb"]


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "C:\\a.csv", "..\\..\\a.csv", "x/../../a.csv"])
def test_a_member_that_leads_out_of_its_folder_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({name: CLEAN}))
    assert rules(found(tmp_path / "a.zip")) == {"zip-path"}


def test_a_link_among_the_members_and_a_name_that_comes_twice_are_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "zip-path" in rules(found(tmp_path / "a.zip"))
    with pytest.warns(UserWarning), zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.csv", CLEAN)
        archive.writestr("a.csv", CLEAN)
    assert rules(found(tmp_path / "b.zip")) == {"zip-twice"}


SEEDS: dict[str, bytes] = {
    "a.xlsx": book(WORKBOOKS["comment"]),
    "a.ods": ods(f'<table:table table:name="ก"><table:table-row>{cell("ก")}</table:table-row></table:table>'),
    "a.xls": xls({"ก": {(0, 0): "จังหวัด", (1, 0): "น่าน"}}),
    "a.json": b'{"rows": [{"a": 1, "b": {"c": [1, 2]}}]}',
    "a.docx": zipped({"word/document.xml": "<a><p>x</p></a>", "docProps/core.xml": "<a><creator>b</creator></a>"}),
    "a.zip": zipped({"a.csv": CLEAN, "b.zip": zipped({"c.csv": CLEAN})}),
}


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_a_damaged_file_is_read_as_far_as_it_goes_or_refused(tmp_path: Path, name: str) -> None:
    draw = random.Random(name)  # noqa: S311 - the same damage each time
    for _ in range(4):
        data = bytearray(SEEDS[name])
        if data.startswith(b"PK") and draw.random() < 0.7:  # a member is damaged, the archive is not
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = {one: archive.read(one) for one in archive.namelist()}
            victim = draw.choice(list(members))
            members[victim] = damaged(members[victim], draw)
            data = bytearray(zipped(members))
        else:
            data = bytearray(damaged(bytes(data), draw))
        (tmp_path / name).write_bytes(data)
        try:
            scan(tmp_path / name)
        except SourceError as refused:
            assert refused.kind.startswith("read-")


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Some bytes with a few of them changed, left out, or put in."""
    made = bytearray(data)
    for _ in range(draw.choice((1, 3, 10))):
        place = draw.randrange(len(made) + 1)
        made[place : place + draw.choice((0, 1, 1, 20))] = draw.randbytes(draw.choice((0, 1, 1, 5)))
    return bytes(made)
