"""The DataStore of our own catalog: names, types and searches as CKAN has them, whatever a publisher sends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_ground import opened, package, refusal, upload
from web_ground import served

from catalog.actions.refusals import ActionRefused
from catalog.portal.local import LocalPortal
from catalog.store.types import CellError, answered, canonical, kept

KEY = "resource-1"
ROWS = [
    {"จังหวัด": "เชียงใหม่", "people": 1789385, "rate": "1.25"},
    {"จังหวัด": "ลำพูน", "people": 401139, "rate": None},
    {"จังหวัด": "ลำปาง 100%", "people": None, "rate": 2},
]
FIELDS = [
    {"id": "จังหวัด", "type": "text", "info": {"label": "จังหวัด"}},
    {"id": "people", "type": "int"},
    {"id": "rate", "type": "numeric"},
]


@pytest.fixture
def portal(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    with opened(tmp_path) as ours:
        ours.call_action("package_create", package())
        ours.call_action(
            "resource_create", {"package_id": "population-2567", "id": KEY, "name": "ตาราง"}, upload()
        )
        yield ours


@pytest.fixture
def table(portal: LocalPortal) -> LocalPortal:
    _create(portal, fields=FIELDS, records=ROWS)
    return portal


def _create(portal: LocalPortal, **sent: Any) -> Any:
    return portal.call_action("datastore_create", {"resource_id": KEY, "force": True, **sent})


def _search(portal: LocalPortal, **asked: Any) -> list[dict[str, Any]]:
    return list(portal.call_action("datastore_search", {"resource_id": KEY, **asked})["records"])


def test_filters_take_a_value_or_a_list_and_nothing_equals_nothing(table: LocalPortal) -> None:
    assert [row["_id"] for row in _search(table, filters={"people": "401139"})] == [2]
    assert [row["_id"] for row in _search(table, filters={"จังหวัด": ["เชียงใหม่", "ลำพูน"]})] == [1, 2]
    assert [row["_id"] for row in _search(table, filters={"people": None})] == []
    assert _search(table, filters={"จังหวัด": []}) == []


def test_words_are_found_in_any_column_and_signs_are_only_signs(table: LocalPortal) -> None:
    assert [row["_id"] for row in _search(table, q="เชียง")] == [1]
    assert [row["_id"] for row in _search(table, q="ลำ 100%")] == [3]
    assert _search(table, q="%") == _search(table, q="100%")
    assert _search(table, q="_") == []


def test_rows_are_sorted_paged_and_cut_to_the_asked_columns(table: LocalPortal) -> None:
    asked = {"sort": "people desc", "fields": ["people"], "limit": 2}
    found = table.call_action("datastore_search", {"resource_id": KEY, **asked, "filters": {"_id": [1, 2]}})
    assert found["records"] == [{"people": 1789385}, {"people": 401139}]
    assert found["fields"] == [{"id": "people", "type": "int4"}]
    assert _search(table, limit=1, offset=1)[0]["_id"] == 2
    assert found["total"] == 2


@pytest.mark.parametrize(
    "name", ['a"; DROP TABLE records; --', "select", "People", "จำนวน (คน)", "c0", "%s", "'", "a b"]
)
def test_a_column_may_be_called_anything_that_is_no_quotation_mark(portal: LocalPortal, name: str) -> None:
    fields = [{"id": "people", "type": "int"}, {"id": name, "type": "text"}]
    if '"' in name:
        sent = {"resource_id": KEY, "force": True, "fields": fields}
        assert refusal(portal, "datastore_create", sent)[0] == 409
        return
    _create(portal, fields=fields, records=[{"people": 1, name: "x"}], primary_key=[name], indexes=["people"])
    assert _search(portal, filters={name: "x"}, sort=f'"{name}" desc') == [{"_id": 1, "people": 1, name: "x"}]


def test_upserting_changes_the_given_fields_of_a_known_key(portal: LocalPortal) -> None:
    _create(portal, fields=FIELDS, records=ROWS[:2], primary_key=["จังหวัด"])
    sent = [{"จังหวัด": "ลำพูน", "people": 5}, {"จังหวัด": "น่าน", "people": 6}]
    portal.call_action("datastore_upsert", {"resource_id": KEY, "force": True, "records": sent})
    assert [(row["จังหวัด"], row["people"], row["rate"]) for row in _search(portal)] == [
        ("เชียงใหม่", 1789385, 1.25),
        ("ลำพูน", 5, None),
        ("น่าน", 6, None),
    ]


def test_a_dry_run_checks_and_keeps_nothing(table: LocalPortal) -> None:
    sent = {"resource_id": KEY, "force": True, "method": "insert", "dry_run": True, "records": [{"people": 1}]}
    table.call_action("datastore_upsert", sent)
    assert len(_search(table)) == 3
    assert refusal(table, "datastore_upsert", {**sent, "records": [{"people": "มาก"}]})[0] == 409


def test_a_refused_table_is_not_there(portal: LocalPortal, tmp_path: Path) -> None:
    sent = {"resource_id": KEY, "force": True, "fields": FIELDS, "records": [*ROWS, {"people": "มาก"}]}
    status, error = refusal(portal, "datastore_create", sent)
    assert status == 409
    assert isinstance(error, dict)
    assert error["records_row"] == 3
    assert [path for path in (tmp_path / "files" / "datastore").rglob("*") if path.is_file()] == []
    assert portal.call_action("resource_show", {"id": KEY})["datastore_active"] is False


def test_creating_again_adds_columns_and_new_labels_and_keeps_the_rows(table: LocalPortal) -> None:
    more = [{"id": "จังหวัด", "type": "text", "info": {"label": "ชื่อจังหวัด"}}, {"id": "note", "type": "text"}]
    _create(table, fields=more)
    fields = table.call_action("datastore_info", {"id": KEY})["fields"]
    assert [(one["id"], one["type"]) for one in fields][-1] == ("note", "text")
    assert fields[0]["info"] == {"label": "ชื่อจังหวัด"}
    assert [row["note"] for row in _search(table)] == [None, None, None]


def test_what_a_killed_process_left_behind_is_no_table(
    table: LocalPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dies after the rows are said to be gone and before the file is: nobody sees them again."""
    with monkeypatch.context() as dying:
        dying.setattr(type(table.datastore), "dropping", lambda _store, _key: _dies)
        with pytest.raises(KeyboardInterrupt):
            table.call_action("datastore_delete", {"resource_id": KEY, "force": True})
    assert table.datastore.exists(KEY)
    assert refusal(table, "datastore_search", {"resource_id": KEY})[0] == 404
    _create(table, records=[{"new": 1}])
    assert _search(table) == [{"_id": 1, "new": 1}]


def _dies() -> None:
    raise KeyboardInterrupt


def test_filling_a_table_does_not_change_the_dataset(portal: LocalPortal) -> None:
    before = portal.call_action("package_show", {"id": "population-2567"})
    _create(portal, fields=FIELDS, records=ROWS)
    after = portal.call_action("package_show", {"id": "population-2567"})
    assert after["metadata_modified"] == before["metadata_modified"]
    assert after["resources"][0]["datastore_active"] is True


def test_a_deleted_resource_takes_its_table_along(table: LocalPortal, tmp_path: Path) -> None:
    table.call_action("resource_delete", {"id": KEY})
    assert list((tmp_path / "files" / "datastore").rglob("*.sqlite")) == []


def test_a_resource_may_be_nothing_but_a_table(portal: LocalPortal) -> None:
    sent = {"resource": {"package_id": "population-2567", "name": "ตาราง"}, "records": [{"a": 1}]}
    key = portal.call_action("datastore_create", sent)["resource_id"]
    shown = portal.call_action("resource_show", {"id": key})
    assert (shown["url_type"], shown["datastore_active"]) == ("datastore", True)
    assert shown["url"].endswith(f"/datastore/dump/{key}")
    portal.call_action("datastore_upsert", {"resource_id": key, "method": "insert", "records": [{"a": 2}]})
    assert portal.call_action("datastore_search", {"resource_id": key})["total"] == 2


def test_types_are_guessed_from_what_is_sent(portal: LocalPortal) -> None:
    _create(
        portal, records=[{"a": 1, "b": 1.5, "c": True, "d": "2024-01-31", "e": "ก", "f": {"x": [1]}, "g": None}]
    )
    kinds = [one["type"] for one in portal.call_action("datastore_info", {"id": KEY})["fields"]]
    assert kinds == ["int4", "float8", "bool", "timestamp", "text", "nested", "text"]


@pytest.mark.parametrize(
    ("kind", "sent", "comes_back"),
    [
        ("int", "5", 5),
        ("int8", 9007199254740993, 9007199254740993),
        ("numeric", "1.50", 1.5),
        ("numeric", "12345678901234567890", 12345678901234567890),
        ("float8", "1e3", 1000),
        ("bool", "ใช่", CellError),
        ("bool", "no", False),
        ("date", "2024-1-2", "2024-01-02"),
        ("date", "2024-02-30", CellError),
        ("timestamp", "2024-12-31", "2024-12-31T00:00:00.000"),
        ("timestamp", "31/12/2567", CellError),
        ("timestamptz", "2024-01-02T03:04:05+07:00", "2024-01-01T20:04:05+00:00"),
        ("time", "10:11", "10:11:00"),
        ("text", 5, "5"),
        ("text", "", ""),
        ("json", {"a": [1]}, {"a": [1]}),
        ("int", "", CellError),
        ("int", "๕", CellError),
        ("int", "1_000", CellError),
        ("int", 2147483648, CellError),
        ("int", True, CellError),
        ("numeric", "NaN", CellError),
        ("numeric", "1,000", CellError),
        ("text", "a\x00b", CellError),
        ("text[]", ['a"b\\c', "ก, {x}", None, "NULL", ""], ['a"b\\c', "ก, {x}", None, "NULL", ""]),
        ("_int4", "{1,NULL}", [1, None]),
        ("_int4", ["x"], CellError),
        ("_int4", "{{1}}", CellError),
        ("_text", "x", CellError),
    ],
)
def test_a_value_comes_back_as_its_type_says(kind: str, sent: Any, comes_back: Any) -> None:
    name = canonical(kind)
    assert name is not None
    if comes_back is CellError:
        with pytest.raises(CellError):
            kept(name, sent)
    else:
        value = kept(name, sent)
        with sqlite3.connect(":memory:") as database:
            back = database.execute("SELECT ?", [value]).fetchone()[0]
        database.close()
        assert answered(name, back) == comes_back
        assert type(answered(name, back)) is type(comes_back)


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({"people": {"gt": 401139}}, [1]),
        ({"people": {"gte": 401139, "lt": 1789385}}, [2]),
        ({"people": [401139, {"gt": 1000000}]}, [1, 2]),
        ({"$or": [{"_id": 3}, {"people": {"lte": 401139}}]}, [2, 3]),
        ({"$and": [{"_id": [1, 2]}, {"$or": [{"people": 401139}, {"_id": 3}]}]}, [2]),
        ([{"_id": 1}, {"_id": 3}], [1, 3]),
        ({"_id": {"in": [2, 3]}}, [2, 3]),
    ],
)
def test_filter_operations_of_ckan_2_12(table: LocalPortal, filters: Any, rows: list[int]) -> None:
    assert [row["_id"] for row in _search(table, filters=filters)] == rows


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"nope": 1}, "filters"),
        ({"people": {"like": 1}}, "filters"),
        ({"$not": [{"people": 1}]}, "filters"),
        ({"people": "many"}, "query"),
        ("nonsense", "filters"),
        ({"$and": [{"people": 1}] * 100}, "filters"),
    ],
)
def test_a_filter_that_is_none_is_refused_by_its_field(table: LocalPortal, filters: Any, field: str) -> None:
    status, error = refusal(table, "datastore_search", {"resource_id": KEY, "filters": filters})
    assert status == 409
    assert field in error


def test_the_next_page_is_a_filter(table: LocalPortal) -> None:
    asked: dict[str, Any] = {"resource_id": KEY, "limit": 2, "include_next_page": True, "fields": ["people"]}
    first = table.call_action("datastore_search", asked)
    assert first["next_page"] == {"_id": {"gt": 2}}
    second = table.call_action("datastore_search", {**asked, "filters": first["next_page"]})
    assert second["records"] == [{"people": None}]
    assert "next_page" not in table.call_action("datastore_search", {**asked, "sort": "people"})


def test_what_holds_more_of_the_words_comes_first(table: LocalPortal) -> None:
    found = table.call_action("datastore_search", {"resource_id": KEY, "q": "401139 | ลำ", "plain": False})
    assert [row["_id"] for row in found["records"]] == [2, 3]
    assert found["fields"][-1] == {"id": "rank", "type": "float"}
    by_field = table.call_action(
        "datastore_search", {"resource_id": KEY, "q": {"จังหวัด": "ลำ"}, "fields": "people"}
    )
    assert by_field["total"] == 2
    assert set(by_field["records"][0]) == {"people"}


def test_records_are_found_by_their_number_and_answered_when_asked_for(table: LocalPortal) -> None:
    sent = {"resource_id": KEY, "force": True, "records": [{"_id": 2, "people": 7}, {"_id": 9, "people": 8}]}
    answer = table.call_action("datastore_upsert", {**sent, "include_records": True})
    assert [(row["_id"], row["people"]) for row in answer["records"]] == [(2, 7), (9, 8)]
    more = {"resource_id": KEY, "force": True, "method": "insert", "records": [{"people": 1}]}
    table.call_action("datastore_upsert", more)
    assert [row["_id"] for row in _search(table)] == [1, 2, 3, 9, 10]
    gone = {"resource_id": KEY, "force": True, "filters": {"people": {"lt": 8}}, "include_deleted_records": True}
    deleted = table.call_action("datastore_records_delete", gone)["deleted_records"]
    assert [row["_id"] for row in deleted] == [2, 10]


def test_columns_go_when_they_are_not_named_any_more(table: LocalPortal) -> None:
    _create(table, fields=[FIELDS[0], {"id": "new", "type": "int"}], delete_fields=True, indexes=["new"])
    assert _search(table, limit=1) == [{"_id": 1, "จังหวัด": "เชียงใหม่", "new": None}]
    _create(table, fields=[FIELDS[0], FIELDS[1]], delete_fields=True, indexes=[])
    assert _search(table, limit=1) == [{"_id": 1, "จังหวัด": "เชียงใหม่", "people": None}]


def test_rows_that_are_not_unique_make_no_key(table: LocalPortal) -> None:
    table.call_action(
        "datastore_upsert", {"resource_id": KEY, "force": True, "method": "insert", "records": ROWS[:1]}
    )
    sent = {"resource_id": KEY, "force": True, "primary_key": ["จังหวัด"]}
    status, error = refusal(table, "datastore_create", sent)
    assert status == 409
    assert "constraints" in error
    assert len(_search(table)) == 4


def test_a_table_is_read_by_its_aliases_and_written_by_its_id(table: LocalPortal) -> None:
    answer = _create(table, aliases=["people-2567", "จังหวัด 2567"])
    assert answer["aliases"] == ["people-2567", "จังหวัด 2567"]
    for alias in answer["aliases"]:
        found = table.call_action("datastore_search", {"resource_id": alias})
        assert (found["resource_id"], found["total"]) == (KEY, 3)
    assert table.call_action("datastore_info", {"id": "people-2567"})["meta"]["aliases"] == [
        "จังหวัด 2567",
        "people-2567",
    ]
    sent = {"resource_id": "people-2567", "force": True, "records": [{"people": 1}]}
    assert refusal(table, "datastore_upsert", sent)[0] == 404
    _create(table, aliases="other")
    assert refusal(table, "datastore_search", {"resource_id": "people-2567"})[0] == 404
    assert table.call_action("datastore_search", {"resource_id": "other", "limit": 0})["total"] == 3
    _create(table, aliases=[])
    assert table.call_action("datastore_info", {"id": KEY})["meta"]["aliases"] == []


@pytest.mark.parametrize(
    ("aliases", "said"),
    [
        ("a,a", {"alias": ['The alias "a" already exists.']}),
        (KEY, {"alias": [f'"{KEY}" already exists']}),
        (["a%b"], {"alias": ['"a%b" is not a valid alias name']}),
        (["_table_metadata"], {"alias": ['"_table_metadata" is not a valid alias name']}),
        ([5], {"aliases": ["Neither a string nor a list: 5"]}),
        (5, {"aliases": ["Not a list"]}),
    ],
)
def test_a_refused_alias_changes_nothing(table: LocalPortal, aliases: Any, said: dict[str, Any]) -> None:
    _create(table, aliases=["mine"])
    sent = {"resource_id": KEY, "force": True, "aliases": aliases, "records": [{"people": 1}]}
    status, error = refusal(table, "datastore_create", sent)
    assert (status, error) == (409, {**said, "__type": "Validation Error"})
    assert table.call_action("datastore_search", {"resource_id": "mine", "limit": 0})["total"] == 3


def test_an_alias_goes_with_its_table_and_with_its_resource(table: LocalPortal) -> None:
    _create(table, aliases=["mine"])
    table.call_action("datastore_delete", {"resource_id": KEY, "force": True})
    assert refusal(table, "datastore_search", {"resource_id": "mine"})[0] == 404
    _create(table, records=[{"a": 1}], aliases=["mine"])
    table.call_action("resource_delete", {"id": KEY})
    assert refusal(table, "datastore_search", {"resource_id": "mine"})[0] == 404
    made = {"resource": {"package_id": "population-2567", "name": "x"}, "records": [{"a": 2}], "aliases": "mine"}
    table.call_action("datastore_create", made)
    assert table.call_action("datastore_search", {"resource_id": "mine"})["records"] == [{"_id": 1, "a": 2}]


def test_the_list_of_tables_names_to_each_what_he_may_read(table: LocalPortal) -> None:
    from catalog.actions.context import ANYONE

    _create(table, aliases=["mine"])
    asked = {"resource_id": "_table_metadata", "fields": ["name", "alias_of"], "sort": "name"}
    listed = table.answer("datastore_search", asked, actor=ANYONE, site=table.site)
    assert listed["records"] == [{"name": "mine", "alias_of": KEY}, {"name": KEY, "alias_of": None}]
    assert [one["type"] for one in listed["fields"]] == ["name", "name"]
    assert table.call_action("datastore_search", {**asked, "filters": {"alias_of": KEY}})["total"] == 1
    table.call_action("package_patch", {"id": "population-2567", "private": True})
    assert table.answer("datastore_search", asked, actor=ANYONE, site=table.site)["records"] == []
    assert table.call_action("datastore_search", asked)["total"] == 2


def test_there_are_no_functions_of_the_databases_own(table: LocalPortal) -> None:
    made = {"name": "f", "rettype": "trigger", "definition": "BEGIN RETURN NEW; END;"}
    assert refusal(table, "datastore_function_create", made)[0] == 409
    assert refusal(table, "datastore_function_create", {})[1] == {
        "definition": ["Must be a Unicode string value"],
        "name": ["Must be a Unicode string value", "Missing value"],
        "__type": "Validation Error",
    }
    assert refusal(table, "datastore_function_delete", {"name": "f"})[1]["name"] == ["function f() does not exist"]
    assert table.call_action("datastore_function_delete", {"name": "f", "if_exists": True}) is None
    assert table.call_action("datastore_run_triggers", {"resource_id": KEY}) == 3
    sent = {"resource_id": KEY, "force": True, "triggers": [{"function": "f"}]}
    assert refusal(table, "datastore_create", sent)[1]["triggers"] == ["function f() does not exist"]


def test_true_is_found_by_its_word(portal: LocalPortal) -> None:
    _create(portal, fields=[{"id": "open", "type": "bool"}], records=[{"open": True}, {"open": False}, {}])
    assert [row["_id"] for row in _search(portal, q="true")] == [1]
    assert [row["_id"] for row in _search(portal, q={"open": "false"})] == [2]
    found = portal.call_action("datastore_search", {"resource_id": KEY, "records_format": "csv"})
    assert found["records"] == "1,t\n2,f\n3,\n"


def test_an_alias_leads_everywhere_that_a_table_is_read(table: LocalPortal) -> None:
    _create(table, aliases=["mine"])
    with served(table) as web:
        asked = "/api/3/action/datastore_search?resource_id=mine"
        for path in (asked, "/odata/mine/rows", "/datastore/dump/mine"):
            assert [web.ask(path).status_code for _time in range(2)] == [200, 200]
        dumped = web.ask("/datastore/dump/mine?format=json")
        assert f"{KEY}.json" in dumped.headers["Content-Disposition"]
        assert [row[0] for row in dumped.json()["records"]] == [1, 2, 3]
        listed = web.ask("/datastore/dump/_table_metadata").text.splitlines()
        assert listed[0] == "_id,name,oid,alias_of"
        assert len(listed) == 3
        table.call_action("package_patch", {"id": "population-2567", "private": True})
        assert web.ask("/api/3/action/datastore_search?resource_id=mine").status_code == 403
        assert web.ask("/odata/mine/rows").status_code == 404
        assert web.ask("/datastore/dump/mine").status_code == 404
        assert web.ask("/datastore/dump/_table_metadata").text.splitlines() == listed[:1]


def test_a_column_may_hold_arrays(portal: LocalPortal) -> None:
    fields = [{"id": "names", "type": "_text"}, {"id": "days", "type": "date[]"}, {"id": "open", "type": "_bool"}]
    rows = [
        {"names": ["ก", 'a"b', None], "days": ["2024-1-2"], "open": [True, False]},
        {"names": [], "days": None},
    ]
    _create(portal, fields=fields, records=rows)
    assert [(one["id"], one["type"]) for one in portal.call_action("datastore_info", {"id": KEY})["fields"]] == [
        ("names", "_text"),
        ("days", "_date"),
        ("open", "_bool"),
    ]
    assert _search(portal) == [
        {"_id": 1, "names": ["ก", 'a"b', None], "days": ["2024-01-02"], "open": [True, False]},
        {"_id": 2, "names": [], "days": None, "open": None},
    ]
    as_csv = portal.call_action(
        "datastore_search", {"resource_id": KEY, "records_format": "csv", "fields": "open"}
    )
    assert as_csv["records"] == '"[true,false]"\nnull\n'
    sent = {"resource_id": KEY, "force": True, "method": "insert", "records": [{"days": ["soon"]}]}
    assert refusal(portal, "datastore_upsert", sent)[0] == 409


def test_a_hidden_resources_table_is_there_for_its_editors_only(table: LocalPortal) -> None:
    from catalog.actions.context import ANYONE

    _create(table, aliases=["mine"])
    table.call_action("resource_patch", {"id": KEY, "resource_private": "True"})
    listing = {"resource_id": "_table_metadata"}
    assert table.answer("datastore_search", listing, actor=ANYONE, site=table.site)["total"] == 0
    for name in (KEY, "mine"):
        with pytest.raises(ActionRefused) as caught:
            table.answer("datastore_search", {"resource_id": name}, actor=ANYONE, site=table.site)
        assert caught.value.status == 404
        assert table.call_action("datastore_search", {"resource_id": name})["total"] == 3
    assert table.call_action("datastore_search", listing)["total"] == 2
