"""The step for numbers: what it writes plainly, and what it will not guess."""

from __future__ import annotations

import pytest
from cleaning import does, doubts, leaves, run, table


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1,234", "1234"),
        ("1,234,567.50", "1234567.50"),
        ("๑,๒๓๔", "1234"),
        (" 12 ", "12"),
        ("(1,234.5)", "-1234.5"),
        ("−5", "-5"),
        ("–5", "-5"),
        ("+7", "7"),
        (".5", "0.5"),
        ("500.-", "500"),
        ("1,500.–", "1500"),
        ("1.5E+3", "1500"),
        ("\u00a012\u200b", "12"),
    ],
)
def test_number_is_written_plainly(before: str, after: str) -> None:
    does("number", before, after)


@pytest.mark.parametrize("plain", ["0", "12", "-3.50", "007", "59431144.00000001", "1234567890123456789.10"])
def test_number_leaves_a_plain_number_and_its_precision(plain: str) -> None:
    leaves("number", plain)


@pytest.mark.parametrize(
    "unclear",
    ["1.234,56", "1,23", "12 345", "1,2345", "5-", "-(5)", "12.5%", "๑๒ บาท", "รวม", "-", "1/2", "1e9999", "NaN"],
)
def test_number_does_not_guess(unclear: str) -> None:
    doubts("number", unclear, "number")


def test_number_drops_only_the_units_it_is_told() -> None:
    does("number", "1,200 บาท", "1200", unit="บาท")
    does("number", "฿ 1,200", "1200", unit=["บาท", "฿"])
    does("number", "-฿1,200", "-1200", unit=["฿"])
    does("number", "(1,200 บาท)", "-1200", unit=["บาท"])
    does("number", "150 KW", "150", unit="kW")
    doubts("number", "150 kW", "number", unit="บาท")


def test_number_takes_percent_as_declared() -> None:
    does("number", "12.5%", "12.5", percent="keep")
    does("number", "12.5 %", "0.125", percent="fraction")
    does("number", "-5%", "-0.05", percent="fraction")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("122,016.00", "122016"),
        ("20378.00", "20378"),
        ("(5.0)", "-5"),
        ("๗.๐๐ บาท", "7"),
        ("0.0", "0"),
        ("12.", "12"),
    ],
)
def test_number_told_that_a_column_is_whole_drops_the_zeros_after_the_point(before: str, after: str) -> None:
    does("number", before, after, whole=True, unit="บาท")


@pytest.mark.parametrize("plain", ["122016", "-5", "007", "100"])
def test_number_told_that_a_column_is_whole_leaves_whole_numbers(plain: str) -> None:
    leaves("number", plain, whole=True)


@pytest.mark.parametrize("fraction", ["1,200.50", "0.001", "-5.10", "59431144.00000001", "12.5e0"])
def test_number_told_that_a_column_is_whole_rounds_no_fraction_away(fraction: str) -> None:
    doubts("number", fraction, "number-whole", whole=True)


def test_number_leaves_empty_cells_and_other_columns() -> None:
    made = run(table({"งบ": ["1,000", ""], "รหัส": ["1,000", ""]}), ("number", {"columns": ["งบ"]}))
    assert made.table["งบ"].tolist() == ["1000", ""]
    assert made.table["รหัส"].tolist() == ["1,000", ""]


def test_a_doubt_names_its_places_and_shapes_but_never_a_value() -> None:
    made = run(table({"งบ": ["1.234,56", "5", "9.876,54", "สมชาย 5"]}), ("number", {"columns": ["งบ"]}))
    (finding,) = made.findings
    assert finding.values["count"] == 3
    assert finding.values["source_rows"] == [4, 6, 7]
    assert finding.values["shapes"] == ["9.999,99", "ก 9"]
    assert "1.234,56" not in str(finding.to_dict())
    assert "สมชาย" not in str(finding.to_dict())
