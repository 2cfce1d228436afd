"""Parquet as a source: every type as exact text, row group by row group, and no broken file gets through."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import random
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.read import Reading, parquet, read
from pipelines.read import source as sources

AT = Place(dataset="welfare", resource="funds")


def written(folder: Path, frame: pl.DataFrame, name: str = "ต้นฉบับ.parquet", **options: Any) -> Reading:
    frame.write_parquet(folder / name, **options)
    return read(Source(path=name), folder, AT)


def texts(column: pl.Series) -> list[str]:
    """A column as a recipe reads it from a Parquet file."""
    stream = io.BytesIO()
    column.alias("a").to_frame().write_parquet(stream)
    table, _ = parquet.tabled(stream.getvalue(), AT)
    return table["a"].tolist()


def refusal(data: bytes) -> SourceError:
    with pytest.raises(SourceError) as refused:
        parquet.tabled(data, AT)
    return refused.value


def bytes_of(frame: pl.DataFrame, **options: Any) -> bytes:
    stream = io.BytesIO()
    frame.write_parquet(stream, **options)
    return stream.getvalue()


SMALL = pl.DataFrame({"จังหวัด": ["น่าน", None, "ตาก", "น่าน"], "งบ": [1, 2, None, 4]})


def test_records_are_numbered_from_one_and_the_file_is_hashed(tmp_path: Path) -> None:
    reading = written(tmp_path, SMALL)
    assert reading.table.to_dict("list") == {"จังหวัด": ["น่าน", "", "ตาก", "น่าน"], "งบ": ["1", "2", "", "4"]}
    assert (reading.table.index.tolist(), reading.table.index.name) == ([1, 2, 3, 4], "source_row")
    assert set(map(str, reading.table.dtypes)) == {"str"}
    data = (tmp_path / "ต้นฉบับ.parquet").read_bytes()
    assert reading.inputs == {"ต้นฉบับ.parquet": sources.hashed(tmp_path / "ต้นฉบับ.parquet", "x", AT)}
    assert (reading.sheet, reading.encoding, reading.findings) == (None, None, ())
    assert len(data) > 12


def test_it_is_known_by_its_bytes_and_read_from_a_zip_too(tmp_path: Path) -> None:
    assert len(written(tmp_path, SMALL, "ตาราง.csv").table) == 4
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("ใน.parquet", bytes_of(SMALL))
    assert read(Source(path="a.zip"), tmp_path, AT).table["งบ"].tolist() == ["1", "2", "", "4"]


def test_a_name_that_looks_like_a_pattern_is_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "ปี=2567"
    folder.mkdir()
    SMALL.write_parquet(folder / "a[1]*.parquet")
    table = read(Source(path="ปี=2567/a[1]*.parquet"), tmp_path, AT).table
    assert table.columns.tolist() == ["จังหวัด", "งบ"]


def test_an_option_that_parquet_has_no_use_for_is_told(tmp_path: Path) -> None:
    SMALL.write_parquet(tmp_path / "a.parquet")
    (finding,) = read(Source(path="a.parquet", header=2, delimiter=";"), tmp_path, AT).findings
    assert (finding.rule, finding.values["format"]) == ("read-option-unused", "Parquet")
    assert finding.values["options"] == ["header", "delimiter"]


def test_a_file_without_rows_is_an_error_and_keeps_its_columns(tmp_path: Path) -> None:
    reading = written(tmp_path, SMALL.clear())
    assert reading.table.columns.tolist() == ["จังหวัด", "งบ"]
    assert [(finding.rule, finding.severity) for finding in reading.findings] == [("read-no-rows", "error")]


def test_labels_are_made_even_as_elsewhere(tmp_path: Path) -> None:
    reading = written(tmp_path, pl.DataFrame({" จังหวัด ": ["น่าน"], "": ["1"], "จังหวัด": ["2"]}))
    assert reading.table.columns.tolist() == ["จังหวัด", "column_2", "จังหวัด_2"]
    assert [finding.rule for finding in reading.findings] == [
        "read-labels-trimmed",
        "read-labels-blank",
        "read-labels-repeated",
    ]


# ---------------------------------------------------------------- row groups


def test_row_groups_are_listed_and_read_one_by_one(tmp_path: Path) -> None:
    count = 130_007
    frame = pl.DataFrame({"n": range(count), "w": [f"ตำบล {n % 7}" for n in range(count)]})
    path = tmp_path / "a.parquet"
    frame.write_parquet(path, row_group_size=60_000)
    listed = parquet.groups(path, AT)
    assert sum(group.rows for group in listed) == count and len(listed) == 3
    assert [group.first for group in listed] == [0, *(group.first + group.rows for group in listed[:-1])]
    parts = [parquet.read_group(path, group, AT) for group in listed]
    assert [len(part) for part in parts] == [group.rows for group in listed]
    whole, _ = parquet.tabled(path, AT)
    assert pl.concat(parts).to_dict(as_series=False) == whole.to_dict("list")
    assert whole.iloc[-1].tolist() == [str(count - 1), f"ตำบล {(count - 1) % 7}"]
    assert parquet.groups(path.read_bytes(), AT) == listed
    said = parquet.layout(path, AT)
    assert (said.groups, said.labels, said.rows, said.findings) == (listed, ("n", "w"), count, ())
    columns = zip(*(parquet.cells(path, group, AT) for group in listed), strict=True)
    assert [[text for part in column for text in part] for column in columns] == [*whole.to_dict("list").values()]


def test_a_row_group_is_a_table_of_text_whatever_it_holds() -> None:
    frame = pl.DataFrame({"a": [None, 2], "b": [[1], []], "c": [True, None]})
    data = bytes_of(frame)
    (group,) = parquet.groups(data, AT)
    part = parquet.read_group(data, group, AT)
    assert part.rows() == [("", "[1]", "TRUE"), ("2", "[]", "")]
    empty = bytes_of(frame.clear())
    assert parquet.groups(empty, AT) in ((), (parquet.Group(number=0, first=0, rows=0),))
    nothing = parquet.read_group(empty, parquet.Group(number=0, first=0, rows=0), AT)
    assert nothing.schema == {"a": pl.String, "b": pl.String, "c": pl.String}


# ---------------------------------------------------------------- types


@settings(max_examples=40)
@given(st.lists(st.floats(width=64), min_size=1, max_size=4))
def test_a_float_is_its_shortest_text(numbers: list[float]) -> None:
    for number, text in zip(numbers, texts(pl.Series(numbers, dtype=pl.Float64)), strict=True):
        if math.isfinite(number):
            assert float(text) == number
            digits = text.lstrip("-").replace(".", "").strip("0").partition("e")[0].strip("0")
            assert len(digits) <= len(repr(number).lstrip("-").partition("e")[0].replace(".", "").strip("0"))
            assert not text.endswith(".0")
            if 1e-15 <= abs(number) < 1e21:
                assert "e" not in text
        else:
            assert text == ("NaN" if math.isnan(number) else "INF" if number > 0 else "-INF")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((1.0, "1"), (-0.0, "0"), (0.1, "0.1"), (100.0, "100"), (1e15, "1000000000000000"), (1e-7, "0.0000001")),
        *((1e20, f"1{'0' * 20}"), (1e21, "1e+21"), (1e-16, "1e-16"), (123456.789, "123456.789")),
    ],
)
def test_a_float_is_written_as_people_do(number: float, text: str) -> None:
    assert texts(pl.Series([number])) == [text]


def test_a_short_float_has_the_digits_of_a_short_float() -> None:
    assert texts(pl.Series([0.1, 16777216.0, 1e-10, None], dtype=pl.Float32)) == [
        "0.1",
        "16777216",
        "0.0000000001",
        "",
    ]
    assert texts(pl.Series([[0.1, None]], dtype=pl.List(pl.Float32))) == ["[0.1,null]"]


@settings(max_examples=40)
@given(st.lists(st.decimals(-(10**20), 10**20, places=4), min_size=1, max_size=4))
def test_a_decimal_keeps_its_scale(numbers: list[Decimal]) -> None:
    assert texts(pl.Series(numbers, dtype=pl.Decimal(38, 4))) == [f"{number:.4f}" for number in numbers]


@settings(max_examples=40)
@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4))
def test_an_integer_is_its_digits(numbers: list[int | None]) -> None:
    assert texts(pl.Series(numbers, dtype=pl.Int64)) == ["" if one is None else str(one) for one in numbers]


@settings(max_examples=40)
@given(st.lists(st.datetimes(), min_size=1, max_size=4), st.sampled_from(["ms", "us", "ns"]))
def test_a_timestamp_is_iso_with_its_time(moments: list[dt.datetime], unit: Any) -> None:
    if unit == "ns":
        moments = [moment.replace(year=2000 + moment.year % 200) for moment in moments if moment.day < 29]
    if unit == "ms":
        moments = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments]
    column = pl.Series(moments, dtype=pl.Datetime(unit))
    assert texts(column) == [moment.isoformat() for moment in moments]


def test_moments_finer_than_python_s_and_in_a_zone_are_kept() -> None:
    fine = pl.Series([1, 1_500_000_000, 1_000, 2_000_000_000]).cast(pl.Datetime("ns"))
    seconds = ["00.000000001", "01.500000", "00.000001", "02"]
    assert texts(fine) == [f"1970-01-01T00:00:{second}" for second in seconds]
    assert texts(fine.dt.replace_time_zone("UTC"))[1] == "1970-01-01T00:00:01.500000+00:00"
    assert texts(pl.Series([0]).cast(pl.Time)) == ["00:00:00"]
    assert texts(pl.Series([3_661_000_001_000]).cast(pl.Time)) == ["01:01:01.000001"]
    assert texts(pl.Series([3_661_000]).cast(pl.Duration("ms"))) == ["PT1H1M1S"]


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (pl.Series([True, False, None]), ["TRUE", "FALSE", ""]),
        (pl.Series([dt.date(2024, 2, 29), dt.date(1, 1, 1), None]), ["2024-02-29", "0001-01-01", ""]),
        (pl.Series([2**64 - 1], dtype=pl.UInt64), ["18446744073709551615"]),
        (pl.Series([None, None]), ["", ""]),
        (pl.Series([b"\x00\xff", b"", None]), ["00ff", "", ""]),
        (pl.Series(["ก", "", None, " เว้น\r\n\x00", "\ufeff"]), ["ก", "", "", " เว้น\r\n\x00", "\ufeff"]),
        (pl.Series(["ก", "ข", "ก"], dtype=pl.Categorical), ["ก", "ข", "ก"]),
        (pl.Series(["ก", None], dtype=pl.Enum(["ก"])), ["ก", ""]),
        (pl.Series([["ก", None], [], None]), ['["ก",null]', "[]", ""]),
        (pl.Series([[1.0, 1e-7, math.nan]]), ['[1,0.0000001,"NaN"]']),
        (
            pl.Series([{"ชื่อ": 'ก"', "n": Decimal("1.50"), "d": dt.date(2024, 1, 1), "ok": True}]),
            ['{"ชื่อ":"ก\\"","n":1.50,"d":"2024-01-01","ok":true}'],
        ),
        (pl.Series([[{"a": [1]}, {"a": None}]]), ['[{"a":[1]},{"a":null}]']),
    ],
)
def test_each_type_has_its_text(column: pl.Series, wanted: list[str]) -> None:
    assert texts(column) == wanted


def test_a_list_of_what_json_cannot_say_is_refused_with_its_column() -> None:
    refused = refusal(bytes_of(pl.DataFrame({"ก": [[b"\x00"]], "ข": [1]})))
    assert (refused.kind, refused.at.column) == ("read-column-type", "ก")
    assert "Binary" in refused.values["type"]


def test_cells_that_are_alike_are_one_object(tmp_path: Path) -> None:
    table = written(tmp_path, pl.DataFrame({"a": ["เชียงใหม่", "น่าน", None] * 100})).table
    assert len({id(cell) for cell in table["a"].to_numpy(dtype=object)}) == 3


# ---------------------------------------------------------------- what is no table, or too large


def test_a_file_too_large_as_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes_of(pl.DataFrame({"a": ["กขค"] * 1000}))
    monkeypatch.setattr(sources, "TEXT_LIMIT", 1000 * 10)
    assert len(parquet.tabled(data, AT)[0]) == 1000
    monkeypatch.setattr(sources, "TEXT_LIMIT", 1000 * 10 - 1)
    assert refusal(data).kind == "read-too-big"
    monkeypatch.setattr(sources, "TEXT_LIMIT", 999)
    assert refusal(data).values["bytes"] == 1000  # by the footer alone


def test_a_small_file_that_says_it_has_many_rows_is_refused_unread() -> None:
    data = bytes_of(pl.DataFrame({"a": pl.repeat(None, 2_000_000_000, dtype=pl.Boolean, eager=True).head(1)}))
    assert len(parquet.tabled(data, AT)[0]) == 1
    lied = Footer(data).with_rows(2_000_000_000)
    assert refusal(lied).kind == "read-too-big"
    assert refusal(Footer(data).with_rows(5)).kind == "read-broken"


class Footer:
    """A Parquet file of one row whose footer is changed: the counts of rows in it are all the same number."""

    def __init__(self, data: bytes) -> None:
        length = int.from_bytes(data[-8:-4], "little")
        self.body, self.footer = data[: -8 - length], data[-8 - length : -8]

    def with_rows(self, rows: int) -> bytes:
        """The file saying that it and its row group have so many rows."""
        number, encoded = rows << 1, b""
        while number > 127:
            encoded += bytes([number & 127 | 128])
            number >>= 7
        encoded += bytes([number])
        schema_end = self.footer.index(b"\x16\x02\x19")  # num_rows (3) = 1, then the list of row groups (4)
        footer = self.footer[:schema_end] + b"\x16" + encoded + self.footer[schema_end + 2 :]
        last = footer.rindex(b"\x16\x02")
        footer = footer[:last] + b"\x16" + encoded + footer[last + 2 :]
        return self.body + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SMALL.write_parquet(tmp_path / "a.parquet")
    real = parquet.tabled

    def changing(given: Path, at: Place) -> Any:
        made = real(given, at)
        SMALL.head(1).write_parquet(tmp_path / "a.parquet")
        return made

    monkeypatch.setattr(parquet, "tabled", changing)
    with pytest.raises(SourceError, match="read-changed"):
        read(Source(path="a.parquet"), tmp_path, AT)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PAR1", "read-broken"),
        (b"PAR1\x00\x00\x00\x00PAR1", "read-broken"),
        (b"PAR1" + b"\xff" * 20 + b"\xff\xff\xff\xffPAR1", "read-broken"),
        (b"PAR1" + b"\x1c" * 200 + (200).to_bytes(4, "little") + b"PAR1", "read-broken"),
        (b"PAR1" + b"\x19\xfc\xff\xff\xff\xff\x0f" * 9 + (63).to_bytes(4, "little") + b"PAR1", "read-broken"),
        (b"PAR1" + b"\x00" * 8 + (8).to_bytes(4, "little") + b"PARE", "read-password"),
        (bytes_of(SMALL)[:-20], "read-broken"),
        (bytes_of(SMALL)[:60] + bytes_of(SMALL)[90:], "read-broken"),
    ],
)
def test_a_broken_file_is_refused(data: bytes, kind: str) -> None:
    assert refusal(data).kind == kind


def test_a_file_of_bytes_changed_at_random_is_read_or_refused(capfd: pytest.CaptureFixture[str]) -> None:
    frame = SMALL.with_columns(
        pl.lit([1, 2]).alias("l"), pl.lit(Decimal("1.5")).alias("d"), pl.lit(0.1).alias("f")
    )
    good = bytes_of(pl.concat([frame] * 30), row_group_size=40)
    chance = random.Random(2569)  # noqa: S311 - the same each time
    settled = 0
    for _ in range(150):
        data = bytearray(good)
        low = len(data) - 900 if chance.random() < 0.7 else 0
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(max(low, 4), len(data))] = chance.randrange(256)
        try:
            table, _found = parquet.tabled(bytes(data), AT)
        except SourceError as error:
            settled += error.kind in ("read-broken", "read-too-big", "read-column-type", "read-password")
        else:
            assert all(isinstance(cell, str) for label in table for cell in table[label])
            settled += 1
    assert settled == 150
    capfd.readouterr()  # a parser that panics says so on standard error


def test_json_of_a_struct_reads_back() -> None:
    (text,) = texts(pl.Series([{"ก": "\u2028\x00", "n": [1, None]}]))
    assert json.loads(text)["n"] == [1, None]
