"""Steps that rename, keep, add, drop, fill, order and turn: what each does, leaves alone and records."""

from __future__ import annotations

from typing import Any

import pandas
import pytest
from cleaning import recipe, run, table

from metadata.errors import SetupError
from pipelines.clean import bind
from pipelines.steps.declare import Outcome
from pipelines.steps.register import register

FRAME = {"ภาค": ["เหนือ", "", "ใต้"], "จังหวัด": ["น่าน", "แพร่", "ตรัง"], "2566": ["1", "2", ""], "2567": ["4", "", "6"]}


def cells(frame: pandas.DataFrame) -> list[list[str]]:
    return frame.to_numpy().tolist()  # type: ignore[no-any-return]


def kinds(made: Any) -> list[str]:
    return made.ledger["kind"].unique(maintain_order=True).to_list()  # type: ignore[no-any-return]


def test_rename_swaps_two_names_in_one_step() -> None:
    made = run(table(FRAME), ("rename", {"columns": {"2566": "2567", "2567": "2566"}}))
    assert list(made.table.columns) == ["ภาค", "จังหวัด", "2567", "2566"]
    assert kinds(made) == ["renamed"]


def test_rename_to_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(SetupError) as caught:
        run(table(FRAME), ("rename", {"columns": {"2566": "2567"}}))
    assert caught.value.kind == "step-result-labels"
    assert caught.value.values["labels"] == ["2567"]


def test_select_keeps_what_it_lists_in_that_order_and_records_the_rest() -> None:
    made = run(table(FRAME), ("select", {"columns": ["2567", "จังหวัด"]}))
    assert list(made.table.columns) == ["2567", "จังหวัด"]
    dropped = made.ledger.filter(kind="dropped-column")
    assert dropped.height == 6
    assert dropped["after"].null_count() == 6
    assert dropped.filter(source_column="2566")["before"].to_list() == ["1", "2", ""]


def test_select_of_all_columns_in_their_order_changes_nothing() -> None:
    assert run(table(FRAME), ("select", {"columns": list(FRAME)})).ledger.is_empty()


def test_drop_columns_drops_those_and_no_other() -> None:
    made = run(table(FRAME), ("drop-columns", {"columns": "ภาค"}))
    assert list(made.table.columns) == ["จังหวัด", "2566", "2567"]


def test_constant_adds_one_column_with_one_line() -> None:
    made = run(table(FRAME), ("constant", {"column": "ปี", "value": 2567}))
    assert made.table["ปี"].tolist() == ["2567"] * 3
    assert kinds(made) == ["added"]
    assert made.ledger.height == 1


def test_constant_does_not_write_over_a_column() -> None:
    with pytest.raises(SetupError) as caught:
        run(table(FRAME), ("constant", {"column": "ภาค", "value": "x"}))
    assert caught.value.kind == "step-column-taken"


def test_split_takes_a_place_apart_and_doubts_what_does_not_fit() -> None:
    frame = table({"ที่ตั้ง": ["ต.บางพระ อ.ศรีราชา จ.ชลบุรี", "กรุงเทพมหานคร", ""]})
    made = run(
        frame,
        ("split", {"column": "ที่ตั้ง", "pattern": r"ต\.(.*) อ\.(.*) จ\.(.*)", "into": ["ตำบล", "อำเภอ", "จังหวัด"]}),
    )
    assert cells(made.table)[0][1:] == ["บางพระ", "ศรีราชา", "ชลบุรี"]
    assert cells(made.table)[1] == ["กรุงเทพมหานคร", "", "", ""]
    (finding,) = made.findings
    assert (finding.rule, finding.at.source_row, finding.values["count"]) == ("undecided-split", 5, 1)


def test_a_pattern_that_is_no_expression_fails_before_a_row_is_read() -> None:
    with pytest.raises(SetupError) as caught:
        bind(recipe(("split", {"column": "a", "pattern": "(", "into": ["b"]})))
    assert caught.value.kind == "step-parameter-value"


@pytest.mark.parametrize(
    "word", ["รวม", " รวมทั้งสิ้น", "รวม ทั้งหมด", "ยอดรวม", "Total", "GRAND TOTAL", "รวม:", "(รวม)"]
)
def test_drop_totals_drops_a_row_whose_cell_is_a_word_for_total(word: str) -> None:
    made = run(table({"ชื่อ": ["บ้านรวมใจ", word], "n": ["1", "1"]}), ("drop-totals", {}))
    assert made.table.index.tolist() == [4]
    assert made.ledger.select("source_row", "before", "after", "kind").rows() == [
        (5, word, None, "dropped-row"),
        (5, "1", None, "dropped-row"),
    ]


@pytest.mark.parametrize(
    "name", ["บ้านรวมใจ", "รวมไทยสร้างชาติ", "สหกรณ์รวม 2", "Totally", "รายได้ทั้งสิ้น (รวม)", "ทั้งหมด"]
)
def test_drop_totals_leaves_names_that_only_contain_the_word(name: str) -> None:
    assert run(table({"ชื่อ": [name]}), ("drop-totals", {})).ledger.is_empty()


def test_drop_totals_looks_where_and_for_what_it_is_told() -> None:
    frame = table({"จังหวัด": ["น่าน", "ทั้งภาค"], "เพศ": ["รวม", "ชาย"]})
    assert run(frame, ("drop-totals", {"columns": ["จังหวัด"]})).ledger.is_empty()
    assert run(frame, ("drop-totals", {"label": "ทั้งภาค"})).table.index.tolist() == [4]
    suffixed = table({"หมวด": ["รายได้ทั้งสิ้น (รวม)", "รายได้ประจำ"]})
    assert run(suffixed, ("drop-totals", {"suffix": True})).table.index.tolist() == [5]


def test_drop_blank_rows_drops_rows_of_nothing_only() -> None:
    frame = table({"ก": ["", " ", "1"], "ข": ["", "", ""]})
    assert run(frame, ("drop-blank-rows", {})).table.index.tolist() == [6]
    assert run(table(FRAME), ("drop-blank-rows", {})).ledger.is_empty()
    assert run(table(FRAME), ("drop-blank-rows", {"columns": ["2566"]})).table.index.tolist() == [4, 5]


def test_drop_rows_needs_every_condition_and_keep_rows_is_its_opposite() -> None:
    where = {"where": {"จังหวัด": ["น่าน", "แพร่"]}, "matching": {"ภาค": "^เหนือ"}}
    assert run(table(FRAME), ("drop-rows", where)).table.index.tolist() == [5, 6]
    assert run(table(FRAME), ("keep-rows", where)).table.index.tolist() == [4]


def test_drop_rows_without_a_match_or_a_condition_leaves_all() -> None:
    assert run(table(FRAME), ("drop-rows", {"where": {"จังหวัด": ["น่า"]}})).ledger.is_empty()
    assert run(table(FRAME), ("drop-rows", {})).ledger.is_empty()


def test_fill_down_fills_what_is_empty_and_counts_as_changed() -> None:
    made = run(table(FRAME), ("fill-down", {"columns": ["ภาค"]}))
    assert made.table["ภาค"].tolist() == ["เหนือ", "เหนือ", "ใต้"]
    assert made.ledger.select("source_row", "before", "after", "kind").rows() == [(5, "", "เหนือ", "changed")]


def test_fill_down_leaves_empty_cells_with_nothing_above() -> None:
    assert run(table({"ภาค": ["", "ใต้"]}), ("fill-down", {"columns": ["ภาค"]})).ledger.is_empty()


def test_unpivot_makes_rows_of_years_and_every_cell_is_moved() -> None:
    made = run(table(FRAME), ("unpivot", {"keep": ["ภาค", "จังหวัด"], "names_to": "ปี", "values_to": "ครัวเรือน"}))
    assert list(made.table.columns) == ["ภาค", "จังหวัด", "ปี", "ครัวเรือน"]
    assert cells(made.table)[:2] == [["เหนือ", "น่าน", "2566", "1"], ["เหนือ", "น่าน", "2567", "4"]]
    assert made.table.index.tolist() == [4, 4, 5, 5, 6, 6]
    moved = made.ledger.filter(kind="moved")
    assert moved.select("source_row", "source_column", "column", "before", "after").row(0) == (
        4, "2566", "ครัวเรือน", "1", "1",
    )  # fmt: skip
    assert moved.height == 6
    assert made.rows.rows()[:3] == [("funds", 2, 4), ("funds", 3, 4), ("funds", 4, 5)]


def test_after_unpivot_each_cell_still_knows_its_column_in_the_source() -> None:
    made = run(
        table({"จังหวัด": ["น่าน"], "2566": ["1,000"], "2567": ["2,000"]}),
        ("unpivot", {"columns": ["2566", "2567"], "names_to": "ปี", "values_to": "n"}),
        ("number", {"columns": ["n"]}),
    )
    changed = made.ledger.filter(kind="changed")
    assert changed["source_column"].to_list() == ["2566", "2567"]


def test_unpivot_of_no_column_changes_nothing() -> None:
    assert run(table(FRAME), ("unpivot", {"keep": list(FRAME)})).ledger.is_empty()


def test_dedupe_keeps_the_first_of_equal_rows() -> None:
    frame = table({"ก": ["1", "2", "1", "1"], "ข": ["x", "x", "x", "y"]})
    assert run(frame, ("dedupe", {})).table.index.tolist() == [4, 5, 7]


def test_dedupe_does_not_choose_between_rows_that_contradict_each_other() -> None:
    frame = table({"รหัส": ["1", "2", "1", "1"], "ชื่อ": ["x", "x", "x", "y"]})
    made = run(frame, ("dedupe", {"columns": ["รหัส"]}))
    assert made.table.index.tolist() == [4, 5, 7]
    (finding,) = made.findings
    assert (finding.rule, finding.values["count"]) == ("undecided-duplicate", 2)
    assert finding.values["source_rows"] == [4, 7]


def test_dedupe_of_different_keys_says_nothing() -> None:
    made = run(table(FRAME), ("dedupe", {"columns": ["จังหวัด"]}))
    assert (made.findings, made.ledger.height) == ((), 0)


def test_sort_puts_numbers_by_value_before_text_and_the_rows_know_it() -> None:
    made = run(table({"n": ["10", "ก", "9", ""]}), ("sort", {"columns": ["n"]}))
    assert made.table["n"].tolist() == ["9", "10", "", "ก"]
    assert made.rows["source_row"].to_list() == [6, 4, 7, 5]
    assert made.ledger.is_empty()


def test_sort_of_an_ordered_table_leaves_it() -> None:
    made = run(table({"n": ["1", "1", "2"]}), ("sort", {"columns": ["n"]}))
    assert made.table.index.tolist() == [4, 5, 6]


SLICED = {
    "rename": {"columns": {"ภาค": "region"}},
    "select": {"columns": ["จังหวัด", "ภาค"]},
    "drop-columns": {"columns": ["ภาค"]},
    "constant": {"column": "ปี", "value": "2567"},
    "split": {"column": "จังหวัด", "pattern": "(.)(.*)", "into": ["a", "b"]},
    "drop-totals": {},
    "drop-blank-rows": {"columns": ["2566"]},
    "drop-rows": {"where": {"จังหวัด": ["น่าน"]}},
    "keep-rows": {"matching": {"จังหวัด": "น"}},
}


def test_every_table_step_not_declared_whole_gives_the_same_on_slices() -> None:
    steps = {name: spec for name, spec in register().items() if spec.kind == "table" and not spec.whole}
    assert set(steps) == set(SLICED)
    for name, spec in steps.items():
        pieces = [
            spec.do(piece, **SLICED[name])
            for piece in (table(FRAME), table(FRAME).iloc[:1], table(FRAME).iloc[1:])
        ]
        whole, *parts = [piece.table if isinstance(piece, Outcome) else piece for piece in pieces]
        pandas.testing.assert_frame_equal(pandas.concat(parts), whole, check_index_type=False, obj=name)
