"""A release's files: what is written is what the table held."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadata.dataset import Resource
from metadata.errors import SetupError
from metadata.finding import Place
from pipelines import package
from pipelines.profile import profile

CELLS = st.text(st.sampled_from([*"กข1, \t\"'\n\r;", "é", "\ufeff", "๑"]), max_size=6)


def table(rows: list[list[str]], *columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns), dtype="str")


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_a_csv_file_reads_back_cell_for_cell(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    path = tmp_path_factory.mktemp("csv") / "ตาราง.csv"
    package.write_csv(table([list(row) for row in rows], "a", "b"), path)
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], *map(list, rows)]


@given(st.lists(CELLS, max_size=6))
def test_a_one_column_file_loses_no_empty_record(tmp_path_factory: pytest.TempPathFactory, cells: Any) -> None:
    path = tmp_path_factory.mktemp("csv") / "one.csv"
    package.write_csv(table([[cell] for cell in cells], "a"), path)
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["a"], *([cell] for cell in cells)]


def test_csv_is_utf8_without_mark_with_plain_line_ends_and_minimal_quotes(tmp_path: Path) -> None:
    package.write_csv(table([["กองทุน", ""], ["a,b", "1"]], "name", "n"), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == 'name,n\nกองทุน,\n"a,b",1\n'.encode()


def layer(*fields: tuple[str, str]) -> Resource:
    schema = {"fields": [{"name": name, "type": kind} for name, kind in fields]}
    return Resource(name="layer", descriptor={"name": "layer", "path": "release/layer.geojson", "schema": schema})


def test_points_keep_their_numbers_as_they_were_written(tmp_path: Path) -> None:
    points = table(
        [["บ้านเหนือ", "12", "100.10", "13.750"], ["ไม่มีพิกัด", "", "", ""]], "n", "k", "longitude", "latitude"
    )
    file = package.write(layer(("n", "string"), ("k", "integer")), points, tmp_path, Place())
    text = (tmp_path / file.path).read_text("utf-8")
    assert '"coordinates":[100.10,13.750]' in text
    first, second = json.loads(text)["features"]
    assert first["properties"] == {"n": "บ้านเหนือ", "k": 12}
    assert (second["geometry"], second["properties"]["k"]) == (None, None)
    assert file.rows == 2


def test_text_that_looks_like_a_number_stays_text(tmp_path: Path) -> None:
    package.write(
        layer(("code", "string")), table([["010", "1", "2"]], "code", "longitude", "latitude"), tmp_path, Place()
    )
    assert json.loads((tmp_path / "layer.geojson").read_text("utf-8"))["features"][0]["properties"] == {
        "code": "010"
    }


def test_a_layer_without_places_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="geojson-columns"):
        package.write(layer(("n", "string")), table([["a"]], "n"), tmp_path, Place())


def test_a_profile_counts_and_repeats_no_text() -> None:
    rows = [["สมชาย", "2", "1"], ["", "10", "3101100223333"], ["สมชาย", "", "5"]]
    schema = {
        "fields": [
            {"name": "who", "type": "string"},
            {"name": "n", "type": "integer"},
            {"name": "id", "type": "integer"},
        ]
    }
    told = profile(table(rows, "who", "n", "id"), schema)
    assert told["rows"] == 3
    who, n, identifier = told["columns"]
    assert who == {"name": "who", "type": "string", "blank": 1, "distinct": 1, "longest": 5}
    assert (n["min"], n["max"], n["blank"]) == ("2", "10", 1)
    assert "max" not in identifier
    assert "สมชาย" not in json.dumps(told, ensure_ascii=False)


def test_a_profile_finds_the_least_and_the_most_where_many_rows_come_from_one() -> None:
    made = table([["7"], [""], ["18"], ["9"], ["3"], ["120"]], "n")
    made.index = [4, 4, 5, 5, 6, 6]
    (column,) = profile(made, {"fields": [{"name": "n", "type": "integer"}]})["columns"]
    assert (column["min"], column["max"]) == ("3", "120")
