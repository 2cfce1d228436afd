"""What is shared of a dataset: these columns and rows, whatever is asked; a slip in the terms is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import catalog_ground
import orjson
import pytest
from sharing_ground import AGENCY, HIDDEN, OUTSIDE, PEOPLE, Shared, day, shared, terms

from catalog.actions.refusals import ActionRefused
from catalog.sharing import make, view
from catalog.store import shares
from catalog.store.database import reading, writing
from metadata.errors import SetupError

THEIRS = [{"province": one["province"], "income": one["income"]} for one in PEOPLE if one["province"] != "ลำปาง"]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.workers)])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """One share on each database, which the tests only look at."""
    if request.param == "postgresql":
        catalog_ground.SERVER = request.getfixturevalue("postgres_catalog")
        catalog_ground.emptied(catalog_ground.SERVER)
    with ExitStack() as stack:
        try:
            ground = stack.enter_context(shared(tmp_path_factory.mktemp("shared")))
        finally:
            catalog_ground.SERVER = ""  # for the catalogs that other tests open meanwhile
        yield ground


@pytest.fixture
def own(tmp_path: Path, both: str) -> Iterator[Shared]:
    """A share of a test's own, to take apart."""
    with shared(tmp_path) as ground:
        yield ground


def ask(made: Shared, name: str, **data: Any) -> Any:
    return view.answer(made.portal, made.share, name, data, made.portal.site)


def test_a_search_gives_the_shared_columns_of_the_shared_rows(made: Shared) -> None:
    found = ask(made, "datastore_search", resource_id=made.table)
    assert found["records"] == THEIRS
    assert found["total"] == len(THEIRS)
    assert [field["id"] for field in found["fields"]] == ["province", "income"]
    info = ask(made, "datastore_info", id=made.table)
    assert ([field["id"] for field in info["fields"]], info["meta"]["count"]) == (["province", "income"], 8)


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ({"filters": {"province": "น่าน"}}, 4),
        ({"filters": {"province": ["น่าน", "ลำปาง"]}}, 4),
        ({"filters": {"province": "ลำปาง"}}, 0),
        ({"filters": {"$or": [{"province": "ลำปาง"}, {"income": {"gte": 0}}]}}, 8),
        ({"filters": [{"province": "ลำปาง"}, {"province": "แพร่"}]}, 4),
        ({"q": {"province": "ลำปาง"}}, 0),
        ({"q": {"province": "น่าน"}}, 4),
        ({"sort": "income desc", "limit": 3}, 8),
        ({"distinct": True, "fields": "province"}, 2),
        ({"include_next_page": True}, 8),
        ({"records_format": "csv"}, 8),
        ({"records_format": "lists", "offset": 5}, 8),
    ],
)
def test_no_question_reaches_further(made: Shared, question: dict[str, Any], count: int) -> None:
    found = ask(made, "datastore_search", resource_id=made.table, **question)
    assert found["total"] == count
    said = orjson.dumps({key: value for key, value in found.items() if key not in ("filters", "filterops", "q")})
    assert not any(word in said.decode() for word in (*HIDDEN, OUTSIDE, '"_id"'))


@pytest.mark.parametrize(
    "question",
    [
        {"filters": {"secret": "ซ่อนไว้1"}},
        {"filters": {"_id": 1}},
        {"filters": {"$or": [{"person": "คนที่1"}, {"income": 0}]}},
        {"fields": ["secret"]},
        {"fields": "_id,province"},
        {"sort": "secret"},
        {"sort": "_id desc"},
        {"q": "ซ่อนไว้1"},
        {"full_text": "ซ่อนไว้1"},
        {"q": {"secret": "ซ่อนไว้1"}},
        {"q": {"province": "น่าน"}, "full_text": "ซ่อนไว้1"},
        {"sort": "rank secret"},
    ],
)
def test_what_is_not_shared_cannot_be_asked_by(made: Shared, question: dict[str, Any]) -> None:
    with pytest.raises(ActionRefused) as refused:
        ask(made, "datastore_search", resource_id=made.table, **question)
    assert refused.value.status == 409


def test_as_a_file_there_are_the_same_rows(made: Shared) -> None:
    def rows(key: str = made.table, limit: int | None = None, **sent: str) -> Any:
        found = view.opened(made.portal, made.share, key, sent, limit)
        if found is None:
            return None
        fields, shape, read = found
        assert [field["id"] for field in fields] == [column.name for column in shape.columns]
        return [dict(zip((field["id"] for field in fields), row, strict=True)) for row in read]

    assert rows() == THEIRS
    assert rows(limit=2, offset="1", sort="income desc") == [THEIRS[6], THEIRS[5]]
    assert rows(filters='{"province": "ลำปาง"}') == []
    assert rows(made.other) is None


def test_the_dataset_is_shown_with_the_shared_file_and_nothing_that_tells_of_the_rest(made: Shared) -> None:
    for key in ("members", made.share.package_id):
        found = ask(made, "package_show", id=key)
        assert [one["id"] for one in found["resources"]] == [made.table]
        assert not {"hash", "size"} & found["resources"][0].keys()
    assert ask(made, "resource_show", id=made.table)["format"] == "CSV"


@pytest.mark.parametrize("name", ["package_show", "resource_show", "datastore_search", "datastore_info"])
def test_what_else_there_is_answers_as_to_a_stranger(made: Shared, name: str) -> None:
    field = "resource_id" if name == "datastore_search" else "id"
    keys = ("open-one", "nothing") if name == "package_show" else (made.other, "nothing", "_table_metadata")
    assert [ask(made, name, **{field: key}) for key in keys] == [None] * len(keys)


def test_what_is_not_on_the_list_is_never_answered(made: Shared) -> None:
    from catalog.actions.register import actions

    assert set(view.ROADS) == {"package_show", "resource_show", "datastore_search", "datastore_info"}
    for name in actions().keys() - view.ROADS.keys():
        assert ask(made, name, id=made.share.package_id, resource_id=made.table) is None


@pytest.mark.parametrize(
    ("slip", "kind"),
    [
        ({"columns": ["members.salary"]}, "share-column"),
        ({"columns": ["province"]}, "share-table"),
        ({"columns": []}, "share-nothing"),
        ({"agency": " "}, "share-nothing"),
        ({"mou": ""}, "share-nothing"),
        ({"purpose": ""}, "share-nothing"),
        ({"rows": ["others.person=x"]}, "share-column"),
        ({"rows": ["members.province=เชียงใหม่"]}, "share-rows"),
        ({"rows": ["members.income=มาก"]}, "share-rows"),
        ({"ends": "2569-12-31"}, "share-days"),
        ({"ends": ""}, "share-days"),
        ({"begins": day(31)}, "share-days"),
        ({"begins": day(-9), "ends": day(-1)}, "share-days"),
    ],
)
def test_terms_that_cannot_be_meant_are_refused(made: Shared, slip: dict[str, Any], kind: str) -> None:
    with pytest.raises(SetupError) as refused:
        make.drafted(made.portal, "members", terms(**slip))
    assert refused.value.kind == kind
    assert "มาก" not in str(refused.value.values)


def test_what_is_open_or_not_there_is_not_shared(made: Shared) -> None:
    for name, kind in (("open-one", "share-open"), ("nothing", "share-missing")):
        with pytest.raises(SetupError) as refused:
            make.drafted(made.portal, name, terms())
        assert refused.value.kind == kind


def test_the_decision_tells_which_columns_choose_rows_and_not_their_values(made: Shared) -> None:
    told = orjson.dumps(make.told(made.share)).decode()
    assert '"by":["province"]' in told
    assert "น่าน" not in told
    other = make.drafted(made.portal, "members", terms(rows=["members.province=น่าน"]))
    assert make.told(other)["tables"][0]["rows"] != make.told(made.share)["tables"][0]["rows"]
    every = make.drafted(made.portal, "members", terms(columns=["members.*"], rows=[]))
    assert every.tables[made.table].columns == ("person", "province", "income", "secret")


def test_a_table_that_is_another_one_now_is_not_what_was_shared(own: Shared) -> None:
    own.portal.call_action("datastore_delete", {"resource_id": own.table, "force": True})
    assert ask(own, "datastore_search", resource_id=own.table) is None
    table = {"resource_id": own.table, "records": [{"province": "น่าน", "salary": "1"}], "force": True}
    own.portal.call_action("datastore_create", table)
    with pytest.raises(ActionRefused) as refused:
        ask(own, "datastore_search", resource_id=own.table)
    assert refused.value.status == 404


def test_a_dataset_that_is_gone_is_shared_no_more(own: Shared) -> None:
    own.portal.call_action("package_delete", {"id": "members"})
    assert ask(own, "package_show", id="members") is None
    assert ask(own, "datastore_search", resource_id=own.table) is None


def test_a_token_runs_from_its_first_day_to_its_last_and_until_it_is_ended(
    own: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.actions.accounts import token_hash
    from metadata import clock

    today = clock.today()

    def runs(after: int = 0, token: str = own.token) -> bool:
        from datetime import timedelta

        monkeypatch.setattr(clock, "today", lambda: today + timedelta(days=after))
        with reading(own.portal.engine) as connection:
            return shares.running(connection, token_hash(token)) is not None

    assert [runs(after) for after in (-1, 0, 30, 31)] == [False, True, True, False]
    assert not runs(0, own.token[:-1])
    make.ended(own.portal, own.share.id)
    assert not runs()
    with reading(own.portal.engine) as connection:
        (one,) = shares.listed(connection)
    assert (one.state(), one.agency, one.approved["by"]) == ("ended", AGENCY, "ผู้อำนวยการ")


def test_use_is_counted_by_day_and_road(own: Shared) -> None:
    for road in ("file", "datastore_search", "file"):
        with writing(own.portal.engine) as connection:
            shares.note(connection, own.share.id, road)
    with reading(own.portal.engine) as connection:
        (one,) = shares.listed(connection, "members")
    assert (one.uses, one.last_used) == (3, day())
