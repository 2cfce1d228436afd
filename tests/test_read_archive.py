"""ZIP archives: which table, Thai names, bombs, passwords, shapefiles."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapefile

from metadata import wording
from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.read import Reading, archive, read

CSV = "จังหวัด,งบ\nน่าน,1\n".encode()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return buffer.getvalue()


def reading_of(folder: Path, data: bytes, **options: Any) -> Reading:
    (folder / "ชุด.zip").write_bytes(data)
    before = sorted(folder.iterdir())
    reading = read(Source(path="ชุด.zip", **options), folder, Place(dataset="welfare"))
    assert sorted(folder.iterdir()) == before
    return reading


def refusal(folder: Path, data: bytes, **options: Any) -> SourceError:
    with pytest.raises(SourceError) as refused:
        reading_of(folder, data, **options)
    said = wording.error(refused.value, "th")
    assert "…" not in said["message"] + said["remedy"]
    return refused.value


def test_the_only_table_needs_no_name(tmp_path: Path) -> None:
    data = zipped({"อ่านก่อน.pdf": b"%PDF", "__MACOSX/._a.csv": b"x", "ข้อมูล/กองทุน.csv": CSV})
    assert list(reading_of(tmp_path, data).table.loc[2]) == ["น่าน", "1"]


def test_several_tables_ask_for_a_choice(tmp_path: Path) -> None:
    refused = refusal(tmp_path, zipped({"ก.csv": CSV, "ข.csv": CSV, "c.txt": b"x"}))
    assert (refused.kind, refused.values["known"]) == ("read-zip-choose", ["ก.csv", "ข.csv"])


@pytest.mark.parametrize("member", ["ปี/ข.csv", "ข.csv", "ปี\\ข.csv"])
def test_a_member_is_found_by_its_path_or_its_name(tmp_path: Path, member: str) -> None:
    data = zipped({"ก.csv": b"x,y\n1,2\n", "ปี/ข.csv": CSV})
    assert list(reading_of(tmp_path, data, member=member).table.columns) == ["จังหวัด", "งบ"]


def test_a_member_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    refused = refusal(tmp_path, zipped({"ก.csv": CSV}), member="ค.csv")
    assert (refused.kind, refused.values["known"]) == ("read-zip-missing", ["ก.csv"])


def test_an_archive_without_a_table_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, zipped({"ภาพ.png": b"x"})).kind == "read-zip-missing"


def test_thai_names_written_by_windows_are_read(tmp_path: Path) -> None:
    name = "กองทุน.csv".encode("cp874")
    data = zipped({"x" * len(name): CSV, "b.csv": CSV}).replace(b"x" * len(name), name)
    assert refusal(tmp_path, data).values["known"] == ["กองทุน.csv", "b.csv"]
    assert len(reading_of(tmp_path, data, member="กองทุน.csv").table) == 1


def test_a_workbook_inside_is_read_with_its_own_options(tmp_path: Path) -> None:
    import openpyxl

    buffer, book = io.BytesIO(), openpyxl.Workbook()
    book.active.title = "สรุป"
    book.create_sheet("อื่น").append(["ก", "ข"])
    book["สรุป"].append(["จังหวัด", "งบ"])
    book["สรุป"].append(["น่าน", 1])
    book.save(buffer)
    reading = reading_of(tmp_path, zipped({"โครงการ.xlsx": buffer.getvalue()}), sheet="สรุป")
    assert (reading.sheet, reading.findings, len(reading.table)) == ("สรุป", (), 1)


def test_a_bomb_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    assert refusal(tmp_path, zipped({"ระเบิด.csv": bytes(64 << 20)})).kind == "read-zip-unsafe"


def test_a_bomb_inside_a_workbook_is_refused(tmp_path: Path) -> None:
    data = zipped({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": bytes(64 << 20)})
    assert refusal(tmp_path, data).kind == "read-zip-unsafe"


def test_an_entry_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"ก.csv": b"a,b\n" + b"1,2\n" * 5000}))
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, central + 24, 40)
    assert refusal(tmp_path, bytes(data)).kind == "read-broken"


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "ENTRIES_LIMIT", 3)
    assert refusal(tmp_path, zipped({f"{n}.csv": CSV for n in range(4)})).kind == "read-zip-unsafe"
    assert len(reading_of(tmp_path, zipped({f"{n}.csv": CSV for n in range(3)}), member="1.csv").table) == 1


def test_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    refused = refusal(tmp_path, zipped({"ข้างใน.zip": zipped({"ก.csv": CSV})}), member="ข้างใน.zip")
    assert refused.kind == "read-format"


def test_an_entry_with_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"ก.csv": CSV}))
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(tmp_path, bytes(data)).kind == "read-password"


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, zipped({"ก.csv": CSV * 50})[:-40]).kind == "read-broken"


def test_names_that_climb_out_are_only_names(tmp_path: Path) -> None:
    data = zipped({"../../บุกรุก.csv": CSV})
    assert len(reading_of(tmp_path, data).table) == 1
    assert not (tmp_path.parent.parent / "บุกรุก.csv").exists()


def shapes(encoding: str, cpg: bytes | None) -> bytes:
    parts = {kind: io.BytesIO() for kind in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, encoding=encoding, shapeType=shapefile.POINT) as writer:
        writer.field("NAME_T", "C", size=60)
        writer.field("COUNT", "N")
        writer.point(100.5, 13.75)
        writer.record("เทศบาลเมืองน่าน", 7)
        writer.point(99.25, 18)
        writer.record("อบต.แม่สอด", None)
    members = {f"ตำบล.{kind}": part.getvalue() for kind, part in parts.items()}
    return zipped(members if cpg is None else {**members, "ตำบล.cpg": cpg})


@pytest.mark.parametrize(("encoding", "cpg"), [("utf-8", b"UTF-8"), ("cp874", b"TIS-620"), ("cp874", None)])
def test_a_shapefile_gives_its_attributes_and_points(tmp_path: Path, encoding: str, cpg: bytes | None) -> None:
    reading = reading_of(tmp_path, shapes(encoding, cpg))
    assert list(reading.table.columns) == ["NAME_T", "COUNT", "longitude", "latitude"]
    assert reading.table.to_numpy().tolist() == [
        ["เทศบาลเมืองน่าน", "7", "100.5", "13.75"],
        ["อบต.แม่สอด", "", "99.25", "18"],
    ]
    assert (list(reading.table.index), reading.encoding) == ([1, 2], encoding)


def test_a_shapefile_without_its_attributes_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(shapes("utf-8", None))) as whole:
        data = zipped({name: whole.read(name) for name in whole.namelist() if not name.endswith(".dbf")})
    assert refusal(tmp_path, data).kind == "read-zip-missing"


def test_a_damaged_shapefile_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(shapes("utf-8", None))) as whole:
        data = zipped({name: whole.read(name)[:50] for name in whole.namelist()})
    assert refusal(tmp_path, data).kind == "read-broken"
