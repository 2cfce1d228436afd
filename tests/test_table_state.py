"""The state of a table: its address, how people write values, and the question that it puts."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.store.shape import Column, Shape
from catalog.web.pages.table import LONGEST, MOST_CONDITIONS, SIZES, TESTS, Condition, State, address, asked
from catalog.web.pages.typed import Mistyped, bounds

LETTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.sampled_from(("column", "test", "value", "sort", "order", "show", "rows", "page", "lang", "x"))
VALUES = LETTERS | st.sampled_from((*TESTS, "desc", *map(str, SIZES), "0", "7", "٣", "99999999999", " ก ", ""))
SHAPE = Shape(
    columns=tuple(
        Column(name=name, kind=kind, slot=slot)
        for slot, (name, kind) in enumerate(
            (
                ("จังหวัด", "text"),
                ("people", "int4"),
                ("baht", "numeric"),
                ("on", "date"),
                ("at", "timestamp"),
                ("seen", "timestamptz"),
                ("open", "bool"),
                ("$and", "text"),
            )
        )
    )
)


@settings(max_examples=60)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=30))
def test_whatever_an_address_says_its_state_has_one_address_that_says_the_same(
    pairs: list[tuple[str, str]],
) -> None:
    state = State.of(pairs)
    sent = parse_qsl(urlencode(state.pairs), keep_blank_values=True)
    assert State.of(sent) == state
    assert state.rows in SIZES
    assert state.page >= 1
    assert len(state.where) <= MOST_CONDITIONS
    assert all(0 < len(one.value) <= LONGEST for one in state.where)
    found = asked(state, SHAPE)
    assert len(found.wrong) + len(found.unknown) == 0 or not found.is_whole


def test_what_goes_without_saying_is_not_in_the_address() -> None:
    assert address("/x", State().pairs) == "/x"
    assert State.of([("rows", "20"), ("page", "1"), ("order", "desc"), ("value", "ก")]) == State()
    two = State.of(
        [("column", "a"), ("test", "is"), ("value", "1"), ("column", ""), ("test", "contains"), ("value", "")]
    )
    assert two.where == (Condition(column="a", test="is", value="1"),)


def test_a_head_sorts_upwards_then_downwards_then_as_published() -> None:
    up = State(page=7).sorted("a")
    assert (up.sort, up.down, up.page) == ("a", False, 1)
    down = up.sorted("a")
    assert (down.sort, down.down) == ("a", True)
    assert down.sorted("a") == State()
    assert down.sorted("b") == replace(up, sort="b")


def test_a_condition_is_taken_away_alone() -> None:
    one, other = (Condition(column="a", test="is", value=value) for value in "12")
    state = State(where=(one, other), page=3, rows=50)
    assert state.without(one) == State(where=(other,), rows=50)
    assert state.sized(100).page == 1


def test_a_question_is_a_datastore_search() -> None:
    where = (
        Condition(column="จังหวัด", test="is", value="ระนอง"),
        Condition(column="จังหวัด", test="is", value="พังงา"),
        Condition(column="people", test="from", value="๑,๒๐๐"),
        Condition(column="$and", test="is", value="x"),
        Condition(column="จังหวัด", test="contains", value="นอง"),
        Condition(column="", test="contains", value="กองทุน ตำบล"),
    )
    found = asked(State(where=where, sort="baht", down=True, show=("baht",)), SHAPE)
    assert found.is_whole
    assert found.data == {
        "filters": {"$and": [{"people": {"gte": "1200"}}, {"จังหวัด": ["ระนอง", "พังงา"]}, {"$$and": "x"}]},
        "full_text": "กองทุน ตำบล",
        "q": {"จังหวัด": "นอง"},
        "sort": ['"baht" desc nulls last'],
        "fields": ['"baht"'],
    }
    words = asked(State(where=where[-1:]), SHAPE)
    assert words.data["sort"] == ['"_id" asc']


def test_what_cannot_be_asked_is_told_and_left_out() -> None:
    where = (
        Condition(column="people", test="is", value="หลายคน"),
        Condition(column="nowhere", test="contains", value="x"),
        Condition(column="", test="is", value="x"),
        Condition(column="people", test="to", value="5"),
    )
    found = asked(State(where=where, sort="gone", show=("people", "gone")), SHAPE)
    assert [why for _one, why in found.wrong] == ["table-not-whole", "table-no-column", "table-which-column"]
    assert found.unknown == ("gone",)
    assert found.columns == ("people",)
    assert found.data["filters"] == {"people": {"lte": "5"}}


@pytest.mark.parametrize(
    ("kind", "test", "typed", "means"),
    [
        ("int4", "is", "1,234", "1234"),
        ("int4", "is", "−5", "-5"),
        ("numeric", "to", "๑.๕", {"lte": "1.5"}),
        ("text", "is", "๐๑", "๐๑"),
        ("text", "from", "007", {"gte": "007"}),
        ("bool", "is", "ใช่", "true"),
        ("bool", "is", "No", "false"),
        ("date", "is", "21/11/2567", "2024-11-21"),
        ("date", "is", "2024-11-21", "2024-11-21"),
        ("date", "is", "21 พ.ย. 2567", "2024-11-21"),
        ("date", "is", "21 พฤศจิกายน พ.ศ. 2567", "2024-11-21"),
        ("date", "is", "21 Nov 2024", "2024-11-21"),
        ("date", "is", "2567", {"gte": "2024-01-01", "lte": "2024-12-31"}),
        ("date", "from", "2567", {"gte": "2024-01-01"}),
        ("date", "to", "ก.พ. 2567", {"lte": "2024-02-29"}),
        ("date", "to", "2567-02", {"lte": "2024-02-29"}),
        ("timestamp", "to", "1/2/2567", {"lte": "2024-02-01T23:59:59.999"}),
        ("timestamptz", "from", "1/2/2567", {"gte": "2024-02-01T00:00:00+07:00"}),
        ("timestamp", "is", "2024-02-01T08:30:00", "2024-02-01T08:30:00"),
    ],
)
def test_values_are_read_as_people_write_them(kind: str, test: str, typed: str, means: object) -> None:
    assert bounds(kind, test, typed) == means


@pytest.mark.parametrize(
    ("kind", "typed", "why"),
    [
        ("int4", "1.5", "table-not-whole"),
        ("int4", "99999999999", "table-not-whole"),
        ("numeric", "1,2", "table-not-number"),
        ("float8", "inf", "table-not-number"),
        ("date", "31/2/2567", "table-not-date"),
        ("date", "พรุ่งนี้", "table-not-date"),
        ("timestamp", "21 ฝันยายน 2567", "table-not-date"),
        ("bool", "อาจจะ", "table-not-bool"),
    ],
)
def test_what_is_no_value_of_a_column_is_said_to_be_none(kind: str, typed: str, why: str) -> None:
    with pytest.raises(Mistyped, match=why):
        bounds(kind, "from", typed)


@given(LETTERS, st.sampled_from(sorted({one.kind for one in SHAPE.columns} | {"json", "time", "_text", "int8"})))
def test_nothing_that_is_typed_breaks(typed: str, kind: str) -> None:
    for test in ("is", "from", "to"):
        try:
            bounds(kind, test, typed)
        except Mistyped as mistyped:
            assert str(mistyped).startswith("table-not-")
