"""The traps of reading CSV as frictionless does, each on a file that is really sifted: one test a trap.

Each file is some thousand good rows with the trap among them, and the engine's blocks are so small that the trap
stands in the middle of one, at the edge of one, and over several. What is asserted besides: that the report is
frictionless' own to the last digit, and that the file went through the sift.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from engine_compare import compare

from pipelines import engine
from pipelines.engine import limits

BLOCKS = (500, 7919)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes at which a few thousand rows are many blocks, and some of the keys lie on disk."""
    for name, value in {"HEAD": 3, "SMALL": 0, "SOON": 0, "KEYS_IN_MEMORY": 50, "REMEMBERED": 20}.items():
        monkeypatch.setattr(limits, name, value)


def judged(
    folder: Path,
    text: str | bytes,
    fields: Sequence[dict[str, Any]],
    *,
    limit: int = 1000,
    dialect: dict[str, Any] | None = None,
    sifted: bool | None = True,
    **schema: Any,
) -> list[dict[str, Any]]:
    """The errors of the engine's report, when it is frictionless' own at each size of block."""
    import frictionless

    (folder / "table.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    descriptor: dict[str, Any] = {"name": "table", "type": "table", "path": "table.csv", "encoding": "utf-8"}
    descriptor["schema"] = {"fields": list(fields), **schema}
    descriptor["dialect"] = {"csv": {"delimiter": ",", "skipInitialSpace": False}} | (dialect or {})

    def make() -> frictionless.Resource:
        return frictionless.Resource.from_descriptor(descriptor, basepath=str(folder))

    for size in BLOCKS:
        limits.FIRST_BLOCK = limits.LARGEST_BLOCK = size
        verdict = compare(make, limit=limit)
        assert verdict.kind == "equal", verdict
        (way,) = verdict.ways
        assert sifted in (way.sifted, None), way
        if way.sifted:
            assert way.judged < way.rows
    (task,) = engine.judge(make(), limit_errors=limit).report.tasks
    return [error.to_descriptor() for error in task.errors]


def lines(count: int, row: str = "{n},ชื่อ {n}\n", *, start: int = 1) -> str:
    """Good rows."""
    return "".join(row.format(n=number) for number in range(start, start + count))


def kinds(errors: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    """What stands in which row."""
    return [(error["type"], error["rowNumber"]) for error in errors]


ID = {"name": "id", "type": "integer", "constraints": {"required": True}}
NAME = {"name": "name", "type": "string"}
HEADER = "id,name\n"


def test_1_a_row_number_counts_records_and_blank_lines_but_no_quoted_newline(tmp_path: Path) -> None:
    text = HEADER + lines(400) + '401,"สอง\nบรรทัด"\n\n,\n' + lines(400, start=402) + "x,สุดท้าย\n"
    errors = judged(tmp_path, text, [ID, NAME])
    assert kinds(errors) == [("blank-row", 403), ("blank-row", 404), ("type-error", 805)]
    # skipBlankRows takes the rows from the count and from the errors; the numbers stay
    assert kinds(judged(tmp_path, text, [ID, NAME], dialect={"skipBlankRows": True})) == [("type-error", 805)]


def test_2_a_blank_row_has_no_other_error_but_a_missing_primary_key(tmp_path: Path) -> None:
    text = HEADER + lines(300) + "\n,\n-,-\n" + lines(300, start=301)
    errors = judged(tmp_path, text, [ID, NAME], primaryKey=["id"], missingValues=["", "-"])
    assert kinds(errors) == [(kind, row) for row in (302, 303, 304) for kind in ("blank-row", "primary-key")]
    assert [error["cells"] for error in errors[::2]] == [[], ["", ""], ["-", "-"]]


def test_3_missing_values_are_texts_and_a_fields_own_come_first(tmp_path: Path) -> None:
    own = {"name": "name", "type": "integer", "missingValues": ["ไม่มี"]}
    text = HEADER + lines(300, "{n},{n}\n") + "NA,1\n301,NA\n302,ไม่มี\n303,\n" + lines(300, "{n},{n}\n", start=304)
    errors = judged(tmp_path, text, [ID, own], missingValues=["NA"])
    assert [(error["rowNumber"], error["note"]) for error in errors] == [
        (302, 'constraint "required" is "True"'),
        (303, 'type is "integer/default"'),
        (305, 'type is "integer/default"'),
    ]
    # with no missing values an empty line of a one-column file is blank still, and "" is a value
    one = "name\n" + lines(300, "ชื่อ {n}\n") + '\n""\n' + lines(300, "ชื่อ {n}\n")
    assert kinds(judged(tmp_path, one, [NAME], missingValues=[])) == [("blank-row", 302)]
    assert kinds(judged(tmp_path, one, [NAME])) == [("blank-row", 302), ("blank-row", 303)]


def test_4_errors_of_a_row_come_unique_first_then_keys_then_the_rest(tmp_path: Path) -> None:
    fields = [
        {"name": "amount", "type": "integer"},
        {"name": "id", "type": "integer"},
        {"name": "code", "type": "string", "constraints": {"unique": True, "maxLength": 4}},
    ]
    good = "{n},{n},c{n}\n"
    text = "amount,id,code\n" + lines(300, good) + "x,y,long-code\nx,7,c7\n3,8,c7\n" + lines(300, good, start=301)
    errors = judged(tmp_path, text, fields, primaryKey=["id"])
    # the note points at the latest row with the value; a full reading (a unique match) makes the order plain again
    assert [(error["type"], error["rowNumber"], error.get("fieldName")) for error in errors] == [
        ("constraint-error", 302, "code"),
        ("type-error", 302, "id"),
        ("type-error", 302, "amount"),
        ("primary-key", 302, None),
        ("type-error", 303, "amount"),
        ("unique-error", 303, "code"),
        ("primary-key", 303, None),
        ("unique-error", 304, "code"),
        ("primary-key", 304, None),
    ]
    assert [error["note"] for error in errors if error["type"] == "unique-error"] == [
        "the same as in the row at position 8",
        "the same as in the row at position 303",
    ]
    # cells that are no numbers are None in a key: two different ones are the same key
    pair = "amount,id,code\n" + lines(300, good) + "5,a,p\n5,b,q\n" + lines(300, good, start=301)
    errors = judged(tmp_path, pair, fields, primaryKey=["amount", "id"])
    assert [error["rowNumber"] for error in errors if error["type"] == "primary-key"] == [303]


def test_5_patterns_and_numbers_are_read_as_python_reads_them(tmp_path: Path) -> None:
    amount = {"name": "id", "type": "number", "constraints": {"maximum": 10**6}}
    either = {"name": "name", "type": "string", "constraints": {"pattern": r"a\d|b"}}
    odd = [
        "๑๒,a๓",
        "１,a1",
        "1_000,a1",
        "\u00a05\u2003,a1",
        "inf,a1",
        "NaN,a1",
        "1e400,a1",
        "-0,a1",
        "1e-090000000000000000001,a1",
        '1,"b\n"',
        "1,axb",
        "1,a1x",
    ]
    text = HEADER + lines(300, "{n},a1\n") + "\n".join(odd) + "\n" + lines(300, "{n},b\n")
    errors = judged(tmp_path, text, [amount, either])
    # (^a\d)|(b$): `a1x` is right and `axb` is not; NaN and the infinite are numbers, and no bound holds for NaN
    # an exponent that Decimal does not take is no number, though as a float it is 0
    assert [(error["rowNumber"], error["fieldName"]) for error in errors] == [
        *((306, "id"), (307, "id"), (308, "id"), (310, "id")),
        (312, "name"),
    ]


def test_6_a_bound_that_cannot_be_compared_raises_as_in_frictionless(tmp_path: Path) -> None:
    import frictionless

    when = {"name": "id", "type": "datetime", "constraints": {"minimum": "2024-01-01T00:00:00"}}
    good = "2024-02-03T04:05:06,ชื่อ {n}\n"
    (tmp_path / "table.csv").write_text(
        HEADER + lines(500, good) + "2024-02-03T04:05:06Z,x\n" + lines(99, good), "utf-8"
    )
    descriptor = {"name": "table", "type": "table", "path": "table.csv", "schema": {"fields": [when, NAME]}}

    def make() -> frictionless.Resource:
        return frictionless.Resource.from_descriptor(descriptor, basepath=str(tmp_path))

    for size in BLOCKS:
        limits.FIRST_BLOCK = limits.LARGEST_BLOCK = size
        assert compare(make).kind == "raises"
    with pytest.raises(engine.JudgeFailed) as failed:
        engine.judge(make())
    assert (failed.value.error, failed.value.words) == (
        "TypeError",
        "can't compare offset-naive and offset-aware datetimes",
    )


@pytest.mark.parametrize("limit", [1, 5, 20])
def test_7_the_limit_of_errors_ends_the_reading_where_frictionless_ends_it(tmp_path: Path, limit: int) -> None:
    """After the row that reaches it, the errors cut, the bytes as far as the text had been read, no checksum."""
    good = lines(100)
    text = HEADER + "".join(good + "x,\n,y,z\n" for _ in range(10))
    errors = judged(tmp_path, text, [ID, NAME], limit=limit)
    assert len(errors) == limit
    # reached by the last row of the file: with no newline after it, frictionless has seen the file's end
    for end in ("", "\n"):
        text = HEADER + lines(700) + "x,1\n" * (limit - 1) + "x,1" + end
        assert len(judged(tmp_path, text, [ID, NAME], limit=limit)) == limit


@pytest.mark.parametrize(("between", "type_"), [(200, "encoding-error"), (900, "type-error")])
def test_7_a_byte_that_is_no_text_hides_the_rows_read_with_it(tmp_path: Path, between: int, type_: str) -> None:
    """Text is decoded 8192 bytes at a time: rows that stand there with a wrong byte are never seen."""
    text = (HEADER + lines(800) + "x,1\n" + lines(between)).encode() + b"\xff,1\n" + lines(99).encode()
    errors = judged(tmp_path, text, [ID, NAME], limit=1, sifted=None)
    assert [error["type"] for error in errors] == [type_]


def test_8_labels_that_are_repeated_or_too_many_make_fields_of_their_own(tmp_path: Path) -> None:
    rest = lines(300, "{n},ชื่อ {n},,{n}\n") + "x,1,2,3,4\n" + lines(300, "{n},ชื่อ {n},,{n}\n")
    errors = judged(tmp_path, "id,name,name,extra\n" + rest, [ID, NAME])
    assert [error["type"] for error in errors] == ["extra-label", "extra-label", "type-error", "extra-cell"]
    # by name: in another order, and one that the file has not
    fields = [NAME, {"name": "gone", "type": "date"}, ID]
    errors = judged(tmp_path, "id,name,more,extra\n" + rest, fields, fieldsMatch="partial")
    assert [(error["type"], error["rowNumber"]) for error in errors] == [("type-error", 302), ("extra-cell", 302)]


def test_9_what_no_dialect_says_is_guessed_from_the_first_hundred_lines(tmp_path: Path) -> None:
    text = "id;name\n" + lines(300, "{n};ก,ข {n}\n") + "x;ก,ข\n" + lines(300, "{n};ก,ข\n")
    free: dict[str, Any] = {"csv": {}}
    assert kinds(judged(tmp_path, text, [ID, NAME], dialect=free)) == [("type-error", 302)]
    spaced = "id, name\n" + lines(300, '{n}, "ก, {n}"\n') + '5, "a"b, c"\n' + lines(300, '{n}, "ก, {n}"\n')
    errors = judged(tmp_path, spaced, [ID, NAME], dialect=free)
    assert kinds(errors) == [("extra-cell", 302)]


def test_10_short_rows_lone_returns_and_marks_are_seen_in_any_block(tmp_path: Path) -> None:
    three = [ID, NAME, {"name": "note", "type": "string"}]
    good = "{n},ชื่อ {n},{n}\n"
    text = "id,name,note\n" + lines(300, good) + "1,2\n3\n1,2,3,4\n" + lines(300, good)
    errors = judged(tmp_path, text, three)
    assert kinds(errors) == [
        ("missing-cell", 302),
        ("missing-cell", 303),
        ("missing-cell", 303),
        ("extra-cell", 304),
    ]
    # one row too short and one too long beside it: the delimiters are as many as they should be
    even = "id,name,note\n" + lines(300, good) + "1,2\n1,2,3,4\n" + lines(300, good)
    assert kinds(judged(tmp_path, even, three)) == [("missing-cell", 302), ("extra-cell", 303)]
    # a byte order mark is text where it does not begin the file: at each place of a block
    marked = "id,name,note\n" + lines(40, good) + lines(40, "\ufeff{n},a,b\n") + lines(40, good)
    assert {error["rowNumber"] for error in judged(tmp_path, marked, three)} == set(range(42, 82))
    # a lone carriage return ends a record
    alone = "id,name,note\n" + lines(300, good) + "301,a,b\rx,c,d\n" + lines(300, good, start=303) + "1,a,b\r"
    assert kinds(judged(tmp_path, alone, three)) == [("type-error", 303)]
    # a NUL, a stray quote and a quote that closes late are text
    stray = 'x\x00,a,b\n5,a"b,c\n6,"a"b,c\n7,"a\n""b"", c\n",d\n'
    found = judged(tmp_path, "id,name,note\n" + lines(300, good) + stray + lines(300, good), three)
    assert kinds(found) == [("type-error", 302)]


@pytest.mark.parametrize("memory", [1, 50])
def test_11_keys_that_repeat_anywhere_are_found_however_few_fit_into_memory(
    tmp_path: Path, memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "KEYS_IN_MEMORY", memory)
    code = {"name": "name", "type": "string", "constraints": {"unique": True}}
    text = HEADER + lines(500) + "1,ชื่อ 500\n1.0,ชื่อ ๑\n+2,ชื่อ\u00a01\n" + lines(300, start=2000) + "2299,ชื่อ 3\n"
    errors = judged(tmp_path, text, [{"name": "id", "type": "number"}, code], primaryKey=["id"])
    # 1, 1.0 and +2 are the numbers 1, 1 and 2
    assert [(error["type"], error["rowNumber"], error["note"][-8:]) for error in errors] == [
        ("unique-error", 502, "tion 501"),
        ("primary-key", 502, "sition 2"),
        ("primary-key", 503, "tion 502"),
        ("primary-key", 504, "sition 3"),
        ("unique-error", 805, "sition 4"),
        ("primary-key", 805, "tion 804"),
    ]


def test_12_many_errors_are_frictionless_own_and_frictionless_is_left_as_it_was(tmp_path: Path) -> None:
    import frictionless
    from frictionless import helpers
    from frictionless.resources import TableResource

    things = (frictionless.Checklist, frictionless.Resource, TableResource, frictionless.errors.RowError, helpers)
    things += (frictionless.Dialect, frictionless.Metadata, frictionless.Report, frictionless.Detector)
    before = [dict(vars(one)) for one in things]
    text = HEADER + "".join(f"{'x' if number % 20 == 0 else number},ชื่อ\n" for number in range(1, 1001))
    errors = judged(tmp_path, text, [ID, NAME], limit=0)
    assert len(errors) == 50
    assert all(re.fullmatch(r'Type error in the cell "x" in row "\d+" .*', error["message"]) for error in errors)
    assert [dict(vars(one)) for one in things] == before


def test_13_blank_lines_stand_at_the_edge_of_a_block_and_every_value_is_another(tmp_path: Path) -> None:
    rows = "".join(
        f"{number},{'ก' * (number % 9)}{number}\n{(number % 3 == 0) * chr(10)}" for number in range(1, 200)
    )
    errors = judged(tmp_path, HEADER + rows, [ID, NAME])
    assert {error["type"] for error in errors} == {"blank-row"}
    assert len(errors) == 66
    assert judged(tmp_path, HEADER + rows, [ID, NAME], dialect={"skipBlankRows": True}) == []
    both = rows.replace("\n", "\r\n")
    assert len(judged(tmp_path, HEADER.replace("\n", "\r\n") + both, [ID, NAME])) == 66


def test_what_a_key_refers_to_is_read_by_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import frictionless
    from frictionless.resources import TableResource

    from pipelines.engine.references import values

    rows = [f"{number},{number % 7}" for number in range(3000)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b", *rows]) + "\n", "utf-8")
    fields = [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]
    descriptor = {"name": "table", "type": "table", "path": "table.csv", "schema": {"fields": fields}}
    with frictionless.Resource.from_descriptor(descriptor, basepath=str(tmp_path)) as source:
        assert isinstance(source, TableResource)
        expected = {(row["b"], row["a"]) for row in source.row_stream}
    with frictionless.Resource.from_descriptor(descriptor, basepath=str(tmp_path)) as source:
        assert isinstance(source, TableResource)
        monkeypatch.setattr(TableResource, "row_stream", property(lambda _: pytest.fail("read row by row")))
        assert values(source, ("b", "a")) == expected


def test_a_line_without_a_cell_is_blank_though_nothing_is_missing(tmp_path: Path) -> None:
    field = {"name": "id", "type": "string", "constraints": {"required": True}, "missingValues": []}
    text = "id\n" + lines(3000, "{n}\n") + "\n" + lines(50, "{n}\n")
    assert [error["type"] for error in judged(tmp_path, text, [field])] == ["blank-row"]
