"""Which columns name a row, and how many values of the same rows changed."""

from __future__ import annotations

import io
from contextlib import nullcontext
from typing import Any

import pytest

from catalog.compare import Comparing, keys


def _file(*lines: str) -> Any:
    content = "\n".join(lines).encode()
    return lambda: nullcontext(io.BytesIO(content))


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["จังหวัด,จำนวน", "ระนอง,1", "พังงา,2"], ["จังหวัด"]),
        (["ปี,จังหวัด,จำนวน", "2566,ระนอง,1", "2566,พังงา,2", "2567,ระนอง,3"], ["ปี", "จังหวัด"]),
        (["ปี,จำนวน", "2566,10", "2567,12"], ["ปี"]),
        (["รหัส,ยอด", "1010,5.5", "9033,7.5"], ["รหัส"]),
    ],
)
def test_a_row_is_named_by_its_leading_words_years_and_codes(lines: list[str], found: list[str]) -> None:
    assert keys(_file(*lines), _file(*lines))[0] == tuple(found)


@pytest.mark.parametrize(
    "lines",
    [
        ["จำนวน,ยอด", "1,5.5", "12,7.25"],
        ["ลำดับ,จำนวน", "01,5.5", "02,7.25"],
        ["จังหวัด,จำนวน", "ระนอง,1", "ระนอง,22"],
    ],
)
def test_neither_measures_nor_running_numbers_nor_what_repeats_name_a_row(lines: list[str]) -> None:
    assert keys(_file(*lines), _file(*lines)) == []


def test_the_declared_key_comes_first_where_both_files_have_it() -> None:
    lines = _file("จังหวัด,รหัส", "ระนอง,85", "พังงา,82")
    assert keys(lines, lines, ["รหัส"])[0] == ("รหัส",)
    assert keys(lines, lines, ["ไม่มี"])[0] == ("จังหวัด",)


def test_values_are_counted_and_a_number_written_otherwise_is_no_other_value() -> None:
    before = _file("จังหวัด,ชาย,หญิง", "ระนอง,1000,5", "พังงา,7,8", "ตรัง,1,1")
    after = _file("จังหวัด,ชาย,หญิง", 'ระนอง,"1,000.0",5 ', "พังงา,9,10", "ตรัง,2,1")
    found = Comparing(before, after, ["จังหวัด"])
    cells = found.cells(10)
    assert (cells.rows, dict(cells.columns), cells.whole) == (2, {"ชาย": 2, "หญิง": 1}, True)
    assert not found.cells(1).whole
