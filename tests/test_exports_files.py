"""A table as a file: every value comes back as it is, from the programs that read such files."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import polars as pl
import pytest
from catalog_ground import opened
from python_calamine import CalamineWorkbook
from table_ground import FIELDS, PAGE, RESOURCE, ROWS, published
from web_ground import KEY, Web, served

from catalog.store import filled as filling
from catalog.store.shape import Column as Kept
from catalog.store.shape import Shape
from catalog.web.exports import answer, parquet, text, workbook
from catalog.web.exports.part import Column, HungUp, Part

NAMES = [name for name, _kind, _label in FIELDS]
LONG = "12345678901234567890.123456789"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with opened(tmp_path_factory.mktemp("catalog")) as portal, served(portal) as ours:
        published(portal)
        yield ours


def _sheet(content: bytes, index: int = 0) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for row in book.worksheets[index].iter_rows()]


def test_a_workbook_opens_with_codes_as_text_and_numbers_and_dates_as_such(web: Web) -> None:
    answered = web.ask(f"{PAGE}?format=xlsx&lang=th")
    assert answered.status_code == 200
    rows = _sheet(answered.content)
    assert rows[0] == NAMES
    first = dict(zip(NAMES, rows[1], strict=True))
    assert first == {
        "code": "007",
        "place": "ระนอง",
        "people": 1234,
        "account": "9007199254740993",
        "baht": 1234.5,
        "share": 12.5,
        "active": True,
        "founded": datetime(2024, 11, 21),  # noqa: DTZ001 - a sheet knows no zones
        "seen": datetime(2024, 11, 21, 8, 30),  # noqa: DTZ001
        "more": '{"ก":[1,null]}',
        "tags": '["ก","ข"]',
        "longitude": 98.6,
        "latitude": 9.9,
    }
    assert rows[2][NAMES.index("founded")] == "1899-01-01"
    assert rows[2][NAMES.index("seen")] == "1800-01-01T00:00:00.000"
    assert rows[3][NAMES.index("baht")] == LONG
    assert rows[6] == ["1100000000000000001", *[None] * 12]
    book = openpyxl.load_workbook(io.BytesIO(answered.content))
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet["A2"].number_format == "@"
    assert sheet["H2"].number_format == "yyyy-mm-dd"
    assert sheet.dimensions == "A1:M7"


def test_a_workbook_holds_no_formula_whatever_a_text_begins_with(web: Web) -> None:
    content = web.ask(f"{PAGE}?format=xlsx").content
    codes = [row[0] for row in _sheet(content)[1:]]
    assert codes == ["007", "=1+1", "+SUM(A1)", "-1", "@cmd", "1100000000000000001"]
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        sheets = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) == 3
    assert all("<f>" not in one and "<f " not in one and "hyperlink" not in one for one in sheets)


def test_a_workbook_keeps_what_xml_cannot_say(web: Web) -> None:
    rows = _sheet(web.ask(f"{PAGE}?format=xlsx").content)
    assert rows[3][1] == 'เชียง,ใหม่ "เหนือ"\nบรรทัดสอง'
    assert rows[4][1] == "<script>zqx</script>"
    assert openpyxl.utils.escape.unescape(rows[5][1]) == "_x0041_ \x07 ๑๒๓"
    other = CalamineWorkbook.from_filelike(io.BytesIO(web.ask(f"{PAGE}?format=xlsx").content))
    assert [row[:3] for row in other.get_sheet_by_index(0).to_python()[1:3]] == [
        ["007", "ระนอง", 1234],
        ["=1+1", "พังงา", -5],
    ]


def test_a_workbook_explains_its_columns_and_names_its_source(web: Web) -> None:
    content = web.ask(f"{PAGE}?format=xlsx&lang=th&column=place&test=is&value=ระนอง").content
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["ข้อมูล", "พจนานุกรมข้อมูล", "แหล่งที่มา"]
    columns = _sheet(content, 1)
    assert columns[0] == ["คอลัมน์", "ความหมาย", "คำอธิบาย", "หน่วย", "ชนิด", "ไม่มีข้อมูล (ร้อยละ)"]
    assert columns[1][:2] == ["code", "รหัส"]
    assert columns[5][3:] == ["บาท", "ตัวเลข", "50"]
    source = {row[0]: row[1] for row in _sheet(content, 2)}
    package = web.portal.call_action("package_show", {"id": "population-2567"})
    assert source["ชื่อชุดข้อมูล"] == package["title"]
    assert source["ที่อยู่"] == web.url + PAGE
    assert source["ค่าแฮชของไฟล์ต้นฉบับ (SHA-256)"] == package["resources"][0]["hash"].removeprefix("sha256:")
    assert source["จำนวนแถวในไฟล์นี้"] == "1 จาก 6 แถว"
    assert source["เงื่อนไขที่กรอง"] == "จังหวัด ตรงกับ “ระนอง”"
    english = _sheet(web.ask(f"{PAGE}?format=xlsx&lang=en").content, 2)
    assert ["Rows in this file", "6"] in english


def test_csv_holds_every_value_as_published(web: Web) -> None:
    answered = web.ask(f"{PAGE}?format=csv")
    assert answered.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answered.content.decode(), newline="")))
    assert [row["code"] for row in rows] == [row["code"] for row in ROWS]
    assert [row["place"] for row in rows] == [row["place"] or "" for row in ROWS]
    assert rows[0] | {} == {
        "code": "007", "place": "ระนอง", "people": "1234", "account": "9007199254740993", "baht": "1234.5",
        "share": "12.5", "active": "true", "founded": "2024-11-21", "seen": "2024-11-21T08:30:00.000",
        "more": '{"ก":[1,null]}', "tags": '["ก","ข"]', "longitude": "98.6", "latitude": "9.9",
    }  # fmt: skip
    assert rows[1]["share"] == "1000"
    assert rows[2]["baht"] == LONG
    with_mark = web.ask(f"{PAGE}?format=csv&bom=true").content
    assert with_mark == b"\xef\xbb\xbf" + answered.content


def test_json_has_a_record_for_each_row_with_all_digits(web: Web) -> None:
    answered = web.ask(f"{PAGE}?format=json")
    found = json.loads(answered.content, parse_float=Decimal)
    assert [list(one) for one in found] == [NAMES] * 6
    assert found[0]["more"] == {"ก": [1, None]}
    assert found[0]["tags"] == ["ก", "ข"]
    assert found[0]["account"] == 9007199254740993
    assert found[2]["baht"] == Decimal(LONG)
    assert found[1]["active"] is False
    assert found[5]["place"] is None


def test_parquet_has_the_tables_types(web: Web) -> None:
    found = pl.read_parquet(io.BytesIO(web.ask(f"{PAGE}?format=parquet").content))
    assert dict(found.schema) == {
        "code": pl.String, "place": pl.String, "people": pl.Int32, "account": pl.Int64, "baht": pl.Decimal(38, 9),
        "share": pl.Float64, "active": pl.Boolean, "founded": pl.Date, "seen": pl.Datetime("ms"),
        "more": pl.String, "tags": pl.List(pl.String), "longitude": pl.Float64, "latitude": pl.Float64,
    }  # fmt: skip
    assert found["code"].to_list() == [row["code"] for row in ROWS]
    assert found["place"].to_list() == [row["place"] for row in ROWS]
    assert found["baht"][2] == Decimal(LONG)
    assert found["founded"].to_list()[:2] == [date(2024, 11, 21), date(1899, 1, 1)]
    assert found["tags"].to_list()[:3] == [["ก", "ข"], [], None]


def test_geojson_has_a_point_for_each_row_that_has_one(web: Web) -> None:
    answered = web.ask(f"{PAGE}?format=geojson")
    assert answered.headers["Content-Type"] == "application/geo+json"
    found = json.loads(answered.content)
    assert found["type"] == "FeatureCollection"
    assert [one["geometry"] for one in found["features"]] == [
        {"type": "Point", "coordinates": [98.6, 9.9]},
        {"type": "Point", "coordinates": [98.5, 8.4]},
        *[None] * 4,
    ]
    assert found["features"][0]["properties"]["code"] == "007"
    assert "longitude" not in found["features"][0]["properties"]
    narrow = json.loads(web.ask(f"{PAGE}?format=geojson&show=code&column=code&test=is&value=007").content)
    assert narrow["features"] == [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [98.6, 9.9]},
            "properties": {"code": "007"},
        }
    ]


ASKED = [
    (
        "column=people&test=from&value=1&sort=people&order=desc",
        {"filters": {"people": {"gte": 1}}, "sort": "people desc"},
    ),
    ("column=place&test=contains&value=งง&show=code&show=place", {"q": {"place": "งง"}, "fields": "code,place"}),
    ("column=&test=contains&value=นอง", {"full_text": "นอง", "sort": "_id"}),
    ("column=code&test=is&value=007&column=code&test=is&value=-1", {"filters": {"code": ["007", "-1"]}}),
    ("column=founded&test=to&value=2563", {"filters": {"founded": {"lte": "2020-12-31"}}}),
    ("column=people&test=from&value=99999", {"filters": {"people": {"gte": 99999}}}),
]  # fmt: skip


@pytest.mark.parametrize(("query", "search"), ASKED)
def test_a_part_is_what_datastore_search_finds(web: Web, query: str, search: dict[str, Any]) -> None:
    told = {"resource_id": RESOURCE, "records_format": "lists", **search}
    found = web.portal.call_action("datastore_search", told)
    names = [one["id"] for one in found["fields"] if one["id"] != "_id" and one["id"] != "rank"]
    start = 1 if found["fields"][0]["id"] == "_id" else 0
    wanted = [row[start : start + len(names)] for row in found["records"]]
    got = json.loads(web.ask(f"{PAGE}?format=json&{query}").content)
    assert [list(one.values()) for one in got] == [[*row] for row in wanted]
    lines = list(csv.reader(io.StringIO(web.ask(f"{PAGE}?format=csv&{query}").content.decode(), newline="")))
    assert len(lines) == 1 + len(wanted)
    assert len(_sheet(web.ask(f"{PAGE}?format=xlsx&{query}").content)) == 1 + len(wanted)
    assert pl.read_parquet(io.BytesIO(web.ask(f"{PAGE}?format=parquet&{query}").content)).height == len(wanted)


def test_files_have_thai_names_are_never_run_and_are_asked_for_again_only_when_changed(web: Web) -> None:
    answered = web.ask(f"{PAGE}?format=xlsx")
    said = answered.headers["Content-Disposition"]
    assert 'filename="population-2567-' in said
    assert unquote(said.rpartition("''")[2]) == "ตาราง ตัวอย่าง.xlsx"
    part = web.ask(f"{PAGE}?format=csv&column=code&test=is&value=007").headers["Content-Disposition"]
    assert unquote(part.rpartition("''")[2]) == "ตาราง ตัวอย่าง-part.csv"
    assert answered.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answered.headers["X-Robots-Tag"] == "noindex"
    assert int(answered.headers["Content-Length"]) == len(answered.content)
    tag = answered.headers["ETag"]
    again = web.ask(f"{PAGE}?format=xlsx", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert web.ask(f"{PAGE}?format=csv").headers["ETag"] != web.ask(f"{PAGE}?format=csv&bom=1").headers["ETag"]
    head = web.ask(f"{PAGE}?format=parquet", "HEAD")
    assert (head.status_code, head.content, head.headers["ETag"] != "") == (200, b"", True)


def test_the_same_question_gives_the_same_bytes(web: Web) -> None:
    for form in ("xlsx", "csv", "json", "parquet", "geojson"):
        assert web.ask(f"{PAGE}?format={form}").content == web.ask(f"{PAGE}?format={form}").content


def test_what_cannot_be_made_is_said_on_the_page(web: Web) -> None:
    unknown = web.ask(f"{PAGE}?format=docx&lang=en")
    assert unknown.status_code == 400
    assert "There is no format “docx”" in unknown.text
    wrong = web.ask(f"{PAGE}?format=csv&lang=en&column=people&test=from&value=many")
    assert wrong.status_code == 400
    assert "Nothing was downloaded" in wrong.text
    assert "“many” is none that it can hold" in wrong.text


def test_a_private_table_is_nobodys_elses(tmp_path: Path) -> None:
    with opened(tmp_path) as portal, served(portal) as ours:
        published(portal, private=True)
        for form in ("xlsx", "csv", "json", "parquet", "geojson"):
            assert ours.ask(f"{PAGE}?format={form}").status_code == 404
        own = ours.ask(f"{PAGE}?format=csv", key=KEY)
        assert own.status_code == 200
        assert own.headers["Cache-Control"].startswith("private")
        assert ours.ask(f"{PAGE}?format=csv", headers={"If-None-Match": own.headers["ETag"]}).status_code == 404


def _part(rows: int, gone: threading.Event | None = None, read: Any = None) -> Part:
    def numbered(names: Any) -> Iterator[tuple[Any, ...]]:
        return (tuple(str(index) for _name in names) for index in range(rows))

    columns = (Column(name="a", kind="text"), Column(name="b", kind="numeric"))
    return Part(columns=columns, count=rows, read=read or numbered, gone=gone or threading.Event())


def test_a_table_that_no_sheet_takes_is_refused_with_what_to_take(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 5)
    refused = web.ask(f"{PAGE}?format=xlsx&lang=en")
    assert refused.status_code == 400
    assert "6 rows are more than a sheet of Excel takes (5). Take CSV or Parquet" in refused.text
    assert web.ask(f"{PAGE}?format=csv").status_code == 200
    monkeypatch.setattr(answer, "MOST", 5)
    large = web.ask(f"{PAGE}?format=csv&lang=en")
    assert (large.status_code, "cannot be converted at once" in large.text) == (400, True)


def test_rows_beyond_one_block_are_all_there_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BLOCK", 1000)
    out = io.BytesIO()
    text.csv_file(_part(4321), out)
    assert out.getvalue().decode().split("\n")[1:-1] == [f"{one},{one}" for one in range(4321)]
    out = io.BytesIO()
    parquet.parquet_file(_part(4321), out)
    assert pl.read_parquet(io.BytesIO(out.getvalue()))["b"].to_list() == list(range(4321))
    out = io.BytesIO()
    words = dict.fromkeys(("cut", *workbook.HEADS), "x") | {
        f"sheet-{one}": one for one in ("rows", "columns", "source")
    }
    workbook.workbook(_part(4321), out, words)
    assert [row[1] for row in _sheet(out.getvalue())[1:]] == list(range(4321))


def test_who_hangs_up_is_not_written_for() -> None:
    gone = threading.Event()

    def rows(_names: Any) -> Iterator[tuple[Any, ...]]:
        for index in range(10_000_000):
            if index == 30_000:
                gone.set()
            yield str(index), str(index)

    for write in (text.csv_file, text.json_file, parquet.parquet_file):
        gone.clear()
        with pytest.raises(HungUp):
            write(_part(10_000_000, gone, rows), io.BytesIO())


def test_a_source_that_fails_fails_the_file() -> None:
    def rows(_names: Any) -> Iterator[tuple[Any, ...]]:
        yield "1", "1"
        raise OSError("gone")

    for write in (text.csv_file, text.json_file, parquet.parquet_file):
        with pytest.raises(OSError, match="gone"):
            write(_part(9, read=rows), io.BytesIO())


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        (["1", "2.5", "-0.1"], pl.Float64),
        (["9007199254740993"], pl.Decimal(38, 0)),
        (["0.1234567890123456789", "1e3"], pl.Decimal(38, 19)),
        (["1" * 30, "0." + "1" * 30], pl.String),
    ],
)
def test_no_digit_of_a_number_is_lost_in_parquet(numbers: list[str], kind: Any) -> None:
    out = io.BytesIO()
    part = Part(
        columns=(Column(name="n", kind="numeric"),),
        count=len(numbers),
        read=lambda _names: iter([(one,) for one in numbers]),
        gone=threading.Event(),
    )
    parquet.parquet_file(part, out)
    found = pl.read_parquet(io.BytesIO(out.getvalue()))["n"]
    assert found.dtype == kind
    assert [Decimal(str(one)) for one in found] == [Decimal(one) for one in numbers]


def test_a_long_text_is_cut_visibly_and_columns_beyond_z_are_named() -> None:
    out = io.BytesIO()
    names = [f"c{index}" for index in range(60)]
    row = ("ก" * 40_000, "😀" * 20_000, *["x"] * 58)
    part = Part(
        columns=tuple(Column(name=name, kind="text") for name in names),
        count=1,
        read=lambda _names: iter([row]),
        gone=threading.Event(),
    )
    words = dict.fromkeys(("cut", *workbook.HEADS), "[cut]")
    workbook.workbook(part, out, words | {f"sheet-{one}": one for one in ("rows", "columns", "source")})
    book = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
    found = [cell.value for cell in next(book.worksheets[0].iter_rows(min_row=2))]
    assert found[0].endswith("ก [cut]")
    assert found[1].endswith("😀 [cut]")
    assert all(len(one.encode("utf-16-le")) // 2 <= 32_767 for one in found[:2])
    assert book.worksheets[0]["BH2"].value == "x"
    assert [workbook._letters(one) for one in (0, 25, 26, 701, 702, 16_383)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
        "XFD",
    ]
    assert found[2:] == ["x"] * 58


def test_what_is_looked_at_of_a_long_table_is_spread_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "WHOLE", 1000)
    monkeypatch.setattr(filling, "EACH", 50)
    with opened(tmp_path) as portal:
        published(portal, [])
        shape = Shape(columns=(Kept(name="a", kind="text", slot=0), Kept(name="b", kind="int4", slot=1)))
        rows = [
            {"_id": one, "a": "" if one % 2 else "x", "b": 1 if one * 7919 % 100 < 30 else None}
            for one in range(1, 3001)
        ]
        portal.datastore.restore(RESOURCE, shape, iter(rows))
        with portal.datastore.opened(RESOURCE) as reading:
            found = filling.filled(reading)
        assert found.rows == 3000
        assert found.looked == 1000
        assert not found.is_whole
        assert found.values[0] == found.looked // 2
        assert 0.27 < found.values[1] / found.looked < 0.33
        assert found.examples == ("x", 1)
        portal.datastore.restore(RESOURCE, shape, iter(rows[:7]))
        with portal.datastore.opened(RESOURCE) as reading:
            found = filling.filled(reading)
        assert (found.rows, found.looked, found.is_whole) == (7, 7, True)
        assert found.values[0] == 3


def test_a_reader_who_hangs_up_leaves_no_thread_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started, ended = threading.Event(), threading.Event()

    def slow(part: Part, _out: Any, *, bom: bool = False) -> None:
        started.set()
        try:
            while not part.gone.is_set():
                time.sleep(0.01)
            raise HungUp
        finally:
            ended.set()

    monkeypatch.setattr(text, "csv_file", slow)
    with opened(tmp_path) as portal, served(portal) as ours:
        published(portal)
        import socket
        from urllib.parse import urlsplit

        host = urlsplit(ours.url)
        with socket.create_connection((host.hostname, host.port)) as line:
            line.sendall(f"GET {PAGE}?format=csv HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert started.wait(10)
        assert ended.wait(10)
        monkeypatch.undo()
        assert ours.ask(f"{PAGE}?format=csv").status_code == 200


def test_heavy_files_wait_for_their_turn_and_too_many_are_asked_to_come_again(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "HEAVY", 0)
    turns = web.application.state.turns
    assert web.ask(f"{PAGE}?format=csv").status_code == 200
    monkeypatch.setattr(turns, "waiting", answer.WAITING)
    busy = web.ask(f"{PAGE}?format=csv&lang=en")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "30")
    assert "Several large files are being made" in busy.text
    monkeypatch.setattr(turns, "waiting", 0)
    assert web.ask(f"{PAGE}?format=csv").status_code == 200
    assert (turns.waiting, turns.free.locked()) == (0, False)
