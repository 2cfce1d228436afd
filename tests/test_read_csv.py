"""Delimited text: delimiters, records, quotes, header rows, ragged rows, labels."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metadata import wording
from metadata.errors import SourceError
from metadata.finding import Place
from metadata.recipe import Source
from pipelines.read import Reading, read

AT = Place(dataset="welfare", resource="funds")
Reads = Callable[..., Reading]


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    def do(data: str | bytes, name: str = "กองทุน.csv", **options: Any) -> Reading:
        (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
        reading = read(Source(path=name, **options), tmp_path, AT)
        for finding in reading.findings:
            for language in ("th", "en"):
                said = wording.finding(finding, language)  # type: ignore[arg-type]
                assert "…" not in said["message"] + said["remedy"]
        return reading

    return do


def rules(reading: Reading) -> list[str]:
    return [finding.rule for finding in reading.findings]


def test_cells_are_text_and_rows_carry_the_record_number(reads: Reads) -> None:
    table = reads("จังหวัด,จำนวน\nเชียงราย,007\nน่าน,\n").table
    assert list(table.columns) == ["จังหวัด", "จำนวน"]
    assert table.to_numpy().tolist() == [["เชียงราย", "007"], ["น่าน", ""]]
    assert list(table.index) == [2, 3]
    assert table.index.name == "source_row"
    assert [str(dtype) for dtype in table.dtypes] == ["str", "str"]


def test_a_clean_file_gives_no_findings(reads: Reads) -> None:
    assert reads("จังหวัด,จำนวน\nเชียงราย,7\n").findings == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(reads: Reads, delimiter: str) -> None:
    rows = [["จังหวัด", "ที่อยู่", "งบ"], ["น่าน", "1 ถนน ก ต.ข", "1.5"], ["ตาก", "2 ซอย ค, ง", "2"]]
    text = "\n".join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    assert reads(text).table.to_numpy().tolist() == rows[1:]


def test_decimal_commas_do_not_win_over_semicolons(reads: Reads) -> None:
    assert list(reads("a;b\n1,5;2,5\n3,5;4,5\n").table.loc[2]) == ["1,5", "2,5"]


def test_a_given_delimiter_is_used(reads: Reads) -> None:
    assert list(reads("ก:ข\n1,2:3\n", delimiter=":").table.loc[2]) == ["1,2", "3"]


def test_excels_own_separator_line_names_the_delimiter(reads: Reads) -> None:
    table = reads("sep=;\r\nก;ข\r\n1;2\r\n").table
    assert list(table.columns) == ["ก", "ข"]
    assert list(table.index) == [3]


def test_quoted_newlines_and_doubled_quotes_stay_in_their_cell(reads: Reads) -> None:
    table = reads('ชื่อ,หมายเหตุ\r\n"ก ""เอก""","บรรทัด 1\r\nบรรทัด 2"\r\nข,\r\n').table
    assert list(table.loc[2]) == ['ก "เอก"', "บรรทัด 1\r\nบรรทัด 2"]
    assert list(table.index) == [2, 3]


def test_a_quote_inside_an_unquoted_cell_is_text(reads: Reads) -> None:
    reading = reads('ชื่อ,ขนาด\nท่อ,5" หนา\n')
    assert list(reading.table.loc[2]) == ["ท่อ", '5" หนา']
    assert reading.findings == ()


def test_text_after_a_closing_quote_is_kept_with_a_warning(reads: Reads) -> None:
    reading = reads('ชื่อ,ขนาด\n"ก"ข,1\n')
    assert list(reading.table.loc[2]) == ["กข", "1"]
    assert rules(reading) == ["read-quote-stray"]
    assert reading.findings[0].at.source_row == 2


def test_a_quote_left_open_is_refused_with_its_record(reads: Reads) -> None:
    with pytest.raises(SourceError) as refused:
        reads('ก,ข\n1,2\n3,"4\n5,6\n')
    assert (refused.value.kind, refused.value.at.source_row) == ("read-quote-open", 3)


def test_old_macintosh_line_ends_are_records(reads: Reads) -> None:
    reading = reads("ก,ข\r1,2\r3,4\r")
    assert len(reading.table) == 2
    assert reading.findings == ()


def test_a_lone_return_among_other_line_ends_is_warned_about(reads: Reads) -> None:
    assert "read-lone-return" in rules(reads("ก,ข\n1,2\r3,4\n"))


def test_a_nul_byte_is_refused_with_its_line(reads: Reads) -> None:
    with pytest.raises(SourceError) as refused:
        reads(b"a,b\n1,2\n3,\x004\n")
    assert (refused.value.kind, refused.value.at.source_row) == ("read-nul", 3)


def test_a_cell_longer_than_the_csv_modules_limit_is_read(reads: Reads) -> None:
    assert len(reads(f"ก,ข\n1,{'น' * 200_000}\n").table.loc[2, "ข"]) == 200_000


def test_short_rows_are_filled_up_and_counted(reads: Reads) -> None:
    reading = reads("ก,ข,ค\n1,2,3\n4\n")
    assert list(reading.table.loc[3]) == ["4", "", ""]
    assert rules(reading) == ["read-rows-short"]
    assert reading.findings[0].values == {"count": 1, "rows": [3], "expected": 3}


def test_cells_beyond_the_header_are_kept_in_a_new_column(reads: Reads) -> None:
    reading = reads("ก,ข\n1,2\n3,4,เกิน\n")
    assert list(reading.table.columns) == ["ก", "ข", "column_3"]
    assert list(reading.table["column_3"]) == ["", "เกิน"]
    assert {"read-rows-long", "read-rows-short"} & set(rules(reading)) == {"read-rows-long"}


def test_unnamed_empty_columns_are_left_out_with_a_note(reads: Reads) -> None:
    reading = reads("ก,,ข,,\n1,,2,,\n3,,4,,\n")
    assert list(reading.table.columns) == ["ก", "ข"]
    assert rules(reading) == ["read-columns-blank"]
    assert reading.findings[0].values["positions"] == [2, 4, 5]


def test_an_empty_column_with_a_name_stays(reads: Reads) -> None:
    assert list(reads("ก,ว่าง\n1,\n").table.columns) == ["ก", "ว่าง"]


def test_an_unnamed_column_with_data_is_named_by_its_position(reads: Reads) -> None:
    reading = reads("ก,,ค\n1,2,3\n")
    assert list(reading.table.columns) == ["ก", "column_2", "ค"]
    assert rules(reading) == ["read-labels-blank"]


def test_repeated_names_are_numbered_and_stay_unique(reads: Reads) -> None:
    reading = reads("รวม,รวม_2,รวม\n1,2,3\n")
    assert list(reading.table.columns) == ["รวม", "รวม_2", "รวม_3"]
    assert rules(reading) == ["read-labels-repeated"]


def test_names_lose_outer_space_and_line_breaks_with_a_note(reads: Reads) -> None:
    reading = reads('" เพศ ","จำนวน\n(คน)"\nชาย,2\n')
    assert list(reading.table.columns) == ["เพศ", "จำนวน (คน)"]
    assert rules(reading) == ["read-labels-trimmed"]


def test_cells_keep_their_outer_space(reads: Reads) -> None:
    assert reads("ก,ข\n 1 ,2\n").table.loc[2, "ก"] == " 1 "


def test_rows_of_only_commas_stay(reads: Reads) -> None:
    assert list(reads("ก,ข\n1,2\n,\n3,4\n,\n").table.index) == [2, 3, 4, 5]


def test_empty_lines_at_the_end_are_no_records(reads: Reads) -> None:
    assert list(reads("ก,ข\n1,2\n\n\n").table.index) == [2]


def test_an_empty_line_inside_keeps_its_number_and_is_not_called_short(reads: Reads) -> None:
    reading = reads("ก,ข\n1,2\n\n3,4\n")
    assert list(reading.table.index) == [2, 3, 4]
    assert reading.findings == ()


def test_title_rows_are_passed_over_with_a_note(reads: Reads) -> None:
    reading = reads("รายงานประจำปี 2567,,\n,,\nจังหวัด,ชาย,หญิง\nน่าน,1,2\nตาก,3,4\n")
    assert list(reading.table.columns) == ["จังหวัด", "ชาย", "หญิง"]
    assert list(reading.table.index) == [4, 5]
    (note,) = reading.findings
    assert (note.rule, note.severity, note.values) == ("read-header-found", "note", {"skipped": 1, "header": 3})


def test_passing_over_a_row_of_several_cells_is_a_warning(reads: Reads) -> None:
    reading = reads(",กลุ่ม,,,ข้อ,,\nจังหวัด,ก,ข,ค,ง,จ,ฉ\nน่าน,1,2,3,4,5,6\nตาก,1,2,3,4,5,6\n")
    assert [(finding.rule, finding.severity) for finding in reading.findings] == [("read-header-found", "warning")]


def test_without_a_header_columns_are_numbered_and_the_first_record_is_data(reads: Reads) -> None:
    reading = reads("น่าน,1\nตาก,2\n", header="none")
    assert list(reading.table.columns) == ["column_1", "column_2"]
    assert list(reading.table.index) == [1, 2]
    assert reading.findings == ()


def test_a_header_row_can_be_given(reads: Reads) -> None:
    table = reads("ก,ข\nprovince,n\nน่าน,1\n", header=2).table
    assert list(table.columns) == ["province", "n"]
    assert list(table.index) == [3]


def test_stacked_headers_given_are_joined_and_filled_to_the_right(reads: Reads) -> None:
    table = reads("จังหวัด,ประชากร,,งบ\n,ชาย,หญิง,บาท\nน่าน,1,2,3\n", header=(1, 2)).table
    assert list(table.columns) == ["จังหวัด", "ประชากร_ชาย", "ประชากร_หญิง", "งบ_บาท"]


def test_a_header_row_that_is_not_there_is_refused(reads: Reads) -> None:
    with pytest.raises(SourceError) as refused:
        reads("ก,ข\n1,2\n", header=9)
    assert (refused.value.kind, refused.value.values["known"]) == ("read-header-missing", "1-2")


def test_a_header_of_numbers_is_doubted(reads: Reads) -> None:
    assert rules(reads("น่าน,10,20\nตาก,30,40\n")) == ["read-header-doubtful"]


def test_years_are_good_labels(reads: Reads) -> None:
    assert reads("จังหวัด,2565,2566,2567\nน่าน,1,2,3\n").findings == ()


def test_a_header_without_rows_is_read_and_stops_the_release(reads: Reads) -> None:
    reading = reads("จังหวัด,จำนวน\n")
    assert reading.table.shape == (0, 2)
    assert [(finding.rule, finding.severity) for finding in reading.findings] == [("read-no-rows", "error")]


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\n", b"\xff\xfe"])
def test_an_empty_file_is_refused(reads: Reads, data: bytes) -> None:
    with pytest.raises(SourceError) as refused:
        reads(data)
    assert refused.value.kind == "read-empty"


def test_a_file_of_only_commas_is_refused_as_empty(reads: Reads) -> None:
    with pytest.raises(SourceError) as refused:
        reads(",,\n,,\n")
    assert refused.value.kind == "read-empty"


def test_a_single_column_is_a_table(reads: Reads) -> None:
    assert list(reads("จังหวัด\nน่าน\nตาก\n").table["จังหวัด"]) == ["น่าน", "ตาก"]


def test_an_option_that_text_has_no_use_for_is_warned_about(reads: Reads) -> None:
    reading = reads("ก,ข\n1,2\n", sheet="สรุป")
    assert reading.findings[0].values["options"] == ["sheet"]


CELL = st.text("กข12 ,;\t|\"\n\r'", max_size=6)


@settings(max_examples=150, deadline=None, database=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_a_csv_writer_writes_is_read_back(rows: list[tuple[str, ...]], delimiter: str, end: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(
        [("จังหวัด", "ชาย", "หญิง"), *rows]
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "ก.csv").write_bytes(written.getvalue().encode())
        reading = read(Source(path="ก.csv", header=1, delimiter=delimiter), Path(folder), AT)
    assert list(map(tuple, reading.table.to_numpy().tolist())) == rows
    assert list(reading.table.index) == list(range(2, len(rows) + 2))
