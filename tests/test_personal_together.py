"""A national ID that stands in several columns is found; numbers that chance puts side by side are not."""

from __future__ import annotations

from itertools import pairwise

import polars
import pytest
from personal_values import bare_id, digits, seeded

from metadata.finding import Place
from pipelines.govern.personal import column

RANDOM = seeded("together")
CARD = (1, 4, 5, 2, 1)


def parted(widths: tuple[int, ...], count: int, *, zeros: bool = True) -> dict[str, list[str]]:
    """Columns that hold so many national IDs in parts; without `zeros` as a spreadsheet reads numbers."""
    ends = [0, *(sum(widths[: place + 1]) for place in range(len(widths)))]
    numbers = [bare_id(RANDOM) for _ in range(count)]
    cells = {f"c{place}": [one[a:b] for one in numbers] for place, (a, b) in enumerate(pairwise(ends))}
    return cells if zeros else {name: [str(int(cell)) for cell in some] for name, some in cells.items()}


def errors(columns: dict[str, list[str]]) -> set[str | None]:
    """The columns in which national IDs are told."""
    told = column.findings(polars.DataFrame(columns), Place(), origins=range(2, 1000))
    return {
        one.at.column for one in told if one.rule.startswith("personal-national-id") and one.severity == "error"
    }


@pytest.mark.parametrize(
    ("widths", "count"), [((1,) * 13, 3), (CARD, 3), ((6, 7), 12), ((3, 10), 12), ((12, 1), 12)]
)
def test_parts_in_several_columns_are_one_number(widths: tuple[int, ...], count: int) -> None:
    columns = parted(widths, count)
    assert errors({"ตำบล": ["นาดี"] * count, **columns, "ปี": ["2567"] * count}) == set(columns)


def test_lost_zeros_other_columns_between_and_a_header_hide_nothing() -> None:
    columns = parted(CARD, 60, zeros=False)
    between = {name: cells for key in columns for name, cells in ((key, columns[key]), (f"{key} ชื่อ", ["ก"] * 60))}
    assert errors(between) == set(columns)
    first, last = parted((6, 7), 1).values()
    assert errors({"เลขประจำตัวประชาชน": first, "ต่อ": last}) == {"เลขประจำตัวประชาชน", "ต่อ"}


def test_slices_add_up() -> None:
    whole = polars.DataFrame(parted((6, 7), 30))
    slices = [column.scan(whole.slice(at, 10), origins=range(at + 2, at + 12)) for at in (0, 10, 20)]
    assert column.scanned(slices) == column.scan(whole, origins=range(2, 32))


def test_other_numbers_side_by_side_are_none() -> None:
    codes = {f"c{width}": [digits(RANDOM, width) for _ in range(40)] for width in (6, 7)}
    assert errors(codes) == set()
    assert errors({name: [cells[0]] * 30 for name, cells in parted((6, 7), 30).items()}) == set()


def test_the_columns_are_named_together() -> None:
    told = column.findings(polars.DataFrame(parted((6, 7), 12)), Place())
    assert [one.values["columns"] for one in told if one.rule == "personal-parted"] == [["c0", "c1"]]
