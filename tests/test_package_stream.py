"""A release written slice by slice: the bytes are those of the whole table at once, hashed on the way."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metadata.dataset import Resource
from metadata.finding import Place
from pipelines import package, stream, typed

NASTY = [
    *(
        "",
        " ",
        '"',
        '""',
        "a,b",
        "a\nb",
        "a\r\nb",
        "\r",
        "\n",
        " เว้นหน้า",
        "เว้นหลัง ",
        "\ufeff",
        "\ufeffก",
        "\x00",
        "a\x00b",
    ),
    *("\u2028", "\u0085", "\x1c", "\t", ";", "'", "กำ", "0", "-", "é", "😀", "NULL", "nan", "\\", "\x7f", "a;b|c"),
]
CELLS = st.sampled_from(NASTY) | st.text(max_size=5)


def table(columns: dict[str, list[str]]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def at_once(made: pd.DataFrame, path: Path) -> bytes:
    """The table as it was written before: a second copy of it whole, through lists."""
    columns = {str(name): pl.Series(made[name].to_list(), dtype=pl.String) for name in made.columns}
    frame = pl.DataFrame(columns)
    if frame.width > 1:
        frame = frame.with_columns(pl.all().replace("", None))
    frame.write_csv(path, line_terminator="\n", quote_style="necessary")
    return path.read_bytes()


def resource(form: str, *fields: dict[str, Any], **schema: Any) -> Resource:
    described = {"name": "t", "path": f"release/t.{form}", "schema": {"fields": list(fields), **schema}}
    return Resource(name="t", descriptor=described)


@settings(max_examples=40)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12), st.integers(1, 3), st.integers(1, 5))
def test_a_csv_of_slices_is_the_csv_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], width: int, size: int
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    names = ("จังหวัด", 'q"', "n")[:width]
    made = table({name: [row[place] for row in rows] for place, name in enumerate(names)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "parts", lambda table: stream.parts(table, size))
        file = package.write(resource("csv"), made, folder, Place())
    written = (folder / "t.csv").read_bytes()
    assert written == at_once(made, folder / "whole.csv")
    assert (file.sha256, file.bytes) == (f"sha256:{hashlib.sha256(written).hexdigest()}", len(written))
    assert file.rows == len(rows)


@pytest.mark.parametrize("form", ["csv", "geojson", "parquet"])
def test_each_slice_is_shown_as_it_is_written(tmp_path: Path, form: str) -> None:
    count = stream.ROWS + 3
    places = {"longitude": ["100.5"] * count, "latitude": ["13.75"] * count}
    made = table({"n": ["" if n % 2 else str(n) for n in range(count)]} | places)
    seen: list[pl.DataFrame] = []
    file = package.write(resource(form), made, tmp_path, Place(), seen.append)
    assert [len(part) for part in seen] == [stream.ROWS, 3]
    assert seen[0]["n"].head(3).to_list() == ["0", None, "2"]
    assert pl.concat(seen).fill_null("").to_dict(as_series=False) == made.to_dict("list")
    written = (tmp_path / file.path).read_bytes()
    assert (file.sha256, file.bytes) == (f"sha256:{hashlib.sha256(written).hexdigest()}", len(written))


def test_an_empty_cell_of_the_only_column_is_shown_as_empty_and_written_as_quotes(tmp_path: Path) -> None:
    seen: list[pl.DataFrame] = []
    package.write(resource("csv"), table({"a": ["", "ก"]}), tmp_path, Place(), seen.append)
    assert seen[0]["a"].to_list() == [None, "ก"]
    assert (tmp_path / "t.csv").read_bytes() == 'a\n""\nก\n'.encode()


def test_writing_leaves_no_second_copy_in_the_cells(tmp_path: Path) -> None:
    cells = ["".join(("ตำบล", str(number))) for number in range(4)]
    made = table({"a": cells, "b": cells})
    before = [sys.getsizeof(cell) for cell in made["a"]]
    package.write(resource("csv"), made, tmp_path, Place())
    assert [sys.getsizeof(cell) for cell in made["a"]] == before


# ---------------------------------------------------------------- Parquet

TYPED: dict[str, dict[str, Any]] = {
    "n": {"type": "integer"},
    "y": {"type": "year"},
    "x": {"type": "number"},
    "yes": {"type": "boolean", "trueValues": ["ใช่"], "falseValues": ["ไม่ใช่"]},
    "day": {"type": "date"},
    "at": {"type": "datetime"},
    "utc": {"type": "datetime"},
    "word": {"type": "string"},
}


def parquet(folder: Path, cells: list[str], **field: Any) -> pl.Series:
    """One column of a release's Parquet file."""
    package.write(resource("parquet", {"name": "a", **field}), table({"a": cells}), folder, Place())
    return pl.read_parquet(folder / "t.parquet")["a"]


def test_parquet_has_the_types_of_the_schema(tmp_path: Path) -> None:
    rows = {
        "n": ["007", "", "-12"],
        "y": ["2567", "2568", ""],
        "x": ["0.1", "1,5".replace(",", "."), ""],
        "yes": ["ใช่", "ไม่ใช่", ""],
        "day": ["2024-02-29", "", "0001-01-01"],
        "at": ["2024-02-29T01:02:03", "2024-02-29 01:02:03.25", ""],
        "utc": ["2024-02-29T01:02:03Z", "", "2024-02-29T01:02:03.000001Z"],
        "word": ["010", "", "ก"],
        "beside": ["1", "2", "3"],
    }
    fields = [{"name": name, **given} for name, given in TYPED.items()]
    package.write(resource("parquet", *fields), table(rows), tmp_path, Place())
    assert pl.read_parquet(tmp_path / "t.parquet").to_dict(as_series=False) == {
        "n": [7, None, -12],
        "y": [2567, 2568, None],
        "x": [0.1, 1.5, None],
        "yes": [True, False, None],
        "day": [date(2024, 2, 29), None, date(1, 1, 1)],
        "at": [*map(datetime.fromisoformat, ("2024-02-29T01:02:03", "2024-02-29T01:02:03.25")), None],
        "utc": [datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC), None, datetime(2024, 2, 29, 1, 2, 3, 1, tzinfo=UTC)],
        "word": ["010", None, "ก"],
        "beside": ["1", "2", "3"],
    }


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        *(("integer", cell) for cell in ("๑๒", "1.0", "1_000", " 1", "9223372036854775808", "ไม่ระบุ", "1\n")),
        *(("year", cell) for cell in ("256", "25670", "๒๕๖๗")),
        *(
            ("number", cell)
            for cell in ("1,000.5", "NaN", "inf", "1e400", "1e-320", "๑.๕", "1 ", ".", f"1e5{'0' * 3}")
        ),
        *(("number", cell) for cell in (f"{'9' * 40}", "1234567890123456e1")),
        *(("boolean", cell) for cell in ("ใช่", "yes", "tRUE")),
        *(
            ("date", cell)
            for cell in ("2024-02-30", "2567-2-1", "0000-01-01", "29/02/2024", "2024-02-29T00:00:00")
        ),
        *(("datetime", cell) for cell in ("2024-02-29", "2024-02-29T24:00:00", "2024-02-29T01:02:60")),
        *(("datetime", cell) for cell in ("2024-02-29T01:02:03+07:00", "2024-02-29T01:02:03.1234567")),
        *((kind, "x") for kind in ("string", "any", "time", "duration", "object")),
    ],
)
def test_a_cell_that_does_not_cast_leaves_its_column_text(tmp_path: Path, kind: str, cell: str) -> None:
    good = {"integer": "1", "year": "2567", "number": "1", "boolean": "true", "date": "2024-01-01"}
    cells = [good.get(kind, ""), cell]
    assert parquet(tmp_path, cells, type=kind).to_list() == [cells[0] or None, cell]


def test_times_with_and_without_a_zone_stay_text_together(tmp_path: Path) -> None:
    cells = ["2024-02-29T01:02:03", "2024-02-29T01:02:03Z"]
    assert parquet(tmp_path, cells, type="datetime").to_list() == cells


def test_a_field_with_signs_or_a_format_of_its_own_stays_text(tmp_path: Path) -> None:
    assert parquet(tmp_path, ["1"], type="number", groupChar=",").to_list() == ["1"]
    assert parquet(tmp_path, ["01/02/2024"], type="date", format="%d/%m/%Y").to_list() == ["01/02/2024"]


def test_a_missing_value_is_null_where_the_column_is_typed(tmp_path: Path) -> None:
    fields = ({"name": "n", "type": "integer", "missingValues": ["-"]}, {"name": "w", "type": "string"})
    made = table({"n": ["-", "1"], "w": ["-", "ก"]})
    package.write(resource("parquet", *fields, missingValues=["", "-"]), made, tmp_path, Place())
    assert pl.read_parquet(tmp_path / "t.parquet").to_dict(as_series=False) == {"n": [None, 1], "w": ["-", "ก"]}


def test_lists_that_hold_no_texts_are_no_lists(tmp_path: Path) -> None:
    assert parquet(tmp_path, ["1", "0"], type="integer", missingValues=[0, None]).to_list() == [1, 0]
    assert parquet(tmp_path, ["1"], type="boolean", trueValues=[1]).to_list() == ["1"]
    assert parquet(tmp_path, ["true"], type="boolean", trueValues=None, missingValues="x").to_list() == [True]


def test_numbers_of_more_digits_than_a_float_holds_are_decimals(tmp_path: Path) -> None:
    column = parquet(tmp_path, ["0.1234567890123456", "+5.", "-12345678901234567890.5", ".5"], type="number")
    assert column.dtype == pl.Decimal(38, 16)
    wanted = ["0.1234567890123456", "5", "-12345678901234567890.5", "0.5"]
    assert column.to_list() == [Decimal(text) for text in wanted]


DIGITS = st.text("0123456789", max_size=20)
NUMBERS = st.one_of(
    st.builds("{}{}.{}".format, st.sampled_from(["", "-", "+"]), DIGITS, DIGITS).filter(
        lambda text: text.strip("+-.")
    ),
    st.builds("{}{}e{}".format, st.sampled_from(["", "-"]), st.integers(0, 10**16), st.integers(-330, 330)),
    st.integers(-(10**20), 10**20).map(str),
)


@settings(max_examples=40)
@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_no_number_is_lost(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    column = parquet(tmp_path_factory.mktemp("parquet"), cells, type="number")
    for cell, value in zip(cells, column.to_list(), strict=True):
        if isinstance(value, float):
            assert Decimal(repr(value)) == Decimal(cell)
        else:
            assert value == (cell if isinstance(value, str) else Decimal(cell))


@settings(max_examples=40)
@given(st.lists(st.datetimes().map(datetime.isoformat), min_size=1, max_size=5))
def test_no_time_is_lost(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    column = parquet(tmp_path_factory.mktemp("parquet"), cells, type="datetime")
    assert [value.isoformat() for value in column.to_list()] == cells


@pytest.mark.workers
def test_a_parquet_file_is_the_same_whatever_the_slices_and_the_cores(tmp_path: Path) -> None:
    code = f"""
import sys, pandas
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_package_stream import TYPED, resource, table, stream, package, Place
stream.parts.__defaults__ = (int(sys.argv[1]),)
count = 230_000
made = table({{"n": [str(n % 977) for n in range(count)], "word": [f"ตำบล {{n % 313}}" for n in range(count)]}})
fields = [{{"name": "n", "type": "integer"}}]
print(package.write(resource("parquet", *fields), made, Path(sys.argv[2]), Place()).sha256)
"""
    hashes = set()
    for size, threads in (("50000", "1"), ("7001", "3")):
        environment = {**os.environ, "POLARS_MAX_THREADS": threads}
        ran = subprocess.run(
            [sys.executable, "-c", code, size, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        hashes.add(ran.stdout)
    assert len(hashes) == 1
    made = pl.read_parquet(tmp_path / "t.parquet")
    assert made.schema == {"n": pl.Int64, "word": pl.String}
    assert (len(made), made["word"][229_999]) == (230_000, f"ตำบล {229_999 % 313}")


def test_a_table_without_rows_has_its_types(tmp_path: Path) -> None:
    package.write(
        resource("parquet", {"name": "n", "type": "number"}), table({"n": [], "w": []}), tmp_path, Place()
    )
    made = pl.read_parquet(tmp_path / "t.parquet")
    assert made.schema == {"n": pl.Float64, "w": pl.String}
    assert len(made) == 0


def test_the_formats_are_told_apart(tmp_path: Path) -> None:
    assert package.MEDIA_TYPES["parquet"] == "application/vnd.apache.parquet"
    assert set(typed.TYPES) == {str(given["type"]) for given in TYPED.values()} - {"string"}
